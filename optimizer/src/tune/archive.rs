//! Everything that was tried, and how it stands.

use std::collections::HashMap;
use std::ops::Range;

use foreshadow_scenarios::report::Constraint;

use super::problem::{Outcome, Point, Wanted};
use super::sums::Sums;

/// A point that was tried.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The point.
    pub point: Point,
    /// What it costs.
    pub cost: f64,
    /// Why there can be no such candidate.
    pub refused: Option<String>,
    /// What its replications came to.
    pub sums: Sums,
    /// Which these are.
    seen: Vec<Range<u32>>,
}

impl Entry {
    fn new(point: Point, cost: f64, constraints: usize, goals: usize) -> Self {
        let sums = Sums::new(constraints, goals);
        Self { point, cost, refused: None, sums, seen: Vec::new() }
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
        self.sums.add(outcomes);
        self.seen.push(range);
        self.seen.sort_by_key(|range| range.start);
    }

    /// What a goal comes to.
    #[must_use]
    pub fn goal(&self, goals: &[Wanted], index: usize) -> f64 {
        match goals[index] {
            Wanted::Cost => self.cost,
            Wanted::Measured => self.sums.goals[index].mean,
        }
    }

    /// [`Sums::violation`], infinite for what cannot be or was not run.
    #[must_use]
    pub fn violation(&self, constraints: &[Constraint]) -> f64 {
        if self.has_run() { self.sums.violation(constraints) } else { f64::INFINITY }
    }

    /// [`Sums::sureness`], the least there is for what cannot be or was not run.
    #[must_use]
    pub fn sureness(&self, constraints: &[Constraint]) -> f64 {
        if self.has_run() { self.sums.sureness(constraints) } else { f64::NEG_INFINITY }
    }

    const fn has_run(&self) -> bool {
        self.refused.is_none() && self.sums.replications > 0
    }
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
