//! OTLP's protobuf: one export request, or many with four bytes of length before each, as the file
//! exporter of OpenTelemetry's collector writes them.
//!
//! A request is a list of resources with their spans, metrics or log records; one resource is in
//! memory at a time. Which of the three it is shows in the first field of the first item.
//!
//! Source: opentelemetry-proto 1.5; opentelemetry-collector-contrib, `exporter/fileexporter`.

use std::io::{self, Read};

use prost::{Message, bytes::Bytes};

use crate::{
    error::Error,
    id::SpanId,
    names::Symbol,
    quality::{Defect, Place},
    read::{
        attributes::Attributes,
        intake::{Draft, Intake},
        otlp::model::{Group, KeyValue, LogRecord, Metric, Resource, Span},
        otlp::signals::{Sender, keep, trace_id},
    },
    sampling,
    source::{Guarded, RECORD_LIMIT},
    span::{SpanKind, SpanStatus},
};

pub(super) fn read<R: Read>(
    mut content: Guarded<'_, R>,
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    let mut wire = Wire { content: &mut content, left: None };
    let failed = |error: io::Error, intake: &Intake<'_>| match error.kind() {
        io::ErrorKind::InvalidData => damaged(intake, &error),
        _ => intake.io_error(error),
    };
    let first = wire.content.peek_byte().map_err(|error| failed(error, intake))?;
    // No message begins with a byte this small: it is the first of a length.
    let is_framed = first.is_some_and(|byte| byte < 8);
    loop {
        intake.progress.mark();
        if is_framed {
            match wire.length().map_err(|error| failed(error, intake))? {
                Some(length) => wire.left = Some(length),
                None => return Ok(()),
            }
        }
        while let Some(group) = wire.group().map_err(|error| failed(error, intake))? {
            hand_on(group, intake)?;
            intake.progress.mark();
        }
        if !is_framed {
            return Ok(());
        }
    }
}

fn damaged(intake: &Intake<'_>, reason: &dyn std::fmt::Display) -> Error {
    let place = Place { line: 0, ..intake.place() };
    Error::Binary { file: intake.file.to_owned(), place, reason: reason.to_string() }
}

/// The bytes of a message, or of messages with their lengths.
struct Wire<'c, 'p, R> {
    content: &'c mut Guarded<'p, R>,
    /// Bytes left of the message; none: it ends with the file.
    left: Option<u64>,
}

impl<R: Read> Wire<'_, '_, R> {
    /// The length of the next message; none at the end of the file.
    fn length(&mut self) -> io::Result<Option<u64>> {
        if self.content.peek_byte()?.is_none() {
            return Ok(None);
        }
        let mut bytes = [0; 4];
        self.content.read_exact(&mut bytes)?;
        Ok(Some(u64::from(u32::from_be_bytes(bytes))))
    }

    /// The next resource of the message; none at its end. Unknown fields are passed over.
    fn group(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            if self.left == Some(0) || self.left.is_none() && self.content.peek_byte()?.is_none() {
                return Ok(None);
            }
            let tag = self.varint()?;
            let length = match tag & 7 {
                0 => {
                    self.varint()?;
                    continue;
                }
                1 => 8,
                2 => self.varint()?,
                5 => 4,
                _ => return Err(invalid("this is no message of OTLP")),
            };
            if tag >> 3 == 0 || length > RECORD_LIMIT {
                return Err(invalid("this is no message of OTLP"));
            }
            let bytes = self.take(length)?;
            if tag == 0x0a {
                return Ok(Some(Bytes::from(bytes)));
            }
        }
    }

    fn take(&mut self, length: u64) -> io::Result<Vec<u8>> {
        self.spend(length)?;
        let mut bytes = Vec::new();
        let read = self.content.by_ref().take(length).read_to_end(&mut bytes)?;
        if (read as u64) < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(bytes)
    }

    fn spend(&mut self, count: u64) -> io::Result<()> {
        if let Some(left) = &mut self.left {
            let rest = left.checked_sub(count);
            *left = rest.ok_or_else(|| invalid("a field is longer than its message"))?;
        }
        Ok(())
    }

    fn varint(&mut self) -> io::Result<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            self.spend(1)?;
            let mut byte = [0];
            self.content.read_exact(&mut byte)?;
            number |= u64::from(byte[0] & 0x7f) << shift;
            if byte[0] < 0x80 {
                return Ok(number);
            }
        }
        Err(invalid("a number never ends"))
    }
}

