//! Running candidates: in parallel, each replication once, within a budget.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::archive::Archive;
use super::problem::{Outcome, Point, Problem};
use crate::search::Stop;

/// What was run before, and what is run now: a memory that a search can be resumed from.
pub trait Journal: Send {
    /// What a replication of a point came to, if it was run before.
    fn find(&mut self, point: &[u16], replication: u32) -> Option<Outcome>;

    /// Keeps it.
    ///
    /// # Errors
    /// [`Stop`] when it cannot be kept.
    fn keep(&mut self, point: &[u16], replication: u32, outcome: &Outcome) -> Result<(), Stop>;

    /// All that was kept is to last from here on.
    ///
    /// # Errors
    /// As [`Journal::keep`].
    fn flush(&mut self) -> Result<(), Stop>;
}

/// What is told of a search while it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// What is going on.
    pub what: &'static str,
    /// Candidates so far, in whole budgets of replications.
    pub done: f64,
    /// How many there may be.
    pub of: f64,
    /// The cheapest that holds so far, by its replications.
    pub best: Option<f64>,
}

/// What a search needs of its surroundings.
pub struct Settings<'a> {
    /// Root of the search's own randomness.
    pub seed: u64,
    /// Candidates, of `replications` each, at most.
    pub budget: u32,
    /// Replications of one candidate.
    pub replications: u32,
    /// Candidates' worth of replications for the proof, at most.
    pub proof: u32,
    /// Set to end soon, with nothing.
    pub stop: &'a AtomicBool,
    /// Whether the time for searching is over.
    pub is_late: &'a (dyn Fn(Phase) -> bool + Sync),
    /// Told of every step.
    pub progress: &'a (dyn Fn(&Told) + Sync),
}

/// What time is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Looking for candidates.
    Search,
    /// Showing that one holds.
    Proof,
}

/// Points one step away from another, run with it on the same replications.
#[derive(Debug, Clone)]
pub(super) struct Look {
    /// The one in the middle, by its number in the archive.
    pub(super) from: usize,
    /// Those around it.
    pub(super) others: Vec<usize>,
    /// Replications that both may have seen.
    pub(super) block: Range<u32>,
}

/// Runs candidates and remembers them.
pub(super) struct Evaluator<'a, P: Problem> {
    pub(super) problem: &'a P,
    pub(super) settings: &'a Settings<'a>,
    pub(super) archive: Archive,
    /// Where it was looked around.
    pub(super) looks: Vec<Look>,
    journal: Option<&'a mut dyn Journal>,
    /// Replications so far.
    pub(super) spent: u64,
    /// What replications are run for.
    pub(super) phase: Phase,
    /// Replications at most; what is asked beyond them is not run.
    pub(super) limit: u64,
    /// Replications from which the next block begins.
    pub(super) next: u32,
    /// What each replication of each entry showed.
    seen: HashMap<(usize, u32), Outcome>,
}

impl<'a, P: Problem> Evaluator<'a, P> {
    /// An empty archive.
    pub(super) fn new(
        problem: &'a P,
        settings: &'a Settings<'a>,
        journal: Option<&'a mut dyn Journal>,
    ) -> Self {
        let (archive, seen) = (Archive::default(), HashMap::new());
        let looks = Vec::new();
        let limit = most(settings);
        Self {
            problem,
            settings,
            archive,
            looks,
            journal,
            spent: 0,
            phase: Phase::Search,
            limit,
            next: 0,
            seen,
        }
    }

    /// Whether this share of the budget is spent, or time is up.
    pub(super) fn is_over(&self, share: f64) -> bool {
        self.spent as f64 >= share * most(self.settings) as f64
            || (self.settings.is_late)(Phase::Search)
    }

    /// The share of the budget that is spent.
    pub(super) fn progress(&self) -> f64 {
        self.spent as f64 / most(self.settings) as f64
    }

    /// Numbers of replications that no candidate has met: blocks rotate, lest a search learn the luck of
    /// one by heart.
    pub(super) fn block(&mut self) -> Range<u32> {
        let begin = self.next;
        self.next += self.settings.replications;
        begin..self.next
    }

    /// The number of a point in the archive.
    pub(super) fn place(&mut self, point: &Point) -> usize {
        let sizes = (self.problem.constraints().len(), self.problem.goals().len());
        self.archive.place(point, self.problem.cost(point), sizes)
    }

    /// Whether there is a candidate at a point; if not, the archive says why from here on.
    pub(super) fn can_be(&mut self, index: usize) -> bool {
        let entry = &self.archive.entries()[index];
        if entry.sums.replications == 0
            && entry.refused.is_none()
            && let Err(why) = self.problem.candidate(&entry.point)
        {
            self.archive.entry(index).refused = Some(why);
        }
        self.archive.entries()[index].refused.is_none()
    }

