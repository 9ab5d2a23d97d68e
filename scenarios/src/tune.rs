//! What a tuning may change: every knob as the list of values that it may have, with what each
//! costs.
//!
//! A knob is a list of values that a person would write: whole numbers, times and shares in steps
//! of some ten percent, or choices. So a design is a list of small numbers, every result can be written
//! into a file as it is, and no two candidates differ by what nobody would set.

mod goal;
mod knob;
mod levels;

use crate::address;
use crate::lower::lower;
use crate::model::tune::Tune;
use crate::node::Node;
use crate::problem::{Problem, Problems};
use crate::scenario::Scenario;
use crate::source::Span;

pub use goal::Goal;
pub use knob::{Knob, Times};

/// Candidates that are looked at, when the scenario does not say.
const BUDGET: u32 = 300;
/// Replications of one candidate.
const REPLICATIONS: u32 = 4;
/// Most replications of one candidate, and candidates.
const MOST: u32 = 1_000_000;

/// A tuning with all defaults in place.
#[derive(Debug, Clone)]
pub struct Tuning {
    /// What may be changed, in the order of the file; at least one.
    pub knobs: Vec<Knob>,
    /// What costs are in, if that is told.
    pub unit: Option<String>,
    /// What is to be small; one or two.
    pub goals: Vec<Goal>,
    /// Candidates that are looked at, at most.
    pub budget: u32,
    /// Replications of one candidate while it is searched.
    pub replications: u32,
    /// By how much loads are multiplied.
    pub safety_factor: f64,
    /// Other scenarios in which objectives are to hold, as paths, and where they are named.
    pub scenarios: Vec<(std::path::PathBuf, Span)>,
    /// The share of faults that the mean over the worst leaves out; none: each fault by itself.
    pub cvar: Option<f64>,
}

impl Tuning {
    /// What a candidate costs; one level a knob.
    #[must_use]
    pub fn cost(&self, levels: &[u16]) -> f64 {
        let of = |knob: usize| {
            let one = &self.knobs[knob];
            let own = self.own_cost(knob, levels);
            match one.times {
                None => own,
                Some(Times::Knob(other)) => own * self.number(other, levels),
                Some(Times::Fixed(factor)) => own * factor,
            }
        };
        (0..self.knobs.len()).map(of).sum()
    }

    /// What a knob costs, of each that `times` counts: as it is now, where it is not turned.
    fn own_cost(&self, knob: usize, levels: &[u16]) -> f64 {
        let one = &self.knobs[knob];
        let cost = one.costs.get(usize::from(levels[knob])).copied().unwrap_or(0.0);
        if self.is_turned(knob, levels) { cost } else { one.cost_now.unwrap_or(cost) }
    }

    /// How many a knob counts: as many as there are now, where it is not turned.
    fn number(&self, knob: usize, levels: &[u16]) -> f64 {
        let one = &self.knobs[knob];
        let number = one.numbers[usize::from(levels[knob])];
        if self.is_turned(knob, levels) { number } else { one.now.unwrap_or(number) }
    }

    /// What the system costs as it is, as far as its knobs say; none where one is not a number of
    /// theirs.
    #[must_use]
    pub fn cost_unchanged(&self) -> Option<f64> {
        let of = |knob: &Knob| {
            let own = knob.cost_now?;
            Some(match knob.times {
                None => own,
                Some(Times::Knob(other)) => own * self.knobs[other].now?,
                Some(Times::Fixed(factor)) => own * factor,
            })
        };
        self.knobs.iter().map(of).sum()
    }

    /// What a candidate costs with one knob as it is now, if that can be told.
    #[must_use]
    pub fn cost_without(&self, levels: &[u16], knob: usize) -> Option<f64> {
        let of = |(index, one): (usize, &Knob)| {
            let own = if index == knob { one.cost_now? } else { self.own_cost(index, levels) };
            Some(match one.times {
                None => own,
                Some(Times::Fixed(factor)) => own * factor,
                Some(Times::Knob(other)) if other == knob => own * self.knobs[other].now?,
                Some(Times::Knob(other)) => own * self.number(other, levels),
            })
        };
        self.knobs.iter().enumerate().map(of).sum()
    }

    /// Whether a candidate has another value at a knob than there is now.
    #[must_use]
    pub fn changes(&self, knob: usize, levels: &[u16]) -> bool {
        let (one, level) = (&self.knobs[knob], levels[knob]);
        let is_same = match one.now {
            Some(now) => one.numbers[usize::from(level)].total_cmp(&now).is_eq(),
            None => !one.is_ordered && one.nearest == Some(level),
        };
        self.is_turned(knob, levels) && !is_same
    }

    /// Whether a knob is turned, given the others.
    #[must_use]
    pub fn is_turned(&self, knob: usize, levels: &[u16]) -> bool {
        let when = &self.knobs[knob].when;
        when.iter().all(|(other, allowed)| {
            self.is_turned(*other, levels) && allowed.contains(&levels[*other])
        })
    }

