//! The proof: a few finalists on replications that the search never saw.
//!
//! The search believes the luckiest of many noisy looks, so nothing that it found is shown; finalists
//! are run anew. Claim A: the chosen one holds every objective. Claim B: each cheaper finalist
//! misses one. Both are decided by confidence sequences, so looking again and again is sound, and at an
//! error of 5 % together: half for A, split over the finalists; half for B, split over finalists and
//! constraints. For A no constraint needs a part of its own: what misses one is only believed to hold
//! when that one is.
//!
//! Replications go where they decide soonest, as in optimal computing budget allocation: C.-H. Chen
//! and L. H. Lee, *Stochastic Simulation Optimization* (World Scientific, 2011).

mod judge;
mod mend;

use std::ops::Range;

use foreshadow_scenarios::report::Constraint;
use foreshadow_sim::random::Key;
use foreshadow_sim::stats::Decision;

use super::archive::{Archive, Entry};
use super::evaluate::{Evaluator, Phase, Told};
use super::problem::{Outcome, Point, Problem, Wanted};
use super::sums::Sums;
use crate::search::Stop;
use judge::{judge, remaining};
use mend::{mends, plainer};

/// Chance that any claim is wrong.
pub const ERROR: f64 = 0.05;
/// Candidates' worth of replications for the proof of a change, for each of the search's.
pub const PROOF: u32 = 2;
/// Finalists that come from the search, at most.
const FINALISTS: usize = 6;
/// And from each look at what the proof has shown so far.
const MENDS: usize = 4;
/// Shares of the proof's budget after which that is looked at, and its end.
const ROUNDS: [f64; 4] = [0.3, 0.6, 0.9, 1.0];
/// Where the proof's own draws are.
const PURPOSE: u64 = 0x7072_6f6f;
/// Standard errors by which a candidate may miss and still be a finalist.
const PLAUSIBLE: f64 = -1.5;
/// Replications that the search cannot have used.
pub const FRESH: u32 = 1 << 24;
/// Replications of a finalist at least, and from one look to the next.
const BATCH: u32 = 8;
/// Replications of a finalist at most.
const MOST: u32 = 1 << 20;

/// A candidate that came to the proof.
#[derive(Debug, Clone)]
pub struct Finalist {
    /// The first of its replications.
    begin: u32,
    /// The point.
    pub point: Point,
    /// What it costs.
    pub cost: f64,
    /// What is to be small: the cost, or what its replications measured.
    pub goal: f64,
    /// How many knobs it turns.
    turned: usize,
    /// What its fresh replications came to.
    pub sums: Sums,
    /// Whether it holds every objective (A), misses one (B), or neither is shown.
    pub decision: Decision,
    /// The constraint that is shown to be missed, or the one that is farthest from being shown to hold.
    pub critical: Option<usize>,
}

/// What the proof came to.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The finalists, best first.
    pub finalists: Vec<Finalist>,
    /// Which of them is the best that is shown to hold.
    pub chosen: Option<usize>,
}

impl Proof {
    /// The finalists that would be better than the chosen one; without one, all.
    pub fn better(&self) -> impl Iterator<Item = &Finalist> {
        let most = self.chosen.map_or(f64::INFINITY, |at| self.finalists[at].goal);
        self.finalists.iter().filter(move |finalist| finalist.goal < most)
    }

    /// Whether nothing better than the chosen is left open.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.better().all(|finalist| finalist.decision == Decision::Missed)
    }
}

