//! What is lost, and scores, where they can be computed by hand.

use foreshadow_campaigns::{Report, report, score};

use super::{campaign, case, scenario};

const TWIN: &str = "
foreshadow: twin/v1
name: a
zones: {east: {environment: live}, west: {environment: trial}}
components:
  web:
    zones: [east]
    endpoints: {page: {steps: [{work: 10us}]}, buy: {steps: [{work: 10us}, {call: cart.add}]}}
    calls: {cart: {}}
  cart: {zones: [west], endpoints: {add: {steps: [{work: 10us}]}}}
";

const MONTH_S: f64 = 30.0 * 86_400.0;

/// A page and a purchase every 20 ms each, unless `load` says otherwise.
fn with(load: &str, campaign_: &str) -> (Report, score::Scores) {
    let each = "{renewal: {interarrival: {constant: 20ms}}}";
    let load = load.replace("EACH", each);
    let text = format!(
        "{{foreshadow: scenario/v1, name: a, twin: a.twin.yaml, load: {{{load}}}, \
         run: {{horizon: 60s, drain: 0s, replications: 3, seed: 1}}, campaign: {campaign_}}}"
    );
    let (spec, results, _folder) = campaign(scenario(TWIN, &text), 2);
    let report = report::build(&spec, &results, &[], "");
    let scores = score::scores(&spec, &results.merged, &report, Vec::new()).unwrap();
    (report, scores)
}

const BUY: &str = "web.buy: {arrivals: EACH}";
const BOTH: &str = "web.buy: {arrivals: EACH}, web.page: {arrivals: EACH}";
const TENTH: &str = "rates: {cart: {mtbf: 9h, mttr: 1h}}";

#[track_caller]
fn near(found: Option<f64>, expected: f64, give: f64) {
    let found = found.expect("it is known");
    assert!((found - expected).abs() <= give, "{found}, not {expected} ± {give}");
}

/// The cart is away a tenth of the time, and all need it: 50/s · 0.1, however long the run shows it.
#[test]
fn what_is_lost_does_not_depend_on_how_long_a_fault_is_simulated() {
    let check = |campaign: &str| {
        let (report, _) = with(BUY, campaign);
        near(Some(report.worth_per_s), 50.0, 0.4);
        let expected = report.expected.as_ref().unwrap();
        near(expected.harmed.value, 0.1, 1e-3);
        near(expected.lost_per_month.value, 5.0 * MONTH_S, 0.05 * MONTH_S);
        // 3,600 s of 50 each time.
        near(case(&report, "crash at cart").worth_lost.value, 180_000.0, 1_500.0);
        report.warnings
    };
    let quiet: [String; 0] = [];
    assert_eq!(check(&format!("{{faults: [], {TENTH}}}")), quiet);
    let own = "faults: [{crash: {at: cart, duration: 3s}}, {errors: {at: web, share: 10%, duration: 5s}}]";
    assert_eq!(check(&format!("{{{own}, {TENTH}}}")), quiet);
    let long = check(&format!("{{start: 10s, duration: 5m, faults: [], {TENTH}}}"));
    assert!(
        long.len() == 1 && long[0].starts_with("crash at cart would outlast the run"),
        "{long:?}"
    );
}

/// A component that fails as one thing is one thing, however often and however it is named.
#[test]
fn what_is_named_twice_counts_once() {
    let check = |faults: &str, names: &[&str]| {
        let (report, _) = with(BUY, &format!("{{faults: [{faults}], {TENTH}}}"));
        near(report.expected.unwrap().harmed.value, 0.1, 1e-3);
        let mut found: Vec<&str> = report.scenarios.iter().map(|s| s.name.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, names);
        report.warnings
    };
    let twice = check("{crash: {at: cart}}, {crash: {at: 'ca*'}}", &["crash at cart"]);
    assert_eq!(twice, ["left out: crash at cart: it is named twice"]);
    check("{crash: {at: cart, duration: 3s}}", &["crash at cart"]);
    check("{crash: {duration: 9000ms, at: cart}}, {crash: {at: cart}}", &["crash at cart"]);
    check(
        "{crash: {at: cart, duration: 3s}}, {crash: {at: cart, duration: 5s}}",
        &["crash at cart (duration: 3s)", "crash at cart (duration: 5s)"],
    );
}

/// From the start to the end of the first second in which something differs.
#[test]
fn a_crash_is_seen_within_a_second() {
    let (report, _) =
        with(BOTH, "{start: 10s, faults: [{crash: {at: cart}}, {slow: {at: cart, factor: 2}}]}");
    near(case(&report, "crash at cart").detected_s.value, 1.0, 1e-9);
    assert_eq!(case(&report, "slow at cart").detected_s.value, None, "nothing differs");
}

