//! The system as a graph, and tables of its parts.

use foreshadow_scenarios::report::{
    BinReport, ComponentReport, EdgeReport, Latency, Number, Report,
};
use maud::{Markup, html};

use super::blocks::number;
use super::graph::{Graph, Link, Part};
use super::level::UTILIZATION;
use super::table::{Cell, Column, Table};
use crate::number::{Unit, rough, short};

/// Share of attempts that are not ok from which a link stands out.
const FAILING: f64 = 0.01;
/// What stands for those who call from outside.
const USERS: &str = "users";

/// The picture of the system.
pub(super) fn graph(report: &Report) -> Markup {
    let mut graph = Graph::default();
    // A component of the same name would be taken for them.
    let has_users = !report.components.iter().any(|(name, _)| name == USERS);
    if has_users && !report.endpoints.is_empty() {
        let title = String::from("those who call from outside");
        let (name, figure) = (USERS.to_owned(), String::new());
        graph.part(Part { name, figure, level: None, is_marked: false, title });
    }
    let full = report.bottleneck.as_ref().filter(|bottleneck| bottleneck.full);
    for (name, component) in &report.components {
        let is_marked = full.is_some_and(|full| full.component == *name);
        graph.part(part(name, component, peak(report, name), is_marked));
    }
    let calls = |edge: &EdgeReport| edge.calls_per_s.value.unwrap_or(0.0);
    let entries = entries(report);
    let most = report.edges.iter().map(|(_, edge)| calls(edge));
    let most = most.chain(entries.iter().map(|entry| entry.1)).fold(f64::MIN_POSITIVE, f64::max);
    for (component, rate, failed) in entries {
        let title =
            format!("{USERS} → {component}: {}", crate::number::value(rate, Unit::PerSecond));
        let is_failing = failed >= FAILING;
        graph.link(USERS, &component, Link { weight: rate / most, is_failing, title });
    }
    for (name, edge) in &report.edges {
        let Some((from, to)) = name.split_once(".calls.") else { continue };
        let title = format!(
            "{from} → {to}: {}, retries {}, not ok {}",
            short(&edge.calls_per_s, Unit::PerSecond),
            short(&edge.retries_per_s, Unit::PerSecond),
            short(&edge.failed_share, Unit::Share)
        );
        let is_failing = edge.failed_share.value.is_some_and(|share| share >= FAILING);
        graph.link(from, to, Link { weight: calls(edge) / most, is_failing, title });
    }
    let picture = graph.markup(
        "Who calls whom, shaded by utilization in the busiest bin",
        &UTILIZATION,
        "saturates first",
    );
    html! { @if let Some(picture) = picture { h2 { "System" } (picture) p .note { "Shades are of the busiest bin of the timeline; figures are means: utilization, and requests served." } } }
}

/// Components that users call, with how often \[1/s\] and the share that is not ok.
fn entries(report: &Report) -> Vec<(String, f64, f64)> {
    let mut entries: Vec<(String, f64, f64)> = Vec::new();
    for (name, endpoint) in &report.endpoints {
        let components = report.components.iter().map(|(component, _)| component);
        let is_owner =
            |c: &&String| name.strip_prefix(c.as_str()).is_some_and(|rest| rest.starts_with('.'));
        let Some(owner) = components.filter(is_owner).max_by_key(|c| c.len()) else { continue };
        let rate = endpoint.offered_per_s.value.unwrap_or(0.0);
        let failed = rate * (1.0 - endpoint.success_rate.value.unwrap_or(1.0));
        match entries.iter_mut().find(|entry| entry.0 == *owner) {
            Some(entry) => (entry.1, entry.2) = (entry.1 + rate, entry.2 + failed),
            None => entries.push((owner.clone(), rate, failed)),
        }
    }
    for entry in &mut entries {
        entry.2 /= entry.1.max(f64::MIN_POSITIVE);
    }
    entries
}

/// Utilization in the busiest bin of the timeline.
fn peak(report: &Report, name: &str) -> Option<f64> {
    let of = |bin: &BinReport| {
        let component = bin.components.iter().find(|(other, _)| other == name);
        component.and_then(|(_, component)| component.utilization)
    };
    report.timeline.iter().filter_map(of).reduce(f64::max)
}

