//! How many of independent things fail, and which, given how many.
//!
//! One table does all: T(i, c) is the probability that the things from the i-th on bring the number of
//! failed ones from c into a range, T(i, c) = (1 − uᵢ) T(i + 1, c) + uᵢ T(i + 1, c + 1). T(0, 0) is the
//! weight of the range (Poisson-binomial), and a draw given the range takes the i-th with probability
//! uᵢ T(i + 1, c + 1) / T(i, c). All terms are positive, so nothing cancels.
//!
//! Source: S. X. Chen, A. P. Dempster, J. S. Liu, "Weighted finite population sampling to maximize
//! entropy", Biometrika 81(3), 1994.

use foreshadow_sim::random::Key;

/// Strata with less than this together are left out.
const NEGLIGIBLE: f64 = 1e-15;

/// T(i, c) for one range of numbers of failed things.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    /// Row i has c from 0 to one above the range.
    cells: Vec<f64>,
    width: usize,
    /// uᵢ, 1 where it is certain.
    unavailability: Vec<f64>,
}

impl Table {
    /// Fills the table for `low..=high` failures, where those in `certain` have failed.
    pub(crate) fn fill(&mut self, u: &[f64], certain: &[usize], (low, high): (usize, usize)) {
        self.unavailability.clear();
        self.unavailability.extend_from_slice(u);
        for &index in certain {
            self.unavailability[index] = 1.0;
        }
        self.width = high + 2;
        self.cells.clear();
        self.cells.resize((u.len() + 1) * self.width, 0.0);
        self.cells[u.len() * self.width..][low..=high].fill(1.0);
        for (index, &u) in self.unavailability.iter().enumerate().rev() {
            let (row, next) = (index * self.width, (index + 1) * self.width);
            for c in 0..=high {
                self.cells[row + c] =
                    (1.0 - u) * self.cells[next + c] + u * self.cells[next + c + 1];
            }
        }
    }

    /// The probability that the number of failed things is in the range.
    pub(crate) fn weight(&self) -> f64 {
        self.cells[0]
    }

    /// Draws the failed things, rising, given that their number is in the range.
    pub(crate) fn draw(&self, key: Key, which: &mut Vec<usize>) {
        which.clear();
        let mut draws = key.draws();
        for (index, &u) in self.unavailability.iter().enumerate() {
            let (row, next) = (index * self.width, (index + 1) * self.width);
            let c = which.len();
            let fails = u * self.cells[next + c + 1];
            if draws.unit() * self.cells[row + c] < fails {
                which.push(index);
            }
        }
    }
}

/// P(K = k) for k from 0 to n: the law of the number of failed things.
#[must_use]
pub fn poisson_binomial(unavailability: &[f64]) -> Vec<f64> {
    let mut law = vec![1.0];
    for &u in unavailability {
        law.push(0.0);
        for k in (1..law.len()).rev() {
            law[k] = (1.0 - u) * law[k] + u * law[k - 1];
        }
        law[0] *= 1.0 - u;
    }
    law
}

/// Splits 0 to n failures into ranges, and says how likely it is that more fail than the last has.
///
/// A number of failures is a range of its own, but both ends are put together as long as each is
/// less likely than one in `trials`, or there are more ranges than one for 40 trials.
#[must_use]
pub fn ranges(unavailability: &[f64], trials: u64) -> (Vec<(usize, usize)>, f64) {
    let law = poisson_binomial(unavailability);
    let above = |k: usize| law[k..].iter().rev().sum::<f64>();
    let possible: Vec<usize> = (0..law.len()).filter(|&k| law[k] > 0.0).collect();
    let first = possible[0];
    let last = possible.iter().copied().rfind(|&k| above(k) > NEGLIGIBLE).unwrap_or(first);
    let mut least = 1.0 / trials as f64;
    loop {
        let mut low = first;
        while low < last && law[..=low].iter().sum::<f64>() < least {
            low += 1;
        }
        let mut high = last;
        while high > low + 1 && above(high - 1) < least {
            high -= 1;
        }
        let mut ranges = vec![(first, low)];
        ranges.extend((low + 1..high).map(|k| (k, k)));
        if high > low {
            ranges.push((high, last));
        }
        if ranges.len() as u64 <= (trials / 40).max(1) || ranges.len() <= 2 {
            return (ranges, if last + 1 < law.len() { above(last + 1) } else { 0.0 });
        }
        least *= 2.0;
    }
}

