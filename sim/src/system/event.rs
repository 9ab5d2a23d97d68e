//! What can happen in a system, and what is drawn there.

use crate::calendar::Class;
use crate::frame::FrameId;
use crate::kernel::Event;
use crate::random::Key;

/// What a draw is for, beside the site of its step.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
pub(super) enum Purpose {
    Work = 0,
    Probability = 1,
    Choice = 2,
    Branch = 3,
    Attempt = 4,
    Network = 5,
    RoundTrip = 6,
    Timeout = 7,
    Backoff = 8,
    Balance = 9,
    Error = 10,
    Patience = 11,
    Arrival = 12,
    FaultHappens = 13,
    FaultLatency = 14,
    Hedge = 15,
    MaxWait = 16,
    Cache = 17,
    Phase = 18,
    Burst = 19,
    Walk = 20,
    FaultTimes = 32,
    FaultRefuses = 33,
    FaultLoses = 34,
    FaultResets = 35,
    FaultHotKey = 36,
    FaultAway = 37,
    FaultSkew = 38,
    FaultSlowUser = 39,
}

/// The key of a draw of one purpose at one site.
#[inline]
pub(super) const fn draw(key: Key, purpose: Purpose, site: u32) -> Key {
    key.with((purpose as u64) << 56 | site as u64)
}

/// Everything that can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Happening {
    /// The end of a window or bin: an index into [`Measures`]' list.
    Observe(u32),
    /// A change of a fault, by a number of [`Faults`].
    Fault(u32),
    WorkEnds(FrameId),
    Delivered(FrameId),
    Answered(FrameId),
    /// What a frame itself waits for, by its state.
    Woken(FrameId),
    /// A timeout, or the end of a user's patience.
    TimerFires(FrameId),
    /// The first of a ring of timers.
    RingFires(u32),
    /// The next user of a load, or the next change in how many there are.
    Arrival(u32),
    /// The next end of work that shares the cores of a replica.
    SharedWorkEnds(u32),
    /// The autoscaler of a component looks at its metric.
    Scale(u32),
    /// A replica has started up, or is found to be down or back.
    Life(u32),
    /// What the last event has freed goes to others.
    HandOn,
}

/// Below the kind in a payload.
const INDEX_BITS: u32 = 28;

impl Event for Happening {
    #[inline]
    fn class(self) -> Class {
        match self {
            Self::Observe(_) => Class::Observe,
            // Nothing else of an instant comes before it.
            Self::Fault(_) | Self::HandOn => Class::Fault,
            Self::WorkEnds(_) | Self::SharedWorkEnds(_) => Class::WorkEnd,
            Self::Delivered(_) | Self::Answered(_) => Class::Delivery,
            Self::Woken(_)
            | Self::TimerFires(_)
            | Self::RingFires(_)
            | Self::Scale(_)
            | Self::Life(_) => Class::Timer,
            Self::Arrival(_) => Class::Arrival,
        }
    }

    #[inline]
    fn pack(self) -> u32 {
        let (kind, index) = match self {
            Self::Observe(index) => (0, index),
            Self::Fault(index) => (1, index),
            Self::WorkEnds(frame) => (2, frame),
            Self::Delivered(frame) => (3, frame),
            Self::Answered(frame) => (4, frame),
            Self::Woken(frame) => (5, frame),
            Self::TimerFires(frame) => (6, frame),
            Self::RingFires(ring) => (7, ring),
            Self::Arrival(load) => (8, load),
            Self::SharedWorkEnds(replica) => (9, replica),
            Self::Scale(component) => (10, component),
            Self::Life(replica) => (11, replica),
            Self::HandOn => (12, 0),
        };
        kind << INDEX_BITS | index
    }

    #[inline]
    fn unpack(bits: u32) -> Self {
        let index = bits & ((1 << INDEX_BITS) - 1);
        match bits >> INDEX_BITS {
            0 => Self::Observe(index),
            1 => Self::Fault(index),
            2 => Self::WorkEnds(index),
            3 => Self::Delivered(index),
            4 => Self::Answered(index),
            5 => Self::Woken(index),
            6 => Self::TimerFires(index),
            7 => Self::RingFires(index),
            8 => Self::Arrival(index),
            9 => Self::SharedWorkEnds(index),
            10 => Self::Scale(index),
            11 => Self::Life(index),
            _ => Self::HandOn,
        }
    }
}
