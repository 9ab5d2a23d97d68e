//! The phases of a Markov-modulated Poisson process.

use crate::plan::Phase;
use crate::random::{Key, exp1};
use crate::system::{Purpose, draw};
use crate::time::{SimTime, nanos, round_nanos};

use super::turns::Turns;

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
pub(super) struct Turn {
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
        all.current.end = all.ends(current, SimTime::ZERO);
        all
    }

    /// When a turn that begins at `from` ends.
    fn ends(&self, turn: Turn, from: SimTime) -> SimTime {
        let key = draw(self.key, Purpose::Phase, 0).with(turn.number);
        from.after(round_nanos(self.timings[turn.phase].mean * exp1(&mut key.draws())))
    }

    /// Forgets the phases that have ended by `now`.
    pub(super) fn forward(&mut self, now: SimTime) {
        while self.current.end <= now {
            self.current = self.after(self.current);
        }
    }
}

impl Turns for Phases {
    type Turn = Turn;

    fn current(&self) -> Turn {
        self.current
    }

    fn after(&self, turn: Turn) -> Turn {
        let phase = if turn.phase + 1 < self.timings.len() { turn.phase + 1 } else { 0 };
        let next = Turn { phase, number: turn.number + 1, end: turn.end };
        Turn { end: self.ends(next, turn.end), ..next }
    }

    fn rate(&self, turn: &Turn) -> f64 {
        self.timings[turn.phase].rate
    }

    fn end(&self, turn: &Turn) -> SimTime {
        turn.end
    }
}
