//! From files of spans to a twin: read, assemble, observe, infer, check, write.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use foreshadow_telemetry::{
    Assembler, AssemblyOptions, AssemblyReport, Column, ColumnMap, Error as ReadError, Facts,
    Names, ReadOptions, Record, read_records,
};

use crate::check::{self, Check};
use crate::declare::Declarations;
use crate::error::Error;
use crate::graph::{self, Graph};
use crate::history::History;
use crate::infer::{self, Labels};
use crate::observe::{Apart, Observations, Observer};
use crate::quality::Quality;
use crate::write::{self, Header, instant};

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
    /// Components to add although only files of facts know them, by their names there.
    pub include: Vec<String>,
    /// How long the lists of incidents and events are kept; by default their own span says so.
    pub history: Option<Duration>,
    /// Share of all traces that the files hold, by which rates are divided; none: all.
    pub sampled: Option<f64>,
    /// The present [ns since 1970], after which no list of incidents can end; none: not checked.
    pub now_ns: Option<u64>,
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
            include: Vec::new(),
            history: None,
            sampled: None,
            now_ns: None,
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

/// Learns a twin from files of spans, and from what files of facts say of the same system.
///
/// The files are parts of one observation: a trace may be spread over several. Of facts, the file
/// that is named first counts where two differ.
///
/// # Errors
/// See [`Error`].
pub fn learn(
    paths: &[PathBuf],
    options: &LearnOptions,
    progress: &mut OnProgress<'_>,
) -> Result<Learned, Error> {
    let (observations, facts, history, quality) = read_all(paths, options, progress)?;
    let name = options
        .name
        .clone()
        .unwrap_or_else(|| paths.first().map_or_else(String::new, |it| stem(it)));
    let sources = Sources { observations: &observations, facts: &facts, history: &history };
    finish(sources, &name, options, quality, progress)
}

/// Reads all files, and observes what their spans show.
///
/// # Errors
/// See [`Error`].
pub(crate) fn read_all(
    paths: &[PathBuf],
    options: &LearnOptions,
    progress: &mut OnProgress<'_>,
) -> Result<(Observations, Facts, History, Quality), Error> {
    if paths.is_empty() {
        return Err(Error::NoFiles);
    }
    for (i, path) in paths.iter().enumerate() {
        if paths[..i].contains(path) {
            return Err(Error::Twice(path.clone()));
        }
    }
    let mut names = Names::default();
    let mut assembler = Assembler::new(options.assembly);
    let mut observer = Observer::new(options.max_visits);
    let mut quality = Quality::default();
    let (mut spans, mut facts, mut history) = (0, Facts::default(), History::default());
    for path in paths {
        let mut sink = |record| {
            let span = match record {
                Record::Span(span) => span,
                Record::Facts(found) => {
                    facts.merge(*found);
                    return Ok(());
                }
                Record::Event(event) => {
                    history.push(event);
                    return Ok(());
                }
                _ => return Ok(()),
            };
            assembler.push(span, &mut |trace| observer.push(&trace));
            spans += 1;
            if spans % REPORT_EVERY == 0 {
                let traces = observer.traces_seen();
                return go_on(progress(Progress::Reading { file: path, spans, traces }));
            }
            Ok(())
        };
        let summary = read_records(path, &options.read, &mut names, &mut sink)?;
        quality.files.push((file_name(path), summary));
    }
    quality.assembly = assembler.finish(&mut |trace| observer.push(&trace));
    if spans == 0 {
        let kinds = quality.files.iter().map(|(name, it)| format!("{name} is {}", it.format));
        return Err(Error::NoSpans(kinds.collect::<Vec<_>>().join(", ")));
    }
    if quality.assembly.traces == 0 {
        return Err(no_traces(spans, &quality.assembly));
    }
    if let Some((column, header)) = unused_map(&options.read.map, &quality) {
        return Err(Error::UnusedMap { column: column.name(), header: header.to_owned() });
    }
    if options.history.is_some() {
        check_history(&history, options.now_ns)?;
    }
    history.finish(&names);
    let mut observations = observer.finish(&names).map_err(apart)?;
    if let Some(share) = options.sampled {
        assert!(share > 0.0 && share <= 1.0, "a share of traces is above 0 and at most 1");
        observations.sampled = share;
    }
    quality.sampled = options.sampled;
    Ok((observations, facts, history, quality))
}

/// A column that was named and that no file has.
fn unused_map<'a>(map: &'a ColumnMap, quality: &Quality) -> Option<(Column, &'a str)> {
    let is_used = |column: Column| {
        let columns = quality.files.iter().flat_map(|(_, summary)| &summary.columns);
        columns.into_iter().any(|(used, _)| *used == column)
    };
    map.iter().find(|(column, _)| !is_used(*column))
}

/// How long lists are kept is said of lists that are there, and that have ended.
fn check_history(history: &History, now_ns: Option<u64>) -> Result<(), Error> {
    let Some(last_ns) = history.last_ns() else { return Err(Error::NoHistory) };
    match now_ns {
        Some(now_ns) if last_ns > now_ns => Err(Error::FutureHistory(instant(last_ns))),
        _ => Ok(()),
    }
}

/// Everything that was read.
#[derive(Debug, Clone, Copy)]
struct Sources<'a> {
    observations: &'a Observations,
    facts: &'a Facts,
    history: &'a History,
}

/// Everything after reading.
fn finish(
    Sources { observations, facts, history }: Sources<'_>,
    name: &str,
    options: &LearnOptions,
    mut quality: Quality,
    progress: &mut OnProgress<'_>,
) -> Result<Learned, Error> {
    go_on(progress(Progress::Fitting))?;
    let labels = Labels::of(observations);
    let mut model = infer::infer(observations.view(), &labels);
    let mut declarations =
        Declarations::of(facts, &model, &options.include).map_err(Error::NotDeclared)?;
    let notes = declarations.apply(&mut model);
    declarations.report.add(&notes);
    let kept_ns = options.history.map(|time| time.as_nanos() as f64);
    quality.history = history.apply(&mut model, kept_ns);
    let graph = graph::graph(observations.view(), &labels);
    quality.note(observations, &model);
    quality.facts = declarations.report.clone();
    quality.service_edges = graph::service_edges(&graph).len();
    let check = if options.check {
        go_on(progress(Progress::Checking))?;
        check::check(observations, &labels, &declarations)?
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
        error: check.as_ref().map(Check::p95_error),
        notes: &notes,
    };
    let twin_yaml = write::write(&model, &header);
    Ok(Learned { twin_yaml, graph, quality, check })
}

pub(crate) fn go_on(flow: ControlFlow<()>) -> Result<(), ReadError> {
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

fn apart(Apart { traces: [before, after], gap: [last, first] }: Apart) -> Error {
    Error::Apart { before, last: instant(last), after, first: instant(first) }
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
