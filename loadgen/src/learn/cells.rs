//! Counts of requests in cells of one width, in bounded memory.

use std::collections::BTreeMap;

use crate::forecast::median;

/// Cells of a block.
const BLOCK: usize = 3600;
/// A cell of which nothing is known.
const UNKNOWN: u32 = u32::MAX;
/// Cells that bursts are looked at in at once.
const WINDOW: usize = 3600;
const SHORT_WINDOW: usize = 600;
/// Requests that should have come in a stretch in which none did, for it to be an outage.
const MISSED: f64 = 60.0;
/// Shortest outage \[cells\].
const LEAST_OUTAGE: i64 = 60;

/// Counts by cell; cells of a recording of requests are a second wide and zero where nothing came,
/// those of a table are as wide as its rows and unknown where it has none.
#[derive(Debug)]
pub(super) struct Cells {
    blocks: BTreeMap<i64, Box<[u32]>>,
    /// \[s\]
    width: i64,
    empty: u32,
    first: i64,
    last: i64,
}

impl Default for Cells {
    fn default() -> Self {
        Self::new(1, true)
    }
}

impl Cells {
    /// Cells of `width` \[s\], in which nothing came unless it is added, or nothing is known.
    pub(super) fn new(width: i64, nothing_is_zero: bool) -> Self {
        let empty = if nothing_is_zero { 0 } else { UNKNOWN };
        Self { blocks: BTreeMap::new(), width, empty, first: i64::MAX, last: i64::MIN }
    }

    /// \[s\]
    pub(super) const fn resolution(&self) -> i64 {
        self.width
    }

    /// `count` came at `second` since 1970.
    pub(super) fn add(&mut self, second: i64, count: u32) {
        let cell = second.div_euclid(self.width);
        (self.first, self.last) = (self.first.min(cell), self.last.max(cell));
        let empty = self.empty;
        let block = self.blocks.entry(cell.div_euclid(BLOCK as i64));
        let block = block.or_insert_with(|| vec![empty; BLOCK].into_boxed_slice());
        let known = &mut block[cell.rem_euclid(BLOCK as i64) as usize];
        let before = if *known == UNKNOWN { 0 } else { *known };
        *known = before.saturating_add(count).min(UNKNOWN - 1);
    }

    /// From the first to the end of the last cell \[s since 1970\].
    pub(super) fn span(&self) -> Option<(i64, i64)> {
        (self.first <= self.last).then(|| (self.first * self.width, (self.last + 1) * self.width))
    }

    fn at(&self, cell: i64) -> u32 {
        let block = self.blocks.get(&cell.div_euclid(BLOCK as i64));
        block.map_or(self.empty, |block| block[cell.rem_euclid(BLOCK as i64) as usize])
    }

    /// Stretches \[s since 1970\] in which nothing came although much should have, by what came in the
    /// hour before and after; not those that come back at the same time on most days.
    pub(super) fn outages(&self) -> Vec<(i64, i64)> {
        if self.empty == UNKNOWN {
            return Vec::new();
        }
        let mut found = Vec::new();
        let (mut cell, mut quiet_from) = (self.first, None);
        while cell <= self.last {
            // A block that does not exist is quiet throughout.
            let (block, at) = (cell.div_euclid(BLOCK as i64), cell.rem_euclid(BLOCK as i64));
            let next = match self.blocks.get(&block) {
                None => (block + 1) * BLOCK as i64,
                Some(_) => cell + 1,
            };
            let is_quiet = self.blocks.get(&block).is_none_or(|block| block[at as usize] == 0);
            match (is_quiet, quiet_from) {
                (true, None) => quiet_from = Some(cell),
                (false, Some(from)) => {
                    if self.is_outage(from, cell) {
                        found.push((from * self.width, cell * self.width));
                    }
                    quiet_from = None;
                }
                _ => {}
            }
            cell = next;
        }
        self.but_daily(&found)
    }

    fn is_outage(&self, from: i64, to: i64) -> bool {
        if to - from < LEAST_OUTAGE {
            return false;
        }
        let hour = 3600 / self.width;
        let around = self.count(from - hour, from).min(self.count(to, to + hour)) / hour as f64;
        around * (to - from) as f64 >= MISSED
    }

    /// How many came from one cell to before another; of cells that are all known.
    fn count(&self, from: i64, to: i64) -> f64 {
        let size = BLOCK as i64;
        let blocks = self.blocks.range(from.div_euclid(size)..=(to - 1).div_euclid(size));
        let sum = blocks.map(|(number, block)| {
            let begin = (from - number * size).clamp(0, size) as usize;
            let end = (to - number * size).clamp(0, size) as usize;
            block[begin..end].iter().map(|count| f64::from(*count)).sum::<f64>()
        });
        sum.sum()
    }

