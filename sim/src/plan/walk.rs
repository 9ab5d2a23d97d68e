//! Sessions that go from call to call by a Markov chain.
//!
//! Source: J. G. Kemeny, J. L. Snell, *Finite Markov Chains*, 1960, §3.2 (the fundamental matrix of an
//! absorbing chain).

use std::time::Duration;

use crate::random::Law;

/// In which order the calls of a session are made: the first is drawn by `start`, each further one by
/// what came before it, until the user leaves.
///
/// Shapes: n steps of the session, of which each is one certain call.
#[derive(Debug, Clone, PartialEq)]
pub struct Walk {
    /// Share of the sessions that begin with each step, shape (n); they add up to 1.
    pub start: Vec<f64>,
    /// After each step, the share of each next one, shape (n, n); what a row lacks to 1 leaves.
    pub next: Vec<Vec<f64>>,
    /// How long a user pauses after the answer to each step, if another follows, shape (n).
    pub think: Vec<Law>,
    /// How long before the beginning of the warm-up people have been coming already: those who are then
    /// in the midst of their session are there from the first instant. Until then answers take no time.
    pub lead: Duration,
}

impl Walk {
    /// How often each step is made in a session in the mean, shape (n): v = start + v · next. `None`
    /// where some session would never end.
    #[must_use]
    pub fn visits(&self) -> Option<Vec<f64>> {
        let n = self.start.len();
        let transposed = |row: usize, column: usize| self.next[column][row];
        let visits = solve(n, transposed, &self.start)?;
        // Of states that nobody comes to, rounding may leave a little below zero.
        Some(visits.iter().map(|visits| visits.max(0.0)).collect())
    }

    /// What is expected from each step on, shape (n), where `gain` is got at each: x = gain + next · x.
    /// `None` where some session would never end.
    #[must_use]
    pub fn expected(&self, gain: &[f64]) -> Option<Vec<f64>> {
        solve(self.start.len(), |row, column| self.next[row][column], gain)
    }

    /// Share of those at a step who make another.
    #[must_use]
    pub fn stays(&self, step: usize) -> f64 {
        self.next[step].iter().sum::<f64>().min(1.0)
    }
}

/// Solves x = b + A · x, A being of shape (n, n), by elimination with pivots; `None` where that has no
/// solution above 0, so that A is no matrix of a chain that ends.
fn solve(n: usize, a: impl Fn(usize, usize) -> f64, b: &[f64]) -> Option<Vec<f64>> {
    let entry = |row: usize, column: usize| f64::from(row == column) - a(row, column);
    let mut rows: Vec<Vec<f64>> = (0..n)
        .map(|row| (0..n).map(|column| entry(row, column)).chain([b[row]]).collect())
        .collect();
    for at in 0..n {
        let pivot = (at..n).max_by(|&i, &j| rows[i][at].abs().total_cmp(&rows[j][at].abs()))?;
        rows.swap(at, pivot);
        if rows[at][at].abs() < LEAST_PIVOT {
            return None;
        }
        let (head, tail) = rows.split_at_mut(at + 1);
        let top = &head[at];
        for row in tail {
            let factor = row[at] / top[at];
            for (own, above) in row[at..].iter_mut().zip(&top[at..]) {
                *own -= factor * above;
            }
        }
    }
    let mut x = vec![0.0; n];
    for at in (0..n).rev() {
        let known: f64 = (at + 1..n).map(|later| rows[at][later] * x[later]).sum();
        x[at] = (rows[at][n] - known) / rows[at][at];
    }
    x.iter().all(|x| x.is_finite() && *x > -1e-6).then_some(x)
}

/// A session of more than so many calls in the mean, inverted, counts as one that never ends.
const LEAST_PIVOT: f64 = 1e-9;

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(start: &[f64], next: &[&[f64]]) -> Walk {
        Walk {
            start: start.to_vec(),
            next: next.iter().map(|row| row.to_vec()).collect(),
            think: vec![Law::constant(0); start.len()],
            lead: Duration::ZERO,
        }
    }

    /// (I − P)⁻¹ of a chain of two is known: its determinant is (1 − a)(1 − d) − bc.
    #[test]
    fn visits_are_those_of_the_fundamental_matrix() {
        let walk = walk(&[0.7, 0.3], &[&[0.2, 0.5], &[0.1, 0.4]]);
        let determinant = 0.8 * 0.6 - 0.5 * 0.1;
        let expected =
            [(0.7 * 0.6 + 0.3 * 0.1) / determinant, (0.7 * 0.5 + 0.3 * 0.8) / determinant];
        for (found, expected) in walk.visits().unwrap().iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        // Requests still to come, the present one included, from the first step.
        let calls = walk.expected(&[1.0, 1.0]).unwrap();
        assert!((calls[0] - (0.6 + 0.5) / determinant).abs() < 1e-12, "{calls:?}");
    }

    #[test]
    fn a_walk_that_never_ends_has_no_visits() {
        assert_eq!(walk(&[1.0, 0.0], &[&[0.0, 1.0], &[1.0, 0.0]]).visits(), None);
    }
}
