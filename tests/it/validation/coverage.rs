//! Intervals of 95 % hold the truth 95 % of the time: many small experiments on M/M/1, λ 0.5, whose
//! time in system is exponential with mean 2.

use std::time::Duration;

use foreshadow_sim::plan::{Arrivals, Component, Curve, Endpoint, Leaving, Load, Run, Step};
use foreshadow_sim::random::Law;
use foreshadow_sim::stats::{self, Estimate};
use foreshadow_sim::{Plan, Simulation, Tally};

const UNIT: f64 = 1e7;

/// M/M/1 for so many units of 10 ms.
fn simulation(horizon: u64) -> Simulation {
    let work = Law::exponential(UNIT).unwrap();
    let plan = Plan {
        components: vec![Component { concurrency: Some(1), ..Component::default() }],
        endpoints: vec![Endpoint::new(0, vec![Step::Work(work)])],
        loads: vec![Load::Open {
            endpoint: 0,
            arrivals: Arrivals::Poisson(Curve::constant(50.0)),
            leaving: Leaving::default(),
        }],
        run: Run {
            // Ten times as long as the queue takes to forget that it began empty.
            warm_up: Duration::from_secs(1),
            horizon: Duration::from_millis(10 * horizon),
            drain: Duration::from_secs(10),
            timeline: Duration::from_millis(10 * horizon),
            seed: 1,
        },
        ..Plan::default()
    };
    Simulation::new(plan).unwrap()
}

/// How many of the intervals that `estimate` gives hold `truth`, in units of time.
fn covered(
    experiments: &[Vec<Tally>],
    truth: f64,
    estimate: impl Fn(&[Tally]) -> Estimate,
) -> usize {
    let holds = |tallies: &Vec<Tally>| match estimate(tallies).scale(1.0 / UNIT) {
        Estimate::Known { interval: Some((low, high)), .. } => low <= truth && truth <= high,
        other => panic!("{other:?} has no interval"),
    };
    experiments.iter().filter(|tallies| holds(tallies)).count()
}

/// Runs `experiments` of `replications` of `horizon` each, and counts.
fn check(experiments: u32, replications: u32, horizon: u64, quantiles: &[f64]) {
    let simulation = simulation(horizon);
    let run = |experiment: u32| {
        let first = experiment * replications;
        simulation.replications(first..first + replications, &false.into(), &|| ()).unwrap()
    };
    let all: Vec<Vec<Tally>> = (0..experiments).map(run).collect();
    // 99.9 % of the law of what is counted, binomial (n, 0.95), are within 3.29 deviations.
    let n = f64::from(experiments);
    let off = |count: usize| (count as f64 - 0.95 * n) / (0.95 * 0.05 * n).sqrt();
    let judge = |what: String, count: usize| {
        eprintln!("{what}: {count} of {experiments} intervals of {replications} replications");
        assert!(off(count).abs() <= 3.29, "{what}: {count} of {experiments}");
    };
    let mean = covered(&all, 2.0, |tallies| {
        let means = tallies.iter().map(|tally| tally.users[0].latency.mean().unwrap());
        stats::mean(&means.collect::<Vec<_>>(), 0.95)
    });
    judge(String::from("mean"), mean);
    for &q in quantiles {
        let covered = covered(&all, -2.0 * (1.0 - q).ln(), |tallies| {
            let summaries: Vec<_> = tallies.iter().map(|tally| &tally.users[0].latency).collect();
            stats::quantile(&summaries, q, 0.95)
        });
        judge(format!("quantile {q}"), covered);
    }
}

#[test]
fn intervals_of_ten_replications_hold_the_truth() {
    check(300, 10, 1000, &[0.5, 0.9, 0.95]);
}

#[test]
#[ignore = "takes half a minute: hundreds of experiments, and the 99th percentile"]
fn intervals_of_twenty_replications_hold_the_truth() {
    check(1000, 20, 1500, &[0.5, 0.9, 0.95]);
    check(400, 20, 5000, &[0.99]);
}
