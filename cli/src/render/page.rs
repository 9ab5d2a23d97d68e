//! What a report says to a person, before it is set in any form.

mod asked;
mod steady;

use foreshadow_scenarios::report::{
    Bottleneck, Compared, Comparison, ObjectiveReport, Part, Report, Skipped, Verdict,
};

use asked::undecided;
pub(super) use asked::{limit, missed, open, subject};

use crate::number::{Unit, clock, counted, full, rough, short};

/// Rows of a table of components; the rest is in the JSON.
const COMPONENTS: usize = 8;

/// One report as headline, sentences and tables.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) title: String,
    pub(super) verdict: Option<(&'static str, Tone)>,
    pub(super) sentences: Vec<String>,
    pub(super) tables: Vec<Table>,
    pub(super) footer: Vec<String>,
}

/// Rows under a header; the first column names them.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Cell>>,
}

/// A column: numbers stand to the right, words to the left.
#[derive(Debug, Clone, Copy)]
pub(super) enum Column {
    Number(&'static str),
    Word(&'static str),
}

/// What an address may be broken into: it ends behind its dots. A number is one piece.
pub(super) fn pieces(word: &str) -> impl Iterator<Item = &str> {
    let is_end = |&(at, _): &(usize, &str)| word[at + 1..].starts_with(char::is_alphabetic);
    let ends = word.match_indices('.').filter(is_end).map(|(at, _)| at + 1).chain([word.len()]);
    ends.scan(0, |begin, end| Some(&word[std::mem::replace(begin, end)..end]))
        .filter(|piece| !piece.is_empty())
}

/// The column of a verdict, which needs no name.
pub(super) const VERDICT: Column = Column::Word("");

impl Column {
    pub(super) const fn name(self) -> &'static str {
        let (Self::Number(name) | Self::Word(name)) = self;
        name
    }
}

/// The columns of figures, and what they are of.
pub(super) fn figures(first: &'static str, rest: &[&'static str]) -> Vec<Column> {
    let rest = rest.iter().map(|name| Column::Number(name));
    std::iter::once(Column::Word(first)).chain(rest).collect()
}

/// The columns of what is judged: figures, and a verdict.
pub(super) fn judged(first: &'static str, rest: &[&'static str]) -> Vec<Column> {
    let mut columns = figures(first, rest);
    columns.push(VERDICT);
    columns
}

/// Text with a tone.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) tone: Tone,
}

/// How text is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Good,
    Bad,
    Doubtful,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, tone: Tone::Plain }
    }
}

pub(super) fn tone(verdict: Verdict) -> (&'static str, Tone) {
    match verdict {
        Verdict::Held => ("held", Tone::Good),
        Verdict::Missed => ("missed", Tone::Bad),
        Verdict::Undecided => ("undecided", Tone::Doubtful),
    }
}

impl Page {
    /// What `report` says.
    pub(super) fn of(report: &Report) -> Self {
        let mut sentences = Vec::new();
        sentences.extend(steady::unstable(report));
        sentences.extend(report.objectives.iter().filter_map(missed));
        sentences.extend(undecided(report));
        sentences.extend(steady::metastable(report));
        sentences.extend(report.bottleneck.as_ref().map(bottleneck));
        sentences.extend(failures(report));
        sentences.extend(worth(report));
        sentences.extend(unmoved(report));
        sentences.extend(no_difference(report));
        sentences.extend(steady::warm_up(report));
        sentences.extend(uncertainty(report));
        sentences.extend(report.warnings.iter().map(|warning| format!("Note: {warning}.")));
        let tables =
            [objectives(report), comparisons(report), endpoints(report), components(report)];
        let runs = counted(report.replications, "replication");
        let length = clock(report.horizon_s);
        Self {
            title: report.scenario.clone(),
            verdict: report.verdict.map(tone),
            sentences,
            tables: tables.into_iter().flatten().collect(),
            footer: vec![
                format!(
                    "{runs} of {length}, seed {}; intervals are 95 %, foreshadow {}",
                    report.seed, report.version
                ),
                format!("repeat: {}", report.repeat),
            ],
        }
    }
}

