//! A twin held against later telemetry: how wrong it is, and whether the system has drifted from it.
//!
//! The twin is simulated at the rates that were observed, and each endpoint's predictions stand
//! beside what was seen and beside the **noise floor**, by which the two halves of the observation
//! themselves differ. Beyond that, each parameter that spans show (own time, calls per visit, share
//! of own failures, rate of users' requests) is tested against the twin's, slice of time by slice;
//! how stands in [`drift`].

use std::path::PathBuf;

use foreshadow_scenarios::CheckedTwin;
use foreshadow_sim::histogram::pooled_quantile;

use crate::check::{self, Compared};
use crate::error::Error;
use crate::expected::failures;
use crate::graph;
use crate::infer::{self, Labels};
use crate::learn::{LearnOptions, OnProgress, Progress, go_on, read_all};
use crate::observe::Observations;
use crate::quality::Quality;

mod drift;
mod names;
mod stamp;
mod structure;
mod table;
#[cfg(test)]
mod tests;

pub use drift::{Drift, Drifted};
pub(crate) use stamp::share;
pub use stamp::{stamped, unstamped};

/// Visits that an endpoint needs to be judged.
const LEAST_VISITS: usize = 50;

/// How a twin did on telemetry that it was not learned from.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtest {
    /// Endpoints seen often enough, by name; `first` and `second` are the halves of the
    /// observation.
    pub rows: Vec<BacktestRow>,
    /// Departures of single parameters that last to the end of the observation.
    pub drifts: Vec<Drift>,
    /// Departures that were over before the end.
    pub passing: Vec<Drift>,
    /// Endpoints seen that the twin does not have, with their visits.
    pub unknown: Vec<(String, usize)>,
    /// Tests of single parameters that were made.
    pub tests: usize,
    /// Share of the time observed in which the twin was learned, too: what it was made from says
    /// nothing of how well it predicts.
    pub overlap: f64,
    /// What it rests on.
    pub quality: Quality,
}

/// One endpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct BacktestRow {
    /// Its name in the twin.
    pub endpoint: String,
    /// Visits.
    pub visits: usize,
    /// Median time, in milliseconds.
    pub p50_ms: Predicted,
    /// 95th percentile of the time, in milliseconds.
    pub p95_ms: Predicted,
    /// Visits per second; the noise is of calls per user's request.
    pub rate_per_s: Predicted,
    /// Whether users ask for it, so that its rate was given to the simulation, not predicted.
    pub rate_is_given: bool,
    /// Share of the visits that failed.
    pub errors: Predicted,
    /// Whether that share is off by as much as matters and by more than chance has it.
    pub errors_depart: bool,
}

/// One quantity: predicted, seen, and how far its halves differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Predicted {
    /// As simulated.
    pub twin: f64,
    /// Over the whole observation.
    pub seen: f64,
    /// Relative difference of the halves of the observation.
    pub noise: f64,
}

impl Predicted {
    /// Relative error of the twin.
    #[must_use]
    pub fn error(&self) -> f64 {
        Compared { first: self.seen, second: self.seen, twin: self.twin }.error()
    }
}

impl Backtest {
    /// Whether a parameter has departed and stayed so, or something new is called.
    #[must_use]
    pub fn has_drifted(&self) -> bool {
        !self.drifts.is_empty()
    }

    /// Medians over the endpoints of the relative errors of p50 and p95, and of their noise floors.
    #[must_use]
    pub fn errors(&self) -> [(f64, f64); 2] {
        let of = |quantity: fn(&BacktestRow) -> Predicted| {
            let error = check::median(self.rows.iter().map(|row| quantity(row).error()));
            (error, check::median(self.rows.iter().map(|row| quantity(row).noise)))
        };
        [of(|row| row.p50_ms), of(|row| row.p95_ms)]
    }

    /// Whether there was enough to judge by: visits in both halves, and a parameter that was tested.
    #[must_use]
    pub fn is_judged(&self) -> bool {
        self.has_drifted() || (!self.rows.is_empty() && self.tests > 0)
    }

    /// Whether the twin still predicts: no drift, and times, calls and failures that are as predicted or
    /// hardly off by more than the noise.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.is_judged() && !self.has_drifted() && self.failings().is_empty()
    }

    /// In what the twin does not predict, in words; empty where it does.
    #[must_use]
    pub fn failings(&self) -> Vec<String> {
        let shares = self.rows.iter().map(|row| check::Share {
            endpoint: &row.endpoint,
            seen: row.errors.seen,
            twin: row.errors.twin,
            departs: row.errors_depart,
        });
        check::failings(self.errors(), &self.calls(), shares)
    }

    /// Errors and noise floors of the rates that were predicted.
    fn calls(&self) -> Vec<(f64, f64)> {
        let predicted = self.rows.iter().filter(|row| !row.rate_is_given);
        predicted.map(|row| (row.rate_per_s.error(), row.rate_per_s.noise)).collect()
    }
}

/// Holds a twin, read from `twin_yaml`, against the telemetry of `paths`.
///
/// # Errors
/// See [`Error`]; also when nothing that is seen is in the twin.
pub fn backtest(
    twin: &CheckedTwin,
    twin_yaml: &str,
    paths: &[PathBuf],
    options: &LearnOptions,
    progress: &mut OnProgress<'_>,
) -> Result<Backtest, Error> {
    let (observations, _, _, quality) = read_all(paths, options, progress)?;
    go_on(progress(Progress::Checking))?;
    judge(twin, twin_yaml, &observations, quality)
}

