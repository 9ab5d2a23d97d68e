//! A run and the visits of its loads are one: who comes when, and asks for what.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::Simulation;
use crate::plan::{
    self, Bursts, Call, Component, Curve, Endpoint, Fault, FaultKind, OnFailure, Phase, Recurrence,
    Run, Step, Target, Walk, Waver,
};
use crate::random::Law;

const WORK: u64 = 3_000_000;
const WARM_UP: u64 = 500_000_000;
const HORIZON: u64 = 6_000_000_000;

fn arrivals() -> impl Strategy<Value = plan::Arrivals> {
    let at = |ms: u64| Duration::from_millis(ms);
    let curve = move |low: f64, high: f64| {
        Curve(vec![(at(0), low), (at(2_000), high), (at(2_000), low), (at(5_000), 0.0)])
    };
    prop_oneof![
        (1.0..50.0).prop_map(|rate| plan::Arrivals::Poisson(Curve::constant(rate))),
        (0.0..20.0, 0.0..80.0).prop_map(move |(a, b)| plan::Arrivals::Poisson(curve(a, b))),
        (1..200u64).prop_map(|ms| plan::Arrivals::Renewal(Law::constant(ms * 1_000_000))),
        (0.0..80.0, 1..900u64).prop_map(move |(rate, ms)| {
            let phase = |rate_per_s| Phase { rate_per_s, mean: at(ms) };
            plan::Arrivals::Mmpp(vec![phase(rate), phase(20.0)])
        }),
        Just(plan::Arrivals::Trace((0..60i64).map(|n| (n * n - 20) * 2_000_000).collect())),
        (5.0..40.0, 0.0..0.9).prop_map(move |(rate, shared)| {
            let total = curve(rate, 2.0 * rate);
            let wavers = vec![Waver { over: at(800), shared, own_per_s: 0.2 }];
            let bursts = Bursts { identity: 3, step: at(100), total, wavers };
            plan::Arrivals::Bursty(curve(rate, 2.0 * rate), Arc::new(bursts))
        }),
    ]
}

fn load() -> impl Strategy<Value = Load> {
    let call = |endpoint, count| {
        Step::Call(Call {
            on_failure: OnFailure::Continue,
            count,
            probability: 0.7,
            ..Call::new(endpoint, None)
        })
    };
    let pause = || Step::Think(Law::constant(40_000_000));
    (arrivals(), 0..3, 0..4_000u64).prop_map(move |(arrivals, form, lead)| {
        let leaving = plan::Leaving::default();
        match form {
            0 => Load::Open { endpoint: 0, arrivals, leaving },
            1 => {
                let session = vec![call(0, 1), pause(), call(1, 2), call(0, 1)];
                Load::Sessions { arrivals, session, leaving, walk: None }
            }
            _ => {
                let plain = |endpoint| Call {
                    on_failure: OnFailure::Continue,
                    ..Call::new(endpoint, None)
                };
                let session = vec![Step::Call(plain(0)), Step::Call(plain(1))];
                // Nobody is recorded to have come before the beginning.
                let is_recorded = matches!(arrivals, plan::Arrivals::Trace(_));
                let walk = Some(Arc::new(walk(if is_recorded { 0 } else { lead })));
                Load::Sessions { arrivals, session, leaving, walk }
            }
        }
    })
}

/// Two calls that follow each other or themselves, with people who came up to `lead` ms before.
fn walk(lead: u64) -> Walk {
    Walk {
        start: vec![0.8, 0.2],
        next: vec![vec![0.3, 0.3], vec![0.5, 0.1]],
        think: vec![Law::exponential(0.7e9).unwrap(), Law::constant(0)],
        lead: Duration::from_millis(lead),
    }
}

/// People who come at 20/s, some of them before the beginning.
fn walkers() -> Load {
    Load::Sessions {
        arrivals: plan::Arrivals::Poisson(Curve::constant(20.0)),
        session: [0, 1].map(|e| Step::Call(Call::new(e, None))).into(),
        walk: Some(Arc::new(walk(3_000))),
        leaving: plan::Leaving::default(),
    }
}

/// What is cut off is what comes later, and nothing else.
#[test]
fn visits_can_end_at_an_instant() {
    let plan = Plan {
        components: vec![Component::default()],
        endpoints: vec![Endpoint::new(0, vec![]), Endpoint::new(0, vec![])],
        loads: vec![walkers()],
        ..Plan::default()
    };
    let end = SimTime::ZERO.after(4_000_000_000);
    let cut: Vec<_> = visits(&plan, 0, 1).unwrap().until(end).collect();
    let whole = visits(&plan, 0, 1).unwrap().take_while(|(at, _)| *at < end);
    let mut shorter = 0;
    for ((at, visits), (came, mut all)) in cut.iter().zip(whole) {
        let mut due = came;
        let before = all.iter().take_while(|visit| {
            due = due.after(visit.think);
            due < end
        });
        let count = before.count();
        shorter += usize::from(count < all.len());
        all.truncate(count);
        assert_eq!((*at, visits), (came, &all));
    }
    assert!(cut.len() > 60 && shorter > 5, "{} {shorter}", cut.len());
}

