//! How well a chain says what it was not learned from.
//!
//! It is learned from the first two thirds of the sessions and compared with the last third: the largest
//! distance of the cumulative shares of lengths, and the share of the requests two apart that would have to
//! move. Beside that stands the noise floor: the same distances between samples, as large as the two
//! parts, that are drawn from all sessions with replacement, so that only chance sets them apart.
//!
//! Source: B. Efron, R. J. Tibshirani, *An Introduction to the Bootstrap*, 1993, §16.2 (two samples of one
//! population).

use foreshadow_sim::random::Key;

use super::chain::{Counts, Row};

/// Part of the sessions that the chain is learned from to be checked with the rest.
const LEARNED: f64 = 2.0 / 3.0;
/// Pairs of samples by which chance is measured, and the one, in order of distance, that is its limit.
const SAMPLES: usize = 40;
const LIMIT: usize = 37;
/// A chain that is off by so much more than chance is no description of the sessions.
const MATERIAL: f64 = 0.05;
/// Names the draws of samples.
const SEED: u64 = 0x5e55_1045;

/// Distances of lengths and of requests two apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Distances {
    pub(super) lengths: f64,
    pub(super) pairs: f64,
}

/// What sessions held back say of the chain of the others.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeldOut {
    pub(super) chain: Distances,
    /// What chance alone makes, in 19 of 20 cases.
    pub(super) noise: Distances,
    /// Of the first sessions themselves, which no model of them can beat by much.
    first: Distances,
}

impl HeldOut {
    pub(super) fn of(rows: &[Row], entries: usize) -> Self {
        let (first, last) = rows.split_at((LEARNED * rows.len() as f64) as usize);
        let longest = rows.iter().map(Vec::len).max().unwrap_or(1);
        let chain = Counts::of(first, entries);
        let made = Shares { lengths: chain.lengths(longest), pairs: chain.pairs() };
        let held = Shares::of(last.iter(), longest, entries);
        Self {
            chain: made.apart(&held),
            noise: noise(rows, (first.len(), last.len()), longest, entries),
            first: Shares::of(first.iter(), longest, entries).apart(&held),
        }
    }

    /// Whether neither distance is larger than chance makes it by what matters.
    pub(super) fn is_reliable(&self) -> bool {
        self.chain.lengths <= self.noise.lengths + MATERIAL
            && self.chain.pairs <= self.noise.pairs + MATERIAL
    }

    pub(super) fn fact(&self) -> String {
        let verdict = if self.is_reliable() {
            ""
        } else {
            "; that is far off, so do not rely on them (`as: sessions` warns of it)"
        };
        let of = |what: fn(&Distances) -> f64| {
            let [chain, noise, first] =
                [self.chain, self.noise, self.first].map(|distances| 100.0 * what(&distances));
            format!(
                "{chain:.1} % (chance {noise:.1} %, those of the first as they are {first:.1} %)"
            )
        };
        format!(
            "a chain learned from the first two thirds, against the last third: lengths off by at most \
             {}, requests two apart by {}{verdict}",
            of(|distances| distances.lengths),
            of(|distances| distances.pairs)
        )
    }
}

/// Shares of sessions by length, and of requests two apart by what they ask for.
struct Shares {
    /// Shape (longest).
    lengths: Vec<f64>,
    /// Shape (n · n).
    pairs: Vec<f64>,
}

impl Shares {
    fn of<'r>(rows: impl Iterator<Item = &'r Row>, longest: usize, n: usize) -> Self {
        let (mut lengths, mut pairs) = (vec![0.0; longest], vec![0.0; n * n]);
        for row in rows {
            lengths[row.len() - 1] += 1.0;
            for three in row.windows(3) {
                pairs[three[0].0 * n + three[2].0] += 1.0;
            }
        }
        Self { lengths: super::chain::normal(lengths), pairs: super::chain::normal(pairs) }
    }

    fn apart(&self, other: &Self) -> Distances {
        Distances {
            lengths: highest_gap(&self.lengths, &other.lengths),
            pairs: total_variation(&self.pairs, &other.pairs),
        }
    }
}

/// Distances of samples of these sizes by chance alone.
fn noise(rows: &[Row], (first, last): (usize, usize), longest: usize, n: usize) -> Distances {
    let sample = |number: usize, part: u64, size: usize| {
        let key = Key::root(SEED, number as u32).with(part);
        let draw = move |i: usize| &rows[key.with(i as u64).below(rows.len() as u32) as usize];
        Shares::of((0..size).map(draw), longest, n)
    };
    let all = (0..SAMPLES).map(|i| sample(i, 0, first).apart(&sample(i, 1, last)));
    let (mut lengths, mut pairs): (Vec<f64>, Vec<f64>) =
        all.map(|distances| (distances.lengths, distances.pairs)).unzip();
    lengths.sort_by(f64::total_cmp);
    pairs.sort_by(f64::total_cmp);
    Distances { lengths: lengths[LIMIT], pairs: pairs[LIMIT] }
}

/// The largest distance of two distributions' cumulative shares (Kolmogorov's).
fn highest_gap(a: &[f64], b: &[f64]) -> f64 {
    let (mut gap, mut highest) = (0.0_f64, 0.0_f64);
    for (a, b) in a.iter().zip(b) {
        gap += a - b;
        highest = highest.max(gap.abs());
    }
    highest
}

/// The share that would have to move to make one distribution of the other.
fn total_variation(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f64>() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sessions of a chain over two entries: from each to the other with probability 0.6, out with 0.3.
    fn walks(count: u64) -> Vec<Row> {
        let walk = |number: u64| {
            let mut draws = Key::root(7, 0).with(number).draws();
            let mut row = vec![(0, 0)];
            loop {
                let (at, luck) = (row[row.len() - 1].0, draws.unit());
                if luck < 0.3 {
                    return row;
                }
                row.push((if luck < 0.9 { 1 - at } else { at }, 0));
            }
        };
        (0..count).map(walk).collect()
    }

    /// Two requests apart by what was asked two before: no chain of first order says that.
    fn lists(count: u64) -> Vec<Row> {
        let list = |number: u64| {
            let start = (number % 2) as usize;
            (0..8).map(|i| ((i / 2 + start) % 2, 0)).collect()
        };
        (0..count).map(list).collect()
    }

    #[test]
    fn a_chain_is_off_by_chance_and_a_list_by_more() {
        let found = HeldOut::of(&walks(3000), 2);
        assert!(found.is_reliable() && !found.fact().contains("far off"), "{}", found.fact());
        // Kolmogorov's limit for 2,000 and 1,000, which ties make smaller.
        let limit = 1.36 * (1.0_f64 / 2000.0 + 1.0 / 1000.0).sqrt();
        assert!(found.noise.lengths > limit / 3.0 && found.noise.lengths < limit, "{found:?}");
        let found = HeldOut::of(&lists(3000), 2);
        assert!(!found.is_reliable() && found.fact().contains("far off"), "{}", found.fact());
    }

    /// Lengths as the chain has them, but in pairs that it cannot have: once below the limit of 15 %
    /// that was on lengths alone.
    #[test]
    fn pairs_alone_can_tell() {
        let rows: Vec<Row> = walks(3000)
            .into_iter()
            .map(|row| (0..row.len()).map(|i| (i / 2 % 2, 0)).collect())
            .collect();
        let found = HeldOut::of(&rows, 2);
        assert!(found.chain.lengths < 0.15 && !found.is_reliable(), "{found:?}");
    }
}
