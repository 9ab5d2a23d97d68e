//! The life of replicas: they come, start up, serve, drain and go; autoscalers and changes decide
//! how many there are, health checks who is picked.
//!
//! Autoscalers decide as the horizontal pod autoscaler of Kubernetes does ("Horizontal Pod
//! Autoscaling: algorithm details", kubernetes.io): desired = ⌈n · metric / target⌉ over the ready
//! replicas, nothing within a tolerance of 10 %; upward, replicas that are not ready yet count as
//! idle; downward, the highest recommendation of the stabilization window holds.

use std::collections::VecDeque;

use crate::calendar::Ticket;
use crate::frame::State;
use crate::plan::{Autoscale, Goal, Metric, Plan};
use crate::time::{SimTime, nanos};

use super::station::{Areas, Phase, Replica, Station};
use super::{Cx, Happening, System};

/// How far the metric may be from its target without consequence, as a share of the target.
const TOLERANCE: f64 = 0.1;
/// What rounding may add to a number of replicas.
const ROUNDING: f64 = 1e-9;

/// The autoscaler of one component.
#[derive(Debug, Default)]
pub(super) struct Scaler {
    /// Its next look at the metric; none: nobody scales the component.
    next: Ticket,
    /// The integrals at its last look.
    seen: Areas,
    /// What it recommended, and when; oldest first.
    recommended: VecDeque<(SimTime, u32)>,
}

/// One for each component, at rest.
pub(super) fn build(plan: &Plan) -> Vec<Scaler> {
    plan.components.iter().map(|_| Scaler::default()).collect()
}

/// How many replicas a metric per replica calls for, where `ready` of `present` serve.
fn desired(goal: &Goal, metric: f64, ready: u32, present: u32) -> u32 {
    // What it would be if those that do not serve yet were idle.
    let diluted = metric * f64::from(ready) / f64::from(present);
    match goal {
        Goal::Target(target) => {
            let (ratio, diluted) = (metric / target, diluted / target);
            let within = |ratio: f64| (ratio - 1.0).abs() <= TOLERANCE;
            let called = libm::ceil(ratio * f64::from(ready) - ROUNDING) as u32;
            let unsure = ready < present && ratio > 1.0;
            let stays = if unsure { within(diluted) || diluted < 1.0 } else { within(ratio) };
            match (stays, unsure) {
                (true, _) => present,
                (false, true) => called.max(present),
                (false, false) => called,
            }
        }
        Goal::Steps { above, below } => {
            let more = above.iter().filter(|(bound, _)| diluted > *bound);
            let fewer = below.iter().filter(|(bound, _)| metric < *bound);
            let more = more.max_by(|a, b| a.0.total_cmp(&b.0));
            let fewer = fewer.min_by(|a, b| a.0.total_cmp(&b.0));
            match (more, fewer) {
                (Some((_, more)), _) => present.saturating_add(*more),
                (None, Some((_, fewer))) => present.saturating_sub(*fewer),
                (None, None) => present,
            }
        }
    }
}

