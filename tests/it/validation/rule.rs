//! The rule by which an estimate is compared with a closed form.

use std::sync::atomic::AtomicBool;

use foreshadow_sim::histogram::Summary;
use foreshadow_sim::stats::{self, Estimate};
use foreshadow_sim::{Plan, Simulation, Tally};

/// Confidence of the interval that must hold the truth.
const CONFIDENCE: f64 = 0.999;
/// The widest half-width that can judge, as a share of the truth.
const HALF_WIDTH: f64 = 0.02;

/// How a figure is measured in one replication, or over all.
pub(super) enum Measure {
    /// A share or another pure number of each replication.
    Share(fn(&Tally) -> f64),
    /// A number per unit of time: counted in each replication's window.
    Rate(fn(&Tally) -> f64),
    /// The mean over replications of the means of these times.
    Mean(fn(&Tally) -> &Summary),
    /// A quantile of these times, pooled.
    Quantile(f64, fn(&Tally) -> &Summary),
}

/// A figure, how to measure it, and its true value; times are in units of time.
pub(super) struct Truth {
    pub(super) name: &'static str,
    pub(super) measure: Measure,
    pub(super) expected: f64,
    half_width: f64,
    /// How far beside the interval the truth may lie, as a share of it: of what is known only in
    /// the limit.
    beside: f64,
}

impl Truth {
    pub(super) const fn new(name: &'static str, measure: Measure, expected: f64) -> Self {
        Self { name, measure, expected, half_width: HALF_WIDTH, beside: 0.0 }
    }

    /// The same where what is known is a limit, within half a percent.
    pub(super) const fn in_the_limit(self) -> Self {
        Self { beside: 0.005, ..self }
    }

    /// The same under another name.
    pub(super) const fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// The same where 5 % must do, because the times vary so much.
    pub(super) const fn within_five_percent(self) -> Self {
        Self { half_width: 0.05, ..self }
    }
}

/// A plan, and how long a unit of time takes in it [ns].
pub(super) struct Case {
    pub(super) plan: Plan,
    pub(super) unit: f64,
    pub(super) replications: u32,
}

impl Case {
    /// Runs the plan and checks all truths; on a miss the same run goes on, once, to four times
    /// the replications.
    #[track_caller]
    pub(super) fn check(self, truths: &[Truth]) {
        let window = self.plan.run.horizon.as_nanos() as f64 / self.unit;
        let simulation = Simulation::new(self.plan).unwrap();
        let stop = AtomicBool::new(false);
        let run = |range| simulation.replications(range, &stop, &|| ()).unwrap();
        let misses = |tallies: &[Tally]| -> Vec<String> {
            let miss = |truth| miss(truth, estimate(tallies, truth, self.unit, window));
            truths.iter().filter_map(miss).collect()
        };
        let mut tallies = run(0..self.replications);
        let first = misses(&tallies);
        if first.is_empty() {
            return;
        }
        eprintln!("on to four times the replications: {first:#?}");
        tallies.extend(run(self.replications..4 * self.replications));
        let second = misses(&tallies);
        assert!(second.is_empty(), "{second:#?}");
    }
}

/// A figure as it was measured, times in units of time.
fn estimate(tallies: &[Tally], truth: &Truth, unit: f64, window: f64) -> Estimate {
    let mean = |of: &dyn Fn(&Tally) -> f64| {
        stats::mean(&tallies.iter().map(of).collect::<Vec<_>>(), CONFIDENCE)
    };
    match truth.measure {
        Measure::Share(of) => mean(&of),
        Measure::Rate(of) => mean(&|tally| of(tally) / window),
        Measure::Mean(of) => mean(&|tally| of(tally).mean().unwrap() / unit),
        Measure::Quantile(q, of) => {
            let summaries: Vec<_> = tallies.iter().map(of).collect();
            stats::quantile(&summaries, q, CONFIDENCE).scale(1.0 / unit)
        }
    }
}

/// What is wrong with an estimate, if anything.
fn miss(truth: &Truth, estimate: Estimate) -> Option<String> {
    let Truth { name, expected, .. } = truth;
    let Estimate::Known { value, interval: Some((low, high)) } = estimate else {
        return Some(format!("{name}: no estimate"));
    };
    let beside = truth.beside * expected;
    if !(low - beside..=high + beside).contains(expected) {
        return Some(format!("{name}: {value} ({low} to {high}) misses {expected}"));
    }
    let half = (high - low) / 2.0;
    (half > truth.half_width * expected)
        .then(|| format!("{name}: {value} ± {half} is too wide to judge {expected}"))
}
