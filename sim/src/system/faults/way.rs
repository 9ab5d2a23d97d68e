//! Faults between replicas: messages that are refused, lost, late or queue, and what fails on
//! arrival.
//!
//! What is drawn is drawn for a message, keyed by it. A magnitude that grows is taken at the
//! instant of the draw.

use crate::calendar::Ticket;
use crate::frame::{Frame, FrameId, NONE, Role, State};
use crate::plan::{ComponentId, Edge, FaultKind, Identities, Outcome, Plan, Scope, Target};
use crate::program::NO_EDGE;
use crate::random::Key;
use crate::time::{SimTime, nanos, round_nanos};

use super::super::network::Way;
use super::super::{Cx, Purpose, System, draw};
use super::Faults;

/// A request or an answer about to be sent.
#[derive(Debug, Clone, Copy)]
struct Message {
    /// Of the request.
    key: Key,
    /// Which way it goes.
    way: Way,
    /// [`NO_EDGE`] where a user calls.
    edge: u32,
    endpoint: u32,
    /// The replica that calls, or [`NONE`] for a user.
    caller: u32,
    /// The replica that is called.
    callee: u32,
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Passage {
    /// It gets there, this much later \[ns\] than it would.
    Late(u64),
    /// It is never sent.
    Refused,
    /// It never gets there.
    Lost,
}

/// Whether a kind concerns what arrives.
pub(super) const fn is_about_arrivals(kind: &FaultKind) -> bool {
    matches!(kind, FaultKind::Errors { .. } | FaultKind::Reset { .. })
}

/// Whether a kind concerns messages on their way.
pub(super) const fn is_about_messages(kind: &FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::Latency { .. }
            | FaultKind::Refuse { .. }
            | FaultKind::Drop { .. }
            | FaultKind::Bandwidth { .. }
    )
}

/// The replicas on the other side of a fault, if it says which.
pub(super) fn other_side(kind: &FaultKind) -> Option<&[(ComponentId, usize)]> {
    match kind {
        FaultKind::Refuse { scope: Scope::Across(other), .. }
        | FaultKind::Drop { scope: Scope::Across(other), .. } => other.as_deref(),
        _ => None,
    }
}

/// Whether a fault concerns the connections of an edge: it hits the edge, or its callee.
pub(super) fn is_towards(plan: &Plan, fault: usize, edge: &Edge) -> bool {
    match &plan.faults[fault].target {
        Target::Edge(hit) => {
            let hit = &plan.edges[*hit];
            (hit.caller, hit.callee) == (edge.caller, edge.callee)
        }
        Target::Replicas(list) => list.iter().any(|(component, _)| *component == edge.callee),
        Target::Endpoint(_) | Target::Loads(_) | Target::Plan => false,
    }
}

/// 1 − ∏(1 − p).
fn any_of(shares: impl Iterator<Item = f64>) -> f64 {
    1.0 - shares.fold(1.0, |none, share| none * (1.0 - share))
}

impl Faults {
    /// Whether any fault concerns messages on their way.
    #[inline]
    pub(in super::super) const fn is_on_the_way(&self) -> bool {
        !self.way.is_empty()
    }

    /// Whether any fault, or an endpoint's own errors, concern what arrives.
    #[inline]
    pub(in super::super) const fn is_at_the_door(&self) -> bool {
        self.own_errors || !self.arrivals.is_empty()
    }

    /// Whether a fault hits requests of this kind at this replica.
    fn hits(&self, plan: &Plan, fault: usize, edge: u32, endpoint: u32, replica: u32) -> bool {
        match plan.faults[fault].target {
            Target::Edge(hit) => hit == edge as usize,
            Target::Endpoint(hit) => hit == endpoint as usize,
            Target::Replicas(_) => self.is_inside(fault, replica),
            Target::Loads(_) | Target::Plan => false,
        }
    }

    pub(super) fn is_inside(&self, fault: usize, replica: u32) -> bool {
        self.courses[fault].inside.get(replica as usize).is_some_and(|inside| *inside)
    }

    /// Whether a replica, or [`NONE`] for a user, is on the other side of a fault.
    fn is_beyond(&self, fault: usize, replica: u32) -> bool {
        let course = &self.courses[fault];
        if course.beyond.is_empty() {
            !self.is_inside(fault, replica)
        } else {
            course.beyond.get(replica as usize).is_some_and(|beyond| *beyond)
        }
    }

