//! The report of a campaign (`campaign/v1`): what breaks, how far it spreads, how likely.
//!
//! Every number is an estimate over paired runs with its 95 % interval, or says why there is none.

mod build;
pub(crate) mod expected;
mod fragility;
mod joint;

use serde::{Deserialize, Serialize};

use foreshadow_scenarios::report::{Figure, Number, Side, Verdict, as_map, from_map};

pub use build::build;

/// Days of a month, in which rates are shown.
pub const DAYS: f64 = 30.0;

/// What a campaign found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Always `campaign/v1`.
    pub foreshadow: String,
    /// Version of the program, which with files and seed decides every byte.
    pub version: String,
    /// The scenario's name.
    pub scenario: String,
    /// The seed of all randomness.
    pub seed: u64,
    /// Simulated seconds of the window of each run.
    pub horizon_s: f64,
    /// Pairs of runs.
    pub trials: u64,
    /// The folder of the units, by the hash of all that decides them.
    pub units: String,
    /// Whether it was stopped before all was tried.
    pub stopped: bool,
    /// The command that repeats it.
    pub repeat: String,
    /// The largest share of requests that a fault may harm, where one is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity_threshold: Option<f64>,
    /// Whether no fault harms more; `None` where nothing is judged.
    #[serde(default)]
    pub verdict: Option<Verdict>,
    /// What the reader should know before trusting it.
    pub warnings: Vec<String>,
    /// The unit of worth, where the scenario has one.
    pub worth_unit: Option<String>,
    /// Worth that is offered in a second while faults are in force; 0 where nothing of worth is.
    pub worth_per_s: f64,
    /// What was tried: each alone, then what is together; the worst first, by expected harm where all
    /// rates are known, else by blast radius.
    pub scenarios: Vec<ScenarioReport>,
    /// Faults that are worse together than their parts.
    pub joint: Vec<JointReport>,
    /// What the failures that have rates do all together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<ExpectedReport>,
    /// Shares of the expected harm, by component and edge.
    pub fragility: Vec<FragilityReport>,
    /// Resilience scores; absent where nothing was tried, or it was stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scores: Option<crate::score::Scores>,
    /// The rehearsal of the worst fault, for its course over time; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst: Option<Box<foreshadow_scenarios::report::Report>>,
    /// Who calls whom: edges as (caller, callee), for the picture.
    pub calls: Vec<(String, String)>,
}

impl Report {
    /// What can be compared with another report: the harm of each fault, and the score.
    #[must_use]
    pub fn figures(&self) -> Vec<Figure> {
        let of = |scenario: &ScenarioReport| Figure {
            of: scenario.name.clone(),
            measure: "harmed",
            unit: "share",
            lower_is_better: true,
            number: scenario.harmed,
        };
        let score = self.scores.as_ref().map(|scores| Figure {
            of: self.scenario.clone(),
            measure: "score",
            unit: "of 100",
            lower_is_better: false,
            number: scores.system,
        });
        score.into_iter().chain(self.scenarios.iter().map(of)).collect()
    }

    /// What it rests on, beside another.
    #[must_use]
    pub fn side(&self) -> Side {
        Side {
            scenario: self.scenario.clone(),
            verdict: self.verdict,
            seed: self.seed,
            replications: self.trials as usize,
            version: self.version.clone(),
            repeat: self.repeat.clone(),
        }
    }
}

/// How bad a fault is: by the predicted share of requests harmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Under 1 %.
    Low,
    /// Under 10 %.
    Medium,
    /// Above.
    High,
}

