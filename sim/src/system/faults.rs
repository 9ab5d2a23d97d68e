//! Faults: when they begin and end, and what they change meanwhile.
//!
//! Overlapping faults combine: outages are unions, factors multiply, error shares combine as
//! 1 − ∏(1 − p), added latencies add. What is in force is recomputed from the list of active
//! faults at every change, so a fault that has ended leaves no rounding behind.

use crate::frame::{Role, State};
use crate::plan::{FaultKind, Identities, Plan, Target};
use crate::program::NO_EDGE;
use crate::random::Key;
use crate::time::{SimTime, nanos};

use super::station::Station;
use super::{Cx, Happening, Purpose, System, draw, origin};

/// The faults of one replication.
#[derive(Debug)]
pub(super) struct Faults {
    /// (when, which fault, whether it begins), in the order of the plan.
    changes: Vec<(SimTime, usize, bool)>,
    /// Per fault: whether it is in force.
    active: Vec<bool>,
    /// Replicas hit by each fault.
    hits: Vec<Vec<u32>>,
    /// Whether any fault adds errors or latency now, so that the usual case costs one test.
    pub(super) any_errors: bool,
    pub(super) any_latency: bool,
    pub(super) any_slow: bool,
    replica: Effects,
    endpoint: Effects,
    edge: Effects,
}

/// What is in force, per thing hit.
#[derive(Debug)]
struct Effects {
    slow: Vec<f64>,
    error_share: Vec<f64>,
    /// Faults of the plan that add latency.
    latency: Vec<Vec<usize>>,
}

impl Effects {
    fn none(count: usize) -> Self {
        Self {
            slow: vec![1.0; count],
            error_share: vec![0.0; count],
            latency: vec![Vec::new(); count],
        }
    }

    /// Adds one fault to what it does to the thing `index`.
    fn add(&mut self, index: usize, fault: usize, kind: &FaultKind) {
        match kind {
            FaultKind::Slow { factor } => self.slow[index] *= factor,
            FaultKind::Errors { share } => {
                let none = (1.0 - self.error_share[index]) * (1.0 - share);
                self.error_share[index] = 1.0 - none;
            }
            FaultKind::Latency { .. } => self.latency[index].push(fault),
            FaultKind::Crash | FaultKind::Pause => {}
        }
    }
}

impl Faults {
    pub(super) fn new(plan: &Plan, root: Key, stations: &[Station], replicas: usize) -> Self {
        let zero = origin(plan);
        let mut changes = Vec::new();
        for (index, fault) in plan.faults.iter().enumerate() {
            let identity = Identities::of(&plan.identities.faults, index);
            let key = draw(root, Purpose::FaultHappens, 0).with(identity);
            if key.unit() < fault.probability {
                let start = zero.after(nanos(fault.start));
                changes.push((start, index, true));
                if let Some(duration) = fault.duration {
                    changes.push((start.after(nanos(duration)), index, false));
                }
            }
        }
        let hits = plan.faults.iter().map(|fault| match &fault.target {
            Target::Replicas(list) => {
                list.iter().map(|&(c, r)| stations[c].first_replica + r as u32).collect()
            }
            Target::Endpoint(_) | Target::Edge(_) => Vec::new(),
        });
        Self {
            changes,
            active: vec![false; plan.faults.len()],
            hits: hits.collect(),
            any_errors: false,
            any_latency: false,
            any_slow: false,
            replica: Effects::none(replicas),
            endpoint: Effects::none(plan.endpoints.len()),
            edge: Effects::none(plan.edges.len()),
        }
    }

    pub(super) fn start(&self, cx: &mut Cx) {
        for (index, &(at, ..)) in self.changes.iter().enumerate() {
            cx.schedule(at, Happening::Fault(index as u32));
        }
    }

