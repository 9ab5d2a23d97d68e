//! `foreshadow capacity`.

use anyhow::bail;
use foreshadow_campaigns::{Error, capacity};
use foreshadow_scenarios::load_scenario;

use crate::args::{Args, Capacity};
use crate::show::Places;
use crate::{Status, files, interrupt, render, work};

/// Finds the largest load that holds every objective.
pub(crate) fn run(command: &Capacity, args: &Args) -> anyhow::Result<Status> {
    let places = Places::new(&command.show)?;
    let scenario = load_scenario(&command.scenario, &command.edits.list()?, &files::read)?;
    command.edits.check(&scenario)?;
    if !(0.001..1.0).contains(&command.precision) {
        bail!("--precision {}: expected a share from 0.001 to 1", command.precision);
    }
    let stop = interrupt::watch()?;
    let found = work::in_pool(args, |line| {
        let progress = |what: &str| line.say(what.to_owned());
        let precision = command.precision;
        let settings = capacity::Settings { stop, progress: &progress, precision };
        capacity::capacity(&scenario, &repeat(command), &settings)
    })?;
    let report = match found {
        Err(Error::Interrupted) => {
            anstream::eprintln!("interrupted before the capacity was found");
            return Ok(Status::Interrupted);
        }
        found => found?,
    };
    places.fill(|form, screen| render::capacity(&report, form, screen))?;
    Ok(Status::Held)
}

/// The command that repeats this search.
fn repeat(command: &Capacity) -> String {
    let mut words = vec![
        String::from("foreshadow capacity"),
        files::quoted(&command.scenario.to_string_lossy()),
    ];
    words.extend(command.edits.words());
    words.push(format!("--precision {}", command.precision));
    words.join(" ")
}
