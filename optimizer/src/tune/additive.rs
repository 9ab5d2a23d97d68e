//! An additive model of constraints, from steps along one axis at a time.
//!
//! Under common random numbers the difference of two points on one replication tells more than either of
//! them; differences of all looks are pooled. Along each axis they join levels, as heights that were
//! levelled join places, and least squares gives every level's height over the point that the model is
//! around, with its standard error. Heights of different axes add up: what one component needs hardly
//! depends on what another has. Where they do not, differences of different looks disagree, and their standard
//! error says so. The cheapest point of the model that seems to hold is then run, so nothing rests on it.

use std::collections::BTreeMap;

use foreshadow_scenarios::report::{Constraint, Sample, Samples};
use nalgebra::{DMatrix, DVector};

use super::archive::Entry;
use super::evaluate::Evaluator;
use super::problem::{Point, Problem};
use super::sums::variance;

/// The part of one replication's variance that is left in a difference of two on the same users.
const SHARED: f64 = 0.25;
/// Replications that what is expected of a variance counts as.
const EXPECTED: f64 = 1.0;
/// Changes of a model's point at most, while its best is looked for.
const MOST: usize = 400;

/// An axis, and which of its steps is taken.
type Change = (usize, usize);
/// How much is missed, the cost, and how little room there is: the less, the better, in this order.
type Worth = (f64, f64, f64);
/// Differences of each constraint between two levels of an axis, the second less the first.
type Differences = BTreeMap<(u16, u16), Vec<Samples>>;

/// What is believed of a mean, or of a difference of two, in parts of the limit.
#[derive(Debug, Clone, Copy, Default)]
struct Belief {
    mean: f64,
    variance: f64,
}

/// By how much a mean is to be below its limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Margin {
    /// In standard errors of what is believed of it: so that it is so.
    pub(super) errors: f64,
    /// And in standard deviations of one sample: so that it can be shown.
    pub(super) deviations: f64,
}

/// What each step from a point does.
pub(super) struct Additive {
    base: Point,
    /// How far each constraint's mean is over its limit at the point.
    at: Vec<Belief>,
    /// The standard deviation of one sample of each constraint, in parts of its limit.
    deviations: Vec<f64>,
    /// By axis: levels, and by how much each constraint's mean differs there; the first is the point's own.
    steps: Vec<Vec<(u16, Vec<Belief>)>>,
}

impl Additive {
    /// The model around an entry of which `samples` are known.
    pub(super) fn around<P: Problem>(
        evaluator: &Evaluator<'_, P>,
        (from, samples): (usize, &[Samples]),
    ) -> Self {
        let constraints = evaluator.problem.constraints();
        let entries = evaluator.archive.entries();
        let base = entries[from].point.clone();
        let expected: Vec<f64> = (0..constraints.len())
            .map(|index| dispersion(entries, index, &constraints[index], &samples[index]))
            .collect();
        let believe = |((constraint, samples), expected): ((&Constraint, &Samples), &f64)| Belief {
            mean: samples.mean / constraint.limit - 1.0,
            variance: of_mean(samples, constraint.limit, *expected),
        };
        let at = constraints.iter().zip(samples).zip(&expected).map(believe).collect();
        let steps = differences(evaluator)
            .iter()
            .zip(&base)
            .map(|(differences, &level)| heights(differences, level, constraints, &expected))
            .collect();
        let deviations = expected.iter().map(|variance| variance.sqrt()).collect();
        Self { base, at, deviations, steps }
    }

