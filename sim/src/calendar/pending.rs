//! All that is scheduled: a sorted list of what is next, a heap of what is near, and buckets of what
//! is far.
//!
//! With few events all are next, and the others cost one comparison.

use super::far::Far;
use super::heap::Heap;
use super::next::{NONE, Next};
use super::{TIME_SHIFT, nanos_of};

/// Events up to which all are near: a heap of so many stays in the nearest caches.
const MANY: usize = 2_048;

/// Events, least first.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    /// What comes before all others, which are not below its bound; not empty while there are any.
    next: Next,
    /// What comes before `far_from`, and is not next.
    near: Heap,
    far: Far,
    /// From which instant on events are far \[ns\].
    far_from: u64,
    /// How many may be near until all are spread anew.
    limit: usize,
    /// [`MANY`], or less in tests.
    many: usize,
    /// What comes near, while it is sorted.
    coming: Vec<u128>,
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
        Self {
            next: Next::default(),
            near: Heap::default(),
            far: Far::default(),
            far_from: u64::MAX,
            limit: many,
            many,
            coming: Vec::new(),
            has_news: false,
        }
    }

    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.next.len() + self.near.len() + self.far.len()
    }

    /// The next event, or [`NONE`].
    #[inline]
    pub(super) fn least(&self) -> u128 {
        self.next.least()
    }

    /// Adds an event.
    #[inline]
    pub(super) fn push(&mut self, key: u128) {
        if !self.next.push(key) {
            self.push_behind(key);
        }
    }

    /// Takes the next event; [`NONE`] when there is none.
    #[inline]
    pub(super) fn pop(&mut self) -> u128 {
        let key = self.next.pop();
        if self.next.len() == 0 && self.next.bound() != NONE {
            self.refill_next();
        }
        key
    }

    /// The events that are near, when some have come from far since this was last asked.
    #[inline]
    pub(super) fn news(&mut self) -> Option<impl Iterator<Item = u128>> {
        std::mem::take(&mut self.has_news).then(|| self.next.entries().chain(self.near.entries()))
    }

    /// Adds an event where the list is full, or that is not among what it lists.
    #[inline(never)]
    fn push_behind(&mut self, key: u128) {
        if key < self.next.bound() {
            self.next.shed(|key| self.near.push(key));
            return self.push(key);
        }
        let at = nanos_of(key);
        if at >= self.far_from {
            return self.far.push(at, key);
        }
        self.near.push(key);
        if self.near.len() > self.limit {
            self.spread();
        }
    }

    /// Lists what is next, when the list has run out.
    #[inline(never)]
    fn refill_next(&mut self) {
        if self.near.is_empty() {
            self.bring_near();
            let mut coming = self.coming.iter().copied();
            self.next.fill(&mut coming);
            coming.for_each(|key| self.near.push(key));
        } else {
            let pop = || Some(self.near.pop()).filter(|&key| key != NONE);
            self.next.fill(std::iter::from_fn(pop));
        }
        let bound = if !self.near.is_empty() {
            self.near.least()
        } else if self.far_from != u64::MAX {
            u128::from(self.far_from) << TIME_SHIFT
        } else {
            NONE
        };
        self.next.set_bound(bound);
    }

    /// Puts what is near among what is far, but for the first of them.
    #[cold]
    fn spread(&mut self) {
        self.far.take_back(&mut self.near);
        self.bring_near();
        self.coming.iter().for_each(|&key| self.near.push(key));
    }

    /// Takes what comes next out of the far, least first.
    #[cold]
    fn bring_near(&mut self) {
        self.has_news = true;
        self.coming.clear();
        self.far_from = self.far.refill(&mut self.coming, self.many / 2);
        self.coming.sort_unstable();
        // So many more have to come that spreading them all has paid: a part of all.
        self.limit = self.many.max(self.coming.len() + self.far.len() / 4);
    }
}

#[cfg(test)]
mod tests {
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
                    let key = u128::from(now + delay) << TIME_SHIFT | sequence as u128;
                    pending.push(key);
                    model.push(std::cmp::Reverse(key));
                } else {
                    let key = pending.pop();
                    prop_assert_eq!(key, model.pop().map_or(NONE, |key| key.0));
                    now = if key == NONE { now } else { nanos_of(key) };
                }
                prop_assert_eq!(pending.len(), model.len());
                prop_assert_eq!(pending.least(), model.peek().map_or(NONE, |key| key.0));
            }
            while let Some(std::cmp::Reverse(key)) = model.pop() {
                prop_assert_eq!(pending.pop(), key);
            }
            prop_assert_eq!(pending.pop(), NONE);
        }
    }
}