/// H is a share of worth, not of requests: a page is worth a hundred purchases.
#[test]
fn scores_are_of_worth() {
    let load =
        "web.buy: {arrivals: EACH, worth: 1 EUR}, web.page: {arrivals: EACH, worth: 100 EUR}";
    let (report, scores) = with(load, "{faults: [{crash: {at: cart}}]}");
    let crash = case(&report, "crash at cart");
    near(crash.harmed.value, 0.5, 2e-3);
    near(crash.harmed_worth.value, 1.0 / 101.0, 1e-4);
    near(scores.system.value, 100.0 * (1.0 - 1.0 / 101.0), 0.01);
    assert!(!scores.rates_known && !scores.components[0].rates_known);
}

/// An environment's score is of faults at what is in it: in the long run where they have rates, else
/// while one of them is in force.
#[test]
fn environments_and_components_have_scores_of_their_own() {
    let scores = |campaign: &str| {
        let (_, scores) = with(BOTH, campaign);
        let of = |name: &str| {
            let found = scores.environments.iter().chain(&scores.components);
            let found = found.filter(|score| score.name == name);
            let found: Vec<_> = found.map(|s| (s.score.value.unwrap(), s.rates_known)).collect();
            assert_eq!(found.len(), 1, "{name}: {scores:?}");
            found[0]
        };
        ["live", "trial", "web", "cart"].map(of)
    };
    let check = |found: [(f64, bool); 4], expected: [(f64, bool); 4]| {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found.0 - expected.0).abs() < 0.3, "{found:?}, not {expected:?}");
            assert_eq!(found.1, expected.1);
        }
    };
    // A crash of the web harms all, one of the cart half.
    let plain = scores("{faults: [{crash: {at: '*'}}]}");
    check(plain, [(0.0, false), (50.0, false), (0.0, false), (50.0, false)]);
    // The cart is away a tenth of the time: half of a tenth.
    let rated = scores(&format!("{{faults: [{{crash: {{at: '*'}}}}], {TENTH}}}"));
    check(rated, [(0.0, false), (95.0, true), (0.0, false), (95.0, true)]);
}

/// Rate × blast radius, as a share of the sum.
#[test]
fn fragility_is_the_share_of_rate_times_harm() {
    let fragile = |rates: &str| {
        let (report, _) = with(BOTH, &format!("{{faults: [{{crash: {{at: '*'}}}}]{rates}}}"));
        let all = report.fragility.into_iter();
        all.map(|f| (f.address, f.fragility.round(), f.rates_known)).collect::<Vec<_>>()
    };
    let of = |address: &str, share, known| (address.to_owned(), share, known);
    // 1 and 0.5 of requests.
    assert_eq!(fragile(""), [of("web", 67.0, false), of("cart", 33.0, false)]);
    // 1 in 100 h · 1, and 1 in 10 h · 0.5.
    let rates = ", rates: {web: {mtbf: 99h, mttr: 1h}, cart: {mtbf: 9h, mttr: 1h}}";
    assert_eq!(fragile(rates), [of("cart", 83.0, true), of("web", 17.0, true)]);
}

/// By structure, half of what is worth anything needs the cart, whoever asks for it.
#[test]
fn structure_weighs_loads_by_their_mean_rates() {
    let structural = |buy: &str| {
        let load = format!("web.page: {{arrivals: {{poisson: {{rate: 50/s}}}}}}, {buy}");
        let (report, _) = with(&load, &format!("{{faults: [], {TENTH}}}"));
        report.expected.unwrap().structural.map(|number| number.value.unwrap())
    };
    let half = [
        "web.buy: {arrivals: {poisson: {rate: 50/s}}}",
        "shop: {open: {poisson: {rate: 25/s}}, session: [{call: web.buy, count: 2}]}",
        "web.buy: {rates: [{at: 0s, rate: 0/s}, {at: 60s, rate: 100/s}]}",
    ];
    for buy in half {
        near(structural(buy), 0.05, 0.003);
    }
    let closed = "shop: {closed: {users: 5}, session: [{think: 1s}, {call: web.buy}]}";
    assert_eq!(structural(closed), None, "nobody knows how often they come");
}

/// Of one failure with probability u the whole state's variance is u E f² − (u E f)², the stratum's
/// u² times that of f.
#[test]
fn variance_reduction_is_that_of_the_stratum() {
    let load =
        "web.buy: {arrivals: {poisson: {rate: 9/s}}}, web.page: {arrivals: {poisson: {rate: 9/s}}}";
    let (report, _) = with(load, &format!("{{faults: [], replications: 12, {TENTH}}}"));
    let share = case(&report, "crash at cart").harmed_worth;
    let (u, mean) = (0.1, share.value.unwrap());
    // t(0.975, 11) = 2.200985.
    let error = (share.high.unwrap() - share.low.unwrap()) / 2.0 / 2.200_985;
    let variance = 12.0 * error * error;
    let square = mean * mean + variance * 11.0 / 12.0;
    let expected = (u * square - (u * mean).powi(2)) / (u * u * variance);
    let found = report.expected.unwrap().variance_reduction.unwrap();
    assert!((found / expected - 1.0).abs() < 1e-3, "{found}, not {expected}");
}
