//! `foreshadow tune`.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::{Context, bail};
use foreshadow_campaigns::capacity;
use foreshadow_optimizer::Stop;
use foreshadow_optimizer::tune::report::{self, Context as About, Headroom, Report};
use foreshadow_optimizer::tune::{self, FileJournal, Phase, System, Told, Tuned};
use foreshadow_scenarios::address::{Subject, subject};
use foreshadow_scenarios::rehearse::{self, Variant};
use foreshadow_scenarios::report::Comparison;
use foreshadow_scenarios::{Scenario, load_scenario};

use crate::args::{Args, Show, Tune};
use crate::files::{self, Pending};
use crate::progress::Line;
use crate::show::Places;
use crate::{Status, interrupt, render, work};

/// Where runs of searches are kept.
const RUNS: &str = ".foreshadow/tune";
/// The share of `--time` after which the search ends, and the proof.
const SHARES: (f64, f64) = (0.5, 0.8);
/// How far apart the ends of the headroom may be, as a part of the load.
const PRECISION: f64 = 0.05;

/// Finds the cheapest change that holds, and shows what it buys.
pub(crate) fn run(command: &Tune, args: &Args) -> anyhow::Result<Status> {
    let (changes, reports): (Vec<&PathBuf>, Vec<&PathBuf>) =
        command.out.iter().partition(|path| is_change(path));
    let show = Show { out: reports.into_iter().cloned().collect(), format: command.format };
    let places = Places::new(&show)?;
    let system = system(command)?;
    for change in &changes {
        files::is_no_source(change, &read(&system))?;
    }
    let changes = changes.into_iter().map(|path| Pending::new(path));
    let changes = changes.collect::<anyhow::Result<Vec<_>>>()?;
    let folder = command.runs.clone().unwrap_or_else(|| PathBuf::from(RUNS));
    let hash = system.hash().map_err(Stop)?;
    let path = folder.join(format!("{hash}.jsonl"));
    if command.resume && !path.exists() {
        bail!(
            "nothing to go on with: {} is not there, so this scenario was not tuned before in this version",
            path.display()
        );
    }
    let mut journal = FileJournal::open(&path)
        .with_context(|| format!("cannot keep runs in {}", path.display()))?;
    let stop = interrupt::watch()?;
    let begun = Instant::now();
    let time = command.time.as_deref().map(work::time).transpose()?;
    let is_past = |share: f64| time.is_some_and(|time| begun.elapsed() > time.mul_f64(share));
    let is_late = |phase: Phase| is_past(if phase == Phase::Search { SHARES.0 } else { SHARES.1 });
    let found = work::in_pool(args, |line| {
        if journal.resumed > 0 {
            line.note(&format!("{} replications are there already", journal.resumed));
        }
        let unit = system.tuning.unit.clone().unwrap_or_default();
        let progress = |told: &Told| line.search(told, &unit);
        let settings = tune::Settings {
            seed: system.seed(),
            budget: system.tuning.budget,
            replications: system.tuning.replications,
            proof: tune::PROOF * system.tuning.budget,
            stop,
            is_late: &is_late,
            progress: &progress,
        };
        let tuned = tune::tune(&system, &settings, Some(&mut journal))?;
        explain(command, (&system, &tuned), &|| is_past(1.0), stop, line)
    })?;
    let report = match found {
        Err(error) if stop.load(std::sync::atomic::Ordering::Relaxed) => {
            anstream::eprintln!("{error}: what was run is kept; the same command goes on with it");
            return Ok(Status::Interrupted);
        }
        found => found?,
    };
    places.fill(|form, screen| render::tune(&report, form, screen))?;
    for change in changes {
        match report::change_file(&report) {
            Some(text) => change.write(&text)?,
            None if report.chosen.is_some() => {
                anstream::eprintln!("no change is written: the system as it is holds, for no less");
            }
            None => anstream::eprintln!("no change is written: none is shown to hold"),
        }
    }
    Ok(Status::of(Some(report.verdict)))
}

/// All files that make a system.
fn read(system: &System) -> Vec<PathBuf> {
    let sources = system.scenarios.iter().flat_map(|scenario| scenario.sources.iter());
    sources.filter_map(|source| source.path.clone()).collect()
}

/// The system of the scenario, with the budget of the command line.
fn system(command: &Tune) -> anyhow::Result<System> {
    let mut sets = command.edits.list()?;
    if let Some(budget) = command.budget {
        sets.push((String::from("tune.budget"), budget.to_string()));
    }
    let load = |path: &Path| -> anyhow::Result<Scenario> {
        let scenario = load_scenario(path, &sets, &files::read)?;
        command.edits.check(&scenario)?;
        Ok(scenario)
    };
    let scenario = load(&command.scenario)?;
    let tuning = foreshadow_scenarios::tune::tuning(&scenario)?;
    // What is set in the scenario is of this one only; the twin is that of all.
    let mut of_twin = command.edits.list()?;
    of_twin.retain(|(name, _)| subject(&scenario.twin_tree, name) != Some(Subject::Scenario));
    let others = tuning
        .scenarios
        .iter()
        .map(|(path, _)| load_scenario(path, &of_twin, &files::read).map_err(Into::into));
    let others = others.collect::<anyhow::Result<Vec<_>>>()?;
    Ok(System::new(scenario, others)?)
}

