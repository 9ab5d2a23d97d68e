//! The laws of non-negative times.

use super::exp::exp;
use super::ziggurat::{gamma, normal};
use super::{Draws, Key, exp1};
use crate::error::Error;
use crate::time::round_nanos;

/// A law of non-negative times. Parameters in nanoseconds where they are times.
///
/// Built by the constructors, which check their arguments; sampled with [`Law::sample`].
#[derive(Debug, Clone, PartialEq)]
pub struct Law(Kind);

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Constant(u64),
    Exponential { mean: f64 },
    LogNormal { mu: f64, sigma: f64 },
    Gamma { mean: f64, scv: f64 },
    Hyperexponential { share: f64, mean_first: f64, mean_second: f64 },
    Pareto { scale: f64, alpha: f64 },
    Weibull { scale: f64, inverse_shape: f64 },
    Uniform { min: f64, width: f64 },
    Empirical(Box<[f64]>),
    Mixture(Box<[(f64, Law)]>),
}

/// Standard normal quantile of 0.99.
const Z99: f64 = 2.326_347_874_040_841;

fn positive(name: &'static str, value: f64) -> Result<f64, Error> {
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(Error::Law { parameter: name, value, expected: "a finite number above zero" })
    }
}

fn not_negative(name: &'static str, value: f64) -> Result<f64, Error> {
    if value.is_finite() && value >= 0.0 {
        Ok(value)
    } else {
        Err(Error::Law { parameter: name, value, expected: "a finite number, zero or more" })
    }
}

impl Law {
    /// Always the same time.
    #[must_use]
    pub const fn constant(nanos: u64) -> Self {
        Self(Kind::Constant(nanos))
    }

    /// Exponential with the given mean.
    pub fn exponential(mean: f64) -> Result<Self, Error> {
        Ok(Self(Kind::Exponential { mean: positive("mean", mean)? }))
    }

    /// Log-normal with the given mean and squared coefficient of variation.
    pub fn lognormal(mean: f64, scv: f64) -> Result<Self, Error> {
        let (mean, scv) = (positive("mean", mean)?, not_negative("scv", scv)?);
        if scv == 0.0 {
            return Ok(Self::constant(round_nanos(mean)));
        }
        let variance = libm::log1p(scv);
        let mu = libm::log(mean) - variance / 2.0;
        Ok(Self(Kind::LogNormal { mu, sigma: libm::sqrt(variance) }))
    }

    /// Log-normal with the given median and 99th percentile.
    pub fn lognormal_quantiles(p50: f64, p99: f64) -> Result<Self, Error> {
        let (p50, p99) = (positive("p50", p50)?, positive("p99", p99)?);
        if p99 < p50 {
            return Err(Error::Law { parameter: "p99", value: p99, expected: "at least p50" });
        }
        let (mu, sigma) = (libm::log(p50), libm::log(p99 / p50) / Z99);
        Ok(Self(Kind::LogNormal { mu, sigma }))
    }

    /// Gamma with the given mean and squared coefficient of variation.
    pub fn gamma(mean: f64, scv: f64) -> Result<Self, Error> {
        let (mean, scv) = (positive("mean", mean)?, not_negative("scv", scv)?);
        if scv == 0.0 {
            return Ok(Self::constant(round_nanos(mean)));
        }
        Ok(Self(Kind::Gamma { mean, scv }))
    }

    /// Erlang: the sum of `k` exponentials, with the given mean of the sum.
    pub fn erlang(mean: f64, k: u32) -> Result<Self, Error> {
        Self::gamma(mean, 1.0 / positive("k", f64::from(k))?)
    }

    /// Hyperexponential of two phases with balanced means (p₁m₁ = p₂m₂); `scv` at least 1.
    ///
    /// Source: W. Whitt, "Approximating a point process by a renewal process", Operations
    /// Research 30(1), 1982.
    pub fn hyperexponential(mean: f64, scv: f64) -> Result<Self, Error> {
        let (mean, scv) = (positive("mean", mean)?, positive("scv", scv)?);
        if scv < 1.0 {
            return Err(Error::Law { parameter: "scv", value: scv, expected: "at least 1" });
        }
        let share = 0.5 * (1.0 + libm::sqrt((scv - 1.0) / (scv + 1.0)));
        let (mean_first, mean_second) = (mean / (2.0 * share), mean / (2.0 * (1.0 - share)));
        Ok(Self(Kind::Hyperexponential { share, mean_first, mean_second }))
    }