impl System<'_> {
    /// Starts the autoscalers.
    pub(super) fn start_scaling(&mut self, cx: &mut Cx) {
        for component in 0..self.scalers.len() {
            self.watch(component, cx);
        }
    }

    /// Schedules the next look of a component's autoscaler, if it has one and none is due.
    pub(super) fn watch(&mut self, component: usize, cx: &mut Cx) {
        let Some(rules) = self.rules_of(component) else {
            return;
        };
        let every = nanos(rules.every);
        let present = self.stations[component].present;
        let seen = self.stations[component].so_far(&self.replicas, cx.now());
        let scaler = &mut self.scalers[component];
        if scaler.next == Ticket::NONE {
            scaler.next = cx.schedule_in(every, Happening::Scale(component as u32));
            scaler.seen = seen;
            scaler.recommended = VecDeque::from([(cx.now(), present)]);
        }
    }

    /// The rules of a component's autoscaler, as its first replica would have them.
    fn rules_of(&self, component: usize) -> Option<&Autoscale> {
        self.settings_of(self.stations[component].first_replica).autoscale.as_ref()
    }

    /// An autoscaler looks at its metric and decides.
    pub(super) fn decide(&mut self, component: u32, ticket: Ticket, cx: &mut Cx) {
        let (index, now) = (component as usize, cx.now());
        if self.scalers[index].next != ticket {
            return;
        }
        self.scalers[index].next = Ticket::NONE;
        let Some(rules) = self.rules_of(index).cloned() else {
            return;
        };
        self.scalers[index].next = cx.schedule_in(nanos(rules.every), Happening::Scale(component));
        let metric = self.metric(index, rules.metric, now);
        let station = &self.stations[index];
        let (first, present) = (station.first_replica, station.present);
        let ready = (first..first + station.replicas)
            .filter(|&replica| {
                let replica = &self.replicas[replica as usize];
                replica.phase == Phase::Serving && replica.down == 0
            })
            .count() as u32;
        let wanted = metric.map_or(present, |metric| desired(&rules.goal, metric, ready, present));
        let wanted = wanted.clamp(rules.min, rules.max);
        let scaler = &mut self.scalers[index];
        scaler.recommended.push_back((now, wanted));
        let window = nanos(rules.stabilization);
        let is_old = |at: SimTime| at < now && at.after(window) <= now;
        while scaler.recommended.front().is_some_and(|&(at, _)| is_old(at)) {
            scaler.recommended.pop_front();
        }
        let highest = scaler.recommended.iter().map(|&(_, wanted)| wanted).max();
        let wanted = if wanted < present {
            highest.unwrap_or(wanted).min(present).clamp(rules.min, rules.max)
        } else {
            wanted
        };
        self.scale_to(index, wanted, cx);
    }

    /// The metric of a component per replica that was there, since the last look; `None` when
    /// none was.
    fn metric(&mut self, component: usize, metric: Metric, now: SimTime) -> Option<f64> {
        let now = self.stations[component].so_far(&self.replicas, now);
        let before = std::mem::replace(&mut self.scalers[component].seen, now);
        let since = now.since(before);
        let settings = self.settings_of(self.stations[component].first_replica);
        let available = since.available as f64;
        if since.available == 0 {
            return None;
        }
        match metric {
            Metric::Slots => Some(since.busy as f64 / available / f64::from(settings.concurrency?)),
            Metric::Rate => Some(since.arrivals as f64 * 1e9 / available),
            // Cores are counted in 10⁻⁹.
            Metric::Cpu => Some(since.busy_cores as f64 * 1e-9 / available / settings.cpu?.request),
        }
    }

    /// Lets replicas come or go until there are `wanted`.
    pub(super) fn scale_to(&mut self, component: usize, wanted: u32, cx: &mut Cx) {
        let station = &self.stations[component];
        for replica in station.first_replica..station.first_replica + station.replicas {
            self.leave_if_drained(replica, cx);
        }
        while self.stations[component].present < wanted {
            self.add_replica(component, cx);
        }
        while self.stations[component].present > wanted {
            self.remove_replica(component, cx);
        }
        self.note_reach(component);
    }

    /// Notes which places are taken.
    fn note_reach(&mut self, component: usize) {
        let Station { first_replica: first, replicas: places, .. } = self.stations[component];
        let is_present = |&index: &u32| {
            let phase = self.replicas[(first + index) as usize].phase;
            matches!(phase, Phase::Starting | Phase::Serving)
        };
        let last = (0..places).rev().find(is_present);
        self.stations[component].reach = last.map_or(0, |last| last + 1);
    }

    /// One replica more: the first place that is free or, when none is, one that was to go.
    fn add_replica(&mut self, component: usize, cx: &mut Cx) {
        let station = &self.stations[component];
        let mut places = station.first_replica..station.first_replica + station.replicas;
        let phase = |replica: u32| self.replicas[replica as usize].phase;
        let free = places.clone().find(|&replica| phase(replica) == Phase::Absent);
        let found = free.or_else(|| places.find(|&replica| phase(replica) == Phase::Draining));
        let replica = found.expect("there are places for as many replicas as are ever wanted");
        self.stations[component].present += 1;
        if free.is_none() {
            return self.change_life(replica, cx, |replica| replica.phase = Phase::Serving);
        }
        super::client::replica_is_new(self, replica);
        self.forget_failures(replica);
        let startup = self.rules_of(component).map_or(0, |rules| nanos(rules.startup));
        self.change_life(replica, cx, |replica| replica.phase = Phase::Starting);
        if startup == 0 {
            self.has_started(replica, cx);
        } else {
            let ticket = cx.schedule_in(startup, Happening::Life(replica));
            self.replicas[replica as usize].starts = ticket;
        }
    }

    /// One replica fewer: the last goes when it has finished what it has.
    fn remove_replica(&mut self, component: usize, cx: &mut Cx) {
        let station = &self.stations[component];
        let places = station.first_replica..station.first_replica + station.replicas;
        let is_present =
            |&r: &u32| matches!(self.replicas[r as usize].phase, Phase::Starting | Phase::Serving);
        let replica = places.rev().find(is_present).expect("those present are counted");
        self.stations[component].present -= 1;
        self.change_life(replica, cx, |replica| {
            replica.starts = Ticket::NONE;
            replica.phase = match replica.phase {
                Phase::Starting => Phase::Absent,
                _ => Phase::Draining,
            };
        });
        self.leave_if_drained(replica, cx);
    }

    /// A replica that drains is gone once nothing is left on it or on its way to it.
    pub(super) fn leave_if_drained(&mut self, replica: u32, cx: &mut Cx) {
        let place = &self.replicas[replica as usize];
        if place.phase != Phase::Draining || !place.is_idle() {
            return;
        }
        let is_there = |id: u32| {
            let frame = &self.frames[id];
            let is_over = matches!(frame.state, State::Free | State::Answering | State::Lost);
            frame.replica == replica && !is_over
        };
        if !self.frames.ids().any(is_there) {
            self.change_life(replica, cx, |replica| replica.phase = Phase::Absent);
        }
    }

    /// A replica has started up, or a health check finds out about it.
    pub(super) fn life_goes_on(&mut self, replica: u32, ticket: Ticket, cx: &mut Cx) {
        let place = &mut self.replicas[replica as usize];
        if place.starts == ticket {
            place.starts = Ticket::NONE;
            self.has_started(replica, cx);
        } else if place.check == ticket {
            place.check = Ticket::NONE;
            self.change_life(replica, cx, |replica| replica.known_down = replica.down > 0);
        }
    }

    fn has_started(&mut self, replica: u32, cx: &mut Cx) {
        self.change_life(replica, cx, |replica| {
            replica.phase = Phase::Serving;
            replica.known_down = replica.down > 0;
        });
    }

    /// A replica has crashed, or is back: health checks will find out, at once if there are none.
    ///
    /// Checks are at multiples of their interval since the beginning.
    pub(super) fn health_changes(&mut self, replica: u32, cx: &mut Cx) {
        let Some(health) = self.settings_of(replica).health else {
            return self.change_life(replica, cx, |replica| replica.known_down = replica.down > 0);
        };
        let place = &mut self.replicas[replica as usize];
        place.check = Ticket::NONE;
        if (place.down > 0) == place.known_down {
            return;
        }
        let every = nanos(health.every);
        let next = cx.now().as_nanos().div_ceil(every) * every;
        let more = if place.down > 0 { u64::from(health.failures) - 1 } else { 0 };
        let at = SimTime::from_nanos(next).after(more.saturating_mul(every));
        place.check = cx.schedule(at, Happening::Life(replica));
    }

    /// Changes something about whether a replica is there; its station's integrals follow.
    pub(super) fn change_life(
        &mut self,
        replica: u32,
        cx: &mut Cx,
        change: impl FnOnce(&mut Replica),
    ) {
        let settings = self.settings_of(replica);
        let place = &mut self.replicas[replica as usize];
        let was_gone = place.is_gone();
        change(place);
        place.look(settings);
        let is_gone = place.is_gone();
        if was_gone != is_gone {
            self.set_available(replica, !is_gone, cx);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(goal: &Goal, metric: f64, (ready, present): (u32, u32), expected: u32) {
        assert_eq!(desired(goal, metric, ready, present), expected, "{metric} {ready} {present}");
    }

    #[test]
    fn desired_is_in_proportion_to_the_metric() {
        let goal = Goal::Target(0.5);
        check(&goal, 1.0, (2, 2), 4);
        check(&goal, 0.8, (3, 3), 5); // 4.8
        check(&goal, 0.25, (4, 4), 2);
        check(&goal, 0.0, (4, 4), 0);
        // Exactly three, whatever 0.6/0.4 is in binary.
        check(&Goal::Target(0.4), 0.6, (2, 2), 3);
    }

    #[test]
    fn a_tenth_off_is_tolerated() {
        let goal = Goal::Target(0.5);
        check(&goal, 0.549, (10, 10), 10);
        check(&goal, 0.451, (10, 10), 10);
        check(&goal, 0.56, (10, 10), 12);
        check(&goal, 0.44, (10, 10), 9);
    }

    /// The examples are computed by `calcPlainMetricReplicas` of Kubernetes' `replica_calculator.go`.
    #[test]
    fn those_that_start_up_count_as_idle_upward() {
        let goal = Goal::Target(0.5);
        check(&goal, 1.0, (2, 3), 4); // 2·1.0/3 = 0.67 of 0.5: 1.33 · 3
        check(&goal, 1.0, (2, 4), 4); // spread over four it is on target
        check(&goal, 0.6, (2, 4), 4); // spread over four it is too little: no change
        check(&goal, 0.25, (2, 4), 1); // downward only those ready count
    }

    #[test]
    fn the_farthest_step_counts() {
        let goal = Goal::Steps { above: vec![(0.7, 1), (0.9, 4)], below: vec![(0.3, 1), (0.1, 2)] };
        check(&goal, 0.5, (4, 4), 4);
        check(&goal, 0.7, (4, 4), 4);
        check(&goal, 0.8, (4, 4), 5);
        check(&goal, 0.95, (4, 4), 8);
        check(&goal, 0.95, (3, 4), 5);
        check(&goal, 0.2, (4, 4), 3);
        check(&goal, 0.05, (4, 4), 2);
    }
}
