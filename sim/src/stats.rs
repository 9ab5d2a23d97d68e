//! Estimates from independent replications, and decisions that may be looked at any time.

mod settle;
mod trials;

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::histogram::{Summary, pooled_quantile};

pub use settle::{Growth, correlation_time, growth, mser_5};
pub use trials::{decide_probability, probability};

/// Requests over a quantile that must be expected before an interval for it is given.
pub const MIN_EXCEEDANCES: f64 = 100.0;

/// A number with its 95 % confidence interval, or the reason why there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Estimate {
    /// A value and its interval.
    Known {
        /// Best single value.
        value: f64,
        /// Lower end of the interval; `None` where one replication cannot tell.
        interval: Option<(f64, f64)>,
    },
    /// Too little was observed.
    Unknown(Reason),
}

/// Why an estimate has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Nothing of the kind happened.
    NothingObserved,
    /// Too few requests lie beyond the quantile for an interval.
    TooFewBeyond,
    /// The thing has no limit of which this could be a share.
    Unlimited,
    /// The quantile lies among requests that never ended well.
    NotOk,
    /// It belongs to a queue that grows without end: a longer run would say something else.
    Unstable,
    /// It belongs to what did not settle in the time that there was to find a warm-up.
    Unsettled,
    /// Not every replication came to it.
    NotRecovered,
}

impl Reason {
    /// The reason in words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::NothingObserved => "nothing observed",
            Self::TooFewBeyond => "fewer than 100 requests beyond it",
            Self::Unlimited => "unlimited",
            Self::NotOk => "too many not ok",
            Self::Unstable => "unstable",
            Self::Unsettled => "did not settle",
            Self::NotRecovered => "not every run recovered",
        }
    }
}

impl Estimate {
    /// The value, if there is one.
    #[must_use]
    pub const fn value(&self) -> Option<f64> {
        match self {
            Self::Known { value, .. } => Some(*value),
            Self::Unknown(_) => None,
        }
    }

    /// The same in another unit.
    #[must_use]
    pub fn scale(self, factor: f64) -> Self {
        match self {
            Self::Known { value, interval } => Self::Known {
                value: value * factor,
                interval: interval.map(|(low, high)| (low * factor, high * factor)),
            },
            unknown @ Self::Unknown(_) => unknown,
        }
    }
}

/// Mean, and square root of the unbiased variance over n, of some values.
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
    (mean, (squares / (n - 1.0) / n).sqrt())
}

/// Two-sided quantile of Student's t at `confidence` with n − 1 degrees of freedom.
fn student(n: usize, confidence: f64) -> Option<f64> {
    let law = StudentsT::new(0.0, 1.0, n.checked_sub(1)? as f64).ok()?;
    Some(law.inverse_cdf(f64::midpoint(confidence, 1.0)))
}

/// The mean of independent values, with a t interval at `confidence`.
#[must_use]
pub fn mean(values: &[f64], confidence: f64) -> Estimate {
    if values.is_empty() {
        return Estimate::Unknown(Reason::NothingObserved);
    }
    let (mean, error) = mean_and_error(values);
    let interval = student(values.len(), confidence).map(|t| (mean - t * error, mean + t * error));
    Estimate::Known { value: mean, interval }
}

/// A quantile of times \[ns\] pooled over replications.
///
/// The interval inverts the t test: it holds every x for which the mean over replications of
/// (count above x) − (1 − q) · n is not significantly different from zero. It is valid however
/// dependent the requests of one replication are.
#[must_use]
pub fn quantile(replications: &[&Summary], q: f64, confidence: f64) -> Estimate {
    quantile_with(replications, &vec![0; replications.len()], q, confidence)
}

