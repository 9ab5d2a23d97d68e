//! Harm that is judged: by trials where those differ, for pairs as for single faults.

use foreshadow_scenarios::report::Verdict;

use super::{case, reported, scenario};

const TWIN: &str = "
foreshadow: twin/v1
name: a
components:
  web:
    endpoints:
      page: {steps: [{work: 10us}]}
      buy: {steps: [{call: a.go, fallback: [{call: b.go}]}]}
    calls: {a: {}, b: {}}
  a: {endpoints: {go: {steps: [{work: 10us}]}}}
  b: {endpoints: {go: {steps: [{work: 10us}]}}}
";

fn with(replications: u32, campaign: &str) -> foreshadow_campaigns::Report {
    let text = format!(
        "{{foreshadow: scenario/v1, name: a, twin: a.twin.yaml, \
         load: {{web.buy: {{arrivals: {{poisson: {{rate: 50/s}}}}}}}}, \
         run: {{horizon: 100s, drain: 0s, replications: {replications}, seed: 1}}, \
         campaign: {campaign}}}"
    );
    reported(scenario(TWIN, &text))
}

/// Ten trials in which a fault did not come about say little of it, however many requests they have.
#[test]
fn a_fault_that_seldom_comes_about_is_not_held_by_requests() {
    let report =
        with(10, "{severity_threshold: 1%, faults: [{crash: {at: web, probability: 0.1%}}]}");
    let found = case(&report, "crash at web");
    assert_eq!(found.harmed.value, Some(0.0), "it came about in none");
    // 1 − 0.05^(1/10): what has that probability is unseen ten times with one of 5 %.
    let high = found.harmed.high.unwrap();
    assert!((high - 0.258_866).abs() < 1e-6, "{high}");
    assert_eq!(report.verdict, Some(Verdict::Undecided));
    assert!(found.endpoints[0].1.high.unwrap() > 0.25, "{:?}", found.endpoints);
}

/// Where every trial has the same fault at the same time, requests are what there is to count.
#[test]
fn a_fault_that_always_comes_is_held_by_requests() {
    let report = with(10, "{severity_threshold: 1%, faults: [{crash: {at: a}}]}");
    let found = case(&report, "crash at a");
    // 750 requests in each of ten trials.
    let high = found.harmed.high.unwrap();
    assert!((3.0 / 7_500.0 * 0.9..3.0 / 7_500.0 * 1.1).contains(&high), "{high}");
    assert_eq!(report.verdict, Some(Verdict::Held));
}

/// Each endpoint's interval is of its own requests: of the rare one little is known.
#[test]
fn an_endpoint_is_judged_by_its_own_requests() {
    let text = "{foreshadow: scenario/v1, name: a, twin: a.twin.yaml, \
         load: {web.page: {arrivals: {poisson: {rate: 500/s}}}, \
                web.buy: {arrivals: {poisson: {rate: 0.2/s}}}}, \
         run: {horizon: 60s, drain: 0s, replications: 6, seed: 1}, \
         campaign: {faults: [{crash: {at: a}}]}}";
    let report = reported(scenario(TWIN, text));
    let endpoints = &case(&report, "crash at a").endpoints;
    let high = |name: &str| endpoints.iter().find(|(of, _)| of == name).unwrap().1.high.unwrap();
    assert!(high("web.page") < 0.001, "{endpoints:?}");
    assert!(high("web.buy") > 0.1, "{endpoints:?}");
}

/// Neither of two crashes harms anyone, both together everyone.
#[test]
fn pairs_are_reported_and_judged() {
    let report = with(
        4,
        "{severity_threshold: 10%, exhaustive: 2, faults: [{crash: {at: a}}, {crash: {at: b}}]}",
    );
    let names: Vec<&str> = report.scenarios.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names, ["crash at a", "crash at b", "crash at a + crash at b"], "alone first");
    let pair = &report.scenarios[2];
    assert_eq!(
        (pair.together, pair.harmed.value, pair.verdict),
        (2, Some(1.0), Some(Verdict::Missed))
    );
    assert_eq!(report.scenarios[0].verdict, Some(Verdict::Held));
    assert_eq!(report.verdict, Some(Verdict::Missed));
    // The joint harm is all of it.
    let joint: Vec<_> = report.joint.iter().map(|j| (j.name.as_str(), j.excess.value)).collect();
    assert_eq!(joint, [("crash at a + crash at b", Some(1.0))]);
}

/// Sets that are drawn are reported with the weights of their draws.
#[test]
fn drawn_sets_are_reported_and_judged() {
    let report = with(
        20,
        "{severity_threshold: 10%, faults: [], up_to: 2, \
          rates: {a: {mtbf: 9h, mttr: 1h}, b: {mtbf: 9h, mttr: 1h}, web: {mtbf: 9h, mttr: 1h}}}",
    );
    let drawn = case(&report, "2 failures at once");
    // Any two of the three stop all requests.
    assert_eq!((drawn.together, drawn.harmed.value), (2, Some(1.0)));
    assert!(drawn.harmed.low.unwrap() < 1.0, "{:?}", drawn.harmed);
    assert_eq!(report.verdict, Some(Verdict::Missed));
}

/// With many faults judged at once, each is judged more strictly than its own interval.
#[test]
fn a_gate_splits_its_error_over_the_faults() {
    let judged = |n: usize, most: f64| {
        let more = (1..n).map(|i| format!(", {{errors: {{at: a, share: 0.{i}%}}}}"));
        let faults = format!("{{errors: {{at: web, share: 2%}}}}{}", more.collect::<String>());
        let report = with(6, &format!("{{severity_threshold: {most}, faults: [{faults}]}}"));
        let found = case(&report, "errors at web");
        (found.harmed, found.verdict.unwrap())
    };
    let (harmed, _) = judged(1, 0.5);
    // A little beyond the end; t(1 − 0.025/9, 5) is 1.7 times t(0.975, 5).
    let most = harmed.value.unwrap() + 1.3 * (harmed.high.unwrap() - harmed.value.unwrap());
    let (alone, among) = (judged(1, most), judged(9, most));
    assert_eq!(alone.0, among.0, "intervals are each at 95 %");
    assert_eq!((alone.1, among.1), (Verdict::Held, Verdict::Undecided), "{:?}", alone.0);
}
