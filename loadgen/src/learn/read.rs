//! Reading: requests, first spans of traces, counters of metrics, and plain tables of times or counts.

mod counters;
mod table;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use foreshadow_telemetry::{
    Error as ReadError, Names, Record, Request, Span, Symbol, read_records,
};

use super::people::People;
use super::sizes::SizeCounts;
use super::templates::{Seen, templates};
use super::{LoadOptions, Recording};
use crate::error::Error;
use counters::Counters;

/// Operations of a file that are counted one by one; the first so many, for those called often come early.
pub(super) const MOST_COUNTED: usize = 10_000;
/// Requests between two looks at whether to stop.
const TOLD_EVERY: u64 = 1 << 16;

/// Reads all files.
pub(super) fn read(
    paths: &[PathBuf],
    options: &LoadOptions,
    on_progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<Recording, Error> {
    let mut recording = Recording::new(options.session_gap);
    if let Some(path) = paths.iter().find(|path| table::is_table(path)) {
        let [only] = paths else {
            let path = path.display().to_string();
            return Err(Error::Alone { path });
        };
        table::read(only, &mut recording)?;
        return Ok(recording);
    }
    let mut counters = Counters::new(options.metric.clone());
    for path in paths {
        one(path, options, &mut recording, &mut counters, on_progress)?;
    }
    if recording.requests > 0 {
        return Ok(recording);
    }
    counters.finish(recording)
}

/// Reads one file of telemetry.
fn one(
    path: &Path,
    options: &LoadOptions,
    recording: &mut Recording,
    counters: &mut Counters,
    on_progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<(), Error> {
    let mut names = Names::of_operations(MOST_COUNTED);
    let mut operations = Operations::default();
    let mut told = recording.requests;
    recording.sessions.next_file();
    let first_operation = recording.operations.len();
    // A reader's sink cannot look at names while it reads, so records wait until it can.
    let mut waiting: Vec<Waiting> = Vec::new();
    let mut stopped = false;
    let summary = read_records(path, &options.read, &mut names, &mut |record| {
        match record {
            Record::Request(request) => {
                let second = (request.start_ns / 1_000_000_000) as i64;
                recording.cells.add(second, 1);
                recording.requests += 1;
                let number = operations.add((None, request.operation), second, &request);
                if let Some(who) = request.who {
                    recording.mix.meet(who);
                    let operation = (first_operation + number) as u32;
                    let (start, duration) = (request.start_ns, request.duration_ns);
                    recording.sessions.take(who, start, duration, operation);
                }
            }
            Record::Span(span) if is_first(&span) => {
                let second = (span.start_ns / 1_000_000_000) as i64;
                recording.cells.add(second, 1);
                recording.requests += 1;
                operations.count((Some(span.service), span.operation), second);
            }
            Record::Point(point) => {
                waiting.push(Waiting {
                    series: point.series,
                    time_ns: point.time_ns,
                    value: point.value,
                });
            }
            _ => {}
        }
        if recording.requests - told >= TOLD_EVERY {
            told = recording.requests;
            if on_progress(told).is_break() {
                stopped = true;
                return Err(ReadError::Interrupted);
            }
        }
        Ok(())
    });
    if stopped {
        return Err(Error::Interrupted);
    }
    let summary = summary?;
    if summary.skipped() > 0 {
        let file = path.display();
        recording.notes.push(format!("{file}: {} lines left out as unusable", summary.skipped()));
    }
    operations.hand_on(&names, &options.endpoints, recording);
    counters.take(waiting, &names);
    Ok(())
}

/// A point of a series, until its name can be looked up.
#[derive(Debug)]
struct Waiting {
    series: foreshadow_telemetry::SeriesId,
    time_ns: Option<u64>,
    value: f64,
}

/// Whether a span is where a request of a user came in.
fn is_first(span: &Span) -> bool {
    span.parent.is_none()
}

/// The service, where it is told, and the operation.
type Operation = (Option<Symbol>, Symbol);

/// What was counted of an operation.
#[derive(Debug, Default)]
struct Counted {
    /// From 0, in the order in which operations came.
    number: usize,
    by_hour: [u64; 24],
    answers: SizeCounts,
    requests: SizeCounts,
    people: People,
}

/// Requests of one file by operation and hour of the day.
#[derive(Debug, Default)]
struct Operations {
    known: HashMap<Operation, Counted>,
}

impl Operations {
    /// Counts a call of an operation.
    fn count(&mut self, operation: Operation, second: i64) -> &mut Counted {
        let number = self.known.len();
        let counted =
            self.known.entry(operation).or_insert_with(|| Counted { number, ..Counted::default() });
        counted.by_hour[(second.rem_euclid(86_400) / 3600) as usize] += 1;
        counted
    }

    /// Counts a request; returns the number of its operation.
    fn add(&mut self, operation: Operation, second: i64, request: &Request) -> usize {
        let counted = self.count(operation, second);
        if let Some(bytes) = request.bytes {
            counted.answers.add(bytes);
        }
        if let Some(bytes) = request.request_bytes {
            counted.requests.add(bytes);
        }
        if let Some(who) = request.who {
            counted.people.add(who);
        }
        counted.number
    }

    fn hand_on(self, names: &Names, endpoints: &[(String, String)], recording: &mut Recording) {
        let first = recording.operations.len();
        recording.operations.resize(first + self.known.len(), None);
        let name = |(service, operation): &Operation| {
            let operation = names.text(*operation);
            match service {
                _ if operation == Names::OTHERS => String::from(Names::OTHERS),
                Some(service) => format!("{}.{operation}", names.text(*service)),
                None => operation.to_owned(),
            }
        };
        let all = self.known.into_iter();
        let mut all: Vec<(String, Counted)> =
            all.map(|(operation, counted)| (name(&operation), counted)).collect();
        // The most called first, in case there are more than can be told apart.
        let calls = |counted: &Counted| counted.by_hour.iter().sum::<u64>();
        all.sort_by(|a, b| calls(&b.1).cmp(&calls(&a.1)).then_with(|| a.0.cmp(&b.0)));
        let is_told = recording.mix.tells_people();
        let seen: Vec<Seen<'_>> = all
            .iter()
            .map(|(name, counted)| Seen {
                name,
                calls: calls(counted),
                is_one_persons: is_told && counted.people.is_one(),
            })
            .collect();
        let templates = templates(&seen, endpoints);
        for ((_, counted), name) in all.iter().zip(templates) {
            let number = (name != Names::OTHERS).then(|| recording.mix.operation(&name)).flatten();
            recording.operations[first + counted.number] = number;
            let hours = counted.by_hour.into_iter().enumerate();
            for (hour, count) in hours.filter(|(_, count)| *count > 0) {
                recording.mix.add(number, hour as i64 * 3600, count);
            }
            recording.mix.add_sizes(number, &counted.answers, &counted.requests);
            recording.mix.add_people(number, counted.people);
        }
    }
}
