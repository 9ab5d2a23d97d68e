//! The event calendar: packed keys, the next few of them sorted.
//!
//! An entry is one `u128`, most significant first:
//!
//! | bits | field | why |
//! |---|---|---|
//! | 55 | time \[ns\] | earliest first; 416 days |
//! | 3 | [`Class`] | what comes first at one instant |
//! | 38 | sequence number | then the order of scheduling |
//! | 32 | payload | the event, packed |
//!
//! So one integer comparison decides the order, and ties never depend on the shape of a heap. What
//! comes next waits in a short sorted list, so that a chain of instantaneous steps costs no sifting;
//! where more are pending, a heap holds the nearest of the others, and where thousands are, the rest
//! lies in buckets of time. `docs/performance.md` has the figures that led here.

mod far;
mod heap;
mod next;
mod pending;

use pending::Pending;

use crate::time::SimTime;

/// The order of events at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Class {
    /// Observation: ends of windows, before anything else happens at their instant.
    Observe = 0,
    /// Faults begin and end.
    Fault = 1,
    /// Work ends.
    WorkEnd = 2,
    /// Requests and answers are delivered.
    Delivery = 3,
    /// Timers fire.
    Timer = 4,
    /// Users arrive.
    Arrival = 5,
}

/// The unique number of a scheduled event; never 0, so that 0 can mean none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Ticket(u64);

impl Ticket {
    /// No event.
    pub const NONE: Self = Self(0);
}

const PAYLOAD_BITS: u32 = 32;
const SEQUENCE_BITS: u32 = 38;
const CLASS_BITS: u32 = 3;
const TIME_SHIFT: u32 = PAYLOAD_BITS + SEQUENCE_BITS + CLASS_BITS;

/// Events in the order in which they happen.
#[derive(Debug, Clone)]
pub struct Calendar {
    now: SimTime,
    next_sequence: u64,
    pending: Pending,
}

impl Default for Calendar {
    fn default() -> Self {
        Self { now: SimTime::ZERO, next_sequence: 1, pending: Pending::default() }
    }
}

impl Calendar {
    /// The current instant.
    #[inline]
    #[must_use]
    pub const fn now(&self) -> SimTime {
        self.now
    }

    /// How many events are scheduled.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.pending.len()
    }

    /// Whether nothing is scheduled.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the next sequence number, for an event that may be scheduled later with
    /// [`Calendar::schedule_as`] and still counts as scheduled now.
    #[inline]
    pub fn ticket(&mut self) -> Ticket {
        let sequence = self.next_sequence;
        assert!(sequence < 1 << SEQUENCE_BITS, "a run has fewer than 2³⁸ events");
        self.next_sequence += 1;
        Ticket(sequence)
    }

    /// Schedules an event.
    #[inline(always)]
    pub fn schedule(&mut self, at: SimTime, class: Class, payload: u32) -> Ticket {
        let ticket = self.ticket();
        self.schedule_as(ticket, at, class, payload);
        ticket
    }

    /// Schedules an event under a ticket taken earlier.
    ///
    /// # Panics
    /// When `at` is in the past.
    #[inline(always)]
    pub fn schedule_as(&mut self, ticket: Ticket, at: SimTime, class: Class, payload: u32) {
        assert!(at >= self.now, "time never runs backwards");
        let key = u128::from(at.as_nanos()) << TIME_SHIFT
            | u128::from(class as u8) << (PAYLOAD_BITS + SEQUENCE_BITS)
            | u128::from(ticket.0) << PAYLOAD_BITS
            | u128::from(payload);
        self.pending.push(key);
    }

    /// Whether nothing else is scheduled for the current instant.
    #[inline]
    #[must_use]
    pub fn instant_is_over(&self) -> bool {
        time_of(self.pending.least()) > self.now
    }

    /// The next event: its ticket and payload; the clock moves to its instant.
    #[inline(always)]
    pub fn pop(&mut self) -> Option<(Ticket, u32)> {
        let key = self.pending.pop();
        if key == next::NONE {
            return None;
        }
        let at = time_of(key);
        assert!(at >= self.now, "time never runs backwards");
        self.now = at;
        let sequence = (key >> PAYLOAD_BITS) as u64 & ((1 << SEQUENCE_BITS) - 1);
        Some((Ticket(sequence), key as u32))
    }
}

impl Calendar {
    /// The payloads of what comes next, when much was just found to come next: for whoever wants to
    /// fetch what they are about before it is their turn.
    #[inline]
    pub(crate) fn news(&mut self) -> Option<impl Iterator<Item = u32>> {
        self.pending.news().map(|keys| keys.map(|key| key as u32))
    }
}

const fn nanos_of(key: u128) -> u64 {
    (key >> TIME_SHIFT) as u64
}

const fn time_of(key: u128) -> SimTime {
    SimTime::from_nanos(nanos_of(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CLASSES: [Class; 6] = [
        Class::Observe,
        Class::Fault,
        Class::WorkEnd,
        Class::Delivery,
        Class::Timer,
        Class::Arrival,
    ];

    #[test]
    fn one_instant_runs_by_class_then_by_order_of_scheduling() {
        let mut calendar = Calendar::default();
        let at = SimTime::from_nanos(5);
        for (payload, class) in [(0, Class::Arrival), (1, Class::Timer), (2, Class::WorkEnd)] {
            calendar.schedule(at, class, payload);
            calendar.schedule(at, class, payload + 10);
        }
        let order: Vec<u32> = std::iter::from_fn(|| calendar.pop()).map(|(_, p)| p).collect();
        assert_eq!(order, [2, 12, 1, 11, 0, 10]);
    }

    proptest! {
        /// Against a sorted list: the same order, however scheduling and popping interleave.
        #[test]
        fn agrees_with_a_sorted_list(ops in prop::collection::vec((0u64..20, 0usize..6, any::<bool>()), 1..400)) {
            let mut calendar = Calendar::default();
            let mut model: Vec<(u64, Class, u32)> = Vec::new();
            for (i, (delay, class, pop)) in ops.into_iter().enumerate() {
                if pop {
                    let least = model.iter().min().copied();
                    prop_assert_eq!(calendar.pop().map(|(_, p)| p), least.map(|(_, _, p)| p));
                    model.retain(|entry| Some(*entry) != least);
                } else {
                    let at = calendar.now().after(delay);
                    calendar.schedule(at, CLASSES[class], i as u32);
                    model.push((at.as_nanos(), CLASSES[class], i as u32));
                }
            }
            model.sort_unstable();
            let rest: Vec<u32> = std::iter::from_fn(|| calendar.pop()).map(|(_, p)| p).collect();
            prop_assert_eq!(rest, model.iter().map(|m| m.2).collect::<Vec<_>>());
        }
    }
}
