//! A picture: no script, no font and no file beside it.

use std::fmt::Write;

use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;

use super::super::layout::{Spacing, layout};
use super::super::{Dependencies, Link, LinkKind, Part, PartKind, Status};
use super::{kind_name, label, link_name};

const SPACING: Spacing = Spacing { layers: 84.0, parts: 44.0, links: 22.0 };
/// Height of a part \[px\].
const HEIGHT: f64 = 30.0;
/// Around everything \[px\].
const MARGIN: f64 = 24.0;
/// Name of the system \[px\].
const TITLE: f64 = 34.0;
/// What lines and colours mean \[px\].
const LEGEND: f64 = 44.0;
/// The least width, for the legend \[px\].
const LEAST_WIDTH: f64 = 990.0;

const STYLE: &str = "
  svg { color-scheme: light dark; }
  .page { fill: #ffffff; }
  text { font: 13px system-ui, sans-serif; fill: #1f2933; }
  .title { font-size: 17px; font-weight: 600; }
  .note { font-size: 11px; fill: #52606d; }
  .part { fill: #f5f7fa; stroke: #7b8794; }
  .database, .cache { fill: #e3f2fd; }
  .queue { fill: #fff4de; }
  .external { fill: #f3e8fd; }
  .balancer { fill: #e6f6ec; }
  .host { fill: none; stroke-dasharray: 2 3; }
  .weak { stroke: #c0392b; stroke-width: 2.2; }
  .added { stroke: #1e8449; stroke-width: 2; }
  .removed { stroke: #9aa5b1; stroke-dasharray: 4 3; }
  .link { fill: none; stroke: #9aa5b1; stroke-width: 1.2; }
  .critical { stroke: #323f4b; stroke-width: 2.2; }
  .asynchronous { stroke-dasharray: 7 4; }
  .shared { stroke-dasharray: 2 3; }
  .declared { stroke-dasharray: 1 5; stroke-linecap: round; }
  .head { fill: #7b8794; }
  .optional { stroke-opacity: 0.55; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #14191f; }
    text { fill: #e4e7eb; }
    .note { fill: #9aa5b1; }
    .part { fill: #232b34; stroke: #7b8794; }
    .database, .cache { fill: #15324a; }
    .queue { fill: #46371a; }
    .external { fill: #3a2a4d; }
    .balancer { fill: #1d3b2a; }
    .host { fill: none; }
    .weak { stroke: #ff7b6b; }
    .added { stroke: #58c98b; }
    .link { stroke: #616e7c; }
    .critical { stroke: #cbd2d9; }
  }
";

pub(super) fn draw(dependencies: &Dependencies) -> String {
    let Dependencies { system, graph, .. } = dependencies;
    let widths: Vec<f64> = graph.node_weights().map(|part| width(&label(part))).collect();
    let layout = layout(graph, &widths, SPACING);
    let (width, height) = (
        (layout.width + 2.0 * MARGIN).max(LEAST_WIDTH),
        layout.height + HEIGHT + TITLE + LEGEND + 2.0 * MARGIN,
    );
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\">\n<title>Dependencies of {0}</title>\n\
         <style>{STYLE}</style>\n\
         <defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7.5\" refY=\"4\" markerWidth=\"8\" \
         markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">\
         <path class=\"head\" d=\"M0 0.5L8 4L0 7.5z\"/></marker></defs>\n\
         <rect class=\"page\" width=\"100%\" height=\"100%\"/>\n\
         <text class=\"title\" x=\"{MARGIN}\" y=\"{1}\">{0}</text>\n",
        escaped(system),
        MARGIN + 12.0,
    );
    let top = MARGIN + TITLE + HEIGHT / 2.0;
    for (index, edge) in graph.edge_references().enumerate() {
        let ends = [edge.source(), edge.target()].map(NodeIndex::index);
        let names = ends.map(|end| graph[NodeIndex::new(end)].name.as_str());
        let ends = ends.map(|end| widths[end]);
        let path = layout.link_path(index, ends, HEIGHT, (MARGIN, top));
        let _ = writeln!(
            text,
            "<path class=\"{}\" d=\"{path}\"{}><title>{} → {}: {}</title></path>",
            link_class(edge.weight()),
            marker(edge.weight()),
            escaped(names[0]),
            escaped(names[1]),
            link_title(edge.weight()),
        );
    }
    for (part, (&(x, y), width)) in graph.node_weights().zip(layout.parts.iter().zip(&widths)) {
        text += &block(part, (x + MARGIN, y + top), *width);
    }
    text += &legend(height - MARGIN);
    text + "</svg>\n"
}

/// How wide a part has to be \[px\]: letters of 13 px are 7.4 px wide in the mean, rarely more.
fn width(label: &str) -> f64 {
    label.chars().count() as f64 * 7.4 + 24.0
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn link_class(link: &Link) -> String {
    let mut class = String::from("link");
    class += match link.kind {
        LinkKind::Synchronous | LinkKind::Data => "",
        LinkKind::Asynchronous => " asynchronous",
        LinkKind::SharedResource => " shared",
        LinkKind::Declared => " declared",
    };
    class += if link.is_critical { " critical" } else { "" };
    class += if is_optional(link) { " optional" } else { "" };
    class + status_class(link.status)
}

const fn is_optional(link: &Link) -> bool {
    !link.is_needed && matches!(link.kind, LinkKind::Synchronous | LinkKind::Data)
}

const fn status_class(status: Status) -> &'static str {
    match status {
        Status::Same => "",
        Status::Added => " added",
        Status::Removed => " removed",
    }
}

fn link_title(link: &Link) -> String {
    let mut title = String::from(link_name(link.kind));
    title += if is_optional(link) { ", not needed" } else { "" };
    title += if link.is_critical { ", on a critical path" } else { "" };
    for origin in &link.origins {
        title += &format!("; {}", escaped(origin));
    }
    title
}

const fn marker(link: &Link) -> &'static str {
    match link.kind {
        LinkKind::SharedResource => "",
        _ => " marker-end=\"url(#head)\"",
    }
}

fn block(part: &Part, (x, y): (f64, f64), width: f64) -> String {
    let kind = kind_name(part.kind);
    let mut class = format!("part {kind}");
    class += if part.is_weak { " weak" } else { "" };
    class += status_class(part.status);
    let (left, up) = (x - width / 2.0, y - HEIGHT / 2.0);
    let round = if part.kind == PartKind::External { HEIGHT / 2.0 } else { 5.0 };
    let replicas = match part.replicas {
        1 => String::from("one replica"),
        n => format!("{n} replicas"),
    };
    let weak = if part.is_weak { ", a single point of failure" } else { "" };
    format!(
        "<g><title>{}: {kind}, {replicas}{weak}</title>\
         <rect class=\"{class}\" x=\"{left:.1}\" y=\"{up:.1}\" width=\"{width:.1}\" \
         height=\"{HEIGHT}\" rx=\"{round}\"/>\
         <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text></g>\n",
        escaped(&part.name),
        y + 4.5,
        escaped(&label(part)),
    )
}

/// What lines and colours mean.
fn legend(y: f64) -> String {
    let lines = [
        ("link critical", "on a critical path"),
        ("link", "waited for"),
        ("link optional", "not needed"),
        ("link asynchronous", "asynchronous"),
        ("link shared", "shared host"),
        ("link declared", "only declared"),
    ];
    let mut text = String::new();
    let mut x = MARGIN;
    for (class, name) in lines {
        let _ = writeln!(
            text,
            "<path class=\"{class}\" d=\"M{x:.0} {0:.0}h26\"/>\
             <text class=\"note\" x=\"{1:.0}\" y=\"{y:.0}\">{name}</text>",
            y - 4.0,
            x + 32.0,
        );
        x += 56.0 + name.len() as f64 * 6.0;
    }
    let _ = writeln!(
        text,
        "<rect class=\"part weak\" x=\"{x:.0}\" y=\"{:.0}\" width=\"22\" height=\"13\" rx=\"3\"/>\
         <text class=\"note\" x=\"{:.0}\" y=\"{y:.0}\">single point of failure</text>",
        y - 11.0,
        x + 29.0,
    );
    text
}
