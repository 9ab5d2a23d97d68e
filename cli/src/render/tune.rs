//! The cheapest change that holds, for a person.

use std::collections::BTreeMap;

use foreshadow_optimizer::tune::report::{
    Critical, FinalistReport, Report, Seen, Sensitivity, Step,
};
use foreshadow_scenarios::report::Verdict;

use super::capacity::times;
use super::page::Column::{Number, Word};
use super::page::{Cell, Page, Table, Tone, VERDICT, comparison_rows, figures, judged, tone};
use crate::number::{Unit, counted, full, rough, significant};

/// Knobs that a finalist is shown with.
const SETS: usize = 3;
/// Rows of a table of sensitivity.
const KNOBS: usize = 12;
/// Size of the plot, in characters.
const COLUMNS: usize = 64;
const ROWS: usize = 12;

/// The page of a tuning.
pub(super) fn page(report: &Report) -> Page {
    let tables = [parts(report), finalists(report), sensitivity(report), compared(report)];
    Page {
        title: format!("{}: tuning", report.scenario),
        verdict: Some(tone(report.verdict)),
        sentences: sentences(report),
        tables: tables.into_iter().flatten().collect(),
        footer: vec![
            format!(
                "{} in {}, {} more for the proof of {}, seed {}; verdicts of finalists are at 95 % together, \
                 of parts and steps at 95 % each; foreshadow {}",
                counted(report.candidates, "candidate"),
                counted(report.search_replications, "replication"),
                report.proof_replications,
                counted(report.finalists.len(), "finalist"),
                report.seed,
                report.version
            ),
            format!("repeat: {}", report.repeat),
        ],
    }
}

/// A cost with its unit.
pub(super) fn cost(report: &Report, value: f64) -> String {
    let unit = report.unit.as_deref().unwrap_or("");
    format!("{} {unit}", significant(value)).trim().to_owned()
}

fn sentences(report: &Report) -> Vec<String> {
    let mut all = vec![answer(report)];
    all.extend(rest(report));
    if let Some(headroom) = &report.headroom {
        let beyond = match headroom.missed.as_slice() {
            [] => String::new(),
            [one] => format!("; beyond it {one} is missed"),
            missed => format!("; beyond it {} are missed", missed.join(" and ")),
        };
        let calm = if headroom.is_calm { ", without the faults of the campaign" } else { "" };
        all.push(match headroom.multiple.low {
            Some(_) => format!("Changed, it bears {} of the load{calm}{beyond}.", times(&headroom.multiple)),
            None => String::from(
                "How much more load it bears is not decided with so few `run.replications`; `foreshadow capacity` \
                 with the change tells.",
            ),
        });
    }
    if let Some((count, why)) = &report.refused {
        all.push(format!("Note: {} cannot be: {why}.", counted(count, "candidate")));
    }
    all.extend(report.notes.iter().map(|note| format!("Note: {note}.")));
    all
}

/// `its load`, `1.2 × its load`
fn load(report: &Report) -> String {
    match report.safety_factor {
        factor if factor > 1.0 => format!("{} × its load", significant(factor)),
        _ => String::from("its load"),
    }
}

/// What was found.
fn answer(report: &Report) -> String {
    let under = match report.cases {
        1 => load(report),
        2 => format!("{} and one more condition", load(report)),
        more => format!("{} and {} more conditions", load(report), more - 1),
    };
    let Some(change) = report.change() else {
        return nothing(report, &under);
    };
    let goal = report.goals.first().map_or("cost", |goal| goal.name.as_str());
    let before = report.cost_before.filter(|_| goal == "cost").map_or_else(String::new, |before| {
        let apart = change.cost - before;
        let sign = if apart < 0.0 { "less" } else { "more" };
        match (apart / before).abs() {
            // What costs nothing now is no measure of more.
            size if size.is_infinite() => format!(", {sign} than now ({})", cost(report, before)),
            size if size >= 0.005 => {
                format!(", {} {sign} than now ({})", rough(size), cost(report, before))
            }
            // What rounds to nothing, and nothing of nothing.
            _ => String::from(", about as much as now"),
        }
    });
    format!(
        "At {}{before}: holds every objective under {under}, among the finalists, for this twin and {}.",
        cost(report, change.cost),
        report.load()
    )
}