/// What the intervals rest on, where what parameters are not known by was asked for.
fn uncertainty(report: &Report) -> Option<String> {
    let found = report.uncertainty.as_ref()?;
    let count = match found.parameters.len() {
        0 => {
            return Some(String::from(
                "No value of the twin has a low and a high end to draw from.",
            ));
        }
        1 => String::from("1 value"),
        count => format!("{count} values"),
    };
    let of_parameters = |part: &&Part| {
        let [low, high] = part.parameters;
        let [from, to] = part.sampling;
        match (low, high, from, to) {
            (Some(low), Some(high), Some(from), Some(to)) => high - low > to - from,
            _ => false,
        }
    };
    let more = found.parts.iter().filter(of_parameters).count();
    Some(format!(
        "Intervals carry what {count} of the twin are not known by, beside what replications differ by; \
         it is the larger part of {more} of {} (--format json has both).",
        found.parts.len()
    ))
}

/// That the verdict does not depend on what is assumed, and what was tried.
fn unmoved(report: &Report) -> Option<String> {
    let (word, _) = tone(report.verdict?);
    let with_range = || report.assumptions.iter().filter(|a| a.low.is_some() || a.high.is_some());
    if with_range().next().is_none() || with_range().any(|assumption| assumption.flips) {
        return None;
    }
    let tried = with_range().filter(|assumption| {
        [&assumption.low, &assumption.high].into_iter().flatten().any(|end| end.verdict.is_some())
    });
    let unclear = with_range().any(|assumption| {
        let ends = [&assumption.low, &assumption.high].into_iter().flatten();
        ends.into_iter().any(|end| end.skipped == Some(Skipped::NotJudgeable))
    });
    if unclear {
        return Some(String::from(
            "An objective has no meaning at an end of what is assumed; see `assumptions` in the JSON.",
        ));
    }
    let tried: Vec<&str> = tried.map(|assumption| assumption.address.as_str()).collect();
    Some(match (with_range().count(), tried.len()) {
        (1, 0) => String::from("The one value that is only assumed cannot matter here."),
        (all, 0) => format!("None of the {all} values that are only assumed can matter here."),
        (1, _) => format!("It is {word} at both ends of what is only assumed, {}.", tried[0]),
        (all, some) if some <= 4 => format!(
            "It is {word} at both ends of all {all} values that are only assumed; those that the \
             run came near are {}.",
            tried.join(", ")
        ),
        (all, _) => format!("It is {word} at both ends of all {all} values that are only assumed."),
    })
}

/// How many measures of a comparison show no difference.
fn no_difference(report: &Report) -> Option<String> {
    let compared = || report.comparisons.iter().filter(|c| c.difference.value.is_some());
    let all = compared().count();
    let alike = |verdict| matches!(verdict, Compared::Same | Compared::Undecided);
    let alike = compared().filter(|c| alike(c.verdict)).count();
    (alike > 0).then(|| format!("{alike} of {all} measures show no difference from the baseline."))
}

/// What saturates first, and why.
fn bottleneck(bottleneck: &Bottleneck) -> String {
    let Bottleneck { component, peak_occupancy, resource, .. } = bottleneck;
    let (busy, resource) = (rough(*peak_occupancy), resource.name());
    let mut text = match bottleneck.full_from_s {
        Some(from) if bottleneck.full => format!(
            "{component} saturates first: from {} on, up to {busy} of its {resource} are in use",
            clock(from)
        ),
        _ => format!(
            "Nothing saturates; {component} is closest, with {busy} of its {resource} in use at most"
        ),
    };
    if let Some(waits) = &bottleneck.waits_for {
        text += &format!(", {} of that time waiting for {}", rough(waits.share), waits.component);
    }
    text += ".";
    if !bottleneck.fills.is_empty() {
        text += &format!(" Full because they wait for it: {}.", bottleneck.fills.join(", "));
    }
    text
}

/// How users' requests went wrong, where more than a few did.
fn failures(report: &Report) -> Vec<String> {
    let mut sentences = Vec::new();
    for (name, endpoint) in &report.endpoints {
        let wrong = endpoint.outcomes.iter().filter(|(outcome, share)| {
            outcome != "ok" && share.value.is_some_and(|share| share >= 0.001)
        });
        let wrong: Vec<String> = wrong
            .map(|(outcome, share)| {
                format!("{} {}", short(share, Unit::Share), outcome.replace('_', " "))
            })
            .collect();
        if !wrong.is_empty() {
            sentences.push(format!("{name}: {}.", wrong.join(", ")));
        }
    }
    sentences
}

