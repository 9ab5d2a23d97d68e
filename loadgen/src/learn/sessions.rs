//! Who asked for what after what: sessions of people, from requests in the order of a recording.
//!
//! A person who is silent for longer than a gap begins a new session. Requests of one person that
//! come before the answer to the one before (the parts of a page), or within what the recording can
//! tell apart, follow with a pause of nothing: a session stays a row of requests, as many as there were,
//! and what it loses is that the parts of a page come side by side.
//!
//! Memory is bounded: of people, those of the last gap are known, and of sessions every n-th is kept, n
//! doubling whenever there are too many. Which are kept depends on their number alone, so the same files
//! give the same load.

mod chain;
mod held_out;
mod pauses;
mod write;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use foreshadow_telemetry::Who;

use super::cells::Cells;

pub(super) use chain::{Found, found};
pub(super) use write::yaml;

/// People who are remembered at once.
const MOST_PEOPLE: usize = 1 << 18;
/// Requests that are kept.
const MOST_KEPT: usize = 1 << 19;
/// Requests of a session; who asks more often without a pause is a machine: a monitor, a crawler.
const MOST_REQUESTS: u32 = 1000;
/// Nor does a person go on for longer than a day \[ns\] without a pause.
const LONGEST: u64 = 86_400_000_000_000;
/// Sweeps for those who are silent, in a gap.
const SWEEPS: u64 = 4;

/// A person whose session goes on.
#[derive(Debug, Clone, Copy)]
struct Open {
    session: u64,
    /// When the first request began \[ns since 1970\].
    began: u64,
    /// When the last request began \[ns since 1970\].
    last: u64,
    /// When the last answer was there.
    free: u64,
    requests: u32,
    is_machine: bool,
}

/// One request of a session that is kept.
#[derive(Debug, Clone, Copy)]
struct Asked {
    session: u64,
    operation: u32,
    /// Since the answer before \[ms\].
    pause_ms: u32,
}

/// Sessions as they are read.
#[derive(Debug)]
pub(super) struct Sessions {
    /// \[ns\]
    gap: u64,
    people: HashMap<Who, Open>,
    /// The latest that was read \[ns since 1970\]. It jumps by a part of a gap at most, so that one line from
    /// the future ends no session of the present.
    clock: u64,
    swept: u64,
    /// A file has begun of which nothing was read yet.
    is_new_file: bool,
    /// First and last of each file \[ns since 1970\].
    spans: Vec<(u64, u64)>,
    begun: u64,
    /// One of so many sessions is kept.
    every: u64,
    kept: Vec<Asked>,
    /// Sessions among those kept that are machines'.
    machines: HashSet<u64>,
    /// How many begin in each second.
    pub(super) starts: Cells,
    facts: Facts,
}

/// What a reader of the results should know.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Facts {
    /// Requests of people who can be told apart.
    pub(super) told: u64,
    /// Of machines, and their requests.
    pub(super) machines: u64,
    pub(super) machine_requests: u64,
    /// Sessions that were ended because there were too many people.
    pub(super) crowded: u64,
    /// Files that go back in time.
    pub(super) back: u64,
    /// Files that begin by more than a gap before another that began earlier ends.
    pub(super) side_by_side: u64,
    /// Requests whose duration is not known.
    pub(super) untimed: u64,
}

impl Sessions {
    pub(super) fn new(gap: Duration) -> Self {
        Self {
            gap: u64::try_from(gap.as_nanos()).unwrap_or(u64::MAX),
            people: HashMap::new(),
            clock: 0,
            swept: 0,
            is_new_file: true,
            spans: Vec::new(),
            begun: 0,
            every: 1,
            kept: Vec::new(),
            machines: HashSet::new(),
            starts: Cells::default(),
            facts: Facts::default(),
        }
    }

    /// What follows is of another file.
    pub(super) const fn next_file(&mut self) {
        self.is_new_file = true;
    }

