//! Two runs over time: when one departs from the other, and when it is back.
//!
//! Per endpoint, two things are compared over ten seconds: goodput (requests that ended ok in them)
//! and how many of the requests due in them were good. A twentieth, or one request, is no departure.

use foreshadow_sim::plan::Outcome;
use foreshadow_sim::tally::Request;

use super::Asked;

/// Width of a bin \[ns\].
pub(super) const BIN: u64 = 1_000_000_000;
/// Bins that are looked at together.
pub(super) const WIDE: usize = 10;
/// Share by which two runs may differ.
const WITHIN: f64 = 0.05;

/// Running sums over one-second bins, per endpoint that users call.
#[derive(Debug, Clone)]
pub(super) struct Windows {
    series: Vec<Series>,
    bins: usize,
}

#[derive(Debug, Clone)]
struct Series {
    /// `[i]` is the count in all bins before the i-th.
    goodput: Vec<u32>,
    good: Vec<u32>,
}

impl Windows {
    pub(super) fn of(asked: &Asked, requests: &[Request]) -> Self {
        let bins = asked.horizon.div_ceil(BIN) as usize;
        let series = Series { goodput: vec![0; bins + 1], good: vec![0; bins + 1] };
        let mut series = vec![series; asked.entries.len()];
        for request in requests {
            let Ok(entry) = asked.entries.binary_search(&(request.endpoint as usize)) else {
                continue;
            };
            let ends = ((request.due + request.latency) / BIN) as usize;
            if request.outcome == Outcome::Ok && ends < bins {
                series[entry].goodput[ends + 1] += 1;
            }
            if asked.is_good(request) {
                series[entry].good[(request.due / BIN) as usize + 1] += 1;
            }
        }
        for sums in series.iter_mut().flat_map(|series| [&mut series.goodput, &mut series.good]) {
            (1..sums.len()).for_each(|bin| sums[bin] += sums[bin - 1]);
        }
        Self { series, bins }
    }

    pub(super) fn bytes(&self) -> usize {
        self.series.len() * (self.bins + 1) * 2 * size_of::<u32>()
    }

    /// Whether bins `from..to` are as in the other run.
    fn agrees(&self, other: &Self, from: usize, to: usize) -> bool {
        let close = |mine: &[u32], theirs: &[u32]| {
            let (mine, theirs) = (mine[to] - mine[from], theirs[to] - theirs[from]);
            let apart = f64::from(mine.abs_diff(theirs));
            apart <= (WITHIN * f64::from(theirs)).max(1.0)
        };
        self.series.iter().zip(&other.series).all(|(mine, theirs)| {
            close(&mine.goodput, &theirs.goodput) && close(&mine.good, &theirs.good)
        })
    }

    /// When, from `start` on, something departs: the end of the first bin with which ten seconds
    /// do not agree any more \[ns\].
    pub(super) fn departs(&self, other: &Self, start: u64) -> Option<u64> {
        let first = (start / BIN) as usize;
        let ends = first + 1..=self.bins;
        let departed = |end: &usize| !self.agrees(other, end.saturating_sub(WIDE).max(first), *end);
        ends.into_iter().find(departed).map(|end| (end as u64 * BIN).max(start))
    }

    /// When, from `end` on, ten seconds begin in which all agrees \[ns\].
    pub(super) fn returns(&self, other: &Self, end: u64) -> Option<u64> {
        let first = end.div_ceil(BIN) as usize;
        let mut starts = first..(self.bins + 1).saturating_sub(WIDE);
        let back = starts.find(|&from| self.agrees(other, from, from + WIDE))?;
        Some((back as u64 * BIN).max(end))
    }
}
