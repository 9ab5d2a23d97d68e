//! The life of replicas: they come, start up, serve, drain and go; autoscalers and changes decide
//! how many there are, health checks who is picked.
//!
//! Autoscalers decide as the horizontal pod autoscaler of Kubernetes does ("Horizontal Pod
//! Autoscaling: algorithm details", kubernetes.io; `calcPlainMetricReplicas` and
//! `GetResourceReplicas` of its `replica_calculator.go`): desired = ⌈n · metric / target⌉, nothing
//! within a tolerance of 10 %; upward, replicas that are not there yet count as idle; downward,
//! those that are down count as busy, and the highest recommendation of the stabilization window
//! holds.
//!
//! Kubernetes leaves out replicas that became ready within the window of the metric. Here n is how
//! many there were on average over that window, so that n · metric is the demand of the window and
//! no replica is counted for time in which it made none of it.

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
    /// When it looked last, and the integrals then.
    looked: SimTime,
    seen: Areas,
    /// What it recommended, and when; oldest first.
    recommended: VecDeque<(SimTime, u32)>,
}

/// One for each component, at rest.
pub(super) fn build(plan: &Plan) -> Vec<Scaler> {
    plan.components.iter().map(|_| Scaler::default()).collect()
}

/// What an autoscaler has seen from one look to the next.
#[derive(Debug, Clone, Copy)]
struct Sight {
    /// The metric, summed over replicas: slots, requests a second, or cores over `request`.
    demand: f64,
    /// Replicas that were there, averaged over the time; more than 0.
    available: f64,
    /// Replicas that are down now.
    down: u32,
    /// The metric that is assumed of each of them, downward.
    assumed: f64,
}

