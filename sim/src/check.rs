//! Whether a plan makes sense on its own: indices exist, numbers are in range.
//!
//! Whoever reads a plan from a file finds most of this earlier, with its place in the file; here
//! it keeps a run from ever meeting it.

use crate::error::Error;
use crate::plan::{
    Arrivals, Call, Curve, FaultKind, Load, MAX_BINS, OnFailure, Plan, Step, Target,
};

macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(Error::Plan(format!($($message)+)));
        }
    };
}

/// Checks a plan.
pub(crate) fn check(plan: &Plan) -> Result<(), Error> {
    for (index, component) in plan.components.iter().enumerate() {
        ensure!(!component.replicas.is_empty(), "component {index} has no replica");
        ensure!(component.concurrency != Some(0), "component {index} has no slot");
    }
    for (index, endpoint) in plan.endpoints.iter().enumerate() {
        let component = endpoint.component;
        ensure!(component < plan.components.len(), "endpoint {index} has no component");
        check_steps(plan, &endpoint.steps, Some(component))?;
    }
    for (index, edge) in plan.edges.iter().enumerate() {
        let ends = [edge.caller, edge.callee];
        ensure!(ends.iter().all(|&c| c < plan.components.len()), "edge {index} has no end");
        if let Some(retries) = &edge.retries {
            ensure!(retries.max < u32::from(u16::MAX), "edge {index} has too many retries");
            let factor = retries.backoff.factor;
            ensure!(factor.is_finite() && factor >= 0.0, "edge {index} backs off by {factor}");
        }
    }
    for (index, load) in plan.loads.iter().enumerate() {
        match load {
            Load::Open { endpoint, arrivals: Arrivals::Poisson(curve), .. } => {
                ensure!(*endpoint < plan.endpoints.len(), "load {index} has no endpoint");
                check_curve(curve, index)?;
            }
            Load::Closed { users, session, .. } => {
                check_curve(users, index)?;
                check_steps(plan, session, None)?;
            }
        }
    }
    check_faults(plan)?;
    for (index, limit) in plan.limits.iter().enumerate() {
        ensure!(limit.endpoint < plan.endpoints.len(), "limit {index} has no endpoint");
    }
    ensure!(!plan.run.horizon.is_zero(), "the horizon is zero");
    ensure!(!plan.run.timeline.is_zero(), "a bin of the timeline has no width");
    let bins = plan.run.horizon.as_nanos() / plan.run.timeline.as_nanos();
    ensure!(bins <= MAX_BINS, "the timeline has {bins} bins, more than {MAX_BINS}");
    Ok(())
}

fn check_curve(curve: &Curve, load: usize) -> Result<(), Error> {
    ensure!(!curve.0.is_empty(), "the curve of load {load} has no point");
    for pair in curve.0.windows(2) {
        ensure!(pair[0].0 <= pair[1].0, "the curve of load {load} goes back in time");
    }
    let sound = curve.0.iter().all(|&(_, value)| value.is_finite() && value >= 0.0);
    ensure!(sound, "the curve of load {load} is not finite and positive everywhere");
    Ok(())
}

fn check_steps(plan: &Plan, steps: &[Step], component: Option<usize>) -> Result<(), Error> {
    for step in steps {
        match step {
            Step::Work(_) => ensure!(component.is_some(), "users think, they do not work"),
            Step::Think(_) => ensure!(component.is_none(), "components work, they do not think"),
            Step::Call(call) => check_call(plan, call, component)?,
            Step::Parallel(branches) => {
                ensure!(component.is_some(), "a user does one thing at a time");
                branches.iter().try_for_each(|steps| check_steps(plan, steps, component))?;
            }
            Step::Choose(options) => {
                let weights = options.iter().map(|(weight, _)| *weight);
                let sound = weights.clone().all(|w| w.is_finite() && w >= 0.0);
                ensure!(sound && weights.sum::<f64>() > 0.0, "a choice has no weight");
                options.iter().try_for_each(|(_, steps)| check_steps(plan, steps, component))?;
            }
        }
    }
    Ok(())
}

fn check_call(plan: &Plan, call: &Call, component: Option<usize>) -> Result<(), Error> {
    let Some(endpoint) = plan.endpoints.get(call.endpoint) else {
        return Err(Error::Plan(format!("a call of endpoint {}, which is not", call.endpoint)));
    };
    ensure!((0.0..=1.0).contains(&call.probability), "a call has probability {}", call.probability);
    ensure!(call.count > 0, "a call of endpoint {} is made no time", call.endpoint);
    let policy = call.edge.map(|edge| plan.edges.get(edge));
    match (component, policy) {
        (None, None) => {}
        (Some(caller), Some(Some(edge))) => {
            let fits = edge.caller == caller && edge.callee == endpoint.component;
            ensure!(fits, "a call of endpoint {} goes over the wrong edge", call.endpoint);
        }
        _ => ensure!(false, "a call of endpoint {} has no edge", call.endpoint),
    }
    if let OnFailure::Fallback(steps) = &call.on_failure {
        check_steps(plan, steps, component)?;
    }
    ensure!(
        component.is_some() || call.on_failure == OnFailure::Continue,
        "a session goes on whatever the outcome"
    );
    Ok(())
}

fn check_faults(plan: &Plan) -> Result<(), Error> {
    for (index, fault) in plan.faults.iter().enumerate() {
        ensure!((0.0..=1.0).contains(&fault.probability), "fault {index} has no probability");
        let exists = match &fault.target {
            Target::Replicas(hits) => hits.iter().all(|&(component, replica)| {
                plan.components.get(component).is_some_and(|c| replica < c.replicas.len())
            }),
            Target::Endpoint(endpoint) => *endpoint < plan.endpoints.len(),
            Target::Edge(edge) => *edge < plan.edges.len(),
        };
        ensure!(exists, "fault {index} hits nothing that exists");
        let replicas = matches!(fault.target, Target::Replicas(_));
        let edge = matches!(fault.target, Target::Edge(_));
        match fault.kind {
            FaultKind::Crash | FaultKind::Pause => {
                ensure!(replicas, "fault {index} hits no replica");
            }
            FaultKind::Slow { factor } => {
                ensure!(!edge, "fault {index} slows an edge, which does no work");
                ensure!(factor.is_finite() && factor >= 0.0, "fault {index} has factor {factor}");
            }
            FaultKind::Errors { share } => {
                ensure!((0.0..=1.0).contains(&share), "fault {index} has share {share}");
            }
            FaultKind::Latency { .. } => {}
        }
    }
    Ok(())
}
