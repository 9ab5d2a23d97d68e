//! Measured times as quantiles: as few as keep median, tail and mean.
//!
//! Evenly spaced quantiles stretch the last of them over a heavy tail, so where one list does not
//! do, the tail gets a list of its own: a mixture of successive ranges.

use super::Law;

/// Where the ranges of an empirical law begin and end, and quantiles in each; simplest first.
const FORMS: [(&[f64], &[usize]); 7] = [
    (&[0.0, 1.0], &[6]),
    (&[0.0, 1.0], &[11]),
    (&[0.0, 1.0], &[21]),
    (&[0.0, 0.9, 1.0], &[13, 6]),
    (&[0.0, 0.95, 1.0], &[20, 11]),
    (&[0.0, 0.9, 0.99, 1.0], &[31, 11, 11]),
    (&[0.0, 0.9, 0.99, 0.999, 1.0], &[46, 19, 10, 10]),
];
/// Probabilities at which a law must agree with what was measured.
const PROBES: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99];
/// By how much it may be off there.
const TOLERANCE: f64 = 0.02;
/// By how much its mean may be off: a busy server's queue multiplies it.
const MEAN_TOLERANCE: f64 = 0.005;

/// The simplest list of quantiles that tells `sorted` well, or the finest there is.
pub(super) fn describe(sorted: &[f64]) -> Law {
    let mut law = Law::Constant(sorted[0]);
    for (bounds, counts) in FORMS {
        // More quantiles than measurements tell nothing.
        if counts.iter().sum::<usize>() > sorted.len().max(FORMS[0].1[0]) {
            break;
        }
        law = form(sorted, bounds, counts);
        if agrees(&law, sorted) {
            break;
        }
    }
    law
}

fn form(sorted: &[f64], bounds: &[f64], counts: &[usize]) -> Law {
    let mut parts: Vec<(f64, Law)> = Vec::with_capacity(counts.len());
    for (bound, &count) in bounds.windows(2).zip(counts) {
        let (from, to) = (bound[0], bound[1]);
        let quantile = |i: usize| at(sorted, from + (to - from) * i as f64 / (count - 1) as f64);
        parts.push((to - from, Law::Empirical((0..count).map(quantile).collect())));
    }
    match parts.pop() {
        Some((_, only)) if parts.is_empty() => only,
        last => Law::Mixture(parts.into_iter().chain(last).collect()),
    }
}

fn agrees(law: &Law, sorted: &[f64]) -> bool {
    let is_within = |mine: f64, seen: f64, share: f64| (mine - seen).abs() <= share * seen;
    let is_near = |mine, seen| is_within(mine, seen, TOLERANCE);
    let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
    let beyond = |p: f64| sorted.len() as f64 * (1.0 - p);
    is_within(law.mean(), mean, MEAN_TOLERANCE)
        && PROBES
            .into_iter()
            .filter(|&p| beyond(p) >= 2.0)
            .all(|p| is_near(law.quantile(p), at(sorted, p)))
}

/// The quantile at `p` of evenly spaced ones, linear between.
pub(super) fn at(sorted: &[f64], p: f64) -> f64 {
    let position = p * (sorted.len() - 1) as f64;
    let below = (position as usize).min(sorted.len() - 1);
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (position - below as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_spread_needs_few_quantiles() {
        let sorted: Vec<f64> = (0..=1000).map(f64::from).collect();
        assert_eq!(
            describe(&sorted),
            Law::Empirical(vec![0.0, 200.0, 400.0, 600.0, 800.0, 1000.0])
        );
    }

    #[test]
    fn a_heavy_tail_gets_quantiles_of_its_own() {
        let sorted: Vec<f64> = (1..1000).map(|i| 1.0 / (1.0 - f64::from(i) / 1000.0)).collect();
        let law = describe(&sorted);
        assert!(matches!(&law, Law::Mixture(parts) if parts.len() > 1), "{law:?}");
        for p in [0.5, 0.95, 0.99] {
            assert!((law.quantile(p) / at(&sorted, p) - 1.0).abs() < 0.05, "{p}");
        }
    }
}
