//! `foreshadow capacity`.

use anyhow::bail;
use foreshadow_campaigns::{Error, capacity};
use foreshadow_scenarios::load_scenario;

use crate::args::{Args, Capacity};
use crate::progress::Line;
use crate::show::Places;
use crate::{Status, files, interrupt, rehearse, render};

/// Finds the largest load that holds every objective.
pub(crate) fn run(command: &Capacity, args: &Args) -> anyhow::Result<Status> {
    let places = Places::new(&command.show)?;
    let mut sets = rehearse::edits(&command.set)?;
    sets.extend(command.seed.map(|seed| (String::from("run.seed"), seed.to_string())));
    let scenario = load_scenario(&command.scenario, &sets, &files::read)?;
    if !(command.precision > 0.0 && command.precision < 1.0) {
        bail!("--precision {}: expected a number between 0 and 1", command.precision);
    }
    let stop = interrupt::watch()?;
    let threads = args.threads.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let line = Line::new(args.quiet);
    let progress = |what: &str| line.say(what.to_owned());
    let settings = capacity::Settings { stop, progress: &progress, precision: command.precision };
    let found = pool.install(|| capacity::capacity(&scenario, &repeat(command), &settings));
    drop(line);
    let report = match found {
        Err(Error::Interrupted) => {
            anstream::eprintln!("interrupted before the capacity was found");
            return Ok(Status::Interrupted);
        }
        found => found?,
    };
    places.fill(|form, color| render::capacity(&report, form, color))?;
    Ok(Status::Held)
}

/// The command that repeats this search.
fn repeat(command: &Capacity) -> String {
    let mut words = vec![
        String::from("foreshadow capacity"),
        files::quoted(&command.scenario.to_string_lossy()),
    ];
    words.extend(command.set.iter().map(|set| format!("--set {}", files::quoted(set))));
    words.extend(command.seed.map(|seed| format!("--seed {seed}")));
    words.push(format!("--precision {}", command.precision));
    words.join(" ")
}