    /// Whether a fault with `scope` concerns a message.
    fn concerns(&self, plan: &Plan, fault: usize, scope: &Scope, message: &Message) -> bool {
        let Message { edge, endpoint, caller, callee, .. } = *message;
        let is_request = message.way == Way::There;
        match (scope, &plan.faults[fault].target) {
            (Scope::Into, _) => is_request && self.hits(plan, fault, edge, endpoint, callee),
            (Scope::Touching, Target::Replicas(_)) => {
                self.is_inside(fault, caller) || self.is_inside(fault, callee)
            }
            (Scope::Across(_), Target::Replicas(_)) => {
                let crosses = |near, far| self.is_inside(fault, near) && self.is_beyond(fault, far);
                crosses(caller, callee) || crosses(callee, caller)
            }
            _ => self.hits(plan, fault, edge, endpoint, callee),
        }
    }

    /// The share of what arrives that fails on arrival, by faults and by the endpoint's own errors.
    pub(in super::super) fn error_share(
        &self,
        plan: &Plan,
        (edge, endpoint, replica): (u32, u32, u32),
        now: SimTime,
    ) -> f64 {
        let own = plan.endpoints[endpoint as usize].errors;
        let by_faults = self.arrivals.iter().filter_map(|&fault| match plan.faults[fault].kind {
            FaultKind::Errors { share } | FaultKind::Reset { share } => {
                let hits = self.hits(plan, fault, edge, endpoint, replica);
                hits.then(|| share * self.magnitude(plan, fault, now))
            }
            _ => None,
        });
        any_of(by_faults.chain([own]))
    }

    /// How many of `limit` connections of an edge's callers are left.
    #[inline]
    pub(in super::super) fn connections_left(
        &self,
        plan: &Plan,
        edge: &Edge,
        limit: u32,
        now: SimTime,
    ) -> u32 {
        if self.pools.is_empty() {
            return limit;
        }
        let gone = any_of(self.pools.iter().filter_map(|&fault| match plan.faults[fault].kind {
            FaultKind::Pool { share } if is_towards(plan, fault, edge) => {
                Some(share * self.magnitude(plan, fault, now))
            }
            _ => None,
        }));
        libm::round(f64::from(limit) * (1.0 - gone)) as u32
    }

    /// What becomes of a message sent now.
    fn passage(&mut self, plan: &Plan, message: &Message, now: SimTime) -> Passage {
        let is_request = message.way == Way::There;
        let refused = self.share_of(plan, message, now, |kind| match kind {
            FaultKind::Refuse { share, scope } => Some((*share, scope)),
            _ => None,
        });
        let drawn = |purpose| draw(message.key, purpose, message.way as u32).unit();
        if is_request && refused > 0.0 && drawn(Purpose::FaultRefuses) < refused {
            return Passage::Refused;
        }
        let lost = self.share_of(plan, message, now, |kind| match kind {
            FaultKind::Drop { share, scope } => Some((*share, scope)),
            _ => None,
        });
        if lost > 0.0 && drawn(Purpose::FaultLoses) < lost {
            return Passage::Lost;
        }
        Passage::Late(if is_request { self.delay(plan, message, now) } else { 0 })
    }

    /// The combined share of a message's faults of one kind.
    fn share_of<'p>(
        &self,
        plan: &'p Plan,
        message: &Message,
        now: SimTime,
        share_and_scope: impl Fn(&'p FaultKind) -> Option<(f64, &'p Scope)>,
    ) -> f64 {
        any_of(self.way.iter().filter_map(|&fault| {
            let (share, scope) = share_and_scope(&plan.faults[fault].kind)?;
            let concerns = self.concerns(plan, fault, scope, message);
            concerns.then(|| share * self.magnitude(plan, fault, now))
        }))
    }

    /// Time \[ns\] that faults add to a request's way.
    fn delay(&mut self, plan: &Plan, message: &Message, now: SimTime) -> u64 {
        let mut time = 0;
        for index in 0..self.way.len() {
            let fault = self.way[index];
            let Message { edge, endpoint, callee, .. } = *message;
            if !self.hits(plan, fault, edge, endpoint, callee) {
                continue;
            }
            match &plan.faults[fault].kind {
                FaultKind::Latency { add, jitter } => {
                    let identity = Identities::of(&plan.identities.faults, fault);
                    let key = draw(message.key, Purpose::FaultLatency, 0).with(identity);
                    let swing = (2.0 * key.with(1).unit() - 1.0) * nanos(*jitter) as f64;
                    let full = add.sample(key.with(0)) as f64 + swing;
                    time += round_nanos(full * self.magnitude(plan, fault, now));
                }
                FaultKind::Bandwidth { per_s } => {
                    let course = &mut self.courses[fault];
                    let leaves = course.free_at.max(now);
                    course.free_at = leaves.after(round_nanos(1e9 / per_s));
                    time += leaves.since(now);
                }
                _ => {}
            }
        }
        time
    }
}

