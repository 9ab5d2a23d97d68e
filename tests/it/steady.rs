//! Steady states: the warm-up that is found, and what has none.

use std::path::Path;

use foreshadow_scenarios::report::{self, Report, Undecided, Verdict};
use foreshadow_scenarios::{Scenario, load_scenario};
use foreshadow_sim::Simulation;

use crate::scenarios::{library, load, lower, rehearse};

/// A shop window for everybody, and one till: a slot, exponential work of 10 ms.
const TWIN: &str = "
foreshadow: twin/v1
name: till
components:
  shop:
    endpoints:
      look: {steps: [{work: 1ms}]}
      buy: {steps: [{work: 1ms}, {call: till.pay}]}
  till:
    concurrency: 1
    endpoints: {pay: {steps: [{work: {exponential: {mean: 10ms}}}]}}
";

/// The till at `rate`, a second, with more keys of a scenario.
fn scenario(rate: f64, more: &str) -> Scenario {
    let text = format!(
        "{{foreshadow: scenario/v1, name: s, twin: t.yaml, load: {{shop.buy: {{arrivals: \
         {{poisson: {{rate: {rate}/s}}}}}}, shop.look: {{arrivals: {{poisson: {{rate: 5/s}}}}}}}}, \
         {more}}}"
    );
    let files =
        |path: &Path| Ok(if path.ends_with("t.yaml") { TWIN.to_owned() } else { text.clone() });
    let scenario = load_scenario(Path::new("s.yaml"), &[], &files);
    scenario.unwrap_or_else(|problems| panic!("{problems}"))
}

fn report(rate: f64, more: &str) -> Report {
    rehearse(vec![scenario(rate, more)]).remove(0)
}

fn component<'a>(report: &'a Report, name: &str) -> &'a report::ComponentReport {
    &report.components.iter().find(|(known, _)| known == name).unwrap().1
}

fn endpoint<'a>(report: &'a Report, name: &str) -> &'a report::EndpointReport {
    &report.endpoints.iter().find(|(known, _)| known == name).unwrap().1
}

/// T of M/M/1 at ρ 0.9 is 100 ms; the queue takes some seconds to forget that it began empty.
#[test]
fn a_warm_up_that_is_found_takes_the_bias_away() {
    let mean = |warm_up: &str| {
        let run = format!("run: {{warm_up: {warm_up}, horizon: 3s, replications: 400}}");
        let report = report(90.0, &run);
        let wait = endpoint(&report, "shop.buy").latency_ms.mean;
        let half = (wait.high.unwrap() - wait.low.unwrap()) / 2.0;
        // The 99.9 % interval is 1.7 times as wide; the shop takes 1 ms.
        (wait.value.unwrap() - 1.0, 1.7 * half, report)
    };
    let (cold, half, _) = mean("0s");
    assert!(cold + half < 90.0, "{cold} ± {half} is not clearly below 100");
    let (warm, half, report) = mean("auto");
    assert!((warm - 100.0).abs() < half, "{warm} ± {half} misses 100");
    assert!(half < 20.0, "± {half} is too wide to judge");
    let pilot = report.warm_up.unwrap();
    assert!(pilot.settled);
    assert_eq!(pilot.slowest.as_deref(), Some("till"));
    // Five correlation times are 9.5 s.
    assert!((3.0..=60.0).contains(&report.warm_up_s), "{}", report.warm_up_s);
}

#[test]
fn the_slower_a_queue_forgets_the_longer_its_warm_up() {
    let found = [50.0, 80.0, 95.0]
        .map(|rate| report(rate, "run: {warm_up: auto, horizon: 1m, replications: 2}").warm_up_s);
    // Five correlation times: (1 + ρ) / (1 − ρ)² units of 10 ms each.
    assert!((0.1..=2.0).contains(&found[0]), "{found:?}");
    assert!((1.0..=20.0).contains(&found[1]), "{found:?}");
    assert!((15.0..=200.0).contains(&found[2]), "{found:?}");
}

#[test]
fn where_nothing_varies_no_warm_up_is_needed() {
    let text = "{foreshadow: scenario/v1, name: s, twin: t.yaml, load: {people: {closed: \
                {users: 1}, session: [{think: 10s}, {call: shop.look}]}}, \
                run: {warm_up: auto, horizon: 10s, replications: 2}}";
    let files = |path: &Path| Ok(if path.ends_with("t.yaml") { TWIN } else { text }.to_owned());
    let scenario = load_scenario(Path::new("s.yaml"), &[], &files).unwrap();
    let report = rehearse(vec![scenario]).remove(0);
    assert_eq!((report.warm_up_s, report.warm_up.unwrap().slowest), (0.0, None));
}

/// What is compared has one warm-up, the longest; and the same bytes on any number of threads.
#[test]
fn warm_ups_of_what_is_compared_are_equal_and_pure() {
    let run = "run: {warm_up: auto, horizon: 5s, replications: 3}";
    let bytes = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let reports = pool.install(|| rehearse(vec![scenario(50.0, run), scenario(90.0, run)]));
        assert!(reports[0].warm_up_s >= 2.0);
        assert_eq!(reports[0].warm_up_s.to_bits(), reports[1].warm_up_s.to_bits());
        assert!(!reports[1].comparisons.is_empty());
        serde_json::to_string(&reports).unwrap()
    };
    assert_eq!(bytes(1), bytes(3));
}