    /// Without stretches that most days have at the same time: these are how the system is.
    fn but_daily(&self, found: &[(i64, i64)]) -> Vec<(i64, i64)> {
        let days = (self.last - self.first) * self.width / 86_400;
        let comes_back = |&(from, to): &(i64, i64)| {
            let alike = found.iter().filter(|other| {
                let apart = (other.0 - from).rem_euclid(86_400);
                apart.min(86_400 - apart) < (to - from) / 2
            });
            days >= 3 && alike.count() as i64 * 2 > days
        };
        found.iter().filter(|stretch| !comes_back(stretch)).copied().collect()
    }

    /// Rates \[1/s\] in bins of `bin` \[s\], the first beginning at the multiple of it that is returned;
    /// of bins that are known by less than half, none.
    pub(super) fn rates(&self, bin: i64, outages: &[(i64, i64)]) -> (i64, Vec<Option<f64>>) {
        let Some((from, to)) = self.span() else { return (0, Vec::new()) };
        let start = from.div_euclid(bin) * bin;
        let bins = (to - start + bin - 1) / bin;
        let mut outage = outages.iter().peekable();
        let mut rates = Vec::new();
        for number in 0..bins {
            let begin = start + number * bin;
            let (mut sum, mut known) = (0.0, 0);
            for second in (begin.max(from)..(begin + bin).min(to)).step_by(self.width as usize) {
                while outage.next_if(|(_, end)| *end <= second).is_some() {}
                let count = self.at(second.div_euclid(self.width));
                let is_out = outage.peek().is_some_and(|(begin, _)| *begin <= second);
                if count != UNKNOWN && !is_out {
                    sum += f64::from(count);
                    known += self.width;
                }
            }
            rates.push((2 * known >= bin).then(|| sum / known as f64));
        }
        // What the recording has of the first and last bins may be too little.
        while rates.last().is_some_and(Option::is_none) {
            rates.pop();
        }
        let skipped = rates.iter().take_while(|rate| rate.is_none()).count();
        (start + skipped as i64 * bin, rates.split_off(skipped))
    }

    /// Windows of an hour, or of ten minutes of a short recording, without outages and all known.
    /// Also how much usually comes at the time of day of each: the median over days.
    pub(super) fn windows(&self, outages: &[(i64, i64)]) -> (Vec<&[u32]>, Vec<f64>) {
        let length = if self.blocks.len() > 4 { WINDOW } else { SHORT_WINDOW };
        let (mut windows, mut times) = (Vec::new(), Vec::new());
        for (number, block) in &self.blocks {
            for (part, window) in block.chunks_exact(length).enumerate() {
                let from = number * BLOCK as i64 + (part * length) as i64;
                let to = from + length as i64;
                let (begin, end) = (from * self.width, to * self.width);
                let is_out = outages.iter().any(|&(b, e)| b < end && begin < e);
                let is_inside = from >= self.first && to <= self.last + 1;
                // Even an hour that is quiet every day says nothing of bursts.
                let longest = window.split(|count| *count > 0).map(<[u32]>::len).max();
                let mean = window.iter().map(|c| f64::from(*c)).sum::<f64>() / length as f64;
                let is_quiet = longest.is_some_and(|quiet| quiet as f64 * mean > MISSED);
                if is_inside && !is_out && !is_quiet && !window.contains(&UNKNOWN) && mean > 0.0 {
                    windows.push(window);
                    times.push((begin.rem_euclid(86_400) / 3600, mean));
                }
            }
        }
        let usual = |hour: i64| {
            let mut same: Vec<f64> =
                times.iter().filter(|(at, _)| *at == hour).map(|(_, mean)| *mean).collect();
            median(&mut same)
        };
        let usual = times.iter().map(|(hour, _)| usual(*hour)).collect();
        (windows, usual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_of_what_is_known() {
        let mut cells = Cells::default();
        for second in 7200..14_400 {
            cells.add(second, 2);
        }
        cells.add(14_400, 5);
        let (start, rates) = cells.rates(3600, &[(9000, 9900)]);
        // One second of the last hour is too little.
        assert_eq!((start, rates), (7200, vec![Some(2.0), Some(2.0)]));
    }

    #[test]
    fn a_table_without_a_row_is_unknown() {
        let mut cells = Cells::new(600, false);
        for row in [0, 1, 2, 5, 6, 7, 8, 9, 10, 11] {
            cells.add(row * 600, 60);
        }
        assert_eq!(cells.rates(1800, &[]).1, [Some(0.1), None, Some(0.1), Some(0.1)]);
    }

    #[test]
    fn an_outage_is_told_from_a_quiet_night() {
        let mut cells = Cells::default();
        for second in (0..40_000).filter(|s| !(10_000..12_000).contains(s)) {
            cells.add(second, 1);
        }
        assert_eq!(cells.outages(), [(10_000, 12_000)]);
        let mut closed = Cells::default();
        for second in (0..10 * 86_400).filter(|s| s % 86_400 > 20_000) {
            closed.add(second, 1);
        }
        assert_eq!(closed.outages(), []);
        let (start, rates) = closed.rates(3600, &[]);
        assert_eq!((start, rates[24 * 3 - 6 + 2]), (6 * 3600, Some(0.0)));
    }
}
