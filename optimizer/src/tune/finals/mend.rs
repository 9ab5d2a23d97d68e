//! Further finalists: what may mend those that are refuted, and what leaves more as it is.

use foreshadow_sim::random::Draws;

use super::super::additive::Margin;
use super::super::descent;
use super::super::evaluate::Evaluator;
use super::super::problem::{Point, Problem};
use super::judge::{LEAST, shown_by};
use super::{Finalist, MENDS, PLAUSIBLE, Proof};
use crate::search::Stop;

/// Standard errors by which mended finalists are to hold.
const MARGINS: [f64; 2] = [2.5, 4.0];
/// And where that brings nothing new, besides what the rest of the proof can show.
const LITTLE: f64 = 0.5;
/// Finalists that may be mended.
const NEAREST: usize = 2;
/// The part of the replications that are left which may go into looking around those.
const LOOKING: u64 = 3;

/// Points that may mend what is refuted, or be had for less than what is shown to hold, with so many
/// replications `left` to look for them and to show it.
pub(super) fn mends<P: Problem>(
    evaluator: &mut Evaluator<'_, P>,
    proof: &Proof,
    draws: &mut Draws,
    left: u64,
) -> Result<Vec<usize>, Stop> {
    let constraints = evaluator.problem.constraints();
    let missed = |finalist: &Finalist| finalist.sums.violation(constraints);
    let better = &proof.finalists[..proof.chosen.unwrap_or(proof.finalists.len())];
    let mut near: Vec<&Finalist> = better.iter().collect();
    near.sort_by(|a, b| missed(a).total_cmp(&missed(b)));
    near.truncate(NEAREST);
    let held = proof.chosen.map(|at| &proof.finalists[at]);
    let bases: Vec<(usize, &Finalist)> =
        near.into_iter().chain(held).map(|base| (evaluator.place(&base.point), base)).collect();
    if left - left / LOOKING < u64::from(LEAST) {
        // Nothing more can be shown to hold.
        return Ok(Vec::new());
    }
    let before = evaluator.spent;
    evaluator.limit = before + left / LOOKING;
    for (from, _) in &bases {
        if evaluator.spent < evaluator.limit {
            descent::look_around(evaluator, *from, draws)?;
        }
    }
    let left = left - (evaluator.spent - before);
    let most = held.map_or(f64::INFINITY, |held| held.cost);
    let guess = |evaluator: &mut Evaluator<'_, P>, margins: &[Margin]| {
        let mut found: Vec<usize> = Vec::new();
        for (from, base) in &bases {
            found.extend(descent::guesses(evaluator, (*from, &base.sums.samples), margins));
        }
        found.retain(|&index| is_new(evaluator, proof, index, most) && evaluator.can_be(index));
        found
    };
    let mut found = guess(evaluator, &MARGINS.map(|errors| Margin { errors, deviations: 0.0 }));
    if found.is_empty() {
        let deviations = shown_by(left as f64);
        found = guess(evaluator, &[Margin { errors: LITTLE, deviations }]);
        found.extend(surest(evaluator, proof, most));
    }
    let entries = evaluator.archive.entries();
    found.sort_unstable();
    found.dedup();
    found.sort_by(|&a, &b| entries[a].cost.total_cmp(&entries[b].cost));
    found.truncate(MENDS);
    Ok(found)
}

/// Whether a point costs less than `most`, and is no finalist yet.
fn is_new<P: Problem>(
    evaluator: &Evaluator<'_, P>,
    proof: &Proof,
    index: usize,
    most: f64,
) -> bool {
    let entry = &evaluator.archive.entries()[index];
    entry.cost < most && proof.finalists.iter().all(|known| known.point != entry.point)
}

/// What the search is surest of, among what is new; beside what is shown to hold only if it may hold, too.
fn surest<P: Problem>(evaluator: &Evaluator<'_, P>, proof: &Proof, most: f64) -> Option<usize> {
    let (entries, constraints) = (evaluator.archive.entries(), evaluator.problem.constraints());
    (0..entries.len())
        .filter(|&at| entries[at].sums.replications >= evaluator.settings.replications)
        .filter(|&at| is_new(evaluator, proof, at, most))
        .filter(|&at| proof.chosen.is_none() || entries[at].sureness(constraints) >= PLAUSIBLE)
        .max_by(|&a, &b| {
            entries[a].sureness(constraints).total_cmp(&entries[b].sureness(constraints))
        })
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
        let is_same = (evaluator.problem.cost(&one) - cost).abs() <= 1e-9 * cost.abs().max(1.0);
        if is_same && one != *chosen {
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

#[cfg(test)]
mod tests {
    use super::super::super::tests::{Servers, settings};
    use super::*;

    #[test]
    fn only_what_costs_nothing_is_put_back() {
        let mut problem = Servers::new(&[2.0; 5], 0.1);
        problem.plain = Some(vec![1, 1, 1, 1, 1, 1]);
        let settings = settings(1);
        let mut evaluator = Evaluator::new(&problem, &settings, None);
        let found = plainer(&mut evaluator, &vec![5, 5, 5, 5, 5, 0]);
        let points: Vec<&Point> =
            found.iter().map(|&index| &evaluator.archive.entries()[index].point).collect();
        assert_eq!(points, [&vec![5, 5, 5, 5, 5, 1]]);
    }
}
