//! Autoregression on chosen lags: the last few bins, and those around one season ago.
//!
//! The next bin is a linear function of what was at those lags, fitted to the whole history with
//! recent bins weighing more; later bins follow from predicted ones.

use super::regression::{Rows, dot};
use super::scale::Scale;

/// Regressors of one bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Regressors {
    /// Three bins back, and one bin either side of each season.
    Few,
    /// Also multiples of the shortest season.
    Many,
    /// Two bins back, and means of the same time in several seasons, which are less noisy.
    Means,
}

/// Penalty on coefficients of standardised values.
const RIDGE: f64 = 0.1;
/// Weights of bins are halved after so many of the longest season.
const HALF_LIFE_SEASONS: f64 = 2.5;
const LEAST_HALF_LIFE: f64 = 100.0;
/// Standard deviations beyond the least and the highest that was seen: predictions stay within.
const BEYOND: f64 = 2.0;

/// What is taken of the bins before one, each the mean of some lags.
fn terms(regressors: Regressors, seasons: &[usize], known: usize) -> Vec<Vec<usize>> {
    let single = |lags: &[usize]| lags.iter().map(|&lag| vec![lag]).collect::<Vec<_>>();
    let (Some(&short), Some(&long)) = (seasons.first(), seasons.last()) else {
        return single(if regressors == Regressors::Few {
            &[1, 2, 3]
        } else {
            &[1, 2, 3, 4, 5, 6]
        });
    };
    let mut lags = Vec::new();
    match regressors {
        Regressors::Few => {
            lags.extend([1, 2, 3, 2 * short]);
            for &season in seasons {
                lags.extend([season - 1, season, season + 1]);
            }
        }
        Regressors::Many => {
            lags.extend([1, 2, 3, 4, 2 * short - 1, 2 * short, 2 * short + 1]);
            for &season in seasons {
                lags.extend([season - 1, season, season + 1, season + 2]);
            }
            lags.extend((3..long / short).take(5).map(|days| days * short));
        }
        Regressors::Means => {
            lags.extend([1, 2]);
            for &season in seasons {
                lags.extend([season, season + 1]);
            }
        }
    }
    lags.retain(|lag| *lag > 0);
    lags.sort_unstable();
    lags.dedup();
    let mut terms = single(&lags);
    if regressors == Regressors::Means {
        let longs = (known.saturating_sub(long + 2 * short) / long).clamp(1, 3);
        let shorts = (longs * long / short).clamp(1, 7);
        let mut profiles = vec![(short, shorts), (long, longs)];
        profiles.dedup_by_key(|(season, _)| *season);
        for (season, count) in profiles {
            for shift in [0, 1] {
                terms.push((1..=count).map(|k| k * season + shift).collect());
            }
        }
    }
    terms
}

/// `horizon` bins after `values`, on the scale of counts. None where the history is too short for
/// this model.
pub(super) fn forecast(
    values: &[f64],
    scale: Scale,
    regressors: Regressors,
    seasons: &[usize],
    horizon: usize,
) -> Option<Vec<f64>> {
    let mut series = scale.all(values);
    let n = series.len();
    let mean = series.iter().sum::<f64>() / n as f64;
    let deviation =
        (series.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64).sqrt() + 1e-9;
    for value in &mut series {
        *value = (*value - mean) / deviation;
    }
    let terms = terms(regressors, seasons, n);
    let first = terms.iter().flatten().copied().max()?;
    let width = terms.len() + 1;
    if n < first + 3 * width {
        return None;
    }
    let mut row = vec![1.0; width];
    let mut fill = |series: &[f64], at: usize| {
        for (value, lags) in row[1..].iter_mut().zip(&terms) {
            *value = lags.iter().map(|lag| series[at - lag]).sum::<f64>() / lags.len() as f64;
        }
        row.clone()
    };
    let half_life =
        (HALF_LIFE_SEASONS * seasons.last().map_or(0.0, |&s| s as f64)).max(LEAST_HALF_LIFE);
    let mut rows = Rows::new(width);
    for at in first..n {
        let weight = (-((n - at) as f64) / half_life).exp2();
        rows.push(&fill(&series, at), series[at], weight);
    }
    assert!(rows.len() >= 3 * width, "checked above");
    let coefficients = rows.solve(RIDGE)?;
    let least = series.iter().copied().fold(f64::INFINITY, f64::min) - BEYOND;
    let most = series.iter().copied().fold(f64::NEG_INFINITY, f64::max) + BEYOND;
    for at in n..n + horizon {
        let next = dot(&fill(&series, at), &coefficients);
        series.push(next.clamp(least, most));
    }
    Some(series[n..].iter().map(|value| scale.undo(value * deviation + mean)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lags_follow_the_seasons() {
        let flat = |regressors| {
            terms(regressors, &[24, 168], 700).into_iter().map(|t| t[0]).collect::<Vec<_>>()
        };
        assert_eq!(flat(Regressors::Few), [1, 2, 3, 23, 24, 25, 48, 167, 168, 169]);
        let many = flat(Regressors::Many);
        assert_eq!(many[..4], [1, 2, 3, 4]);
        assert!(many.contains(&72) && many.contains(&144) && many.contains(&170), "{many:?}");
    }

    #[test]
    fn a_season_is_continued() {
        let wave = |t: usize| 100.0 + 50.0 * (t as f64 * std::f64::consts::TAU / 24.0).sin();
        let values: Vec<f64> = (0..240).map(wave).collect();
        let scale = Scale::log_for(&values);
        let next = forecast(&values, scale, Regressors::Few, &[24], 48).unwrap();
        for (step, value) in next.iter().enumerate() {
            assert!((value - wave(240 + step)).abs() < 3.0, "{step}: {value}");
        }
        assert_eq!(forecast(&values[..50], scale, Regressors::Few, &[24], 48), None);
    }
}
