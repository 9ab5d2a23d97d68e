//! Choice of a law for measured times.
//!
//! Candidates are fitted to the even and judged on the odd measurements, in order of time, and the
//! other way round; the likeliest wins. It is accepted if its distance from what was measured
//! (Kolmogorov and Smirnov's) is no more than chance allows or than matters, and its median, p95,
//! p99 and mean are near. Else the next is tried, and at last the measured quantiles themselves are written.

use super::{Law, empirical, ends, lognormals};

/// Fewer measurements than this only give a mean.
pub(crate) const FEW: usize = 5;
/// More measurements than this tell no more.
const MOST: usize = 20_000;
/// Critical value of √n · D at about one in ten.
const CRITICAL: f64 = 1.2;
/// A distance that does not matter, however sure it is.
const NEGLIGIBLE: f64 = 0.04;
/// Less than this is no time at all [ns].
const NOTHING: f64 = 500.0;
/// Share of times that may be nothing where a law with a density is fitted.
const FEW_ZEROS: f64 = 0.001;

/// A law and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fit {
    /// The law.
    pub(crate) law: Law,
    /// Measurements that it rests on.
    pub(crate) samples: usize,
    /// How many independent ones they are worth.
    pub(crate) effective: f64,
}

impl Fit {
    /// Whether it rests on so few measurements that only the mean was taken from them.
    pub(crate) fn is_guess(&self) -> bool {
        self.samples < FEW
    }
}

/// A law for `times` [ns], which are in order of time; none if they are none or all but zero.
pub(crate) fn fit(times: &[f64]) -> Option<Fit> {
    let (samples, effective) = (times.len(), ends::effective(times));
    let times = thinned(times);
    let mut sorted = times.clone();
    sorted.sort_by(f64::total_cmp);
    let (Some(&least), Some(&most)) = (sorted.first(), sorted.last()) else { return None };
    if most < NOTHING {
        return None;
    }
    let law = if most - least <= 1e-3 * most {
        Law::Constant(empirical::at(&sorted, 0.5))
    } else if samples < FEW {
        Law::Exponential(mean(&sorted))
    } else {
        parametric(&times, &sorted).unwrap_or_else(|| empirical::describe(&sorted))
    };
    Some(Fit { law, samples, effective })
}

/// At most [`MOST`] of `times`, evenly.
fn thinned(times: &[f64]) -> Vec<f64> {
    times.iter().copied().step_by(times.len().div_ceil(MOST).max(1)).collect()
}

type Estimator = fn(&[f64]) -> Option<Law>;

/// Candidates, simplest first, and the least measurements that each needs.
const CANDIDATES: [(Estimator, usize); 5] = [
    (exponential, FEW),
    (lognormal, FEW),
    (gamma, FEW),
    (|sorted| lognormals::mixture(sorted, 2), 40),
    (|sorted| lognormals::mixture(sorted, 3), 100),
];

/// The likeliest of the candidates that agrees with `sorted`.
fn parametric(times: &[f64], sorted: &[f64]) -> Option<Law> {
    // Zeros and what is near them have no logarithm worth fitting; a few are as good as nearly none.
    let zeros = sorted.partition_point(|time| *time < NOTHING);
    if zeros as f64 > FEW_ZEROS * sorted.len() as f64 {
        return None;
    }
    let lifted = |times: &[f64]| times.iter().map(|time| time.max(NOTHING)).collect::<Vec<f64>>();
    let (times, sorted) = (&lifted(times), &lifted(sorted));
    let half = |parity: usize| {
        let mut half: Vec<f64> = times.iter().copied().skip(parity).step_by(2).collect();
        half.sort_by(f64::total_cmp);
        half
    };
    let halves = [half(0), half(1)];
    let mut ranked: Vec<(f64, Estimator)> = CANDIDATES
        .into_iter()
        .filter(|(_, least)| sorted.len() >= *least)
        .filter_map(|(estimator, _)| Some((held_out(estimator, &halves)?, estimator)))
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked
        .into_iter()
        .filter_map(|(_, estimator)| estimator(sorted))
        .find(|law| agrees(law, sorted))
}

/// Log-likelihood of each half under the law of the other.
fn held_out(estimator: Estimator, [even, odd]: &[Vec<f64>; 2]) -> Option<f64> {
    let of = |law: Law, data: &[f64]| data.iter().map(|&x| law.log_density(x)).sum::<f64>();
    let total = of(estimator(even)?, odd) + of(estimator(odd)?, even);
    total.is_finite().then_some(total)
}

fn agrees(law: &Law, sorted: &[f64]) -> bool {
    let n = sorted.len() as f64;
    let is_near = |p: f64, tolerance: f64| {
        let seen = empirical::at(sorted, p);
        n * (1.0 - p) < 3.0 || (law.quantile(p) / seen - 1.0).abs() <= tolerance
    };
    let seen_mean = mean(sorted);
    distance(law, sorted) <= (CRITICAL / n.sqrt()).max(NEGLIGIBLE)
        && is_near(0.5, 0.03)
        && is_near(0.95, 0.06)
        && is_near(0.99, 0.2)
        && (n < 30.0 || (law.mean() / seen_mean - 1.0).abs() <= 0.1)
}

