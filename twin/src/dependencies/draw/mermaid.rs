//! Mermaid.

use std::fmt::Write;

use petgraph::visit::EdgeRef;

use super::super::{Dependencies, LinkKind, PartKind, Status};
use super::label;

pub(super) fn draw(dependencies: &Dependencies) -> String {
    let Dependencies { graph, .. } = dependencies;
    let mut text = String::from("flowchart LR\n");
    for node in graph.node_indices() {
        let part = &graph[node];
        let (open, close) = brackets(part.kind);
        let label = label(part).replace('"', "#quot;");
        let class = match (part.status, part.is_weak) {
            (Status::Added, _) => ":::added",
            (Status::Removed, _) => ":::removed",
            (Status::Same, true) => ":::weak",
            (Status::Same, false) => "",
        };
        let _ = writeln!(text, "  p{}{open}\"{label}\"{close}{class}", node.index());
    }
    for edge in graph.edge_references() {
        let link = edge.weight();
        let arrow = match (link.kind, link.is_critical) {
            (LinkKind::Asynchronous | LinkKind::Declared, _) => "-.->",
            (LinkKind::SharedResource, _) => "-.-",
            (_, true) => "==>",
            (_, false) => "-->",
        };
        let is_optional =
            !link.is_needed && matches!(link.kind, LinkKind::Synchronous | LinkKind::Data);
        let note = match (link.status, is_optional) {
            (Status::Added, _) => "|new|",
            (Status::Removed, _) => "|gone|",
            (Status::Same, true) => "|optional|",
            (Status::Same, false) if link.kind == LinkKind::Declared => "|declared|",
            (Status::Same, false) => "",
        };
        let (from, to) = (edge.source().index(), edge.target().index());
        let _ = writeln!(text, "  p{from} {arrow}{note} p{to}");
    }
    text += "  classDef weak stroke:#c0392b,stroke-width:2px\n";
    text += "  classDef added stroke:#1e8449,color:#1e8449\n";
    text += "  classDef removed stroke:#999,color:#999,stroke-dasharray:4\n";
    text
}

const fn brackets(kind: PartKind) -> (&'static str, &'static str) {
    match kind {
        PartKind::Service => ("[", "]"),
        PartKind::Database | PartKind::Cache => ("[(", ")]"),
        PartKind::Queue => (">", "]"),
        PartKind::Balancer => ("{{", "}}"),
        PartKind::External => ("([", "])"),
        PartKind::Host => ("[[", "]]"),
    }
}
