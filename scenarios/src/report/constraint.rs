//! Objectives as bounds on means over replications: what each replication says of each, and what
//! all of them decide.

use std::ops::AddAssign;

use foreshadow_sim::Tally;
use foreshadow_sim::plan::Outcome;
use foreshadow_sim::stats::{self, Decision};

use super::build::{MS, share};
use super::{Observed, recovery};
use crate::lower::{Lowered, Measure, Objective, Subject};

/// An objective as a bound on a mean over replications.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Constraint {
    /// What the mean may be at most, in the unit of the samples.
    pub limit: f64,
    /// What a sample is.
    pub kind: Sampled,
}

/// What a replication says of an objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampled {
    /// A share of its requests: it varies at its limit at least as much as independent requests would.
    Share,
    /// A mean \[ms\] or a utilization.
    Mean,
    /// Whether it happened, 1, or not, 0.
    Chance,
}

/// What one replication says of one objective; the less, the better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// In the unit of the limit.
    pub value: f64,
    /// Of how many requests it is a share.
    pub requests: f64,
}

/// What several replications say of one objective: sums that add up.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Samples {
    /// How many.
    pub count: u32,
    /// Their mean.
    pub mean: f64,
    /// Σ (x − mean)².
    pub squares: f64,
    /// Requests in all.
    pub requests: f64,
}

impl AddAssign<Sample> for Samples {
    /// Source: B. P. Welford, "Note on a method for calculating corrected sums of squares and
    /// products", Technometrics 4(3), 1962.
    fn add_assign(&mut self, sample: Sample) {
        self.count += 1;
        let apart = sample.value - self.mean;
        self.mean += apart / f64::from(self.count);
        self.squares += apart * (sample.value - self.mean);
        self.requests += sample.requests;
    }
}

impl FromIterator<Sample> for Samples {
    fn from_iter<I: IntoIterator<Item = Sample>>(samples: I) -> Self {
        samples.into_iter().fold(Self::default(), |mut all, sample| {
            all += sample;
            all
        })
    }
}

impl Constraint {
    /// The bound that an objective is.
    #[must_use]
    pub fn of(objective: &Objective) -> Self {
        let (limit, kind) = match objective.measure {
            Measure::Quantile(q, _) => (1.0 - q, Sampled::Share),
            Measure::SuccessRate => (1.0 - objective.limit, Sampled::Share),
            Measure::ErrorRate => (objective.limit, Sampled::Share),
            Measure::Mean | Measure::Utilization => (objective.limit, Sampled::Mean),
            Measure::Recovery => (recovery::LATE, Sampled::Chance),
        };
        Self { limit, kind }
    }

    /// The least variance that a sample can have when the mean is at the limit.
    #[must_use]
    pub fn least_variance(&self, samples: &Samples) -> f64 {
        let at_limit = self.limit * (1.0 - self.limit);
        match self.kind {
            Sampled::Share => at_limit * f64::from(samples.count) / samples.requests.max(1.0),
            Sampled::Chance => at_limit,
            Sampled::Mean => 0.0,
        }
    }

    /// Whether the mean is within the limit, at an error of `error` whenever it is asked.
    #[must_use]
    pub fn decide(&self, samples: &Samples, error: f64) -> Decision {
        if self.kind == Sampled::Chance {
            let hits = (samples.mean * f64::from(samples.count)).round() as u32;
            return stats::decide_probability(hits, samples.count, self.limit, error);
        }
        let Samples { count, mean, squares, .. } = *samples;
        stats::decide_moments(
            (count as usize, mean, squares),
            self.limit,
            self.least_variance(samples),
            error,
        )
    }
}

/// What one replication says of every objective, in their order; none where nobody came.
#[must_use]
pub fn samples(lowered: &Lowered, tally: &Tally, observed: &Observed) -> Vec<Option<Sample>> {
    let mut recoveries = observed.recoveries.iter();
    let of = |objective: &Objective| {
        if objective.measure != Measure::Recovery {
            return sample(objective, tally);
        }
        let time = recoveries.next().copied().flatten();
        let is_late = time.is_none_or(|time| time * 1e3 > objective.limit);
        Some(Sample { value: f64::from(u8::from(is_late)), requests: 0.0 })
    };
    lowered.objectives.iter().map(of).collect()
}

/// What a replication says of an objective that is no recovery.
pub(super) fn sample(objective: &Objective, tally: &Tally) -> Option<Sample> {
    let (value, requests) = match (objective.subject, objective.counted) {
        (Subject::Endpoint(endpoint), Some(limit)) => {
            let offered = tally.users[endpoint].offered;
            (share(tally.over_limit[limit], offered), offered as f64)
        }
        (Subject::Endpoint(endpoint), None) => {
            // A request that is not ok counts as over the limit of a mean, too.
            let users = &tally.users[endpoint];
            let not_ok = users.offered - users.outcomes[Outcome::Ok as usize];
            let mean = users.latency.mean().unwrap_or(0.0) * MS;
            let sum =
                mean * users.latency.count() as f64 + mean.max(objective.limit) * not_ok as f64;
            ((users.offered > 0).then(|| sum / users.offered as f64), users.offered as f64)
        }
        (Subject::Component(component), _) => (tally.components[component].utilization(), 0.0),
    };
    Some(Sample { value: value?, requests })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_values() {
        let values = [0.25, 0.5, 0.0, 1.0];
        let all: Samples =
            values.map(|value| Sample { value, requests: 10.0 }).into_iter().collect();
        let mean = values.iter().sum::<f64>() / 4.0;
        let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
        assert_eq!((all.count, all.requests), (4, 40.0));
        assert!((all.mean - mean).abs() < 1e-15 && (all.squares - squares).abs() < 1e-15);
    }

    #[test]
    fn bounds_decide_as_the_statistics_of_values_do() {
        let values: Vec<f64> = (0..40).map(|i| 0.004 + 0.0001 * f64::from(i % 7)).collect();
        let requests = 5000.0;
        let all: Samples = values.iter().map(|&value| Sample { value, requests }).collect();
        for (limit, expected) in
            [(0.01, Decision::Held), (0.0043, Decision::Undecided), (0.003, Decision::Missed)]
        {
            let constraint = Constraint { limit, kind: Sampled::Share };
            let least = limit * (1.0 - limit) / requests;
            assert_eq!(constraint.decide(&all, 0.05), expected, "{limit}");
            assert_eq!(stats::decide(&values, limit, least, 0.05), expected, "{limit}");
        }
    }
}
