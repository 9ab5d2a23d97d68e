//! `foreshadow forecast`.

use std::path::Path;
use std::time::Duration;

use anyhow::{anyhow, bail};
use foreshadow_loadgen::{Forecast as Found, LEVELS, forecast_load, with_forecast};
use foreshadow_scenarios::{LearnedLoad, load_learned};
use serde_json::{Value, json};

use crate::args::{Args, Forecast, ForecastFormat};
use crate::progress::Line;
use crate::{Status, files, render};

/// A forecast as it is shown, events included.
pub(crate) struct Shown {
    /// Name of the load.
    pub(crate) name: String,
    /// Width of a bin \[s\].
    pub(crate) bin_s: f64,
    /// Beginning of the first bin.
    pub(crate) start: jiff::Timestamp,
    /// Of each bin, its rate \[1/s\] at each of [`LEVELS`].
    pub(crate) rates: Vec<[f64; LEVELS.len()]>,
    /// What usually came before, as far back as the forecast goes ahead \[1/s\]; `NaN` where it is not
    /// known.
    pub(crate) before: Vec<f64>,
    /// Names of the events that are in it.
    pub(crate) events: Vec<String>,
    pub(crate) found: Found,
}

/// Forecasts a load, shows it, and writes it where asked.
pub(crate) fn run(command: &Forecast, args: &Args) -> anyhow::Result<Status> {
    let load = load_learned(&command.load, command.events.as_deref(), &files::read)?;
    for out in &command.out {
        form(out)?;
    }
    let line = Line::new(args.quiet);
    line.say(String::from("racing models over windows of the past"));
    let found = forecast_load(&load, command.horizon);
    drop(line);
    let found = found.map_err(|error| anyhow!("{}: {error}", command.load.display()))?;
    let text = files::read(&command.load)?;
    let yaml = with_forecast(&text, &load, &found);
    let shown = shown(&load, found, &yaml, command)?;
    for out in &command.out {
        let text = match form(out)? {
            Form::Load => yaml.clone(),
            Form::Shown(format) => rendered(&shown, format)?,
        };
        files::write(out, &text)?;
    }
    files::print(&rendered(&shown, command.format)?)?;
    Ok(Status::Held)
}

enum Form {
    Load,
    Shown(ForecastFormat),
}

fn form(out: &Path) -> anyhow::Result<Form> {
    Ok(match out.extension().and_then(|extension| extension.to_str()) {
        Some("yaml" | "yml") => Form::Load,
        Some("json") => Form::Shown(ForecastFormat::Json),
        Some("html") => Form::Shown(ForecastFormat::Html),
        Some("txt") => Form::Shown(ForecastFormat::Text),
        _ => bail!(
            "cannot tell the form of {}: end it in .yaml, .json, .html or .txt",
            out.display()
        ),
    })
}

/// The forecast with its events, read from the load file that it would make.
fn shown(
    load: &LearnedLoad,
    found: Found,
    yaml: &str,
    command: &Forecast,
) -> anyhow::Result<Shown> {
    let reader = |path: &Path| {
        if path == command.load { Ok(yaml.to_owned()) } else { files::read(path) }
    };
    let forecast: LearnedLoad = load_learned(&command.load, command.events.as_deref(), &reader)?;
    let (begin, end) =
        forecast.reach(true).ok_or_else(|| anyhow!("the forecast was not written"))?;
    let middle = |bin: i64| begin + bin * forecast.bin + forecast.bin / 2;
    let bins = (end - begin) / forecast.bin;
    let rate = |bin: i64, level: f64| forecast.total(middle(bin), level);
    let rates = (0..bins).map(|bin| LEVELS.map(|level| rate(bin, level))).collect();
    let mut before = load.usual_history();
    before.drain(..before.len().saturating_sub(bins as usize));
    let within = |from: i64, to: i64| from < end && begin < to;
    let events = load.events.iter().filter(|event| within(event.from, event.to));
    Ok(Shown {
        name: load.file.name.clone(),
        bin_s: Duration::from_nanos(load.bin.unsigned_abs()).as_secs_f64(),
        start: jiff::Timestamp::from_nanosecond(i128::from(begin))?,
        rates,
        before,
        events: events.map(|event| event.name.clone()).collect(),
        found,
    })
}

fn rendered(shown: &Shown, format: ForecastFormat) -> anyhow::Result<String> {
    match format {
        ForecastFormat::Text => Ok(render::forecast::text(shown)),
        ForecastFormat::Json => Ok(serde_json::to_string_pretty(&json(shown))? + "\n"),
        ForecastFormat::Html => render::forecast::html(shown),
    }
}

fn json(shown: &Shown) -> Value {
    let Shown { name, bin_s, start, rates, found, events, .. } = shown;
    let bins = rates.iter().enumerate().map(|(bin, rates)| {
        let at = *start + Duration::from_secs_f64(bin as f64 * bin_s);
        let levels = LEVELS
            .iter()
            .zip(rates)
            .map(|(level, rate)| (format!("p{}", 100.0 * level), json!(rate)));
        let mut one: serde_json::Map<String, Value> = levels.collect();
        one.insert(String::from("at"), json!(at.to_string()));
        Value::Object(one)
    });
    let standings = found.standings.iter().map(|standing| {
        json!({"model": standing.model, "error": standing.error, "weight": standing.weight})
    });
    json!({
        "foreshadow": "forecast/v1",
        "name": name,
        "unit": "1/s",
        "bin_s": bin_s,
        "seasons_s": found.seasons.iter().map(|bins| *bins as f64 * bin_s).collect::<Vec<_>>(),
        "events": events,
        "backtest": {"windows": found.windows, "error": found.error.0, "seasonal_naive": found.error.1},
        "models": standings.collect::<Vec<_>>(),
        "bins": bins.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told_by_their_endings() {
        assert!(matches!(form(Path::new("a.load.yaml")), Ok(Form::Load)));
        assert!(form(Path::new("a.png")).is_err());
    }
}
