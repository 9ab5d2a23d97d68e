//! Stations: replicas with slots and a first-come-first-served queue each.

use crate::frame::{FrameId, NONE, Role, State};
use crate::plan::{ComponentId, Outcome, Plan, ZoneId};
use crate::time::SimTime;

use super::{Cx, Happening, Purpose, System, draw};

/// One replica.
#[derive(Debug)]
pub(super) struct Replica {
    pub(super) component: ComponentId,
    pub(super) zone: ZoneId,
    /// Crashes that keep it away.
    pub(super) down: u32,
    /// Pauses that hold it.
    pub(super) paused: u32,
    /// Factor on its work, from the faults that hit it.
    pub(super) slow: f64,
    busy: u32,
    first: FrameId,
    last: FrameId,
    waiting: u32,
    /// Whether its queue is being served further up the stack.
    serving: bool,
    /// Answers that came during a pause.
    pub(super) held: Vec<FrameId>,
}

impl Replica {
    pub(super) const fn is_healthy(&self) -> bool {
        self.down == 0
    }
}

/// What the replicas of one component share.
#[derive(Debug)]
pub(super) struct Station {
    /// Its replicas are `first_replica..first_replica + replicas`.
    pub(super) first_replica: u32,
    pub(super) replicas: u32,
    /// Slots of one replica; `u32::MAX` is unlimited.
    slots: u32,
    capacity: u32,
    pub(super) gauges: Gauges,
}

/// Numbers of a station that change over time, and their integrals.
#[derive(Debug, Default)]
pub(super) struct Gauges {
    changed: SimTime,
    busy: u32,
    waiting: u32,
    healthy: u32,
    healthy_changed: SimTime,
    areas: Areas,
    pub(super) peak_slots: u32,
}

/// Integrals since they were last taken, in units × ns.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Areas {
    pub(super) busy: u128,
    pub(super) waiting: u128,
    pub(super) healthy: u128,
}

impl Gauges {
    /// Brings the integrals up to `now`; called before the busy or the waiting change.
    #[inline]
    pub(super) fn touch(&mut self, now: SimTime) {
        let elapsed = u128::from(now.since(self.changed));
        self.areas.busy += elapsed * u128::from(self.busy);
        self.areas.waiting += elapsed * u128::from(self.waiting);
        self.changed = now;
    }

    /// One replica more is healthy, or one fewer.
    pub(super) fn change_healthy(&mut self, now: SimTime, more: bool) {
        let elapsed = u128::from(now.since(self.healthy_changed));
        self.areas.healthy += elapsed * u128::from(self.healthy);
        self.healthy_changed = now;
        self.healthy = if more { self.healthy + 1 } else { self.healthy - 1 };
    }

    /// Requests in queue or in service.
    pub(super) fn in_system(&self) -> u32 {
        self.busy + self.waiting
    }

    /// The integrals since the last call.
    pub(super) fn take(&mut self, now: SimTime) -> Areas {
        self.touch(now);
        let elapsed = u128::from(now.since(self.healthy_changed));
        self.areas.healthy += elapsed * u128::from(self.healthy);
        self.healthy_changed = now;
        std::mem::take(&mut self.areas)
    }
}

impl Station {
    /// Slots of one replica, if limited.
    pub(super) fn slots(&self) -> Option<u32> {
        (self.slots != u32::MAX).then_some(self.slots)
    }
}

/// The stations and replicas of a plan, all healthy and idle.
pub(super) fn build(plan: &Plan) -> (Vec<Station>, Vec<Replica>) {
    let (mut stations, mut replicas) = (Vec::new(), Vec::new());
    for (component, c) in plan.components.iter().enumerate() {
        let healthy = c.replicas.len() as u32;
        stations.push(Station {
            first_replica: replicas.len() as u32,
            replicas: healthy,
            slots: c.concurrency.unwrap_or(u32::MAX),
            capacity: c.queue_capacity.unwrap_or(u32::MAX),
            gauges: Gauges { healthy, ..Gauges::default() },
        });
        replicas.extend(c.replicas.iter().map(|&zone| Replica {
            component,
            zone,
            down: 0,
            paused: 0,
            slow: 1.0,
            busy: 0,
            first: NONE,
            last: NONE,
            waiting: 0,
            serving: false,
            held: Vec::new(),
        }));
    }
    (stations, replicas)
}