    /// The cheapest point at which every mean is below its limit by this margin, as far as the model goes;
    /// or the one that misses least.
    pub(super) fn cheapest<P: Problem>(&self, problem: &P, margin: Margin) -> Point {
        let mut chosen = vec![0; self.steps.len()];
        let mut sums = self.at.clone();
        let mut best = self.worth(problem, &chosen, &sums, margin);
        for _ in 0..MOST {
            let mut found: Option<(Vec<Change>, Worth)> = None;
            let mut consider = |changes: Vec<Change>| {
                let mut next = chosen.clone();
                let mut after = sums.clone();
                for &(axis, step) in &changes {
                    self.exchange(&mut after, axis, next[axis], step);
                    next[axis] = step;
                }
                let worth = self.worth(problem, &next, &after, margin);
                if worth < found.as_ref().map_or(best, |found| found.1) {
                    found = Some((changes, worth));
                }
            };
            let singles: Vec<Change> = (0..self.steps.len())
                .flat_map(|axis| (0..self.steps[axis].len()).map(move |step| (axis, step)))
                .filter(|&(axis, step)| chosen[axis] != step)
                .collect();
            for &one in &singles {
                consider(vec![one]);
            }
            // Where no step alone gains, two together may.
            if singles.len() <= 150 {
                for (at, &one) in singles.iter().enumerate() {
                    for &other in singles[at + 1..].iter().filter(|other| other.0 != one.0) {
                        consider(vec![one, other]);
                    }
                }
            }
            let Some((changes, worth)) = found else { break };
            for (axis, step) in changes {
                self.exchange(&mut sums, axis, chosen[axis], step);
                chosen[axis] = step;
            }
            best = worth;
        }
        self.point(&chosen)
    }

    fn point(&self, chosen: &[usize]) -> Point {
        self.steps.iter().zip(chosen).map(|(steps, &step)| steps[step].0).collect()
    }

    /// Takes one step of an axis back, and another one.
    fn exchange(&self, sums: &mut [Belief], axis: usize, old: usize, new: usize) {
        let (old, new) = (&self.steps[axis][old].1, &self.steps[axis][new].1);
        for ((sum, old), new) in sums.iter_mut().zip(old).zip(new) {
            sum.mean += new.mean - old.mean;
            sum.variance += new.variance - old.variance;
        }
    }

    /// How much is missed, what it costs, and, of equal ones, how little room there is.
    fn worth<P: Problem>(
        &self,
        problem: &P,
        chosen: &[usize],
        sums: &[Belief],
        margin: Margin,
    ) -> Worth {
        let above = |(sum, deviation): (&Belief, &f64)| {
            let error = sum.variance.max(0.0).sqrt();
            (sum.mean + margin.errors * error + margin.deviations * deviation).max(0.0)
        };
        let missed: f64 = sums.iter().zip(&self.deviations).map(above).sum();
        let room: f64 = sums.iter().map(|sum| sum.mean.max(-1.0)).sum();
        // What is beyond the model's noise does not matter.
        let missed = (missed * 1e6).round() / 1e6;
        (missed, problem.cost(&self.point(chosen)), (room * 1e6).round() / 1e6)
    }

    /// Whether a point is the one that the model is around.
    pub(super) fn is_base(&self, point: &Point) -> bool {
        *point == self.base
    }
}

/// The variance of a mean in parts of the limit, of which `expected` is expected of one sample.
fn of_mean(samples: &Samples, limit: f64, expected: f64) -> f64 {
    let count = f64::from(samples.count.max(1));
    let seen = samples.squares / (limit * limit);
    (EXPECTED * expected + seen) / (EXPECTED + count - 1.0) / count
}

/// The variance of one sample of a constraint at its limit, in parts of the limit: that of all that came near
/// it, as variances grow with means.
fn dispersion(entries: &[Entry], index: usize, constraint: &Constraint, here: &Samples) -> f64 {
    let limit = constraint.limit;
    let mut found: Vec<f64> = entries
        .iter()
        .map(|entry| &entry.sums.samples[index])
        .filter(|samples| samples.count >= 4)
        .filter(|samples| (0.2..3.0).contains(&(samples.mean / limit)))
        .map(|samples| samples.squares / f64::from(samples.count - 1) / (samples.mean * limit))
        .collect();
    found.sort_by(f64::total_cmp);
    let floor = variance(constraint, here) / (limit * limit);
    found.get(found.len() / 2).map_or(floor, |median| median.max(floor))
}

