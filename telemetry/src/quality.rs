//! What was read, and how good it was: counts, and where each kind of trouble first showed.

use std::fmt;

use crate::{columns::Column, format::Format, source::Compression, span::TimeRange};

/// Where a record stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Number of the span in the file, from 1.
    pub record: u64,
    /// Number of the line it begins on (in JSON: ends on), from 1.
    pub line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {} (line {})", self.record, self.line)
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
        !matches!(self, Self::NoService | Self::NoOperation)
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
    /// Records found: spans handed on and spans left out.
    pub records: u64,
    /// Spans handed on.
    pub spans: u64,
    /// What was wrong, by kind, in order of first occurrence.
    pub defects: Vec<DefectCount>,
    /// First and last start of the spans handed on.
    pub starts: Option<TimeRange>,
    /// CSV: which column was read as what.
    pub columns: Vec<(Column, String)>,
    /// CSV: the last row has no line break. Usual for some writers, but a file that was cut at the
    /// end of a row looks the same.
    pub no_final_newline: bool,
}

impl ReadSummary {
    pub(crate) fn new(compression: Compression) -> Self {
        Self {
            format: Format::Csv,
            compression,
            records: 0,
            spans: 0,
            defects: Vec::new(),
            starts: None,
            columns: Vec::new(),
            no_final_newline: false,
        }
    }

    /// Records left out.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.records - self.spans
    }

    pub(crate) fn note(&mut self, defect: Defect, first: Place) {
        match self.defects.iter_mut().find(|known| known.defect == defect) {
            Some(known) => known.count += 1,
            None => self.defects.push(DefectCount { defect, count: 1, first }),
        }
    }
}
