//! Estimates over replications, and their intervals.
//!
//! Replications are the sample. Cases of one campaign share them, and so their requests: what is
//! summed over cases is first summed within each replication ([`Sum`]). Where trials were added
//! until something was known well enough, intervals are those of a confidence sequence, which hold
//! whenever one stops ([`Rule::anytime`]).

use std::collections::BTreeMap;

use foreshadow_sim::stats::{self, Estimate, Reason};
use statrs::distribution::{Beta, ContinuousCDF, StudentsT};

use crate::merge::CONFIDENCE;

/// How intervals are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Probability that an interval misses.
    pub error: f64,
    /// Whether how many trials there are was decided by what earlier ones showed.
    pub anytime: bool,
}

impl Rule {
    /// Intervals at 95 %.
    #[must_use]
    pub fn new(anytime: bool) -> Self {
        Self { error: 1.0 - CONFIDENCE, anytime }
    }

    /// The same, its error split over so many decisions.
    #[must_use]
    pub fn split(self, among: usize) -> Self {
        Self { error: self.error / among.max(1) as f64, ..self }
    }

    /// Half the width of the interval of a mean whose own variance is known with so many degrees of
    /// freedom; `None` where they are too few.
    fn half_width(self, variance: f64, freedom: f64) -> Option<f64> {
        if freedom < 1.0 {
            return None;
        }
        if self.anytime {
            let n = freedom.floor() + 1.0;
            let half = stats::anytime_half_width(n as usize, n * (n - 1.0) * variance, self.error);
            return half.is_finite().then_some(half);
        }
        let law = StudentsT::new(0.0, 1.0, freedom).ok()?;
        Some(law.inverse_cdf(1.0 - self.error / 2.0) * variance.sqrt())
    }

    /// The mean of (value, weight), weights being likelihood ratios: Σ w x / Σ w, with the interval of
    /// its linearisation.
    #[must_use]
    pub fn mean(self, values: &[(f64, f64)]) -> Estimate {
        let n = values.len() as f64;
        let all: f64 = values.iter().map(|(_, weight)| weight).sum();
        if values.is_empty() || all <= 0.0 {
            return Estimate::Unknown(Reason::NothingObserved);
        }
        let value = values.iter().map(|(x, weight)| weight * x).sum::<f64>() / all;
        let squares: f64 = values.iter().map(|(x, w)| (w * (x - value)).powi(2)).sum();
        let variance = squares / (all * all) * n / (n - 1.0);
        let half = self.half_width(variance, n - 1.0);
        Estimate::Known { value, interval: half.map(|half| (value - half, value + half)) }
    }

    /// The mean of (share, weight), one a trial. What none of the `sample` showed, harm or the lack
    /// of it, may still be there with a probability that leaves it unseen as often as the rule errs: 3
    /// in n at 95 %.
    #[must_use]
    pub fn proportion(self, shares: &[(f64, f64)], sample: Sample) -> Estimate {
        let Estimate::Known { value, interval } = self.mean(shares) else {
            return Estimate::Unknown(Reason::NothingObserved);
        };
        // One trial has no spread; a sequence has no width yet after a few.
        let Some(mut ends) = interval.or((shares.len() > 1).then_some((0.0, 1.0))) else {
            return Estimate::Known { value, interval };
        };
        match sample {
            Sample::Trials => {
                let unseen = self.unseen(effective(shares));
                if shares.iter().all(|(share, _)| *share <= 0.0) {
                    ends.1 = ends.1.max(unseen);
                } else if shares.iter().all(|(share, _)| *share > 0.0) {
                    ends.0 *= 1.0 - unseen;
                }
            }
            Sample::Requests(count) => {
                let unseen = self.unseen(count as f64);
                if value < unseen {
                    ends.1 = ends.1.max(unseen);
                }
                if value > 1.0 - unseen {
                    ends.0 = ends.0.min(1.0 - unseen);
                }
            }
        }
        Estimate::Known { value, interval: Some((ends.0.max(0.0), ends.1.min(1.0))) }
    }