/// How many replicas a goal calls for where there are `present`.
fn desired(goal: &Goal, sight: &Sight, present: u32) -> u32 {
    let (demand, all) = (sight.demand, f64::from(present));
    // Who has gone since no longer takes a share.
    let mean = demand / sight.available.min(all);
    // What it would be if those that were not there were idle.
    let diluted = demand / all;
    match goal {
        Goal::Target(target) if mean > *target => {
            let stays = diluted / target - 1.0 <= TOLERANCE;
            if stays { present } else { libm::ceil(demand / target - ROUNDING) as u32 }
        }
        Goal::Target(target) => {
            let down = f64::from(sight.down);
            let called = (demand + down * sight.assumed) / target;
            let stays = 1.0 - called / (sight.available + down).min(all) <= TOLERANCE;
            if stays { present } else { (libm::ceil(called - ROUNDING) as u32).min(present) }
        }
        Goal::Steps { above, below } => {
            let more = above.iter().filter(|(bound, _)| diluted > *bound);
            let fewer = below.iter().filter(|(bound, _)| mean < *bound);
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
            (scaler.looked, scaler.seen) = (cx.now(), seen);
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
        let sight = self.sight(index, &rules, now);
        let present = self.stations[index].present;
        let wanted = sight.map_or(present, |sight| desired(&rules.goal, &sight, present));
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

    /// What the autoscaler of a component sees since its last look; `None` when no replica was
    /// there.
    fn sight(&mut self, component: usize, rules: &Autoscale, now: SimTime) -> Option<Sight> {
        let areas = self.stations[component].so_far(&self.replicas, now);
        let scaler = &mut self.scalers[component];
        let since = areas.since(std::mem::replace(&mut scaler.seen, areas));
        let window_ns = now.since(std::mem::replace(&mut scaler.looked, now)) as f64;
        if since.available == 0 {
            return None;
        }
        let station = &self.stations[component];
        let settings = self.settings_of(station.first_replica);
        let demand = match rules.metric {
            Metric::Slots => since.busy as f64 / window_ns / f64::from(settings.concurrency?),
            Metric::Rate => since.arrivals as f64 * 1e9 / window_ns,
            // Cores are counted in 10⁻⁹.
            Metric::Cpu => since.busy_cores as f64 * 1e-9 / window_ns / settings.cpu?.request,
        };
        let places = station.first_replica..station.first_replica + station.replicas;
        let is_down = |&replica: &u32| {
            let replica = &self.replicas[replica as usize];
            replica.phase == Phase::Serving && replica.down > 0
        };
        let assumed = match (&rules.goal, rules.metric) {
            (Goal::Target(target), Metric::Cpu) => target.max(1.0),
            (Goal::Target(target), _) => *target,
            (Goal::Steps { .. }, _) => 0.0,
        };
        let available = since.available as f64 / window_ns;
        Some(Sight { demand, available, down: places.filter(is_down).count() as u32, assumed })
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

    /// `available` replicas were there, each with `metric`; none is down.
    #[track_caller]
    fn check(goal: &Goal, metric: f64, (available, present): (f64, u32), expected: u32) {
        let sight = Sight { demand: metric * available, available, down: 0, assumed: 0.0 };
        assert_eq!(desired(goal, &sight, present), expected, "{metric} {available} {present}");
    }

    #[test]
    fn desired_is_in_proportion_to_the_metric() {
        let goal = Goal::Target(0.5);
        check(&goal, 1.0, (2.0, 2), 4);
        check(&goal, 0.8, (3.0, 3), 5); // 4.8
        check(&goal, 0.25, (4.0, 4), 2);
        check(&goal, 0.0, (4.0, 4), 0);
        // Exactly three, whatever 0.6/0.4 is in binary.
        check(&Goal::Target(0.4), 0.6, (2.0, 2), 3);
    }

    #[test]
    fn a_tenth_off_is_tolerated() {
        let goal = Goal::Target(0.5);
        check(&goal, 0.549, (10.0, 10), 10);
        check(&goal, 0.451, (10.0, 10), 10);
        check(&goal, 0.56, (10.0, 10), 12);
        check(&goal, 0.44, (10.0, 10), 9);
    }

    /// The examples are computed by `calcPlainMetricReplicas` of Kubernetes' `replica_calculator.go`.
    #[test]
    fn those_that_start_up_count_as_idle_upward() {
        let goal = Goal::Target(0.5);
        check(&goal, 1.0, (2.0, 3), 4); // 2·1.0/3 = 0.67 of 0.5: 1.33 · 3
        check(&goal, 1.0, (2.0, 4), 4); // spread over four it is on target
        check(&goal, 0.6, (2.0, 4), 4); // spread over four it is too little: no change
        check(&goal, 0.25, (2.0, 4), 1); // downward only those ready count
    }

    /// A replica that came in the midst of the window has no share in what was before.
    #[test]
    fn those_that_came_late_count_for_the_time_they_were_there() {
        let goal = Goal::Target(0.5);
        check(&goal, 1.4 / 1.5, (1.5, 2), 3); // 1.4 busy
        check(&goal, 2.0 / 1.25, (1.25, 4), 4); // 2 busy
        check(&goal, 2.0 / 3.0, (3.0, 4), 4); // nor have those that have only come at its end
        check(&goal, 0.5, (4.0, 3), 4); // 2 busy, and one of four has gone
    }

    /// `calcPlainMetricReplicas`: those without a metric use what the target says.
    #[test]
    fn those_that_are_down_count_as_busy_downward() {
        let check = |demand, down, assumed, expected| {
            let sight = Sight { demand, available: f64::from(4 - down), down, assumed };
            assert_eq!(desired(&Goal::Target(0.5), &sight, 4), expected, "{demand} {down}");
        };
        check(0.6, 1, 0.5, 3); // 0.6 + 0.5 busy: 2.2
        check(0.6, 0, 0.5, 2);
        check(1.4, 1, 0.5, 4); // 1.9 busy: 3.8, within a tenth of four
        check(0.2, 2, 1.0, 4); // 0.2 + 2 busy would be more than there are
        check(3.0, 1, 0.5, 6); // upward they are idle
    }

    #[test]
    fn the_farthest_step_counts() {
        let goal = Goal::Steps { above: vec![(0.7, 1), (0.9, 4)], below: vec![(0.3, 1), (0.1, 2)] };
        check(&goal, 0.5, (4.0, 4), 4);
        check(&goal, 0.7, (4.0, 4), 4);
        check(&goal, 0.8, (4.0, 4), 5);
        check(&goal, 0.95, (4.0, 4), 8);
        check(&goal, 0.95, (3.0, 4), 5);
        check(&goal, 0.2, (4.0, 4), 3);
        check(&goal, 0.05, (4.0, 4), 2);
    }
}
