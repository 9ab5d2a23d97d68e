//! The kernel: actors with private state that act only by scheduling events.
//!
//! An [`Actor`] handles one event at a time and sees nothing of the world but the clock and the
//! calendar. A model of many parts is one actor whose event says which part it is for; the
//! dispatch is a `match`, so the hot loop has no virtual call. An [`Event`] packs into 32 bits,
//! because that is what the calendar holds beside the time.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::calendar::{Calendar, Class, Ticket};
use crate::error::Error;
use crate::time::SimTime;

/// Something that happens at an instant.
pub trait Event: Copy {
    /// Its place among the events of one instant.
    fn class(self) -> Class;
    /// The event as 32 bits.
    fn pack(self) -> u32;
    /// The event that [`Event::pack`] made.
    fn unpack(bits: u32) -> Self;
}

/// A part of a model.
pub trait Actor {
    /// What can happen to it.
    type Event: Event;

    /// Reacts to an event. `ticket` is what scheduling it returned, so that an actor can tell an
    /// event it no longer waits for.
    fn handle(&mut self, event: Self::Event, ticket: Ticket, cx: &mut Context<Self::Event>);

    /// Learns that `event` comes before long. Where very many are pending, what each is about has
    /// left the cache; reading it for some dozens at a time, none of which waits for another, is
    /// several times as fast as for one after the other.
    fn foresee(&self, _event: Self::Event) {}

    /// Whether the run is over; asked after every event.
    fn is_done(&self) -> bool {
        false
    }
}

/// What an actor can do to the world: read the clock, schedule events.
#[derive(Debug)]
pub struct Context<E> {
    calendar: Calendar,
    events: std::marker::PhantomData<E>,
}

impl<E: Event> Default for Context<E> {
    fn default() -> Self {
        Self { calendar: Calendar::default(), events: std::marker::PhantomData }
    }
}

impl<E: Event> Context<E> {
    /// The current instant.
    #[inline]
    #[must_use]
    pub const fn now(&self) -> SimTime {
        self.calendar.now()
    }

    /// Schedules `event` at an instant that is not in the past.
    #[inline(always)]
    pub fn schedule(&mut self, at: SimTime, event: E) -> Ticket {
        self.calendar.schedule(at, event.class(), event.pack())
    }

    /// Schedules `event` in `nanos` from now.
    #[inline(always)]
    pub fn schedule_in(&mut self, nanos: u64, event: E) -> Ticket {
        self.schedule(self.now().after(nanos), event)
    }

    /// Takes a ticket for an event that may be scheduled later, in today's order.
    #[inline]
    pub fn ticket(&mut self) -> Ticket {
        self.calendar.ticket()
    }

    /// Schedules `event` under a ticket taken earlier.
    #[inline]
    pub fn schedule_as(&mut self, ticket: Ticket, at: SimTime, event: E) {
        self.calendar.schedule_as(ticket, at, event.class(), event.pack());
    }

    /// Whether nothing else is scheduled for the current instant, so that acting at once is the
    /// same as scheduling an event for it.
    #[inline]
    #[must_use]
    pub fn instant_is_over(&self) -> bool {
        self.calendar.instant_is_over()
    }

    /// How many events are scheduled.
    #[must_use]
    pub const fn pending(&self) -> usize {
        self.calendar.len()
    }
}

/// How many events pass between two looks at the stop flag.
const STOP_INTERVAL: u64 = 1 << 14;

/// Runs `actor` until it is done or nothing is scheduled. Returns the number of events.
///
/// # Errors
/// [`Error::Interrupted`] when `stop` was set.
pub fn run<A: Actor>(
    actor: &mut A,
    cx: &mut Context<A::Event>,
    stop: &AtomicBool,
) -> Result<u64, Error> {
    let mut events = 0;
    while !actor.is_done()
        && let Some((ticket, payload)) = cx.calendar.pop()
    {
        if let Some(payloads) = cx.calendar.news() {
            payloads.for_each(|payload| actor.foresee(A::Event::unpack(payload)));
        }
        actor.handle(A::Event::unpack(payload), ticket, cx);
        events += 1;
        if events % STOP_INTERVAL == 0 && stop.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
    }
    Ok(events)
}
