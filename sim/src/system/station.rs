//! Stations: replicas with slots, and a queue each.

mod codel;
mod cpu;
mod door;
mod gauges;
mod group;
mod preempt;
mod queue;
mod replica;
mod stop;
mod yielding;

use crate::frame::{Flags, Frame, FrameId, Role, State};
use crate::plan::{Component, Outcome};
use crate::program::{Code, NO_EDGE};

use super::{Cx, Happening, Purpose, System, draw};

pub(super) use cpu::Host;
pub(super) use gauges::Areas;
pub(super) use replica::{Built, Phase, Replica, Settings, Station, build};

impl<'p> System<'p> {
    /// The settings that a replica runs with.
    #[inline]
    pub(super) fn settings_of(&self, replica: u32) -> &'p Component {
        self.settings[self.replicas[replica as usize].settings as usize].component
    }

    /// A replica comes, or is no longer there.
    pub(super) fn set_available(&mut self, replica: u32, is_available: bool, cx: &Cx) {
        let replica = &mut self.replicas[replica as usize];
        assert!(replica.is_available != is_available, "a replica comes or goes once");
        replica.is_available = is_available;
        let supply = &mut self.stations[replica.component as usize].supply;
        supply.change_available(cx.now(), is_available);
        let slots = counted(replica.slots);
        let (before, after) = if is_available { (0, slots) } else { (slots, 0) };
        supply.change_available_slots(cx.now(), before, after);
        if let Some(cores) = &replica.cores {
            let (before, after) = if is_available { (0, cores.limit) } else { (cores.limit, 0) };
            supply.change_available_cores(cx.now(), before, after);
        }
    }

    /// A replica takes over other settings; what it has goes on.
    pub(super) fn reconfigure(&mut self, replica: u32, settings: u32, cx: &mut Cx) {
        let before = self.settings_of(replica);
        let place = &mut self.replicas[replica as usize];
        place.settings = settings;
        let slots = counted(place.slots);
        place.take_over(before, self.settings[settings as usize].component);
        if place.is_available {
            let supply = &mut self.stations[place.component as usize].supply;
            supply.change_available_slots(cx.now(), slots, counted(place.slots));
        }
        self.limit_cores(replica, cx);
        self.serve_again(replica, cx);
    }

    /// A request reaches its replica.
    #[inline(always)]
    pub(super) fn arrive(&mut self, id: FrameId, cx: &mut Cx) {
        let now = cx.now();
        let frame = &mut self.frames[id];
        frame.arrived = now;
        let replica = &mut self.replicas[frame.replica as usize];
        if replica.special || self.faults.is_at_the_door() {
            return self.arrive_specially(id, cx);
        }
        replica.usage.arrivals += 1;
        if replica.usage.busy.count() >= replica.slots {
            self.wait_in_queue(id, cx);
        } else if frame.deadline <= now {
            self.drop_expired(id, cx);
        } else {
            self.begin(id, cx);
        }
    }

    /// A request reaches a replica that does not take it in as usual, or while faults concern
    /// arrivals.
    fn arrive_specially(&mut self, id: FrameId, cx: &mut Cx) {
        let Frame { replica: replica_id, endpoint, key, role, edge, .. } = self.frames[id];
        let replica = &mut self.replicas[replica_id as usize];
        if replica.gone {
            return self.reply(id, Outcome::Failed, cx);
        }
        replica.usage.arrivals += 1;
        if self.faults.is_at_the_door() {
            let edge = if role == Role::Attempt { edge } else { NO_EDGE };
            let hit = (edge, endpoint, replica_id);
            let errors = self.faults.error_share(self.plan, hit, cx.now());
            if errors > 0.0 && draw(key, Purpose::Error, 0).unit() < errors {
                return self.reply(id, Outcome::Failed, cx);
            }
        }
        if !self.is_let_in(id, cx) {
            return self.reject(id, cx);
        }
        let settings = self.settings_of(replica_id);
        let replica = &self.replicas[replica_id as usize];
        let has_slot = replica.usage.busy.count() < replica.slots;
        // Nobody makes room for what has expired: it waits for its turn to be dropped.
        let may_preempt = self.frames[id].deadline > cx.now();
        let starts = replica.paused == 0 && (has_slot || may_preempt && self.preempt_for(id, cx));
        let replica = &self.replicas[replica_id as usize];
        if !starts && replica.usage.waiting.count() >= replica.capacity {
            return self.reject(id, cx);
        }
        if settings.acknowledges {
            return self.acknowledge(id, starts, cx);
        }
        if !starts {
            self.wait_in_queue(id, cx);
        } else if self.frames[id].deadline <= cx.now() {
            self.drop_expired(id, cx);
        } else {
            self.begin(id, cx);
        }
    }

    /// A message is taken in: its sender is answered, the message stays.
    fn acknowledge(&mut self, id: FrameId, starts: bool, cx: &mut Cx) {
        let sender = &self.frames[id];
        let mut message = Frame::new(sender.key, Role::Attempt);
        (message.replica, message.endpoint) = (sender.replica, sender.endpoint);
        message.arrived = cx.now();
        let Some(message) = self.frames.add(message) else {
            return self.too_many();
        };
        if starts {
            self.begin(message, cx);
        } else {
            self.wait_in_queue(message, cx);
        }
        self.reply(id, Outcome::Ok, cx);
    }

    /// A request is refused.
    fn reject(&mut self, id: FrameId, cx: &mut Cx) {
        let frame = &self.frames[id];
        let component = self.replicas[frame.replica as usize].component;
        self.measures.rejected(component as usize, frame.arrived);
        self.reply(id, Outcome::Rejected, cx);
    }

    /// A request joins the queue, if there is room.
    #[inline]
    fn wait_in_queue(&mut self, id: FrameId, cx: &mut Cx) {
        let frame = &mut self.frames[id];
        let replica = &mut self.replicas[frame.replica as usize];
        if replica.usage.waiting.count() >= replica.capacity {
            return self.reject(id, cx);
        }
        replica.usage.waiting.rise(cx.now());
        frame.state = State::Queued;
        if replica.queue.is_plain {
            replica.queue.line.push_back(&mut self.frames, id);
        } else {
            self.queue_up(id, cx);
        }
    }

    /// A request gets a slot.
    fn begin(&mut self, id: FrameId, cx: &mut Cx) {
        let now = cx.now();
        let frame = &mut self.frames[id];
        let replica = &mut self.replicas[frame.replica as usize];
        replica.usage.take_slot(now);
        self.measures.waited(replica.component as usize, frame.arrived, now);
        frame.flags.set(Flags::SLOT);
        if replica.yields {
            frame.flags.set(Flags::YIELDS);
            frame.active = 1;
        }
        if self.faults.is_changed() {
            let (replica, endpoint) = (frame.replica, frame.endpoint);
            self.frames[id].pc = self.changed_entry(replica, endpoint);
            return self.advance(id, cx);
        }
        frame.pc = self.program.entries[frame.endpoint as usize];
        // Most services begin with work.
        let op = &self.program.ops[frame.pc as usize];
        let Code::Work(law) = op.code else {
            return self.advance(id, cx);
        };
        frame.pc += 1;
        let key = draw(frame.key, Purpose::Work, op.site);
        let drawn = self.program.laws[law as usize].sample(key);
        if !replica.works_alone || self.faults.any_slow {
            return self.work(id, drawn, cx);
        }
        frame.state = State::Working;
        let end = now.after(drawn);
        frame.work = end.as_nanos();
        frame.pending = cx.schedule(end, Happening::WorkEnds(id));
    }

    /// A request's service ends; its slot goes to the next in the queue.
    #[inline(always)]
    pub(super) fn leave(&mut self, id: FrameId, outcome: Outcome, cx: &mut Cx) {
        let now = cx.now();
        let frame = &mut self.frames[id];
        let replica_id = frame.replica;
        let replica = &mut self.replicas[replica_id as usize];
        if frame.flags.clear(Flags::SLOT) {
            replica.free_slot(now);
        } else {
            replica.usage.away.fall(now);
        }
        if outcome == Outcome::Ok {
            self.measures.served(frame.endpoint, frame.arrived, now);
        } else {
            self.measures.lost(replica.component as usize, frame.arrived, now);
        }
        // Whoever waits for the slot comes before what the answer may lead to.
        if replica.is_awaited() {
            self.serve_waiting(replica_id, cx);
        }
        self.reply(id, outcome, cx);
        if self.replicas[replica_id as usize].phase == Phase::Draining {
            self.leave_if_drained(replica_id, cx);
        }
    }

    /// Starts what waits at a replica, as far as there are slots.
    pub(super) fn serve_waiting(&mut self, replica_id: u32, cx: &mut Cx) {
        // A request that ends the moment it begins comes back here: one loop serves them all.
        if std::mem::replace(&mut self.replicas[replica_id as usize].serving, true) {
            return;
        }
        loop {
            let replica = &mut self.replicas[replica_id as usize];
            if replica.paused > 0 || replica.usage.busy.count() >= replica.slots {
                break;
            }
            if let Some(id) = replica.returning.pop_front(&mut self.frames) {
                self.take_slot_again(id, cx);
                continue;
            }
            if replica.in_groups {
                self.serve_group(replica_id, cx);
                break;
            }
            let Some(id) = self.next_in_queue(replica_id, cx) else {
                break;
            };
            if self.frames[id].state == State::Preempted {
                self.resume(id, cx);
            } else {
                self.begin(id, cx);
            }
        }
        self.replicas[replica_id as usize].serving = false;
    }

    /// A request does `drawn` nanoseconds of work at the present speed of its replica.
    pub(super) fn work(&mut self, id: FrameId, drawn: u64, cx: &mut Cx) {
        let frame = &self.frames[id];
        let replica = &self.replicas[frame.replica as usize];
        if !replica.special_work && !self.faults.any_slow {
            return self.work_alone(id, drawn, cx);
        }
        let of_endpoint = self.faults.endpoint_slow(frame.endpoint);
        if replica.special_work {
            return self.work_specially(id, scaled(drawn, of_endpoint), cx);
        }
        self.work_alone(id, scaled(drawn, replica.slow * of_endpoint), cx);
    }

    /// Work of so many nanoseconds, at the speed of its endpoint, that shares cores or may be
    /// interrupted.
    fn work_specially(&mut self, id: FrameId, work: u64, cx: &mut Cx) {
        self.be_interruptible(id);
        let replica = &self.replicas[self.frames[id].replica as usize];
        if replica.cores.is_some() {
            self.share(id, work, cx);
        } else {
            let work = scaled(work, replica.slow);
            self.work_alone(id, work, cx);
        }
    }

    /// Work that takes so many nanoseconds from now on, as far as its replica is not paused.
    fn work_alone(&mut self, id: FrameId, work: u64, cx: &mut Cx) {
        let frame = &mut self.frames[id];
        if self.replicas[frame.replica as usize].paused > 0 {
            frame.state = State::Frozen;
            frame.work = work;
        } else {
            frame.state = State::Working;
            let end = cx.now().after(work);
            frame.work = end.as_nanos();
            frame.pending = cx.schedule(end, Happening::WorkEnds(id));
        }
    }

    /// A step of work has ended.
    #[inline(always)]
    pub(super) fn work_ends(&mut self, id: FrameId, cx: &mut Cx) {
        let frame = &self.frames[id];
        let op = &self.program.ops[frame.pc as usize];
        if frame.flags.has(Flags::PREEMPTIBLE) {
            self.cease_to_be_interruptible(id);
        }
        // Most services end with work.
        match op.code {
            Code::End => self.end_of_steps(id, cx),
            _ => self.advance(id, cx),
        }
    }
}

/// Slots as far as they are counted among those available.
fn counted(slots: u32) -> u64 {
    if slots == u32::MAX { 0 } else { u64::from(slots) }
}

/// A time \[ns\] when everything takes `factor` times as long.
#[inline]
fn scaled(nanos: u64, factor: f64) -> u64 {
    #[expect(clippy::float_cmp, reason = "1 is set, never computed")]
    if factor == 1.0 { nanos } else { crate::time::round_nanos(nanos as f64 * factor) }
}