fn objectives(report: &Report) -> Option<Table> {
    let row = |objective: &ObjectiveReport| {
        let (word, tone) = tone(objective.verdict);
        vec![
            subject(objective).into(),
            limit(objective).into(),
            full(&objective.estimate, Unit::of(objective.unit)).into(),
            Cell { text: word.to_owned(), tone },
        ]
    };
    (!report.objectives.is_empty()).then(|| Table {
        columns: judged("objective", &["limit", "predicted"]),
        rows: report.objectives.iter().map(row).collect(),
    })
}

fn comparisons(report: &Report) -> Option<Table> {
    let rows = comparison_rows(&report.comparisons);
    (!rows.is_empty()).then(|| Table {
        columns: judged("against the baseline", &["before", "after", "difference"]),
        rows,
    })
}

/// Measures that differ, in a row each.
pub(super) fn comparison_rows(comparisons: &[Comparison]) -> Vec<Vec<Cell>> {
    let shown = comparisons
        .iter()
        .filter(|comparison| matches!(comparison.verdict, Compared::Better | Compared::Worse));
    let rows = shown.map(|comparison| {
        let unit = Unit::of(comparison.unit);
        let (word, tone) = match comparison.verdict {
            Compared::Better => ("better", Tone::Good),
            Compared::Worse => ("worse", Tone::Bad),
            Compared::Same | Compared::Undecided => ("no difference shown", Tone::Plain),
        };
        let measure = comparison.measure.trim_end_matches("_per_s").replace('_', " ");
        vec![
            format!("{} {measure}", comparison.endpoint).into(),
            short(&comparison.baseline, unit).into(),
            short(&comparison.candidate, unit).into(),
            full(&comparison.difference, unit).into(),
            Cell { text: word.to_owned(), tone },
        ]
    });
    rows.collect()
}

/// What the successes of endpoints were worth, where the scenario says what one is.
fn worth(report: &Report) -> Option<String> {
    let worth = report.endpoints.iter().filter_map(|(name, endpoint)| {
        let unit = endpoint.worth_unit.as_ref()?;
        Some(format!("{name} {} {unit}/s", full(endpoint.worth_per_s.as_ref()?, Unit::Plain)))
    });
    let worth: Vec<String> = worth.collect();
    (!worth.is_empty()).then(|| format!("Worth of what succeeded: {}.", worth.join(", ")))
}

fn endpoints(report: &Report) -> Option<Table> {
    let rows = report.endpoints.iter().map(|(name, endpoint)| {
        let latency = |number| short(number, Unit::Milliseconds).into();
        vec![
            name.clone().into(),
            short(&endpoint.offered_per_s, Unit::PerSecond).into(),
            short(&endpoint.goodput_per_s, Unit::PerSecond).into(),
            latency(&endpoint.latency_ms.p50),
            latency(&endpoint.latency_ms.p95),
            latency(&endpoint.latency_ms.p99),
            short(&endpoint.success_rate, Unit::Share).into(),
        ]
    });
    (!report.endpoints.is_empty()).then(|| Table {
        columns: figures("endpoint", &["offered", "goodput", "p50", "p95", "p99", "ok"]),
        rows: rows.collect(),
    })
}

fn components(report: &Report) -> Option<Table> {
    let mut busiest: Vec<_> = report.components.iter().collect();
    busiest.sort_by(|(_, a), (_, b)| {
        let key =
            |c: &foreshadow_scenarios::report::ComponentReport| c.utilization.value.unwrap_or(-1.0);
        key(b).total_cmp(&key(a))
    });
    let left_out = busiest.len().saturating_sub(COMPONENTS);
    let rows = busiest.iter().take(COMPONENTS).map(|(name, component)| {
        vec![
            name.clone().into(),
            short(&component.replicas, Unit::Plain).into(),
            short(&component.throughput_per_s, Unit::PerSecond).into(),
            short(&component.utilization, Unit::Share).into(),
            short(&component.waiting, Unit::Plain).into(),
            short(&component.wait_ms.p99, Unit::Milliseconds).into(),
            short(&component.rejected_share, Unit::Share).into(),
        ]
    });
    let mut rows: Vec<Vec<Cell>> = rows.collect();
    if left_out > 0 {
        rows.push(vec![format!("and {left_out} less busy").into()]);
    }
    (!rows.is_empty()).then(|| Table {
        columns: figures(
            "component",
            &["replicas", "served", "slots used", "waiting", "wait p99", "refused"],
        ),
        rows,
    })
}
