//! A rate that wavers: the curve of a load, multiplied by a random factor that is constant within
//! each step. The curve is taken at the middle of a step.

use std::sync::Arc;

use crate::plan::{self, MAX_WAVERS};
use crate::random::{Key, exp, normal};
use crate::system::{Purpose, draw};
use crate::time::{SimTime, nanos};

use super::super::curve::Course;
use super::turns::Turns;

/// Steps without any arrival after which nobody is waited for: 416 days of seconds are fewer.
const MOST_STEPS: u64 = 1 << 26;

/// A wavering rate, walked from arrival to arrival.
#[derive(Debug)]
pub(super) struct Bursty {
    bursts: Arc<plan::Bursts>,
    /// The rate of this load \[1/ns\].
    own: Course,
    /// The rate of all that waver together \[1/ns\].
    total: Course,
    /// Correlation of each part from one step to the next, and what is new in it.
    memory: [(f64, f64); MAX_WAVERS],
    /// Of the draws of these bursts, whatever the load.
    key: Key,
    /// \[ns\]
    step: u64,
    current: Turn,
}

/// One step as it comes up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    number: u64,
    /// Standard normal, by part.
    parts: [f64; MAX_WAVERS],
    /// \[1/ns\]
    rate: f64,
    /// Where the courses stand.
    own_at: usize,
    total_at: usize,
}

impl Bursty {
    pub(super) fn new(
        curve: &plan::Curve,
        bursts: &Arc<plan::Bursts>,
        root: Key,
        start: SimTime,
    ) -> Self {
        let step = nanos(bursts.step);
        let mut memory = [(0.0, 1.0); MAX_WAVERS];
        for (memory, part) in memory.iter_mut().zip(&bursts.wavers) {
            let over = part.over.as_secs_f64();
            let kept = if over > 0.0 { exp(-bursts.step.as_secs_f64() / over) } else { 0.0 };
            *memory = (kept, libm::sqrt(1.0 - kept * kept));
        }
        let key = draw(root, Purpose::Burst, 0).with(bursts.identity);
        let parts = [0.0; MAX_WAVERS];
        let current = Turn { number: 0, parts, rate: 0.0, own_at: 0, total_at: 0 };
        let (own, total) = (Course::new(curve, start), Course::new(&bursts.total, start));
        let bursts = Arc::clone(bursts);
        let mut all = Self { bursts, own, total, memory, key, step, current };
        for part in 0..all.bursts.wavers.len() {
            all.current.parts[part] = all.normal(0, part);
        }
        all.current.rate = all.drawn(&mut all.current.clone());
        all
    }

    fn normal(&self, step: u64, part: usize) -> f64 {
        normal(&mut self.key.with(step).with(part as u64).draws())
    }

    /// The rate of a step whose parts are known.
    fn drawn(&self, turn: &mut Turn) -> f64 {
        let middle = (turn.number * self.step + self.step / 2) as f64;
        let own = self.own.at(middle, &mut turn.own_at);
        let total_per_s = 1e9 * self.total.at(middle, &mut turn.total_at);
        if own <= 0.0 || total_per_s <= 0.0 {
            return 0.0;
        }
        let mut exponent = 0.0;
        for (part, normal) in self.bursts.wavers.iter().zip(turn.parts) {
            let variance = libm::log1p(part.shared + part.own_per_s / total_per_s);
            exponent += libm::sqrt(variance) * normal - variance / 2.0;
        }
        own * exp(exponent)
    }

    /// Forgets the steps that have ended by `now`.
    pub(super) fn forward(&mut self, now: SimTime) {
        while self.end(&self.current) <= now {
            self.current = self.after(self.current);
        }
    }
}

impl Turns for Bursty {
    type Turn = Turn;

    const MOST: u64 = MOST_STEPS;

    fn current(&self) -> Turn {
        self.current
    }

    fn after(&self, mut turn: Turn) -> Turn {
        turn.number += 1;
        for part in 0..self.bursts.wavers.len() {
            let (kept, new) = self.memory[part];
            turn.parts[part] = kept * turn.parts[part] + new * self.normal(turn.number, part);
        }
        turn.rate = self.drawn(&mut turn);
        turn
    }

    fn rate(&self, turn: &Turn) -> f64 {
        turn.rate
    }

    fn end(&self, turn: &Turn) -> SimTime {
        SimTime::from_nanos((turn.number + 1) * self.step)
    }

    fn is_last(&self, turn: &Turn) -> bool {
        self.own.is_over(turn.own_at)
    }
}
