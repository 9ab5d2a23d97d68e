//! What a tuning found, by name, with units and intervals (`tune/v1`).

mod build;

use std::collections::BTreeMap;

use foreshadow_scenarios::report::{Comparison, Number, Verdict};
use serde::{Deserialize, Serialize};

pub use super::change::change_file;
pub use build::{Context, report};

/// What a tuning found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Always `tune/v1`.
    pub foreshadow: String,
    /// Version of the program.
    pub version: String,
    /// The scenario's name.
    pub scenario: String,
    /// The seed of all randomness.
    pub seed: u64,
    /// The command that repeats it.
    pub repeat: String,
    /// Whether a change holds: among the finalists, for this twin and this load.
    pub verdict: Verdict,
    /// Why the verdict is undecided, or what should be known.
    pub notes: Vec<String>,
    /// What costs are in.
    pub unit: Option<String>,
    /// What was to be small.
    pub goals: Vec<GoalReport>,
    /// Conditions of all objectives: under which fault or load.
    pub cases: usize,
    /// By how much all loads were multiplied.
    pub safety_factor: f64,
    /// Different candidates that were run.
    pub candidates: usize,
    /// Replications of the search.
    pub search_replications: u64,
    /// Replications of the proof, with those of looking for what to mend.
    pub proof_replications: u64,
    /// Candidates that cannot be, and why the first cannot.
    pub refused: Option<(usize, String)>,
    /// What the system costs as it is.
    pub cost_before: Option<f64>,
    /// Which finalist is recommended, by number.
    pub chosen: Option<usize>,
    /// How many finalists would be better than the recommended one.
    pub better: usize,
    /// How many of these are not shown to miss an objective.
    pub open: usize,
    /// The finalists, best first.
    pub finalists: Vec<FinalistReport>,
    /// What the change sets, by address, and what each part buys.
    pub parts: Vec<Part>,
    /// What each knob does around the recommended change, the most effective first.
    pub sensitivity: Vec<Sensitivity>,
    /// Objectives that every candidate missed.
    pub nowhere: Vec<String>,
    /// What the search saw: cost or first goal, how sure, second goal.
    pub seen: Vec<Seen>,
    /// The system as it is beside the change, over the same requests.
    pub comparisons: Vec<Comparison>,
    /// How many times the load the change bears, and what is missed first beyond.
    pub headroom: Option<Headroom>,
}

/// Something that was to be small.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GoalReport {
    /// `cost`, `p99`, …
    pub name: String,
    /// Its unit.
    pub unit: String,
}

/// A candidate that came to the proof.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FinalistReport {
    /// What it costs.
    pub cost: f64,
    /// What it sets otherwise than the system as it is, by address.
    pub changes: BTreeMap<String, String>,
    /// Fresh replications that it was run with.
    pub replications: u32,
    /// Whether it holds every objective, misses one, or neither is shown; at 5 % for all finalists
    /// together.
    pub verdict: Verdict,
    /// The objective that it misses, or that is nearest to its limit.
    pub critical: Option<Critical>,
    /// Its goals, measured.
    pub goals: Vec<Number>,
}

/// An objective near its limit, or beyond.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Critical {
    /// `gateway.checkout p99`
    pub objective: String,
    /// Under which fault or load; none for the scenario itself.
    pub case: Option<String>,
    /// What decides it: the share of requests over the limit, a mean, or the share of runs.
    pub decides: String,
    /// Its unit: `ms` or `share`.
    pub unit: String,
    /// How much of it there may be.
    pub allowed: f64,
    /// How much of it there is.
    pub value: Number,
}

/// One part of the change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// What is set.
    pub address: String,
    /// What there is now.
    pub before: String,
    /// To what it is set.
    pub after: String,
    /// What this part adds to the cost; less than 0 saves.
    pub cost: Option<f64>,
    /// Without this part: objectives that are missed then.
    pub without: Vec<String>,
    /// Without it, all objectives are shown to hold: it only saves, or does nothing.
    pub holds_without: bool,
    /// Why it cannot be left out.
    pub refused: Option<String>,
}

/// What a knob does around the change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// The knob.
    pub address: String,
    /// What one step does.
    pub steps: Vec<Step>,
}

/// One step of a knob.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// To what it is set.
    pub value: String,
    /// Whether that is more than in the change, or less.
    pub is_up: bool,
    /// What the change costs then.
    pub cost: Option<f64>,
    /// Objectives that are missed then.
    pub missed: Vec<String>,
    /// Whether all are shown to hold.
    pub holds: bool,
    /// What moves most: the objective, and how many times as much of what decides it there is.
    pub moves: Option<(String, f64)>,
    /// Why that cannot be.
    pub refused: Option<String>,
}

/// A candidate of the search.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// The first goal.
    pub goal: f64,
    /// The second goal; without one, standard errors by which all objectives hold.
    pub other: f64,
    /// Whether all objectives seemed to hold.
    pub holds: bool,
}

/// How many times the load is borne.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Headroom {
    /// Times the scenario's load.
    pub multiple: Number,
    /// What is missed beyond.
    pub missed: Vec<String>,
    /// Whether there are faults of a campaign, which are not among what it was measured under.
    pub is_calm: bool,
}

impl Report {
    /// The load that is meant: `this load`, `1.2 times this load`.
    #[must_use]
    pub fn load(&self) -> String {
        if self.safety_factor > 1.0 {
            format!("{} times this load", self.safety_factor)
        } else {
            String::from("this load")
        }
    }

    /// The recommended finalist.
    #[must_use]
    pub fn change(&self) -> Option<&FinalistReport> {
        self.chosen.map(|at| &self.finalists[at])
    }
}
