//! The shape of a visit: which calls, in which order, which of them at once.
//!
//! Calls that overlap in time by more than a tenth of the shorter run at once: they make one
//! *parallel* stage, whose branches are chains of calls that do not overlap. Everything else comes
//! one after the other; equal neighbours are one run with a count.

use std::collections::BTreeMap;

/// Calls of one endpoint that follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Run {
    /// The endpoint called.
    pub(crate) target: u32,
    /// How often.
    pub(crate) count: u32,
    /// Whether the caller waits for it.
    pub(crate) waited: bool,
}

/// Branches that run at once, each a list of runs; most stages have one branch of one run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Stage(pub(crate) Vec<Vec<Run>>);

impl Stage {
    /// The run of a stage that is nothing but a sequence.
    pub(crate) fn single(&self) -> Option<Run> {
        match self.0.as_slice() {
            [branch] if branch.len() == 1 => Some(branch[0]),
            _ => None,
        }
    }

    /// The same, to count it up.
    pub(super) fn single_mut(&mut self) -> Option<&mut Run> {
        match self.0.as_mut_slice() {
            [branch] if branch.len() == 1 => Some(&mut branch[0]),
            _ => None,
        }
    }

    /// All runs, branch by branch.
    pub(crate) fn runs(&self) -> impl Iterator<Item = &Run> {
        self.0.iter().flatten()
    }
}

/// Stages, one after the other.
pub(crate) type Shape = Vec<Stage>;

/// One call as the caller saw it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    pub(super) target: u32,
    pub(super) start_ns: u64,
    pub(super) end_ns: u64,
    pub(super) waited: bool,
}

/// Stages, or runs of a branch, that a visit may have before only their counts are kept.
const MAX_STAGES: usize = 64;

/// The shape of these calls, which are in order of start; the flag says that order was given up.
pub(super) fn shape(calls: &[Call]) -> (Shape, bool) {
    let mut stages: Shape = Vec::new();
    let mut rest = calls;
    while let Some((first, _)) = rest.split_first() {
        let length = if first.waited { overlapping(rest) } else { 1 };
        let (group, later) = rest.split_at(length);
        rest = later;
        let stage = Stage(branches(group));
        match (stage.single(), stages.last_mut().and_then(Stage::single_mut)) {
            (Some(run), Some(last)) if (last.target, last.waited) == (run.target, run.waited) => {
                last.count += run.count;
            }
            _ => stages.push(stage),
        }
    }
    let runs: usize = stages.iter().map(|stage| stage.runs().count()).sum();
    if runs > MAX_STAGES { (counts(calls), true) } else { (stages, false) }
}

/// How many of `calls` from the first on hang together by overlap.
fn overlapping(calls: &[Call]) -> usize {
    let mut length = 1;
    // The call of the group that ends last is the one to overlap with.
    let mut latest = calls[0];
    while let Some(&next) = calls.get(length) {
        if !next.waited || !at_once(latest, next) {
            break;
        }
        if next.end_ns > latest.end_ns {
            latest = next;
        }
        length += 1;
    }
    length
}

/// Whether `later` runs beside `earlier`, not merely on its heels.
fn at_once(earlier: Call, later: Call) -> bool {
    let overlap = earlier.end_ns.min(later.end_ns).saturating_sub(later.start_ns);
    let shorter = (earlier.end_ns - earlier.start_ns).min(later.end_ns - later.start_ns);
    overlap > shorter / 10
}

/// Puts each call of a group on the first branch that is free, so that branches are chains.
fn branches(group: &[Call]) -> Vec<Vec<Run>> {
    let mut branches: Vec<(Call, Vec<Run>)> = Vec::new();
    for &call in group {
        let run = Run { target: call.target, count: 1, waited: call.waited };
        match branches.iter_mut().find(|(last, _)| !at_once(*last, call)) {
            Some((last, runs)) => {
                match runs.last_mut() {
                    Some(known) if known.target == call.target => known.count += 1,
                    _ => runs.push(run),
                }
                *last = call;
            }
            None => branches.push((call, vec![run])),
        }
    }
    let mut branches: Vec<Vec<Run>> = branches.into_iter().map(|(_, runs)| runs).collect();
    branches.sort_unstable();
    branches
}

/// How often each endpoint was called, in no order.
fn counts(calls: &[Call]) -> Shape {
    let mut counts: BTreeMap<(u32, bool), u32> = BTreeMap::new();
    for call in calls {
        *counts.entry((call.target, call.waited)).or_default() += 1;
    }
    let run = |((target, waited), count)| Stage(vec![vec![Run { target, count, waited }]]);
    counts.into_iter().map(run).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls as (target, start, end); shapes as `1×2 (3 | 4 5)`.
    #[track_caller]
    fn check(calls: &[(u32, u64, u64)], expected: &str) {
        let calls: Vec<Call> = calls
            .iter()
            .map(|&(target, start_ns, end_ns)| Call { target, start_ns, end_ns, waited: true })
            .collect();
        let branch = |branch: &Vec<Run>| {
            let run = |run: &Run| match run.count {
                1 => run.target.to_string(),
                count => format!("{}×{count}", run.target),
            };
            branch.iter().map(run).collect::<Vec<_>>().join(" ")
        };
        let stage = |stage: &Stage| match stage.0.as_slice() {
            [only] => branch(only),
            several => format!("({})", several.iter().map(branch).collect::<Vec<_>>().join(" | ")),
        };
        let (shape, _) = shape(&calls);
        assert_eq!(shape.iter().map(stage).collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn calls_one_after_the_other_are_a_sequence() {
        check(&[], "");
        check(&[(1, 0, 100), (2, 110, 200), (3, 200, 300)], "1 2 3");
    }

    #[test]
    fn equal_neighbours_are_counted() {
        check(&[(1, 0, 10), (1, 20, 30), (1, 40, 50), (2, 60, 70), (1, 80, 90)], "1×3 2 1");
    }

    #[test]
    fn calls_that_overlap_run_at_once() {
        check(&[(2, 0, 100), (1, 5, 90), (3, 200, 300)], "(1 | 2) 3");
        check(&[(1, 0, 100), (1, 1, 100)], "(1 | 1)");
    }

    #[test]
    fn a_touch_is_no_overlap() {
        check(&[(1, 0, 100), (2, 95, 300)], "1 2");
        check(&[(1, 0, 0), (2, 0, 0)], "1 2");
    }

    #[test]
    fn branches_are_chains() {
        check(&[(1, 0, 100), (2, 0, 40), (3, 45, 100), (3, 101, 200)], "(1 | 2 3) 3");
    }

    #[test]
    fn very_long_visits_keep_counts_only() {
        let calls: Vec<_> =
            (0..200).map(|i| (i % 2, u64::from(i) * 10, u64::from(i) * 10 + 5)).collect();
        check(&calls, "0×100 1×100");
    }
}
