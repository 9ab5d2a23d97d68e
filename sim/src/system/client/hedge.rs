//! Hedging: one extra attempt when the first takes long.

use crate::frame::{Flags, FrameId, NONE, State};

use super::super::timers::Timer;
use super::super::{Cx, Happening, Purpose, System, draw};
use super::{Aim, Outcome};

/// Keys the extra attempt apart from all others.
const EXTRA: u64 = 1 << 63;

impl System<'_> {
    /// Waits for the time of the extra attempt, once a call.
    pub(super) fn await_hedge(&mut self, id: FrameId, aim: Aim, cx: &mut Cx) {
        let frame = &self.frames[id];
        if frame.flags.has(Flags::HEDGED) {
            return;
        }
        let policy = &self.policies[aim.policy as usize];
        let ticket = match policy.hedge {
            Timer::None => return,
            Timer::Ring { nanos, ring } => self.set_ring(ring, nanos, id, cx),
            Timer::Drawn => {
                let Some(law) = &policy.edge.hedge else { return };
                let site = self.program.ops[frame.pc as usize].site;
                let number = u64::from(frame.count) << 16 | u64::from(frame.attempt);
                let key = draw(frame.key, Purpose::Hedge, site).with(number);
                cx.schedule_in(law.sample(key), Happening::Woken(id))
            }
        };
        self.frames[id].pending = ticket;
    }

    /// The first attempt has been out for long: another is made beside it, if the guards let it.
    pub(in super::super) fn hedge(&mut self, id: FrameId, cx: &mut Cx) {
        let frame = &mut self.frames[id];
        assert!(frame.hedge == NONE && frame.child != NONE, "the first is the only one out");
        frame.flags.set(Flags::HEDGED);
        let (first, replica) = (frame.child, frame.replica);
        // Where the first went, be it the backup.
        let (endpoint, edge) = (self.frames[first].endpoint, self.frames[first].edge);
        let site = self.program.ops[self.frames[id].pc as usize].site;
        let mut aim = self.aim((endpoint, edge), replica, site);
        let state = &mut self.callers[aim.caller];
        let policy = self.policies[aim.policy as usize].edge;
        if policy.deadline && cx.now() >= self.frames[id].deadline {
            return;
        }
        if let Some(rules) = &policy.breaker {
            let Some(epoch) = state.breaker.admit(cx.now(), rules) else { return };
            aim.epoch = epoch;
        }
        let frame = &self.frames[id];
        let number = u64::from(frame.count) << 16 | u64::from(frame.attempt);
        let key = draw(frame.key, Purpose::Attempt, site).with(number | EXTRA);
        self.measures.hedged(edge);
        let Some(extra) = self.new_attempt(id, aim, key, cx) else { return };
        (self.frames[id].hedge, self.frames[id].state) = (extra, State::Calling);
        if self.connect(extra, aim.caller, cx.now()) && !self.dispatch(extra, &aim, cx) {
            self.conclude(extra, Some(Outcome::Failed), cx);
            self.frames.free(extra);
        }
    }
}
