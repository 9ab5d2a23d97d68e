//! Weighted ridge regression with Huber's loss, by iterated reweighting.
//!
//! Source: P. J. Huber, "Robust Estimation of a Location Parameter", Annals of Mathematical
//! Statistics 35(1), 1964; A. E. Hoerl, R. W. Kennard, "Ridge Regression", Technometrics 12(1), 1970.

use nalgebra::{DMatrix, DVector};

/// Residuals above this many median absolute residuals weigh less.
const HUBER: f64 = 1.5;
const ROUNDS: usize = 6;

/// Rows of an equation y = x · b, x₀ being 1.
#[derive(Debug)]
pub(super) struct Rows {
    width: usize,
    /// Row after row.
    x: Vec<f64>,
    y: Vec<f64>,
    weights: Vec<f64>,
}

impl Rows {
    pub(super) const fn new(width: usize) -> Self {
        Self { width, x: Vec::new(), y: Vec::new(), weights: Vec::new() }
    }

    pub(super) fn push(&mut self, row: &[f64], y: f64, weight: f64) {
        assert_eq!(row.len(), self.width, "every row has all regressors");
        self.x.extend_from_slice(row);
        self.y.push(y);
        self.weights.push(weight);
    }

    pub(super) const fn len(&self) -> usize {
        self.y.len()
    }

    /// The coefficients b; `ridge` is the penalty on all but the first. None where the rows do not
    /// determine them.
    pub(super) fn solve(&self, ridge: f64) -> Option<Vec<f64>> {
        let mut coefficients = None;
        let mut weights = self.weights.clone();
        for _ in 0..ROUNDS {
            let found = self.weighted(&weights, ridge)?;
            let residuals: Vec<f64> = self
                .x
                .chunks_exact(self.width)
                .zip(&self.y)
                .map(|(row, y)| (y - dot(row, &found)).abs())
                .collect();
            coefficients = Some(found);
            let limit = HUBER * median(&mut residuals.clone()) + 1e-9;
            let all = weights.iter_mut().zip(&self.weights).zip(&residuals);
            for ((weight, own), residual) in all {
                *weight = own * (limit / residual.max(1e-12)).min(1.0);
            }
        }
        coefficients
    }

    fn weighted(&self, weights: &[f64], ridge: f64) -> Option<Vec<f64>> {
        let n = self.width;
        let (mut square, mut right) = (vec![0.0; n * n], vec![0.0; n]);
        for ((row, y), weight) in self.x.chunks_exact(n).zip(&self.y).zip(weights) {
            for i in 0..n {
                let scaled = weight * row[i];
                right[i] += scaled * y;
                for j in 0..=i {
                    square[i * n + j] += scaled * row[j];
                }
            }
        }
        for i in 0..n {
            square[i * n + i] += if i == 0 { 1e-9 } else { ridge };
            for j in 0..i {
                square[j * n + i] = square[i * n + j];
            }
        }
        let solved = DMatrix::from_row_slice(n, n, &square).cholesky()?;
        let found: DVector<f64> = solved.solve(&DVector::from_vec(right));
        found.iter().all(|b| b.is_finite()).then(|| found.iter().copied().collect())
    }
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The median; `values` are put in some other order.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_among_outliers() {
        let mut rows = Rows::new(2);
        for i in 0..100 {
            let x = f64::from(i) / 10.0;
            let y = if i % 10 == 0 { 500.0 } else { 3.0 - 2.0 * x };
            rows.push(&[1.0, x], y, 1.0);
        }
        let found = rows.solve(1e-6).unwrap();
        assert!((found[0] - 3.0).abs() < 0.2 && (found[1] + 2.0).abs() < 0.05, "{found:?}");
    }

    #[test]
    fn the_penalty_shrinks_all_but_the_level() {
        let mut rows = Rows::new(2);
        for i in -50..=50 {
            rows.push(&[1.0, f64::from(i)], 7.0 + f64::from(i), 1.0);
        }
        let found = rows.solve(1e9).unwrap();
        assert!((found[0] - 7.0).abs() < 0.1 && found[1].abs() < 0.01, "{found:?}");
    }
}
