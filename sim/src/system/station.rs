//! Stations: replicas with slots, and a queue each.

mod codel;
mod cpu;
mod door;
mod gauges;
mod preempt;
mod queue;
mod stop;
mod yielding;

use crate::calendar::Ticket;
use crate::frame::{Flags, Frame, FrameId, NONE, Role, State};
use crate::plan::{Component, Discipline, Outcome, Plan, ZoneId};
use crate::program::{Code, NO_EDGE};

use super::line::Line;
use super::timers::{Kind, Ring, Timer};
use super::{Cx, Happening, Purpose, System, draw};

use cpu::Cores;
use door::Bucket;
use queue::Queue;

pub(super) use cpu::Host;
pub(super) use gauges::{Areas, Gauges};

/// What replicas run with, made ready.
#[derive(Debug)]
pub(super) struct Settings<'p> {
    pub(super) component: &'p Component,
    max_wait: Timer,
}

impl<'p> Settings<'p> {
    pub(super) fn new(component: &'p Component, rings: &mut Vec<Ring>) -> Self {
        let max_wait = Timer::new(component.queue.max_wait.as_ref(), Kind::Pending, rings);
        Self { component, max_wait }
    }
}

/// Where a replica is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// There is none in this place.
    Absent,
    /// It will serve.
    Starting,
    Serving,
    /// It finishes what it has, and goes.
    Draining,
}

/// One replica, or a place for one.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts that are independent of each other")]
pub(super) struct Replica {
    pub(super) component: u32,
    /// Index of the settings that it runs with.
    pub(super) settings: u32,
    pub(super) zone: ZoneId,
    /// Whether balancers know it and do not know it to be down.
    listed: bool,
    /// Whether something keeps a request from being taken in as usual; see [`Replica::look`].
    special: bool,
    /// Whether its work shares cores, or may be interrupted.
    special_work: bool,
    /// Whether nobody is there to take anything in.
    gone: bool,
    /// Whether it is there, as far as its utilization goes.
    is_available: bool,
    pub(super) phase: Phase,
    /// When it has started up.
    pub(super) starts: Ticket,
    /// The health check that will find out that it is down, or back.
    pub(super) check: Ticket,
    /// Whether health checks have found it to be down.
    pub(super) known_down: bool,
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
    queue: Queue,
    /// Requests whose answers have come, and who wait for a slot to take them up.
    returning: Line,
    /// Whether its queue is being served further up the stack.
    serving: bool,
    /// Whether requests give their slot back while they wait on others.
    yields: bool,
    /// What is left of its limit on the rate of requests.
    bucket: Option<Bucket>,
    /// The cores that its work shares.
    cores: Option<Box<Cores>>,
    /// By rank: requests at work that would make room for a more important one; empty where
    /// nobody does.
    interruptible: Vec<Line>,
    /// Answers that came during a pause.
    pub(super) held: Vec<FrameId>,
}

impl Replica {
    /// An idle place for the `index`-th replica of a component whose endpoints have so many ranks.
    fn new(
        (id, settings): (usize, &Component),
        index: usize,
        ranks: usize,
        hosts: &[Host],
    ) -> Self {
        let preempts = settings.queue.discipline == Discipline::PreemptivePriority;
        let place = settings.place(index);
        let cores = Cores::new(settings, place, hosts);
        let is_present = index < settings.replicas.len();
        let mut replica = Self {
            component: id as u32,
            settings: id as u32,
            zone: place.zone,
            listed: true,
            special: false,
            special_work: preempts || cores.is_some(),
            gone: false,
            is_available: is_present,
            phase: if is_present { Phase::Serving } else { Phase::Absent },
            starts: Ticket::NONE,
            check: Ticket::NONE,
            known_down: false,
            down: 0,
            paused: 0,
            slow: 1.0,
            slots: settings.concurrency.unwrap_or(u32::MAX),
            capacity: settings.queue.capacity.unwrap_or(u32::MAX),
            busy: 0,
            waiting: 0,
            queue: Queue::new(settings, ranks),
            returning: Line::default(),
            serving: false,
            yields: !settings.blocking,
            bucket: door::bucket(settings),
            cores,
            interruptible: vec![Line::default(); if preempts { ranks } else { 0 }],
            held: Vec::new(),
        };
        replica.look(settings);
        replica
    }

