//! Who depends on whom, in a twin: the graph, and what can be told from it without running anything.
//!
//! Endpoints never call each other in a circle (the language refuses it), so times along paths
//! add up; components may, by different endpoints, and such circles are listed.

mod compare;
mod critical;
mod draw;
mod layout;
mod path;
mod weak;

use std::collections::BTreeMap;

use foreshadow_scenarios::CheckedTwin;
use foreshadow_scenarios::model::twin::Kind;
use foreshadow_sim::plan::{Call, ComponentId, EdgeId, OnFailure, Step};
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use serde::Serialize;

use crate::difference::ValueChange;

pub use critical::{CriticalPath, Leg};
pub use layout::{Layout, Spacing, layout};
pub use weak::WeakPoint;

/// The dependencies of a twin.
#[derive(Debug, Clone)]
pub struct Dependencies {
    /// Name of the system.
    pub system: String,
    /// Parts, and who depends on whom; an edge goes from who depends to what is depended on.
    pub graph: DiGraph<Part, Link>,
    /// The endpoints that only users call, `component.endpoint`.
    pub entries: Vec<String>,
    /// What the time of each entry consists of, where nobody waits in a queue.
    pub critical_paths: Vec<CriticalPath>,
    /// What alone can take entries down, those that take down most first.
    pub weak_points: Vec<WeakPoint>,
    /// Components that depend on each other in a circle.
    pub cycles: Vec<Vec<String>>,
    /// Values that another twin has otherwise, after [`Dependencies::compare`].
    pub changes: Vec<ValueChange>,
}

/// A part of the system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its name in the twin.
    pub name: String,
    /// What it is.
    pub kind: PartKind,
    /// Replicas at first; of a host, those on it.
    pub replicas: usize,
    /// Whether it alone can take an entry down.
    pub is_weak: bool,
    /// Whether it is new, or gone, compared with another twin.
    pub status: Status,
}

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// Own code.
    Service,
    /// A store.
    Database,
    /// A cache behind the network.
    Cache,
    /// Holds messages until they are delivered.
    Queue,
    /// Passes requests on.
    Balancer,
    /// Somebody else's.
    External,
    /// A machine whose cores its replicas share.
    Host,
}

impl From<Kind> for PartKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Service => Self::Service,
            Kind::Database => Self::Database,
            Kind::Cache => Self::Cache,
            Kind::Queue => Self::Queue,
            Kind::Balancer => Self::Balancer,
            Kind::External => Self::External,
        }
    }
}

/// How one part depends on another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// How.
    pub kind: LinkKind,
    /// Whether the one fails when the other does: false where all calls are optional, have a
    /// fallback or a backup.
    pub is_needed: bool,
    /// Whether a critical path goes over it.
    pub is_critical: bool,
    /// Where it is known from, in words: spans, and places in files; empty where the twin does not say.
    pub origins: Vec<String>,
    /// Whether it is new, or gone, compared with another twin.
    pub status: Status,
}

impl Link {
    fn new(kind: LinkKind, is_needed: bool) -> Self {
        Self { kind, is_needed, is_critical: false, origins: Vec::new(), status: Status::Same }
    }
}

/// Kinds of dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// A call that is waited for.
    Synchronous,
    /// A call of a store or a cache.
    Data,
    /// A message that nobody waits for.
    Asynchronous,
    /// Cores of a machine that others use, too.
    SharedResource,
    /// Only said to be there: no step calls it.
    Declared,
}

/// Whether something is in both of two twins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In both, or nothing was compared.
    #[default]
    Same,
    /// Only in the newer.
    Added,
    /// Only in the older.
    Removed,
}

impl Dependencies {
    /// The dependencies of a twin.
    #[must_use]
    pub fn of(twin: &CheckedTwin) -> Self {
        let kinds = kinds(twin);
        let mut graph = DiGraph::new();
        for (id, name) in twin.names.components.iter().enumerate() {
            let replicas = twin.plan.components[id].replicas.len();
            let (name, kind) = (name.clone(), kinds[id]);
            let status = Status::Same;
            graph.add_node(Part { name, kind, replicas, is_weak: false, status });
        }
        for ((caller, callee, kind), is_needed) in calls(twin, &kinds) {
            let link = Link::new(kind, is_needed);
            graph.add_edge(NodeIndex::new(caller), NodeIndex::new(callee), link);
        }
        add_origins(twin, &mut graph);
        add_hosts(twin, &mut graph);
        let cycles = cycles(&graph);
        let critical_paths = critical::paths(twin, &mut graph);
        let weak_points = weak::points(twin);
        for point in &weak_points {
            if let Some(part) = graph.node_weights_mut().find(|part| part.name == point.part) {
                part.is_weak = true;
            }
        }
        let (system, entries) = (twin.twin.name.clone(), twin.entries.clone());
        let changes = Vec::new();
        Self { system, graph, entries, critical_paths, weak_points, cycles, changes }
    }
}

