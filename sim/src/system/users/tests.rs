use std::time::Duration;

use super::*;
use crate::kernel::{self, Actor};
use crate::plan::{self, Call, Component, Endpoint, OnFailure, Run, Step};
use crate::random::Law;
use crate::system::Machine;
use crate::time::nanos;

const S: Duration = Duration::from_secs(1);

/// A system whose first load is multiplied at some instants.
struct Surged<'p> {
    system: System<'p>,
    /// Latest first.
    factors: Vec<(SimTime, f64)>,
}

impl Actor for Surged<'_> {
    type Event = Happening;

    fn handle(&mut self, event: Happening, ticket: Ticket, cx: &mut Cx) {
        if let Some((_, factor)) = self.factors.pop_if(|(at, _)| *at <= cx.now()) {
            self.system.set_load_factor(0, factor, cx);
        }
        self.system.handle(event, ticket, cx);
    }

    fn is_done(&self) -> bool {
        self.system.is_done()
    }
}

/// A call of endpoint 0 by a user.
fn call() -> Step {
    Step::Call(Call { on_failure: OnFailure::Continue, ..Call::new(0, None) })
}

fn pause(millis: u64) -> Step {
    Step::Think(Law::constant(millis * 1_000_000))
}

/// How many requests `load` makes in each second, work taking no time.
#[track_caller]
fn check(load: Load, factors: &[(f64, f64)], expected: &[u64]) {
    let plan = Plan {
        components: vec![Component::default()],
        endpoints: vec![Endpoint::new(0, Vec::new())],
        loads: vec![load],
        run: Run { horizon: expected.len() as u32 * S, timeline: S, ..Run::default() },
        ..Plan::default()
    };
    let machine = Machine::new(plan).unwrap();
    let mut cx = Cx::default();
    let system = System::new(&machine, 0, &mut cx);
    let factor = |&(at, factor): &(f64, f64)| {
        (SimTime::from_nanos(nanos(Duration::from_secs_f64(at))), factor)
    };
    let factors = factors.iter().rev().map(factor).collect();
    let mut surged = Surged { system, factors };
    let events = kernel::run(&mut surged, &mut cx, &false.into()).unwrap();
    let System { measures, stations, replicas, frames, .. } = surged.system;
    let tally = measures.finish(&stations, &replicas, events, &frames);
    let came: Vec<u64> = tally.timeline.iter().map(|bin| bin.offered[0]).collect();
    assert_eq!(came, expected);
}

/// One every quarter of a second.
fn steady() -> plan::Arrivals {
    plan::Arrivals::Renewal(Law::constant(250_000_000))
}

#[test]
fn people_who_come_go_through_their_session_once() {
    let session = vec![call(), pause(1500), call()];
    let load = Load::Sessions { arrivals: steady(), session, leaving: Leaving::default() };
    // First calls from 0.25 s, second ones from 1.75 s on.
    check(load, &[], &[3, 4 + 1, 8, 8]);
    // Neither of these takes any time, which only matters where it comes round.
    let load =
        Load::Sessions { arrivals: steady(), session: vec![call()], leaving: Leaving::default() };
    check(load, &[], &[3, 4]);
    let load = Load::Sessions { arrivals: steady(), session: vec![], leaving: Leaving::default() };
    check(load, &[], &[0, 0]);
}

#[test]
fn open_loads_surge() {
    let load = |arrivals| Load::Open { endpoint: 0, arrivals, leaving: Leaving::default() };
    // Due every quarter; from 1 s on every half, one of which has a quarter of a second left.
    check(load(steady()), &[(1.0, 2.0)], &[3, 8, 8]);
    check(load(steady()), &[(0.0, 0.0), (1.0, 1.0)], &[0, 3, 4]);
    let session = vec![call()];
    let load = Load::Sessions { arrivals: steady(), session, leaving: Leaving::default() };
    check(load, &[(1.0, 2.0), (2.0, 1.0)], &[3, 8, 4]);
}

#[test]
fn closed_users_surge() {
    let load = |users| {
        let session = vec![pause(100), call()];
        Load::Closed { users, session, leaving: Leaving::default() }
    };
    let users = Curve::constant(2.0);
    check(load(users.clone()), &[], &[18, 20, 20]);
    // At 1 s two are due, then two more begin; at 2 s those who are too many stop after a call.
    check(load(users.clone()), &[(1.0, 2.0), (2.0, 0.5)], &[18, 38, 13]);
    check(load(users), &[(1.0, 0.0), (2.0, 1.0)], &[18, 2, 18]);
    // 2 users until 1 s, then 4; 1.5 times as many from half a second on: one more, then three.
    let step = Curve(vec![(Duration::ZERO, 2.0), (S, 2.0), (S, 4.0)]);
    check(load(step), &[(0.5, 1.5)], &[18 + 4, 30 + 27, 60]);
}
