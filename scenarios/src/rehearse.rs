//! A rehearsal: scenarios run until their verdicts are clear, compared, and doubted.
//!
//! The first scenario is the baseline; the others are compared with it replication by replication,
//! over the same arrivals and demands. A verdict that would change with something that the twin
//! only assumes is not given.

mod assumptions;
mod compare;
mod uncertainty;
mod warm_up;

use std::sync::atomic::{AtomicBool, Ordering};

use foreshadow_sim::plan::{EndpointId, Load, callees};
use foreshadow_sim::{Simulation, Tally};

use crate::lower::{Lowered, lower};
use crate::problem::Problems;
use crate::report::{self, Context, Evidence, Observed, Report, Steadiness, Undecided, Verdict};
use crate::scenario::Scenario;
pub use uncertainty::widen;
use warm_up::Pilot;

/// A scenario to rehearse, and how it is called.
#[derive(Debug, Clone)]
pub struct Variant {
    /// What to run.
    pub scenario: Scenario,
    /// Its name in the report.
    pub name: String,
    /// The command that repeats it.
    pub repeat: String,
}

/// What a rehearsal needs of its surroundings.
pub struct Settings<'a> {
    /// Set to end soon, with what is known by then.
    pub stop: &'a AtomicBool,
    /// Told of every step; called from several threads.
    pub progress: &'a (dyn Fn(Progress<'_>) + Sync),
}

/// What is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// So many replications of this will be run from here on.
    Starts {
        /// A scenario's name, or what is assumed.
        what: &'a str,
        /// How many.
        replications: u32,
    },
    /// One replication is done.
    Replication,
}

/// Why a rehearsal has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The files say something that cannot be.
    #[error(transparent)]
    Problems(#[from] Problems),
    /// The simulator refused.
    #[error("{scenario}: {message}")]
    Simulation {
        /// The scenario's name.
        scenario: String,
        /// What it said.
        message: String,
    },
    /// Stopped before the first replication ended.
    #[error("interrupted before the first replication ended")]
    Interrupted,
}

/// A scenario with all its replications.
struct Run {
    lowered: Lowered,
    simulation: Simulation,
    tallies: Vec<Tally>,
    observed: Vec<Observed>,
    /// How the warm-up was found, where it was.
    pilot: Option<Pilot>,
}

impl Run {
    /// All that a report is made of.
    fn evidence(&self) -> Evidence<'_> {
        Evidence {
            lowered: &self.lowered,
            tallies: &self.tallies,
            observed: &self.observed,
            unsettled: self.pilot.as_ref().map_or(&[], |pilot| &pilot.unsettled),
        }
    }

    /// What of it has no steady state.
    fn steadiness(&self) -> Steadiness {
        Steadiness::of(self.evidence())
    }
}

/// Rehearses the variants; one report each, in their order.
///
/// # Errors
/// What is wrong with a file or a run. Being stopped is no error once the first variant has ended a
/// replication: the reports then say so, and those of variants not reached are left out.
pub fn rehearse(variants: &[Variant], settings: &Settings<'_>) -> Result<Vec<Report>, Error> {
    let mut runs = Vec::new();
    // Every file is checked before anything is run.
    let mut lowered: Vec<Lowered> =
        variants.iter().map(|variant| lower(&variant.scenario)).collect::<Result<_, _>>()?;
    let names = variants.iter().map(|variant| variant.name.as_str());
    let pilots = warm_up::find_all(names, &mut lowered, settings)?;
    for ((variant, lowered), pilot) in variants.iter().zip(lowered).zip(pilots) {
        match run_until_clear(&variant.name, lowered, pilot, settings) {
            // What has ended is shown; the rest was not reached.
            Err(Error::Interrupted) if !runs.is_empty() => break,
            run => runs.push(run?),
        }
    }
    // Paired comparisons need the same replications on both sides.
    let most = runs.iter().map(|run| run.tallies.len() as u32).max().unwrap_or(0);
    for (variant, run) in variants.iter().zip(&mut runs) {
        extend(run, most, &variant.name, settings)?;
    }
    let mut reports = Vec::new();
    for (index, (variant, run)) in variants.iter().zip(&runs).enumerate() {
        let context = Context {
            scenario: variant.name.clone(),
            repeat: variant.repeat.clone(),
            warnings: warnings(&variant.scenario, &run.lowered),
            warm_up: run.pilot.as_ref().map(|pilot| pilot.report(&run.lowered)),
        };
        let mut report = report::build(run.evidence(), context);
        if settings.stop.load(Ordering::Relaxed) {
            interrupted(&mut report);
        } else {
            doubt(&mut report, variant, run, settings)?;
        }
        if index > 0 {
            if compare::are_paired(&runs[0].lowered.plan.run, &run.lowered.plan.run) {
                report.comparisons = compare::compare(&variant.name, &runs[0], run);
            } else {
                report.warnings.push(String::from(
                    "not compared with the baseline, whose seed, warm-up or horizon differ",
                ));
            }
        }
        reports.push(report);
    }
    Ok(reports)
}

