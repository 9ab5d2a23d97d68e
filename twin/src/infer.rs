//! Observations to a model: structure, laws, and what was seen of each component.

use std::collections::{BTreeMap, BTreeSet};

use crate::law::fit;
use crate::model::{Component, Edge, Endpoint, Model, Seen};
use crate::names;
use crate::observe::{self, Observations, Stage, View, Visit};

mod circles;
mod peak;
mod queue;
mod steps;
mod variants;

pub(crate) use queue::{Slots, without_waits};

/// Names of components and endpoints, by their number in the observations.
#[derive(Debug)]
pub(crate) struct Labels {
    pub(crate) components: Vec<String>,
    /// Without their component.
    pub(crate) endpoints: Vec<String>,
    /// `component.endpoint`
    pub(crate) full: Vec<String>,
}

impl Labels {
    /// Names that are distinct and do not change when the order of files does.
    pub(crate) fn of(all: &Observations) -> Self {
        let wanted: Vec<(String, String)> = all
            .components
            .iter()
            .map(|component| {
                let name = match component {
                    observe::Component::Service(name) | observe::Component::Database(name) => {
                        names::component(name)
                    }
                    observe::Component::DatabaseOf(service, system) => {
                        let system = system.as_deref().unwrap_or("db");
                        names::component(&format!("{service}_{system}"))
                    }
                };
                let long =
                    if component.is_database() { format!("{name}_db") } else { name.clone() };
                (name, long)
            })
            .collect();
        let components = names::distinct(&wanted);
        let mut endpoints = vec![String::new(); all.endpoints.len()];
        for (id, component) in all.components.iter().enumerate() {
            let of_it = all.endpoints.iter().enumerate();
            let of_it = of_it.filter(|(_, endpoint)| endpoint.component as usize == id);
            let (ids, wanted): (Vec<usize>, Vec<_>) =
                of_it.map(|(i, endpoint)| (i, endpoint_names(component, endpoint))).unzip();
            for (i, name) in ids.into_iter().zip(names::distinct(&wanted)) {
                endpoints[i] = name;
            }
        }
        let full =
            all.endpoints.iter().zip(&endpoints).map(|(endpoint, name)| {
                format!("{}.{name}", components[endpoint.component as usize])
            });
        Self { full: full.collect(), components, endpoints }
    }
}

fn endpoint_names(
    component: &observe::Component,
    endpoint: &observe::Endpoint,
) -> (String, String) {
    let (short, long) = if let observe::Component::Service(service) = component {
        names::endpoint(service, &endpoint.operation)
    } else {
        let name = names::statement(&endpoint.operation);
        let long = endpoint.asked_by.as_ref().map(|caller| names::asked(&name, caller));
        (name.clone(), long.unwrap_or(name))
    };
    match endpoint.level {
        0 => (short, long),
        level => (format!("{short}_{}", level + 1), format!("{long}_{}", level + 1)),
    }
}

/// Learns the model of what `view` shows.
pub(crate) fn infer(view: View<'_>, labels: &Labels) -> Model {
    let all = view.all;
    let circles = circles::cut(view);
    let mut of_endpoint: Vec<Vec<&Visit>> = vec![Vec::new(); all.endpoints.len()];
    let slots = queue::slots(view);
    let values = slots.iter().map(|(component, slots)| (*component, slots.value)).collect();
    let visits = without_waits(view, &values);
    for visit in visits.iter() {
        of_endpoint[visit.endpoint as usize].push(visit);
    }
    let stations = peak::stations(view);
    let optional = optional_calls(view);
    let mut edges = edges(view, labels, &circles.removed);
    let mut merged = 0;
    let mut components: Vec<Component> = all
        .components
        .iter()
        .enumerate()
        .map(|(id, component)| Component {
            name: labels.components[id].clone(),
            is_database: component.is_database(),
            title: title(component),
            spans: match component {
                observe::Component::Service(name) => Some(name.clone()),
                _ => None,
            },
            instances: stations[id].instances,
            peak: stations[id].peak,
            slots: slots.get(&(id as u32)).copied(),
            endpoints: Vec::new(),
            clients: edges.remove(&(id as u32)).unwrap_or_default(),
            ..Component::default()
        })
        .collect();
    for (id, visits) in of_endpoint.iter().enumerate().filter(|(_, visits)| !visits.is_empty()) {
        let variants = variants::variants(visits, &all.shapes, id as u32, &circles.removed);
        merged += variants.iter().map(|variant| variant.merged).sum::<usize>();
        let endpoint = &all.endpoints[id];
        components[endpoint.component as usize].endpoints.push(Endpoint {
            name: labels.endpoints[id].clone(),
            id,
            operation: endpoint.operation.clone(),
            asked_by: endpoint.asked_by.clone(),
            level: endpoint.level,
            seen: seen(visits, all.rate(id)),
            steps: steps::steps(
                &variants,
                &steps::Context { labels, optional: &optional, endpoint: id },
            ),
        });
    }
    components.retain(|component| !component.endpoints.is_empty());
    components.sort_by(|a, b| (a.is_database, &a.name).cmp(&(b.is_database, &b.name)));
    Model {
        zones: Vec::new(),
        hosts: Vec::new(),
        components,
        merged_share: merged as f64 / view.visits.len().max(1) as f64,
        cut: circles.named(labels),
    }
}

