//! What all failures with rates come to: strata by how many are in force at once, put together with
//! their exact probabilities.

use foreshadow_scenarios::report::Number;
use foreshadow_sim::stats::Estimate;

use super::ExpectedReport;
use super::build::{MONTH_S, weights};
use crate::case::{CaseKind, at_once};
use crate::estimate::{Rule, Sum};
use crate::loss;
use crate::merge::{CaseTrials, Merged, Trial};
use crate::spec::Spec;

/// What is expected of the failures that have rates; nothing where there are none, or nothing of worth
/// is offered.
pub(super) fn expected(spec: &Spec, merged: &Merged) -> Option<ExpectedReport> {
    let failures = &spec.campaign.failures;
    let worth_per_s = worth_per_s(spec, merged).filter(|_| !failures.is_empty())?;
    let most = (spec.campaign.up_to as usize).min(failures.len());
    let at_once = at_once(failures, most);
    let objectives = &spec.lowered.objectives;
    let rule = merged.rule;
    let (mut harmed, mut spread) = (Sum::default(), Spread::default());
    let mut lost = Sum::default();
    let mut missed = vec![Ends::default(); objectives.len()];
    for (case, of) in spec.cases.iter().zip(&merged.cases) {
        let weight = match (&case.kind, case.failure) {
            (CaseKind::Drawn(count), _) => at_once[*count],
            (_, Some(failure)) => {
                let away = failures[failure].unavailability();
                at_once[0] * away / (1.0 - away)
            }
            _ => continue,
        };
        let rate = case.failure.map_or(0.0, |failure| failures[failure].rate_per_s());
        let part = Part { of, weight, rate };
        part.harm(rule, worth_per_s, &mut harmed);
        part.loss(&mut lost);
        spread.add(weight, of);
        for (index, ends) in missed.iter_mut().enumerate() {
            let hits = of.trials.iter().filter(|trial| trial.has_missed(index));
            let hits = hits.map(|trial| trial.weight).sum();
            ends.add(weight, rule.chance(hits, &weights(&of.trials, |_| Some(1.0))));
        }
    }
    let named = objectives.iter().zip(&missed);
    Some(ExpectedReport {
        harmed: within_one(harmed.estimate(rule)),
        lost_per_month: lost.estimate(rule).scale(MONTH_S).into(),
        structural: loss::long_run(spec).map(|interval| {
            let (value, interval) = (interval.value, Some((interval.low, interval.high)));
            Estimate::Known { value, interval }.into()
        }),
        beyond: (1.0 - at_once.iter().sum::<f64>()).max(0.0),
        missed: named
            .map(|(objective, ends)| (objective.title(&spec.lowered.names), ends.number()))
            .collect(),
        variance_reduction: spread.reduction(),
        at_once,
    })
}

/// A share of worth as a number: no more than 1.
pub(crate) fn within_one(share: Estimate) -> Number {
    let mut number = Number::from(share);
    for end in [&mut number.value, &mut number.low, &mut number.high] {
        *end = end.map(|end| end.min(1.0));
    }
    number
}

/// A case, how much of the time it is in force, and how often it begins \[1/s\].
pub(crate) struct Part<'a> {
    /// What was measured.
    pub of: &'a CaseTrials,
    /// Share of time.
    pub weight: f64,
    /// \[1/s\]
    pub rate: f64,
}

impl Part<'_> {
    /// Adds the share of worth that it harms in the long run: while in force, the share of what is
    /// offered; after it, worth each time.
    pub(crate) fn harm(&self, rule: Rule, worth_per_s: f64, sum: &mut Sum) {
        if self.weight > 0.0 {
            let share = |trial: &Trial| {
                let share = trial.lost[0] / trial.worth_during;
                (trial.worth_during > 0.0).then_some((share, trial.weight))
            };
            sum.add(&self.terms(|trial| Some(trial.weight * self.weight * share(trial)?.0)));
            let shares: Vec<(f64, f64)> = self.of.trials.iter().filter_map(share).collect();
            self.widen(rule, &shares, sum);
        }
        if self.rate > 0.0 {
            let rate = self.rate / worth_per_s;
            sum.add(&self.terms(|trial| Some(rate * trial.lost[1])));
        }
    }

    /// What trials of a case that varies did not show may still be there.
    fn widen(&self, rule: Rule, shares: &[(f64, f64)], sum: &mut Sum) {
        let sample = self.of.sample();
        if let (
            Estimate::Known { interval: Some((low, high)), .. },
            Estimate::Known { interval: Some((below, above)), .. },
        ) = (rule.mean(shares), rule.proportion(shares, sample))
        {
            let weight = self.weight * shares.iter().map(|(_, w)| *w).fold(1.0, f64::max);
            sum.widen(
                weight * (low.max(0.0) - below).max(0.0),
                weight * (above - high.min(1.0)).max(0.0),
            );
        }
    }

    /// Adds worth lost in a second of the long run.
    fn loss(&self, sum: &mut Sum) {
        if self.weight > 0.0 {
            sum.add(&self.terms(|trial| {
                let lost = trial.weight * self.weight * trial.lost[0] / trial.force_s;
                (trial.force_s > 0.0).then_some(lost)
            }));
        }
        if self.rate > 0.0 {
            sum.add(&self.terms(|trial| Some(self.rate * trial.lost[1])));
        }
    }

    fn terms(&self, of: impl Fn(&Trial) -> Option<f64>) -> Vec<(u32, f64)> {
        let term = |trial: &Trial| Some((trial.replication, of(trial)?));
        self.of.trials.iter().filter_map(term).collect()
    }
}

