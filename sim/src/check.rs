//! Whether a plan makes sense on its own: indices exist, numbers are in range.
//!
//! Whoever reads a plan from a file finds most of this earlier, with its place in the file; here
//! it keeps a run from ever meeting it.

use crate::error::Error;
use crate::plan::{
    Arrivals, Autoscale, Balance, Batch, Call, Component, Contents, Curve, Discipline, Edge,
    Endpoint, Goal, Load, MAX_BINS, MAX_ENTRIES, MAX_PHASES_PER_ARRIVAL, MAX_WAVERS, Metric,
    OnFailure, Phase, Plan, Step, Walk,
};

macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(Error::Plan(format!($($message)+)));
        }
    };
}

mod fault;

/// Checks a plan.
pub(crate) fn check(plan: &Plan) -> Result<(), Error> {
    for (index, component) in plan.components.iter().enumerate() {
        check_component(plan, index, component)?;
    }
    for (index, endpoint) in plan.endpoints.iter().enumerate() {
        let component = endpoint.component;
        ensure!(component < plan.components.len(), "endpoint {index} has no component");
        check_steps(plan, &endpoint.steps, Some(component))?;
        let works = matches!(endpoint.steps[..], [Step::Work(_)]);
        let in_groups = plan.components[component].batch.is_some();
        ensure!(works || !in_groups, "endpoint {index} does more in groups than one piece of work");
    }
    for (index, edge) in plan.edges.iter().enumerate() {
        check_edge(plan, index, edge)?;
    }
    for (index, load) in plan.loads.iter().enumerate() {
        match load {
            Load::Open { endpoint, arrivals, .. } => {
                ensure!(*endpoint < plan.endpoints.len(), "load {index} has no endpoint");
                check_arrivals(arrivals, index)?;
            }
            Load::Sessions { arrivals, session, walk, .. } => {
                check_arrivals(arrivals, index)?;
                if let Some(walk) = walk {
                    check_walk(walk, session, index)?;
                    ensure!(
                        arrivals.has_rate() || walk.lead.is_zero(),
                        "nobody of load {index} is recorded to have come before the beginning"
                    );
                }
                check_steps(plan, session, None)?;
            }
            Load::Closed { users, session, .. } => {
                check_curve(users, index)?;
                check_steps(plan, session, None)?;
            }
        }
    }
    for index in 0..plan.faults.len() {
        fault::check(plan, index)?;
    }
    for (index, limit) in plan.limits.iter().enumerate() {
        ensure!(limit.endpoint < plan.endpoints.len(), "limit {index} has no endpoint");
    }
    ensure!(!plan.run.horizon.is_zero(), "the horizon is zero");
    ensure!(!plan.run.timeline.is_zero(), "a bin of the timeline has no width");
    let bins = plan.run.horizon.as_nanos() / plan.run.timeline.as_nanos();
    ensure!(bins <= MAX_BINS, "the timeline has {bins} bins, more than {MAX_BINS}");
    Ok(())
}