/// The same, where in each replication `beyond` more requests count as over any time.
#[must_use]
pub fn quantile_with(
    replications: &[&Summary],
    beyond: &[u64],
    q: f64,
    confidence: f64,
) -> Estimate {
    let all_beyond: u64 = beyond.iter().sum();
    let count = all_beyond + replications.iter().map(|summary| summary.count()).sum::<u64>();
    if count == 0 {
        return Estimate::Unknown(Reason::NothingObserved);
    }
    if count as f64 * (1.0 - q) < MIN_EXCEEDANCES {
        return Estimate::Unknown(Reason::TooFewBeyond);
    }
    let Some(value) = pooled_quantile(replications, all_beyond, q) else {
        return Estimate::Unknown(Reason::NotOk);
    };
    let Some(t) = student(replications.len(), confidence) else {
        return Estimate::Known { value, interval: None };
    };
    let excess = |x: f64| {
        let values = replications.iter().zip(beyond).map(|(summary, &beyond)| {
            let count = (summary.count() + beyond) as f64;
            summary.above(x) + beyond as f64 - (1.0 - q) * count
        });
        let values: Vec<f64> = values.collect();
        let (mean, error) = mean_and_error(&values);
        (mean, t * error)
    };
    // Too low while significantly many are above, too high while significantly few are.
    let low = boundary(0.0, value, |x| {
        let (mean, error) = excess(x);
        mean > error
    });
    let high = boundary(value, 2.0 * value + 1e9, |x| {
        let (mean, error) = excess(x);
        mean >= -error
    });
    Estimate::Known { value, interval: Some((low.min(value), high.max(value))) }
}

/// Where `holds` turns from true to false between `low` and `high`, within a part in 10⁵; one of
/// the two where it does not turn.
fn boundary(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    if !holds(low) {
        return low;
    }
    if holds(high) {
        return high;
    }
    for _ in 0..64 {
        if high - low <= 1e-5 * high {
            break;
        }
        let middle = low.midpoint(high);
        *(if holds(middle) { &mut low } else { &mut high }) = middle;
    }
    high
}

/// Whether something holds, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It holds.
    Held,
    /// It does not.
    Missed,
    /// More replications are needed.
    Undecided,
}

/// Half-width of a confidence sequence for the mean of normal values of unknown variance.
///
/// Valid at every n at once: looking after each replication and stopping when it is decided keeps
/// the error. It inverts the test martingale of a normal mixture over the effect size, with the
/// mixture's precision set to 1; it is exact for normal values, and a replication's mean over many
/// requests is close to normal.
///
/// - `n`: how many values; with fewer than two nothing is known.
/// - `squares`: Σ (x − mean)².
///
/// Source: H. Wang and A. Ramdas, "Anytime-valid t-tests and confidence sequences for Gaussian
/// means with unknown variance", Sequential Analysis 44(1), 2025; T. L. Lai, "On confidence
/// sequences", Annals of Statistics 4(2), 1976.
#[must_use]
pub fn anytime_half_width(n: usize, squares: f64, error: f64) -> f64 {
    if n < 2 {
        return f64::INFINITY;
    }
    let n = n as f64;
    let threshold = ((n + 1.0).sqrt() / error).powf(2.0 / n);
    let shrink = 1.0 - 1.0 / threshold;
    let room = n * n / (n + 1.0) - n * shrink;
    if room <= 0.0 { f64::INFINITY } else { (squares * shrink / room).sqrt() }
}

