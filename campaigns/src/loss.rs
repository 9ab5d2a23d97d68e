//! What failures take away by structure alone, without a run.
//!
//! It says which failures are drawn more often than they happen ([`tilts`]): those that matter together
//! with another. A failure is drawn the more often the more its pairs take away on average; never less
//! than a fifth as often as the one that is drawn most, since a run may show harm that the structure does
//! not. Weights undo it. And it is an answer of its own, for any number of failures at once
//! ([`long_run`]).

use foreshadow_scenarios::Failure;
use foreshadow_sim::plan::{EndpointId, Load, Step};
use foreshadow_sim::random::Key;

use crate::error::Error;
use crate::rare::{self, interval::Interval};
use crate::spec::Spec;
use crate::structure::{Parts, Structure, Values};

/// The least tilt, beside 1 as the most.
const LEAST: f64 = 0.2;
/// States of the system that are looked at for the answer of the structure.
const STATES: u64 = 20_000;
/// Half-width of its interval, as a part of it, that is enough.
const ENOUGH: f64 = 0.02;
/// What those draws are keyed by.
const STRUCTURE: u64 = 0x7374_7275;

/// What each failure of a campaign takes away of the structure; nothing where endpoints call each
/// other in a circle.
pub(crate) fn away(spec: &Spec) -> Result<Vec<Parts>, Error> {
    let plan = &spec.lowered.plan;
    let Some(structure) = Structure::new(plan) else { return Ok(Vec::new()) };
    let of = |failure: &Failure| {
        let with = spec.lowered_with(&failure.faults)?;
        let mut parts = structure.none();
        let added = &with.plan.faults[plan.faults.len()..];
        for taken in added.iter().filter_map(|fault| structure.taken(fault)) {
            parts.join(&taken);
        }
        Ok(parts)
    };
    spec.campaign.failures.iter().map(of).collect()
}

/// The structure of a campaign's system, and what each failure takes away of it.
struct Loss<'a> {
    structure: Structure<'a>,
    mix: Vec<(EndpointId, f64)>,
    away: &'a [Parts],
}

impl<'a> Loss<'a> {
    /// `None` where endpoints call each other in a circle, nobody calls anything, or it is not known
    /// how often.
    fn new(spec: &'a Spec) -> Option<Self> {
        let (structure, mix) = (Structure::new(&spec.lowered.plan)?, mix(spec)?);
        (!mix.is_empty()).then_some(Self { structure, mix, away: &spec.away })
    }

    /// The share of worth that is lost while these failures are in force.
    fn of(&self, failures: &[usize], values: &mut Values) -> f64 {
        let mut parts = self.structure.none();
        for &failure in failures {
            parts.join(&self.away[failure]);
        }
        1.0 - self.structure.served(&self.mix, &parts, values)
    }
}

/// A tilt for each failure of the campaign; all 1 where the structure tells nothing.
pub(crate) fn tilts(spec: &Spec) -> Vec<f64> {
    let n = spec.campaign.failures.len();
    let plain = vec![1.0; n];
    let Some(loss) = Loss::new(spec) else { return plain };
    let (mut lost, mut values) = (vec![0.0; n], Values::default());
    for one in 0..n {
        for two in one + 1..n {
            let share = loss.of(&[one, two], &mut values);
            lost[one] += share;
            lost[two] += share;
        }
    }
    let most = lost.iter().copied().fold(0.0, f64::max);
    if most <= 0.0 {
        return plain;
    }
    lost.into_iter().map(|lost| LEAST + (1.0 - LEAST) * lost / most).collect()
}

