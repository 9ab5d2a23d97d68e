//! Sets of things that are known to do harm together, and draws of sets that contain one.
//!
//! With a(C) = P(C ⊆ S | stratum) and A = Σ a(C), draw a cut C with probability a(C) / A, then S given
//! that C is in it. A set with N(S) cuts in it then comes with N(S) / A times its own probability, so
//! A · f(S) / N(S) has the mean E(f; S contains a cut): values in \[0, A\], with A small where harm is
//! rare. What contains no known cut is drawn by its own law, and counts as nothing otherwise.
//!
//! Source: R. M. Karp, M. Luby, N. Madras, "Monte-Carlo approximation algorithms for enumeration
//! problems", Journal of Algorithms 10(3), 1989.

use foreshadow_sim::random::Key;

use super::strata::Table;

/// Cuts that one stratum uses.
const MOST: usize = 512;
/// A up to which it is worth it: above, a set contains a cut so often that its own law meets them.
const LARGEST: f64 = 0.9;

/// Whether all things of `cut` are among those of `set`; both rise.
#[must_use]
pub fn is_within(cut: &[usize], set: &[usize]) -> bool {
    let mut rest = set.iter();
    cut.iter().all(|thing| rest.any(|other| other == thing))
}

/// Whether one of `cuts` is within `set`.
pub(crate) fn has_cut(cuts: &[Vec<usize>], set: &[usize]) -> bool {
    cuts.iter().any(|cut| is_within(cut, set))
}

/// The cuts that one stratum draws by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Proposal {
    pub(crate) cuts: Vec<Vec<usize>>,
    /// Sums of a(C) up to each cut.
    sums: Vec<f64>,
    table: Table,
}

impl Proposal {
    /// The likeliest of `known` as a proposal for sets with numbers of failures in `range`, which has
    /// probability `weight`.
    pub(crate) fn new(known: &[Vec<usize>], u: &[f64], range: (usize, usize), weight: f64) -> Self {
        let mut table = Table::default();
        let mut shares: Vec<(f64, &Vec<usize>)> = known
            .iter()
            .filter(|cut| cut.len() <= range.1)
            .map(|cut| {
                table.fill(u, cut, range);
                let fails: f64 = cut.iter().map(|&index| u[index]).product();
                (fails * table.weight() / weight, cut)
            })
            .filter(|(share, _)| *share > 0.0)
            .collect();
        shares.sort_by(|one, two| two.0.total_cmp(&one.0).then_with(|| one.1.cmp(two.1)));
        let (mut cuts, mut sums, mut sum) = (Vec::new(), Vec::new(), 0.0);
        for (share, cut) in shares.into_iter().take(MOST) {
            if sum + share > LARGEST {
                continue;
            }
            sum += share;
            sums.push(sum);
            cuts.push(cut.clone());
        }
        Self { cuts, sums, table }
    }

    /// A: the sum of the probabilities of the cuts, given the stratum.
    pub(crate) fn mass(&self) -> f64 {
        self.sums.last().copied().unwrap_or(0.0)
    }

    /// Draws a set with a cut in it, and returns N(S), how many it has.
    pub(crate) fn draw(
        &mut self,
        u: &[f64],
        range: (usize, usize),
        key: Key,
        which: &mut Vec<usize>,
    ) -> usize {
        let at = key.with(0).unit() * self.mass();
        let cut = self.sums.partition_point(|&sum| sum <= at).min(self.cuts.len() - 1);
        self.table.fill(u, &self.cuts[cut], range);
        self.table.draw(key.with(1), which);
        let count = self.cuts.iter().filter(|cut| is_within(cut, which)).count();
        assert!(count >= 1, "a set drawn around a cut contains it");
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_told_to_be_within_others() {
        assert!(is_within(&[1, 3], &[0, 1, 2, 3]));
        assert!(is_within(&[], &[2]));
        assert!(!is_within(&[1, 3], &[0, 1, 2]));
        assert!(!is_within(&[0], &[]));
    }

    #[test]
    fn the_mass_of_cuts_is_their_probability_given_the_stratum() {
        // Two of four with equal odds: a pair is one of six sets.
        let known = [vec![0, 1], vec![2, 3]];
        let mut table = Table::default();
        table.fill(&[0.1; 4], &[], (2, 2));
        let mut proposal = Proposal::new(&known, &[0.1; 4], (2, 2), table.weight());
        assert!((proposal.mass() - 2.0 / 6.0).abs() < 1e-12, "{}", proposal.mass());
        let mut which = Vec::new();
        for draw in 0..50 {
            let key = Key::root(3, 0).with(draw);
            assert_eq!(proposal.draw(&[0.1; 4], (2, 2), key, &mut which), 1);
            assert!(known.contains(&which), "{which:?}");
        }
    }
}
