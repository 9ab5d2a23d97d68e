//! The page of rehearsals: the answer first, then what it rests on.

use foreshadow_scenarios::report::{
    AssumptionReport, Compared, Comparison, EndReport, ObjectiveReport, Report, Skipped,
};
use maud::{Markup, html};

use super::super::page::{Page, Tone, limit, subject, tone};
use super::blocks::{foot, headline, number, repeat};
use super::gauge::gauge;
use super::shell::Shell;
use super::system::{LATENCIES, latencies};
use super::table::{Cell, Column, Table};
use super::{over_time, system};
use crate::number::{Unit, clock, counted};

/// The page of the reports of one command; the first is the baseline of the others.
pub(in super::super) fn document(reports: &[Report]) -> anyhow::Result<String> {
    let mut shell = Shell::default();
    let articles: Vec<Markup> = reports
        .iter()
        .enumerate()
        .map(|(index, report)| article(index, report, &mut shell))
        .collect();
    let names: Vec<&str> = reports.iter().map(|report| report.scenario.as_str()).collect();
    let version = reports.first().map_or(env!("CARGO_PKG_VERSION"), |report| report.version);
    let has_plots = reports.iter().any(|report| !report.timeline.is_empty());
    let body = html! {
        @if reports.len() > 1 { nav .top aria-label="Scenarios" { (variants(reports)) } }
        main { @for article in articles { (article) } }
        (foot(version, has_plots))
    };
    shell.finish(&format!("{} – Foreshadow", names.join(", ")), &body)
}

/// The reports of a page with several.
fn variants(reports: &[Report]) -> Markup {
    let row = |(index, report): (usize, &Report)| {
        let count = |verdict| report.comparisons.iter().filter(|c| c.verdict == verdict).count();
        let against = match index {
            0 => String::from("the baseline"),
            _ => format!("{} better, {} worse", count(Compared::Better), count(Compared::Worse)),
        };
        vec![
            Cell::Markup(html! { a href=(format!("#report-{index}")) { (report.scenario) } }),
            report.verdict.map_or_else(|| Cell::Text(String::from("nothing asked")), verdict),
            Cell::Text(against),
        ]
    };
    let columns = vec![Column::Word("scenario"), Column::Word("verdict"), Column::Word("measures")];
    let rows = reports.iter().enumerate().map(row).collect();
    Table { caption: "Scenarios of this page", columns, rows }.markup()
}

fn verdict(verdict: foreshadow_scenarios::report::Verdict) -> Cell {
    let (word, tone) = tone(verdict);
    Cell::Toned(word, tone)
}

fn article(index: usize, report: &Report, shell: &mut Shell) -> Markup {
    let page = Page::of(report);
    let facts = format!(
        "{} of {}, warm-up {}, seed {}; intervals are 95 %",
        counted(report.replications, "replication"),
        clock(report.horizon_s),
        clock(report.warm_up_s),
        report.seed,
    );
    html! {
        article id=(format!("report-{index}")) {
            (headline("Rehearsal", &page, &facts))
            (objectives(report))
            (comparisons(report))
            (over_time::section(report, shell))
            (system::graph(report))
            (system::tables(report))
            (endpoints(report))
            (assumptions(report))
            h2 { "How to repeat it" }
            (repeat(&report.repeat, &format!(
                "The same files, seed {} and foreshadow {} give the same report to the byte.",
                report.seed, report.version
            )))
        }
    }
}

fn objectives(report: &Report) -> Markup {
    let row = |objective: &ObjectiveReport| {
        vec![
            Cell::Text(subject(objective)),
            verdict(objective.verdict),
            limit(objective).into(),
            number(&objective.estimate, Unit::of(objective.unit)),
            Cell::Markup(gauge(objective)),
        ]
    };
    let table = Table {
        caption: "Objectives",
        columns: vec![
            Column::Word("objective"),
            Column::Word("verdict"),
            Column::Number("limit"),
            Column::Number("predicted"),
            Column::Number("of what is allowed"),
        ],
        rows: report.objectives.iter().map(row).collect(),
    };
    html! { @if !report.objectives.is_empty() { h2 { "Objectives" } (table.markup()) } }
}

fn comparisons(report: &Report) -> Markup {
    if report.comparisons.is_empty() {
        return html! {};
    }
    let is_clear = |c: &&Comparison| matches!(c.verdict, Compared::Better | Compared::Worse);
    let (clear, open): (Vec<_>, Vec<_>) = report.comparisons.iter().partition(is_clear);
    html! {
        h2 { "Against the baseline" }
        @if clear.is_empty() { p { "No measure shows a difference." } }
        @else { (compared(&clear).markup()) }
        @if !open.is_empty() {
            details { summary { (open.len()) " measures that show no difference" } (compared(&open).markup()) }
        }
    }
}

