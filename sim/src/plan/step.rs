//! What serving a request takes, and what users do in a session.

use std::time::Duration;

use super::{ComponentId, EdgeId, EndpointId};
use crate::random::Law;

/// One operation of a component.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// Whose it is.
    pub component: ComponentId,
    /// Lower is served first, where the queue heeds it.
    pub priority: u32,
    /// Share of its requests that fail of themselves, on arrival, in [0, 1].
    pub errors: f64,
    /// What serving it takes, one step after the other.
    pub steps: Vec<Step>,
}

impl Endpoint {
    /// An operation of `component`, of the usual priority 1.
    #[must_use]
    pub const fn new(component: ComponentId, steps: Vec<Step>) -> Self {
        Self { component, priority: 1, errors: 0.0, steps }
    }
}

/// A step of a request's service, or of a user's session.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Own work of the component.
    Work(Law),
    /// A user's pause between calls; only in sessions.
    Think(Law),
    /// A call of another endpoint, which this step waits for.
    Call(Call),
    /// A call that nobody waits for, and whose outcome is ignored.
    Publish(Call),
    /// Branches that run at once; ends when all have ended, or at the first needed failure.
    Parallel(Vec<Vec<Step>>),
    /// One of several lists, with probability proportional to its weight.
    Choose(Vec<(f64, Vec<Step>)>),
    /// A look into a cache of the replica.
    Cache(Cache),
}

/// A call of one endpoint by another, or by a user in a session.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What is called.
    pub endpoint: EndpointId,
    /// The policy; `None` for users, who have none.
    pub edge: Option<EdgeId>,
    /// What is called instead, and over which edge, while the first is ejected or its breaker is
    /// open.
    pub backup: Option<(EndpointId, EdgeId)>,
    /// Drawn once for the step.
    pub probability: f64,
    /// How many calls follow one another.
    pub count: u32,
    /// What a failure of the call means.
    pub on_failure: OnFailure,
}

impl Call {
    /// One needed call of `endpoint` over `edge`.
    #[must_use]
    pub const fn new(endpoint: EndpointId, edge: Option<EdgeId>) -> Self {
        let on_failure = OnFailure::Fail;
        Self { endpoint, edge, backup: None, probability: 1.0, count: 1, on_failure }
    }
}

/// What a failed call means for its caller.
#[derive(Debug, Clone, PartialEq)]
pub enum OnFailure {
    /// The caller fails with the outcome of the call's last attempt.
    Fail,
    /// Nothing: the caller goes on.
    Continue,
    /// These steps run instead.
    Fallback(Vec<Step>),
}

/// A cache of each replica, warm at the start and cold after a crash.
#[derive(Debug, Clone, PartialEq)]
pub struct Cache {
    /// What it holds.
    pub contents: Contents,
    /// What a miss does; when it has ended well, what was missing is there.
    pub miss: Vec<Step>,
}

/// What a cache holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Contents {
    /// A lookup hits with probability h · (1 − e^(−fills done / fills)) after a flush, and h when
    /// warm.
    Ratio {
        /// h, in [0, 1].
        hit: f64,
        /// Completed misses after which a cold cache is 63 % warm; 0 is warm at once.
        fills: f64,
    },
    /// The entries least recently used make place.
    Lru {
        /// How many it holds.
        entries: u32,
        /// Number of keys asked for.
        keys: u32,
        /// Exponent of Zipf's law: the i-th key has weight 1/i^s.
        exponent: f64,
        /// How long an entry lives.
        ttl: Option<Duration>,
    },
}
