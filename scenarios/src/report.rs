//! The report: what a rehearsal found, by name, with units and intervals.
//!
//! One type serves every form: the terminal, JSON and Markdown only render it. Numbers are rounded
//! nowhere but in the rendering.

mod build;
mod change;
mod constraint;
mod objective;
mod observed;
mod recovery;
mod saturation;
mod steady;
mod timeline;
mod uncertainty;
mod wire;

use serde::{Deserialize, Serialize};

use foreshadow_sim::stats;

pub use build::{Context, Evidence, build, decisions, verdict};
pub use change::{Changes, Figure, ObjectiveChange, Side, changes, figures};
pub use constraint::{Constraint, Sample, Sampled, Samples, samples};
pub use observed::{Observed, observable, observe};
pub use recovery::Recovery;
pub(crate) use saturation::reachable;
pub use saturation::{Bottleneck, Resource, bottleneck};
pub(crate) use steady::Steadiness;
pub use timeline::{BinComponent, BinEndpoint, BinReport, FaultReport};
pub use uncertainty::{Part, Uncertainty};
pub use wire::{ReadError, Word, as_map, from_map, kind, read};

/// Confidence of every interval shown.
const CONFIDENCE: f64 = 0.95;

/// What a rehearsal found (`report/v1`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Always `report/v1`.
    #[serde(deserialize_with = "wire::word")]
    pub foreshadow: Word,
    /// Version of the program, which with files and seed decides every byte.
    #[serde(deserialize_with = "wire::word")]
    pub version: Word,
    /// The scenario's name.
    pub scenario: String,
    /// The seed of all randomness.
    pub seed: u64,
    /// How many replications were run.
    pub replications: usize,
    /// Simulated seconds of each before anything is counted.
    pub warm_up_s: f64,
    /// How the warm-up was found; absent where it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<WarmUp>,
    /// Simulated seconds of the window of each.
    pub horizon_s: f64,
    /// The answer; `None` without objectives.
    pub verdict: Option<Verdict>,
    /// Why the verdict is `undecided`.
    pub reason: Option<Undecided>,
    /// The command that repeats it.
    pub repeat: String,
    /// What the reader should know before trusting it.
    pub warnings: Vec<String>,
    /// What saturates first, and why.
    pub bottleneck: Option<Bottleneck>,
    /// The scenario's objectives.
    pub objectives: Vec<ObjectiveReport>,
    /// What the verdict was tested against at both ends.
    pub assumptions: Vec<AssumptionReport>,
    /// What the intervals are made of, where what parameters are not known by was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncertainty: Option<Uncertainty>,
    /// Endpoints that users call.
    #[serde(serialize_with = "as_map", deserialize_with = "from_map")]
    pub endpoints: Vec<(String, EndpointReport)>,
    /// Every component.
    #[serde(serialize_with = "as_map", deserialize_with = "from_map")]
    pub components: Vec<(String, ComponentReport)>,
    /// Every endpoint as its component serves it, whoever asks.
    #[serde(serialize_with = "as_map", deserialize_with = "from_map")]
    pub operations: Vec<(String, OperationReport)>,
    /// Every edge that was used.
    #[serde(serialize_with = "as_map", deserialize_with = "from_map")]
    pub edges: Vec<(String, EdgeReport)>,
    /// Paired comparisons with the baseline, the first scenario of the command.
    pub comparisons: Vec<Comparison>,
    /// What goes wrong, in the order of the scenario.
    #[serde(default)]
    pub faults: Vec<FaultReport>,
    /// The run over time.
    pub timeline: Vec<BinReport>,
}

/// A warm-up that was found by running pilots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WarmUp {
    /// The component that takes longest to settle, or does not; absent where all are steady from the
    /// beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slowest: Option<String>,
    /// Whether all components settled.
    pub settled: bool,
    /// How long the last pilots were \[s\].
    pub pilot_s: f64,
}

/// The answer to a scenario, or to one objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every objective holds.
    Held,
    /// It cannot be told.
    Undecided,
    /// At least one objective does not.
    Missed,
}

/// Why a verdict is undecided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undecided {
    /// The confidence interval holds the limit: more replications would settle it.
    Interval,
    /// The answer changes with what is only assumed.
    Assumption,
    /// It is about what has no steady state.
    Unstable,
    /// The run was stopped.
    Interrupted,
}

/// An estimate as it is reported.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
pub struct Number {
    /// The best single value.
    pub value: Option<f64>,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval.
    pub high: Option<f64>,
    /// Why there is no value, or no interval.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "wire::some_word"
    )]
    pub reason: Option<Word>,
}

impl From<stats::Estimate> for Number {
    fn from(estimate: stats::Estimate) -> Self {
        match estimate {
            stats::Estimate::Known { value, interval } => Self {
                value: Some(value),
                low: interval.map(|interval| interval.0),
                high: interval.map(|interval| interval.1),
                reason: interval.is_none().then_some("one replication has no interval"),
            },
            stats::Estimate::Unknown(reason) => {
                Self { reason: Some(reason.text()), ..Self::default() }
            }
        }
    }
}

/// One objective and how it went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObjectiveReport {
    /// The endpoint it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Or the component.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// What is measured: `p99`, `success_rate`, `utilization`, …
    #[serde(deserialize_with = "wire::word")]
    pub measure: Word,
    /// The limit, in `unit`.
    pub limit: f64,
    /// `ms` or `share`.
    #[serde(deserialize_with = "wire::word")]
    pub unit: Word,
    /// The measure in the run. For a latency objective, of all requests, those that were not ok
    /// counting as over any limit; `None` when so many were not ok that there is no such latency.
    pub estimate: Number,
    /// The share of requests over a latency limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_over: Option<Number>,
    /// For a recovery: how many runs took how long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Recovery>,
    /// How it went.
    pub verdict: Verdict,
}

