//! All that is scheduled for later: a heap of what is near, and buckets of what is far.
//!
//! With few events everything is near, and the far costs one comparison.

use super::far::Far;
use super::heap::Heap;

/// Events up to which all are near: a heap of so many stays in the nearest caches.
const MANY: usize = 2_048;

/// Events, least first.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    /// What comes before `far_from`; not empty while anything is far.
    near: Heap,
    far: Far,
    /// From which instant on events are far \[ns\].
    far_from: u64,
    /// How many may be near until all are spread anew.
    limit: usize,
    /// [`MANY`], or less in tests.
    many: usize,
    /// Whether events have come near since [`Pending::news`] was last asked.
    has_news: bool,
}

impl Default for Pending {
    fn default() -> Self {
        Self::with_many(MANY)
    }
}

impl Pending {
    /// No events; up to `many` stay near.
    pub(super) fn with_many(many: usize) -> Self {
        let (near, far) = (Heap::default(), Far::default());
        Self { near, far, far_from: u64::MAX, limit: many, many, has_news: false }
    }

    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.near.len() + self.far.len()
    }

    /// The next event, or [`super::heap::NONE`].
    #[inline]
    pub(super) fn least(&self) -> u128 {
        self.near.least()
    }

    /// Adds an event at the instant `at` \[ns\], which `key` begins with.
    #[inline]
    pub(super) fn push(&mut self, at: u64, key: u128) {
        if at >= self.far_from {
            return self.far.push(at, key);
        }
        self.near.push(key);
        if self.near.below() > self.limit {
            self.spread();
        }
    }

    /// Takes the next event; [`super::heap::NONE`] when there is none.
    #[inline]
    pub(super) fn pop(&mut self) -> u128 {
        let key = self.near.pop();
        // A key was taken, so there is no root.
        if self.far_from != u64::MAX && self.near.below() == 0 {
            self.refill();
        }
        key
    }

    /// The events that are near, when some have come from far since this was last asked.
    #[inline]
    pub(super) fn news(&mut self) -> Option<impl Iterator<Item = u128>> {
        std::mem::take(&mut self.has_news).then(|| self.near.entries())
    }

    /// Puts what is near among what is far, but for the next.
    #[cold]
    fn spread(&mut self) {
        self.far.take_back(&mut self.near);
        self.refill();
    }

    /// Brings what comes next near.
    #[cold]
    fn refill(&mut self) {
        self.has_news = true;
        self.far_from = self.far.refill(&mut self.near, self.many / 2);
        // So many more have to come that spreading them all has paid: a part of all.
        self.limit = self.many.max(self.near.len() + self.len() / 4);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{heap, nanos_of};
    use super::*;
    use proptest::prelude::*;

    /// Mostly short delays, sometimes none, sometimes very long ones.
    fn delay() -> impl Strategy<Value = u64> {
        prop_oneof![4 => 0u64..50, 1 => Just(0), 2 => 0u64..10_000, 1 => 0u64..(1 << 43)]
    }

    proptest! {
        /// Against the standard library's heap, where all but a few are far.
        #[test]
        fn agrees_with_a_binary_heap(
            ops in prop::collection::vec((delay(), 0u32..10), 1..2_000),
            many in 1usize..40,
            growth in 3u32..8,
        ) {
            let mut pending = Pending::with_many(many);
            let mut model = std::collections::BinaryHeap::new();
            let mut now = 0;
            for (sequence, (delay, choice)) in ops.into_iter().enumerate() {
                if choice < growth {
                    let key = u128::from(now + delay) << super::super::TIME_SHIFT | sequence as u128;
                    pending.push(now + delay, key);
                    model.push(std::cmp::Reverse(key));
                } else {
                    let key = pending.pop();
                    prop_assert_eq!(key, model.pop().map_or(heap::NONE, |key| key.0));
                    now = if key == heap::NONE { now } else { nanos_of(key) };
                }
                prop_assert_eq!(pending.len(), model.len());
                prop_assert_eq!(pending.least(), model.peek().map_or(heap::NONE, |key| key.0));
            }
            while let Some(std::cmp::Reverse(key)) = model.pop() {
                prop_assert_eq!(pending.pop(), key);
            }
            prop_assert_eq!(pending.pop(), heap::NONE);
        }
    }
}
