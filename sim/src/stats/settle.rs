//! Where a series settles, and whether it ever does.
//!
//! Sources: K. P. White, "An effective truncation heuristic for bias reduction in simulation
//! output", Simulation 69(6), 1997; K. P. White, M. J. Cobb, S. C. Spratt, "A comparison of five
//! steady-state truncation heuristics for simulation", Winter Simulation Conference 2000.

use super::{Estimate, mean, mean_and_error, student};

/// Observations in a batch.
const BATCH: usize = 5;
/// Batches that a series must have for its end to be told from its beginning.
const MIN_BATCHES: usize = 10;
/// One-sided confidence of growth.
const SURE: f64 = 0.999;
/// Least growth that counts, as a share of what arrives.
const LEAST_GROWTH: f64 = 0.01;
/// Growth from the third to the fourth quarter, as a share of that from the first to the second,
/// below which a series levels off. √t, the law of a queue that starts empty, has 0.53.
const LEVELS_OFF: f64 = 0.7;
/// Share of replications that must grow.
const NEARLY_ALL: f64 = 0.95;

/// How many observations of `series` to leave out for the mean of the others to be known best:
/// MSER-5.
///
/// The truncation minimises the squared standard error of the mean of what remains, over batches of
/// five; the last tenth of the series, where that statistic rests on few batches, is no candidate.
/// `None` when more than half would have to be left out, or there are fewer than fifty: the series
/// is too short to tell.
#[must_use]
pub fn mser_5(series: &[f64]) -> Option<usize> {
    let (batches, _) = series.as_chunks::<BATCH>();
    let means: Vec<f64> =
        batches.iter().map(|batch| batch.iter().sum::<f64>() / BATCH as f64).collect();
    let count = means.len();
    if count < MIN_BATCHES {
        return None;
    }
    // From the end: mean and sum of squares about it of the batches from `left_out` on.
    let (mut mean, mut squares, mut best) = (0.0, 0.0, (f64::INFINITY, 0));
    for left_out in (0..count).rev() {
        let kept = (count - left_out) as f64;
        let off = means[left_out] - mean;
        mean += off / kept;
        squares += off * (means[left_out] - mean);
        let error = squares / (kept * kept);
        if count - left_out >= count.div_ceil(10) && error <= best.0 {
            best = (error, left_out);
        }
    }
    (2 * best.1 <= count).then_some(best.1 * BATCH)
}

/// The integrated autocorrelation time ½ + Σ ρ(k) of several stationary series of one process, in
/// observations: how far apart two of them must be to tell nearly different things.
///
/// The sum ends at the first lag that is at least five times what it has come to; all series share
/// one mean. 0 where nothing varies; `None` where the sum never ends within the series, which are then too
/// short to tell.
///
/// Source: A. D. Sokal, "Monte Carlo methods in statistical mechanics: foundations and new
/// algorithms", 1997, §3.
#[must_use]
pub fn correlation_time(series: &[&[f64]]) -> Option<f64> {
    let count: usize = series.iter().map(|values| values.len()).sum();
    let mean = series.iter().flat_map(|values| values.iter()).sum::<f64>() / count as f64;
    // Σ (x(t) − mean) (x(t + lag) − mean) over all pairs, over the number of pairs.
    let covariance = |lag: usize| {
        let pairs = series.iter().map(|values| values.len().saturating_sub(lag)).sum::<usize>();
        let products = series.iter().flat_map(|values| {
            values.iter().zip(values.iter().skip(lag)).map(|(a, b)| (a - mean) * (b - mean))
        });
        products.sum::<f64>() / pairs as f64
    };
    let variance = covariance(0);
    if variance.is_nan() || variance <= f64::EPSILON * mean * mean {
        return Some(0.0);
    }
    let longest = series.iter().map(|values| values.len()).max().unwrap_or(0);
    let mut time = 0.5;
    for lag in 1..longest / 2 {
        time += covariance(lag) / variance;
        if lag as f64 >= 5.0 * time {
            return Some(time.max(0.5));
        }
    }
    None
}

/// Whether a number of requests grows as long as it is watched, and how fast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// Whether it does.
    pub is_endless: bool,
    /// Growth \[1/s\] from the second to the last quarter, with a 95 % interval.
    pub per_s: Estimate,
}

