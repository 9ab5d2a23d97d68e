//! A Markov chain of first order over the entries of a mix, counted in sessions.
//!
//! Sessions that the beginning or the end of a recording cuts off count as they are: who is cut off
//! between two requests is taken to have left. That is off by about a pause over the recording's length.
//!
//! Source: T. W. Anderson, L. A. Goodman, "Statistical Inference about Markov Chains", Annals of
//! Mathematical Statistics 28(1), 1957 (counts are the likeliest shares).

use std::time::Duration;

use foreshadow_sim::plan::Waver;

use super::held_out::HeldOut;
use super::pauses::Pauses;
use super::{Facts, Sessions};
use crate::forecast::words;

/// Fewer sessions, and fewer requests that follow others, say nothing.
const LEAST_SESSIONS: usize = 60;
const LEAST_STEPS: usize = 100;
/// Fewer requests a session in the mean are as good as independent ones.
const LEAST_MEAN: f64 = 1.05;
/// Pauses after an entry that make a law of its own.
const LEAST_PAUSES: usize = 100;
/// Two-sided 95 % of the normal law.
const SCORE: f64 = 1.96;

/// One session: entries, and the pauses before them \[ms\].
pub(super) type Row = Vec<(usize, u32)>;

/// What sessions are like.
#[derive(Debug)]
pub(in crate::learn) struct Found {
    /// Sessions that were seen.
    pub(in crate::learn) seen: u64,
    /// Requests of one in the mean, and the interval of that at 95 %.
    pub(in crate::learn) requests: (f64, f64, f64),
    pub(in crate::learn) gap: Duration,
    /// Whether pauses are from answers: the recording knows all durations.
    pub(in crate::learn) is_from_answers: bool,
    pub(super) counts: Counts,
    pub(super) held_out: HeldOut,
    /// Pauses after all entries, and after those with enough of them.
    pub(super) think: Option<Pauses>,
    pub(super) own_think: Vec<Option<Pauses>>,
    /// Step \[s\] and parts of the bursts of beginning sessions.
    pub(in crate::learn) bursts: Option<(i64, Vec<Waver>)>,
}

/// What follows what, how often.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    /// Shape (n).
    pub(super) start: Vec<f64>,
    /// Shape (n, n).
    pub(super) next: Vec<Vec<f64>>,
    /// Shape (n).
    pub(super) leaves: Vec<f64>,
}

