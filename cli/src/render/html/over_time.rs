//! Load, latency and utilization over time, with what goes wrong shaded.

use foreshadow_scenarios::report::{BinEndpoint, FaultReport, ObjectiveReport, Report, Verdict};
use maud::{Markup, html};

use super::heat::{Heat, HeatCell};
use super::level::UTILIZATION;
use super::plot::{Axis, Merge, Plot, Series};
use super::shell::Shell;
use super::table::{Cell, Column, Table};
use crate::number::{Unit, clock, rough, value};

/// Endpoints that are plotted at once, and at most.
const SHOWN: usize = 6;
const PLOTTED: usize = 18;
/// Columns of the heat map, and its rows.
const COLUMNS: usize = 48;
const ROWS: usize = 40;
/// Beginnings of a fault that are shaded, of one that comes again and again.
const SHADED: usize = 500;

/// The section, or nothing where there is no timeline.
pub(super) fn section(report: &Report, shell: &mut Shell) -> Markup {
    if report.timeline.is_empty() {
        return html! {};
    }
    let times: Vec<f64> = report.timeline.iter().map(|bin| bin.t_s).collect();
    shell.axis(Axis::new(&times, report.horizon_s, bands(report)));
    let ranked = ranked(report);
    let mut plots = |shown: &[&str]| {
        html! {
            div .plots { @for endpoint in shown { (load(report, endpoint, shell)) (latency(report, endpoint, shell)) } }
        }
    };
    let (first, rest) = ranked.split_at(ranked.len().min(SHOWN));
    let first = plots(first);
    let rest_count = rest.len().min(PLOTTED - SHOWN);
    let left_out = rest.len() - rest_count;
    let rest = (rest_count > 0).then(|| plots(&rest[..rest_count]));
    html! {
        h2 { "Load and latency over time" }
        (faults(report))
        (first)
        @if let Some(rest) = rest {
            details { summary { (rest_count) " more endpoints" } (rest) }
        }
        @if left_out > 0 { p .note { "And " (left_out) " more endpoints, which the JSON has." } }
        h2 { "Utilization over time" }
        (utilization(report))
    }
}

/// Endpoints: first those that miss something, then by load.
fn ranked(report: &Report) -> Vec<&str> {
    let is_missed = |name: &str| {
        let of = |o: &&ObjectiveReport| o.endpoint.as_deref() == Some(name);
        report.objectives.iter().filter(of).any(|o| o.verdict != Verdict::Held)
    };
    let mut ranked: Vec<_> = report
        .endpoints
        .iter()
        .map(|(name, endpoint)| {
            (!is_missed(name), -endpoint.offered_per_s.value.unwrap_or(0.0), name.as_str())
        })
        .collect();
    ranked.sort_by(|a, b| (a.0, a.1).partial_cmp(&(b.0, b.1)).unwrap_or(std::cmp::Ordering::Equal));
    ranked.into_iter().map(|(_, _, name)| name).collect()
}

/// What goes wrong and when.
fn faults(report: &Report) -> Markup {
    if report.faults.is_empty() {
        return html! {};
    }
    let row = |fault: &FaultReport| {
        let mut notes = Vec::new();
        notes.extend(fault.every_s.map(|every| format!("again every {}", clock(every))));
        notes.extend(fault.is_drawn.then(|| String::from("comes and goes at drawn times")));
        notes.extend(fault.probability.map(|p| format!("happens in {} of runs", rough(p))));
        let lasts = match fault.duration_s {
            Some(0.0) => String::from("an instant"),
            Some(duration) => clock(duration),
            None => String::from("to the end"),
        };
        vec![
            Cell::Text(fault.name.clone()),
            clock(fault.start_s).into(),
            lasts.into(),
            Cell::Text(notes.join(", ")),
        ]
    };
    let table = Table {
        caption: "What goes wrong",
        columns: vec![
            Column::Word("fault (shaded below)"),
            Column::Number("from"),
            Column::Number("lasts"),
            Column::Word(""),
        ],
        rows: report.faults.iter().map(row).collect(),
    };
    html! { div .spaced { (table.markup()) } }
}

/// When faults are in force, from, to \[s\].
fn bands(report: &Report) -> Vec<(f64, f64)> {
    let end = report.horizon_s;
    let of = |fault: &FaultReport| {
        let lasts = fault.duration_s.unwrap_or(end);
        let (start, every) = (fault.start_s, fault.every_s.unwrap_or(f64::INFINITY));
        let starts = (0..SHADED)
            .map(move |time| if time == 0 { start } else { start + time as f64 * every });
        starts.take_while(move |from| *from < end).map(move |from| (from, (from + lasts).min(end)))
    };
    report.faults.iter().flat_map(of).collect()
}

