//! What is tried: sets of faults, and how likely each is.

use std::collections::BTreeSet;

use foreshadow_scenarios::node::Node;
use foreshadow_scenarios::{Campaign, Dimension, Failure, Single};
use foreshadow_sim::random::Key;

use crate::rare::strata::{Table, poisson_binomial};

/// Where magnitudes are drawn, apart from what any run draws.
const MAGNITUDE: u64 = 0x6d61_676e;
/// Where sets of failures are drawn.
const WHICH: u64 = 0x7768_6963;

/// One thing that a campaign tries, again and again.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// What it is called: `crash at payment`, `crash at payment + slow at cart`.
    pub name: String,
    /// What it is made of.
    pub kind: CaseKind,
    /// How often it comes, if that is known: an index into the campaign's failures.
    pub failure: Option<usize>,
}

impl Case {
    /// How many things fail at once; a common cause is one.
    #[must_use]
    pub fn together(&self) -> u32 {
        match &self.kind {
            CaseKind::Faults(which) => which.len() as u32,
            CaseKind::Failure(_) => 1,
            CaseKind::Drawn(count) => *count as u32,
        }
    }
}

/// What a case is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum CaseKind {
    /// Faults of the campaign, by index; one or two.
    Faults(Vec<usize>),
    /// One thing that has a rate, by index.
    Failure(usize),
    /// So many failures at once, drawn anew for each trial.
    Drawn(usize),
}

/// The cases of a campaign: singles, then pairs, then failures, then what is drawn. No two have one
/// name.
#[must_use]
pub fn cases(campaign: &Campaign) -> Vec<Case> {
    let failures = failures_of(campaign);
    let singles = campaign.singles.iter().enumerate().map(|(index, single)| Case {
        name: single.name.clone(),
        kind: CaseKind::Faults(vec![index]),
        failure: failures[index],
    });
    let mut cases: Vec<Case> = singles.collect();
    if campaign.exhaustive >= 2 {
        for (one, first) in campaign.singles.iter().enumerate() {
            for (two, second) in campaign.singles.iter().enumerate().skip(one + 1) {
                let name = format!("{} + {}", first.name, second.name);
                cases.push(Case { name, kind: CaseKind::Faults(vec![one, two]), failure: None });
            }
        }
    }
    let others = (0..campaign.failures.len()).filter(|index| !failures.contains(&Some(*index)));
    cases.extend(others.map(|index| Case {
        name: match campaign.failures[index].kinds.as_slice() {
            [kind] => kind.clone(),
            _ => campaign.failures[index].name.clone(),
        },
        kind: CaseKind::Failure(index),
        failure: Some(index),
    }));
    // What is over at once is never in force beside another.
    let lasting = campaign.failures.iter().filter(|failure| !failure.mttr.is_zero()).count();
    let most = (campaign.up_to as usize).min(lasting);
    cases.extend((2..=most).map(|count| Case {
        name: format!("{count} failures at once"),
        kind: CaseKind::Drawn(count),
        failure: None,
    }));
    name_apart(&mut cases);
    cases
}

/// For each single fault the failure that it is: what is named and has a rate is one thing, and no
/// failure is two. One of the same course goes before one of another.
fn failures_of(campaign: &Campaign) -> Vec<Option<usize>> {
    let mut found: Vec<Option<usize>> = vec![None; campaign.singles.len()];
    for course in [true, false] {
        for (index, single) in campaign.singles.iter().enumerate() {
            let is_it = |&failure: &usize| {
                single.is_what_fails(&campaign.failures[failure], course)
                    && !found.contains(&Some(failure))
            };
            if found[index].is_none() {
                found[index] = (0..campaign.failures.len()).find(is_it);
            }
        }
    }
    found
}

/// Numbers those of one name: `power`, `power (2)`.
fn name_apart(cases: &mut [Case]) {
    let mut known = BTreeSet::new();
    for case in cases {
        let name = case.name.clone();
        let mut number = 2;
        while !known.insert(case.name.clone()) {
            case.name = format!("{name} ({number})");
            number += 1;
        }
    }
}

