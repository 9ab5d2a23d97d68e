//! A cache that forgets what was asked for longest ago.
//!
//! Keys are ranks of a law of popularity. Entries lie in one vector and are linked from the newest to
//! the oldest; an open-addressing table with linear probing finds them. Nothing is allocated
//! after the start.

use crate::random::{Key, Zipf};

/// No entry.
const NONE: u32 = u32::MAX;
/// 2³² over the golden ratio spreads neighbouring keys (D. Knuth, *The Art of Computer
/// Programming*, vol. 3, §6.4).
const SPREAD: u32 = 0x9e37_79b1;
/// Draws that filling a warm cache may take, per entry.
const WARM_DRAWS: u64 = 16;

#[derive(Debug, Clone, Copy)]
struct Entry {
    key: u32,
    newer: u32,
    /// The next older one, or the next of those to be used again.
    older: u32,
    /// The last instant at which it is fresh [ns since the beginning].
    fresh_until: u64,
}

/// The contents of one cache.
#[derive(Debug)]
pub(super) struct Lru {
    /// Entries by the hash of their key; a power of two, at least twice the capacity.
    table: Vec<u32>,
    shift: u32,
    entries: Vec<Entry>,
    capacity: usize,
    newest: u32,
    oldest: u32,
    /// Entries that were dropped, linked by `older`.
    unused: u32,
}