fn invalid(words: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, words)
}

fn hand_on(group: Bytes, intake: &mut Intake<'_>) -> Result<(), Error> {
    let Group { resource, scopes } =
        Group::decode(group).map_err(|error| damaged(intake, &error))?;
    let Resource { attributes } = resource.unwrap_or_default();
    let mut items = scopes.into_iter().flat_map(|scope| scope.items).peekable();
    let Some(signal) = items.peek().map(Signal::of) else { return Ok(()) };
    match signal {
        Signal::Spans => {
            let mut spans = Spans::new(&attributes, intake);
            items.try_for_each(|item| spans.span(item, intake))
        }
        Signal::Metrics => {
            let sender = Sender::new(attributes, intake);
            items.try_for_each(|item| match Metric::decode(item) {
                Ok(metric) => sender.metric(&metric, intake),
                Err(error) => Err(damaged(intake, &error)),
            })
        }
        Signal::Logs => {
            let sender = Sender::new(attributes, intake);
            items.try_for_each(|item| match LogRecord::decode(item) {
                Ok(log) => sender.log(&log, intake),
                Err(error) => Err(damaged(intake, &error)),
            })
        }
    }
}

/// What a resource sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signal {
    Spans,
    Metrics,
    Logs,
}

impl Signal {
    /// A span begins with its trace's 16 bytes, a metric with its name, a log record with a time.
    fn of(item: &Bytes) -> Self {
        match item[..] {
            [0x0a, 16, ..] if item.get(18..20) == Some(&[0x12, 8]) => Self::Spans,
            [0x0a, ..] => Self::Metrics,
            [0x09 | 0x10 | 0x1a | 0x59, ..] => Self::Logs,
            _ => Self::Spans,
        }
    }
}

struct Spans {
    service: Option<Symbol>,
    instance: Option<Symbol>,
    scratch: Attributes,
}

impl Spans {
    fn new(resource: &[KeyValue], intake: &mut Intake<'_>) -> Self {
        let mut scratch = Attributes::default();
        keep(resource, &mut scratch);
        let (service, instance) = (scratch.service(intake.names), scratch.instance(intake.names));
        Self { service, instance, scratch }
    }

    fn span(&mut self, item: Bytes, intake: &mut Intake<'_>) -> Result<(), Error> {
        let span = Span::decode(item).map_err(|error| damaged(intake, &error))?;
        self.scratch.clear();
        keep(&span.attributes, &mut self.scratch);
        let mut draft = Draft::new(Place { line: 0, ..intake.place() });
        let (start, end) = (span.start_time_unix_nano, span.end_time_unix_nano);
        draft.trace = trace_id(&span.trace_id);
        draft.id = span_id(&span.span_id);
        draft.parent = span_id(&span.parent_span_id);
        draft.start_ns = if start == 0 { Err(Defect::Time) } else { Ok(start) };
        draft.duration_ns = end.checked_sub(start).ok_or(Defect::EndsBeforeStart);
        (draft.service, draft.instance) = (self.service, self.instance);
        if !span.name.is_empty() {
            draft.operation = Some(intake.operation(&String::from_utf8_lossy(&span.name)));
        }
        draft.database = self.scratch.database(intake.names);
        let state = std::str::from_utf8(&span.trace_state).ok().and_then(sampling::of_trace_state);
        draft.sampled = state.or_else(|| self.scratch.sampled());
        draft.kind = match span.kind {
            1 => SpanKind::Internal,
            2 => SpanKind::Server,
            3 => SpanKind::Client,
            4 => SpanKind::Producer,
            5 => SpanKind::Consumer,
            _ => SpanKind::Unspecified,
        };
        draft.status = self.scratch.status(match span.status.map(|status| status.code) {
            Some(1) => SpanStatus::Ok,
            Some(2) => SpanStatus::Error,
            _ => SpanStatus::Unset,
        });
        intake.accept(&draft)
    }
}

fn span_id(bytes: &[u8]) -> Option<SpanId> {
    SpanId::new(u64::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests;
