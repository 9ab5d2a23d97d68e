//! Calibration: parameters of a twin, fitted to measured throughput and latency by simulation.
//!
//! The scenario under which the runs were measured is simulated with common random numbers, so that
//! points near each other differ by little noise. The logarithms of the figures are compared with
//! their means over the runs, in units of how far one run differs from another. Whole numbers are
//! tried one by one, the rest is searched. The best few are simulated again with other draws, and
//! the best of these is the answer: the luckiest of noisy values is not.
//!
//! What the data cannot tell apart is said: standard deviations and ridges by Gauss–Newton, and the
//! cost of every whole number. The ensemble is where one Gauss–Newton step leads for each run alone:
//! parameter sets that differ as runs do.

mod edit;
mod figures;
mod load_tests;
mod parameter;
mod report;
mod results;

use std::sync::atomic::{AtomicBool, Ordering};

use foreshadow_optimizer::{
    Archive, Curvature, Direction, Fit, SearchError, Space, Stop, minimise,
};
use foreshadow_scenarios::{Problems, Quantity, Scenario};

pub use figures::{Figure, Measure, Row};
pub use load_tests::LoadTests;
pub use parameter::{Parameter, ParameterError};
pub use results::{Results, ResultsError, Run};

use figures::Target;

/// How far derivatives look, in the unit cube.
const STEP: f64 = 0.04;
/// Trials that are simulated again with other draws.
const FINALISTS: usize = 5;
/// Combinations of whole numbers that are tried.
const MOST_COMBINATIONS: usize = 32;
/// Standard deviations of a 95 % interval.
const WIDTH: f64 = 1.96;

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrateOptions {
    /// What is fitted.
    pub parameters: Vec<Parameter>,
    /// Runs that are held back for the check.
    pub hold_out: Vec<String>,
    /// Trials of the search, per combination of whole numbers.
    pub trials: usize,
    /// Replications of each trial.
    pub replications: u32,
}

/// Why there is no calibration. Nothing is written here.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrateError {
    /// The twin, the scenario or a value tried is wrong.
    #[error(transparent)]
    Problems(#[from] Problems),
    /// A parameter is wrong.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// The results are wrong.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// A file of results cannot be read.
    #[error(transparent)]
    Telemetry(#[from] foreshadow_telemetry::Error),
    /// The search had trouble.
    #[error(transparent)]
    Search(SearchError),
    /// Too many whole numbers.
    #[error(
        "the whole numbers can be combined in {0} ways, more than {MOST_COMBINATIONS}: narrow their ranges"
    )]
    Combinations(usize),
    /// A parameter's text cannot be replaced.
    #[error("{0}")]
    Edit(String),
    /// Asked to stop.
    #[error("interrupted")]
    Interrupted,
}

/// A fitted parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// What it is.
    pub parameter: Parameter,
    /// Its best value.
    pub value: Quantity,
    /// 95 % interval for the next run: what the data leave open, and how runs differ.
    pub interval: (Quantity, Quantity),
    /// Whether the data say less about it than its range does.
    pub is_open: bool,
}

/// What one combination of whole numbers costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The numbers, in the order of the parameters that are whole.
    pub counts: Vec<f64>,
    /// Cost on the runs that were fitted, by other draws than the search's.
    pub cost: f64,
    /// Cost on the runs held back; none without them.
    pub held_out: Option<f64>,
}

/// A calibrated twin, and how good it is.
#[derive(Debug, Clone)]
pub struct Calibration {
    /// The twin's text, edited.
    pub twin_yaml: String,
    /// The parameters.
    pub fitted: Vec<Fitted>,
    /// Whole numbers, cheapest first; empty without any.
    pub profile: Vec<Profile>,
    /// Axes of the fit, least known first.
    pub directions: Vec<Direction>,
    /// Parameter sets, one per run that was fitted, by its name.
    pub ensemble: Vec<(String, Vec<Quantity>)>,
    /// Predicted beside observed of the runs held back, or of those fitted when there are none.
    pub check: Vec<Row>,
    /// Runs fitted and held back.
    pub runs: (Vec<String>, Vec<String>),
    /// Cost of the fit, and how many figures it is of.
    pub cost: (f64, usize),
    /// Figures that only some runs have, or that are 0 in one: not fitted.
    pub left_out: Vec<(String, Measure)>,
}

/// The fit of one combination of whole numbers.
struct Fitting<'a> {
    scenario: &'a Scenario,
    options: &'a CalibrateOptions,
    target: &'a Target,
    /// Values of the parameters that are whole, by index.
    fixed: Vec<(usize, f64)>,
    replications: std::ops::Range<u32>,
    stop: &'a AtomicBool,
    progress: &'a (dyn Fn(&str) + Sync),
    tried: usize,
    problems: Option<Problems>,
}