/// From empty, at a load that can be borne, nothing is called unstable; however the window lies.
#[test]
fn a_high_load_is_not_unstable() {
    for seed in 1..=20 {
        for (rate, horizon) in [(95.0, "20s"), (98.0, "5s")] {
            let run = format!("run: {{horizon: {horizon}, replications: 20, seed: {seed}}}");
            let report = report(rate, &run);
            for name in ["shop", "till"] {
                assert_eq!(component(&report, name).unstable, Some(false), "{rate}/s, seed {seed}");
            }
        }
    }
}

#[test]
fn what_grows_without_end_is_unstable_and_not_averaged() {
    for seed in 1..=3 {
        let run = format!(
            "run: {{horizon: 200s, replications: 20, seed: {seed}}}, objectives: [{{endpoint: \
             shop.buy, p99: 800ms}}, {{endpoint: shop.look, p99: 2ms}}]"
        );
        let report = report(105.0, &run);
        let till = component(&report, "till");
        assert_eq!(till.unstable, Some(true));
        let growth = till.growth_per_s.unwrap();
        assert!(growth.low.unwrap() < 5.5 && growth.high.unwrap() > 4.5, "{growth:?}");
        let numbers = [till.in_system, till.waiting, till.wait_ms.mean, till.wait_ms.p50];
        for number in numbers {
            assert_eq!((number.value, number.reason), (None, Some("unstable")));
        }
        assert!((till.arrivals_per_s.value.unwrap() - 105.0).abs() < 1.0);
        assert!((till.throughput_per_s.value.unwrap() - 100.0).abs() < 1.0);
        let buy = endpoint(&report, "shop.buy").latency_ms;
        assert_eq!((buy.p50.value, buy.mean.reason), (None, Some("unstable")));
        // The shop fills with those who wait for the till; who only looks does not wait.
        let shop = component(&report, "shop");
        assert_eq!(shop.unstable_because_of.as_deref(), Some("till"));
        assert!(endpoint(&report, "shop.look").latency_ms.p50.value.is_some());
        let verdicts: Vec<_> = report.objectives.iter().map(|o| o.verdict).collect();
        assert_eq!(verdicts, [Verdict::Missed, Verdict::Held]);
    }
}

/// What holds so far is not held where nothing is steady; what is missed is missed.
#[test]
fn nothing_is_held_that_would_not_hold_for_ever() {
    let run = "run: {horizon: 100s, replications: 10, max_replications: 10}";
    let judge = |objective: &str| {
        let report = report(120.0, &format!("{run}, objectives: [{objective}]"));
        (report.verdict, report.reason)
    };
    let undecided = (Some(Verdict::Undecided), Some(Undecided::Unstable));
    assert_eq!(judge("{endpoint: shop.buy, p99: 5m}"), undecided);
    assert_eq!(judge("{endpoint: shop.buy, mean: 5m}"), undecided);
    assert_eq!(judge("{endpoint: shop.buy, error_rate: 99%}"), undecided);
    assert_eq!(judge("{endpoint: shop.buy, p99: 1s}"), (Some(Verdict::Missed), None));
    assert_eq!(judge("{component: till, utilization: 90%}"), (Some(Verdict::Missed), None));
    assert_eq!(judge("{endpoint: shop.look, p99: 2ms}"), (Some(Verdict::Held), None));
}

#[test]
fn times_are_not_compared_where_there_are_none() {
    let run = "run: {horizon: 60s, replications: 10}";
    let reports = rehearse(vec![scenario(50.0, run), scenario(130.0, run)]);
    for comparison in reports[1].comparisons.iter().filter(|c| c.endpoint == "shop.buy") {
        let is_time = comparison.unit == "ms";
        assert_eq!(comparison.difference.value.is_none(), is_time, "{comparison:?}");
        assert!(comparison.baseline.value.is_some());
    }
}

/// A queue that neither grows nor settles while it is watched has no averages either.
#[test]
fn what_does_not_settle_is_not_averaged() {
    let report = report(100.0, "run: {warm_up: auto, horizon: 5s, replications: 10}");
    assert!(!report.warm_up.as_ref().unwrap().settled);
    let till = component(&report, "till");
    assert_eq!((till.unstable, till.growth_per_s), (Some(true), None));
    assert_eq!(till.waiting.reason, Some("did not settle"));
}

#[test]
fn nothing_is_judged_where_nothing_can_be_steady() {
    let run = "run: {horizon: 20s, replications: 10}";
    let fault = format!("{run}, faults: [{{slow: {{at: till, factor: 1}}}}]");
    assert_eq!(component(&report(150.0, &fault), "till").unstable, None);
    assert!(component(&report(150.0, &fault), "till").waiting.value.is_some());
    assert_eq!(component(&report(150.0, run), "till").unstable, Some(true));
}

/// The bins in which a report looks for growth and recovery change nothing of what it counts.
#[test]
fn finer_bins_add_up_to_the_reported_ones() {
    let recovery = "[{endpoint: gateway.checkout, p99: 1s, recovery: 5s}]";
    for (file, sets) in [
        ("shop/day.yaml", &[("run.timeline", "3m")][..]),
        ("shop/slow-payment.yaml", &[("objectives", recovery)][..]),
    ] {
        let lowered = lower(&load(&library(file), sets));
        let fine = report::observable(&lowered);
        assert!(fine.run.timeline < lowered.plan.run.timeline, "{file}");
        let run = |plan| Simulation::new(plan).unwrap().replication(0, &false.into()).unwrap();
        let mut coarse = run(lowered.plan.clone());
        let (mut merged, _) = report::observe(&lowered, run(fine));
        // The ends of bins are events, too.
        (coarse.events, merged.events) = (0, 0);
        assert_eq!(coarse, merged, "{file}");
    }
}