    /// The edits that a candidate makes, by address.
    #[must_use]
    pub fn edits(&self, levels: &[u16]) -> Vec<(&str, Node)> {
        let turned = (0..self.knobs.len()).filter(|&knob| self.is_turned(knob, levels));
        let edit = |knob: usize| {
            let level = usize::from(levels[knob]);
            (self.knobs[knob].address.as_str(), self.knobs[knob].values[level].clone())
        };
        turned.map(edit).collect()
    }
}

/// What the `tune:` of a scenario says.
///
/// # Errors
/// Everything wrong with it: an address of nothing, a value that cannot stand there, ends of different
/// units.
pub fn tuning(scenario: &Scenario) -> Result<Tuning, Problems> {
    // The scenario itself must be sound before anything of it is changed; faults to recover from may be
    // its campaign's.
    let lowered = lower(&unchanged(scenario)?)?;
    let wrong = |problems| Problems::new(&scenario.sources, problems);
    let Some(section) = &scenario.file.tune else {
        let message = "this scenario has nothing to tune";
        let help = "add `tune: {knobs: {gateway.replicas: {from: 2, to: 12, cost: 1}}}`";
        return Err(wrong(vec![Problem::at(scenario.tree.span, message).help(help)]));
    };
    let mut problems = Vec::new();
    let (knobs, unit) = knob::knobs(scenario, &section.value, &mut problems);
    let goals = goal::goals(&lowered, &section.value, &mut problems);
    if scenario.file.objectives.as_ref().is_none_or(Vec::is_empty) {
        let message = "without objectives the cheapest of all holds";
        let help = "add `objectives:`, such as `{endpoint: …, p99: 500ms}`";
        problems.push(Problem::at(section.span, message).help(help));
    }
    if lowered.finds_warm_up {
        let run = scenario.tree.get("run").and_then(|run| run.get("warm_up"));
        let place = run.map_or(section.span, |node| node.span);
        problems.push(
            Problem::at(place, "expected a warm-up in time here")
                .help("each candidate needs another: give one that is long enough for all"),
        );
    }
    checks(&section.value, &mut problems);
    if !problems.is_empty() {
        return Err(wrong(problems));
    }
    let robust = section.robust.as_ref();
    let count = |count: &Option<crate::Spanned<crate::model::scalar::Count>>, otherwise| {
        count.as_ref().map_or(otherwise, |count| count.value.0)
    };
    let path = |name: &crate::Spanned<String>| {
        (scenario.sources.resolve(name.span, &name.value), name.span)
    };
    Ok(Tuning {
        knobs,
        unit,
        goals,
        budget: count(&section.budget, BUDGET),
        replications: count(&section.replications, REPLICATIONS),
        safety_factor: section.safety_factor.as_ref().map_or(1.0, |factor| factor.value.0),
        scenarios: robust.map_or_else(Vec::new, |r| r.scenarios.iter().map(path).collect()),
        cvar: robust.and_then(|robust| robust.cvar.as_ref()).map(|share| share.value.0),
    })
}

/// The scenario as it is, to be run without the faults of its campaign.
///
/// # Errors
/// As [`Scenario::without_recovery`].
pub fn unchanged(scenario: &Scenario) -> Result<Scenario, Problems> {
    if scenario.file.faults.is_empty() { scenario.without_recovery() } else { Ok(scenario.clone()) }
}

/// Numbers out of range.
fn checks(section: &Tune, problems: &mut Vec<Problem>) {
    for (count, least) in [(&section.budget, 10), (&section.replications, 1)] {
        if let Some(count) = count.as_ref().filter(|n| !(least..=MOST).contains(&n.value.0)) {
            let message = format!("expected from {least} to {MOST}, found {}", count.value.0);
            problems.push(Problem::at(count.span, message));
        }
    }
    if let Some(factor) = section.safety_factor.as_ref().filter(|f| f.value.0 < 1.0) {
        let message = "a factor below 1 would be of danger, not of safety";
        problems.push(Problem::at(factor.span, message).help("such as `safety_factor: 1.2`"));
    }
    let of = |count: &Option<crate::Spanned<crate::model::scalar::Count>>, otherwise: u32| {
        u64::from(count.as_ref().map_or(otherwise, |count| count.value.0))
    };
    let all = of(&section.budget, BUDGET) * of(&section.replications, REPLICATIONS);
    if let Some(count) = section.budget.as_ref().filter(|_| all > u64::from(MOST)) {
        let message = format!("{all} replications are more than a search may run, {MOST}");
        problems.push(
            Problem::at(count.span, message).help("fewer candidates, or replications of each"),
        );
    }
    let cvar = section.robust.as_ref().and_then(|robust| robust.cvar.as_ref());
    if let Some(share) = cvar.filter(|share| share.value.0 >= 1.0) {
        let message = "the mean over the worst must leave some of them";
        problems.push(Problem::at(share.span, message).help("such as `cvar: 90%`"));
    }
}

/// Whether an address is one of the twin's.
fn is_of_twin(scenario: &Scenario, name: &str) -> bool {
    address::subject(&scenario.twin_tree, name) == Some(address::Subject::Twin)
}

#[cfg(test)]
mod tests;
