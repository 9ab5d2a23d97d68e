//! What stations are made of: replicas, what they run with, and what those of a component share.

use crate::calendar::Ticket;
use crate::frame::{FrameId, NONE};
use crate::plan::{Component, Discipline, Plan, ZoneId};

use super::super::line::Line;
use super::super::timers::{Kind, Ring, Timer};
use super::cpu::{self, Cores, Host};
use super::door::{self, Bucket};
use super::gauges::{Supply, Usage};
use super::queue::{self, Queue};

/// What replicas run with, made ready.
#[derive(Debug)]
pub(in super::super) struct Settings<'p> {
    pub(in super::super) component: &'p Component,
    pub(super) max_wait: Timer,
}

impl<'p> Settings<'p> {
    pub(in super::super) fn new(component: &'p Component, rings: &mut Vec<Ring>) -> Self {
        let max_wait = Timer::new(component.queue.max_wait.as_ref(), Kind::Pending, rings);
        Self { component, max_wait }
    }
}

/// Where a replica is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Phase {
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
pub(in super::super) struct Replica {
    pub(in super::super) component: u32,
    /// Index of the settings that it runs with.
    pub(in super::super) settings: u32,
    pub(in super::super) zone: ZoneId,
    /// Whether balancers know it and do not know it to be down.
    pub(super) listed: bool,
    /// Whether something keeps a request from being taken in as usual; see [`Replica::look`].
    pub(super) special: bool,
    /// Whether its work shares cores, or may be interrupted.
    pub(super) special_work: bool,
    /// Whether work ends when it was drawn to end, as far as the replica goes, faults aside.
    pub(super) works_alone: bool,
    /// Whether nobody is there to take anything in.
    pub(super) gone: bool,
    /// Whether it is there, as far as its utilization goes.
    pub(super) is_available: bool,
    pub(in super::super) phase: Phase,
    /// When it has started up.
    pub(in super::super) starts: Ticket,
    /// The health check that will find out that it is down, or back.
    pub(in super::super) check: Ticket,
    /// Whether health checks have found it to be down.
    pub(in super::super) known_down: bool,
    /// Crashes that keep it away.
    pub(in super::super) down: u32,
    /// Pauses that hold it.
    pub(in super::super) paused: u32,
    /// Factor on its work, from the faults that hit it.
    pub(in super::super) slow: f64,
    /// Slots; `u32::MAX` is unlimited.
    pub(super) slots: u32,
    /// How many may wait; `u32::MAX` is unlimited.
    pub(super) capacity: u32,
    pub(super) usage: Usage,
    pub(super) queue: Queue,
    /// Requests whose answers have come, and who wait for a slot to take them up.
    pub(super) returning: Line,
    /// Whether its queue is being served further up the stack.
    pub(super) serving: bool,
    /// Whether requests give their slot back while they wait on others.
    pub(super) yields: bool,
    /// Whether all who wait are served together.
    pub(super) in_groups: bool,
    /// What is left of its limit on the rate of requests.
    pub(super) bucket: Option<Bucket>,
    /// The cores that its work shares.
    pub(super) cores: Option<Box<Cores>>,
    /// By rank: requests at work that would make room for a more important one; empty where
    /// nobody does.
    pub(super) interruptible: Vec<Line>,
    /// Answers that came during a pause.
    pub(in super::super) held: Vec<FrameId>,
}

impl Replica {
    /// An idle place for the `index`-th replica of a component whose endpoints have so many ranks.
    pub(super) fn new(
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
            works_alone: false,
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
            usage: Usage::default(),
            queue: Queue::new(settings, ranks),
            returning: Line::default(),
            serving: false,
            yields: !settings.blocking,
            in_groups: settings.batch.is_some(),
            bucket: door::bucket(settings),
            cores,
            interruptible: vec![Line::default(); if preempts { ranks } else { 0 }],
            held: Vec::new(),
        };
        replica.look(settings);
        replica
    }

    /// Looks again whether anything keeps requests from being taken in as usual.
    pub(in super::super) fn look(&mut self, settings: &Component) {
        self.gone = self.down > 0 || matches!(self.phase, Phase::Absent | Phase::Starting);
        self.special = self.gone
            || self.paused > 0
            || self.bucket.is_some()
            || settings.shed.is_some()
            || settings.acknowledges
            || !self.interruptible.is_empty();
        self.works_alone = !self.special_work && self.paused == 0;
        self.listed = self.phase == Phase::Serving && !self.known_down;
    }

    /// Takes over other settings.
    pub(super) fn take_over(&mut self, before: &Component, after: &Component) {
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
    pub(super) fn start_anew(&mut self) {
        self.queue.start_anew();
        if let Some(bucket) = &mut self.bucket {
            bucket.fill();
        }
    }

    /// Whether the speed of its work is that of its cores.
    pub(in super::super) const fn shares_cores(&self) -> bool {
        self.cores.is_some()
    }

    /// Whether nobody is there to take anything in.
    pub(in super::super) const fn is_gone(&self) -> bool {
        self.gone
    }

    /// Whether nothing is queued or in service.
    pub(in super::super) const fn is_idle(&self) -> bool {
        self.usage.busy.count() == 0
            && self.usage.waiting.count() == 0
            && self.returning.first() == NONE
    }

    /// Whether anybody waits for a slot.
    #[inline]
    pub(super) const fn is_awaited(&self) -> bool {
        self.usage.waiting.count() > 0 || self.returning.first() != NONE
    }

    /// Whether balancers pick it.
    #[inline]
    pub(in super::super) const fn is_listed(&self) -> bool {
        self.listed
    }
}

/// What the replicas of one component share.
#[derive(Debug)]
pub(in super::super) struct Station {
    /// Its replicas are `first_replica..first_replica + replicas`, some of them perhaps absent.
    pub(in super::super) first_replica: u32,
    pub(in super::super) replicas: u32,
    /// How many start up or serve, be they down or not.
    pub(in super::super) present: u32,
    /// All of them are below this index.
    pub(in super::super) reach: u32,
    pub(super) supply: Supply,
}

/// The stations, replicas and hosts of a plan, and what they need to know of its endpoints.
pub(in super::super) struct Built {
    pub(in super::super) stations: Vec<Station>,
    pub(in super::super) replicas: Vec<Replica>,
    pub(in super::super) hosts: Vec<Host>,
    /// Per endpoint.
    pub(in super::super) ranks: Vec<u16>,
}

/// The stations and replicas of a plan, all healthy and idle.
pub(in super::super) fn build(plan: &Plan) -> Built {
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
            supply: Supply::new(present, u64::from(present) * cores, u64::from(present) * slots),
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
