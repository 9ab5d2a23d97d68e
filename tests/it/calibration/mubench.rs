//! Graphs of equal services under a hundred users: one topology is left out, the others say how much
//! work a visit is, how many cores a service can use, and how many there are in all.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use foreshadow_scenarios::load_scenario;
use serde_json::Value;

use super::shared;
use crate::scenarios::rehearse;

/// Topology, workmodel, and what the other topologies say: work of a visit \[ms\], its scv, cores that a
/// service can use, cores in all. By `docs/validation.md`.
const TOPOLOGIES: [(&str, &str, [f64; 4]); 6] = [
    ("sequential_fanout", "workmodel-serial", [102.528, 0.715, 2.646, 17.692]),
    ("parallel_fanout", "workmodel-parallel", [103.055, 0.706, 2.633, 17.819]),
    ("chain_with_branching", "workmodelA", [103.438, 0.625, 2.578, 17.686]),
    ("hierarchical_tree", "workmodelC", [102.109, 0.735, 2.614, 17.688]),
    ("probabilistic_tree", "workmodelC-multi", [101.061, 0.991, 2.615, 17.442]),
    ("complex_mesh", "workmodelD", [104.925, 0.558, 2.593, 17.98]),
];
/// They ran heavier work than the others: 20 ms of processor a visit against 15.
const OUTLIERS: [(&str, usize); 2] = [("probabilistic_tree", 5), ("complex_mesh", 5)];

const SCENARIO: &str = "\
foreshadow: scenario/v1
name: mubench
twin: mubench.twin.yaml
load:
  users: {closed: {users: 100}, session: [{call: s0.get}, {think: {uniform: {min: 1s, max: 3s}}}]}
run: {warm_up: 30s, horizon: 570s, drain: 2m, replications: 4, seed: 7}
";

/// The files of a tar archive, by name.
fn files_of(archive: &Path) -> BTreeMap<String, String> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(archive).unwrap();
    lzma_rust2::XzReader::new(file, true).read_to_end(&mut bytes).unwrap();
    let (mut files, mut at) = (BTreeMap::new(), 0);
    while bytes.len() >= at + 512 && bytes[at] != 0 {
        let text = |from: usize, len: usize| {
            let field = &bytes[at + from..at + from + len];
            let end = field.iter().position(|b| *b == 0 || *b == b' ').unwrap_or(len);
            String::from_utf8(field[..end].to_vec()).unwrap()
        };
        let size = usize::from_str_radix(&text(124, 12), 8).unwrap();
        let content = bytes[at + 512..at + 512 + size].to_vec();
        let name = text(0, 100).trim_start_matches("./").to_owned();
        files.insert(name, String::from_utf8_lossy(&content).into_owned());
        at += 512 + size.div_ceil(512) * 512;
    }
    files
}

/// The twin of a workmodel: groups of calls run beside each other, the calls of one after another.
fn twin(model: &Value, [work, scv, limit, cores]: [f64; 4]) -> String {
    let mut text = format!(
        "foreshadow: twin/v1\nname: mubench\nhosts: {{node: {{cores: {cores}}}}}\ncomponents:\n"
    );
    for (name, service) in model.as_object().unwrap() {
        let calls = |group: &Value| {
            let names = group["services"].as_array().unwrap().iter();
            let most = group["seq_len"].as_u64().unwrap() as usize;
            let call = |callee: &Value| {
                let callee = callee.as_str().unwrap();
                let share = group["probabilities"][callee].as_f64().unwrap_or(1.0);
                format!("{{call: {callee}.get, probability: {share}}}")
            };
            names.take(most).map(call).collect::<Vec<_>>().join(", ")
        };
        let groups: Vec<String> =
            service["external_services"].as_array().unwrap().iter().map(calls).collect();
        let groups: Vec<&String> = groups.iter().filter(|group| !group.is_empty()).collect();
        let asks = match groups[..] {
            [] => String::new(),
            [one] => format!(", {one}"),
            _ => {
                let branches: Vec<String> = groups.iter().map(|g| format!("[{g}]")).collect();
                format!(", {{parallel: [{}]}}", branches.join(", "))
            }
        };
        text += &format!(
            "  {name}:\n    cpu: {limit}\n    endpoints: {{get: {{steps: [{{work: {{gamma: {{mean: \
             {work}ms, scv: {scv}}}}}}}{asks}]}}}}\n"
        );
    }
    text
}

