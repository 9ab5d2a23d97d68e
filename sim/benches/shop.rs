//! End-to-end requests per CPU-second through the shop that is shipped, with every policy on every
//! call, beside the loop by hand of `peers` in the same rounds.
//!
//! `cargo bench --bench shop -- --rounds 9`

#![allow(missing_docs, reason = "a bench has no readers but its module docs")]

#[path = "peers/by_hand.rs"]
mod by_hand;
mod measure;
mod network;

use std::path::Path;
use std::sync::atomic::AtomicBool;

use foreshadow_scenarios::{Lowered, load_scenario, lower};
use foreshadow_sim::{Simulation, Tally};
use measure::{Case, Spread, argument, interleave, machine, table};
use network::Network;

/// What every call has, whatever the twin says. The timeouts are the twin's own, which differ, but
/// for this one where it has none.
const POLICIES: [(&str, &str); 3] = [
    (
        "retries",
        "{max: 2, on: [timeout, failed], backoff: {base: 20ms, jitter: full}, budget: 10%}",
    ),
    ("breaker", "{error_rate: 50%, window: 10s, min_requests: 20, open: 5s, half_open: 5}"),
    ("pool", "64"),
];
const TIMEOUT: (&str, &str) = ("timeout", "1s");

/// An ordinary afternoon as in `scenarios/shop/day.yaml`, and one with check-outs only, which make
/// the most calls.
const LOADS: [(&str, &str); 2] = [
    (
        "day",
        "{gateway.home: {arrivals: {poisson: {rate: 110/s}}}, \
         gateway.product: {arrivals: {poisson: {rate: 160/s}}}, \
         gateway.add_to_cart: {arrivals: {poisson: {rate: 50/s}}}, \
         gateway.checkout: {arrivals: {poisson: {rate: 55/s}}}}",
    ),
    ("checkout", "{gateway.checkout: {arrivals: {poisson: {rate: 55/s}}}}"),
];

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/shop");

fn lowered(load: &str, horizon: u64, sets: &[(String, String)]) -> Lowered {
    let text = format!(
        "{{foreshadow: scenario/v1, name: shop, twin: shop.twin.yaml, load: {load}, \
         run: {{horizon: {horizon}s}}}}"
    );
    let path = Path::new(FOLDER).join("bench.yaml");
    let files = |file: &Path| {
        if file == path { Ok(text.clone()) } else { std::fs::read_to_string(file) }
    };
    let loaded = load_scenario(&path, sets, &files);
    let lowered = lower(&loaded.unwrap_or_else(|problems| panic!("{problems:?}")));
    lowered.unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// The shop under `load` with the policies on each of its calls.
fn shop(load: &str, horizon: u64) -> Simulation {
    let plain = lowered(load, horizon, &[]);
    let mut sets = Vec::new();
    for (edge, name) in plain.plan.edges.iter().zip(&plain.names.edges) {
        let timeout = edge.timeout.is_none().then_some(TIMEOUT);
        for (key, value) in POLICIES.into_iter().chain(timeout) {
            sets.push((format!("{name}.{key}"), value.to_owned()));
        }
    }
    Simulation::new(lowered(load, horizon, &sets).plan).expect("a lowered plan is sound")
}

fn run(simulation: &Simulation) -> Tally {
    simulation.replication(0, &AtomicBool::new(false)).expect("a sound run")
}

fn offered(tally: &Tally) -> u64 {
    tally.users.iter().map(|users| users.offered).sum()
}

fn main() {
    let rounds = argument("--rounds", 9);
    let horizon = argument("--horizon", 900);
    println!("{}; {rounds} rounds of {horizon} simulated seconds\n", machine());
    let mut rows = Vec::new();
    for (name, load) in LOADS {
        let simulation = shop(load, horizon);
        let tally = run(&simulation);
        let attempts = tally.edges.iter().map(|edge| edge.calls + edge.retries).sum::<u64>() as f64;
        let calls = attempts / offered(&tally) as f64;
        let events = tally.events as f64 / offered(&tally) as f64;
        let mut cases = [
            Case::new("shop", || offered(&run(&simulation))),
            Case::new("loop by hand", || by_hand::run(Network::TANDEM, 300_000)),
        ];
        let rates = interleave(&mut cases, rounds);
        let of_ten: Vec<f64> = rates[0].iter().map(|rate| rate * calls / 10.0).collect();
        rows.push(vec![
            name.to_owned(),
            format!("{calls:.2}"),
            format!("{events:.1}"),
            format!("{:.0}", Spread::of(rates[0].iter().map(|rate| rate * 1e-3))),
            format!("{:.0}", Spread::of(of_ten.iter().map(|rate| rate * 1e-3))),
            format!("{:.2}", Spread::of(rates[1].iter().map(|rate| rate * 1e-6))),
            format!("{:.4}", Spread::of_ratios(&of_ten, &rates[1])),
        ]);
    }
    let header = [
        "load",
        "calls",
        "events",
        "thousand requests per CPU-second",
        "thousand of ten calls",
        "million tandem customers by hand",
        "ratio",
    ];
    table(&header, &rows);
    println!(
        "\nasked: 300 thousand of ten calls where the loop does 4.5 million, a ratio of 0.0667"
    );
}
