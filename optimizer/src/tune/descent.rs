//! The local phase: from the best that is known one round at a time, as long as it gets better.
//!
//! A round looks one step along each axis with one replication, asks the additive model of these steps for
//! its cheapest points, tries a few exchanges (one knob cheaper, another dearer, for less in all), and
//! looks at the best of all these with all replications.

use foreshadow_scenarios::report::Samples;
use foreshadow_sim::random::{Draws, Key};

use super::additive::{Additive, Margin};
use super::evaluate::{Evaluator, Look};
use super::problem::{Point, Problem, Wanted};
use crate::search::Stop;

/// Steps tried at once, of one replication each.
const STEPS: usize = 100;
/// Exchanges tried at once.
const EXCHANGES: usize = 8;
/// Candidates of a round that are looked at with all replications.
const KEPT: usize = 6;
/// Standard errors below its limit that the additive model is asked to keep each mean.
const MARGINS: [f64; 4] = [0.5, 1.5, 2.5, 4.0];
/// Candidates whose luck is tested before one is gone on from.
const DOUBTED: usize = 4;
/// Standard errors by which the one that is gone on from should hold.
const SURE: f64 = 0.5;
/// Times of a candidate's replications after which no more are asked of it here.
const ENOUGH: u32 = 4;
/// Where the steps' own draws are.
const PURPOSE: u64 = 0x6465_7363;

/// Goes down until this share of the budget is spent, or there is nowhere to go.
///
/// # Errors
/// [`Stop`]
pub(super) fn descend<P: Problem>(
    evaluator: &mut Evaluator<'_, P>,
    share: f64,
) -> Result<(), Stop> {
    let mut draws = Key::root(evaluator.settings.seed, 0).with(PURPOSE).draws();
    while !evaluator.is_over(share) {
        let tried = evaluator.archive.entries().len();
        let from = incumbent(evaluator)?;
        let (block, mut of) = look_around(evaluator, from, &mut draws)?;
        let samples = evaluator.archive.entries()[from].sums.samples.clone();
        let margins = MARGINS.map(|errors| Margin { errors, deviations: 0.0 });
        let found = guesses(evaluator, (from, &samples), &margins);
        of.extend(found);
        of.extend(exchanges(evaluator, from, &mut draws).iter().map(|step| evaluator.place(step)));
        evaluator.run(&of, &(block.start..block.start + 1))?;
        let (constraints, goals) = (evaluator.problem.constraints(), evaluator.problem.goals());
        let order = evaluator.archive.ranked(&of, constraints, goals);
        evaluator.run(&order[..order.len().min(KEPT)], &block)?;
        if evaluator.archive.entries().len() == tried {
            return Ok(());
        }
    }
    Ok(())
}

/// The best points of the additive model around an entry of which `samples` are known: for each margin, one;
/// new ones are placed.
pub(super) fn guesses<P: Problem>(
    evaluator: &mut Evaluator<'_, P>,
    (from, samples): (usize, &[Samples]),
    margins: &[Margin],
) -> Vec<usize> {
    if evaluator.problem.goals() != [Wanted::Cost] {
        return Vec::new();
    }
    let model = Additive::around(evaluator, (from, samples));
    let mut found = Vec::new();
    for &margin in margins {
        let mut point = model.cheapest(evaluator.problem, margin);
        evaluator.problem.tidy(&mut point);
        if !model.is_base(&point) {
            let index = evaluator.place(&point);
            if !found.contains(&index) {
                found.push(index);
            }
        }
    }
    found
}

/// Runs a point and all that are one step away from it, or as many of these as may be run, on one replication:
/// its number, and theirs.
pub(super) fn look_around<P: Problem>(
    evaluator: &mut Evaluator<'_, P>,
    from: usize,
    draws: &mut Draws,
) -> Result<(std::ops::Range<u32>, Vec<usize>), Stop> {
    let block = evaluator.block();
    let room = usize::try_from(evaluator.limit.saturating_sub(evaluator.spent + 1));
    let steps = thinned(singles(evaluator, from, draws), room.unwrap_or(usize::MAX), draws);
    let others: Vec<usize> = steps.iter().map(|step| evaluator.place(step)).collect();
    // What all are compared with comes first.
    let of: Vec<usize> = std::iter::once(from).chain(others.iter().copied()).collect();
    evaluator.run(&of, &(block.start..block.start + 1))?;
    evaluator.looks.push(Look { from, others: others.clone(), block: block.clone() });
    Ok((block, others))
}

