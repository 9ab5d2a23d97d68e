//! The network between replicas: how long a request or an answer travels.

use crate::frame::{Frame, FrameId, NONE, Role, State};
use crate::plan::Outcome;
use crate::program::NO_EDGE;

use super::{Cx, Happening, Purpose, System, draw};

/// Which way something travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    There,
    Back,
}

impl System<'_> {
    /// Time \[ns\] between the two ends of an attempt that came over an edge.
    #[inline(always)]
    pub(super) fn travel_time(&self, id: FrameId, caller: FrameId, way: Way) -> u64 {
        let is_instant = self.clients[self.frames[id].edge as usize].is_instant;
        if is_instant { 0 } else { self.travel(id, self.frames[caller].replica, way) }
    }

    fn travel(&self, id: FrameId, caller_replica: u32, way: Way) -> u64 {
        let frame = &self.frames[id];
        let edge = if self.faults.is_changed() {
            self.policy_of(frame.edge, caller_replica)
        } else {
            &self.plan.edges[frame.edge as usize]
        };
        let near = self.replicas[caller_replica as usize].zone
            == self.replicas[frame.replica as usize].zone;
        let law = if near { &self.network.same_zone } else { &self.network.cross_zone };
        let mut time =
            law.as_ref().map_or(0, |law| law.sample(draw(frame.key, Purpose::Network, way as u32)));
        if let Some(law) = &edge.round_trip {
            let both = law.sample(draw(frame.key, Purpose::RoundTrip, 0));
            time += if way == Way::There { both / 2 } else { both - both / 2 };
        }
        time
    }

    /// An attempt, or a user's request, has ended: whoever waits for it learns.
    #[inline(always)]
    pub(super) fn reply(&mut self, id: FrameId, outcome: Outcome, cx: &mut Cx) {
        if self.faults.loses && self.is_answer_lost(id, cx.now()) {
            return self.frames[id].state = State::Lost;
        }
        let frame = &mut self.frames[id];
        frame.outcome = outcome;
        match frame.role {
            Role::Entry => self.user_answered(id, outcome, cx),
            Role::SessionEntry => {
                self.user_answered(id, outcome, cx);
                // The session takes it up in turn, so that no chain of instant calls nests.
                let pending = cx.schedule_in(0, Happening::Answered(id));
                let frame = &mut self.frames[id];
                (frame.state, frame.pending) = (State::Answering, pending);
            }
            Role::Attempt => {
                let caller = frame.parent;
                if caller == NONE {
                    return self.frames.free(id);
                }
                frame.state = State::Answering;
                let time = self.travel_time(id, caller, Way::Back);
                self.frames[id].pending = cx.schedule_in(time, Happening::Answered(id));
            }
            Role::Branch | Role::Publication | Role::Session => {
                unreachable!("nobody waits for the answer of a branch or a user")
            }
        }
    }

    /// An answer reaches its caller.
    #[inline(always)]
    pub(super) fn answered(&mut self, id: FrameId, cx: &mut Cx) {
        let caller = self.frames[id].parent;
        if caller == NONE {
            return self.frames.free(id);
        }
        match self.replicas.get_mut(self.frames[caller].replica as usize) {
            Some(at) if at.paused > 0 => at.held.push(id),
            _ => self.take_up(id, cx),
        }
    }

    /// A caller takes up the answer to its attempt, if it still waits for it.
    #[inline(always)]
    pub(super) fn take_up(&mut self, id: FrameId, cx: &mut Cx) {
        let Frame { outcome, parent, role, .. } = self.frames[id];
        if parent == NONE {
            return self.frames.free(id);
        }
        let caller = match role {
            Role::SessionEntry => {
                self.frames[parent].child = NONE;
                parent
            }
            _ => self.conclude(id, Some(outcome), cx),
        };
        self.frames.free(id);
        self.attempt_ended(caller, outcome, cx);
    }
}

const _: () = assert!(NO_EDGE == NONE, "frames and programs agree on what no edge is");
