//! The curve of a load as a series: its seasons, and a first forecast.

use std::path::Path;
use std::time::Duration;

use foreshadow_scenarios::{LearnedLoad, load_learned};

use super::LoadOptions;
use super::write::with_forecast;
use crate::error::Error;
use crate::forecast::{self, Forecast, ForecastOptions, words};

/// Horizons of the first forecast \[days\], the longest that the history allows.
const HORIZONS_D: [u64; 4] = [14, 7, 2, 1];

/// Seasons, in bins of `bin` \[s\].
pub(super) fn seasons(rates: &[f64], bin: i64) -> Vec<usize> {
    let known: Vec<f64> = rates.iter().copied().filter(|rate| rate.is_finite()).collect();
    let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
    let filled: Vec<f64> =
        rates.iter().map(|rate| if rate.is_finite() { *rate } else { mean }).collect();
    forecast::seasons(&filled, &forecast::likely(Duration::from_secs(bin.unsigned_abs())))
}

/// What comes after the history of a load file.
///
/// # Errors
/// As [`forecast::forecast`]; a horizon that is no whole number of bins is rounded up.
pub fn forecast_load(load: &LearnedLoad, horizon: Duration) -> Result<Forecast, Error> {
    let bin = Duration::from_nanos(load.bin.unsigned_abs());
    let bins = horizon.as_nanos().div_ceil(bin.as_nanos().max(1));
    let horizon = usize::try_from(bins).unwrap_or(usize::MAX).max(1);
    forecast::forecast(&load.usual_history(), &ForecastOptions { horizon, bin })
}

/// The text of a load file with its first forecast, and a fact about it.
pub(super) fn forecast_of(yaml: &str, options: &LoadOptions) -> Result<(String, String), Error> {
    let name = format!("{}.load.yaml", options.name);
    let load = load_learned(Path::new(&name), None, &|_| Ok(yaml.to_owned()));
    let load = load.map_err(|problems| Error::Written(problems.to_string()))?;
    let mut last = None;
    for days in HORIZONS_D {
        let horizon = Duration::from_secs(86_400 * days);
        match forecast_load(&load, horizon) {
            Ok(found) => {
                let fact = format!(
                    "forecast for {}: off by {:.1} % in {} windows of the past, the same time a season \
                     ago by {:.1} %",
                    words(horizon),
                    100.0 * found.error.0,
                    found.windows,
                    100.0 * found.error.1
                );
                return Ok((with_forecast(yaml, &load, &found), fact));
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| Error::Empty { what: options.name.clone() }))
}