/// Runs replications until every objective is decided, or there are as many as there may be.
fn run_until_clear(
    name: &str,
    lowered: Lowered,
    pilot: Option<Pilot>,
    settings: &Settings<'_>,
) -> Result<Run, Error> {
    let simulation = Simulation::new(report::observable(&lowered))
        .map_err(|error| trouble(name, &lowered, &error))?;
    let (least, most) = (lowered.replications, lowered.max_replications);
    let (tallies, observed) = (Vec::new(), Vec::new());
    let mut run = Run { lowered, simulation, tallies, observed, pilot };
    let mut wanted = least;
    loop {
        extend(&mut run, wanted, name, settings)?;
        let (_, open) = report::verdict(run.evidence());
        if !open || wanted >= most || settings.stop.load(Ordering::Relaxed) {
            return Ok(run);
        }
        wanted = most.min(wanted + wanted.div_ceil(2));
    }
}

/// Runs further replications, up to `wanted` in all.
fn extend(run: &mut Run, wanted: u32, name: &str, settings: &Settings<'_>) -> Result<(), Error> {
    let done = run.tallies.len() as u32;
    if wanted <= done {
        return Ok(());
    }
    (settings.progress)(Progress::Starts { what: name, replications: wanted - done });
    let done_one = || (settings.progress)(Progress::Replication);
    let observe = |tally| report::observe(&run.lowered, tally);
    let replications = run
        .simulation
        .replications_as(done..wanted, settings.stop, &done_one, observe)
        .map_err(|error| trouble(name, &run.lowered, &error))?;
    for (tally, observed) in replications {
        run.tallies.push(tally);
        run.observed.push(observed);
    }
    if run.tallies.is_empty() { Err(Error::Interrupted) } else { Ok(()) }
}

/// What the simulator said, with names for its numbers.
fn trouble(name: &str, lowered: &Lowered, error: &foreshadow_sim::Error) -> Error {
    Error::Simulation { scenario: name.to_owned(), message: lowered.names.explain(error) }
}

/// What is known of a stopped run is shown, but no verdict that more replications could change.
fn interrupted(report: &mut Report) {
    report.warnings.insert(0, String::from("stopped before all replications had run"));
    if report.verdict.is_some() {
        report.verdict = Some(Verdict::Undecided);
        report.reason = Some(Undecided::Interrupted);
    }
}

/// Runs the scenario at both ends of everything that is assumed; a verdict that flips is no
/// verdict.
fn doubt(
    report: &mut Report,
    variant: &Variant,
    run: &Run,
    settings: &Settings<'_>,
) -> Result<(), Error> {
    let Some(verdict @ (Verdict::Held | Verdict::Missed)) = report.verdict else {
        return Ok(());
    };
    report.assumptions = assumptions::both_ends(variant, run, verdict, settings)?;
    if settings.stop.load(Ordering::Relaxed) {
        interrupted(report);
    } else if report.assumptions.iter().any(|assumption| assumption.flips) {
        report.verdict = Some(Verdict::Undecided);
        report.reason = Some(Undecided::Assumption);
    }
    Ok(())
}

/// Share by which a load may exceed what was observed before it counts as beyond.
const BEYOND: f64 = 1.1;

