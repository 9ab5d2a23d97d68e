//! A ladder queue: what is far lies unsorted, what is near is sorted in small heaps of events.
//!
//! Source: W. T. Tang, R. S. M. Goh, I. L. Thng, "Ladder queue: an O(1) priority queue structure
//! for large-scale discrete event simulation", ACM TOMACS 15(3), 2005.

use crate::{Events, time_of};

/// Events in a bucket, or at the bottom, from which on it is spread over a rung of its own.
const THRESHOLD: usize = 50;
const MAX_RUNGS: usize = 8;

/// Buckets of equal width, each unsorted.
#[derive(Default)]
struct Rung {
    width: u64,
    start: u64,
    /// The first bucket that has not been emptied.
    current: usize,
    /// Buckets in use; the vector keeps more, and their memory.
    used: usize,
    buckets: Vec<Vec<u128>>,
    count: usize,
}

impl Rung {
    /// Makes room for `count` events between `start` and `end`.
    fn reset(&mut self, start: u64, end: u64, count: usize) {
        self.width = ((end - start) / count as u64).max(1);
        self.start = start;
        self.current = 0;
        self.used = ((end - start) / self.width) as usize + 1;
        if self.buckets.len() < self.used {
            self.buckets.resize_with(self.used, Vec::new);
        }
    }

    fn current_start(&self) -> u64 {
        self.start + self.current as u64 * self.width
    }

    fn add(&mut self, key: u128) {
        let bucket = ((time_of(key) - self.start) / self.width) as usize;
        self.buckets[bucket.min(self.used - 1)].push(key);
        self.count += 1;
    }
}

#[derive(Default)]
pub(crate) struct Ladder {
    /// Events from `top_start` on.
    top: Vec<u128>,
    top_start: u64,
    rungs: Vec<Rung>,
    /// Rungs in use.
    depth: usize,
    /// Sorted, the next one last.
    bottom: Vec<u128>,
    /// Events on their way from one place to another.
    moving: Vec<u128>,
}

impl Ladder {
    /// Spreads `moving` over a new lowest rung that begins at `start`.
    fn spread(&mut self, start: u64, end: u64) {
        if self.rungs.len() == self.depth {
            self.rungs.push(Rung::default());
        }
        let rung = &mut self.rungs[self.depth];
        self.depth += 1;
        rung.reset(start, end, self.moving.len());
        for key in self.moving.drain(..) {
            rung.add(key);
        }
    }

    /// Fills the empty bottom from the next bucket.
    fn refill(&mut self) {
        loop {
            while self.depth > 0 && self.rungs[self.depth - 1].count == 0 {
                self.depth -= 1;
            }
            if self.depth == 0 {
                if self.top.is_empty() {
                    return;
                }
                std::mem::swap(&mut self.moving, &mut self.top);
                let (low, high) = ends(&self.moving);
                self.top_start = high + 1;
                self.spread(low, high);
            }
            let rung = &mut self.rungs[self.depth - 1];
            while rung.buckets[rung.current].is_empty() {
                rung.current += 1;
            }
            std::mem::swap(&mut self.moving, &mut rung.buckets[rung.current]);
            rung.count -= self.moving.len();
            let (start, width) = (rung.current_start(), rung.width);
            rung.current += 1;
            let (low, high) = ends(&self.moving);
            if self.moving.len() <= THRESHOLD || self.depth == MAX_RUNGS || low == high {
                self.moving.sort_unstable_by(|a, b| b.cmp(a));
                std::mem::swap(&mut self.bottom, &mut self.moving);
                return;
            }
            self.spread(start, high.max(start + width - 1));
        }
    }
}

fn ends(keys: &[u128]) -> (u64, u64) {
    keys.iter()
        .fold((u64::MAX, 0), |(low, high), &key| (low.min(time_of(key)), high.max(time_of(key))))
}

impl Events for Ladder {
    fn push(&mut self, key: u128) {
        let at = time_of(key);
        if at >= self.top_start {
            self.top.push(key);
            return;
        }
        for rung in &mut self.rungs[..self.depth] {
            if at >= rung.current_start() {
                rung.add(key);
                return;
            }
        }
        let position = self.bottom.partition_point(|&other| other > key);
        self.bottom.insert(position, key);
        if self.bottom.len() > THRESHOLD && self.depth < MAX_RUNGS {
            let (low, high) = ends(&self.bottom);
            if low < high {
                std::mem::swap(&mut self.bottom, &mut self.moving);
                self.spread(low, high);
            }
        }
    }

    fn pop(&mut self) -> Option<u128> {
        if self.bottom.is_empty() {
            self.refill();
        }
        self.bottom.pop()
    }
}
