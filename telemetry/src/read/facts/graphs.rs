//! Graphs that were observed: Kiali's of a mesh, Jaeger's of traces.
//!
//! Source: Kiali, `graph/config/cytoscape`; Jaeger, `/api/dependencies`.

use std::{
    collections::{HashMap, HashSet},
    io::Read,
};

use serde_json::Value;

use crate::{
    error::Error,
    facts::{Component, Edge, EdgeKind, Fact, Facts, Origin, Role},
    quality::Defect,
    read::{
        facts::{File, tree::Node},
        intake::Intake,
        items::{self, number, text},
    },
    source::Guarded,
};

/// A list of `{"parent", "child", "callCount"}`, bare or under `data`.
pub(super) fn read_dependencies<R: Read>(
    content: Guarded<'_, R>,
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    let file = File(std::sync::Arc::from(intake.file));
    let (mut facts, mut known, mut edges) = (Facts::default(), HashSet::new(), HashSet::new());
    items::read(content, &["data", "dependencies"], intake, &mut |item: Value, place, intake| {
        let (Some(from), Some(to)) = (text(&item, &["parent"]), text(&item, &["child"])) else {
            intake.reject(Defect::Malformed, place);
            return Ok(());
        };
        let calls = match number(&item, &["callCount"]) {
            Some(count) if count < 0.0 => {
                intake.reject(Defect::Negative, place);
                return Ok(());
            }
            count => count.map(|count| count as u64),
        };
        if !edges.insert((from.to_owned(), to.to_owned())) {
            intake.reject(Defect::Duplicate, place);
            return Ok(());
        }
        let origin = file.origin(place.line);
        for name in [from, to] {
            if known.insert(name.to_owned()) {
                let name = Fact { value: name.to_owned(), origin: origin.clone() };
                facts.components.push(Component::new(name));
            }
        }
        facts.edges.push(edge(from, to, calls, None, origin));
        intake.count_fact();
        Ok(())
    })?;
    intake.facts(facts, 0)
}

fn edge(from: &str, to: &str, calls: Option<u64>, rate_per_s: Option<f64>, origin: Origin) -> Edge {
    let (from, to) = (from.to_owned(), to.to_owned());
    Edge { from, to, kind: EdgeKind::Calls, calls, rate_per_s, error_share: None, origin }
}

/// Kiali's answer: `{"elements": {"nodes": [{"data"}], "edges": [{"data"}]}}`.
pub(super) fn read_kiali(documents: &[Node], file: &File, facts: &mut Facts) {
    for document in documents {
        let mut by_id = HashMap::new();
        for node in document.list(&["elements", "nodes"]) {
            let Some(data) = node.at(&["data"]) else { continue };
            let Some(id) = data.text_at(&["id"]) else { continue };
            let Some(component) = component(data, file) else {
                let kind = data.text_at(&["nodeType"]).unwrap_or("node").to_owned();
                facts.passed_over.push(file.fact(kind, data));
                continue;
            };
            by_id.insert(id, component.name.value.clone());
            let (namespace, role) = (component.namespace, component.role);
            let known = facts.entry(component.name);
            known.namespace = known.namespace.take().or(namespace);
            known.role = known.role.take().or(role);
        }
        for node in document.list(&["elements", "edges"]) {
            let Some(data) = node.at(&["data"]) else { continue };
            let end = |key: &str| data.text_at(&[key]).and_then(|id| by_id.get(id));
            let (Some(from), Some(to)) = (end("source"), end("target")) else {
                facts
                    .passed_over
                    .push(file.fact("edge to a node that is not shown".to_owned(), data));
                continue;
            };
            let traffic = data.at(&["traffic"]);
            let protocol = traffic.and_then(|it| it.text_at(&["protocol"])).unwrap_or_default();
            let rate = |key: String| traffic?.at(&["rates", &key])?.number();
            // TCP is given in bytes per second, which is no rate of calls.
            let per_s = if protocol == "tcp" { None } else { rate(protocol.to_owned()) };
            let mut found = edge(from, to, None, per_s, file.origin(data.line));
            found.error_share =
                rate(format!("{protocol}PercentErr")).map(|percent| percent / 100.0);
            facts.edges.push(found);
        }
    }
}

/// A node by the name that its kind of graph shows; boxes only group others.
fn component(data: &Node, file: &File) -> Option<Component> {
    let key = match data.text_at(&["nodeType"])? {
        "service" => "service",
        "workload" => "workload",
        "app" => "app",
        "aggregate" => "aggregateValue",
        "unknown" => "nodeType",
        _ => return None,
    };
    let keys = [key, "service", "workload", "app"];
    let name = keys.iter().find_map(|key| data.at(&[key]))?;
    let mut text = name.plain()?;
    // The same application in several clusters or versions is several components.
    if let (Some(version), "app") = (data.text_at(&["version"]).filter(|it| *it != "unknown"), key)
    {
        text = format!("{text}-{version}");
    }
    let mut component = Component::new(file.fact(text, name));
    component.namespace = data.text_at(&["namespace"]).map(str::to_owned);
    let is_outside = data.at(&["isServiceEntry"]).is_some() || key == "nodeType";
    component.role = is_outside.then(|| file.fact(Role::External, data));
    Some(component)
}
