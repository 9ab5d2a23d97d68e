//! `foreshadow learn --load`.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::Ordering;

use anyhow::bail;
use foreshadow_loadgen::{Error, LoadOptions, learn};
use foreshadow_telemetry::ReadOptions;

use crate::args::{Args, Learn};
use crate::progress::Line;
use crate::render::wrapped;
use crate::{Status, files, interrupt};

/// Learns a load, writes it, and says what it rests on.
pub(crate) fn run(command: &Learn, path: &Path, args: &Args) -> anyhow::Result<Status> {
    files::is_no_source(path, &command.sources)?;
    let output = files::Pending::new(path)?;
    let mut read = ReadOptions::default();
    for map in &command.map {
        read.map.add(map)?;
    }
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let own = file.as_deref().and_then(|file| file.split('.').next()).unwrap_or("load");
    let options = LoadOptions {
        name: command.name.clone().unwrap_or_else(|| own.to_owned()),
        bin: command.bin,
        metric: command.metric.clone(),
        session_gap: command.session_gap,
        endpoints: command.entry.iter().map(|entry| pair(entry)).collect::<Result<_, _>>()?,
        read,
    };
    let stop = interrupt::watch()?;
    let line = Line::new(args.quiet);
    let learned = learn(&command.sources, &options, &mut |requests| {
        line.say(format!("reading: {requests} requests"));
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
    output.write(&learned.yaml)?;
    let mut text = String::new();
    for fact in &learned.facts {
        wrapped(&mut text, fact, 0);
    }
    let name = files::quoted(&path.to_string_lossy());
    files::print(&format!("{text}\nwrote {name}\nnext: foreshadow forecast {name}\n"))?;
    Ok(Status::Held)
}

/// The two sides of `OPERATION=ADDRESS`; an operation may have an equals sign itself, an address not.
fn pair(text: &str) -> anyhow::Result<(String, String)> {
    match text.rsplit_once('=') {
        Some((operation, address)) if !operation.is_empty() => {
            Ok((operation.to_owned(), address.to_owned()))
        }
        _ => bail!("expected `OPERATION=ADDRESS` for --entry, found `{text}`"),
    }
}