impl Fitting<'_> {
    /// All values, those that are searched and those that are fixed.
    fn all(&self, searched: &[f64]) -> Vec<f64> {
        let mut searched = searched.iter();
        let value = |index: usize| {
            let fixed = self.fixed.iter().find(|(at, _)| *at == index).map(|(_, value)| *value);
            fixed.or_else(|| searched.next().copied()).unwrap_or(0.0)
        };
        (0..self.options.parameters.len()).map(value).collect()
    }

    /// The figures of a simulation with these values.
    fn predict(&mut self, searched: &[f64]) -> Result<Vec<Option<f64>>, Stop> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Stop(String::from("interrupted")));
        }
        let values = self.all(searched);
        let scenario = parameter::apply(self.scenario, &self.options.parameters, &values);
        let scenario = scenario.map_err(|problems| {
            let stop = Stop(problems.to_string());
            self.problems = Some(problems);
            stop
        })?;
        let figures =
            figures::simulate(&scenario, self.target, self.replications.clone(), self.stop);
        figures.map_err(Stop)
    }
}

impl Fit for Fitting<'_> {
    fn residuals(&mut self, searched: &[f64]) -> Result<Vec<f64>, Stop> {
        let predicted = self.predict(searched)?;
        self.tried += 1;
        (self.progress)(&format!("trial {}", self.tried));
        Ok(self.target.residuals(&predicted))
    }
}

/// One combination, searched.
struct Searched {
    fixed: Vec<(usize, f64)>,
    values: Vec<f64>,
    predicted: Vec<Option<f64>>,
    cost: f64,
    held_out: Option<f64>,
}

