//! A component as a client of another: attempts, timeouts, retries, choice of replica.

use std::collections::VecDeque;

use crate::calendar::Ticket;
use crate::frame::{Frame, FrameId, NONE, Role, State};
use crate::plan::{Balance, Identities, Outcome, Plan};
use crate::program::{CallSite, Code, Failure, NO_EDGE};
use crate::random::Key;
use crate::time::{SimTime, nanos, round_nanos};

use super::network::Way;
use super::{Cx, Happening, Purpose, System, draw};

/// The state of one edge.
#[derive(Debug)]
pub(super) struct Client {
    /// Equal timeouts expire in order: they wait here, and only the first is in the calendar.
    timeouts: VecDeque<(SimTime, Ticket, FrameId)>,
    /// What the calendar holds for the front of `timeouts`.
    armed: bool,
    /// Replica to try next, of each calling replica.
    turns: Vec<u32>,
}

/// How deep instantaneous deliveries may nest before they go through the calendar.
pub(super) const MAX_NESTED: u32 = 32;

/// What follows the end of an attempt.
enum Next {
    /// Another attempt at the same call, or the next of several calls, at once.
    Attempt,
    /// The next step.
    Step,
    /// Nothing now: a backoff goes on, or the request has failed.
    Wait,
}

/// The clients of a plan, one an edge.
pub(super) fn build(plan: &Plan, root: Key) -> Vec<Client> {
    let client = |(index, edge): (usize, &crate::plan::Edge)| {
        let callers = plan.components[edge.caller].replicas.len();
        let callees = plan.components[edge.callee].replicas.len() as u32;
        let identity = Identities::of(&plan.identities.edges, index);
        let key = draw(root, Purpose::Balance, 0).with(identity);
        let turns = (0..callers).map(|caller| key.with(caller as u64).below(callees)).collect();
        Client { timeouts: VecDeque::new(), armed: false, turns }
    };
    plan.edges.iter().enumerate().map(client).collect()
}

