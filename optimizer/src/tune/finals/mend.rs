//! Further finalists: what may mend those that are refuted, and what leaves more as it is.

use foreshadow_sim::random::Draws;

use super::super::descent;
use super::super::evaluate::Evaluator;
use super::super::problem::{Point, Problem};
use super::{Finalist, MENDS, Proof};
use crate::search::Stop;

/// Standard errors by which mended finalists are to hold.
const MARGINS: [f64; 2] = [2.5, 4.0];

/// Finalists that may be mended.
const NEAREST: usize = 2;

/// Points that may mend what is refuted, or be had for less than what is shown to hold.
pub(super) fn mends<P: Problem>(
    evaluator: &mut Evaluator<'_, P>,
    proof: &Proof,
    draws: &mut Draws,
) -> Result<Vec<usize>, Stop> {
    let constraints = evaluator.problem.constraints();
    let missed = |finalist: &Finalist| finalist.sums.violation(constraints);
    let better = &proof.finalists[..proof.chosen.unwrap_or(proof.finalists.len())];
    let mut near: Vec<&Finalist> = better.iter().collect();
    near.sort_by(|a, b| missed(a).total_cmp(&missed(b)));
    near.truncate(NEAREST);
    let held = proof.chosen.map(|at| &proof.finalists[at]);
    let most = held.map_or(f64::INFINITY, |held| held.cost);
    let mut found: Vec<usize> = Vec::new();
    for base in near.into_iter().chain(held) {
        let from = evaluator.place(&base.point);
        descent::look_around(evaluator, from, draws)?;
        found.extend(descent::guesses(evaluator, (from, &base.sums.samples), &MARGINS));
    }
    let entries = evaluator.archive.entries();
    let is_new = |index: &usize| {
        let entry = &entries[*index];
        entry.cost < most && proof.finalists.iter().all(|known| known.point != entry.point)
    };
    found.retain(is_new);
    found.sort_unstable();
    found.dedup();
    found.sort_by(|&a, &b| entries[a].cost.total_cmp(&entries[b].cost));
    found.truncate(MENDS);
    Ok(found)
}

/// Points of the same cost at which knobs are left as they are: all that can be, and each.
pub(super) fn plainer<P: Problem>(evaluator: &mut Evaluator<'_, P>, chosen: &Point) -> Vec<usize> {
    let Some(plain) = evaluator.problem.plain() else { return Vec::new() };
    let cost = evaluator.problem.cost(chosen);
    let mut all = chosen.clone();
    let mut points = Vec::new();
    for axis in 0..chosen.len() {
        let mut one = chosen.clone();
        one[axis] = plain[axis];
        if evaluator.problem.cost(&one) <= cost && one != *chosen {
            all[axis] = plain[axis];
            points.push(one);
        }
    }
    points.insert(0, all);
    points.truncate(MENDS);
    let mut found = Vec::new();
    for mut point in points {
        evaluator.problem.tidy(&mut point);
        let index = evaluator.place(&point);
        if point != *chosen && !found.contains(&index) {
            found.push(index);
        }
    }
    found
}
