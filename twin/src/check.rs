//! The held-out check: a twin of the first half of the time, held against the second.
//!
//! The traces are split at the middle of the time observed. The twin of the first half is written,
//! read back like any other, and simulated under the users' load of the second half, which is given to
//! it; what each operation then takes, how often it is called and how often it fails is compared with
//! the second half. Beside every error stands the **noise floor**: by how much the two halves
//! themselves differ.

use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use foreshadow_scenarios::{Lowered, load_scenario, lower};
use foreshadow_sim::histogram::pooled_quantile;
use foreshadow_sim::{Simulation, Tally};

use crate::declare::Declarations;
use crate::error::Error;
use crate::expected::failures;
use crate::infer::{self, Labels};
use crate::observe::{Observations, View};
use crate::write::{self, Header, rate};

mod judge;
mod table;

pub(crate) use judge::{Share, departs, failings, medians};
pub(crate) use table::{fitting, listed, predicted, short, whole, write_calls};

/// Visits on each side that an operation needs to be judged.
const LEAST_VISITS: usize = 50;
/// Median error up to which a twin passes, of p50 and of p95.
const TOLERANCES: [f64; 2] = [0.10, 0.20];
/// A twin also passes when it is nearly as good as the data allow.
const TIMES_NOISE: f64 = 1.25;

/// How the twin of the first half did on the second.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Operations seen often enough in both halves, by name; never empty.
    pub rows: Vec<Row>,
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// `component.endpoint`
    pub endpoint: String,
    /// Visits in the first and in the second half.
    pub visits: [usize; 2],
    /// Median time, in milliseconds.
    pub p50_ms: Compared,
    /// 95th percentile of the time, in milliseconds.
    pub p95_ms: Compared,
    /// Visits per second; `first` at the users' load of the second half.
    pub rate_per_s: Compared,
    /// Whether users ask for it, so that its rate was given to the simulation, not predicted.
    pub rate_is_given: bool,
    /// Share of the visits that failed.
    pub errors: Compared,
    /// Whether that share is off by as much as matters and by more than chance has it.
    pub errors_depart: bool,
}

/// One quantity in both halves and in the simulation of the first's twin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// In the half that was learned from.
    pub first: f64,
    /// In the half that was held back.
    pub second: f64,
    /// As simulated.
    pub twin: f64,
}

impl Compared {
    /// Relative error of the twin against the second half.
    #[must_use]
    pub fn error(&self) -> f64 {
        relative(self.twin, self.second)
    }

    /// Relative difference of the halves.
    #[must_use]
    pub fn noise(&self) -> f64 {
        relative(self.first, self.second)
    }
}

fn relative(value: f64, reference: f64) -> f64 {
    let difference = (value - reference).abs();
    if difference > 0.0 { difference / reference.abs().max(1e-9) } else { 0.0 }
}

/// The middle one of some numbers, or the mean of the two in the middle.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[n / 2],
        n => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}

impl Check {
    /// Median over the operations of the relative error of p50.
    #[must_use]
    pub fn p50_error(&self) -> f64 {
        median(self.rows.iter().map(|row| row.p50_ms.error()))
    }

    /// Median over the operations of the relative error of p95.
    #[must_use]
    pub fn p95_error(&self) -> f64 {
        median(self.rows.iter().map(|row| row.p95_ms.error()))
    }

    /// Medians over the operations of what the halves themselves differ by, in p50 and in p95.
    #[must_use]
    pub fn noise(&self) -> [f64; 2] {
        let p95 = median(self.rows.iter().map(|row| row.p95_ms.noise()));
        [median(self.rows.iter().map(|row| row.p50_ms.noise())), p95]
    }

    /// Whether times, calls and failures are as predicted, or hardly off by more than the noise.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failings().is_empty()
    }

    /// In what it does not predict, in words; empty when it passes.
    #[must_use]
    pub fn failings(&self) -> Vec<String> {
        let [p50, p95] = self.noise();
        let shares = self.rows.iter().map(|row| Share {
            endpoint: &row.endpoint,
            seen: row.errors.second,
            twin: row.errors.twin,
            departs: row.errors_depart,
        });
        failings([(self.p50_error(), p50), (self.p95_error(), p95)], &self.calls(), shares)
    }

    /// Errors and noise floors of the rates that were predicted.
    fn calls(&self) -> Vec<(f64, f64)> {
        let predicted = self.rows.iter().filter(|row| !row.rate_is_given);
        predicted.map(|row| (row.rate_per_s.error(), row.rate_per_s.noise())).collect()
    }

    /// The operation with the largest error of p95.
    #[must_use]
    pub fn worst(&self) -> &Row {
        let by_error = |a: &&Row, b: &&Row| a.p95_ms.error().total_cmp(&b.p95_ms.error());
        self.rows.iter().max_by(by_error).expect("a check has rows")
    }
}

