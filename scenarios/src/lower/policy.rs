//! Edges: one component as a client of another.

use foreshadow_sim::plan::{
    Backoff, Balance, Breaker, ComponentId, Edge, EdgeId, Ejection, EndpointId, Outcome,
    OutcomeSet, Retries, ZoneId,
};
use foreshadow_sim::random::Law;

use super::Lowering;
use crate::Spanned;
use crate::decode::Named;
use crate::model::policy::{self, Jitter, Policy, RetryOn};
use crate::model::scalar::Share;
use crate::model::twin::Twin;
use crate::problem::{Problem, suggest};
use crate::source::Span;

/// Most retries of a call.
const MAX_RETRIES: u32 = 1000;

/// Share of replicas that may be ejected at once, unless the policy says otherwise.
const MAX_EJECTED: f64 = 0.5;

impl Lowering {
    /// The edge between two components, made without a policy when there is none yet.
    pub(super) fn edge(&mut self, caller: ComponentId, callee: ComponentId) -> EdgeId {
        let known = self.index.edges.get(&(caller, callee));
        known.copied().unwrap_or_else(|| self.add_edge(Edge::new(caller, callee)))
    }

    fn add_edge(&mut self, edge: Edge) -> EdgeId {
        let id = self.plan.edges.len();
        let [from, to] = [edge.caller, edge.callee].map(|id| self.names.components[id].clone());
        self.names.edges.push(format!("{from}.calls.{to}"));
        self.index.edges.insert((edge.caller, edge.callee), id);
        self.plan.edges.push(edge);
        id
    }

    /// The edge between two components, under its policy.
    pub(super) fn policy(
        &mut self,
        caller: ComponentId,
        callee: ComponentId,
        policy: &Policy,
        twin: &Twin,
    ) {
        let edge = Edge {
            timeout: self.law_above_zero("timeout", policy.timeout.as_ref()),
            cancels: policy.cancels.unwrap_or(false),
            retries: policy.retries.as_ref().and_then(|retries| self.retries(retries)),
            breaker: policy.breaker.as_ref().map(|breaker| self.breaker(breaker)),
            pool: policy.pool.as_ref().map(|pool| self.pool(pool)),
            hedge: self.law(policy.hedge.as_ref().map(|hedge| &hedge.after)),
            deadline: policy.deadline.is_some(),
            balance: policy
                .balance
                .as_ref()
                .map_or(Balance::RoundRobin, |balance| self.balance(balance, twin)),
            ejection: policy.outlier_ejection.as_ref().map(|ejection| self.ejection(ejection)),
            round_trip: self.law(policy.network.as_ref()),
            ..Edge::new(caller, callee)
        };
        let edge = self.add_edge(edge);
        if let Some(name) = &policy.backup {
            let found = self.index.component(name);
            if let Some(backup) = self.note(found) {
                self.index.backups.insert(edge, (backup, name.span));
                if backup == callee || backup == caller {
                    let message = "expected another component as the backup";
                    self.problem(Problem::at(name.span, message).help(
                        "name one with the same endpoints, neither of the two, or leave it out",
                    ));
                }
            }
        }
    }

    /// What is called over `edge` while its callee is ejected or its breaker is open: the backup's
    /// endpoint of the same name as `endpoint`.
    pub(super) fn backup(
        &mut self,
        caller: ComponentId,
        edge: EdgeId,
        endpoint: EndpointId,
    ) -> Option<(EndpointId, EdgeId)> {
        let &(component, span) = self.index.backups.get(&edge)?;
        let owner = &self.names.components[self.index.owners[endpoint]];
        let name = self.names.endpoints[endpoint][owner.len() + 1..].to_owned();
        let full = format!("{}.{name}", self.names.components[component]);
        let Some(&instead) = self.index.endpoints.get(&full) else {
            let message = format!("the backup has no endpoint `{name}`");
            let help = format!("add `{full}`: a backup serves what it stands in for");
            self.problem(Problem::at(span, message).help(help));
            return None;
        };
        Some((instead, self.edge(caller, component)))
    }

    fn breaker(&mut self, breaker: &Spanned<policy::Breaker>) -> Breaker {
        let policy::Breaker { error_rate, window, min_requests, open, .. } = &breaker.value;
        let half_open = breaker.half_open.as_ref().map_or(1, |count| count.value.0);
        if let Some(count) = breaker.half_open.as_ref().filter(|_| half_open == 0) {
            let message = "expected at least 1 probe: none would ever close it";
            self.problem(Problem::at(count.span, message).help("leave `half_open` out for one"));
        }
        if min_requests.value.0 == 0 {
            let message = "expected `min_requests` of at least 1";
            let help = "with 1, the first error may open it";
            self.problem(Problem::at(min_requests.span, message).help(help));
        }
        if window.value.0.is_zero() {
            let message = "expected a `window` above 0";
            self.problem(Problem::at(window.span, message).help("such as `window: 10s`"));
        }
        if error_rate.value.0 == 0.0 {
            let message = "expected an `error_rate` above 0";
            let help = "such as `error_rate: 50%`; to do without, leave `breaker` out";
            self.problem(Problem::at(error_rate.span, message).help(help));
        }
        Breaker {
            error_rate: error_rate.value.0,
            window: window.value.0,
            min_requests: min_requests.value.0,
            open: open.0,
            half_open,
        }
    }

