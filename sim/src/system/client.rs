//! A component as a client of another: attempts from their start to their end.
//!
//! An attempt passes, in this order: deadline, breaker, retry budget, timeout, pool, balancer,
//! network. What guards it is the state of one calling replica, in [`Caller`].

mod breaker;
mod budget;
mod caller;
mod end;
mod hedge;
mod pick;
mod pool;
mod window;

use crate::calendar::Ticket;
use crate::frame::{Flags, Frame, FrameId, Role, State};
use crate::plan::Outcome;
use crate::program::{CallSite, Code, NO_EDGE};
use crate::random::Key;
use crate::time::SimTime;

use super::faults::Passage;
use super::network::Way;
use super::timers::Timer;
use super::{Cx, Happening, Purpose, System, draw};

pub(super) use caller::{Caller, Client, Policy, build, replica_is_new};
pub(super) use pick::next_in_turn;

/// What follows the end of an attempt.
pub(super) enum Next {
    /// Another attempt at the same call, or the next of several calls, at once.
    Attempt,
    /// The next step.
    Step,
    /// Nothing now: a backoff goes on, or the request has failed.
    Wait,
}

/// What became of an attempt that was to start.
enum Start {
    /// It is under way.
    UnderWay,
    /// It has ended at once.
    Ended(Outcome),
    /// It may not be made, and no other after it: the call ends so.
    Over(Outcome),
}

/// Where an attempt goes.
#[derive(Clone, Copy)]
struct Aim {
    endpoint: u32,
    edge: u32,
    /// Index of the calling replica's state.
    caller: usize,
    /// Of the call.
    site: u32,
    /// Index of the policy it follows.
    policy: u32,
    /// Whether that guards it.
    guarded: bool,
    /// State of the breaker that let it through.
    epoch: u16,
}

impl<'p> System<'p> {
    /// The call at which a request stands, and its site.
    #[inline]
    pub(super) fn call_site(&self, id: FrameId) -> (&'p CallSite, u32) {
        let op = &self.program.ops[self.frames[id].pc as usize];
        match op.code {
            Code::Call(call) => (&self.program.calls[call as usize], op.site),
            other => unreachable!("a request that calls stands at a call, not at {other:?}"),
        }
    }

    /// Makes the call where `id` stands, from its present attempt on. Returns whether the request
    /// can go on at once.
    #[inline(always)]
    pub(super) fn call(&mut self, id: FrameId, cx: &mut Cx) -> bool {
        loop {
            let next = match self.attempt(id, cx) {
                Start::UnderWay => return false,
                Start::Ended(outcome) => self.settle(id, outcome, cx),
                Start::Over(outcome) => self.call_ended(id, outcome, cx),
            };
            match next {
                Next::Attempt => {}
                Next::Step => return true,
                Next::Wait => return false,
            }
        }
    }

    /// Goes on with a request after what [`System::settle`] found.
    #[inline(always)]
    pub(super) fn go_on(&mut self, id: FrameId, next: &Next, cx: &mut Cx) {
        let goes_on = match next {
            Next::Attempt => self.call(id, cx),
            Next::Step => true,
            Next::Wait => false,
        };
        if goes_on {
            self.advance(id, cx);
        }
    }

    /// Starts an attempt.
    #[inline(always)]
    fn attempt(&mut self, id: FrameId, cx: &mut Cx) -> Start {
        let (&CallSite { endpoint, edge, backup, .. }, site) = self.call_site(id);
        if edge == NO_EDGE {
            self.call_as_user(id, endpoint, cx);
            return Start::UnderWay;
        }
        let from = self.frames[id].replica;
        let aim = self.aim((endpoint, edge), from, site);
        if backup.1 != NO_EDGE && !self.is_usable(aim, cx.now()) {
            return self.pass_guards(id, self.aim(backup, from, site), cx);
        }
        if aim.guarded { self.pass_guards(id, aim, cx) } else { self.send(id, aim, cx) }
    }

    /// Where an attempt of the replica `from` at an endpoint, over an edge, goes.
    #[inline]
    fn aim(&self, (endpoint, edge): (u32, u32), from: u32, site: u32) -> Aim {
        let caller = self.caller_of(edge, from);
        let policy = self.callers[caller].policy;
        let guarded = self.policies[policy as usize].guarded;
        Aim { endpoint, edge, caller, site, policy, guarded, epoch: 0 }
    }

    /// Whether the breaker would let an attempt through, to a replica that could be picked.
    fn is_usable(&self, aim: Aim, now: SimTime) -> bool {
        let caller = &self.callers[aim.caller];
        let edge = self.policies[aim.policy as usize].edge;
        let admits =
            edge.breaker.as_ref().is_none_or(|rules| caller.breaker.would_admit(now, rules));
        admits && self.is_anyone_there(aim.edge, aim.caller, now)
    }

