//! Answers of a campaign about the whole: scores, joint faults, what is expected, what is fragile.

use foreshadow_campaigns::report::{JointReport, Report};
use foreshadow_campaigns::score::Score;
use maud::{Markup, html};

use super::super::blocks::number;
use super::super::table::{Cell, Column, Table};
use crate::number::{Unit, full, rough};

/// Resilience scores, and the changes that raise them most.
pub(super) fn scores(report: &Report) -> Markup {
    let Some(scores) = &report.scores else {
        return html! {};
    };
    let row = |name: &str, score: &foreshadow_scenarios::report::Number, is_rated: bool| {
        let when = if is_rated { "in the long run" } else { "while one fault is in force" };
        vec![Cell::Text(name.to_owned()), number(score, Unit::Plain), Cell::Text(when.to_owned())]
    };
    let of = |score: &Score| row(&score.name, &score.score, score.rates_known);
    let mut rows = vec![row("the system", &scores.system, scores.rates_known)];
    rows.extend(scores.environments.iter().map(of));
    rows.extend(scores.components.iter().map(of));
    let all = Table {
        caption: "Resilience scores",
        columns: vec![Column::Word("of"), Column::Number("score, 0 to 100"), Column::Word("when")],
        rows,
    };
    let fixes = scores.fixes.iter().map(|fix| {
        vec![
            Cell::Text(fix.address.clone()),
            Cell::Text(fix.value.clone()),
            number(&fix.saves, Unit::Share),
        ]
    });
    let fixes = Table {
        caption: "Changes that help most",
        columns: vec![
            Column::Word("change"),
            Column::Number("to"),
            Column::Number("fewer requests harmed by the worst faults"),
        ],
        rows: fixes.collect(),
    };
    let basis = "Without rates, each of the faults that were tried is as likely as the others.";
    let error = scores.twin_error.map_or_else(
        || String::from("The twin was never held against telemetry, and is taken as right."),
        |error| format!("They carry the twin's own error, {}.", rough(error)),
    );
    html! {
        h2 { "Resilience" }
        @if !scores.fixes.is_empty() { div .spaced { (fixes.markup()) } }
        (all.markup())
        p .note { (basis) " " (error) " Something was tried at " (rough(scores.coverage)) " of components and edges." }
    }
}

pub(super) fn joint(report: &Report) -> Markup {
    let row = |joint: &JointReport| {
        vec![Cell::Text(joint.name.clone()), number(&joint.excess, Unit::Share)]
    };
    let table = Table {
        caption: "Faults that are worse together than their parts",
        columns: vec![
            Column::Word("together"),
            Column::Number("requests harmed beyond those of the parts"),
        ],
        rows: report.joint.iter().map(row).collect(),
    };
    html! { @if !report.joint.is_empty() { h2 { "Worse together" } (table.markup()) } }
}

pub(super) fn expected(report: &Report) -> Markup {
    let Some(expected) = &report.expected else {
        return html! {};
    };
    let rows = expected
        .missed
        .iter()
        .map(|(objective, share)| vec![Cell::Text(objective.clone()), number(share, Unit::Share)]);
    let table = Table {
        caption: "The chance that an objective is missed",
        columns: vec![Column::Word("objective"), Column::Number("missed at a random time")],
        rows: rows.collect(),
    };
    let unit = report.worth_unit.as_deref().unwrap_or("requests");
    html! {
        h2 { "Expected" }
        p { "Of all worth " (full(&expected.harmed, Unit::Share)) " is harmed: "
            (full(&expected.lost_per_month, Unit::Plain)) " " (unit) " in 30 days of this load." }
        @if !expected.missed.is_empty() { (table.markup()) }
    }
}

pub(super) fn fragility(report: &Report) -> Markup {
    let Some(first) = report.fragility.first() else {
        return html! {};
    };
    let rows = report.fragility.iter().map(|fragile| {
        vec![Cell::Text(fragile.address.clone()), format!("{:.1} %", fragile.fragility).into()]
    });
    let table = Table {
        caption: "Shares of the expected harm",
        columns: vec![Column::Word("component or edge"), Column::Number("fragility")],
        rows: rows.collect(),
    };
    let basis =
        if first.rates_known { "how often it fails times" } else { "all failing equally often," };
    html! {
        h2 { "Fragility" }
        (table.markup())
        p .note { "Share of the whole: " (basis) " the share of requests harmed." }
    }
}
