//! Where all readers hand their records in: counts, limits, defaults, and the way to the sink.

use std::{collections::HashMap, io};

use crate::{
    database::{self, Statement},
    error::Error,
    facts::Facts,
    id::{SpanId, TraceId},
    names::{Names, Symbol},
    quality::{Defect, Place, ReadSummary, UNKNOWN_OPERATION, UNKNOWN_SERVICE},
    record::{Kind, Point, Record},
    redact, sampling,
    source::{self, Failure, Progress, RECORD_LIMIT},
    span::{Database, Span, SpanKind, SpanStatus, TimeRange},
};

mod series;

/// A duration above this is a mistake, not a request.
const LONGEST_NS: u64 = 366 * 24 * 3_600 * 1_000_000_000;

pub(super) const FIRST: Place = Place { record: 1, line: 1 };

/// One record as a format gives it, before it is checked.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) trace: Option<TraceId>,
    pub(super) id: Option<SpanId>,
    pub(super) parent: Option<SpanId>,
    pub(super) start_ns: Result<u64, Defect>,
    pub(super) duration_ns: Result<u64, Defect>,
    pub(super) service: Option<Symbol>,
    pub(super) instance: Option<Symbol>,
    pub(super) operation: Option<Symbol>,
    pub(super) database: Option<Database>,
    pub(super) kind: SpanKind,
    pub(super) status: SpanStatus,
    /// Share of all traces that was recorded, where the span says so.
    pub(super) sampled: Option<f64>,
    pub(super) place: Place,
}

impl Draft {
    /// A record of which nothing is known but its place.
    pub(super) fn new(place: Place) -> Self {
        Self {
            trace: None,
            id: None,
            parent: None,
            start_ns: Err(Defect::Time),
            duration_ns: Err(Defect::Time),
            service: None,
            instance: None,
            operation: None,
            database: None,
            kind: SpanKind::Unspecified,
            status: SpanStatus::Unset,
            sampled: None,
            place,
        }
    }
}

/// The common end of all readers.
pub(super) struct Intake<'a> {
    pub(super) file: &'a str,
    pub(super) names: &'a mut Names,
    pub(super) summary: ReadSummary,
    pub(super) progress: &'a Progress,
    sink: &'a mut dyn FnMut(Record) -> Result<(), Error>,
    /// What the name of each operation says of databases.
    databases: HashMap<Symbol, Option<Database>, foldhash::fast::RandomState>,
    /// What was met of each series of metrics.
    series: series::Checks,
}

impl<'a> Intake<'a> {
    pub(super) fn new(
        file: &'a str,
        progress: &'a Progress,
        summary: ReadSummary,
        names: &'a mut Names,
        sink: &'a mut dyn FnMut(Record) -> Result<(), Error>,
    ) -> Self {
        let (databases, series) = (HashMap::default(), series::Checks::default());
        Self { file, names, summary, progress, sink, databases, series }
    }

    /// The record that is being read.
    pub(super) fn place(&self) -> Place {
        Place { record: self.summary.records + 1, line: self.progress.line() }
    }

    /// Counts a record that is no span at all.
    pub(super) fn reject(&mut self, defect: Defect, place: Place) {
        self.progress.mark();
        self.summary.records += 1;
        self.summary.note(defect, place);
    }

    /// Checks a record, and hands it on if it is good.
    pub(super) fn accept(&mut self, draft: &Draft) -> Result<(), Error> {
        self.progress.mark();
        match self.check(draft) {
            Err(defect) => self.reject(defect, draft.place),
            Ok(span) => {
                self.summary.records += 1;
                self.summary.add(Kind::Spans);
                if let Some(share) = draft.sampled {
                    sampling::count(&mut self.summary.sampling, share);
                }
                TimeRange::include(&mut self.summary.starts, span.starts());
                (self.sink)(Record::Span(span))?;
            }
        }
        Ok(())
    }

    /// Hands a record on that its reader has checked.
    pub(super) fn hand_on(&mut self, record: Record, start_ns: Option<u64>) -> Result<(), Error> {
        self.progress.mark();
        self.summary.records += 1;
        self.summary.add(record.kind());
        if let Some(ns) = start_ns {
            let instant = TimeRange { first_ns: ns, last_ns: ns };
            TimeRange::include(&mut self.summary.starts, instant);
        }
        (self.sink)(record)
    }