/// What a reader should know before trusting the answer.
fn warnings(scenario: &Scenario, lowered: &Lowered) -> Vec<String> {
    let mut warnings: Vec<String> = unreliable_sessions(scenario, lowered).into_iter().collect();
    let Some(learned) = &scenario.twin.learned else {
        return warnings;
    };
    if learned.backtest == Some(crate::model::twin::Backtest::Failed) {
        warnings.push(String::from("the twin failed its last backtest"));
    }
    for load in &lowered.plan.loads {
        for (endpoint, peak) in peaks(load) {
            let name = &lowered.names.endpoints[endpoint];
            let observed = learned.observed.get(name).map(|rate| rate.0);
            if let Some(observed) = observed
                && peak > BEYOND * observed
            {
                let times = peak / observed;
                warnings.push(format!(
                    "{name} is driven at up to {times:.1} times the load that was observed"
                ));
            }
        }
    }
    warnings
}

/// That people walk by a chain which sessions held back did not bear out.
fn unreliable_sessions(scenario: &Scenario, lowered: &Lowered) -> Option<String> {
    let walks = |load: &Load| matches!(load, Load::Sessions { walk: Some(_), .. });
    let sessions = scenario.learned.as_ref()?.file.sessions.as_ref()?;
    let held_out = sessions.held_out.as_ref().filter(|held_out| !held_out.reliable)?;
    lowered.plan.loads.iter().any(walks).then(|| {
        format!(
            "the sessions of the load are far off those held back when they were learned (lengths by \
             {:.1} %, requests two apart by {:.1} %): do not rely on what follows from them, or leave \
             out `as: sessions`",
            100.0 * held_out.lengths.0,
            100.0 * held_out.pairs.0
        )
    })
}

/// The highest rates \[1/s\] at which a load calls endpoints, where it says so.
fn peaks(load: &Load) -> Vec<(EndpointId, f64)> {
    match load {
        Load::Open { endpoint, arrivals, .. } => {
            vec![(*endpoint, arrivals.peak_per_s().unwrap_or(0.0))]
        }
        Load::Sessions { session, walk: Some(walk), arrivals, .. } => {
            let peak = arrivals.peak_per_s().unwrap_or(0.0);
            let visits = walk.visits().unwrap_or_default().into_iter().map(|visits| visits * peak);
            callees(session).into_iter().zip(visits).collect()
        }
        Load::Sessions { .. } | Load::Closed { .. } => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const TWIN: &str = "{foreshadow: twin/v1, name: a, components: {web: {endpoints: {home: {steps: [{work: 1ms}]}}}}}";
    const LOAD: &str = "\
foreshadow: load/v1
name: shop
bin: 1h
history: {start: 2026-11-01T00:00:00Z, per_s: [20, 20, 20]}
mix: [{endpoint: web.home, share: 100%}]
sessions:
  held_out: {lengths: 7.4%, pairs: 35.5%, noise: {lengths: 4%, pairs: 20%}, reliable: false}
  start: [{to: web.home, share: 100%}]
  after: [{endpoint: web.home, think: 5s, leaves: 50%, next: [{to: web.home, share: 50%}]}]
";

    #[track_caller]
    fn check(form: &str, load_file: &str, expected: &[&str]) {
        let scenario = format!(
            "{{foreshadow: scenario/v1, name: b, twin: t.yaml, run: {{horizon: 30m}}, load: \
             {{learned: {{file: l.yaml, at: '2026-11-01T01:00:00Z'{form}}}}}}}"
        );
        let read = |path: &Path| match path.to_str() {
            Some("t.yaml") => Ok(TWIN.to_owned()),
            Some("s.yaml") => Ok(scenario.clone()),
            _ => Ok(load_file.to_owned()),
        };
        let scenario = crate::load_scenario(Path::new("s.yaml"), &[], &read).unwrap();
        let lowered = lower(&scenario).unwrap();
        assert_eq!(warnings(&scenario, &lowered), expected);
    }

    /// Sessions are by request, and what was found when they were learned is said then.
    #[test]
    fn unreliable_sessions_are_said_where_they_are_used() {
        check("", LOAD, &[]);
        check(", as: requests", LOAD, &[]);
        check(", as: sessions", &LOAD.replace("reliable: false", "reliable: true"), &[]);
        let warning = "the sessions of the load are far off those held back when they were learned \
                       (lengths by 7.4 %, requests two apart by 35.5 %): do not rely on what follows \
                       from them, or leave out `as: sessions`";
        check(", as: sessions", LOAD, &[warning]);
    }
}