    /// Somebody asked for an operation at `start` \[ns since 1970\], and had the answer after `duration`.
    pub(super) fn take(&mut self, who: Who, start: u64, duration: Option<u64>, operation: u32) {
        self.tick(start);
        self.facts.told += 1;
        self.facts.untimed += u64::from(duration.is_none());
        if self.clock - self.swept > self.gap / SWEEPS {
            // What the clock may have jumped is allowed for.
            self.sweep(self.gap + self.gap / SWEEPS);
        }
        let free = start.saturating_add(duration.unwrap_or(0));
        let open = self.people.get_mut(&who).filter(|open| {
            start <= open.free.saturating_add(self.gap)
                && start.saturating_add(self.gap) >= open.last
        });
        let Some(open) = open else {
            return self.begin(who, start, free, operation);
        };
        let pause = start.saturating_sub(open.free);
        (open.last, open.free) = (open.last.max(start), open.free.max(free));
        open.requests = open.requests.saturating_add(1);
        let is_machine =
            open.requests > MOST_REQUESTS || start.saturating_sub(open.began) > LONGEST;
        let was_machine = open.is_machine;
        open.is_machine |= is_machine;
        let (session, before) = (open.session, open.requests - 1);
        if was_machine {
            self.facts.machine_requests += 1;
        } else if is_machine {
            self.facts.machines += 1;
            self.facts.machine_requests += u64::from(before) + 1;
            self.machines.extend(session.is_multiple_of(self.every).then_some(session));
        } else {
            self.keep(session, operation, pause);
        }
    }

    /// A request began at `start`.
    fn tick(&mut self, start: u64) {
        let jump = self.gap / SWEEPS;
        if std::mem::take(&mut self.is_new_file) {
            if start.saturating_add(self.gap) < self.clock {
                // Files that are given in another order, or that were written side by side.
                self.people.clear();
                (self.clock, self.swept) = (start, start);
                self.facts.back += 1;
            }
            if self.clock == 0 {
                (self.clock, self.swept) = (start, start);
            }
            self.spans.push((start, start));
        }
        self.clock = self.clock.max(start.min(self.clock.saturating_add(jump)));
        if let Some((_, last)) = self.spans.last_mut() {
            *last = (*last).max(start.min(last.saturating_add(jump)));
        }
    }

    /// How many files begin by more than a gap before another that began earlier ends.
    fn side_by_side(&self) -> u64 {
        let mut spans = self.spans.clone();
        spans.sort_unstable();
        let (mut latest, mut count) = (0, 0);
        for (first, last) in spans {
            count += u64::from(first.saturating_add(self.gap) < latest);
            latest = latest.max(last);
        }
        count
    }

    fn begin(&mut self, who: Who, start: u64, free: u64, operation: u32) {
        if self.people.len() >= MOST_PEOPLE {
            self.make_room();
        }
        let session = self.begun;
        self.begun += 1;
        self.starts.add((start / 1_000_000_000) as i64, 1);
        self.people.insert(
            who,
            Open { session, began: start, last: start, free, requests: 1, is_machine: false },
        );
        self.keep(session, operation, 0);
    }

    fn keep(&mut self, session: u64, operation: u32, pause: u64) {
        if !session.is_multiple_of(self.every) {
            return;
        }
        let pause_ms = u32::try_from(pause / 1_000_000).unwrap_or(u32::MAX);
        self.kept.push(Asked { session, operation, pause_ms });
        while self.kept.len() >= MOST_KEPT {
            self.every *= 2;
            let (every, machines) = (self.every, &self.machines);
            self.kept.retain(|asked| {
                asked.session.is_multiple_of(every) && !machines.contains(&asked.session)
            });
        }
    }

    /// Forgets people who have been silent for so long \[ns\].
    fn sweep(&mut self, silent: u64) {
        let clock = self.clock;
        self.people.retain(|_, open| open.free.saturating_add(silent) >= clock);
        self.swept = clock;
    }

    /// Forgets those who have been silent, and if there are none, those who were for shorter.
    fn make_room(&mut self) {
        self.sweep(self.gap);
        let mut silent = self.gap;
        while self.people.len() > MOST_PEOPLE / 4 * 3 {
            let before = self.people.len();
            silent /= 2;
            if silent == 0 {
                self.people.clear();
            } else {
                self.sweep(silent);
            }
            self.facts.crowded += (before - self.people.len()) as u64;
        }
    }

    /// Sessions of people in the order in which they began, each as operations with the pauses before
    /// them \[ms\].
    pub(super) fn rows(mut self) -> (Vec<Vec<(u32, u32)>>, Facts) {
        self.facts.side_by_side = self.side_by_side();
        let machines = &self.machines;
        self.kept.retain(|asked| !machines.contains(&asked.session));
        self.kept.sort_by_key(|asked| asked.session);
        let rows = self.kept.chunk_by(|a, b| a.session == b.session);
        let row =
            |row: &[Asked]| row.iter().map(|asked| (asked.operation, asked.pause_ms)).collect();
        (rows.map(row).collect(), self.facts)
    }

    /// How many sessions began, machines' left out.
    pub(super) const fn count(&self) -> u64 {
        self.begun - self.facts.machines
    }
}

#[cfg(test)]
mod tests;