/// Everything after reading.
fn judge(
    twin: &CheckedTwin,
    twin_yaml: &str,
    all: &Observations,
    mut quality: Quality,
) -> Result<Backtest, Error> {
    let labels = Labels::of(all);
    let of_twin = names::names(twin, all, &labels);
    if of_twin.iter().all(Option::is_none) {
        return Err(Error::AnotherSystem(twin.twin.name.clone()));
    }
    quality.note_observed(all);
    quality.service_edges = graph::service_edges(&graph::graph(all.view(), &labels)).len();
    let rows = rows(twin_yaml, all, &of_twin)?;
    let found = drift::drift(twin, all, &labels, &of_twin);
    let mut visits = vec![0; all.endpoints.len()];
    for visit in all.view().visits {
        visits[visit.endpoint as usize] += 1;
    }
    let unknown = of_twin.iter().enumerate().filter(|(i, name)| name.is_none() && visits[*i] > 0);
    let unknown = unknown.map(|(i, _)| (labels.full[i].clone(), visits[i])).collect();
    let overlap = overlap(twin, all);
    let (drifts, passing) = found.departures.into_iter().partition(|drift| drift.until.is_none());
    Ok(Backtest { rows, drifts, passing, unknown, tests: found.tests, overlap, quality })
}

/// Share of the time observed that is within `learned`, from 0 to 1.
fn overlap(twin: &CheckedTwin, all: &Observations) -> f64 {
    let at = |text: &str| text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_nanosecond);
    let learned = twin.twin.learned.as_ref();
    let Some((from, to)) = learned.and_then(|it| Some((at(&it.from)?, at(&it.to)?))) else {
        return 0.0;
    };
    let (first, last) = (i128::from(all.first_ns), i128::from(all.last_ns));
    let common = last.min(to) - first.max(from);
    if common <= 0 { 0.0 } else { (common as f64 / (last - first).max(1) as f64).min(1.0) }
}

/// Predictions beside what was seen; none if no user's request of the twin was seen.
fn rows(
    twin_yaml: &str,
    all: &Observations,
    of_twin: &[Option<String>],
) -> Result<Vec<BacktestRow>, Error> {
    let names: Vec<String> = of_twin.iter().map(|name| name.clone().unwrap_or_default()).collect();
    let entries = (0..names.len()).filter(|&i| all.rate(i) > 0.0 && of_twin[i].is_some());
    let loads: Vec<(usize, f64)> = entries.map(|i| (i, all.rate(i))).collect();
    if loads.is_empty() {
        return Ok(Vec::new());
    }
    let scenario = check::scenario(all, all.view(), &names, &loads);
    let (lowered, tallies) = check::simulate(twin_yaml, &scenario)?;
    let horizon = lowered.plan.run.horizon.as_secs_f64() * tallies.len() as f64;
    let middle = all.traces.len() / 2;
    let halves = [all.part(0..middle), all.part(middle..all.traces.len())].map(check::observed);
    let whole = check::observed(all.view());
    let asked = halves.each_ref().map(|half| half.iter().map(|of| of.entries).sum::<usize>());
    let (seconds, failures) = (all.seconds(), failures(&lowered.plan));
    let judged = whole.iter().filter(|of| of.times.len() >= LEAST_VISITS).count();
    let row = |i: usize| {
        let name = of_twin[i].as_ref()?;
        let index = lowered.names.endpoints.iter().position(|known| known == name)?;
        let services: Vec<_> = tallies.iter().map(|tally| &tally.services[index]).collect();
        let sojourns: Vec<_> = services.iter().map(|service| &service.sojourn).collect();
        let completed: u64 = services.iter().map(|service| service.completed).sum();
        let [first, second] = &halves;
        if whole[i].times.len() < LEAST_VISITS
            || first[i].times.is_empty()
            || second[i].times.is_empty()
        {
            return None;
        }
        let per_request = |half: usize| {
            let visits = [first, second][half][i].times.len() as f64;
            visits / asked[half].max(1) as f64
        };
        let noise = |a: f64, b: f64| Compared { first: a, second: b, twin: b }.noise();
        let quantile = |q: f64| {
            let of = |times: &[u64]| infer::quantile(times, q) / 1e6;
            let twin = pooled_quantile(&sojourns, 0, q)? / 1e6;
            Some(Predicted {
                twin,
                seen: of(&whole[i].times),
                noise: noise(of(&first[i].times), of(&second[i].times)),
            })
        };
        Some(BacktestRow {
            endpoint: name.clone(),
            visits: whole[i].times.len(),
            p50_ms: quantile(0.5)?,
            p95_ms: quantile(0.95)?,
            rate_per_s: Predicted {
                // Counted in the simulation are those that ended well.
                twin: completed as f64 / horizon / (1.0 - failures[index]).max(1e-9),
                seen: whole[i].times.len() as f64 / all.share_kept() / seconds,
                noise: noise(per_request(0), per_request(1)),
            },
            rate_is_given: all.rate(i) > 0.0,
            errors: Predicted {
                twin: failures[index],
                seen: whole[i].errors(),
                noise: noise(first[i].errors(), second[i].errors()),
            },
            errors_depart: check::departs(failures[index], None, &whole[i].failed, judged),
        })
    };
    Ok((0..names.len()).filter_map(row).collect())
}
