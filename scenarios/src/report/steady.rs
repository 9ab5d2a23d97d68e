//! Which components have no steady state, and who is concerned.
//!
//! Averages over something that grows as long as it is watched say how long that was, and nothing of
//! the system. So they are not given, neither of the component nor of what passes through it.

use foreshadow_sim::plan::{ComponentId, Endpoint, EndpointId, Load, OnFailure, Step};
use foreshadow_sim::stats::{self, Estimate, Reason};

use super::saturation::reachable;
use super::{Evidence, Number};
use crate::lower::Lowered;

/// Why a component has no averages.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum State {
    /// It has.
    Steady,
    /// What waits there grows without end, at this rate \[1/s\].
    Grows(Estimate),
    /// It did not settle while a warm-up was looked for.
    Unsettled,
}

impl State {
    /// What stands for its averages.
    pub(super) fn reason(self) -> Option<Reason> {
        match self {
            Self::Steady => None,
            Self::Grows(_) => Some(Reason::Unstable),
            Self::Unsettled => Some(Reason::Unsettled),
        }
    }
}

/// What has no steady state.
#[derive(Debug, Clone)]
pub(crate) struct Steadiness {
    /// Per component; all steady where nothing is judged.
    pub(super) components: Vec<State>,
    /// Per endpoint: why there are no averages of its times, if there are none.
    endpoints: Vec<Option<Reason>>,
}

impl Steadiness {
    /// Judges all components.
    pub(crate) fn of(evidence: Evidence<'_>) -> Self {
        let Evidence { lowered, unsettled, .. } = evidence;
        let plan = &lowered.plan;
        let growing: Vec<Option<Estimate>> =
            (0..plan.components.len()).map(|component| growth(evidence, component)).collect();
        let state = |component: ComponentId| {
            // What has room for all cannot be too slow, only wait for what is.
            let waits = || {
                let mut callees = reachable(lowered, component).into_iter();
                callees.any(|c| c != component && is_limited(lowered, c) && growing[c].is_some())
            };
            match growing[component] {
                Some(rate) if is_limited(lowered, component) || waits() => State::Grows(rate),
                _ if unsettled.contains(&component) => State::Unsettled,
                _ => State::Steady,
            }
        };
        let components = (0..plan.components.len()).map(state).collect();
        let mut steadiness = Self { components, endpoints: Vec::new() };
        steadiness.endpoints = steadiness.passing(lowered);
        steadiness
    }

    /// Per endpoint: the reason of a component without a steady state that its requests wait at.
    fn passing(&self, lowered: &Lowered) -> Vec<Option<Reason>> {
        let (components, endpoints) = (&lowered.plan.components, &lowered.plan.endpoints);
        // Nobody waits where there is room for all, however many others wait there for a third.
        let direct = |endpoint: &Endpoint| {
            let id = endpoint.component;
            let fills = components[id].blocking || self.because_of(lowered, id).is_none();
            self.components[id].reason().filter(|_| fills && is_limited(lowered, id))
        };
        let mut reasons: Vec<Option<Reason>> = endpoints.iter().map(direct).collect();
        // Nor for what a queue has accepted.
        let heeded = |callee: &EndpointId| !components[endpoints[*callee].component].acknowledges;
        // Calls form no cycle, so this ends after as many rounds as they are deep.
        loop {
            let mut changed = false;
            for (index, endpoint) in endpoints.iter().enumerate() {
                if reasons[index].is_none() {
                    let mut callees = awaited(&endpoint.steps).into_iter().filter(heeded);
                    reasons[index] = callees.find_map(|callee| reasons[callee]);
                    changed |= reasons[index].is_some();
                }
            }
            if !changed {
                return reasons;
            }
        }
    }

    /// Components in which something grows without end.
    pub(crate) fn grows(&self) -> Vec<ComponentId> {
        let grows = |c: &ComponentId| matches!(self.components[*c], State::Grows(_));
        (0..self.components.len()).filter(grows).collect()
    }

    /// Why there are no averages of the times of an endpoint, if there are none.
    pub(crate) fn of_endpoint(&self, endpoint: EndpointId) -> Option<Reason> {
        self.endpoints[endpoint]
    }

    /// The component without a steady state that a component waits for, at the end of the line.
    pub(super) fn because_of(
        &self,
        lowered: &Lowered,
        component: ComponentId,
    ) -> Option<ComponentId> {
        let unstable = |c: &ComponentId| self.components[*c] != State::Steady;
        let below = |c: ComponentId| -> Vec<ComponentId> {
            reachable(lowered, c)
                .into_iter()
                .filter(|other| *other != c && unstable(other))
                .collect()
        };
        below(component).into_iter().filter(|c| below(*c).is_empty()).min()
    }
}

/// How fast what waits at a component grows, if it does without end.
fn growth(evidence: Evidence<'_>, component: ComponentId) -> Option<Estimate> {
    let Evidence { lowered, tallies, observed, .. } = evidence;
    let quarters = observed.iter().map(|observed| observed.quarters.get(component).copied());
    let quarters: Vec<[f64; 4]> = quarters.collect::<Option<_>>()?;
    let n = quarters.len() as f64;
    // Users of a closed load are so many and no more; it takes more than all of them.
    let last = quarters.iter().map(|quarter| quarter[3]).sum::<f64>() / n;
    if last <= closed_users(lowered) {
        return None;
    }
    let window_s = lowered.plan.run.horizon.as_secs_f64();
    let arrivals: u64 = tallies.iter().map(|tally| tally.components[component].arrivals).sum();
    let growth = stats::growth(&quarters, window_s, arrivals as f64 / n / window_s);
    growth.is_endless.then_some(growth.per_s)
}

/// Users of all closed loads.
fn closed_users(lowered: &Lowered) -> f64 {
    let users = lowered.plan.loads.iter().map(|load| match load {
        Load::Closed { users, .. } => users.0.iter().map(|point| point.1).fold(0.0, f64::max),
        Load::Open { .. } | Load::Sessions { .. } => 0.0,
    });
    users.sum()
}

/// Whether requests can pile up at a component on its own account: its slots or its cores are so
/// many and no more.
fn is_limited(lowered: &Lowered, component: ComponentId) -> bool {
    let component = &lowered.plan.components[component];
    component.concurrency.is_some() || component.cpu.is_some()
}

/// Every endpoint that a list of steps may wait for.
fn awaited(steps: &[Step]) -> Vec<EndpointId> {
    let mut found = Vec::new();
    for step in steps {
        match step {
            Step::Work(_) | Step::Think(_) | Step::Publish(_) => {}
            Step::Call(call) => {
                found.push(call.endpoint);
                found.extend(call.backup.map(|(endpoint, _)| endpoint));
                if let OnFailure::Fallback(steps) = &call.on_failure {
                    found.extend(awaited(steps));
                }
            }
            Step::Cache(cache) => found.extend(awaited(&cache.miss)),
            Step::Parallel(branches) => found.extend(branches.iter().flat_map(|s| awaited(s))),
            Step::Choose(options) => found.extend(options.iter().flat_map(|(_, s)| awaited(s))),
        }
    }
    found
}

/// `number`, or the reason why there is none.
pub(super) fn unless(reason: Option<Reason>, number: impl FnOnce() -> Number) -> Number {
    reason.map_or_else(number, |reason| Estimate::Unknown(reason).into())
}
