//! Where trials go: strata are enumerated or split, and trials shared out, by what was learned.

use super::cuts::{Proposal, has_cut};
use super::interval::Tally;
use super::strata::{Table, each_set, ranges, sets};
use super::{Part, Settings, Stratum};

/// Draws of each part in the round that counts, at least.
const LEAST: u64 = 4;
/// Mean outcome from which on harm is common.
const COMMON: f64 = 0.25;
/// Learned cuts are kept up to so many.
const MOST_CUTS: usize = 4096;

/// What is known of one stratum on the way.
#[derive(Debug)]
pub(super) struct Course {
    range: (usize, usize),
    table: Table,
    /// The number of its sets, if it has one number of failures.
    sets: Option<u64>,
    /// Mean and mean square over all sets, if they were enumerated, and the evaluations it took.
    exact: Option<(f64, f64, u64)>,
    /// Draws by its own law, and those that did harm: the sets and what they came to.
    drawn: u64,
    harmful: Vec<(Vec<usize>, f64)>,
    /// Whether its own law meets harm so often that a proposal would gain nothing.
    is_common: bool,
    proposal: Proposal,
    /// What draws by the proposal came to.
    known: Tally,
}

impl Course {
    fn new(u: &[f64], range: (usize, usize)) -> Self {
        let mut table = Table::default();
        table.fill(u, &[], range);
        let sets = if range.0 == range.1 { sets(u.len(), range.0) } else { None };
        let (proposal, known) = (Proposal::default(), Tally::default());
        let (exact, harmful) = (None, Vec::new());
        Self { range, table, sets, exact, drawn: 0, harmful, is_common: false, proposal, known }
    }

    /// What enumeration made known; the rest is added by whoever samples.
    pub(super) fn known(&self) -> Stratum {
        let (value, _, trials) = self.exact.unwrap_or_default();
        Stratum {
            count: self.range,
            weight: self.table.weight(),
            value,
            trials,
            is_enumerated: self.exact.is_some(),
        }
    }

    /// Its part of E f², if it was enumerated.
    pub(super) fn square(&self) -> Option<f64> {
        self.exact.map(|(_, square, _)| square * self.table.weight())
    }

    /// What the draws by its own law came to, apart from sets with a cut.
    fn unknown(&self) -> Tally {
        let mut tally = Tally::default();
        for (set, outcome) in &self.harmful {
            if !has_cut(&self.proposal.cuts, set) {
                tally.record(*outcome, *outcome);
            }
        }
        (tally.drawn..self.drawn).for_each(|_| tally.record_nothing());
        tally
    }

    /// Weight, mean and deviation of its two parts: sets without a cut, sets with one.
    fn parts(&self) -> [(f64, f64, f64); 2] {
        let (weight, mass) = (self.table.weight(), self.proposal.mass());
        let unknown = self.unknown();
        // Before anything was drawn, sets with a cut do harm or not.
        let (mean, deviation) = match self.known.drawn {
            0 => (1.0, 0.5),
            _ => (self.known.mean(), self.known.planned_deviation()),
        };
        [(weight, unknown.mean(), unknown.planned_deviation()), (weight * mass, mean, deviation)]
    }
}

/// An expectation on its way.
#[derive(Debug)]
pub(super) struct Study<'a> {
    u: &'a [f64],
    pub(super) settings: &'a Settings,
    pub(super) strata: Vec<Course>,
    /// The probability of more failures than the last stratum has.
    pub(super) beyond: f64,
    /// Evaluations so far.
    pub(super) trials: u64,
    cuts: Vec<Vec<usize>>,
}

impl<'a> Study<'a> {
    pub(super) fn new(u: &'a [f64], settings: &'a Settings) -> Self {
        let (ranges, beyond) = ranges(u, settings.trials);
        let strata = ranges.into_iter().map(|range| Course::new(u, range)).collect();
        let mut cuts = settings.suspects.clone();
        for cut in &mut cuts {
            cut.sort_unstable();
            cut.dedup();
            assert!(cut.last().is_none_or(|&last| last < u.len()), "a suspect is a known thing");
        }
        cuts.retain(|cut| !cut.is_empty());
        Self { u, settings, strata, beyond, trials: 0, cuts }
    }