impl Lru {
    /// An empty cache of at most `entries` of `keys` keys.
    pub(super) fn new(entries: u32, keys: u32) -> Self {
        let capacity = entries.min(keys) as usize;
        let bits = (2 * capacity).next_power_of_two().trailing_zeros().max(1);
        Self {
            table: vec![NONE; 1 << bits],
            shift: u32::BITS - bits,
            entries: Vec::with_capacity(capacity),
            capacity,
            newest: NONE,
            oldest: NONE,
            unused: NONE,
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.table.fill(NONE);
        self.entries.clear();
        (self.newest, self.oldest, self.unused) = (NONE, NONE, NONE);
    }

    /// Whether `key` is there and fresh at `now`; if so it becomes the newest. What is there but
    /// no longer fresh is dropped.
    pub(super) fn look(&mut self, key: u32, now: u64) -> bool {
        let place = self.find(key);
        let id = self.table[place];
        if id == NONE {
            return false;
        }
        self.unlink(id);
        if self.entries[id as usize].fresh_until < now {
            self.erase(place);
            self.entries[id as usize].older = self.unused;
            self.unused = id;
            return false;
        }
        self.link_newest(id);
        true
    }

    /// Puts `key` in as the newest, in place of the oldest where there is no room.
    pub(super) fn fill(&mut self, key: u32, fresh_until: u64) {
        let id = self.table[self.find(key)];
        let id = if id == NONE {
            self.take_place(key, fresh_until)
        } else {
            self.unlink(id);
            self.entries[id as usize].fresh_until = fresh_until;
            id
        };
        self.link_newest(id);
    }

    /// Fills an empty cache as it stands after being in use for ever, with entries fresh until
    /// `fresh_until(key)`.
    ///
    /// Where every request draws its key anew from one law, the contents are the distinct keys
    /// asked for last, the newest first: an entry goes only when as many other keys as there is
    /// room for have been asked for since. Read backwards from now, the stream of keys has the same law as
    /// read forwards. So the distinct keys of a stream of draws, each at its first appearance,
    /// are the contents from the newest to the oldest, exactly.
    ///
    /// Keys that are hardly ever asked for would take too many draws: what is still missing after
    /// [`WARM_DRAWS`] per entry is made up of the most popular keys not drawn. They are the oldest
    /// entries, and few requests are for them.
    pub(super) fn warm(&mut self, law: &Zipf, key: Key, fresh_until: impl Fn(u32) -> u64) {
        assert!(self.entries.is_empty(), "only an empty cache is filled");
        let mut draws = 0;
        while self.entries.len() < self.capacity && draws < WARM_DRAWS * self.capacity as u64 {
            let drawn = law.sample(key.with(draws));
            draws += 1;
            self.add_oldest(drawn, &fresh_until);
        }
        let mut popular = 0;
        while self.entries.len() < self.capacity {
            self.add_oldest(popular, &fresh_until);
            popular += 1;
        }
    }

    /// Adds `key` as the oldest, if it is not there.
    fn add_oldest(&mut self, key: u32, fresh_until: &impl Fn(u32) -> u64) {
        if self.table[self.find(key)] != NONE {
            return;
        }
        let id = self.take_place(key, fresh_until(key));
        let entry = &mut self.entries[id as usize];
        (entry.newer, entry.older) = (self.oldest, NONE);
        if self.oldest == NONE {
            self.newest = id;
        } else {
            self.entries[self.oldest as usize].older = id;
        }
        self.oldest = id;
    }

    /// An entry for `key`, found by the table and not yet linked.
    fn take_place(&mut self, key: u32, fresh_until: u64) -> u32 {
        let entry = Entry { key, newer: NONE, older: NONE, fresh_until };
        let id = if self.unused != NONE {
            let id = self.unused;
            self.unused = self.entries[id as usize].older;
            self.entries[id as usize] = entry;
            id
        } else if self.entries.len() < self.capacity {
            self.entries.push(entry);
            self.entries.len() as u32 - 1
        } else {
            let id = self.oldest;
            self.unlink(id);
            self.erase(self.find(self.entries[id as usize].key));
            self.entries[id as usize] = entry;
            id
        };
        // Only now: dropping the oldest may have moved what stands in the way.
        let place = self.find(key);
        self.table[place] = id;
        id
    }

    fn link_newest(&mut self, id: u32) {
        let entry = &mut self.entries[id as usize];
        (entry.newer, entry.older) = (NONE, self.newest);
        if self.newest == NONE {
            self.oldest = id;
        } else {
            self.entries[self.newest as usize].newer = id;
        }
        self.newest = id;
    }

    fn unlink(&mut self, id: u32) {
        let Entry { newer, older, .. } = self.entries[id as usize];
        if newer == NONE {
            self.newest = older;
        } else {
            self.entries[newer as usize].older = older;
        }
        if older == NONE {
            self.oldest = newer;
        } else {
            self.entries[older as usize].newer = newer;
        }
    }

    #[inline]
    fn home(&self, key: u32) -> usize {
        (key.wrapping_mul(SPREAD) >> self.shift) as usize
    }

    /// Where `key` stands in the table, or would stand.
    #[inline]
    fn find(&self, key: u32) -> usize {
        let mask = self.table.len() - 1;
        let mut place = self.home(key);
        while self.table[place] != NONE && self.entries[self.table[place] as usize].key != key {
            place = (place + 1) & mask;
        }
        place
    }

    /// Empties a place of the table and closes the gap: whatever stands behind it and belongs at
    /// or before it moves up.
    fn erase(&mut self, mut gap: usize) {
        let mask = self.table.len() - 1;
        let mut place = gap;
        loop {
            place = (place + 1) & mask;
            let id = self.table[place];
            if id == NONE {
                break;
            }
            let home = self.home(self.entries[id as usize].key);
            if place.wrapping_sub(home) & mask >= place.wrapping_sub(gap) & mask {
                self.table[gap] = id;
                gap = place;
            }
        }
        self.table[gap] = NONE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys from the newest to the oldest.
    fn keys(cache: &Lru) -> Vec<u32> {
        let next = |&id: &u32| Some(cache.entries[id as usize].older).filter(|&id| id != NONE);
        let first = Some(cache.newest).filter(|&id| id != NONE);
        std::iter::successors(first, next).map(|id| cache.entries[id as usize].key).collect()
    }

    /// Asks for `key` and fetches it on a miss.
    fn ask(cache: &mut Lru, key: u32, now: u64, ttl: u64) -> bool {
        let hit = cache.look(key, now);
        if !hit {
            cache.fill(key, now + ttl);
        }
        hit
    }

    #[test]
    fn the_least_recently_used_makes_place() {
        let mut cache = Lru::new(2, 10);
        let asked = [1, 2, 1, 3, 2, 1].map(|key| ask(&mut cache, key, 0, 1));
        // 1 and 2 are in; 1 is used; 3 replaces 2; 2 replaces 1; 1 replaces 3.
        assert_eq!(asked, [false, false, true, false, false, false]);
        assert_eq!(keys(&cache), [1, 2]);
        cache.clear();
        assert!(!cache.look(1, 0));
    }

    #[test]
    fn what_is_older_than_its_time_to_live_is_dropped() {
        let mut cache = Lru::new(2, 10);
        assert!(!ask(&mut cache, 1, 0, 100));
        assert!(!ask(&mut cache, 2, 50, 100));
        assert!(cache.look(1, 100), "as old as it may get");
        assert!(!cache.look(1, 101));
        assert_eq!(keys(&cache), [2]);
        // Its place is used again before anything is replaced.
        cache.fill(3, 200);
        assert_eq!(keys(&cache), [3, 2]);
        // Filling anew makes it fresh again.
        cache.fill(2, 300);
        assert!(cache.look(2, 300));
    }

    /// The table and the links agree with a list searched from end to end.
    #[test]
    fn agrees_with_a_plain_list() {
        for (entries, keys_asked, exponent) in [(1, 3, 0.0), (7, 20, 0.5), (64, 1_000, 0.9)] {
            let law = Zipf::new(keys_asked, exponent);
            let (mut cache, mut list) = (Lru::new(entries, keys_asked), Vec::new());
            for i in 0..30_000u64 {
                let key = law.sample(Key::root(5, 0).with(i));
                // Every so often an entry is too old.
                let ttl = 40 * u64::from(entries);
                let found = list.iter().position(|&(k, _)| k == key);
                let fresh = found.is_some_and(|at| list[at].1 >= i);
                assert_eq!(ask(&mut cache, key, i, ttl), fresh, "{i}");
                let until = if fresh { found.map(|at| list[at].1) } else { None };
                found.map(|at| list.remove(at));
                list.insert(0, (key, until.unwrap_or(i + ttl)));
                list.truncate(entries as usize);
                if i % 97 == 0 {
                    assert_eq!(keys(&cache), list.iter().map(|e| e.0).collect::<Vec<_>>());
                }
            }
        }
    }

    #[test]
    fn a_warm_cache_is_full_of_different_keys() {
        for (entries, all, exponent) in [(10, 10, 3.0), (100, 90, 0.9), (500, 100_000, 2.0)] {
            let mut cache = Lru::new(entries, all);
            cache.warm(&Zipf::new(all, exponent), Key::root(1, 0), |_| 0);
            let mut found = keys(&cache);
            found.sort_unstable();
            found.dedup();
            assert_eq!(found.len(), entries.min(all) as usize);
            assert!(found.iter().all(|&key| key < all));
        }
    }
}
