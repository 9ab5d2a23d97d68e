//! Timers of one length: they fire in the order in which they were set.
//!
//! Most timeouts never fire. Those of equal length therefore wait in a ring, and only the first is
//! in the calendar; what was answered meanwhile is forgotten when it comes to the front.

use std::collections::VecDeque;

use crate::calendar::Ticket;
use crate::frame::{FrameId, Frames};
use crate::random::Law;
use crate::time::SimTime;

use super::{Cx, Happening, System};

/// Which ticket of a frame a ring's timers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// [`crate::frame::Frame::timer`]: a timeout, or patience.
    Timer,
    /// [`crate::frame::Frame::pending`]: the longest wait in a queue, the time for a hedge.
    Pending,
}

/// How a timer is set.
#[derive(Debug, Clone, Copy)]
pub(super) enum Timer {
    /// Not at all.
    None,
    /// All alike \[ns\], in a ring.
    Ring { nanos: u64, ring: u32 },
    /// Drawn from its law each time.
    Drawn,
}

impl Timer {
    /// How timers of a law are set; constant ones get a ring of their own.
    pub(super) fn new(law: Option<&Law>, kind: Kind, rings: &mut Vec<Ring>) -> Self {
        match law.map(Law::as_constant) {
            None => Self::None,
            Some(None) => Self::Drawn,
            Some(Some(nanos)) => {
                rings.push(Ring::new(kind));
                Self::Ring { nanos, ring: rings.len() as u32 - 1 }
            }
        }
    }
}

/// Timers of one length and kind.
#[derive(Debug)]
pub(super) struct Ring {
    kind: Kind,
    waiting: VecDeque<(SimTime, Ticket, FrameId)>,
    /// Whether the calendar holds the first.
    armed: bool,
}

impl Ring {
    pub(super) const fn new(kind: Kind) -> Self {
        Self { kind, waiting: VecDeque::new(), armed: false }
    }

    /// Whether a timer still matters.
    fn is_set(&self, frames: &Frames, ticket: Ticket, id: FrameId) -> bool {
        match self.kind {
            Kind::Timer => frames[id].timer == ticket,
            Kind::Pending => frames[id].pending == ticket,
        }
    }

    /// Forgets timers at the front that no longer matter.
    #[inline]
    fn tidy(&mut self, frames: &Frames) {
        while let Some(&(_, ticket, id)) = self.waiting.front()
            && !self.is_set(frames, ticket, id)
        {
            self.waiting.pop_front();
        }
    }

    /// Puts the first timer into the calendar.
    fn arm(&mut self, index: u32, cx: &mut Cx) {
        self.armed = self.waiting.front().is_some();
        if let Some(&(at, ticket, _)) = self.waiting.front() {
            cx.schedule_as(ticket, at, Happening::RingFires(index));
        }
    }
}

impl System<'_> {
    /// Sets a timer of `nanos` for `id` in the ring `index`, whose timers are all that long.
    #[inline]
    pub(super) fn set_ring(&mut self, index: u32, nanos: u64, id: FrameId, cx: &mut Cx) -> Ticket {
        let (at, ticket) = (cx.now().after(nanos), cx.ticket());
        let ring = &mut self.rings[index as usize];
        ring.tidy(&self.frames);
        ring.waiting.push_back((at, ticket, id));
        if !ring.armed {
            ring.arm(index, cx);
        }
        ticket
    }

    /// The first timer of a ring is due, if it still matters.
    pub(super) fn ring_fires(&mut self, index: u32, ticket: Ticket, cx: &mut Cx) {
        let ring = &mut self.rings[index as usize];
        let due = ring.waiting.front().is_some_and(|&(_, front, _)| front == ticket);
        let fired = if due { ring.waiting.pop_front() } else { None };
        ring.tidy(&self.frames);
        ring.arm(index, cx);
        if let Some((_, ticket, id)) = fired {
            match ring.kind {
                Kind::Timer => self.timer_fires(id, ticket, cx),
                Kind::Pending => self.woken(id, ticket, cx),
            }
        }
    }
}
