//! How the objectives of a scenario went.

use foreshadow_sim::histogram::Summary;
use foreshadow_sim::plan::{EndpointId, Outcome};
use foreshadow_sim::stats::{self, Decision};

use super::build::{Builder, MS, in_unit_interval};
use super::constraint::{Constraint, sample};
use super::steady::unless;
use super::{CONFIDENCE, Number, ObjectiveReport, Undecided, Verdict, recovery};
use crate::lower::{Measure, Objective, Subject};

impl Builder<'_> {
    /// All objectives, and why some are undecided.
    pub(super) fn objectives(&self) -> (Vec<ObjectiveReport>, Option<Undecided>) {
        let count = self.lowered.objectives.len();
        let judged: Vec<_> = (0..count).map(|index| self.judge(index)).collect();
        let reasons = || judged.iter().filter_map(|(_, reason)| *reason);
        // What no number of replications can tell comes first.
        let reason = reasons().find(|r| *r == Undecided::Unstable).or_else(|| reasons().next());
        let report =
            |(index, (verdict, _)): (usize, &(Verdict, _))| self.objective(index, *verdict);
        (judged.iter().enumerate().map(report).collect(), reason)
    }

    fn objective(&self, index: usize, verdict: Verdict) -> ObjectiveReport {
        let objective = &self.lowered.objectives[index];
        let names = &self.lowered.names;
        let (endpoint, component) = match objective.subject {
            Subject::Endpoint(endpoint) => (Some(names.endpoints[endpoint].clone()), None),
            Subject::Component(component) => (None, Some(names.components[component].clone())),
        };
        let (estimate, recovery) = match (objective.subject, objective.measure) {
            (_, Measure::Recovery) => {
                recovery::report(self.lowered, self.observed, self.recovery(index), objective)
            }
            (Subject::Endpoint(endpoint), Measure::Quantile(q, _)) => {
                let reason = self.steadiness.of_endpoint(endpoint);
                (unless(reason, || self.quantile_of_all(endpoint, q)), None)
            }
            (Subject::Endpoint(endpoint), Measure::SuccessRate) => {
                (self.endpoint(endpoint).success_rate, None)
            }
            (Subject::Endpoint(endpoint), Measure::Mean) => {
                let reason = self.steadiness.of_endpoint(endpoint);
                (unless(reason, || in_unit_interval(false, &self.values(objective))), None)
            }
            _ => {
                let shares = objective.measure.unit() == "share";
                (in_unit_interval(shares, &self.values(objective)), None)
            }
        };
        let of_latency = matches!(objective.measure, Measure::Quantile(..));
        ObjectiveReport {
            endpoint,
            component,
            measure: objective.measure.name(),
            limit: objective.limit,
            unit: objective.measure.unit(),
            estimate,
            share_over: of_latency.then(|| in_unit_interval(true, &self.values(objective))),
            recovery,
            verdict,
        }
    }

    /// Which recovery the `index`-th objective is.
    fn recovery(&self, index: usize) -> usize {
        let before = self.lowered.objectives[..index].iter();
        before.filter(|objective| objective.measure == Measure::Recovery).count()
    }

    /// A quantile of latency over all requests, those that were not ok being beyond any time.
    fn quantile_of_all(&self, endpoint: EndpointId, q: f64) -> Number {
        let users = || self.tallies.iter().map(|tally| &tally.users[endpoint]);
        let summaries: Vec<&Summary> = users().map(|users| &users.latency).collect();
        let not_ok: Vec<u64> =
            users().map(|u| u.offered - u.outcomes[Outcome::Ok as usize]).collect();
        stats::quantile_with(&summaries, &not_ok, q, CONFIDENCE).scale(MS).into()
    }

    /// One number per replication, whose mean decides an objective.
    fn values(&self, objective: &Objective) -> Vec<f64> {
        let value = |tally| sample(objective, tally).map(|sample| sample.value);
        self.tallies.iter().filter_map(value).collect()
    }

    /// How the `index`-th objective went, and why it is undecided.
    ///
    /// What holds so far on a way that never becomes steady would not hold for ever, so it is not
    /// held; what is missed is missed.
    pub(super) fn judge(&self, index: usize) -> (Verdict, Option<Undecided>) {
        let unstable = match self.lowered.objectives[index].subject {
            Subject::Endpoint(endpoint) => self.steadiness.of_endpoint(endpoint).is_some(),
            Subject::Component(_) => false,
        };
        match self.decide(index) {
            Decision::Missed => (Verdict::Missed, None),
            Decision::Held | Decision::Undecided if unstable => {
                (Verdict::Undecided, Some(Undecided::Unstable))
            }
            Decision::Held => (Verdict::Held, None),
            Decision::Undecided => (Verdict::Undecided, Some(Undecided::Interval)),
        }
    }

    /// What the replications say of the `index`-th objective.
    pub(super) fn decide(&self, index: usize) -> Decision {
        let objective = &self.lowered.objectives[index];
        let error = self.error / self.lowered.objectives.len() as f64;
        if objective.measure == Measure::Recovery {
            return recovery::decide(self.observed, self.recovery(index), objective, error);
        }
        let samples = self.tallies.iter().filter_map(|tally| sample(objective, tally)).collect();
        Constraint::of(objective).decide(&samples, error)
    }
}
