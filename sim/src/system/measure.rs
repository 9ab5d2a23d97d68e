//! What is counted, and when a run is over.
//!
//! The window is [0, horizon), t = 0 being the end of the warm-up. The cohort is the requests due
//! in the window; the run goes on past the horizon until it has ended, or `drain` has passed.

mod edges;

use crate::frame::{Frame, Frames};
use crate::histogram::Histogram;
use crate::plan::{ComponentId, Outcome, Plan};
use crate::program::Program;
use crate::tally::{
    Bin, CacheTally, ComponentTally, EdgeTally, Request, ServiceTally, Tally, UserTally,
};
use crate::time::{SimTime, nanos};

use super::log::Log;
use super::station::{Areas, Replica, Station};
use super::{Cx, Happening, origin};

/// Events of observation, by number.
const WARM_UP_ENDS: u32 = 0;
const BIN_ENDS: u32 = 1;
const HORIZON: u32 = 2;
const DRAIN_ENDS: u32 = 3;
const FLUSH: u32 = 4;

/// Integrals are taken at least so often \[ns\], lest they overflow: about nine minutes.
const FLUSH_EVERY: u64 = 1 << 39;

#[derive(Debug)]
pub(super) struct Measures {
    zero: SimTime,
    horizon: SimTime,
    drain_end: SimTime,
    bin_width: u64,
    is_over: bool,
    /// Whether now is in the window.
    is_open: bool,
    /// Requests of the cohort that have not ended.
    open: u64,
    tally: Tally,
    users: Vec<Users>,
    /// The integrals of each component when they were last looked at.
    seen: Vec<Areas>,
    /// The integrals of the present bin.
    bin: Bin,
    /// The component of each endpoint.
    owners: Vec<ComponentId>,
    sojourn: Vec<Histogram>,
    wait: Vec<Histogram>,
    /// Services that had ended when the last bin did, per component.
    completed: Vec<u64>,
    /// Every request, where that is asked for.
    log: Option<Log>,
}

/// Users' requests for one endpoint. What ended `ok` is counted once, in one of three histograms:
/// the cohort's in the present bin, others' in the present bin, the cohort's outside it.
#[derive(Debug, Default)]
struct Users {
    /// Requests due in the present bin.
    offered: u64,
    bin: Histogram,
    others: Histogram,
    cohort: Histogram,
    /// Index into the plan's limits and the limit \[ns\], if it is one of latency.
    limits: Vec<(usize, u64)>,
}

impl Measures {
    pub(super) fn new(plan: &Plan, program: &Program) -> Self {
        let (endpoints, components) = (plan.endpoints.len(), plan.components.len());
        let zero = origin(plan);
        let horizon = zero.after(nanos(plan.run.horizon));
        let mut users: Vec<Users> = (0..endpoints).map(|_| Users::default()).collect();
        for (index, limit) in plan.limits.iter().enumerate() {
            users[limit.endpoint].limits.push((index, limit.latency.map_or(u64::MAX, nanos)));
        }
        let tally = Tally {
            users: vec![UserTally::default(); endpoints],
            services: vec![ServiceTally::default(); endpoints],
            components: vec![ComponentTally::default(); components],
            edges: vec![EdgeTally::default(); plan.edges.len()],
            caches: program
                .caches
                .iter()
                .map(|site| CacheTally { component: site.component, ..CacheTally::default() })
                .collect(),
            over_limit: vec![0; plan.limits.len()],
            ..Tally::default()
        };
        Self {
            zero,
            horizon,
            drain_end: horizon.after(nanos(plan.run.drain)),
            bin_width: nanos(plan.run.timeline),
            is_over: false,
            is_open: false,
            open: 0,
            tally,
            users,
            seen: vec![Areas::default(); components],
            bin: Bin::of(components),
            owners: plan.endpoints.iter().map(|endpoint| endpoint.component).collect(),
            sojourn: vec![Histogram::default(); endpoints],
            wait: vec![Histogram::default(); components],
            completed: vec![0; components],
            log: None,
        }
    }

    /// From now on, keeps what becomes of every request.
    pub(super) fn keep_log(&mut self) {
        self.log = Some(Log::default());
    }

