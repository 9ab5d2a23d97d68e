//! The ways in which an endpoint serves its requests.
//!
//! Visits of one shape are one way. Ways that are too rare to tell apart are counted with the
//! nearest one that is not; their own times stay their own.

use std::collections::{BTreeMap, BTreeSet};

use crate::observe::{Shape, Stage, Visit};

/// Ways that one endpoint may have.
const MOST: usize = 32;
/// Least share of the visits that makes a way.
const LEAST_SHARE: f64 = 0.005;
/// Least visits that make a way.
const LEAST: usize = 2;

/// One way to serve a request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Variant {
    pub(super) shape: Shape,
    /// Own times of its visits [ns], in order of time.
    pub(super) own: Vec<f64>,
    /// Sum of the whole times of its visits [ns].
    pub(super) total_ns: f64,
    /// Visits of other shapes among them.
    pub(super) merged: usize,
}

/// The ways of an endpoint, most frequent first; never empty.
pub(super) fn variants(
    visits: &[&Visit],
    shapes: &[Shape],
    endpoint: u32,
    removed: &BTreeSet<(u32, u32)>,
) -> Vec<Variant> {
    let is_removed = |target: u32| removed.contains(&(endpoint, target));
    let mut counts: BTreeMap<&Shape, usize> = BTreeMap::new();
    let mut cleaned: BTreeMap<u32, Shape> = BTreeMap::new();
    for visit in visits {
        cleaned
            .entry(visit.shape)
            .or_insert_with(|| without(&shapes[visit.shape as usize], &is_removed));
    }
    for visit in visits {
        *counts.entry(&cleaned[&visit.shape]).or_default() += 1;
    }
    let kept = kept(&counts, visits.len());
    let nearest: BTreeMap<&Shape, usize> = {
        let bags: Vec<Bag> = kept.iter().map(|shape| bag(shape)).collect();
        counts.keys().map(|shape| (*shape, nearest(shape, &kept, &bags))).collect()
    };
    let mut variants: Vec<Variant> = kept
        .iter()
        .map(|&shape| Variant { shape: shape.clone(), own: Vec::new(), total_ns: 0.0, merged: 0 })
        .collect();
    for visit in visits {
        let shape = &cleaned[&visit.shape];
        let variant = &mut variants[nearest[shape]];
        variant.own.push(visit.own_ns as f64);
        variant.total_ns += visit.duration_ns as f64;
        variant.merged += usize::from(*shape != variant.shape);
    }
    variants.sort_by(|a, b| b.own.len().cmp(&a.own.len()).then_with(|| a.shape.cmp(&b.shape)));
    variants
}

/// The shape without calls that were left out.
fn without(shape: &Shape, is_removed: &dyn Fn(u32) -> bool) -> Shape {
    let stage = |Stage(branches): &Stage| {
        let branches = branches.iter().map(|branch| {
            branch.iter().filter(|run| !is_removed(run.target)).copied().collect::<Vec<_>>()
        });
        let branches: Vec<_> = branches.filter(|branch| !branch.is_empty()).collect();
        (!branches.is_empty()).then_some(Stage(branches))
    };
    shape.iter().filter_map(stage).collect()
}

/// The shapes that are told apart: the usual ones, and whatever it takes that every endpoint that
/// is ever called is called by one of them.
fn kept<'a>(counts: &BTreeMap<&'a Shape, usize>, visits: usize) -> Vec<&'a Shape> {
    let mut kept = usual(counts, visits);
    let mut called: BTreeSet<u32> = kept.iter().flat_map(|shape| targets(shape)).collect();
    let mut rare: Vec<(&Shape, usize)> = counts.iter().map(|(s, n)| (*s, *n)).collect();
    rare.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    for (shape, _) in rare {
        if targets(shape).any(|target| !called.contains(&target)) {
            called.extend(targets(shape));
            kept.push(shape);
        }
    }
    kept
}

/// The endpoints that a shape calls.
fn targets(shape: &Shape) -> impl Iterator<Item = u32> {
    shape.iter().flat_map(Stage::runs).map(|run| run.target)
}

