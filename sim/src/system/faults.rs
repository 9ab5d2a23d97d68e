//! Faults: when they begin and end, and who does what then.
//!
//! Overlapping faults combine: outages are unions, factors multiply, shares combine as
//! 1 − ∏(1 − p), added times add, of changes the last decides. What is in force is computed from
//! the faults that are active, so one that has ended leaves no rounding behind.

mod change;
mod growth;
mod outage;
mod speed;
mod way;

use crate::plan::{Fault, FaultKind, Identities, Plan, Recurrence, Target};
use crate::random::Key;
use crate::time::{SimTime, nanos};

use super::crowd::happens;
use super::station::Station;
use super::{Cx, Happening, Purpose, System, draw, origin};

pub(super) use change::{Patch, changes, compile, patches};
pub(super) use way::Passage;

/// The faults of one replication.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts that are independent of each other")]
pub(super) struct Faults {
    courses: Vec<Course>,
    /// The replicas that faults hit at drawn times.
    turns: Vec<Turn>,
    /// Active faults that concern what arrives at a replica.
    arrivals: Vec<usize>,
    /// Whether some endpoint has errors of its own.
    own_errors: bool,
    /// Active faults that concern messages on their way.
    way: Vec<usize>,
    /// Active faults that take connections.
    pools: Vec<usize>,
    /// Active faults that make a key hot.
    hot_keys: Vec<usize>,
    /// Active changes, in the order in which they began.
    changes: Vec<usize>,
    /// Whether any factor on work is in force.
    pub(super) any_slow: bool,
    /// Factor on the work of each endpoint.
    endpoint_slow: Vec<f64>,
    /// Replicas that each component should have, autoscalers aside.
    counts: Vec<u32>,
    /// Whether any fault loses messages now.
    pub(super) loses: bool,
    /// Whether any keeps users away now.
    pub(super) keeps_away: bool,
    /// Whether any makes users slow now.
    pub(super) slow_users: bool,
}

/// One fault over time.
#[derive(Debug)]
struct Course {
    /// Whether it happens at all in this replication.
    happens: bool,
    active: bool,
    /// When it last began.
    began: SimTime,
    /// How many times it began.
    times: u64,
    /// Steps of its growth, or of its rollout, that it has made.
    grown: u32,
    /// Replicas hit.
    hits: Vec<u32>,
    /// By replica: whether it is hit; empty if none can be.
    inside: Vec<bool>,
    /// By replica: whether it is on the other side of a partition; empty: whoever is outside.
    beyond: Vec<bool>,
    /// When a narrow link is free again.
    free_at: SimTime,
    /// What a change changes.
    patch: Patch,
}

/// A replica that a fault hits at drawn times.
#[derive(Debug)]
struct Turn {
    fault: usize,
    replica: u32,
    key: Key,
    is_down: bool,
    /// Turns so far.
    number: u64,
}

/// What can happen to a fault; the index of the last counts on behind all others.
#[derive(Debug, Clone, Copy)]
enum Mark {
    Begins(usize),
    Ends(usize),
    Grows(usize),
    Turns(usize),
}

impl Mark {
    /// Its number, for an event.
    fn happening(self, faults: usize) -> Happening {
        let number = match self {
            Self::Begins(fault) => 3 * fault,
            Self::Ends(fault) => 3 * fault + 1,
            Self::Grows(fault) => 3 * fault + 2,
            Self::Turns(turn) => 3 * faults + turn,
        };
        Happening::Fault(number as u32)
    }

    fn of(number: u32, faults: usize) -> Self {
        let number = number as usize;
        match (number.checked_sub(3 * faults), number % 3) {
            (Some(turn), _) => Self::Turns(turn),
            (None, 0) => Self::Begins(number / 3),
            (None, 1) => Self::Ends(number / 3),
            (None, _) => Self::Grows(number / 3),
        }
    }
}

