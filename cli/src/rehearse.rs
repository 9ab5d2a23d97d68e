//! `foreshadow rehearse`.

use std::path::PathBuf;

use foreshadow_scenarios::load_scenario;
use foreshadow_scenarios::rehearse::{self, Progress, Settings, Variant};
use foreshadow_scenarios::report::{Compared, Report, Verdict};

use crate::args::{Args, FailOn, Rehearse};
use crate::show::Places;
use crate::{Status, files, interrupt, render, work};

/// Rehearses scenarios and shows the reports.
pub(crate) fn run(command: &Rehearse, args: &Args) -> anyhow::Result<Status> {
    let places = Places::new(&command.show)?;
    let sets = command.edits.list()?;
    let mut variants = Vec::new();
    for path in &command.scenarios {
        let scenario = load_scenario(path, &sets, &files::read)?;
        command.edits.check(&scenario)?;
        let name = scenario.file.name.clone();
        variants.push(Variant { scenario, name, repeat: String::new() });
    }
    let repeat = repeat(command, &variants);
    for variant in &mut variants {
        variant.repeat.clone_from(&repeat);
    }
    let stop = interrupt::watch()?;
    let reports = work::in_pool(args, |line| {
        let progress = |progress: Progress<'_>| line.show(progress);
        let settings = Settings { stop, progress: &progress };
        let mut reports = rehearse::rehearse(&variants, &settings)?;
        if command.uncertainty {
            for (report, variant) in reports.iter_mut().zip(&variants) {
                match rehearse::widen(report, variant, &settings) {
                    // The report is whole but for this, and says that it is not there.
                    Err(rehearse::Error::Interrupted) => break,
                    widened => widened?,
                }
            }
        }
        Ok::<_, rehearse::Error>(reports)
    })?;
    let reports = match reports {
        Err(error @ rehearse::Error::Interrupted) => {
            anstream::eprintln!("{error}");
            return Ok(Status::Interrupted);
        }
        reports => reports?,
    };
    places.fill(|form, screen| render::render(&reports, form, screen))?;
    if stop.load(std::sync::atomic::Ordering::Relaxed) {
        return Ok(Status::Interrupted);
    }
    Ok(status(&reports, command.fail_on))
}

/// The command that repeats this rehearsal.
fn repeat(command: &Rehearse, variants: &[Variant]) -> String {
    let paths =
        command.scenarios.iter().map(|path: &PathBuf| files::quoted(&path.to_string_lossy()));
    let mut words: Vec<String> = vec![String::from("foreshadow rehearse")];
    words.extend(paths);
    words.extend(command.edits.sets());
    let default = foreshadow_sim::plan::Run::default().seed;
    let seed = |variant: &Variant| variant.scenario.file.run.seed.as_ref().map(|seed| seed.0);
    let seeds = variants.iter().map(|variant| seed(variant).unwrap_or(default));
    let common = seeds.clone().next().filter(|&first| seeds.clone().all(|seed| seed == first));
    if let Some(seed) = command.edits.seed.or(common) {
        words.push(format!("--seed {seed}"));
    }
    if command.uncertainty {
        words.push(String::from("--uncertainty"));
    }
    words.extend(command.edits.stale());
    words.join(" ")
}

/// The worst of all verdicts, as the command ends.
fn status(reports: &[Report], fail_on: Option<FailOn>) -> Status {
    let any = |verdict| reports.iter().any(|report| report.verdict == Some(verdict));
    let worse = || {
        let mut comparisons = reports.iter().flat_map(|report| &report.comparisons);
        comparisons.any(|comparison| comparison.verdict == Compared::Worse)
    };
    let (missed, undecided) = (any(Verdict::Missed), any(Verdict::Undecided));
    let failed = match fail_on {
        None | Some(FailOn::Missed) => missed,
        Some(FailOn::Worse) => missed || worse(),
        Some(FailOn::Undecided) => missed || undecided,
    };
    match fail_on {
        _ if failed => Status::Missed,
        None if undecided => Status::Undecided,
        _ => Status::Held,
    }
}
