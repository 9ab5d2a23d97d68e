//! Whether a load file makes sense.

use std::sync::Arc;

use foreshadow_sim::plan::MAX_WAVERS;

use super::{LearnedLoad, Nanos, sessions};
use crate::Spanned;
use crate::decode::decode;
use crate::model::load_file::{LoadBursts, LoadFile, LoadForecast};
use crate::node::Node;
use crate::problem::Problem;

/// How much more than all the shares of a mix, or how far from it those of a step, may be, for rounding.
pub(super) const ROUNDING: f64 = 0.02;

/// A timestamp \[ns since 1970\].
pub(crate) fn instant(text: &Spanned<String>) -> Result<Nanos, Problem> {
    let parsed = text.parse::<jiff::Timestamp>().ok();
    let nanos = parsed.and_then(|timestamp| Nanos::try_from(timestamp.as_nanosecond()).ok());
    nanos.ok_or_else(|| {
        Problem::at(text.span, format!("expected a timestamp, found `{}`", text.value))
            .help("write day, time and zone, such as `2026-11-27T18:00:00Z`")
    })
}

impl LearnedLoad {
    /// The load of a file.
    pub(super) fn checked(tree: &Node) -> Result<Self, Vec<Problem>> {
        let file: LoadFile = decode(tree).map_err(|problem| vec![problem])?;
        let mut problems = Vec::new();
        let mut at = |text: &Spanned<String>| {
            instant(text).unwrap_or_else(|problem| {
                problems.push(problem);
                0
            })
        };
        let history = at(&file.history.start);
        let forecast = file.forecast.as_ref().map(|forecast| at(&forecast.start));
        let unusual = file.unusual.iter().map(|odd| (at(&odd.from), at(&odd.to))).collect();
        let bin = Nanos::try_from(file.bin.value.0.as_nanos()).unwrap_or(0);
        if bin <= 0 {
            problems
                .push(Problem::at(file.bin.span, "expected a bin above 0").help("such as `1h`"));
        }
        curves(&file, &mut problems);
        mix(&file, &mut problems);
        if let Some(own) = &file.bursts {
            bursts(own, &mut problems);
        }
        let chain = sessions::checked(&file, &mut problems);
        if problems.is_empty() {
            let events = Vec::new();
            Ok(Self { file: Arc::new(file), bin, history, forecast, unusual, events, chain })
        } else {
            Err(problems)
        }
    }
}

fn curves(file: &LoadFile, problems: &mut Vec<Problem>) {
    let rates = &file.history.per_s;
    let sound = |rate: f64| rate.is_finite() && rate >= 0.0;
    if !rates.iter().flatten().all(|rate| sound(*rate)) {
        problems.push(
            Problem::at(file.history.span, "a rate of the history is below 0")
                .help("write `null` where nothing is known"),
        );
    }
    if rates.iter().flatten().count() == 0 {
        problems.push(
            Problem::at(file.history.span, "the history has no rate")
                .help("learn the load from a recording that has requests"),
        );
    }
    let Some(forecast) = &file.forecast else { return };
    if let Some(message) = wrong_forecast(forecast) {
        problems.push(
            Problem::at(forecast.span, message)
                .help("write it anew with `foreshadow forecast LOAD --horizon 14d -o LOAD`"),
        );
    }
}

fn wrong_forecast(forecast: &LoadForecast) -> Option<String> {
    let levels = &forecast.levels;
    let rising = levels.windows(2).all(|pair| pair[0].0 < pair[1].0);
    let inside = levels.iter().all(|level| level.0 > 0.0 && level.0 < 1.0);
    if !rising || !inside || !levels.iter().any(|level| (level.0 - 0.5).abs() < 1e-9) {
        return Some(String::from(
            "the levels of a forecast rise between 0 and 1, and the median is one of them",
        ));
    }
    if forecast.per_s.is_empty() {
        return Some(String::from("this forecast has no bin"));
    }
    let wrong = forecast.per_s.iter().position(|rates| {
        rates.len() != levels.len()
            || !rates.iter().all(|rate| rate.is_finite() && *rate >= 0.0)
            || rates.windows(2).any(|pair| pair[0] > pair[1])
    })?;
    let count = levels.len();
    Some(format!("bin {} of this forecast has not {count} rates that rise", wrong + 1))
}

fn mix(file: &LoadFile, problems: &mut Vec<Problem>) {
    if file.mix.is_empty() {
        let message = "this load calls nothing";
        let help = "add an entry such as `{endpoint: gateway.checkout, share: 100%}`";
        problems.push(Problem::at(file.mix.span, message).help(help));
    }
    for entry in file.mix.iter() {
        if entry.endpoint.is_none() && entry.operation.is_none() {
            problems.push(
                Problem::at(entry.span, "this entry of the mix does not say what is called")
                    .help("add `endpoint: component.endpoint`"),
            );
        }
        if let Some(hours) = &entry.by_hour
            && hours.len() != 24
        {
            let message = format!("expected 24 hours, found {}", hours.len());
            problems.push(
                Problem::at(hours.span, message).help(
                    "the first is from 0:00 to 1:00 UTC; leave them out for all day the same",
                ),
            );
        }
    }
    let total: f64 = file.mix.iter().map(|entry| entry.share.0).sum();
    if total > 1.0 + ROUNDING {
        let message = format!("the shares of this mix add up to {:.0} %", 100.0 * total);
        problems.push(Problem::at(file.mix.span, message).help("expected at most 100 %"));
    }
}

pub(super) fn bursts(bursts: &Spanned<LoadBursts>, problems: &mut Vec<Problem>) {
    if bursts.step.value.0.is_zero() {
        problems
            .push(Problem::at(bursts.step.span, "expected a step above 0").help("such as `1s`"));
    }
    if bursts.wavers.len() > MAX_WAVERS {
        let message = format!("expected at most {MAX_WAVERS} scales of time");
        problems.push(Problem::at(bursts.span, message).help("remove those that are near others"));
    }
}
