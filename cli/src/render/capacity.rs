//! How much a system can bear, for a person.

use foreshadow_campaigns::capacity::{CaseReport, Report};
use foreshadow_scenarios::report::{Bottleneck, Number};

use super::page::{Cell, Page, Table, figures};
use crate::number::{Unit, rough, significant};

/// The page of a capacity.
pub(super) fn page(report: &Report) -> Page {
    let mut sentences: Vec<String> = report.cases.iter().flat_map(case).collect();
    if let Some(first) = report.cases.first() {
        sentences.extend(headroom(first));
    }
    Page {
        title: format!("{}: capacity", report.scenario),
        verdict: None,
        sentences,
        tables: vec![table(report)],
        footer: vec![
            format!(
                "{} replications, seed {}; the interval ends at loads shown to hold and not to, \
                 at 95 %; foreshadow {}",
                report.replications, report.seed, report.version
            ),
            format!("repeat: {}", report.repeat),
        ],
    }
}

/// `1.62 × (1.58–1.66)`
pub(super) fn times(number: &Number) -> String {
    let end = |value: Option<f64>| value.map_or_else(|| String::from("–"), significant);
    match number.value {
        Some(value) => {
            format!("{} × ({}–{})", significant(value), end(number.low), end(number.high))
        }
        None => format!("– ({})", number.reason.unwrap_or("unknown")),
    }
}

fn full(bottleneck: &Bottleneck) -> String {
    let waits = bottleneck.waits_for.as_ref().map_or_else(String::new, |waits| {
        format!(", {} of that time waiting for {}", rough(waits.share), waits.component)
    });
    let how = if bottleneck.full { "is full" } else { "is nearest to full" };
    let share = rough(bottleneck.peak_occupancy);
    let resource = bottleneck.resource.name();
    format!("{} {how}: up to {share} of its {resource} are in use{waits}", bottleneck.component)
}

fn case(case: &CaseReport) -> Vec<String> {
    let under = case.fault.as_ref().map_or_else(String::new, |fault| format!("With {fault}: "));
    let mut sentences = Vec::new();
    if case.multiple.value.is_none() {
        let load = match (case.multiple.low, case.multiple.high) {
            (Some(low), _) => format!("every load up to {} × holds", significant(low)),
            (_, Some(high)) => format!("not even {} × the load holds", significant(high)),
            _ => String::from("nothing could be decided; raise `run.max_replications`"),
        };
        sentences.push(format!("{under}{load}."));
    } else {
        let missed = match case.missed.as_slice() {
            [] => String::new(),
            missed => format!("; above it {} is missed", missed.join(" and ")),
        };
        sentences.push(format!("{under}{} of the load holds{missed}.", times(&case.multiple)));
    }
    sentences.extend(case.bottleneck.as_ref().map(|b| format!("There {}.", full(b))));
    if let Some(next) = &case.next {
        let then =
            next.bottleneck.as_ref().map_or_else(String::new, |b| format!("; then {}", full(b)));
        sentences.push(match (next.multiple.value, next.multiple.low) {
            (None, Some(low)) => format!(
                "With room for all there: at least {} × the load, which is as far as was tried.",
                significant(low)
            ),
            _ => format!("With room for all there: {}{then}.", times(&next.multiple)),
        });
    }
    sentences
}

fn headroom(case: &CaseReport) -> Option<String> {
    let low = case.multiple.low?;
    Some(if low >= 1.0 {
        format!("Headroom today: at least {}.", rough(low - 1.0))
    } else {
        String::from("No headroom: the scenario's own load is not shown to hold.")
    })
}

fn table(report: &Report) -> Table {
    let first = report.cases.first();
    let at = |end: Option<f64>, peak: f64, unit: &str| -> Cell {
        end.map_or_else(|| String::from("–"), |times| rate(times * peak, unit)).into()
    };
    let rows = report.loads.iter().map(|load| {
        let ends = first.map_or((None, None), |case| (case.multiple.low, case.multiple.high));
        vec![
            load.name.clone().into(),
            rate(load.peak, &load.unit).into(),
            at(ends.0, load.peak, &load.unit),
            at(ends.1, load.peak, &load.unit),
        ]
    });
    Table { rows: rows.collect(), columns: figures("load", &["today", "holds", "does not"]) }
}

fn rate(value: f64, unit: &str) -> String {
    match unit {
        "users" => format!("{value:.0} users"),
        _ => crate::number::value(value, Unit::PerSecond),
    }
}
