//! What readers hand on: spans, points of metrics, events, requests, results of load tests, flows
//! and facts, in OpenTelemetry's words and units.

use std::fmt;

use crate::{facts::Facts, id::TraceId, names::Symbol, series::SeriesId, span::Span, who::Who};

/// One record of a file.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Record {
    /// A span of a trace.
    Span(Span),
    /// A value of a metric.
    Point(Point),
    /// Something that happened: a log record, an alert, an incident, a deployment.
    Event(Event),
    /// One request that a server or a load generator wrote down.
    Request(Request),
    /// What a load test measured, over many requests.
    Measurement(Box<Measurement>),
    /// Traffic from one address to another.
    Flow(Flow),
    /// What is declared or known of components and who depends on whom.
    Facts(Box<Facts>),
}

/// The kinds of [`Record`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// [`Record::Span`].
    Spans,
    /// [`Record::Point`].
    Points,
    /// [`Record::Event`].
    Events,
    /// [`Record::Request`].
    Requests,
    /// [`Record::Measurement`].
    Measurements,
    /// [`Record::Flow`].
    Flows,
    /// [`Record::Facts`].
    Facts,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Spans,
        Self::Points,
        Self::Events,
        Self::Requests,
        Self::Measurements,
        Self::Flows,
        Self::Facts,
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Spans => "spans",
            Self::Points => "metrics",
            Self::Events => "events",
            Self::Requests => "requests",
            Self::Measurements => "results of load tests",
            Self::Flows => "network flows",
            Self::Facts => "facts of topology",
        })
    }
}

impl Record {
    /// Which kind it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Span(_) => Kind::Spans,
            Self::Point(_) => Kind::Points,
            Self::Event(_) => Kind::Events,
            Self::Request(_) => Kind::Requests,
            Self::Measurement(_) => Kind::Measurements,
            Self::Flow(_) => Kind::Flows,
            Self::Facts(_) => Kind::Facts,
        }
    }
}

/// One value of one series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The series; [`crate::Names::series`] tells its name, unit and labels.
    pub series: SeriesId,
    /// When it was measured, in nanoseconds since the Unix epoch; none where the file does not
    /// say, as in a page that Prometheus scrapes.
    pub time_ns: Option<u64>,
    /// The value, in the series' unit. May be infinite or no number where the format allows it.
    pub value: f64,
}

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// A record of a log.
    Log,
    /// An event of Kubernetes, such as a kill or a scaling.
    Kubernetes,
    /// An alert, from firing to resolved.
    Alert,
    /// An incident of a list that people keep.
    Incident,
    /// A deployment of a new version.
    Deployment,
}

/// How grave an event is, in OpenTelemetry's ranges of severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Severity {
    /// The file does not say.
    #[default]
    Unspecified,
    /// Numbers 1 to 8, trace and debug.
    Debug,
    /// 9 to 12.
    Info,
    /// 13 to 16.
    Warning,
    /// 17 to 20.
    Error,
    /// 21 to 24; critical, page.
    Fatal,
}

impl Severity {
    /// Reads a word of any common scale; an unknown one is [`Severity::Unspecified`].
    #[must_use]
    pub fn parse(word: &str) -> Self {
        let word = word.trim().to_ascii_lowercase();
        let starts = |words: &[&str]| words.iter().any(|known| word.starts_with(known));
        if starts(&["fatal", "crit", "emerg", "page", "sev1", "sev-1", "p1", "high"]) {
            Self::Fatal
        } else if starts(&["err", "sev2", "sev-2", "p2", "major"]) {
            Self::Error
        } else if starts(&["warn", "sev3", "sev-3", "p3", "medium", "minor"]) {
            Self::Warning
        } else if starts(&["info", "normal", "notice", "low", "none", "p4"]) {
            Self::Info
        } else if starts(&["debug", "trace"]) {
            Self::Debug
        } else {
            Self::Unspecified
        }
    }

