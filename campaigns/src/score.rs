//! Resilience scores: 100 × (1 − H) × (1 − 0.1 · min(1, recovery / limit)) × (1 − E).
//!
//! H is the expected share of worth harmed under the fault model: with rates, in the long run; without,
//! from the start of one of the faults that were tried until recovery, each as likely as the others.
//! Recovery is the mean over failures, as often as they come. Both are of things that fail alone, but
//! the system's H in the long run. E is the twin's own error, where it has been held against telemetry.

use foreshadow_scenarios::Failure;
use foreshadow_scenarios::lower::Measure;
use foreshadow_scenarios::report::Number;
use serde::{Deserialize, Serialize};

use crate::estimate::Sum;
use crate::merge::{Merged, Trial};
use crate::report::expected::{Part, within_one};
use crate::report::{Report, ScenarioReport};
use crate::spec::Spec;

/// Limit of a recovery where the scenario states none \[s\].
const LIMIT_S: f64 = 60.0;
/// How much of the score a slow recovery costs.
const SLOW: f64 = 0.1;
/// The most that the twin's error counts.
const MOST_ERROR: f64 = 0.5;

/// Scores, from 0 to 100.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Of the whole system.
    pub system: Number,
    /// Of faults at what is in an environment, by its name.
    pub environments: Vec<Score>,
    /// Of faults at each component, the least first.
    pub components: Vec<Score>,
    /// Share of components and edges at which something was tried.
    pub coverage: f64,
    /// Whether the system's H is of the long run, or of a time in which something is wrong.
    pub rates_known: bool,
    /// The twin's own error that the scores carry; null where it was never held against telemetry:
    /// they are then of a twin that is taken as right.
    pub twin_error: Option<f64>,
    /// Worth offered in a second, by which systems of an estate are weighted.
    pub worth_per_s: f64,
    /// When the telemetry ends that the twin was learned from; null for a twin that was written.
    pub learned_to: Option<String>,
    /// Changes that raise the system's score most, each checked by runs; the best first.
    pub fixes: Vec<crate::fixes::Fix>,
}

/// The score of a part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Its name.
    pub name: String,
    /// From 0 to 100.
    pub score: Number,
    /// Whether its H is of the long run, as failures with rates there are, or of a time in which
    /// one of the faults there is in force.
    pub rates_known: bool,
}

/// A share harmed and a time to recover, with what is known of both.
#[derive(Debug, Clone, Copy)]
struct Harm {
    harmed: Number,
    recovery_s: f64,
    /// Whether the share is of the long run.
    rates_known: bool,
}

/// The scores of a campaign; nothing where nothing was tried.
#[must_use]
pub fn scores(
    spec: &Spec,
    merged: &Merged,
    report: &Report,
    fixes: Vec<crate::fixes::Fix>,
) -> Option<Scores> {
    let tried = Tried { spec, merged, report };
    let alone: Vec<&ScenarioReport> =
        report.scenarios.iter().filter(|scenario| scenario.together == 1).collect();
    let whole = tried.harm(&alone)?;
    let harmed = report.expected.as_ref().map_or(whole.harmed, |expected| expected.harmed);
    let error = spec.scenario.twin.learned.as_ref().and_then(|learned| learned.error.as_ref());
    let error = error.map(|error| error.0.min(MOST_ERROR));
    let of = |harm: Harm| score(spec, harm, error.unwrap_or(0.0));
    let names = &spec.lowered.names;
    let at = |name: &str| -> Vec<&ScenarioReport> {
        let is_there = |scenario: &&&ScenarioReport| {
            scenario.faults.iter().any(|fault| fault.place() == Some(name))
        };
        alone.iter().filter(is_there).copied().collect()
    };
    let named = |name: &String, of_it: &[&ScenarioReport]| {
        let harm = tried.harm(of_it)?;
        let rates_known = harm.rates_known;
        Some(Score { name: name.clone(), score: of(harm), rates_known })
    };
    let mut components: Vec<Score> =
        names.components.iter().filter_map(|name| named(name, &at(name))).collect();
    components.sort_by(|a, b| {
        let value = |score: &Score| score.score.value.unwrap_or(f64::INFINITY);
        value(a).total_cmp(&value(b))
    });
    let places = names.components.len() + names.edges.len();
    let covered = names.components.iter().chain(&names.edges).filter(|name| !at(name).is_empty());
    Some(Scores {
        system: of(Harm { harmed, ..whole }),
        environments: environments(spec)
            .into_iter()
            .filter_map(|(name, inside)| {
                let mut here: Vec<&ScenarioReport> = Vec::new();
                for scenario in inside.iter().flat_map(|place| at(place)) {
                    if !here.iter().any(|known| known.name == scenario.name) {
                        here.push(scenario);
                    }
                }
                named(&name, &here)
            })
            .collect(),
        components,
        coverage: covered.count() as f64 / places.max(1) as f64,
        rates_known: report.expected.is_some(),
        twin_error: error,
        worth_per_s: report.worth_per_s,
        learned_to: spec.scenario.twin.learned.as_ref().map(|learned| learned.to.clone()),
        fixes,
    })
}

