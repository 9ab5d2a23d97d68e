//! Sizes of requests and answers: their mean and quantiles, in bounded memory.

/// Buckets of an octave: a quantile is off by at most two hundredths.
const PARTS: f64 = 32.0;

/// Mean and quantiles of sizes \[bytes\].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sizes {
    /// The mean.
    pub mean: f64,
    /// Quantiles at 50 %, 95 % and 99 %.
    pub quantiles: [f64; 3],
}

/// Counts of sizes, by their logarithm.
#[derive(Debug, Clone, Default)]
pub(super) struct SizeCounts {
    sum: u64,
    count: u64,
    least: u64,
    most: u64,
    /// Bucket and count, by bucket; of one operation there are few.
    buckets: Vec<(u16, u64)>,
}

/// The bucket of a size; nothing has one of its own.
fn bucket(bytes: u64) -> u16 {
    if bytes == 0 { 0 } else { 1 + (PARTS * (bytes as f64).log2()) as u16 }
}

impl SizeCounts {
    pub(super) fn add(&mut self, bytes: u64) {
        let least = if self.count == 0 { bytes } else { self.least.min(bytes) };
        (self.least, self.most) = (least, self.most.max(bytes));
        (self.sum, self.count) = (self.sum.saturating_add(bytes), self.count + 1);
        self.put(bucket(bytes), 1);
    }

    fn put(&mut self, bucket: u16, count: u64) {
        match self.buckets.binary_search_by_key(&bucket, |(known, _)| *known) {
            Ok(at) => self.buckets[at].1 += count,
            Err(at) => self.buckets.insert(at, (bucket, count)),
        }
    }

    /// Adds what others counted.
    pub(super) fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        let least = if self.count == 0 { other.least } else { self.least.min(other.least) };
        (self.least, self.most) = (least, self.most.max(other.most));
        (self.sum, self.count) = (self.sum.saturating_add(other.sum), self.count + other.count);
        for &(bucket, count) in &other.buckets {
            self.put(bucket, count);
        }
    }

    /// What was counted, if anything.
    pub(super) fn sizes(&self) -> Option<Sizes> {
        let quantile = |share: f64| {
            let rank = (share * self.count as f64).ceil() as u64;
            let mut seen = 0;
            let passed = |(_, count): &&(u16, u64)| {
                seen += count;
                seen >= rank
            };
            let bucket = self.buckets.iter().find(passed).map_or(0, |(bucket, _)| *bucket);
            let middle = if bucket == 0 { 0.0 } else { ((f64::from(bucket) - 0.5) / PARTS).exp2() };
            middle.clamp(self.least as f64, self.most as f64)
        };
        (self.count > 0).then(|| Sizes {
            mean: self.sum as f64 / self.count as f64,
            quantiles: [0.5, 0.95, 0.99].map(quantile),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_sizes() {
        let (mut even, mut odd) = (SizeCounts::default(), SizeCounts::default());
        for bytes in 1..=100_000 {
            if bytes % 2 == 0 { even.add(bytes) } else { odd.add(bytes) }
        }
        even.merge(&odd);
        let found = even.sizes().unwrap();
        assert!((found.mean - 50_000.5).abs() < 1e-6);
        for (found, expected) in found.quantiles.iter().zip([50_000.0, 95_000.0, 99_000.0]) {
            assert!((found / expected - 1.0).abs() < 0.012, "{found} {expected}");
        }
        let mut same = SizeCounts::default();
        same.add(2326);
        let same = same.sizes().map(|sizes| sizes.quantiles.map(|bytes| bytes as u64));
        assert_eq!(same, Some([2326; 3]));
        assert_eq!(SizeCounts::default().sizes(), None);
    }
}