/// The faults of one trial of a case, and the probability of drawing them over that with which they
/// were drawn; `tilts` says how much more often than it fails each failure is drawn.
#[must_use]
pub fn faults_of(
    campaign: &Campaign,
    tilts: &[f64],
    case: &Case,
    (seed, replication): (u64, u32),
) -> (Vec<Node>, f64) {
    let root = Key::root(seed, replication);
    match &case.kind {
        CaseKind::Faults(which) => {
            let of = |&index: &usize| {
                magnified(&campaign.singles[index], root.with(MAGNITUDE).with(index as u64))
            };
            (which.iter().map(of).collect(), 1.0)
        }
        CaseKind::Failure(index) => (campaign.failures[*index].faults.clone(), 1.0),
        CaseKind::Drawn(count) => {
            let key = root.with(WHICH).with(*count as u64);
            let (which, weight) = drawn(&campaign.failures, tilts, *count, key);
            let faults =
                which.into_iter().flat_map(|index| campaign.failures[index].faults.clone());
            (faults.collect(), weight)
        }
    }
}

/// The fault with its magnitudes drawn.
fn magnified(single: &Single, key: Key) -> Node {
    let draw = |fault: Node, (index, dimension): (usize, &Dimension)| {
        dimension.set(&fault, dimension.draw(key.with(index as u64)))
    };
    single.drawn.iter().enumerate().fold(single.fault.clone(), draw)
}

/// Which failures are in force, given that `count` of them are, and the likelihood ratio of that draw:
/// with odds times tilts t, a set has its own probability over ∏ t, but for what both laws sum to.
fn drawn(failures: &[Failure], tilts: &[f64], count: usize, key: Key) -> (Vec<usize>, f64) {
    let plain = unavailabilities(failures);
    let tilt = |(u, t): (&f64, &f64)| u * t / (1.0 - u + u * t);
    let tilted: Vec<f64> = plain.iter().zip(tilts).map(tilt).collect();
    // Relative to the probability that nothing fails, so that only odds are left.
    let relative = |u: &[f64], table: &mut Table| {
        table.fill(u, &[], (count, count));
        table.weight() / u.iter().map(|u| 1.0 - u).product::<f64>()
    };
    let mut table = Table::default();
    let sum = relative(&plain, &mut table);
    let mut weight = relative(&tilted, &mut table) / sum;
    let mut which = Vec::with_capacity(count);
    table.draw(key, &mut which);
    for &index in &which {
        weight /= tilts[index];
    }
    (which, weight)
}

fn unavailabilities(failures: &[Failure]) -> Vec<f64> {
    failures.iter().map(Failure::unavailability).collect()
}

/// The probability that exactly `count` failures are in force at one time, for each up to `most`.
#[must_use]
pub fn at_once(failures: &[Failure], most: usize) -> Vec<f64> {
    let mut law = poisson_binomial(&unavailabilities(failures));
    law.truncate(most + 1);
    law
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn failures(unavailabilities: &[f64]) -> Vec<Failure> {
        let of = |u: &f64| Failure {
            name: String::new(),
            faults: Vec::new(),
            kinds: Vec::new(),
            mtbf: Duration::from_secs_f64(1e6 * (1.0 - u)),
            mttr: Duration::from_secs_f64(1e6 * u),
        };
        unavailabilities.iter().map(of).collect()
    }

    /// Weighted, tilted draws have the probabilities of the conditional law.
    #[test]
    fn tilted_draws_are_unbiased() {
        let failures = failures(&[0.1, 0.02, 0.3, 0.05]);
        let tilts = [1.0, 5.0, 0.3, 2.0];
        let n = 200_000;
        let mut found = [0.0; 4];
        let mut total = 0.0;
        for trial in 0..n {
            let (which, weight) = drawn(&failures, &tilts, 2, Key::root(1, trial));
            assert_eq!(which.len(), 2);
            total += weight;
            for index in which {
                found[index] += weight;
            }
        }
        let odds: Vec<f64> = unavailabilities(&failures).iter().map(|u| u / (1.0 - u)).collect();
        let pairs = |of: &dyn Fn(usize, usize) -> bool| -> f64 {
            let all = (0..4).flat_map(|i| (i + 1..4).map(move |j| (i, j)));
            all.filter(|&(i, j)| of(i, j)).map(|(i, j)| odds[i] * odds[j]).sum()
        };
        let all = pairs(&|_, _| true);
        assert!((total / f64::from(n) - 1.0).abs() < 0.02, "{total}");
        for (index, found) in found.iter().enumerate() {
            let expected = pairs(&|i, j| i == index || j == index) / all;
            let found = found / f64::from(n);
            assert!((found - expected).abs() < 0.02, "{index}: {found}, not {expected}");
        }
    }

    #[test]
    fn how_many_fail_at_once_is_poisson_binomial() {
        let at_once = at_once(&failures(&[0.5, 0.5, 0.5]), 3);
        for (found, expected) in at_once.iter().zip([0.125, 0.375, 0.375, 0.125]) {
            assert!((found - expected).abs() < 1e-12, "{at_once:?}");
        }
    }
}
