//! Requests that give their slot back while they wait on others.
//!
//! A request and its branches share one slot. `active` of the request counts those of them that do
//! not wait; when it is none, the slot goes to somebody else, and the first answer joins the line
//! of those who return, ahead of the queue.

use crate::frame::{Flags, FrameId, NONE, Role, State};
use crate::plan::Outcome;

use super::super::{Cx, System};

impl System<'_> {
    /// The request that a branch is part of; [`NONE`] when that has ended without it.
    fn request_of(&self, mut id: FrameId) -> FrameId {
        while id != NONE && self.frames[id].role == Role::Branch {
            id = self.frames[id].parent;
        }
        id
    }

    /// A part of a request begins to wait on others.
    #[inline]
    pub(in super::super) fn rest(&mut self, id: FrameId, cx: &mut Cx) {
        if self.frames[id].flags.has(Flags::YIELDS) {
            self.rest_part(id, cx);
        }
    }

    fn rest_part(&mut self, id: FrameId, cx: &mut Cx) {
        let root = self.request_of(id);
        if root == NONE {
            return;
        }
        let frame = &mut self.frames[root];
        frame.active -= 1;
        if frame.active > 0 || !frame.flags.clear(Flags::SLOT) {
            return;
        }
        let replica_id = frame.replica;
        let is_returning = frame.returning > 0;
        let replica = &mut self.replicas[replica_id as usize];
        replica.busy -= 1;
        let gauges = &mut self.stations[replica.component as usize].gauges;
        gauges.touch(cx.now());
        gauges.busy -= 1;
        *(if is_returning { &mut gauges.waiting } else { &mut gauges.away }) += 1;
        self.serve_waiting(replica_id, cx);
    }

    /// Some parts of a request no longer wait; it has its slot.
    pub(in super::super) fn wake_parts(&mut self, id: FrameId, parts: u16) {
        let root = self.request_of(id);
        if root != NONE {
            self.frames[root].active += parts;
        }
    }

    /// Whether a part of a request may take up the end of a call now; if not, it waits in line.
    pub(in super::super) fn may_take_up(
        &mut self,
        id: FrameId,
        outcome: Outcome,
        cx: &mut Cx,
    ) -> bool {
        let root = self.request_of(id);
        if root == NONE {
            return true;
        }
        let frame = &mut self.frames[root];
        if frame.flags.has(Flags::SLOT) {
            frame.active += 1;
            return true;
        }
        frame.returning += 1;
        let (replica_id, is_first) = (frame.replica, frame.returning == 1);
        let replica = &mut self.replicas[replica_id as usize];
        if is_first {
            let gauges = &mut self.stations[replica.component as usize].gauges;
            gauges.touch(cx.now());
            gauges.away -= 1;
            gauges.waiting += 1;
        }
        (self.frames[id].state, self.frames[id].outcome) = (State::Returning, outcome);
        replica.returning.push_back(&mut self.frames, id);
        self.serve_waiting(replica_id, cx);
        false
    }

    /// Who is first in the line of those who return goes on.
    pub(super) fn take_slot_again(&mut self, id: FrameId, cx: &mut Cx) {
        let root = self.request_of(id);
        let frame = &mut self.frames[root];
        frame.returning -= 1;
        frame.active += 1;
        if !frame.flags.has(Flags::SLOT) {
            frame.flags.set(Flags::SLOT);
            let replica = &mut self.replicas[frame.replica as usize];
            replica.busy += 1;
            let gauges = &mut self.stations[replica.component as usize].gauges;
            gauges.touch(cx.now());
            gauges.waiting -= 1;
            gauges.take_slot(replica.busy);
        }
        let outcome = self.frames[id].outcome;
        self.frames[id].state = State::Calling;
        let next = self.proceed(id, outcome, cx);
        self.go_on(id, &next, cx);
    }

    /// Takes a part of a request out of the line of those who return.
    pub(super) fn leave_returning(&mut self, id: FrameId, cx: &mut Cx) {
        let root = self.request_of(id);
        let replica = &mut self.replicas[self.frames[id].replica as usize];
        replica.returning.remove(&mut self.frames, id);
        if root == NONE {
            return;
        }
        let frame = &mut self.frames[root];
        frame.returning -= 1;
        if frame.returning == 0 && !frame.flags.has(Flags::SLOT) {
            let gauges = &mut self.stations[replica.component as usize].gauges;
            gauges.touch(cx.now());
            gauges.waiting -= 1;
            gauges.away += 1;
        }
    }
}