/// Why there is no change.
fn nothing(report: &Report, under: &str) -> String {
    if report.verdict == Verdict::Undecided {
        if report.finalists.is_empty() {
            return String::from("Nothing could be run, so nothing is known.");
        }
        return format!(
            "No candidate is shown to hold every objective under {under} within this budget; {} of the finalists \
             may. Raise `--budget`, and `--time` if it was given.",
            report.finalists.iter().filter(|one| one.verdict == Verdict::Undecided).count()
        );
    }
    let nowhere = match report.nowhere.as_slice() {
        [] => String::from("no single objective is missed by all that was looked at"),
        all => format!("all that was looked at misses {}", all.join(" and ")),
    };
    let closest = report.finalists.iter().filter_map(|one| Some((one, one.critical.as_ref()?)));
    let miss =
        |critical: &Critical| critical.value.value.unwrap_or(f64::INFINITY) / critical.allowed;
    let closest = closest.min_by(|a, b| miss(a.1).total_cmp(&miss(b.1)));
    let closest = closest.map_or_else(String::new, |(one, critical)| {
        format!(
            " The closest miss, at {}: {} where {} is allowed ({}).",
            cost(report, one.cost),
            measured(critical),
            amount(critical, critical.allowed),
            title(critical)
        )
    });
    let none = match report.finalists.len() {
        1 => String::from("The one finalist misses an objective"),
        count => format!("Each of the {count} finalists misses an objective"),
    };
    format!("{none} under {under}, and {nowhere}.{closest}")
}

/// What of the better finalists is known.
fn rest(report: &Report) -> Option<String> {
    report.chosen?;
    let cheaper = match report.goals.first() {
        Some(goal) if goal.name != "cost" => format!("better in mean {}", goal.name),
        _ => String::from("cheaper"),
    };
    Some(match (report.better, report.open) {
        (0, _) => format!("No finalist is {cheaper}."),
        (1, 0) => format!("The one finalist that is {cheaper} misses an objective."),
        (_, 0) => format!("Each finalist that is {cheaper} misses an objective."),
        (better, open) => format!(
            "Of {better} finalists that are {cheaper}, {open} could not be decided within this budget: one of them \
             may hold."
        ),
    })
}

fn title(critical: &Critical) -> String {
    match &critical.case {
        None => critical.objective.clone(),
        Some(case) => format!("{} under {case}", critical.objective),
    }
}

fn unit(critical: &Critical) -> Unit {
    Unit::of(&critical.unit)
}

fn amount(critical: &Critical, value: f64) -> String {
    crate::number::value(value, unit(critical))
}

fn measured(critical: &Critical) -> String {
    full(&critical.value, unit(critical))
}

fn parts(report: &Report) -> Option<Table> {
    let row = |part: &foreshadow_optimizer::tune::report::Part| -> Vec<Cell> {
        let without = around(part.refused.as_deref(), &part.without, part.holds_without);
        let cost = part.cost.map_or_else(|| String::from("–"), |cost| signed(report, cost));
        vec![
            part.address.clone().into(),
            part.before.clone().into(),
            part.after.clone().into(),
            cost.into(),
            without.into(),
        ]
    };
    let rows: Vec<Vec<Cell>> = report.parts.iter().map(row).collect();
    (!rows.is_empty()).then(|| Table {
        columns: [figures("change", &["now", "to", "cost"]), vec![Word("without it")]].concat(),
        rows,
    })
}

