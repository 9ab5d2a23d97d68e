//! Which failures are drawn more often than they happen: those that matter together with another.
//!
//! The structure of the system says, without a run, what a pair of failures takes away. A failure is
//! drawn the more often the more its pairs take away on average; never less than a fifth as often as the
//! one that is drawn most, since a run may show harm that the structure does not. Weights undo it.

use foreshadow_sim::plan::{EndpointId, Load};

use crate::error::Error;
use crate::spec::Spec;
use crate::structure::{Parts, Structure, Values};

/// The least tilt, beside 1 as the most.
const LEAST: f64 = 0.2;

/// A tilt for each failure of the campaign; all 1 where the structure tells nothing.
pub(crate) fn tilts(spec: &Spec) -> Result<Vec<f64>, Error> {
    let failures = &spec.campaign.failures;
    let plain = vec![1.0; failures.len()];
    let plan = &spec.lowered.plan;
    let mix = mix(spec);
    let Some(structure) = Structure::new(plan).filter(|_| !mix.is_empty()) else {
        return Ok(plain);
    };
    let mut away: Vec<Parts> = Vec::new();
    for failure in failures {
        let with = spec.lowered_with(&failure.faults)?;
        let mut parts = structure.none();
        for taken in with.plan.faults[plan.faults.len()..].iter().filter_map(|f| structure.taken(f))
        {
            parts.join(&taken);
        }
        away.push(parts);
    }
    let mut values = Values::default();
    let mut lost = vec![0.0; failures.len()];
    for one in 0..away.len() {
        for two in one + 1..away.len() {
            let mut both = away[one].clone();
            both.join(&away[two]);
            let share = 1.0 - structure.served(&mix, &both, &mut values);
            lost[one] += share;
            lost[two] += share;
        }
    }
    let most = lost.iter().copied().fold(0.0, f64::max);
    if most <= 0.0 {
        return Ok(plain);
    }
    Ok(lost.into_iter().map(|lost| LEAST + (1.0 - LEAST) * lost / most).collect())
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
