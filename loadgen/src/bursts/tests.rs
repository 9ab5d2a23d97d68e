use foreshadow_sim::plan::Curve;

use super::*;
use crate::dispersion::{autocorrelation, index_of_dispersion};
use crate::synthesis::counts;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: usize = 3600;

fn hours(rates: &[f64], wavers: &[Waver], seed: u64) -> Vec<u32> {
    let points = rates.iter().enumerate().flat_map(|(hour, rate)| {
        let at = |second: usize| Duration::from_secs((hour * HOUR + second) as u64);
        [(at(0), *rate), (at(HOUR), *rate)]
    });
    counts(&Curve(points.collect()), wavers, SECOND, rates.len() * HOUR, seed)
}

/// Dispersion at 1 s, 10 s, 60 s, and the correlation of neighbours.
fn figures(counts: &[u32]) -> [f64; 4] {
    let windows: Vec<&[u32]> = counts.chunks_exact(HOUR).collect();
    let of = |width| index_of_dispersion(&windows, width);
    [of(1), of(10), of(60), autocorrelation(&windows)]
}

/// What is fitted to counts of these bursts makes counts of the same dispersion.
#[track_caller]
fn check(wavers: &[Waver], hours_seen: u32) {
    let rates: Vec<f64> = (0..hours_seen).map(|hour| 4.0 + 3.0 * f64::from(hour % 6)).collect();
    let seen = hours(&rates, wavers, 1);
    let windows: Vec<&[u32]> = seen.chunks_exact(HOUR).collect();
    let fitted = fit(&windows, &rates, SECOND);
    let made = figures(&hours(&rates, &fitted, 2));
    for (made, seen) in made.iter().zip(figures(&seen)) {
        assert!((made / seen - 1.0).abs() < 0.1, "{made} {seen}, {fitted:?}");
    }
}

fn waver(over_s: f64, shared: f64, own_per_s: f64) -> Waver {
    Waver { over: Duration::from_secs_f64(over_s), shared, own_per_s }
}

/// The slower the bursts, the longer it takes to see what they are.
#[test]
fn bursts_are_found_again() {
    check(&[waver(0.0, 0.0, 0.3), waver(30.0, 0.05, 0.0)], 60);
    check(&[waver(5.0, 0.0, 0.8), waver(200.0, 0.2, 0.0)], 300);
}

#[test]
fn what_is_shared_is_told_from_what_each_brings_along() {
    let rates: Vec<f64> = (0..80).map(|hour| if hour % 2 == 0 { 4.0 } else { 40.0 }).collect();
    let of = |waver| {
        let seen = hours(&rates, &[waver], 3);
        let windows: Vec<&[u32]> = seen.chunks_exact(HOUR).collect();
        let found = fit(&windows, &rates, SECOND);
        let sum = |of: fn(&Waver) -> f64| found.iter().map(of).sum::<f64>();
        (sum(|w| w.shared), sum(|w| w.own_per_s))
    };
    let (shared, own) = of(waver(10.0, 0.1, 0.0));
    assert!((shared - 0.1).abs() < 0.02 && own < 0.1, "{shared} {own}");
    let (shared, own) = of(waver(10.0, 0.0, 1.0));
    assert!((own - 1.0).abs() < 0.2 && shared < 0.02, "{shared} {own}");
}

#[test]
fn a_poisson_process_has_none() {
    let seen = hours(&[9.0; 30], &[], 4);
    let windows: Vec<&[u32]> = seen.chunks_exact(HOUR).collect();
    let size: f64 =
        fit(&windows, &[9.0; 30], SECOND).iter().map(|w| w.shared + w.own_per_s / 9.0).sum();
    assert!(size < 0.004, "{size}");
    assert!((index_of_dispersion(&windows, 1) - 1.0).abs() < 0.02);
    assert!(fit(&[], &[], SECOND).is_empty());
}