/// Throughput, mean and p95 that the twin predicts.
fn predicted(model: &Value, parameters: [f64; 4]) -> [f64; 3] {
    let twin = twin(model, parameters);
    let files = |path: &Path| {
        let is_twin = path.to_string_lossy().ends_with(".twin.yaml");
        Ok(if is_twin { twin.clone() } else { String::from(SCENARIO) })
    };
    let scenario = load_scenario(Path::new("mubench.yaml"), &[], &files);
    let report = rehearse(vec![scenario.unwrap_or_else(|p| panic!("{p}"))]).remove(0);
    let (_, user) = &report.endpoints[0];
    assert_eq!(report.endpoints[0].0, "s0.get");
    [&user.goodput_per_s, &user.latency_ms.mean, &user.latency_ms.p95]
        .map(|estimate| estimate.value.unwrap())
}

/// Mean over the repetitions of throughput, mean and p95, by topology and size.
fn measured(path: &Path) -> BTreeMap<(String, usize), [f64; 3]> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut sums: BTreeMap<(String, usize), ([f64; 3], f64)> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let sum = sums.entry((fields[2].into(), fields[3].parse().unwrap())).or_default();
        for (sum, field) in sum.0.iter_mut().zip(&fields[4..7]) {
            *sum += field.parse::<f64>().unwrap();
        }
        sum.1 += 1.0;
    }
    sums.into_iter().map(|(key, (sum, count))| (key, sum.map(|sum| sum / count))).collect()
}

/// The peer: a demand law, 6.8 % of throughput and 9.2 % of the mean.
#[test]
#[ignore = "takes a quarter of a minute: twelve systems, forty minutes each"]
fn a_topology_that_was_left_out_is_predicted() {
    let Some(archive) = shared("mubench/workmodels.tar.xz") else { return };
    let Some(table) = shared("mubench/run_table_size5_10.csv") else { return };
    let (models, measured) = (files_of(&archive), measured(&table));
    // Topologies of the same visits count once: a mean per vector of visits, then over these.
    let mut by_visits: BTreeMap<(&str, usize), Vec<[f64; 3]>> = BTreeMap::new();
    for (topology, model, parameters) in TOPOLOGIES {
        for size in [5, 10] {
            let model = &models[&format!("{model}-{size}services.json")];
            let found = predicted(&serde_json::from_str(model).unwrap(), parameters);
            let truth = measured[&(topology.to_owned(), size)];
            let error = [0, 1, 2].map(|at| 100.0 * (found[at] / truth[at] - 1.0));
            println!("{topology}-{size}: {:.1} · {:.1} · {:.1} %", error[0], error[1], error[2]);
            let visits = match topology {
                "probabilistic_tree" | "complex_mesh" => topology,
                _ => "each once",
            };
            if !OUTLIERS.contains(&(topology, size)) {
                by_visits.entry((visits, size)).or_default().push(error.map(f64::abs));
            }
        }
    }
    let mean = |errors: &[[f64; 3]], at: usize| {
        errors.iter().map(|error| error[at]).sum::<f64>() / errors.len() as f64
    };
    let vectors: Vec<[f64; 3]> =
        by_visits.values().map(|errors| [0, 1, 2].map(|at| mean(errors, at))).collect();
    let [rate, latency, p95] = [0, 1, 2].map(|at| mean(&vectors, at));
    println!("without the outliers: {rate:.1} · {latency:.1} · {p95:.1} %");
    assert!(rate < 6.8 && latency < 9.2 && p95 < 12.0, "{rate:.1} · {latency:.1} · {p95:.1} %");
}
