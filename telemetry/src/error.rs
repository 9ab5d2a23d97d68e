//! What can go wrong while reading a file: what, where, why, and what to do.

use std::io;

use crate::{format::Format, quality::Place, record::Kind};

/// Errors of reading a file. None leaves a reading that could go on; what the sink was given
/// before belongs to a file that is not to be trusted.
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
    /// A good file without a single record.
    #[error("{file} holds no {kind}: {reason}; export it again, over a time with traffic")]
    Nothing {
        /// The file.
        file: String,
        /// What it should hold.
        kind: Kind,
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
    /// A binary file is not what its format asks for.
    #[error("{file} is damaged at {place}: {reason}; copy or export it again")]
    Binary {
        /// The file.
        file: String,
        /// The record at which it fails.
        place: Place,
        /// What is wrong.
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
    /// A good file of something else than was asked for.
    #[error("{file} holds no {wanted}: it is {format} and holds {found}")]
    OtherKind {
        /// The file.
        file: String,
        /// What was asked for.
        wanted: Kind,
        /// Its format.
        format: Format,
        /// What it holds.
        found: Kind,
    },
    /// The content is in no known format, or not in the one that was asked for.
    #[error(
        "{file} is in no known format: {found}; known are spans (CSV with a header, Parquet, Jaeger, \
         Zipkin, OTLP, Tempo), metrics (Prometheus, OTLP, CSV), logs and events (OTLP, Kubernetes, \
         Alertmanager, CSV), access logs, load tests (k6, Locust, JMeter, Fortio), flows (VPC, \
         Hubble), and topology (Kubernetes, Compose, Terraform, Kiali, Jaeger), plain or compressed \
         with gzip, xz or zstd"
    )]
    UnknownFormat {
        /// The file.
        file: String,
        /// What stands there.
        found: String,
    },
    /// A table lacks columns that a span needs.
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
    /// A file that must be read at once is too large.
    #[error("{file} is above {limit_mib} MiB, too large for {format}; split it")]
    TooLarge {
        /// The file.
        file: String,
        /// Its format.
        format: Format,
        /// The limit.
        limit_mib: u64,
    },
    /// A file of facts is well formed, but what stands in it cannot be meant.
    #[error("{file}, line {line}: {reason}")]
    Fact {
        /// The file.
        file: String,
        /// Line, from 1.
        line: u64,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The sink asked to stop.
    #[error("interrupted")]
    Interrupted,
}
