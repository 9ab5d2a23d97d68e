//! Whether a fault makes sense.

use super::{check_component, check_edge, check_steps};
use crate::error::Error;
use crate::plan::{
    Change, Component, CoresLeft, Fault, FaultKind, Load, MAX_ALTERNATIONS, Plan, Recurrence, Run,
    Scope, Target,
};
use crate::program::refuse_cycles;

/// Checks one fault of a plan.
pub(super) fn check(plan: &Plan, index: usize) -> Result<(), Error> {
    let fault = &plan.faults[index];
    ensure!((0.0..=1.0).contains(&fault.probability), "fault {index} has no probability");
    let exists = match &fault.target {
        Target::Replicas(hits) => exist(plan, hits),
        Target::Endpoint(endpoint) => *endpoint < plan.endpoints.len(),
        Target::Edge(edge) => *edge < plan.edges.len(),
        Target::Loads(loads) => loads.iter().all(|load| *load < plan.loads.len()),
        Target::Plan => true,
    };
    ensure!(exists, "fault {index} hits nothing that exists");
    check_times(index, fault, &plan.run)?;
    let replicas = matches!(fault.target, Target::Replicas(_));
    let edge = matches!(fault.target, Target::Edge(_));
    let fits = match fault.target {
        Target::Replicas(_) | Target::Endpoint(_) | Target::Edge(_) => {
            !matches!(fault.kind, FaultKind::Change(_)) && !is_about_users(&fault.kind)
        }
        Target::Loads(_) => is_about_users(&fault.kind),
        Target::Plan => matches!(fault.kind, FaultKind::Change(_)),
    };
    ensure!(fits, "fault {index} and its target do not fit");
    match &fault.kind {
        FaultKind::Crash | FaultKind::Pause | FaultKind::Flush => {
            ensure!(replicas, "fault {index} hits no replica");
        }
        FaultKind::Slow { factor } => {
            ensure!(!edge, "fault {index} slows an edge, which does no work");
            ensure!(factor.is_finite() && *factor >= 0.0, "fault {index} has factor {factor}");
        }
        FaultKind::Cores(left) => {
            ensure!(replicas, "fault {index} hits no replica");
            let sound = match left {
                CoresLeft::Share(share) => *share > 0.0 && *share <= 1.0,
                CoresLeft::Cores(cores) => cores.is_finite() && *cores > 0.0,
            };
            ensure!(sound, "fault {index} leaves no cores");
        }
        FaultKind::Errors { share }
        | FaultKind::Reset { share }
        | FaultKind::Pool { share }
        | FaultKind::HotKey { share }
        | FaultKind::SlowUsers { share, .. } => {
            ensure!((0.0..=1.0).contains(share), "fault {index} has share {share}");
        }
        FaultKind::Refuse { share, scope } | FaultKind::Drop { share, scope } => {
            ensure!((0.0..=1.0).contains(share), "fault {index} has share {share}");
            if let Scope::Across(Some(beyond)) = scope {
                ensure!(exist(plan, beyond), "fault {index} has nothing on its other side");
            }
        }
        FaultKind::Latency { .. } => {}
        FaultKind::Bandwidth { per_s } => {
            ensure!(per_s.is_finite() && *per_s > 0.0, "fault {index} lets {per_s} pass a second");
        }
        FaultKind::Load { factor } => {
            ensure!(factor.is_finite() && *factor >= 0.0, "fault {index} has factor {factor}");
            check_rates(plan, index)?;
        }
        FaultKind::Away { share, .. } => {
            ensure!((0.0..=1.0).contains(share), "fault {index} has share {share}");
            ensure!(fault.duration.is_some(), "fault {index} keeps users away for ever");
            let comes = |load: &Load| !matches!(load, Load::Closed { .. });
            ensure!(hit(plan, fault).all(comes), "fault {index} keeps away who is always there");
        }
        FaultKind::Skew { share, endpoint } => {
            ensure!((0.0..=1.0).contains(share), "fault {index} has share {share}");
            let is_called = plan.entries().binary_search(endpoint).is_ok();
            ensure!(is_called, "fault {index} is about an endpoint that no user calls");
        }
        FaultKind::Change(change) => check_change(plan, index, change)?,
    }
    Ok(())
}

/// Whether a kind hits loads.
const fn is_about_users(kind: &FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::Load { .. }
            | FaultKind::Away { .. }
            | FaultKind::Skew { .. }
            | FaultKind::SlowUsers { .. }
    )
}

/// The loads that a fault hits.
fn hit<'p>(plan: &'p Plan, fault: &'p Fault) -> impl Iterator<Item = &'p Load> {
    let loads = match &fault.target {
        Target::Loads(loads) => &loads[..],
        _ => &[],
    };
    loads.iter().map(|load| &plan.loads[*load])
}