/// Judges growth from its means over the four quarters of a window, one row a replication.
///
/// - `window_s`: length of the window \[s\].
/// - `arrivals_per_s`: what arrives \[1/s\].
///
/// A queue that starts empty at a high but bearable load grows too, as √t and then less and less,
/// and in some replications only. So growth is endless when the means of all quarters rise; it is
/// above zero at 99.9 %, and at least 1 % of what arrives; it does not level off; and nearly every
/// replication ends higher than it was a quarter before.
#[must_use]
pub fn growth(quarters: &[[f64; 4]], window_s: f64, arrivals_per_s: f64) -> Growth {
    let rates: Vec<f64> =
        quarters.iter().map(|[_, second, _, last]| (last - second) / (window_s / 2.0)).collect();
    let per_s = mean(&rates, 0.95);
    let Some(t) = student(rates.len(), 2.0 * SURE - 1.0) else {
        return Growth { is_endless: false, per_s };
    };
    let (rate, error) = mean_and_error(&rates);
    let n = quarters.len() as f64;
    let step = |from: usize| quarters.iter().map(|q| q[from + 1] - q[from]).sum::<f64>() / n;
    let steps = [step(0), step(1), step(2)];
    let rising = quarters.iter().filter(|q| q[3] > q[2] && q[3] > q[1]).count() as f64;
    let is_endless = steps.iter().all(|step| *step > 0.0)
        && rate - t * error > 0.0
        && rate >= LEAST_GROWTH * arrivals_per_s
        && steps[2] >= LEVELS_OFF * steps[0]
        && rising >= NEARLY_ALL * n;
    Growth { is_endless, per_s }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;
    use rand_distr::{Distribution, StandardNormal};

    /// Normal noise of standard deviation 1, smoothed: x(t) = `keep` · x(t − 1) + noise.
    fn noise(seed: u64, n: usize, keep: f64) -> Vec<f64> {
        let mut draws = Key::root(seed, 0).draws();
        let mut last = 0.0;
        let mut next = || {
            let fresh: f64 = StandardNormal.sample(&mut draws);
            last = keep * last + fresh;
            last
        };
        (0..n).map(|_| next()).collect()
    }

    fn with(noise: Vec<f64>, of: impl Fn(usize) -> f64) -> Vec<f64> {
        noise.into_iter().enumerate().map(|(t, x)| x + of(t)).collect()
    }

    /// Never before the step, and seldom long after it.
    #[test]
    fn mser_finds_a_step() {
        let found = (0..50).map(|seed| {
            let series = with(noise(seed, 1000, 0.0), |t| if t < 200 { -8.0 } else { 0.0 });
            mser_5(&series).unwrap()
        });
        let found: Vec<usize> = found.collect();
        assert!(found.iter().all(|found| (200..=500).contains(found)), "{found:?}");
        assert!(found.iter().filter(|found| **found <= 240).count() >= 40, "{found:?}");
    }

    #[test]
    fn mser_cuts_a_decay_where_it_is_lost_in_the_noise() {
        // 20 · e^(−t/50) is below a tenth of the noise's deviation after 265.
        for seed in 0..50 {
            let series = with(noise(seed, 1000, 0.0), |t| 20.0 * libm::exp(-(t as f64) / 50.0));
            let found = mser_5(&series).unwrap();
            assert!((75..=400).contains(&found), "seed {seed}: {found}");
        }
    }

    #[test]
    fn mser_keeps_all_of_what_is_steady() {
        assert_eq!(mser_5(&[3.0; 100]), Some(0));
        let cut = (0..50).filter(|&seed| mser_5(&noise(seed, 1000, 0.0)) != Some(0)).count();
        assert!(cut <= 25, "{cut} of 50");
    }

    #[test]
    fn mser_says_when_a_series_is_too_short() {
        assert_eq!(mser_5(&[1.0; 49]), None, "nine batches");
        for seed in 0..50 {
            let grows = with(noise(seed, 1000, 0.0), |t| t as f64 / 20.0);
            assert_eq!(mser_5(&grows), None, "seed {seed}");
            let late = with(noise(seed, 1000, 0.0), |t| if t < 600 { -8.0 } else { 0.0 });
            assert_eq!(mser_5(&late), None, "seed {seed}");
        }
    }

    #[test]
    fn correlation_time_agrees_with_theory() {
        // ρ(k) = a^k: ½ + Σ = (1 + a) / (1 − a) / 2.
        for keep in [0.0, 0.5, 0.9] {
            let series: Vec<Vec<f64>> = (0..10).map(|seed| noise(seed, 5000, keep)).collect();
            let series: Vec<&[f64]> = series.iter().map(Vec::as_slice).collect();
            let found = correlation_time(&series).unwrap();
            let expected = (1.0 + keep) / (1.0 - keep) / 2.0;
            assert!((found / expected - 1.0).abs() < 0.15, "{keep}: {found}, not {expected}");
        }
        assert_eq!(correlation_time(&[&[2.0; 100]]), Some(0.0));
        let walk: Vec<f64> = (0..500).map(f64::from).collect();
        assert_eq!(correlation_time(&[&walk]), None, "it never comes back");
    }

    /// Quarters of twenty replications: `of(quarter)` and noise of deviation `spread`.
    fn quarters(spread: f64, of: impl Fn(f64) -> f64) -> Vec<[f64; 4]> {
        let noise = noise(7, 80, 0.0);
        let (rows, _) = noise.as_chunks::<4>();
        let row = |row: &[f64; 4]| {
            std::array::from_fn(|quarter| of(quarter as f64) + spread * row[quarter])
        };
        rows.iter().map(row).collect()
    }

    #[test]
    fn growth_is_told_from_noise_and_from_levelling_off() {
        let check = |quarters: &[[f64; 4]], arrivals_per_s, expected: bool| {
            let growth = growth(quarters, 40.0, arrivals_per_s);
            assert_eq!(growth.is_endless, expected, "{growth:?}");
            growth.per_s.value().unwrap()
        };
        let steady = quarters(5.0, |t| 50.0 * t);
        assert!((check(&steady, 100.0, true) - 5.0).abs() < 0.2);
        check(&steady, 1000.0, false);
        check(&quarters(5.0, |_| 50.0), 100.0, false);
        check(&quarters(5.0, |t| 200.0 * (1.0 - libm::exp(-t))), 100.0, false);
        check(&quarters(200.0, |t| 50.0 * t), 100.0, false);
        check(&steady[..1], 100.0, false);
        check(&steady[..5], 100.0, true);
    }

    /// A queue that grows in two of three replications only is not one that grows without end.
    #[test]
    fn nearly_every_replication_must_grow() {
        let mut quarters = quarters(1.0, |t| 50.0 * t);
        for row in quarters.iter_mut().step_by(3) {
            *row = [50.0; 4];
        }
        assert!(!growth(&quarters, 40.0, 100.0).is_endless);
    }
}
