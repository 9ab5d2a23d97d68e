//! What one replication counted.

use crate::histogram::Summary;
use crate::plan::Outcome;

/// The counts of one replication. Vectors are indexed as in the [`crate::Plan`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tally {
    /// Events handled.
    pub events: u64,
    /// Users' requests, per endpoint.
    pub users: Vec<UserTally>,
    /// Services, per endpoint, whoever asked for them.
    pub services: Vec<ServiceTally>,
    /// Stations.
    pub components: Vec<ComponentTally>,
    /// Attempts, per edge.
    pub edges: Vec<EdgeTally>,
    /// Looks into caches, per cache step in the order of the plan's endpoints.
    pub caches: Vec<CacheTally>,
    /// Requests of the cohort over each limit.
    pub over_limit: Vec<u64>,
    /// The cohort and the stations over time.
    pub timeline: Vec<Bin>,
    /// Frames under way at once, at most.
    pub peak_frames: usize,
    /// Frames still under way when the run was over: of users who came late, and work that nobody
    /// waits for.
    pub left_frames: usize,
}

/// One request of the cohort, and how it ended.
///
/// Requests of two runs with equal keys are the same request, where seed and replication are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    /// What its draws are keyed by.
    pub key: u64,
    /// Index into [`crate::Plan::loads`].
    pub load: u32,
    /// Index into [`crate::Plan::endpoints`].
    pub endpoint: u32,
    /// When it was due, after t = 0 \[ns\].
    pub due: u64,
    /// From then to its end \[ns\]; of one in flight, to the end of the run.
    pub latency: u64,
    /// How it ended.
    pub outcome: Outcome,
}

/// Users' requests for one endpoint.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UserTally {
    /// Requests due in the window: the cohort.
    pub offered: u64,
    /// How the cohort ended, by [`Outcome`] number; they sum to `offered`.
    pub outcomes: [u64; Outcome::ALL.len()],
    /// Requests that ended `ok` in the window, whenever due.
    pub goodput: u64,
    /// From due to end, of the cohort's `ok` requests.
    pub latency: Summary,
}

/// Services of one endpoint.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ServiceTally {
    /// Services that ended `ok` in the window.
    pub completed: u64,
    /// From arrival at the replica to the end of service, of those.
    pub sojourn: Summary,
}

/// A station. Areas are integrals over the window, in units × ns, summed over replicas.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ComponentTally {
    /// ∫ slots in use.
    pub busy: u128,
    /// ∫ slots that exist on healthy replicas; 0 where they are unlimited.
    pub available: u128,
    /// ∫ cores that running work would use, were all of its host's free, in 10⁻⁹ cores × ns.
    pub busy_cores: u128,
    /// ∫ cores of healthy replicas, in 10⁻⁹ cores × ns; 0 where work does not share cores.
    pub available_cores: u128,
    /// ∫ requests in queue, in service, or without a slot while they wait on others.
    pub in_system: u128,
    /// ∫ requests in queue.
    pub waiting: u128,
    /// ∫ healthy replicas.
    pub replicas: u128,
    /// Slots in use at once on one replica, at most, ever.
    pub peak_slots: u32,
    /// Arrivals at replicas in the window.
    pub arrivals: u64,
    /// Those refused: the queue was full or let none like them in, they came too fast, or waited too
    /// long.
    pub rejected: u64,
    /// Time that those who left in the window without being served `ok` had been there \[ns\].
    pub lost: u128,
    /// Services that ended `ok` in the window.
    pub completed: u64,
    /// From arrival to the start of service, of arrivals in the window.
    pub wait: Summary,
}

impl ComponentTally {
    /// Share of the slots of healthy replicas that is in use; `None` where there are none, or no
    /// limit.
    #[must_use]
    pub fn slot_occupancy(&self) -> Option<f64> {
        share(self.busy, self.available)
    }

    /// Share of the cores of healthy replicas that is in use, where work shares some; else of slots.
    #[must_use]
    pub fn utilization(&self) -> Option<f64> {
        share(self.busy_cores, self.available_cores).or_else(|| self.slot_occupancy())
    }
}

fn share(part: u128, of: u128) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

/// Attempts over one edge: those that started in the window, and how those that ended in it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EdgeTally {
    /// First attempts.
    pub calls: u64,
    /// Further attempts.
    pub retries: u64,
    /// Extra attempts beside one that takes long.
    pub hedges: u64,
    /// Attempts by how the caller saw them end, by [`Outcome`] number.
    pub outcomes: [u64; Outcome::ALL.len()],
    /// Attempts given up without an outcome: the caller crashed, was cancelled, or had another
    /// answer.
    pub given_up: u64,
    /// Of the outcomes, how many the breaker refused; it ends them before they start.
    pub refused: u64,
    /// Retries that the budget did not allow.
    pub denied: u64,
    /// How often a breaker opened.
    pub opened: u64,
    /// How often a replica was ejected.
    pub ejected: u64,
    /// Attempts whose wait for a connection has ended, whether they got one or not.
    pub pooled: u64,
    /// Time that they waited for it \[ns\].
    pub pool_wait: u128,
    /// Time callers spent on attempts that ended in the window \[ns\].
    pub waited: u128,
}

/// Looks into the caches of one step, on all replicas, in the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheTally {
    /// Whose caches they are, an index into [`crate::Plan::components`].
    pub component: usize,
    /// Looks that found what was asked for.
    pub hits: u64,
    /// Looks that did not.
    pub misses: u64,
}

/// One bin of the timeline.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bin {
    /// Users' requests that ended `ok` in the bin, per endpoint, with their latencies.
    pub latency: Vec<Summary>,
    /// Users' requests due in the bin, per endpoint.
    pub offered: Vec<u64>,
    /// Services that ended `ok` in the bin, per component.
    pub completed: Vec<u64>,
    /// ∫ requests in queue or in service, per component.
    pub in_system: Vec<u128>,
    /// ∫ slots in use, per component.
    pub busy: Vec<u128>,
    /// ∫ slots that exist, per component.
    pub available: Vec<u128>,
    /// ∫ cores in use, per component, in 10⁻⁹ cores × ns.
    pub busy_cores: Vec<u128>,
    /// ∫ cores that exist, per component, in 10⁻⁹ cores × ns.
    pub available_cores: Vec<u128>,
}

impl Bin {
    /// An empty bin of so many components.
    pub(crate) fn of(components: usize) -> Self {
        let [in_system, busy, available, busy_cores, available_cores] =
            [(); 5].map(|()| vec![0; components]);
        let completed = vec![0; components];
        Self {
            completed,
            in_system,
            busy,
            available,
            busy_cores,
            available_cores,
            ..Self::default()
        }
    }
}
