//! What is otherwise in another twin: parts, links, and values.

use std::collections::BTreeMap;

use foreshadow_scenarios::CheckedTwin;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use super::{Dependencies, Link, LinkKind, Part, Status};
use crate::difference::differences;

impl Dependencies {
    /// The dependencies of `new`, with what is new, gone or otherwise since `old`.
    #[must_use]
    pub fn compare(old: &CheckedTwin, new: &CheckedTwin) -> Self {
        let before = Self::of(old);
        let mut after = Self::of(new);
        merge(&before.graph, &mut after.graph);
        after.changes = differences(&old.tree, &new.tree);
        after
    }
}

/// Marks what only `after` has, and adds what only `before` has.
fn merge(before: &DiGraph<Part, Link>, after: &mut DiGraph<Part, Link>) {
    let names = |graph: &DiGraph<Part, Link>| -> BTreeMap<String, NodeIndex> {
        graph.node_indices().map(|node| (graph[node].name.clone(), node)).collect()
    };
    let (old, mut new) = (names(before), names(after));
    for (name, node) in &new {
        if !old.contains_key(name) {
            after[*node].status = Status::Added;
        }
    }
    for (name, node) in &old {
        if !new.contains_key(name) {
            let gone = Part { status: Status::Removed, is_weak: false, ..before[*node].clone() };
            new.insert(name.clone(), after.add_node(gone));
        }
    }
    let links = |graph: &DiGraph<Part, Link>| -> BTreeMap<(String, String, LinkKind), Link> {
        let key = |edge: petgraph::graph::EdgeReference<'_, Link>| {
            let name = |node: NodeIndex| graph[node].name.clone();
            ((name(edge.source()), name(edge.target()), edge.weight().kind), edge.weight().clone())
        };
        graph.edge_references().map(key).collect()
    };
    let (old, known) = (links(before), links(after));
    for edge in after.edge_indices() {
        let (from, to) = after.edge_endpoints(edge).unwrap_or_default();
        let key = (after[from].name.clone(), after[to].name.clone(), after[edge].kind);
        if !old.contains_key(&key) {
            after[edge].status = Status::Added;
        }
    }
    for (key, link) in old {
        if !known.contains_key(&key) {
            let gone = Link { status: Status::Removed, is_critical: false, ..link };
            after.add_edge(new[&key.0], new[&key.1], gone);
        }
    }
}
