//! Calibration: what is known comes back out of figures that were simulated, what cannot be known is
//! said, and twins of measured systems predict what they were not fitted to.

mod elicensing;
mod mubench;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use foreshadow_scenarios::{Scenario, load_scenario};
use foreshadow_sim::Simulation;
use foreshadow_sim::histogram::{Summary, pooled_quantile};
use foreshadow_twin::{CalibrateOptions, Calibration, Parameter, Results, calibrate};

use crate::scenarios::{here, lower};

/// Twenty people who save, then look. Saving holds one of three connections while a log is flushed for
/// all who wait; looking needs one for a moment.
const TWIN: &str = "\
foreshadow: twin/v1
name: small
components:
  web:
    endpoints:
      save: {steps: [{work: 5ms}, {call: db.write}]}
      look: {steps: [{call: db.read}]}
    calls: {db: {pool: 3}}
  db:
    endpoints:
      write: {steps: [{work: 10ms}, {call: log.flush}]}
      read: {steps: [{work: 2ms}]}
  log: {batch: {}, endpoints: {flush: {steps: [{work: {lognormal: {mean: 40ms, scv: 0.2}}}]}}}
";
const SCENARIO: &str = "\
foreshadow: scenario/v1
name: small
twin: small.twin.yaml
load:
  people:
    closed: {users: 20}
    session:
      - call: web.save
      - think: {exponential: {mean: 400ms}}
      - call: web.look
      - think: {exponential: {mean: 200ms}}
run: {warm_up: 5s, horizon: 60s, drain: 10s}
";

fn scenario(sets: &[(&str, &str)]) -> Scenario {
    let files = |path: &Path| match path.extension().and_then(|_| path.to_str()) {
        Some("small.twin.yaml") => Ok(String::from(TWIN)),
        _ => Ok(String::from(SCENARIO)),
    };
    let sets: Vec<_> = sets.iter().map(|(a, v)| ((*a).to_owned(), (*v).to_owned())).collect();
    load_scenario(Path::new("small.yaml"), &sets, &files).unwrap_or_else(|p| panic!("{p}"))
}

/// A table of what so many runs of the scenario measure of some endpoints, each run with draws of its
/// own.
fn measured(scenario: &Scenario, runs: u32, endpoints: &[&str]) -> Results {
    let foreshadow_scenarios::Lowered { plan, names, .. } = lower(scenario);
    let horizon = plan.run.horizon.as_secs_f64();
    let simulation = Simulation::new(plan).unwrap();
    let quantile = |times: &Summary, q: f64| pooled_quantile(&[times], 0, q).unwrap() / 1e6;
    let mut table = String::from("run,endpoint,count,per_s,mean_ms,p50_ms,p95_ms\n");
    for number in 0..runs {
        // Draws that the search does not use.
        let tally = simulation.replication(1_000 + number, &AtomicBool::new(false)).unwrap();
        for endpoint in endpoints {
            let index = names.endpoints.iter().position(|name| name == endpoint).unwrap();
            let user = &tally.users[index];
            let mean = user.latency.mean().unwrap() / 1e6;
            let [median, high] = [0.5, 0.95].map(|q| quantile(&user.latency, q));
            let (count, rate) = (user.goodput, user.goodput as f64 / horizon);
            table += &format!("r{number},{endpoint},{count},{rate},{mean},{median},{high}\n");
        }
    }
    Results::read(table.as_bytes()).unwrap()
}

#[track_caller]
fn fitted(scenario: &Scenario, results: &Results, fit: &[&str], trials: usize) -> Calibration {
    let options = CalibrateOptions {
        parameters: fit.iter().map(|text| Parameter::parse(text).unwrap()).collect(),
        hold_out: Vec::new(),
        trials,
        replications: 2,
    };
    let stop = AtomicBool::new(false);
    calibrate(scenario, results, &options, &stop, &|_| ()).unwrap_or_else(|e| panic!("{e}"))
}

