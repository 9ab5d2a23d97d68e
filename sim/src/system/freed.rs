//! Slots and connections that others wait for, on their way from who had them to who is next.
//!
//! What an event frees goes to others right after it, before anything else of that instant: so all
//! that stops has stopped before anything takes its place, and who stops takes nobody's place.

use super::{Cx, Happening, System};

/// Something that others wait for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Freed {
    /// A slot of a replica.
    Slot(u32),
    /// A connection of a caller.
    Connection(usize),
}

impl System<'_> {
    /// Notes what is to go to others after this event.
    pub(super) fn hand_on_later(&mut self, freed: Freed, cx: &mut Cx) {
        if self.freed.is_empty() {
            cx.schedule_in(0, Happening::HandOn);
        }
        self.freed.push(freed);
    }

    /// Hands on what was freed, in that order, and what that frees in its turn.
    pub(super) fn hand_on(&mut self, cx: &mut Cx) {
        let mut next = 0;
        while let Some(&freed) = self.freed.get(next) {
            next += 1;
            match freed {
                Freed::Slot(replica) => {
                    self.serve_waiting(replica, cx);
                    self.leave_if_drained(replica, cx);
                }
                Freed::Connection(caller) => self.serve_pool(caller, cx),
            }
        }
        self.freed.clear();
    }
}
