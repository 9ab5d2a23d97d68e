//! What a check or a backtest is judged by: times, calls and failures, each beside its noise.
//!
//! Times and calls pass by the median over operations, when it is small or hardly above the noise floor.
//! Failures are too rare for a median to see them, so each operation counts: its share departs when it
//! is off by as much as matters, and by more than chance has it. Failures come in bursts, so chance is
//! told by batches of visits that follow each other (see [`crate::batches`]), not by single visits.

use super::{TIMES_NOISE, TOLERANCES, median};
use crate::batches;
use crate::write::percent;

/// Median error of calls per request up to which a twin passes.
const CALLS: f64 = 0.10;
/// Chance that any failure share is said to depart although nothing differs.
const ERROR: f64 = 0.01;

/// Whether an error is small, or hardly above its noise floor.
fn is_small(tolerance: f64, error: f64, noise: f64) -> bool {
    error <= tolerance || error <= TIMES_NOISE * noise
}

/// One failure share, as far as a verdict needs it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share<'a> {
    /// The operation.
    pub(crate) endpoint: &'a str,
    pub(crate) seen: f64,
    pub(crate) twin: f64,
    /// Whether it is off by more than chance, and by as much as matters.
    pub(crate) departs: bool,
}

/// The parts in which a twin does not predict, in words; none when it passes.
///
/// - `times`: median errors of p50 and of p95, each with its noise floor.
/// - `calls`: the same of the rates of operations that users do not ask for, each operation's own.
/// - `shares`: failures by operation.
pub(crate) fn failings<'a>(
    times: [(f64, f64); 2],
    calls: &[(f64, f64)],
    shares: impl Iterator<Item = Share<'a>>,
) -> Vec<String> {
    let names = ["p50", "p95"].into_iter().zip(TOLERANCES).zip(times);
    let off =
        names.filter(|((_, tolerance), (error, noise))| !is_small(*tolerance, *error, *noise));
    let mut failings: Vec<String> = off.map(|((name, _), _)| name.to_owned()).collect();
    if let Some((error, noise)) = medians(calls)
        && !is_small(CALLS, error, noise)
    {
        failings.push(String::from("calls per request"));
    }
    let departing = shares.filter(|share| share.departs).map(|share| {
        let (seen, twin) = (percent(share.seen, 2), percent(share.twin, 2));
        format!("failures of {} ({seen} seen, {twin} in the twin)", share.endpoint)
    });
    failings.extend(departing);
    failings
}

/// Medians of errors and of noise floors; none of no rows.
pub(crate) fn medians(rows: &[(f64, f64)]) -> Option<(f64, f64)> {
    let of = |part: fn(&(f64, f64)) -> f64| median(rows.iter().map(part));
    (!rows.is_empty()).then(|| (of(|row| row.0), of(|row| row.1)))
}

/// Whether the share of failures that a twin has departs from what was seen.
///
/// - `learned`: failures one by one, in order of time, that the twin was made from; none where it is
///   given.
/// - `seen`: those it is held against.
/// - `rows`: shares that are judged together.
pub(crate) fn departs(twin: f64, learned: Option<&[bool]>, seen: &[bool], rows: usize) -> bool {
    let share = |failed: &[bool]| {
        failed.iter().filter(|failed| **failed).count() as f64 / failed.len().max(1) as f64
    };
    let difference = (twin - share(seen)).abs();
    if difference < (0.1 * share(seen)).max(0.01) {
        return false;
    }
    let batched = |failed| batches::batches(failed).into_iter().map(share).collect::<Vec<f64>>();
    let sides: Vec<Vec<f64>> = learned.into_iter().chain([seen]).map(batched).collect();
    if sides.iter().any(Vec::is_empty) {
        return false;
    }
    // Batches without a failure do not tell that there is none: so much a share varies at least.
    let least = |failed: &[bool]| {
        let p = twin.max(share(failed)).clamp(0.01, 0.5);
        p * (1.0 - p) * batches::COUNT as f64 / failed.len() as f64
    };
    let of_side = |(batches, failed): (&Vec<f64>, &[bool])| {
        batches::variance(batches).max(least(failed)) / batches.len() as f64
    };
    let all = learned.into_iter().chain([seen]);
    let error = sides.iter().zip(all).map(of_side).sum::<f64>().sqrt();
    let freedom = sides.iter().map(|side| side.len() - 1).sum::<usize>() as f64;
    batches::two_sided(difference / error, freedom) < ERROR / rows.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `n` visits of which every `every`-th fails, in a row of `burst` now and then.
    fn visits(n: usize, every: usize, burst: usize) -> Vec<bool> {
        (0..n).map(|i| (i / burst).is_multiple_of(every)).collect()
    }

    #[test]
    fn failures_depart_when_they_matter_and_are_no_chance() {
        let none = vec![false; 1000];
        let tenth = visits(1000, 10, 1);
        assert!(departs(0.0, Some(&none), &tenth, 20));
        assert!(departs(0.1, Some(&tenth), &none, 20));
        assert!(departs(0.0, None, &tenth, 20));
        // The same share, less than matters, too few to tell, and one burst of failures.
        assert!(!departs(0.1, Some(&tenth), &tenth, 20));
        assert!(!departs(0.0, None, &visits(100_000, 150, 1), 20));
        assert!(!departs(0.0, None, &visits(50, 10, 1), 20));
        assert!(!departs(0.0, None, &visits(1000, 10, 100), 20));
    }

    #[test]
    fn failings_are_named() {
        let good = (0.05, 0.0);
        let share = |departs| Share { endpoint: "a.b", seen: 0.1, twin: 0.0, departs };
        let none: [Share<'_>; 0] = [];
        assert!(failings([good, good], &[], [share(false)].into_iter()).is_empty());
        assert_eq!(failings([(0.3, 0.1), (0.3, 0.29)], &[], none.into_iter()), ["p50"]);
        assert_eq!(failings([good, good], &[(0.2, 0.0)], none.into_iter()), ["calls per request"]);
        let failed = failings([good, good], &[good], [share(true)].into_iter());
        assert_eq!(failed, ["failures of a.b (10% seen, 0% in the twin)"]);
    }
}
