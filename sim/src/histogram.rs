//! Counts of times in log-linear buckets, with a stated error and without growing.
//!
//! Values below 512 ns have buckets of their own; above, each octave has 256, so a bucket is at
//! most 0.4 % wide and a quantile interpolated within it is far closer. A bucket that has met one
//! value only remembers it, so where all laws are constant every quantile is exact; this, and
//! integer counts of 32 bits, is why it is not `hdrhistogram`.

/// Buckets an octave, as a power of two.
const SUB_BITS: u32 = 8;
const SUB: usize = 1 << SUB_BITS;
/// Set in [`Cell::offset`] when a bucket has met two different values.
const MIXED: u32 = 1 << 31;

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    count: u32,
    /// The only value met, from the bucket's lower bound, or [`MIXED`].
    offset: u32,
}

/// Counts of times \[ns\].
#[derive(Debug, Clone, Default)]
pub struct Histogram {
    /// As many buckets as the largest value needed, in whole octaves.
    cells: Vec<Cell>,
    /// Which of them have counted anything, a bit each: most are empty, and time is kept by many
    /// short histograms.
    met: Vec<u64>,
    count: u64,
    sum: u128,
}

/// Lower bound and width of a bucket.
const fn bounds(bucket: u32) -> (u64, u64) {
    let block = bucket >> SUB_BITS;
    if block < 2 {
        return (bucket as u64, 1);
    }
    let shift = block - 1;
    ((SUB as u64 | (bucket as u64 & (SUB as u64 - 1))) << shift, 1 << shift)
}

/// The bucket of a value: block in the upper bits, cell in the lower [`SUB_BITS`].
#[inline]
const fn bucket_of(nanos: u64) -> u32 {
    let shift = (nanos | (2 * SUB as u64 - 1)).ilog2() - SUB_BITS;
    (shift << SUB_BITS) + (nanos >> shift) as u32
}

/// Bits of an offset that do not fit beside the flag are dropped: none below 2⁴⁰ ns, 18 minutes.
#[inline]
const fn offset_shift(width_bits: u32) -> u32 {
    width_bits.saturating_sub(31)
}

impl Histogram {
    /// Counts one time.
    #[inline]
    pub fn record(&mut self, nanos: u64) {
        let bucket = bucket_of(nanos) as usize;
        if let Some(cell) = self.cells.get_mut(bucket)
            && cell.offset == MIXED
        {
            cell.count += 1;
        } else {
            self.record_apart(nanos, bucket);
        }
        self.count += 1;
        self.sum += u128::from(nanos);
    }

    /// Counts a time in a bucket that has not met two different ones.
    #[inline(never)]
    fn record_apart(&mut self, nanos: u64, bucket: usize) {
        let (low, width) = bounds(bucket as u32);
        let offset = ((nanos - low) >> offset_shift(width.ilog2())) as u32;
        self.reach(bucket + 1);
        let cell = &mut self.cells[bucket];
        if cell.count == 0 {
            cell.offset = offset;
            self.met[bucket / 64] |= 1 << (bucket % 64);
        } else if cell.offset != offset {
            cell.offset = MIXED;
        }
        cell.count += 1;
    }

    /// Counts what another has counted.
    pub fn merge(&mut self, other: &Self) {
        self.reach(other.cells.len());
        for bucket in other.buckets() {
            let (cell, more) = (&mut self.cells[bucket], other.cells[bucket]);
            if cell.count == 0 {
                cell.offset = more.offset;
                self.met[bucket / 64] |= 1 << (bucket % 64);
            } else if cell.offset != more.offset {
                cell.offset = MIXED;
            }
            cell.count += more.count;
        }
        self.count += other.count;
        self.sum += other.sum;
    }

    /// Has at least so many buckets.
    #[inline]
    fn reach(&mut self, buckets: usize) {
        if buckets > self.cells.len() {
            let buckets = buckets.next_multiple_of(SUB);
            self.cells.resize(buckets, Cell::default());
            self.met.resize(buckets / 64, 0);
        }
    }