/// A fault can multiply only what has a rate.
fn check_rates(plan: &Plan, index: usize) -> Result<(), Error> {
    let has_rate = |load: &Load| match load {
        Load::Open { arrivals, .. } | Load::Sessions { arrivals, .. } => arrivals.has_rate(),
        Load::Closed { .. } => true,
    };
    ensure!(hit(plan, &plan.faults[index]).all(has_rate), "fault {index} multiplies a recording");
    Ok(())
}

/// Whether there are places for these replicas.
fn exist(plan: &Plan, replicas: &[(usize, usize)]) -> bool {
    replicas.iter().all(|&(component, replica)| {
        component < plan.components.len() && replica < plan.most_replicas(component)
    })
}

fn check_times(index: usize, fault: &Fault, run: &Run) -> Result<(), Error> {
    match &fault.recurrence {
        Recurrence::Once => {}
        Recurrence::Every(every) if fault.kind == FaultKind::Flush => {
            ensure!(!every.is_zero(), "fault {index} never ends");
        }
        Recurrence::Every(every) => {
            let fits = fault.duration.is_some_and(|duration| duration < *every);
            ensure!(fits, "fault {index} begins again before it has ended");
        }
        Recurrence::Random { up, down, .. } => {
            let fits = matches!(fault.kind, FaultKind::Crash | FaultKind::Pause);
            ensure!(fits, "fault {index} cannot come and go at drawn times");
            let all = run.warm_up + run.horizon + run.drain;
            let lasts_ns = fault.duration.map_or(all, |lasts| lasts.min(all)).as_nanos() as f64;
            let turn_ns = up.mean() + down.mean();
            let ends = turn_ns >= 1.0 && turn_ns * MAX_ALTERNATIONS >= lasts_ns;
            ensure!(ends, "fault {index} comes and goes too often");
        }
    }
    Ok(())
}

fn check_change(plan: &Plan, index: usize, change: &Change) -> Result<(), Error> {
    ensure!(change.steps > 0, "fault {index} is rolled out in no step");
    for (id, component) in &change.components {
        let Some(before) = plan.components.get(*id) else {
            return Err(Error::Plan(format!("fault {index} changes no component")));
        };
        let kind = |c: &Component| {
            let discipline = std::mem::discriminant(&c.queue.discipline);
            (c.acknowledges, c.cpu.is_some(), c.batch.is_some(), discipline)
        };
        let same = kind(component) == kind(before);
        ensure!(same, "fault {index} changes what component {id} is");
        check_component(plan, *id, component)?;
    }
    for (id, count) in &change.counts {
        ensure!(*id < plan.components.len() && *count > 0, "fault {index} leaves no replica");
    }
    let mut endpoints = plan.endpoints.clone();
    for (id, endpoint) in &change.endpoints {
        let same = plan.endpoints.get(*id).is_some_and(|before| {
            (before.component, before.priority) == (endpoint.component, endpoint.priority)
        });
        ensure!(same, "fault {index} changes more of endpoint {id} than its steps");
        check_steps(plan, &endpoint.steps, Some(endpoint.component))?;
        endpoints[*id].clone_from(endpoint);
    }
    refuse_cycles(&endpoints)?;
    for (id, edge) in &change.edges {
        let same = plan
            .edges
            .get(*id)
            .is_some_and(|before| (before.caller, before.callee) == (edge.caller, edge.callee));
        ensure!(same, "fault {index} changes the ends of edge {id}");
        check_edge(plan, *id, edge)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::random::Law;

    #[track_caller]
    fn check_turns(up_ns: u64, down_ns: u64, horizon: Duration, is_right: bool) {
        let mut plan = Plan::default();
        plan.components.push(Component::default());
        let recurrence = Recurrence::Random {
            up: Law::constant(up_ns),
            down: Law::constant(down_ns),
            from_the_first: true,
        };
        let fault = Fault::new(FaultKind::Crash, Target::Replicas(vec![(0, 0)]));
        plan.faults.push(Fault { recurrence, ..fault });
        plan.run.horizon = horizon;
        plan.run.drain = Duration::ZERO;
        assert_eq!(check(&plan, 0).is_ok(), is_right, "{up_ns} {down_ns} {horizon:?}");
    }

    #[test]
    fn what_comes_and_goes_takes_its_time() {
        check_turns(60, 40, Duration::from_secs(1), true);
        check_turns(60, 39, Duration::from_secs(1), false);
        check_turns(0, 0, Duration::from_nanos(1), false);
    }
}