/// What a candidate around the recommended one does.
fn around(refused: Option<&str>, missed: &[String], holds: bool) -> String {
    match (refused, missed) {
        (Some(why), _) => why.to_owned(),
        (None, []) if holds => String::from("all holds"),
        (None, []) => String::from("not decided"),
        (None, [one]) => format!("misses {one}"),
        (None, [one, more @ ..]) => format!("misses {one} and {} more", more.len()),
    }
}

/// `+3 EUR`, `−2 EUR`, `0`
fn signed(report: &Report, value: f64) -> String {
    match value {
        value if value.abs() < 1e-9 => String::from("0"),
        value if value < 0.0 => format!("−{}", cost(report, -value)),
        value => format!("+{}", cost(report, value)),
    }
}

fn finalists(report: &Report) -> Option<Table> {
    let has_measured = report.goals.iter().any(|goal| goal.name != "cost");
    let row = |(index, one): (usize, &FinalistReport)| -> Vec<Cell> {
        let (word, color) = match one.verdict {
            _ if report.chosen == Some(index) => ("holds, recommended", Tone::Good),
            Verdict::Held => ("holds", Tone::Good),
            Verdict::Missed => ("misses one", Tone::Bad),
            Verdict::Undecided => ("undecided", Tone::Doubtful),
        };
        let (nearest, value, allowed) = one.critical.as_ref().map_or_else(
            || (String::new(), String::new(), String::new()),
            |critical| (title(critical), measured(critical), amount(critical, critical.allowed)),
        );
        let other = report.goals.iter().zip(&one.goals).filter(|(goal, _)| goal.name != "cost");
        let other: Vec<String> = other
            .map(|(goal, number)| format!("{} {}", goal.name, full(number, Unit::of(&goal.unit))))
            .collect();
        let mut row: Vec<Cell> =
            vec![(index + 1).to_string().into(), cost(report, one.cost).into()];
        if has_measured {
            row.push(other.join(", ").into());
        }
        row.extend([
            one.replications.to_string().into(),
            nearest.into(),
            value.into(),
            allowed.into(),
        ]);
        row.push(Cell { text: word.to_owned(), tone: color });
        row.push(apart(report, one).into());
        row
    };
    let rows: Vec<Vec<Cell>> = report.finalists.iter().enumerate().map(row).collect();
    let mut columns = figures("finalist", &["cost"]);
    columns.extend(has_measured.then_some(Word("goals")));
    columns.extend([Number("runs"), Word("nearest to its limit")]);
    columns.extend(["measured", "allowed"].map(Number));
    columns.push(VERDICT);
    let sets = if report.chosen.is_some() { "sets otherwise" } else { "sets" };
    columns.push(Word(sets));
    (!rows.is_empty()).then_some(Table { columns, rows })
}

/// What a finalist sets otherwise than the recommended one; without one, otherwise than it is now.
fn apart(report: &Report, one: &FinalistReport) -> String {
    let none = BTreeMap::new();
    let other = report.change().map_or(&none, |change| &change.changes);
    let mut sets: Vec<String> = one
        .changes
        .iter()
        .filter(|(name, value)| other.get(*name) != Some(value))
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    let left = other.keys().filter(|name| !one.changes.contains_key(*name));
    sets.extend(left.map(|name| format!("{name} as now")));
    if sets.is_empty() && report.chosen.is_none() {
        return String::from("nothing");
    }
    if sets.len() > SETS {
        let left_out = sets.split_off(SETS).len();
        sets.push(format!("{left_out} more"));
    }
    sets.join(", ")
}

