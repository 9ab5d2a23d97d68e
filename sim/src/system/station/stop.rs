//! Work that stops before its end: cancelled by its caller, or lost in a crash.

use crate::calendar::Ticket;
use crate::frame::{Flags, Frame, FrameId, NONE, Role, State};
use crate::plan::Outcome;

use super::super::client::replica_is_new;
use super::super::freed::Freed;
use super::super::{Cx, System};

impl System<'_> {
    /// Ends whatever a frame does, and the calls and branches it waits for; it keeps its slot.
    fn stop(&mut self, id: FrameId, cx: &mut Cx) {
        let frame = &mut self.frames[id];
        let state = frame.state;
        if state == State::Sharing {
            self.stop_sharing(id, cx);
        }
        let frame = &mut self.frames[id];
        frame.pending = Ticket::NONE;
        if frame.flags.has(Flags::PREEMPTIBLE) {
            self.cease_to_be_interruptible(id);
        }
        match state {
            State::Queued | State::Preempted => self.leave_queue(id, cx),
            State::Calling | State::BackingOff => self.give_up_call(id, cx),
            State::Returning => self.leave_returning(id, cx),
            State::Joining => {
                let mut branch = std::mem::replace(&mut self.frames[id].child, NONE);
                while branch != NONE {
                    let next = self.frames[branch].sibling;
                    self.stop(branch, cx);
                    self.frames.free(branch);
                    branch = next;
                }
            }
            State::Free
            | State::Pooled
            | State::Sent
            | State::Working
            | State::Sharing
            | State::Frozen
            | State::TakingUp
            | State::Thinking
            | State::Away
            | State::TakenUp
            | State::Joined
            | State::Answering
            | State::Lost => {}
        }
    }

    /// Gives the slot of a stopped request back, or its place among those who wait for answers.
    fn vacate(&mut self, id: FrameId, was_queued: bool, cx: &mut Cx) {
        let frame = &mut self.frames[id];
        let replica = &mut self.replicas[frame.replica as usize];
        let component = replica.component as usize;
        self.measures.lost(component, frame.arrived, cx.now());
        if frame.flags.clear(Flags::SLOT) {
            replica.free_slot(cx.now());
        } else if !was_queued {
            replica.usage.away.fall(cx.now());
        }
    }

    /// An attempt that nobody waits for any more stops at once, with all it has asked for over
    /// edges that cancel.
    pub(in super::super) fn cancel(&mut self, id: FrameId, cx: &mut Cx) {
        let Frame { state, replica, pending, .. } = self.frames[id];
        match state {
            // A paused caller holds it, and will find that nobody waits.
            State::Answering if pending == Ticket::NONE => return,
            State::Sent | State::Answering | State::Lost | State::Pooled => {}
            _ => {
                let was_queued = self.is_queued(id);
                self.stop(id, cx);
                self.vacate(id, was_queued, cx);
                self.frames.free(id);
                if self.replicas[replica as usize].is_awaited() {
                    return self.hand_on_later(Freed::Slot(replica), cx);
                }
                return self.leave_if_drained(replica, cx);
            }
        }
        self.frames.free(id);
    }

    /// A replica dies: what is queued or running there fails, what it had asked for is given up.
    pub(in super::super) fn crash(&mut self, replica_id: u32, cx: &mut Cx) {
        for id in self.frames.ids() {
            let Frame { replica, state, role, parent, .. } = self.frames[id];
            let elsewhere = replica != replica_id
                || matches!(
                    state,
                    State::Free | State::Sent | State::Answering | State::Lost | State::Pooled
                );
            // Branches stop with their request, unless that ended before them.
            if elsewhere || role == Role::Branch && parent != NONE {
                continue;
            }
            let was_queued = self.is_queued(id);
            self.stop(id, cx);
            if matches!(role, Role::Branch | Role::Publication) {
                self.frames.free(id);
                continue;
            }
            self.vacate(id, was_queued, cx);
            self.reply(id, Outcome::Failed, cx);
        }
        for id in std::mem::take(&mut self.replicas[replica_id as usize].held) {
            self.frames.free(id);
        }
        self.replicas[replica_id as usize].start_anew();
        replica_is_new(self, replica_id);
        self.leave_if_drained(replica_id, cx);
    }

    /// What still goes on of a request that has failed: calls on edges that cancel stop, the rest
    /// runs on without a slot.
    pub(in super::super) fn orphan_branches(&mut self, id: FrameId, cx: &mut Cx) {
        let mut branch = std::mem::replace(&mut self.frames[id].child, NONE);
        while branch != NONE {
            let next = std::mem::replace(&mut self.frames[branch].sibling, NONE);
            self.go_on_without_slot(branch, cx);
            match self.frames[branch].state {
                State::Calling | State::BackingOff if self.calls_cancel(branch) => {
                    self.stop(branch, cx);
                    self.frames.free(branch);
                }
                State::Joining if self.calls_cancel(branch) => {
                    self.orphan_branches(branch, cx);
                    self.frames.free(branch);
                }
                State::Joined => self.frames.free(branch),
                _ => self.frames[branch].parent = NONE,
            }
            branch = next;
        }
    }

    /// Whether a call that a frame makes stops when it is given up.
    fn calls_cancel(&self, id: FrameId) -> bool {
        let Frame { state, child, hedge, replica, .. } = self.frames[id];
        let cancels = |edge: u32| self.policy_of(edge, replica).cancels;
        match state {
            State::Joining => self.branches(id).any(|branch| self.calls_cancel(branch)),
            State::Calling => {
                let out = if child == NONE { hedge } else { child };
                out != NONE && cancels(self.frames[out].edge)
            }
            State::BackingOff => cancels(self.call_site(id).0.edge),
            _ => false,
        }
    }
}