    /// Runs replications of several points, the first first, as far as the limit goes; what was run is not
    /// run again.
    pub(super) fn run(&mut self, of: &[usize], range: &Range<u32>) -> Result<(), Stop> {
        let mut jobs: Vec<(usize, Range<u32>)> = Vec::new();
        let mut left = u32::try_from(self.limit.saturating_sub(self.spent)).unwrap_or(u32::MAX);
        for &index in of {
            let entry = &self.archive.entries()[index];
            let mut wanted = entry.unseen(range.clone());
            wanted.end = wanted.end.min(wanted.start.saturating_add(left));
            let is_new = !jobs.iter().any(|(known, _)| *known == index);
            if entry.refused.is_none() && !wanted.is_empty() && is_new {
                left -= wanted.end - wanted.start;
                jobs.push((index, wanted));
            }
        }
        let points: Vec<Point> =
            jobs.iter().map(|(index, _)| self.archive.entries()[*index].point.clone()).collect();
        let asked: Vec<(&[u16], Range<u32>)> =
            points.iter().map(Vec::as_slice).zip(jobs.iter().map(|job| job.1.clone())).collect();
        let found = outcomes(self.problem, &asked, &mut self.journal, self.settings.stop)?;
        for ((index, range), outcomes) in jobs.into_iter().zip(found) {
            match outcomes {
                Ok(outcomes) => {
                    self.spent += u64::from(range.end - range.start);
                    self.archive.entry(index).add(range.clone(), &outcomes);
                    self.seen.extend(range.map(|number| (index, number)).zip(outcomes));
                }
                Err(why) => self.archive.entry(index).refused = Some(why),
            }
        }
        // A proof tells of itself.
        if self.phase == Phase::Search {
            self.tell();
        }
        Ok(())
    }

    /// What a replication of an entry showed, if it was run.
    pub(super) fn seen(&self, index: usize, replication: u32) -> Option<&Outcome> {
        self.seen.get(&(index, replication))
    }

    fn tell(&self) {
        let holding = self.archive.entries().iter().filter(|entry| {
            entry.sums.replications >= self.settings.replications
                && entry.violation(self.problem.constraints()) <= 0.0
        });
        let goals = self.problem.goals();
        let best = holding.map(|entry| entry.goal(goals, 0)).min_by(f64::total_cmp);
        let each = f64::from(self.settings.replications);
        let (done, of) = (self.spent as f64 / each, f64::from(self.settings.budget));
        (self.settings.progress)(&Told { what: "searching", done, of, best });
    }

    /// Outcomes that are no part of the search.
    pub(super) fn outcomes(&mut self, asked: &[(&[u16], Range<u32>)]) -> Result<Vec<Ran>, Stop> {
        outcomes(self.problem, asked, &mut self.journal, self.settings.stop)
    }
}

/// Replications that a search may run.
fn most(settings: &Settings<'_>) -> u64 {
    u64::from(settings.budget) * u64::from(settings.replications)
}

/// Outcomes of a point's replications, or why there are none.
pub(super) type Ran = Result<Vec<Outcome>, String>;

/// Runs replications of points in parallel; results are in the order of what was asked, whatever the
/// order in which they ended.
fn outcomes<P: Problem>(
    problem: &P,
    asked: &[(&[u16], Range<u32>)],
    journal: &mut Option<&mut dyn Journal>,
    stop: &AtomicBool,
) -> Result<Vec<Ran>, Stop> {
    let mut known: HashMap<(usize, u32), Outcome> = HashMap::new();
    if let Some(journal) = journal {
        for (job, (point, range)) in asked.iter().enumerate() {
            for number in range.clone() {
                if let Some(outcome) = journal.find(point, number) {
                    known.insert((job, number), outcome);
                }
            }
        }
    }
    let is_known =
        |job: usize, range: &Range<u32>| range.clone().all(|n| known.contains_key(&(job, n)));
    let candidates: Vec<Option<Result<P::Candidate, String>>> = asked
        .par_iter()
        .enumerate()
        .map(|(job, (point, range))| (!is_known(job, range)).then(|| problem.candidate(point)))
        .collect();
    let mut todo: Vec<(usize, u32)> = Vec::new();
    for (job, (_, range)) in asked.iter().enumerate() {
        if let Some(Ok(_)) = &candidates[job] {
            todo.extend(range.clone().map(|number| (job, number)));
        }
    }
    todo.retain(|key| !known.contains_key(key));
    let ran: Vec<Result<Outcome, Stop>> = todo
        .par_iter()
        .with_max_len(1)
        .map(|&(job, number)| {
            if stop.load(Ordering::Relaxed) {
                return Err(interrupted());
            }
            match &candidates[job] {
                Some(Ok(candidate)) => problem.replicate(candidate, number, stop),
                _ => Ok(Outcome::default()),
            }
        })
        .collect();
    let mut stopped = None;
    for ((job, number), outcome) in todo.into_iter().zip(ran) {
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(stop) => {
                stopped.get_or_insert(stop);
                continue;
            }
        };
        if let Some(journal) = journal {
            journal.keep(asked[job].0, number, &outcome)?;
        }
        known.insert((job, number), outcome);
    }
    if let Some(journal) = journal {
        journal.flush()?;
    }
    if let Some(stop) = stopped {
        return Err(stop);
    }
    let collect = |(job, (_, range)): (usize, &(&[u16], Range<u32>))| {
        if let Some(Err(why)) = &candidates[job] {
            return Err(why.clone());
        }
        Ok(range.clone().filter_map(|number| known.remove(&(job, number))).collect())
    };
    Ok(asked.iter().enumerate().map(collect).collect())
}

/// The search was told to end.
pub(super) fn interrupted() -> Stop {
    Stop(String::from("interrupted"))
}