/// The sessions that were collected, over the entries that operations are; or why there are none. Facts
/// are added to `facts`.
pub(in crate::learn) fn found(
    sessions: Sessions,
    entry: impl Fn(u32) -> Option<usize>,
    entries: usize,
    facts: &mut Vec<String>,
) -> Option<Found> {
    let (seen, every) = (sessions.count(), sessions.every);
    let gap = Duration::from_nanos(sessions.gap);
    let (rows, read) = sessions.rows();
    let looked_at = rows.len().max(1) as f64;
    let rows = rows.into_iter().map(|row| over(&row, &entry));
    let rows: Vec<Row> = rows.filter(|row| !row.is_empty()).collect();
    // Who asked for nothing that is in the mix is nobody here.
    let seen = (seen as f64 * rows.len() as f64 / looked_at).round() as u64;
    say(&read, gap, facts);
    let steps: usize = rows.iter().map(|row| row.len() - 1).sum();
    let lengths: Vec<f64> = rows.iter().map(|row| row.len() as f64).collect();
    let n = rows.len() as f64;
    let mean = lengths.iter().sum::<f64>() / n;
    let why = if read.told == 0 {
        "the recording does not tell who asked"
    } else if read.side_by_side > 0 {
        "files were written side by side, so people are in several at once; merge them by time into one"
    } else if mean < LEAST_MEAN {
        "hardly anybody asked twice, which is as good as independent requests"
    } else if rows.len() < LEAST_SESSIONS || steps < LEAST_STEPS {
        "too few were seen"
    } else {
        ""
    };
    if !why.is_empty() || n == 0.0 {
        facts.push(format!("no sessions: {why}"));
        return None;
    }
    let variance = lengths.iter().map(|length| (length - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let half = SCORE * (variance / n).sqrt();
    let sample =
        if every > 1 { format!(", of which one in {every} is looked at") } else { String::new() };
    facts.push(format!(
        "sessions: {seen}{sample}; {mean:.2} requests in the mean ({:.2} to {:.2})",
        mean - half,
        mean + half
    ));
    let held_out = HeldOut::of(&rows, entries);
    facts.push(held_out.fact());
    let mut pauses = vec![Vec::new(); entries];
    for pair in rows.iter().flat_map(|row| row.windows(2)) {
        pauses[pair[0].0].push(pair[1].1);
    }
    let own = |all: &Vec<u32>| (all.len() >= LEAST_PAUSES).then(|| Pauses::of(all.clone()));
    Some(Found {
        seen,
        requests: (mean, mean - half, mean + half),
        gap,
        is_from_answers: read.untimed == 0,
        counts: Counts::of(&rows, entries),
        held_out,
        own_think: pauses.iter().map(own).collect(),
        think: (steps > 0).then(|| Pauses::of(pauses.concat())),
        bursts: None,
    })
}

/// A session over the entries of the mix; what is no entry is passed over, and its pauses add up.
fn over(row: &[(u32, u32)], entry: impl Fn(u32) -> Option<usize>) -> Row {
    let mut passed = 0_u32;
    let mut of = |&(operation, pause): &(u32, u32)| {
        passed = passed.saturating_add(pause);
        entry(operation).map(|entry| (entry, std::mem::take(&mut passed)))
    };
    row.iter().filter_map(&mut of).collect()
}

pub(super) fn say(read: &Facts, gap: Duration, facts: &mut Vec<String>) {
    if read.machines > 0 {
        facts.push(format!(
            "{} asked more than {} times, or for longer than {}, without a pause of {}: taken as machines, and left out of the \
             sessions with their {} requests",
            read.machines,
            super::MOST_REQUESTS,
            words(Duration::from_nanos(super::LONGEST)),
            words(gap),
            read.machine_requests
        ));
    }
    if read.crowded > 0 {
        facts.push(format!(
            "{} sessions ended early, for more than {} people were there at once; a shorter \
             `--session-gap` helps",
            read.crowded,
            super::MOST_PEOPLE
        ));
    }
    if read.back > 0 {
        facts.push(format!(
            "{} files begin before the one before them ends: sessions are told within each; give \
             files in the order of time",
            read.back
        ));
    }
}

impl Counts {
    pub(super) fn of(rows: &[Row], n: usize) -> Self {
        let mut counts =
            Self { start: vec![0.0; n], next: vec![vec![0.0; n]; n], leaves: vec![0.0; n] };
        for row in rows {
            let (Some(first), Some(last)) = (row.first(), row.last()) else { continue };
            counts.start[first.0] += 1.0;
            counts.leaves[last.0] += 1.0;
            for pair in row.windows(2) {
                counts.next[pair[0].0][pair[1].0] += 1.0;
            }
        }
        counts
    }

    /// How often each entry was asked for.
    pub(super) fn visits(&self, entry: usize) -> f64 {
        self.leaves[entry] + self.next[entry].iter().sum::<f64>()
    }

    /// One step of the chain: where those are next who are at entries in these shares.
    fn step(&self, at: &[f64]) -> Vec<f64> {
        let mut after = vec![0.0; at.len()];
        for (entry, share) in at.iter().enumerate().filter(|(_, share)| **share > 0.0) {
            let visits = self.visits(entry).max(1.0);
            for (sum, count) in after.iter_mut().zip(&self.next[entry]) {
                *sum += share * count / visits;
            }
        }
        after
    }

    /// The shares of sessions by length, up to the longest that is asked for.
    pub(super) fn lengths(&self, longest: usize) -> Vec<f64> {
        let all: f64 = self.start.iter().sum();
        let mut at: Vec<f64> = self.start.iter().map(|count| count / all).collect();
        let mut shares = Vec::with_capacity(longest);
        for _ in 0..longest {
            let after = self.step(&at);
            shares.push(at.iter().sum::<f64>() - after.iter().sum::<f64>());
            at = after;
        }
        shares
    }

    /// The shares of pairs two apart.
    pub(super) fn pairs(&self) -> Vec<f64> {
        let n = self.start.len();
        let mut pairs = Vec::with_capacity(n * n);
        for entry in 0..n {
            let mut at = vec![0.0; n];
            at[entry] = self.visits(entry);
            pairs.extend(self.step(&self.step(&at)));
        }
        normal(pairs)
    }
}

/// Shares of what was counted.
pub(super) fn normal(counts: Vec<f64>) -> Vec<f64> {
    let all = counts.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    counts.into_iter().map(|count| count / all).collect()
}
