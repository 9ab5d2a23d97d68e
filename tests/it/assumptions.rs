//! Verdicts that rest on what is only assumed are not given.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use foreshadow_scenarios::load_scenario;
use foreshadow_scenarios::rehearse::{self, Settings, Variant};
use foreshadow_scenarios::report::{Report, Skipped, Undecided, Verdict};

/// One M/M/c station at 80/s with work of 10 ms on average, whose c is only assumed.
fn rehearse(concurrency: &str, objective: &str) -> Report {
    let twin = format!(
        "{{foreshadow: twin/v1, name: one, components: {{a: {{concurrency: {concurrency}, \
         endpoints: {{x: {{steps: [{{work: {{exponential: {{mean: 10ms}}}}}}]}}}}}}}}}}"
    );
    let scenario = format!(
        "{{foreshadow: scenario/v1, name: s, twin: t.yaml, \
         load: {{a.x: {{arrivals: {{poisson: {{rate: 80/s}}}}}}}}, objectives: [{objective}], \
         run: {{warm_up: 10s, horizon: 60s, replications: 10, seed: 3}}}}"
    );
    let files =
        |path: &Path| Ok(if path.ends_with("t.yaml") { twin.clone() } else { scenario.clone() });
    let scenario = load_scenario(Path::new("s.yaml"), &[], &files);
    let scenario = scenario.unwrap_or_else(|problems| panic!("{problems}"));
    let variant = Variant { scenario, name: String::from("s"), repeat: String::new() };
    let settings = Settings { stop: &AtomicBool::new(false), progress: &|_| () };
    rehearse::rehearse(&[variant], &settings).unwrap().remove(0)
}

#[test]
fn a_verdict_that_flips_is_undecided_and_names_what_to_measure() {
    // T of M/M/1 at ρ 0.8 has p99 230 ms, of M/M/4 47 ms.
    let report = rehearse(
        "{value: 4, source: assumed, low: 1, high: 8, from: \"its pool\"}",
        "{endpoint: a.x, p99: 100ms}",
    );
    assert_eq!(report.verdict, Some(Verdict::Undecided));
    assert_eq!(report.reason, Some(Undecided::Assumption));
    let assumption = &report.assumptions[0];
    assert_eq!(assumption.address, "a.concurrency");
    assert_eq!(assumption.settle.as_deref(), Some("its pool"));
    assert_eq!(assumption.low.as_ref().unwrap().verdict, Some(Verdict::Missed));
    assert_eq!(assumption.high.as_ref().unwrap().verdict, Some(Verdict::Held));
}

#[test]
fn a_verdict_that_does_not_flip_is_given() {
    let report =
        rehearse("{value: 4, source: assumed, low: 1, high: 8}", "{endpoint: a.x, p99: 900ms}");
    assert_eq!(report.verdict, Some(Verdict::Held));
}

/// An end that is as good as on its limit could be either, so it does not agree.
#[test]
fn an_end_that_stays_undecided_does_not_agree() {
    let report =
        rehearse("{value: 4, source: assumed, low: 1, high: 8}", "{endpoint: a.x, p99: 230ms}");
    assert_eq!(report.assumptions[0].low.as_ref().unwrap().verdict, Some(Verdict::Undecided));
    assert_eq!(report.verdict, Some(Verdict::Undecided));
    assert_eq!(report.reason, Some(Undecided::Assumption));
}

#[test]
fn slots_that_were_never_used_cannot_matter_but_for_their_use() {
    let assumed = "{value: 64, source: assumed, low: 32, high: unlimited}";
    let skipped = |report: &Report| {
        let assumption = &report.assumptions[0];
        [&assumption.low, &assumption.high].map(|end| end.as_ref().unwrap().skipped)
    };
    let latency = rehearse(assumed, "{endpoint: a.x, p99: 100ms}");
    assert_eq!(latency.verdict, Some(Verdict::Held));
    assert_eq!(skipped(&latency), [Some(Skipped::CannotMatter); 2]);
    // 0.8 slots are in use: 1.25 % of 64, 2.5 % of 32, no share of an unlimited number.
    let use_of_slots = rehearse(assumed, "{component: a, utilization: 2%}");
    assert_eq!(use_of_slots.verdict, Some(Verdict::Undecided));
    assert_eq!(skipped(&use_of_slots), [None, Some(Skipped::NotJudgeable)]);
}
