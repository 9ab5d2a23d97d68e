//! What one replication of all cases comes to.

use foreshadow_scenarios::report::{self, Constraint, Sample, Sampled};
use foreshadow_scenarios::tune::Goal;
use foreshadow_sim::Tally;

use super::super::problem::Outcome;
use super::{Candidate, System};

impl System {
    /// What the runs of a candidate's cases say; none of one in which work piled up without end.
    pub(super) fn outcome(
        &self,
        candidate: &Candidate,
        runs: &[Option<(Tally, report::Observed)>],
    ) -> Outcome {
        let mut outcome = Outcome::default();
        let mut faults: Vec<Vec<Option<Sample>>> = Vec::new();
        for ((case, (lowered, _)), run) in self.cases.iter().zip(&candidate.cases).zip(runs) {
            let samples = match run {
                Some((tally, observed)) => report::samples(lowered, tally, observed),
                // More work than any memory has room for: nothing holds.
                None => lowered.objectives.iter().map(|o| Some(lost(&Constraint::of(o)))).collect(),
            };
            if case.is_fault && self.tuning.cvar.is_some() {
                faults.push(samples);
            } else {
                outcome.samples.extend(samples);
            }
        }
        if let Some(share) = self.tuning.cvar.filter(|_| !faults.is_empty()) {
            outcome.samples.extend(worst(&faults, share));
        }
        let (lowered, _) = &candidate.cases[0];
        let goal = |goal: &Goal| match &runs[0] {
            Some((tally, observed)) => goal.of(lowered, tally, observed),
            None => f64::from(u32::MAX),
        };
        outcome.goals = self.tuning.goals.iter().map(goal).collect();
        outcome
    }
}

/// What a run says in which work piled up without end.
fn lost(constraint: &Constraint) -> Sample {
    let value = match constraint.kind {
        Sampled::Share | Sampled::Chance => 1.0,
        Sampled::Mean => 100.0 * constraint.limit,
    };
    Sample { value, requests: 1.0 }
}

/// For each objective the mean over the worst faults, a share of them left out: the conditional value
/// at risk (R. T. Rockafellar, S. Uryasev, "Optimization of conditional value-at-risk", Journal of
/// Risk 2, 2000).
fn worst(faults: &[Vec<Option<Sample>>], share: f64) -> Vec<Option<Sample>> {
    let tail = ((1.0 - share) * faults.len() as f64).max(1.0);
    (0..faults[0].len())
        .map(|objective| {
            let mut all: Vec<Sample> = faults.iter().filter_map(|one| one[objective]).collect();
            all.sort_by(|a, b| b.value.total_cmp(&a.value));
            let mut left = tail.min(all.len() as f64);
            let whole = left;
            let (mut value, mut requests) = (0.0, 0.0);
            for sample in &all {
                let weight = left.min(1.0);
                value += weight * sample.value;
                requests += weight * sample.requests;
                left -= weight;
            }
            (whole > 0.0).then(|| Sample { value: value / whole, requests })
        })
        .collect()
}