    /// Recomputes what is in force.
    fn combine(&mut self, plan: &Plan) {
        let sizes = [&self.replica, &self.endpoint, &self.edge].map(|e| e.slow.len());
        self.replica = Effects::none(sizes[0]);
        self.endpoint = Effects::none(sizes[1]);
        self.edge = Effects::none(sizes[2]);
        (self.any_errors, self.any_latency, self.any_slow) = (false, false, false);
        for (index, fault) in plan.faults.iter().enumerate().filter(|(i, _)| self.active[*i]) {
            self.any_errors |= matches!(fault.kind, FaultKind::Errors { .. });
            self.any_slow |= matches!(fault.kind, FaultKind::Slow { .. });
            self.any_latency |= matches!(fault.kind, FaultKind::Latency { .. });
            match fault.target {
                Target::Endpoint(endpoint) => self.endpoint.add(endpoint, index, &fault.kind),
                Target::Edge(edge) => self.edge.add(edge, index, &fault.kind),
                Target::Replicas(_) => {
                    for &replica in &self.hits[index] {
                        self.replica.add(replica as usize, index, &fault.kind);
                    }
                }
            }
        }
    }

    /// The factor on work of an endpoint.
    #[inline]
    pub(super) fn endpoint_slow(&self, endpoint: u32) -> f64 {
        self.endpoint.slow[endpoint as usize]
    }

    /// The share of what arrives that fails on arrival.
    #[inline]
    pub(super) fn error_share(&self, role: Role, edge: u32, endpoint: u32, replica: u32) -> f64 {
        let edge = if role == Role::Attempt && edge != NO_EDGE {
            self.edge.error_share[edge as usize]
        } else {
            0.0
        };
        let endpoint = self.endpoint.error_share[endpoint as usize];
        let replica = self.replica.error_share[replica as usize];
        1.0 - (1.0 - edge) * (1.0 - endpoint) * (1.0 - replica)
    }

    /// Latency \[ns\] that faults add to a request on its way; `edge` may be [`NO_EDGE`].
    #[inline]
    pub(super) fn latency(&self, plan: &Plan, key: Key, way: (u32, u32, u32)) -> u64 {
        if self.any_latency { self.added_latency(plan, key, way) } else { 0 }
    }

    fn added_latency(
        &self,
        plan: &Plan,
        key: Key,
        (edge, endpoint, replica): (u32, u32, u32),
    ) -> u64 {
        let none = Vec::new();
        let on_edge = self.edge.latency.get(edge as usize).unwrap_or(&none);
        let on_endpoint = &self.endpoint.latency[endpoint as usize];
        let on_replica = &self.replica.latency[replica as usize];
        let mut time = 0;
        for &fault in on_edge.iter().chain(on_endpoint).chain(on_replica) {
            if let FaultKind::Latency { add, jitter } = &plan.faults[fault].kind {
                let identity = Identities::of(&plan.identities.faults, fault);
                let key = draw(key, Purpose::FaultLatency, 0).with(identity);
                let swing = (2.0 * key.with(1).unit() - 1.0) * nanos(*jitter) as f64;
                time += crate::time::round_nanos(add.sample(key.with(0)) as f64 + swing);
            }
        }
        time
    }
}

