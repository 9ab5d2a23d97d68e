//! `foreshadow learn`.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use foreshadow_twin::{Check, Error, LearnOptions, Learned, Progress, learn};

use crate::args::{Args, Learn};
use crate::progress::Line;
use crate::{Status, files, interrupt};

/// Learns a twin from recorded spans, writes it, and says how well it predicts.
pub(crate) fn run(command: &Learn, args: &Args) -> anyhow::Result<Status> {
    let mut options = LearnOptions { name: name(command), ..LearnOptions::default() };
    for map in &command.map {
        options.read.map.add(map)?;
    }
    let output = match &command.out {
        Some(path) => Some((path, files::Pending::new(path)?)),
        None => None,
    };
    let stop = interrupt::watch()?;
    let line = Line::new(args.quiet);
    let learned = learn(&command.sources, &options, &mut |progress| {
        line.say(match progress {
            Progress::Reading { spans, traces, .. } => {
                format!("reading: {spans} spans, {traces} traces")
            }
            Progress::Fitting => String::from("fitting"),
            Progress::Checking => String::from("checking against what was held back"),
        });
        if stop.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    drop(line);
    let learned = match learned {
        Err(Error::Interrupted) => return Ok(Status::Interrupted),
        learned => learned?,
    };
    if let Some((path, file)) = output {
        file.write(&learned.twin_yaml)?;
        let name = files::quoted(&path.to_string_lossy());
        files::print(&format!(
            "{}\nwrote {name}\nnext: foreshadow init --from {name} scenario.yaml\n",
            summary(&learned)
        ))?;
    } else {
        files::print(&learned.twin_yaml)?;
        anstream::eprint!("{}", summary(&learned));
    }
    Ok(Status::Held)
}

/// The name asked for, or that of the output file up to its first dot.
fn name(command: &Learn) -> Option<String> {
    let of_file = |path: &std::path::PathBuf| {
        let name = path.file_name()?.to_string_lossy().into_owned();
        Some(name.split('.').next().unwrap_or(&name).to_owned())
    };
    command.name.clone().or_else(|| command.out.as_ref().and_then(of_file))
}

/// What was learned, and how well it predicts.
fn summary(learned: &Learned) -> String {
    let mut text = format!("{}\n", learned.quality);
    match &learned.check {
        Some(check) => text += &format!("\n{check}\n"),
        None => text += "\nNothing was held back to check it: too few traces.\n",
    }
    if learned.check.as_ref().is_some_and(|check| !Check::passed(check)) {
        text += "It does not predict what was held back; rehearse refuses it.\n";
    }
    text
}
