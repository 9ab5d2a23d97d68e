//! Stations: replicas with slots, and a queue each.

mod gauges;
mod stop;
mod yielding;

use crate::frame::{Flags, Frame, FrameId, Role, State};
use crate::plan::{Component, Outcome, Plan, ZoneId};

use super::line::Line;
use super::timers::{Kind, Ring};
use super::{Cx, Happening, Purpose, System, draw};

pub(super) use gauges::Gauges;

/// One replica.
#[derive(Debug)]
pub(super) struct Replica {
    pub(super) component: u32,
    /// Index of the settings that it runs with.
    pub(super) settings: u32,
    pub(super) zone: ZoneId,
    /// Whether balancers know it and do not know it to be down.
    listed: bool,
    /// Whether something keeps a request from being taken in as usual; see [`Replica::look`].
    special: bool,
    /// Crashes that keep it away.
    pub(super) down: u32,
    /// Pauses that hold it.
    pub(super) paused: u32,
    /// Factor on its work, from the faults that hit it.
    pub(super) slow: f64,
    /// Slots; `u32::MAX` is unlimited.
    slots: u32,
    /// How many may wait; `u32::MAX` is unlimited.
    capacity: u32,
    busy: u32,
    waiting: u32,
    queue: Line,
    /// Requests whose answers have come, and who wait for a slot to take them up.
    returning: Line,
    /// Whether its queue is being served further up the stack.
    serving: bool,
    /// Answers that came during a pause.
    pub(super) held: Vec<FrameId>,
}

impl Replica {
    fn new(component: usize, plan: &Component, zone: ZoneId) -> Self {
        let mut replica = Self {
            component: component as u32,
            settings: component as u32,
            zone,
            listed: true,
            special: false,
            down: 0,
            paused: 0,
            slow: 1.0,
            slots: 0,
            capacity: 0,
            busy: 0,
            waiting: 0,
            queue: Line::default(),
            returning: Line::default(),
            serving: false,
            held: Vec::new(),
        };
        replica.configure(plan);
        replica
    }

    /// Takes over settings.
    fn configure(&mut self, settings: &Component) {
        self.slots = settings.concurrency.unwrap_or(u32::MAX);
        self.capacity = settings.queue.capacity.unwrap_or(u32::MAX);
        self.look(settings);
    }

    /// Looks again whether anything keeps requests from being taken in as usual.
    pub(super) fn look(&mut self, settings: &Component) {
        self.special = self.down > 0 || self.paused > 0 || settings.acknowledges;
    }

    /// Whether balancers pick it.
    #[inline]
    pub(super) const fn is_listed(&self) -> bool {
        self.listed
    }

    pub(super) const fn set_listed(&mut self, listed: bool) {
        self.listed = listed;
    }
}

/// What the replicas of one component share.
#[derive(Debug)]
pub(super) struct Station {
    /// Its replicas are `first_replica..first_replica + replicas`, some of them perhaps absent.
    pub(super) first_replica: u32,
    pub(super) replicas: u32,
    /// How many are present, in whatever state.
    pub(super) present: u32,
    pub(super) gauges: Gauges,
}

/// The stations and replicas of a plan, all healthy and idle.
pub(super) fn build(plan: &Plan, rings: &mut Vec<Ring>) -> (Vec<Station>, Vec<Replica>) {
    let _ = (rings, Kind::Pending);
    let (mut stations, mut replicas) = (Vec::new(), Vec::new());
    for (component, c) in plan.components.iter().enumerate() {
        let present = c.replicas.len() as u32;
        stations.push(Station {
            first_replica: replicas.len() as u32,
            replicas: present,
            present,
            gauges: Gauges::new(present),
        });
        replicas.extend(c.replicas.iter().map(|place| Replica::new(component, c, place.zone)));
    }
    (stations, replicas)
}

