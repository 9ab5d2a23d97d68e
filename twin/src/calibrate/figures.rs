//! The figures that are compared: measured, with their noise, and simulated.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::AtomicBool;

use foreshadow_scenarios::{Scenario, lower};
use foreshadow_sim::histogram::{Summary, pooled_quantile};
use foreshadow_sim::{Simulation, Tally};

use super::results::{Results, ResultsError, Run};
use super::{CalibrateError, Problems};

/// What no model gets better than, as a share: added to the noise of every figure.
const FLOOR: f64 = 0.02;
/// Runs from which on their own spread says how noisy a figure is.
const ENOUGH_RUNS: usize = 3;
/// Residual of a figure that the simulation does not have at all.
const ABSENT: f64 = 10.0;

/// What is measured of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Requests that ended well, a second.
    PerS,
    /// Mean latency \[ms\].
    Mean,
    /// Median latency \[ms\].
    P50,
    /// 90 % of requests are at most as slow \[ms\].
    P90,
    /// 95 % of requests are at most as slow \[ms\].
    P95,
    /// 99 % of requests are at most as slow \[ms\].
    P99,
}

impl Measure {
    /// The share of requests at or below it, of a quantile.
    const fn quantile(self) -> Option<f64> {
        match self {
            Self::PerS | Self::Mean => None,
            Self::P50 => Some(0.5),
            Self::P90 => Some(0.9),
            Self::P95 => Some(0.95),
            Self::P99 => Some(0.99),
        }
    }

    /// Standard error of its logarithm times the root of the number of requests, where times vary
    /// about as much as exponential ones.
    fn spread(self) -> f64 {
        match self.quantile() {
            None => 1.0,
            Some(q) => (q / (1.0 - q)).sqrt() / -(1.0 - q).ln(),
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Self::PerS => "per s",
            Self::Mean => "mean",
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
        })
    }
}

/// One figure of several runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The endpoint's address.
    pub endpoint: String,
    /// What is measured.
    pub measure: Measure,
    /// Logarithms, one per run.
    logs: Vec<f64>,
    /// Standard deviation of the difference from a simulation, the floor included.
    sigma: f64,
}

impl Figure {
    fn mean(&self) -> f64 {
        self.logs.iter().sum::<f64>() / self.logs.len() as f64
    }

    /// How far one run is from the mean of the others, on average, as a share.
    fn noise(&self) -> Option<f64> {
        let runs = self.logs.len() as f64;
        let far = |log: &f64| (log - self.mean()).abs() * runs / (runs - 1.0);
        (self.logs.len() > 1).then(|| self.logs.iter().map(far).sum::<f64>() / runs)
    }
}

/// Predicted beside observed.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The endpoint's address.
    pub endpoint: String,
    /// What is measured.
    pub measure: Measure,
    /// By the simulation; none where it had no such request.
    pub predicted: Option<f64>,
    /// Geometric mean over the runs.
    pub observed: f64,
    /// How far one run is from the mean of the others, on average, as a share; none of one run.
    pub noise: Option<f64>,
}

impl Row {
    /// Predicted over observed, less 1.
    #[must_use]
    pub fn error(&self) -> Option<f64> {
        self.predicted.map(|predicted| predicted / self.observed - 1.0)
    }
}

/// What is to be explained: the figures that all runs have, in a fixed order.
#[derive(Debug, Clone)]
pub(super) struct Target {
    figures: Vec<Figure>,
    left_out: Vec<(String, Measure)>,
}

/// Every figure that some run has.
fn measured(results: &Results) -> BTreeSet<(String, Measure)> {
    let of_run = |run: &Run| {
        let of_endpoint = |(endpoint, figures): (&String, &BTreeMap<Measure, f64>)| {
            figures.keys().map(|measure| (endpoint.clone(), *measure)).collect::<Vec<_>>()
        };
        run.endpoints.iter().flat_map(of_endpoint).collect::<Vec<_>>()
    };
    results.runs.iter().flat_map(of_run).collect()
}

impl Target {
    /// The figures of `runs`, as far as all runs of `results` have them, to be compared with so many
    /// replications.
    pub(super) fn new(
        scenario: &Scenario,
        runs: &[&Run],
        results: &Results,
        replications: u32,
    ) -> Result<Self, CalibrateError> {
        let called = called(scenario)?;
        let unknown = results.runs.iter().flat_map(|run| run.endpoints.keys());
        if let Some(endpoint) = unknown.into_iter().find(|it| !called.contains(*it)) {
            return Err(ResultsError::Endpoint(endpoint.clone()).into());
        }
        let all = |endpoint: &str, measure| {
            results.runs.iter().all(|run| value(run, endpoint, measure).is_some())
        };
        let (kept, left_out): (Vec<_>, Vec<_>) =
            measured(results).into_iter().partition(|(endpoint, measure)| all(endpoint, *measure));
        let figure = |(endpoint, measure): &(String, Measure)| {
            figure(runs, endpoint, *measure, replications)
        };
        let figures: Vec<Figure> = kept.iter().map(figure).collect();
        if figures.is_empty() {
            return Err(ResultsError::Empty.into());
        }
        Ok(Self { figures, left_out })
    }

