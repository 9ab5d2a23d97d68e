//! How a report is made.

use foreshadow_scenarios::report::{Comparison, Number, Sampled, Samples, Verdict};
use foreshadow_scenarios::tune::Goal;
use foreshadow_sim::stats::{self, Decision};

use super::super::Tuned;
use super::super::archive::Entry;
use super::super::around::{Around, Variation};
use super::super::finals::{ERROR, Finalist};
use super::super::problem::{Problem, Wanted};
use super::super::sums::distance;
use super::super::system::System;
use super::{
    Critical, FinalistReport, GoalReport, Headroom, Part, Report, Seen, Sensitivity, Step,
};

/// Candidates of the search that a report shows at most.
const SHOWN: usize = 400;

/// What a report says beside what was found.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// The command that repeats it.
    pub repeat: String,
    /// What should be known.
    pub notes: Vec<String>,
    /// What the system does as it is and changed.
    pub comparisons: Vec<Comparison>,
    /// What the change bears.
    pub headroom: Option<Headroom>,
}

/// Makes the report of a tuning; `around` is what its knobs do around the chosen one.
#[must_use]
pub fn report(system: &System, tuned: &Tuned, around: &[Around], context: Context) -> Report {
    let proof = &tuned.proof;
    let entries = tuned.archive.entries();
    let scenario = &system.scenarios[0];
    let is_refuted = proof.finalists.iter().all(|finalist| finalist.decision == Decision::Missed);
    let verdict = match proof.chosen {
        Some(_) => Verdict::Held,
        None if is_refuted && !proof.finalists.is_empty() => Verdict::Missed,
        None => Verdict::Undecided,
    };
    let refused: Vec<&str> = entries.iter().filter_map(|entry| entry.refused.as_deref()).collect();
    let goal = |goal: &Goal| GoalReport {
        name: goal.name().to_owned(),
        unit: match goal {
            Goal::Cost => system.tuning.unit.clone().unwrap_or_default(),
            _ => goal.unit().to_owned(),
        },
    };
    Report {
        foreshadow: String::from("tune/v1"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: scenario.file.name.clone(),
        seed: system.seed(),
        repeat: context.repeat,
        verdict,
        notes: context.notes,
        unit: system.tuning.unit.clone(),
        goals: system.tuning.goals.iter().map(goal).collect(),
        cases: system.cases(),
        safety_factor: system.tuning.safety_factor,
        candidates: entries.iter().filter(|entry| entry.sums.replications > 0).count(),
        search_replications: tuned.searched,
        proof_replications: tuned.proven,
        refused: refused.first().map(|first| (refused.len(), (*first).to_owned())),
        cost_before: system.tuning.cost_unchanged(),
        chosen: proof.chosen,
        better: proof.better().filter(|_| proof.chosen.is_some()).count(),
        open: proof
            .better()
            .filter(|one| proof.chosen.is_some() && one.decision == Decision::Undecided)
            .count(),
        finalists: proof.finalists.iter().map(|f| finalist(system, f)).collect(),
        parts: proof.chosen.map_or_else(Vec::new, |at| parts(system, &proof.finalists[at], around)),
        sensitivity: sensitivity(system, around),
        nowhere: nowhere(system, entries),
        seen: seen(system, entries),
        comparisons: context.comparisons,
        headroom: context.headroom,
    }
}

fn finalist(system: &System, finalist: &Finalist) -> FinalistReport {
    let tuning = &system.tuning;
    let changed = (0..tuning.knobs.len()).filter(|&knob| tuning.changes(knob, &finalist.point));
    let set = |knob: usize| {
        let (knob, level) = (&tuning.knobs[knob], usize::from(finalist.point[knob]));
        (knob.address.clone(), knob.values[level].to_string())
    };
    let goals =
        system.goals().iter().zip(&finalist.sums.goals).map(|(wanted, samples)| match wanted {
            Wanted::Cost => Number { value: Some(finalist.cost), ..Number::default() },
            Wanted::Measured => interval(samples),
        });
    let verdict = match finalist.decision {
        Decision::Held => Verdict::Held,
        Decision::Missed => Verdict::Missed,
        Decision::Undecided => Verdict::Undecided,
    };
    let nearest = || {
        let all = system.constraints().iter().zip(&finalist.sums.samples).enumerate();
        let near = all.map(|(index, (constraint, samples))| (distance(constraint, samples), index));
        near.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, index)| index)
    };
    FinalistReport {
        cost: finalist.cost,
        changes: changed.map(set).collect(),
        replications: finalist.sums.replications,
        verdict,
        critical: finalist
            .critical
            .or_else(nearest)
            .map(|index| critical(system, index, &finalist.sums.samples[index])),
        goals: goals.collect(),
    }
}

