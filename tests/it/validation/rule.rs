//! The rule by which an estimate is compared with a closed form.

use std::sync::atomic::AtomicBool;

use foreshadow_sim::stats::{self, Estimate};
use foreshadow_sim::{Plan, Simulation, Tally};

/// A truth and how to measure it in one replication or over all.
pub(super) enum Measure {
    /// A mean over replications of one number each.
    Mean(Box<dyn Fn(&Tally) -> f64>),
    /// A quantile [s] of the latency of users of endpoint 0.
    Latency(f64),
    /// A quantile [s] of the wait at component 0.
    Wait(f64),
}

/// A named truth: what it is, its measure, the closed form, the widest half-width as a share.
pub(super) struct Truth {
    pub(super) name: &'static str,
    pub(super) measure: Measure,
    pub(super) expected: f64,
    pub(super) half_width: f64,
}

pub(super) fn mean(
    name: &'static str,
    expected: f64,
    measure: impl Fn(&Tally) -> f64 + 'static,
) -> Truth {
    Truth { name, measure: Measure::Mean(Box::new(measure)), expected, half_width: 0.02 }
}

pub(super) fn latency_quantile(name: &'static str, q: f64, expected: f64) -> Truth {
    Truth { name, measure: Measure::Latency(q), expected, half_width: 0.02 }
}

pub(super) fn wait_quantile(name: &'static str, q: f64, expected: f64) -> Truth {
    Truth { name, measure: Measure::Wait(q), expected, half_width: 0.02 }
}

fn estimate(tallies: &[Tally], measure: &Measure) -> Estimate {
    match measure {
        Measure::Mean(f) => stats::mean(&tallies.iter().map(f).collect::<Vec<_>>(), 0.999),
        Measure::Latency(q) => {
            let summaries: Vec<_> = tallies.iter().map(|t| &t.users[0].latency).collect();
            stats::quantile(&summaries, *q, 0.999).scale(1e-9)
        }
        Measure::Wait(q) => {
            let summaries: Vec<_> = tallies.iter().map(|t| &t.components[0].wait).collect();
            stats::quantile(&summaries, *q, 0.999).scale(1e-9)
        }
    }
}

/// What a truth looks like in some replications: a miss, or `None`.
fn miss(tallies: &[Tally], truth: &Truth) -> Option<String> {
    let Estimate::Known { value, interval: Some((low, high)) } = estimate(tallies, &truth.measure)
    else {
        return Some(format!("{}: no estimate", truth.name));
    };
    let Truth { name, expected, .. } = truth;
    if !(low..=high).contains(expected) {
        return Some(format!("{name}: {value} ({low} to {high}) misses {expected}"));
    }
    let half = (high - low) / 2.0;
    (half > truth.half_width * expected)
        .then(|| format!("{name}: {value} ± {half} is too wide to judge {expected}"))
}

/// Runs `replications` of a plan and checks all truths; on a miss the same run goes on, once, to
/// four times the replications.
#[track_caller]
pub(super) fn check(plan: Plan, replications: u32, truths: &[Truth]) {
    let simulation = Simulation::new(plan).unwrap();
    let stop = AtomicBool::new(false);
    let run = |range| simulation.replications(range, &stop, &|| ()).unwrap();
    let mut tallies = run(0..replications);
    let misses = |tallies: &[Tally]| -> Vec<String> {
        truths.iter().filter_map(|truth| miss(tallies, truth)).collect()
    };
    let first = misses(&tallies);
    if first.is_empty() {
        return;
    }
    eprintln!("on to four times the replications: {first:?}");
    tallies.extend(run(replications..4 * replications));
    let second = misses(&tallies);
    assert!(second.is_empty(), "{second:#?}");
}
