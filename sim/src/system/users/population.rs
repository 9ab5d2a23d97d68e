//! The users of a load before anyone came, and the programs of their sessions.

use crate::calendar::Ticket;
use crate::plan::{Curve, EndpointId, Identities, Leaving, Load, Plan, Step, Walk};
use crate::program::{Pc, Program};
use crate::random::Key;
use crate::time::{SimTime, nanos};

use super::super::arrivals::Arrivals;
use super::super::crowd::Crowd;
use super::super::curve::user_changes;
use super::super::{Purpose, draw, origin};

/// The users of one load.
#[derive(Debug)]
pub(in super::super) struct Population {
    pub(super) key: Key,
    pub(super) leaving: Leaving,
    pub(super) crowd: Crowd,
    /// The next arrival, or the next change in how many users there are.
    pub(super) due: Ticket,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Open {
        endpoint: EndpointId,
        arrivals: Arrivals,
        /// The entry's replica to try next.
        turn: u32,
    },
    Sessions {
        session: Pc,
        arrivals: Arrivals,
        /// Replica to try next, per endpoint called.
        turns: Vec<u32>,
    },
    Closed {
        session: Pc,
        /// When the number of users changes, latest first.
        changes: Vec<(SimTime, u32)>,
        /// How many there should be.
        wanted: u32,
        /// Rounds begun, of each user who ever was.
        rounds: Vec<u64>,
        /// Users at home, the highest number first.
        idle: Vec<u32>,
        active: u32,
        /// Replica to try next, per endpoint called.
        turns: Vec<u32>,
    },
}

/// Compiles the sessions of loads; returns the first operation of each load's.
pub(in super::super) fn compile_sessions(plan: &Plan, program: &mut Program) -> Vec<Pc> {
    let compile_load = |load: &Load| match load {
        Load::Open { .. } => 0,
        Load::Sessions { session, walk, .. } => compile(program, session, walk.as_deref()),
        Load::Closed { session, .. } => program.list(session),
    };
    plan.loads.iter().map(compile_load).collect()
}

/// Compiles one session; returns its first operation.
pub(in super::super) fn compile(
    program: &mut Program,
    session: &[Step],
    walk: Option<&Walk>,
) -> Pc {
    match walk {
        Some(walk) => program.walk(session, walk),
        None => program.list(session),
    }
}

/// How long before the beginning people of a load have been coming already \[ns\].
pub(in super::super) fn lead(load: &Load) -> u64 {
    match load {
        Load::Sessions { walk: Some(walk), .. } => nanos(walk.lead),
        _ => 0,
    }
}

/// The key of the load with this number.
pub(in super::super) const fn load_key(root: Key, identity: u64) -> Key {
    draw(root, Purpose::Arrival, 0).with(identity)
}

/// The key of the `count`-th request of a call in a session.
pub(in super::super) const fn call_key(session: Key, site: u32, count: u32) -> Key {
    draw(session, Purpose::Attempt, site).with((count as u64) << 16)
}

/// The populations of a plan, before anyone came.
pub(in super::super) fn build(plan: &Plan, sessions: &[Pc], root: Key) -> Vec<Population> {
    let start = origin(plan);
    let first_turn = |key: Key, endpoint: EndpointId| {
        let replicas = plan.components[plan.endpoints[endpoint].component].replicas.len();
        let identity = Identities::of(&plan.identities.endpoints, endpoint);
        draw(key, Purpose::Balance, 0).with(identity).below(replicas as u32)
    };
    let population = |(index, load): (usize, &Load)| {
        let identity = Identities::of(&plan.identities.loads, index);
        let key = load_key(root, identity);
        let turns = || (0..plan.endpoints.len()).map(|e| first_turn(key, e)).collect();
        let kind = match load {
            Load::Open { endpoint, arrivals, .. } => {
                let arrivals = Arrivals::new(arrivals, root, key, start, 0);
                let turn = first_turn(key, *endpoint);
                Kind::Open { endpoint: *endpoint, arrivals, turn }
            }
            Load::Sessions { arrivals, .. } => {
                let arrivals = Arrivals::new(arrivals, root, key, start, lead(load));
                Kind::Sessions { session: sessions[index], arrivals, turns: turns() }
            }
            Load::Closed { users, .. } => Kind::Closed {
                session: sessions[index],
                changes: changes_after(users, start, None).1,
                wanted: 0,
                rounds: Vec::new(),
                idle: Vec::new(),
                active: 0,
                turns: turns(),
            },
        };
        let crowd = Crowd::of(plan, index, root);
        Population { key, leaving: load.leaving().clone(), crowd, due: Ticket::NONE, kind }
    };
    plan.loads.iter().enumerate().map(population).collect()
}

/// How many users there are at `now` (`None`: before the first came), and the changes after it,
/// latest first.
pub(super) fn changes_after(
    users: &Curve,
    start: SimTime,
    now: Option<SimTime>,
) -> (u32, Vec<(SimTime, u32)>) {
    let mut changes = user_changes(users, start);
    let passed = changes.partition_point(|&(at, _)| now.is_some_and(|now| at <= now));
    let wanted = passed.checked_sub(1).map_or(0, |last| changes[last].1);
    changes.drain(..passed);
    changes.reverse();
    (wanted, changes)
}