fn sensitivity(report: &Report) -> Option<Table> {
    let step = |step: Option<&Step>| -> String {
        let Some(step) = step else { return String::from("–") };
        let what = match step.missed.len() {
            // One is enough for a cell; all are in the report.
            2.. => format!("misses {} objectives", step.missed.len()),
            _ => around(step.refused.as_deref(), &step.missed, step.holds),
        };
        format!("{}: {what}", step.value)
    };
    let row = |one: &Sensitivity| -> Vec<Cell> {
        let moves = one.steps.iter().filter_map(|step| step.moves.as_ref());
        let most = moves.max_by(|a, b| a.1.ln().abs().total_cmp(&b.1.ln().abs()));
        let most = most.map_or_else(String::new, |(title, factor)| {
            format!("{title} × {}", significant(*factor))
        });
        vec![
            one.address.clone().into(),
            step(one.steps.iter().find(|step| !step.is_up)).into(),
            step(one.steps.iter().find(|step| step.is_up)).into(),
            most.into(),
        ]
    };
    let rows: Vec<Vec<Cell>> = report.sensitivity.iter().take(KNOBS).map(row).collect();
    (!rows.is_empty()).then(|| Table {
        columns: ["knob", "one step less", "one step more", "moves most"].map(Word).to_vec(),
        rows,
    })
}

fn compared(report: &Report) -> Option<Table> {
    let rows = comparison_rows(&report.comparisons);
    (!rows.is_empty())
        .then(|| Table { columns: judged("changed", &["before", "after", "difference"]), rows })
}

/// What the search saw, in characters: the goal to the right, how surely all holds (or the other goal)
/// upwards.
pub(super) fn plot(report: &Report) -> String {
    let Some((xs, ys)) = ends(report) else { return String::new() };
    let mut cells = vec![vec![' '; COLUMNS]; ROWS];
    let place = |value: f64, (low, high): (f64, f64), cells: usize| {
        let share = ((value - low) / (high - low).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        (share * (cells - 1) as f64).round() as usize
    };
    let put = |cells: &mut Vec<Vec<char>>, seen: &Seen, mark: char| {
        let (x, y) = (place(seen.goal, xs, COLUMNS), place(seen.other, ys, ROWS));
        cells[ROWS - 1 - y][x] = mark;
    };
    for seen in report.seen.iter().filter(|seen| !seen.holds) {
        put(&mut cells, seen, '·');
    }
    for seen in report.seen.iter().filter(|seen| seen.holds) {
        put(&mut cells, seen, 'o');
    }
    let mut text = String::new();
    for (at, line) in cells.iter().enumerate() {
        let label = match at {
            0 => significant(ys.1),
            at if at == ROWS - 1 => significant(ys.0),
            _ => String::new(),
        };
        let line: String = line.iter().collect();
        text += &format!("{label:>8} │{}\n", line.trim_end());
    }
    let (low, high) = (significant(xs.0), significant(xs.1));
    let gap = COLUMNS.saturating_sub(low.chars().count() + high.chars().count());
    text += &format!("         └{}\n", "─".repeat(COLUMNS));
    text += &format!("          {low}{}{high}\n", " ".repeat(gap));
    let (x, y) = axes(report);
    text + &format!("          → {x}   ↑ {y}\n          o seemed to hold   · missed\n")
}

/// What is to the right, and upwards.
pub(super) fn axes(report: &Report) -> (String, String) {
    let name = |index: usize| {
        report.goals.get(index).map(|goal| format!("{} {}", goal.name, goal.unit).trim().to_owned())
    };
    let surely = || String::from("standard errors within the nearest limit");
    (name(0).unwrap_or_default(), name(1).unwrap_or_else(surely))
}

/// Least and most of both axes; none where nothing was run.
pub(super) fn ends(report: &Report) -> Option<((f64, f64), (f64, f64))> {
    let of = |value: fn(&Seen) -> f64| {
        let all = || report.seen.iter().map(value);
        (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max))
    };
    let (x, mut y) = (of(|seen| seen.goal), of(|seen| seen.other));
    let holding = || report.seen.iter().filter(|seen| seen.holds).map(|seen| seen.other);
    if report.goals.len() == 1 {
        // What is far from its limit looks alike.
        y = (y.0.max(-8.0), y.1.min(8.0));
    } else if holding().next().is_some() {
        // What misses may be beyond all measure.
        y.1 = holding().fold(f64::NEG_INFINITY, f64::max).max(y.0 + f64::MIN_POSITIVE);
    }
    (!report.seen.is_empty()).then_some((x, y))
}
