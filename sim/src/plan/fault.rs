//! What goes wrong, and whom it hits.

use std::time::Duration;

use super::{ComponentId, EdgeId, EndpointId};
use crate::random::Law;

/// Something that goes wrong, from `start` on.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// What happens.
    pub kind: FaultKind,
    /// To whom.
    pub target: Target,
    /// When, after t = 0.
    pub start: Duration,
    /// For how long; `None` is to the end.
    pub duration: Option<Duration>,
    /// The chance that it happens at all, drawn once a replication.
    pub probability: f64,
}

/// Whom a fault hits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// These replicas, as (component, index of the replica).
    Replicas(Vec<(ComponentId, usize)>),
    /// One endpoint, on every replica.
    Endpoint(EndpointId),
    /// All attempts of one component at another.
    Edge(EdgeId),
}

/// The mechanisms of faults.
#[derive(Debug, Clone, PartialEq)]
pub enum FaultKind {
    /// Replicas die with all they hold, and stay away for the duration.
    Crash,
    /// Replicas accept and queue, but nothing moves.
    Pause,
    /// Work takes `factor` times as long.
    Slow {
        /// At least 0; 1 changes nothing.
        factor: f64,
    },
    /// Requests take longer on their way to the target.
    Latency {
        /// What is added.
        add: Law,
        /// Uniform ± around it, never below zero in sum.
        jitter: Duration,
    },
    /// A share of what arrives fails on arrival.
    Errors {
        /// In [0, 1].
        share: f64,
    },
}
