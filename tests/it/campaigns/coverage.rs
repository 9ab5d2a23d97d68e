//! Intervals hold what they are of as often as they say, from the engine to the report.

use foreshadow_scenarios::report::Number;

use super::{case, reported, scenario};

/// A page, and a chain of which every part is needed by those who buy.
const CHAIN: &str = "
foreshadow: twin/v1
name: a
components:
  web:
    endpoints: {page: {steps: [{work: 10us}]}, buy: {steps: [{work: 10us}, {call: c0.go}]}}
    calls: {c0: {}}
  c0: {endpoints: {go: {steps: [{work: 10us}, {call: c1.go}]}}, calls: {c1: {}}}
  c1: {endpoints: {go: {steps: [{work: 10us}, {call: c2.go}]}}, calls: {c2: {}}}
  c2: {endpoints: {go: {steps: [{work: 10us}, {call: c3.go}]}}, calls: {c3: {}}}
  c3: {endpoints: {go: {steps: [{work: 10us}]}}}
";

/// Half of the requests buy, so that each share is a half by symmetry; 120 requests meet a fault.
fn half(seed: u32, replications: u32, campaign: &str) -> foreshadow_scenarios::Scenario {
    let text = format!(
        "{{foreshadow: scenario/v1, name: a, twin: a.twin.yaml, \
         load: {{web.page: {{arrivals: {{poisson: {{rate: 10/s}}}}}}, \
         web.buy: {{arrivals: {{poisson: {{rate: 10/s}}}}}}}}, \
         run: {{horizon: 40s, drain: 0s, replications: {replications}, seed: {seed}}}, \
         campaign: {campaign}}}"
    );
    scenario(CHAIN, &text)
}

/// How many of some intervals hold the truth.
fn covered(intervals: &[Number], truth: f64) -> usize {
    let holds = |number: &&Number| number.low < Some(truth) && number.high > Some(truth);
    intervals.iter().filter(holds).count()
}

/// Four faults that are of the same requests are not four independent ones.
#[test]
fn expected_harm_holds_the_truth_over_common_requests() {
    let campaign = "{faults: [{crash: {at: 'c*'}}], rates: {'c*': {mtbf: 99h, mttr: 1h}}}";
    let intervals: Vec<(Number, Number)> = (1..=150)
        .map(|seed| {
            let expected = reported(half(seed, 5, campaign)).expected.expect("there are rates");
            (expected.harmed, expected.lost_per_month)
        })
        .collect();
    let (harmed, lost): (Vec<Number>, Vec<Number>) = intervals.into_iter().unzip();
    // One of four fails alone, with a probability of 1 %; 10 of 20 requests a second need it.
    let truth = 4.0 * 0.01 * 0.99f64.powi(3) / 2.0;
    // Binomial(150, 0.95): mean 142.5, standard deviation 2.7.
    let covered = [covered(&harmed, truth), covered(&lost, truth * 20.0 * 30.0 * 86_400.0)];
    assert!(covered.iter().all(|covered| *covered >= 137), "{covered:?} of 150");
    let wide = harmed.iter().map(|h| h.high.unwrap() - h.low.unwrap()).sum::<f64>() / 150.0;
    assert!(wide < 0.35 * truth, "{wide} is too wide to judge {truth}");
}

/// The same of faults of which some were tried more often than others.
#[test]
fn expected_harm_holds_the_truth_where_some_faults_were_tried_more_often() {
    // Errors need more trials than a crash for the same precision: 10 % of requests, not a half.
    let campaign = "{faults: [{crash: {at: c0}}, {errors: {at: c1, share: 20%}}], precision: 25%}, \
                    failure_injection_profile: {injection_frequency: 6/h}";
    let mut uneven = 0;
    let harmed: Vec<Number> = (1..=100)
        .map(|seed| {
            let report = reported(half(seed, 4, campaign));
            let trials = |name: &str| case(&report, name).trials;
            uneven += usize::from(trials("errors at c1") > trials("crash at c0"));
            report.expected.expect("there are rates").harmed
        })
        .collect();
    // Each is there 6 of 600 s.
    let covered = covered(&harmed, 0.99 * 0.01 * (0.5 + 0.1));
    assert!(covered >= 93, "{covered} of 100");
    assert!(uneven >= 90, "only {uneven} of 100 had unequal trials");
}

/// Trials are added until the interval is narrow enough; it holds the truth all the same.
#[test]
fn a_precision_that_was_waited_for_is_true() {
    let mut least = u64::MAX;
    let harmed: Vec<Number> = (1..=200)
        .map(|seed| {
            let campaign = "{faults: [{crash: {at: c0}}], precision: 15%}";
            let report = reported(half(seed, 2, campaign));
            let found = case(&report, "crash at c0");
            least = least.min(found.trials);
            found.harmed
        })
        .collect();
    let (covered, narrow) = (covered(&harmed, 0.5), |h: &Number| {
        h.high.unwrap() - h.low.unwrap() <= 0.3 * h.value.unwrap() + 1e-9
    });
    // Binomial(200, 0.95): mean 190, standard deviation 3.1.
    assert!(covered >= 187, "{covered} of 200");
    assert!(harmed.iter().all(narrow), "all are as narrow as asked");
    assert!(least >= 8, "{least} trials say too little of their own spread");
}