    /// OpenTelemetry's severity number.
    #[must_use]
    pub const fn of_number(number: u64) -> Self {
        match number {
            1..=8 => Self::Debug,
            9..=12 => Self::Info,
            13..=16 => Self::Warning,
            17..=20 => Self::Error,
            21..=24 => Self::Fatal,
            _ => Self::Unspecified,
        }
    }
}

/// Something that happened. Messages and bodies are never kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// What it is.
    pub kind: EventKind,
    /// Start, in nanoseconds since the Unix epoch.
    pub start_ns: u64,
    /// End; none for an instant, or for what has not ended.
    pub end_ns: Option<u64>,
    /// How grave.
    pub severity: Severity,
    /// The component that it befell.
    pub component: Option<Symbol>,
    /// The replica, host or pod.
    pub instance: Option<Symbol>,
    /// A short name of what happened: `OOMKilling`, an alert's name, a version.
    pub reason: Option<Symbol>,
    /// The trace that a log record belongs to.
    pub trace: Option<TraceId>,
    /// How often it happened from start to end.
    pub count: u32,
}

/// One request, as an access log or a load generator knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// When it began, or when it was logged where nothing else is known; in nanoseconds since the
    /// Unix epoch.
    pub start_ns: u64,
    /// From first byte in to last byte out; none where the log does not say.
    pub duration_ns: Option<u64>,
    /// Time that a server behind this one took.
    pub upstream_ns: Option<u64>,
    /// Method and path, or the load generator's label; identifiers in it are redacted.
    pub operation: Symbol,
    /// The service, where the file names it.
    pub service: Option<Symbol>,
    /// The HTTP status; none when there was no answer, or none was logged.
    pub status: Option<u16>,
    /// Whether it succeeded: as the generator judged, or else a status below 500.
    pub ok: bool,
    /// Users that were active, where the file says.
    pub users: Option<u32>,
    /// Bytes of the answer.
    pub bytes: Option<u64>,
    /// Bytes of the request, where the file says.
    pub request_bytes: Option<u64>,
    /// Who sent it, where the file tells people apart.
    pub who: Option<Who>,
}

/// What a load test measured of one operation over some time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measurement {
    /// What was called; none for all operations together.
    pub operation: Option<Symbol>,
    /// The name of the test, where the file holds several.
    pub test: Option<Symbol>,
    /// Start, in nanoseconds since the Unix epoch.
    pub start_ns: Option<u64>,
    /// How long it was measured.
    pub duration_ns: Option<u64>,
    /// Users (or connections) that were active.
    pub users: Option<f64>,
    /// Requests, the failed ones included.
    pub requests: Option<u64>,
    /// Failed requests.
    pub failures: Option<u64>,
    /// Requests per second.
    pub rate_per_s: Option<f64>,
    /// Mean latency in nanoseconds.
    pub mean_ns: Option<u64>,
    /// Quantiles of the latency: share below, and nanoseconds; by share. Share 0 is the least and
    /// share 1 the largest.
    pub quantiles: Vec<(f64, u64)>,
}

/// Traffic from one address to another, over some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// Start, in nanoseconds since the Unix epoch.
    pub start_ns: u64,
    /// End.
    pub end_ns: u64,
    /// Who sent: a workload where the file knows it, a private address, or [`crate::EXTERNAL`].
    pub source: Symbol,
    /// Who received.
    pub destination: Symbol,
    /// The sender's port.
    pub source_port: Option<u16>,
    /// The receiver's port.
    pub destination_port: Option<u16>,
    /// IANA's number: 6 is TCP, 17 is UDP.
    pub protocol: Option<u8>,
    /// Bytes, where counted.
    pub bytes: Option<u64>,
    /// Packets, where counted.
    pub packets: Option<u64>,
    /// Whether it was let through.
    pub accepted: bool,
    /// The observed packets are answers: who received them had asked.
    pub reply: bool,
}

/// Stands for every address outside private networks: who it was is nobody's business.
pub const EXTERNAL: &str = "external";
