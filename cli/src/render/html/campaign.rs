//! The page of a campaign: what breaks and how far it spreads, the worst first.

mod answers;

use foreshadow_campaigns::report::{FaultReport, Report, ScenarioReport};
use foreshadow_scenarios::report::Number;
use maud::{Markup, html};

use super::super::campaign::{page, severity};
use super::blocks::{foot, headline, number, repeat};
use super::graph::{Graph, Link, Part};
use super::heat::{Heat, HeatCell};
use super::level::{HARM, SPREAD, Scale};
use super::over_time;
use super::shell::Shell;
use super::table::{Cell, Column, Table};
use crate::number::{Unit, clock, rough, short, significant};

/// Rows and columns of a heat map.
const ROWS: usize = 40;
const COLUMNS: usize = 40;
/// Faults whose spread is drawn, and whose text is shown.
const DRAWN: usize = 3;
const WRITTEN: usize = 30;

/// The page of a campaign.
pub(in super::super) fn document(report: &Report) -> anyhow::Result<String> {
    let page = page(report);
    let stopped = if report.stopped { "; stopped before all was tried" } else { "" };
    let facts = format!(
        "{} pairs of runs of {}, with and without the fault over the same requests, seed {}; intervals are \
         95 %{stopped}",
        report.trials,
        clock(report.horizon_s),
        report.seed,
    );
    let mut shell = Shell::default();
    let course = report.worst.as_ref().map(|worst| over_time::section(worst, &mut shell));
    let has_plots = course.is_some();
    let body = html! {
        main {
            article {
                (headline("Campaign", &page, &facts))
                h2 { "Ranking" }
                div .stacked { (ranking(report).markup()) }
                @if let Some(unit) = &report.worth_unit { p .note { "What is lost is in " (unit) "." } }
                @if let (Some(course), Some(worst)) = (&course, &report.worst) {
                    p .note { "Over time: " (worst.scenario) ", in " (worst.replications) " runs." }
                    (course)
                }
                (own_radius(report))
                (harm(report))
                (spread(report))
                (drawn(report))
                (answers::scores(report))
                (answers::joint(report))
                (answers::expected(report))
                (answers::fragility(report))
                (written(report))
                h2 { "How to repeat it" }
                (repeat(&report.repeat, &again(report)))
            }
        }
        (foot(&report.version, has_plots))
    };
    shell.finish(&format!("{}: campaign – Foreshadow", report.scenario), &body)
}

/// What the command that repeats it gives.
fn again(report: &Report) -> String {
    let Report { seed, version, units, .. } = report;
    let same = if report.repeat.contains("--time ") {
        "the same results of equal pairs, but as many pairs as there is time for"
    } else {
        "the same report to the byte"
    };
    format!(
        "The same files, seed {seed} and foreshadow {version} give {same}. Units of trials are in {units}."
    )
}

/// A time in seconds with its interval, or why there is none.
fn seconds(time: &Number) -> Cell {
    let milliseconds = |value: Option<f64>| value.map(|value| value * 1e3);
    let Number { value, low, high, reason } = *time;
    let (value, low, high) = (milliseconds(value), milliseconds(low), milliseconds(high));
    number(&Number { value, low, high, reason }, Unit::Milliseconds)
}

