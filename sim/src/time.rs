//! Simulated time: integer nanoseconds since the first instant of a run.
//!
//! Integers make equal instants equal, whatever sums led to them. A run starts at
//! [`SimTime::ZERO`]; the instant that users call t = 0, the end of the warm-up, lies
//! `warm_up` later.

use std::time::Duration;

/// An instant, in nanoseconds since the run began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SimTime(u64);

impl SimTime {
    /// The first instant of every run.
    pub const ZERO: Self = Self(0);
    /// The last instant the calendar can hold: about 416 days.
    pub const MAX: Self = Self((1 << 55) - 1);

    /// The instant `nanos` after the beginning.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the beginning.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Seconds since the beginning.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 * 1e-9
    }

    /// Nanoseconds from `earlier` to this instant.
    ///
    /// # Panics
    /// When `earlier` is later: time never runs backwards.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        assert!(self.0 >= earlier.0, "time never runs backwards");
        self.0 - earlier.0
    }

    /// The instant `nanos` later, at most [`SimTime::MAX`].
    #[must_use]
    pub const fn after(self, nanos: u64) -> Self {
        let sum = self.0.saturating_add(nanos);
        if sum > Self::MAX.0 { Self::MAX } else { Self(sum) }
    }
}

/// Whole nanoseconds of `duration`, at most what [`SimTime`] can hold.
#[must_use]
pub fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).map_or(SimTime::MAX.0, |n| n.min(SimTime::MAX.0))
}

/// Rounds a drawn time in nanoseconds to the calendar's grain; negative and NaN become zero.
#[must_use]
pub fn round_nanos(drawn: f64) -> u64 {
    let rounded = drawn + 0.5;
    if rounded >= 0.0 && rounded < SimTime::MAX.0 as f64 {
        // In this range the cast from a signed number is exact, and one instruction.
        rounded as i64 as u64
    } else if rounded >= 0.0 {
        SimTime::MAX.0
    } else {
        0
    }
}
