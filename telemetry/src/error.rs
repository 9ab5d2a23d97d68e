//! What can go wrong while reading a file: what, where, why, and what to do.

use std::io;

use crate::quality::Place;

/// Errors of reading spans. None leaves a reading that could go on; spans that the sink was given
/// before belong to a file that is not to be trusted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be opened or read.
    #[error("cannot read {file}: {reason}; check that the file exists and may be read")]
    Io {
        /// The file.
        file: String,
        /// What the operating system said.
        reason: io::Error,
    },
    /// Nothing in it at all.
    #[error("{file} is empty (0 bytes of content); export it again")]
    Empty {
        /// The file.
        file: String,
    },
    /// A good file without a single span.
    #[error("{file} holds no spans: {reason}; export it again, over a time with traffic")]
    NoSpans {
        /// The file.
        file: String,
        /// What it holds instead.
        reason: String,
    },
    /// The file, or the compressed stream in it, stops early.
    #[error(
        "{file} ends in the middle of {place}: the file is cut ({reason}); copy or export it again"
    )]
    Cut {
        /// The file.
        file: String,
        /// The record that is not whole.
        place: Place,
        /// What is missing.
        reason: String,
    },
    /// The compressed stream does not decompress.
    #[error("{file} is damaged: decompressing fails at {place}: {reason}; copy or export it again")]
    Damaged {
        /// The file.
        file: String,
        /// The record at which it fails.
        place: Place,
        /// What the decompressor said.
        reason: String,
    },
    /// The text is not what its format asks for.
    #[error(
        "{file}, line {line}, column {column}: {reason}; mend the line or export the file again"
    )]
    Syntax {
        /// The file.
        file: String,
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: u64,
        /// What was expected.
        reason: String,
    },
    /// The content is in no known format of spans, or not in the one that was asked for.
    #[error(
        "{file} is in no known format of spans: {found}; known are CSV with a header, Jaeger JSON \
         and OTLP JSON (also of Tempo), plain or compressed with gzip, xz or zstd"
    )]
    UnknownFormat {
        /// The file.
        file: String,
        /// What stands there.
        found: String,
    },
    /// A CSV file lacks columns that a span needs.
    #[error(
        "{file}: no column for {missing}; the columns are: {found}; name the right one with `--map`, \
         for example `--map {example}`"
    )]
    Columns {
        /// The file.
        file: String,
        /// What is missing.
        missing: String,
        /// The header.
        found: String,
        /// A mapping as it would be written.
        example: String,
    },
    /// A column mapping that cannot be understood.
    #[error(
        "`{text}` is no column mapping: {reason}; write `what=column`, for example `trace=request_id`"
    )]
    Mapping {
        /// The mapping as given.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// So many records are bad that the rest cannot be trusted.
    #[error(
        "{file}: {bad} of {records} records are unusable, most often because of {defect}, first at \
         {first}; check the export, or the columns with `--map`"
    )]
    TooManyBad {
        /// The file.
        file: String,
        /// Records left out.
        bad: u64,
        /// All records.
        records: u64,
        /// The most frequent defect.
        defect: crate::quality::Defect,
        /// Its first occurrence.
        first: Place,
    },
    /// One record goes on for ever, as after a quotation mark that is never closed.
    #[error(
        "{file}: {place} is longer than {limit_mib} MiB; is a quotation mark missing? Mend it, or \
         export the file again"
    )]
    TooLong {
        /// The file.
        file: String,
        /// The record.
        place: Place,
        /// The limit.
        limit_mib: u64,
    },
    /// The sink asked to stop.
    #[error("interrupted")]
    Interrupted,
}
