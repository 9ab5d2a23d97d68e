//! What is tried: sets of faults, and how likely each is.

use foreshadow_scenarios::node::Node;
use foreshadow_scenarios::{Campaign, Dimension, Failure, Single};
use foreshadow_sim::random::Key;

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

/// The cases of a campaign: singles, then pairs, then failures, then what is drawn.
#[must_use]
pub fn cases(campaign: &Campaign) -> Vec<Case> {
    let text = |faults: &[Node]| faults.iter().map(Node::to_string).collect::<Vec<_>>();
    // A fault that is named and has a rate is one thing.
    let failure_of = |single: &Single| {
        let own = text(std::slice::from_ref(&single.fault));
        let same = |failure: &Failure| text(&failure.faults) == own;
        campaign.failures.iter().position(same).filter(|_| single.drawn.is_empty())
    };
    let singles = campaign.singles.iter().enumerate().map(|(index, single)| Case {
        name: single.name.clone(),
        kind: CaseKind::Faults(vec![index]),
        failure: failure_of(single),
    });
    let mut cases: Vec<Case> = singles.collect();
    let named: Vec<usize> = cases.iter().filter_map(|case| case.failure).collect();
    if campaign.exhaustive >= 2 {
        for (one, first) in campaign.singles.iter().enumerate() {
            for (two, second) in campaign.singles.iter().enumerate().skip(one + 1) {
                let name = format!("{} + {}", first.name, second.name);
                cases.push(Case { name, kind: CaseKind::Faults(vec![one, two]), failure: None });
            }
        }
    }
    let others = (0..campaign.failures.len()).filter(|index| !named.contains(index));
    cases.extend(others.map(|index| Case {
        name: match campaign.failures[index].kinds.as_slice() {
            [kind] => kind.clone(),
            _ => campaign.failures[index].name.clone(),
        },
        kind: CaseKind::Failure(index),
        failure: Some(index),
    }));
    let most = (campaign.up_to as usize).min(campaign.failures.len());
    cases.extend((2..=most).map(|count| Case {
        name: format!("{count} failures at once"),
        kind: CaseKind::Drawn(count),
        failure: None,
    }));
    cases
}

/// The faults of one trial of a case.
#[must_use]
pub fn faults_of(campaign: &Campaign, case: &Case, seed: u64, replication: u32) -> Vec<Node> {
    let root = Key::root(seed, replication);
    match &case.kind {
        CaseKind::Faults(which) => which
            .iter()
            .map(|&index| {
                magnified(&campaign.singles[index], root.with(MAGNITUDE).with(index as u64))
            })
            .collect(),
        CaseKind::Failure(index) => campaign.failures[*index].faults.clone(),
        CaseKind::Drawn(count) => {
            let which = drawn(&campaign.failures, *count, root.with(WHICH).with(*count as u64));
            which.into_iter().flat_map(|index| campaign.failures[index].faults.clone()).collect()
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

/// Which failures are in force, given that `count` of them are: a draw from the conditional law.
///
/// With R(i, k) the weight of all ways in which k of the failures from the i-th on are in force, the
/// i-th is one of them with probability wᵢ R(i + 1, k − 1) / R(i, k), w being the odds.
///
/// Source: S. X. Chen, A. P. Dempster, J. S. Liu, "Weighted finite population sampling to maximize
/// entropy", Biometrika 81(3), 1994.
fn drawn(failures: &[Failure], count: usize, key: Key) -> Vec<usize> {
    let ways = ways(failures, count);
    let (mut left, mut which) = (count, Vec::with_capacity(count));
    for (index, failure) in failures.iter().enumerate() {
        if left == 0 {
            break;
        }
        let odds = failure.unavailability() / (1.0 - failure.unavailability());
        let share = odds * ways[index + 1][left - 1] / ways[index][left];
        if key.with(index as u64).unit() < share {
            which.push(index);
            left -= 1;
        }
    }
    which
}

/// R(i, k) for all i, and all k up to `most`.
fn ways(failures: &[Failure], most: usize) -> Vec<Vec<f64>> {
    let mut ways = vec![vec![0.0; most + 1]; failures.len() + 1];
    for row in &mut ways {
        row[0] = 1.0;
    }
    for index in (0..failures.len()).rev() {
        let odds = failures[index].unavailability() / (1.0 - failures[index].unavailability());
        for k in 1..=most {
            ways[index][k] = ways[index + 1][k] + odds * ways[index + 1][k - 1];
        }
    }
    ways
}

/// The probability that exactly `count` failures are in force at one time, for each up to `most`.
#[must_use]
pub fn at_once(failures: &[Failure], most: usize) -> Vec<f64> {
    let none: f64 = failures.iter().map(|failure| 1.0 - failure.unavailability()).product();
    ways(failures, most)[0].iter().map(|weight| none * weight).collect()
}
