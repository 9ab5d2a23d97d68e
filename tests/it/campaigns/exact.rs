//! Small systems in which it can be said what a fault harms, to the request.

use super::{campaign, case, reported, scenario};

/// Three components in a row of which the last is optional, and a page that needs only the first.
const TWIN: &str = "\
foreshadow: twin/v1
name: a
components:
  web:
    endpoints:
      page: {steps: [{work: 1ms}]}
      buy: {steps: [{work: 1ms}, {call: cart.add}]}
    calls: {cart: {timeout: 1s}}
  cart:
    endpoints: {add: {steps: [{work: 1ms}, {call: ads.show, optional: true}]}}
    calls: {ads: {timeout: 50ms}}
  ads:
    endpoints: {show: {steps: [{work: 1ms}]}}
";

/// Forty of a hundred requests buy.
const SCENARIO: &str = "\
foreshadow: scenario/v1
name: a
twin: a.twin.yaml
load:
  web.page: {arrivals: {renewal: {interarrival: {constant: 50ms}}}}
  web.buy: {arrivals: {renewal: {interarrival: {constant: 75ms}}}, worth: 3 EUR}
objectives:
  - {endpoint: web.buy, p99: 20ms}
run: {horizon: 60s, replications: 2, seed: 1}
campaign:
  start: 10s
  duration: 15s
  faults:
";

fn with(faults: &str) -> foreshadow_scenarios::Scenario {
    scenario(TWIN, &format!("{SCENARIO}{faults}"))
}

#[track_caller]
fn near(found: Option<f64>, expected: f64, give: f64) {
    let found = found.expect("it is known");
    assert!((found - expected).abs() <= give, "{found}, not {expected} ± {give}");
}

/// What needs the crashed component fails, nothing else; it is back at once.
#[test]
fn a_crash_harms_those_who_need_what_crashed() {
    let report = reported(with("    - crash: {at: '*'}\n"));
    let names: Vec<&str> = report.scenarios.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names, ["crash at web", "crash at cart", "crash at ads"], "the worst first");
    near(case(&report, "crash at web").harmed.value, 1.0, 1e-9);
    // 40 of 100 by rate: 200 of 500 due in 15 s.
    near(case(&report, "crash at cart").harmed.value, 0.4, 0.002);
    near(case(&report, "crash at ads").harmed.value, 0.0, 0.0);
    let cart = case(&report, "crash at cart");
    assert_eq!(cart.endpoints[0].0, "web.page");
    near(cart.endpoints[0].1.value, 0.0, 0.0);
    near(cart.endpoints[1].1.value, 1.0, 1e-9);
    near(cart.recovered_s.value, 0.0, 0.0);
    near(cart.worth_lost.value, 200.0 * 3.0, 3.0);
    let degraded: Vec<&str> = cart.degraded.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(degraded, ["web", "cart", "ads"], "each of them serves less");
}

/// An optional call that hangs is given up after its timeout, which is over the objective.
#[test]
fn what_is_slow_but_ok_is_harmed_by_its_objective() {
    let report = reported(with("    - blackhole: {at: cart.calls.ads}\n"));
    near(case(&report, "blackhole at cart.calls.ads").harmed.value, 0.4, 0.002);
}

/// A part of the requests fails: the estimate is unbiased and its interval holds the truth.
#[test]
fn errors_harm_their_share() {
    let faults = "    - errors: {at: web, share: 25%}\n  replications: 40\n";
    let report = reported(with(faults));
    let harmed = case(&report, "errors at web").harmed;
    assert!(harmed.low < Some(0.25) && harmed.high > Some(0.25), "{harmed:?}");
    assert!(harmed.high.unwrap() - harmed.low.unwrap() < 0.02, "{harmed:?}");
}

/// Of two crashes in a row, the second does nothing more; of two apart, harm adds up.
#[test]
fn pairs_are_tried_and_compared_with_their_parts() {
    let faults = "    - crash: {at: web}\n    - crash: {at: cart}\n  exhaustive: 2\n";
    let (spec, results, _folder) = campaign(with(faults), 2);
    let names: Vec<&str> = spec.cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names, ["crash at web", "crash at cart", "crash at web + crash at cart"]);
    let harmed: Vec<u64> = results.merged.cases.iter().map(|c| c.trials[0].harmed).collect();
    assert_eq!(harmed[0], harmed[2], "the page is down either way");
    let report = foreshadow_campaigns::report::build(&spec, &results, &[], "");
    assert!(report.joint.is_empty(), "{:?}", report.joint);
}

/// Two failures with rates: the expected harm is the sum over states of probability × harm.
#[test]
fn expected_harm_agrees_with_the_closed_form() {
    // Each is away a tenth of the time: 9 h up, 1 h down.
    let rates =
        " []\n  rates: {cart: {mtbf: 9h, mttr: 1h}, ads: {mtbf: 9h, mttr: 1h}}\n  up_to: 2\n";
    let report = reported(scenario(TWIN, &format!("{}{rates}", SCENARIO.trim_end())));
    let expected = report.expected.clone().expect("there are rates");
    // Worth per 100 requests: 60 pages of 1, 40 buys of 3: 120 of 180 need the cart.
    near(expected.harmed.value, 0.1 * 120.0 / 180.0, 0.002);
    let at_once = [0.81, 0.18, 0.01];
    for (found, expected) in expected.at_once.iter().zip(at_once) {
        near(Some(*found), expected, 1e-12);
    }
    near(Some(expected.beyond), 0.0, 1e-12);
    near(case(&report, "crash at cart").per_month, 30.0 * 24.0 / 10.0, 1e-9);
}
