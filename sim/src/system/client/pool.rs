//! Connection pools.

use crate::frame::{Flags, FrameId, Frames, NONE, State};
use crate::plan::Outcome;
use crate::time::SimTime;

use super::super::freed::Freed;
use super::super::line::Line;
use super::super::{Cx, System};

/// The connections of one calling replica to one callee.
#[derive(Debug, Default)]
pub(super) struct Pool {
    in_use: u32,
    waiting: Line,
}

impl Pool {
    /// Somebody gives up waiting.
    pub(super) fn leave(&mut self, frames: &mut Frames, id: FrameId) {
        self.waiting.remove(frames, id);
    }
}

impl System<'_> {
    /// Takes a connection for an attempt, if it needs one and one is free; else it waits in line.
    pub(super) fn connect(&mut self, child: FrameId, caller: usize, now: SimTime) -> bool {
        let Some(limit) = self.pool_limit(caller, now) else {
            return true;
        };
        let pool = &mut self.callers[caller].pool;
        // A connection that is free while others wait is on its way to them.
        if pool.in_use < limit && pool.waiting.first() == NONE {
            pool.in_use += 1;
            self.frames[child].flags.set(Flags::CONNECTED);
            return true;
        }
        self.frames[child].state = State::Pooled;
        pool.waiting.push_back(&mut self.frames, child);
        false
    }

    /// A connection is free again: who waits first takes it.
    pub(super) fn disconnect(&mut self, caller: usize, cx: &mut Cx) {
        let pool = &mut self.callers[caller].pool;
        pool.in_use -= 1;
        if pool.waiting.first() != NONE {
            self.hand_on_later(Freed::Connection(caller), cx);
        }
    }

    /// Gives free connections to those who wait.
    pub(in super::super) fn serve_pool(&mut self, caller: usize, cx: &mut Cx) {
        loop {
            let limit = self.pool_limit(caller, cx.now()).unwrap_or(u32::MAX);
            let pool = &mut self.callers[caller].pool;
            if pool.in_use >= limit {
                break;
            }
            let Some(next) = pool.waiting.pop_front(&mut self.frames) else {
                break;
            };
            pool.in_use += 1;
            let frame = &mut self.frames[next];
            frame.flags.set(Flags::CONNECTED);
            self.measures.pooled(frame.edge, frame.since, cx.now());
            let frame = &self.frames[next];
            let from = self.frames[frame.parent].replica;
            let aim = self.aim((frame.endpoint, frame.edge), from, 0);
            if !self.dispatch(next, &aim, cx) {
                let id = self.conclude(next, Some(Outcome::Failed), cx);
                self.frames.free(next);
                self.attempt_ended(id, Outcome::Failed, cx);
            }
        }
    }

    /// Connections that a calling replica has.
    fn pool_limit(&self, caller: usize, now: SimTime) -> Option<u32> {
        let edge = self.policies[self.callers[caller].policy as usize].edge;
        Some(self.faults.connections_left(self.plan, edge, edge.pool?, now))
    }
}