    /// What became of every request, where it was kept.
    pub(super) fn take_log(&mut self, frames: &Frames, now: SimTime) -> Vec<Request> {
        let window = (self.zero, self.horizon);
        self.log.take().map_or_else(Vec::new, |log| log.finish(frames, window, now))
    }

    /// Schedules the observations.
    pub(super) fn start(&self, cx: &mut Cx) {
        cx.schedule(self.zero, Happening::Observe(WARM_UP_ENDS));
        cx.schedule(self.horizon, Happening::Observe(HORIZON));
        cx.schedule(self.drain_end, Happening::Observe(DRAIN_ENDS));
        self.schedule_bin(self.zero, cx);
        if self.bin_width > FLUSH_EVERY || self.zero.as_nanos() > FLUSH_EVERY {
            cx.schedule_in(FLUSH_EVERY, Happening::Observe(FLUSH));
        }
    }

    fn schedule_bin(&self, from: SimTime, cx: &mut Cx) {
        let end = from.after(self.bin_width);
        if end < self.horizon {
            cx.schedule(end, Happening::Observe(BIN_ENDS));
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    pub(super) fn observe(
        &mut self,
        mark: u32,
        stations: &[Station],
        replicas: &[Replica],
        cx: &mut Cx,
    ) {
        let now = cx.now();
        match mark {
            WARM_UP_ENDS => {
                self.is_open = true;
                for (seen, station) in self.seen.iter_mut().zip(stations) {
                    *seen = station.so_far(replicas, now);
                }
            }
            FLUSH => {
                if self.is_open {
                    self.collect(stations, replicas, now);
                }
                if now < self.horizon {
                    cx.schedule_in(FLUSH_EVERY, Happening::Observe(FLUSH));
                }
            }
            BIN_ENDS => {
                self.end_bin(stations, replicas, now);
                self.schedule_bin(now, cx);
            }
            HORIZON => {
                self.is_open = false;
                self.end_bin(stations, replicas, now);
                self.is_over = self.open == 0;
            }
            _ => self.is_over = true,
        }
    }

    /// Adds the integrals since they were last taken to those of the bin.
    fn collect(&mut self, stations: &[Station], replicas: &[Replica], now: SimTime) {
        for (component, station) in stations.iter().enumerate() {
            let so_far = station.so_far(replicas, now);
            let areas = so_far.since(std::mem::replace(&mut self.seen[component], so_far));
            let [busy, waiting, away] = [areas.busy, areas.waiting, areas.away].map(u128::from);
            let total = &mut self.tally.components[component];
            total.busy += busy;
            total.in_system += busy + waiting + away;
            total.waiting += waiting;
            total.arrivals += areas.arrivals;
            total.replicas += u128::from(areas.available);
            total.busy_cores += areas.busy_cores;
            total.available_cores += areas.available_cores;
            total.available += areas.available_slots;
            self.bin.in_system[component] += busy + waiting + away;
            self.bin.busy[component] += busy;
            self.bin.available[component] += areas.available_slots;
            self.bin.busy_cores[component] += areas.busy_cores;
            self.bin.available_cores[component] += areas.available_cores;
        }
    }

    /// Closes a bin.
    fn end_bin(&mut self, stations: &[Station], replicas: &[Replica], now: SimTime) {
        self.collect(stations, replicas, now);
        let mut bin = std::mem::replace(&mut self.bin, Bin::of(stations.len()));
        for (users, total) in self.users.iter_mut().zip(&mut self.tally.users) {
            users.cohort.merge(&users.bin);
            users.bin.merge(&users.others);
            total.offered += users.offered;
            total.goodput += users.bin.count();
            bin.latency.push(users.bin.summary());
            bin.offered.push(users.offered);
            users.bin.clear();
            users.others.clear();
            users.offered = 0;
        }
        for (histogram, &owner) in self.sojourn.iter().zip(&self.owners) {
            bin.completed[owner] += histogram.count();
        }
        for (completed, before) in bin.completed.iter_mut().zip(&mut self.completed) {
            *completed -= std::mem::replace(before, *completed);
        }
        self.tally.timeline.push(bin);
    }

    /// Whether an instant, now or earlier, is in the window.
    #[inline]
    fn in_window(&self, at: SimTime) -> bool {
        self.zero <= at && at < self.horizon
    }

    /// A user's request becomes due.
    #[inline]
    pub(super) fn offered(&mut self, endpoint: u32) {
        if self.is_open {
            self.open += 1;
            self.users[endpoint as usize].offered += 1;
        }
    }

    /// A user's request has ended.
    #[inline]
    pub(super) fn ended(&mut self, frame: &Frame, outcome: Outcome, now: SimTime) {
        let (endpoint, due) = (frame.endpoint, frame.since);
        let users = &mut self.users[endpoint as usize];
        let latency = now.since(due);
        if outcome == Outcome::Ok && self.is_open {
            (if due >= self.zero { &mut users.bin } else { &mut users.others }).record(latency);
        }
        if due < self.zero || due >= self.horizon {
            return;
        }
        if outcome != Outcome::Ok {
            self.tally.users[endpoint as usize].outcomes[outcome as usize] += 1;
        } else if !self.is_open {
            users.cohort.record(latency);
        }
        for &(limit, nanos) in &users.limits {
            if outcome != Outcome::Ok || latency > nanos {
                self.tally.over_limit[limit] += 1;
            }
        }
        if let Some(log) = &mut self.log {
            log.ended(frame, outcome, self.zero, now);
        }
        self.open -= 1;
        if self.open == 0 && !self.is_open {
            self.is_over = true;
        }
    }

    /// A request that reached a replica at `arrived` is refused by it.
    pub(super) fn rejected(&mut self, component: ComponentId, arrived: SimTime) {
        if self.in_window(arrived) {
            self.tally.components[component].rejected += 1;
        }
    }

    /// A request leaves a replica where it arrived at `arrived`, and was not served `ok`.
    pub(super) fn lost(&mut self, component: ComponentId, arrived: SimTime, now: SimTime) {
        if self.is_open {
            self.tally.components[component].lost += u128::from(now.since(arrived));
        }
    }

    /// A request's wait for a slot ends.
    #[inline]
    pub(super) fn waited(&mut self, component: ComponentId, arrived: SimTime, now: SimTime) {
        if self.in_window(arrived) {
            self.wait[component].record(now.since(arrived));
        }
    }

    /// A service ends `ok`.
    #[inline]
    pub(super) fn served(&mut self, endpoint: u32, arrived: SimTime, now: SimTime) {
        if self.is_open {
            self.sojourn[endpoint as usize].record(now.since(arrived));
        }
    }

    /// A request looks into a cache.
    #[inline]
    pub(super) fn looked(&mut self, cache: u32, found: bool) {
        if self.is_open {
            let looks = &mut self.tally.caches[cache as usize];
            *(if found { &mut looks.hits } else { &mut looks.misses }) += 1;
        }
    }

    /// The finished counts.
    pub(super) fn finish(
        mut self,
        stations: &[Station],
        replicas: &[Replica],
        events: u64,
        frames: &Frames,
    ) -> Tally {
        for (total, users) in self.tally.users.iter_mut().zip(&self.users) {
            total.outcomes[Outcome::Ok as usize] = users.cohort.count();
            let ended: u64 = total.outcomes.iter().sum();
            assert!(ended <= total.offered, "no request ends twice");
            let in_flight = total.offered - ended;
            total.outcomes[Outcome::InFlight as usize] = in_flight;
            total.latency = users.cohort.summary();
            for &(limit, _) in &users.limits {
                self.tally.over_limit[limit] += in_flight;
            }
        }
        for (component, station) in self.tally.components.iter_mut().zip(stations) {
            component.peak_slots = station.peak_slots(replicas);
        }
        let services = self.tally.services.iter_mut().zip(&self.sojourn).zip(&self.owners);
        for ((service, histogram), owner) in services {
            service.sojourn = histogram.summary();
            service.completed = histogram.count();
            self.tally.components[*owner].completed += histogram.count();
        }
        for (component, histogram) in self.tally.components.iter_mut().zip(&self.wait) {
            component.wait = histogram.summary();
        }
        let (peak_frames, left_frames) = (frames.peak(), frames.count());
        Tally { events, peak_frames, left_frames, ..self.tally }
    }
}
