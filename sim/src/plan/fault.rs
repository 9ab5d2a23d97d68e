//! What goes wrong, and whom it hits.
//!
//! Faults that people know by many names are few mechanisms: a blackhole, a lossy link and a
//! partition all lose messages. [`FaultKind`] lists the mechanisms.

use std::time::Duration;

use super::{Component, ComponentId, Edge, EdgeId, Endpoint, EndpointId, LoadId, Network};
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
    /// Time over which it grows, linearly, from nothing to its full magnitude; of a change, the
    /// time over which it is rolled out.
    pub ramp: Duration,
    /// Whether it happens again.
    pub recurrence: Recurrence,
    /// The chance that it happens at all, drawn once a replication.
    pub probability: f64,
}

impl Fault {
    /// A fault that hits `target` from t = 0 to the end.
    #[must_use]
    pub const fn new(kind: FaultKind, target: Target) -> Self {
        Self {
            kind,
            target,
            start: Duration::ZERO,
            duration: None,
            ramp: Duration::ZERO,
            recurrence: Recurrence::Once,
            probability: 1.0,
        }
    }

    /// When it is over for good, after t = 0; `None` when it lasts, or comes again, to the end.
    #[must_use]
    pub fn over(&self) -> Option<Duration> {
        match self.recurrence {
            Recurrence::Every(_) => None,
            _ if self.kind == FaultKind::Flush => Some(self.start),
            Recurrence::Once | Recurrence::Random { .. } => Some(self.start + self.duration?),
        }
    }
}

/// Times that a replica may be hit while a fault lasts that comes and goes at drawn times, on
/// average.
pub const MAX_ALTERNATIONS: f64 = 1e7;

/// Whether and when a fault happens again.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Recurrence {
    /// Once only.
    #[default]
    Once,
    /// At `start`, and so long after each time that it began; longer than its duration.
    Every(Duration),
    /// At drawn times between `start` and the end of the duration, each replica on its own: an
    /// alternating renewal process that begins up.
    Random {
        /// Time until a replica is hit.
        up: Law,
        /// Time that it is hit.
        down: Law,
        /// Whether it begins with the warm-up, and not at `start`.
        from_the_first: bool,
    },
}

/// Whom a fault hits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// These replicas, as (component, index of the replica), also those not there yet.
    Replicas(Vec<(ComponentId, usize)>),
    /// One endpoint, on every replica.
    Endpoint(EndpointId),
    /// All attempts of one component at another.
    Edge(EdgeId),
    /// Users.
    Loads(Vec<LoadId>),
    /// What [`FaultKind::Change`] says.
    Plan,
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
    /// Replicas have fewer cores. Where cores do not matter, a share of them slows work.
    Cores(CoresLeft),
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
    /// A share of the attempts under way at the target fail at once, for their callers; while it
    /// lasts, a share of what arrives fails on arrival.
    Reset {
        /// In [0, 1].
        share: f64,
    },
    /// A share of the attempts fails at once, before the network.
    Refuse {
        /// In [0, 1].
        share: f64,
        /// Which attempts.
        scope: Scope,
    },
    /// A share of messages is lost: nothing ever comes of an attempt but its timeout.
    Drop {
        /// In [0, 1], of requests and, where in scope, of answers.
        share: f64,
        /// Which messages.
        scope: Scope,
    },
    /// Requests to the target pass one after the other.
    Bandwidth {
        /// How many pass in a second.
        per_s: f64,
    },
    /// A share of the connections of every pool towards the target is gone.
    Pool {
        /// In [0, 1].
        share: f64,
    },
    /// Caches are emptied, at one instant.
    Flush,
    /// A share of the look-ups in caches with keys is for the one asked for most.
    HotKey {
        /// In [0, 1].
        share: f64,
    },
    /// There is `factor` times the load.
    Load {
        /// At least 0; 1 changes nothing.
        factor: f64,
    },
    /// A share of the users who come while it lasts is kept away; they come when it ends. It has a
    /// duration.
    Away {
        /// In [0, 1].
        share: f64,
        /// Each comes at an instant of his own, uniform over so long after the end.
        over: Duration,
    },
    /// A share of what users call is another endpoint; who comes while it lasts, for all his session.
    Skew {
        /// In [0, 1].
        share: f64,
        /// What they call; users call it anyway.
        endpoint: EndpointId,
    },
    /// A share of the answers that become ready while it lasts is taken up slowly by users. Unless
    /// the component does not block, the slot is held meanwhile.
    SlowUsers {
        /// In [0, 1].
        share: f64,
        /// How long that takes.
        takes: Law,
    },
    /// Parts of the plan are others.
    Change(Box<Change>),
}

/// Cores that a fault leaves of a replica's limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CoresLeft {
    /// In (0, 1].
    Share(f64),
    /// At most so many, above 0; only where replicas have cores.
    Cores(f64),
}

/// Which messages a fault of the network concerns. Of an edge or endpoint, [`Scope::Across`] is
/// all messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Requests to the target.
    Into,
    /// Requests and answers to and from the target.
    Touching,
    /// Requests and answers between the target and these replicas; `None`: and everything else,
    /// users among it.
    Across(Option<Vec<(ComponentId, usize)>>),
}

/// Parts of a plan, as they are while a change holds. Requests under way go on as they began.
///
/// Of several changes in force, the one that began last decides, part by part.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Change {
    /// Settings; the replicas in them are not looked at.
    pub components: Vec<(ComponentId, Component)>,
    /// How many replicas there are.
    pub counts: Vec<(ComponentId, u32)>,
    /// Steps. New ones may call only over edges that the plan has.
    pub endpoints: Vec<(EndpointId, Endpoint)>,
    /// Policies between the same components.
    pub edges: Vec<(EdgeId, Edge)>,
    /// Network times.
    pub network: Option<Network>,
    /// Number of steps in which it is rolled out, at least 1. Step j of k comes (j − 1)/k of the
    /// ramp after the start; the first ⌈j·n/k⌉ of a component's n replicas have it then.
    pub steps: u32,
}