    /// Looks again whether anything keeps requests from being taken in as usual.
    pub(super) fn look(&mut self, settings: &Component) {
        self.special = self.paused > 0
            || self.bucket.is_some()
            || settings.shed.is_some()
            || settings.acknowledges
            || !self.interruptible.is_empty();
        self.gone = self.down > 0 || matches!(self.phase, Phase::Absent | Phase::Starting);
        self.listed = self.phase == Phase::Serving && !self.known_down;
    }

    /// Takes over other settings.
    fn take_over(&mut self, before: &Component, after: &Component) {
        self.slots = after.concurrency.unwrap_or(u32::MAX);
        self.capacity = after.queue.capacity.unwrap_or(u32::MAX);
        self.yields = !after.blocking;
        self.queue.take_over(after);
        if before.rate_limit != after.rate_limit {
            self.bucket = door::bucket(after);
        }
        self.look(after);
    }

    /// Forgets what it knew of the past.
    fn start_anew(&mut self) {
        self.queue.start_anew();
        if let Some(bucket) = &mut self.bucket {
            bucket.fill();
        }
    }

    /// Whether the speed of its work is that of its cores.
    pub(super) const fn shares_cores(&self) -> bool {
        self.cores.is_some()
    }

    /// Whether nobody is there to take anything in.
    pub(super) const fn is_gone(&self) -> bool {
        self.gone
    }

    /// Whether nothing is queued or in service.
    pub(super) const fn is_idle(&self) -> bool {
        self.busy == 0 && self.waiting == 0 && self.returning.first() == NONE
    }

    /// Whether anybody waits for a slot.
    #[inline]
    const fn is_awaited(&self) -> bool {
        self.waiting > 0 || self.returning.first() != NONE
    }

    /// Whether balancers pick it.
    #[inline]
    pub(super) const fn is_listed(&self) -> bool {
        self.listed
    }
}

/// What the replicas of one component share.
#[derive(Debug)]
pub(super) struct Station {
    /// Its replicas are `first_replica..first_replica + replicas`, some of them perhaps absent.
    pub(super) first_replica: u32,
    pub(super) replicas: u32,
    /// How many start up or serve, be they down or not.
    pub(super) present: u32,
    /// All of them are below this index.
    pub(super) reach: u32,
    pub(super) gauges: Gauges,
}

/// The stations, replicas and hosts of a plan, and what they need to know of its endpoints.
pub(super) struct Built {
    pub(super) stations: Vec<Station>,
    pub(super) replicas: Vec<Replica>,
    pub(super) hosts: Vec<Host>,
    /// Per endpoint.
    pub(super) ranks: Vec<u16>,
}

