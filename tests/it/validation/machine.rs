//! Cases of queueing theory through the simulator directly. A unit of time is a second.

use std::time::Duration;

use foreshadow_sim::Tally;
use foreshadow_sim::plan::{
    Arrivals, Backoff, Call, Component, Curve, Edge, Endpoint, Fault, FaultKind, Leaving, Load,
    Outcome, OutcomeSet, Plan, Queue, Recurrence, Retries, Shed, Step, Target,
};
use foreshadow_sim::random::Law;

use super::closed_forms::{self, blocked, sojourn, wait};
use super::rule::{Case, Measure, Truth};

pub(super) const UNIT: f64 = 1e9;

#[track_caller]
pub(super) fn check(plan: Plan, replications: u32, truths: &[Truth]) {
    Case { plan, unit: UNIT, replications }.check(truths);
}

pub(super) fn exponential(mean: f64) -> Law {
    Law::exponential(mean * UNIT).unwrap()
}

pub(super) fn station(slots: Option<u32>, queue_capacity: Option<u32>) -> Component {
    let queue = Queue { capacity: queue_capacity, ..Queue::default() };
    Component { concurrency: slots, queue, ..Component::default() }
}

/// A plan whose endpoint 0, on component 0, has Poisson arrivals.
pub(super) fn open(component: Component, steps: Vec<Step>, rate: f64, horizon: u64) -> Plan {
    let mut plan = Plan::default();
    plan.components.push(component);
    plan.endpoints.push(Endpoint::new(0, steps));
    plan.loads.push(Load::Open {
        endpoint: 0,
        arrivals: Arrivals::Poisson(Curve::constant(rate)),
        leaving: Leaving::default(),
    });
    plan.run.warm_up = Duration::from_secs(horizon / 20);
    plan.run.horizon = Duration::from_secs(horizon);
    plan.run.drain = Duration::from_secs(horizon);
    plan.run.timeline = Duration::from_secs(horizon);
    plan
}

/// One station, its queue and work as given.
pub(super) fn single(slots: u32, queue: Option<u32>, rate: f64, work: Law, horizon: u64) -> Plan {
    open(station(Some(slots), queue), vec![Step::Work(work)], rate, horizon)
}

/// Adds a station of mean work 1 that component 0 calls; returns the call.
fn behind(plan: &mut Plan, component: Component, retries: Option<Retries>) -> Step {
    let callee = plan.components.len();
    plan.components.push(component);
    plan.endpoints.push(Endpoint::new(callee, vec![Step::Work(exponential(1.0))]));
    plan.edges.push(Edge { retries, ..Edge::new(0, callee) });
    Step::Call(Call::new(plan.endpoints.len() - 1, Some(plan.edges.len() - 1)))
}

#[test]
fn m_m_2_waits_as_erlang_c_says() {
    check(single(2, None, 1.6, exponential(1.0), 190_000), 40, &closed_forms::M_M_2);
}

#[test]
fn many_servers_wait_rarely() {
    check(single(10, None, 9.0, exponential(1.0), 14_000), 40, &closed_forms::M_M_10);
    check(single(100, None, 95.0, exponential(1.0), 4_000), 40, &closed_forms::M_M_100);
}

#[test]
fn m_m_1_10_blocks_and_serves() {
    let light = [blocked(0.023_492_86), sojourn(3.797_098)];
    check(single(1, Some(9), 0.8, exponential(1.0), 340_000), 40, &light);
    let heavy = [blocked(0.192_586_5), sojourn(6.926_138)];
    check(single(1, Some(9), 1.2, exponential(1.0), 26_000), 40, &heavy);
}

#[test]
fn loss_systems_block_as_erlang_b_says() {
    check(single(10, Some(0), 8.0, exponential(1.0), 3_000), 40, &[blocked(0.121_661_1)]);
    check(single(100, Some(0), 90.0, exponential(1.0), 3_500), 40, &[blocked(0.026_957_38)]);
}

#[test]
fn waits_grow_with_the_variance_of_work() {
    let lognormal = Law::lognormal(UNIT, 4.0).unwrap();
    check(single(1, None, 0.8, lognormal, 140_000), 40, &[wait(10.0).within_five_percent()]);
    let hyperexponential = Law::hyperexponential(UNIT, 10.0).unwrap();
    check(single(1, None, 0.8, hyperexponential, 260_000), 40, &[wait(22.0).within_five_percent()]);
    let gamma = Law::gamma(UNIT, 16.0).unwrap();
    check(single(1, None, 0.8, gamma, 220_000), 40, &[wait(34.0).within_five_percent()]);
    let erlang = Law::erlang(UNIT, 4).unwrap();
    check(single(1, None, 0.8, erlang, 80_000), 40, &[wait(2.5)]);
}

/// A fork to two stations of one slot each.
#[track_caller]
fn check_fork(rate: f64, horizon: u64, expected: f64) {
    let mut plan = open(station(None, None), Vec::new(), rate, horizon);
    let branches = (0..2).map(|_| vec![behind(&mut plan, station(Some(1), None), None)]);
    plan.endpoints[0].steps = vec![Step::Parallel(branches.collect())];
    check(plan, 40, &[sojourn(expected)]);
}

#[test]
fn a_fork_ends_with_its_slower_branch() {
    check_fork(0.5, 16_000, 2.875);
    check_fork(0.8, 60_000, 7.0);
}

#[test]
#[ignore = "takes a minute: queues at 90 % change slowly"]
fn a_fork_ends_with_its_slower_branch_at_high_load() {
    check_fork(0.9, 400_000, 13.875);
}

