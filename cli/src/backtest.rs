//! `foreshadow backtest`.

use anyhow::bail;
use foreshadow_scenarios::load_twin;
use foreshadow_twin::{Error, LearnOptions, backtest, stamped};

use crate::args::{Args, Backtest};
use crate::learn::{quality, tell};
use crate::progress::Line;
use crate::{Status, files, interrupt};

/// Holds a twin against telemetry; ends with 1 when it does not predict the system any more.
pub(crate) fn run(command: &Backtest, args: &Args) -> anyhow::Result<Status> {
    let mut options = LearnOptions { sampled: command.sampled, ..LearnOptions::default() };
    for map in &command.map {
        options.read.map.add(map)?;
    }
    let text = files::read(&command.twin)
        .map_err(|error| anyhow::anyhow!("cannot read {}: {error}", command.twin.display()))?;
    let twin = load_twin(&command.twin, &|_| Ok(text.clone()))?;
    if command.write {
        // Whether it has a place for the outcome is known before any work is done.
        stamped(&twin, &text, false, 0.0)?;
    }
    let stop = interrupt::watch()?;
    let line = Line::new(args.quiet);
    let done = backtest(&twin, &text, &command.against, &options, &mut |progress| {
        tell(&line, stop, progress)
    });
    drop(line);
    let done = match done {
        Err(Error::Interrupted) => return Ok(Status::Interrupted),
        done => done?,
    };
    files::print(&format!("{}\n{done}", quality(&done.quality)))?;
    if command.write && done.overlap > 0.0 {
        bail!(
            "--write: nothing is written into {}, because the twin was learned from the time of these files \
             ({:.0} % of it); its outcome must be of a time that it has not seen",
            command.twin.display(),
            100.0 * done.overlap
        );
    }
    if !done.is_judged() {
        if command.write {
            files::print("nothing is written into the twin\n")?;
        }
        return Ok(Status::Undecided);
    }
    if command.write {
        let outcome = if done.passed() { "passed" } else { "failed" };
        let [_, (error, _)] = done.errors();
        files::write(&command.twin, &stamped(&twin, &text, done.passed(), error)?)?;
        files::print(&format!("wrote learned.backtest: {outcome}\n"))?;
    }
    Ok(if done.passed() { Status::Held } else { Status::Missed })
}