impl Severity {
    /// Of a share of requests harmed.
    #[must_use]
    pub fn of(share: f64) -> Self {
        match share {
            ..0.01 => Self::Low,
            ..0.1 => Self::Medium,
            _ => Self::High,
        }
    }
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScenarioReport {
    /// What it is called: `crash at payment`.
    pub name: String,
    /// How many things fail at once: 1, 2 of a pair, so many of a set that is drawn.
    pub together: u32,
    /// Its faults; none of a set that is drawn anew for each trial.
    pub faults: Vec<FaultReport>,
    /// The faults as they can stand in a scenario.
    pub yaml: String,
    /// Pairs of runs.
    pub trials: u64,
    /// Blast radius: share of requests harmed, from the start of the fault to recovery.
    pub harmed: Number,
    /// Share of the worth due in that time that was lost.
    pub harmed_worth: Number,
    /// Whether it harms no more than the threshold; `None` where there is none. All verdicts of a
    /// report together err in at most 5 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// By that share; absent where it is not known.
    pub severity: Option<Severity>,
    /// The same, per endpoint that users call.
    #[serde(serialize_with = "as_map", deserialize_with = "from_map")]
    pub endpoints: Vec<(String, Number)>,
    /// Share of runs in which a component did less or took longer, where it is not 0.
    #[serde(serialize_with = "as_map", deserialize_with = "from_map")]
    pub degraded: Vec<(String, Number)>,
    /// From the start to the first departure \[s\].
    pub detected_s: Number,
    /// From the end to being back \[s\].
    pub recovered_s: Number,
    /// Share of runs left broken although every fault had ended; absent where runs are too short to
    /// tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metastable: Option<Number>,
    /// Share of runs that missed an objective, by the objective, where it is not 0.
    #[serde(serialize_with = "as_map", deserialize_with = "from_map")]
    pub missed: Vec<(String, Number)>,
    /// Worth lost each time, for as long as it lasts on average where a rate says so, else as long as
    /// it was simulated.
    pub worth_lost: Number,
    /// 99th percentile of latency of what ended ok meanwhile \[ms\], over all runs.
    pub p99_ms: Option<f64>,
    /// How often it comes \[per 30 days\], where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_month: Option<f64>,
    /// Worth lost in 30 days, where a rate is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_per_month: Option<Number>,
    /// The smallest magnitude that leaves the system broken, where one was looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaking: Option<crate::breaking::Breaking>,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaultReport {
    /// `crash`
    pub kind: String,
    /// What it hits, by address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// When it starts \[s\].
    pub start_s: f64,
    /// How long it lasts \[s\]; null to the end.
    pub duration_s: Option<f64>,
    /// What ends it where it really happens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undone: Option<String>,
}

impl FaultReport {
    /// The component, edge, host or zone that it hits: a replica is its component's.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.at.as_deref().map(|at| at.split_once('[').map_or(at, |(component, _)| component))
    }
}

/// Two faults together, beside each alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JointReport {
    /// Both names.
    pub name: String,
    /// Requests harmed by both together beyond those harmed by each alone, as a share of the requests
    /// due in the longer of the times; over equal requests.
    pub excess: Number,
}

/// What failures with rates come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExpectedReport {
    /// Share of worth harmed in the long run.
    pub harmed: Number,
    /// Worth lost in 30 days of this load.
    pub lost_per_month: Number,
    /// Probability that so many failures are in force at once: 0, 1, … .
    pub at_once: Vec<f64>,
    /// Probability that more are than were tried: all of that time may be harmed beyond what is
    /// estimated.
    pub beyond: f64,
    /// Share of worth lost in the long run, whatever number fails at once, by structure alone: what has
    /// no replica left, and what needs it. Absent where endpoints call each other in a circle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub structural: Option<Number>,
    /// Probability that a run at a random time misses an objective, by the objective.
    #[serde(serialize_with = "as_map", deserialize_with = "from_map")]
    pub missed: Vec<(String, Number)>,
    /// How many times as many trials drawing the whole state at random would need for the same
    /// interval.
    pub variance_reduction: Option<f64>,
}

/// How fragile a component or an edge is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FragilityReport {
    /// Its address.
    pub address: String,
    /// Its share of the sum over all of rate × blast radius \[%\].
    pub fragility: f64,
    /// Whether rates are known; otherwise all count as equal.
    pub rates_known: bool,
}