impl System<'_> {
    /// A fault begins or ends.
    pub(super) fn fault_changes(&mut self, change: u32, cx: &mut Cx) {
        let (_, index, begins) = self.faults.changes[change as usize];
        let fault = &self.plan.faults[index];
        self.faults.active[index] = begins;
        match &fault.kind {
            FaultKind::Crash => {
                self.for_hits(index, begins, cx, Self::crash_begins, Self::crash_ends);
            }
            FaultKind::Pause => {
                self.for_hits(index, begins, cx, Self::pause_begins, Self::pause_ends);
            }
            FaultKind::Slow { .. } => self.change_speed(cx),
            FaultKind::Latency { .. } | FaultKind::Errors { .. } => self.faults.combine(self.plan),
        }
    }

    fn for_hits(
        &mut self,
        fault: usize,
        begins: bool,
        cx: &mut Cx,
        begin: fn(&mut Self, u32, &mut Cx),
        end: fn(&mut Self, u32, &mut Cx),
    ) {
        for hit in 0..self.faults.hits[fault].len() {
            let replica = self.faults.hits[fault][hit];
            if begins {
                begin(self, replica, cx);
            } else {
                end(self, replica, cx);
            }
        }
    }

    fn crash_begins(&mut self, replica: u32, cx: &mut Cx) {
        let settings = self.settings_of(replica);
        let place = &mut self.replicas[replica as usize];
        place.down += 1;
        if place.down == 1 {
            place.look(settings);
            place.set_listed(false);
            self.set_available(replica, false, cx);
            self.crash(replica, cx);
        }
    }

    fn crash_ends(&mut self, replica: u32, cx: &mut Cx) {
        let settings = self.settings_of(replica);
        let place = &mut self.replicas[replica as usize];
        place.down -= 1;
        if place.down == 0 {
            place.look(settings);
            place.set_listed(true);
            self.set_available(replica, true, cx);
        }
    }

    fn pause_begins(&mut self, replica: u32, cx: &mut Cx) {
        let settings = self.settings_of(replica);
        let place = &mut self.replicas[replica as usize];
        place.paused += 1;
        if place.paused > 1 {
            return;
        }
        place.look(settings);
        self.reshare(replica, cx);
        for id in self.frames.ids() {
            let frame = &mut self.frames[id];
            if frame.replica == replica && frame.state == State::Working {
                frame.state = State::Frozen;
                frame.work -= cx.now().as_nanos();
                frame.pending = crate::calendar::Ticket::NONE;
            }
        }
    }

    fn pause_ends(&mut self, replica: u32, cx: &mut Cx) {
        let settings = self.settings_of(replica);
        let place = &mut self.replicas[replica as usize];
        place.paused -= 1;
        if place.paused > 0 {
            return;
        }
        place.look(settings);
        self.reshare(replica, cx);
        for id in self.frames.ids() {
            let frame = &mut self.frames[id];
            if frame.replica == replica && frame.state == State::Frozen {
                frame.state = State::Working;
                let end = cx.now().after(frame.work);
                frame.work = end.as_nanos();
                frame.pending = cx.schedule(end, Happening::WorkEnds(id));
            }
        }
        for id in std::mem::take(&mut self.replicas[replica as usize].held) {
            self.take_up(id, cx);
        }
        self.serve_again(replica, cx);
    }

    /// Work under way goes on at its new speed.
    fn change_speed(&mut self, cx: &mut Cx) {
        let before: Vec<f64> = self.replicas.iter().map(|replica| replica.slow).collect();
        let endpoints_before = self.faults.endpoint.slow.clone();
        self.faults.combine(self.plan);
        for (replica, slow) in self.replicas.iter_mut().zip(&self.faults.replica.slow) {
            replica.slow = *slow;
        }
        for replica in 0..self.replicas.len() as u32 {
            self.reshare(replica, cx);
        }
        for id in self.frames.ids() {
            let frame = &mut self.frames[id];
            let working = match frame.state {
                State::Working | State::Sharing => true,
                State::Frozen | State::Preempted => false,
                _ => continue,
            };
            let (replica, endpoint) = (frame.replica as usize, frame.endpoint as usize);
            let (mut old, mut new) =
                (endpoints_before[endpoint], self.faults.endpoint.slow[endpoint]);
            if !self.replicas[replica].shares_cores() {
                (old, new) = (before[replica] * old, self.replicas[replica].slow * new);
            }
            #[expect(clippy::float_cmp, reason = "equal products of equal factors")]
            if old == new || old == 0.0 {
                continue;
            }
            if frame.state == State::Sharing {
                self.rescale_shared(id, new / old, cx);
                continue;
            }
            let left = if working { frame.work - cx.now().as_nanos() } else { frame.work };
            let left = crate::time::round_nanos(left as f64 * new / old);
            if working {
                let end = cx.now().after(left);
                frame.work = end.as_nanos();
                frame.pending = cx.schedule(end, Happening::WorkEnds(id));
            } else {
                frame.work = left;
            }
        }
    }
}
