//! What is simulated: a system, its load, its faults and what is asked of it.
//!
//! A plan is plain numbers. Things are named by their index in the plan's vectors; whoever makes a
//! plan keeps the names. [`crate::replicate`] runs it.

mod bursts;
mod component;
mod edge;
mod fault;
mod load;
mod step;
mod walk;

use std::time::Duration;

pub use crate::program::callees;
use crate::random::Law;

pub use bursts::{Bursts, MAX_WAVERS, Waver};
pub use component::{
    Autoscale, Batch, Component, Cpu, Discipline, Goal, Health, Host, HostId, Metric, Place, Queue,
    Shed,
};
pub use edge::{Backoff, Balance, Breaker, Edge, Ejection, Retries};
pub use fault::{Change, CoresLeft, Fault, FaultKind, MAX_ALTERNATIONS, Recurrence, Scope, Target};
pub use load::{Arrivals, Curve, Leaving, Load, MAX_PHASES_PER_ARRIVAL, Phase};
pub use step::{Cache, Call, Contents, Endpoint, OnFailure, Step};
pub use walk::Walk;

/// Index of a component in [`Plan::components`].
pub type ComponentId = usize;
/// Index of an endpoint in [`Plan::endpoints`].
pub type EndpointId = usize;
/// Index of an edge in [`Plan::edges`].
pub type EdgeId = usize;
/// Index of a load in [`Plan::loads`].
pub type LoadId = usize;
/// Index of a zone; replicas of equal zones are near each other.
pub type ZoneId = u16;

/// Everything one run needs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// The parts of the system.
    pub components: Vec<Component>,
    /// The machines that replicas run on.
    pub hosts: Vec<Host>,
    /// What can be called, each on one component.
    pub endpoints: Vec<Endpoint>,
    /// Who calls whom, and under which policy. One per pair of components.
    pub edges: Vec<Edge>,
    /// One-way network times between replicas.
    pub network: Network,
    /// Who uses the system.
    pub loads: Vec<Load>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// What the draws of components, loads, endpoints, edges and faults are keyed by.
    pub identities: Identities,
    /// Limits on users' requests whose exceedances are counted exactly.
    pub limits: Vec<Limit>,
    /// How long, how often.
    pub run: Run,
}

/// Numbers that stay with a part of the system when others come and go, say hashes of names.
///
/// Draws are keyed by them, so that an added load or fault leaves all others' as they are. What has
/// no number here is keyed by its index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identities {
    /// Of [`Plan::components`].
    pub components: Vec<u64>,
    /// Of [`Plan::endpoints`].
    pub endpoints: Vec<u64>,
    /// Of [`Plan::edges`].
    pub edges: Vec<u64>,
    /// Of [`Plan::loads`].
    pub loads: Vec<u64>,
    /// Of [`Plan::faults`]; parts of one fault have one number, and happen together.
    pub faults: Vec<u64>,
}

impl Identities {
    /// The number of the `index`-th of `numbers`.
    pub(crate) fn of(numbers: &[u64], index: usize) -> u64 {
        numbers.get(index).copied().unwrap_or(index as u64)
    }
}

/// Bins of a timeline are kept in memory; there are at most so many.
pub const MAX_BINS: u128 = 100_000;

/// Entries of one cache, over all replicas of its component: about a gigabyte.
pub const MAX_ENTRIES: u64 = 1 << 25;

impl Plan {
    /// Multiplies every load by `factor`; recordings, which have no rate, stay as they are.
    pub fn scale_loads(&mut self, factor: f64) {
        for load in &mut self.loads {
            if let Some(scaled) = load.scaled(factor) {
                *load = scaled;
            }
        }
    }

    /// Most replicas that a component may ever have: at first, by its autoscaler, by a change.
    #[must_use]
    pub fn most_replicas(&self, component: ComponentId) -> usize {
        let changes = self.faults.iter().filter_map(|fault| match &fault.kind {
            FaultKind::Change(change) => Some(change),
            _ => None,
        });
        let changed = changes.flat_map(|change| {
            let counts = change.counts.iter().map(|&(id, count)| (id, count as usize));
            let scaled = change.components.iter().map(|(id, c)| (*id, c.most_replicas() as usize));
            counts.chain(scaled)
        });
        let changed = changed.filter(|(id, _)| *id == component).map(|(_, count)| count);
        changed.fold(self.components[component].most_replicas() as usize, usize::max)
    }

    /// The endpoints that no other endpoint calls, rising.
    #[must_use]
    pub fn roots(&self) -> Vec<EndpointId> {
        let called = self.endpoints.iter().flat_map(|e| crate::program::callees(&e.steps));
        let called: std::collections::BTreeSet<EndpointId> = called.collect();
        (0..self.endpoints.len()).filter(|endpoint| !called.contains(endpoint)).collect()
    }

    /// The endpoints that users call, rising.
    #[must_use]
    pub fn entries(&self) -> Vec<EndpointId> {
        let mut entries: Vec<EndpointId> = self
            .loads
            .iter()
            .flat_map(|load| match load {
                Load::Open { endpoint, .. } => vec![*endpoint],
                Load::Sessions { session, .. } | Load::Closed { session, .. } => {
                    crate::program::callees(session)
                }
            })
            .collect();
        entries.sort_unstable();
        entries.dedup();
        entries
    }
}

/// Length and number of runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Simulated time before t = 0, of which nothing is counted.
    pub warm_up: Duration,
    /// The cohort is the requests due in [0, horizon).
    pub horizon: Duration,
    /// How long after the horizon the cohort may take to end.
    pub drain: Duration,
    /// Width of a bin of the timeline.
    pub timeline: Duration,
    /// Root of all randomness.
    pub seed: u64,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            warm_up: Duration::ZERO,
            horizon: Duration::from_mins(10),
            drain: Duration::from_secs(30),
            timeline: Duration::from_secs(10),
            seed: 1,
        }
    }
}

/// How a user's request, or an attempt, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Outcome {
    /// Served.
    Ok = 0,
    /// No answer in time.
    Timeout = 1,
    /// Refused: a queue was full.
    Rejected = 2,
    /// A fault, or the failure of a call that was needed.
    Failed = 3,
    /// The user's patience ended.
    Abandoned = 4,
    /// Not ended when the run was.
    InFlight = 5,
}

impl Outcome {
    /// All outcomes, in the order of their numbers.
    pub const ALL: [Self; 6] =
        [Self::Ok, Self::Timeout, Self::Rejected, Self::Failed, Self::Abandoned, Self::InFlight];

    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Timeout => "timeout",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
            Self::InFlight => "in_flight",
        }
    }
}

/// A set of outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutcomeSet(u8);

impl OutcomeSet {
    /// The set with `outcome` in it too.
    #[must_use]
    pub const fn with(self, outcome: Outcome) -> Self {
        Self(self.0 | 1 << outcome as u8)
    }

    /// Whether `outcome` is in the set.
    #[must_use]
    pub const fn contains(self, outcome: Outcome) -> bool {
        self.0 >> outcome as u8 & 1 == 1
    }
}

/// One-way network times between replicas; `None` is no time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Network {
    /// Between replicas of one zone.
    pub same_zone: Option<Law>,
    /// Between replicas of two zones.
    pub cross_zone: Option<Law>,
}

/// A limit on users' requests: how many were over it is counted exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Whose requests.
    pub endpoint: EndpointId,
    /// The longest latency that is within; a request that is not ok is over. `None`: only those.
    pub latency: Option<Duration>,
}
