//! Capacity: the largest multiple of a scenario's load under which every objective holds.
//!
//! Multiples are judged by the anytime-valid decisions of rehearsals, over the same users at every
//! multiple. The search keeps a bracket: the largest multiple shown to hold and the smallest shown
//! not to. What lies between is not told apart by so many replications, and is the interval.

mod search;

use std::sync::atomic::AtomicBool;

use foreshadow_scenarios::lower;
use foreshadow_scenarios::lower::Lowered;
use foreshadow_scenarios::report::{Bottleneck, Figure, Number, Side, Verdict};
use foreshadow_scenarios::{Problem, Problems, Scenario};
use foreshadow_sim::plan::Load;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use search::{Bracket, Trial};

/// What was found (`capacity/v1`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Always `capacity/v1`.
    pub foreshadow: String,
    /// Version of the program.
    pub version: String,
    /// The scenario's name.
    pub scenario: String,
    /// The seed of all randomness.
    pub seed: u64,
    /// The command that repeats it.
    pub repeat: String,
    /// Replications that were run, in all.
    pub replications: u64,
    /// What comes at a multiple of 1: loads and their highest rates \[1/s\] or users.
    pub loads: Vec<LoadReport>,
    /// Without faults first, then with each of the scenario's.
    pub cases: Vec<CaseReport>,
}

impl Report {
    /// What can be compared with another report: the capacity without faults and with each.
    #[must_use]
    pub fn figures(&self) -> Vec<Figure> {
        let of = |case: &CaseReport| Figure {
            of: case.fault.clone().unwrap_or_else(|| String::from("without faults")),
            measure: "capacity",
            unit: "times the load",
            lower_is_better: false,
            number: case.multiple,
        };
        self.cases.iter().map(of).collect()
    }

    /// What it rests on, beside another.
    #[must_use]
    pub fn side(&self) -> Side {
        Side {
            scenario: self.scenario.clone(),
            verdict: self.verdict(),
            seed: self.seed,
            replications: self.replications as usize,
            version: self.version.clone(),
            repeat: self.repeat.clone(),
        }
    }

    /// Whether the scenario's own load holds, with every fault.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.cases.iter().map(CaseReport::verdict).max()
    }
}

impl CaseReport {
    /// Whether the scenario's own load holds.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match (self.multiple.low, self.multiple.high) {
            (Some(low), _) if low >= 1.0 => Verdict::Held,
            (_, Some(high)) if high <= 1.0 => Verdict::Missed,
            _ => Verdict::Undecided,
        }
    }
}

/// A load as the scenario has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadReport {
    /// Its name.
    pub name: String,
    /// The most at any time.
    pub peak: f64,
    /// `1/s` or `users`.
    pub unit: String,
}

/// The capacity under one fault, or none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseReport {
    /// The fault; absent without one.
    pub fault: Option<String>,
    /// The largest multiple of the load that holds every objective. `low` was shown to hold, `high`
    /// not to.
    pub multiple: Number,
    /// Objectives that are missed just above it.
    pub missed: Vec<String>,
    /// What is full just above it.
    pub bottleneck: Option<Bottleneck>,
    /// Were that lifted: the capacity, and what is full then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Next>,
}

/// What limits next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Next {
    /// The largest multiple of the load then.
    pub multiple: Number,
    /// What is full just above it.
    pub bottleneck: Option<Bottleneck>,
}

/// What a search needs of its surroundings.
pub struct Settings<'a> {
    /// Set to end soon.
    pub stop: &'a AtomicBool,
    /// Told of every multiple that is tried.
    pub progress: &'a (dyn Fn(&str) + Sync),
    /// How narrow the bracket shall be, as a part of the multiple.
    pub precision: f64,
}

/// Doublings after which nothing else limits, where the first bottleneck is lifted.
const FURTHER: u32 = 2;
/// How many times the slots and cores of a lifted component there are.
const LIFTED: u32 = 1000;