fn check_component(plan: &Plan, index: usize, component: &Component) -> Result<(), Error> {
    let positive = |value: f64| value.is_finite() && value > 0.0;
    ensure!(!component.replicas.is_empty(), "component {index} has no replica");
    ensure!(component.concurrency != Some(0), "component {index} has no slot");
    let hosts = component.replicas.iter().chain(&component.places).filter_map(|place| place.host);
    ensure!(hosts.max() < Some(plan.hosts.len()), "component {index} is on a host that is not");
    if let Some(cpu) = component.cpu {
        ensure!(positive(cpu.request) && positive(cpu.limit), "component {index} has no cores");
    }
    if let Some(rate) = component.rate_limit {
        ensure!(positive(rate), "component {index} lets in {rate} requests per second");
    }
    if let Some(shed) = component.shed {
        let sound = shed.at_queue > 0.0 && shed.at_queue <= 1.0;
        ensure!(
            sound && component.queue.capacity.is_some(),
            "component {index} sheds at no length"
        );
    }
    if component.queue.discipline == Discipline::AdaptiveLifo {
        let capacity = component.queue.capacity;
        ensure!(capacity.is_some(), "component {index} has no half of an unlimited queue");
    }
    ensure!(
        component.blocking || !component.acknowledges,
        "component {index} is a queue whose consumers do not wait for what they deliver"
    );
    if let Some(Batch { most, .. }) = component.batch {
        let alone = component.concurrency == Some(1)
            && component.blocking
            && component.cpu.is_none()
            && !component.acknowledges
            && component.queue.discipline != Discipline::PreemptivePriority;
        ensure!(alone && most != Some(0), "component {index} cannot serve groups");
    }
    if let Some(health) = component.health {
        let sound = !health.every.is_zero() && health.failures > 0;
        ensure!(sound, "component {index} is never checked");
    }
    if let Some(autoscale) = &component.autoscale {
        let Autoscale { min, max, every, .. } = autoscale;
        ensure!(1 <= *min && min <= max, "component {index} scales from {min} to {max} replicas");
        ensure!(!every.is_zero(), "component {index} scales at no interval");
        let sound = match &autoscale.goal {
            Goal::Target(target) => positive(*target),
            Goal::Steps { above, below } => {
                let bounds = above.iter().chain(below).map(|(bound, _)| *bound);
                bounds.fold(true, |sound, bound| sound && bound.is_finite() && bound >= 0.0)
            }
        };
        ensure!(sound, "component {index} scales to no goal");
        let measured = match autoscale.metric {
            Metric::Cpu => component.cpu.is_some(),
            Metric::Slots => component.concurrency.is_some(),
            Metric::Rate => true,
        };
        ensure!(measured, "component {index} scales by what it does not have");
    }
    Ok(())
}

fn check_edge(plan: &Plan, index: usize, edge: &Edge) -> Result<(), Error> {
    let ends = [edge.caller, edge.callee];
    ensure!(ends.iter().all(|&c| c < plan.components.len()), "edge {index} has no end");
    if let Some(retries) = &edge.retries {
        ensure!(retries.max < u32::from(u16::MAX), "edge {index} has too many retries");
        let factor = retries.backoff.factor;
        ensure!(factor.is_finite() && factor >= 0.0, "edge {index} backs off by {factor}");
        let budget = retries.budget.unwrap_or(0.0);
        ensure!(budget.is_finite() && budget >= 0.0, "edge {index} has budget {budget}");
    }
    ensure!(edge.pool != Some(0), "edge {index} has a pool of no connection");
    if let Some(breaker) = &edge.breaker {
        let sound = (0.0..=1.0).contains(&breaker.error_rate) && breaker.half_open > 0;
        ensure!(sound, "the breaker of edge {index} never opens or never closes");
    }
    if let Some(ejection) = &edge.ejection {
        let sound = (0.0..=1.0).contains(&ejection.max_ejected) && ejection.failures > 0;
        ensure!(sound, "the ejection of edge {index} makes no sense");
    }
    if let Balance::Weighted(weights) = &edge.balance {
        let sound = weights.iter().all(|(_, weight)| weight.is_finite() && *weight >= 0.0);
        ensure!(sound, "the weights of edge {index} make no sense");
    }
    Ok(())
}

fn check_walk(walk: &Walk, session: &[Step], load: usize) -> Result<(), Error> {
    let n = session.len();
    let single = |step: &Step| matches!(step, Step::Call(call) if call.probability >= 1.0 && call.count == 1);
    ensure!(session.iter().all(single), "the walk of load {load} goes over more than single calls");
    let rows = walk.next.len() == n && walk.next.iter().all(|row| row.len() == n);
    ensure!(
        n > 0 && walk.start.len() == n && walk.think.len() == n && rows,
        "the walk of load {load} is not of its {n} calls"
    );
    let share = |share: &f64| (0.0..=1.0).contains(share);
    let sound = walk
        .next
        .iter()
        .chain([&walk.start])
        .all(|row| row.iter().all(share) && row.iter().sum::<f64>() <= 1.0 + 1e-9);
    let begins = (walk.start.iter().sum::<f64>() - 1.0).abs() < 1e-9;
    ensure!(sound && begins, "the shares of the walk of load {load} do not add up");
    ensure!(walk.visits().is_some(), "the walk of load {load} never ends");
    Ok(())
}

