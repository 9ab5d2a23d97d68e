use std::io;
use std::path::Path;

use foreshadow_scenarios::{CheckedTwin, load_twin};

use super::{Dependencies, LinkKind, PartKind, Status};

/// Two zones; `ads` is optional, `db` is alone, `worker` is reached by a message, and `front` and
/// `back` depend on each other by different endpoints.
const SHOP: &str = "
foreshadow: twin/v1
name: shop
zones: {a: {}, b: {}}
hosts: {n1: {zone: a, cores: 4}, n2: {zone: b, cores: 4}}
components:
  front:
    replicas: 2
    endpoints:
      buy:
        steps:
          - work: 2ms
          - parallel: [{call: back.price}, {call: ads.show, optional: true}]
          - call: db.read
            count: 3
      list: {steps: [{call: back.all}, {publish: worker.log}]}
      ping: {steps: [{work: 1ms}]}
  back:
    replicas: 2
    zones: [a]
    endpoints:
      price: {steps: [{work: 10ms}]}
      all: {steps: [{call: front.ping}]}
  ads: {kind: external, endpoints: {show: {steps: [{work: 4ms}]}}}
  db: {kind: database, endpoints: {read: {steps: [{work: 5ms}]}}}
  worker: {endpoints: {log: {steps: [{work: 1ms}]}}}
";

fn twin(text: &str) -> CheckedTwin {
    let files = |_: &Path| -> io::Result<String> { Ok(text.to_owned()) };
    load_twin(Path::new("twin.yaml"), &files).unwrap_or_else(|problems| panic!("{problems}"))
}

fn links(dependencies: &Dependencies) -> Vec<String> {
    let graph = &dependencies.graph;
    let line = |edge| {
        let (from, to) = graph.edge_endpoints(edge).unwrap();
        let link = &graph[edge];
        let needed = if link.is_needed { " needed" } else { "" };
        let critical = if link.is_critical { " critical" } else { "" };
        let (from, to) = (&graph[from].name, &graph[to].name);
        format!("{from} {to} {:?}{needed}{critical}", link.kind)
    };
    graph.edge_indices().map(line).collect()
}

#[test]
fn links_are_typed() {
    let dependencies = Dependencies::of(&twin(SHOP));
    assert_eq!(
        links(&dependencies)[..6],
        [
            "front back Synchronous needed critical",
            "front ads Synchronous",
            "front db Data needed critical",
            "front worker Asynchronous",
            "back front Synchronous needed critical",
            "front n1 SharedResource",
        ]
    );
    assert_eq!(dependencies.cycles, [["back", "front"]]);
}

#[test]
fn a_critical_path_leaves_out_the_quicker_branch() {
    let dependencies = Dependencies::of(&twin(SHOP));
    let path = &dependencies.critical_paths[0];
    assert_eq!((path.entry.as_str(), path.total_ms), ("front.buy", 27.0));
    let legs: Vec<_> =
        path.legs.iter().map(|leg| (leg.endpoint.as_str(), leg.depth, leg.own_ms)).collect();
    assert_eq!(legs, [("front.buy", 0, 2.0), ("back.price", 1, 10.0), ("db.read", 1, 15.0)]);
}

#[test]
fn what_is_alone_and_needed_is_weak() {
    let dependencies = Dependencies::of(&twin(SHOP));
    let weak: Vec<_> = dependencies
        .weak_points
        .iter()
        .map(|point| (point.part.as_str(), point.entries.join(" ")))
        .collect();
    // Back is in zone a only. Ads is optional, and nobody waits for the worker.
    assert_eq!(
        weak,
        [
            ("a", String::from("front.buy front.list")),
            ("n1", String::from("front.buy front.list")),
            ("db", String::from("front.buy")),
        ]
    );
}

#[test]
fn links_say_where_they_are_known_from() {
    let known = SHOP.replace(
        "  front:\n    replicas: 2\n",
        "  front:\n    replicas: 2\n    depends_on: {db: [spans, 'calls, mesh.json:7'], back: [spans], \
         front: ['has its address, k8s.yaml:3']}\n",
    );
    let dependencies = Dependencies::of(&twin(&known));
    let graph = &dependencies.graph;
    let words: Vec<String> = graph
        .edge_indices()
        .filter(|edge| !graph[*edge].origins.is_empty())
        .map(|edge| {
            let (_, to) = graph.edge_endpoints(edge).unwrap();
            format!("{}: {}", graph[to].name, graph[edge].describe())
        })
        .collect();
    assert_eq!(
        words,
        [
            "back: synchronous; spans",
            "db: data; spans; calls, mesh.json:7",
            "front: only declared; has its address, k8s.yaml:3",
        ]
    );
    assert!(dependencies.to_dot().contains("tooltip=\"data; spans; calls, mesh.json:7\""));
    assert!(dependencies.to_svg().contains("front → db: data, on a critical path; spans; calls"));
    let declared = graph.edge_weights().find(|link| link.kind == LinkKind::Declared).unwrap();
    assert!(!declared.is_needed && !declared.is_critical);
}

#[test]
fn twins_are_compared() {
    let new = SHOP.replace("replicas: 2\n    zones", "replicas: 4\n    zones");
    let new = new.replace(", {call: ads.show, optional: true}", "");
    let new =
        new.replace("  ads: {kind: external, endpoints: {show: {steps: [{work: 4ms}]}}}\n", "");
    let dependencies = Dependencies::compare(&twin(SHOP), &twin(&new));
    let changes: Vec<_> = dependencies.changes.iter().map(|c| c.address.as_str()).collect();
    assert_eq!(changes, ["front.endpoints.buy.steps[1].parallel[1]", "back.replicas"]);
    let gone: Vec<_> =
        dependencies.graph.node_weights().filter(|part| part.status == Status::Removed).collect();
    assert_eq!((gone[0].name.as_str(), gone[0].kind, gone.len()), ("ads", PartKind::External, 1));
    let links = dependencies.graph.edge_weights().filter(|link| link.status == Status::Removed);
    let kinds: Vec<LinkKind> = links.map(|link| link.kind).collect();
    assert_eq!(kinds, [LinkKind::SharedResource, LinkKind::Synchronous]);
}

#[test]
fn pictures_are_well_formed_whatever_things_are_called() {
    let odd = SHOP.replace("name: shop", "name: 'a <b> & \"c\"'");
    let dependencies = Dependencies::of(&twin(&odd));
    let svg = dependencies.to_svg();
    assert!(svg.contains("a &lt;b&gt; &amp; &quot;c&quot;") && !svg.contains("<b>"));
    assert!(dependencies.to_dot().starts_with("digraph \"a <b> & \\\"c\\\"\" {"));
    assert!(dependencies.to_mermaid().contains("p0 ==> p1"));
}