/// What the best that was found buys: part by part, beside the system as it is, and how far it goes.
fn explain(
    command: &Tune,
    (system, tuned): (&System, &Tuned),
    is_over: &dyn Fn() -> bool,
    stop: &'static AtomicBool,
    line: &Line,
) -> anyhow::Result<Report> {
    let mut about = About { repeat: repeat(command), ..About::default() };
    if command.time.is_some() {
        about
            .notes
            .push(String::from("with --time, how far the search went depends on how fast it ran"));
    }
    if system.tuning.safety_factor > 1.0 {
        about.notes.push(String::from(
            "before and after, and how far it goes, are at the load itself, without the factor of safety",
        ));
    }
    let mut around = Vec::new();
    if let Some(at) = tuned.proof.chosen {
        let point = &tuned.proof.finalists[at].point;
        let has_time = |what: &str, notes: &mut Vec<String>| {
            let is_left = !is_over();
            if is_left {
                line.say(what.to_owned());
            } else {
                notes.push(format!("no time was left for this: {what}"));
            }
            is_left
        };
        // The change itself is said by its parts, which are looked at whatever the time.
        line.say(String::from("what each part buys"));
        around = tune::around(system, point, stop)?;
        let changed = foreshadow_scenarios::tune::unchanged(&system.changed(point)?)?;
        if has_time("before and after", &mut about.notes) {
            let (comparisons, notes) = before_and_after(system, &changed, stop)?;
            about.comparisons = comparisons;
            about.notes.extend(notes);
        }
        let looked = has_time("how far it goes", &mut about.notes)
            .then(|| headroom(&changed, stop))
            .transpose();
        match looked {
            Ok(found) => about.headroom = found.flatten(),
            // A recording has no rate that could be multiplied.
            Err(foreshadow_campaigns::Error::Problems(problems)) => {
                let why =
                    problems.iter().next().map_or_else(String::new, |one| one.message.clone());
                about.notes.push(format!("no headroom: {why}"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(report::report(system, tuned, &around, about))
}

/// The system as it is beside the changed one, over the same requests; and what the changed one's verdict
/// rests on.
fn before_and_after(
    system: &System,
    changed: &Scenario,
    stop: &'static AtomicBool,
) -> anyhow::Result<(Vec<Comparison>, Vec<String>)> {
    let as_it_is = foreshadow_scenarios::tune::unchanged(&system.scenarios[0])?;
    let variant = |scenario: &Scenario, name: &str| Variant {
        scenario: scenario.clone(),
        name: name.to_owned(),
        repeat: String::new(),
    };
    let variants = [variant(&as_it_is, "as it is"), variant(changed, "changed")];
    let settings = rehearse::Settings { stop, progress: &|_| {} };
    let mut reports = rehearse::rehearse(&variants, &settings)?;
    let Some(after) = reports.pop() else { return Ok((Vec::new(), Vec::new())) };
    let flips = after.assumptions.iter().filter(|assumption| assumption.flips);
    let mut notes: Vec<String> = flips
        .map(|one| format!("it rests on {}, which is only assumed: at one end of what it may be, an objective is missed", one.address))
        .collect();
    notes.extend(after.warnings);
    Ok((after.comparisons, notes))
}

/// How many times the load the changed system bears, under its own faults.
fn headroom(
    changed: &Scenario,
    stop: &'static AtomicBool,
) -> Result<Option<Headroom>, foreshadow_campaigns::Error> {
    let settings = capacity::Settings { stop, progress: &|_| {}, precision: PRECISION };
    let report = capacity::capacity(changed, "", &settings)?;
    // The least over all its faults.
    let low = |case: &capacity::CaseReport| case.multiple.low.unwrap_or(0.0);
    let least = report.cases.iter().min_by(|a, b| low(a).total_cmp(&low(b)));
    Ok(least.map(|case| Headroom {
        multiple: case.multiple,
        missed: case.missed.clone(),
        is_calm: changed.file.campaign.is_some(),
    }))
}

/// Whether a file is to hold the change.
fn is_change(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("yaml" | "yml"))
}

/// The command that repeats this search.
fn repeat(command: &Tune) -> String {
    let path = |path: &Path| files::quoted(&path.to_string_lossy());
    let mut words = vec![String::from("foreshadow tune"), path(&command.scenario)];
    words.extend(command.edits.words());
    words.extend(command.budget.map(|budget| format!("--budget {budget}")));
    words.extend(command.time.as_deref().map(|time| format!("--time {}", files::quoted(time))));
    words.join(" ")
}

impl Line {
    /// Shows how far a search is.
    fn search(&self, told: &Told, unit: &str) {
        let best = told.best.map_or_else(
            || String::from("nothing holds yet"),
            |best| format!("{} {unit}", crate::number::significant(best)),
        );
        self.units(
            told.done as usize,
            told.of.ceil() as usize,
            &format!("{}: {}", told.what, best.trim()),
        );
    }
}
