//! What one calling replica knows of one callee, and the policies it follows.

use crate::plan::{Balance, Edge, Identities, Network, Plan};
use crate::random::Key;
use crate::time::SimTime;

use super::super::faults::changes;
use super::super::station::Station;
use super::super::timers::{Kind, Ring, Timer};
use super::super::{Cx, Purpose, System, draw};
use super::breaker::Breaker;
use super::budget::Budget;
use super::pool::Pool;

/// An edge's policy, made ready.
#[derive(Debug)]
pub(in super::super) struct Policy<'p> {
    pub(super) edge: &'p Edge,
    /// Whether an attempt has to pass more than its timeout and a simple balancer.
    pub(super) guarded: bool,
    /// Whether attempts under way are counted.
    counts: bool,
    pub(super) timeout: Timer,
    pub(super) hedge: Timer,
}

/// Where the callers of an edge are.
#[derive(Debug)]
pub(in super::super) struct Client {
    /// Index of the first replica's [`Caller`].
    first_caller: u32,
    /// The calling component's first replica.
    first_replica: u32,
    /// The called component's replicas.
    pub(super) callees: (u32, u32),
    /// Whether no network time lies between the two.
    pub(in super::super) is_instant: bool,
}

/// The state of one calling replica towards one callee.
#[derive(Debug, Default)]
pub(in super::super) struct Caller {
    /// Index of its policy.
    pub(super) policy: u32,
    /// The callee's replica to try next.
    pub(super) turn: u32,
    /// The same within each weighted zone.
    pub(super) zone_turns: Vec<u32>,
    pub(super) breaker: Breaker,
    pub(super) budget: Budget,
    pub(super) pool: Pool,
    /// Attempts under way at each replica of the callee, if the balancer asks.
    pub(super) outstanding: Vec<u32>,
    /// Each replica of the callee, if any may be ejected.
    pub(super) ejections: Vec<Ejected>,
}

/// What is known of a callee's replica that may be ejected.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ejected {
    /// In a row.
    pub(super) failures: u32,
    /// Ejections so far.
    pub(super) times: u32,
    pub(super) until: SimTime,
}

impl<'p> Policy<'p> {
    pub(in super::super) fn new(edge: &'p Edge, rings: &mut Vec<Ring>) -> Self {
        let guarded = edge.breaker.is_some()
            || edge.pool.is_some()
            || edge.hedge.is_some()
            || edge.deadline
            || edge.ejection.is_some()
            || matches!(edge.balance, Balance::LeastOutstanding | Balance::PowerOfTwo)
            || edge.retries.as_ref().is_some_and(|retries| retries.budget.is_some());
        Self {
            edge,
            guarded,
            counts: matches!(edge.balance, Balance::LeastOutstanding | Balance::PowerOfTwo),
            timeout: Timer::new(edge.timeout.as_ref(), Kind::Timer, rings),
            hedge: Timer::new(edge.hedge.as_ref(), Kind::Pending, rings),
        }
    }

    /// Lets the policies `alike` of one edge, whose attempts one may begin and another end, all
    /// note what any of them has to know.
    pub(in super::super) fn keep_the_same_books(policies: &mut [Self], alike: &[usize]) {
        let guarded = alike.iter().any(|&index| policies[index].guarded);
        let counts = alike.iter().any(|&index| policies[index].counts);
        for &index in alike {
            (policies[index].guarded, policies[index].counts) = (guarded, counts);
        }
    }
}

/// Clients and callers of a plan; the policy of every edge has its index.
pub(in super::super) fn build(
    plan: &Plan,
    stations: &[Station],
    policies: &[Policy],
    root: Key,
) -> (Vec<Client>, Vec<Caller>) {
    let (mut clients, mut callers) = (Vec::new(), Vec::new());
    for (index, edge) in plan.edges.iter().enumerate() {
        let (from, to) = (&stations[edge.caller], &stations[edge.callee]);
        let identity = Identities::of(&plan.identities.edges, index);
        let key = draw(root, Purpose::Balance, 0).with(identity);
        clients.push(Client {
            first_caller: callers.len() as u32,
            first_replica: from.first_replica,
            callees: (to.first_replica, to.replicas),
            is_instant: is_instant(plan, index),
        });
        let present = plan.components[edge.callee].replicas.len() as u32;
        callers.extend((0..from.replicas).map(|replica| {
            let turn = key.with(u64::from(replica)).below(present);
            let caller = Caller { policy: index as u32, turn, ..Caller::default() };
            caller.sized(&policies[index], to.replicas)
        }));
    }
    (clients, callers)
}

