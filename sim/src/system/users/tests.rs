use std::time::Duration;

use super::*;
use crate::kernel::{self, Actor};
use crate::plan::{
    self, Call, Component, Curve, Endpoint, Leaving, OnFailure, Plan, Run, Step, Walk,
};
use crate::random::Law;
use crate::system::{Machine, visits};
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
    let load =
        Load::Sessions { arrivals: steady(), session, walk: None, leaving: Leaving::default() };
    // First calls from 0.25 s, second ones from 1.75 s on.
    check(load, &[], &[3, 4 + 1, 8, 8]);
    // Neither of these takes any time, which only matters where it comes round.
    let load = Load::Sessions {
        arrivals: steady(),
        session: vec![call()],
        walk: None,
        leaving: Leaving::default(),
    };
    check(load, &[], &[3, 4]);
    let load = Load::Sessions {
        arrivals: steady(),
        session: vec![],
        walk: None,
        leaving: Leaving::default(),
    };
    check(load, &[], &[0, 0]);
}

#[test]
fn open_loads_surge() {
    let load = |arrivals| Load::Open { endpoint: 0, arrivals, leaving: Leaving::default() };
    // Due every quarter; from 1 s on every half, one of which has a quarter of a second left.
    check(load(steady()), &[(1.0, 2.0)], &[3, 8, 8]);
    check(load(steady()), &[(0.0, 0.0), (1.0, 1.0)], &[0, 3, 4]);
    let session = vec![call()];
    let load =
        Load::Sessions { arrivals: steady(), session, walk: None, leaving: Leaving::default() };
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

/// Two calls, of which either may follow either: P = [[0.2, 0.5], [0.1, 0.4]].
fn walkers(think: &Law, lead: Duration) -> Plan {
    let calls =
        [0, 1].map(|e| Step::Call(Call { on_failure: OnFailure::Continue, ..Call::new(e, None) }));
    let walk = Walk {
        start: vec![0.7, 0.3],
        next: vec![vec![0.2, 0.5], vec![0.1, 0.4]],
        think: vec![think.clone(); 2],
        lead,
    };
    let load = Load::Sessions {
        arrivals: plan::Arrivals::Poisson(Curve::constant(20.0)),
        session: calls.into(),
        walk: Some(walk.into()),
        leaving: Leaving::default(),
    };
    Plan {
        components: vec![Component::default()],
        endpoints: vec![Endpoint::new(0, Vec::new()), Endpoint::new(0, Vec::new())],
        loads: vec![load],
        run: Run { horizon: 200 * S, timeline: 200 * S, ..Run::default() },
        ..Plan::default()
    }
}

/// Calls of each endpoint in the horizon.
fn called(plan: Plan) -> [f64; 2] {
    let tally = Machine::new(plan).unwrap().run(0, &false.into()).unwrap();
    [tally.timeline[0].offered[0] as f64, tally.timeline[0].offered[1] as f64]
}

/// P(N = n) = start · Pⁿ⁻¹ · leaves, and its mean that of the fundamental matrix.
#[test]
fn walks_are_as_long_as_the_chain_says() {
    let plan = walkers(&Law::constant(0), Duration::ZERO);
    let all: Vec<usize> = visits(&plan, 0, 0).unwrap().take(40_000).map(|(_, v)| v.len()).collect();
    let (mut at, mut expected) = ([0.7, 0.3], Vec::new());
    for _ in 0..8 {
        expected.push(at[0] * 0.3 + at[1] * 0.5);
        at = [at[0] * 0.2 + at[1] * 0.1, at[0] * 0.5 + at[1] * 0.4];
    }
    for (n, share) in expected.into_iter().enumerate() {
        let found = all.iter().filter(|len| **len == n + 1).count() as f64 / 40_000.0;
        let error = 3.3 * (share * (1.0 - share) / 40_000.0_f64).sqrt();
        assert!((found - share).abs() < error, "{} calls: {found}, expected {share}", n + 1);
    }
    let Load::Sessions { walk: Some(walk), .. } = &plan.loads[0] else { panic!("a walk") };
    let mean: f64 = walk.visits().unwrap().iter().sum();
    let found = all.iter().sum::<usize>() as f64 / 40_000.0;
    assert!((found / mean - 1.0).abs() < 0.02, "{found} {mean}");
}

/// Who pauses for minutes is there from the beginning: the rate is the curve's from the first second.
#[test]
fn those_who_came_before_are_there_at_the_beginning() {
    let think = Law::exponential(100e9).unwrap();
    let expected = walkers(&think, S).loads[0].clone();
    let Load::Sessions { walk: Some(walk), .. } = expected else { panic!("a walk") };
    let expected = walk.visits().unwrap().iter().map(|v| 20.0 * 200.0 * v).collect::<Vec<_>>();
    let found = called(walkers(&think, Duration::from_secs(4000)));
    for (found, expected) in found.iter().zip(&expected) {
        // Of walks of 2.5 calls, counts vary more than Poisson's.
        assert!((found / expected - 1.0).abs() < 0.06, "{found}, expected {expected}");
    }
    let cold = called(walkers(&think, Duration::ZERO));
    assert!(cold[1] < 0.8 * expected[1], "without a lead too few come: {cold:?}");
}

/// Work takes no time, so the simulator and whoever only lists visits agree to the request.
#[test]
fn visits_are_what_is_simulated() {
    let plan = walkers(&Law::exponential(5e9).unwrap(), Duration::from_secs(100));
    let mut counted = [0_u64; 2];
    let mut last = SimTime::ZERO;
    for (due, all) in visits(&plan, 0, 0).unwrap() {
        assert!(due >= last, "in the order of time");
        last = due;
        if due.as_secs_f64() >= 200.0 {
            break;
        }
        let mut at = due.as_secs_f64();
        for visit in all {
            at += visit.think as f64 * 1e-9;
            counted[visit.endpoint] += u64::from(at < 200.0);
        }
    }
    assert_eq!(called(plan).map(|calls| calls as u64), counted);
}
