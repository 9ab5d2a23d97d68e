//! The global phase: an evolution strategy for whole numbers and choices, run by argmin.
//!
//! Steps are whole and at least one; their mean length falls from a quarter of an axis to one as the
//! budget is spent. Choices are drawn anew. Two parents give each axis to an offspring. Those that survive
//! are run again on every new block of replications, so that luck does not last.
//!
//! Source: R. Li et al., "Mixed Integer Evolution Strategies for Parameter Optimization", Evolutionary
//! Computation 21(1), 2013; for the law of steps, G. Rudolph, "An evolutionary algorithm for integer
//! programming", PPSN III, 1994.

use std::cell::RefCell;

use argmin::core::{
    CostFunction, Error, Executor, KV, PopulationState, Problem as Counted, Solver, SyncAlias,
    TerminationReason, TerminationStatus,
};
use foreshadow_sim::random::{Draws, Key};

use super::evaluate::Evaluator;
use super::problem::{Axis, Point, Problem};
use crate::search::Stop;

/// Parents of a generation.
const PARENTS: usize = 5;
/// Mean length of the first steps, as a part of an axis.
const FIRST: f64 = 0.25;
/// Tries to find a point that is new.
const TRIES: usize = 16;
/// Where the search's own draws are, apart from those of any run.
const PURPOSE: u64 = 0x6576_6f6c;

/// A population as argmin sees it: the cost of a member is its rank among those it is asked about with.
struct Ranks<'r, 'a, P: Problem> {
    evaluator: RefCell<&'r mut Evaluator<'a, P>>,
    stopped: RefCell<Option<Stop>>,
}

impl<P: Problem> Ranks<'_, '_, P> {
    fn ranks(&self, points: &[&Point]) -> Result<Vec<f64>, Stop> {
        let mut evaluator = self.evaluator.borrow_mut();
        let of: Vec<usize> = points.iter().map(|point| evaluator.place(point)).collect();
        let block = evaluator.block();
        let (constraints, goals) = (evaluator.problem.constraints(), evaluator.problem.goals());
        // Half of the generation is seen off after one replication each.
        let first = block.start..block.start + 1;
        evaluator.run(&of, &first)?;
        let mut unique = of.clone();
        unique.sort_unstable();
        unique.dedup();
        let order = evaluator.archive.ranked(&unique, constraints, goals);
        evaluator.run(&order[..order.len().div_ceil(2)], &block)?;
        let (better, worse) = order.split_at(order.len().div_ceil(2));
        let mut order = evaluator.archive.ranked(better, constraints, goals);
        order.extend_from_slice(worse);
        let rank =
            |index: &usize| order.iter().position(|known| known == index).unwrap_or(0) as f64;
        Ok(of.iter().map(rank).collect())
    }
}

impl<P: Problem> CostFunction for &Ranks<'_, '_, P> {
    type Param = Point;
    type Output = f64;

    fn cost(&self, point: &Point) -> Result<f64, Error> {
        Ok(self.bulk_cost(&[point])?[0])
    }

    fn bulk_cost<B>(&self, points: &[B]) -> Result<Vec<f64>, Error>
    where
        B: std::borrow::Borrow<Point> + SyncAlias,
    {
        let points: Vec<&Point> = points.iter().map(std::borrow::Borrow::borrow).collect();
        self.ranks(&points).map_err(|stop| {
            *self.stopped.borrow_mut() = Some(stop.clone());
            Error::from(stop)
        })
    }
}

/// The solver.
struct Evolution<'f> {
    axes: &'f [Axis],
    starts: Vec<Point>,
    offspring: usize,
    draws: Draws,
    /// The share of the budget that is spent; 1 and more ends it.
    spent: &'f dyn Fn() -> f64,
    /// Whether a point was tried.
    is_known: &'f dyn Fn(&Point) -> bool,
    tidy: &'f dyn Fn(&mut [u16]),
}

impl<O> Solver<O, PopulationState<Point, f64>> for Evolution<'_>
where
    O: CostFunction<Param = Point, Output = f64> + SyncAlias,
{
    fn name(&self) -> &'static str {
        "mixed-integer evolution strategy"
    }

    fn init(
        &mut self,
        problem: &mut Counted<O>,
        state: PopulationState<Point, f64>,
    ) -> Result<(PopulationState<Point, f64>, Option<KV>), Error> {
        let all = std::mem::take(&mut self.starts);
        let costs = problem.bulk_cost(&all)?;
        Ok((best(state, &all, &costs), None))
    }

    fn next_iter(
        &mut self,
        problem: &mut Counted<O>,
        mut state: PopulationState<Point, f64>,
    ) -> Result<(PopulationState<Point, f64>, Option<KV>), Error> {
        let mut all = state.take_population().unwrap_or_default();
        let parents = all.len();
        let progress = (self.spent)();
        for _ in 0..self.offspring {
            let child = self.child(&all, parents, progress);
            all.push(child);
        }
        let costs = problem.bulk_cost(&all)?;
        Ok((best(state, &all, &costs), None))
    }

    fn terminate(&mut self, _: &PopulationState<Point, f64>) -> TerminationStatus {
        if (self.spent)() >= 1.0 {
            let why = String::from("the budget is spent");
            return TerminationStatus::Terminated(TerminationReason::SolverExit(why));
        }
        TerminationStatus::NotTerminated
    }
}

