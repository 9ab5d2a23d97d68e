//! What is asked, in words: objectives, why they are missed, and why some cannot be decided.

use foreshadow_scenarios::report::{AssumptionReport, ObjectiveReport, Report, Undecided, Verdict};

use super::tone;
use crate::number::{Unit, clock, full, limit as written};

/// What an objective is about, in words.
pub(in super::super) fn subject(objective: &ObjectiveReport) -> String {
    let of = objective.endpoint.as_ref().or(objective.component.as_ref());
    format!("{} {}", of.map_or("", String::as_str), objective.measure.replace('_', " "))
}

pub(in super::super) fn limit(objective: &ObjectiveReport) -> String {
    let sign = if objective.measure == "success_rate" { "≥" } else { "≤" };
    format!("{sign} {}", written(objective.limit, Unit::of(objective.unit)))
}

/// Why an objective was missed.
pub(in super::super) fn missed(objective: &ObjectiveReport) -> Option<String> {
    if objective.verdict != Verdict::Missed {
        return None;
    }
    let unit = Unit::of(objective.unit);
    let (subject, limit) = (subject(objective), limit(objective));
    if let Some(recovery) = &objective.recovery {
        return Some(format!(
            "{subject}: {} of runs are not back within {} of the last fault, at {}.",
            full(&recovery.late_share, Unit::Share),
            written(objective.limit, unit),
            clock(recovery.from_s)
        ));
    }
    Some(match (&objective.estimate.value, &objective.share_over) {
        (Some(_), _) => format!("{subject} is {}, not {limit}.", full(&objective.estimate, unit)),
        (None, Some(over)) => {
            let limit = written(objective.limit, unit);
            format!("{subject}: {} of requests fail or take over {limit}.", full(over, Unit::Share))
        }
        (None, None) => format!("{subject} is not {limit}."),
    })
}

/// Why one objective is undecided.
pub(in super::super) fn open(report: &Report, objective: &ObjectiveReport) -> String {
    let subject = subject(objective);
    match report.reason {
        Some(Undecided::Unstable) => {
            format!("There is no steady state in which to judge {subject}.")
        }
        Some(Undecided::Interrupted) => format!("Stopped before {subject} was decided."),
        Some(Undecided::Interval | Undecided::Assumption) | None => {
            format!(
                "{subject} is {}: too close to call.",
                full(&objective.estimate, Unit::of(objective.unit))
            )
        }
    }
}

/// Why there is no verdict.
pub(super) fn undecided(report: &Report) -> Vec<String> {
    match report.reason {
        None => Vec::new(),
        Some(Undecided::Interval) => {
            let open = || report.objectives.iter().filter(|o| o.verdict == Verdict::Undecided);
            let unseen = open().filter(|o| o.estimate.value.is_none() && o.share_over.is_none());
            let mut sentences: Vec<String> = unseen
                .map(|o| format!("Nothing was observed that could decide {}.", subject(o)))
                .collect();
            if sentences.is_empty() {
                let open: Vec<String> = open().map(subject).collect();
                sentences.push(format!(
                    "Too close to call after {} replications: {}. Raise `run.max_replications`.",
                    report.replications,
                    open.join(", ")
                ));
            }
            sentences
        }
        Some(Undecided::Unstable) => {
            let open = report.objectives.iter().filter(|o| o.verdict == Verdict::Undecided);
            let open: Vec<String> = open.map(subject).collect();
            vec![format!("There is no steady state in which to judge {}.", open.join(", "))]
        }
        Some(Undecided::Interrupted) => vec![String::from("Stopped before it was decided.")],
        Some(Undecided::Assumption) => {
            report.assumptions.iter().filter(|a| a.flips).map(flip).collect()
        }
    }
}

/// How an assumption decides the verdict.
fn flip(assumption: &AssumptionReport) -> String {
    let ends = [&assumption.low, &assumption.high];
    let ends: Vec<String> = ends
        .into_iter()
        .flatten()
        .filter_map(|end| {
            Some(format!("{} with {} = {}", tone(end.verdict?).0, assumption.address, end.value))
        })
        .collect();
    let settle = assumption.settle.as_ref().map_or_else(String::new, |from| format!(" ({from})"));
    format!(
        "It depends on what is only assumed, {} = {}{settle}: {}. Measure it.",
        assumption.address,
        assumption.value,
        ends.join(", ")
    )
}