    fn pool(&mut self, pool: &Spanned<crate::model::scalar::Count>) -> u32 {
        if pool.value.0 == 0 {
            let message = "expected at least 1 connection, found `0`: nothing could ever be sent";
            self.problem(Problem::at(pool.span, message).help("leave `pool` out for no limit"));
        }
        pool.value.0
    }

    fn ejection(&mut self, ejection: &Spanned<policy::OutlierEjection>) -> Ejection {
        let policy::OutlierEjection { consecutive_failures: failures, base, .. } = &ejection.value;
        if failures.value.0 == 0 {
            let message = "expected at least 1 failure in a row";
            let help = "to do without, leave `outlier_ejection` out";
            self.problem(Problem::at(failures.span, message).help(help));
        }
        if base.value.0.is_zero() {
            let message = "expected a `base` above 0";
            let help = "such as `base: 30s`; to do without, leave `outlier_ejection` out";
            self.problem(Problem::at(base.span, message).help(help));
        }
        Ejection {
            failures: failures.value.0,
            base: base.value.0,
            max_ejected: ejection.max_ejected.as_ref().map_or(MAX_EJECTED, |share| share.0),
        }
    }

    fn balance(&mut self, balance: &Spanned<policy::Balance>, twin: &Twin) -> Balance {
        match &balance.value {
            policy::Balance::RoundRobin => Balance::RoundRobin,
            policy::Balance::Random => Balance::Random,
            policy::Balance::LeastOutstanding => Balance::LeastOutstanding,
            policy::Balance::PowerOfTwo => Balance::PowerOfTwo,
            policy::Balance::ZoneLocal => Balance::ZoneLocal,
            policy::Balance::Weighted(weights) => {
                Balance::Weighted(self.weights(weights, balance.span, twin))
            }
        }
    }

    fn weights(&mut self, weights: &Named<Share>, span: Span, twin: &Twin) -> Vec<(ZoneId, f64)> {
        if weights.iter().map(|(_, weight)| weight.0).sum::<f64>() <= 0.0 {
            let message = "the weights of `weighted` add up to nothing";
            self.problem(
                Problem::at(span, message).help("give at least one zone a weight above 0"),
            );
        }
        let mut known = Vec::new();
        for (name, weight) in weights.iter() {
            if let Some(zone) = twin.zones.position(name) {
                known.push((zone as ZoneId, weight.0));
            } else {
                let message = format!("unknown zone `{}`", name.value);
                let help = suggest(name, "zones", twin.zones.names());
                self.problem(Problem::at(name.span, message).help(help));
            }
        }
        known
    }

    fn retries(&mut self, retries: &policy::Retries) -> Option<Retries> {
        if retries.on.as_ref().is_some_and(|on| on.is_empty()) {
            let place = retries.on.as_ref().map_or(retries.max.span, |on| on.span);
            self.problem(
                Problem::at(place, "expected at least one outcome to retry on").help(
                    "known outcomes: timeout, failed, rejected; leave `on` out for all three",
                ),
            );
        }
        let all = [RetryOn::Timeout, RetryOn::Failed, RetryOn::Rejected];
        let on = retries.on.as_ref().map_or(&all[..], |on| on.value.as_slice());
        let on = on.iter().fold(OutcomeSet::default(), |set, outcome| match outcome {
            RetryOn::Timeout => set.with(Outcome::Timeout),
            RetryOn::Failed => set.with(Outcome::Failed),
            RetryOn::Rejected => set.with(Outcome::Rejected),
        });
        if retries.max.value.0 > MAX_RETRIES {
            let message = format!("expected at most {MAX_RETRIES} retries");
            self.problem(Problem::at(retries.max.span, message));
        }
        let backoff = self.backoff(retries.backoff.as_ref())?;
        let budget = retries.budget.as_ref().map(|share| share.0);
        Some(Retries { max: retries.max.value.0, on, backoff, budget })
    }

    fn backoff(&mut self, backoff: Option<&Spanned<policy::Backoff>>) -> Option<Backoff> {
        const FACTOR: f64 = 2.0;
        let none =
            Backoff { base: Law::constant(0), factor: FACTOR, cap: None, full_jitter: false };
        let Some(backoff) = backoff else {
            return Some(none);
        };
        let cap = backoff.cap.as_ref().map(|cap| cap.0);
        match (&backoff.base, &backoff.law) {
            (Some(base), None) => Some(Backoff {
                base: self.law(Some(base))?,
                factor: backoff.factor.as_ref().map_or(FACTOR, |factor| factor.value.0),
                cap,
                full_jitter: backoff
                    .jitter
                    .as_ref()
                    .is_some_and(|jitter| jitter.value == Jitter::Full),
            }),
            (None, Some(law)) if backoff.factor.is_none() && backoff.jitter.is_none() => {
                Some(Backoff { base: self.law(Some(law))?, factor: 1.0, cap, ..none })
            }
            _ => {
                let message = "expected `base` (with `factor` and `jitter`), or `law` without them";
                let stray = [
                    backoff.base.as_ref().map(|base| base.span),
                    backoff.factor.as_ref().map(|factor| factor.span),
                    backoff.jitter.as_ref().map(|jitter| jitter.span),
                ];
                let stray = stray.into_iter().flatten().next().filter(|_| backoff.law.is_some());
                let place = stray.unwrap_or(backoff.span);
                let help = "`law` is the law of every wait, `base` the first of waits that grow";
                self.problem(Problem::at(place, message).help(help));
                None
            }
        }
    }
}