/// The share of worth that structure alone loses in the long run, beyond what is lost with all parts
/// there; `None` where the structure tells nothing.
pub(crate) fn long_run(spec: &Spec) -> Option<Interval> {
    let loss = Loss::new(spec)?;
    let u: Vec<f64> = spec.campaign.failures.iter().map(Failure::unavailability).collect();
    let mut values = Values::default();
    // Errors and caches of the system as it is are no failure's doing.
    let before = loss.of(&[], &mut values);
    let key = Key::root(spec.seed(), 0).with(STRUCTURE);
    let settings = rare::Settings { precision: Some(ENOUGH), ..rare::Settings::new(STATES, key) };
    let mut lost = |failed: &[usize]| (loss.of(failed, &mut values) - before).clamp(0.0, 1.0);
    Some(rare::expectation(&u, &settings, &mut lost).estimate)
}

/// Worth that the loads offer in a second, as their rates say; `None` where users are closed, and
/// come as fast as the system lets them.
pub(crate) fn worth_per_s(spec: &Spec) -> Option<f64> {
    if spec.lowered.plan.loads.iter().any(|load| matches!(load, Load::Closed { .. })) {
        return None;
    }
    mix(spec).map(|mix| mix.iter().map(|(_, weight)| weight).sum())
}

/// What users call, by the worth of it in a second, on average over the horizon. Of closed users it is
/// not known how often they come: where nobody else does, one round stands for them; `None` where
/// there are others.
fn mix(spec: &Spec) -> Option<Vec<(EndpointId, f64)>> {
    let plan = &spec.lowered.plan;
    let worth = spec.lowered.worth.iter().map(|(worth, _)| *worth);
    let loads: Vec<(&Load, f64)> =
        plan.loads.iter().zip(worth).filter(|(_, worth)| *worth > 0.0).collect();
    let mut mix = Vec::new();
    for (load, worth) in &loads {
        match load {
            Load::Open { endpoint, arrivals, .. } => {
                mix.push((*endpoint, worth * arrivals.mean_per_s(plan.run.horizon)?));
            }
            Load::Sessions { session, arrivals, walk, .. } => {
                let rate = arrivals.mean_per_s(plan.run.horizon)?;
                match walk.as_ref().and_then(|walk| walk.visits()) {
                    None => calls(session, worth * rate, &mut mix),
                    Some(visits) => {
                        for (step, visits) in session.chunks(1).zip(visits) {
                            calls(step, worth * rate * visits, &mut mix);
                        }
                    }
                }
            }
            Load::Closed { session, .. } if loads.len() == 1 => calls(session, *worth, &mut mix),
            Load::Closed { .. } => return None,
        }
    }
    mix.retain(|(_, weight)| *weight > 0.0);
    Some(mix)
}

/// Adds the calls that are expected of a session that goes well, each as `weight` of one.
fn calls(session: &[Step], weight: f64, mix: &mut Vec<(EndpointId, f64)>) {
    for step in session {
        match step {
            Step::Call(call) | Step::Publish(call) => {
                let times = call.probability * f64::from(call.count);
                mix.push((call.endpoint, weight * times));
            }
            Step::Parallel(branches) => {
                for branch in branches {
                    calls(branch, weight, mix);
                }
            }
            Step::Choose(lists) => {
                let all: f64 = lists.iter().map(|(part, _)| part).sum();
                for (part, list) in lists {
                    calls(list, weight * part / all, mix);
                }
            }
            // Users have no caches.
            Step::Work(_) | Step::Think(_) | Step::Cache(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use foreshadow_sim::plan::Call;

    #[test]
    fn a_session_counts_with_the_calls_that_are_expected_of_it() {
        let call = |endpoint, probability, count| {
            Step::Call(Call { probability, count, ..Call::new(endpoint, None) })
        };
        let session = [
            call(0, 0.5, 3),
            Step::Choose(vec![(3.0, vec![call(1, 1.0, 1)]), (1.0, vec![call(2, 1.0, 2)])]),
            Step::Parallel(vec![vec![call(3, 1.0, 1)], vec![call(3, 1.0, 1)]]),
        ];
        let mut mix = Vec::new();
        calls(&session, 10.0, &mut mix);
        assert_eq!(mix, [(0, 15.0), (1, 7.5), (2, 5.0), (3, 10.0), (3, 10.0)]);
    }
}
