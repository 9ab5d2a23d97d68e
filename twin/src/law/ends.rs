//! How far the parameters of a learned law may be off: 95 % intervals.
//!
//! Asymptotic, by the number of measurements that a law rests on. Slow moments hit several requests in a
//! row, so measurements count for fewer where the means of successive batches differ by more than
//! independent ones would ([`effective`]). Form and, of mixtures, which part a time belongs to are taken for
//! known.
//!
//! Sources: exponential mean, exactly, by the law Gamma(n, 1); log-normal quantiles by the delta method; gamma
//! by its Fisher information; shares by Wilson.

use statrs::distribution::{ContinuousCDF, Gamma};

use super::{Law, Z99};
use crate::batches;

/// Standard normal quantile of 0.975.
pub(crate) const Z: f64 = 1.959_963_984_540_054;
/// That of Student's law with seven degrees of freedom, of means of eight batches.
const T: f64 = 2.364_624_251_592_784;
/// Times below this have no logarithm worth a mean [ns].
const NOTHING: f64 = 500.0;

/// A low and a high end.
pub(crate) type Ends = (f64, f64);

/// How many independent measurements `times`, in order of time, are worth: at most all of them.
pub(super) fn effective(times: &[f64]) -> f64 {
    let n = times.len() as f64;
    let logs: Vec<f64> = times.iter().map(|time| time.max(NOTHING).ln()).collect();
    let means: Vec<f64> = batches::batches(&logs).into_iter().map(batches::mean).collect();
    if means.is_empty() {
        return n;
    }
    let alone = Z * Z * batches::variance(&logs) / n;
    let batched = T * T * batches::variance(&means) / means.len() as f64;
    if batched > alone { (n * alone / batched).max(1.0) } else { n }
}

/// The mean of an exponential law.
pub(crate) fn exponential(mean: f64, n: f64) -> Ends {
    match Gamma::new(n, 1.0) {
        Ok(law) => (n * mean / law.inverse_cdf(0.975), n * mean / law.inverse_cdf(0.025)),
        Err(_) => (mean, mean),
    }
}

/// Median and 99th percentile of a log-normal law; they do not overlap.
pub(crate) fn lognormal(mu: f64, sigma: f64, n: f64) -> [Ends; 2] {
    let ends =
        |log: f64, deviation: f64| ((log - Z * deviation).exp(), (log + Z * deviation).exp());
    let median = ends(mu, sigma / n.sqrt());
    let of_p99 = sigma * (1.0 / n + Z99 * Z99 / (2.0 * n)).sqrt();
    let (low, high) = ends(mu + Z99 * sigma, of_p99);
    [median, (low.max(1.01 * median.1), high.max(1.02 * median.1))]
}

/// Mean and squared coefficient of variation of a gamma law.
pub(crate) fn gamma(mean: f64, scv: f64, n: f64) -> [Ends; 2] {
    let times = |value: f64, deviation: f64| {
        (value * (-Z * deviation).exp(), value * (Z * deviation).exp())
    };
    let shape = 1.0 / scv;
    let information = (shape * trigamma(shape) - 1.0).max(1e-9);
    [times(mean, (scv / n).sqrt()), times(scv, 1.0 / (shape * information * n).sqrt())]
}

/// What all times of an empirical law may be multiplied by.
pub(crate) fn scale(quantiles: &[f64], n: f64) -> Ends {
    let parts = (quantiles.len() - 1) as f64;
    let mean = Law::Empirical(quantiles.to_vec()).mean();
    let squares = quantiles.windows(2).map(|w| (w[0] * w[0] + w[0] * w[1] + w[1] * w[1]) / 3.0);
    let variance = (squares.sum::<f64>() / parts - mean * mean).max(0.0);
    let deviation = if mean > 0.0 { (variance / n).sqrt() / mean } else { 0.0 };
    ((-Z * deviation).exp(), (Z * deviation).exp())
}

/// A share of `n`, by Wilson.
pub(crate) fn share(share: f64, n: f64) -> Ends {
    let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

/// ψ′(x) for x above 0, by its asymptotic series from 8 on.
fn trigamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 8.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    sum + 1.0 / x + square / 2.0 + square / x * (1.0 / 6.0 - square * (1.0 / 30.0 - square / 42.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Uniform numbers that look random, the same every time.
    fn unit(i: u64) -> f64 {
        foreshadow_sim::random::Key::root(5, 0).with(i).unit().clamp(1e-9, 1.0 - 1e-9)
    }

    /// How many of 400 intervals from 200 measurements hold the truth.
    #[track_caller]
    fn check(law: &Law, truths: [f64; 2], ends: impl Fn(&[f64]) -> [Ends; 2]) {
        let mut held = [0, 0];
        for trial in 0..400 {
            let times: Vec<f64> = (0..200).map(|i| law.quantile(unit(trial * 200 + i))).collect();
            for ((held, truth), (low, high)) in held.iter_mut().zip(truths).zip(ends(&times)) {
                *held += u32::from((low..=high).contains(&truth));
            }
        }
        // 95 % within the binomial law's 99.9 %.
        assert!(held.iter().all(|held| (364..=396).contains(held)), "{law:?}: {held:?}");
    }

    #[test]
    fn intervals_hold_the_truth_as_often_as_they_say() {
        let law = Law::Lognormal { mu: 14.0, sigma: 0.8 };
        let p99 = (14.0 + Z99 * 0.8_f64).exp();
        check(&law, [14.0_f64.exp(), p99], |times| {
            let logs: Vec<f64> = times.iter().map(|time| time.ln()).collect();
            lognormal(batches::mean(&logs), batches::variance(&logs).sqrt(), 200.0)
        });
        check(&Law::Exponential(4e6), [4e6; 2], |times| {
            [exponential(batches::mean(times), 200.0); 2]
        });
        check(&law, [1.0; 2], |times| {
            let mut sorted = times.to_vec();
            sorted.sort_by(f64::total_cmp);
            let (low, high) = scale(&sorted, 200.0);
            let off = batches::mean(times) / law.mean();
            [(off * low, off * high); 2]
        });
    }

    #[test]
    fn bursts_count_for_less() {
        let alone: Vec<f64> = (0..800).map(|i| 1e6 * (1.0 + unit(i))).collect();
        assert!(effective(&alone) > 200.0, "{}", effective(&alone));
        let bursts: Vec<f64> = (0..800).map(|i| 1e6 * (1.0 + unit(i / 100))).collect();
        assert!(effective(&bursts) < 40.0, "{}", effective(&bursts));
        assert!((effective(&alone[..20]) - 20.0).abs() < 1e-9);
    }

    #[test]
    fn trigamma_is_known() {
        assert!((trigamma(1.0) - std::f64::consts::PI.powi(2) / 6.0).abs() < 1e-9);
        assert!((trigamma(0.5) - std::f64::consts::PI.powi(2) / 2.0).abs() < 1e-9);
    }
}
