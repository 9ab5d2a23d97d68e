//! What replications of a candidate came to, and how far that is from its limits.

use foreshadow_scenarios::report::{Constraint, Sample, Sampled, Samples};

use super::problem::Outcome;

/// How far below its limit a mean may go in an excess, as a part of the limit.
const FLOOR: f64 = 0.1;

/// What replications of a candidate came to: sums that add up.
#[derive(Debug, Clone, PartialEq)]
pub struct Sums {
    /// What they said, by constraint.
    pub samples: Vec<Samples>,
    /// And by goal.
    pub goals: Vec<Samples>,
    /// How many there were.
    pub replications: u32,
}

impl Sums {
    /// Of no replication.
    pub(super) fn new(constraints: usize, goals: usize) -> Self {
        let none = Samples::default();
        Self { samples: vec![none; constraints], goals: vec![none; goals], replications: 0 }
    }

    pub(super) fn add(&mut self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            for (sum, sample) in self.samples.iter_mut().zip(&outcome.samples) {
                if let Some(sample) = sample {
                    *sum += *sample;
                }
            }
            for (sum, &value) in self.goals.iter_mut().zip(&outcome.goals) {
                *sum += Sample { value, requests: 0.0 };
            }
        }
        self.replications += outcomes.len() as u32;
    }

    /// By how much constraints are missed: the sum of the logarithms of means over their limits.
    #[must_use]
    pub fn violation(&self, constraints: &[Constraint]) -> f64 {
        let all = constraints.iter().zip(&self.samples);
        all.map(|(constraint, samples)| excess(constraint, samples).max(0.0)).sum()
    }

    /// How sure it is that all constraints hold: the least distance of a mean to its limit, in
    /// standard errors.
    #[must_use]
    pub fn sureness(&self, constraints: &[Constraint]) -> f64 {
        let all = constraints.iter().zip(&self.samples);
        all.map(|(constraint, samples)| distance(constraint, samples)).fold(f64::INFINITY, f64::min)
    }
}

/// The logarithm of a mean over its limit.
pub(super) fn excess(constraint: &Constraint, samples: &Samples) -> f64 {
    if samples.count == 0 {
        return 0.0;
    }
    let floor = FLOOR * constraint.limit;
    ((samples.mean + floor) / (constraint.limit + floor)).ln()
}

/// Variance of one sample, never less than it can be at the limit.
pub(super) fn variance(constraint: &Constraint, samples: &Samples) -> f64 {
    let count = f64::from(samples.count);
    let seen = if samples.count > 1 { samples.squares / (count - 1.0) } else { 0.0 };
    let least = match constraint.kind {
        Sampled::Share | Sampled::Chance => constraint.least_variance(samples),
        // Few replications say little of how much a mean varies.
        Sampled::Mean => (0.05 * constraint.limit).powi(2) / count.max(1.0),
    };
    seen.max(least)
}

/// How far within its limit a mean is, in standard errors.
pub(super) fn distance(constraint: &Constraint, samples: &Samples) -> f64 {
    if samples.count == 0 {
        return f64::INFINITY;
    }
    let error = (variance(constraint, samples) / f64::from(samples.count)).sqrt();
    (constraint.limit - samples.mean) / error.max(1e-12 * constraint.limit)
}
