//! The load that holds: closed forms, and what hides behind a fault.

use foreshadow_campaigns::capacity::{self, Settings};

use super::scenario;
use crate::scenarios::{library, load};

fn settings(stop: &std::sync::atomic::AtomicBool, precision: f64) -> Settings<'_> {
    Settings { stop, progress: &|_| (), precision }
}

/// M/M/c with mean service 10 ms: the load at which p99 is exactly the limit.
#[track_caller]
fn check(servers: u32, p99_ms: f64, expected_per_s: f64) {
    let twin = format!(
        "{{foreshadow: twin/v1, name: a, components: {{s: {{concurrency: {servers}, endpoints: \
         {{e: {{steps: [{{work: {{exponential: {{mean: 10ms}}}}}}]}}}}}}}}}}"
    );
    let text = format!(
        "{{foreshadow: scenario/v1, name: a, twin: a.twin.yaml, \
         load: {{s.e: {{arrivals: {{poisson: {{rate: 50/s}}}}}}}}, \
         objectives: [{{endpoint: s.e, p99: {p99_ms}ms}}], \
         run: {{warm_up: 10s, horizon: 100s, replications: 10, seed: 3}}}}"
    );
    let stop = false.into();
    let found = capacity::capacity(&scenario(&twin, &text), "", &settings(&stop, 0.03)).unwrap();
    let multiple = found.cases[0].multiple;
    let (low, high) = (multiple.low.unwrap() * 50.0, multiple.high.unwrap() * 50.0);
    assert!(low <= expected_per_s && expected_per_s <= high, "{low}–{high}, not {expected_per_s}");
    assert!(high / low < 1.12, "{low}–{high} is too wide to judge");
}

/// p99 of validation rows 1 to 3, in units of 10 ms.
#[test]
#[ignore = "takes a minute: some forty loads, and ten to forty runs of each"]
fn capacity_agrees_with_the_closed_form() {
    check(1, 230.2585, 80.0);
    check(2, 119.3737, 160.0);
    check(4, 68.93204, 320.0);
}

/// The workers can do 300/s; after they have stood still for ten seconds, half of that is all they come
/// back from: goodput ends for good above it.
#[test]
fn what_a_system_recovers_from_is_less_than_what_it_bears() {
    let sets = [
        ("objectives", "[{endpoint: caller.ask, success_rate: 70%}]"),
        ("run.horizon", "180s"),
        ("run.replications", "4"),
    ];
    let scenario = load(&library("metastable").join("pause.yaml"), &sets);
    let stop = false.into();
    let found = capacity::capacity(&scenario, "", &settings(&stop, 0.1)).unwrap();
    // Multiples of 160/s.
    let per_s = |number: Option<f64>| number.unwrap() * 160.0;
    let [without, with] = found.cases.as_slice() else { panic!("none, and the pause") };
    assert_eq!(with.fault.as_deref(), Some("pause at workers"));
    assert!(per_s(without.multiple.low) > 240.0, "{without:?}");
    assert!(per_s(without.multiple.high) < 345.0, "{without:?}");
    assert!(per_s(with.multiple.high) <= 165.0, "{with:?}");
    assert!(per_s(with.multiple.low) >= 85.0, "{with:?}");
}
