//! Tuning: the cheapest change that holds, with a guarantee.
//!
//! A search in two phases, global (`evolution.rs`) and local (`descent.rs`), fills an [`Archive`]; a few
//! finalists of it are put to the proof (`finals.rs`) on replications that the search never saw. What
//! is tuned is a [`Problem`]; [`System`] is the one that a scenario file makes.

mod additive;
mod archive;
mod around;
mod change;
mod descent;
mod evaluate;
mod evolution;
mod finals;
mod journal;
mod problem;
pub mod report;
mod staffing;
mod sums;
mod system;

pub use archive::{Archive, Entry};
pub use around::{Around, Variation, around};
pub use evaluate::{Journal, Phase, Settings, Told};
pub use finals::{ERROR, FRESH, Finalist, PROOF, Proof, finalists};
pub use journal::FileJournal;
pub use problem::{Axis, Outcome, Point, Problem, Wanted};
pub use sums::Sums;
pub use system::{Candidate, Case, Named, System};

use foreshadow_sim::random::{Draws, Key};

use crate::search::Stop;
use evaluate::Evaluator;

/// The share of the budget after which the search goes on from the best alone, with up to so many axes; with
/// more of them, which recombination serves less than steps along each, it is less.
const GLOBAL: (f64, f64) = (0.45, 6.0);

/// Points of another beginning.
const BEGINNINGS: usize = 8;
/// Where their draws are.
const PURPOSE: u64 = 0x616e_6577;

/// What a tuning found.
#[derive(Debug, Clone)]
pub struct Tuned {
    /// Everything that was tried.
    pub archive: Archive,
    /// What was shown of the best.
    pub proof: Proof,
    /// Replications of the search.
    pub searched: u64,
    /// Replications of the proof, with those of looking for what to mend.
    pub proven: u64,
}

/// Searches, and proves.
///
/// # Errors
/// [`Stop`]: told to end, or trouble of the problem's own.
pub fn tune<'a, P: Problem>(
    problem: &'a P,
    settings: &'a Settings<'a>,
    journal: Option<&'a mut dyn Journal>,
) -> Result<Tuned, Stop> {
    let mut evaluator = Evaluator::new(problem, settings, journal);
    let mut starts = problem.starts(settings.stop)?;
    for start in &mut starts {
        problem.tidy(start);
    }
    if problem.goals().len() > 1 {
        evolution::evolve(&mut evaluator, starts, 1.0)?;
        return finish(evaluator);
    }
    let (most, axes) = GLOBAL;
    let global = most * (axes / problem.axes().len() as f64).min(1.0);
    let mut draws = Key::root(settings.seed, 0).with(PURPOSE).draws();
    loop {
        let before = evaluator.progress();
        evolution::evolve(&mut evaluator, starts, before + global * (1.0 - before))?;
        descent::descend(&mut evaluator, 1.0)?;
        if evaluator.is_over(1.0) || evaluator.progress() <= before {
            return finish(evaluator);
        }
        // Where the descent ends before the budget does, there is time for another beginning.
        starts = (0..BEGINNINGS).map(|_| anywhere(problem, &mut draws)).collect();
    }
}

/// Any point.
fn anywhere<P: Problem>(problem: &P, draws: &mut Draws) -> Point {
    let level = |axis: &Axis| (draws.unit() * f64::from(axis.levels)) as u16;
    let mut point: Point = problem.axes().iter().map(level).collect();
    problem.tidy(&mut point);
    point
}

/// The proof of what another search looked at: points with the replications that it ran of each.
///
/// # Errors
/// As [`tune()`].
pub fn prove<'a, P: Problem>(
    problem: &'a P,
    settings: &'a Settings<'a>,
    looked_at: &[(Point, std::ops::Range<u32>)],
) -> Result<Tuned, Stop> {
    let mut evaluator = Evaluator::new(problem, settings, None);
    for (point, range) in looked_at {
        let mut point = point.clone();
        problem.tidy(&mut point);
        let index = evaluator.place(&point);
        evaluator.run(&[index], range)?;
        evaluator.next = evaluator.next.max(range.end);
    }
    finish(evaluator)
}

/// The finalists of a search, and their proof.
fn finish<P: Problem>(mut evaluator: Evaluator<'_, P>) -> Result<Tuned, Stop> {
    let (problem, settings) = (evaluator.problem, evaluator.settings);
    let (constraints, goals) = (problem.constraints(), problem.goals());
    let first = finalists(&evaluator.archive, constraints, goals, settings.replications);
    let searched = evaluator.spent;
    evaluator.phase = Phase::Proof;
    let (proof, proven) = finals::prove(&mut evaluator, &first)?;
    Ok(Tuned { archive: evaluator.archive, proof, searched, proven })
}

#[cfg(test)]
mod tests;
