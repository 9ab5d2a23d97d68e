//! What data can tell apart: the curvature of the fit around its best point.
//!
//! With residuals r in units of their noise and J their derivatives by the unit cube's coordinates,
//! the Gauss–Newton approximation takes `(JᵀJ)⁻¹` as the covariance of the parameters. An axis of `JᵀJ`
//! along which the standard deviation is as long as the cube is one that the data say nothing
//! about; a mixture of parameters there is a ridge, which only knowing one of them can cut.
//!
//! Source: D. M. Bates and D. G. Watts, *Nonlinear Regression Analysis and Its Applications*
//! (Wiley, 1988), ch. 2; for the axes, R. N. Gutenkunst et al., "Universally Sloppy Parameter
//! Sensitivities", `PLoS` Computational Biology 3(10), 2007.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use crate::search::{Fit, SearchError};
use crate::space::Space;

/// Standard deviation of a coordinate that is anywhere in its range: 1/√12, so that a uniform prior
/// on the cube stands behind what the data do not say.
const ANYWHERE: f64 = 0.288_675_134_594_812_9;

/// An axis of the fit: how far one can go along it before the data notice.
#[derive(Debug, Clone, PartialEq)]
pub struct Direction {
    /// Standard deviation along it, in units of the cube, by the data alone; infinite where they
    /// say nothing.
    pub deviation: f64,
    /// Share of each parameter in it, of length 1; the largest is positive.
    pub shares: Vec<f64>,
}

/// The fit around a point.
#[derive(Debug, Clone)]
pub struct Curvature {
    jacobian: DMatrix<f64>,
    /// `(JᵀJ + prior)⁻¹`.
    covariance: DMatrix<f64>,
    units: Vec<f64>,
}

impl Curvature {
    /// Takes derivatives at `values` by differences of `step` in the unit cube, on both sides where
    /// there is room. Where the two agree in sign the flatter one counts: a cliff on one side says
    /// nothing about this point.
    ///
    /// # Errors
    /// [`SearchError::Stopped`]
    pub fn at(
        fit: &mut dyn Fit,
        space: &Space,
        values: &[f64],
        step: f64,
    ) -> Result<Self, SearchError> {
        let units = space.units(values);
        let here = fit.residuals(&space.values(&units))?;
        let mut columns = Vec::new();
        for axis in 0..units.len() {
            let mut slopes = Vec::new();
            for end in [units[axis] - step, units[axis] + step] {
                if (0.0..=1.0).contains(&end) {
                    let mut moved = units.clone();
                    moved[axis] = end;
                    let there = fit.residuals(&space.values(&moved))?;
                    let slope = |(a, b): (&f64, &f64)| (b - a) / (end - units[axis]);
                    slopes.push(here.iter().zip(&there).map(slope).collect::<Vec<f64>>());
                }
            }
            let slope = |figure: usize| match slopes[..] {
                [ref one] => one[figure],
                [ref before, ref after] => flatter(before[figure], after[figure]),
                _ => 0.0,
            };
            columns.push(DVector::from_fn(here.len(), |figure, _| slope(figure)));
        }
        let jacobian = if columns.is_empty() {
            // Whole numbers alone: figures there are, but nothing to go along.
            DMatrix::zeros(here.len(), 0)
        } else {
            DMatrix::from_columns(&columns)
        };
        Ok(Self::of(jacobian, units))
    }

    fn of(jacobian: DMatrix<f64>, units: Vec<f64>) -> Self {
        let prior = DMatrix::identity(units.len(), units.len()) / (ANYWHERE * ANYWHERE);
        let information = jacobian.transpose() * &jacobian + prior;
        let covariance = information.cholesky().map(|c| c.inverse()).unwrap_or_default();
        Self { jacobian, covariance, units }
    }

    /// Standard deviation of each coordinate in the unit cube, at most that of one that may be
    /// anywhere.
    #[must_use]
    pub fn deviations(&self) -> Vec<f64> {
        self.covariance.diagonal().iter().map(|variance| variance.max(0.0).sqrt()).collect()
    }

    /// Correlation of two parameters, given the data.
    #[must_use]
    pub fn correlation(&self, a: usize, b: usize) -> f64 {
        let deviations = self.deviations();
        self.covariance[(a, b)] / (deviations[a] * deviations[b])
    }

    /// The axes of the fit, what the data say least about first.
    #[must_use]
    pub fn directions(&self) -> Vec<Direction> {
        if self.units.is_empty() {
            return Vec::new();
        }
        let SymmetricEigen { eigenvalues, eigenvectors } =
            (self.jacobian.transpose() * &self.jacobian).symmetric_eigen();
        let mut directions: Vec<Direction> = eigenvalues
            .iter()
            .zip(eigenvectors.column_iter())
            .map(|(curvature, axis)| {
                let largest = axis
                    .iter()
                    .copied()
                    .fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
                let shares = axis.iter().map(|share| share * largest.signum()).collect();
                Direction { deviation: curvature.max(0.0).sqrt().recip(), shares }
            })
            .collect();
        directions.sort_by(|a, b| b.deviation.total_cmp(&a.deviation));
        directions
    }

    /// Where one Gauss–Newton step goes for other residuals at the same point, as those of one
    /// run among several: values within their ranges.
    #[must_use]
    pub fn step_for(&self, space: &Space, residuals: &[f64]) -> Vec<f64> {
        let residuals = DVector::from_column_slice(residuals);
        let step = &self.covariance * self.jacobian.transpose() * residuals;
        let moved: Vec<f64> = self
            .units
            .iter()
            .zip(step.iter())
            .map(|(unit, step)| (unit - step).clamp(0.0, 1.0))
            .collect();
        space.values(&moved)
    }
}

/// Of two slopes of one sign the flatter; else their mean, which is near 0.
fn flatter(before: f64, after: f64) -> f64 {
    if before * after < 0.0 {
        f64::midpoint(before, after)
    } else if before.abs() < after.abs() {
        before
    } else {
        after
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Stop;
    use crate::space::Range;

    /// Only the sum of the first two is seen, within 0.1; the third is seen within 0.01.
    struct Sum;

    impl Fit for Sum {
        fn residuals(&mut self, v: &[f64]) -> Result<Vec<f64>, Stop> {
            Ok(vec![(v[0] + v[1] - 1.0) / 0.1, (v[2] - 0.5) / 0.01])
        }
    }

    fn curvature() -> (Curvature, Space) {
        let space = Space::new(vec![Range::linear(0.0, 1.0).unwrap(); 3]);
        (Curvature::at(&mut Sum, &space, &[0.5, 0.5, 0.5], 0.1).unwrap(), space)
    }

    #[test]
    fn a_ridge_is_seen() {
        let (curvature, _) = curvature();
        let directions = curvature.directions();
        assert!(directions[0].deviation > 1e3, "{directions:?}");
        assert!((directions[0].shares[0] + directions[0].shares[1]).abs() < 1e-9);
        assert!((directions[2].deviation - 0.01).abs() < 1e-9);
        let deviations = curvature.deviations();
        assert!(deviations[0] > 0.19 && deviations[2] < 0.011, "{deviations:?}");
        assert!(curvature.correlation(0, 1) < -0.8);
    }

    #[test]
    fn a_step_explains_other_residuals() {
        let (curvature, space) = curvature();
        let moved = curvature.step_for(&space, &[0.0, -10.0]);
        assert!((moved[2] - 0.6).abs() < 0.001, "{moved:?}");
    }
}
