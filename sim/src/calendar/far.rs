//! Where most events wait when very many are pending: unsorted, in buckets of time.
//!
//! A heap of a million entries misses the cache at every level. So only what comes within a short
//! while is kept in a heap, and the rest is put, without comparing, into buckets of equal width;
//! what is later than the last bucket is beyond, in no order. When the heap has run out, the next
//! bucket goes into it; when the buckets have run out, what is beyond is spread over new ones. Each
//! event is moved a few times in sequence instead of many times at random.
//!
//! Widths are powers of two, chosen such that a bucket holds some dozens of events and that the
//! buckets cover three quarters of what is beyond: one event in the far future spoils nothing.
//!
//! After W. T. Tang, R. S. M. Goh, I. L. Thng, "Ladder queue: an O(1) priority queue structure for
//! large-scale discrete event simulation", ACM TOMACS 15(3), 2005, with a heap as its bottom and
//! one rung: where a bucket is too full, the heap is larger.

use super::heap::Heap;
use super::nanos_of;

/// Entries of a chunk; with its link it fills two cache lines.
const CHUNK: usize = 7;
/// No chunk.
const NONE: u32 = u32::MAX;
/// Events in a bucket, in the mean, are at most this and at least half of it.
const FILL: u64 = 64;
/// Instants looked at to choose the width of buckets.
const SAMPLE: usize = 64;

#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Chunk {
    keys: [u128; CHUNK],
    /// The next of its bucket, or of the free ones.
    next: u32,
}

/// Events in no order: a list of chunks, all full but the first.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    first: u32,
    /// Entries of the first chunk.
    used: u32,
}

impl Bucket {
    const EMPTY: Self = Self { first: NONE, used: CHUNK as u32 };
}

/// The chunks of all buckets.
#[derive(Debug, Clone)]
struct Pool {
    chunks: Vec<Chunk>,
    free: u32,
}

impl Pool {
    #[inline]
    fn add(&mut self, bucket: &mut Bucket, key: u128) {
        if bucket.used == CHUNK as u32 {
            *bucket = Bucket { first: self.take(bucket.first), used: 0 };
        }
        self.chunks[bucket.first as usize].keys[bucket.used as usize] = key;
        bucket.used += 1;
    }

    /// A chunk in front of `next`.
    fn take(&mut self, next: u32) -> u32 {
        let chunk = self.free;
        if chunk == NONE {
            self.chunks.push(Chunk { keys: [0; CHUNK], next });
            return self.chunks.len() as u32 - 1;
        }
        self.free = self.chunks[chunk as usize].next;
        self.chunks[chunk as usize].next = next;
        chunk
    }

    /// Takes all entries out of a bucket.
    fn empty(&mut self, bucket: &mut Bucket, mut take: impl FnMut(u128)) {
        while let Some((keys, used)) = self.remove(bucket) {
            keys[..used].iter().for_each(|&key| take(key));
        }
    }

    /// The entries of a bucket.
    fn keys(&self, bucket: Bucket) -> impl Iterator<Item = u128> {
        let first = self.chunks.get(bucket.first as usize);
        let chunks = std::iter::successors(first, |chunk| self.chunks.get(chunk.next as usize));
        chunks.enumerate().flat_map(move |(index, chunk)| {
            let used = if index == 0 { bucket.used as usize } else { CHUNK };
            chunk.keys[..used].iter().copied()
        })
    }

    /// Takes some entries out of a bucket: those of its first chunk.
    fn remove(&mut self, bucket: &mut Bucket) -> Option<([u128; CHUNK], usize)> {
        let index = bucket.first;
        let chunk = self.chunks.get_mut(index as usize)?;
        let removed = (chunk.keys, bucket.used as usize);
        *bucket = Bucket { first: chunk.next, ..Bucket::EMPTY };
        chunk.next = self.free;
        self.free = index;
        Some(removed)
    }
}

