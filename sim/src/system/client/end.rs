//! The end of an attempt: what guards learn from it, and what the caller does next.

use crate::calendar::Ticket;
use crate::frame::{Flags, Frame, FrameId, NONE, Role, State};
use crate::plan::Outcome;
use crate::program::{Failure, NO_EDGE};
use crate::time::{SimTime, nanos, round_nanos};

use super::super::{Cx, Happening, Purpose, System, draw};
use super::Next;

impl System<'_> {
    /// Unties an attempt from its caller; without an outcome it is given up. Returns the caller.
    #[inline(always)]
    pub(in super::super) fn conclude(
        &mut self,
        child: FrameId,
        outcome: Option<Outcome>,
        cx: &mut Cx,
    ) -> FrameId {
        let frame = &mut self.frames[child];
        let (id, edge, since) = (frame.parent, frame.edge, frame.since);
        let guarded = frame.flags.has(Flags::GUARDED);
        (frame.parent, frame.timer) = (NONE, Ticket::NONE);
        let caller = &mut self.frames[id];
        if caller.child == child {
            caller.child = NONE;
        } else {
            caller.hedge = NONE;
        }
        let from = caller.replica;
        self.measures.attempt_ended(edge, outcome, since, cx.now());
        if guarded {
            self.note_end(child, self.caller_of(edge, from), outcome, cx);
        }
        id
    }

    /// What the guards learn from the end of an attempt.
    pub(super) fn note_end(
        &mut self,
        child: FrameId,
        index: usize,
        outcome: Option<Outcome>,
        cx: &mut Cx,
    ) {
        let frame = &mut self.frames[child];
        let (edge, epoch, replica, state) = (frame.edge, frame.epoch, frame.replica, frame.state);
        let (picked, connected) =
            (frame.flags.clear(Flags::PICKED), frame.flags.clear(Flags::CONNECTED));
        let caller = &mut self.callers[index];
        let policy = self.policies[caller.policy as usize].edge;
        if let Some(rules) = &policy.breaker {
            match outcome {
                Some(outcome) => {
                    if caller.breaker.result(cx.now(), rules, epoch, outcome != Outcome::Ok) {
                        self.measures.opened(edge);
                    }
                }
                None => caller.breaker.withdraw(epoch),
            }
        }
        if picked {
            self.note_pick_ended(index, edge, replica, outcome, cx.now());
        }
        if connected {
            self.disconnect(index, cx);
        } else if state == State::Pooled {
            self.callers[index].pool.leave(&mut self.frames, child);
            self.measures.pooled(edge, self.frames[child].since, cx.now());
        }
    }

    /// An attempt has ended for its caller, who goes on if that was what it waited for.
    #[inline(always)]
    pub(in super::super) fn attempt_ended(&mut self, id: FrameId, outcome: Outcome, cx: &mut Cx) {
        let frame = &self.frames[id];
        let other = if frame.child == NONE { frame.hedge } else { frame.child };
        if other != NONE {
            if outcome != Outcome::Ok {
                return;
            }
            self.give_up(other, cx);
        }
        self.frames[id].pending = Ticket::NONE;
        let next = self.settle(id, outcome, cx);
        self.go_on(id, &next, cx);
    }

    /// An attempt has had its time: the caller gives it up.
    pub(in super::super) fn timed_out(&mut self, child: FrameId, cx: &mut Cx) {
        self.attempt_fails(child, Outcome::Timeout, cx);
    }

    /// An attempt ends for its caller without an answer.
    pub(in super::super) fn attempt_fails(
        &mut self,
        child: FrameId,
        outcome: Outcome,
        cx: &mut Cx,
    ) {
        let caller = self.conclude(child, Some(outcome), cx);
        self.desert(child, self.frames[caller].replica, cx);
        self.attempt_ended(caller, outcome, cx);
    }

    /// A caller no longer waits for an attempt of its own.
    pub(in super::super) fn give_up(&mut self, child: FrameId, cx: &mut Cx) {
        let caller = self.conclude(child, None, cx);
        self.desert(child, self.frames[caller].replica, cx);
    }

    /// Both attempts of a caller, if any, are given up.
    pub(in super::super) fn give_up_call(&mut self, id: FrameId, cx: &mut Cx) {
        let Frame { child, hedge, .. } = self.frames[id];
        self.frames[id].pending = Ticket::NONE;
        for attempt in [child, hedge] {
            if attempt != NONE {
                match self.frames[attempt].role {
                    Role::Attempt => self.give_up(attempt, cx),
                    _ => unreachable!("only users wait for users' requests, and they never stop"),
                }
            }
        }
    }

    /// Nobody waits any more for an attempt of a replica: it stops, or works on for nothing.
    pub(super) fn desert(&mut self, child: FrameId, from: u32, cx: &mut Cx) {
        let frame = &self.frames[child];
        match frame.state {
            State::Pooled | State::Lost => self.frames.free(child),
            _ if self.policy_of(frame.edge, from).cancels => self.cancel(child, cx),
            _ => {}
        }
    }

    /// What follows an attempt that has ended.
    #[inline(always)]
    pub(super) fn settle(&mut self, id: FrameId, outcome: Outcome, cx: &mut Cx) -> Next {
        if outcome == Outcome::Ok {
            return self.call_ended(id, outcome, cx);
        }
        let edge = self.call_site(id).0.edge;
        if edge != NO_EDGE
            && let Some(wait) = self.backoff(id, edge, outcome, cx.now())
        {
            let frame = &mut self.frames[id];
            frame.attempt += 1;
            frame.outcome = outcome;
            frame.state = State::BackingOff;
            frame.pending = cx.schedule_in(wait, Happening::Woken(id));
            return Next::Wait;
        }
        self.call_ended(id, outcome, cx)
    }

    /// A call has ended with its last attempt.
    #[inline(always)]
    pub(super) fn call_ended(&mut self, id: FrameId, outcome: Outcome, cx: &mut Cx) -> Next {
        if self.frames[id].flags.has(Flags::YIELDS) && !self.may_take_up(id, outcome, cx) {
            return Next::Wait;
        }
        self.proceed(id, outcome, cx)
    }

    /// A request goes on after a call.
    #[inline(always)]
    pub(in super::super) fn proceed(&mut self, id: FrameId, outcome: Outcome, cx: &mut Cx) -> Next {
        let (call, _) = self.call_site(id);
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
        if frame.count == call.count {
            frame.pc += 1;
            return Next::Step;
        }
        frame.attempt = 0;
        frame.flags.clear(Flags::HEDGED);
        self.rest(id, cx);
        Next::Attempt
    }

    /// How long to wait \[ns\] before the next attempt, if there is to be one.
    pub(super) fn backoff(
        &self,
        id: FrameId,
        edge: u32,
        outcome: Outcome,
        now: SimTime,
    ) -> Option<u64> {
        let frame = &self.frames[id];
        let policy =
            &self.policies[self.callers[self.caller_of(edge, frame.replica)].policy as usize];
        let retries = policy.edge.retries.as_ref()?;
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
        let wait =
            round_nanos(if backoff.full_jitter { capped * key.with(1).unit() } else { capped });
        (!policy.edge.deadline || now.after(wait) < frame.deadline).then_some(wait)
    }
}
