//! Laws of times as the twin file writes them. Times in nanoseconds.

use statrs::distribution::{Continuous, ContinuousCDF, Gamma, Normal};

mod empirical;
pub(crate) mod ends;
mod fit;
mod lognormals;

pub(crate) use fit::{Fit, differ, fit};

/// Standard normal quantile of 0.99.
const Z99: f64 = 2.326_347_874_040_841;

/// A law of times.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Law {
    /// Always the same.
    Constant(f64),
    /// Memoryless, by its mean.
    Exponential(f64),
    /// The logarithm is normal, with this mean and standard deviation.
    Lognormal { mu: f64, sigma: f64 },
    /// By mean and squared coefficient of variation.
    Gamma { mean: f64, scv: f64 },
    /// Quantiles evenly spaced from 0 to 1, linear between.
    Empirical(Vec<f64>),
    /// One of several, by weight; weights sum to 1.
    Mixture(Vec<(f64, Law)>),
}

impl Law {
    /// Probability of at most `x`.
    pub(crate) fn cdf(&self, x: f64) -> f64 {
        match self {
            Self::Constant(value) => f64::from(u8::from(x >= *value)),
            _ if x < 0.0 => 0.0,
            Self::Exponential(mean) => -(-x / mean).exp_m1(),
            Self::Lognormal { mu, sigma } => {
                if x > 0.0 {
                    normal_cdf((x.ln() - mu) / sigma)
                } else {
                    0.0
                }
            }
            Self::Gamma { mean, scv } => gamma(*mean, *scv).map_or(f64::NAN, |law| law.cdf(x)),
            Self::Empirical(quantiles) => empirical_cdf(quantiles, x),
            Self::Mixture(parts) => parts.iter().map(|(weight, law)| weight * law.cdf(x)).sum(),
        }
    }

    /// Logarithm of the density at `x`, of laws that have one.
    pub(crate) fn log_density(&self, x: f64) -> f64 {
        match self {
            Self::Exponential(mean) => -mean.ln() - x / mean,
            Self::Lognormal { mu, sigma } => {
                let z = (x.ln() - mu) / sigma;
                -0.5 * z * z - sigma.ln() - x.ln() - 0.5 * std::f64::consts::TAU.ln()
            }
            Self::Gamma { mean, scv } => gamma(*mean, *scv).map_or(f64::NAN, |law| law.ln_pdf(x)),
            Self::Mixture(parts) => {
                let density = parts.iter().map(|(weight, law)| weight * law.log_density(x).exp());
                density.sum::<f64>().max(f64::MIN_POSITIVE).ln()
            }
            Self::Constant(_) | Self::Empirical(_) => f64::NAN,
        }
    }

    /// The time that is not exceeded with probability `p`, to nine digits.
    pub(crate) fn quantile(&self, p: f64) -> f64 {
        match self {
            Self::Constant(value) => return *value,
            Self::Empirical(quantiles) => return empirical::at(quantiles, p),
            _ => {}
        }
        let mut high = 1.0;
        while self.cdf(high) < p && high < 1e20 {
            high *= 2.0;
        }
        let mut low = 0.0;
        while high - low > 1e-9 * high {
            let middle = f64::midpoint(low, high);
            if self.cdf(middle) < p { low = middle } else { high = middle }
        }
        high
    }

    /// Expected time.
    pub(crate) fn mean(&self) -> f64 {
        match self {
            Self::Constant(mean) | Self::Exponential(mean) | Self::Gamma { mean, .. } => *mean,
            Self::Lognormal { mu, sigma } => (mu + sigma * sigma / 2.0).exp(),
            Self::Empirical(quantiles) => {
                let areas: f64 = quantiles.windows(2).map(|w| f64::midpoint(w[0], w[1])).sum();
                areas / (quantiles.len() - 1) as f64
            }
            Self::Mixture(parts) => parts.iter().map(|(weight, law)| weight * law.mean()).sum(),
        }
    }

    /// What kind of law it is.
    #[cfg(test)]
    fn name(&self) -> &'static str {
        match self {
            Self::Constant(_) => "constant",
            Self::Exponential(_) => "exponential",
            Self::Lognormal { .. } => "lognormal",
            Self::Gamma { .. } => "gamma",
            Self::Mixture(parts)
                if parts.iter().all(|(_, law)| matches!(law, Self::Lognormal { .. })) =>
            {
                "lognormal mixture"
            }
            Self::Empirical(_) | Self::Mixture(_) => "empirical",
        }
    }

    /// 99th percentile of a log-normal law.
    pub(crate) fn lognormal_p99(mu: f64, sigma: f64) -> f64 {
        (mu + Z99 * sigma).exp()
    }
}

fn gamma(mean: f64, scv: f64) -> Option<Gamma> {
    Gamma::new(1.0 / scv, 1.0 / (mean * scv)).ok()
}

fn normal_cdf(z: f64) -> f64 {
    Normal::standard().cdf(z)
}

fn empirical_cdf(quantiles: &[f64], x: f64) -> f64 {
    let above = quantiles.partition_point(|&quantile| quantile <= x);
    let parts = (quantiles.len() - 1) as f64;
    match above {
        0 => 0.0,
        n if n == quantiles.len() => 1.0,
        n => {
            let (low, high) = (quantiles[n - 1], quantiles[n]);
            ((n - 1) as f64 + (x - low) / (high - low)) / parts
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(law: &Law, p50: f64, mean: f64) {
        assert!((law.quantile(0.5) / p50 - 1.0).abs() < 1e-6, "{law:?}: {}", law.quantile(0.5));
        assert!((law.cdf(p50) - 0.5).abs() < 1e-6, "{law:?}");
        assert!((law.mean() / mean - 1.0).abs() < 1e-9, "{law:?}: {}", law.mean());
    }

    #[test]
    fn laws_know_their_median_and_mean() {
        check(&Law::Exponential(2.0), 2.0 * 2.0_f64.ln(), 2.0);
        check(&Law::Lognormal { mu: 3.0, sigma: 0.5 }, 3.0_f64.exp(), 3.125_f64.exp());
        check(&Law::Gamma { mean: 2.0, scv: 1.0 }, 2.0 * 2.0_f64.ln(), 2.0);
        check(&Law::Empirical(vec![0.0, 2.0, 10.0]), 2.0, 3.5);
        let parts =
            vec![(0.5, Law::Empirical(vec![0.0, 1.0])), (0.5, Law::Empirical(vec![1.0, 2.0]))];
        check(&Law::Mixture(parts), 1.0, 1.0);
    }

    #[test]
    fn densities_integrate_to_the_distribution() {
        let lognormal = Law::Lognormal { mu: 1.0, sigma: 0.7 };
        let mixture = Law::Mixture(vec![(0.3, Law::Exponential(4.0)), (0.7, lognormal)]);
        for law in [mixture, Law::Gamma { mean: 3.0, scv: 0.4 }] {
            let step = 1e-4;
            let density = |i: u32| law.log_density((f64::from(i) + 0.5) * step).exp();
            let area: f64 = (0..50_000).map(density).sum::<f64>() * step;
            assert!((area - law.cdf(5.0)).abs() < 1e-4, "{law:?}: {area}");
        }
    }
}