const FIT: [&str; 2] =
    ["log.flush.steps[0].work.lognormal.mean=10ms..150ms", "web.calls.db.pool=2..4"];

#[test]
fn what_was_simulated_is_found_again() {
    let truth = scenario(&[]);
    let results = measured(&truth, 6, &["web.save", "web.look"]);
    let found = fitted(&truth.with_wrong(), &results, &FIT, 40);
    let [flush, pool] = &found.fitted[..] else { panic!("{found}") };
    assert!((pool.value.value - 3.0).abs() < 0.1 && !pool.is_open, "{found}");
    assert!((flush.value.value - 40.0).abs() < 2.0, "{found}");
    assert!((flush.interval.0.value..flush.interval.1.value).contains(&40.0), "{found}");
    assert!(!flush.is_open && flush.interval.1.value < 46.0, "{found}");
    assert_eq!((found.runs.0.len(), found.runs.1.len()), (4, 2));
    let errors = found.check.iter().filter_map(foreshadow_twin::MeasuredRow::error);
    assert!(errors.map(f64::abs).fold(0.0, f64::max) < 0.1, "{found}");
    // All but the fitted values stays as it was written.
    assert!(found.twin_yaml.contains("source: inferred") && found.twin_yaml.contains("work: 10ms"));
}

/// More connections held for longer: whoever only sees who holds them cannot tell. Who needs one for a
/// moment is a probe, which the test above has.
#[test]
fn a_pool_and_how_long_it_is_held_cannot_be_told_apart_without_a_probe() {
    let truth = scenario(&[]);
    let found = fitted(&truth.with_wrong(), &measured(&truth, 6, &["web.save"]), &FIT, 40);
    let [_, pool] = &found.fitted[..] else { panic!("{found}") };
    assert!(pool.is_open && pool.interval.1.value > pool.interval.0.value, "{found}");
    assert!(found.to_string().contains("the data leave it open"), "{found}");
}

#[test]
fn a_stopped_search_ends_without_an_answer_and_bad_parameters_with_a_reason() {
    let truth = scenario(&[]);
    let results = measured(&truth, 2, &["web.save"]);
    let refused = |fit: &str, stopped: bool| {
        let options = CalibrateOptions {
            parameters: vec![Parameter::parse(fit).unwrap()],
            hold_out: Vec::new(),
            trials: 4,
            replications: 1,
        };
        calibrate(&truth, &results, &options, &AtomicBool::new(stopped), &|_| ())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(refused("web.save.steps[0].work=1ms..9ms", true), "interrupted");
    assert_eq!(
        refused("web.save.timeout=1ms..9ms", false),
        "nothing stands at `web.save.timeout`: write the value that you know best there first"
    );
    assert_eq!(
        refused("web.save.steps[0].work=1..9", false),
        "at `web.save.steps[0].work` stands `5ms`, which is not in the unit of 1..9"
    );
}

trait Wrong {
    fn with_wrong(&self) -> Self;
}

impl Wrong for Scenario {
    /// The same, with a flush that takes twice as long and too large a pool, in its own file.
    fn with_wrong(&self) -> Self {
        let files = |path: &Path| match path.extension().and_then(|_| path.to_str()) {
            Some("small.twin.yaml") => {
                Ok(TWIN.replace("mean: 40ms", "mean: 80ms").replace("pool: 3", "pool: 4"))
            }
            _ => Ok(String::from(SCENARIO)),
        };
        load_scenario(Path::new("small.yaml"), &[], &files).unwrap_or_else(|p| panic!("{p}"))
    }
}

/// A file of measured data, if it is there.
fn shared(path: &str) -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(path);
    if !file.exists() {
        eprintln!("skipped: there is no {path} in ../shared/data");
    }
    file.exists().then_some(file)
}

/// A file of the folder of these tests.
fn own(file: &str) -> PathBuf {
    here("calibration").join(file)
}
