//! Requests that give their slot back while they wait on others.
//!
//! A request and its branches share one slot. `active` of the request counts those of them that do
//! not wait; when it is none, the slot goes to somebody else, and the first answer joins the line
//! of those who return, ahead of the queue. With the slot, all parts whose answers have come go on.

use crate::calendar::Ticket;
use crate::frame::{Flags, FrameId, NONE, Role, State};
use crate::plan::Outcome;

use super::super::freed::Freed;
use super::super::{Cx, Happening, System};

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
        assert!(frame.returning == 0, "who has a slot waits for none");
        let replica_id = frame.replica;
        let replica = &mut self.replicas[replica_id as usize];
        replica.usage.busy.fall(cx.now());
        replica.usage.away.rise(cx.now());
        // What it asks for is sent before anybody else begins.
        if replica.is_awaited() {
            self.hand_on_later(Freed::Slot(replica_id), cx);
        }
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
            replica.usage.away.fall(cx.now());
            replica.usage.returning.rise(cx.now());
        }
        let frame = &mut self.frames[id];
        (frame.state, frame.outcome, frame.pending) = (State::Returning, outcome, cx.ticket());
        replica.returning.push_back(&mut self.frames, id);
        self.serve_waiting(replica_id, cx);
        false
    }

    /// Who is first in the line of those who return has been taken out of it and gets a slot; it and
    /// all parts of its request go on whose answers have come.
    pub(super) fn take_slot_again(&mut self, id: FrameId, cx: &mut Cx) {
        let root = self.request_of(id);
        let frame = &mut self.frames[root];
        assert!(!frame.flags.has(Flags::SLOT), "who has a slot waits for none");
        frame.flags.set(Flags::SLOT);
        // None of them gives the slot back before all have gone on.
        frame.active += frame.returning;
        let replica = &mut self.replicas[frame.replica as usize];
        replica.usage.returning.fall(cx.now());
        replica.usage.take_slot(cx.now());
        self.go_on_after_answer(root, id, cx);
        // Should the request have ended, whoever has its place has no part that waits with a slot.
        while self.frames[root].returning > 0
            && self.frames[root].flags.has(Flags::SLOT)
            && let Some(part) = self.first_returning(root)
        {
            let replica = &mut self.replicas[self.frames[part].replica as usize];
            replica.returning.remove(&mut self.frames, part);
            self.go_on_after_answer(root, part, cx);
        }
    }

    /// A part of a request that has a slot takes up the answer that it had.
    fn go_on_after_answer(&mut self, root: FrameId, part: FrameId, cx: &mut Cx) {
        self.frames[root].returning -= 1;
        let frame = &mut self.frames[part];
        (frame.state, frame.pending) = (State::Calling, Ticket::NONE);
        let outcome = frame.outcome;
        let next = self.proceed(part, outcome, cx);
        self.go_on(part, &next, cx);
    }

    /// Of a frame and its branches, whose answer came first and has not been taken up.
    fn first_returning(&self, id: FrameId) -> Option<FrameId> {
        match self.frames[id].state {
            State::Returning => Some(id),
            State::Joining => {
                let parts = self.branches(id).filter_map(|branch| self.first_returning(branch));
                parts.min_by_key(|&part| self.frames[part].pending)
            }
            _ => None,
        }
    }

    /// The branches of the parallel step that a frame waits for.
    pub(super) fn branches(&self, id: FrameId) -> impl Iterator<Item = FrameId> {
        let some = |id: FrameId| (id != NONE).then_some(id);
        std::iter::successors(some(self.frames[id].child), move |&branch| {
            some(self.frames[branch].sibling)
        })
    }

    /// A branch is to run on without its request: what waits there for a slot goes on in turn.
    pub(super) fn go_on_without_slot(&mut self, id: FrameId, cx: &mut Cx) {
        while let Some(part) = self.first_returning(id) {
            self.leave_returning(part, cx);
            let pending = cx.schedule_in(0, Happening::Woken(part));
            let frame = &mut self.frames[part];
            (frame.state, frame.pending) = (State::TakingUp, pending);
        }
    }

    /// Takes a part of a request out of the line of those who return.
    pub(super) fn leave_returning(&mut self, id: FrameId, cx: &mut Cx) {
        let root = self.request_of(id);
        let replica = &mut self.replicas[self.frames[id].replica as usize];
        replica.returning.remove(&mut self.frames, id);
        let frame = &mut self.frames[root];
        frame.returning -= 1;
        if frame.returning == 0 && !frame.flags.has(Flags::SLOT) {
            replica.usage.returning.fall(cx.now());
            replica.usage.away.rise(cx.now());
        }
    }
}
