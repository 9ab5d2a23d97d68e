//! Intervals of sums of means of values in \[0, 1\], valid where most values are 0.
//!
//! - Values that are 0 or 1 have the interval of Clopper and Pearson.
//! - Other values have Student's, m ± (t s / √n + ln(2 / δ) / n): the second term, of the form of the empirical
//!   Bernstein bound, keeps a few equal values from looking certain (A. Maurer, M. Pontil, "Empirical
//!   Bernstein bounds and sample variance penalization", COLT 2009, with t s / √n in place of their first).
//! - A sum of independent estimates keeps the distances of each from its two ends, and adds their
//!   squares (G. Y. Zou, A. Donner, "Construction of confidence limits about effect measures", Statistics
//!   in Medicine 27(10), 2008). With symmetric ends this is the usual root of summed variances; ends
//!   that are far off because nothing was hit stay far off.

use foreshadow_sim::stats;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A value and what it lies between.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The point.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// What is known without error.
    #[must_use]
    pub const fn exactly(value: f64) -> Self {
        Self { value, low: value, high: value }
    }

    /// `factor` times this; `factor` is not negative.
    #[must_use]
    pub fn scale(self, factor: f64) -> Self {
        Self { value: self.value * factor, low: self.low * factor, high: self.high * factor }
    }

    /// The sum of two that are independent.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let value = self.value + other.value;
        let below = libm::hypot(self.value - self.low, other.value - other.low);
        let above = libm::hypot(self.high - self.value, other.high - other.value);
        Self { value, low: value - below, high: value + above }
    }

    /// Half of the distance between the ends.
    #[must_use]
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }

    /// Whether `truth` lies between the ends.
    #[must_use]
    pub fn contains(&self, truth: f64) -> bool {
        (self.low..=self.high).contains(&truth)
    }
}

/// Values in \[0, 1\] of independent draws.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// Draws, those included that are 0 without being evaluated.
    pub(crate) drawn: u64,
    /// Draws that took a trial.
    pub(crate) evaluated: u64,
    sum: f64,
    squares: f64,
    /// Σ f · y, whose mean is the second moment of f under its own law.
    seconds: f64,
    /// Draws whose value is neither 0 nor 1.
    between: u64,
}

impl Tally {
    /// A value y = f · likelihood ratio of a draw that came to f.
    pub(crate) fn record(&mut self, y: f64, f: f64) {
        assert!((0.0..=1.0).contains(&y), "a value is in [0, 1]: {y}");
        self.drawn += 1;
        self.evaluated += 1;
        self.sum += y;
        self.squares += y * y;
        self.seconds += f * y;
        self.between += u64::from(y > 0.0 && y < 1.0);
    }

    /// A draw that counts as nothing.
    pub(crate) fn record_nothing(&mut self) {
        self.drawn += 1;
    }

    /// The mean of the values; 0 without any.
    pub(crate) fn mean(&self) -> f64 {
        self.sum / self.drawn.max(1) as f64
    }

    /// The mean of f · y.
    pub(crate) fn square(&self) -> f64 {
        self.seconds / self.drawn.max(1) as f64
    }

    /// The unbiased variance of one value; 0 of fewer than two.
    pub(crate) fn variance(&self) -> f64 {
        let n = self.drawn as f64;
        if self.drawn < 2 {
            return 0.0;
        }
        ((self.squares - self.sum * self.sum / n) / (n - 1.0)).max(0.0)
    }

    /// A standard deviation to plan with, which is never 0: half a hit more than was seen.
    pub(crate) fn planned_deviation(&self) -> f64 {
        (self.variance() + 0.5 / (self.drawn + 1) as f64).sqrt().min(0.5)
    }

    /// The mean with its interval, which holds it at `confidence` or more.
    pub(crate) fn interval(&self, confidence: f64) -> Interval {
        let (n, value) = (self.drawn as f64, self.mean());
        if self.drawn < 2 {
            return Interval { value, low: 0.0, high: 1.0 };
        }
        let counts = (u32::try_from(self.sum as u64), u32::try_from(self.drawn));
        if let (0, (Ok(hits), Ok(drawn))) = (self.between, counts)
            && let stats::Estimate::Known { interval: Some((low, high)), .. } =
                stats::probability(hits, drawn, confidence)
        {
            return Interval { value, low: low.min(value), high: high.max(value) };
        }
        let law = StudentsT::new(0.0, 1.0, n - 1.0).expect("two values have a degree of freedom");
        let t = law.inverse_cdf(f64::midpoint(confidence, 1.0));
        let half = t * (self.variance() / n).sqrt() + libm::log(2.0 / (1.0 - confidence)) / n;
        Interval { value, low: (value - half).max(0.0), high: (value + half).min(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use foreshadow_sim::random::Key;

    use super::*;

    /// How often, of 2,000 times, the interval of the sum of `weights[i]` · mean of `n` draws of
    /// `value(i, u)` holds the truth.
    fn coverage(weights: &[f64], n: u64, truth: f64, value: impl Fn(usize, f64) -> f64) -> f64 {
        let holds = |repeat: u32| {
            let key = Key::root(11, repeat);
            let mut sum = Interval::exactly(0.0);
            for (part, &weight) in weights.iter().enumerate() {
                let mut tally = Tally::default();
                for draw in 0..n {
                    let y = value(part, key.with(part as u64).with(draw).unit());
                    tally.record(y, y);
                }
                sum = sum.plus(tally.interval(0.95).scale(weight));
            }
            sum.contains(truth)
        };
        (0..2000).filter(|&repeat| holds(repeat)).count() as f64 / 2000.0
    }

    /// 95 % less 3.3 standard errors of 2,000 repeats.
    const LEAST: f64 = 0.95 - 3.3 * 0.004_873;

    #[test]
    fn rare_hits_are_covered() {
        let rates = [0.002, 0.02, 0.3, 0.0];
        let weights = [1.0, 0.1, 0.01, 0.001];
        let truth: f64 = rates.iter().zip(weights).map(|(rate, weight)| rate * weight).sum();
        for n in [20, 200, 2000] {
            let covered = coverage(&weights, n, truth, |part, u| f64::from(u < rates[part]));
            assert!(covered >= LEAST, "{n} draws a part: {covered}");
        }
    }

    #[test]
    fn skewed_values_are_covered() {
        // u² one time in ten, else nothing: mean 1/30.
        let skewed = |_: usize, u: f64| if u < 0.1 { 100.0 * u * u } else { 0.0 };
        for n in [10, 100, 1000] {
            let covered = coverage(&[1.0, 0.5], n, 1.5 / 30.0, skewed);
            assert!(covered >= LEAST, "{n} draws a part: {covered}");
        }
    }

    #[test]
    fn nothing_seen_has_the_rule_of_three() {
        let mut tally = Tally::default();
        (0..100_000).for_each(|_| tally.record(0.0, 0.0));
        // 1 − 0.025^(1/n).
        let (high, expected) = (tally.interval(0.95).high, 3.688_81e-5);
        assert!((high / expected - 1.0).abs() < 1e-4, "{high}");
    }

    #[test]
    fn sums_add_squares_of_distances() {
        let one = Interval { value: 1.0, low: 0.7, high: 1.4 };
        let two = Interval { value: 2.0, low: 1.6, high: 2.3 };
        let sum = one.plus(two);
        assert!((sum.value - 3.0).abs() < 1e-12 && (sum.low - 2.5).abs() < 1e-12, "{sum:?}");
        assert!((sum.high - 3.5).abs() < 1e-12 && (sum.half_width() - 0.5).abs() < 1e-12);
    }
}
