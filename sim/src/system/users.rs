//! Users: requests that come by themselves, and people who go through sessions.

use crate::calendar::Ticket;
use crate::error::Error;
use crate::frame::{Frame, FrameId, FrameRef, NONE, Role, State};
use crate::plan::{Arrivals, Curve, EndpointId, Load, Outcome, Plan};
use crate::program::{NO_EDGE, Pc, Program};
use crate::random::{Key, Law, exp1};
use crate::time::{SimTime, nanos, round_nanos};

use super::client::next_in_turn;
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
        draw(key, Purpose::Balance, endpoint as u32).below(replicas as u32)
    };
    let population = |(index, load): (usize, &Load)| {
        let key = draw(root, Purpose::Arrival, index as u32);
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
        (request.endpoint, request.edge, request.due) = (endpoint, load, now);
        self.measures.offered(endpoint, now);
        let component = self.plan.endpoints[endpoint as usize].component;
        let population = &mut self.populations[load as usize];
        let turn = match &mut population.kind {
            Kind::Open { turn, .. } => turn,
            Kind::Closed { turns, .. } => &mut turns[endpoint as usize],
        };
        let station = &self.stations[component];
        let replicas = &self.replicas;
        let healthy = |turn: u32| replicas[(station.first_replica + turn) as usize].is_healthy();
        let picked = next_in_turn(turn, station.replicas, healthy);
        request.replica = picked.map_or(NONE, |turn| station.first_replica + turn);
        let id = match self.frames.add(request) {
            Ok(id) => id,
            Err(error) => return self.trouble = Some(error),
        };
        if let Some(session) = self.frames.resolve(session) {
            self.frames[session].child = id;
        }
        if picked.is_none() {
            return self.reply(id, Outcome::Failed, cx);
        }
        if let Some(law) = &self.populations[load as usize].patience {
            let stays = law.sample(draw(key, Purpose::Patience, 0));
            self.frames[id].patience = cx.schedule_in(stays, Happening::PatienceEnds(id));
        }
        let way = (NO_EDGE, endpoint, self.frames[id].replica);
        let delay = self.faults.latency(self.plan, key, way);
        if delay > 0 {
            self.frames[id].pending = cx.schedule_in(delay, Happening::Delivered(id));
        } else {
            self.arrive(id, cx);
        }
    }

    /// A user's request has ended.
    pub(super) fn user_answered(&mut self, id: FrameId, outcome: Outcome, cx: &mut Cx) {
        let frame = &mut self.frames[id];
        frame.patience = Ticket::NONE;
        self.measures.ended(frame.endpoint, outcome, frame.due, cx.now());
        if frame.role == Role::Entry {
            self.frames.free(id);
        }
    }

    /// A user has waited enough and leaves; the work goes on for nobody.
    pub(super) fn patience_ends(&mut self, id: FrameId, ticket: Ticket, cx: &mut Cx) {
        let frame = &mut self.frames[id];
        if frame.patience != ticket {
            return;
        }
        let (role, parent) = (frame.role, frame.parent);
        self.measures.ended(frame.endpoint, Outcome::Abandoned, frame.due, cx.now());
        frame.patience = Ticket::NONE;
        // What is left is an attempt that nobody waits for; faults on edges do not concern it.
        (frame.role, frame.parent, frame.edge) = (Role::Attempt, FrameRef::NONE, NONE);
        if role == Role::SessionEntry
            && let Some(session) = self.frames.resolve(parent)
        {
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
        request.parent = self.frames.reference(session);
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
        (frame.pc, frame.edge, frame.next, frame.due) = (*session, load, user, cx.now());
        match self.frames.add(frame) {
            Ok(id) => self.advance(id, cx),
            Err(error) => self.trouble = Some(error),
        }
    }

    /// A user's round is over: another begins, unless there are too many users.
    pub(super) fn end_session(&mut self, id: FrameId, cx: &mut Cx) {
        let Frame { edge: load, next: user, due: began, .. } = self.frames[id];
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

/// A rate over time, walked from arrival to arrival.
#[derive(Debug)]
struct Rate {
    /// (instant [ns since the beginning], rate \[1/ns\]), rising in time.
    points: Vec<(f64, f64)>,
    /// The segment of the last arrival: the index of its left point.
    segment: usize,
}

impl Rate {
    fn new(curve: &Curve, start: SimTime) -> Self {
        let points = curve
            .0
            .iter()
            .map(|&(at, per_s)| (start.after(nanos(at)).as_nanos() as f64, per_s * 1e-9));
        let mut points: Vec<_> = points.collect();
        // During the warm-up, load has its value at t = 0.
        let at_zero = value_at(&points, start.as_nanos() as f64);
        points.retain(|&(at, _)| at >= start.as_nanos() as f64);
        points.insert(0, (0.0, at_zero));
        points.insert(1, (start.as_nanos() as f64, at_zero));
        Self { points, segment: 0 }
    }

    /// The instant at which the integral of the rate from `now` reaches `gap`, if ever: a draw of
    /// the next event of a Poisson process by the change of time (E. Çinlar, *Introduction to
    /// Stochastic Processes*, 1975, §4.7).
    fn advance(&mut self, now: SimTime, gap: f64) -> Option<SimTime> {
        let (mut from, mut left) = (now.as_nanos() as f64, gap);
        loop {
            let (t0, r0) = self.points[self.segment];
            let Some(&(t1, r1)) = self.points.get(self.segment + 1) else {
                let at = from + left / r0;
                return (r0 > 0.0 && at < SimTime::MAX.as_nanos() as f64)
                    .then(|| SimTime::from_nanos(round_nanos(at).max(now.as_nanos())));
            };
            let slope = if t1 > t0 { (r1 - r0) / (t1 - t0) } else { 0.0 };
            let rate = r0 + slope * (from - t0);
            let span = (t1 - from).max(0.0);
            let area = span * (rate + slope * span / 2.0);
            if area >= left && area > 0.0 {
                // left = rate·x + slope·x²/2, solved without cancellation.
                let root = libm::sqrt((rate * rate + 2.0 * slope * left).max(0.0));
                let at = from + 2.0 * left / (rate + root);
                return Some(SimTime::from_nanos(round_nanos(at).max(now.as_nanos())));
            }
            left -= area;
            from = from.max(t1);
            self.segment += 1;
        }
    }
}

/// A piecewise linear curve at one instant.
fn value_at(points: &[(f64, f64)], at: f64) -> f64 {
    let after = points.partition_point(|&(t, _)| t <= at);
    match (after.checked_sub(1).map(|i| points[i]), points.get(after)) {
        (None, None) => 0.0,
        (None, Some(&(_, value))) | (Some((_, value)), None) => value,
        (Some((t0, v0)), Some(&(t1, v1))) => v0 + (v1 - v0) * (at - t0) / (t1 - t0),
    }
}

/// When the number of users, rounded up, changes, and to what.
fn user_changes(users: &Curve, start: SimTime) -> Vec<(SimTime, u32)> {
    let zero = start.as_nanos() as f64;
    let points: Vec<(f64, f64)> =
        users.0.iter().map(|&(at, n)| (start.after(nanos(at)).as_nanos() as f64, n)).collect();
    let mut changes = vec![(SimTime::ZERO, value_at(&points, zero).ceil() as u32)];
    for pair in points.windows(2) {
        let [(t0, v0), (t1, v1)] = [pair[0], pair[1]];
        let (from, to) = (v0.ceil() as u32, v1.ceil() as u32);
        let crossing = |level: f64| {
            let at = if t1 > t0 { t0 + (t1 - t0) * (level - v0) / (v1 - v0) } else { t1 };
            SimTime::from_nanos(round_nanos(at))
        };
        if to > from {
            // There are k users once the curve is above k − 1; at a step, at once.
            changes.extend((from..to).map(|k| (crossing(f64::from(k).max(v0)), k + 1)));
        } else {
            changes.extend((to..from).rev().map(|k| (crossing(f64::from(k)), k)));
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn curve(points: &[(u64, f64)]) -> Curve {
        Curve(points.iter().map(|&(s, v)| (Duration::from_secs(s), v)).collect())
    }

    #[track_caller]
    fn check_arrival(rate: &[(u64, f64)], from_s: u64, gap: f64, expected_s: Option<f64>) {
        let mut rate = Rate::new(&curve(rate), SimTime::ZERO);
        let at = rate.advance(SimTime::from_nanos(from_s * 1_000_000_000), gap);
        let at = at.map(SimTime::as_secs_f64);
        match (at, expected_s) {
            (Some(at), Some(expected)) => assert!((at - expected).abs() < 1e-6, "{at} {expected}"),
            other => assert_eq!(other.0, other.1),
        }
    }

    #[test]
    fn the_integral_of_the_rate_reaches_the_gap() {
        check_arrival(&[(0, 2.0)], 0, 3.0, Some(1.5));
        check_arrival(&[(0, 2.0)], 4, 3.0, Some(5.5));
        check_arrival(&[(0, 0.0), (10, 10.0)], 0, 8.0, Some(4.0)); // t²/2 = 8
        check_arrival(&[(0, 10.0), (10, 0.0)], 0, 50.0, Some(10.0));
        check_arrival(&[(0, 10.0), (10, 0.0)], 0, 51.0, None);
        check_arrival(&[(0, 1.0), (10, 1.0), (10, 4.0)], 0, 14.0, Some(11.0));
        check_arrival(&[(5, 0.0), (5, 1.0)], 0, 1.0, Some(6.0));
    }

    #[test]
    fn users_are_rounded_up() {
        let s = |s: u64| SimTime::from_nanos(s * 1_000_000_000);
        let changes = user_changes(&curve(&[(0, 0.0), (10, 2.0), (20, 0.0)]), SimTime::ZERO);
        let expected = [(s(0), 0), (s(0), 1), (s(5), 2), (s(15), 1), (s(20), 0)];
        assert_eq!(changes, expected);
        let step = user_changes(&curve(&[(0, 3.0), (10, 3.0), (10, 5.0)]), SimTime::ZERO);
        assert_eq!(step, [(s(0), 3), (s(10), 4), (s(10), 5)]);
    }
}
