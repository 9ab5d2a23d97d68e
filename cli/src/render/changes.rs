//! What changed between two saved reports, as a page.

use foreshadow_scenarios::report::{Changes, Compared, ObjectiveChange, Side, Verdict};

use super::page::{Cell, Column, Page, Table, Tone, comparison_rows, judged, limit, subject, tone};
use crate::number::{Unit, short};

/// The columns of compared measures.
pub(super) fn compared() -> Vec<Column> {
    judged("measure", &["before", "after", "difference"])
}

/// What `changes` says.
pub(super) fn page(changes: &Changes) -> Page {
    let mut tables = Vec::new();
    tables.extend(objectives(changes));
    let rows = comparison_rows(&changes.comparisons);
    if !rows.is_empty() {
        tables.push(Table { columns: compared(), rows });
    }
    let (before, after) = (&changes.baseline, &changes.candidate);
    Page {
        title: title(before, after),
        verdict: after.verdict.map(tone),
        sentences: sentences(changes),
        tables,
        footer: vec![
            side_facts("before", before),
            side_facts("after", after),
            String::from("nothing is paired; intervals are 95 %"),
            format!("repeat: {}", before.repeat),
            format!("repeat: {}", after.repeat),
        ],
    }
}

fn title(before: &Side, after: &Side) -> String {
    if before.scenario == after.scenario {
        after.scenario.clone()
    } else {
        format!("{} → {}", before.scenario, after.scenario)
    }
}

/// What both rest on.
pub(super) fn facts(changes: &Changes) -> String {
    let (before, after) = (&changes.baseline, &changes.candidate);
    format!(
        "{}; {}; nothing is paired, intervals are 95 %",
        side_facts("before", before),
        side_facts("after", after)
    )
}

fn side_facts(when: &str, side: &Side) -> String {
    let Side { replications, seed, version, .. } = side;
    format!("{when}: {replications} replications, seed {seed}, foreshadow {version}")
}

/// What changed, in words.
fn sentences(changes: &Changes) -> Vec<String> {
    let mut sentences = Vec::new();
    let word = |verdict: Option<Verdict>| verdict.map_or("not judged", |verdict| tone(verdict).0);
    let (before, after) = (word(changes.baseline.verdict), word(changes.candidate.verdict));
    sentences.push(match (changes.baseline.verdict, changes.candidate.verdict) {
        (None, None) => String::from("Neither was judged."),
        (was, is) if was == is => format!("It was {before}, and still is."),
        _ => format!("It was {before}; now it is {after}."),
    });
    for change in &changes.objectives {
        sentences.extend(objective(change));
    }
    let count = |verdict| changes.comparisons.iter().filter(|c| c.verdict == verdict).count();
    let (better, worse) = (count(Compared::Better), count(Compared::Worse));
    let all = changes.comparisons.iter().filter(|c| c.difference.value.is_some()).count();
    if all > 0 {
        sentences.push(format!("Of {all} measures {better} are better and {worse} worse."));
    }
    for (names, what) in [
        (&changes.other_load, "Not offered the same load as before"),
        (&changes.new, "Only after"),
        (&changes.gone, "Only before"),
    ] {
        if !names.is_empty() {
            sentences.push(format!("{what}: {}.", names.join(", ")));
        }
    }
    sentences
}

/// How the verdict of an objective changed.
fn objective(change: &ObjectiveChange) -> Option<String> {
    match (&change.baseline, &change.candidate) {
        (Some(before), Some(after)) if before.verdict != after.verdict => Some(format!(
            "{} was {}, and is {}.",
            subject(after),
            tone(before.verdict).0,
            tone(after.verdict).0
        )),
        (Some(before), None) => Some(format!("{} is no longer asked.", subject(before))),
        (None, Some(after)) => Some(format!("{} was not asked before.", subject(after))),
        _ => None,
    }
}

/// Objectives before and after.
fn objectives(changes: &Changes) -> Option<Table> {
    let row = |change: &ObjectiveChange| {
        let latest = change.latest()?;
        let unit = Unit::of(latest.unit);
        let (before, after) = (change.baseline.as_ref(), change.candidate.as_ref());
        let shown = |side: Option<&foreshadow_scenarios::report::ObjectiveReport>| {
            side.map_or_else(|| String::from("not asked"), |side| short(&side.estimate, unit))
        };
        let limits = match before.zip(after) {
            Some((before, after)) if limit(before) != limit(after) => {
                format!("{} → {}", limit(before), limit(after))
            }
            _ => limit(latest),
        };
        let word = |side: Option<&foreshadow_scenarios::report::ObjectiveReport>| {
            side.map_or(("–", Tone::Plain), |side| tone(side.verdict))
        };
        let ((was, _), (is, now)) = (word(before), word(after));
        let text = if was == is { is.to_owned() } else { format!("{was} → {is}") };
        Some(vec![
            subject(latest).into(),
            limits.into(),
            shown(before).into(),
            shown(after).into(),
            Cell { text, tone: now },
        ])
    };
    let rows: Vec<Vec<Cell>> = changes.objectives.iter().filter_map(row).collect();
    let columns = judged("objective", &["limit", "before", "after"]);
    (!rows.is_empty()).then_some(Table { columns, rows })
}
