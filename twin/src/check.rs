//! The held-out check: a twin of the first half of the time, held against the second.
//!
//! The traces are split at the middle of the time observed. The twin of the first half is written,
//! read back like any other, and simulated under the observed rates; what each operation then takes
//! is compared with what it took in the second half. Beside every error stands the **noise floor**:
//! by how much the two halves themselves differ.

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

mod table;

pub(crate) use table::{fitting, short, whole};

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
    /// Visits per second.
    pub rate_per_s: Compared,
    /// Share of the visits that failed.
    pub errors: Compared,
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

    /// Whether the errors are small, or hardly above the noise.
    #[must_use]
    pub fn passed(&self) -> bool {
        let [p50, p95] = self.noise();
        are_small([(self.p50_error(), p50), (self.p95_error(), p95)])
    }

    /// The operation with the largest error of p95.
    #[must_use]
    pub fn worst(&self) -> &Row {
        let by_error = |a: &&Row, b: &&Row| a.p95_ms.error().total_cmp(&b.p95_ms.error());
        self.rows.iter().max_by(by_error).expect("a check has rows")
    }
}

/// Whether the median errors of p50 and p95, each beside its noise floor, are small or hardly above
/// the noise.
pub(crate) fn are_small(errors: [(f64, f64); 2]) -> bool {
    let limits = TOLERANCES.into_iter().zip(errors);
    let is_small = |(tolerance, (error, noise)): (f64, (f64, f64))| {
        error <= tolerance || error <= TIMES_NOISE * noise
    };
    limits.into_iter().all(is_small)
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
    let [first, second] = halves.map(|half| observed(half, labels));
    let judged: Vec<usize> = (0..all.endpoints.len())
        .filter(|&i| first[i].times.len() >= LEAST_VISITS && second[i].times.len() >= LEAST_VISITS)
        .collect();
    if judged.is_empty() {
        return Ok(None);
    }
    let Some((lowered, tallies)) = half_simulated(all, halves[0], labels, declarations)? else {
        return Ok(None);
    };
    let horizon = lowered.plan.run.horizon.as_secs_f64() * tallies.len() as f64;
    let seconds = [middle - all.first_ns, all.last_ns - middle].map(|ns| ns as f64 * 1e-9);
    let share_kept = all.share_kept();
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
        let rate = |half: &Observed, seconds: f64| half.times.len() as f64 / share_kept / seconds;
        Some(Row {
            endpoint: labels.full[i].clone(),
            visits: [first[i].times.len(), second[i].times.len()],
            p50_ms: quantile(0.5)?,
            p95_ms: quantile(0.95)?,
            rate_per_s: Compared {
                first: rate(&first[i], seconds[0]),
                second: rate(&second[i], seconds[1]),
                twin: completed as f64 / horizon,
            },
            errors: Compared {
                first: first[i].errors(),
                second: second[i].errors(),
                twin: failures[index],
            },
        })
    };
    let rows: Vec<Row> = judged.iter().filter_map(row).collect();
    Ok((!rows.is_empty()).then_some(Check { rows }))
}

/// What was seen of an endpoint in one half.
#[derive(Debug, Clone, Default)]
struct Observed {
    /// Ascending [ns].
    times: Vec<u64>,
    failed: usize,
}

impl Observed {
    fn errors(&self) -> f64 {
        self.failed as f64 / self.times.len().max(1) as f64
    }
}

/// What was seen in one half, by endpoint.
fn observed(view: View<'_>, labels: &Labels) -> Vec<Observed> {
    let mut observed = vec![Observed::default(); labels.full.len()];
    for visit in view.visits {
        let of = &mut observed[visit.endpoint as usize];
        of.times.push(visit.duration_ns);
        of.failed += usize::from(visit.failed);
    }
    for of in &mut observed {
        of.times.sort_unstable();
    }
    observed
}

/// Services that the simulation is to make, over all replications.
const SERVICES: f64 = 1_500_000.0;
/// Replications at most.
const REPLICATIONS: f64 = 8.0;

/// Simulates the twin of `half` under the observed rates; none if there is nothing to simulate.
fn half_simulated(
    all: &Observations,
    half: View<'_>,
    labels: &Labels,
    declarations: &Declarations<'_>,
) -> Result<Option<(Lowered, Vec<Tally>)>, Error> {
    let mut seen = vec![false; all.endpoints.len()];
    for visit in half.visits {
        seen[visit.endpoint as usize] = true;
    }
    let entries: Vec<usize> =
        (0..all.endpoints.len()).filter(|&i| all.rate(i) > 0.0 && seen[i]).collect();
    if entries.is_empty() {
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
    simulate(&twin, &scenario(all, half, &labels.full, &entries)).map(Some)
}

/// Simulates a twin in a scenario that names it `half.twin.yaml`.
pub(crate) fn simulate(twin: &str, scenario: &str) -> Result<(Lowered, Vec<Tally>), Error> {
    let lowered = lowered(twin, scenario)?;
    let simulation = Simulation::new(lowered.plan.clone())?;
    let count = lowered.replications;
    let tallies = simulation.replications(0..count, &AtomicBool::new(false), &|| {})?;
    Ok((lowered, tallies))
}

/// The scenario of a check: users of `entries`, which are called `names` in the twin, as observed,
/// for as long as it takes to see enough.
pub(crate) fn scenario(
    all: &Observations,
    half: View<'_>,
    names: &[String],
    entries: &[usize],
) -> String {
    let longest =
        half.visits.iter().map(|visit| visit.duration_ns).max().unwrap_or(0) as f64 * 1e-9;
    let warm_up = (2.0 * longest).clamp(1.0, 60.0).ceil();
    let visits_per_trace = all.view().visits.len() as f64 / all.traces.len() as f64;
    let services_per_s = visits_per_trace * all.traces_seen as f64 / all.seconds().max(1e-3);
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
    for &entry in entries {
        let rate = rate(all.rate(entry));
        let name = &names[entry];
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