#[test]
fn a_station_without_limit_holds_its_offered_load() {
    let lognormal = Law::lognormal(UNIT, 1.0).unwrap();
    let in_system = |t: &Tally| t.components[0].in_system as f64 / UNIT;
    let plan = open(station(None, None), vec![Step::Work(lognormal)], 20.0, 1_000);
    check(plan, 20, &[Truth::new("L", Measure::Rate(in_system), 20.0)]);
}

/// The number in system is Poisson, whatever the law: more than 30 are there in 1.3 % of the time.
///
/// Those who wait at a station that serves nobody, each for as long as it may, are such a system.
/// Others come to look: who finds 31 or more is refused, everybody else is gone at the same instant.
#[test]
#[ignore = "takes a minute: it is rare, and lasts"]
fn a_station_without_limit_is_rarely_crowded() {
    let queue = Queue { capacity: Some(62), max_wait: Some(exponential(1.0)), ..Queue::default() };
    let shed = Some(Shed { at_queue: 0.5, priority_from: 2 });
    let crowd = Component { concurrency: Some(1), queue, shed, ..Component::default() };
    let work = vec![Step::Work(exponential(1.0))];
    let mut plan = open(crowd, work.clone(), 20.0, 5_000);
    plan.run.warm_up = Duration::ZERO;
    plan.faults.push(Fault::new(FaultKind::Pause, Target::Replicas(vec![(0, 0)])));
    plan.endpoints.push(Endpoint { priority: 2, ..Endpoint::new(0, work) });
    plan.components.push(station(None, None));
    let timeout = Some(Law::constant(0));
    plan.edges.push(Edge { timeout, cancels: true, ..Edge::new(1, 0) });
    plan.endpoints.push(Endpoint::new(1, vec![Step::Call(Call::new(1, Some(0)))]));
    let arrivals = Arrivals::Poisson(Curve::constant(5.0));
    plan.loads.push(Load::Open { endpoint: 2, arrivals, leaving: Leaving::default() });
    let refused = |tally: &Tally| {
        let looks = &tally.users[2];
        looks.outcomes[Outcome::Rejected as usize] as f64 / looks.offered as f64
    };
    let in_system = |tally: &Tally| tally.components[0].in_system as f64 / UNIT;
    let truths = [
        Truth::new("L", Measure::Rate(in_system), 20.0),
        Truth::new("P(N > 30)", Measure::Share(refused), 0.013_474_68),
    ];
    check(plan, 240, &truths);
}

/// The refused come again after an exponential pause: 2.7 of them are in orbit, and one in
/// service 0.6 of the time. Source: J. R. Artalejo and A. Gómez-Corral, *Retrial Queueing
/// Systems* (Springer, 2008).
#[test]
fn refused_calls_that_come_again_queue_in_orbit() {
    let mut plan = open(station(None, None), Vec::new(), 0.6, 46_000);
    let backoff = Backoff { base: exponential(2.0), factor: 1.0, cap: None, full_jitter: false };
    let on = OutcomeSet::default().with(Outcome::Rejected);
    let retries = Retries { max: 60_000, on, backoff, budget: None };
    let call = behind(&mut plan, station(Some(1), Some(0)), Some(retries));
    plan.endpoints[0].steps = vec![call];
    let orbit = |t: &Tally| (t.components[0].in_system - t.components[1].in_system) as f64 / UNIT;
    let truths = [Truth::new("orbit", Measure::Rate(orbit), 2.7), sojourn(4.5 + 1.0)];
    check(plan, 40, &truths);
}

/// Bins of the timeline, the last of which has its middle at the instant in question.
const BINS: u32 = 20;

#[test]
fn an_empty_station_fills_as_transient_theory_says() {
    for (at_s, expected) in [(10, 2.030_282), (50, 3.405_039), (200, 3.962_982)] {
        let mut plan = single(1, None, 0.8, exponential(1.0), 1);
        plan.run.warm_up = Duration::ZERO;
        plan.run.timeline = Duration::from_secs(2 * at_s) / (2 * BINS - 1);
        plan.run.horizon = plan.run.timeline * BINS;
        plan.run.drain = Duration::ZERO;
        let last = |tally: &Tally| {
            f64::from(BINS) * tally.timeline.last().unwrap().in_system[0] as f64 / UNIT
        };
        let number = Truth::new("E[N]", Measure::Rate(last), expected);
        check(plan, 6_000, &[number.within_five_percent()]);
    }
}

/// A server that breaks down, busy or not, and then goes on with what it had. With breakdowns at
/// rate ξ and repairs at rate η, A = η/(ξ + η): L = (λ/μ + λ ξ/(ξ + η)²) / (A − λ/μ), here
/// (0.6 + 0.6 · 0.01/0.11²) / (1/1.1 − 0.6). Source: B. Avi-Itzhak and P. Naor, "Some Queuing
/// Problems with the Service Station Subject to Breakdown", Operations Research 11(3), 1963.
#[test]
fn a_server_that_breaks_down_serves_as_theory_says() {
    let mut plan = single(1, None, 0.6, exponential(1.0), 60_000);
    plan.faults.push(Fault {
        recurrence: Recurrence::Random {
            up: exponential(100.0),
            down: exponential(10.0),
            from_the_first: true,
        },
        ..Fault::new(FaultKind::Pause, Target::Replicas(vec![(0, 0)]))
    });
    let in_system = |t: &foreshadow_sim::Tally| t.components[0].in_system as f64 / UNIT;
    let truths = [
        Truth::new("L", Measure::Rate(in_system), 3.545_455).within_five_percent(),
        sojourn(5.909_091).within_five_percent(),
    ];
    check(plan, 40, &truths);
}
