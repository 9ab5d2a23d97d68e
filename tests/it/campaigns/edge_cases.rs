//! The ready-made campaign of edge cases of load: it fits any scenario, and tries there what can be tried.

use std::collections::BTreeSet;
use std::path::Path;

use foreshadow_campaigns::Spec;
use foreshadow_scenarios::{Scenario, load_scenario};

use super::reported;
use crate::scenarios::{library, load};

/// A scenario with the campaign under it, over half a minute.
fn with_edge_cases(path: &str) -> Scenario {
    let base = library("campaigns/load-edge-cases.yaml");
    let sets = [
        ("campaign.base", base.to_str().unwrap()),
        ("run.warm_up", "5s"),
        ("run.horizon", "30s"),
        ("run.replications", "1"),
        ("run.max_replications", "1"),
        ("faults", "[]"),
        ("objectives", "[]"),
    ];
    load(&library(path), &sets)
}

/// The kinds of faults that a scenario is tried with.
fn kinds(scenario: Scenario) -> BTreeSet<String> {
    let spec = Spec::new(scenario).unwrap_or_else(|error| panic!("{error}"));
    let kind = |name: &str| name.split(' ').next().unwrap().to_owned();
    spec.cases.iter().map(|case| kind(&case.name)).collect()
}

#[test]
fn edge_cases_are_run_on_all_that_is_shipped() {
    for file in ["shop/day.yaml", "metastable/cold_cache.yaml", "metastable/pause.yaml"] {
        let report = reported(with_edge_cases(file));
        assert!(!report.scenarios.is_empty(), "{file}");
        let lost = report.scenarios.iter().find(|case| case.name.starts_with("reconnect_herd"));
        assert!(lost.is_some_and(|case| case.trials == 1), "{file}: {:?}", report.scenarios);
    }
}

/// What a load or a twin cannot have is left out; all else is tried.
#[test]
fn edge_cases_fit_any_load() {
    const TWIN: &str = "{foreshadow: twin/v1, name: a, components: {web: {endpoints: \
        {home: {steps: [{work: 1ms}]}, cart: {steps: [{work: 1ms}]}}}}}";
    const CACHE: &str = "{foreshadow: twin/v1, name: a, components: {web: {endpoints: \
        {home: {steps: [{cache: {entries: 9, keys: {zipf: {n: 99, s: 1}}, miss: [{work: 1ms}]}}]}, \
        cart: {steps: [{work: 1ms}]}}}}}";
    let check = |twin: &str, load: &str, expected: &[&str]| {
        let files = |path: &Path| match path.to_str() {
            Some("a.twin.yaml") => Ok(twin.to_owned()),
            Some("t.csv") => Ok(String::from("1\n2\n")),
            Some("a.yaml") => Ok(format!(
                "{{foreshadow: scenario/v1, name: a, twin: a.twin.yaml, load: {load}, \
                 run: {{horizon: 30s}}}}"
            )),
            _ => std::fs::read_to_string(path),
        };
        let base = library("campaigns/load-edge-cases.yaml");
        let sets = [(String::from("campaign.base"), base.to_string_lossy().into_owned())];
        let scenario = load_scenario(Path::new("a.yaml"), &sets, &files).unwrap();
        let expected: BTreeSet<String> = expected.iter().map(|&kind| kind.to_owned()).collect();
        assert_eq!(kinds(scenario), expected, "{load}");
    };
    let home = "web.home: {arrivals: {poisson: {rate: 9/s}}}";
    let both = format!(
        "{{{home}, web.cart: {{mmpp: [{{rate: 9/s, mean: 5s}}, {{rate: 1/s, mean: 5s}}]}}}}"
    );
    let open = ["load_surge", "reconnect_herd", "skewed_mix", "slow_clients"];
    check(TWIN, &both, &open);
    check(CACHE, &both, &[&open[..], &["hot_key"]].concat());
    check(TWIN, &format!("{{{home}}}"), &["load_surge", "reconnect_herd", "slow_clients"]);
    check(TWIN, "{web.home: {trace: {file: t.csv}}}", &["reconnect_herd", "slow_clients"]);
    check(
        TWIN,
        "{us: {closed: {users: 3}, session: [{think: 1s}, {call: web.home}, {call: web.cart}]}}",
        &["load_surge", "skewed_mix", "slow_clients"],
    );
    check(
        TWIN,
        "{us: {open: {poisson: {rate: 3/s}}, session: [{call: web.home}, {call: web.cart}]}}",
        &open,
    );
}
