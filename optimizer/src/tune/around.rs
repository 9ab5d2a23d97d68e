//! What each part of a change buys: the chosen candidate with one knob put back, or turned one step, beside
//! the candidate as it is, over the same fresh replications.

use std::ops::Range;
use std::sync::atomic::AtomicBool;

use foreshadow_scenarios::report::{Constraint, Samples};
use foreshadow_sim::stats::Decision;
use rayon::prelude::*;

use super::evaluate::interrupted;
use super::finals::FRESH;
use super::problem::{Outcome, Problem};
use super::sums::excess;
use super::system::{Candidate, System};
use crate::search::Stop;

/// Replications of each variation.
const RUNS: u32 = 16;
/// Where they begin: beyond those of any proof.
const BEGIN: u32 = FRESH + (1 << 23);
/// Chance that any objective of a variation is judged wrongly.
const ERROR: f64 = 0.05;

/// A candidate near the chosen one.
#[derive(Debug, Clone)]
pub struct Variation {
    /// What it costs; none where that cannot be told.
    pub cost: Option<f64>,
    /// Constraints that it misses, by number.
    pub missed: Vec<usize>,
    /// Whether all are shown to hold.
    pub holds: bool,
    /// The constraint that differs most from the chosen one's, and by which factor its mean does.
    pub moved: Option<(usize, f64)>,
    /// Why there is none.
    pub refused: Option<String>,
}

/// What one knob does around the chosen candidate.
#[derive(Debug, Clone)]
pub struct Around {
    /// The knob, by number.
    pub knob: usize,
    /// Its level in the chosen candidate.
    pub level: u16,
    /// With this knob as it was before; none where the change leaves it alone.
    pub back: Option<Variation>,
    /// One value less, and one more, with that value.
    pub steps: Vec<(u16, Variation)>,
}

/// Puts every knob back, and turns it by one step.
///
/// # Errors
/// [`Stop`]
pub fn around(system: &System, chosen: &[u16], stop: &AtomicBool) -> Result<Vec<Around>, Stop> {
    let base = sums(system, &system.candidate(chosen).map_err(Stop)?, stop)?;
    let look = |candidate: Result<Candidate, String>, cost| -> Result<Variation, Stop> {
        let (mut missed, mut moved) = (Vec::new(), None);
        let samples = match candidate {
            Ok(candidate) => sums(system, &candidate, stop)?,
            Err(why) => {
                let refused = Some(why);
                return Ok(Variation { cost, missed, holds: false, moved, refused });
            }
        };
        let each = ERROR / system.constraints().len().max(1) as f64;
        let mut holds = true;
        let mut most = 0.0;
        for (index, (constraint, now)) in system.constraints().iter().zip(&samples).enumerate() {
            let decision = constraint.decide(now, each);
            holds &= decision == Decision::Held;
            if decision == Decision::Missed {
                missed.push(index);
            }
            let apart = apart(constraint, now, &base[index]);
            if apart.abs() > most {
                most = apart.abs();
                moved = Some((index, apart.exp()));
            }
        }
        Ok(Variation { cost, missed, holds, moved, refused: None })
    };
    let mut found = Vec::new();
    for (knob, axis) in system.axes().iter().enumerate() {
        if !system.tuning.is_turned(knob, chosen) {
            continue;
        }
        let is_changed = system.tuning.changes(knob, chosen);
        let back = if is_changed {
            Some(look(
                system.candidate_without(chosen, knob),
                system.tuning.cost_without(chosen, knob),
            )?)
        } else {
            None
        };
        let mut steps = Vec::new();
        let (level, levels) = (chosen[knob], axis.levels);
        let near: Vec<u16> = if axis.is_ordered {
            [level.checked_sub(1), level.checked_add(1)].into_iter().flatten().collect()
        } else {
            Vec::new()
        };
        for step in near.into_iter().filter(|step| *step < levels) {
            let mut point = chosen.to_vec();
            point[knob] = step;
            system.tidy(&mut point);
            let cost = Some(system.cost(&point));
            steps.push((step, look(system.candidate(&point), cost)?));
        }
        found.push(Around { knob, level, back, steps });
    }
    Ok(found)
}

/// The logarithm of how many times as much of a constraint's mean there is.
fn apart(constraint: &Constraint, now: &Samples, base: &Samples) -> f64 {
    excess(constraint, now) - excess(constraint, base)
}

/// What the replications of a candidate say, by constraint.
fn sums(system: &System, candidate: &Candidate, stop: &AtomicBool) -> Result<Vec<Samples>, Stop> {
    let range: Range<u32> = BEGIN..BEGIN + RUNS;
    let one = |number: u32| {
        if stop.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(interrupted());
        }
        system.replicate(candidate, number, stop)
    };
    let outcomes: Vec<Outcome> =
        range.into_par_iter().with_max_len(1).map(one).collect::<Result<_, Stop>>()?;
    let of = |index: usize| outcomes.iter().filter_map(|outcome| outcome.samples[index]).collect();
    Ok((0..system.constraints().len()).map(of).collect())
}