/// Finds the capacity of a scenario, without faults and with each of its own.
///
/// # Errors
/// [`Error::Problems`] when the scenario asks nothing, or has a load that no factor multiplies.
pub fn capacity(
    scenario: &Scenario,
    repeat: &str,
    settings: &Settings<'_>,
) -> Result<Report, Error> {
    let whole = lower(scenario)?;
    check(scenario, &whole)?;
    let mut cases = Vec::new();
    let mut replications = 0;
    let each = scenario.file.faults.iter().map(|fault| Some(fault.title()));
    for (index, fault) in std::iter::once(None).chain(each).enumerate() {
        let one = only(scenario, index.checked_sub(1))?;
        let lowered = lower(&one)?;
        let name = fault.as_deref().unwrap_or("without faults");
        let found = search::search(&lowered, name, (1.0, search::DOUBLINGS), settings)?;
        replications += found.replications;
        let next = match &found.bottleneck {
            Some(bottleneck) if bottleneck.full && fault.is_none() => {
                let lifted = lift(&lowered, &bottleneck.component);
                let what = format!("{name}, {} lifted", bottleneck.component);
                let from = found.bracket.holds.unwrap_or(1.0);
                let next = search::search(&lifted, &what, (from, FURTHER), settings)?;
                replications += next.replications;
                Some(Next { multiple: multiple(&next.bracket), bottleneck: next.bottleneck })
            }
            _ => None,
        };
        cases.push(case(fault, found, next));
    }
    Ok(Report {
        foreshadow: String::from("capacity/v1"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: scenario.file.name.clone(),
        seed: whole.plan.run.seed,
        repeat: repeat.to_owned(),
        replications,
        loads: whole.names.loads.iter().zip(&whole.plan.loads).map(load).collect(),
        cases,
    })
}

/// What would keep a capacity from being found.
fn check(scenario: &Scenario, lowered: &Lowered) -> Result<(), Problems> {
    let place = scenario.tree.span;
    let mut problems = Vec::new();
    if lowered.objectives.is_empty() {
        problems.push(
            Problem::at(place, "without objectives any load is as good as another")
                .help("add `objectives:`, such as `{endpoint: …, p99: 500ms}`"),
        );
    }
    if lowered.finds_warm_up {
        let run = scenario.tree.get("run").and_then(|run| run.get("warm_up"));
        problems.push(
            Problem::at(run.map_or(place, |node| node.span), "expected a warm-up in time here")
                .help("each load needs another: give one that is long enough for the highest"),
        );
    }
    let recorded = |(_, load): &(&String, &Load)| load.scaled(1.0).is_none();
    let mut loads = lowered.names.loads.iter().zip(&lowered.plan.loads);
    if let Some((name, _)) = loads.find(recorded) {
        problems.push(
            Problem::at(place, format!("the load `{name}` is a recording, which has no rate"))
                .help("give it a rate"),
        );
    }
    if problems.is_empty() { Ok(()) } else { Err(Problems::new(&scenario.sources, problems)) }
}

/// The scenario with one of its faults, or none.
fn only(scenario: &Scenario, fault: Option<usize>) -> Result<Scenario, Error> {
    use foreshadow_scenarios::node::{Node, Value};
    let faults = scenario.tree.get("faults").map_or(&[][..], Node::items);
    let kept: Vec<Node> = fault.and_then(|index| faults.get(index).cloned()).into_iter().collect();
    if faults.is_empty() {
        return Ok(scenario.clone());
    }
    let only = scenario.with_own("faults", &Node::new(scenario.tree.span, Value::Seq(kept)))?;
    // Without a fault there is nothing to recover from.
    Ok(if fault.is_none() { only.without_recovery()? } else { only })
}

/// The system, where a component has room for all.
fn lift(lowered: &Lowered, name: &str) -> Lowered {
    let mut lifted = lowered.clone();
    if let Some(id) = lowered.names.components.iter().position(|known| known == name) {
        let component = &mut lifted.plan.components[id];
        component.concurrency = component.concurrency.map(|slots| slots.saturating_mul(LIFTED));
        if let Some(cpu) = &mut component.cpu {
            cpu.limit *= f64::from(LIFTED);
        }
        component.rate_limit = None;
    }
    lifted
}

fn load((name, load): (&String, &Load)) -> LoadReport {
    let (peak, unit) = match load {
        Load::Open { arrivals, .. } | Load::Sessions { arrivals, .. } => {
            (arrivals.peak_per_s().unwrap_or(0.0), "1/s")
        }
        Load::Closed { users, .. } => {
            (users.0.iter().map(|point| point.1).fold(0.0, f64::max), "users")
        }
    };
    LoadReport { name: name.clone(), peak, unit: unit.to_owned() }
}

fn case(fault: Option<String>, found: Trial, next: Option<Next>) -> CaseReport {
    CaseReport {
        fault,
        multiple: multiple(&found.bracket),
        missed: found.missed,
        bottleneck: found.bottleneck,
        next,
    }
}

fn multiple(bracket: &Bracket) -> Number {
    Number {
        value: bracket.value,
        low: bracket.holds,
        high: bracket.misses,
        reason: bracket.value.is_none().then_some(if bracket.holds.is_none() {
            "not held at any load that was tried"
        } else {
            "held at every load that was tried"
        }),
    }
}