    /// The largest probability of what none of n showed.
    fn unseen(self, n: f64) -> f64 {
        -(self.error.ln() / n.max(1.0)).exp_m1()
    }

    /// The probability of what `is_hit` says of trials, each with its weight, with the interval of
    /// Clopper and Pearson. Of weighted trials as many count as would tell as much (Kish).
    #[must_use]
    pub fn chance(self, hits: f64, weights: &[(f64, f64)]) -> Estimate {
        let all: f64 = weights.iter().map(|(_, weight)| weight).sum();
        if weights.is_empty() || all <= 0.0 {
            return Estimate::Unknown(Reason::NothingObserved);
        }
        // A sum of nothing is −0.
        let (value, n) = ((hits / all).clamp(0.0, 1.0) + 0.0, effective(weights));
        let (hits, misses) = (value * n, (1.0 - value) * n);
        let quantile =
            |hits: f64, misses: f64, p: f64| Beta::new(hits, misses).map(|law| law.inverse_cdf(p));
        // A law with a parameter of 0 does not exist: the interval then ends at 0 or 1.
        let low = quantile(hits, misses + 1.0, self.error / 2.0).unwrap_or(0.0);
        let high = quantile(hits + 1.0, misses, 1.0 - self.error / 2.0).unwrap_or(1.0);
        Estimate::Known { value, interval: Some((low, high)) }
    }
}

/// What is independent of each other in trials of one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    /// Trials: what happens in one is decided once for all of its requests, as where a fault comes
    /// about with a probability, or is drawn.
    Trials,
    /// So many requests, all of which meet the same faults at the same time.
    Requests(u64),
}