/// Checks the twin of the first half; none if no operation is frequent enough, or no user's request.
pub(crate) fn check(
    all: &Observations,
    labels: &Labels,
    declarations: &Declarations<'_>,
) -> Result<Option<Check>, Error> {
    let middle = u64::midpoint(all.first_ns, all.last_ns);
    let split = all.traces.partition_point(|trace| trace.start_ns < middle);
    let halves = [all.part(0..split), all.part(split..all.traces.len())];
    let [first, second] = halves.map(observed);
    let judged: Vec<usize> = (0..all.endpoints.len())
        .filter(|&i| first[i].times.len() >= LEAST_VISITS && second[i].times.len() >= LEAST_VISITS)
        .collect();
    if judged.is_empty() {
        return Ok(None);
    }
    let seconds = [middle - all.first_ns, all.last_ns - middle].map(|ns| ns as f64 * 1e-9);
    let loads = loads(&first, &second, seconds[1] * all.share_kept());
    let Some((lowered, tallies)) = half_simulated(all, halves[0], labels, declarations, &loads)?
    else {
        return Ok(None);
    };
    let horizon = lowered.plan.run.horizon.as_secs_f64() * tallies.len() as f64;
    let per_s = |visits: usize| visits as f64 / all.share_kept() / seconds[1];
    // What the first half had, under the load of the second.
    let asked = |half: &[Observed]| half.iter().map(|of| of.entries).sum::<usize>() as f64;
    let more = asked(&second) / asked(&first).max(1.0);
    let failures = failures(&lowered.plan);
    let row = |&i: &usize| {
        let index = lowered.names.endpoints.iter().position(|name| *name == labels.full[i])?;
        let services: Vec<_> = tallies.iter().map(|tally| &tally.services[index]).collect();
        let sojourns: Vec<_> = services.iter().map(|service| &service.sojourn).collect();
        let completed: u64 = services.iter().map(|service| service.completed).sum();
        let quantile = |q: f64| {
            let [first, second] =
                [&first[i], &second[i]].map(|half| infer::quantile(&half.times, q) / 1e6);
            Some(Compared { first, second, twin: pooled_quantile(&sojourns, 0, q)? / 1e6 })
        };
        let [learned, seen] = [&first[i], &second[i]];
        Some(Row {
            endpoint: labels.full[i].clone(),
            visits: [first[i].times.len(), second[i].times.len()],
            p50_ms: quantile(0.5)?,
            p95_ms: quantile(0.95)?,
            rate_per_s: Compared {
                first: per_s(learned.times.len()) * more,
                second: per_s(seen.times.len()),
                // Counted in the simulation are those that ended well.
                twin: completed as f64 / horizon / (1.0 - failures[index]).max(1e-9),
            },
            rate_is_given: all.rate(i) > 0.0,
            errors: Compared {
                first: learned.errors(),
                second: seen.errors(),
                twin: failures[index],
            },
            errors_depart: departs(
                failures[index],
                Some(&learned.failed),
                &seen.failed,
                judged.len(),
            ),
        })
    };
    let rows: Vec<Row> = judged.iter().filter_map(row).collect();
    Ok((!rows.is_empty()).then_some(Check { rows }))
}

/// What was seen of an endpoint in one half.
#[derive(Debug, Clone, Default)]
pub(crate) struct Observed {
    /// Ascending [ns].
    pub(crate) times: Vec<u64>,
    /// Whether each failed, in order of time.
    pub(crate) failed: Vec<bool>,
    /// Of them, those that users asked for.
    pub(crate) entries: usize,
}

impl Observed {
    pub(crate) fn errors(&self) -> f64 {
        self.failed.iter().filter(|failed| **failed).count() as f64 / self.times.len().max(1) as f64
    }
}

/// What was seen in one half, by endpoint.
pub(crate) fn observed(view: View<'_>) -> Vec<Observed> {
    let mut observed = vec![Observed::default(); view.all.endpoints.len()];
    for visit in view.visits {
        let of = &mut observed[visit.endpoint as usize];
        of.times.push(visit.duration_ns);
        of.failed.push(visit.failed);
        of.entries += usize::from(visit.is_entry);
    }
    for of in &mut observed {
        of.times.sort_unstable();
    }
    observed
}