    /// Figures that only some runs have.
    pub(super) fn left_out(&self) -> &[(String, Measure)] {
        &self.left_out
    }

    /// How many figures there are.
    pub(super) fn len(&self) -> usize {
        self.figures.len()
    }

    /// Predicted minus measured, in standard deviations.
    pub(super) fn residuals(&self, predicted: &[Option<f64>]) -> Vec<f64> {
        let one = |(figure, predicted): (&Figure, &Option<f64>)| {
            predicted.map_or(ABSENT, |value| (value.ln() - figure.mean()) / figure.sigma)
        };
        self.figures.iter().zip(predicted).map(one).collect()
    }

    /// The same against one run alone.
    pub(super) fn residuals_of(&self, run: &Run, predicted: &[Option<f64>]) -> Vec<f64> {
        let one = |(figure, predicted): (&Figure, &Option<f64>)| {
            let measured = value(run, &figure.endpoint, figure.measure).unwrap_or(figure.mean());
            predicted.map_or(0.0, |value| (value.ln() - measured) / figure.sigma)
        };
        self.figures.iter().zip(predicted).map(one).collect()
    }

    /// Predicted beside observed.
    pub(super) fn rows(&self, predicted: &[Option<f64>]) -> Vec<Row> {
        let row = |(figure, predicted): (&Figure, &Option<f64>)| Row {
            endpoint: figure.endpoint.clone(),
            measure: figure.measure,
            predicted: *predicted,
            observed: figure.mean().exp(),
            noise: figure.noise(),
        };
        self.figures.iter().zip(predicted).map(row).collect()
    }
}

/// The endpoints that users call, by address.
pub(super) fn called(scenario: &Scenario) -> Result<BTreeSet<String>, Problems> {
    use foreshadow_sim::plan::{Load, callees};
    let lowered = lower(scenario)?;
    let mut called: Vec<usize> = Vec::new();
    for load in &lowered.plan.loads {
        match load {
            Load::Open { endpoint, .. } => called.push(*endpoint),
            Load::Sessions { session, .. } | Load::Closed { session, .. } => {
                called.extend(callees(session));
            }
        }
    }
    Ok(called.into_iter().map(|endpoint| lowered.names.endpoints[endpoint].clone()).collect())
}

/// The logarithm of a figure of one run; `None` of what is 0 or was not measured.
fn value(run: &Run, endpoint: &str, measure: Measure) -> Option<f64> {
    let value = *run.endpoints.get(endpoint)?.get(&measure)?;
    (value > 0.0).then(|| value.ln())
}

/// The figure of some runs; a replication is taken to be as noisy as a run.
fn figure(runs: &[&Run], endpoint: &str, measure: Measure, replications: u32) -> Figure {
    let logs: Vec<f64> = runs.iter().filter_map(|run| value(run, endpoint, measure)).collect();
    let count = logs.len() as f64;
    let mean = logs.iter().sum::<f64>() / count;
    let of_a_run = if logs.len() >= ENOUGH_RUNS {
        logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / (count - 1.0)
    } else {
        let requests: f64 = runs.iter().filter_map(|run| run.counts.get(endpoint)).sum();
        if requests > 0.0 { count * measure.spread().powi(2) / requests } else { 0.0 }
    };
    let variance = of_a_run * (1.0 / count + 1.0 / f64::from(replications));
    let sigma = (FLOOR * FLOOR + variance).sqrt();
    Figure { endpoint: endpoint.to_owned(), measure, logs, sigma }
}

/// The figures of a simulation, in the target's order.
pub(super) fn simulate(
    scenario: &Scenario,
    target: &Target,
    replications: std::ops::Range<u32>,
    stop: &AtomicBool,
) -> Result<Vec<Option<f64>>, String> {
    let lowered = lower(scenario).map_err(|problems: Problems| problems.to_string())?;
    if lowered.finds_warm_up {
        return Err(String::from("set `run.warm_up` to a time: every trial needs the same"));
    }
    let horizon = lowered.plan.run.horizon.as_secs_f64();
    let simulation = Simulation::new(lowered.plan).map_err(|error| error.to_string())?;
    let tallies =
        simulation.replications(replications, stop, &|| ()).map_err(|error| error.to_string())?;
    if tallies.is_empty() {
        return Err(String::from("interrupted"));
    }
    let measured = |figure: &Figure| {
        let endpoint = lowered.names.endpoints.iter().position(|name| *name == figure.endpoint)?;
        let users = tallies.iter().map(|tally: &Tally| &tally.users[endpoint]);
        if figure.measure == Measure::PerS {
            let ended: u64 = users.map(|user| user.goodput).sum();
            let per_s = ended as f64 / (horizon * tallies.len() as f64);
            return (per_s > 0.0).then_some(per_s);
        }
        let times: Vec<&Summary> = users.map(|user| &user.latency).collect();
        let nanos = if let Some(q) = figure.measure.quantile() {
            pooled_quantile(&times, 0, q)?
        } else {
            let means: Vec<f64> = times.iter().filter_map(|times| times.mean()).collect();
            if means.is_empty() {
                return None;
            }
            means.iter().sum::<f64>() / means.len() as f64
        };
        (nanos > 0.0).then_some(nanos / 1e6)
    };
    Ok(target.figures.iter().map(measured).collect())
}