/// One thing assumed, and the verdict at both ends of what it may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AssumptionReport {
    /// Its address.
    pub address: String,
    /// What the twin says.
    pub value: String,
    /// The verdict at its low end.
    pub low: Option<EndReport>,
    /// The verdict at its high end.
    pub high: Option<EndReport>,
    /// Whether an end changes the verdict.
    pub flips: bool,
    /// What would settle it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settle: Option<String>,
}

/// One end of what is assumed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EndReport {
    /// The value there.
    pub value: String,
    /// The verdict with it; `None` where it was not run.
    pub verdict: Option<Verdict>,
    /// Why it was not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<Skipped>,
}

/// Why an end of an assumption was not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skipped {
    /// The run never came near it: it would go the same way, event for event.
    CannotMatter,
    /// An objective has no meaning there.
    NotJudgeable,
    /// The rehearsal was stopped.
    Interrupted,
}

/// Users' requests for one endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EndpointReport {
    /// Requests due \[1/s\].
    pub offered_per_s: Number,
    /// Requests that ended ok \[1/s\].
    pub goodput_per_s: Number,
    /// Latency of those that were ok \[ms\].
    pub latency_ms: Latency,
    /// Share ok.
    pub success_rate: Number,
    /// Shares of the requests offered; they sum to 1.
    #[serde(serialize_with = "as_map", deserialize_with = "from_map")]
    pub outcomes: Vec<(String, Number)>,
    /// Worth of what succeeded, per second, in `worth_unit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worth_per_s: Option<Number>,
    /// The unit of worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worth_unit: Option<String>,
}

/// The usual statistics of a latency \[ms\].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the definition")]
pub struct Latency {
    pub mean: Number,
    pub p50: Number,
    pub p90: Number,
    pub p95: Number,
    pub p99: Number,
    pub p999: Number,
}

/// A station.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComponentReport {
    /// Whether it has no steady state, so that there are no averages of what is in it: what waits
    /// grows without end, or did not settle while a warm-up was looked for. Null where load changes
    /// or something goes wrong: then nothing is judged.
    pub unstable: Option<bool>,
    /// Growth of what waits \[1/s\], where it has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub growth_per_s: Option<Number>,
    /// The component that makes it so, because it waits for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unstable_because_of: Option<String>,
    /// Share of its capacity in use.
    pub utilization: Number,
    /// Share of its slots in use.
    pub slot_occupancy: Number,
    /// Requests that reach its replicas \[1/s\].
    pub arrivals_per_s: Number,
    /// Services that ended ok \[1/s\].
    pub throughput_per_s: Number,
    /// Requests in queue or in service, over all replicas.
    pub in_system: Number,
    /// Requests in queue, over all replicas.
    pub waiting: Number,
    /// Time from arrival to the start of service \[ms\].
    pub wait_ms: Wait,
    /// Share of arrivals refused because a queue was full.
    pub rejected_share: Number,
    /// Share of looks into its caches that found what they asked for; only where it has some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_hit_share: Option<Number>,
    /// Healthy replicas.
    pub replicas: Number,
    /// Slots in use at once on one replica, at most, in any replication.
    pub peak_slots: u32,
}

/// Statistics of a wait \[ms\].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the definition")]
pub struct Wait {
    pub mean: Number,
    pub p50: Number,
    pub p95: Number,
    pub p99: Number,
}

/// Services of one endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperationReport {
    /// Services that ended ok \[1/s\].
    pub throughput_per_s: Number,
    /// From arrival at the replica to the end of service \[ms\].
    pub sojourn_ms: Latency,
}

/// Attempts over one edge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EdgeReport {
    /// Calls \[1/s\].
    pub calls_per_s: Number,
    /// Attempts beyond the first \[1/s\].
    pub retries_per_s: Number,
    /// Share of attempts that were not ok, as the caller saw them.
    pub failed_share: Number,
}

/// One measure of two scenarios, over the same arrivals and demands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The scenario compared with the baseline.
    pub variant: String,
    /// Whose measure it is.
    pub endpoint: String,
    /// What is measured.
    #[serde(deserialize_with = "wire::word")]
    pub measure: Word,
    /// Its unit.
    #[serde(deserialize_with = "wire::word")]
    pub unit: Word,
    /// In the baseline.
    pub baseline: Number,
    /// In the variant.
    pub candidate: Number,
    /// Variant less baseline, replication by replication.
    pub difference: Number,
    /// Which is better.
    pub verdict: Compared,
}

/// How a variant compares with the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// The whole interval of the difference is on the good side.
    Better,
    /// The whole interval of the difference is on the bad side.
    Worse,
    /// The two are equal in every replication.
    Same,
    /// The interval holds zero.
    Undecided,
}

impl Compared {
    /// What an interval of differences says, where less is better or worse.
    #[must_use]
    pub(crate) fn of(low: f64, high: f64, lower_is_better: bool) -> Self {
        if low == 0.0 && high == 0.0 {
            Self::Same
        } else if low > 0.0 || high < 0.0 {
            if (high < 0.0) == lower_is_better { Self::Better } else { Self::Worse }
        } else {
            Self::Undecided
        }
    }
}