fn check_arrivals(arrivals: &Arrivals, load: usize) -> Result<(), Error> {
    match arrivals {
        Arrivals::Poisson(curve) => return check_curve(curve, load),
        Arrivals::Bursty(curve, bursts) => {
            check_curve(curve, load)?;
            check_curve(&bursts.total, load)?;
            ensure!(!bursts.step.is_zero(), "the bursts of load {load} take no time");
            let count = bursts.wavers.len();
            ensure!(count <= MAX_WAVERS, "the bursts of load {load} have {count} parts");
            let sound = |variance: f64| variance.is_finite() && variance >= 0.0;
            let all = bursts.wavers.iter().all(|part| sound(part.shared) && sound(part.own_per_s));
            ensure!(all, "a part of the bursts of load {load} has no variance");
        }
        Arrivals::Renewal(law) => {
            let takes_time = law.mean() >= 1.0;
            ensure!(takes_time, "the arrivals of load {load} take no time to come");
        }
        Arrivals::Mmpp(phases) => {
            let sound = |phase: &Phase| {
                phase.rate_per_s.is_finite() && phase.rate_per_s >= 0.0 && !phase.mean.is_zero()
            };
            ensure!(phases.iter().all(sound), "a phase of load {load} has no rate or no length");
            let arrivals: f64 =
                phases.iter().map(|phase| phase.rate_per_s * phase.mean.as_secs_f64()).sum();
            let busy = arrivals * MAX_PHASES_PER_ARRIVAL >= phases.len() as f64 && arrivals > 0.0;
            ensure!(busy, "hardly anybody comes in the phases of load {load}");
        }
        Arrivals::Trace(instants) => {
            ensure!(instants.is_sorted(), "the trace of load {load} goes back in time");
        }
    }
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
            Step::Publish(call) => {
                ensure!(component.is_some(), "a user does one thing at a time");
                check_call(plan, call, component)?;
            }
            Step::Cache(cache) => {
                ensure!(component.is_some(), "a user has no cache");
                let owner = component.map(|component| &plan.components[component]);
                check_contents(&cache.contents, owner)?;
                check_steps(plan, &cache.miss, component)?;
            }
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

fn check_contents(contents: &Contents, owner: Option<&Component>) -> Result<(), Error> {
    match *contents {
        Contents::Ratio { hit, fills } => {
            ensure!((0.0..=1.0).contains(&hit), "a cache has hit ratio {hit}");
            ensure!(fills.is_finite() && fills >= 0.0, "a cache fills after {fills} misses");
        }
        Contents::Lru { entries, keys, exponent, .. } => {
            ensure!(entries > 0 && keys > 0, "a cache has no entries or no keys");
            ensure!(exponent.is_finite() && exponent >= 0.0, "keys have exponent {exponent}");
            let replicas = owner.map_or(1, Component::most_replicas);
            let all = u64::from(replicas) * u64::from(entries.min(keys));
            ensure!(all <= MAX_ENTRIES, "a cache has {all} entries, more than {MAX_ENTRIES}");
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
    let fits = |edge: usize, endpoint: &Endpoint| {
        let edge = plan.edges.get(edge);
        edge.is_some_and(|e| Some(e.caller) == component && e.callee == endpoint.component)
    };
    match call.edge {
        None => ensure!(component.is_none(), "a call of endpoint {} has no edge", call.endpoint),
        Some(edge) => ensure!(
            fits(edge, endpoint),
            "a call of endpoint {} goes over the wrong edge",
            call.endpoint
        ),
    }
    if let Some((instead, edge)) = call.backup {
        let endpoint = plan.endpoints.get(instead);
        let sound = call.edge.is_some() && endpoint.is_some_and(|endpoint| fits(edge, endpoint));
        ensure!(sound, "the backup of endpoint {} goes over the wrong edge", call.endpoint);
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
