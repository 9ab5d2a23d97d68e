//! What an event costs with a thousand and with a million requests pending at once.
//!
//! A million requests a second come for work of exponential length that nothing limits: after five
//! mean times, as many as its length says are pending. The cost is that of the events after that:
//! a run is made up to there and again further on, and the difference of their CPU times is taken
//! over the difference of their events.
//!
//! `cargo bench --bench pending -- --rounds 5`

#![allow(missing_docs, reason = "a bench has no readers but its module docs")]

mod measure;
mod scenario;

use std::sync::atomic::AtomicBool;

use foreshadow_sim::Simulation;
use measure::{Spread, argument, cpu_seconds, machine, table};

/// Users call the work itself.
const ALONE: &str = "
foreshadow: twin/v1
name: alone
components:
  front: {endpoints: {go: {steps: [{work: {exponential: {mean: MEAN}}}]}}}
";

/// Users call an entry, which calls the work under a timeout that hardly ever fires.
const BEHIND_A_CALL: &str = "
foreshadow: twin/v1
name: behind
components:
  front:
    endpoints: {go: {steps: [{call: back.work}]}}
    calls: {back: {timeout: 1h}}
  back: {endpoints: {work: {steps: [{work: {exponential: {mean: MEAN}}}]}}}
";

const ARRIVALS_PER_S: u64 = 1_000_000;
/// Mean times until the number pending has settled; e⁻⁵ is missing.
const SETTLING: u64 = 5;

/// A run of as many arrivals as given, of requests of which `pending` are pending in the mean.
fn simulation(twin: &str, pending: u64, arrivals: u64) -> Simulation {
    let mean = format!("{}us", pending * 1_000_000 / ARRIVALS_PER_S);
    let horizon = arrivals * 1_000_000 / ARRIVALS_PER_S;
    let scenario = format!(
        "foreshadow: scenario/v1\nname: pending\ntwin: twin.yaml\n\
         load: {{front.go: {{arrivals: {{poisson: {{rate: {ARRIVALS_PER_S}/s}}}}}}}}\n\
         run: {{horizon: {horizon}us, drain: 0s, timeline: {horizon}us}}\n"
    );
    scenario::simulation(&twin.replace("MEAN", &mean), &scenario)
}

/// CPU time \[s\] and events of one replication.
fn run(simulation: &Simulation) -> (f64, u64) {
    let start = cpu_seconds();
    let tally = simulation.replication(0, &AtomicBool::new(false)).expect("a sound run");
    (cpu_seconds() - start, tally.events)
}

fn main() {
    let rounds = argument("--rounds", 5);
    let further = argument("--arrivals", 2_000_000);
    println!("{}; {rounds} rounds\n", machine());
    let mut rows = Vec::new();
    for (name, twin) in [("alone", ALONE), ("behind a call", BEHIND_A_CALL)] {
        let pairs: Vec<[Simulation; 2]> = [1_000, 1_000_000]
            .map(|pending| {
                let settled = SETTLING * pending;
                [settled, settled + further].map(|arrivals| simulation(twin, pending, arrivals))
            })
            .into();
        let mut costs = vec![Vec::new(); pairs.len()];
        for round in 0..=rounds {
            for ([settled, further], costs) in pairs.iter().zip(&mut costs) {
                let ((start, before), (end, after)) = (run(settled), run(further));
                if round > 0 {
                    costs.push((end - start) * 1e9 / (after - before) as f64);
                }
            }
        }
        rows.push(vec![
            name.to_owned(),
            format!("{:.0}", Spread::of(costs[0].iter().copied())),
            format!("{:.0}", Spread::of(costs[1].iter().copied())),
            format!("{:.2}", Spread::of_ratios(&costs[1], &costs[0])),
        ]);
    }
    table(&["ns per event", "a thousand pending", "a million pending", "ratio"], &rows);
}