impl Faults {
    /// `patches` has one for each fault.
    pub(super) fn new(plan: &Plan, root: Key, stations: &[Station], patches: Vec<Patch>) -> Self {
        let replicas = stations.iter().map(|station| station.replicas as usize).sum();
        let mut turns = Vec::new();
        let index_of = |&(c, r): &(usize, usize)| stations[c].first_replica + r as u32;
        let marked = |list: &[(usize, usize)]| {
            let mut inside = vec![false; replicas];
            for hit in list {
                inside[index_of(hit) as usize] = true;
            }
            inside
        };
        let course = |((index, fault), patch): ((usize, &Fault), Patch)| {
            let identity = Identities::of(&plan.identities.faults, index);
            let happens = happens(plan, index, root);
            let (mut hits, mut inside, mut beyond) = (Vec::new(), Vec::new(), Vec::new());
            if let Target::Replicas(list) = &fault.target {
                hits = list.iter().map(index_of).collect();
                inside = marked(list);
            }
            if let Some(other) = way::other_side(&fault.kind) {
                beyond = marked(other);
            }
            if let (Recurrence::Random { .. }, Target::Replicas(list)) =
                (&fault.recurrence, &fault.target)
            {
                let times = draw(root, Purpose::FaultTimes, 0).with(identity);
                turns.extend(list.iter().map(|hit| {
                    let component = Identities::of(&plan.identities.components, hit.0);
                    let key = times.with(component).with(hit.1 as u64);
                    let replica = index_of(hit);
                    Turn { fault: index, replica, key, is_down: false, number: 0 }
                }));
            }
            Course {
                happens,
                active: false,
                began: SimTime::ZERO,
                times: 0,
                grown: 0,
                hits,
                inside,
                beyond,
                free_at: SimTime::ZERO,
                patch,
            }
        };
        let courses = plan.faults.iter().enumerate().zip(patches).map(course).collect();
        Self {
            courses,
            turns,
            arrivals: Vec::new(),
            own_errors: plan.endpoints.iter().any(|endpoint| endpoint.errors > 0.0),
            way: Vec::new(),
            pools: Vec::new(),
            hot_keys: Vec::new(),
            changes: Vec::new(),
            any_slow: false,
            endpoint_slow: vec![1.0; plan.endpoints.len()],
            counts: plan.components.iter().map(|c| c.replicas.len() as u32).collect(),
            loses: false,
            keeps_away: false,
            slow_users: false,
        }
    }

    /// Whether any change is in force.
    #[inline]
    pub(super) const fn is_changed(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Schedules the first beginning and end of every fault that happens.
    pub(super) fn start(&self, plan: &Plan, cx: &mut Cx) {
        let count = plan.faults.len();
        for (index, fault) in plan.faults.iter().enumerate() {
            if !self.courses[index].happens {
                continue;
            }
            let start = origin(plan).after(nanos(fault.start));
            let from_the_first =
                matches!(fault.recurrence, Recurrence::Random { from_the_first: true, .. });
            let begins = if from_the_first { SimTime::ZERO } else { start };
            cx.schedule(begins, Mark::Begins(index).happening(count));
            if let Some(duration) = fault.duration {
                let ends = start.after(nanos(duration));
                cx.schedule(ends, Mark::Ends(index).happening(count));
            }
        }
    }

    /// Part of its full magnitude that a fault has now, from 0 to 1.
    fn magnitude(&self, plan: &Plan, fault: usize, now: SimTime) -> f64 {
        let ramp = nanos(plan.faults[fault].ramp);
        let elapsed = now.since(self.courses[fault].began);
        if elapsed >= ramp { 1.0 } else { elapsed as f64 / ramp as f64 }
    }

    /// The factor on work of an endpoint.
    #[inline]
    pub(super) fn endpoint_slow(&self, endpoint: u32) -> f64 {
        self.endpoint_slow[endpoint as usize]
    }

    /// Lists anew what concerns arrivals, messages, connections and look-ups.
    fn sort_out(&mut self, plan: &Plan) {
        let active = |wanted: fn(&FaultKind) -> bool| {
            let of_kind = plan.faults.iter().enumerate().filter(move |(_, f)| wanted(&f.kind));
            of_kind.map(|(index, _)| index).filter(|&index| self.courses[index].active).collect()
        };
        let (arrivals, way) = (active(way::is_about_arrivals), active(way::is_about_messages));
        let pools = active(|kind| matches!(kind, FaultKind::Pool { .. }));
        let hot_keys = active(|kind| matches!(kind, FaultKind::HotKey { .. }));
        (self.arrivals, self.way, self.pools, self.hot_keys) = (arrivals, way, pools, hot_keys);
        let is_drop = |&fault: &usize| matches!(plan.faults[fault].kind, FaultKind::Drop { .. });
        self.loses = self.way.iter().any(is_drop);
        let is_any = |wanted: fn(&FaultKind) -> bool| {
            let mut faults = plan.faults.iter().zip(&self.courses);
            faults.any(|(fault, course)| course.active && wanted(&fault.kind))
        };
        let keeps_away = is_any(|kind| matches!(kind, FaultKind::Away { .. }));
        let slow_users = is_any(|kind| matches!(kind, FaultKind::SlowUsers { .. }));
        (self.keeps_away, self.slow_users) = (keeps_away, slow_users);
    }
}

impl System<'_> {
    /// Something happens to a fault.
    pub(super) fn fault_changes(&mut self, number: u32, cx: &mut Cx) {
        match Mark::of(number, self.plan.faults.len()) {
            Mark::Begins(fault) => self.fault_begins(fault, cx),
            Mark::Ends(fault) => self.fault_ends(fault, cx),
            Mark::Grows(fault) => self.fault_grows(fault, cx),
            Mark::Turns(turn) => self.fault_turns(turn, cx),
        }
    }

