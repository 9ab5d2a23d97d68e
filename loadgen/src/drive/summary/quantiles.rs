//! Quantiles of times of which some are only known to be longer than they were when all was stopped.
//!
//! Source: B. Efron, "The Two Sample Problem with Censored Data", Proc. 5th Berkeley Symposium 4, 1967: the
//! estimator of Kaplan and Meier gives each time the same weight, and hands that of one that was cut off on
//! to the longer ones, in equal parts.

use foreshadow_scenarios::report::Number;
use serde::Serialize;

const MS: f64 = 1e-6;
/// Rounding that a sum of weights may have.
const SLACK: f64 = 1e-6;

/// Quantiles \[ms\], with intervals by order statistics, as if requests were independent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latency {
    /// Median.
    pub p50: Number,
    /// 90th percentile.
    pub p90: Number,
    /// 95th percentile.
    pub p95: Number,
    /// 99th percentile.
    pub p99: Number,
    /// The worst.
    pub max: f64,
}

/// How long something took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Time {
    /// \[ns\]
    pub(super) ns: u64,
    /// Whether it went on when all was stopped.
    pub(super) is_cut: bool,
}

/// Quantiles of what a request took.
pub(super) fn latency(times: impl Iterator<Item = Time>) -> Latency {
    let mut times: Vec<Time> = times.collect();
    // Of equal times, one that was cut off was the longer.
    times.sort_by_key(|time| (time.ns, time.is_cut));
    let weighed = weighed(&times);
    let quantile = |q| quantile(&weighed, times.len(), q);
    Latency {
        p50: quantile(0.5),
        p90: quantile(0.9),
        p95: quantile(0.95),
        p99: quantile(0.99),
        max: times.last().map_or(0.0, |time| time.ns as f64 * MS),
    }
}

/// The smallest value with at least a share `q` of all at or below it.
pub(super) fn rank(sorted: &[f64], q: f64) -> f64 {
    let at = (q * sorted.len() as f64).ceil() as usize;
    sorted.get(at.saturating_sub(1)).copied().unwrap_or(0.0)
}

/// Times that are known \[ms\], each with the weight of all up to it; together less than the number of times
/// where the longest was cut off.
fn weighed(sorted: &[Time]) -> Vec<(f64, f64)> {
    let (mut weight, mut sum, mut all) = (1.0, 0.0, Vec::with_capacity(sorted.len()));
    for (index, time) in sorted.iter().enumerate() {
        let longer = (sorted.len() - index - 1) as f64;
        if time.is_cut {
            weight *= (longer + 1.0) / longer.max(1.0);
        } else {
            sum += weight;
            all.push((time.ns as f64 * MS, sum));
        }
    }
    all
}

/// A quantile of `count` times; its interval ends at order statistics 1.96 standard deviations of a
/// binomial count to either side.
fn quantile(weighed: &[(f64, f64)], count: usize, q: f64) -> Number {
    let n = count as f64;
    if n * (1.0 - q) < 10.0 {
        return Number { reason: Some("too few requests"), ..Number::default() };
    }
    let slack = 1.96 * (n * q * (1.0 - q)).sqrt();
    let at = |position: f64| {
        let wanted = position.clamp(1.0, n) - SLACK;
        weighed.get(weighed.partition_point(|(_, sum)| *sum < wanted)).map(|(time, _)| *time)
    };
    let (low, high) = (at((n * q - slack).floor()), at((n * q + slack).ceil() + 1.0));
    match at((q * n).ceil()) {
        value @ Some(_) => Number { value, low, high, reason: None },
        None => Number {
            low,
            reason: Some("more than the rest were under way when it stopped"),
            ..Number::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many times of so many milliseconds, cut off or not.
    fn of(parts: &[(usize, u64, bool)]) -> Latency {
        let times = |&(count, ms, is_cut): &(usize, u64, bool)| {
            std::iter::repeat_n(Time { ns: ms * 1_000_000, is_cut }, count)
        };
        latency(parts.iter().flat_map(times))
    }

    #[test]
    fn quantiles_of_whole_times_are_order_statistics() {
        let all: Vec<_> = (1..=2_000).map(|ms| (1, ms, false)).collect();
        let found = of(&all);
        // 1980 ± 1.96 √(2000 · 0.99 · 0.01).
        let p99 = (found.p99.low, found.p99.value, found.p99.high);
        assert_eq!(p99, (Some(1_971.0), Some(1_980.0), Some(1_990.0)));
        assert_eq!((found.p50.value, found.max), (Some(1_000.0), 2_000.0));
    }

    /// What was under way is at least as slow as it was by then.
    #[test]
    fn what_was_under_way_makes_nothing_look_faster() {
        let known = of(&[(1_000, 10, false)]);
        assert_eq!(known.p99.value, Some(10.0));
        let stopped = of(&[(1_000, 10, false), (100, 5_000, true)]);
        assert_eq!(stopped.p50.value, Some(10.0));
        assert_eq!((stopped.p99.value, stopped.max), (None, 5_000.0));
        assert!(stopped.p99.reason.unwrap().contains("under way"));
    }

    /// One that had just been sent says nothing, and one in the middle shares its weight out: of 1000 at
    /// 10 ms, 1000 cut off at 20 ms and 1000 at 30 ms, two thirds take 30 ms.
    #[test]
    fn what_was_cut_off_hands_its_weight_on() {
        let found = of(&[(1_000, 10, false), (500, 0, true)]);
        assert_eq!(found.p99.value, Some(10.0));
        let found = of(&[(1_000, 10, false), (1_000, 20, true), (1_000, 30, false)]);
        assert_eq!((found.p50.value, found.p99.value), (Some(30.0), Some(30.0)));
        let weights = weighed(
            &[(10, false), (20, true), (30, false), (40, false)]
                .map(|(ns, is_cut)| Time { ns, is_cut }),
        );
        let sums: Vec<f64> = weights.iter().map(|(_, sum)| *sum).collect();
        assert_eq!(sums, [1.0, 2.5, 4.0]);
    }
}
