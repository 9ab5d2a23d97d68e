//! Caches against what is known of them. Looks come as a Poisson process; a miss is fetched at
//! once unless said otherwise.

use std::time::Duration;

use foreshadow_sim::plan::{
    Arrivals, Cache, Component, Contents, Curve, Endpoint, Fault, FaultKind, Leaving, Load, Plan,
    Step, Target,
};
use foreshadow_sim::{Simulation, Tally};

use super::rule::{Case, Measure, Truth};

const UNIT: f64 = 1e9;

/// A component that looks into its cache `rate` times a second, for `seconds`.
fn plan(contents: Contents, rate: f64, seconds: u64) -> Plan {
    let mut plan = Plan::default();
    plan.components.push(Component::default());
    let cache = Step::Cache(Cache { contents, miss: Vec::new() });
    plan.endpoints.push(Endpoint::new(0, vec![cache]));
    plan.loads.push(Load::Open {
        endpoint: 0,
        arrivals: Arrivals::Poisson(Curve::constant(rate)),
        leaving: Leaving::default(),
    });
    plan.run.horizon = Duration::from_secs(seconds);
    plan.run.timeline = plan.run.horizon;
    plan
}

fn hit_ratio(tally: &Tally) -> f64 {
    let looks = tally.caches[0];
    looks.hits as f64 / (looks.hits + looks.misses) as f64
}

/// Popularities of `n` keys under Zipf's law.
fn zipf(n: u32, exponent: f64) -> Vec<f64> {
    let weights: Vec<f64> = (1..=n).map(|rank| f64::from(rank).powf(-exponent)).collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / total).collect()
}

/// Hit ratio of a cache of `entries` that drops the least recently used: key i is there if it was
/// asked for in the last t looks, where t is such that `entries` keys are there on average.
///
/// Source: H. Che, Y. Tung, Z. Wang, "Hierarchical Web caching systems: modeling, design and
/// experimental results", IEEE JSAC 20(7), 2002.
fn che(popularities: &[f64], entries: f64) -> f64 {
    let there = |p: f64, t: f64| 1.0 - (-p * t).exp();
    let (mut low, mut high) = (0.0, 1e15);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        let filled: f64 = popularities.iter().map(|&p| there(p, middle)).sum();
        *(if filled < entries { &mut low } else { &mut high }) = middle;
    }
    popularities.iter().map(|&p| p * there(p, low)).sum()
}

/// From the first look on: a cache that starts warm starts as it will stay.
#[track_caller]
fn check_lru(entries: u32, keys: u32, exponent: f64) {
    let contents = Contents::Lru { entries, keys, exponent, ttl: None };
    let simulation = Simulation::new(plan(contents, 20_000.0, 1)).unwrap();
    let tallies = simulation.replications(0..20, &false.into(), &|| ()).unwrap();
    let ratio = tallies.iter().map(hit_ratio).sum::<f64>() / tallies.len() as f64;
    let expected = che(&zipf(keys, exponent), f64::from(entries));
    assert!(
        (ratio / expected - 1.0).abs() < 0.01,
        "{entries} of {keys} keys, s = {exponent}: {ratio} hit, not {expected}"
    );
}

#[test]
fn least_recently_used_hits_as_che_says() {
    check_lru(100, 10_000, 0.8);
    check_lru(1_000, 10_000, 0.9);
    check_lru(5_000, 10_000, 1.2);
    check_lru(2_000, 100_000, 1.0);
    check_lru(500, 1_000, 0.0);
}

/// With room for all, key i is there for its time to live T after each fetch and then away until it
/// is asked for: it hits λᵢT of λᵢT + 1 times.
#[test]
fn a_time_to_live_misses_once_in_each() {
    const RATE: f64 = 500.0;
    const TTL_S: f64 = 2.0;
    let ttl = Some(Duration::from_secs_f64(TTL_S));
    let contents = Contents::Lru { entries: 1_000, keys: 1_000, exponent: 0.9, ttl };
    let mut plan = plan(contents, RATE, 400);
    plan.run.warm_up = Duration::from_secs(40);
    let hits = |p: &f64| p * p * RATE * TTL_S / (p * RATE * TTL_S + 1.0);
    let expected = zipf(1_000, 0.9).iter().map(hits).sum();
    let truth = Truth::new("hit ratio", Measure::Share(hit_ratio), expected);
    Case { plan, unit: UNIT, replications: 20 }.check(&[truth]);
}

#[test]
fn a_warm_ratio_is_a_probability() {
    let plan = plan(Contents::Ratio { hit: 0.9, fills: 1e6 }, 1_000.0, 20);
    let truth = Truth::new("hit ratio", Measure::Share(hit_ratio), 0.9);
    Case { plan, unit: UNIT, replications: 20 }.check(&[truth]);
}

/// Misses of a cache that was emptied at 0. With x = fills done / fills,
/// dx/dt = λ/fills · (1 − h + h e^(−x)); so e^x = (e^((1 − h) λt / fills) − h) / (1 − h), and x · fills
/// misses have come by t.
#[test]
fn a_cold_ratio_fills_as_its_equation_says() {
    const RATE: f64 = 1_000.0;
    const FILLS: f64 = 10_000.0;
    const HIT: f64 = 0.9;
    for seconds in [5, 20, 80] {
        let mut plan = plan(Contents::Ratio { hit: HIT, fills: FILLS }, RATE, seconds);
        plan.faults.push(Fault::new(FaultKind::Flush, Target::Replicas(vec![(0, 0)])));
        let grown = ((1.0 - HIT) * RATE * seconds as f64 / FILLS).exp();
        let expected = FILLS * ((grown - HIT) / (1.0 - HIT)).ln();
        let misses = |tally: &Tally| tally.caches[0].misses as f64;
        let truth = Truth::new("misses", Measure::Share(misses), expected);
        Case { plan, unit: UNIT, replications: 20 }.check(&[truth]);
    }
}
