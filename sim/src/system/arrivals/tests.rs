use std::time::Duration;

use super::*;
use crate::plan::{Curve, Phase};
use crate::stats::{self, Estimate};

fn at(seconds: f64) -> SimTime {
    SimTime::from_nanos(round_nanos(seconds * 1e9))
}

fn arrivals(plan: &plan::Arrivals, replication: u32) -> Arrivals {
    Arrivals::new(plan, Key::root(5, replication), SimTime::ZERO)
}

/// When users come before `end_s`, the factor changed at some instants \[s\].
fn times(plan: &plan::Arrivals, replication: u32, factors: &[(f64, f64)], end_s: f64) -> Vec<f64> {
    let mut arrivals = arrivals(plan, replication);
    let mut factors = factors.iter().peekable();
    let mut next = arrivals.first();
    let mut times = Vec::new();
    loop {
        let came = next.filter(|&next| next < at(end_s));
        if let Some(&(changed, factor)) = factors.next_if(|(t, _)| came.is_none_or(|c| at(*t) <= c))
        {
            next = arrivals.set_factor(at(changed), factor);
        } else if let Some(came) = came {
            times.push(came.as_nanos() as f64 / 1e9);
            next = arrivals.come(came).1;
        } else {
            return times;
        }
    }
}

fn rates(points: &[(u64, f64)]) -> plan::Arrivals {
    let point = |&(s, rate)| (Duration::from_secs(s), rate);
    plan::Arrivals::Poisson(Curve(points.iter().map(point).collect()))
}

fn mmpp(phases: &[(f64, u64)]) -> plan::Arrivals {
    let phase = |&(rate_per_s, s)| Phase { rate_per_s, mean: Duration::from_secs(s) };
    plan::Arrivals::Mmpp(phases.iter().map(phase).collect())
}

fn renewal(law: Result<Law, crate::Error>) -> plan::Arrivals {
    plan::Arrivals::Renewal(law.unwrap())
}

/// As many come in ten seconds as the integral of the rate says: a 99.9 % interval holds it.
#[track_caller]
fn check_count(plan: &plan::Arrivals, factors: &[(f64, f64)], expected: f64) {
    let counts: Vec<f64> =
        (0..20_000).map(|r| times(plan, r, factors, 10.0).len() as f64).collect();
    let Estimate::Known { interval: Some((low, high)), .. } = stats::mean(&counts, 0.999) else {
        panic!("no interval");
    };
    assert!((low..=high).contains(&expected), "{low} to {high} misses {expected}");
    assert!(high - low < 0.04 * expected, "{low} to {high} is too wide to judge");
}

#[test]
fn as_many_come_as_the_rate_says() {
    check_count(&rates(&[(0, 3.0)]), &[], 30.0);
    check_count(&rates(&[(0, 0.0), (10, 6.0)]), &[], 30.0);
    // Stationary from the beginning: (9 · 1 + 1 · 3) / 4 a second.
    check_count(&mmpp(&[(9.0, 1), (1.0, 3)]), &[], 30.0);
    check_count(&mmpp(&[(0.0, 5), (9.0, 1), (0.0, 1), (12.0, 3)]), &[], 45.0);
}

#[test]
fn a_factor_multiplies_the_rate() {
    let surge = [(2.0, 3.0), (4.0, 0.0), (5.0, 0.5)];
    check_count(&rates(&[(0, 4.0)]), &surge, 4.0 * (2.0 + 6.0 + 2.5));
    // 0 to 6/s: 0.3 t² come until t.
    check_count(&rates(&[(0, 0.0), (10, 6.0)]), &surge, 1.2 + 3.0 * 3.6 + 0.5 * 22.5);
    check_count(&mmpp(&[(9.0, 1), (3.0, 1)]), &surge, 6.0 * 10.5);
}

/// Changes that change nothing move nothing, but for the rounding of instants.
#[track_caller]
fn check_unmoved(plan: &plan::Arrivals) {
    let plain = times(plan, 1, &[], 30.0);
    let touched: Vec<_> = (1..60).map(|half| (f64::from(half) * 0.5, 1.0)).collect();
    let touched = times(plan, 1, &touched, 30.0);
    assert!(plain.len() > 30 && plain.len() == touched.len(), "{} {}", plain.len(), touched.len());
    for (plain, touched) in plain.iter().zip(&touched) {
        assert!((plain - touched).abs() < 1e-6, "{plain} became {touched}");
    }
}

#[test]
fn what_is_left_of_a_gap_is_kept() {
    let exponential = || Law::exponential(0.5e9);
    let plans = [
        rates(&[(0, 2.0)]),
        rates(&[(0, 1.0), (7, 5.0), (7, 0.0), (20, 4.0)]),
        mmpp(&[(6.0, 2), (0.0, 1), (1.0, 1)]),
        renewal(exponential()),
    ];
    plans.iter().for_each(check_unmoved);
    // A gap of 4 s, 1 s of it at pace 1, the rest at twice, no and half of it.
    let constant = renewal(Ok(Law::constant(4_000_000_000)));
    assert_eq!(times(&constant, 0, &[(1.0, 2.0)], 5.0), [2.5, 4.5]);
    assert_eq!(times(&constant, 0, &[(1.0, 0.0)], 100.0), [0.0; 0]);
    assert_eq!(times(&constant, 0, &[(1.0, 0.0), (10.0, 0.5)], 30.0), [16.0, 24.0]);
    assert_eq!(times(&constant, 0, &[(4.0, 2.0)], 7.0), [4.0, 6.0]);
}

#[test]
fn a_trace_comes_as_it_was_recorded() {
    let s = 1_000_000_000;
    let trace = plan::Arrivals::Trace([-11 * s, -10 * s, -s, 0, 0, 3 * s].into());
    let mut arrivals = Arrivals::new(&trace, Key::root(1, 0), at(10.0));
    let mut came = Vec::new();
    let mut next = arrivals.first();
    while let Some(at) = next {
        came.push(at.as_nanos() as f64 / 1e9);
        next = arrivals.come(at).1;
    }
    assert_eq!(came, [0.0, 9.0, 10.0, 10.0, 13.0]);
}

#[test]
fn far_away_is_never() {
    for rate in [0.0, 1e-12] {
        assert_eq!(arrivals(&rates(&[(0, rate)]), 0).first(), None);
        assert_eq!(arrivals(&rates(&[(0, 0.0), (1, rate), (2, 0.0)]), 0).first(), None);
    }
    let late = plan::Arrivals::Trace([i64::MIN, i64::MAX].into());
    assert_eq!(arrivals(&late, 0).first(), None);
    let slow = plan::Arrivals::Mmpp(vec![Phase { rate_per_s: 1e-12, mean: Duration::MAX }; 2]);
    assert_eq!(arrivals(&slow, 0).first(), None);
}

/// Instants that must never change: an old seed keeps its meaning.
#[test]
fn first_arrivals_are_stable() {
    let plans = [
        rates(&[(0, 1.0)]),
        rates(&[(0, 1.0), (9, 4.0)]),
        mmpp(&[(0.5, 2), (3.0, 1)]),
        renewal(Law::lognormal(1e9, 2.0)),
    ];
    let fourth = plans.map(|plan| at(times(&plan, 0, &[], 100.0)[3]).as_nanos());
    assert_eq!(fourth, [6_021_682_801, 3_717_893_778, 2_684_417_461, 3_827_877_058]);
}