    /// The buckets that have counted anything, in their order.
    fn buckets(&self) -> impl Iterator<Item = usize> {
        let bits = |word: u64| {
            let without_lowest = |rest: &u64| Some(rest & (rest - 1)).filter(|&rest| rest != 0);
            std::iter::successors(Some(word).filter(|&word| word != 0), without_lowest)
                .map(|rest| rest.trailing_zeros() as usize)
        };
        let words = self.met.iter().enumerate();
        words.flat_map(move |(index, &word)| bits(word).map(move |bit| index * 64 + bit))
    }

    /// How many times were counted.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Forgets everything counted; keeps its memory.
    pub fn clear(&mut self) {
        for (cells, met) in self.cells.chunks_exact_mut(64).zip(&mut self.met) {
            if std::mem::take(met) != 0 {
                cells.fill(Cell::default());
            }
        }
        (self.count, self.sum) = (0, 0);
    }

    /// The counts, in little memory.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let met: u32 = self.met.iter().map(|word| word.count_ones()).sum();
        let mut parts = Vec::with_capacity(met as usize);
        let mut above = self.count;
        for bucket in self.buckets() {
            let cell = self.cells[bucket];
            above -= u64::from(cell.count);
            let (low, width) = bounds(bucket as u32);
            let part = if cell.offset == MIXED {
                Part { low, width, count: cell.count, above }
            } else {
                let value = low + (u64::from(cell.offset) << offset_shift(width.ilog2()));
                Part { low: value, width: 0, count: cell.count, above }
            };
            parts.push(part);
        }
        assert!(above == 0, "a bucket counts at most 2³² times");
        Summary { parts, count: self.count, sum: self.sum }
    }
}

/// Some times between `low` and `low + width`, or all at `low`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Part {
    low: u64,
    width: u64,
    count: u32,
    /// How many lie in later parts.
    above: u64,
}

/// A finished histogram.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    parts: Vec<Part>,
    count: u64,
    sum: u128,
}

impl Summary {
    /// What one histogram of all their times would have counted.
    #[must_use]
    pub fn merged(summaries: &[&Self]) -> Self {
        let mut parts: Vec<Part> = summaries.iter().flat_map(|s| s.parts.iter().copied()).collect();
        parts.sort_by_key(|part| bucket_of(part.low));
        let count = summaries.iter().map(|summary| summary.count).sum();
        let mut above: u64 = count;
        let same_bucket = |a: &Part, b: &Part| bucket_of(a.low) == bucket_of(b.low);
        let merge = |bucket: &[Part]| {
            let inside: u64 = bucket.iter().map(|part| u64::from(part.count)).sum();
            above -= inside;
            let (low, width) = match bucket {
                [first, rest @ ..] if rest.iter().all(|p| (p.low, p.width) == (first.low, 0)) => {
                    (first.low, first.width)
                }
                bucket => bounds(bucket_of(bucket[0].low)),
            };
            let count = u32::try_from(inside).expect("a bucket counts at most 2³² times");
            Part { low, width, count, above }
        };
        let parts = parts.chunk_by(same_bucket).map(merge).collect();
        Self { parts, count, sum: summaries.iter().map(|summary| summary.sum).sum() }
    }

    /// How many times were counted.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Their mean \[ns\], exact.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// How many times were above `nanos`, linear within a bucket.
    #[must_use]
    pub fn above(&self, nanos: f64) -> f64 {
        let position = self.parts.partition_point(|part| part.low as f64 <= nanos);
        let Some(part) = position.checked_sub(1).map(|p| &self.parts[p]) else {
            return self.count as f64;
        };
        let inside = if part.width == 0 {
            0.0
        } else {
            (1.0 - (nanos - part.low as f64) / part.width as f64).max(0.0)
        };
        part.above as f64 + inside * f64::from(part.count)
    }
}