/// The candidates of an archive that come to the proof, best first: from the best that may hold, each next
/// one dearer and surer; without any, those that miss least. With two goals, from along the front of what
/// seems to hold.
#[must_use]
pub fn finalists(
    archive: &Archive,
    constraints: &[Constraint],
    goals: &[Wanted],
    each: u32,
) -> Vec<usize> {
    let entries = archive.entries();
    // A small budget may not have run any in full.
    let most = entries.iter().map(|entry| entry.sums.replications).max();
    let each = each.min(most.unwrap_or(0)).max(1);
    if goals.len() > 1 {
        let whole: Vec<usize> =
            (0..entries.len()).filter(|&i| entries[i].sums.replications >= each).collect();
        let front = archive.front(&whole, constraints, goals);
        if !front.is_empty() {
            return spread(&front, FINALISTS);
        }
    }
    let sureness = |index: usize| entries[index].sureness(constraints);
    let mut order: Vec<usize> = (0..entries.len())
        .filter(|&i| entries[i].refused.is_none() && entries[i].sums.replications >= each)
        .collect();
    order.sort_by(|&a, &b| entries[a].goal(goals, 0).total_cmp(&entries[b].goal(goals, 0)));
    let mut stairs: Vec<usize> = Vec::new();
    for &index in &order {
        let higher = stairs.last().is_none_or(|&last| sureness(index) > sureness(last) + 0.25);
        if sureness(index) >= PLAUSIBLE && higher {
            stairs.push(index);
        }
    }
    if stairs.is_empty() {
        order.sort_by(|&a, &b| {
            entries[a].violation(constraints).total_cmp(&entries[b].violation(constraints))
        });
        order.truncate(2);
        order.sort_by(|&a, &b| entries[a].goal(goals, 0).total_cmp(&entries[b].goal(goals, 0)));
        return order;
    }
    if stairs.len() > FINALISTS {
        // The best few, and between them and the surest, evenly.
        let rest = stairs.split_off(FINALISTS / 2);
        stairs.extend(spread(&rest, FINALISTS - stairs.len()));
    }
    stairs
}

/// At most so many of them, evenly, the last among them.
fn spread(all: &[usize], most: usize) -> Vec<usize> {
    let wanted = most.min(all.len());
    (0..wanted).map(|n| all[(n + 1) * all.len() / wanted - 1]).collect()
}

/// Runs finalists until the best that holds is known and all better ones are refuted, or the
/// budget is spent. From time to time the proof itself shows what to mend: what is refuted is known well by then,
/// and the cheapest points that seem to mend it become finalists, on replications of their own. Once something
/// holds, those are tried at last at which what costs nothing is left as it is. Also how many replications that took.
///
/// # Errors
/// [`Stop`]
pub(super) fn prove<P: Problem>(
    evaluator: &mut Evaluator<'_, P>,
    first: &[usize],
) -> Result<(Proof, u64), Stop> {
    let settings = evaluator.settings;
    let most = u64::from(settings.proof) * u64::from(settings.replications);
    let mut draws = Key::root(evaluator.settings.seed, 0).with(PURPOSE).draws();
    let mut proof = Proof { finalists: Vec::new(), chosen: None };
    let mut spent = 0;
    let mut new = first.to_vec();
    for (round, share) in ROUNDS.iter().enumerate() {
        // None comes to the proof for which nothing is left.
        let room = most.saturating_sub(spent) / u64::from(BATCH);
        for index in spread(&new, room.max(u64::from(round == 0)) as usize) {
            let can_be = evaluator.can_be(index);
            let entry = &evaluator.archive.entries()[index];
            let is_known = proof.finalists.iter().any(|known| known.point == entry.point);
            if is_known || !can_be {
                continue;
            }
            let begin = FRESH + (round as u32) * MOST;
            let mut finalist = fresh(entry, begin);
            let plain = evaluator.problem.plain().unwrap_or_else(|| entry.point.clone());
            finalist.turned = entry.point.iter().zip(&plain).filter(|(a, b)| a != b).count();
            proof.finalists.push(finalist);
        }
        run(evaluator, &mut proof, &mut spent, (share * most as f64) as u64)?;
        if round + 1 == ROUNDS.len() || (settings.is_late)(Phase::Proof) {
            break;
        }
        let before = evaluator.spent;
        new = match proof.chosen {
            // Only of a cost is known before a run whether it gets less.
            _ if evaluator.problem.goals() != [Wanted::Cost] => Vec::new(),
            // The last look is for what can be left as it is.
            Some(at) if round + 2 == ROUNDS.len() => plainer(evaluator, &proof.finalists[at].point),
            _ => mends(evaluator, &proof, &mut draws, most.saturating_sub(spent))?,
        };
        spent += evaluator.spent - before;
    }
    // The error is split over no more than these.
    assert!(proof.finalists.len() <= FINALISTS + (ROUNDS.len() - 1) * MENDS);
    Ok((proof, spent))
}

/// The best first: by the goal where it is known, else by what was measured so far.
fn order(proof: &mut Proof, goals: &[Wanted]) {
    for finalist in &mut proof.finalists {
        finalist.goal = match goals[0] {
            Wanted::Cost => finalist.cost,
            Wanted::Measured => finalist.sums.goals[0].mean,
        };
    }
    proof.finalists.sort_by(|a, b| a.goal.total_cmp(&b.goal).then(a.turned.cmp(&b.turned)));
}

