//! One component as a client of another: how its calls are made.

use std::time::Duration;

use super::{ComponentId, OutcomeSet, ZoneId};
use crate::random::Law;

/// One component as a client of another. All state behind it (breaker, pool, budget, ejections,
/// outstanding attempts) is kept per calling replica.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// Who calls.
    pub caller: ComponentId,
    /// Who is called.
    pub callee: ComponentId,
    /// Limit on each attempt, from its start.
    pub timeout: Option<Law>,
    /// Whether the callee's work stops when the caller gives up.
    pub cancels: bool,
    /// Extra attempts.
    pub retries: Option<Retries>,
    /// Stops calls for a while when too many fail.
    pub breaker: Option<Breaker>,
    /// Connections of one calling replica; an attempt waits for a free one.
    pub pool: Option<u32>,
    /// An extra attempt when the first has been out for so long.
    pub hedge: Option<Law>,
    /// Whether the caller's deadline is heeded and passed on.
    pub deadline: bool,
    /// How a replica is picked.
    pub balance: Balance,
    /// Leaves replicas out that fail.
    pub ejection: Option<Ejection>,
    /// Time that request and response spend between the two, beside [`super::Plan::network`]: one
    /// draw an attempt, half of it on the way there and half on the way back.
    pub round_trip: Option<Law>,
}

impl Edge {
    /// An edge without any policy.
    #[must_use]
    pub const fn new(caller: ComponentId, callee: ComponentId) -> Self {
        Self {
            caller,
            callee,
            timeout: None,
            cancels: false,
            retries: None,
            breaker: None,
            pool: None,
            hedge: None,
            deadline: false,
            balance: Balance::RoundRobin,
            ejection: None,
            round_trip: None,
        }
    }
}

/// When a failed attempt is made again.
#[derive(Debug, Clone, PartialEq)]
pub struct Retries {
    /// Attempts beyond the first.
    pub max: u32,
    /// Outcomes that are retried.
    pub on: OutcomeSet,
    /// The wait before each.
    pub backoff: Backoff,
    /// Retries as a share of first attempts, over the last ten seconds; ten always pass.
    pub budget: Option<f64>,
}

/// Wait before the k-th retry: min(cap, base · factor^(k−1)), jittered if asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Backoff {
    /// The wait before the first retry.
    pub base: Law,
    /// Growth from one retry to the next.
    pub factor: f64,
    /// The longest wait.
    pub cap: Option<Duration>,
    /// Uniform between zero and the wait.
    pub full_jitter: bool,
}

/// A circuit breaker over a sliding window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Breaker {
    /// Share of errors among the results that opens it.
    pub error_rate: f64,
    /// Results of so long ago count.
    pub window: Duration,
    /// Results that it takes to judge.
    pub min_requests: u32,
    /// How long it stays open.
    pub open: Duration,
    /// Probes when half open.
    pub half_open: u32,
}

/// Leaves a replica out after failures in a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ejection {
    /// Failures in a row.
    pub failures: u32,
    /// How long; the k-th ejection of a replica lasts k times as long.
    pub base: Duration,
    /// Share of the replicas that may be out at once.
    pub max_ejected: f64,
}

/// How a calling replica picks a called one, among those neither ejected nor known to be down.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Balance {
    /// In turn, from a drawn one.
    #[default]
    RoundRobin,
    /// Uniformly at random.
    Random,
    /// The fewest attempts under way; ties at random.
    LeastOutstanding,
    /// The fewer attempts under way of two different drawn ones; a tie goes to the first drawn.
    PowerOfTwo,
    /// In turn in the caller's zone while anyone is there, else in turn elsewhere.
    ZoneLocal,
    /// A zone by these weights, among those where anyone is, then in turn.
    Weighted(Vec<(ZoneId, f64)>),
}