    /// Pareto of type I with the given mean; `alpha` above 1.
    pub fn pareto(mean: f64, alpha: f64) -> Result<Self, Error> {
        let (mean, alpha) = (positive("mean", mean)?, positive("alpha", alpha)?);
        if alpha <= 1.0 {
            return Err(Error::Law { parameter: "alpha", value: alpha, expected: "above 1" });
        }
        Ok(Self(Kind::Pareto { scale: mean * (alpha - 1.0) / alpha, alpha }))
    }

    /// Weibull with the given mean and shape.
    pub fn weibull(mean: f64, shape: f64) -> Result<Self, Error> {
        let (mean, shape) = (positive("mean", mean)?, positive("shape", shape)?);
        let scale = mean / libm::tgamma(1.0 + 1.0 / shape);
        Ok(Self(Kind::Weibull { scale: positive("shape", scale)?, inverse_shape: 1.0 / shape }))
    }

    /// Uniform between two times.
    pub fn uniform(min: f64, max: f64) -> Result<Self, Error> {
        let (min, max) = (not_negative("min", min)?, not_negative("max", max)?);
        if max < min {
            return Err(Error::Law { parameter: "max", value: max, expected: "at least min" });
        }
        Ok(Self(Kind::Uniform { min, width: max - min }))
    }

    /// Quantiles evenly spaced in probability from 0 to 1, linear between them.
    pub fn empirical(quantiles: Vec<f64>) -> Result<Self, Error> {
        if quantiles.len() < 2 {
            let value = quantiles.len() as f64;
            return Err(Error::Law { parameter: "quantiles", value, expected: "two or more" });
        }
        for pair in quantiles.windows(2) {
            not_negative("quantiles", pair[0])?;
            if pair[1].is_nan() || pair[1] < pair[0] {
                let value = pair[1];
                return Err(Error::Law { parameter: "quantiles", value, expected: "rising" });
            }
        }
        not_negative("quantiles", quantiles[quantiles.len() - 1])?;
        Ok(Self(Kind::Empirical(quantiles.into_boxed_slice())))
    }

    /// One of several laws, chosen with probability proportional to its weight.
    pub fn mixture(parts: Vec<(f64, Self)>) -> Result<Self, Error> {
        for (weight, _) in &parts {
            not_negative("weight", *weight)?;
        }
        let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
        positive("weight", total)?;
        let mut sum = 0.0;
        let cumulative = parts.into_iter().map(|(weight, law)| {
            sum += weight / total;
            (sum, law)
        });
        Ok(Self(Kind::Mixture(cumulative.collect())))
    }

    /// The one value of a constant law.
    #[must_use]
    pub const fn as_constant(&self) -> Option<u64> {
        match self.0 {
            Kind::Constant(nanos) => Some(nanos),
            _ => None,
        }
    }

    /// Expected value \[ns\].
    #[must_use]
    pub fn mean(&self) -> f64 {
        match &self.0 {
            Kind::Constant(nanos) => *nanos as f64,
            Kind::Exponential { mean } | Kind::Gamma { mean, .. } => *mean,
            Kind::LogNormal { mu, sigma } => libm::exp(mu + sigma * sigma / 2.0),
            Kind::Hyperexponential { share, mean_first, mean_second } => {
                share * mean_first + (1.0 - share) * mean_second
            }
            Kind::Pareto { scale, alpha } => scale * alpha / (alpha - 1.0),
            Kind::Weibull { scale, inverse_shape } => scale * libm::tgamma(1.0 + inverse_shape),
            Kind::Uniform { min, width } => min + width / 2.0,
            Kind::Empirical(q) => {
                let inner: f64 = q.windows(2).map(|pair| pair[0].midpoint(pair[1])).sum();
                inner / (q.len() - 1) as f64
            }
            Kind::Mixture(parts) => {
                let mut before = 0.0;
                let mut mean = 0.0;
                for (cumulative, law) in parts {
                    mean += (cumulative - before) * law.mean();
                    before = *cumulative;
                }
                mean
            }
        }
    }