fn ranking(report: &Report) -> Table {
    let has = |of: fn(&ScenarioReport) -> bool| report.scenarios.iter().any(of);
    let (has_rates, lasting) = (has(|s| s.per_month.is_some()), has(|s| s.metastable.is_some()));
    let worth = report.worth_unit.is_some();
    let heads =
        ["requests harmed", "components degraded", "seen after", "back after", "p99 meanwhile"];
    let mut columns = vec![Column::Word("fault"), Column::Word("severity")];
    columns.extend(heads.map(Column::Number));
    columns.extend(lasting.then_some(Column::Number("left broken")));
    columns.extend(worth.then_some(Column::Number("lost each time")));
    columns.extend(has_rates.then_some(Column::Number("times in 30 days")));
    columns.extend(has_rates.then_some(Column::Number("lost in 30 days")));
    let row = |scenario: &ScenarioReport| {
        let (word, tone) = severity(scenario);
        let mut row = vec![
            Cell::Text(scenario.name.clone()),
            Cell::Toned(word, tone),
            number(&scenario.harmed, Unit::Share),
            scenario.degraded.len().to_string().into(),
            seconds(&scenario.detected_s),
            seconds(&scenario.recovered_s),
            scenario
                .p99_ms
                .map_or_else(
                    || String::from("–"),
                    |p99| crate::number::value(p99, Unit::Milliseconds),
                )
                .into(),
        ];
        row.extend(lasting.then(|| number(&scenario.metastable.unwrap_or_default(), Unit::Share)));
        row.extend(worth.then(|| number(&scenario.worth_lost, Unit::Plain)));
        row.extend(
            has_rates
                .then(|| scenario.per_month.map_or_else(|| String::from("–"), significant).into()),
        );
        row.extend(
            has_rates.then(|| number(&scenario.lost_per_month.unwrap_or_default(), Unit::Plain)),
        );
        row
    };
    Table {
        caption: "Faults, the worst first",
        columns,
        rows: report.scenarios.iter().map(row).collect(),
    }
}

