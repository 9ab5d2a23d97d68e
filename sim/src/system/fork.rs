//! Parallel steps, and calls that nobody waits for: frames beside a request's own.

use crate::frame::{Flags, Frame, FrameId, NONE, Role, State};
use crate::plan::Outcome;

use super::{Cx, Purpose, System, draw};

impl System<'_> {
    /// Runs the branches of a parallel step. Returns whether all have ended at once.
    pub(super) fn fork(&mut self, id: FrameId, fork: usize, site: u32, cx: &mut Cx) -> bool {
        let program = self.program;
        let (branches, after) = &program.forks[fork];
        let frame = &mut self.frames[id];
        (frame.pc, frame.state, frame.child) = (*after, State::Joining, NONE);
        frame.flags.set(Flags::FORKING);
        frame.outcome = Outcome::Ok;
        // One more than there are, so that only this function can find them all ended.
        frame.count = branches.len() as u32 + 1;
        let origin = *frame;
        let yields = origin.flags.has(Flags::YIELDS);
        if yields {
            self.wake_parts(id, branches.len() as u16);
        }
        for (number, pc) in branches.iter().enumerate() {
            let key = draw(origin.key, Purpose::Branch, site).with(number as u64);
            let mut branch = Frame::new(key, Role::Branch);
            (branch.replica, branch.pc, branch.deadline) = (origin.replica, *pc, origin.deadline);
            (branch.endpoint, branch.parent) = (origin.endpoint, id);
            branch.sibling = self.frames[id].child;
            if yields {
                branch.flags.set(Flags::YIELDS);
            }
            let Some(branch) = self.frames.add(branch) else {
                self.too_many();
                return false;
            };
            self.frames[id].child = branch;
            self.advance(branch, cx);
        }
        let frame = &mut self.frames[id];
        frame.flags.clear(Flags::FORKING);
        let outcome = frame.outcome;
        if outcome != Outcome::Ok {
            self.orphan_branches(id, cx);
            self.fail(id, outcome, cx);
            return false;
        }
        frame.count -= 1;
        if frame.count == 0 {
            self.end_fork(id);
            return true;
        }
        self.rest(id, cx);
        false
    }

    /// A branch has ended.
    pub(super) fn join(&mut self, id: FrameId, cx: &mut Cx) {
        let parent = self.frames[id].parent;
        if parent == NONE {
            return self.frames.free(id);
        }
        self.frames[id].state = State::Joined;
        self.frames[parent].count -= 1;
        if self.frames[parent].count > 0 {
            return self.rest(id, cx);
        }
        // The request goes on in the place of its last branch.
        self.end_fork(parent);
        self.advance(parent, cx);
    }

    /// All branches of a step have ended.
    fn end_fork(&mut self, id: FrameId) {
        let mut branch = std::mem::replace(&mut self.frames[id].child, NONE);
        while branch != NONE {
            let next = self.frames[branch].sibling;
            self.frames.free(branch);
            branch = next;
        }
    }

    /// A request cannot go on: a call that it needed has failed.
    pub(super) fn fail(&mut self, mut id: FrameId, outcome: Outcome, cx: &mut Cx) {
        while self.frames[id].role == Role::Branch {
            let parent = self.frames[id].parent;
            if parent == NONE {
                return self.frames.free(id);
            }
            self.frames[id].state = State::Joined;
            let step = &mut self.frames[parent];
            if step.flags.has(Flags::FORKING) {
                // All branches begin before one of them can end the step; the first decides how.
                if step.outcome == Outcome::Ok {
                    step.outcome = outcome;
                }
                return;
            }
            self.orphan_branches(parent, cx);
            id = parent;
        }
        match self.frames[id].role {
            Role::Publication => self.frames.free(id),
            _ => self.leave(id, outcome, cx),
        }
    }

    /// Lets the call after a publication run on its own.
    pub(super) fn publish(&mut self, id: FrameId, cx: &mut Cx) {
        let origin = &self.frames[id];
        let mut call = Frame::new(origin.key, Role::Publication);
        (call.replica, call.endpoint, call.pc) = (origin.replica, origin.endpoint, origin.pc);
        let Some(call) = self.frames.add(call) else {
            return self.too_many();
        };
        self.advance(call, cx);
    }
}
