//! Forecasts of regular series of counts, with intervals that are measured on the past.
//!
//! Models of three families (autoregressions on the lags of the seasons, seasonal profiles that
//! follow the level, decomposition with smoothing) forecast windows of the past from what was before
//! them; each counts in the forecast by how well it did. The errors of the combination in the same windows
//! give the intervals, so these include whatever the models do not know, as far as the past showed it.
//!
//! What is not foreseen: changes that the past did not have. Events that are known to come are
//! applied on top of a forecast.

pub mod accuracy;
mod autoregression;
mod interval;
mod member;
mod profile;
mod race;
mod regression;
mod scale;
mod seasons;

use std::time::Duration;

use crate::error::Error;
use interval::Spread;
use member::Member;
use race::{LEAST, Windows, race};
use scale::Scale;

pub use race::Standing;
pub(crate) use regression::median;
pub use seasons::seasons;

/// Quantiles that a forecast tells.
pub const LEVELS: [f64; 9] = [0.01, 0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975, 0.99];
/// Largest share of bins that may be missing.
const MOST_MISSING: f64 = 0.25;

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastOptions {
    /// Bins ahead.
    pub horizon: usize,
    /// Width of a bin.
    pub bin: Duration,
}

/// What comes, by step.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// For each step, the value at each of [`LEVELS`].
    pub quantiles: Vec<[f64; LEVELS.len()]>,
    /// Seasons that were found, in bins.
    pub seasons: Vec<usize>,
    /// How the models did, in windows of the past.
    pub standings: Vec<Standing>,
    /// Windows of the past that were forecast.
    pub windows: usize,
    /// Mean absolute difference of logarithms, of the forecast and of the seasonal naive one, in
    /// those windows.
    pub error: (f64, f64),
}

impl Forecast {
    /// One quantile of all steps; `index` is that of [`LEVELS`].
    #[must_use]
    pub fn level(&self, index: usize) -> Vec<f64> {
        self.quantiles.iter().map(|step| step[index]).collect()
    }

    /// The median of all steps.
    #[must_use]
    pub fn median(&self) -> Vec<f64> {
        self.level(4)
    }

    /// The ends of the interval at 95 %, of all steps.
    #[must_use]
    pub fn interval(&self) -> (Vec<f64>, Vec<f64>) {
        (self.level(1), self.level(7))
    }
}

/// Forecasts what comes after `history`, counts in bins of one width; `NaN` stands for a bin that
/// is missing or does not count.
///
/// # Errors
/// - [`Error::TooShort`]: fewer than three windows of the past are as long as the horizon.
/// - [`Error::Gaps`], [`Error::Value`], [`Error::Empty`].
pub fn forecast(history: &[f64], options: &ForecastOptions) -> Result<Forecast, Error> {
    let (values, known) = filled(history, options)?;
    let ForecastOptions { horizon, bin } = *options;
    let mut seasons = seasons(&values, &likely(bin));
    while Windows::of(values.len(), &seasons, horizon).count < LEAST && !seasons.is_empty() {
        seasons.pop();
    }
    let windows = Windows::of(values.len(), &seasons, horizon);
    let log = Scale::log_for(&values);
    let too_short = || too_short(values.len(), &seasons, options);
    if windows.count < LEAST {
        return Err(too_short());
    }
    let outcome = race(&values, &known, &seasons, windows, log).ok_or_else(too_short)?;
    let season = seasons.first().copied().unwrap_or(1);
    let spread = Spread::of(&outcome.residuals, season).ok_or_else(too_short)?;
    let distances = LEVELS.map(|level| spread.distance(level));
    let quantiles = (0..horizon).map(|step| {
        let at = |level: usize| log.undo(outcome.forecast[step] + distances[level][step]);
        std::array::from_fn(at)
    });
    let naive = naive_error(&values, &seasons, windows, &known, log);
    let residuals = outcome.residuals.iter().flatten().copied();
    Ok(Forecast {
        quantiles: quantiles.collect(),
        windows: windows.count,
        error: (mean_size(residuals), naive),
        standings: outcome.standings,
        seasons,
    })
}

fn mean_size(residuals: impl Iterator<Item = f64>) -> f64 {
    let known = residuals.filter(|residual| residual.is_finite());
    let (sum, count) = known.fold((0.0, 0.0), |(s, n), residual| (s + residual.abs(), n + 1.0));
    sum / count
}

