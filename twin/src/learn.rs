//! From files of spans to a twin: read, assemble, observe, infer, check, write.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use foreshadow_telemetry::{
    Assembler, AssemblyOptions, AssemblyReport, Error as ReadError, Names, ReadOptions, read,
};

use crate::check::{self, Check};
use crate::error::Error;
use crate::graph::{self, Graph};
use crate::infer::{self, Labels};
use crate::observe::{Observations, Observer};
use crate::quality::Quality;
use crate::write::{self, Header};

/// How to learn.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnOptions {
    /// Name of the twin; by default that of the first file, up to its first dot.
    pub name: Option<String>,
    /// How files are read.
    pub read: ReadOptions,
    /// When traces are complete.
    pub assembly: AssemblyOptions,
    /// The most visits to keep, about 100 bytes each; beyond, whole traces are left out evenly.
    pub max_visits: usize,
    /// Whether to hold half of the time back and check the twin of the other half against it.
    pub check: bool,
}

impl Default for LearnOptions {
    fn default() -> Self {
        Self {
            name: None,
            read: ReadOptions::default(),
            assembly: AssemblyOptions::default(),
            max_visits: 3_000_000,
            check: true,
        }
    }
}

/// What is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// Spans are being read; told every ten thousand spans.
    Reading {
        /// From this file.
        file: &'a Path,
        /// Spans so far, of all files.
        spans: u64,
        /// Complete traces so far.
        traces: u64,
    },
    /// Laws and structure are being fitted.
    Fitting,
    /// The twin of one half is being simulated.
    Checking,
}

/// Told of progress; breaks to stop.
pub type OnProgress<'a> = dyn FnMut(Progress<'_>) -> ControlFlow<()> + 'a;

/// A learned twin.
#[derive(Debug, Clone)]
pub struct Learned {
    /// Its file.
    pub twin_yaml: String,
    /// Who calls whom.
    pub graph: Graph,
    /// What it rests on.
    pub quality: Quality,
    /// How it did on what was held back; none if not asked for, or if there is too little.
    pub check: Option<Check>,
}

/// Spans between two reports of progress.
const REPORT_EVERY: u64 = 10_000;

/// Learns a twin from files of spans.
///
/// The files are parts of one observation: a trace may be spread over several.
///
/// # Errors
/// See [`Error`].
pub fn learn(
    paths: &[PathBuf],
    options: &LearnOptions,
    progress: &mut OnProgress<'_>,
) -> Result<Learned, Error> {
    let first = paths.first().ok_or(Error::NoFiles)?;
    for (i, path) in paths.iter().enumerate() {
        if paths[..i].contains(path) {
            return Err(Error::Twice(path.clone()));
        }
    }
    let mut names = Names::default();
    let mut assembler = Assembler::new(options.assembly);
    let mut observer = Observer::new(options.max_visits);
    let mut quality = Quality::default();
    let mut spans = 0;
    for path in paths {
        let mut sink = |span| {
            assembler.push(span, &mut |trace| observer.push(&trace));
            spans += 1;
            if spans % REPORT_EVERY == 0 {
                let traces = observer.traces_seen();
                return go_on(progress(Progress::Reading { file: path, spans, traces }));
            }
            Ok(())
        };
        let summary = read(path, &options.read, &mut names, &mut sink)?;
        quality.files.push((file_name(path), summary));
    }
    quality.assembly = assembler.finish(&mut |trace| observer.push(&trace));
    if quality.assembly.traces == 0 {
        return Err(no_traces(spans, &quality.assembly));
    }
    let name = options.name.clone().unwrap_or_else(|| stem(first));
    finish(&observer.finish(&names), &name, options.check, quality, progress)
}

/// Everything after reading.
fn finish(
    observations: &Observations,
    name: &str,
    with_check: bool,
    mut quality: Quality,
    progress: &mut OnProgress<'_>,
) -> Result<Learned, Error> {
    go_on(progress(Progress::Fitting))?;
    let labels = Labels::of(observations);
    let model = infer::infer(observations.view(), &labels);
    let graph = graph::graph(observations.view(), &labels);
    quality.note(observations, &model);
    quality.service_edges = graph::service_edges(&graph).len();
    let check = if with_check {
        go_on(progress(Progress::Checking))?;
        check::check(observations, &labels)?
    } else {
        None
    };
    let mut notes = quality.lines();
    notes.push(match &check {
        Some(check) => format!("check: {}", check.summary()),
        None => String::from("check: none; there is too little, or it was not asked for"),
    });
    let header = Header {
        name,
        first_ns: observations.first_ns,
        last_ns: observations.last_ns,
        passed: check.as_ref().map(Check::passed),
        notes: &notes,
    };
    let twin_yaml = write::write(&model, &header);
    Ok(Learned { twin_yaml, graph, quality, check })
}

fn go_on(flow: ControlFlow<()>) -> Result<(), ReadError> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ReadError::Interrupted),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The name of a file up to its first dot.
fn stem(path: &Path) -> String {
    let file = file_name(path);
    file.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or("twin").to_owned()
}

fn no_traces(spans: u64, report: &AssemblyReport) -> Error {
    let reason = format!(
        "in {} traces spans are each other's ancestors; check the column of parents",
        report.cyclic_traces
    );
    Error::NoTraces { spans, reason }
}

#[cfg(test)]
mod tests;
