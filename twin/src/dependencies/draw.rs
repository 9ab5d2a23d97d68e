//! The graph in forms that other programs read or show.

mod dot;
mod mermaid;
mod svg;

use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use serde_json::{Value, json};

use super::{Dependencies, Link, LinkKind, Part, PartKind, Status};

impl Dependencies {
    /// For Graphviz.
    #[must_use]
    pub fn to_dot(&self) -> String {
        dot::draw(self)
    }

    /// For Mermaid, as Markdown of many forges shows it.
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        mermaid::draw(self)
    }

    /// A picture of its own, for light and dark pages.
    #[must_use]
    pub fn to_svg(&self) -> String {
        svg::draw(self)
    }

    /// Everything that is known, for programs.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let name = |node: NodeIndex| self.graph[node].name.as_str();
        let links: Vec<Value> = self
            .graph
            .edge_references()
            .map(|edge| {
                let link = edge.weight();
                json!({
                    "from": name(edge.source()), "to": name(edge.target()), "kind": link.kind,
                    "is_needed": link.is_needed, "is_critical": link.is_critical,
                    "origins": link.origins,
                    "status": link.status,
                })
            })
            .collect();
        json!({
            "system": self.system,
            "parts": self.graph.node_weights().collect::<Vec<&Part>>(),
            "links": links,
            "entries": self.entries,
            "critical_paths": self.critical_paths,
            "weak_points": self.weak_points,
            "cycles": self.cycles,
            "changes": self.changes,
        })
    }
}

/// A part in words: `payment ×2`.
fn label(part: &Part) -> String {
    let Part { name, kind, replicas, status, .. } = part;
    let mark = match status {
        Status::Same => "",
        Status::Added => "+ ",
        Status::Removed => "− ",
    };
    match (kind, replicas) {
        (PartKind::External | PartKind::Host, _) | (_, 1) => format!("{mark}{name}"),
        _ => format!("{mark}{name} ×{replicas}"),
    }
}

/// What a part is, in a word.
const fn kind_name(kind: PartKind) -> &'static str {
    match kind {
        PartKind::Service => "service",
        PartKind::Database => "database",
        PartKind::Cache => "cache",
        PartKind::Queue => "queue",
        PartKind::Balancer => "balancer",
        PartKind::External => "external",
        PartKind::Host => "host",
    }
}

impl Link {
    /// What it is, and where it is known from: `synchronous; spans: 12 calls; shop.k8s.yaml:7`.
    #[must_use]
    pub fn describe(&self) -> String {
        let words =
            std::iter::once(link_name(self.kind)).chain(self.origins.iter().map(String::as_str));
        words.collect::<Vec<_>>().join("; ")
    }
}

/// What a link is, in a word.
const fn link_name(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::Synchronous => "synchronous",
        LinkKind::Data => "data",
        LinkKind::Asynchronous => "asynchronous",
        LinkKind::SharedResource => "shared resource",
        LinkKind::Declared => "only declared",
    }
}