/// The population of the next generation.
fn best(
    state: PopulationState<Point, f64>,
    all: &[Point],
    costs: &[f64],
) -> PopulationState<Point, f64> {
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|&a, &b| costs[a].total_cmp(&costs[b]));
    let mut population: Vec<Point> = Vec::new();
    for index in order {
        if population.len() < PARENTS && !population.contains(&all[index]) {
            population.push(all[index].clone());
        }
    }
    state.individual(population[0].clone()).cost(0.0).population(population)
}

impl Evolution<'_> {
    fn below(&mut self, n: usize) -> usize {
        (self.draws.unit() * n as f64) as usize
    }

    /// A new point of two parents among the first `parents`.
    fn child(&mut self, all: &[Point], parents: usize, progress: f64) -> Point {
        let mut child = Vec::new();
        for _ in 0..TRIES {
            // The better of two, twice.
            let (mother, father) =
                (self.below(parents).min(self.below(parents)), self.below(parents));
            child.clone_from(&all[mother]);
            if self.draws.unit() < 0.5 {
                for (own, other) in child.iter_mut().zip(&all[father]) {
                    if self.draws.unit() < 0.5 {
                        *own = *other;
                    }
                }
            }
            self.mutate(&mut child, progress);
            (self.tidy)(&mut child);
            if !(self.is_known)(&child) && !all.contains(&child) {
                return child;
            }
        }
        child
    }

    fn mutate(&mut self, point: &mut [u16], progress: f64) {
        let chance = (1.5 / point.len() as f64).max(0.1);
        let sure = self.below(point.len());
        for (axis, level) in point.iter_mut().enumerate() {
            if axis != sure && self.draws.unit() >= chance {
                continue;
            }
            let Axis { levels, is_ordered } = self.axes[axis];
            if is_ordered {
                let step = self.step(f64::from(levels), progress);
                let to = i64::from(*level) + step;
                *level = to.clamp(0, i64::from(levels) - 1) as u16;
            } else {
                let other = self.below(usize::from(levels) - 1) as u16;
                *level = other + u16::from(other >= *level);
            }
        }
    }

    /// A whole step, not 0: one, and a geometric number more.
    fn step(&mut self, levels: f64, progress: f64) -> i64 {
        let mean = (FIRST * levels * (1.0 - progress.min(1.0)).powi(2)).max(0.3);
        let further = (1.0 - self.draws.unit()).ln() / (mean / (1.0 + mean)).ln();
        let size = 1 + further.floor() as i64;
        if self.draws.unit() < 0.5 { -size } else { size }
    }
}

/// Runs generations from these points on, until this share of the budget is spent.
///
/// # Errors
/// [`Stop`]
pub(super) fn evolve<P: Problem>(
    evaluator: &mut Evaluator<'_, P>,
    starts: Vec<Point>,
    share: f64,
) -> Result<(), Stop> {
    let problem = evaluator.problem;
    let key = Key::root(evaluator.settings.seed, 0).with(PURPOSE).with(evaluator.spent);
    let before = evaluator.progress();
    let offspring = 6 + 2 * problem.axes().len().ilog2() as usize;
    let ranks = Ranks { evaluator: RefCell::new(evaluator), stopped: RefCell::new(None) };
    let spent = || {
        let evaluator = ranks.evaluator.borrow();
        if evaluator.is_over(share) {
            1.0
        } else {
            (evaluator.progress() - before) / (share - before)
        }
    };
    let is_known = |point: &Point| ranks.evaluator.borrow().archive.has(point);
    let tidy = |point: &mut [u16]| problem.tidy(point);
    let solver = Evolution {
        axes: problem.axes(),
        starts,
        offspring,
        draws: key.draws(),
        spent: &spent,
        is_known: &is_known,
        tidy: &tidy,
    };
    // A finite design may be exhausted before the budget is.
    let most = 4 * u64::from(ranks.evaluator.borrow().settings.budget);
    let ran = Executor::new(&ranks, solver).configure(|state| state.max_iters(most)).run();
    let ran = ran.map(|_| ()).map_err(|error| Stop(error.to_string()));
    // What stopped it says so itself.
    ranks.stopped.take().map_or(ran, Err)
}
