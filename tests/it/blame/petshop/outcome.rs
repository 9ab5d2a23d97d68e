//! How predicted changes of latency compare with measured ones.

use std::fmt;

use super::super::rule::{Score, median};

/// One judged service in one issue [s].
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    pub(super) predicted: f64,
    pub(super) measured: f64,
    /// What it changes by when nothing is wrong: the median over the quiet period's rows.
    pub(super) quiet: f64,
    /// Named by the twin, and affected.
    pub(super) is_hit: bool,
}

/// Figures of one prediction.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) changes: Vec<Change>,
    pub(super) correlations: Vec<f64>,
    pub(super) twin: Score,
    pub(super) reachability: Score,
}

impl Outcome {
    pub(super) fn merge(&mut self, other: Self) {
        self.changes.extend(other.changes);
        self.correlations.extend(other.correlations);
        self.twin.merge(other.twin);
        self.reachability.merge(other.reachability);
    }

    /// Rank correlation of what is predicted and what was measured, over the services so far.
    pub(super) fn correlate(&mut self) {
        let pairs: Vec<[f64; 2]> =
            self.changes.iter().map(|it| [it.predicted, it.measured]).collect();
        self.correlations.push(spearman(&pairs));
    }

    fn over(&self, value: &dyn Fn(&Change) -> f64) -> f64 {
        middle(&self.changes.iter().map(|change| value(change).abs()).collect::<Vec<_>>())
    }

    /// Median error relative to what was measured, of what was named and affected.
    pub(super) fn of_hits(&self) -> f64 {
        let hits = self.changes.iter().filter(|change| change.is_hit);
        middle(&hits.map(|it| (it.predicted / it.measured - 1.0).abs()).collect::<Vec<_>>())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "error of hits {:.0} %; of all {:.1} ms ({:.1} ms if nothing changes; quiet rows \
             differ by {:.1} ms); rank correlation {:.2}; twin {}, reachability {}",
            self.of_hits() * 100.0,
            self.over(&|it| it.predicted - it.measured) * 1e3,
            self.over(&|it| it.measured) * 1e3,
            self.over(&|it| it.quiet) * 1e3,
            middle(&self.correlations),
            self.twin,
            self.reachability
        )
    }
}

/// The middle of some numbers.
pub(super) fn middle(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    median(&values)
}

/// Spearman's rank correlation of pairs; ties get their mean rank.
fn spearman(pairs: &[[f64; 2]]) -> f64 {
    let ranks = [0, 1].map(|side| {
        let values: Vec<f64> = pairs.iter().map(|pair| pair[side]).collect();
        let rank = |x: f64| {
            let below = values.iter().filter(|&&y| y < x).count() as f64;
            let tied = values.iter().filter(|&&y| y <= x).count() as f64 - below;
            below + (tied - 1.0) / 2.0
        };
        values.iter().map(|&x| rank(x)).collect::<Vec<f64>>()
    });
    let middle = (pairs.len() as f64 - 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(x, y)| (x - middle) * (y - middle)).sum()
    };
    let norm = product(&ranks[0], &ranks[0]) * product(&ranks[1], &ranks[1]);
    if norm > 0.0 { product(&ranks[0], &ranks[1]) / norm.sqrt() } else { 0.0 }
}

#[test]
fn ranks_correlate_as_by_hand() {
    // Ranks 0, 1, 2, 3 against 0, 1, 3, 2: 1 − 6 · 2 / (4 · 15).
    let near = spearman(&[[1.0, 1.0], [2.0, 4.0], [3.0, 9.0], [4.0, 8.0]]);
    assert!((near - 0.8).abs() < 1e-12, "{near}");
    // A tie has rank ½: 0.5, 0.5, 2 against 0, 1, 2.
    let tied = spearman(&[[1.0, 1.0], [1.0, 2.0], [2.0, 3.0]]);
    assert!((tied - 0.75f64.sqrt()).abs() < 1e-12, "{tied}");
    assert!(spearman(&[[1.0, 1.0], [1.0, 2.0]]).abs() < 1e-12);
}
