//! Everything that was tried, and how it stands.

use std::collections::HashMap;
use std::ops::Range;

use foreshadow_scenarios::report::{Constraint, Sampled, Samples};

use super::problem::{Outcome, Point, Wanted};

/// How far below its limit a mean may go in an excess, as a part of the limit.
const FLOOR: f64 = 0.1;

/// A point that was tried.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The point.
    pub point: Point,
    /// What it costs.
    pub cost: f64,
    /// Why there can be no such candidate.
    pub refused: Option<String>,
    /// What its replications said, by constraint.
    pub samples: Vec<Samples>,
    /// And by goal.
    pub goals: Vec<Samples>,
    /// Replications that were run, as ranges.
    seen: Vec<Range<u32>>,
    /// How many.
    pub replications: u32,
}

impl Entry {
    fn new(point: Point, cost: f64, constraints: usize, goals: usize) -> Self {
        let none = Samples::default();
        let (samples, goals) = (vec![none; constraints], vec![none; goals]);
        Self { point, cost, refused: None, samples, goals, seen: Vec::new(), replications: 0 }
    }

    /// Of `wanted`, what was not run yet.
    pub(super) fn unseen(&self, wanted: Range<u32>) -> Range<u32> {
        let mut left = wanted;
        for seen in &self.seen {
            if seen.contains(&left.start) {
                left.start = seen.end.min(left.end);
            }
        }
        left
    }

    pub(super) fn add(&mut self, range: Range<u32>, outcomes: &[Outcome]) {
        for outcome in outcomes {
            for (sum, sample) in self.samples.iter_mut().zip(&outcome.samples) {
                if let Some(sample) = sample {
                    *sum += *sample;
                }
            }
            for (sum, &value) in self.goals.iter_mut().zip(&outcome.goals) {
                *sum += foreshadow_scenarios::report::Sample { value, requests: 0.0 };
            }
        }
        self.replications += outcomes.len() as u32;
        self.seen.push(range);
        self.seen.sort_by_key(|range| range.start);
    }

    /// What a goal comes to.
    #[must_use]
    pub fn goal(&self, goals: &[Wanted], index: usize) -> f64 {
        match goals[index] {
            Wanted::Cost => self.cost,
            Wanted::Measured => self.goals[index].mean,
        }
    }

    /// By how much constraints are missed: the sum of the logarithms of means over their limits.
    #[must_use]
    pub fn violation(&self, constraints: &[Constraint]) -> f64 {
        if self.refused.is_some() || self.replications == 0 {
            return f64::INFINITY;
        }
        let all = constraints.iter().zip(&self.samples);
        all.map(|(constraint, samples)| excess(constraint, samples).max(0.0)).sum()
    }

    /// How sure it is that all constraints hold: the least distance of a mean to its limit, in
    /// standard errors.
    #[must_use]
    pub fn sureness(&self, constraints: &[Constraint]) -> f64 {
        if self.refused.is_some() || self.replications == 0 {
            return f64::NEG_INFINITY;
        }
        let all = constraints.iter().zip(&self.samples);
        all.map(|(constraint, samples)| distance(constraint, samples)).fold(f64::INFINITY, f64::min)
    }
}

/// The logarithm of a mean over its limit.
pub(super) fn excess(constraint: &Constraint, samples: &Samples) -> f64 {
    if samples.count == 0 {
        return 0.0;
    }
    let floor = FLOOR * constraint.limit;
    ((samples.mean + floor) / (constraint.limit + floor)).ln()
}

/// The standard error of that logarithm.
pub(super) fn uncertainty(constraint: &Constraint, samples: &Samples) -> f64 {
    let error = (variance(constraint, samples) / f64::from(samples.count.max(1))).sqrt();
    error / (samples.mean.max(constraint.limit) + FLOOR * constraint.limit)
}

/// Variance of one sample, never less than it can be at the limit.
pub(super) fn variance(constraint: &Constraint, samples: &Samples) -> f64 {
    let count = f64::from(samples.count);
    let seen = if samples.count > 1 { samples.squares / (count - 1.0) } else { 0.0 };
    let least = match constraint.kind {
        Sampled::Share | Sampled::Chance => constraint.least_variance(samples),
        // Few replications say little of how much a mean varies.
        Sampled::Mean => (0.05 * constraint.limit).powi(2) / count.max(1.0),
    };
    seen.max(least)
}

/// How far within its limit a mean is, in standard errors.
pub(super) fn distance(constraint: &Constraint, samples: &Samples) -> f64 {
    if samples.count == 0 {
        return f64::INFINITY;
    }
    let error = (variance(constraint, samples) / f64::from(samples.count)).sqrt();
    (constraint.limit - samples.mean) / error.max(1e-12 * constraint.limit)
}

/// All that was tried, in the order in which it was.
#[derive(Debug, Clone, Default)]
pub struct Archive {
    entries: Vec<Entry>,
    known: HashMap<Point, usize>,
}