/// The shapes that are frequent enough to tell apart.
fn usual<'a>(counts: &BTreeMap<&'a Shape, usize>, visits: usize) -> Vec<&'a Shape> {
    let least = LEAST.max((LEAST_SHARE * visits as f64).ceil() as usize);
    let mut by_count: Vec<(&Shape, usize)> = counts.iter().map(|(s, n)| (*s, *n)).collect();
    by_count.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let frequent: Vec<_> = by_count.iter().filter(|(_, n)| *n >= least).take(MOST).collect();
    let covered: usize = frequent.iter().map(|(_, n)| n).sum();
    if 2 * covered >= visits {
        return frequent.into_iter().map(|(shape, _)| *shape).collect();
    }
    // Hardly two visits are alike: take some evenly from those with few calls to those with many.
    let mut by_size = by_count;
    by_size.sort_by_cached_key(|(shape, _)| (calls(shape), (*shape).clone()));
    let ranks = (0..MOST).map(|i| visits * (2 * i + 1) / (2 * MOST));
    let mut chosen: Vec<&Shape> = Vec::new();
    let (mut reached, mut next) = (0, 0);
    for rank in ranks {
        while next < by_size.len() && reached + by_size[next].1 <= rank {
            reached += by_size[next].1;
            next += 1;
        }
        let shape = by_size[next.min(by_size.len() - 1)].0;
        if chosen.last() != Some(&shape) {
            chosen.push(shape);
        }
    }
    chosen
}

/// How often each endpoint is called.
type Bag = BTreeMap<u32, u32>;

fn bag(shape: &Shape) -> Bag {
    let mut bag = Bag::new();
    for run in shape.iter().flat_map(Stage::runs) {
        *bag.entry(run.target).or_default() += run.count;
    }
    bag
}

fn calls(shape: &Shape) -> u64 {
    shape.iter().flat_map(Stage::runs).map(|run| u64::from(run.count)).sum()
}

/// The kept shape with the most similar numbers of calls; itself if it is kept.
fn nearest(shape: &Shape, kept: &[&Shape], bags: &[Bag]) -> usize {
    if let Some(same) = kept.iter().position(|known| *known == shape) {
        return same;
    }
    let mine = bag(shape);
    let distance = |other: &Bag| -> u64 {
        let one_way = |a: &Bag, b: &Bag| -> u64 {
            let over = |(target, count): (&u32, &u32)| {
                u64::from(count.saturating_sub(b.get(target).copied().unwrap_or(0)))
            };
            a.iter().map(over).sum()
        };
        one_way(&mine, other) + one_way(other, &mine)
    };
    let ranked = bags.iter().enumerate().map(|(i, other)| (distance(other), i));
    ranked.min().map_or(0, |(_, i)| i)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::Run;

    fn run(target: u32, count: u32) -> Stage {
        Stage(vec![vec![Run { target, count, waited: true }]])
    }

    fn visit(shape: u32) -> Visit {
        Visit {
            trace: 0,
            start_ns: 0,
            endpoint: 9,
            duration_ns: 10,
            own_ns: 5,
            instance: 0,
            shape,
            is_entry: false,
            failed: false,
            call_failed: false,
        }
    }

    /// Visits by the number of each shape; expected as (visits, merged) of each way.
    #[track_caller]
    fn check(shapes: &[(Shape, usize)], removed: &[(u32, u32)], expected: &[(usize, usize)]) {
        let visits: Vec<Visit> = shapes
            .iter()
            .enumerate()
            .flat_map(|(i, (_, n))| std::iter::repeat_n(visit(i as u32), *n))
            .collect();
        let all: Vec<Shape> = shapes.iter().map(|(shape, _)| shape.clone()).collect();
        let visits: Vec<&Visit> = visits.iter().collect();
        let found = variants(&visits, &all, 9, &removed.iter().copied().collect());
        let found: Vec<_> = found.iter().map(|v| (v.own.len(), v.merged)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn shapes_are_told_apart() {
        check(
            &[(vec![run(1, 1)], 10), (vec![run(1, 2)], 30), (vec![], 5)],
            &[],
            &[(30, 0), (10, 0), (5, 0)],
        );
    }

    #[test]
    fn a_rare_shape_joins_the_nearest() {
        check(
            &[(vec![run(1, 9)], 100), (vec![run(2, 1)], 50), (vec![run(1, 8)], 1)],
            &[],
            &[(101, 1), (50, 0)],
        );
    }

    #[test]
    fn a_rare_shape_that_alone_calls_something_is_kept() {
        check(
            &[(vec![run(1, 9)], 100), (vec![run(2, 1)], 50), (vec![run(3, 1)], 1)],
            &[],
            &[(100, 0), (50, 0), (1, 0)],
        );
    }

    #[test]
    fn shapes_that_are_all_different_are_sampled_evenly() {
        let shapes: Vec<_> = (1..=352).map(|n| (vec![run(1, n)], 1)).collect();
        check(&shapes, &[], &[(11, 10); 32]);
    }

    #[test]
    fn calls_left_out_make_shapes_equal() {
        check(&[(vec![run(1, 1)], 10), (vec![run(1, 1), run(2, 1)], 10)], &[(9, 2)], &[(20, 0)]);
    }
}