/// Whether no network time ever lies between the two ends of an edge.
fn is_instant(plan: &Plan, edge: usize) -> bool {
    let changed = changes(plan).any(|(_, change)| {
        let round_trip = |(id, other): &(usize, Edge)| *id == edge && other.round_trip.is_some();
        change.network.is_some() || change.edges.iter().any(round_trip)
    });
    plan.edges[edge].round_trip.is_none() && plan.network == Network::default() && !changed
}

impl Caller {
    /// The callee's replica to try next: of a weighted zone, by its index, or of all.
    pub(super) fn turn_of(&mut self, zone: Option<usize>) -> &mut u32 {
        match zone {
            Some(index) => &mut self.zone_turns[index],
            None => &mut self.turn,
        }
    }

    /// With memory of each of the callee's replicas, where the policy needs it.
    fn sized(mut self, policy: &Policy, callees: u32) -> Self {
        self.size(policy, callees);
        self
    }

    fn size(&mut self, policy: &Policy, callees: u32) {
        if policy.counts {
            self.outstanding.resize(callees as usize, 0);
        }
        if let Balance::Weighted(weights) = &policy.edge.balance {
            self.zone_turns.resize(weights.len(), self.turn);
        }
        if policy.edge.ejection.is_some() {
            self.ejections.resize(callees as usize, Ejected::default());
        } else {
            self.ejections.clear();
        }
    }
}

impl System<'_> {
    /// The state of the replica `from` as a caller over `edge`.
    #[inline]
    pub(super) fn caller_of(&self, edge: u32, from: u32) -> usize {
        let client = &self.clients[edge as usize];
        (client.first_caller + from - client.first_replica) as usize
    }

    /// The policy of the replica `from` over `edge`.
    pub(in super::super) fn policy_of(&self, edge: u32, from: u32) -> &Edge {
        self.policies[self.callers[self.caller_of(edge, from)].policy as usize].edge
    }

    /// A replica follows another policy over an edge from now on.
    pub(in super::super) fn follow(&mut self, edge: u32, replica: u32, policy: u32, cx: &mut Cx) {
        let caller = self.caller_of(edge, replica);
        let callees = self.stations[self.plan.edges[edge as usize].callee].replicas;
        let state = &mut self.callers[caller];
        if std::mem::replace(&mut state.policy, policy) != policy {
            state.size(&self.policies[policy as usize], callees);
            self.serve_pool(caller, cx);
        }
    }

    /// A replica is another than what was there before: nobody remembers its failures.
    pub(in super::super) fn forget_failures(&mut self, replica: u32) {
        let component = self.replicas[replica as usize].component as usize;
        let turn = (replica - self.stations[component].first_replica) as usize;
        for edge in 0..self.clients.len() {
            if self.plan.edges[edge].callee == component {
                for caller in self.callers_over(edge) {
                    if let Some(ejected) = self.callers[caller].ejections.get_mut(turn) {
                        *ejected = Ejected::default();
                    }
                }
            }
        }
    }

    /// Indices of all callers over an edge.
    pub(in super::super) fn callers_over(&self, edge: usize) -> std::ops::Range<usize> {
        let first = self.clients[edge].first_caller as usize;
        first..first + self.stations[self.plan.edges[edge].caller].replicas as usize
    }
}

/// A replica starts anew: as a caller it knows nothing but whose turn it is, and its caches are cold.
pub(in super::super) fn replica_is_new(system: &mut System, replica: u32) {
    system.flush_caches(replica);
    let component = system.replicas[replica as usize].component as usize;
    for (index, edge) in system.plan.edges.iter().enumerate() {
        if edge.caller == component {
            let caller = system.caller_of(index as u32, replica);
            let state = &mut system.callers[caller];
            let policy = &system.policies[state.policy as usize];
            let fresh = Caller { policy: state.policy, turn: state.turn, ..Caller::default() };
            *state = fresh.sized(policy, system.stations[edge.callee].replicas);
        }
    }
}
