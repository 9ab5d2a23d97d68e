//! What a campaign found, for a person: the worst first.

use foreshadow_campaigns::report::{Report, ScenarioReport, Severity};
use foreshadow_scenarios::report::{Number, Verdict};

use super::page::{Cell, Column, Page, Table, Tone, figures, tone};
use crate::number::{Unit, clock, full, rough, short, significant};

/// Rows of a table; the rest is in the JSON.
const ROWS: usize = 12;
/// Joint faults and fragile things that are named.
const NAMED: usize = 5;

/// The page of a campaign.
pub(super) fn page(report: &Report) -> Page {
    let mut sentences = Vec::new();
    sentences.extend(judged(report));
    sentences.extend(worst(report));
    sentences.extend(metastable(report));
    sentences.extend(breaking(report));
    sentences.extend(harmless(report));
    sentences.extend(joint(report));
    sentences.extend(expected(report));
    sentences.extend(fragile(report));
    sentences.extend(scores(report));
    sentences.extend(report.warnings.iter().map(|warning| format!("Note: {warning}.")));
    Page {
        title: format!("{}: campaign", report.scenario),
        verdict: report.verdict.map(tone),
        sentences,
        tables: ranking(report).into_iter().collect(),
        footer: vec![
            format!(
                "{} pairs of runs of {}, seed {}; intervals are 95 %, foreshadow {}",
                report.trials,
                clock(report.horizon_s),
                report.seed,
                report.version
            ),
            format!("repeat: {}", report.repeat),
        ],
    }
}

/// What the threshold says.
fn judged(report: &Report) -> Option<String> {
    let most = report.severity_threshold?;
    let of = |verdict| {
        let such = report.scenarios.iter().filter(move |one| one.verdict == Some(verdict));
        such.map(|one| one.name.as_str()).collect::<Vec<_>>()
    };
    let most = rough(most);
    let (missed, open) = (of(Verdict::Missed), of(Verdict::Undecided));
    Some(match (missed.as_slice(), open.as_slice()) {
        ([], []) => format!("No fault harms more than {most} of requests."),
        ([], open) => {
            let more = "more replications would tell";
            format!("Whether {} harm more than {most} is not decided; {more}.", some(open))
        }
        (missed, _) => format!("More than {most} of requests are harmed by {}.", some(missed)),
    })
}