/// The stations and replicas of a plan, all healthy and idle.
pub(super) fn build(plan: &Plan) -> Built {
    let (mut stations, mut replicas) = (Vec::new(), Vec::<Replica>::new());
    let mut hosts: Vec<Host> = plan.hosts.iter().map(Host::new).collect();
    let (ranks, rank_counts) = queue::ranks(plan);
    for (component, c) in plan.components.iter().enumerate() {
        let (places, present) = (plan.most_replicas(component), c.replicas.len() as u32);
        let cores = c.cpu.map_or(0, |cpu| cpu::units(cpu.limit));
        let slots = u64::from(c.concurrency.unwrap_or(0));
        stations.push(Station {
            first_replica: replicas.len() as u32,
            replicas: places as u32,
            present,
            reach: present,
            gauges: Gauges::new(present, u64::from(present) * cores, u64::from(present) * slots),
        });
        for index in 0..places {
            if let (Some(host), Some(_)) = (c.place(index).host, c.cpu) {
                hosts[host].add(replicas.len() as u32);
            }
            replicas.push(Replica::new((component, c), index, rank_counts[component], &hosts));
        }
    }
    Built { stations, replicas, hosts, ranks }
}

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
        let gauges = &mut self.stations[replica.component as usize].gauges;
        gauges.change_available(cx.now(), is_available);
        let slots = counted(replica.slots);
        let (before, after) = if is_available { (0, slots) } else { (slots, 0) };
        gauges.change_available_slots(cx.now(), before, after);
        if let Some(cores) = &replica.cores {
            let (before, after) = if is_available { (0, cores.limit) } else { (cores.limit, 0) };
            gauges.change_available_cores(cx.now(), before, after);
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
            let gauges = &mut self.stations[place.component as usize].gauges;
            gauges.change_available_slots(cx.now(), slots, counted(place.slots));
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
        let (replica_id, endpoint, key) = (frame.replica, frame.endpoint, frame.key);
        let replica = &mut self.replicas[replica_id as usize];
        let component = replica.component as usize;
        if replica.gone {
            return self.reply(id, Outcome::Failed, cx);
        }
        self.measures.arrived(component);
        self.stations[component].gauges.note_arrival();
        let mut errors = self.plan.endpoints[endpoint as usize].errors;
        if self.faults.is_at_the_door() {
            let edge = if frame.role == Role::Attempt { frame.edge } else { NO_EDGE };
            let share = self.faults.error_share(self.plan, (edge, endpoint, replica_id), now);
            errors += share * (1.0 - errors);
        }
        if errors > 0.0 && draw(key, Purpose::Error, 0).unit() < errors {
            return self.reply(id, Outcome::Failed, cx);
        }
        if replica.special {
            return self.arrive_specially(id, cx);
        }
        if replica.busy >= replica.slots {
            self.wait_in_queue(id, cx);
        } else if frame.deadline <= now {
            self.drop_expired(id, cx);
        } else {
            self.stations[component].gauges.touch(now);
            self.begin(id, cx);
        }
    }

    /// A request reaches a replica that does not take it in as usual.
    fn arrive_specially(&mut self, id: FrameId, cx: &mut Cx) {
        if !self.is_let_in(id, cx) {
            return self.reject(id, cx);
        }
        let replica_id = self.frames[id].replica;
        let settings = self.settings_of(replica_id);
        let replica = &self.replicas[replica_id as usize];
        let has_slot = replica.busy < replica.slots;
        // Nobody makes room for what has expired: it waits for its turn to be dropped.
        let may_preempt = self.frames[id].deadline > cx.now();
        let starts = replica.paused == 0 && (has_slot || may_preempt && self.preempt_for(id, cx));
        let replica = &self.replicas[replica_id as usize];
        if !starts && replica.waiting >= replica.capacity {
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
            self.stations[replica.component as usize].gauges.touch(cx.now());
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

    /// A request is refused.
    fn reject(&mut self, id: FrameId, cx: &mut Cx) {
        let frame = &self.frames[id];
        let component = self.replicas[frame.replica as usize].component;
        self.measures.rejected(component as usize, frame.arrived);
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
        if replica.queue.is_plain {
            replica.queue.line.push_back(&mut self.frames, id);
        } else {
            self.queue_up(id, cx);
        }
    }

    /// A request gets a slot; its station's gauges are up to date.
    fn begin(&mut self, id: FrameId, cx: &mut Cx) {
        let Frame { endpoint, replica, .. } = self.frames[id];
        let entry = if self.faults.is_changed() {
            self.changed_entry(replica, endpoint)
        } else {
            self.program.entries[endpoint as usize]
        };
        let frame = &mut self.frames[id];
        let replica = &mut self.replicas[replica as usize];
        let component = replica.component as usize;
        replica.busy += 1;
        self.stations[component].gauges.take_slot(replica.busy);
        frame.flags.set(Flags::SLOT);
        frame.pc = entry;
        self.measures.waited(component, frame.arrived, cx.now());
        if replica.yields {
            frame.flags.set(Flags::YIELDS);
            frame.active = 1;
        }
        // Most services begin with work.
        let op = &self.program.ops[frame.pc as usize];
        if let Code::Work(law) = op.code {
            frame.pc += 1;
            let key = draw(frame.key, Purpose::Work, op.site);
            let drawn = self.program.laws[law as usize].sample(key);
            self.work(id, drawn, cx);
        } else {
            self.advance(id, cx);
        }
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
        } else {
            self.measures.lost(component, frame.arrived, now);
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
    #[inline]
    pub(super) fn work_ends(&mut self, id: FrameId, cx: &mut Cx) {
        if self.frames[id].flags.has(Flags::PREEMPTIBLE) {
            self.cease_to_be_interruptible(id);
        }
        // Most services end with work.
        match self.program.ops[self.frames[id].pc as usize].code {
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
