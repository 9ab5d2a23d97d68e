//! The search itself: J. A. Nelder and R. Mead, "A Simplex Method for Function Minimization", The
//! Computer Journal 7(4), 1965, by argmin, begun anew where it ended until that gains nothing more.
//!
//! It needs no derivatives, and with common random numbers the figures of near points differ by
//! little noise; what is left of it is why the archive, not the solver, says what is best.

use std::cell::RefCell;

use argmin::core::{CostFunction, Executor};
use argmin::solver::neldermead::NelderMead;

use crate::space::Space;

/// Residuals beyond so many standard deviations count linearly, so that one figure that no value
/// explains does not decide all.
const HUBER: f64 = 2.0;
/// Length of the first steps, in the unit cube; smaller at each new beginning.
const STEPS: [f64; 3] = [0.15, 0.07, 0.03];
/// Spread of the costs of a simplex at which it has closed in.
const CLOSE: f64 = 1e-3;

/// The search is to end now, with what is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stopped: {0}")]
pub struct Stop(pub String);

/// How well values explain what was measured.
pub trait Fit {
    /// Predicted minus measured, one per figure, in standard deviations of its noise.
    ///
    /// # Errors
    /// [`Stop`] ends the search.
    fn residuals(&mut self, values: &[f64]) -> Result<Vec<f64>, Stop>;
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// Stopped before anything was tried, or the fit has trouble of its own.
    #[error(transparent)]
    Stopped(#[from] Stop),
    /// The solver refused.
    #[error("the solver: {0}")]
    Solver(String),
}

/// One point that was tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The values.
    pub values: Vec<f64>,
    /// What they cost: [`cost`] of the residuals.
    pub cost: f64,
    /// The residuals.
    pub residuals: Vec<f64>,
}

/// Everything that was tried, in order; never empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Archive {
    trials: Vec<Trial>,
    /// Why the search ended early, if it did.
    pub stopped: Option<Stop>,
}

impl Archive {
    /// All trials, in order.
    #[must_use]
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// The cheapest trial; of equals, the first.
    #[must_use]
    pub fn best(&self) -> &Trial {
        self.cheapest(1)[0]
    }

    /// Up to `count` trials, cheapest first: candidates to be looked at again with other draws.
    #[must_use]
    pub fn cheapest(&self, count: usize) -> Vec<&Trial> {
        let mut sorted: Vec<&Trial> = self.trials.iter().collect();
        sorted.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        sorted.truncate(count);
        sorted
    }
}

/// Half the sum of squared residuals, where those beyond two standard deviations count linearly
/// (P. J. Huber, "Robust Estimation of a Location Parameter", 1964).
#[must_use]
pub fn cost(residuals: &[f64]) -> f64 {
    let one = |r: &f64| {
        let size = r.abs();
        if size <= HUBER { 0.5 * size * size } else { HUBER * (size - 0.5 * HUBER) }
    };
    residuals.iter().map(one).sum()
}

impl State<'_> {
    /// Whether nothing more is to be tried.
    fn is_over(&self) -> bool {
        self.stopped.is_some() || self.trials.len() >= self.most
    }
}

/// What argmin sees.
struct Cost<'a> {
    space: &'a Space,
    state: RefCell<State<'a>>,
}

struct State<'a> {
    fit: &'a mut dyn Fit,
    trials: Vec<Trial>,
    most: usize,
    stopped: Option<Stop>,
}

impl CostFunction for &Cost<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, units: &Vec<f64>) -> Result<f64, argmin::core::Error> {
        let mut state = self.state.borrow_mut();
        if state.is_over() {
            return Ok(f64::MAX);
        }
        let values = self.space.values(units);
        Ok(match state.fit.residuals(&values) {
            Ok(residuals) => {
                let cost = cost(&residuals);
                state.trials.push(Trial { values, cost, residuals });
                cost
            }
            Err(stop) => {
                state.stopped = Some(stop);
                f64::MAX
            }
        })
    }
}