    /// Two rounds, each of a tenth of the trials, after which parts and their shares are fixed.
    pub(super) fn learn(&mut self, trial: &mut impl FnMut(&[usize]) -> f64) {
        let round = self.settings.trials / 10;
        let each = round / self.strata.len() as u64;
        for index in 0..self.strata.len() {
            if self.is_enumerable(index, each) {
                self.enumerate(index, trial);
            } else {
                self.draw_plainly(index, each, 0, trial);
                let course = &mut self.strata[index];
                course.is_common = course.drawn > 0 && course.unknown().mean() > COMMON;
            }
        }
        self.propose();
        self.enumerate_what_is_cheaper(trial);
        let shares = self.shares(round.min(self.left() / 4));
        for (index, [plain, proposed]) in shares.into_iter().enumerate() {
            self.draw_plainly(index, plain, 1, trial);
            let tally = self.draw_proposed(index, proposed, 1, trial);
            self.strata[index].known = tally;
        }
        self.propose();
        self.enumerate_what_is_cheaper(trial);
    }

    /// The round that counts: fresh draws, whose number and law are known before.
    pub(super) fn estimate(&mut self, trial: &mut impl FnMut(&[usize]) -> f64) -> Vec<Part> {
        let shares = self.shares(self.needed());
        let mut parts = Vec::new();
        for (index, [plain, proposed]) in shares.into_iter().enumerate() {
            let weight = self.strata[index].table.weight();
            if plain > 0 {
                let tally = self.count_plainly(index, plain, trial);
                parts.push(Part { stratum: index, weight, tally });
            }
            if proposed > 0 {
                let weight = weight * self.strata[index].proposal.mass();
                let tally = self.draw_proposed(index, proposed, 2, trial);
                parts.push(Part { stratum: index, weight, tally });
            }
        }
        parts
    }

    fn left(&self) -> u64 {
        self.settings.trials.saturating_sub(self.trials)
    }

    /// Draws that the asked precision takes, by what is known; all where none is asked.
    fn needed(&self) -> u64 {
        let left = self.left();
        let Some(precision) = self.settings.precision else { return left };
        let parts = self.strata.iter().map(|course| match course.exact {
            Some((mean, ..)) => course.table.weight() * mean,
            None => course.parts().iter().map(|(weight, mean, _)| weight * mean).sum(),
        });
        let goal = precision * parts.sum::<f64>();
        let mut draws = 64.min(left);
        while draws < left && self.foreseen(draws) > goal {
            draws = (draws + draws / 4).min(left);
        }
        draws
    }

    /// The upper half of the interval that so many draws will give: two standard errors, and what
    /// intervals add for hits that were not seen.
    fn foreseen(&self, draws: u64) -> f64 {
        let shares = self.shares(draws);
        let mut half = 0.0;
        for (course, shares) in self.strata.iter().zip(shares).filter(|(c, _)| c.exact.is_none()) {
            for ((weight, _, deviation), share) in course.parts().into_iter().zip(shares) {
                let n = share.max(1) as f64;
                half = libm::hypot(half, weight * (2.0 * deviation / n.sqrt() + 3.0 / n));
            }
        }
        half
    }

    /// Neyman's allocation: draws of each part in proportion to weight times deviation.
    fn shares(&self, draws: u64) -> Vec<[u64; 2]> {
        let parts: Vec<Option<[(f64, f64, f64); 2]>> = self
            .strata
            .iter()
            .map(|course| course.exact.is_none().then(|| course.parts()))
            .collect();
        let wanted = |part: &(f64, f64, f64)| part.0 * part.2;
        let open = parts.iter().flatten().flatten().filter(|part| part.0 > 0.0);
        let (count, all) =
            open.fold((0, 0.0), |(count, sum), part| (count + 1, sum + wanted(part)));
        let rest = draws.saturating_sub(LEAST * count) as f64;
        let share = |part: (f64, f64, f64)| {
            if part.0 > 0.0 { LEAST + (rest * wanted(&part) / all) as u64 } else { 0 }
        };
        parts.into_iter().map(|parts| parts.map_or([0, 0], |parts| parts.map(share))).collect()
    }

    fn is_enumerable(&self, index: usize, draws: u64) -> bool {
        let course = &self.strata[index];
        self.settings.is_exact
            && course.exact.is_none()
            && course.sets.is_some_and(|sets| sets <= draws.min(self.left()))
    }

    /// Enumerates strata with fewer sets than would be drawn, until none is left.
    fn enumerate_what_is_cheaper(&mut self, trial: &mut impl FnMut(&[usize]) -> f64) {
        loop {
            let shares = self.shares(self.needed());
            let cheap = (0..shares.len())
                .find(|&index| self.is_enumerable(index, shares[index].iter().sum()));
            let Some(index) = cheap else { return };
            self.enumerate(index, trial);
            self.propose();
        }
    }

