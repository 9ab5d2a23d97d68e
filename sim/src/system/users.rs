//! Users: requests that come by themselves, and people who go through sessions.

use crate::calendar::Ticket;
use crate::error::Error;
use crate::frame::{Frame, FrameId, NONE, Role, State};
use crate::plan::{Arrivals, EndpointId, Identities, Load, Outcome, Plan};
use crate::program::{NO_EDGE, Pc, Program};
use crate::random::{Key, Law, exp1};
use crate::time::SimTime;

use super::client::next_in_turn;
use super::curve::{Rate, user_changes};
use super::{Cx, Happening, Purpose, System, draw, origin};

/// The users of one load.
#[derive(Debug)]
pub(super) struct Population {
    key: Key,
    patience: Option<Law>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Open {
        endpoint: EndpointId,
        rate: Rate,
        /// Arrivals so far.
        count: u64,
        /// The entry's replica to try next.
        turn: u32,
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

/// Compiles the sessions of closed loads; returns the first operation of each load's.
pub(super) fn compile_sessions(plan: &Plan, program: &mut Program) -> Vec<Pc> {
    let compile = |load: &Load| match load {
        Load::Open { .. } => 0,
        Load::Closed { session, .. } => program.list(session),
    };
    plan.loads.iter().map(compile).collect()
}

/// The populations of a plan, before anyone came.
pub(super) fn build(plan: &Plan, sessions: &[Pc], root: Key) -> Vec<Population> {
    let start = origin(plan);
    let first_turn = |key: Key, endpoint: EndpointId| {
        let replicas = plan.components[plan.endpoints[endpoint].component].replicas.len();
        let identity = Identities::of(&plan.identities.endpoints, endpoint);
        draw(key, Purpose::Balance, 0).with(identity).below(replicas as u32)
    };
    let population = |(index, load): (usize, &Load)| {
        let identity = Identities::of(&plan.identities.loads, index);
        let key = draw(root, Purpose::Arrival, 0).with(identity);
        match load {
            Load::Open { endpoint, arrivals: Arrivals::Poisson(curve), patience } => Population {
                key,
                patience: patience.clone(),
                kind: Kind::Open {
                    endpoint: *endpoint,
                    rate: Rate::new(curve, start),
                    count: 0,
                    turn: first_turn(key, *endpoint),
                },
            },
            Load::Closed { users, patience, .. } => {
                let mut changes = user_changes(users, start);
                changes.reverse();
                let turns = (0..plan.endpoints.len()).map(|e| first_turn(key, e)).collect();
                Population {
                    key,
                    patience: patience.clone(),
                    kind: Kind::Closed {
                        session: sessions[index],
                        changes,
                        wanted: 0,
                        rounds: Vec::new(),
                        idle: Vec::new(),
                        active: 0,
                        turns,
                    },
                }
            }
        }
    };
    plan.loads.iter().enumerate().map(population).collect()
}

impl System<'_> {
    /// Schedules the first arrival, or the first users, of every load.
    pub(super) fn start_loads(&mut self, cx: &mut Cx) {
        for load in 0..self.populations.len() {
            let first = match &mut self.populations[load].kind {
                Kind::Open { .. } => self.next_arrival(load, SimTime::ZERO),
                Kind::Closed { changes, .. } => changes.last().map(|change| change.0),
            };
            if let Some(at) = first {
                cx.schedule(at, Happening::Arrival(load as u32));
            }
        }
    }

    /// When the next user of an open load comes, if ever.
    fn next_arrival(&mut self, load: usize, now: SimTime) -> Option<SimTime> {
        let population = &mut self.populations[load];
        let Kind::Open { rate, count, .. } = &mut population.kind else {
            return None;
        };
        let gap = exp1(&mut draw(population.key.with(*count), Purpose::Arrival, 0).draws());
        rate.advance(now, gap)
    }

    /// A user comes, or the number of users changes.
    pub(super) fn arrival(&mut self, load: u32, cx: &mut Cx) {
        match &self.populations[load as usize].kind {
            Kind::Open { .. } => self.open_arrival(load, cx),
            Kind::Closed { .. } => self.users_change(load, cx),
        }
    }

    fn open_arrival(&mut self, load: u32, cx: &mut Cx) {
        let population = &mut self.populations[load as usize];
        let Kind::Open { endpoint, count, .. } = &mut population.kind else {
            return;
        };
        let (endpoint, key) = (*endpoint as u32, population.key.with(*count));
        *count += 1;
        let request = Frame::new(key, Role::Entry);
        // The next arrival is scheduled first: ties go by the order of scheduling, and a user who
        // is due does not depend on what this one does.
        if let Some(at) = self.next_arrival(load as usize, cx.now()) {
            cx.schedule(at, Happening::Arrival(load));
        }
        self.request(request, load, endpoint, cx);
    }

    /// A user's request for an endpoint becomes due.
    fn request(&mut self, mut request: Frame, load: u32, endpoint: u32, cx: &mut Cx) {
        let now = cx.now();
        let (key, session) = (request.key, request.parent);
        (request.endpoint, request.edge, request.since) = (endpoint, load, now);
        self.measures.offered(endpoint);
        let (first, count) = self.entrances[endpoint as usize];
        let replicas = &self.replicas;
        let picked = if count == 1 {
            replicas[first as usize].is_listed().then_some(first)
        } else {
            let turn = match &mut self.populations[load as usize].kind {
                Kind::Open { turn, .. } => turn,
                Kind::Closed { turns, .. } => &mut turns[endpoint as usize],
            };
            let listed = |turn: u32| replicas[(first + turn) as usize].is_listed();
            next_in_turn(turn, count, listed).map(|turn| first + turn)
        };
        request.replica = picked.unwrap_or(NONE);
        let Some(id) = self.frames.add(request) else {
            return self.too_many();
        };
        if session != NONE {
            self.frames[session].child = id;
        }
        if picked.is_none() {
            return self.reply(id, Outcome::Failed, cx);
        }
        if let Some(law) = &self.populations[load as usize].patience {
            let stays = law.sample(draw(key, Purpose::Patience, 0));
            self.frames[id].timer = cx.schedule_in(stays, Happening::TimerFires(id));
        }
        let way = (NO_EDGE, endpoint, self.frames[id].replica);
        let delay =
            if self.faults.any_latency { self.faults.latency(self.plan, key, way) } else { 0 };
        if delay > 0 {
            self.frames[id].pending = cx.schedule_in(delay, Happening::Delivered(id));
        } else {
            self.arrive(id, cx);
        }
    }

    /// A user's request has ended.
    pub(super) fn user_answered(&mut self, id: FrameId, outcome: Outcome, cx: &mut Cx) {
        let frame = &mut self.frames[id];
        frame.timer = Ticket::NONE;
        self.measures.ended(frame.endpoint, outcome, frame.since, cx.now());
        if frame.role == Role::Entry {
            self.frames.free(id);
        }
    }

    /// A user has waited enough and leaves; the work goes on for nobody.
    pub(super) fn patience_ends(&mut self, id: FrameId, cx: &mut Cx) {
        let frame = &mut self.frames[id];
        let (role, session) = (frame.role, frame.parent);
        self.measures.ended(frame.endpoint, Outcome::Abandoned, frame.since, cx.now());
        // What is left is an attempt that nobody waits for; faults on edges do not concern it.
        (frame.role, frame.parent, frame.edge) = (Role::Attempt, NONE, NONE);
        if role == Role::SessionEntry {
            self.frames[session].child = NONE;
            self.attempt_ended(session, Outcome::Abandoned, cx);
        }
    }

    /// A user in a session calls.
    pub(super) fn call_as_user(&mut self, session: FrameId, endpoint: u32, cx: &mut Cx) {
        let frame = &mut self.frames[session];
        frame.state = State::Calling;
        let site = self.program.ops[frame.pc as usize].site;
        let key = draw(frame.key, Purpose::Attempt, site).with(u64::from(frame.count) << 16);
        let load = frame.edge;
        let mut request = Frame::new(key, Role::SessionEntry);
        request.parent = session;
        self.request(request, load, endpoint, cx);
    }

    /// The number of users of a closed load changes.
    fn users_change(&mut self, load: u32, cx: &mut Cx) {
        let Kind::Closed { changes, wanted, .. } = &mut self.populations[load as usize].kind else {
            return;
        };
        if let Some((_, users)) = changes.pop() {
            *wanted = users;
        }
        if let Some((at, _)) = changes.last() {
            cx.schedule(*at, Happening::Arrival(load));
        }
        while self.trouble.is_none()
            && let Some(user) = self.newcomer(load)
        {
            self.begin_session(load, user, cx);
        }
    }

    /// The number of a user who comes because there are fewer than wanted.
    fn newcomer(&mut self, load: u32) -> Option<u32> {
        let Kind::Closed { wanted, rounds, idle, active, .. } =
            &mut self.populations[load as usize].kind
        else {
            return None;
        };
        if active >= wanted {
            return None;
        }
        *active += 1;
        Some(idle.pop().unwrap_or_else(|| {
            rounds.push(0);
            rounds.len() as u32 - 1
        }))
    }

    fn begin_session(&mut self, load: u32, user: u32, cx: &mut Cx) {
        let population = &mut self.populations[load as usize];
        let Kind::Closed { session, rounds, .. } = &mut population.kind else {
            return;
        };
        let round = rounds[user as usize];
        rounds[user as usize] += 1;
        let key = population.key.with(u64::from(user)).with(round);
        let mut frame = Frame::new(key, Role::Session);
        (frame.pc, frame.edge, frame.next, frame.since) = (*session, load, user, cx.now());
        match self.frames.add(frame) {
            Some(id) => self.advance(id, cx),
            None => self.too_many(),
        }
    }

    /// A user's round is over: another begins, unless there are too many users.
    pub(super) fn end_session(&mut self, id: FrameId, cx: &mut Cx) {
        let Frame { edge: load, next: user, since: began, .. } = self.frames[id];
        self.frames.free(id);
        if began == cx.now() {
            return self.trouble = Some(Error::EmptyRound { load: load as usize });
        }
        let Kind::Closed { wanted, idle, active, .. } = &mut self.populations[load as usize].kind
        else {
            return;
        };
        if *active > *wanted {
            *active -= 1;
            idle.push(user);
            idle.sort_unstable_by(|a, b| b.cmp(a));
        } else {
            self.begin_session(load, user, cx);
        }
    }
}
