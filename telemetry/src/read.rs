//! Reading files of spans: detection, then one reader per format, spans handed on as they come.

use std::{fs::File, io, io::Read, path::Path};

use crate::{
    columns::ColumnMap,
    error::Error,
    format::{self, Content, Format},
    names::Names,
    quality::ReadSummary,
    source::{self, Guarded, Progress},
    span::Span,
};

mod attributes;
mod csv;
mod intake;
mod jaeger;
mod json;
mod node;
mod otlp;
#[cfg(test)]
mod tests;

use intake::Intake;

/// How to read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadOptions {
    /// The format that the content must have; none: whatever it shows.
    pub format: Option<Format>,
    /// CSV: columns that the user names.
    pub map: ColumnMap,
    /// The largest share of records that may be unusable.
    pub max_bad_share: f64,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { format: None, map: ColumnMap::default(), max_bad_share: 0.1 }
    }
}

/// Reads the file at `path` and gives each span to `sink`, in the order of the file.
///
/// Memory holds one record (of CSV), one trace (of Jaeger) or the spans of one resource (of OTLP)
/// at a time, besides the names. The format and the compression are told by the content. The sink
/// may return [`Error::Interrupted`] to stop.
///
/// # Errors
/// See [`Error`]. A file that is cut, damaged, without spans or mostly unusable is an error, never
/// a short success.
pub fn read(
    path: &Path,
    options: &ReadOptions,
    names: &mut Names,
    sink: &mut dyn FnMut(Span) -> Result<(), Error>,
) -> Result<ReadSummary, Error> {
    let name = path.display().to_string();
    match File::open(path) {
        Ok(file) => read_from(file, &name, options, names, sink),
        Err(reason) => Err(Error::Io { file: name, reason }),
    }
}

/// Reads spans from `reader`, as [`read`] does; `file` is its name in errors.
///
/// # Errors
/// As [`read`].
pub fn read_from(
    reader: impl Read,
    file: &str,
    options: &ReadOptions,
    names: &mut Names,
    sink: &mut dyn FnMut(Span) -> Result<(), Error>,
) -> Result<ReadSummary, Error> {
    let progress = Progress::default();
    let opened = source::open(reader);
    let (compression, head, content) =
        opened.map_err(|error| intake::io_error(file, intake::FIRST, error))?;
    let mut intake = Intake::new(file, &progress, ReadSummary::new(compression), names, sink);
    let mut content = Guarded::new(content, &progress);
    let found = format::detect(&head);
    if head.starts_with(format::BYTE_ORDER_MARK) {
        let skipped = content.read_exact(&mut [0; 3]);
        skipped.map_err(|error| intake.io_error(error))?;
    }
    let refuse = |found: String| Err(Error::UnknownFormat { file: file.to_owned(), found });
    match (found, options.format) {
        (Content::Empty, _) => {
            return Err(Error::Empty { file: file.to_owned() });
        }
        (Content::Foreign(words), _) => return refuse(format!("it is {words}")),
        (Content::Json, Some(Format::Csv)) => {
            return refuse("CSV was asked for, it is JSON".into());
        }
        (Content::Table, Some(wanted @ (Format::Jaeger | Format::Otlp))) => {
            return refuse(format!("{wanted} was asked for, but it does not begin like JSON"));
        }
        (Content::Table, _) => csv::read(content, &head, options, &mut intake)?,
        (Content::Json, _) => json::read(content, options, &mut intake)?,
    }
    intake.finish(options.max_bad_share)
}

impl Intake<'_> {
    fn io_error(&self, error: io::Error) -> Error {
        intake::io_error(self.file, self.place(), error)
    }
}