/// One value per bin of an endpoint.
fn values(
    report: &Report,
    endpoint: &str,
    of: impl Fn(&BinEndpoint) -> Option<f64>,
) -> Vec<Option<f64>> {
    let in_bin = |bin: &foreshadow_scenarios::report::BinReport| {
        bin.endpoints.iter().find(|(name, _)| name == endpoint).and_then(|(_, bin)| of(bin))
    };
    report.timeline.iter().map(in_bin).collect()
}

/// The highest of a series, and when.
fn highest(report: &Report, values: &[Option<f64>]) -> Option<(f64, f64)> {
    let known = report.timeline.iter().zip(values).filter_map(|(bin, v)| Some((bin.t_s, (*v)?)));
    known.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

fn load(report: &Report, endpoint: &str, shell: &mut Shell) -> Markup {
    let offered = values(report, endpoint, |bin| Some(bin.offered_per_s));
    let goodput = values(report, endpoint, |bin| Some(bin.goodput_per_s));
    let caption = highest(report, &offered).map_or_else(String::new, |(at, most)| {
        format!("load; most offered {} at {}", value(most, Unit::PerSecond), clock(at))
    });
    shell.plot(|axis| {
        let series = |name, dashed, values: &[Option<f64>]| Series {
            name,
            color: 0,
            dashed,
            values: axis.values(values, Merge::Mean),
        };
        let series = vec![series("offered", true, &offered), series("ok", false, &goodput)];
        let (id, title) = (String::new(), endpoint.to_owned());
        Plot { id, axis: 0, title, caption, unit: "/s", series, limit: None }
    })
}

fn latency(report: &Report, endpoint: &str, shell: &mut Shell) -> Markup {
    let p50 = values(report, endpoint, |bin| bin.p50_ms);
    let p99 = values(report, endpoint, |bin| bin.p99_ms);
    let caption = highest(report, &p99).map_or_else(
        || String::from("latency; nothing was ok"),
        |(at, most)| {
            format!("latency; highest p99 {} at {}", value(most, Unit::Milliseconds), clock(at))
        },
    );
    let limit = report.objectives.iter().find(|objective| {
        objective.endpoint.as_deref() == Some(endpoint) && objective.measure == "p99"
    });
    let limit = limit.map(|objective| objective.limit);
    let named = limit.map_or_else(String::new, |limit| {
        format!("; limit {}, dashed", crate::number::limit(limit, Unit::Milliseconds))
    });
    shell.plot(|axis| {
        let series = |name, color, values: &[Option<f64>]| Series {
            name,
            color,
            dashed: false,
            values: axis.values(values, Merge::Highest),
        };
        let series = vec![series("p99", 1, &p99), series("p50", 2, &p50)];
        let (id, title) = (String::new(), endpoint.to_owned());
        Plot { id, axis: 0, title, caption: caption + &named, unit: "ms", series, limit }
    })
}

/// How busy each component is, those that are busiest first.
fn utilization(report: &Report) -> Markup {
    let by = report.timeline.len().div_ceil(COLUMNS);
    let row = |name: &String| {
        let all: Vec<Option<f64>> = report
            .timeline
            .iter()
            .map(|bin| {
                bin.components.iter().find(|(n, _)| n == name).and_then(|(_, b)| b.utilization)
            })
            .collect();
        let merged: Vec<Option<f64>> = all.chunks(by).map(|bins| Merge::Highest.of(bins)).collect();
        (name.clone(), merged)
    };
    let mut rows: Vec<(String, Vec<Option<f64>>)> =
        report.components.iter().map(|(name, _)| row(name)).collect();
    rows.retain(|(_, values)| values.iter().any(Option::is_some));
    let peak = |values: &[Option<f64>]| Merge::Highest.of(values).unwrap_or(0.0);
    rows.sort_by(|(_, a), (_, b)| peak(b).total_cmp(&peak(a)));
    let left_out = rows.len().saturating_sub(ROWS);
    rows.truncate(ROWS);
    let times: Vec<f64> = report.timeline.iter().step_by(by).map(|bin| bin.t_s).collect();
    let cell = |(at, share): (&f64, &Option<f64>)| HeatCell {
        level: share.map(|share| UTILIZATION.level(share)),
        text: share.map_or_else(String::new, |share| format!("{} at {}", rough(share), clock(*at))),
    };
    let every = times.len().div_ceil(6).max(1);
    let heat = Heat {
        caption: String::from("Utilization of components over time"),
        rows_are: "component",
        heads: times.chunks(every).map(|columns| (clock(columns[0]), columns.len())).collect(),
        rows: rows
            .iter()
            .map(|(name, values)| (name.clone(), times.iter().zip(values).map(cell).collect()))
            .collect(),
        shows_text: false,
    };
    html! {
        (heat.markup())
        ul .legend { (UTILIZATION.legend()) }
        @if left_out > 0 { p .note { "And " (left_out) " less busy components, which the JSON has." } }
    }
}