    /// Hands a point on, unless its series has it already; notes gaps, and labels that are not kept.
    pub(super) fn point(&mut self, point: Point, place: Place) -> Result<(), Error> {
        match self.series.check(point) {
            Some(defect) if defect.skips() => {
                self.reject(defect, place);
                return Ok(());
            }
            Some(defect) => self.summary.note(defect, place),
            None => {}
        }
        if self.names.series(point.series).withheld != 0 {
            self.summary.note(Defect::Withheld, place);
        }
        self.hand_on(Record::Point(point), point.time_ns)
    }

    /// Counts one object that facts came from; the facts themselves follow at the end.
    pub(super) fn count_fact(&mut self) {
        self.progress.mark();
        self.summary.records += 1;
        self.summary.add(Kind::Facts);
    }

    /// Hands on the facts of the file, which came from so many `objects` that are not yet counted.
    pub(super) fn facts(&mut self, facts: Facts, objects: u64) -> Result<(), Error> {
        self.summary.records += objects;
        if facts.is_empty() {
            return Ok(());
        }
        for _ in 0..objects {
            self.summary.add(Kind::Facts);
        }
        (self.sink)(Record::Facts(Box::new(facts)))
    }

    /// The symbol of an operation, without what identifies anybody.
    pub(super) fn operation(&mut self, text: &str) -> Symbol {
        operation(self.names, text)
    }

    fn check(&mut self, draft: &Draft) -> Result<Span, Defect> {
        let trace = draft.trace.ok_or(Defect::NoTraceId)?;
        let id = draft.id.ok_or(Defect::NoSpanId)?;
        let (start_ns, duration_ns) = (draft.start_ns?, draft.duration_ns?);
        if duration_ns > LONGEST_NS || start_ns.checked_add(duration_ns).is_none() {
            return Err(Defect::Duration);
        }
        let service = draft.service.unwrap_or_else(|| {
            self.summary.note(Defect::NoService, draft.place);
            self.names.intern(UNKNOWN_SERVICE)
        });
        let operation = draft.operation.unwrap_or_else(|| {
            self.summary.note(Defect::NoOperation, draft.place);
            self.names.intern(UNKNOWN_OPERATION)
        });
        let Draft { parent, instance, kind, status, .. } = *draft;
        let database = draft.database.or_else(|| self.database_of(operation));
        Ok(Span {
            trace,
            id,
            parent,
            start_ns,
            duration_ns,
            service,
            instance,
            operation,
            database,
            kind,
            status,
        })
    }

    fn database_of(&mut self, operation: Symbol) -> Option<Database> {
        if let Some(&known) = self.databases.get(&operation) {
            return known;
        }
        let found = match database::of_operation(self.names.text(operation)) {
            Statement::On(name) => {
                let name = name.to_owned();
                Some(Database::Named(self.names.intern(&name)))
            }
            Statement::Anonymous => Some(Database::Unnamed),
            Statement::None => None,
        };
        self.databases.insert(operation, found);
        found
    }

    /// The end of the file: nothing in it, or too little of it good, is an error.
    pub(super) fn finish(self, max_bad_share: f64) -> Result<ReadSummary, Error> {
        let summary = self.summary;
        let (file, kind) = (self.file.to_owned(), summary.format.kind());
        if summary.records == 0 {
            let reason = format!("it is {} without records", summary.format);
            return Err(Error::Nothing { file, kind, reason });
        }
        if summary.used() == 0 && summary.defects.is_empty() {
            let reason = format!("none of what this {} file holds is known", summary.format);
            return Err(Error::Nothing { file, kind, reason });
        }
        let bad = summary.skipped();
        if bad as f64 > max_bad_share * summary.records as f64 {
            let skipping = summary.defects.iter().filter(|known| known.defect.skips());
            let worst = skipping.max_by_key(|known| known.count);
            let worst = worst.expect("a record is only skipped with a defect");
            return Err(Error::TooManyBad {
                file,
                bad,
                records: summary.records,
                defect: worst.defect,
                first: worst.first,
            });
        }
        Ok(summary)
    }
}

/// The symbol of an operation's name without what identifies anybody.
pub(super) fn operation(names: &mut Names, text: &str) -> Symbol {
    names.operation(&redact::operation(text))
}

/// The error of a failed read at `place`.
pub(super) fn io_error(file: &str, place: Place, error: io::Error) -> Error {
    let file = file.to_owned();
    match source::classify(&error) {
        Failure::System => Error::Io { file, reason: error },
        Failure::Cut => {
            let reason = "the compressed stream stops early".to_owned();
            Error::Cut { file, place, reason }
        }
        Failure::TooLong => Error::TooLong { file, place, limit_mib: RECORD_LIMIT >> 20 },
        Failure::Damaged => Error::Damaged { file, place, reason: error.to_string() },
    }
}