/// Kolmogorov and Smirnov's distance between a law and measurements.
fn distance(law: &Law, sorted: &[f64]) -> f64 {
    let n = sorted.len() as f64;
    let gaps = sorted.iter().enumerate().map(|(i, &x)| {
        let expected = law.cdf(x);
        (expected - i as f64 / n).abs().max(((i + 1) as f64 / n - expected).abs())
    });
    gaps.fold(0.0, f64::max)
}

fn mean(times: &[f64]) -> f64 {
    times.iter().sum::<f64>() / times.len() as f64
}

fn exponential(sorted: &[f64]) -> Option<Law> {
    let mean = mean(sorted);
    (mean > 0.0).then_some(Law::Exponential(mean))
}

fn lognormal(sorted: &[f64]) -> Option<Law> {
    let logs: Vec<f64> = sorted.iter().map(|x| x.ln()).collect();
    let mu = mean(&logs);
    let variance = logs.iter().map(|x| (x - mu) * (x - mu)).sum::<f64>() / logs.len() as f64;
    (variance > 1e-8).then_some(Law::Lognormal { mu, sigma: variance.sqrt() })
}

/// Gamma by maximum likelihood, in closed form to within 1.5 %.
///
/// Source: T. Minka, "Estimating a Gamma distribution", 2002, equation 12 as a starting point with
/// one Newton step.
fn gamma(sorted: &[f64]) -> Option<Law> {
    let mean = mean(sorted);
    let logs = sorted.iter().map(|x| x.ln()).sum::<f64>() / sorted.len() as f64;
    let s = mean.ln() - logs;
    if s.is_nan() || s <= 1e-8 {
        return None;
    }
    let shape = (3.0 - s + ((s - 3.0) * (s - 3.0) + 24.0 * s).sqrt()) / (12.0 * s);
    Some(Law::Gamma { mean, scv: 1.0 / shape })
}

/// Whether two sets of times differ by more than chance would have it (one in a thousand).
pub(crate) fn differ(a: &[f64], b: &[f64]) -> bool {
    let sorted = |times: &[f64]| {
        let mut times = thinned(times);
        times.sort_by(f64::total_cmp);
        times
    };
    let (a, b) = (sorted(a), sorted(b));
    let (n, m) = (a.len() as f64, b.len() as f64);
    let (mut i, mut j, mut gap) = (0, 0, 0.0_f64);
    while i < a.len() && j < b.len() {
        let x = a[i].min(b[j]);
        while i < a.len() && a[i] <= x {
            i += 1;
        }
        while j < b.len() && b[j] <= x {
            j += 1;
        }
        gap = gap.max((i as f64 / n - j as f64 / m).abs());
    }
    // Differences that are sure but small are not worth a law of their own.
    gap > (1.95 * ((n + m) / (n * m)).sqrt()).max(0.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `n` times of a law, shuffled by a fixed stride.
    fn times(law: &Law, n: u32) -> Vec<f64> {
        let at = |i: u32| law.quantile((f64::from(i * 7919 % n) + 0.5) / f64::from(n));
        (0..n).map(at).collect()
    }

    #[track_caller]
    fn check(law: &Law, name: &str) {
        let found = fit(&times(law, 1000)).unwrap().law;
        assert_eq!(found.name(), name, "{found:?}");
        for p in [0.5, 0.95] {
            assert!((found.quantile(p) / law.quantile(p) - 1.0).abs() < 0.05, "{found:?} at {p}");
        }
    }

    #[test]
    fn laws_are_recognised() {
        check(&Law::Exponential(4e6), "exponential");
        check(&Law::Lognormal { mu: 15.0, sigma: 0.8 }, "lognormal");
        check(&Law::Gamma { mean: 5e6, scv: 0.3 }, "gamma");
        check(&Law::Constant(5e6), "constant");
        let slow = Law::Lognormal { mu: 18.0, sigma: 0.2 };
        let ways = vec![(0.9, Law::Lognormal { mu: 14.0, sigma: 0.3 }), (0.1, slow)];
        check(&Law::Mixture(ways), "lognormal mixture");
        check(&Law::Empirical(vec![1e6, 1e6, 5e6, 5.1e6, 9e6, 9e6, 40e6]), "empirical");
    }

    #[test]
    fn few_measurements_give_a_mean() {
        let guess = fit(&[2e6, 4e6]).unwrap();
        assert_eq!(guess.law, Law::Exponential(3e6));
        assert!(guess.is_guess());
    }

    #[test]
    fn a_few_zeros_change_nothing() {
        let mut some = times(&Law::Exponential(4e6), 2000);
        some[7] = 0.0;
        assert!(matches!(fit(&some).unwrap().law, Law::Exponential(_)));
        // A queue multiplies what the mean is off by.
        let half: Vec<f64> = some.iter().enumerate().map(|(i, x)| x * (i % 2) as f64).collect();
        let mean = half.iter().sum::<f64>() / 2000.0;
        assert!((fit(&half).unwrap().law.mean() / mean - 1.0).abs() < 0.006);
    }

    #[test]
    fn no_time_is_no_law() {
        assert_eq!(fit(&[]), None);
        assert_eq!(fit(&[0.0; 20]), None);
    }

    #[test]
    fn only_clear_differences_count() {
        let (a, b) =
            (Law::Lognormal { mu: 14.0, sigma: 0.3 }, Law::Lognormal { mu: 14.5, sigma: 0.3 });
        assert!(differ(&times(&a, 200), &times(&b, 200)));
        assert!(!differ(&times(&a, 200), &times(&a, 50)));
    }
}
