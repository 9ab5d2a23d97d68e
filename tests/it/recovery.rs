//! Recovery: how long after the last fault an endpoint is within its other objectives again.

use std::path::Path;

use foreshadow_scenarios::load_scenario;
use foreshadow_scenarios::report::{ObjectiveReport, Report, Verdict};

use crate::scenarios::rehearse;

/// Thirty workers of 100 ms, 300/s, that stop for 10 s; `calls` is how the front calls them.
fn report(rate: u32, calls: &str, objectives: &str, run: &str) -> Report {
    let twin = format!(
        "{{foreshadow: twin/v1, name: workers, components: {{front: {{endpoints: {{go: {{steps: \
         [{{call: workers.do}}]}}}}, calls: {{workers: {calls}}}}}, workers: {{concurrency: 30, \
         endpoints: {{do: {{steps: [{{work: {{exponential: {{mean: 100ms}}}}}}]}}}}}}}}}}"
    );
    let scenario = format!(
        "{{foreshadow: scenario/v1, name: s, twin: t.yaml, load: {{front.go: {{arrivals: {{poisson: \
         {{rate: {rate}/s}}}}}}}}, faults: [{{pause: {{at: workers, start: 15500ms, duration: 10s}}}}], \
         objectives: [{objectives}], run: {{warm_up: 5s, {run}}}}}"
    );
    let files =
        |path: &Path| Ok(if path.ends_with("t.yaml") { twin.clone() } else { scenario.clone() });
    let scenario = load_scenario(Path::new("s.yaml"), &[], &files);
    rehearse(vec![scenario.unwrap_or_else(|problems| panic!("{problems}"))]).remove(0)
}

/// The objective of recovery.
fn recovery(report: &Report) -> &ObjectiveReport {
    report.objectives.iter().find(|objective| objective.measure == "recovery").unwrap()
}

const FEW: &str = "horizon: 2m, replications: 10, max_replications: 10";

/// Ten seconds of 180/s are 1,800 requests, which 300/s − 180/s work off in 15 s; the last that
/// waited for over a second or so end a little earlier.
#[test]
fn a_backlog_takes_its_time() {
    for timeline in ["10s", "1s"] {
        let objectives = "{endpoint: front.go, p95: 1500ms, recovery: 60s}";
        let run = format!("{FEW}, timeline: {timeline}");
        let report = report(180, "{}", objectives, &run);
        let objective = recovery(&report);
        let seconds = objective.estimate.value.unwrap() / 1e3;
        assert!((11.0..=15.5).contains(&seconds), "{seconds} s");
        let seen = objective.recovery.as_ref().unwrap();
        assert!((seen.from_s - 25.5).abs() < 1e-9);
        assert_eq!(seen.late_share.value, Some(0.0));
        // That ten of ten recover does not show that 95 % do.
        assert_eq!(objective.verdict, Verdict::Undecided);
        assert_eq!(report.timeline.len(), if timeline == "10s" { 12 } else { 120 });
    }
}

#[test]
fn a_recovery_is_held_when_enough_runs_show_it() {
    let objectives = "{endpoint: front.go, error_rate: 60%, recovery: 30s}";
    let report = report(
        50,
        "{timeout: 1s}",
        objectives,
        "horizon: 70s, replications: 10, max_replications: 120",
    );
    assert_eq!(recovery(&report).verdict, Verdict::Held, "{:?}", recovery(&report));
    assert!((64..120).contains(&report.replications), "{}", report.replications);
}

#[test]
fn a_recovery_that_comes_too_late_is_missed() {
    let objectives = "{endpoint: front.go, p95: 1500ms, recovery: 5s}";
    let report = report(180, "{}", objectives, FEW);
    let objective = recovery(&report);
    assert_eq!(objective.verdict, Verdict::Missed);
    let seen = objective.recovery.as_ref().unwrap();
    assert_eq!(seen.late_share.value, Some(1.0));
    assert_eq!(seen.metastable_share.unwrap().value, Some(0.0));
    assert!(objective.estimate.value.is_some());
}

/// With one retry, 90/s recover from what 200/s never do (N. Bronson and others, "Metastable failures in
/// distributed systems", 2021).
#[test]
fn what_never_recovers_is_metastable() {
    let calls = "{timeout: 1s, retries: {max: 1, on: [timeout]}}";
    let objectives = "{endpoint: front.go, success_rate: 90%, recovery: 40s}";
    let low = report(90, calls, objectives, FEW);
    assert_eq!(
        recovery(&low).recovery.as_ref().unwrap().metastable_share.unwrap().value,
        Some(0.0)
    );
    assert!(recovery(&low).estimate.value.is_some());
    let high = report(200, calls, objectives, FEW);
    let objective = recovery(&high);
    assert_eq!(objective.verdict, Verdict::Missed);
    assert_eq!(objective.estimate.reason, Some("not every run recovered"));
    assert_eq!(objective.recovery.as_ref().unwrap().metastable_share.unwrap().value, Some(1.0));
}

/// A run that ends soon after a long fault cannot tell what is slow from what never comes back.
#[test]
fn a_short_run_does_not_tell_what_is_metastable() {
    let objectives = "{endpoint: front.go, p95: 1500ms, recovery: 20s}";
    let run = "horizon: 60s, replications: 3, max_replications: 3";
    let report = report(50, "{}", objectives, run);
    assert_eq!(recovery(&report).recovery.as_ref().unwrap().metastable_share, None);
}