fn title(component: &observe::Component) -> Option<String> {
    match component {
        observe::Component::Service(_) => None,
        observe::Component::Database(name) => {
            Some(format!("Database {name}, as its clients' spans show it"))
        }
        observe::Component::DatabaseOf(service, system) => {
            let system = system.as_deref().unwrap_or("SQL");
            Some(format!("Database of {service} ({system}); its name is not in the spans"))
        }
    }
}

/// What was seen of an endpoint, from its visits.
fn seen(visits: &[&Visit], entry_rate: f64) -> Seen {
    let mut times: Vec<u64> = visits.iter().map(|visit| visit.duration_ns).collect();
    times.sort_unstable();
    Seen {
        visits: visits.len(),
        failed: visits.iter().filter(|visit| visit.failed).count(),
        failed_alone: visits.iter().filter(|visit| visit.failed_alone()).count(),
        p50: quantile(&times, 0.5),
        p95: quantile(&times, 0.95),
        p99: quantile(&times, 0.99),
        entry_rate,
    }
}

/// The smallest of `sorted` with at least the share `q` at or below it.
pub(crate) fn quantile(sorted: &[u64], q: f64) -> f64 {
    let rank = (q * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1] as f64
}

/// Calls (caller, callee) that mostly failed without failing their caller.
fn optional_calls(view: View<'_>) -> BTreeSet<(u32, u32)> {
    /// Fewer tolerated failures than this say nothing.
    const LEAST: usize = 3;
    let mut counts: BTreeMap<(u32, u32), (usize, usize)> = BTreeMap::new();
    for failure in view.failures {
        let (failed, tolerated) = counts.entry((failure.caller, failure.callee)).or_default();
        *failed += 1;
        *tolerated += usize::from(failure.tolerated);
    }
    let is_optional =
        |&(failed, tolerated): &(usize, usize)| tolerated >= LEAST && 2 * tolerated > failed;
    counts.into_iter().filter(|(_, count)| is_optional(count)).map(|(call, _)| call).collect()
}

/// Edges by calling component, in order of the callee's name.
fn edges(
    view: View<'_>,
    labels: &Labels,
    removed: &BTreeSet<(u32, u32)>,
) -> BTreeMap<u32, Vec<Edge>> {
    let all = view.all;
    let component = |endpoint: u32| all.endpoints[endpoint as usize].component;
    let mut calls: BTreeMap<(u32, u32), (usize, Vec<f64>)> = BTreeMap::new();
    for visit in view.visits {
        let runs = all.shapes[visit.shape as usize].iter().flat_map(Stage::runs);
        for run in runs.filter(|run| run.waited && !removed.contains(&(visit.endpoint, run.target)))
        {
            let edge = (component(visit.endpoint), component(run.target));
            calls.entry(edge).or_default().0 += run.count as usize;
        }
    }
    for trip in view.round_trips {
        if let Some((_, trips)) = calls.get_mut(&(component(trip.caller), component(trip.callee))) {
            trips.push(trip.nanos as f64);
        }
    }
    let mut edges: BTreeMap<u32, Vec<Edge>> = BTreeMap::new();
    for ((caller, callee), (calls, trips)) in calls {
        // Where most calls have no client span, their caller already saw the server's time alone.
        let network = if 2 * trips.len() >= calls { fit(&trips) } else { None };
        let callee = labels.components[callee as usize].clone();
        let edge = Edge { callee, calls, measured: trips.len(), network, policy: Vec::new() };
        edges.entry(caller).or_default().push(edge);
    }
    for edges in edges.values_mut() {
        edges.sort_by(|a, b| a.callee.cmp(&b.callee));
    }
    edges
}