/// What each component is, by its index in the plan.
fn kinds(twin: &CheckedTwin) -> Vec<PartKind> {
    let mut kinds = vec![PartKind::Service; twin.names.components.len()];
    let index: BTreeMap<&str, usize> =
        twin.names.components.iter().enumerate().map(|(id, name)| (name.as_str(), id)).collect();
    for (name, component) in twin.twin.components.iter() {
        if let (Some(kind), Some(&id)) = (component.kind, index.get(name.value.as_str())) {
            kinds[id] = kind.into();
        }
    }
    kinds
}

/// Who calls whom and how; and whether any such call is needed.
fn calls(
    twin: &CheckedTwin,
    kinds: &[PartKind],
) -> BTreeMap<(ComponentId, ComponentId, LinkKind), bool> {
    let plan = &twin.plan;
    let mut calls = BTreeMap::new();
    for endpoint in &plan.endpoints {
        each_call(&endpoint.steps, &mut |call, waited| {
            let callee = plan.endpoints[call.endpoint].component;
            // A queue is waited for until it has accepted, and delivers for nobody who waits.
            let delivers = plan.components[endpoint.component].acknowledges;
            let kind = match kinds[callee] {
                _ if !waited || delivers => LinkKind::Asynchronous,
                PartKind::Queue => LinkKind::Asynchronous,
                PartKind::Database | PartKind::Cache => LinkKind::Data,
                _ => LinkKind::Synchronous,
            };
            let is_needed = calls.entry((endpoint.component, callee, kind)).or_insert(false);
            *is_needed |= waited && !delivers && fails_without(call);
            if let Some((backup, _)) = call.backup {
                let backup = plan.endpoints[backup].component;
                calls.entry((endpoint.component, backup, kind)).or_insert(false);
            }
        });
    }
    calls
}

/// Whether the caller fails when the call does.
fn fails_without(call: &Call) -> bool {
    call.probability > 0.0 && call.backup.is_none() && call.on_failure == OnFailure::Fail
}

/// All calls of some steps, and whether each is waited for.
fn each_call(steps: &[Step], see: &mut impl FnMut(&Call, bool)) {
    for step in steps {
        match step {
            Step::Work(_) | Step::Think(_) => {}
            Step::Publish(call) => see(call, false),
            Step::Call(call) => {
                see(call, true);
                if let OnFailure::Fallback(steps) = &call.on_failure {
                    each_call(steps, see);
                }
            }
            Step::Parallel(branches) => branches.iter().for_each(|steps| each_call(steps, see)),
            Step::Choose(options) => options.iter().for_each(|(_, steps)| each_call(steps, see)),
            Step::Cache(cache) => each_call(&cache.miss, see),
        }
    }
}

/// Adds where links are known from, and the links that are only said to be there.
fn add_origins(twin: &CheckedTwin, graph: &mut DiGraph<Part, Link>) {
    let index = |name: &str| twin.names.components.iter().position(|known| known == name);
    for (name, component) in twin.twin.components.iter() {
        for (callee, origins) in component.depends_on.iter() {
            let (Some(from), Some(to)) = (index(name), index(callee)) else { continue };
            let (from, to) = (NodeIndex::new(from), NodeIndex::new(to));
            let known: Vec<_> = graph.edges_connecting(from, to).map(|edge| edge.id()).collect();
            for &edge in &known {
                graph[edge].origins.clone_from(origins);
            }
            if known.is_empty() {
                let link = Link::new(LinkKind::Declared, false);
                graph.add_edge(from, to, Link { origins: origins.clone(), ..link });
            }
        }
    }
}

/// Adds the machines that several components share, with a link from each of those.
fn add_hosts(twin: &CheckedTwin, graph: &mut DiGraph<Part, Link>) {
    for (host, (name, declared)) in twin.twin.hosts.iter().enumerate() {
        let on_it = |id: &ComponentId| {
            let places = &twin.plan.components[*id].replicas;
            places.iter().filter(|place| place.host == Some(host)).count()
        };
        let guests: Vec<ComponentId> =
            (0..twin.plan.components.len()).filter(|id| on_it(id) > 0).collect();
        if guests.len() < 2 || declared.cores.is_none() {
            continue;
        }
        let part = graph.add_node(Part {
            name: name.value.clone(),
            kind: PartKind::Host,
            replicas: guests.iter().map(on_it).sum(),
            is_weak: false,
            status: Status::Same,
        });
        for guest in guests {
            let link = Link::new(LinkKind::SharedResource, false);
            graph.add_edge(NodeIndex::new(guest), part, link);
        }
    }
}

/// Components that depend on each other in a circle.
fn cycles(graph: &DiGraph<Part, Link>) -> Vec<Vec<String>> {
    let mut cycles: Vec<Vec<String>> = tarjan_scc(graph)
        .into_iter()
        .filter(|parts| parts.len() > 1 || graph.contains_edge(parts[0], parts[0]))
        .map(|parts| parts.into_iter().map(|part| graph[part].name.clone()).collect())
        .collect();
    for names in &mut cycles {
        names.sort();
    }
    cycles.sort();
    cycles
}

/// The component that an edge of the plan leads to.
fn callee(twin: &CheckedTwin, edge: EdgeId) -> ComponentId {
    twin.plan.edges[edge].callee
}

#[cfg(test)]
mod tests;