/// Events that are not near.
#[derive(Debug, Clone)]
pub(super) struct Far {
    pool: Pool,
    buckets: Vec<Bucket>,
    /// Buckets before this one are empty, and their time is not far.
    next: usize,
    /// Where the first bucket begins \[ns\], a multiple of the width.
    start: u64,
    /// Where the last bucket ends \[ns\].
    end: u64,
    /// A bucket is 2^`shift` ns wide.
    shift: u32,
    beyond: Bucket,
    len: usize,
}

impl Default for Far {
    fn default() -> Self {
        Self {
            pool: Pool { chunks: Vec::new(), free: NONE },
            buckets: Vec::new(),
            next: 0,
            start: 0,
            end: 0,
            shift: 0,
            beyond: Bucket::EMPTY,
            len: 0,
        }
    }
}

impl Far {
    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Adds an event at the instant `at` \[ns\], which is not near.
    ///
    /// Out of line, for it is the rarer way.
    #[inline(never)]
    pub(super) fn push(&mut self, at: u64, key: u128) {
        let bucket = if at < self.end {
            &mut self.buckets[((at - self.start) >> self.shift) as usize]
        } else {
            &mut self.beyond
        };
        self.pool.add(bucket, key);
        self.len += 1;
    }

    /// Moves the next events into `near`, in no order; returns the instant \[ns\] from which on events
    /// are far. When there are at most `few`, none is.
    pub(super) fn refill(&mut self, near: &mut Vec<u128>, few: usize) -> u64 {
        assert!(near.is_empty(), "what is near comes first");
        if self.len <= few {
            self.gather();
            self.pool.empty(&mut self.beyond, |key| near.push(key));
            self.len = 0;
            return u64::MAX;
        }
        loop {
            while let Some(bucket) = self.buckets.get_mut(self.next) {
                self.next += 1;
                self.pool.empty(bucket, |key| near.push(key));
                if !near.is_empty() {
                    self.len -= near.len();
                    return self.start + ((self.next as u64) << self.shift);
                }
            }
            self.spread();
        }
    }

    /// Takes everything out of `near`, and spreads it anew with all that is far.
    pub(super) fn take_back(&mut self, near: &mut Heap) {
        self.gather();
        self.len += near.len();
        near.empty(|key| self.pool.add(&mut self.beyond, key));
        self.spread();
    }

    /// Moves all events beyond, so that there are no buckets.
    fn gather(&mut self) {
        for index in self.next..self.buckets.len() {
            while let Some((keys, used)) = self.pool.remove(&mut self.buckets[index]) {
                keys[..used].iter().for_each(|&key| self.pool.add(&mut self.beyond, key));
            }
        }
        self.buckets.clear();
        (self.next, self.end) = (0, 0);
    }

    /// Spreads what is beyond over new buckets.
    fn spread(&mut self) {
        let (low, high) = self.span();
        let wanted = (self.len as u64 * 3 / 4 / FILL).max(1);
        self.shift = ((high - low) / wanted).max(1).ilog2();
        self.start = low >> self.shift << self.shift;
        let count = ((high - self.start) >> self.shift) + 1;
        self.end = self.start + (count << self.shift);
        self.buckets.clear();
        self.buckets.resize(count as usize, Bucket::EMPTY);
        self.next = 0;
        let mut before = std::mem::replace(&mut self.beyond, Bucket::EMPTY);
        self.len = 0;
        while let Some((keys, used)) = self.pool.remove(&mut before) {
            keys[..used].iter().for_each(|&key| self.push(nanos_of(key), key));
        }
    }

    /// Of the events beyond: the first instant, and one that about three quarters do not exceed.
    fn span(&self) -> (u64, u64) {
        let (mut low, mut sample, mut filled) = (u64::MAX, [0; SAMPLE], 0);
        let stride = self.len.div_ceil(SAMPLE);
        for (index, at) in self.pool.keys(self.beyond).map(nanos_of).enumerate() {
            low = low.min(at);
            if index % stride == 0 {
                sample[filled] = at;
                filled += 1;
            }
        }
        assert!(filled > 0, "only what is there is spread");
        sample[..filled].sort_unstable();
        (low, sample[filled * 3 / 4])
    }
}
