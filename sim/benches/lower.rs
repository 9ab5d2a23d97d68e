//! How long it takes to read, lower and start a system of 1,000 components and 10,000 replicas.
//!
//! The components form a binary tree of calls, each call with a timeout and retries, so that one
//! request meets all of them. Starting is everything up to the first events of a run.
//!
//! `cargo bench --bench lower -- --rounds 9`

#![allow(missing_docs, reason = "a bench has no readers but its module docs")]

mod measure;

use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use foreshadow_scenarios::{load_scenario, lower};
use foreshadow_sim::Simulation;
use measure::{Spread, argument, cpu_seconds, machine, table};

const REPLICAS: usize = 10;

fn twin(components: usize) -> String {
    let mut text = String::from("foreshadow: twin/v1\nname: large\ncomponents:\n");
    for component in 0..components {
        let callees = || (2 * component + 1..=2 * component + 2).filter(|&c| c < components);
        let steps: Vec<String> = callees().map(|c| format!(", {{call: c{c}.serve}}")).collect();
        let steps = steps.concat();
        text += &format!(
            "  c{component}:\n    replicas: {REPLICAS}\n    concurrency: 16\n    queue: {{capacity: 64}}\n    \
             endpoints: {{serve: {{steps: [{{work: {{lognormal: {{mean: 2ms, scv: 1.5}}}}}}{steps}]}}}}\n"
        );
        if callees().next().is_some() {
            text += "    calls:\n";
        }
        for callee in callees() {
            text += &format!(
                "      c{callee}: {{timeout: 300ms, retries: {{max: 1, backoff: {{base: 20ms, jitter: full}}}}}}\n"
            );
        }
    }
    text
}

const SCENARIO: &str = "
foreshadow: scenario/v1
name: large
twin: twin.yaml
load: {c0.serve: {arrivals: {poisson: {rate: 100/s}}}}
run: {horizon: 1ms, drain: 0s, timeline: 1ms}
";

fn main() {
    let rounds = argument("--rounds", 9);
    let components = argument("--components", 1_000);
    println!("{}; {rounds} rounds, {components} components\n", machine());
    let twin = twin(components);
    let files = |path: &Path| match path.to_str() {
        Some("twin.yaml") => Ok(twin.clone()),
        Some("scenario.yaml") => Ok(String::from(SCENARIO)),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    let mut seconds: [Vec<f64>; 5] = Default::default();
    for _ in 0..rounds {
        let mut last = cpu_seconds();
        let first = last;
        let mut lap = |stage: usize| {
            let now = cpu_seconds();
            seconds[stage].push((now - last) * 1e3);
            last = now;
            now
        };
        let scenario = load_scenario(Path::new("scenario.yaml"), &[], &files);
        let scenario = scenario.unwrap_or_else(|problems| panic!("{problems:?}"));
        lap(0);
        let lowered = lower(&scenario).unwrap_or_else(|problems| panic!("{problems:?}"));
        let replicas: usize = lowered.plan.components.iter().map(|c| c.replicas.len()).sum();
        assert_eq!(replicas, components * REPLICAS);
        lap(1);
        let simulation = Simulation::new(lowered.plan).expect("a lowered plan is sound");
        lap(2);
        simulation.replication(0, &AtomicBool::new(false)).expect("a sound run");
        let end = lap(3);
        seconds[4].push((end - first) * 1e3);
    }
    let stages = ["read", "lower", "compile", "start", "all"];
    let rows: Vec<Vec<String>> = stages
        .iter()
        .zip(&seconds)
        .map(|(stage, ms)| {
            vec![(*stage).to_owned(), format!("{:.1}", Spread::of(ms.iter().copied()))]
        })
        .collect();
    table(&["stage", "CPU time [ms]"], &rows);
}
