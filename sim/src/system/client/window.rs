//! Events of the last so many seconds, counted exactly.

use std::collections::VecDeque;

use crate::time::SimTime;

/// Instants that slide out of a window. Each carries one bit.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// Twice the instant [ns], plus the bit.
    events: VecDeque<u64>,
    marked: usize,
}

impl Window {
    pub(super) fn push(&mut self, now: SimTime, mark: bool) {
        self.events.push_back(now.as_nanos() << 1 | u64::from(mark));
        self.marked += usize::from(mark);
    }

    /// Forgets what happened `width` ns ago or earlier.
    pub(super) fn slide(&mut self, now: SimTime, width: u64) {
        while let Some(&event) = self.events.front()
            && (event >> 1).saturating_add(width) <= now.as_nanos()
        {
            self.events.pop_front();
            self.marked -= (event & 1) as usize;
        }
    }

    pub(super) fn clear(&mut self) {
        self.events.clear();
        self.marked = 0;
    }

    pub(super) fn count(&self) -> usize {
        self.events.len()
    }

    /// How many carry the bit.
    pub(super) const fn marked(&self) -> usize {
        self.marked
    }
}
