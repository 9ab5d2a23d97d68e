//! Rates that are constant for a while: what they come to over time.

use crate::time::{SimTime, round_nanos};

/// A rate in turns, each constant; those to come are found one after the other.
pub(super) trait Turns {
    /// A turn.
    type Turn: Copy;

    /// Turns without any arrival after which nobody is waited for.
    const MOST: u64 = u64::MAX;

    fn current(&self) -> Self::Turn;

    fn after(&self, turn: Self::Turn) -> Self::Turn;

    /// \[1/ns\]
    fn rate(&self, turn: &Self::Turn) -> f64;

    fn end(&self, turn: &Self::Turn) -> SimTime;

    /// Whether nobody comes after a turn.
    fn is_last(&self, _: &Self::Turn) -> bool {
        false
    }
}

/// When the integral of the rate from `from`, in the current turn, reaches `gap`, if ever.
pub(super) fn reach<T: Turns>(turns: &T, mut from: SimTime, mut gap: f64) -> Option<SimTime> {
    let mut turn = turns.current();
    for _ in 0..T::MOST {
        if from >= SimTime::MAX {
            return None;
        }
        let (rate, end) = (turns.rate(&turn), turns.end(&turn));
        let area = rate * end.since(from) as f64;
        if area > 0.0 && gap <= area {
            return Some(from.after(round_nanos(gap / rate)).min(end));
        }
        gap -= area;
        from = end;
        if turns.is_last(&turn) {
            return None;
        }
        turn = turns.after(turn);
    }
    None
}

/// The integral of the rate from `from`, in the current turn, to `to`.
pub(super) fn area<T: Turns>(turns: &T, mut from: SimTime, to: SimTime) -> f64 {
    let mut turn = turns.current();
    let mut area = 0.0;
    while from < to {
        let end = turns.end(&turn).min(to);
        area += turns.rate(&turn) * end.since(from) as f64;
        from = end;
        if turns.end(&turn) == from {
            turn = turns.after(turn);
        }
    }
    area
}
