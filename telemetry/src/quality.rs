//! What was read, and how good it was: counts, and where each kind of trouble first showed.

use std::fmt;

use crate::{
    columns::Column, format::Format, record::Kind, sampling::Sampling, source::Compression,
    span::TimeRange,
};

/// Where a record stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Number of the record in the file, from 1.
    pub record: u64,
    /// Number of the line it begins on (in JSON: ends on), from 1; 0 in binary files.
    pub line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "record {}", self.record),
            line => write!(f, "record {} (line {line})", self.record),
        }
    }
}

/// What can be wrong with one record of an otherwise good file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Defect {
    /// No trace id, or a zero one. Skipped.
    NoTraceId,
    /// No span id, or a zero one. Skipped.
    NoSpanId,
    /// A time is missing or is none. Skipped.
    Time,
    /// A duration is negative or above a year. Skipped.
    Duration,
    /// The span ends before it starts. Skipped.
    EndsBeforeStart,
    /// More or fewer fields than the header of the file has. Skipped.
    FieldCount,
    /// A line or an object that is no record of the format. Skipped.
    Malformed,
    /// A value that is no number where one must stand. Skipped.
    Value,
    /// A count, a size or a total below zero. Skipped.
    Negative,
    /// A status that HTTP does not have. Skipped.
    HttpStatus,
    /// The same series at the same time, or the same record, a second time. Skipped.
    Duplicate,
    /// Values of a series in the wrong order; kept.
    OutOfOrder,
    /// Time without values, more than half again the usual step of a series; kept.
    Gap,
    /// Labels or attributes outside the allow-list; the record is kept without them.
    Withheld,
    /// A start without an end, as of one-way messages; kept as an instant, so that what it caused
    /// still hangs below it.
    NoDuration,
    /// Nothing names the service; kept under [`UNKNOWN_SERVICE`].
    NoService,
    /// Nothing names the operation; kept under [`UNKNOWN_OPERATION`].
    NoOperation,
}

/// The service of spans that name none: OpenTelemetry's word for it.
pub const UNKNOWN_SERVICE: &str = "unknown_service";
/// The operation of spans that name none.
pub const UNKNOWN_OPERATION: &str = "unknown";

impl Defect {
    /// Whether a record with this defect is left out.
    #[must_use]
    pub const fn skips(self) -> bool {
        !matches!(
            self,
            Self::NoService
                | Self::NoOperation
                | Self::NoDuration
                | Self::OutOfOrder
                | Self::Gap
                | Self::Withheld
        )
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoTraceId => "no trace id",
            Self::NoSpanId => "no span id",
            Self::Time => "a time that is missing or unreadable",
            Self::Duration => "a duration that is negative or above a year",
            Self::EndsBeforeStart => "an end before the start",
            Self::FieldCount => "a wrong number of fields",
            Self::Malformed => "a line or object that is no record of the format",
            Self::Value => "a value that is no number",
            Self::Negative => "a count below zero",
            Self::HttpStatus => "a status that HTTP does not have",
            Self::Duplicate => "the same record twice",
            Self::OutOfOrder => "values in the wrong order",
            Self::Gap => "a gap in a series",
            Self::Withheld => "labels that are not kept",
            Self::NoDuration => "a start without an end",
            Self::NoService => "no service name",
            Self::NoOperation => "no operation name",
        })
    }
}

/// How often one defect occurred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefectCount {
    /// The defect.
    pub defect: Defect,
    /// How many records have it.
    pub count: u64,
    /// The first of them.
    pub first: Place,
}

/// What reading one file gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadSummary {
    /// The format that the content showed.
    pub format: Format,
    /// How the file was compressed.
    pub compression: Compression,
    /// Records found: those handed on and those left out.
    pub records: u64,
    /// Records handed on, by kind; kinds without any are not listed.
    pub kinds: Vec<(Kind, u64)>,
    /// Spans handed on.
    pub spans: u64,
    /// What was wrong, by kind, in order of first occurrence.
    pub defects: Vec<DefectCount>,
    /// First and last start (or instant) of the records handed on.
    pub starts: Option<TimeRange>,
    /// Shares of all traces that spans say were recorded, with how many say so.
    pub sampling: Vec<Sampling>,
    /// Tables: which column was read as what.
    pub columns: Vec<(Column, String)>,
    /// Lines: the last one has no line break. Usual for some writers, but a file that was cut at the
    /// end of a row looks the same.
    pub no_final_newline: bool,
}

impl ReadSummary {
    /// A summary of nothing yet.
    pub(crate) fn new(compression: Compression) -> Self {
        Self {
            format: Format::Csv,
            compression,
            records: 0,
            kinds: Vec::new(),
            spans: 0,
            defects: Vec::new(),
            starts: None,
            sampling: Vec::new(),
            columns: Vec::new(),
            no_final_newline: false,
        }
    }

    /// Records left out.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.records - self.used()
    }

    /// Records handed on.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.kinds.iter().map(|(_, count)| count).sum()
    }

    /// Records of one kind handed on.
    #[must_use]
    pub fn count(&self, kind: Kind) -> u64 {
        self.kinds.iter().find(|(known, _)| *known == kind).map_or(0, |(_, count)| *count)
    }

    /// The share of the records that was used, from 0 to 1; none without records.
    #[must_use]
    pub fn used_share(&self) -> Option<f64> {
        (self.records > 0).then(|| self.used() as f64 / self.records as f64)
    }

    pub(crate) fn add(&mut self, kind: Kind) {
        self.spans += u64::from(kind == Kind::Spans);
        match self.kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => self.kinds.push((kind, 1)),
        }
    }

    pub(crate) fn note(&mut self, defect: Defect, first: Place) {
        match self.defects.iter_mut().find(|known| known.defect == defect) {
            Some(known) => known.count += 1,
            None => self.defects.push(DefectCount { defect, count: 1, first }),
        }
    }
}