/// A mean with an interval that holds whenever it is looked at.
fn interval(samples: &Samples) -> Number {
    let half = stats::anytime_half_width(samples.count as usize, samples.squares, ERROR);
    let value = (samples.count > 0).then_some(samples.mean);
    let known = value.filter(|_| half.is_finite());
    Number {
        value,
        low: known.map(|value| (value - half).max(0.0)),
        high: known.map(|value| value + half),
        reason: known.is_none().then_some("one replication has no interval"),
    }
}

fn critical(system: &System, index: usize, samples: &Samples) -> Critical {
    let (name, constraint) = (&system.names[index], &system.constraints()[index]);
    let decides = match (constraint.kind, name.unit) {
        (Sampled::Share, "ms") => format!("share of requests over {} ms", name.limit),
        (Sampled::Share, _) => String::from("share of requests not ok"),
        (Sampled::Chance, _) => format!("share of runs that take over {} ms", name.limit),
        (Sampled::Mean, "ms") => String::from("mean, ms"),
        (Sampled::Mean, _) => name.measure.to_owned(),
    };
    Critical {
        objective: name.objective.clone(),
        case: name.case.clone(),
        unit: if constraint.kind == Sampled::Mean { name.unit } else { "share" }.to_owned(),
        decides,
        allowed: constraint.limit,
        value: interval(samples),
    }
}

/// Objectives by number, each once: `gateway.checkout p99, under zone_outage at b`.
fn titles(system: &System, of: &[usize]) -> Vec<String> {
    of.iter().map(|&index| system.names[index].title()).collect()
}

fn parts(system: &System, chosen: &Finalist, around: &[Around]) -> Vec<Part> {
    let part = |one: &Around| {
        let back: &Variation = one.back.as_ref()?;
        let knob = &system.tuning.knobs[one.knob];
        let level = usize::from(chosen.point[one.knob]);
        Some(Part {
            address: knob.address.clone(),
            before: knob.before.clone(),
            after: knob.values[level].to_string(),
            cost: back.cost.map(|without| chosen.cost - without),
            without: titles(system, &back.missed),
            holds_without: back.holds,
            refused: back.refused.clone(),
        })
    };
    around.iter().filter_map(part).collect()
}

fn sensitivity(system: &System, around: &[Around]) -> Vec<Sensitivity> {
    let of = |one: &Around| {
        let knob = &system.tuning.knobs[one.knob];
        let step = |(level, variation): &(u16, Variation)| Step {
            value: knob.values[usize::from(*level)].to_string(),
            is_up: *level > one.level,
            cost: variation.cost,
            missed: titles(system, &variation.missed),
            holds: variation.holds,
            moves: variation.moved.map(|(index, factor)| (system.names[index].title(), factor)),
            refused: variation.refused.clone(),
        };
        let most =
            one.steps.iter().filter_map(|(_, v)| v.moved).map(|(_, factor)| factor.ln().abs());
        let most = most.fold(0.0, f64::max);
        (
            most,
            Sensitivity {
                address: knob.address.clone(),
                steps: one.steps.iter().map(step).collect(),
            },
        )
    };
    let mut all: Vec<(f64, Sensitivity)> = around.iter().map(of).collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    all.into_iter().map(|(_, one)| one).filter(|one| !one.steps.is_empty()).collect()
}

/// Objectives that every candidate missed, looking at the means of the search.
fn nowhere(system: &System, entries: &[Entry]) -> Vec<String> {
    let each = system.tuning.replications;
    let ran = || entries.iter().filter(|entry| entry.sums.replications >= each);
    let is_missed = |index: &usize| {
        let limit = system.constraints()[*index].limit;
        ran().next().is_some() && ran().all(|entry| entry.sums.samples[*index].mean > limit)
    };
    let all: Vec<usize> = (0..system.names.len()).filter(is_missed).collect();
    titles(system, &all)
}

fn seen(system: &System, entries: &[Entry]) -> Vec<Seen> {
    let goals = system.goals();
    let whole = entries.iter().filter(|entry| entry.sums.replications > 0);
    let all: Vec<Seen> = whole
        .map(|entry| Seen {
            goal: entry.goal(goals, 0),
            other: if goals.len() > 1 {
                entry.goal(goals, 1)
            } else {
                entry.sureness(system.constraints()).clamp(-99.0, 99.0)
            },
            holds: entry.violation(system.constraints()) <= 0.0,
        })
        .collect();
    // The latest are where the search went.
    all[all.len().saturating_sub(SHOWN)..].to_vec()
}