/// Decides whether the mean of independent values is at most `limit`, at an error of `error`.
///
/// `least_variance` is the smallest variance that one value can have when the mean is at the
/// limit: without it, a few replications in which a rare thing did not happen would look certain.
#[must_use]
pub fn decide(values: &[f64], limit: f64, least_variance: f64, error: f64) -> Decision {
    if values.is_empty() {
        return Decision::Undecided;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
    decide_moments((values.len(), mean, squares), limit, least_variance, error)
}

/// The same of how many values there are, their mean, and Σ (x − mean)².
#[must_use]
pub fn decide_moments(
    (count, mean, squares): (usize, f64, f64),
    limit: f64,
    least_variance: f64,
    error: f64,
) -> Decision {
    let half = anytime_half_width(count, squares.max(count as f64 * least_variance), error);
    if mean + half <= limit {
        Decision::Held
    } else if mean - half > limit {
        Decision::Missed
    } else {
        Decision::Undecided
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::Histogram;
    use crate::random::Key;
    use rand_distr::{Distribution, StandardNormal};

    fn normals(seed: u64, n: usize) -> Vec<f64> {
        let mut draws = Key::root(seed, 0).draws();
        (0..n).map(|_| StandardNormal.sample(&mut draws)).collect()
    }

    #[test]
    fn mean_interval_agrees_with_the_table_of_student() {
        let Estimate::Known { value, interval: Some((low, high)) } = mean(&[1.0, 2.0, 3.0], 0.95)
        else {
            panic!("three values have an interval");
        };
        // t(0.975, 2) = 4.302653; s/√n = 1/√3.
        assert!((value - 2.0).abs() < 1e-12);
        assert!((high - low - 2.0 * 4.302_653 / 3f64.sqrt()).abs() < 1e-5);
    }

    /// Over 2,000 samples of 20 exponential batches, the interval for p90 holds the truth.
    #[test]
    fn quantile_interval_covers() {
        let truth = 1e6 * std::f64::consts::LN_10;
        let covered = (0..1_000).filter(|&sample| {
            let summaries: Vec<Summary> = (0..20)
                .map(|batch| {
                    let mut histogram = Histogram::default();
                    let law = crate::random::Law::exponential(1e6).unwrap();
                    for i in 0..200 {
                        histogram.record(law.sample(Key::root(sample, batch).with(i)));
                    }
                    histogram.summary()
                })
                .collect();
            let summaries: Vec<&Summary> = summaries.iter().collect();
            let Estimate::Known { interval: Some((low, high)), .. } =
                quantile(&summaries, 0.9, 0.95)
            else {
                panic!("400 requests lie beyond");
            };
            low <= truth && truth <= high
        });
        let covered = covered.count();
        // Binomial(1000, 0.95): mean 950, standard deviation 6.9.
        assert!((922..=978).contains(&covered), "{covered} of 1000");
    }

    /// Where more than half did not wait at all, the median is nothing, without any doubt.
    #[test]
    fn a_quantile_at_nothing_is_exact() {
        let summaries: Vec<Summary> = (0..20)
            .map(|batch| {
                let mut histogram = Histogram::default();
                (0..200).for_each(|i| histogram.record((i % 4 / 3) * (1_000 + batch)));
                histogram.summary()
            })
            .collect();
        let summaries: Vec<&Summary> = summaries.iter().collect();
        let expected = Estimate::Known { value: 0.0, interval: Some((0.0, 0.0)) };
        assert_eq!(quantile(&summaries, 0.5, 0.95), expected);
    }

    /// Looked at after every value up to 400, the sequence misses the mean in at most 5 %.
    #[test]
    fn confidence_sequence_holds_at_every_look() {
        let missed = (0..400).filter(|&seed| {
            let values = normals(seed, 400);
            let (mut sum, mut squares) = (0.0, 0.0);
            values.iter().enumerate().any(|(i, x)| {
                sum += x;
                squares += x * x;
                let n = (i + 1) as f64;
                let spread = squares - sum * sum / n;
                (sum / n).abs() > anytime_half_width(i + 1, spread, 0.05)
            })
        });
        let missed = missed.count();
        // Binomial(400, 0.05): mean 20, standard deviation 4.4.
        assert!(missed <= 33, "{missed} of 400");
    }

    #[test]
    fn a_rare_thing_that_did_not_happen_is_not_certain() {
        // Five replications of ten requests cannot show that at most 1 % fail.
        assert_eq!(decide(&[0.0; 5], 0.01, 0.01 * 0.99 / 10.0, 0.05), Decision::Undecided);
        assert_eq!(decide(&[0.0; 20], 0.01, 0.01 * 0.99 / 10_000.0, 0.05), Decision::Held);
        assert_eq!(decide(&[0.5; 20], 0.01, 0.01 * 0.99 / 10_000.0, 0.05), Decision::Missed);
        assert_eq!(decide(&[], 0.01, 0.0, 0.05), Decision::Undecided);
    }
}