    /// What may keep an attempt from being made: deadline, breaker, budget.
    fn pass_guards(&mut self, id: FrameId, mut aim: Aim, cx: &mut Cx) -> Start {
        let now = cx.now();
        let frame = &self.frames[id];
        let caller = &mut self.callers[aim.caller];
        let edge = self.policies[aim.policy as usize].edge;
        let is_retry = frame.attempt > 0;
        let last = if is_retry { frame.outcome } else { Outcome::Timeout };
        if edge.deadline && now >= frame.deadline {
            return Start::Over(last);
        }
        if let Some(rules) = &edge.breaker {
            let Some(epoch) = caller.breaker.admit(now, rules) else {
                self.measures.refused(aim.edge, frame.attempt);
                return Start::Ended(Outcome::Rejected);
            };
            aim.epoch = epoch;
        }
        if let Some(share) = edge.retries.as_ref().and_then(|retries| retries.budget) {
            if !is_retry {
                caller.budget.first_attempt(now);
            } else if !caller.budget.admits_retry(now, share) {
                caller.breaker.withdraw(aim.epoch);
                self.measures.denied(aim.edge);
                return Start::Over(last);
            }
        }
        self.send(id, aim, cx)
    }

    /// Sends an attempt on its way, or into the line for a connection.
    #[inline(always)]
    fn send(&mut self, id: FrameId, aim: Aim, cx: &mut Cx) -> Start {
        let caller = &self.frames[id];
        let number = u64::from(caller.count) << 16 | u64::from(caller.attempt);
        let key = draw(caller.key, Purpose::Attempt, aim.site).with(number);
        self.measures.attempted(aim.edge, caller.attempt);
        let Some(child) = self.new_attempt(id, aim, key, cx) else {
            return Start::UnderWay;
        };
        let caller = &mut self.frames[id];
        (caller.child, caller.state) = (child, State::Calling);
        if aim.guarded {
            if self.policies[aim.policy as usize].edge.hedge.is_some() {
                self.await_hedge(id, aim, cx);
            }
            if !self.connect(child, aim.caller, cx.now()) {
                return Start::UnderWay;
            }
        }
        if self.dispatch(child, &aim, cx) {
            return Start::UnderWay;
        }
        self.conclude(child, Some(Outcome::Failed), cx);
        self.frames.free(child);
        // No extra attempt beside one that has ended.
        self.frames[id].pending = Ticket::NONE;
        Start::Ended(Outcome::Failed)
    }

    /// The frame of an attempt, with its timeout running.
    #[inline(always)]
    fn new_attempt(&mut self, id: FrameId, aim: Aim, key: Key, cx: &mut Cx) -> Option<FrameId> {
        let mut child = Frame::new(key, Role::Attempt);
        (child.parent, child.since, child.epoch) = (id, cx.now(), aim.epoch);
        (child.endpoint, child.edge) = (aim.endpoint, aim.edge);
        let Some(child) = self.frames.add(child) else {
            self.too_many();
            return None;
        };
        let policy = &self.policies[aim.policy as usize];
        let timeout = match policy.timeout {
            Timer::None => None,
            Timer::Ring { nanos, ring } => {
                let ticket = self.set_ring(ring, nanos, child, cx);
                self.frames[child].timer = ticket;
                Some(nanos)
            }
            Timer::Drawn => policy.edge.timeout.as_ref().map(|law| {
                let nanos = law.sample(draw(key, Purpose::Timeout, 0));
                self.frames[child].timer = cx.schedule_in(nanos, Happening::TimerFires(child));
                nanos
            }),
        };
        if aim.guarded {
            self.frames[child].flags.set(Flags::GUARDED);
        }
        if aim.guarded && self.policies[aim.policy as usize].edge.deadline {
            let own = timeout.map_or(SimTime::MAX, |nanos| cx.now().after(nanos));
            self.frames[child].deadline = self.frames[id].deadline.min(own);
        }
        Some(child)
    }

    /// Sends an attempt that has its connection to a replica. Returns `false` when there is none,
    /// or a fault refuses it.
    #[inline(always)]
    fn dispatch(&mut self, child: FrameId, aim: &Aim, cx: &mut Cx) -> bool {
        let Some(replica) = self.pick(aim, child, cx.now()) else {
            return false;
        };
        if aim.guarded {
            self.note_picked(child, aim.caller);
        }
        let frame = &mut self.frames[child];
        (frame.replica, frame.state) = (replica, State::Sent);
        if self.clients[aim.edge as usize].is_instant && !self.faults.is_on_the_way() {
            frame.pending = cx.schedule_in(0, Happening::Delivered(child));
            return true;
        }
        let caller = frame.parent;
        let mut time = self.travel_time(child, caller, Way::There);
        if self.faults.is_on_the_way() {
            match self.passage(child, self.frames[caller].replica, cx.now()) {
                Passage::Late(late) => time += late,
                Passage::Refused => return false,
                Passage::Lost => {
                    self.frames[child].state = State::Lost;
                    return true;
                }
            }
        }
        self.frames[child].pending = cx.schedule_in(time, Happening::Delivered(child));
        true
    }
}
