//! The laws, each a comparison of integers; ∫ are in units × ns.

use foreshadow_sim::histogram::Summary;
use foreshadow_sim::plan::{Discipline, Edge, Fault, FaultKind, OnFailure, Outcome, Queue, Step};
use foreshadow_sim::tally::{EdgeTally, Request, ServiceTally};
use foreshadow_sim::{Plan, Tally};
use proptest::prelude::*;

/// One core, in the unit of tallies.
const CORE: f64 = 1e9;

type Verdict = Result<(), TestCaseError>;

/// Requests are conserved and nothing is used beyond what there is, in any window from 0 on.
pub(super) fn conservation(plan: &Plan, tally: &Tally) -> Verdict {
    for users in &tally.users {
        let ok = users.outcomes[Outcome::Ok as usize];
        prop_assert_eq!(users.outcomes.iter().sum::<u64>(), users.offered);
        prop_assert_eq!(users.latency.count(), ok);
        prop_assert!(users.goodput <= ok);
    }
    let root = &tally.users[0];
    prop_assert_eq!(tally.over_limit[0], root.offered - root.outcomes[Outcome::Ok as usize]);
    let offered: u64 = tally.timeline.iter().map(|bin| bin.offered[0]).sum();
    prop_assert_eq!(offered, root.offered);
    for edge in &tally.edges {
        prop_assert!(ended(edge) <= started(edge));
        prop_assert!(edge.refused <= edge.outcomes[Outcome::Rejected as usize]);
        prop_assert!(edge.pooled <= started(edge));
    }
    let window = plan.run.horizon.as_nanos();
    for (id, station) in tally.components.iter().enumerate() {
        let component = &plan.components[id];
        prop_assert!(station.completed + station.rejected <= station.arrivals);
        prop_assert!(station.wait.count() + station.rejected <= station.arrivals);
        let completed: u64 = services(plan, tally, id).map(|service| service.completed).sum();
        prop_assert_eq!(station.completed, completed);
        if component.blocking {
            prop_assert_eq!(station.in_system, station.waiting + station.busy);
        } else {
            prop_assert!(station.in_system >= station.waiting + station.busy);
        }
        let most = plan.most_replicas(id) as u128;
        prop_assert!(station.replicas <= window * most);
        let in_bins: u128 = tally.timeline.iter().map(|bin| bin.in_system[id]).sum();
        prop_assert_eq!(in_bins, station.in_system);
        let changes = plan.faults.iter().filter_map(|fault| match &fault.kind {
            FaultKind::Change(change) => Some(change),
            _ => None,
        });
        if changes.flat_map(|change| &change.components).any(|(changed, _)| *changed == id) {
            continue; // What is in use may be more than there is from then on.
        }
        if let Some(slots) = component.concurrency {
            prop_assert!(station.peak_slots <= slots);
            prop_assert!(station.busy <= station.available);
            prop_assert_eq!(station.available, station.replicas * u128::from(slots));
        }
        prop_assert!(station.busy_cores <= station.available_cores);
        let limit = component.cpu.map_or(0, |cpu| (cpu.limit * CORE).round() as u128);
        let is_throttled = |fault: &Fault| matches!(fault.kind, FaultKind::Cores(_));
        if plan.faults.iter().any(is_throttled) {
            prop_assert!(station.available_cores <= station.replicas * limit);
        } else {
            prop_assert_eq!(station.available_cores, station.replicas * limit);
        }
        // Who returns, and who was interrupted, is beyond the capacity.
        let preempts = component.queue.discipline == Discipline::PreemptivePriority;
        if let (Some(slots), Some(queue)) = (component.concurrency, component.queue.capacity)
            && component.blocking
            && !preempts
        {
            let room = u128::from(slots + queue) * most;
            prop_assert!(station.in_system <= window * room);
        }
    }
    Ok(())
}

/// Attempts that began.
fn started(edge: &EdgeTally) -> u64 {
    edge.calls + edge.retries + edge.hedges
}

/// Attempts that ended for their caller.
fn ended(edge: &EdgeTally) -> u64 {
    edge.outcomes.iter().sum::<u64>() + edge.given_up
}

/// Everybody has gone: all attempts have ended, no frame is left behind, and at each station ∫ in
/// system = Σ time from arrival to departure.
pub(super) fn nobody_is_left(plan: &Plan, tally: &Tally) -> Verdict {
    prop_assert_eq!(tally.left_frames, 0);
    for edge in &tally.edges {
        prop_assert_eq!(ended(edge), started(edge));
    }
    let root = &tally.users[0];
    prop_assert_eq!(root.outcomes[Outcome::InFlight as usize], 0);
    prop_assert_eq!(root.goodput, root.outcomes[Outcome::Ok as usize]);
    for bin in tally.timeline.iter().skip(1) {
        prop_assert_eq!(bin.in_system.iter().sum::<u128>(), 0);
        prop_assert_eq!(bin.busy_cores.iter().sum::<u128>(), 0);
    }
    for (id, station) in tally.components.iter().enumerate() {
        let sojourns: u128 = services(plan, tally, id).map(|service| sum(&service.sojourn)).sum();
        prop_assert_eq!(station.in_system, sojourns + station.lost);
    }
    Ok(())
}