impl System<'_> {
    /// The call at which a request stands.
    fn call_site(&self, id: FrameId) -> CallSite {
        match self.program.ops[self.frames[id].pc as usize].code {
            Code::Call(call) => self.program.calls[call as usize],
            other => unreachable!("a request that calls stands at a call, not at {other:?}"),
        }
    }

    /// Makes the call where `id` stands, from its present attempt on. Returns whether the request
    /// can go on at once.
    pub(super) fn call(&mut self, id: FrameId, cx: &mut Cx) -> bool {
        while let Some(outcome) = self.attempt(id, cx) {
            match self.settle(id, outcome, cx) {
                Next::Attempt => {}
                Next::Step => return true,
                Next::Wait => return false,
            }
        }
        false
    }

    /// Starts an attempt. Returns its outcome if it ended at once.
    fn attempt(&mut self, id: FrameId, cx: &mut Cx) -> Option<Outcome> {
        let call = self.call_site(id);
        if call.edge == NO_EDGE {
            self.call_as_user(id, call.endpoint, cx);
            return None;
        }
        let caller = &self.frames[id];
        let site = self.program.ops[caller.pc as usize].site;
        let key = draw(caller.key, Purpose::Attempt, site)
            .with(u64::from(caller.count) << 16 | u64::from(caller.attempt));
        self.measures.attempted(call.edge, caller.attempt, cx.now());
        let Some(replica) = self.pick(call.edge, caller.replica, key) else {
            self.frames[id].work = cx.now().as_nanos();
            return Some(Outcome::Failed);
        };
        let caller_replica = self.frames[id].replica;
        let mut child = Frame::new(key, Role::Attempt);
        child.parent = self.frames.reference(id);
        (child.replica, child.endpoint, child.edge) = (replica, call.endpoint, call.edge);
        let Some(child) = self.frames.add(child) else {
            self.too_many();
            return None;
        };
        let timer = self.start_timeout(id, call.edge, key, cx);
        let caller = &mut self.frames[id];
        (caller.child, caller.state, caller.timer) = (child, State::Calling, timer);
        caller.work = cx.now().as_nanos();
        let time = self.travel(child, caller_replica, Way::There);
        if time == 0 && cx.instant_is_over() && self.nested < MAX_NESTED {
            // Nothing else happens now: delivering at once is the same, and cheaper.
            self.nested += 1;
            self.arrive(child, cx);
            self.nested -= 1;
        } else {
            self.frames[child].pending = cx.schedule_in(time, Happening::Delivered(child));
        }
        None
    }

    /// Starts the timeout of an attempt.
    fn start_timeout(&mut self, id: FrameId, edge: u32, key: Key, cx: &mut Cx) -> Ticket {
        let Some(law) = &self.plan.edges[edge as usize].timeout else {
            return Ticket::NONE;
        };
        let Some(timeout) = law.as_constant() else {
            let timeout = law.sample(draw(key, Purpose::Timeout, 0));
            return cx.schedule_in(timeout, Happening::TimedOut(id));
        };
        let (at, ticket) = (cx.now().after(timeout), cx.ticket());
        let client = &mut self.clients[edge as usize];
        // Most attempts are answered long before: forget those at the front.
        while let Some(&(_, ticket, frame)) = client.timeouts.front()
            && self.frames[frame].timer != ticket
        {
            client.timeouts.pop_front();
        }
        client.timeouts.push_back((at, ticket, id));
        if !client.armed {
            client.armed = true;
            let (at, ticket, _) = client.timeouts[0];
            cx.schedule_as(ticket, at, Happening::EdgeTimedOut(edge));
        }
        ticket
    }

    /// The first of an edge's timeouts is due, if its attempt is still under way.
    pub(super) fn edge_timed_out(&mut self, edge: u32, ticket: Ticket, cx: &mut Cx) {
        let client = &mut self.clients[edge as usize];
        let due = client.timeouts.front().is_some_and(|&(_, front, _)| front == ticket);
        let fired = if due { client.timeouts.pop_front() } else { None };
        while let Some(&(_, ticket, frame)) = client.timeouts.front()
            && self.frames[frame].timer != ticket
        {
            client.timeouts.pop_front();
        }
        client.armed = client.timeouts.front().is_some();
        if let Some(&(at, ticket, _)) = client.timeouts.front() {
            cx.schedule_as(ticket, at, Happening::EdgeTimedOut(edge));
        }
        if let Some((_, ticket, id)) = fired {
            self.timed_out(id, ticket, cx);
        }
    }

    /// An attempt has had its time: the caller gives it up, the callee works on.
    pub(super) fn timed_out(&mut self, id: FrameId, ticket: Ticket, cx: &mut Cx) {
        if self.frames[id].timer != ticket {
            return;
        }
        self.give_up_call(id);
        self.attempt_ended(id, Outcome::Timeout, cx);
    }

    /// Nobody waits for the attempt of `id` any more.
    pub(super) fn give_up_call(&mut self, id: FrameId) {
        let frame = &mut self.frames[id];
        frame.child = NONE;
        frame.timer = Ticket::NONE;
    }

    /// An attempt of `id` has ended: the request goes on with its steps, if it can.
    pub(super) fn attempt_ended(&mut self, id: FrameId, outcome: Outcome, cx: &mut Cx) {
        let goes_on = match self.settle(id, outcome, cx) {
            Next::Attempt => self.call(id, cx),
            Next::Step => true,
            Next::Wait => false,
        };
        if goes_on {
            self.advance(id, cx);
        }
    }

    /// What follows an attempt that has ended.
    fn settle(&mut self, id: FrameId, outcome: Outcome, cx: &mut Cx) -> Next {
        let call = self.call_site(id);
        if call.edge != NO_EDGE {
            let started = SimTime::from_nanos(self.frames[id].work);
            self.measures.attempt_ended(call.edge, outcome, started, cx.now());
            if let Some(wait) = self.backoff(id, call.edge, outcome) {
                let frame = &mut self.frames[id];
                frame.attempt += 1;
                frame.state = State::Calling;
                frame.timer = cx.schedule_in(wait, Happening::BackoffEnds(id));
                return Next::Wait;
            }
        }
        if outcome != Outcome::Ok {
            match call.on_failure {
                Failure::Fail => {
                    self.fail(id, outcome, cx);
                    return Next::Wait;
                }
                Failure::Jump(pc) => {
                    self.frames[id].pc = pc;
                    return Next::Step;
                }
                Failure::Continue => {}
            }
        }
        let frame = &mut self.frames[id];
        frame.count += 1;
        frame.attempt = 0;
        if frame.count < call.count {
            return Next::Attempt;
        }
        frame.pc += 1;
        Next::Step
    }

    /// How long to wait \[ns\] before the next attempt, if there is to be one.
    fn backoff(&self, id: FrameId, edge: u32, outcome: Outcome) -> Option<u64> {
        let retries = self.plan.edges[edge as usize].retries.as_ref()?;
        if outcome == Outcome::Ok {
            return None;
        }
        let frame = &self.frames[id];
        if u32::from(frame.attempt) >= retries.max || !retries.on.contains(outcome) {
            return None;
        }
        let site = self.program.ops[frame.pc as usize].site;
        let key = draw(frame.key, Purpose::Backoff, site)
            .with(u64::from(frame.count) << 16 | u64::from(frame.attempt));
        let backoff = &retries.backoff;
        let grown = backoff.base.sample(key.with(0)) as f64
            * libm::pow(backoff.factor, f64::from(frame.attempt));
        let capped = backoff.cap.map_or(grown, |cap| grown.min(nanos(cap) as f64));
        Some(round_nanos(if backoff.full_jitter { capped * key.with(1).unit() } else { capped }))
    }

    /// The wait before a retry is over.
    pub(super) fn backoff_ends(&mut self, id: FrameId, ticket: Ticket, cx: &mut Cx) {
        if self.frames[id].timer == ticket {
            self.frames[id].timer = Ticket::NONE;
            if self.call(id, cx) {
                self.advance(id, cx);
            }
        }
    }

    /// Picks a healthy replica of an edge's callee.
    fn pick(&mut self, edge: u32, caller_replica: u32, key: Key) -> Option<u32> {
        let policy = &self.plan.edges[edge as usize];
        let station = &self.stations[policy.callee];
        let (first, count) = (station.first_replica, station.replicas);
        let replicas = &self.replicas;
        let healthy = |turn: u32| replicas[(first + turn) as usize].is_healthy();
        match policy.balance {
            Balance::RoundRobin => {
                let local = caller_replica - self.stations[policy.caller].first_replica;
                let turn = &mut self.clients[edge as usize].turns[local as usize];
                next_in_turn(turn, count, healthy).map(|turn| first + turn)
            }
            Balance::Random => {
                let alive = (0..count).filter(|&turn| healthy(turn)).count() as u32;
                let chosen = (alive > 0).then(|| draw(key, Purpose::Balance, 0).below(alive))?;
                let turn = (0..count).filter(|&turn| healthy(turn)).nth(chosen as usize);
                turn.map(|turn| first + turn)
            }
        }
    }
}

/// The next healthy one from `turn` on; `turn` moves past it.
pub(super) fn next_in_turn(
    turn: &mut u32,
    count: u32,
    healthy: impl Fn(u32) -> bool,
) -> Option<u32> {
    for _ in 0..count {
        let candidate = *turn;
        *turn = if candidate + 1 == count { 0 } else { candidate + 1 };
        if healthy(candidate) {
            return Some(candidate);
        }
    }
    None
}
