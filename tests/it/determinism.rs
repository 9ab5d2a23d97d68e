//! The same files and seed give the same bytes, on any number of threads; and what a change leaves
//! alone it leaves alone exactly.

mod policies;

use foreshadow_scenarios::Scenario;
use foreshadow_sim::plan::{Load, Place, Plan};
use foreshadow_sim::{Simulation, Tally};

use crate::scenarios::{library, load, lower, rehearse};

const SHORT: [(&str, &str); 4] = [
    ("run.warm_up", "2s"),
    ("run.horizon", "5s"),
    ("run.replications", "5"),
    ("run.max_replications", "9"),
];

/// All what-ifs of the shop, short.
fn what_ifs() -> Vec<Scenario> {
    let slow = [("faults[0].slow.start", "1s"), ("faults[0].slow.duration", "2s")];
    let loss = [("faults[0].zone_outage.start", "1s"), ("faults[0].zone_outage.duration", "2s")];
    let what_if = |file: &str, own: &[(&str, &str)]| load(&library(file), &[&SHORT, own].concat());
    vec![
        what_if("shop/day.yaml", &[]),
        what_if("shop/peak.yaml", &[]),
        what_if("shop/slow-payment.yaml", &slow),
        what_if("shop/zone-loss.yaml", &loss),
    ]
}

/// The bytes of the report, made on so many threads.
fn bytes(threads: usize) -> String {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    serde_json::to_string(&pool.install(|| rehearse(what_ifs()))).unwrap()
}

#[test]
fn reports_are_the_same_on_any_number_of_threads() {
    let once = bytes(1);
    assert!(once.len() > 10_000);
    for threads in [1, 2, 3] {
        assert!(bytes(threads) == once, "another report on {threads} threads");
    }
}

#[test]
fn seeds_matter() {
    let first = |seed| {
        let sets = [&SHORT[..], &[("run.seed", seed)]].concat();
        rehearse(vec![load(&library("shop/day.yaml"), &sets)]).remove(0).endpoints
    };
    assert_ne!(first("1"), first("2"));
}

/// Three replications.
fn run(plan: Plan) -> Vec<Tally> {
    let simulation = Simulation::new(plan).unwrap();
    simulation.replications(0..3, &false.into(), &|| ()).unwrap()
}

/// Who came, by replication, bin of the timeline and endpoint.
fn arrivals(tallies: &[Tally]) -> Vec<Vec<u64>> {
    let bins = tallies.iter().flat_map(|tally| &tally.timeline);
    bins.map(|bin| bin.offered.clone()).collect()
}

/// Whatever is set, the same users come at the same times.
#[track_caller]
fn check_arrivals_after(sets: &[(&str, &str)]) {
    check_arrivals_of(&[], sets);
}

/// The same with these loads.
#[track_caller]
fn check_arrivals_of(loads: &[(&str, &str)], sets: &[(&str, &str)]) {
    let fine = [&SHORT[..], &[("run.timeline", "100ms")], loads].concat();
    let plan = |sets: &[(&str, &str)]| {
        lower(&load(&library("shop/day.yaml"), &[&fine[..], sets].concat())).plan
    };
    let (before, after) = (run(plan(&[])), run(plan(sets)));
    assert_ne!(before, after, "{sets:?} changes something");
    assert_eq!(arrivals(&before), arrivals(&after), "{sets:?}");
}

#[test]
fn no_policy_changes_who_comes() {
    check_arrivals_after(&[("gateway.calls.ads.timeout", "5ms")]);
    check_arrivals_after(&[("payment.concurrency", "2")]);
    check_arrivals_after(&[("gateway.replicas", "7")]);
    check_arrivals_after(&[("network.same_zone", "3ms")]);
    check_arrivals_after(&[("faults", "[{slow: {at: shop_db, factor: 20}}]")]);
    check_arrivals_after(&[("faults", "[{crash: {at: gateway, start: 1s}}]")]);
}

#[test]
fn no_policy_changes_who_comes_in_bursts_or_by_the_clock() {
    let home = "load.gateway.home.arrivals";
    let loads = [
        (home, "{mmpp: [{rate: 50/s, mean: 500ms}, {rate: 2/s, mean: 1s}]}"),
        (home, "{renewal: {interarrival: {gamma: {mean: 20ms, scv: 4}}}}"),
    ];
    for load in loads {
        check_arrivals_of(&[load], &[("gateway.calls.ads.timeout", "5ms")]);
        check_arrivals_of(&[load], &[("faults", "[{crash: {at: gateway, start: 1s}}]")]);
    }
}

/// With slots in plenty a latency is made of nothing but the request's own demands, and what is
/// drawn for them does not depend on who else is there.
#[test]
fn other_users_do_not_change_the_demands_of_these() {
    let mut plan = lower(&what_ifs()[0]).plan;
    for component in &mut plan.components {
        (component.concurrency, component.replicas) = (None, vec![Place::default()]);
    }
    let Load::Open { endpoint, .. } = plan.loads[0] else { panic!("the shop's load is open") };
    let together = run(plan.clone());
    plan.loads.truncate(1);
    let alone = run(plan);
    for (alone, together) in alone.iter().zip(&together) {
        assert_eq!(alone.users[endpoint], together.users[endpoint]);
        assert!(alone.users[endpoint].latency.count() > 400);
    }
}

/// Loads, faults and edges that come or go leave the draws of the others as they are.
#[test]
fn who_else_is_in_the_file_shifts_nobodys_draws() {
    let fine = [&SHORT[..], &[("run.timeline", "100ms")]].concat();
    let plan = |sets: &[(&str, &str)]| {
        lower(&load(&library("shop/day.yaml"), &[&fine[..], sets].concat()))
    };
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("fewer.yaml");
    let day = library("shop/day.yaml");
    let text = format!(
        "{{foreshadow: scenario/v1, name: fewer, extends: {day:?}, load: {{gateway.home: null}}, \
         objectives: []}}"
    );
    std::fs::write(&path, text).unwrap();
    let (all, fewer) = (plan(&[]), lower(&load(&path, &fine)));
    assert_eq!(fewer.plan.loads.len() + 1, all.plan.loads.len());
    let product = all.names.endpoints.iter().position(|name| name == "gateway.product").unwrap();
    let of_product = |plan: &Plan| -> Vec<u64> {
        arrivals(&run(plan.clone())).iter().map(|bin| bin[product]).collect()
    };
    assert_eq!(of_product(&all.plan), of_product(&fewer.plan));

    // A crash that happens in half of the runs happens in the same ones beside another fault.
    let crash = "{crash: {at: cart_store, start: 1s, probability: 50%}}";
    let alone = plan(&[("faults", &format!("[{crash}]"))]);
    let beside = plan(&[("faults", &format!("[{{slow: {{at: ads, factor: 1}}}}, {crash}]"))]);
    let store = all.names.components.iter().position(|name| name == "cart_store").unwrap();
    let crashed = |plan: &Plan| -> Vec<bool> {
        let simulation = Simulation::new(plan.clone()).unwrap();
        let tallies = simulation.replications(0..12, &false.into(), &|| ()).unwrap();
        let window = plan.run.horizon.as_nanos();
        tallies.iter().map(|tally| tally.components[store].replicas < window).collect()
    };
    assert_eq!(crashed(&alone.plan), crashed(&beside.plan));
    assert!(crashed(&alone.plan).contains(&true) && crashed(&alone.plan).contains(&false));
}
