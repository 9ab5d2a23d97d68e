//! One component as a client of another: timeouts, retries, breakers, balancing.

use schemars::JsonSchema;
use serde::Deserialize;

use super::law::Law;
use super::scalar::{Count, Number, Share, Time};
use super::twin::Reliability;
use crate::decode::{Named, Spanned};

/// How calls of one component to another are made.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Limit on each attempt, from its start; none by default.
    pub timeout: Option<Spanned<Law>>,
    /// Whether the callee's work stops when the caller gives up; `false` by default.
    pub cancels: Option<bool>,
    /// Further attempts after a failed one; none by default.
    pub retries: Option<Spanned<Retries>>,
    /// Stops calls for a while when too many fail.
    pub breaker: Option<Spanned<Breaker>>,
    /// Connections per calling replica; a call waits for a free one.
    pub pool: Option<Spanned<Count>>,
    /// A second attempt when the first takes long.
    pub hedge: Option<Hedge>,
    /// Whether the caller's deadline is passed on.
    pub deadline: Option<Deadline>,
    /// How a replica is picked; `round_robin` by default.
    pub balance: Option<Spanned<Balance>>,
    /// Replicas that fail are left out for a while.
    pub outlier_ejection: Option<Spanned<OutlierEjection>>,
    /// Component used while this one is ejected or its breaker is open.
    pub backup: Option<Spanned<String>>,
    /// Round-trip network time of this pair, beside the twin's `network`; none by default.
    pub network: Option<Spanned<Law>>,
    /// How often nothing gets through, and for how long; for campaigns.
    pub reliability: Option<Reliability>,
}

/// Further attempts.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retries {
    /// Attempts beyond the first.
    pub max: Spanned<Count>,
    /// Outcomes that are retried; all three by default.
    pub on: Option<Spanned<Vec<RetryOn>>>,
    /// Wait before each; none by default.
    pub backoff: Option<Spanned<Backoff>>,
    /// Retries as a share of first attempts; unlimited by default.
    pub budget: Option<Share>,
}

/// Outcomes that may be retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RetryOn {
    /// No answer in time.
    Timeout,
    /// A fault.
    Failed,
    /// Refused.
    Rejected,
}

/// Wait before the k-th retry: min(cap, base · factor^(k−1)); or a law of it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Backoff {
    /// Wait before the first retry; may be a law.
    pub base: Option<Spanned<Law>>,
    /// Growth from one retry to the next; 2 by default.
    pub factor: Option<Spanned<Number>>,
    /// Longest wait; none by default.
    pub cap: Option<Time>,
    /// Spread of the wait; `none` by default.
    pub jitter: Option<Spanned<Jitter>>,
    /// Law of every wait, instead of `base`, `factor` and `jitter`.
    pub law: Option<Spanned<Law>>,
}

/// Spread of a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Jitter {
    /// No spread.
    None,
    /// Uniform between nothing and the wait.
    Full,
}

/// A circuit breaker.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Breaker {
    /// Share of errors that opens it.
    pub error_rate: Spanned<Share>,
    /// Sliding window over which results are counted.
    pub window: Spanned<Time>,
    /// Results that it takes to judge.
    pub min_requests: Spanned<Count>,
    /// How long it stays open.
    pub open: Time,
    /// Probes when half open; 1 by default.
    pub half_open: Option<Spanned<Count>>,
}

/// A second attempt.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hedge {
    /// How long the first has been out.
    pub after: Spanned<Law>,
}

/// What is known of the caller's deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Deadline {
    /// No attempt starts that cannot end in time.
    Propagated,
}

/// How a calling replica picks a called one.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Balance {
    /// In turn, from a drawn one.
    RoundRobin,
    /// At random.
    Random,
    /// The one with the fewest attempts under way.
    LeastOutstanding,
    /// The better of two drawn ones.
    PowerOfTwo,
    /// In the caller's own zone while there is one.
    ZoneLocal,
    /// By zone, with these weights.
    Weighted(Named<Share>),
}

/// Replicas that fail several times in a row are left out for a while.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutlierEjection {
    /// Failures in a row.
    pub consecutive_failures: Spanned<Count>,
    /// How long the first ejection lasts.
    pub base: Spanned<Time>,
    /// Share of replicas that may be out at once; 50 % by default.
    pub max_ejected: Option<Share>,
}