/// A table of comparisons.
pub(super) fn compared(comparisons: &[&Comparison]) -> Table {
    let row = |comparison: &&Comparison| {
        let unit = Unit::of(comparison.unit);
        let measure = comparison.measure.trim_end_matches("_per_s").replace('_', " ");
        let (word, tone) = match comparison.verdict {
            Compared::Better => ("better", Tone::Good),
            Compared::Worse => ("worse", Tone::Bad),
            Compared::Same => ("the same", Tone::Plain),
            Compared::Undecided => ("no difference shown", Tone::Plain),
        };
        vec![
            Cell::Text(format!("{} {measure}", comparison.endpoint)),
            number(&comparison.baseline, unit),
            number(&comparison.candidate, unit),
            number(&comparison.difference, unit),
            Cell::Toned(word, tone),
        ]
    };
    Table {
        caption: "Comparison with the baseline",
        columns: vec![
            Column::Word("measure"),
            Column::Number("before"),
            Column::Number("after"),
            Column::Number("difference"),
            Column::Word("verdict"),
        ],
        rows: comparisons.iter().map(row).collect(),
    }
}

fn endpoints(report: &Report) -> Markup {
    if report.endpoints.is_empty() {
        return html! {};
    }
    let mut columns = vec![Column::Word("endpoint")];
    columns.extend(["offered", "goodput", "ok"].map(Column::Number));
    columns.extend(LATENCIES.map(Column::Number));
    let latency = report.endpoints.iter().map(|(name, endpoint)| {
        let mut row = vec![
            Cell::Text(name.clone()),
            number(&endpoint.offered_per_s, Unit::PerSecond),
            number(&endpoint.goodput_per_s, Unit::PerSecond),
            number(&endpoint.success_rate, Unit::Share),
        ];
        row.extend(latencies(&endpoint.latency_ms));
        row
    });
    let latency = Table {
        caption: "What users see; latency of what is ok",
        columns,
        rows: latency.collect(),
    };
    html! {
        h2 { "Endpoints" }
        div .stacked { (latency.markup()) }
        @if let Some(outcomes) = outcomes(report) {
            details { summary { "How requests end" } (outcomes.markup()) }
        }
    }
}

/// How users' requests end.
fn outcomes(report: &Report) -> Option<Table> {
    let (_, first) = report.endpoints.first()?;
    let mut columns = vec![Column::Word("endpoint")];
    let ends = first.outcomes.iter().map(|(name, _)| match name.as_str() {
        "ok" => "ok",
        "timeout" => "timeout",
        "rejected" => "rejected",
        "failed" => "failed",
        "abandoned" => "abandoned",
        "in_flight" => "in flight",
        _ => "other",
    });
    columns.extend(ends.map(Column::Number));
    let rows = report.endpoints.iter().map(|(name, endpoint)| {
        let mut row = vec![Cell::Text(name.clone())];
        row.extend(endpoint.outcomes.iter().map(|(_, share)| number(share, Unit::Share)));
        row
    });
    Some(Table {
        caption: "How requests end, as shares of those offered",
        columns,
        rows: rows.collect(),
    })
}

fn assumptions(report: &Report) -> Markup {
    if report.assumptions.is_empty() {
        return html! {};
    }
    let end = |end: &Option<EndReport>| match end {
        None => String::from("–"),
        Some(EndReport { value, verdict: Some(verdict), .. }) => {
            format!("{value}: {}", tone(*verdict).0)
        }
        Some(EndReport { value, skipped, .. }) => {
            let why = match skipped {
                Some(Skipped::CannotMatter) => "cannot matter",
                Some(Skipped::NotJudgeable) => "an objective has no meaning there",
                Some(Skipped::Interrupted) => "stopped before",
                None => "not run",
            };
            format!("{value}: {why}")
        }
    };
    let row = |assumption: &AssumptionReport| {
        let (word, tone) =
            if assumption.flips { ("decides", Tone::Doubtful) } else { ("does not", Tone::Plain) };
        vec![
            Cell::Text(assumption.address.clone()),
            assumption.value.clone().into(),
            end(&assumption.low).into(),
            end(&assumption.high).into(),
            Cell::Toned(word, tone),
            Cell::Prose(assumption.settle.clone().unwrap_or_default()),
        ]
    };
    let table = Table {
        caption: "What is only assumed",
        columns: vec![
            Column::Word("assumed"),
            Column::Number("as"),
            Column::Number("at its low end"),
            Column::Number("at its high end"),
            Column::Word("decides the verdict"),
            Column::Word("from"),
        ],
        rows: report.assumptions.iter().map(row).collect(),
    };
    html! { h2 { "What is only assumed" } (table.markup()) }
}