impl<'p> System<'p> {
    /// The settings that a replica runs with.
    #[inline]
    pub(super) fn settings_of(&self, replica: u32) -> &'p Component {
        self.settings[self.replicas[replica as usize].settings as usize]
    }

    /// A request reaches its replica.
    pub(super) fn arrive(&mut self, id: FrameId, cx: &mut Cx) {
        let now = cx.now();
        let frame = &mut self.frames[id];
        frame.arrived = now;
        let (replica_id, endpoint, key) = (frame.replica, frame.endpoint, frame.key);
        let replica = &mut self.replicas[replica_id as usize];
        let component = replica.component as usize;
        if replica.down > 0 {
            return self.reply(id, Outcome::Failed, cx);
        }
        self.measures.arrived(component);
        if self.faults.any_errors {
            let errors = self.faults.error_share(frame.role, frame.edge, endpoint, replica_id);
            if errors > 0.0 && draw(key, Purpose::Error, 0).unit() < errors {
                return self.reply(id, Outcome::Failed, cx);
            }
        }
        if replica.special {
            return self.arrive_specially(id, cx);
        }
        if replica.busy < replica.slots {
            self.stations[component].gauges.touch(now);
            self.begin(id, cx);
        } else {
            self.wait_in_queue(id, cx);
        }
    }

    /// A request reaches a replica that does not take it in as usual.
    fn arrive_specially(&mut self, id: FrameId, cx: &mut Cx) {
        let replica_id = self.frames[id].replica;
        let settings = self.settings_of(replica_id);
        let replica = &self.replicas[replica_id as usize];
        let starts = replica.paused == 0 && replica.busy < replica.slots;
        if !starts && replica.waiting >= replica.capacity {
            return self.reject(id, cx);
        }
        if settings.acknowledges {
            return self.acknowledge(id, starts, cx);
        }
        if starts {
            self.stations[replica.component as usize].gauges.touch(cx.now());
            self.begin(id, cx);
        } else {
            self.wait_in_queue(id, cx);
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
            self.touch(message, cx);
            self.begin(message, cx);
        } else {
            self.wait_in_queue(message, cx);
        }
        self.reply(id, Outcome::Ok, cx);
    }

    /// Brings the integrals of a request's station up to now.
    fn touch(&mut self, id: FrameId, cx: &Cx) {
        let component = self.replicas[self.frames[id].replica as usize].component;
        self.stations[component as usize].gauges.touch(cx.now());
    }

    /// A request is refused at the door.
    fn reject(&mut self, id: FrameId, cx: &mut Cx) {
        let component = self.replicas[self.frames[id].replica as usize].component;
        self.measures.rejected(component as usize);
        self.reply(id, Outcome::Rejected, cx);
    }

    /// A request joins the queue, if there is room.
    fn wait_in_queue(&mut self, id: FrameId, cx: &mut Cx) {
        let replica = &mut self.replicas[self.frames[id].replica as usize];
        if replica.waiting >= replica.capacity {
            return self.reject(id, cx);
        }
        let gauges = &mut self.stations[replica.component as usize].gauges;
        gauges.touch(cx.now());
        gauges.waiting += 1;
        replica.waiting += 1;
        self.frames[id].state = State::Queued;
        replica.queue.push_back(&mut self.frames, id);
    }

    /// A request gets a slot; its station's gauges are up to date.
    fn begin(&mut self, id: FrameId, cx: &mut Cx) {
        let frame = &mut self.frames[id];
        let replica = &mut self.replicas[frame.replica as usize];
        let component = replica.component as usize;
        replica.busy += 1;
        self.stations[component].gauges.take_slot(replica.busy);
        frame.flags.set(Flags::SLOT);
        frame.pc = self.program.entries[frame.endpoint as usize];
        self.measures.waited(component, frame.arrived, cx.now());
        if !self.settings[replica.settings as usize].blocking {
            frame.flags.set(Flags::YIELDS);
            frame.active = 1;
        }
        self.advance(id, cx);
    }

    /// A request's service ends; its slot goes to the next in the queue.
    pub(super) fn leave(&mut self, id: FrameId, outcome: Outcome, cx: &mut Cx) {
        let now = cx.now();
        let frame = &mut self.frames[id];
        let replica_id = frame.replica;
        let replica = &mut self.replicas[replica_id as usize];
        let component = replica.component as usize;
        let gauges = &mut self.stations[component].gauges;
        gauges.touch(now);
        if frame.flags.clear(Flags::SLOT) {
            replica.busy -= 1;
            gauges.busy -= 1;
        } else {
            gauges.away -= 1;
        }
        if outcome == Outcome::Ok {
            self.measures.served(frame.endpoint, frame.arrived, now);
        }
        // Whoever waits for the slot comes before what the answer may lead to.
        if replica.waiting > 0 || replica.returning.first() != crate::frame::NONE {
            self.serve_waiting(replica_id, cx);
        }
        self.reply(id, outcome, cx);
    }

    /// Starts what waits at a replica, as far as there are slots.
    pub(super) fn serve_waiting(&mut self, replica_id: u32, cx: &mut Cx) {
        // A request that ends the moment it begins comes back here: one loop serves them all.
        if std::mem::replace(&mut self.replicas[replica_id as usize].serving, true) {
            return;
        }
        loop {
            let replica = &mut self.replicas[replica_id as usize];
            if replica.paused > 0 || replica.busy >= replica.slots {
                break;
            }
            if let Some(id) = replica.returning.pop_front(&mut self.frames) {
                self.take_slot_again(id, cx);
                continue;
            }
            let Some(id) = self.next_in_queue(replica_id, cx) else {
                break;
            };
            self.begin(id, cx);
        }
        self.replicas[replica_id as usize].serving = false;
    }

    /// Takes out of a queue who is served next.
    fn next_in_queue(&mut self, replica_id: u32, cx: &mut Cx) -> Option<FrameId> {
        let now = cx.now();
        loop {
            let replica = &mut self.replicas[replica_id as usize];
            let id = replica.queue.pop_front(&mut self.frames)?;
            replica.waiting -= 1;
            let gauges = &mut self.stations[replica.component as usize].gauges;
            gauges.touch(now);
            gauges.waiting -= 1;
            if self.frames[id].deadline > now {
                return Some(id);
            }
            self.reply(id, Outcome::Timeout, cx);
        }
    }

    /// A request does `drawn` nanoseconds of work at the present speed of its replica.
    pub(super) fn work(&mut self, id: FrameId, drawn: u64, cx: &mut Cx) {
        let frame = &mut self.frames[id];
        let replica = &self.replicas[frame.replica as usize];
        let work = if self.faults.any_slow {
            let slow = replica.slow * self.faults.endpoint_slow(frame.endpoint);
            crate::time::round_nanos(drawn as f64 * slow)
        } else {
            drawn
        };
        if replica.paused > 0 {
            frame.state = State::Frozen;
            frame.work = work;
        } else {
            frame.state = State::Working;
            let end = cx.now().after(work);
            frame.work = end.as_nanos();
            frame.pending = cx.schedule(end, Happening::WorkEnds(id));
        }
    }
}
