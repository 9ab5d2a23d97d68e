//! What is otherwise in another twin: parts, links, and values by their address.

use std::collections::BTreeMap;

use foreshadow_scenarios::CheckedTwin;
use foreshadow_scenarios::node::{Node, Value};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use serde::Serialize;

use super::{Dependencies, Link, LinkKind, Part, Status};

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValueChange {
    /// Where, as for `--set`.
    pub address: String,
    /// What stands there in the older twin, in YAML; nothing where it is new.
    pub before: Option<String>,
    /// What stands there in the newer.
    pub after: Option<String>,
}

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

/// The values of two twins that differ, in the order of the newer file and then of the older.
fn differences(old: &Node, new: &Node) -> Vec<ValueChange> {
    let mut changes = Vec::new();
    // A component that is new or gone is a part that is new or gone, and is not listed again.
    for (name, component) in new.get("components").map_or(&[][..], Node::entries) {
        let before = old.get("components").and_then(|components| components.get(&name.name));
        if let Some(before) = before {
            walk(name.name.clone(), before, component, &mut changes);
        }
    }
    for section in ["network", "zones", "hosts"] {
        differ(section.to_owned(), old.get(section), new.get(section), &mut changes);
    }
    changes
}

fn walk(at: String, old: &Node, new: &Node, changes: &mut Vec<ValueChange>) {
    match (&old.value, &new.value) {
        (Value::Map(before), Value::Map(after)) => {
            let under = |name: &str| format!("{at}.{name}");
            for (key, value) in after {
                differ(under(&key.name), old.get(&key.name), Some(value), changes);
            }
            for (key, value) in before {
                if new.get(&key.name).is_none() {
                    differ(under(&key.name), Some(value), None, changes);
                }
            }
        }
        (Value::Seq(before), Value::Seq(after)) => {
            for index in 0..before.len().max(after.len()) {
                differ(format!("{at}[{index}]"), before.get(index), after.get(index), changes);
            }
        }
        _ => {
            let (before, after) = (old.to_string(), new.to_string());
            if before != after {
                changes.push(ValueChange { address: at, before: Some(before), after: Some(after) });
            }
        }
    }
}

fn differ(at: String, old: Option<&Node>, new: Option<&Node>, changes: &mut Vec<ValueChange>) {
    match (old, new) {
        (Some(old), Some(new)) => walk(at, old, new, changes),
        (None, None) => {}
        (before, after) => changes.push(ValueChange {
            address: at,
            before: before.map(ToString::to_string),
            after: after.map(ToString::to_string),
        }),
    }
}