/// Searches `space` from `start` with at most `most` trials.
///
/// # Errors
/// [`SearchError`], when nothing could be tried.
pub fn minimise(
    fit: &mut dyn Fit,
    space: &Space,
    start: &[f64],
    most: usize,
) -> Result<Archive, SearchError> {
    let state = State { fit, trials: Vec::new(), most: most.max(1), stopped: None };
    let cost = Cost { space, state: RefCell::new(state) };
    let mut from = space.units(start);
    // The start is tried whatever the solver makes of it, and is all there is to try without parameters.
    // The solver panics at an error of the first trials, so costs are never errors: what is over costs
    // more than anything.
    let solver = |error: argmin::core::Error| SearchError::Solver(error.to_string());
    (&&cost).cost(&from).map_err(solver)?;
    for step in STEPS {
        if space.ranges().is_empty() || cost.state.borrow().is_over() {
            break;
        }
        let simplex = NelderMead::new(simplex(&from, step)).with_sd_tolerance(CLOSE);
        let iterations = most as u64;
        Executor::new(&cost, simplex.map_err(solver)?)
            .configure(|state| state.max_iters(iterations))
            .run()
            .map_err(solver)?;
        let state = cost.state.borrow();
        let best = state.trials.iter().min_by(|a, b| a.cost.total_cmp(&b.cost));
        from = best.map_or(from, |best| space.units(&best.values));
    }
    let State { trials, stopped, .. } = cost.state.into_inner();
    match stopped {
        Some(stop) if trials.is_empty() => Err(stop.into()),
        stopped => Ok(Archive { trials, stopped }),
    }
}

/// A corner at `from`, and one a step away along each axis, inwards where there is no room.
fn simplex(from: &[f64], step: f64) -> Vec<Vec<f64>> {
    let corner = |axis: usize| {
        let mut corner = from.to_vec();
        corner[axis] += if corner[axis] + step > 1.0 { -step } else { step };
        corner
    };
    std::iter::once(from.to_vec()).chain((0..from.len()).map(corner)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Range;

    /// Rosenbrock's valley, whose lowest point is (1, 1).
    struct Valley {
        left: usize,
    }

    impl Fit for Valley {
        fn residuals(&mut self, v: &[f64]) -> Result<Vec<f64>, Stop> {
            self.left = self.left.checked_sub(1).ok_or(Stop(String::from("asked to")))?;
            Ok(vec![1.0 - v[0], 2.0 * (v[1] - v[0] * v[0])])
        }
    }

    fn space() -> Space {
        let range = || Range::linear(-3.0, 3.0).unwrap();
        Space::new(vec![range(), range()])
    }

    #[test]
    fn the_bottom_of_a_valley_is_found() {
        let archive = minimise(&mut Valley { left: 1000 }, &space(), &[-2.0, 2.0], 400).unwrap();
        let best = archive.best();
        assert!(
            (best.values[0] - 1.0).abs() < 0.1 && (best.values[1] - 1.0).abs() < 0.2,
            "{best:?}"
        );
        assert!(archive.stopped.is_none());
    }

    #[test]
    fn no_more_is_tried_than_may_be() {
        let archive = minimise(&mut Valley { left: 1000 }, &space(), &[-2.0, 2.0], 7).unwrap();
        assert_eq!(archive.trials().len(), 7);
    }

    #[test]
    fn what_was_tried_before_a_stop_is_kept() {
        let archive = minimise(&mut Valley { left: 5 }, &space(), &[-2.0, 2.0], 100).unwrap();
        assert_eq!(archive.trials().len(), 5);
        assert_eq!(archive.stopped, Some(Stop(String::from("asked to"))));
        let nothing = minimise(&mut Valley { left: 0 }, &space(), &[-2.0, 2.0], 100);
        assert!(matches!(nothing, Err(SearchError::Stopped(_))));
    }

    #[test]
    fn large_residuals_count_linearly() {
        assert!((cost(&[1.0, -2.0]) - 2.5).abs() < 1e-12);
        assert!((cost(&[5.0]) - 8.0).abs() < 1e-12);
    }
}