    fn fault_begins(&mut self, index: usize, cx: &mut Cx) {
        let (now, count) = (cx.now(), self.plan.faults.len());
        let fault = &self.plan.faults[index];
        let course = &mut self.faults.courses[index];
        (course.active, course.began, course.grown) = (true, now, 0);
        (course.times, course.free_at) = (course.times + 1, now);
        match fault.recurrence {
            Recurrence::Once => {}
            Recurrence::Every(every) => {
                cx.schedule_in(nanos(every), Mark::Begins(index).happening(count));
            }
            Recurrence::Random { .. } => return self.first_turns(index, cx),
        }
        match &fault.kind {
            FaultKind::Crash => self.crashes_begin(index, cx),
            FaultKind::Pause => self.for_hits(index, cx, Self::pause_begins),
            FaultKind::Slow { .. } | FaultKind::Cores(_) | FaultKind::Load { .. } => {
                self.grow(index, cx);
            }
            FaultKind::Reset { .. } => {
                self.faults.sort_out(self.plan);
                self.reset(index, cx);
            }
            FaultKind::Latency { .. }
            | FaultKind::Errors { .. }
            | FaultKind::Refuse { .. }
            | FaultKind::Drop { .. }
            | FaultKind::Bandwidth { .. }
            | FaultKind::Pool { .. }
            | FaultKind::HotKey { .. }
            | FaultKind::Away { .. }
            | FaultKind::Skew { .. }
            | FaultKind::SlowUsers { .. } => self.faults.sort_out(self.plan),
            FaultKind::Flush => self.for_hits(index, cx, |system, replica, _| {
                system.flush_caches(replica);
            }),
            FaultKind::Change(_) => {
                self.faults.changes.push(index);
                self.grow(index, cx);
            }
        }
    }

    fn fault_ends(&mut self, index: usize, cx: &mut Cx) {
        let count = self.plan.faults.len();
        let fault = &self.plan.faults[index];
        self.faults.courses[index].active = false;
        match fault.recurrence {
            Recurrence::Once => {}
            Recurrence::Every(every) => {
                cx.schedule_in(nanos(every), Mark::Ends(index).happening(count));
            }
            Recurrence::Random { .. } => return self.turns_end(index, cx),
        }
        match &fault.kind {
            FaultKind::Crash => self.for_hits(index, cx, Self::crash_ends),
            FaultKind::Pause => self.for_hits(index, cx, Self::pause_ends),
            FaultKind::Slow { .. } | FaultKind::Cores(_) => self.change_speed(cx),
            FaultKind::Load { .. } => self.change_load(index, cx),
            FaultKind::Latency { .. }
            | FaultKind::Errors { .. }
            | FaultKind::Reset { .. }
            | FaultKind::Refuse { .. }
            | FaultKind::Drop { .. }
            | FaultKind::Bandwidth { .. }
            | FaultKind::HotKey { .. }
            | FaultKind::Away { .. }
            | FaultKind::Skew { .. }
            | FaultKind::SlowUsers { .. } => self.faults.sort_out(self.plan),
            FaultKind::Flush => {}
            FaultKind::Pool { .. } => {
                self.faults.sort_out(self.plan);
                self.pools_are_back(index, cx);
            }
            FaultKind::Change(_) => {
                self.faults.changes.retain(|&change| change != index);
                self.apply_changes(cx);
            }
        }
    }

    /// The loads of a fault are what all faults in force make of them.
    fn change_load(&mut self, fault: usize, cx: &mut Cx) {
        if let Target::Loads(loads) = &self.plan.faults[fault].target {
            for &load in loads {
                self.surge(load as u32, cx);
            }
        }
    }

    fn for_hits(&mut self, fault: usize, cx: &mut Cx, act: fn(&mut Self, u32, &mut Cx)) {
        for hit in 0..self.faults.courses[fault].hits.len() {
            act(self, self.faults.courses[fault].hits[hit], cx);
        }
    }
}
