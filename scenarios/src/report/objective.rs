//! How the objectives of a scenario went.

use foreshadow_sim::Tally;
use foreshadow_sim::histogram::Summary;
use foreshadow_sim::plan::{EndpointId, Outcome};
use foreshadow_sim::stats::{self, Decision};

use super::build::{Builder, MS, in_unit_interval, share};
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
        let value = |tally: &Tally| match (objective.subject, objective.counted) {
            (Subject::Endpoint(endpoint), Some(limit)) => {
                share(tally.over_limit[limit], tally.users[endpoint].offered)
            }
            (Subject::Endpoint(endpoint), None) => {
                // A request that is not ok counts as over the limit of a mean, too.
                let users = &tally.users[endpoint];
                let not_ok = users.offered - users.outcomes[Outcome::Ok as usize];
                let mean = users.latency.mean().unwrap_or(0.0) * MS;
                let sum =
                    mean * users.latency.count() as f64 + mean.max(objective.limit) * not_ok as f64;
                (users.offered > 0).then(|| sum / users.offered as f64)
            }
            (Subject::Component(component), _) => tally.components[component].utilization(),
        };
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
        let limit = match objective.measure {
            Measure::Recovery => {
                return recovery::decide(self.observed, self.recovery(index), objective, error);
            }
            Measure::Quantile(q, _) => 1.0 - q,
            Measure::SuccessRate => 1.0 - objective.limit,
            Measure::Mean | Measure::ErrorRate | Measure::Utilization => objective.limit,
        };
        // A share at its limit varies at least as much as independent requests would.
        let least_variance = match (objective.subject, objective.counted) {
            (Subject::Endpoint(endpoint), Some(_)) => {
                let offered: u64 = self.tallies.iter().map(|t| t.users[endpoint].offered).sum();
                limit * (1.0 - limit) * self.tallies.len() as f64 / (offered as f64).max(1.0)
            }
            _ => 0.0,
        };
        stats::decide(&self.values(objective), limit, least_variance, error)
    }
}
