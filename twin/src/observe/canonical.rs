//! Numbers by name and time instead of by first appearance, so that the order of the files does not
//! matter; and endpoints that differ only in an identifier made one.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use foreshadow_telemetry::Names;

use super::dictionary::{Component, ComponentKey, Dictionary, Endpoint};
use super::shape::{Shape, Stage};
use super::{Observations, Observer};
use crate::names::template;

/// The operation under which the rarest are gathered when a component has too many.
const OTHER: &str = "other operations";
/// Operations that one component may have.
const MAX_OPERATIONS: usize = 300;

/// New numbers: what stands at each, and where old ones went.
struct Renumbered<T> {
    items: Vec<T>,
    new: Vec<u32>,
}

/// Sorts `items` and makes equal ones one.
fn renumber<T: Ord + Clone>(items: &[T]) -> Renumbered<T> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by(|&a, &b| items[a].cmp(&items[b]));
    let mut renumbered = Renumbered { items: Vec::new(), new: vec![0; items.len()] };
    for old in order {
        if renumbered.items.last() != Some(&items[old]) {
            renumbered.items.push(items[old].clone());
        }
        renumbered.new[old] = renumbered.items.len() as u32 - 1;
    }
    renumbered
}

/// Gives everything its final number.
pub(super) fn canonical(
    observer: Observer,
    recorded: &RangeInclusive<u64>,
    outlying: u64,
    names: &Names,
) -> Observations {
    let mut counts = vec![0_u64; observer.dictionary.endpoints.len()];
    for visit in &observer.visits {
        counts[visit.endpoint as usize] += 1;
    }
    let (components, endpoints) = dictionary(&observer.dictionary, &counts, names);
    let traces = renumber(&observer.traces);
    let shapes: Vec<Shape> =
        observer.shapes.iter().map(|shape| renamed(shape, &endpoints.new)).collect();
    let shapes = renumber(&shapes);
    let Observer { mut visits, mut round_trips, mut failures, .. } = observer;
    let endpoint = |old: u32| endpoints.new[old as usize];
    for visit in &mut visits {
        visit.trace = traces.new[visit.trace as usize];
        visit.endpoint = endpoint(visit.endpoint);
        visit.shape = shapes.new[visit.shape as usize];
    }
    for trip in &mut round_trips {
        trip.trace = traces.new[trip.trace as usize];
        (trip.caller, trip.callee) = (endpoint(trip.caller), endpoint(trip.callee));
    }
    for failure in &mut failures {
        failure.trace = traces.new[failure.trace as usize];
        (failure.caller, failure.callee) = (endpoint(failure.caller), endpoint(failure.callee));
    }
    visits.sort_unstable();
    round_trips.sort_unstable();
    failures.sort_unstable();
    let mut entries = vec![0; endpoints.items.len()];
    for (_, old) in &observer.entries {
        entries[endpoint(*old) as usize] += 1;
    }
    Observations {
        components,
        endpoints: endpoints.items,
        shapes: shapes.items,
        traces: traces.items,
        visits,
        round_trips,
        failures,
        entries,
        traces_seen: observer.starts.len() as u64,
        outlying,
        sampled: 1.0,
        first_ns: *recorded.start(),
        last_ns: *recorded.end(),
        gaps: observer.gaps,
    }
}

/// Components by name, and endpoints by component, operation, who asks and level.
fn dictionary(
    dictionary: &Dictionary,
    counts: &[u64],
    names: &Names,
) -> (Vec<Component>, Renumbered<Endpoint>) {
    let text = |symbol| names.text(symbol).to_owned();
    let components = dictionary.components.iter().map(|&key| match key {
        ComponentKey::Service(name) => Component::Service(text(name)),
        ComponentKey::Database(name) => Component::Database(text(name)),
        ComponentKey::DatabaseOf(service, system) => {
            Component::DatabaseOf(text(service), system.map(text))
        }
    });
    let components = renumber(&components.collect::<Vec<_>>());
    let mut endpoints: Vec<Endpoint> = dictionary
        .endpoints
        .iter()
        .map(|key| Endpoint {
            component: components.new[key.component as usize],
            operation: template(names.text(key.operation)),
            asked_by: key.asked_by.map(|caller| template(names.text(caller))),
            level: key.level,
        })
        .collect();
    gather_rare(&mut endpoints, counts);
    (components.items, renumber(&endpoints))
}

/// Makes the rarest operations of components that have too many one.
fn gather_rare(endpoints: &mut [Endpoint], counts: &[u64]) {
    let mut of_component: BTreeMap<u32, BTreeMap<&str, u64>> = BTreeMap::new();
    for (endpoint, count) in endpoints.iter().zip(counts) {
        let operations = of_component.entry(endpoint.component).or_default();
        *operations.entry(&endpoint.operation).or_default() += count;
    }
    let mut rare: Vec<(u32, Vec<String>)> = Vec::new();
    for (component, operations) in of_component {
        if operations.len() > MAX_OPERATIONS {
            let mut by_count: Vec<(&str, u64)> = operations.into_iter().collect();
            by_count.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
            let mut names: Vec<String> =
                by_count[MAX_OPERATIONS - 1..].iter().map(|(name, _)| (*name).to_owned()).collect();
            names.sort_unstable();
            rare.push((component, names));
        }
    }
    for endpoint in endpoints {
        let rare = rare.iter().find(|(component, _)| *component == endpoint.component);
        if rare.is_some_and(|(_, names)| names.binary_search(&endpoint.operation).is_ok()) {
            OTHER.clone_into(&mut endpoint.operation);
            endpoint.asked_by = None;
        }
    }
}

/// The shape with new numbers of endpoints; neighbours that became equal are counted.
fn renamed(shape: &Shape, new: &[u32]) -> Shape {
    let mut stages: Shape = Vec::with_capacity(shape.len());
    for Stage(branches) in shape {
        let mut branches = branches.clone();
        for branch in &mut branches {
            for run in branch.iter_mut() {
                run.target = new[run.target as usize];
            }
            branch.dedup_by(|later, run| {
                let is_same = later.target == run.target && later.waited == run.waited;
                run.count += if is_same { later.count } else { 0 };
                is_same
            });
        }
        branches.sort_unstable();
        let stage = Stage(branches);
        match (stage.single(), stages.last_mut().and_then(Stage::single_mut)) {
            (Some(run), Some(last)) if (last.target, last.waited) == (run.target, run.waited) => {
                last.count += run.count;
            }
            _ => stages.push(stage),
        }
    }
    stages
}