/// The number of sets of k out of n things; `None` if it is beyond counting.
#[must_use]
pub fn sets(n: usize, k: usize) -> Option<u64> {
    let mut count: u64 = 1;
    for i in 0..k.min(n - k) as u64 {
        count = count.checked_mul(n as u64 - i)? / (i + 1);
    }
    Some(count)
}

/// Calls `visit` with every set of k out of n things, in lexical order.
pub fn each_set(n: usize, k: usize, mut visit: impl FnMut(&[usize])) {
    let mut set: Vec<usize> = (0..k).collect();
    loop {
        visit(&set);
        // The last that can move moves, and those after it follow.
        let Some(at) = (0..k).rfind(|&at| set[at] < n - k + at) else { return };
        set[at] += 1;
        for after in at + 1..k {
            set[after] = set[after - 1] + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_law_of_the_number_agrees_with_the_binomial() {
        let law = poisson_binomial(&[0.3; 5]);
        for (k, expected) in
            [0.168_07, 0.360_15, 0.3087, 0.1323, 0.028_35, 0.002_43].iter().enumerate()
        {
            assert!((law[k] - expected).abs() < 1e-12, "{k}: {}", law[k]);
        }
    }

    #[test]
    fn ranges_share_all_numbers_out() {
        for (u, trials) in [(vec![1e-3; 60], 100_000), (vec![0.5; 27], 1000), (vec![0.2; 200], 200)]
        {
            let (ranges, beyond) = ranges(&u, trials);
            assert_eq!(ranges[0].0, 0);
            assert!(ranges.windows(2).all(|pair| pair[0].1 + 1 == pair[1].0), "{ranges:?}");
            let mut table = Table::default();
            let weight = |&range: &(usize, usize)| {
                table.fill(&u, &[], range);
                table.weight()
            };
            let all: f64 = ranges.iter().map(weight).sum();
            assert!((all + beyond - 1.0).abs() < 1e-12 && beyond <= NEGLIGIBLE, "{all} {beyond}");
            assert!(ranges.len() as u64 <= trials / 40);
        }
    }

    #[test]
    fn draws_follow_the_law_given_the_number() {
        // Of two failures among three, by hand: the pairs' probabilities relative to each other.
        let u = [0.5, 0.2, 0.1];
        let pairs = [0.5 * 0.2 * 0.9, 0.5 * 0.8 * 0.1, 0.5 * 0.2 * 0.1];
        let all: f64 = pairs.iter().sum();
        let mut table = Table::default();
        table.fill(&u, &[], (2, 2));
        assert!((table.weight() - all).abs() < 1e-15);
        let (mut counts, mut which) = ([0_u32; 3], Vec::new());
        for draw in 0..40_000 {
            table.draw(Key::root(7, 0).with(draw), &mut which);
            let pair = [[0, 1], [0, 2], [1, 2]].iter().position(|pair| which == pair).unwrap();
            counts[pair] += 1;
        }
        for (count, pair) in counts.iter().zip(pairs) {
            let expected = pair / all;
            let error = (expected * (1.0 - expected) / 40_000.0).sqrt();
            assert!((f64::from(*count) / 40_000.0 - expected).abs() < 3.9 * error, "{counts:?}");
        }
    }

    #[test]
    fn sets_are_counted_and_visited_once() {
        for (n, k) in [(5, 0), (5, 2), (6, 6), (7, 3), (1, 1)] {
            let mut seen = std::collections::BTreeSet::new();
            each_set(n, k, |set| assert!(seen.insert(set.to_vec()), "{set:?} again"));
            assert_eq!(Some(seen.len() as u64), sets(n, k));
        }
        assert_eq!(sets(400, 200), None);
    }
}
