//! Graphviz.

use std::fmt::Write;

use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;

use super::super::{Dependencies, Link, LinkKind, Part, PartKind, Status};
use super::label;

pub(super) fn draw(dependencies: &Dependencies) -> String {
    let Dependencies { system, graph, .. } = dependencies;
    let mut text = format!(
        "digraph {} {{\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n",
        quoted(system)
    );
    for node in graph.node_indices() {
        let part = &graph[node];
        let (shape, look) = (shape(part.kind), look(part));
        let (name, label) = (quoted(&part.name), quoted(&label(part)));
        let _ = writeln!(text, "  {name} [label={label}, shape={shape}{look}];");
    }
    for edge in graph.edge_references() {
        let name = |node: NodeIndex| quoted(&graph[node].name);
        let (from, to) = (name(edge.source()), name(edge.target()));
        let _ = writeln!(text, "  {from} -> {to} [{}];", line(edge.weight()));
    }
    text + "}\n"
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

const fn shape(kind: PartKind) -> &'static str {
    match kind {
        PartKind::Service => "box",
        PartKind::Database | PartKind::Cache => "cylinder",
        PartKind::Queue => "cds",
        PartKind::Balancer => "hexagon",
        PartKind::External => "ellipse",
        PartKind::Host => "box3d",
    }
}

const fn look(part: &Part) -> &'static str {
    match (part.status, part.is_weak) {
        (Status::Added, _) => ", color=darkgreen, fontcolor=darkgreen",
        (Status::Removed, _) => ", color=gray, fontcolor=gray",
        (Status::Same, true) => ", color=firebrick, penwidth=2",
        (Status::Same, false) => "",
    }
}

fn line(link: &Link) -> String {
    let mut line = format!("tooltip={}", quoted(&link.describe()));
    line += match link.kind {
        LinkKind::Synchronous => "",
        LinkKind::Data => ", arrowhead=diamond",
        LinkKind::Asynchronous => ", style=dashed, arrowhead=open",
        LinkKind::SharedResource => ", style=dotted, arrowhead=none",
        LinkKind::Declared => ", style=dotted, arrowhead=open, constraint=false",
    };
    line += match (link.is_needed, link.kind) {
        (false, LinkKind::Synchronous | LinkKind::Data) => ", label=optional",
        _ => "",
    };
    line += match (link.status, link.is_critical) {
        (Status::Added, _) => ", color=darkgreen",
        (Status::Removed, _) => ", color=gray, style=dashed",
        (Status::Same, true) => ", penwidth=2",
        (Status::Same, false) => "",
    };
    line
}