/// Fits parameters of the scenario's twin to measured results.
///
/// # Errors
/// [`CalibrateError`]
pub fn calibrate(
    scenario: &Scenario,
    results: &Results,
    options: &CalibrateOptions,
    stop: &AtomicBool,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Calibration, CalibrateError> {
    parameter::check(scenario, &options.parameters)?;
    let (fitted_runs, held_runs) = results.split(&options.hold_out)?;
    let target = Target::new(scenario, &fitted_runs, results, options.replications)?;
    let held = (!held_runs.is_empty())
        .then(|| Target::new(scenario, &held_runs, results, options.replications))
        .transpose()?;
    let space = parameter::space(&options.parameters);
    let combinations = parameter::combinations(&options.parameters);
    if combinations.len() > MOST_COMBINATIONS {
        return Err(CalibrateError::Combinations(combinations.len()));
    }
    let mut fitting = Fitting {
        scenario,
        options,
        target: &target,
        fixed: Vec::new(),
        replications: 0..options.replications,
        stop,
        progress,
        tried: 0,
        problems: None,
    };
    let mut found: Vec<Searched> = Vec::new();
    for fixed in combinations {
        fitting.fixed = fixed;
        found.push(search(&mut fitting, &space, held.as_ref())?);
    }
    found.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    let best = &found[0];
    fitting.fixed.clone_from(&best.fixed);
    let curvature = Curvature::at(&mut fitting, &space, &best.values, STEP)
        .map_err(|error| trouble(&mut fitting, error))?;
    let sets = parameter_sets(&fitting, &space, &curvature, best, &fitted_runs);
    let fitted = judged(&fitting, &space, &curvature, best, &sets, &found);
    let twin_yaml =
        edit::edited(scenario, &fitted, &fitted_runs, &held_runs).map_err(CalibrateError::Edit)?;
    let units = |values: &[f64]| parameter::quantities(&options.parameters, values);
    let names = |runs: &[&Run]| runs.iter().map(|run| run.name.clone()).collect::<Vec<_>>();
    let whole = options.parameters.iter().any(Parameter::is_whole);
    let profile = found.iter().filter(|_| whole).map(|searched| Profile {
        counts: searched.fixed.iter().map(|(_, count)| *count).collect(),
        cost: searched.cost,
        held_out: searched.held_out,
    });
    Ok(Calibration {
        twin_yaml,
        fitted,
        profile: profile.collect(),
        directions: curvature.directions(),
        ensemble: sets.iter().map(|(name, values)| (name.clone(), units(values))).collect(),
        check: held.as_ref().unwrap_or(&target).rows(&best.predicted),
        runs: (names(&fitted_runs), names(&held_runs)),
        cost: (best.cost, target.len()),
        left_out: target.left_out().to_vec(),
    })
}

/// Searches with some whole numbers fixed, and looks at the best again with other draws.
fn search(
    fitting: &mut Fitting<'_>,
    space: &Space,
    held: Option<&Target>,
) -> Result<Searched, CalibrateError> {
    let start = parameter::start(fitting.scenario, &fitting.options.parameters);
    let trials = fitting.options.trials;
    let archive: Archive =
        minimise(fitting, space, &start, trials).map_err(|error| trouble(fitting, error))?;
    // A trial that cannot be simulated is no cheap one: the ranges or the twin are wrong.
    if let Some(stop) = archive.stopped {
        return Err(trouble(fitting, stop.into()));
    }
    let fresh = fitting.options.replications;
    fitting.replications = fresh..fresh * 3;
    let mut best: Option<Searched> = None;
    for trial in archive.cheapest(FINALISTS) {
        let predicted = fitting.predict(&trial.values);
        let predicted = predicted.map_err(|stop| trouble(fitting, stop.into()))?;
        let cost = foreshadow_optimizer::cost(&fitting.target.residuals(&predicted));
        if best.as_ref().is_none_or(|best| cost < best.cost) {
            let held_out = held.map(|held| foreshadow_optimizer::cost(&held.residuals(&predicted)));
            best = Some(Searched {
                fixed: fitting.fixed.clone(),
                values: trial.values.clone(),
                predicted,
                cost,
                held_out,
            });
        }
    }
    fitting.replications = 0..fresh;
    best.ok_or(CalibrateError::Interrupted)
}

fn trouble(fitting: &mut Fitting<'_>, error: SearchError) -> CalibrateError {
    if let Some(problems) = fitting.problems.take() {
        return CalibrateError::Problems(problems);
    }
    if fitting.stop.load(Ordering::Relaxed) {
        return CalibrateError::Interrupted;
    }
    CalibrateError::Search(error)
}

/// Where one Gauss–Newton step leads for each run alone; all values, whole ones included.
fn parameter_sets(
    fitting: &Fitting<'_>,
    space: &Space,
    curvature: &Curvature,
    best: &Searched,
    runs: &[&Run],
) -> Vec<(String, Vec<f64>)> {
    let set = |run: &&Run| {
        let residuals = fitting.target.residuals_of(run, &best.predicted);
        (run.name.clone(), fitting.all(&curvature.step_for(space, &residuals)))
    };
    runs.iter().map(set).collect()
}

/// The parameters with their intervals.
fn judged(
    fitting: &Fitting<'_>,
    space: &Space,
    curvature: &Curvature,
    best: &Searched,
    sets: &[(String, Vec<f64>)],
    found: &[Searched],
) -> Vec<Fitted> {
    let parameters = &fitting.options.parameters;
    let (all, deviations) = (fitting.all(&best.values), curvature.deviations());
    let mut axis = 0;
    let mut fitted = Vec::new();
    for (index, parameter) in parameters.iter().enumerate() {
        let quantity = |value: f64| parameter.quantity(value).rounded();
        let (ends, is_open) = if parameter.is_whole() {
            let kept = found.iter().filter(|other| other.cost - best.cost <= WIDTH * WIDTH / 2.0);
            let counts: Vec<f64> = kept
                .filter_map(|other| other.fixed.iter().find(|(at, _)| *at == index))
                .map(|(_, count)| *count)
                .collect();
            let low = counts.iter().copied().fold(all[index], f64::min);
            let high = counts.iter().copied().fold(all[index], f64::max);
            ((low, high), high > low)
        } else {
            let range = space.ranges()[axis];
            let unit = range.unit(all[index]);
            let runs = sets.iter().map(|(_, values)| (range.unit(values[index]) - unit).powi(2));
            let between = runs.sum::<f64>() / (sets.len().max(2) - 1) as f64;
            // Figures of one run go together, which the curvature does not know; the runs do.
            let share = 1.0 / sets.len() as f64 + 1.0 / f64::from(fitting.options.replications);
            let of_the_fit = deviations[axis].powi(2).max(between * share);
            let deviation = (of_the_fit + between).sqrt();
            axis += 1;
            let end = |sign: f64| range.value((unit + sign * WIDTH * deviation).clamp(0.0, 1.0));
            ((end(-1.0), end(1.0)), deviations[axis - 1] > OPEN)
        };
        fitted.push(Fitted {
            parameter: parameter.clone(),
            value: quantity(all[index]),
            interval: (quantity(ends.0), quantity(ends.1)),
            is_open,
        });
    }
    fitted
}

/// Standard deviation in the unit cube from which the data say little beyond the range.
const OPEN: f64 = 0.2;