    /// The law of `factor` times as long a time; a time that is always the same is rounded.
    ///
    /// # Errors
    /// [`Error::Law`] when `factor` is not a finite number above zero.
    pub fn scaled(&self, factor: f64) -> Result<Self, Error> {
        let factor = positive("factor", factor)?;
        Ok(Self(match self.0.clone() {
            Kind::Constant(nanos) => Kind::Constant(round_nanos(nanos as f64 * factor)),
            Kind::Exponential { mean } => Kind::Exponential { mean: mean * factor },
            Kind::LogNormal { mu, sigma } => Kind::LogNormal { mu: mu + libm::log(factor), sigma },
            Kind::Gamma { mean, scv } => Kind::Gamma { mean: mean * factor, scv },
            Kind::Hyperexponential { share, mean_first, mean_second } => Kind::Hyperexponential {
                share,
                mean_first: mean_first * factor,
                mean_second: mean_second * factor,
            },
            Kind::Pareto { scale, alpha } => Kind::Pareto { scale: scale * factor, alpha },
            Kind::Weibull { scale, inverse_shape } => {
                Kind::Weibull { scale: scale * factor, inverse_shape }
            }
            Kind::Uniform { min, width } => {
                Kind::Uniform { min: min * factor, width: width * factor }
            }
            Kind::Empirical(quantiles) => {
                Kind::Empirical(quantiles.iter().map(|quantile| quantile * factor).collect())
            }
            Kind::Mixture(parts) => {
                let scale = |(share, law): &(f64, Self)| Ok((*share, law.scaled(factor)?));
                Kind::Mixture(parts.iter().map(scale).collect::<Result<_, Error>>()?)
            }
        }))
    }

    /// The time that `key` draws from this law, rounded to whole nanoseconds.
    #[inline]
    #[must_use]
    pub fn sample(&self, key: Key) -> u64 {
        match self.0 {
            Kind::Constant(nanos) => nanos,
            Kind::Exponential { mean } => round_nanos(mean * exp1(&mut key.draws())),
            _ => self.draw(&mut key.draws()),
        }
    }

