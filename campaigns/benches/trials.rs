//! How much of the kernel's speed a campaign has: a thousand paired trials of a minute of the shop.
//!
//! `cargo bench -p foreshadow-tests --bench trials`. The kernel's rate is that of plain replications on
//! one thread; a campaign adds the log of every request, its comparison, and a Parquet file a unit.

#![allow(missing_docs, reason = "a bench has no readers but its module docs")]

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use foreshadow_campaigns::unit::Bases;
use foreshadow_campaigns::{Settings, Spec, engine};
use foreshadow_scenarios::load_scenario;

const SCENARIO: &str = "\
foreshadow: scenario/v1
name: trials
twin: ../../scenarios/shop/shop.twin.yaml
load:
  gateway.home: {arrivals: {poisson: {rate: 60/s}}}
  gateway.product: {arrivals: {poisson: {rate: 85/s}}}
  gateway.add_to_cart: {arrivals: {poisson: {rate: 27/s}}}
  gateway.checkout: {arrivals: {poisson: {rate: 28/s}}}
objectives: [{endpoint: gateway.checkout, p99: 1500ms}]
run: {warm_up: 10s, horizon: 60s, replications: 21, seed: 1}
campaign:
  faults:
    - crash: {at: '*[0]'}
    - slow: {at: '*', factor: 3}
    - errors: {at: '*', share: 10%}
    - pause: {at: '*', duration: 2s}
";

fn main() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../campaigns/benches/trials.yaml");
    let read = |file: &Path| {
        if file == path { Ok(SCENARIO.to_owned()) } else { std::fs::read_to_string(file) }
    };
    let load = || load_scenario(&path, &[], &read).expect("the scenario is sound");
    let stop = AtomicBool::new(false);
    let lowered = foreshadow_scenarios::lower(&load()).expect("the scenario is sound");
    let simulation = foreshadow_sim::Simulation::new(lowered.plan).expect("the plan is sound");
    let plain = Instant::now();
    let events: u64 =
        (0..200).map(|number| simulation.replication(number, &stop).expect("it ends").events).sum();
    let kernel = events as f64 / plain.elapsed().as_secs_f64();
    println!("| | events/s | of the kernel on one thread |\n|---|---|---|");
    println!("| kernel, one thread | {:.2} M | 1 |", kernel / 1e6);
    let mut first = 0.0;
    for threads in [1, 2] {
        let spec = Spec::new(load()).expect("the campaign is sound");
        let folder = std::env::temp_dir().join(format!("foreshadow-trials-{}", std::process::id()));
        let settings = Settings { stop: &stop, must_resume: false, until: None, progress: &|_| () };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let begin = Instant::now();
        let bases = Bases::default();
        let results =
            pool.install(|| engine::run(&spec, &bases, &folder, &settings)).expect("it ends");
        let seconds = begin.elapsed().as_secs_f64();
        std::fs::remove_dir_all(&folder).expect("the units are ours");
        let with: u64 = results.merged.cases.iter().map(|case| case.events).sum();
        let trials: usize = results.merged.cases.iter().map(|case| case.trials.len()).sum();
        let without = results.events * u64::from(spec.campaign.replications);
        let rate = (with + without) as f64 / seconds;
        println!(
            "| {trials} paired trials, {threads} threads | {:.2} M | {:.2} |",
            rate / 1e6,
            rate / kernel
        );
        if threads == 1 {
            first = rate;
        } else {
            println!("\n{threads} threads are {:.2} times one.", rate / first);
        }
    }
}
