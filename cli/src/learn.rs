//! `foreshadow learn`.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use foreshadow_scenarios::{CheckedTwin, load_twin};
use foreshadow_twin::{
    Check, Dependencies, Error, LearnOptions, Learned, Progress, Quality, learn, unstamped, update,
};

use crate::args::{Args, Learn};
use crate::progress::Line;
use crate::render::wrapped;
use crate::{Status, files, interrupt, learn_load};

/// Learns a twin from recorded spans, writes it, and says how well it predicts.
pub(crate) fn run(command: &Learn, args: &Args) -> anyhow::Result<Status> {
    if let Some(path) = &command.load {
        let status = learn_load::run(command, path, args)?;
        if command.out.is_none() && command.update.is_none() || status != Status::Held {
            return Ok(status);
        }
    }
    let old = command.update.as_ref().map(|path| load_twin(path, &files::read)).transpose()?;
    let mut options = LearnOptions {
        name: name(command, old.as_ref()),
        include: command.include.clone(),
        history: command.history,
        sampled: command.sampled,
        now_ns: u64::try_from(jiff::Timestamp::now().as_nanosecond()).ok(),
        ..LearnOptions::default()
    };
    for map in &command.map {
        options.read.map.add(map)?;
    }
    if let Some(out) = &command.out {
        files::is_no_source(out, &command.sources)?;
    }
    let output = match command.out.as_ref().or(command.update.as_ref()) {
        Some(path) => Some((path, files::Pending::new(path)?)),
        None => None,
    };
    let stop = interrupt::watch()?;
    let line = Line::new(args.quiet);
    let learned = learn(&command.sources, &options, &mut |progress| tell(&line, stop, progress));
    drop(line);
    let mut learned = match learned {
        Err(Error::Interrupted) => return Ok(Status::Interrupted),
        learned => learned?,
    };
    let changes = match &old {
        Some(old) => updated(old, &mut learned)?,
        None => String::new(),
    };
    if let Some((path, file)) = output {
        file.write(&learned.twin_yaml)?;
        let name = files::quoted(&path.to_string_lossy());
        files::print(&format!(
            "{}{changes}\nwrote {name}\nnext: foreshadow init --from {name} scenario.yaml\n",
            summary(&learned)
        ))?;
    } else {
        files::print(&learned.twin_yaml)?;
        anstream::eprint!("{}", summary(&learned));
    }
    Ok(Status::Held)
}

/// Shows what is going on, and stops when asked to.
pub(crate) fn tell(line: &Line, stop: &AtomicBool, progress: Progress<'_>) -> ControlFlow<()> {
    line.say(match progress {
        Progress::Reading { spans, traces, .. } => {
            format!("reading: {spans} spans, {traces} traces")
        }
        Progress::Fitting => String::from("fitting"),
        Progress::Checking => String::from("simulating what was seen"),
    });
    if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// Changes listed before the rest is counted.
const MOST_CHANGES: usize = 60;

/// Puts what a person wrote into `old` into what was learned; what was kept and what changed.
fn updated(old: &CheckedTwin, learned: &mut Learned) -> anyhow::Result<String> {
    let updated = update(old, &learned.twin_yaml)?;
    // The check was of what was learned alone: with something kept it is another twin.
    let is_other = updated.kept.iter().any(|kept| kept != "objectives");
    learned.twin_yaml = if is_other { unstamped(&updated.twin_yaml) } else { updated.twin_yaml };
    let text = |_: &std::path::Path| Ok(learned.twin_yaml.clone());
    let new = load_twin("twin.yaml".as_ref(), &text)?;
    let kept = match updated.kept.as_slice() {
        [] => String::from("nothing"),
        kept => kept.join(", "),
    };
    let changes = crate::graph::change_lines(&Dependencies::compare(old, &new));
    let note = if is_other {
        "The check above is of what was learned alone; `backtest --write` checks the twin as it is now.\n"
    } else {
        ""
    };
    let mut text = format!("\nKept as they were\n  {kept}\n{note}\nChanged\n");
    if changes.is_empty() {
        text += "  nothing\n";
    }
    for change in changes.iter().take(MOST_CHANGES) {
        text += &format!("  {change}\n");
    }
    if changes.len() > MOST_CHANGES {
        let more = changes.len() - MOST_CHANGES;
        text += &format!("  … and {more} more (foreshadow graph NEW --since OLD has all)\n");
    }
    Ok(text)
}

/// The name asked for, that of the twin that is updated, or that of the output file up to its first
/// dot.
fn name(command: &Learn, old: Option<&CheckedTwin>) -> Option<String> {
    let of_file = |path: &std::path::PathBuf| {
        let name = path.file_name()?.to_string_lossy().into_owned();
        Some(name.split('.').next().unwrap_or(&name).to_owned())
    };
    let of_old = || old.map(|old| old.twin.name.clone());
    command.name.clone().or_else(of_old).or_else(|| command.out.as_ref().and_then(of_file))
}

/// What a twin rests on, a fact a paragraph.
pub(crate) fn quality(quality: &Quality) -> String {
    let mut text = String::new();
    for fact in quality.lines() {
        wrapped(&mut text, &fact, 0);
    }
    text
}

/// What was learned, and how well it predicts.
fn summary(learned: &Learned) -> String {
    let mut text = quality(&learned.quality);
    match &learned.check {
        Some(check) => text += &format!("\n{check}"),
        None => text += "\nNothing was held back to check it: too few traces.\n",
    }
    if learned.check.as_ref().is_some_and(|check| !Check::passed(check)) {
        text += "It does not predict what was held back; rehearse refuses it.\n";
    }
    text
}