/// Environments, the components that have a replica in each, and its zones.
fn environments(spec: &Spec) -> Vec<(String, Vec<String>)> {
    let (plan, names) = (&spec.lowered.plan, &spec.lowered.names);
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for (index, (name, zone)) in spec.scenario.twin.zones.iter().enumerate() {
        let Some(environment) = &zone.environment else { continue };
        let inside = plan.components.iter().zip(&names.components).filter(|(component, _)| {
            component.replicas.iter().any(|place| usize::from(place.zone) == index)
        });
        let mut inside: Vec<String> = inside.map(|(_, name)| name.clone()).collect();
        inside.push(name.value.clone());
        match found.iter_mut().find(|(known, _)| known == environment) {
            Some((_, known)) => known.extend(inside),
            None => found.push((environment.clone(), inside)),
        }
    }
    for (_, inside) in &mut found {
        inside.sort_unstable();
        inside.dedup();
    }
    found
}

/// What a campaign found.
struct Tried<'a> {
    spec: &'a Spec,
    merged: &'a Merged,
    report: &'a Report,
}

impl Tried<'_> {
    /// The harm of these: in the long run, of those that have rates; where none has, while one of them is
    /// in force, each as likely as the others.
    fn harm(&self, scenarios: &[&ScenarioReport]) -> Option<Harm> {
        let case = |scenario: &&ScenarioReport| {
            self.spec.cases.iter().position(|case| case.name == scenario.name)
        };
        let failures = &self.spec.campaign.failures;
        let all: Vec<(usize, &ScenarioReport)> =
            scenarios.iter().filter_map(|scenario| Some((case(scenario)?, *scenario))).collect();
        let rated = all.iter().filter_map(|&(case, scenario)| {
            Some((case, scenario, &failures[self.spec.cases[case].failure?]))
        });
        let rated: Vec<(usize, &ScenarioReport, &Failure)> = rated.collect();
        if self.report.worth_per_s > 0.0 && !rated.is_empty() {
            let mut sum = Sum::default();
            for (case, _, failure) in &rated {
                let (weight, rate) = (failure.unavailability(), failure.rate_per_s());
                let part = Part { of: &self.merged.cases[*case], weight, rate };
                part.harm(self.merged.rule, self.report.worth_per_s, &mut sum);
            }
            let recoveries = rated.iter().map(|(_, scenario, f)| (*scenario, f.rate_per_s()));
            return Some(Harm {
                harmed: within_one(sum.estimate(self.merged.rule)),
                recovery_s: self.recovery_s(recoveries),
                rates_known: true,
            });
        }
        let n = all.len() as f64;
        let mut sum = Sum::default();
        for (case, _) in &all {
            let trials = &self.merged.cases[*case].trials;
            let share = |trial: &Trial| Some((trial.replication, trial.worth_share()? / n));
            sum.add(&trials.iter().filter_map(share).collect::<Vec<_>>());
        }
        (!all.is_empty()).then(|| Harm {
            harmed: within_one(sum.estimate(self.merged.rule)),
            recovery_s: self.recovery_s(all.iter().map(|(_, scenario)| (*scenario, 1.0))),
            rates_known: false,
        })
    }

    /// The mean time to recover, each with a weight; what does not recover counts with the horizon.
    fn recovery_s<'b>(&self, of: impl Iterator<Item = (&'b ScenarioReport, f64)>) -> f64 {
        let horizon = self.spec.lowered.plan.run.horizon.as_secs_f64();
        let (sum, all) = of.fold((0.0, 0.0), |(sum, all), (scenario, weight)| {
            let recovered = scenario.recovered_s.value.unwrap_or(horizon);
            (sum + weight * recovered, all + weight)
        });
        sum / all
    }
}

fn score(spec: &Spec, harm: Harm, error: f64) -> Number {
    let recoveries = spec.lowered.objectives.iter().filter(|o| o.measure == Measure::Recovery);
    let limit = recoveries.map(|objective| objective.limit / 1e3).fold(f64::INFINITY, f64::min);
    let limit = if limit.is_finite() { limit } else { LIMIT_S };
    let slow = 1.0 - SLOW * (harm.recovery_s / limit).min(1.0);
    let of = |harmed: f64| 100.0 * (1.0 - harmed.clamp(0.0, 1.0)) * slow * (1.0 - error);
    Number {
        value: harm.harmed.value.map(of),
        low: harm.harmed.high.map(of),
        high: harm.harmed.low.map(of),
        reason: harm.harmed.reason,
    }
}
