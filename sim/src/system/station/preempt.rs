//! Preemptive priorities: a request at work makes room for a more important one and goes on later
//! from where it stood.
//!
//! Only a request that does nothing but work can be interrupted: not while it waits on others, nor
//! while it has branches. In queue it counts like any other, but it is never refused.

use crate::calendar::Ticket;
use crate::frame::{Flags, FrameId, State};

use super::super::{Cx, System};

impl System<'_> {
    /// A request begins to do nothing but work, where that can be interrupted.
    pub(super) fn be_interruptible(&mut self, id: FrameId) {
        let frame = &mut self.frames[id];
        let rank = usize::from(self.ranks[frame.endpoint as usize]);
        let replica = &mut self.replicas[frame.replica as usize];
        // Branches have no slot of their own.
        if let Some(line) = replica.interruptible.get_mut(rank)
            && frame.flags.has(Flags::SLOT)
        {
            frame.flags.set(Flags::PREEMPTIBLE);
            line.push_back(&mut self.frames, id);
        }
    }

    /// A request no longer works, or is no longer in service.
    pub(super) fn cease_to_be_interruptible(&mut self, id: FrameId) {
        let frame = &mut self.frames[id];
        frame.flags.clear(Flags::PREEMPTIBLE);
        let rank = usize::from(self.ranks[frame.endpoint as usize]);
        let replica = &mut self.replicas[frame.replica as usize];
        replica.interruptible[rank].remove(&mut self.frames, id);
    }

    /// Frees a slot for a request that arrives, if one less important makes room.
    pub(super) fn preempt_for(&mut self, id: FrameId, cx: &mut Cx) -> bool {
        let frame = &self.frames[id];
        let (replica, rank) = (frame.replica, self.ranks[frame.endpoint as usize]);
        self.preempt_below(replica, rank, cx)
    }

    /// Interrupts a request of a higher rank number: the highest, then the latest to arrive.
    fn preempt_below(&mut self, replica_id: u32, rank: u16, cx: &mut Cx) -> bool {
        let lines = &self.replicas[replica_id as usize].interruptible;
        let mut lower = lines.iter().skip(usize::from(rank) + 1).rev();
        let arrived = |&id: &FrameId| self.frames[id].arrived;
        let latest = lower.find_map(|line| line.iter(&self.frames).max_by_key(arrived));
        if let Some(victim) = latest {
            self.interrupt(victim, cx);
        }
        latest.is_some()
    }

    /// A request at work goes back to the head of its class in the queue.
    fn interrupt(&mut self, id: FrameId, cx: &mut Cx) {
        self.cease_to_be_interruptible(id);
        let left = match self.frames[id].state {
            State::Sharing => self.stop_sharing(id, cx),
            State::Working => self.frames[id].work - cx.now().as_nanos(),
            other => unreachable!("what is interrupted works, it is not {other:?}"),
        };
        let frame = &mut self.frames[id];
        (frame.state, frame.work, frame.pending) = (State::Preempted, left, Ticket::NONE);
        frame.flags.clear(Flags::SLOT);
        let rank = self.ranks[frame.endpoint as usize];
        let replica = &mut self.replicas[frame.replica as usize];
        replica.usage.busy.fall(cx.now());
        replica.usage.waiting.rise(cx.now());
        replica.queue.push_front(&mut self.frames, id, rank);
    }

    /// A request that was interrupted has a slot again.
    pub(super) fn resume(&mut self, id: FrameId, cx: &mut Cx) {
        let frame = &mut self.frames[id];
        frame.flags.set(Flags::SLOT);
        let work = frame.work;
        let replica = &mut self.replicas[frame.replica as usize];
        replica.usage.take_slot(cx.now());
        let shares = replica.cores.is_some();
        self.be_interruptible(id);
        if shares {
            self.share(id, work, cx);
        } else {
            self.work_alone(id, work, cx);
        }
    }

    /// A paused replica serves again: what came meanwhile is treated as if it came now.
    pub(in super::super) fn serve_again(&mut self, replica_id: u32, cx: &mut Cx) {
        self.serve_waiting(replica_id, cx);
        while let Some(rank) = self.replicas[replica_id as usize].queue.first_rank()
            && self.preempt_below(replica_id, rank, cx)
        {
            self.serve_waiting(replica_id, cx);
        }
    }
}
