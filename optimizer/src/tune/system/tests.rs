use std::path::Path;

use foreshadow_scenarios::load_scenario;
use foreshadow_scenarios::report::Verdict;

use super::super::report::{Context, report};
use super::super::{Archive, Proof, Tuned, staffing};
use super::*;

static GO_ON: AtomicBool = AtomicBool::new(false);

const TWIN: &str = "\
foreshadow: twin/v1
name: shop
components:
  web: {replicas: 2, concurrency: 4, endpoints: {get: {steps: [{work: 20ms}]}}}
";

/// A system under a load, with knobs.
fn system(rate: &str, knobs: &str) -> System {
    let scenario = format!(
        "{{foreshadow: scenario/v1, name: s, twin: t.yaml, \
         load: {{web.get: {{arrivals: {{poisson: {{rate: {rate}}}}}}}}}, \
         objectives: [{{endpoint: web.get, p99: 50ms}}], run: {{warm_up: 1s, horizon: 5s}}, \
         tune: {{knobs: {{{knobs}}}}}}}"
    );
    let reader = |path: &Path| {
        Ok(if path == Path::new("t.yaml") { TWIN.to_owned() } else { scenario.clone() })
    };
    System::new(load_scenario(Path::new("s.yaml"), &[], &reader).unwrap(), Vec::new()).unwrap()
}

const REPLICAS: &str = "web.replicas: {from: 1, to: 6}";
const SLOTS: &str = "web.concurrency: {from: 1, to: 8, cost: 1, times: web.replicas}";

#[test]
fn the_dearest_has_all_that_is_counted() {
    let system = system("100/s", &format!("{REPLICAS}, {SLOTS}"));
    let starts = staffing::starts(&system, &GO_ON).unwrap();
    let most = starts.iter().map(|point| system.cost(point)).fold(0.0, f64::max);
    assert!((most - 48.0).abs() < 1e-12, "{starts:?}");
}

#[test]
fn staffing_is_for_what_there_is_and_for_what_is_fast() {
    let work = "'web.get.steps[0].work': {choice: [20ms, 5ms], cost: [1, 4], times: web.replicas}";
    let system = system("2000/s", &format!("web.replicas: {{from: 1, to: 40}}, {work}"));
    let starts = staffing::starts(&system, &GO_ON).unwrap();
    // Ten slots' worth of fast work, and what is in reserve.
    let fast = |point: &&Point| point[1] == 1 && (2..8).contains(&point[0]);
    assert!(starts.iter().any(|point| fast(&point)), "{starts:?}");
    assert!(starts.iter().any(|point| point[1] == 0), "{starts:?}");
}

#[test]
fn what_piles_up_without_end_is_no_rule_for_staffing() {
    let system = system("900000/s", REPLICAS);
    assert!(system.pilot(&[0], &GO_ON).unwrap().is_none());
    assert_eq!(staffing::starts(&system, &GO_ON).unwrap(), [[1]]);
}

#[test]
fn a_proof_of_nothing_decides_nothing() {
    let system = system("100/s", REPLICAS);
    // As when no candidate can be.
    let proof = Proof { finalists: Vec::new(), chosen: None };
    let tuned = Tuned { archive: Archive::default(), proof, searched: 0, proven: 0 };
    assert_eq!(report(&system, &tuned, &[], Context::default()).verdict, Verdict::Undecided);
}
