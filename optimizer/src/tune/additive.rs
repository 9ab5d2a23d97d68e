//! An additive model of constraints around a point, from one step along each axis at a time.
//!
//! What a step does to the excess of a constraint is taken from one replication of both ends: under common
//! random numbers that tells nearly all, and costs a quarter of a candidate. Effects are added up: what one
//! component needs hardly depends on what another has. The cheapest point of the model that seems to hold
//! is then run; where effects do not add up, it is only a guess that failed.

use foreshadow_scenarios::report::Samples;

use super::evaluate::Evaluator;
use super::problem::{Point, Problem};
use super::sums::{excess, uncertainty};

/// The part of one replication's noise that is left in a difference of two on the same users.
const SHARED: f64 = 0.5;
/// Changes of a model's point at most, while its best is looked for.
const MOST: usize = 400;

/// An axis, and which of its steps is taken.
type Change = (usize, usize);
/// How much is missed, the cost, and how little room there is: the less, the better, in this order.
type Worth = (f64, f64, f64);

/// What each step from a point does.
pub(super) struct Additive {
    base: Point,
    /// The excess of each constraint at the point.
    at: Vec<f64>,
    /// Its standard error.
    error: Vec<f64>,
    /// By axis: levels, and by how much each constraint's excess differs there.
    steps: Vec<Vec<(u16, Vec<f64>)>>,
}

impl Additive {
    /// The model around an entry of which `samples` are known, of others that differ from it in one axis
    /// and were run on one replication with it.
    pub(super) fn around<P: Problem>(
        evaluator: &Evaluator<'_, P>,
        (from, samples): (usize, &[Samples]),
        others: &[usize],
        replication: u32,
    ) -> Option<Self> {
        let constraints = evaluator.problem.constraints();
        let entries = evaluator.archive.entries();
        let base = entries[from].point.clone();
        let excesses = |index: usize| -> Option<Vec<f64>> {
            let outcome = evaluator.seen(index, replication)?;
            let one = constraints.iter().zip(&outcome.samples);
            let of = |(constraint, sample): (_, &Option<_>)| {
                sample.map_or(0.0, |sample| excess(constraint, &std::iter::once(sample).collect()))
            };
            Some(one.map(of).collect())
        };
        let here = excesses(from)?;
        let mut steps: Vec<Vec<(u16, Vec<f64>)>> =
            base.iter().map(|&level| vec![(level, vec![0.0; constraints.len()])]).collect();
        for &other in others {
            let point = &entries[other].point;
            let mut differing = (0..base.len()).filter(|&axis| point[axis] != base[axis]);
            if let (Some(axis), None) = (differing.next(), differing.next())
                && let Some(there) = excesses(other)
            {
                let apart = there.iter().zip(&here).map(|(there, here)| there - here).collect();
                steps[axis].push((point[axis], apart));
            }
        }
        let pooled = || constraints.iter().zip(samples);
        let at = pooled().map(|(constraint, samples)| excess(constraint, samples)).collect();
        let outcome = evaluator.seen(from, replication)?;
        let error = pooled().zip(&outcome.samples).map(|((constraint, samples), one)| {
            let one =
                one.map_or(0.0, |one| uncertainty(constraint, &std::iter::once(one).collect()));
            uncertainty(constraint, samples).hypot(SHARED * one)
        });
        let error = error.collect();
        Some(Self { base, at, error, steps })
    }

    /// The cheapest point at which every excess is below 0 by so many standard errors, as far as the model
    /// goes; or the one that misses least.
    pub(super) fn cheapest<P: Problem>(&self, problem: &P, margin: f64) -> Point {
        let mut chosen = vec![0; self.steps.len()];
        let mut sums = self.at.clone();
        let mut best = self.worth(problem, &chosen, &sums, margin);
        for _ in 0..MOST {
            let mut found: Option<(Vec<Change>, Worth)> = None;
            let mut consider = |changes: Vec<Change>| {
                let mut next = chosen.clone();
                let mut after = sums.clone();
                for &(axis, step) in &changes {
                    let (old, new) = (&self.steps[axis][next[axis]].1, &self.steps[axis][step].1);
                    for ((sum, old), new) in after.iter_mut().zip(old).zip(new) {
                        *sum += new - old;
                    }
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
                let (old, new) = (&self.steps[axis][chosen[axis]].1, &self.steps[axis][step].1);
                for ((sum, old), new) in sums.iter_mut().zip(old).zip(new) {
                    *sum += new - old;
                }
                chosen[axis] = step;
            }
            best = worth;
        }
        self.point(&chosen)
    }

    fn point(&self, chosen: &[usize]) -> Point {
        self.steps.iter().zip(chosen).map(|(steps, &step)| steps[step].0).collect()
    }

    /// How much is missed, what it costs, and, of equal ones, how little room there is.
    fn worth<P: Problem>(&self, problem: &P, chosen: &[usize], sums: &[f64], margin: f64) -> Worth {
        let above = |(sum, error): (&f64, &f64)| (sum + margin * error).max(0.0);
        let missed: f64 = sums.iter().zip(&self.error).map(above).sum();
        let room: f64 = sums.iter().map(|sum| sum.max(-1.0)).sum();
        // What is beyond the model's noise does not matter.
        let missed = (missed * 1e6).round() / 1e6;
        (missed, problem.cost(&self.point(chosen)), (room * 1e6).round() / 1e6)
    }

    /// Whether a point is the one that the model is around.
    pub(super) fn is_base(&self, point: &Point) -> bool {
        *point == self.base
    }
}
