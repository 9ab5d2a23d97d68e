//! The parts of a system: stations of replicas, and what happens at their doors.

use std::time::Duration;

use super::ZoneId;
use crate::random::Law;

/// Index of a host in [`super::Plan::hosts`].
pub type HostId = usize;

/// A set of identical replicas behind one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// Where each replica is; the length is the number of replicas at first, at least one.
    pub replicas: Vec<Place>,
    /// Where further replicas go in turn, when an autoscaler or a change adds some.
    pub places: Vec<Place>,
    /// Slots: requests that one replica serves at once; `None` is unlimited.
    pub concurrency: Option<u32>,
    /// Whether a request keeps its slot while it waits on others.
    pub blocking: bool,
    /// Cores that the work of one replica shares; without, work takes its drawn time.
    pub cpu: Option<Cpu>,
    /// Where requests wait for a slot.
    pub queue: Queue,
    /// Requests per second that one replica takes in, from a bucket of one second's worth.
    pub rate_limit: Option<f64>,
    /// Refusal of less important requests while the queue is long.
    pub shed: Option<Shed>,
    /// How long balancers go on picking a crashed replica; not at all by default.
    pub health: Option<Health>,
    /// A controller of the number of replicas.
    pub autoscale: Option<Autoscale>,
    /// Whether a request is answered when it is accepted, not when it is served: a queue.
    pub acknowledges: bool,
    /// Service of all who wait at once; the one slot is then that of a group.
    pub batch: Option<Batch>,
}

impl Component {
    /// Where the `index`-th replica is, be it one of the first or a later one.
    #[must_use]
    pub fn place(&self, index: usize) -> Place {
        let later = || self.places.get((index - self.replicas.len()) % self.places.len().max(1));
        self.replicas.get(index).or_else(later).copied().unwrap_or_default()
    }

    /// Replicas that there may ever be at once, if nothing changes it.
    #[must_use]
    pub fn most_replicas(&self) -> u32 {
        let present = self.replicas.len() as u32;
        self.autoscale.as_ref().map_or(present, |controller| controller.max.max(present))
    }
}

impl Default for Component {
    /// One replica without limits.
    fn default() -> Self {
        Self {
            replicas: vec![Place::default()],
            places: Vec::new(),
            concurrency: None,
            blocking: true,
            cpu: None,
            queue: Queue::default(),
            rate_limit: None,
            shed: None,
            health: None,
            autoscale: None,
            acknowledges: false,
            batch: None,
        }
    }
}

/// Where a replica is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// Replicas of equal zones are near each other.
    pub zone: ZoneId,
    /// The machine whose cores it shares; `None`: it is alone on its own.
    pub host: Option<HostId>,
}

/// A machine that replicas run on.
#[derive(Debug, Clone, PartialEq)]
pub struct Host {
    /// Cores that the replicas on it share; `None` is more than they can use.
    pub cores: Option<f64>,
}

/// Cores of one replica.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cpu {
    /// What an autoscaler's metric is relative to.
    pub request: f64,
    /// The most cores that the running work shares.
    pub limit: f64,
}

/// Service in groups: when a replica has nothing to do, all who wait start together and end together.
///
/// So work a commit to a log that is flushed, or a model that is asked for many inputs at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Batch {
    /// The largest group; `None` is unlimited.
    pub most: Option<u32>,
    /// What each member but the first adds to the work, which is drawn once for the group.
    pub each: Duration,
}

/// The queue of each replica.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Queue {
    /// Requests that may wait; `None` is unlimited, 0 a loss system.
    pub capacity: Option<u32>,
    /// Who is served next.
    pub discipline: Discipline,
    /// How long a request may wait before it is refused.
    pub max_wait: Option<Law>,
}

/// Who is served next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Discipline {
    /// First come, first served.
    #[default]
    Fifo,
    /// Last come, first served.
    Lifo,
    /// Newest first while at least half of the capacity waits, else oldest first.
    AdaptiveLifo,
    /// Lowest priority number first.
    Priority,
    /// Lowest priority number first, even before what is being served.
    PreemptivePriority,
    /// Oldest first, dropped at the head while the wait stays above a target (K. Nichols and V.
    /// Jacobson, "Controlling Queue Delay", 2012; RFC 8289).
    Codel {
        /// The wait aimed at.
        target: Duration,
        /// How long it may be exceeded.
        interval: Duration,
    },
}

/// Refusal of less important requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shed {
    /// How full the queue is when it begins, in (0, 1].
    pub at_queue: f64,
    /// Priority numbers from this one on are refused.
    pub priority_from: u32,
}

/// How a crashed replica is found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Time between checks.
    pub every: Duration,
    /// Failed checks in a row after which it is no longer picked.
    pub failures: u32,
}

/// A controller of the number of replicas.
#[derive(Debug, Clone, PartialEq)]
pub struct Autoscale {
    /// What it watches.
    pub metric: Metric,
    /// What it aims at.
    pub goal: Goal,
    /// Fewest replicas.
    pub min: u32,
    /// Most replicas.
    pub max: u32,
    /// Time between decisions, over which the metric is averaged.
    pub every: Duration,
    /// Time before a new replica serves.
    pub startup: Duration,
    /// Time over which the highest recent decision holds before replicas leave.
    pub stabilization: Duration,
}

/// What an autoscaler watches, per replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Busy cores over requested ones.
    Cpu,
    /// Occupied slots over slots.
    Slots,
    /// Requests per second.
    Rate,
}

/// What an autoscaler aims at.
#[derive(Debug, Clone, PartialEq)]
pub enum Goal {
    /// The metric at this value, within 10 %.
    Target(f64),
    /// Steps up and down; of those that the metric has passed, the farthest counts.
    Steps {
        /// Above a value of the metric, how many replicas come.
        above: Vec<(f64, u32)>,
        /// Below a value of the metric, how many leave.
        below: Vec<(f64, u32)>,
    },
}