/// The best that holds, and not by luck; or what misses least.
fn incumbent<P: Problem>(evaluator: &mut Evaluator<'_, P>) -> Result<usize, Stop> {
    let each = evaluator.settings.replications;
    let (constraints, goals) = (evaluator.problem.constraints(), evaluator.problem.goals());
    let mut doubted = 0;
    loop {
        let entries = evaluator.archive.entries();
        let whole: Vec<usize> =
            (0..entries.len()).filter(|&i| entries[i].sums.replications >= each).collect();
        let order = evaluator.archive.ranked(&whole, constraints, goals);
        let Some(&best) = order.first() else { return Ok(0) };
        let sure = |index: usize| {
            let entry = &evaluator.archive.entries()[index];
            entry.violation(constraints) <= 0.0
                && (entry.sureness(constraints) >= SURE
                    || entry.sums.replications >= 2 * ENOUGH * each)
                && entry.sums.replications >= ENOUGH * each
        };
        let holds = |index: usize| evaluator.archive.entries()[index].violation(constraints) <= 0.0;
        if sure(best) || !holds(best) || doubted >= DOUBTED {
            return Ok(order.iter().copied().find(|&index| sure(index)).unwrap_or(best));
        }
        doubted += 1;
        let block = evaluator.block();
        evaluator.run(&[best], &block)?;
    }
}

/// Points that differ in one axis, known ones too: by one, two, four … levels, choices by any.
fn singles<P: Problem>(evaluator: &Evaluator<'_, P>, from: usize, draws: &mut Draws) -> Vec<Point> {
    let (problem, from) = (evaluator.problem, &evaluator.archive.entries()[from].point);
    let mut found: Vec<Point> = Vec::new();
    for (axis, shape) in problem.axes().iter().enumerate() {
        let at = i64::from(from[axis]);
        let others: Vec<i64> = if shape.is_ordered {
            (0..u16::BITS).flat_map(|double| [at - (1 << double), at + (1 << double)]).collect()
        } else {
            (0..i64::from(shape.levels)).filter(|level| *level != at).collect()
        };
        for level in others.into_iter().filter(|level| (0..i64::from(shape.levels)).contains(level))
        {
            let mut point = from.clone();
            point[axis] = level as u16;
            problem.tidy(&mut point);
            if point != *from && !found.contains(&point) {
                found.push(point);
            }
        }
    }
    thinned(found, STEPS, draws)
}

/// New points at which one knob is cheaper and another dearer, for less in all.
fn exchanges<P: Problem>(
    evaluator: &Evaluator<'_, P>,
    from: usize,
    draws: &mut Draws,
) -> Vec<Point> {
    let (problem, entry) = (evaluator.problem, &evaluator.archive.entries()[from]);
    if problem.goals() != [Wanted::Cost] || entry.violation(problem.constraints()) > 0.0 {
        return Vec::new();
    }
    let saving = |point: &Point| entry.cost - problem.cost(point);
    let singles = singles(evaluator, from, draws);
    let (mut cheaper, mut dearer) = (Vec::new(), Vec::new());
    for one in &singles {
        if saving(one) > 0.0 {
            cheaper.push(one);
        } else {
            dearer.push(one);
        }
    }
    let mut found: Vec<Point> = Vec::new();
    for one in &cheaper {
        for other in &dearer {
            let Some(mut both) = merged(&entry.point, one, other) else { continue };
            problem.tidy(&mut both);
            if saving(&both) > 0.0 && !evaluator.archive.has(&both) && !found.contains(&both) {
                found.push(both);
            }
        }
    }
    thinned(found, EXCHANGES, draws)
}

/// So many of them, in their order.
fn thinned(mut all: Vec<Point>, most: usize, draws: &mut Draws) -> Vec<Point> {
    while all.len() > most {
        let out = (draws.unit() * all.len() as f64) as usize;
        all.remove(out);
    }
    all
}

/// Both changes at once, where they are of different axes.
fn merged(from: &Point, one: &Point, other: &Point) -> Option<Point> {
    let mut both = from.clone();
    for axis in 0..from.len() {
        both[axis] = match (one[axis] == from[axis], other[axis] == from[axis]) {
            (false, false) => return None,
            (false, true) => one[axis],
            _ => other[axis],
        };
    }
    Some(both)
}