/// Users' requests a second of each endpoint that both halves have, as in the second, which lasts
/// `seconds`.
fn loads(first: &[Observed], second: &[Observed], seconds: f64) -> Vec<(usize, f64)> {
    let both = first.iter().zip(second).enumerate();
    let known = both.filter(|(_, (first, second))| !first.times.is_empty() && second.entries > 0);
    let load = |(i, (_, second)): (usize, (_, &Observed))| (i, second.entries as f64 / seconds);
    if seconds > 0.0 { known.map(load).collect() } else { Vec::new() }
}

/// Services that the simulation is to make, over all replications.
const SERVICES: f64 = 1_500_000.0;
/// Replications at most.
const REPLICATIONS: f64 = 8.0;

/// Simulates the twin of `half` under `loads`; none if there is nothing to simulate.
fn half_simulated(
    all: &Observations,
    half: View<'_>,
    labels: &Labels,
    declarations: &Declarations<'_>,
    loads: &[(usize, f64)],
) -> Result<Option<(Lowered, Vec<Tally>)>, Error> {
    if loads.is_empty() {
        return Ok(None);
    }
    let header = Header {
        name: "half",
        first_ns: all.first_ns,
        last_ns: all.last_ns,
        passed: None,
        error: None,
        notes: &[],
    };
    let mut model = infer::infer(half, labels);
    declarations.apply(&mut model);
    let twin = write::write(&model, &header);
    simulate(&twin, &scenario(all, half, &labels.full, loads)).map(Some)
}

/// Simulates a twin in a scenario that names it `half.twin.yaml`.
pub(crate) fn simulate(twin: &str, scenario: &str) -> Result<(Lowered, Vec<Tally>), Error> {
    let lowered = lowered(twin, scenario)?;
    let simulation = Simulation::new(lowered.plan.clone())?;
    let count = lowered.replications;
    let tallies = simulation.replications(0..count, &AtomicBool::new(false), &|| {})?;
    Ok((lowered, tallies))
}

/// The scenario of a check: users of `loads`, endpoints that are called `names` in the twin with their
/// rates [1/s], for as long as it takes to see enough.
pub(crate) fn scenario(
    all: &Observations,
    half: View<'_>,
    names: &[String],
    loads: &[(usize, f64)],
) -> String {
    let longest =
        half.visits.iter().map(|visit| visit.duration_ns).max().unwrap_or(0) as f64 * 1e-9;
    let warm_up = (2.0 * longest).clamp(1.0, 60.0).ceil();
    let visits_per_trace = all.view().visits.len() as f64 / all.traces.len() as f64;
    let traces = all.traces_seen as f64 / all.sampled;
    let services_per_s = visits_per_trace * traces / all.seconds().max(1e-3);
    let seconds = SERVICES / services_per_s;
    let replications = (seconds / 30.0).floor().clamp(1.0, REPLICATIONS);
    // Long enough for the longest visits, unless that would take for ever.
    let least = (2.0 * longest + 2.0).min(3600.0).min(20.0 * seconds);
    let horizon = (seconds / replications).min(3600.0).max(least).max(1.0).ceil();
    let drain = (4.0 * longest).clamp(1.0, 300.0).ceil();
    let mut text = format!(
        "foreshadow: scenario/v1\nname: check\ntwin: half.twin.yaml\n\
         run: {{warm_up: {warm_up}s, horizon: {horizon}s, drain: {drain}s, timeline: {horizon}s, \
         replications: {replications}}}\nobjectives: []\nload:\n"
    );
    for &(entry, per_s) in loads {
        let (name, rate) = (&names[entry], rate(per_s));
        text.extend(["  \"", name, "\": {arrivals: {poisson: {rate: ", &rate, "}}}\n"]);
    }
    text
}

/// Reads back and lowers a twin and its scenario, both from memory.
fn lowered(twin: &str, scenario: &str) -> Result<Lowered, Error> {
    let files = |path: &Path| -> io::Result<String> {
        Ok(if path.ends_with("half.twin.yaml") { twin } else { scenario }.to_owned())
    };
    let scenario = load_scenario(Path::new("check.yaml"), &[], &files);
    let scenario = scenario.map_err(|problems| Error::Refused(problems.to_string()))?;
    lower(&scenario).map_err(|problems| Error::Refused(problems.to_string()))
}
