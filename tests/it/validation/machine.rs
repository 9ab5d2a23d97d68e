//! Cases of queueing theory through the simulator directly. A unit of time is a second.

use std::time::Duration;

use foreshadow_sim::Tally;
use foreshadow_sim::plan::{
    Arrivals, Balance, Call, Component, Curve, Edge, Endpoint, Load, OnFailure, Outcome, Plan, Step,
};
use foreshadow_sim::random::Law;

use super::rule::{Truth, check, latency_quantile, mean, wait_quantile};

const UNIT: f64 = 1e9;

fn exponential(mean: f64) -> Law {
    Law::exponential(mean * UNIT).unwrap()
}

fn station(slots: Option<u32>, queue_capacity: Option<u32>) -> Component {
    Component { replicas: vec![0], concurrency: slots, queue_capacity }
}

/// One station with Poisson arrivals, endpoint and component 0.
fn single(slots: u32, queue: Option<u32>, rate: f64, work: Law, horizon: u64) -> Plan {
    let mut plan = Plan::default();
    plan.components.push(station(Some(slots), queue));
    plan.endpoints.push(Endpoint { component: 0, steps: vec![Step::Work(work)] });
    plan.loads.push(Load::Open {
        endpoint: 0,
        arrivals: Arrivals::Poisson(Curve::constant(rate)),
        patience: None,
    });
    plan.run.warm_up = Duration::from_secs(horizon / 20);
    plan.run.horizon = Duration::from_secs(horizon);
    plan.run.drain = Duration::from_secs(horizon);
    plan.run.timeline = Duration::from_secs(horizon);
    plan
}

/// Adds an entry that calls each of `demands` in turn, and makes it endpoint 0.
fn in_series(stations: Vec<(Component, f64)>, horizon: u64) -> Plan {
    let mut plan = Plan::default();
    plan.components.push(station(None, None));
    plan.endpoints.push(Endpoint { component: 0, steps: Vec::new() });
    for (index, (component, mean)) in stations.into_iter().enumerate() {
        plan.components.push(component);
        let work = vec![Step::Work(exponential(mean))];
        plan.endpoints.push(Endpoint { component: index + 1, steps: work });
        plan.edges.push(Edge {
            caller: 0,
            callee: index + 1,
            timeout: None,
            retries: None,
            balance: Balance::RoundRobin,
            round_trip: None,
        });
        plan.endpoints[0].steps.push(call(index + 1, Some(index), OnFailure::Fail));
    }
    plan.run.warm_up = Duration::from_secs(horizon / 20);
    plan.run.horizon = Duration::from_secs(horizon);
    plan.run.drain = Duration::from_secs(horizon);
    plan.run.timeline = Duration::from_secs(horizon);
    plan
}

fn call(endpoint: usize, edge: Option<usize>, on_failure: OnFailure) -> Step {
    Step::Call(Call { endpoint, edge, probability: 1.0, count: 1, on_failure })
}

fn sojourn(expected: f64) -> Truth {
    mean("T", expected, |t: &Tally| t.users[0].latency.mean().unwrap() / UNIT)
}

fn wait(expected: f64) -> Truth {
    mean("Wq", expected, |t: &Tally| t.components[0].wait.mean().unwrap() / UNIT)
}

#[test]
fn m_m_1_has_its_mean_and_quantiles() {
    let truths = [
        sojourn(5.0),
        latency_quantile("p50", 0.5, 3.465_736),
        latency_quantile("p95", 0.95, 14.978_66),
        latency_quantile("p99", 0.99, 23.025_85),
    ];
    check(single(1, None, 0.8, exponential(1.0), 500_000), 20, &truths);
}

#[test]
fn m_m_4_waits_as_erlang_c_says() {
    let truths = [
        wait(0.745_540_6),
        sojourn(1.745_541),
        latency_quantile("p95", 0.95, 4.738_019),
        latency_quantile("p99", 0.99, 6.893_204),
        mean("P(wait)", 0.596_432_5, |t| {
            t.components[0].wait.above(0.0) / t.components[0].wait.count() as f64
        }),
    ];
    check(single(4, None, 3.2, exponential(1.0), 100_000), 20, &truths);
}

#[test]
fn m_m_4_20_blocks_and_serves() {
    let blocked = |t: &Tally| {
        t.users[0].outcomes[Outcome::Rejected as usize] as f64 / t.users[0].offered as f64
    };
    let light = [mean("P(block)", 0.003_403_325, blocked), sojourn(1.668_628)];
    check(single(4, Some(16), 3.2, exponential(1.0), 1_000_000), 20, &light);
    let heavy = [mean("P(block)", 0.202_842_9, blocked), sojourn(4.082_144)];
    check(single(4, Some(16), 5.0, exponential(1.0), 40_000), 20, &heavy);
}

#[test]
fn m_d_1_waits_half_as_long() {
    let truths = [
        wait(2.0),
        wait_quantile("Wq p95", 0.95, 6.620_325),
        wait_quantile("Wq p99", 0.99, 10.355_89),
    ];
    check(single(1, None, 0.8, Law::constant(1_000_000_000), 300_000), 20, &truths);
}

#[test]
fn five_m_m_2_in_series_add_up() {
    let stations = (0..5).map(|_| (station(Some(2), None), 1.0)).collect();
    let mut plan = in_series(stations, 100_000);
    plan.loads.push(Load::Open {
        endpoint: 0,
        arrivals: Arrivals::Poisson(Curve::constant(1.6)),
        patience: None,
    });
    check(plan, 20, &[sojourn(13.888_89)]);
}

#[test]
fn closed_users_agree_with_mean_value_analysis() {
    let cases = [
        (5.0, 0.641_945_7, 2.788_821),
        (10.0, 0.945_275_7, 5.578_924),
        (20.0, 0.999_894_6, 15.002_11),
    ];
    for (users, throughput, response) in cases {
        let stations =
            [1.0, 0.5, 0.25].map(|demand| (station(Some(1), None), demand)).into_iter().collect();
        let mut plan = in_series(stations, 100_000);
        let session = vec![Step::Think(exponential(5.0)), call(0, None, OnFailure::Continue)];
        plan.loads.push(Load::Closed { users: Curve::constant(users), session, patience: None });
        let horizon = plan.run.horizon.as_secs_f64();
        let truths = [
            mean("X", throughput, move |t| t.users[0].goodput as f64 / horizon),
            sojourn(response),
        ];
        check(plan, 20, &truths);
    }
}