    fn draw(&self, draws: &mut Draws) -> u64 {
        match &self.0 {
            Kind::Constant(nanos) => *nanos,
            Kind::Exponential { mean } => round_nanos(mean * exp1(draws)),
            Kind::LogNormal { mu, sigma } => round_nanos(exp(mu + sigma * normal(draws))),
            Kind::Gamma { mean, scv } => round_nanos(gamma(1.0 / scv, draws) * mean * scv),
            Kind::Hyperexponential { share, mean_first, mean_second } => {
                let mean = if draws.unit() < *share { mean_first } else { mean_second };
                round_nanos(mean * exp1(draws))
            }
            Kind::Pareto { scale, alpha } => round_nanos(scale * exp(exp1(draws) / alpha)),
            Kind::Weibull { scale, inverse_shape } => {
                round_nanos(scale * libm::pow(exp1(draws), *inverse_shape))
            }
            Kind::Uniform { min, width } => round_nanos(min + width * draws.unit()),
            Kind::Empirical(quantiles) => {
                let position = draws.unit() * (quantiles.len() - 1) as f64;
                let below = position as usize;
                let (low, high) = (quantiles[below], quantiles[below + 1]);
                round_nanos(low + (high - low) * (position - below as f64))
            }
            Kind::Mixture(parts) => {
                let unit = draws.unit();
                let last = parts.len() - 1;
                let chosen = parts.iter().position(|(sum, _)| unit < *sum).unwrap_or(last);
                parts[chosen].1.draw(draws)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: f64 = 1e9;

    fn moments(law: &Law) -> (f64, f64) {
        let n = 400_000;
        let draws = (0..n).map(|i| law.sample(Key::root(7, 0).with(i)) as f64);
        let (sum, squares) = draws.fold((0.0, 0.0), |(s, q), x| (s + x, q + x * x));
        let mean = sum / f64::from(n as u32);
        (mean, (squares / f64::from(n as u32) - mean * mean) / (mean * mean))
    }

    #[track_caller]
    fn check_moments(law: &Law, mean: f64, scv: f64) {
        let (m, c) = moments(law);
        assert!((law.mean() / mean - 1.0).abs() < 1e-9, "mean() is {}", law.mean());
        let tolerance = 4.5 * (scv / 400_000.0).sqrt() + 1e-9;
        assert!((m / mean - 1.0).abs() < tolerance, "mean {m} is not {mean}");
        assert!((c - scv).abs() < 0.05 * scv + 1e-6, "scv {c} is not {scv}");
    }

    #[test]
    fn laws_have_their_moments() {
        let s = SECOND;
        check_moments(&Law::constant(1_000_000_000), s, 0.0);
        check_moments(&Law::exponential(s).unwrap(), s, 1.0);
        check_moments(&Law::lognormal(s, 1.5).unwrap(), s, 1.5);
        check_moments(&Law::gamma(s, 0.5).unwrap(), s, 0.5);
        check_moments(&Law::gamma(s, 4.0).unwrap(), s, 4.0);
        check_moments(&Law::erlang(s, 4).unwrap(), s, 0.25);
        check_moments(&Law::hyperexponential(s, 10.0).unwrap(), s, 10.0);
        check_moments(&Law::pareto(s, 5.0).unwrap(), s, 1.0 / 15.0);
        check_moments(&Law::weibull(s, 2.0).unwrap(), s, 4.0 / std::f64::consts::PI - 1.0);
        check_moments(&Law::uniform(0.0, 2.0 * s).unwrap(), s, 1.0 / 3.0);
        check_moments(&Law::empirical(vec![0.0, s, 2.0 * s]).unwrap(), s, 1.0 / 3.0);
        let halves = vec![(1.0, Law::constant(0)), (1.0, Law::constant(2_000_000_000))];
        check_moments(&Law::mixture(halves).unwrap(), s, 1.0);
    }

    #[test]
    fn lognormal_quantiles_are_met() {
        let law = Law::lognormal_quantiles(1e6, 4e6).unwrap();
        let mut draws: Vec<u64> =
            (0..100_000).map(|i| law.sample(Key::root(3, 1).with(i))).collect();
        draws.sort_unstable();
        assert!((draws[50_000] as f64 / 1e6 - 1.0).abs() < 0.01);
        assert!((draws[99_000] as f64 / 4e6 - 1.0).abs() < 0.05);
    }

    #[test]
    fn impossible_parameters_are_refused() {
        assert!(Law::exponential(0.0).is_err());
        assert!(Law::exponential(f64::NAN).is_err());
        assert!(Law::lognormal(1.0, -1.0).is_err());
        assert!(Law::hyperexponential(1.0, 0.5).is_err());
        assert!(Law::pareto(1.0, 1.0).is_err());
        assert!(Law::uniform(2.0, 1.0).is_err());
        assert!(Law::empirical(vec![1.0]).is_err());
        assert!(Law::empirical(vec![2.0, 1.0]).is_err());
        assert!(Law::mixture(vec![]).is_err());
    }

    /// Values that must never change: an old seed keeps its meaning.
    #[test]
    fn first_draws_are_stable() {
        let key = Key::root(1, 0).with(1);
        let laws = [
            Law::exponential(SECOND),
            Law::lognormal(SECOND, 1.5),
            Law::gamma(SECOND, 0.5),
            Law::hyperexponential(SECOND, 10.0),
            Law::pareto(SECOND, 3.0),
            Law::weibull(SECOND, 2.0),
            Law::uniform(0.0, SECOND),
            Law::empirical(vec![0.0, 1.0, SECOND]),
        ];
        let drawn: Vec<u64> = laws.map(|law| law.unwrap().sample(key)).to_vec();
        assert_eq!(drawn, FIRST_DRAWS, "{drawn:?}");
    }

    const FIRST_DRAWS: [u64; 8] = [
        943_324_989,
        1_613_775_966,
        1_638_044_323,
        155_095_093,
        912_996_305,
        1_095_937_352,
        760_472_523,
        520_945_047,
    ];
}
