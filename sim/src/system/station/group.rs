//! Service in groups: all who wait when a replica is free start together and end together.
//!
//! The one slot of the replica is the group's: its members but one count as in service without a slot,
//! so that utilization is the share of time in which a group is served. Source of the closed forms
//! that judge it: N. T. J. Bailey, "On Queueing Processes with Bulk Service", Journal of the Royal
//! Statistical Society B 16(1), 1954.

use crate::frame::{Flags, FrameId};
use crate::plan::Batch;
use crate::program::{Code, Pc};
use crate::time::SimTime;

use super::super::{Cx, Purpose, System, draw};
use super::Replica;

impl Replica {
    /// One request fewer is in service. The last of a group frees the slot.
    #[inline(always)]
    pub(super) fn free_slot(&mut self, now: SimTime) {
        if self.in_groups && self.usage.away.count() > 0 {
            self.usage.away.fall(now);
        } else {
            self.usage.busy.fall(now);
        }
    }
}

impl System<'_> {
    /// Starts all who wait at a replica that is free, up to the largest group.
    ///
    /// The work is that of the first, drawn once. Whoever waits counts as a member, also one that has
    /// expired and is dropped: how many there are is settled before anybody learns of anything.
    pub(super) fn serve_group(&mut self, replica_id: u32, cx: &mut Cx) {
        let Batch { most, each } = self.settings_of(replica_id).batch.unwrap_or_default();
        let waiting = self.replicas[replica_id as usize].usage.waiting.count();
        let members = waiting.min(most.unwrap_or(u32::MAX));
        let further = u64::try_from(each.as_nanos()).unwrap_or(u64::MAX);
        let further = further.saturating_mul(u64::from(members.saturating_sub(1)));
        let mut work = None;
        for _ in 0..members {
            let Some(id) = self.next_in_queue(replica_id, cx) else { break };
            let work = *work.get_or_insert_with(|| self.work_of_group(id).saturating_add(further));
            self.begin_in_group(id, work, cx);
        }
    }

    /// A request begins the work of its group.
    fn begin_in_group(&mut self, id: FrameId, work: u64, cx: &mut Cx) {
        let after_work = self.entry_of(id) + 1;
        let frame = &mut self.frames[id];
        let replica = &mut self.replicas[frame.replica as usize];
        if replica.usage.busy.count() == 0 {
            replica.usage.take_slot(cx.now());
        } else {
            replica.usage.away.rise(cx.now());
        }
        self.measures.waited(replica.component as usize, frame.arrived, cx.now());
        frame.flags.set(Flags::SLOT);
        frame.pc = after_work;
        self.work(id, work, cx);
    }

    /// The work of a group that a request begins \[ns\].
    fn work_of_group(&self, id: FrameId) -> u64 {
        let op = &self.program.ops[self.entry_of(id) as usize];
        let Code::Work(law) = op.code else {
            unreachable!("checked: an endpoint that is served in groups is one piece of work")
        };
        let key = draw(self.frames[id].key, Purpose::Work, op.site);
        self.program.laws[law as usize].sample(key)
    }

    /// Where the steps of a request begin.
    fn entry_of(&self, id: FrameId) -> Pc {
        let frame = &self.frames[id];
        if self.faults.is_changed() {
            self.changed_entry(frame.replica, frame.endpoint)
        } else {
            self.program.entries[frame.endpoint as usize]
        }
    }
}