fn part(name: &str, component: &ComponentReport, peak: Option<f64>, is_marked: bool) -> Part {
    let busy = component.utilization.value;
    let peak = peak.or(busy);
    let figure = match busy {
        Some(busy) => {
            format!("{} · {}", rough(busy), short(&component.throughput_per_s, Unit::PerSecond))
        }
        None => short(&component.throughput_per_s, Unit::PerSecond),
    };
    let title = format!(
        "{name}: {} replicas, utilization {}, at most {}, serves {}",
        count(&component.replicas),
        short(&component.utilization, Unit::Share),
        peak.map_or_else(|| String::from("–"), rough),
        short(&component.throughput_per_s, Unit::PerSecond)
    );
    let level = peak.map(|busy| UTILIZATION.level(busy));
    Part { name: name.to_owned(), figure, level, is_marked, title }
}

/// Tables of components, and of what they do for each other.
pub(super) fn tables(report: &Report) -> Markup {
    html! {
        h2 { "Components" }
        (components(report).markup())
        @if !report.operations.is_empty() {
            details { summary { "Endpoints of all components" } div .stacked { (operations(report).markup()) } }
        }
        @if !report.edges.is_empty() {
            details { summary { "Calls between components" } (edges(report).markup()) }
        }
    }
}

fn components(report: &Report) -> Table {
    let mut busiest: Vec<_> = report.components.iter().collect();
    let busy = |component: &ComponentReport| component.utilization.value.unwrap_or(-1.0);
    busiest.sort_by(|(_, a), (_, b)| busy(b).total_cmp(&busy(a)));
    let caches = report.components.iter().any(|(_, c)| c.cache_hit_share.is_some());
    let mut columns: Vec<Column> = vec![Column::Word("component")];
    let heads = [
        "replicas",
        "served",
        "utilization",
        "slots in use",
        "waiting",
        "wait p50",
        "wait p99",
        "refused",
    ];
    columns.extend(heads.map(Column::Number));
    columns.extend(caches.then_some(Column::Number("cache hits")));
    let row = |(name, c): &(String, ComponentReport)| {
        let mut row = vec![
            Cell::Text(name.clone()),
            count(&c.replicas).into(),
            short(&c.throughput_per_s, Unit::PerSecond).into(),
            number(&c.utilization, Unit::Share),
            short(&c.slot_occupancy, Unit::Share).into(),
            number(&c.waiting, Unit::Plain),
            short(&c.wait_ms.p50, Unit::Milliseconds).into(),
            number(&c.wait_ms.p99, Unit::Milliseconds),
            number(&c.rejected_share, Unit::Share),
        ];
        let hits = c.cache_hit_share.as_ref();
        row.extend(caches.then(|| {
            hits.map_or_else(|| Cell::Text(String::new()), |hits| number(hits, Unit::Share))
        }));
        row
    };
    Table {
        caption: "Components, the busiest first",
        columns,
        rows: busiest.into_iter().map(row).collect(),
    }
}

/// A number of things, which is whole unless it changed.
fn count(number: &Number) -> String {
    match number.value {
        Some(value) if value.fract() == 0.0 => format!("{value}"),
        _ => short(number, Unit::Plain),
    }
}

fn operations(report: &Report) -> Table {
    let mut columns = vec![Column::Word("endpoint"), Column::Number("served")];
    columns.extend(LATENCIES.map(Column::Number));
    let rows = report.operations.iter().map(|(name, operation)| {
        let mut row = vec![
            Cell::Text(name.clone()),
            short(&operation.throughput_per_s, Unit::PerSecond).into(),
        ];
        row.extend(latencies(&operation.sojourn_ms));
        row
    });
    Table {
        caption: "Endpoints of all components: from arrival to the end of service",
        columns,
        rows: rows.collect(),
    }
}

fn edges(report: &Report) -> Table {
    let rows = report.edges.iter().map(|(name, edge)| {
        vec![
            Cell::Text(name.replace(".calls.", " → ")),
            number(&edge.calls_per_s, Unit::PerSecond),
            number(&edge.retries_per_s, Unit::PerSecond),
            number(&edge.failed_share, Unit::Share),
        ]
    });
    Table {
        caption: "Calls between components",
        columns: vec![
            Column::Word("from → to"),
            Column::Number("calls"),
            Column::Number("retries"),
            Column::Number("attempts not ok"),
        ],
        rows: rows.collect(),
    }
}

/// Heads of the columns of a latency.
pub(super) const LATENCIES: [&str; 6] = ["mean", "p50", "p90", "p95", "p99", "p99.9"];

/// The cells of a latency.
pub(super) fn latencies(latency: &Latency) -> [Cell; 6] {
    let Latency { mean, p50, p90, p95, p99, p999 } = latency;
    [mean, p50, p90, p95, p99, p999].map(|value| number(value, Unit::Milliseconds))
}
