use std::time::Duration;

use super::*;
use crate::plan::{Curve, Phase};
use crate::stats::{self, Estimate};

fn at(seconds: f64) -> SimTime {
    SimTime::from_nanos(round_nanos(seconds * 1e9))
}

fn arrivals(plan: &plan::Arrivals, replication: u32) -> Arrivals {
    let root = Key::root(5, replication);
    Arrivals::new(plan, root, root, SimTime::ZERO, 0)
}

/// When users come before `end_s`, the factor changed at some instants \[s\].
fn times(plan: &plan::Arrivals, replication: u32, factors: &[(f64, f64)], end_s: f64) -> Vec<f64> {
    let mut arrivals = arrivals(plan, replication);
    let mut factors = factors.iter().peekable();
    let mut next = arrivals.first(|_, _| {});
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
    let mut arrivals = Arrivals::new(&trace, Key::root(1, 0), Key::root(1, 0), at(10.0), 0);
    let mut came = Vec::new();
    let mut next = arrivals.first(|_, _| {});
    while let Some(at) = next {
        came.push(at.as_nanos() as f64 / 1e9);
        next = arrivals.come(at).1;
    }
    assert_eq!(came, [0.0, 9.0, 10.0, 10.0, 13.0]);
}

#[test]
fn far_away_is_never() {
    for rate in [0.0, 1e-12] {
        assert_eq!(arrivals(&rates(&[(0, rate)]), 0).first(|_, _| {}), None);
        assert_eq!(arrivals(&rates(&[(0, 0.0), (1, rate), (2, 0.0)]), 0).first(|_, _| {}), None);
    }
    let late = plan::Arrivals::Trace([i64::MIN, i64::MAX].into());
    assert_eq!(arrivals(&late, 0).first(|_, _| {}), None);
    let slow = plan::Arrivals::Mmpp(vec![Phase { rate_per_s: 1e-12, mean: Duration::MAX }; 2]);
    assert_eq!(arrivals(&slow, 0).first(|_, _| {}), None);
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

fn bursty(points: &[(u64, f64)], wavers: &[(f64, f64, f64)]) -> plan::Arrivals {
    let curve = Curve(points.iter().map(|&(s, rate)| (Duration::from_secs(s), rate)).collect());
    let waver = |&(over, shared, own_per_s): &(f64, f64, f64)| plan::Waver {
        over: Duration::from_secs_f64(over),
        shared,
        own_per_s,
    };
    let bursts = plan::Bursts {
        identity: 1,
        step: Duration::from_secs(1),
        total: curve.clone(),
        wavers: wavers.iter().map(waver).collect(),
    };
    plan::Arrivals::Bursty(curve, Arc::new(bursts))
}

#[test]
fn bursts_keep_the_mean() {
    check_count(&bursty(&[(0, 3.0)], &[]), &[], 30.0);
    check_count(&bursty(&[(0, 3.0)], &[(0.0, 0.2, 0.0), (2.0, 0.1, 0.3)]), &[], 30.0);
    check_count(&bursty(&[(0, 0.0), (10, 6.0)], &[(2.0, 0.1, 0.0)]), &[], 30.0);
    let surge = [(2.5, 3.0), (4.0, 0.0), (5.0, 0.5)];
    check_count(&bursty(&[(0, 4.0)], &[(3.0, 0.2, 0.0)]), &surge, 4.0 * (2.5 + 4.5 + 2.5));
    check_unmoved(&bursty(&[(0, 2.0)], &[(3.0, 0.2, 0.4)]));
}

/// Counts a second of a bursty process have the variance and the covariance that it was given:
/// λ + λ²·C(0) and λ²·C(l), C(l) = Π (1 + v)^(e^(−l/τ)) − 1.
#[test]
fn bursts_have_the_covariance_that_they_were_given() {
    let (rate, wavers) = (20.0, [(0.0, 0.1, 1.0), (8.0, 0.1, 2.0)]);
    let plan = bursty(&[(0, rate)], &wavers);
    let (mut square, mut product, mut count) = (0.0, 0.0, 0.0);
    for replication in 0..40 {
        let mut counts = vec![0.0; 2000];
        for time in times(&plan, replication, &[], 2000.0) {
            counts[time as usize] += 1.0;
        }
        for pair in counts.windows(3) {
            square += (pair[0] - rate) * (pair[0] - rate);
            product += (pair[0] - rate) * (pair[2] - rate);
            count += 1.0;
        }
    }
    // Both parts have a variance of 0.15 and 0.2 at 20/s.
    let at = |lag: f64| {
        let white = if lag > 0.0 { 1.0 } else { 1.15 };
        white * 1.2_f64.powf((-lag / 8.0).exp()) - 1.0
    };
    let (variance, covariance) = (rate + rate * rate * at(0.0), rate * rate * at(2.0));
    assert!((square / count / variance - 1.0).abs() < 0.05, "{} {variance}", square / count);
    assert!((product / count / covariance - 1.0).abs() < 0.1, "{} {covariance}", product / count);
}

#[test]
fn loads_with_the_same_bursts_waver_together() {
    let plan = bursty(&[(0, 50.0)], &[(20.0, 0.5, 0.0)]);
    let count = |load: u64| {
        let root = Key::root(5, 0);
        let mut arrivals = Arrivals::new(&plan, root, root.with(load), SimTime::ZERO, 0);
        let (mut next, mut counts) = (arrivals.first(|_, _| {}), vec![0.0; 300]);
        while let Some(now) = next.filter(|next| *next < at(3000.0)) {
            counts[(now.as_nanos() / 10_000_000_000) as usize] += 1.0;
            next = arrivals.come(now).1;
        }
        counts
    };
    let (a, b) = (count(1), count(2));
    assert_ne!(a, b);
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let covariance = |x: &[f64], y: &[f64]| {
        let (mx, my) = (mean(x), mean(y));
        x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum::<f64>()
    };
    let correlation = covariance(&a, &b) / (covariance(&a, &a) * covariance(&b, &b)).sqrt();
    assert!(correlation > 0.9, "{correlation}");
}