/// By axis, what all looks showed.
fn differences<P: Problem>(evaluator: &Evaluator<'_, P>) -> Vec<Differences> {
    let entries = evaluator.archive.entries();
    let constraints = evaluator.problem.constraints();
    let mut all = vec![Differences::new(); evaluator.problem.axes().len()];
    for look in &evaluator.looks {
        let base = &entries[look.from].point;
        for &other in &look.others {
            let point = &entries[other].point;
            let mut differing = (0..base.len()).filter(|&axis| point[axis] != base[axis]);
            let (Some(axis), None) = (differing.next(), differing.next()) else { continue };
            let (levels, sign) = if base[axis] < point[axis] {
                ((base[axis], point[axis]), 1.0)
            } else {
                ((point[axis], base[axis]), -1.0)
            };
            for number in look.block.clone() {
                let (Some(here), Some(there)) =
                    (evaluator.seen(look.from, number), evaluator.seen(other, number))
                else {
                    continue;
                };
                let sums = all[axis]
                    .entry(levels)
                    .or_insert_with(|| vec![Samples::default(); constraints.len()]);
                for (sum, (here, there)) in
                    sums.iter_mut().zip(here.samples.iter().zip(&there.samples))
                {
                    if let (Some(here), Some(there)) = (here, there) {
                        *sum += Sample { value: sign * (there.value - here.value), requests: 0.0 };
                    }
                }
            }
        }
    }
    all
}

/// The levels of an axis that are joined to one of them, which is the first, with each constraint's height over
/// that.
fn heights(
    differences: &Differences,
    base: u16,
    constraints: &[Constraint],
    expected: &[f64],
) -> Vec<(u16, Vec<Belief>)> {
    let mut levels = vec![base];
    let mut at = 0;
    while at < levels.len() {
        for &(low, high) in differences.keys() {
            for (near, far) in [(low, high), (high, low)] {
                if near == levels[at] && !levels.contains(&far) {
                    levels.push(far);
                }
            }
        }
        at += 1;
    }
    let mut found: Vec<(u16, Vec<Belief>)> =
        levels.iter().map(|&level| (level, Vec::new())).collect();
    for (index, (constraint, expected)) in constraints.iter().zip(expected).enumerate() {
        let of = differences.iter().map(|(ends, sums)| (*ends, sums[index]));
        let beliefs = levelled(of, &levels, constraint.limit, SHARED * expected);
        for (step, belief) in found.iter_mut().zip(beliefs) {
            step.1.push(belief);
        }
    }
    found
}

/// Heights of levels over the first of them, by weighted least squares over differences.
fn levelled(
    differences: impl Iterator<Item = ((u16, u16), Samples)> + Clone,
    levels: &[u16],
    limit: f64,
    expected: f64,
) -> Vec<Belief> {
    let mut beliefs = vec![Belief::default(); levels.len()];
    // What an axis never changed, it has no part in.
    if differences.clone().all(|(_, sum)| sum.mean == 0.0 && sum.squares == 0.0) {
        return beliefs;
    }
    let place = |level: u16| levels.iter().position(|known| *known == level);
    let size = levels.len() - 1;
    let (mut weights, mut sums) = (DMatrix::<f64>::zeros(size, size), DVector::<f64>::zeros(size));
    for ((low, high), sum) in differences.filter(|(_, sum)| sum.count > 0) {
        let (Some(low), Some(high)) = (place(low), place(high)) else { continue };
        let weight = 1.0 / of_mean(&sum, limit, expected).max(1e-12);
        for (end, sign) in [(low, -1.0), (high, 1.0)] {
            if let Some(row) = end.checked_sub(1) {
                weights[(row, row)] += weight;
                sums[row] += sign * weight * sum.mean / limit;
            }
        }
        if let (Some(row), Some(column)) = (low.checked_sub(1), high.checked_sub(1)) {
            weights[(row, column)] -= weight;
            weights[(column, row)] -= weight;
        }
    }
    // Levels of which nobody came to tell are as high as the first, as far as one knows.
    for row in 0..size {
        weights[(row, row)] += 1e-9;
    }
    if let Some(inverse) = weights.cholesky().map(|factors| factors.inverse()) {
        let means = &inverse * sums;
        for (row, belief) in beliefs[1..].iter_mut().enumerate() {
            *belief = Belief { mean: means[row], variance: inverse[(row, row)] };
        }
    }
    beliefs
}
