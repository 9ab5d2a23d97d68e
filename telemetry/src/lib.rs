//! The common data model of telemetry, in OpenTelemetry's names and units, and streaming readers
//! of the files that systems and their tools write.
//!
//! [`read_records`] reads a file of any known [`Format`], told by its content, and hands on
//! [`Record`]s: spans, points of metrics, events, requests, results of load tests, flows, and
//! [`Facts`] of topology with the line of each. Bodies, messages and attributes beyond an allow-list
//! never leave a reader, names lose what identifies anybody, and [`Who`] asked is a number that ends with the process. Spans come from files of any size in the order in which they stand there ([`read`]); the
//! [`Assembler`] makes traces of them in bounded memory. Both count what is wrong with the data.
//!
//! ```
//! use foreshadow_telemetry::{Assembler, Names, ReadOptions, read_from};
//!
//! let csv = "trace_id,span_id,parent_id,service,operation,start_ms,duration_us
//! 1,1,root,gateway,checkout,1700000000000,900
//! 1,2,1,payment,charge,1700000000000,400
//! ";
//! let mut names = Names::default();
//! let mut assembler = Assembler::default();
//! let mut traces = Vec::new();
//! let summary = read_from(csv.as_bytes(), "spans.csv", &ReadOptions::default(), &mut names, &mut |span| {
//!     assembler.push(span, &mut |trace| traces.push(trace));
//!     Ok(())
//! })?;
//! let report = assembler.finish(&mut |trace| traces.push(trace));
//! assert_eq!((summary.spans, report.traces), (2, 1));
//! let root = traces[0].roots().next().expect("the trace has a root");
//! assert_eq!(names.text(traces[0].span(root).operation), "checkout");
//! # Ok::<(), foreshadow_telemetry::Error>(())
//! ```

mod assemble;
mod columns;
mod database;
mod error;
mod facts;
mod format;
mod id;
mod instant;
mod names;
mod pod;
mod quality;
mod read;
mod record;
mod redact;
mod sampling;
mod series;
mod source;
mod span;
#[cfg(test)]
mod testing;
mod who;

pub use assemble::{Assembler, AssemblyOptions, AssemblyReport, Trace};
pub use columns::{Column, ColumnMap};
pub use database::{Statement, of_operation};
pub use error::Error;
pub use facts::{
    Autoscale, Component, Disruption, Edge, EdgeKind, Fact, Facts, Host, Origin, OutlierEjection,
    Policy, Probe, ProbeKind, Retries, Role,
};
pub use format::Format;
pub use id::{SpanId, TraceId};
pub use instant::TimeUnit;
pub use names::{Names, Symbol};
pub use pod::service_of_pod;
pub use quality::{Defect, DefectCount, Place, ReadSummary, UNKNOWN_OPERATION, UNKNOWN_SERVICE};
pub use read::{ReadOptions, read, read_from, read_records, read_records_from};
pub use record::{
    EXTERNAL, Event, EventKind, Flow, Kind, Measurement, Point, Record, Request, Severity,
};
pub use sampling::Sampling;
pub use series::{MetricKind, Part, Series, SeriesId};
pub use source::Compression;
pub use span::{Database, Span, SpanKind, SpanStatus, TimeRange};
pub use who::Who;
