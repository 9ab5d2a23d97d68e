//! Traces whose clock was wrong: far from all others in time.
//!
//! One trace that says 1970 would make a minute last half a century: rates, halves and slices of time
//! would be nonsense. From the middle half of the traces outward, the recording ends where there is a
//! gap of an hour or more that is ten times as long as everything within. What is beyond is left out, if it
//! is a small share. Where it is more, there is no telling which side is right; it is an error when one
//! gap is ten times as long as all the rest together.

use std::ops::RangeInclusive;

/// Traces from which on the recording has a middle.
const LEAST_TRACES: usize = 20;
/// How many times as long as the recording a gap must be.
const TIMES: u64 = 10;
/// No shorter gap is a wrong clock [ns].
const LEAST_GAP_NS: u64 = 3_600_000_000_000;
/// Share of traces that may be left out.
const SMALL: f64 = 0.05;

/// A recording in two parts that are too far apart to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Apart {
    /// Traces before and after the gap.
    pub(crate) traces: [usize; 2],
    /// The last start before the gap, and the first after it [ns since 1970].
    pub(crate) gap: [u64; 2],
}

/// The time in which the recording was made, of the starts of all its traces in any order; none if
/// there are none.
pub(super) fn recorded(starts: &[u64]) -> Result<Option<RangeInclusive<u64>>, Apart> {
    let mut starts = starts.to_vec();
    starts.sort_unstable();
    let (Some(&first), Some(&last)) = (starts.first(), starts.last()) else { return Ok(None) };
    let n = starts.len();
    if n < LEAST_TRACES || last - first < LEAST_GAP_NS {
        return Ok(Some(first..=last));
    }
    let (mut low, mut high) = (n / 4, n - 1 - n / 4);
    loop {
        // The nearer neighbour is the next to be taken in.
        let before = (low > 0).then(|| starts[low] - starts[low - 1]);
        let after = (high + 1 < n).then(|| starts[high + 1] - starts[high]);
        let nearest = match (before, after) {
            (Some(before), Some(after)) => before.min(after),
            (gap, other) => match gap.or(other) {
                Some(gap) => gap,
                None => break,
            },
        };
        if is_far(nearest, starts[high] - starts[low]) {
            break;
        }
        if before == Some(nearest) { low -= 1 } else { high += 1 }
    }
    let outlying = n - (high + 1 - low);
    if outlying as f64 > SMALL * n as f64 {
        (low, high) = (0, n - 1);
    }
    let widest = (low..high).max_by_key(|&at| starts[at + 1] - starts[at]);
    if let Some(at) = widest {
        let gap = starts[at + 1] - starts[at];
        if is_far(gap, starts[high] - starts[low] - gap) {
            let traces = [at + 1, n - at - 1];
            return Err(Apart { traces, gap: [starts[at], starts[at + 1]] });
        }
    }
    Ok(Some(starts[low]..=starts[high]))
}

fn is_far(gap: u64, length: u64) -> bool {
    gap >= LEAST_GAP_NS && gap / TIMES > length
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000_000_000;
    const NOW: u64 = 500_000 * HOUR;

    /// A hundred traces within an hour, and others at these hours.
    #[track_caller]
    fn check(others: &[u64], expected: Result<(u64, u64), [usize; 2]>) {
        let hour = (0..100).map(|i| NOW + i * HOUR / 100);
        let starts: Vec<u64> = others.iter().map(|at| at * HOUR).chain(hour).collect();
        let found = recorded(&starts);
        let found = found.map(|it| it.map(|it| (it.start() / HOUR, it.end() / HOUR)).unwrap());
        assert_eq!(found.map_err(|apart| apart.traces), expected);
    }

    #[test]
    fn what_is_far_out_is_no_part_of_the_recording() {
        let now = NOW / HOUR;
        check(&[], Ok((now, now)));
        check(&[0], Ok((now, now)));
        check(&[1_000_000], Ok((now, now)));
        // Several, on both sides, none of which hides the other.
        check(&[0, 250_000, 1_000_000, 1_500_000], Ok((now, now)));
        // Some hours without requests are none.
        check(&[now + 5], Ok((now, now + 5)));
    }

    #[test]
    fn a_recording_in_two_parts_is_refused() {
        check(&[0; 50], Err([50, 100]));
        check(&[0; 100], Err([100, 100]));
    }

    #[test]
    fn bursts_and_few_traces_are_no_wrong_clocks() {
        // Most within a second, the others once an hour for days.
        let night = (0..40).map(|i| NOW + i * HOUR);
        let starts: Vec<u64> = (0..60).map(|i| NOW + i * 1_000_000).chain(night).collect();
        let found = recorded(&starts).unwrap().unwrap();
        assert_eq!(*found.end(), NOW + 39 * HOUR);
        assert_eq!(recorded(&[0, NOW]), Ok(Some(0..=NOW)));
        assert_eq!(recorded(&[]), Ok(None));
    }
}
