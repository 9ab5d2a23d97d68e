//! A system as a picture: who calls whom, shaded by what a report says of each part.

use foreshadow_twin::{Spacing, layout};
use maud::{Markup, html};
use petgraph::graph::{DiGraph, NodeIndex};

use super::level::{Level, Scale, class};

const SPACING: Spacing = Spacing { layers: 72.0, parts: 54.0, links: 22.0 };
/// Height of a part \[px\].
const HEIGHT: f64 = 42.0;
/// Around everything \[px\].
const MARGIN: f64 = 8.0;
/// The most parts that a picture can show.
const PARTS: usize = 150;

/// Parts and links of a system.
#[derive(Debug, Default)]
pub(super) struct Graph {
    graph: DiGraph<Part, Link>,
}

/// A part, with what is said of it.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    /// A figure under its name.
    pub(super) figure: String,
    pub(super) level: Option<Level>,
    /// Whether it stands out.
    pub(super) is_marked: bool,
    /// What is said of it to those who point at it.
    pub(super) title: String,
}

/// Calls from a part to another.
#[derive(Debug)]
pub(super) struct Link {
    /// How many, as a share of the most in this picture.
    pub(super) weight: f64,
    pub(super) is_failing: bool,
    pub(super) title: String,
}

impl Graph {
    /// Adds a part.
    pub(super) fn part(&mut self, part: Part) {
        self.graph.add_node(part);
    }

    /// Adds a link between two parts that were added; one to or from what was not is left out.
    pub(super) fn link(&mut self, from: &str, to: &str, link: Link) {
        let find = |name| self.graph.node_indices().find(|&part| self.graph[part].name == name);
        if let (Some(from), Some(to)) = (find(from), find(to)) {
            self.graph.add_edge(from, to, link);
        }
    }

    /// The picture, which scrolls by itself, and what its shades mean; `None` of a system too large
    /// to see anything.
    pub(super) fn markup(&self, caption: &str, scale: &Scale, marked: &str) -> Option<Markup> {
        if self.graph.node_count() > PARTS || self.graph.node_count() == 0 {
            return None;
        }
        let widths: Vec<f64> = self.graph.node_weights().map(width).collect();
        let layout = layout(&self.graph, &widths, SPACING);
        let shift = (MARGIN, MARGIN + HEIGHT / 2.0 + 12.0);
        let (width, height) =
            (layout.width + 2.0 * MARGIN, layout.height + HEIGHT + 2.0 * MARGIN + 12.0);
        let path = |index: usize, ends: [NodeIndex; 2]| {
            layout.link_path(index, ends.map(|end| widths[end.index()]), HEIGHT, shift)
        };
        let links = self.graph.edge_indices().filter_map(|edge| {
            let (from, to) = self.graph.edge_endpoints(edge)?;
            Some((path(edge.index(), [from, to]), &self.graph[edge]))
        });
        let has_failing = self.graph.edge_weights().any(|link| link.is_failing);
        let has_marked = self.graph.node_weights().any(|part| part.is_marked);
        let parts = self.graph.node_weights().zip(&layout.parts).zip(&widths);
        Some(html! {
            div .scroll tabindex="0" role="region" aria-label=(caption) {
                svg .graph role="img" aria-label=(caption) viewBox=(format!("0 0 {width:.0} {height:.0}"))
                    width=(format!("{width:.0}")) height=(format!("{height:.0}")) {
                    defs { (head("head")) (head("failing-head")) }
                    @for (path, link) in links { (link.markup(&path)) }
                    @for ((part, &(x, y)), width) in parts { (part.markup((x + shift.0, y + shift.1), *width)) }
                }
            }
            ul .legend {
                (scale.legend())
                @if has_marked {
                    li { svg width="16" height="12" aria-hidden="true" { rect class="none marked" x="1.5" y="1.5" width="13" height="9" rx="2" {} } (marked) }
                }
                @if has_failing {
                    li { svg width="18" height="12" aria-hidden="true" { path class="link failing" d="M0 6h18" {} } "1 % of attempts or more are not ok" }
                }
            }
        })
    }
}

/// How wide a part has to be \[px\]: letters of 13 px are 7.4 px wide in the mean, rarely more.
fn width(part: &Part) -> f64 {
    let name = part.name.chars().count() as f64 * 7.4;
    name.max(part.figure.chars().count() as f64 * 6.4) + 24.0
}

fn head(id: &str) -> Markup {
    html! {
        marker id=(id) viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8"
            markerUnits="userSpaceOnUse" orient="auto" {
            path class=(id) d="M0 0.5L8 4L0 7.5z" {}
        }
    }
}

impl Link {
    fn markup(&self, path: &str) -> Markup {
        let (class, head) = if self.is_failing {
            ("link failing", "url(#failing-head)")
        } else {
            ("link", "url(#head)")
        };
        // The eye compares areas; a link that is hardly used can still be seen.
        let width = format!("{:.1}", 1.0 + 2.5 * self.weight.clamp(0.0, 1.0).sqrt());
        html! {
            path class=(class) d=(path) stroke-width=(width) marker-end=(head) { title { (self.title) } }
        }
    }
}

impl Part {
    fn markup(&self, (x, y): (f64, f64), width: f64) -> Markup {
        let px = |value: f64| format!("{value:.1}");
        let mut class = format!("part {}", class(self.level));
        class += if self.is_marked { " marked" } else { "" };
        let (first, second) = if self.figure.is_empty() { (4.5, 0.0) } else { (-2.5, 13.0) };
        html! {
            g {
                title { (self.title) }
                rect class=(class) x=(px(x - width / 2.0)) y=(px(y - HEIGHT / 2.0)) width=(px(width)) height=(HEIGHT) rx="4" {}
                text x=(px(x)) y=(px(y + first)) { (self.name) }
                @if !self.figure.is_empty() {
                    text .figure x=(px(x)) y=(px(y + second)) { (self.figure) }
                }
            }
        }
    }
}
