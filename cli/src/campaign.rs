//! `foreshadow campaign`.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;

use anyhow::{Context, bail};
use foreshadow_campaigns::unit::Bases;
use foreshadow_campaigns::{
    Error, Progress, Report, Settings, Spec, breaking, engine, fixes, over_time, report, score,
};
use foreshadow_scenarios::load_scenario;

use crate::args::{Args, Campaign};
use crate::show::Places;
use crate::{Status, files, interrupt, render, work};

/// Where units of campaigns are kept.
const UNITS: &str = ".foreshadow/campaigns";

/// Runs a campaign, or what is missing of it, and shows what it found.
pub(crate) fn run(command: &Campaign, args: &Args) -> anyhow::Result<Status> {
    let places = Places::new(&command.show)?;
    let scenario = load_scenario(&command.scenario, &sets(command)?, &files::read)?;
    command.edits.check(&scenario)?;
    let spec = Spec::new(scenario)?;
    let stop = interrupt::watch()?;
    let folder = command.units.clone().unwrap_or_else(|| PathBuf::from(UNITS));
    let until = match &command.time {
        Some(time) => Some(Instant::now() + work::time(time)?),
        None => None,
    };
    let found = work::in_pool(args, |line| -> Result<Report, Error> {
        let progress =
            |progress: &Progress| line.units(progress.done, progress.planned, &progress.answer);
        let settings = Settings { stop, must_resume: command.resume, until, progress: &progress };
        let bases = Bases::default();
        let results = engine::run(&spec, &bases, &folder, &settings)?;
        for note in &results.notes {
            line.note(note);
        }
        let repeat = repeat(command);
        let build = |found: &[_]| report::build(&spec, &results, found, &repeat);
        if results.is_stopped {
            return Ok(build(&[]));
        }
        line.say(String::from("looking for breaking points"));
        let breaking = match breaking::search(&spec, &bases, stop) {
            Err(Error::Interrupted) => return Ok(cut_short(build(&[]), "breaking points")),
            found => found?,
        };
        let mut report = build(&breaking);
        if command.time.is_some() {
            report.warnings.push(String::from(
                "with --time, how many pairs there are depends on how fast they ran",
            ));
        }
        line.say(String::from("looking for what would help"));
        let fixes = match fixes::search(&spec, &report, stop) {
            Err(Error::Interrupted) => return Ok(cut_short(report, "what would help")),
            found => found?,
        };
        report.scores = score::scores(&spec, &results.merged, &report, fixes);
        line.say(String::from("the worst over time"));
        report.worst = match over_time(&spec, &report, stop) {
            Err(Error::Interrupted) => return Ok(cut_short(report, "the worst over time")),
            found => found?,
        };
        Ok(report)
    })?;
    let report = match found {
        Err(error @ Error::Interrupted) => {
            anstream::eprintln!("{error}");
            return Ok(Status::Interrupted);
        }
        found => found?,
    };
    places.fill(|form, screen| render::campaign(&report, form, screen))?;
    Ok(if stop.load(Ordering::Relaxed) { Status::Interrupted } else { Status::of(report.verdict) })
}

/// A report whose last part was not looked for.
fn cut_short(mut report: Report, what: &str) -> Report {
    report.stopped = true;
    report.warnings.push(format!("stopped: not looked for: {what}"));
    report
}

/// The edits of the command line, as (address, value).
fn sets(command: &Campaign) -> anyhow::Result<Vec<(String, String)>> {
    let mut sets = command.edits.list()?;
    if let Some(campaign) = &command.base {
        let path = absolute(campaign)?;
        // A string of JSON is one of YAML.
        sets.push((String::from("campaign.base"), serde_json::to_string(&path)?));
    }
    if let Some(precision) = &command.precision {
        sets.push((String::from("campaign.precision"), precision.clone()));
    }
    Ok(sets)
}

/// A path that means the same wherever it is named.
fn absolute(path: &Path) -> anyhow::Result<String> {
    let path =
        std::path::absolute(path).with_context(|| format!("--campaign {}", path.display()))?;
    let Some(text) = path.to_str() else {
        bail!("--campaign {}: expected a path in Unicode", path.display());
    };
    Ok(text.to_owned())
}

/// The command that repeats this campaign.
fn repeat(command: &Campaign) -> String {
    let path = |path: &Path| files::quoted(&path.to_string_lossy());
    let mut words = vec![String::from("foreshadow campaign"), path(&command.scenario)];
    if let Some(campaign) = &command.base {
        words.push(format!("--campaign {}", path(campaign)));
    }
    words.extend(command.edits.words());
    let precision = command.precision.as_deref().map(files::quoted);
    words.extend(precision.map(|precision| format!("--precision {precision}")));
    words.extend(command.time.as_deref().map(|time| format!("--time {}", files::quoted(time))));
    words.join(" ")
}