impl Archive {
    /// All entries, in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether a point was tried.
    #[must_use]
    pub fn has(&self, point: &[u16]) -> bool {
        self.known.contains_key(point)
    }

    pub(super) fn entry(&mut self, index: usize) -> &mut Entry {
        &mut self.entries[index]
    }

    /// The number of a point, which is new or known.
    pub(super) fn place(&mut self, point: &Point, cost: f64, sizes: (usize, usize)) -> usize {
        if let Some(&known) = self.known.get(point) {
            return known;
        }
        self.known.insert(point.clone(), self.entries.len());
        self.entries.push(Entry::new(point.clone(), cost, sizes.0, sizes.1));
        self.entries.len() - 1
    }

    /// The order of entries from best to worst: what holds before what does not, by goals or by how
    /// much is missed. With two goals, front by front, and within one the loneliest first.
    ///
    /// Source: K. Deb, "An efficient constraint handling method for genetic algorithms", Computer
    /// Methods in Applied Mechanics and Engineering 186, 2000; K. Deb et al., "A fast and elitist
    /// multiobjective genetic algorithm: NSGA-II", IEEE Transactions on Evolutionary Computation 6(2),
    /// 2002.
    #[must_use]
    pub fn ranked(&self, of: &[usize], constraints: &[Constraint], goals: &[Wanted]) -> Vec<usize> {
        let violation = |&index: &usize| self.entries[index].violation(constraints);
        let mut holding: Vec<usize> = of.iter().copied().filter(|i| violation(i) <= 0.0).collect();
        let mut missing: Vec<usize> = of.iter().copied().filter(|i| violation(i) > 0.0).collect();
        missing.sort_by(|a, b| violation(a).total_cmp(&violation(b)));
        if goals.len() == 1 {
            holding.sort_by(|&a, &b| {
                let (a, b) = (&self.entries[a], &self.entries[b]);
                let by_goal = a.goal(goals, 0).total_cmp(&b.goal(goals, 0));
                by_goal.then_with(|| b.sureness(constraints).total_cmp(&a.sureness(constraints)))
            });
        } else {
            holding = self.fronts(holding, goals);
        }
        holding.extend(missing);
        holding
    }

    fn fronts(&self, mut left: Vec<usize>, goals: &[Wanted]) -> Vec<usize> {
        let value = |index: usize, goal: usize| self.entries[index].goal(goals, goal);
        let mut ranked = Vec::new();
        while !left.is_empty() {
            let is_dominated = |&index: &usize| {
                left.iter().any(|&other| {
                    dominates(
                        [value(other, 0), value(other, 1)],
                        [value(index, 0), value(index, 1)],
                    )
                })
            };
            let (rest, mut front): (Vec<usize>, Vec<usize>) =
                left.iter().partition(|i| is_dominated(i));
            front.sort_by(|&a, &b| value(a, 0).total_cmp(&value(b, 0)));
            let lonely =
                crowding(&front.iter().map(|&i| [value(i, 0), value(i, 1)]).collect::<Vec<_>>());
            let mut order: Vec<usize> = (0..front.len()).collect();
            order.sort_by(|&a, &b| lonely[b].total_cmp(&lonely[a]));
            ranked.extend(order.into_iter().map(|at| front[at]));
            left = rest;
        }
        ranked
    }

    /// Those that hold and that none surpasses in both goals, by the first.
    #[must_use]
    pub fn front(&self, of: &[usize], constraints: &[Constraint], goals: &[Wanted]) -> Vec<usize> {
        let holds = |i: &&usize| self.entries[**i].violation(constraints) <= 0.0;
        let holding: Vec<usize> = of.iter().filter(holds).copied().collect();
        let values =
            |index: usize| -> [f64; 2] { [0, 1].map(|goal| self.entries[index].goal(goals, goal)) };
        let mut front: Vec<usize> = holding
            .iter()
            .copied()
            .filter(|&i| !holding.iter().any(|&other| dominates(values(other), values(i))))
            .collect();
        front.sort_by(|&a, &b| values(a)[0].total_cmp(&values(b)[0]));
        front
    }
}

/// Whether one is at least as good in both, and better in one.
fn dominates(one: [f64; 2], other: [f64; 2]) -> bool {
    let is_less = one[0] < other[0] || one[1] < other[1];
    one[0] <= other[0] && one[1] <= other[1] && is_less
}

/// How far the neighbours of each member of a front are, which is sorted by the first goal.
fn crowding(front: &[[f64; 2]]) -> Vec<f64> {
    let (Some(first), Some(last)) = (front.first(), front.last()) else { return Vec::new() };
    let spans = [0, 1].map(|goal| (last[goal] - first[goal]).abs().max(f64::MIN_POSITIVE));
    (0..front.len())
        .map(|at| {
            if at == 0 || at + 1 == front.len() {
                return f64::INFINITY;
            }
            let (before, after) = (front[at - 1], front[at + 1]);
            (0..2).map(|goal| (after[goal] - before[goal]).abs() / spans[goal]).sum()
        })
        .collect()
}
