//! `foreshadow rehearse`.

use std::path::PathBuf;

use anyhow::{Context, bail};
use foreshadow_scenarios::model::twin::Backtest;
use foreshadow_scenarios::rehearse::{self, Progress, Settings, Variant};
use foreshadow_scenarios::report::{Compared, Report, Verdict};
use foreshadow_scenarios::{Scenario, load_scenario};

use crate::args::{Args, FailOn, Rehearse};
use crate::progress::Line;
use crate::show::Places;
use crate::{Status, files, interrupt, render};

/// Age from which a twin is doubted.
const OLD_DAYS: i64 = 30;

/// Rehearses scenarios and shows the reports.
pub(crate) fn run(command: &Rehearse, args: &Args) -> anyhow::Result<Status> {
    let places = Places::new(&command.show)?;
    let sets = sets(command)?;
    let mut variants = Vec::new();
    for path in &command.scenarios {
        let scenario = load_scenario(path, &sets, &files::read)?;
        fresh(&scenario, command)?;
        let name = scenario.file.name.clone();
        variants.push(Variant { scenario, name, repeat: String::new() });
    }
    let repeat = repeat(command, &variants);
    for variant in &mut variants {
        variant.repeat.clone_from(&repeat);
    }
    let stop = interrupt::watch()?;
    let reports = in_pool(args, |line| {
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
    places.fill(|form, color| render::render(&reports, form, color))?;
    if stop.load(std::sync::atomic::Ordering::Relaxed) {
        return Ok(Status::Interrupted);
    }
    Ok(status(&reports, command.fail_on))
}

/// Runs `work` on as many threads as asked for, with a line of progress.
fn in_pool<T: Send>(args: &Args, work: impl FnOnce(&Line) -> T + Send) -> anyhow::Result<T> {
    let threads = args.threads.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let line = Line::new(args.quiet);
    Ok(pool.install(|| work(&line)))
}

/// The edits of the command line, as (address, value).
fn sets(command: &Rehearse) -> anyhow::Result<Vec<(String, String)>> {
    let mut sets = edits(&command.set)?;
    if let Some(seed) = command.seed {
        sets.push((String::from("run.seed"), seed.to_string()));
    }
    Ok(sets)
}

/// What `--set` says, as (address, value).
pub(crate) fn edits(texts: &[String]) -> anyhow::Result<Vec<(String, String)>> {
    let mut sets = Vec::new();
    for set in texts {
        let Some((address, value)) = set.split_once('=') else {
            bail!("--set {set}: expected ADDRESS=VALUE, as in gateway.replicas=6");
        };
        if value.trim().is_empty() {
            bail!("--set {set}: expected a value after `=`; `null` takes the default");
        }
        sets.push((address.trim().to_owned(), value.trim().to_owned()));
    }
    Ok(sets)
}

/// Refuses a twin that failed its last backtest, and warns of an old one.
fn fresh(scenario: &Scenario, command: &Rehearse) -> anyhow::Result<()> {
    let Some(learned) = &scenario.twin.learned else {
        return Ok(());
    };
    let twin = scenario.twin_path.display();
    if learned.backtest == Some(Backtest::Failed) && !command.allow_stale {
        bail!(
            "{twin} failed its last backtest: it does not predict the system it was learned from; \
             learn it anew, or go on with --allow-stale"
        );
    }
    let to: jiff::Timestamp =
        learned.to.parse().with_context(|| format!("{twin}: learned.to is no time"))?;
    let days = jiff::Timestamp::now().duration_since(to).as_hours() / 24;
    if days > OLD_DAYS {
        anstream::eprintln!("warning: {twin} was learned {days} days ago; systems change");
    }
    Ok(())
}

/// The command that repeats this rehearsal.
fn repeat(command: &Rehearse, variants: &[Variant]) -> String {
    let paths =
        command.scenarios.iter().map(|path: &PathBuf| files::quoted(&path.to_string_lossy()));
    let mut words: Vec<String> = vec![String::from("foreshadow rehearse")];
    words.extend(paths);
    words.extend(command.set.iter().map(|set| format!("--set {}", files::quoted(set))));
    let default = foreshadow_sim::plan::Run::default().seed;
    let seed = |variant: &Variant| variant.scenario.file.run.seed.as_ref().map(|seed| seed.0);
    let seeds = variants.iter().map(|variant| seed(variant).unwrap_or(default));
    let common = seeds.clone().next().filter(|&first| seeds.clone().all(|seed| seed == first));
    if let Some(seed) = command.seed.or(common) {
        words.push(format!("--seed {seed}"));
    }
    if command.uncertainty {
        words.push(String::from("--uncertainty"));
    }
    if command.allow_stale {
        words.push(String::from("--allow-stale"));
    }
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