/// How many unweighted trials tell as much as these weighted ones.
///
/// Source: L. Kish, *Survey Sampling* (Wiley, 1965), §11.7.
fn effective(weighted: &[(f64, f64)]) -> f64 {
    let (sum, squares) =
        weighted.iter().fold((0.0, 0.0), |(sum, squares), (_, w)| (sum + w, squares + w * w));
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

/// A sum of means, each over replications that the others may have, too.
///
/// With X(c, r) the term of mean c in replication r, n(c) replications of it and m(c) its value, the
/// variance of Σ m(c) is estimated by Σ over r of (Σ over c of (X(c, r) − m(c)) / √(n(c)(n(c) − 1)))².
/// With equal n(c) that is s²/n of the sums of replications; a mean of more replications has its own
/// variance right, and its covariance with another but for √((n − 1)/n).
///
/// Degrees of freedom are those of F. E. Satterthwaite, "An approximate distribution of estimates of
/// variance components", Biometrics Bulletin 2(6), 1946, over the bands of replications that the same
/// number of means have.
#[derive(Debug, Default)]
pub struct Sum {
    value: f64,
    /// Per replication: the inner sum, and of how many means.
    parts: BTreeMap<u32, (f64, u32)>,
    /// By how much the ends of the interval are further away than the spread says.
    wider: (f64, f64),
    /// Whether a mean had no interval.
    is_open: bool,
}

impl Sum {
    /// Adds the mean of these terms, each of one replication.
    pub fn add(&mut self, terms: &[(u32, f64)]) {
        let n = terms.len() as f64;
        if terms.is_empty() {
            self.is_open = true;
            return;
        }
        let mean = terms.iter().map(|(_, x)| x).sum::<f64>() / n;
        self.value += mean;
        if terms.len() == 1 {
            self.is_open = true;
            return;
        }
        let scale = 1.0 / (n * (n - 1.0)).sqrt();
        for &(replication, x) in terms {
            let part = self.parts.entry(replication).or_default();
            part.0 += (x - mean) * scale;
            part.1 += 1;
        }
    }

    /// Widens the interval by what a mean may be off to either side beyond its spread.
    pub fn widen(&mut self, below: f64, above: f64) {
        self.wider.0 += below;
        self.wider.1 += above;
    }

    /// The sum.
    #[must_use]
    pub const fn value(&self) -> f64 {
        self.value
    }

    /// The variance of the sum, and its degrees of freedom.
    #[must_use]
    pub fn variance(&self) -> (f64, f64) {
        let mut bands: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
        for &(part, means) in self.parts.values() {
            let band = bands.entry(means).or_default();
            band.0 += part * part;
            band.1 += 1.0;
        }
        let variance: f64 = bands.values().map(|(squares, _)| squares).sum();
        let spread: f64 =
            bands.values().map(|(squares, n)| squares * squares / (n - 1.0).max(1.0)).sum();
        let most = self.parts.len() as f64 - 1.0;
        (variance, if spread > 0.0 { (variance * variance / spread).min(most) } else { most })
    }

    /// The sum with its interval, which begins at 0.
    #[must_use]
    pub fn estimate(&self, rule: Rule) -> Estimate {
        let (variance, freedom) = self.variance();
        let half = rule.half_width(variance, freedom).filter(|_| !self.is_open);
        let ends = |half: f64| {
            let low = (self.value - half - self.wider.0).max(0.0);
            (low, self.value + half + self.wider.1)
        };
        Estimate::Known { value: self.value, interval: half.map(ends) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use foreshadow_sim::random::Key;

    const PLAIN: Rule = Rule { error: 0.05, anytime: false };

    /// Standard normal, by the sum of twelve.
    fn normal(key: Key) -> f64 {
        (0..12).map(|i| key.with(i).unit()).sum::<f64>() - 6.0
    }

    /// Three means of 6, 14 and 40 replications, of which each replication has a part in common:
    /// intervals hold 0 in 95 %, those of a sequence no less.
    #[test]
    fn a_sum_over_common_replications_covers() {
        let covers = |rule: Rule, common: f64| {
            let holds = |&sample: &u64| {
                let mut sum = Sum::default();
                for (case, count) in [(0, 6), (1, 14), (2, 40)] {
                    let term = |replication: u32| {
                        let key = Key::root(sample, replication);
                        (replication, common * normal(key.with(9)) + normal(key.with(case)))
                    };
                    sum.add(&(0..count).map(term).collect::<Vec<_>>());
                }
                let half = sum.variance();
                let half = rule.half_width(half.0, half.1).unwrap();
                sum.value().abs() <= half
            };
            (0..2_000).filter(holds).count()
        };
        for common in [0.0, 1.0, 3.0] {
            // Binomial(2000, 0.95): mean 1900, standard deviation 9.7.
            let covered = covers(PLAIN, common);
            assert!((1_862..=1_940).contains(&covered), "{covered} of 2000 with {common}");
        }
        assert!(covers(Rule { anytime: true, ..PLAIN }, 1.0) > 1_950);
    }

    /// Draws with weights are as many as would tell as much, and means are of the law that they
    /// stand for.
    #[test]
    fn weighted_chances_have_the_interval_of_their_effective_number() {
        let plain: Vec<(f64, f64)> = vec![(1.0, 1.0); 20];
        let Estimate::Known { value, interval: Some(ends) } = PLAIN.chance(5.0, &plain) else {
            panic!("there are trials");
        };
        // Clopper and Pearson's table: 5 of 20.
        assert!((value - 0.25).abs() < 1e-12, "{value}");
        assert!((ends.0 - 0.086_57).abs() < 1e-4 && (ends.1 - 0.491_05).abs() < 1e-4, "{ends:?}");
        // Weights of 1 and 3 by turns: (Σw)²/Σw² = 40²/100 = 16.
        let uneven: Vec<(f64, f64)> =
            (0..20).map(|i| (1.0, if i % 2 == 0 { 1.0 } else { 3.0 })).collect();
        let even: Vec<(f64, f64)> = vec![(1.0, 1.0); 16];
        assert_eq!(PLAIN.chance(10.0, &uneven), PLAIN.chance(4.0, &even));
        let none = PLAIN.chance([].iter().sum(), &plain);
        assert!(
            matches!(none, Estimate::Known { value, .. } if value.is_sign_positive()),
            "{none:?}"
        );
    }
}
