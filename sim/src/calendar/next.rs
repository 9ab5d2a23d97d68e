//! The next few events, in order.
//!
//! What happens next is mostly known shortly before: a step follows at the same instant, a message
//! arrives within a millisecond, and a small system has no more events than fit here. In a short
//! sorted list the next is taken with one load, one for this instant is added with one comparison,
//! and one for later moves the few that come before it.

/// No entry; greater than all.
pub(super) const NONE: u128 = u128::MAX;

/// Places of the list, one of them for the bound.
const ROOM: usize = 64;
/// How many of them are filled at once; the others are for what comes meanwhile.
const FILL: usize = 48;

/// Some entries, the greatest first, behind a bound that is greater than all of them.
#[derive(Debug, Clone)]
pub(super) struct Next {
    /// The bound, then the entries.
    keys: [u128; ROOM],
    /// Entries and bound; at least 1.
    used: usize,
}

impl Default for Next {
    /// No entries, and nothing beyond.
    fn default() -> Self {
        Self { keys: [NONE; ROOM], used: 1 }
    }
}

impl Next {
    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.used - 1
    }

    /// All entries, the greatest first.
    pub(super) fn entries(&self) -> impl Iterator<Item = u128> {
        self.keys[1..self.used].iter().copied()
    }

    /// What the entries are less than: [`NONE`], unless there are other events.
    #[inline]
    pub(super) const fn bound(&self) -> u128 {
        self.keys[0]
    }

    pub(super) const fn set_bound(&mut self, bound: u128) {
        self.keys[0] = bound;
    }

    /// The least entry; where there is none, the bound.
    #[inline]
    pub(super) fn least(&self) -> u128 {
        self.keys[self.used - 1]
    }

    /// Adds an entry, if there is room and it is below the bound.
    #[inline]
    pub(super) fn push(&mut self, key: u128) -> bool {
        let used = self.used;
        if used == ROOM || key >= self.bound() {
            return false;
        }
        let keys = &mut self.keys[..=used];
        let mut place = used;
        while place > 0 && keys[place - 1] < key {
            keys[place] = keys[place - 1];
            place -= 1;
        }
        keys[place] = key;
        self.used = used + 1;
        true
    }

    /// Takes the least entry; there is one, or the bound is [`NONE`].
    #[inline]
    pub(super) fn pop(&mut self) -> u128 {
        let least = self.least();
        if self.used > 1 {
            self.used -= 1;
        }
        least
    }

    /// Takes the greater half of the entries; the least of them is the new bound.
    pub(super) fn shed(&mut self, take: impl FnMut(u128)) {
        let half = self.used / 2;
        self.keys[1..=half].iter().copied().for_each(take);
        self.keys.copy_within(half..self.used, 0);
        self.used -= half;
    }

    /// Fills most of the room of an empty list with what `give` gives, least first.
    pub(super) fn fill(&mut self, give: impl Iterator<Item = u128>) {
        assert!(self.used == 1, "what is next comes first");
        for (place, key) in self.keys[1..=FILL].iter_mut().zip(give) {
            *place = key;
            self.used += 1;
        }
        self.keys[1..self.used].reverse();
    }
}