/// The first few names, and how many there are besides.
fn some(names: &[&str]) -> String {
    let named = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// The first of the ranking, in a sentence.
fn worst(report: &Report) -> Option<String> {
    let worst = report.scenarios.first()?;
    let spread = match worst.degraded.len() {
        0 => String::new(),
        1 => format!(", and degrades {}", worst.degraded[0].0),
        n => format!(", and degrades {n} components"),
    };
    Some(format!(
        "{} is the worst: it harms {} of requests until recovery{spread}.",
        worst.name,
        full(&worst.harmed, Unit::Share)
    ))
}

/// What stays broken after its cause has gone, but for what a breaking point says more of.
fn metastable(report: &Report) -> Option<String> {
    let lasting = report.scenarios.iter().filter(|scenario| {
        let breaks = scenario.breaking.as_ref().is_some_and(|found| found.breaks.is_some());
        !breaks && scenario.metastable.is_some_and(|share| share.value > Some(0.0))
    });
    let lasting: Vec<&ScenarioReport> = lasting.collect();
    let first = lasting.first()?;
    let others: Vec<&str> = lasting.iter().skip(1).map(|scenario| scenario.name.as_str()).collect();
    let others = match others.as_slice() {
        [] => String::new(),
        others => format!("; so do {}", some(others)),
    };
    let share = full(&first.metastable?, Unit::Share);
    let name = &first.name;
    Some(format!("{name} leaves the system broken after it has ended, in {share} of runs{others}."))
}

/// Where faults begin to break the system.
fn breaking(report: &Report) -> Vec<String> {
    let points = report.scenarios.iter().filter_map(|scenario| {
        let found = scenario.breaking.as_ref()?;
        let name = &found.parameter;
        Some(match (&found.holds, &found.breaks) {
            (Some(holds), Some(breaks)) => format!(
                "{} leaves the system broken for good from a {name} between {holds} and {breaks}.",
                scenario.name
            ),
            (None, Some(breaks)) => format!(
                "{} leaves the system broken for good already with a {name} of {breaks}.",
                scenario.name
            ),
            (Some(holds), None) => {
                let limit = found.limit.as_ref();
                let limit = limit.map_or("", |_| ", the most that a run of this length tells");
                format!("{}: the system recovers up to a {name} of {holds}{limit}.", scenario.name)
            }
            (None, None) => {
                found.limit.as_ref()?;
                format!("{}: the run is too short for a breaking point.", scenario.name)
            }
        })
    });
    points.collect()
}

/// How many did nothing.
fn harmless(report: &Report) -> Option<String> {
    let low = |scenario: &&ScenarioReport| scenario.severity == Some(Severity::Low);
    let alone = || report.scenarios.iter().filter(|scenario| scenario.together == 1);
    let (count, all) = (alone().filter(low).count(), alone().count());
    (count > 0).then(|| format!("{count} of {all} faults harm less than 1 % of requests."))
}

fn joint(report: &Report) -> Vec<String> {
    let worse = report.joint.iter().take(NAMED).map(|joint| {
        format!(
            "{} together are worse than their parts, by {} of requests.",
            joint.name,
            full(&joint.excess, Unit::Share)
        )
    });
    worse.collect()
}

fn expected(report: &Report) -> Vec<String> {
    let Some(expected) = &report.expected else {
        return Vec::new();
    };
    let unit = report.worth_unit.as_deref().unwrap_or("requests");
    let mut sentences = vec![format!(
        "Expected harm: {} of worth, {} {unit} in 30 days of this load.",
        full(&expected.harmed, Unit::Share),
        full(&expected.lost_per_month, Unit::Plain)
    )];
    let likely = expected.missed.iter().filter(|(_, share)| share.value > Some(0.0));
    sentences.extend(likely.take(NAMED).map(|(objective, share)| {
        format!(
            "{objective} is missed at a random time with probability {}.",
            full(share, Unit::Share)
        )
    }));
    if let Some(structural) = &expected.structural {
        sentences.push(format!(
            "By structure alone, whatever number fails at once: {} of worth.",
            full(structural, Unit::Share)
        ));
    }
    if expected.beyond > 0.0 {
        sentences.push(format!(
            "More failures at once than were tried are in force {} % of the time.",
            significant(expected.beyond * 100.0)
        ));
    }
    if let Some(reduction) = expected.variance_reduction {
        sentences.push(format!(
            "Drawing the state of the system at random would take {} times as many runs.",
            significant(reduction)
        ));
    }
    sentences
}

/// The score of the system, and what would raise it most.
fn scores(report: &Report) -> Vec<String> {
    let Some(scores) = &report.scores else {
        return Vec::new();
    };
    let end = |end: Option<f64>| end.map_or_else(|| String::from("–"), |end| format!("{end:.0}"));
    let basis = match (scores.rates_known, scores.twin_error) {
        (true, Some(_)) => "",
        (true, None) => "; the twin is taken as right",
        (false, Some(_)) => "; one of these faults at a time, all equally likely",
        (false, None) => {
            "; one of these faults at a time, all equally likely, and the twin taken as right"
        }
    };
    let mut sentences = vec![format!(
        "Resilience score {} of 100 ({}–{}), {:.0} % of components and edges tried{basis}.",
        end(scores.system.value),
        end(scores.system.low),
        end(scores.system.high),
        scores.coverage * 100.0
    )];
    sentences.extend(scores.fixes.iter().map(|fix| {
        format!(
            "What would help: {}={} spares {} of requests under the worst faults.",
            fix.address,
            fix.value,
            full(&fix.saves, Unit::Share)
        )
    }));
    sentences
}

fn fragile(report: &Report) -> Option<String> {
    let named = report.fragility.iter().filter(|f| f.fragility >= 1.0).take(NAMED);
    let named: Vec<String> = named.map(|f| format!("{} {:.0} %", f.address, f.fragility)).collect();
    let first = report.fragility.first()?;
    let basis = if first.rates_known { "" } else { " (all failing equally often)" };
    (!named.is_empty()).then(|| format!("Most fragile{basis}: {}.", named.join(", ")))
}

/// How bad a fault is, in a word.
pub(super) const fn severity(scenario: &ScenarioReport) -> (&'static str, Tone) {
    match scenario.severity {
        Some(Severity::High) => ("high", Tone::Bad),
        Some(Severity::Medium) => ("medium", Tone::Doubtful),
        Some(Severity::Low) => ("low", Tone::Plain),
        None => ("–", Tone::Plain),
    }
}

/// The ranking.
fn ranking(report: &Report) -> Option<Table> {
    let has_rates = report.scenarios.iter().any(|scenario| scenario.per_month.is_some());
    let row = |scenario: &ScenarioReport| -> Vec<Cell> {
        let (severity, tone) = severity(scenario);
        let seconds = |number: &Number| {
            number.value.map_or_else(|| String::from("–"), |s| format!("{} s", significant(s)))
        };
        let recovered = match scenario.recovered_s.value {
            Some(_) => seconds(&scenario.recovered_s),
            // Where the run is too short, it is not known.
            None if scenario.metastable.is_none() => String::from("–"),
            None => String::from("never"),
        };
        let mut row: Vec<Cell> = vec![
            scenario.name.clone().into(),
            full(&scenario.harmed, Unit::Share).into(),
            Cell { text: severity.to_owned(), tone },
            scenario.degraded.len().to_string().into(),
            seconds(&scenario.detected_s).into(),
            recovered.into(),
        ];
        if has_rates {
            let lost = scenario.lost_per_month.unwrap_or_default();
            row.push(short(&lost, Unit::Plain).into());
        }
        row
    };
    let mut rows: Vec<Vec<Cell>> = report.scenarios.iter().take(ROWS).map(row).collect();
    let left_out = report.scenarios.len().saturating_sub(ROWS);
    if left_out > 0 {
        rows.push(vec![format!("and {left_out} more").into()]);
    }
    let mut columns = figures("fault", &["requests harmed"]);
    columns.push(Column::Word("severity"));
    columns.extend(["degraded", "seen", "back"].map(Column::Number));
    if has_rates {
        columns.push(Column::Number("lost/30 d"));
    }
    (!rows.is_empty()).then_some(Table { columns, rows })
}