/// The smallest time \[ns\] with at least the share `q` of the pooled times at or below it, when
/// `beyond` more times lie beyond all of them; `None` when it is one of those.
///
/// Exact where the bucket it falls in held one value, else linear within the bucket.
#[must_use]
pub fn pooled_quantile(summaries: &[&Summary], beyond: u64, q: f64) -> Option<f64> {
    let count = beyond + summaries.iter().map(|s| s.count).sum::<u64>();
    if count == 0 {
        return None;
    }
    let rank = ((q * count as f64).ceil() as u64).clamp(1, count);
    let mut parts: Vec<Part> = summaries.iter().flat_map(|s| s.parts.iter().copied()).collect();
    parts.sort_by_key(|part| bucket_of(part.low));
    let mut before = 0;
    let mut i = 0;
    while i < parts.len() {
        let bucket = bucket_of(parts[i].low);
        let end = i + parts[i..].iter().take_while(|p| bucket_of(p.low) == bucket).count();
        let inside: u64 = parts[i..end].iter().map(|part| u64::from(part.count)).sum();
        if before + inside >= rank {
            let exact = parts[i..end].iter().all(|p| p.width == 0 && p.low == parts[i].low);
            if exact {
                return Some(parts[i].low as f64);
            }
            let (low, width) = bounds(bucket);
            let share = ((rank - before) as f64 - 0.5) / inside as f64;
            return Some(low as f64 + share * width as f64);
        }
        before += inside;
        i = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn constants_are_exact() {
        let mut histogram = Histogram::default();
        for value in [3, 511, 512, 123_456_789, 1_000_000_000_001] {
            histogram.clear();
            histogram.record(value);
            histogram.record(value);
            assert_eq!(pooled_quantile(&[&histogram.summary()], 0, 0.5), Some(value as f64));
        }
    }

    proptest! {
        /// Counting apart and together is the same.
        #[test]
        fn merging_is_counting_together(values in prop::collection::vec(0u64..2_000_000, 0..99)) {
            let mut parts = [Histogram::default(), Histogram::default()];
            let mut whole = Histogram::default();
            for (i, value) in values.iter().enumerate() {
                parts[i % 2].record(*value);
                whole.record(*value);
            }
            let [mut first, second] = parts;
            first.merge(&second);
            prop_assert_eq!(first.summary(), whole.summary());
        }

        /// Few different values, so that buckets meet one, the same one again, and several.
        #[test]
        fn summaries_merge_as_histograms_do(
            values in prop::collection::vec((0u64..40, 0u64..4), 0..60),
        ) {
            let mut whole = Histogram::default();
            let mut halves = [Histogram::default(), Histogram::default()];
            for (i, (coarse, fine)) in values.iter().enumerate() {
                let value = 1_000_000 + 10_000 * coarse + 7 * fine;
                whole.record(value);
                halves[i % 2].record(value);
            }
            let halves = halves.each_ref().map(Histogram::summary);
            prop_assert_eq!(Summary::merged(&halves.each_ref()), whole.summary());
        }

        #[test]
        fn a_value_lies_in_its_bucket(value in 0u64..(1 << 55)) {
            let (low, width) = bounds(bucket_of(value));
            prop_assert!(low <= value && value < low + width);
            prop_assert!(width as f64 <= 1.0 + low as f64 / SUB as f64);
        }

        /// Against the sorted list: within a bucket's width.
        #[test]
        fn quantiles_agree_with_the_sorted_list(
            mut values in prop::collection::vec(0u64..10_000_000_000, 1..300),
            q in 0.0f64..1.0,
        ) {
            let mut halves = [Histogram::default(), Histogram::default()];
            for (i, value) in values.iter().enumerate() {
                halves[i % 2].record(*value);
            }
            let summaries = halves.each_ref().map(Histogram::summary);
            let found = pooled_quantile(&[&summaries[0], &summaries[1]], 0, q).unwrap();
            values.sort_unstable();
            let rank = ((q * values.len() as f64).ceil() as usize).clamp(1, values.len());
            let exact = values[rank - 1] as f64;
            prop_assert!((found - exact).abs() <= 1.0 + exact / SUB as f64, "{found} {exact}");
            let above: f64 = summaries.iter().map(|s| s.above(exact * 1.01 + 2.0)).sum();
            prop_assert!(above <= (values.len() - rank) as f64 + 1e-9);
        }
    }
}
