//! The dependency graph: components and who calls whom.

use std::collections::BTreeMap;

use petgraph::graph::{DiGraph, NodeIndex};

use crate::infer::Labels;
use crate::observe::{Stage, View};

/// A component of the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name in the twin.
    pub component: String,
    /// Whether it is a database that only its clients' spans show.
    pub is_database: bool,
}

/// Calls of one component by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dependency {
    /// What is called.
    pub kind: DependencyKind,
    /// Calls seen.
    pub calls: u64,
    /// Those that failed.
    pub failed: u64,
}

/// Kinds of dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DependencyKind {
    /// A service that sends spans, waited for.
    Service,
    /// A service that sends spans, not waited for.
    Asynchronous,
    /// A database.
    Database,
}

/// Who depends on whom; an edge goes from caller to called.
pub type Graph = DiGraph<Node, Dependency>;

/// The pairs of services with calls between them, by name.
#[must_use]
pub fn service_edges(graph: &Graph) -> Vec<(&str, &str)> {
    let ends = graph.edge_indices().filter_map(|edge| {
        let (caller, callee) = graph.edge_endpoints(edge)?;
        let is_service = graph[edge].kind != DependencyKind::Database;
        let name = |node: NodeIndex| graph[node].component.as_str();
        is_service.then(|| (name(caller), name(callee)))
    });
    let mut pairs: Vec<_> = ends.collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// The graph of all calls seen.
pub(crate) fn graph(view: View<'_>, labels: &Labels) -> Graph {
    let all = view.all;
    let component = |endpoint: u32| all.endpoints[endpoint as usize].component;
    let mut calls: BTreeMap<(u32, u32, DependencyKind), (u64, u64)> = BTreeMap::new();
    let kind = |callee: u32, waited: bool| match all.components[callee as usize].is_database() {
        true => DependencyKind::Database,
        false if waited => DependencyKind::Service,
        false => DependencyKind::Asynchronous,
    };
    for visit in view.visits {
        for run in all.shapes[visit.shape as usize].iter().flat_map(Stage::runs) {
            let callee = component(run.target);
            let edge = (component(visit.endpoint), callee, kind(callee, run.waited));
            calls.entry(edge).or_default().0 += u64::from(run.count);
        }
    }
    for failure in view.failures {
        let ends = (component(failure.caller), component(failure.callee));
        let mut known = calls.range_mut(
            (ends.0, ends.1, DependencyKind::Service)..=(ends.0, ends.1, DependencyKind::Database),
        );
        if let Some((_, (_, failed))) = known.next() {
            *failed += 1;
        }
    }
    let mut graph = Graph::new();
    let nodes: Vec<NodeIndex> = all
        .components
        .iter()
        .zip(&labels.components)
        .map(|(component, name)| {
            graph.add_node(Node { component: name.clone(), is_database: component.is_database() })
        })
        .collect();
    for ((caller, callee, kind), (calls, failed)) in calls {
        graph.add_edge(
            nodes[caller as usize],
            nodes[callee as usize],
            Dependency { kind, calls, failed },
        );
    }
    graph
}