/// Runs what decides soonest, until so many replications are spent.
fn run<P: Problem>(
    evaluator: &mut Evaluator<'_, P>,
    proof: &mut Proof,
    spent: &mut u64,
    most: u64,
) -> Result<(), Stop> {
    let constraints = evaluator.problem.constraints();
    let new: Vec<usize> = (0..proof.finalists.len())
        .filter(|&at| proof.finalists[at].sums.replications == 0)
        .collect();
    *spent += replicate(evaluator, &mut proof.finalists, &new, BATCH)?;
    loop {
        for finalist in &mut proof.finalists {
            judge(finalist, constraints);
        }
        order(proof, evaluator.problem.goals());
        proof.chosen = proof.finalists.iter().position(|f| f.decision == Decision::Held);
        tell(evaluator, *spent, proof);
        let open = |at: &usize| {
            proof.finalists[*at].decision == Decision::Undecided
                && proof.chosen.is_none_or(|chosen| *at < chosen)
                && proof.finalists[*at].sums.replications < MOST
        };
        let left = most.saturating_sub(*spent);
        // What seems to hold comes first: it may be chosen. And one that was thought to be decided soon,
        // and is not, waits for others.
        let turn = |at: &usize| {
            let finalist = &proof.finalists[*at];
            let wanted = remaining(finalist, constraints);
            let whole = wanted + f64::from(finalist.sums.replications);
            (wanted, (finalist.sums.violation(constraints) > 0.0, whole, *at))
        };
        let next = (0..proof.finalists.len()).filter(open).map(|at| turn(&at)).min_by(|a, b| {
            let ((a_misses, a_whole, a_at), (b_misses, b_whole, b_at)) = (a.1, b.1);
            a_misses.cmp(&b_misses).then(a_whole.total_cmp(&b_whole)).then(a_at.cmp(&b_at))
        });
        let is_over = left == 0 || (evaluator.settings.is_late)(Phase::Proof);
        let Some((wanted, (_, _, at))) = next.filter(|_| !is_over) else { return Ok(()) };
        // A quarter of what it seems to need: the estimate itself is rough.
        let known = u64::from(proof.finalists[at].sums.replications);
        let batch = ((wanted / 4.0) as u64).clamp(u64::from(BATCH), 4 * known.max(2));
        let batch = batch.min(left).min(u64::from(MOST) - known);
        *spent += replicate(evaluator, &mut proof.finalists, &[at], batch as u32)?;
    }
}

/// Runs so many more replications of some finalists.
fn replicate<P: Problem>(
    evaluator: &mut Evaluator<'_, P>,
    finalists: &mut [Finalist],
    of: &[usize],
    more: u32,
) -> Result<u64, Stop> {
    let points: Vec<Point> = of.iter().map(|&at| finalists[at].point.clone()).collect();
    let range = |at: usize| -> Range<u32> {
        let begin = finalists[at].begin + finalists[at].sums.replications;
        begin..begin + more
    };
    let asked: Vec<(&[u16], Range<u32>)> =
        points.iter().map(Vec::as_slice).zip(of.iter().map(|&at| range(at))).collect();
    let found = evaluator.outcomes(&asked)?;
    for (&at, outcomes) in of.iter().zip(found) {
        let outcomes: Vec<Outcome> = outcomes.map_err(Stop)?;
        finalists[at].sums.add(&outcomes);
    }
    Ok(of.len() as u64 * u64::from(more))
}

fn tell<P: Problem>(evaluator: &Evaluator<'_, P>, spent: u64, proof: &Proof) {
    let settings = evaluator.settings;
    let each = f64::from(settings.replications);
    let best = proof.chosen.map(|at| match evaluator.problem.goals()[0] {
        Wanted::Cost => proof.finalists[at].cost,
        Wanted::Measured => proof.finalists[at].sums.goals[0].mean,
    });
    let (done, of) = (spent as f64 / each, f64::from(settings.proof));
    (settings.progress)(&Told { what: "proving", done, of, best });
}

fn fresh(entry: &Entry, begin: u32) -> Finalist {
    Finalist {
        begin,
        point: entry.point.clone(),
        cost: entry.cost,
        goal: entry.cost,
        turned: 0,
        sums: Sums::new(entry.sums.samples.len(), entry.sums.goals.len()),
        decision: Decision::Undecided,
        critical: None,
    }
}
