//! What all failures with rates come to: strata by how many are in force at once, put together with
//! their exact probabilities.

use foreshadow_scenarios::report::Number;
use foreshadow_sim::stats::{self, Estimate};

use super::ExpectedReport;
use super::build::MONTH_S;
use crate::case::{CaseKind, at_once};
use crate::loss;
use crate::merge::{CONFIDENCE, Merged, Trial};
use crate::spec::Spec;

/// A sum of independent estimates, each with a known weight.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    value: f64,
    /// Squares of the distances to either end of the interval.
    below: f64,
    above: f64,
    /// Whether a part had no interval.
    is_open: bool,
}

impl Sum {
    fn add(&mut self, weight: f64, estimate: Estimate) {
        match estimate {
            Estimate::Known { value, interval } => {
                self.value += weight * value;
                match interval {
                    Some((low, high)) => {
                        self.below += (weight * (value - low)).powi(2);
                        self.above += (weight * (high - value)).powi(2);
                    }
                    None => self.is_open = true,
                }
            }
            Estimate::Unknown(_) => self.is_open = true,
        }
    }

    fn number(&self, factor: f64) -> Number {
        let interval = (!self.is_open).then(|| {
            let low = (self.value - self.below.sqrt()).max(0.0);
            (low * factor, (self.value + self.above.sqrt()) * factor)
        });
        Estimate::Known { value: self.value * factor, interval }.into()
    }
}

/// What is expected of the failures that have rates; nothing where there are none.
pub(super) fn expected(spec: &Spec, merged: &Merged) -> Option<ExpectedReport> {
    let failures = &spec.campaign.failures;
    if failures.is_empty() {
        return None;
    }
    let most = (spec.campaign.up_to as usize).min(failures.len());
    let at_once = at_once(failures, most);
    let none = at_once[0];
    // While in force, the share of worth; after it, worth each time.
    let (mut harmed, mut spread) = (Sum::default(), Spread::default());
    let objectives = &spec.lowered.objectives;
    let mut missed = vec![Sum::default(); objectives.len()];
    let worth_per_s = worth_per_s(spec, merged);
    for (case, of) in spec.cases.iter().zip(&merged.cases) {
        let weight = match (&case.kind, case.failure) {
            (CaseKind::Drawn(count), _) => at_once[*count],
            (_, Some(failure)) => {
                let away = failures[failure].unavailability();
                none * away / (1.0 - away)
            }
            _ => continue,
        };
        let during = |trial: &Trial| trial.weight * trial.lost[0] / trial.worth_during;
        let some = of.trials.iter().filter(|trial| trial.worth_during > 0.0);
        let shares: Vec<f64> = some.map(during).collect();
        harmed.add(weight, stats::mean(&shares, CONFIDENCE));
        spread.add(weight, &shares);
        if let Some(failure) = case.failure {
            let after: Vec<f64> = of.trials.iter().map(|trial| trial.lost[1]).collect();
            let rate = failures[failure].rate_per_s() / worth_per_s;
            harmed.add(rate, stats::mean(&after, CONFIDENCE));
        }
        for (index, sum) in missed.iter_mut().enumerate() {
            let is_missed = |trial: &&Trial| trial.has_missed(index);
            let share = if matches!(case.kind, CaseKind::Drawn(_)) {
                let hit = |trial: &Trial| if is_missed(&trial) { trial.weight } else { 0.0 };
                stats::mean(&of.trials.iter().map(hit).collect::<Vec<_>>(), CONFIDENCE)
            } else {
                let hits = of.trials.iter().filter(is_missed).count();
                stats::probability(hits as u32, of.trials.len() as u32, CONFIDENCE)
            };
            sum.add(weight, share);
        }
    }
    let named = objectives.iter().zip(&missed);
    Some(ExpectedReport {
        harmed: harmed.number(1.0),
        lost_per_month: harmed.number(worth_per_s * MONTH_S),
        structural: loss::long_run(spec).map(|interval| {
            let (value, interval) = (interval.value, Some((interval.low, interval.high)));
            Estimate::Known { value, interval }.into()
        }),
        beyond: (1.0 - at_once.iter().sum::<f64>()).max(0.0),
        missed: named
            .map(|(objective, sum)| (objective.title(&spec.lowered.names), sum.number(1.0)))
            .collect(),
        variance_reduction: spread.reduction(harmed.value),
        at_once,
    })
}

/// Worth that is offered in a second while faults are in force, over all trials.
pub(super) fn worth_per_s(spec: &Spec, merged: &Merged) -> f64 {
    let trials = || merged.cases.iter().flat_map(|case| &case.trials);
    let worth: f64 = trials().map(|trial| trial.worth_during).sum();
    let seconds = spec.campaign.duration.as_secs_f64() * trials().count() as f64;
    if worth > 0.0 { worth / seconds } else { 1.0 }
}

/// Second moments, by which strata are compared with drawing the whole state.
#[derive(Debug, Default)]
struct Spread {
    trials: f64,
    /// E f², over the state of the system.
    square: f64,
    /// Variance of the estimate.
    variance: f64,
}

impl Spread {
    fn add(&mut self, weight: f64, shares: &[f64]) {
        let n = shares.len() as f64;
        if n < 2.0 {
            return;
        }
        let mean = shares.iter().sum::<f64>() / n;
        let squares = shares.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
        self.trials += n;
        self.square += weight * (squares + mean * mean);
        self.variance += weight * weight * squares / n;
    }

    /// How many times as many trials the naive way takes.
    fn reduction(&self, mean: f64) -> Option<f64> {
        let naive = (self.square - mean * mean) / self.trials;
        (self.variance > 0.0 && naive > 0.0).then(|| naive / self.variance)
    }
}