impl System<'_> {
    /// A request reaches its replica.
    pub(super) fn arrive(&mut self, id: FrameId, cx: &mut Cx) {
        let now = cx.now();
        let frame = &mut self.frames[id];
        frame.arrived = now;
        let (replica_id, endpoint, key) = (frame.replica, frame.endpoint, frame.key);
        let replica = &mut self.replicas[replica_id as usize];
        if replica.down > 0 {
            return self.reply(id, Outcome::Failed, cx);
        }
        let errors = self.faults.error_share(frame.role, frame.edge, endpoint, replica_id);
        let component = replica.component;
        self.measures.arrived(component, now);
        if errors > 0.0 && draw(key, Purpose::Error, 0).unit() < errors {
            return self.reply(id, Outcome::Failed, cx);
        }
        let station = &mut self.stations[component];
        let starts = replica.paused == 0 && replica.busy < station.slots;
        if !starts && replica.waiting >= station.capacity {
            self.measures.rejected(component, now);
            return self.reply(id, Outcome::Rejected, cx);
        }
        station.gauges.touch(now);
        if starts {
            self.begin(id, cx);
        } else {
            station.gauges.waiting += 1;
            replica.waiting += 1;
            self.frames[id].state = State::Queued;
            self.frames[id].next = NONE;
            if replica.last == NONE {
                replica.first = id;
            } else {
                self.frames[replica.last].next = id;
            }
            replica.last = id;
        }
    }

    /// A request gets a slot; its station's gauges are up to date.
    fn begin(&mut self, id: FrameId, cx: &mut Cx) {
        let frame = &mut self.frames[id];
        let replica = &mut self.replicas[frame.replica as usize];
        let station = &mut self.stations[replica.component];
        replica.busy += 1;
        station.gauges.busy += 1;
        station.gauges.peak_slots = station.gauges.peak_slots.max(replica.busy);
        frame.holds_slot = true;
        frame.pc = self.program.entries[frame.endpoint as usize];
        self.measures.waited(replica.component, frame.arrived, cx.now());
        self.advance(id, cx);
    }

    /// A request's service ends; its slot goes to the next in the queue.
    pub(super) fn leave(&mut self, id: FrameId, outcome: Outcome, cx: &mut Cx) {
        let now = cx.now();
        let frame = &mut self.frames[id];
        let replica_id = frame.replica;
        assert!(frame.holds_slot, "only who was served can leave");
        frame.holds_slot = false;
        let replica = &mut self.replicas[replica_id as usize];
        replica.busy -= 1;
        let station = &mut self.stations[replica.component];
        station.gauges.touch(now);
        station.gauges.busy -= 1;
        if outcome == Outcome::Ok {
            self.measures.served(replica.component, frame.endpoint, frame.arrived, now);
        }
        // Whoever waits for the slot comes before what the answer may lead to.
        self.serve_waiting(replica_id, cx);
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
            let station = &mut self.stations[replica.component];
            let id = replica.first;
            if id == NONE || replica.paused > 0 || replica.busy >= station.slots {
                replica.serving = false;
                return;
            }
            replica.first = self.frames[id].next;
            if replica.first == NONE {
                replica.last = NONE;
            }
            replica.waiting -= 1;
            station.gauges.touch(cx.now());
            station.gauges.waiting -= 1;
            self.begin(id, cx);
        }
    }

    /// A request does `drawn` nanoseconds of work at the present speed of its replica.
    pub(super) fn work(&mut self, id: FrameId, drawn: u64, cx: &mut Cx) {
        let frame = &mut self.frames[id];
        let replica = &self.replicas[frame.replica as usize];
        let slow = replica.slow * self.faults.endpoint_slow(frame.endpoint);
        #[expect(clippy::float_cmp, reason = "1 is set, never computed")]
        let work = if slow == 1.0 { drawn } else { crate::time::round_nanos(drawn as f64 * slow) };
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

    /// A replica dies: what is queued or running there fails, what it had asked for is given up.
    pub(super) fn crash(&mut self, replica_id: u32, cx: &mut Cx) {
        let now = cx.now();
        let replica = &mut self.replicas[replica_id as usize];
        let station = &mut self.stations[replica.component];
        station.gauges.touch(now);
        station.gauges.busy -= replica.busy;
        station.gauges.waiting -= replica.waiting;
        station.gauges.change_healthy(now, false);
        (replica.busy, replica.waiting) = (0, 0);
        (replica.first, replica.last) = (NONE, NONE);
        for id in std::mem::take(&mut replica.held) {
            self.frames.free(id);
        }
        for id in self.frames.ids() {
            let frame = &self.frames[id];
            let elsewhere = frame.replica != replica_id
                || matches!(frame.state, State::Free | State::Sent | State::Answering);
            if elsewhere {
                continue;
            }
            self.give_up_call(id);
            let frame = &mut self.frames[id];
            frame.pending = crate::calendar::Ticket::NONE;
            frame.holds_slot = false;
            if frame.role == Role::Branch {
                self.frames.free(id);
            } else {
                self.reply(id, Outcome::Failed, cx);
            }
        }
    }
}
