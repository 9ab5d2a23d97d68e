//! A race by rolling origin: every model forecasts windows of the past from what was before them.
//!
//! Source: R. J. Hyndman, G. Athanasopoulos, *Forecasting: Principles and Practice*, 3rd ed., §5.10;
//! weights by inverse squared error after J. M. Bates, C. W. J. Granger, "The Combination of
//! Forecasts", Operational Research Quarterly 20(4), 1969.

use super::member::Member;
use super::scale::Scale;

/// Windows that weights are taken from, the latest ones.
const WEIGHTED: usize = 7;
/// Most windows, for intervals.
const MOST: usize = 14;
/// Least windows: fewer say nothing of how forecasts differ.
pub(super) const LEAST: usize = 3;

/// Where windows of the past lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Windows {
    /// Bins from one origin to the one before.
    pub(super) spacing: usize,
    pub(super) count: usize,
    pub(super) horizon: usize,
}

impl Windows {
    /// Half a horizon apart, in whole seasons, as many as a history of `known` bins has.
    pub(super) fn of(known: usize, seasons: &[usize], horizon: usize) -> Self {
        let short = seasons.first().copied().unwrap_or(1);
        let spacing = short * (horizon / (2 * short)).max(1);
        let room = known.saturating_sub(horizon + Self::least_before(seasons));
        let count = if known < horizon + Self::least_before(seasons) {
            0
        } else {
            (room / spacing + 1).min(MOST)
        };
        Self { spacing, count, horizon }
    }

    /// Bins that a model needs before the first window.
    fn least_before(seasons: &[usize]) -> usize {
        match (seasons.first(), seasons.last()) {
            (Some(short), Some(long)) => long + 2 * short + 3,
            _ => 20,
        }
    }

    /// Bins of history that the least number of windows takes.
    pub(super) fn least_known(seasons: &[usize], horizon: usize) -> usize {
        let spacing = Self::of(0, seasons, horizon).spacing;
        horizon + Self::least_before(seasons) + (LEAST - 1) * spacing
    }

    /// Ends of what is known at each origin, the latest first.
    pub(super) fn origins(self, known: usize) -> impl Iterator<Item = usize> {
        (0..self.count).map(move |back| known - self.horizon - back * self.spacing)
    }
}

/// How a model did.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The model.
    pub model: String,
    /// Mean absolute difference of logarithms over the windows.
    pub error: f64,
    /// Its share in the forecast.
    pub weight: f64,
}

/// What came of a race.
#[derive(Debug)]
pub(super) struct Outcome {
    /// On the logarithmic scale, by step.
    pub(super) forecast: Vec<f64>,
    /// What was minus what had been forecast, on the logarithmic scale, by window and step; `NaN` where what was is not known.
    pub(super) residuals: Vec<Vec<f64>>,
    pub(super) standings: Vec<Standing>,
}

/// A model, its forecast, and what it had forecast for each window where it could.
type Runner = (Member, Vec<f64>, Vec<Option<Vec<f64>>>);

/// Races all members; `None` where not one of them could take part. `known` tells bins that were
/// measured from those that were filled in.
pub(super) fn race(
    values: &[f64],
    known: &[bool],
    seasons: &[usize],
    windows: Windows,
    log: Scale,
) -> Option<Outcome> {
    let origins: Vec<usize> = windows.origins(values.len()).collect();
    let horizon = windows.horizon;
    let mut runners: Vec<Runner> = Vec::new();
    for member in Member::all(seasons, log) {
        let logs = |end: usize| {
            let next = member.forecast(&values[..end], seasons, horizon)?;
            let (least, most) = believable(&values[..end]);
            Some(next.iter().map(|value| log.apply(value.clamp(least, most))).collect())
        };
        let Some(next) = logs(values.len()) else { continue };
        let past: Vec<Option<Vec<f64>>> = origins.iter().map(|&end| logs(end)).collect();
        let raced = past.iter().take(WEIGHTED).all(Option::is_some);
        if raced {
            runners.push((member, next, past));
        }
    }
    let actual: Vec<Vec<f64>> = origins
        .iter()
        .map(|&end| {
            let bins = end..end + horizon;
            bins.map(|bin| if known[bin] { log.apply(values[bin]) } else { f64::NAN }).collect()
        })
        .collect();
    let errors: Vec<f64> = runners.iter().map(|(_, _, past)| error(&actual, past)).collect();
    let least = errors.iter().copied().fold(f64::INFINITY, f64::min);
    // Equal where one is perfect.
    let floor = least.max(1e-6);
    let weights: Vec<f64> = errors.iter().map(|e| (floor / e.max(floor)).powi(2)).collect();
    let total: f64 = weights.iter().sum();
    if runners.is_empty() || total.is_nan() || total <= 0.0 {
        return None;
    }
    let mix = |of: &dyn Fn(&Runner) -> Option<f64>| {
        let (mut sum, mut all) = (0.0, 0.0);
        for (runner, weight) in runners.iter().zip(&weights) {
            if let Some(value) = of(runner) {
                sum += weight * value;
                all += weight;
            }
        }
        sum / all
    };
    let forecast = (0..horizon).map(|step| mix(&|runner| Some(runner.1[step]))).collect();
    let residual = |window: usize, step: usize| {
        actual[window][step] - mix(&|runner| Some(runner.2[window].as_ref()?[step]))
    };
    let residuals = (0..origins.len())
        .map(|window| (0..horizon).map(|step| residual(window, step)).collect())
        .collect();
    let standings = runners.iter().zip(errors).zip(&weights);
    let standings = standings.map(|(((member, ..), error), weight)| Standing {
        model: member.to_string(),
        error,
        weight: weight / total,
    });
    Some(Outcome { forecast, residuals, standings: standings.collect() })
}

/// Half of the least above zero that was seen, or zero where that was seen, and twice the most: no
/// model is believed beyond, where one wild step would decide over all.
fn believable(values: &[f64]) -> (f64, f64) {
    let most = values.iter().copied().fold(0.0, f64::max);
    let least = values.iter().copied().fold(most, f64::min);
    (least / 2.0, 2.0 * most)
}

/// Mean absolute residual over the windows that weights are taken from.
fn error(actual: &[Vec<f64>], past: &[Option<Vec<f64>>]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (actual, past) in actual.iter().zip(past).take(WEIGHTED) {
        let Some(past) = past else { continue };
        for (a, p) in actual.iter().zip(past).filter(|(a, _)| a.is_finite()) {
            sum += (a - p).abs();
            count += 1.0;
        }
    }
    if count > 0.0 { sum / count } else { f64::INFINITY }
}