/// Worth that is offered in a second: while faults are in force, over all trials; where none of them is
/// in force for any time, as the loads say. `None` where nothing of worth is offered, or nobody can say.
pub(super) fn worth_per_s(spec: &Spec, merged: &Merged) -> Option<f64> {
    let trials = merged.cases.iter().flat_map(|case| &case.trials);
    let (worth, seconds) = trials.fold((0.0, 0.0), |(worth, seconds), trial| {
        (worth + trial.worth_during, seconds + trial.force_s)
    });
    let offered = if seconds > 0.0 { Some(worth / seconds) } else { loss::worth_per_s(spec) };
    offered.filter(|offered| *offered > 0.0)
}

/// A sum of probabilities, each with a known weight. Ends add up, which is right however what misses
/// objectives in one case depends on what does in another.
#[derive(Debug, Clone, Default)]
struct Ends {
    value: f64,
    low: f64,
    high: f64,
    is_open: bool,
}

impl Ends {
    fn add(&mut self, weight: f64, chance: Estimate) {
        let Estimate::Known { value, interval: Some((low, high)) } = chance else {
            self.is_open |= weight > 0.0;
            return;
        };
        self.value += weight * value;
        self.low += weight * low;
        self.high += weight * high;
    }

    fn number(&self) -> Number {
        let interval = (!self.is_open).then_some((self.low, self.high.min(1.0)));
        Estimate::Known { value: self.value, interval }.into()
    }
}

/// Second moments of the share f that is harmed while failures are in force, by which strata are
/// compared with drawing the whole state.
#[derive(Debug, Default)]
struct Spread {
    trials: f64,
    /// E f², over the state of the system: of a tilted stratum, the mean of w f².
    square: f64,
    /// The estimate of E f.
    estimate: Sum,
}

impl Spread {
    fn add(&mut self, weight: f64, of: &CaseTrials) {
        let some = of.trials.iter().filter(|trial| trial.worth_during > 0.0);
        let shares: Vec<(&Trial, f64)> =
            some.map(|trial| (trial, trial.lost[0] / trial.worth_during)).collect();
        if weight <= 0.0 || shares.len() < 2 {
            return;
        }
        let n = shares.len() as f64;
        self.trials += n;
        self.square += weight * shares.iter().map(|(t, f)| t.weight * f * f).sum::<f64>() / n;
        let term = |(t, f): &(&Trial, f64)| (t.replication, weight * t.weight * f);
        self.estimate.add(&shares.iter().map(term).collect::<Vec<_>>());
    }

    /// How many times as many trials the naive way takes.
    fn reduction(&self) -> Option<f64> {
        let mean = self.estimate.value();
        let naive = (self.square - mean * mean) / self.trials;
        let (variance, _) = self.estimate.variance();
        (variance > 0.0 && naive > 0.0).then(|| naive / variance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Harm that comes with probability p under the law, drawn with probability q.
    fn tilted(n: u32, (p, q): (f64, f64)) -> CaseTrials {
        let hits = (q * f64::from(n)).round() as u32;
        let trial = |replication| {
            let is_hit = replication < hits;
            Trial {
                replication,
                worth_during: 1.0,
                lost: [f64::from(u8::from(is_hit)), 0.0],
                weight: if is_hit { p / q } else { (1.0 - p) / (1.0 - q) },
                ..Trial::default()
            }
        };
        CaseTrials { trials: (0..n).map(trial).collect(), ..CaseTrials::default() }
    }

    /// Bernoulli harm in a stratum of weight W: drawing the state has the variance W p − (W p)² a trial,
    /// the tilted stratum W² (p²/q − p²).
    #[test]
    fn variance_reduction_of_a_tilted_stratum_agrees_with_the_closed_form() {
        let (p, q, weight) = (0.01, 0.1, 0.5);
        let mut spread = Spread::default();
        spread.add(weight, &tilted(10_000, (p, q)));
        let naive = weight * p - (weight * p).powi(2);
        let expected = naive / (weight * weight * (p * p / q - p * p));
        let found = spread.reduction().unwrap();
        assert!((found / expected - 1.0).abs() < 1e-3, "{found}, not {expected}");
    }
}