/// Every component that is known by name.
fn components(report: &Report) -> Vec<&str> {
    let calls = report.calls.iter().flat_map(|(from, to)| [from, to]);
    let degraded = report.scenarios.iter().flat_map(|s| s.degraded.iter().map(|(name, _)| name));
    let mut names: Vec<&str> = Vec::new();
    for name in calls.chain(degraded) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

/// The component that a fault hits, if it is one, or one's call.
fn hit<'a>(components: &[&'a str], fault: &FaultReport) -> Option<&'a str> {
    let at = fault.place()?;
    let is_it = |name: &&&str| {
        at.strip_prefix(**name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    components.iter().filter(is_it).max_by_key(|name| name.len()).copied()
}

/// The system with a level and a figure for each component.
fn picture(
    report: &Report,
    of: impl Fn(&str) -> Option<(f64, String)>,
    is_marked: impl Fn(&str) -> bool,
    (caption, scale, marked): (&str, &Scale, &str),
) -> Option<Markup> {
    let mut graph = Graph::default();
    for name in components(report) {
        let found = of(name);
        let figure = found.as_ref().map(|found| found.1.clone()).unwrap_or_default();
        let title = if figure.is_empty() { name.to_owned() } else { format!("{name}: {figure}") };
        let level = found.map(|(share, _)| scale.level(share));
        graph.part(Part {
            name: name.to_owned(),
            figure,
            level,
            is_marked: is_marked(name),
            title,
        });
    }
    for (from, to) in &report.calls {
        let title = format!("{from} → {to}");
        graph.link(from, to, Link { weight: 0.1, is_failing: false, title });
    }
    graph.markup(caption, scale, marked)
}

/// Blast radius of each component: what the worst of the faults that hit it alone harms.
fn own_radius(report: &Report) -> Markup {
    let names = components(report);
    let worst = |name: &str| {
        let of_it =
            |s: &&ScenarioReport| s.faults.len() == 1 && hit(&names, &s.faults[0]) == Some(name);
        let harmed = report.scenarios.iter().filter(of_it).filter_map(|s| s.harmed.value);
        let worst = harmed.reduce(f64::max)?;
        Some((worst, format!("harms {}", crate::number::value(worst, Unit::Share))))
    };
    let caption = "Blast radius: share of requests harmed by the worst fault of each component";
    let picture = picture(report, worst, |_| false, (caption, &HARM, ""));
    html! {
        @if let Some(picture) = picture {
            h2 { "Blast radius" }
            (picture)
            p .note { "Of each component, the share of requests harmed by the worst single fault that was tried on it or on a call of it." }
        }
    }
}

/// A heat map of faults by what they do to each of `columns`.
fn map(
    report: &Report,
    caption: &str,
    scale: &Scale,
    of: impl Fn(&ScenarioReport) -> &[(String, Number)],
) -> Markup {
    let mut columns: Vec<(&str, f64)> = Vec::new();
    for (name, share) in report.scenarios.iter().flat_map(&of) {
        let share = share.value.unwrap_or(0.0);
        match columns.iter_mut().find(|column| column.0 == name) {
            Some(column) => column.1 += share,
            None => columns.push((name, share)),
        }
    }
    columns.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (rows_left, columns_left) =
        (report.scenarios.len().saturating_sub(ROWS), columns.len().saturating_sub(COLUMNS));
    columns.truncate(COLUMNS);
    let cell = |scenario: &ScenarioReport, column: &str| {
        let share = of(scenario).iter().find(|(name, _)| name == column);
        let share = share.and_then(|(_, share)| share.value).filter(|share| *share > 0.0);
        HeatCell {
            level: share.map(|share| scale.level(share)),
            text: share.map_or_else(String::new, |share| {
                let text = short(&Number { value: Some(share), ..Number::default() }, Unit::Share);
                text.trim_end_matches(" %").to_owned()
            }),
        }
    };
    let row = |scenario: &ScenarioReport| {
        let cells = columns.iter().map(|column| cell(scenario, column.0)).collect();
        (scenario.name.clone(), cells)
    };
    let heat = Heat {
        caption: caption.to_owned(),
        rows_are: "fault",
        heads: columns.iter().map(|column| (column.0.to_owned(), 1)).collect(),
        rows: report.scenarios.iter().take(ROWS).map(row).collect(),
        shows_text: true,
    };
    html! {
        (heat.markup())
        ul .legend { (scale.legend()) }
        @if rows_left + columns_left > 0 {
            p .note { "The JSON has " (rows_left) " more faults and " (columns_left) " more columns." }
        }
    }
}

fn harm(report: &Report) -> Markup {
    let caption = "Share of requests harmed [%], by fault and endpoint";
    html! {
        @if report.scenarios.iter().any(|s| !s.endpoints.is_empty()) {
            h2 { "Requests harmed [%]" }
            (map(report, caption, &HARM, |scenario| &scenario.endpoints))
        }
    }
}

fn spread(report: &Report) -> Markup {
    let caption = "Share of runs in which a component is degraded [%], by fault and component";
    html! {
        @if report.scenarios.iter().any(|s| !s.degraded.is_empty()) {
            h2 { "Components degraded [% of runs]" }
            (map(report, caption, &SPREAD, |scenario| &scenario.degraded))
        }
    }
}

/// How the worst faults spread.
fn drawn(report: &Report) -> Markup {
    let names = components(report);
    let one = |scenario: &ScenarioReport| {
        let degraded = |name: &str| {
            let (_, share) = scenario.degraded.iter().find(|(other, _)| other == name)?;
            let share = share.value.filter(|share| *share > 0.0)?;
            Some((share, format!("degraded in {}", rough(share))))
        };
        let is_hit =
            |name: &str| scenario.faults.iter().any(|fault| hit(&names, fault) == Some(name));
        let caption = format!("What {} degrades", scenario.name);
        picture(report, degraded, is_hit, (&caption, &SPREAD, "where it begins"))
    };
    let worst =
        report.scenarios.iter().filter(|scenario| !scenario.degraded.is_empty()).take(DRAWN);
    let pictures: Vec<(&str, Markup)> =
        worst.filter_map(|scenario| Some((scenario.name.as_str(), one(scenario)?))).collect();
    html! {
        @if !pictures.is_empty() {
            h2 { "How the worst spread" }
            @for (name, picture) in &pictures {
                details open[pictures[0].0 == *name] { summary { (name) } (picture) }
            }
        }
    }
}

/// What was tried, as it can stand in a scenario.
fn written(report: &Report) -> Markup {
    let lasts =
        |fault: &FaultReport| fault.duration_s.map_or_else(|| String::from("to the end"), clock);
    html! {
        @if !report.scenarios.is_empty() {
            h2 { "To rehearse one of them" }
            @for scenario in report.scenarios.iter().take(WRITTEN) {
                details {
                    summary { (scenario.name) }
                    @for fault in &scenario.faults {
                        p .note {
                            (fault.kind) @if let Some(at) = &fault.at { " at " (at) }
                            ", from " (clock(fault.start_s)) ", lasts " (lasts(fault))
                            @if let Some(undone) = &fault.undone { "; undone by: " (undone) }
                        }
                    }
                    pre tabindex="0" { code { (scenario.yaml) } }
                }
            }
        }
    }
}