impl System<'_> {
    /// Whether a request looks for the key that everybody looks for.
    #[inline]
    pub(in super::super) fn is_hot(&self, id: FrameId, site: u32, now: SimTime) -> bool {
        !self.faults.hot_keys.is_empty() && self.is_made_hot(id, site, now)
    }

    fn is_made_hot(&self, id: FrameId, site: u32, now: SimTime) -> bool {
        let Frame { key, endpoint, replica, .. } = self.frames[id];
        let faults = &self.faults;
        let share =
            any_of(faults.hot_keys.iter().filter_map(
                |&fault| match self.plan.faults[fault].kind {
                    FaultKind::HotKey { share }
                        if faults.hits(self.plan, fault, NO_EDGE, endpoint, replica) =>
                    {
                        Some(share * faults.magnitude(self.plan, fault, now))
                    }
                    _ => None,
                },
            ));
        draw(key, Purpose::FaultHotKey, site).unit() < share
    }

    /// Connections are back: those who wait take them.
    pub(super) fn pools_are_back(&mut self, fault: usize, cx: &mut Cx) {
        for edge in 0..self.plan.edges.len() {
            if is_towards(self.plan, fault, &self.plan.edges[edge]) {
                for caller in self.callers_over(edge) {
                    self.serve_pool(caller, cx);
                }
            }
        }
    }

    /// What becomes of a request from the replica `caller`, or from a user ([`NONE`]).
    pub(in super::super) fn passage(&mut self, id: FrameId, caller: u32, now: SimTime) -> Passage {
        let Frame { key, edge, endpoint, replica: callee, role, .. } = self.frames[id];
        let edge = if role == Role::Attempt { edge } else { NO_EDGE };
        let message = Message { key, way: Way::There, edge, endpoint, caller, callee };
        self.faults.passage(self.plan, &message, now)
    }

    /// Whether the answer of a request that has just ended is lost on its way.
    pub(in super::super) fn is_answer_lost(&mut self, id: FrameId, now: SimTime) -> bool {
        let Frame { key, edge, endpoint, replica: callee, role, parent, .. } = self.frames[id];
        let (caller, edge) = match role {
            Role::Attempt if parent == NONE => return false,
            Role::Attempt => (self.frames[parent].replica, edge),
            // What never came to a replica has no answer either.
            _ if callee == NONE => return false,
            _ => (NONE, NO_EDGE),
        };
        let message = Message { key, way: Way::Back, edge, endpoint, caller, callee };
        self.faults.passage(self.plan, &message, now) == Passage::Lost
    }

    /// Connections are reset: a share of what is under way at the target fails for its callers.
    pub(super) fn reset(&mut self, fault: usize, cx: &mut Cx) {
        let FaultKind::Reset { share } = self.plan.faults[fault].kind else {
            return;
        };
        let course = &self.faults.courses[fault];
        let identity = Identities::of(&self.plan.identities.faults, fault);
        let is_hit = |id: &FrameId| {
            let frame = &self.frames[*id];
            let edge = match frame.role {
                Role::Attempt if frame.parent != NONE => frame.edge,
                Role::Entry | Role::SessionEntry => NO_EDGE,
                _ => return false,
            };
            let is_out = match frame.state {
                State::Free | State::Pooled => false,
                // A session is about to take it up.
                State::Answering => frame.role != Role::SessionEntry,
                _ => true,
            };
            let key = draw(frame.key, Purpose::FaultResets, 0).with(identity).with(course.times);
            is_out
                && self.faults.hits(self.plan, fault, edge, frame.endpoint, frame.replica)
                && key.unit() < share
        };
        let hit: Vec<(FrameId, Key)> =
            self.frames.ids().filter(is_hit).map(|id| (id, self.frames[id].key)).collect();
        for (id, key) in hit {
            // What one caller does may have ended another's attempt.
            let frame = &self.frames[id];
            if frame.key == key && frame.state != State::Free {
                self.cut_off(id, cx);
            }
        }
    }

    /// The connection behind an attempt, or a user's request, is gone: whoever waits for it fails.
    fn cut_off(&mut self, id: FrameId, cx: &mut Cx) {
        match self.frames[id].role {
            Role::Attempt if self.frames[id].parent != NONE => {
                self.attempt_fails(id, Outcome::Failed, cx);
            }
            Role::Entry | Role::SessionEntry => {
                self.frames[id].timer = Ticket::NONE;
                self.user_leaves(id, Outcome::Failed, cx);
            }
            _ => {}
        }
    }
}