/// Without faults and from the first arrival to the last departure: every attempt arrives, unless
/// a guard or its caller keeps it; and at each station ∫ waiting = Σ wait where all who waited were
/// then served to the end.
pub(super) fn drained(plan: &Plan, tally: &Tally) -> Verdict {
    nobody_is_left(plan, tally)?;
    for (id, station) in tally.components.iter().enumerate() {
        let component = &plan.components[id];
        let edges = || plan.edges.iter().zip(&tally.edges).filter(|(edge, _)| edge.callee == id);
        let sent: u64 = edges().map(|(_, tally)| started(tally) - tally.refused).sum();
        let kept = |edge: &Edge| edge.cancels || edge.pool.is_some() || edge.ejection.is_some();
        if edges().any(|(edge, _)| kept(edge)) {
            prop_assert!(station.arrivals <= sent + tally.users[id].offered);
        } else {
            prop_assert_eq!(station.arrivals, sent + tally.users[id].offered);
        }
        let leaves =
            users_cancel(plan, id) || edges().any(|(edge, _)| edge.cancels || edge.deadline);
        if leaves {
            prop_assert!(station.wait.count() + station.rejected <= station.arrivals);
        } else {
            prop_assert_eq!(station.wait.count() + station.rejected, station.arrivals);
        }
        let Queue { discipline, max_wait, .. } = &component.queue;
        let waits_once =
            !matches!(discipline, Discipline::Codel { .. } | Discipline::PreemptivePriority);
        if waits_once && max_wait.is_none() && component.blocking && !leaves {
            prop_assert_eq!(station.waiting, sum(&station.wait));
        } else {
            prop_assert!(station.waiting >= sum(&station.wait));
        }
        utilization(plan, tally, id)?;
    }
    Ok(())
}

/// Whether work at a component stops when the user behind it has left.
fn users_cancel(plan: &Plan, id: usize) -> bool {
    // All users call the first endpoint.
    plan.endpoints[0].component == id && plan.loads.iter().any(|load| load.leaving().cancels)
}

/// Where cores are a replica's own and all work is alike, ∫ cores in use = Σ work.
fn utilization(plan: &Plan, tally: &Tally, id: usize) -> Verdict {
    let (component, station) = (&plan.components[id], &tally.components[id]);
    let steps = plan.endpoints.iter().filter(|endpoint| endpoint.component == id);
    let works_once = steps.clone().all(|endpoint| !endpoint.steps.iter().any(falls_back));
    let law = match &steps.clone().next().unwrap().steps[0] {
        Step::Work(law) => law.as_constant(),
        _ => None,
    };
    let is_alone = component.replicas[0].host.is_none();
    // What was interrupted may have expired when it is its turn again.
    let may_stop = |edge: &Edge| edge.callee == id && (edge.cancels || edge.deadline);
    let stops = users_cancel(plan, id) || plan.edges.iter().any(may_stop);
    let is_whole = works_once && is_alone && !stops;
    if let (Some(_), Some(work), true) = (component.cpu, law, is_whole) {
        let expected = station.wait.count() as f64 * work as f64;
        // Ends are rounded to a nanosecond, of several cores at most.
        let rounding = 8.0 * station.arrivals as f64;
        let in_use = station.busy_cores as f64 / CORE;
        prop_assert!((in_use - expected).abs() <= rounding, "{in_use} is not {expected}");
    }
    Ok(())
}

/// Whether a step may do other work instead of its call.
fn falls_back(step: &Step) -> bool {
    match step {
        Step::Call(call) | Step::Publish(call) => {
            matches!(call.on_failure, OnFailure::Fallback(_))
        }
        Step::Parallel(branches) => branches.iter().flatten().any(falls_back),
        Step::Choose(options) => options.iter().any(|(_, steps)| steps.iter().any(falls_back)),
        Step::Cache(cache) => cache.miss.iter().any(falls_back),
        Step::Work(_) | Step::Think(_) => false,
    }
}

/// The endpoints of a component.
fn services<'a>(
    plan: &'a Plan,
    tally: &'a Tally,
    component: usize,
) -> impl Iterator<Item = &'a ServiceTally> {
    let own = plan.endpoints.iter().zip(&tally.services);
    own.filter(move |(endpoint, _)| endpoint.component == component).map(|(_, service)| service)
}

/// Σ of times [ns]: exact below 2⁵³ ns, and these add up to days at most.
fn sum(times: &Summary) -> u128 {
    let sum = times.mean().map_or(0.0, |mean| mean * times.count() as f64);
    sum.round() as u128
}

/// The log has every request of the cohort once, and the counts are its sums.
pub(super) fn log(plan: &Plan, tally: &Tally, log: &[Request]) -> Verdict {
    let mut keys: Vec<u64> = log.iter().map(|request| request.key).collect();
    keys.sort_unstable();
    keys.dedup();
    prop_assert_eq!(keys.len(), log.len(), "no two requests have one key");
    for (endpoint, users) in tally.users.iter().enumerate() {
        let mine = || log.iter().filter(move |request| request.endpoint as usize == endpoint);
        prop_assert_eq!(mine().count() as u64, users.offered);
        for outcome in Outcome::ALL {
            let count = mine().filter(|request| request.outcome == outcome).count() as u64;
            prop_assert_eq!(count, users.outcomes[outcome as usize], "{:?}", outcome);
        }
    }
    let horizon = plan.run.horizon.as_nanos();
    prop_assert!(log.iter().all(|request| u128::from(request.due) < horizon));
    for component in 0..plan.components.len() {
        let bins: u64 = tally.timeline.iter().map(|bin| bin.completed[component]).sum();
        prop_assert_eq!(bins, tally.components[component].completed);
    }
    Ok(())
}