/// Error of the seasonal naive forecast in the same windows, with the season that does best.
fn naive_error(
    values: &[f64],
    seasons: &[usize],
    windows: Windows,
    known: &[bool],
    log: Scale,
) -> f64 {
    let error = |season: usize| {
        let residuals = windows.origins(values.len()).flat_map(|end| {
            let next = Member::naive(season).forecast(&values[..end], &[], windows.horizon);
            let next = next.unwrap_or_else(|| vec![f64::NAN; windows.horizon]);
            let bins = end..end + windows.horizon;
            let residual = move |(bin, f): (usize, f64)| {
                if known[bin] { log.apply(values[bin]) - log.apply(f) } else { f64::NAN }
            };
            bins.zip(next).map(residual).collect::<Vec<_>>()
        });
        mean_size(residuals)
    };
    let seasons = if seasons.is_empty() { &[1][..] } else { seasons };
    seasons.iter().map(|&season| error(season)).fold(f64::INFINITY, f64::min)
}

/// Seasons that the calendar suggests: a day, a week, and for daily bins a year.
pub(crate) fn likely(bin: Duration) -> Vec<usize> {
    let day = 86_400_000_000_000;
    let bins = |length: u128| {
        let bin = bin.as_nanos();
        (bin > 0 && length.is_multiple_of(bin)).then(|| usize::try_from(length / bin).ok())?
    };
    [day, 7 * day, 364 * day].into_iter().filter_map(bins).filter(|bins| *bins > 1).collect()
}

/// The history with what is missing put in from the bins around it a season away, and which bins
/// are known.
fn filled(history: &[f64], options: &ForecastOptions) -> Result<(Vec<f64>, Vec<bool>), Error> {
    let wrong = history.iter().position(|value| value.is_infinite() || *value < 0.0);
    if let Some(bin) = wrong {
        return Err(Error::Value { bin, value: history[bin] });
    }
    let known: Vec<bool> = history.iter().map(|value| value.is_finite()).collect();
    let missing = known.iter().filter(|known| !**known).count();
    if missing == history.len() {
        return Err(Error::Empty { what: String::from("the history") });
    }
    if missing as f64 > MOST_MISSING * history.len() as f64 {
        return Err(Error::Gaps { missing, all: history.len() });
    }
    let mut values = history.to_vec();
    let lags = likely(options.bin);
    for bin in 0..values.len() {
        if !known[bin] {
            values[bin] = neighbour(history, &lags, bin);
        }
    }
    Ok((values, known))
}

/// The mean of what was a season before and after; of the longest season that tells, or of the
/// nearest bins.
fn neighbour(history: &[f64], lags: &[usize], bin: usize) -> f64 {
    for &lag in lags.iter().rev().chain(&[1]) {
        let seek = |step: &dyn Fn(usize) -> Option<usize>| {
            let mut at = step(bin);
            while let Some(place) = at.filter(|place| *place < history.len()) {
                if history[place].is_finite() {
                    return Some(history[place]);
                }
                at = step(place);
            }
            None
        };
        let sides = [seek(&|at| at.checked_sub(lag)), seek(&|at| Some(at + lag))];
        let found: Vec<f64> = sides.into_iter().flatten().collect();
        if !found.is_empty() {
            return found.iter().sum::<f64>() / found.len() as f64;
        }
    }
    0.0
}

fn too_short(known: usize, seasons: &[usize], options: &ForecastOptions) -> Error {
    let length = |bins: usize| {
        let length = options.bin.saturating_mul(u32::try_from(bins).unwrap_or(u32::MAX));
        words(length)
    };
    let needed = Windows::least_known(seasons, options.horizon);
    let possible =
        (1..options.horizon).rev().find(|&horizon| Windows::least_known(seasons, horizon) <= known);
    Error::TooShort {
        known: length(known),
        horizon: length(options.horizon),
        needed: length(needed),
        possible: possible
            .map_or_else(|| String::from("nothing yet"), |h| format!("{} or less", length(h))),
    }
}

/// A length in its largest unit that says it well.
pub(crate) fn words(length: Duration) -> String {
    let seconds = length.as_secs_f64();
    let (value, unit) = match seconds {
        s if s >= 2.0 * 86_400.0 => (s / 86_400.0, "d"),
        s if s >= 2.0 * 3600.0 => (s / 3600.0, "h"),
        s if s >= 120.0 => (s / 60.0, "min"),
        s => (s, "s"),
    };
    let rounded = (value * 10.0).round() / 10.0;
    format!("{rounded} {unit}")
}

#[cfg(test)]
mod tests;
