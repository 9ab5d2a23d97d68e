//! One span: a unit of work of one instance of one service, in OpenTelemetry's words and units.
//!
//! Source: OpenTelemetry, "Trace data model" (`opentelemetry/proto/trace/v1/trace.proto`).

use std::fmt;

use crate::{id::SpanId, id::TraceId, names::Symbol};

/// One span. 80 bytes, so millions of them fit in memory; names are in [`crate::Names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The trace that the span belongs to.
    pub trace: TraceId,
    /// The span's own id, unique within its trace.
    pub id: SpanId,
    /// The span that caused this one; none for the first of a trace.
    pub parent: Option<SpanId>,
    /// Start, in nanoseconds since the Unix epoch.
    pub start_ns: u64,
    /// From start to end, in nanoseconds.
    pub duration_ns: u64,
    /// The service that did the work.
    pub service: Symbol,
    /// The replica of it: a pod, a process or a host.
    pub instance: Option<Symbol>,
    /// What was done: an endpoint, a call, a statement.
    pub operation: Symbol,
    /// The database that the span speaks to, if it speaks to one.
    pub database: Option<Database>,
    /// Which side of a call this is.
    pub kind: SpanKind,
    /// How it went.
    pub status: SpanStatus,
}

impl Span {
    /// The end, in nanoseconds since the Unix epoch.
    #[must_use]
    pub const fn end_ns(&self) -> u64 {
        self.start_ns.saturating_add(self.duration_ns)
    }

    /// The interval of this span's start alone; see [`TimeRange::include`].
    #[must_use]
    pub const fn starts(&self) -> TimeRange {
        TimeRange { first_ns: self.start_ns, last_ns: self.start_ns }
    }
}

/// Which side of a call a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum SpanKind {
    /// The file does not say.
    #[default]
    Unspecified,
    /// Work inside one service.
    Internal,
    /// The called side of a call.
    Server,
    /// The calling side of a call.
    Client,
    /// Puts a message on a queue; does not wait for it to be handled.
    Producer,
    /// Handles a message of a queue.
    Consumer,
}

impl SpanKind {
    /// Reads `SPAN_KIND_SERVER`, `server`, `Server` or OTLP's number 2, and so on.
    ///
    /// Anything else is [`SpanKind::Unspecified`], as OpenTelemetry asks of receivers.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let name = strip_prefix_ignore_case(text, "SPAN_KIND_").unwrap_or(text);
        match name {
            _ if name == "1" || name.eq_ignore_ascii_case("internal") => Self::Internal,
            _ if name == "2" || name.eq_ignore_ascii_case("server") => Self::Server,
            _ if name == "3" || name.eq_ignore_ascii_case("client") => Self::Client,
            _ if name == "4" || name.eq_ignore_ascii_case("producer") => Self::Producer,
            _ if name == "5" || name.eq_ignore_ascii_case("consumer") => Self::Consumer,
            _ => Self::Unspecified,
        }
    }
}

/// How a span's work went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum SpanStatus {
    /// Nobody said; by convention the work went well.
    #[default]
    Unset,
    /// Declared good.
    Ok,
    /// Failed.
    Error,
}

impl SpanStatus {
    /// Reads `STATUS_CODE_ERROR`, `ERROR`, OTLP's numbers 0 to 2, and HTTP codes.
    ///
    /// An HTTP code from 500 on is an error; one below is not, because only the caller knows
    /// whether a 404 was a failure. Anything unknown is [`SpanStatus::Unset`].
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let name = strip_prefix_ignore_case(text, "STATUS_CODE_").unwrap_or(text);
        match name {
            "1" => return Self::Ok,
            "2" => return Self::Error,
            _ if name.eq_ignore_ascii_case("ok") => return Self::Ok,
            _ if name.eq_ignore_ascii_case("error") => return Self::Error,
            _ => {}
        }
        match name.parse::<u16>() {
            Ok(500..=599) => Self::Error,
            Ok(100..=499) => Self::Ok,
            _ => Self::Unset,
        }
    }
}

/// Which database a span speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Database {
    /// A database by its own name, such as the schema `orders`.
    Named(Symbol),
    /// Only the kind is known, such as `redis`.
    System(Symbol),
    /// The span is a database call, but of which database it does not say.
    Unnamed,
}

/// From the first to the last start of some spans, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    /// The earliest start, in nanoseconds since the Unix epoch.
    pub first_ns: u64,
    /// The latest start.
    pub last_ns: u64,
}

impl TimeRange {
    /// Widens `range` to hold `other`; nothing yet becomes `other`.
    pub fn include(range: &mut Option<Self>, other: Self) {
        let known = range.unwrap_or(other);
        *range = Some(Self {
            first_ns: known.first_ns.min(other.first_ns),
            last_ns: known.last_ns.max(other.last_ns),
        });
    }

    /// The range of the starts of `spans`; none when there are no spans.
    pub fn of<'a>(spans: impl IntoIterator<Item = &'a Span>) -> Option<Self> {
        let mut range = None;
        for span in spans {
            Self::include(&mut range, span.starts());
        }
        range
    }

    /// Nanoseconds from the first start to the last.
    #[must_use]
    pub const fn length_ns(self) -> u64 {
        self.last_ns - self.first_ns
    }
}

impl fmt::Display for TimeRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = |ns: u64| jiff::Timestamp::from_nanosecond(i128::from(ns));
        match (instant(self.first_ns), instant(self.last_ns)) {
            (Ok(first), Ok(last)) => write!(f, "{first:.3} to {last:.3}"),
            _ => write!(f, "{} ns to {} ns", self.first_ns, self.last_ns),
        }
    }
}

fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, tail) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_compact() {
        assert!(size_of::<Span>() <= 96, "{} bytes", size_of::<Span>());
    }

    #[track_caller]
    fn check_kind(text: &str, expected: SpanKind) {
        assert_eq!(SpanKind::parse(text), expected, "{text:?}");
    }

    #[test]
    fn kinds_are_read_by_name_and_number() {
        check_kind("SPAN_KIND_SERVER", SpanKind::Server);
        check_kind("span_kind_client", SpanKind::Client);
        check_kind("Producer", SpanKind::Producer);
        check_kind(" consumer ", SpanKind::Consumer);
        check_kind("1", SpanKind::Internal);
        check_kind("0", SpanKind::Unspecified);
        check_kind("ünknown kind", SpanKind::Unspecified);
    }

    #[track_caller]
    fn check_status(text: &str, expected: SpanStatus) {
        assert_eq!(SpanStatus::parse(text), expected, "{text:?}");
    }

    #[test]
    fn statuses_are_read_by_name_number_and_http_code() {
        check_status("STATUS_CODE_ERROR", SpanStatus::Error);
        check_status("Ok", SpanStatus::Ok);
        check_status("2", SpanStatus::Error);
        check_status("0", SpanStatus::Unset);
        check_status("", SpanStatus::Unset);
        check_status("404", SpanStatus::Ok);
        check_status("503", SpanStatus::Error);
    }

    #[test]
    fn a_range_prints_as_instants() {
        let range = TimeRange { first_ns: 1_661_273_974_730_641_486, last_ns: u64::MAX };
        assert_eq!(range.to_string(), "2022-08-23T16:59:34.730Z to 2554-07-21T23:34:33.709Z");
    }
}