    fn enumerate(&mut self, index: usize, trial: &mut impl FnMut(&[usize]) -> f64) {
        let course = &self.strata[index];
        let (weight, k, u) = (course.table.weight(), course.range.0, self.u);
        let (mut mean, mut square, mut trials, mut harmful) = (0.0, 0.0, 0, Vec::new());
        each_set(u.len(), k, |set| {
            let mut rest = set.iter().peekable();
            let each = u.iter().enumerate().map(|(i, u)| match rest.next_if(|&&at| at == i) {
                Some(_) => *u,
                None => 1.0 - u,
            });
            let share = each.product::<f64>() / weight;
            if share > 0.0 {
                let outcome = checked(trial(set));
                trials += 1;
                mean += share * outcome;
                square += share * outcome * outcome;
                if outcome > self.settings.harm && harmful.len() < MOST_CUTS {
                    harmful.push(set.to_vec());
                }
            }
        });
        // The shares sum to 1 but for rounding.
        self.strata[index].exact = Some((mean.min(1.0), square.min(1.0), trials));
        self.trials += trials;
        for set in harmful {
            self.know(set);
        }
    }

    /// Draws a stratum by its own law to learn from it; cuts that are met are kept.
    fn draw_plainly(
        &mut self,
        index: usize,
        draws: u64,
        round: u64,
        trial: &mut impl FnMut(&[usize]) -> f64,
    ) {
        let key = self.settings.key.with(index as u64).with(2 * round);
        let mut which = Vec::new();
        for draw in 0..draws {
            let course = &mut self.strata[index];
            course.table.draw(key.with(draw), &mut which);
            course.drawn += 1;
            if has_cut(&course.proposal.cuts, &which) {
                continue;
            }
            let outcome = self.evaluate(&which, trial);
            if outcome > 0.0 {
                self.strata[index].harmful.push((which.clone(), outcome));
            }
            if outcome > self.settings.harm && !has_cut(&self.cuts, &which) {
                let cut = self.smallest(which.clone(), trial);
                self.know(cut);
            }
        }
    }

    /// Draws a stratum by its own law for the estimate; sets with a cut count as nothing.
    fn count_plainly(
        &mut self,
        index: usize,
        draws: u64,
        trial: &mut impl FnMut(&[usize]) -> f64,
    ) -> Tally {
        let key = self.settings.key.with(index as u64).with(4);
        let (mut tally, mut which) = (Tally::default(), Vec::new());
        for draw in 0..draws {
            let course = &self.strata[index];
            course.table.draw(key.with(draw), &mut which);
            if has_cut(&course.proposal.cuts, &which) {
                tally.record_nothing();
            } else {
                let outcome = self.evaluate(&which, trial);
                tally.record(outcome, outcome);
            }
        }
        tally
    }

    /// Draws sets with a cut.
    fn draw_proposed(
        &mut self,
        index: usize,
        draws: u64,
        round: u64,
        trial: &mut impl FnMut(&[usize]) -> f64,
    ) -> Tally {
        let key = self.settings.key.with(index as u64).with(2 * round + 1);
        let (mut tally, mut which) = (Tally::default(), Vec::new());
        for draw in 0..draws {
            let course = &mut self.strata[index];
            let count = course.proposal.draw(self.u, course.range, key.with(draw), &mut which);
            let outcome = self.evaluate(&which, trial);
            tally.record(outcome / count as f64, outcome);
        }
        tally
    }

    fn evaluate(&mut self, which: &[usize], trial: &mut impl FnMut(&[usize]) -> f64) -> f64 {
        self.trials += 1;
        checked(trial(which))
    }

    /// A harmful set without what it does not need for it; as it is where trials are noisy, or
    /// a third of them is spent.
    fn smallest(
        &mut self,
        mut set: Vec<usize>,
        trial: &mut impl FnMut(&[usize]) -> f64,
    ) -> Vec<usize> {
        let mut at = 0;
        while self.settings.is_exact && at < set.len() && self.trials < self.settings.trials / 3 {
            let thing = set.remove(at);
            if self.evaluate(&set, trial) <= self.settings.harm {
                set.insert(at, thing);
                at += 1;
            }
        }
        set
    }

    /// Keeps a cut that has none within it.
    fn know(&mut self, cut: Vec<usize>) {
        if !cut.is_empty() && self.cuts.len() < MOST_CUTS && !has_cut(&self.cuts, &cut) {
            self.cuts.push(cut);
        }
    }

    /// Makes the proposals anew of all known cuts.
    fn propose(&mut self) {
        for course in self.strata.iter_mut().filter(|c| c.exact.is_none() && !c.is_common) {
            let weight = course.table.weight();
            course.proposal = Proposal::new(&self.cuts, self.u, course.range, weight);
        }
    }
}

/// An outcome that is a share.
fn checked(outcome: f64) -> f64 {
    assert!((0.0..=1.0).contains(&outcome), "an outcome is in [0, 1]: {outcome}");
    outcome
}
