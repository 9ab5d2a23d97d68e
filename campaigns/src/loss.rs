//! What failures take away by structure alone, without a run.
//!
//! It says which failures are drawn more often than they happen ([`tilts`]): those that matter together
//! with another. A failure is drawn the more often the more its pairs take away on average; never less
//! than a fifth as often as the one that is drawn most, since a run may show harm that the structure does
//! not. Weights undo it. And it is an answer of its own, for any number of failures at once
//! ([`long_run`]).

use foreshadow_scenarios::Failure;
use foreshadow_sim::plan::{EndpointId, Load};
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
    /// `None` where endpoints call each other in a circle, or nobody calls anything.
    fn new(spec: &'a Spec) -> Option<Self> {
        let (structure, mix) = (Structure::new(&spec.lowered.plan)?, mix(spec));
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

/// What users call, by worth a second; sessions count as one call of each of their endpoints.
fn mix(spec: &Spec) -> Vec<(EndpointId, f64)> {
    let worth = spec.lowered.worth.iter().map(|(worth, _)| *worth);
    let loads = spec.lowered.plan.loads.iter().zip(worth);
    let of = |(load, worth): (&Load, f64)| match load {
        Load::Open { endpoint, arrivals, .. } => {
            vec![(*endpoint, worth * arrivals.peak_per_s().unwrap_or(1.0))]
        }
        Load::Sessions { session, .. } | Load::Closed { session, .. } => {
            let called = foreshadow_sim::plan::callees(session);
            called.into_iter().map(|endpoint| (endpoint, worth)).collect()
        }
    };
    loads.flat_map(of).filter(|(_, weight)| *weight > 0.0).collect()
}