/// Two faults that together keep everybody away, each until the other is in force.
fn nobody_comes(load: Load) -> Plan {
    let away = |from| Fault {
        start: Duration::from_millis(from),
        duration: Some(Duration::from_millis(600)),
        recurrence: Recurrence::Every(Duration::from_secs(1)),
        ..Fault::new(FaultKind::Away { share: 1.0, over: Duration::ZERO }, Target::Loads(vec![0]))
    };
    Plan {
        components: vec![Component::default()],
        endpoints: vec![Endpoint::new(0, vec![]), Endpoint::new(0, vec![])],
        loads: vec![load],
        faults: vec![away(0), away(500)],
        ..Plan::default()
    }
}

#[test]
fn who_was_there_is_not_lost_when_all_others_are_kept_away() {
    let plan = nobody_comes(walkers());
    let end = end(&plan);
    let all: Vec<SimTime> = visits(&plan, 0, 1).unwrap().take(400).map(|(at, _)| at).collect();
    let there = all.iter().take_while(|at| **at < end).count();
    let foreseen = visits(&plan, 0, 1).unwrap().there.len();
    assert!(all.is_sorted() && there == foreseen && there > 5, "{there} of {foreseen}");
}

/// Who would be kept away for good comes all the same, once the run is over; were it not so, this would
/// never end.
#[test]
fn who_comes_after_the_end_is_not_kept_away() {
    let arrivals = plan::Arrivals::Poisson(Curve::constant(20.0));
    let leaving = plan::Leaving::default();
    let plan = nobody_comes(Load::Open { endpoint: 0, arrivals, leaving });
    let end = end(&plan);
    let all: Vec<SimTime> = visits(&plan, 0, 1).unwrap().take(20).map(|(at, _)| at).collect();
    assert!(all.len() == 20 && all.iter().all(|at| *at >= end), "{all:?}");
}

fn fault() -> impl Strategy<Value = Fault> {
    let share = || prop_oneof![Just(1.0), 0.0..=1.0];
    let kind = prop_oneof![
        prop_oneof![Just(0.0), 0.0..4.0].prop_map(|factor| FaultKind::Load { factor }),
        (share(), prop_oneof![Just(0), 0..1_500u64])
            .prop_map(|(share, ms)| FaultKind::Away { share, over: Duration::from_millis(ms) }),
        (share(), 0..2usize).prop_map(|(share, endpoint)| FaultKind::Skew { share, endpoint }),
    ];
    let ms = Duration::from_millis;
    let times = (0..5_000u64, 1..2_000u64, prop_oneof![Just(0), 1..1_500u64]);
    (kind, times, option::weighted(0.4, 1..800u64), prop_oneof![Just(1.0), Just(0.5)]).prop_map(
        move |(kind, (start, lasts, ramp), pause, probability)| Fault {
            start: ms(start),
            duration: Some(ms(lasts)),
            ramp: ms(ramp),
            recurrence: pause.map_or(Recurrence::Once, |p| Recurrence::Every(ms(lasts + p))),
            probability,
            ..Fault::new(kind, Target::Loads(vec![0]))
        },
    )
}

/// Requests of the cohort as the visits of a plan's only load have them: due, and for what.
fn foreseen(plan: &Plan) -> Vec<(u64, usize)> {
    let (mut due, mut last) = (Vec::new(), SimTime::ZERO);
    for (came, visits) in visits(plan, 0, 1).unwrap() {
        assert!(came >= last, "{came:?} after {last:?}");
        last = came;
        if came.as_nanos() >= WARM_UP + HORIZON {
            break;
        }
        let mut at = came.as_nanos();
        for visit in visits {
            at += visit.think;
            if (WARM_UP..WARM_UP + HORIZON).contains(&at) {
                due.push((at - WARM_UP, visit.endpoint));
            }
            at += WORK;
        }
    }
    due.sort_unstable();
    due
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_run_has_the_users_that_visits_foresee(
        load in load(),
        faults in prop::collection::vec(fault(), 0..4),
    ) {
        let has_rate = !matches!(
            load,
            Load::Open { arrivals: plan::Arrivals::Trace(_), .. }
                | Load::Sessions { arrivals: plan::Arrivals::Trace(_), .. }
        );
        let fits = |fault: &Fault| match fault.kind {
            FaultKind::Load { .. } => has_rate,
            FaultKind::Skew { endpoint, .. } => {
                endpoint == 0 || matches!(load, Load::Sessions { .. })
            }
            _ => true,
        };
        let endpoint = || Endpoint::new(0, vec![Step::Work(Law::constant(WORK))]);
        let plan = Plan {
            components: vec![Component::default()],
            endpoints: vec![endpoint(), endpoint()],
            faults: faults.into_iter().filter(fits).collect(),
            loads: vec![load],
            run: Run {
                warm_up: Duration::from_nanos(WARM_UP),
                horizon: Duration::from_nanos(HORIZON),
                ..Run::default()
            },
            ..Plan::default()
        };
        let simulation = Simulation::new(plan.clone()).unwrap();
        let (_, log) = simulation.logged(1, &AtomicBool::new(false)).unwrap();
        let mut due: Vec<(u64, usize)> =
            log.iter().map(|request| (request.due, request.endpoint as usize)).collect();
        due.sort_unstable();
        prop_assert_eq!(due, foreseen(&plan));
    }
}
