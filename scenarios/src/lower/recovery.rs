//! Recovery: what it is measured from, and by what.

use std::time::Duration;

use foreshadow_sim::plan::{EndpointId, Fault, Plan, Recurrence};

use super::{Lowering, Measure, Objective, Subject};
use crate::problem::Problem;
use crate::units;

/// For how long an endpoint must be within its other objectives to count as recovered.
pub(crate) const WITHIN_FOR: Duration = Duration::from_secs(10);

/// When the last fault ends before the horizon, as `objective` of recovery counts it. Of one that
/// comes again and again, the last end that leaves time to tell.
pub(crate) fn last_fault_end(plan: &Plan, objective: &Objective) -> Option<Duration> {
    let needed = limit(objective) + WITHIN_FOR;
    plan.faults.iter().filter_map(|fault| last_end(fault, plan.run.horizon, needed)).max()
}

/// Longest time that a recovery may take.
fn limit(objective: &Objective) -> Duration {
    Duration::from_nanos((objective.limit * 1e6).round() as u64)
}

fn last_end(fault: &Fault, horizon: Duration, needed: Duration) -> Option<Duration> {
    let Recurrence::Every(period) = fault.recurrence else {
        return fault.over().filter(|end| *end < horizon);
    };
    let first = fault.start + fault.duration?;
    let latest = horizon.checked_sub(needed).filter(|latest| *latest >= first);
    let latest = latest.or_else(|| horizon.checked_sub(Duration::from_nanos(1)))?;
    let times = latest.checked_sub(first)?.as_nanos().checked_div(period.as_nanos())?;
    Some(first + period * u32::try_from(times).ok()?)
}

/// The objectives that `endpoint` must be within again.
pub(crate) fn others(
    objectives: &[Objective],
    endpoint: EndpointId,
) -> impl Iterator<Item = &Objective> {
    objectives.iter().filter(move |objective| {
        objective.subject == Subject::Endpoint(endpoint) && objective.measure != Measure::Recovery
    })
}

impl Lowering {
    /// Leaves out recoveries that could never be judged, and says why where they are the scenario's
    /// `own`: a default of the twin is for whichever scenario can judge it.
    pub(super) fn recoveries(&mut self, objectives: &mut Vec<Objective>, own: bool) {
        let all = objectives.clone();
        objectives.retain(|objective| {
            let (Measure::Recovery, Subject::Endpoint(endpoint)) =
                (objective.measure, objective.subject)
            else {
                return true;
            };
            let problem = self.never_recovers(objective, endpoint, &all);
            let is_judged = problem.is_none();
            self.problems.extend(problem.filter(|_| own));
            is_judged
        });
    }

    /// Why a recovery could never be judged.
    fn never_recovers(
        &self,
        objective: &Objective,
        endpoint: EndpointId,
        all: &[Objective],
    ) -> Option<Problem> {
        let name = &self.names.endpoints[endpoint];
        if others(all, endpoint).next().is_none() {
            let message = format!("{name} has no other objective to be within again");
            return Some(
                Problem::at(objective.span, message)
                    .help("add one, such as `p99: 800ms` or `success_rate: 99%`"),
            );
        }
        let horizon = self.plan.run.horizon;
        let Some(end) = last_fault_end(&self.plan, objective) else {
            let message = "no fault ends before the run does, so there is nothing to recover from";
            return Some(
                Problem::at(objective.span, message)
                    .help("give a fault a `duration`, or make `run.horizon` longer"),
            );
        };
        let needed = end + limit(objective) + WITHIN_FOR;
        (needed > horizon).then(|| {
            let message = format!(
                "the run ends too soon to tell: the last fault ends at {}, the run at {}",
                units::show(end),
                units::show(horizon)
            );
            Problem::at(objective.span, message).help(format!(
                "make `run.horizon` {} or longer: {name} must be back for {}",
                units::show(needed),
                units::show(WITHIN_FOR)
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use foreshadow_sim::plan::{FaultKind, Target};

    #[test]
    fn the_last_end_is_the_last_before_the_horizon() {
        let s = Duration::from_secs;
        let check = |duration, recurrence, horizon, expected: Option<u64>| {
            let mut fault = Fault::new(FaultKind::Pause, Target::Replicas(Vec::new()));
            (fault.start, fault.duration, fault.recurrence) = (s(10), duration, recurrence);
            assert_eq!(last_end(&fault, s(horizon), s(30)), expected.map(s), "{horizon} s");
        };
        check(Some(s(5)), Recurrence::Once, 100, Some(15));
        check(Some(s(5)), Recurrence::Once, 15, None);
        check(None, Recurrence::Once, 100, None);
        check(Some(s(5)), Recurrence::Every(s(20)), 125, Some(95));
        check(Some(s(5)), Recurrence::Every(s(20)), 124, Some(75));
        // None leaves thirty seconds: the last, so that it can be said.
        check(Some(s(5)), Recurrence::Every(s(20)), 36, Some(35));
        check(Some(s(5)), Recurrence::Every(s(20)), 15, None);
    }
}
