//! How resilient systems are, for a person: the least first, and what would help.

use foreshadow_campaigns::estate::{Estate, System};
use foreshadow_scenarios::report::Number;
use jiff::Timestamp;

use super::page::{Cell, Column, Page, Table, figures};
use crate::number::{Unit, full, rough};

/// Components that are named.
const WEAKEST: usize = 3;

/// The page of an estate, as of `today`.
pub(super) fn page(estate: &Estate, today: Timestamp) -> Page {
    let title = match estate.systems.as_slice() {
        [one] => format!("{}: resilience", one.name),
        all => format!("{} systems: resilience", all.len()),
    };
    let mut sentences = vec![match estate.systems.as_slice() {
        [_] => format!("Resilience score {} of 100.", points(&estate.score)),
        _ => format!("Resilience score {} of 100, weighted by worth.", points(&estate.score)),
    }];
    sentences.extend(estate.systems.iter().flat_map(|system| fixes(system, estate)));
    let row = |system: &System| -> Vec<Cell> {
        let weakest = system.scores.components.iter().take(WEAKEST);
        let weakest = weakest.map(|one| format!("{} {}", one.name, value(one.score.value)));
        vec![
            system.name.clone().into(),
            points(&system.scores.system).into(),
            rough(system.scores.coverage).into(),
            age(system, today).into(),
            basis(system).into(),
            weakest.collect::<Vec<_>>().join(", ").into(),
        ]
    };
    Page {
        title,
        verdict: None,
        sentences,
        tables: vec![Table {
            columns: [
                figures("system", &["score", "tried", "learned", "twin's error"]),
                vec![Column::Word("weakest")],
            ]
            .concat(),
            rows: estate.systems.iter().map(row).collect(),
        }],
        footer: estate.systems.iter().map(|system| format!("repeat: {}", system.repeat)).collect(),
    }
}

/// What would raise the score of a system.
fn fixes(system: &System, estate: &Estate) -> Vec<String> {
    let of = if estate.systems.len() > 1 { format!(" of {}", system.name) } else { String::new() };
    let fixes = system.scores.fixes.iter().map(|fix| {
        format!(
            "What would help{of}: {}={} spares {} of requests under the worst faults.",
            fix.address,
            fix.value,
            full(&fix.saves, Unit::Share)
        )
    });
    fixes.collect()
}

fn value(value: Option<f64>) -> String {
    value.map_or_else(|| String::from("–"), |value| format!("{value:.1}"))
}

/// `87 (85–89)`
fn points(number: &Number) -> String {
    format!("{} ({}–{})", value(number.value), value(number.low), value(number.high))
}

/// How long ago the telemetry ends that the twin was learned from.
fn age(system: &System, today: Timestamp) -> String {
    let Some(to) = &system.scores.learned_to else { return String::from("written by hand") };
    match to.parse::<Timestamp>() {
        Ok(to) => format!("{} d ago", today.duration_since(to).as_hours() / 24),
        Err(_) => to.clone(),
    }
}

/// The error of the twin that the score carries.
fn basis(system: &System) -> String {
    system.scores.twin_error.map_or_else(|| String::from("not known"), rough)
}
