//! The expected outcome of many independent failures, most of which are rare.
//!
//! Thing i is failed with probability uᵢ, apart from all others; a common cause is a thing of its own
//! that takes several parts away. What a set S of failed things comes to is f(S) in \[0, 1\]: a
//! structure function ([`crate::structure`]), or the outcome of a simulated trial. Sought is
//! μ = E f(S), by
//!
//! - **stratification** over how many things fail: μ = Σₖ P(K = k) E(f | K = k), with exact
//!   Poisson-binomial weights ([`strata`]);
//! - **enumeration** of a stratum where it has fewer sets than trials would go there;
//! - **importance sampling of which fail**: sets known to do harm ("cuts": given, found by
//!   enumeration, or met while learning) split a stratum into the sets that contain one, drawn by the
//!   method of Karp and Luby, and all others, drawn by their own law ([`cuts`]);
//! - **Neyman's allocation** of trials to these parts, learned in two rounds that are not counted, so
//!   that the last round is unbiased whatever was learned;
//! - **intervals** that hold where hits are rare ([`interval`]).
//!
//! Sources: W. G. Cochran, *Sampling Techniques* (3rd ed., 1977), §5.5 (allocation); R. M. Karp, M. Luby,
//! N. Madras, "Monte-Carlo approximation algorithms for enumeration problems", Journal of Algorithms
//! 10(3), 1989.

pub mod cuts;
pub mod interval;
mod learn;
pub mod strata;

use foreshadow_sim::random::Key;

use interval::{Interval, Tally};
use learn::Study;

/// What sums of many shares may be off by, relative to them.
const ROUNDING: f64 = 1e-12;

/// How an expectation is estimated.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Evaluations at most, those of learning included; at least 100.
    pub trials: u64,
    /// Half-width of the interval as a share of the value, from which on it is enough; `None`
    /// spends all trials.
    pub precision: Option<f64>,
    /// The share of campaigns whose interval holds the truth, in (0, 1).
    pub confidence: f64,
    /// Whether a set always comes to the same. Only then is anything enumerated.
    pub is_exact: bool,
    /// Sets whose outcome is above this are learned from.
    pub harm: f64,
    /// Sets of things that probably do harm together; wrong ones cost precision, never truth.
    pub suspects: Vec<Vec<usize>>,
    /// What all draws are keyed by.
    pub key: Key,
}

impl Settings {
    /// All of `trials` at 95 %, on something that always comes to the same.
    #[must_use]
    pub const fn new(trials: u64, key: Key) -> Self {
        Self {
            trials,
            precision: None,
            confidence: 0.95,
            is_exact: true,
            harm: 0.0,
            suspects: Vec::new(),
            key,
        }
    }
}

/// What is known of the sets with a number of failed things.
#[derive(Debug, Clone, PartialEq)]
pub struct Stratum {
    /// The numbers of failed things, first and last.
    pub count: (usize, usize),
    /// The probability that so many fail.
    pub weight: f64,
    /// What they come to in the mean, given that so many fail.
    pub value: f64,
    /// Evaluations that were counted.
    pub trials: u64,
    /// Whether all sets were evaluated.
    pub is_enumerated: bool,
}

/// An estimated expectation.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The estimate, unbiased, and its interval.
    pub estimate: Interval,
    /// Evaluations, those of learning included.
    pub trials: u64,
    /// By how many things fail.
    pub strata: Vec<Stratum>,
    /// Estimated variance of the estimate; 0 if everything was enumerated, or all draws of each
    /// part came to the same. The interval knows that they might not have.
    pub variance: f64,
    /// Estimated variance of one trial of naive sampling: E f² − μ².
    pub naive_variance: f64,
}

impl Answer {
    /// How many times as many trials naive sampling would need for an interval as narrow, with all
    /// that learning took; `None` where nothing is left uncertain.
    #[must_use]
    pub fn variance_reduction(&self) -> Option<f64> {
        let half = self.estimate.half_width();
        // 1.96 standard errors of the mean of so many naive trials, squared.
        let naive = 1.96 * 1.96 * self.naive_variance / self.trials as f64;
        (half > 10.0 * ROUNDING * self.estimate.value).then(|| naive / (half * half))
    }
}

/// Estimates E f(S) for things that fail apart from each other.
///
/// - `unavailability`: uᵢ, in \[0, 1\].
/// - `trial`: f, given the failed things, rising; in \[0, 1\].
///
/// Unbiased up to 10⁻¹⁵, the probability of sets with more failures than are looked at, which the
/// interval counts as harm. Each part that can occur gets a few trials, whatever was learned.
pub fn expectation(
    unavailability: &[f64],
    settings: &Settings,
    trial: &mut impl FnMut(&[usize]) -> f64,
) -> Answer {
    assert!(settings.trials >= 100, "an expectation takes 100 trials");
    assert!(unavailability.iter().all(|u| (0.0..=1.0).contains(u)), "uᵢ is in [0, 1]");
    let mut study = Study::new(unavailability, settings);
    study.learn(trial);
    let parts = study.estimate(trial);
    answer(&study, &parts)
}

/// What one part of a stratum came to, in the round that counts.
struct Part {
    stratum: usize,
    /// The expectation is `weight` times the mean.
    weight: f64,
    tally: Tally,
}

fn answer(study: &Study, parts: &[Part]) -> Answer {
    let mut strata: Vec<Stratum> = study.strata.iter().map(learn::Course::known).collect();
    let exact: f64 = strata.iter().map(|stratum| stratum.weight * stratum.value).sum();
    let mut square: f64 = study.strata.iter().filter_map(learn::Course::square).sum();
    let (mut variance, mut sum) = (0.0, Interval::exactly(exact));
    for part in parts {
        let tally = &part.tally;
        let stratum = &mut strata[part.stratum];
        stratum.value += part.weight * tally.mean() / stratum.weight;
        stratum.trials += tally.evaluated;
        square += part.weight * tally.square();
        variance += part.weight * part.weight * tally.variance() / tally.drawn as f64;
        sum = sum.plus(tally.interval(study.settings.confidence).scale(part.weight));
    }
    sum.high = (sum.high * (1.0 + ROUNDING) + study.beyond).min(1.0);
    sum.low = (sum.low * (1.0 - ROUNDING)).max(0.0);
    Answer {
        trials: study.trials,
        strata,
        variance,
        naive_variance: (square - sum.value * sum.value).max(0.0),
        estimate: sum,
    }
}

#[cfg(test)]
mod tests;
