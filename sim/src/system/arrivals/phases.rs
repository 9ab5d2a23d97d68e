//! The phases of a Markov-modulated Poisson process.

use crate::plan::Phase;
use crate::random::{Key, exp1};
use crate::system::{Purpose, draw};
use crate::time::{SimTime, nanos, round_nanos};

/// Rates that follow each other, each for an exponential time.
#[derive(Debug)]
pub(super) struct Phases {
    timings: Box<[Timing]>,
    /// The load's key.
    key: Key,
    current: Turn,
}

#[derive(Debug)]
struct Timing {
    /// \[1/ns\]
    rate: f64,
    /// \[ns\]
    mean: f64,
}

/// One phase as it comes up.
#[derive(Debug, Clone, Copy)]
struct Turn {
    phase: usize,
    /// How many there were before.
    number: u64,
    end: SimTime,
}

impl Phases {
    /// At the beginning of the run, where each phase is as likely as it is long: the time that is
    /// left of an exponential one looks like the whole.
    pub(super) fn new(phases: &[Phase], key: Key) -> Self {
        let timing = |phase: &Phase| Timing {
            rate: phase.rate_per_s * 1e-9,
            mean: nanos(phase.mean) as f64,
        };
        let timings: Box<[Timing]> = phases.iter().map(timing).collect();
        let total: f64 = timings.iter().map(|timing| timing.mean).sum();
        let mut left = draw(key, Purpose::Phase, 1).unit() * total;
        let chosen = timings.iter().position(|timing| {
            left -= timing.mean;
            left < 0.0
        });
        let phase = chosen.unwrap_or(timings.len() - 1);
        let current = Turn { phase, number: 0, end: SimTime::ZERO };
        let mut all = Self { timings, key, current };
        all.current.end = all.end(current, SimTime::ZERO);
        all
    }

    /// When a turn that begins at `from` ends.
    fn end(&self, turn: Turn, from: SimTime) -> SimTime {
        let key = draw(self.key, Purpose::Phase, 0).with(turn.number);
        from.after(round_nanos(self.timings[turn.phase].mean * exp1(&mut key.draws())))
    }

    fn after(&self, turn: Turn) -> Turn {
        let phase = if turn.phase + 1 < self.timings.len() { turn.phase + 1 } else { 0 };
        let next = Turn { phase, number: turn.number + 1, end: turn.end };
        Turn { end: self.end(next, turn.end), ..next }
    }

    /// Forgets the phases that have ended by `now`.
    pub(super) fn forward(&mut self, now: SimTime) {
        while self.current.end <= now {
            self.current = self.after(self.current);
        }
    }

    /// When the integral of the rate from `from`, in the current phase, reaches `gap`, if ever.
    pub(super) fn reach(&self, mut from: SimTime, mut gap: f64) -> Option<SimTime> {
        let mut turn = self.current;
        while from < SimTime::MAX {
            let rate = self.timings[turn.phase].rate;
            let area = rate * turn.end.since(from) as f64;
            if area > 0.0 && gap <= area {
                return Some(from.after(round_nanos(gap / rate)).min(turn.end));
            }
            gap -= area;
            from = turn.end;
            turn = self.after(turn);
        }
        None
    }

    /// The integral of the rate from `from`, in the current phase, to `to`.
    pub(super) fn area(&self, mut from: SimTime, to: SimTime) -> f64 {
        let mut turn = self.current;
        let mut area = 0.0;
        while from < to {
            let end = turn.end.min(to);
            area += self.timings[turn.phase].rate * end.since(from) as f64;
            from = end;
            if turn.end == from {
                turn = self.after(turn);
            }
        }
        area
    }
}
