//! Jaeger's JSON: `{"data": [{"traceID", "spans", "processes"}]}`.
//!
//! Times are microseconds. A span names its process, and the processes may stand after the spans,
//! so one trace is held until its end. The parent is the first reference `CHILD_OF` within the
//! trace, else the first `FOLLOWS_FROM`; references to other traces are links, not parents.
//!
//! Source: Jaeger, `model/json/model.go`.

use std::collections::HashMap;

use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use crate::{
    error::Error,
    id::{SpanId, TraceId},
    instant::TimeUnit,
    names::Symbol,
    quality::Defect,
    read::{
        attributes::Attributes,
        intake::{self, Draft},
        json::Json,
        node::{Met, Node, take, visit, visit_item},
    },
};

/// One trace, until its processes are known.
#[derive(Debug, Default)]
pub(super) struct TraceBuffer {
    trace: Option<TraceId>,
    /// Spans, each with the position of its process.
    drafts: Vec<(Draft, Option<usize>)>,
    numbers: HashMap<String, usize>,
    processes: Vec<Process>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Process {
    service: Option<Symbol>,
    instance: Option<Symbol>,
}

impl TraceBuffer {
    pub(super) fn len(&self) -> usize {
        self.drafts.len()
    }

    /// The position of the process called `id`, which may be described later.
    fn process(&mut self, id: &str) -> usize {
        if let Some(&number) = self.numbers.get(id) {
            return number;
        }
        self.processes.push(Process::default());
        self.numbers.insert(id.to_owned(), self.processes.len() - 1);
        self.processes.len() - 1
    }
}

/// Hands on the spans of the trace that has ended.
pub(super) fn flush(json: &mut Json<'_, '_>) -> Result<(), Error> {
    let buffer = &mut json.trace;
    for (draft, process) in &mut buffer.drafts {
        let process = process.map_or(Process::default(), |number| buffer.processes[number]);
        draft.trace = draft.trace.or(buffer.trace);
        draft.service = process.service.or(draft.service);
        draft.instance = process.instance.or(draft.instance);
        json.intake.accept(draft)?;
    }
    buffer.drafts.clear();
    buffer.processes.clear();
    buffer.numbers.clear();
    buffer.trace = None;
    Ok(())
}

/// Reads one member of a trace.
pub(super) fn member<'de, A: MapAccess<'de>>(
    json: &mut Json<'_, '_>,
    key: &str,
    object: &mut A,
) -> Result<(), A::Error> {
    match key {
        "traceID" => take(object, |id| json.trace.trace = id.text().and_then(trace_id)),
        "spans" => visit(object, &mut Spans(json)).map(drop),
        "processes" => visit(object, &mut Processes(json)).map(drop),
        _ => object.next_value::<IgnoredAny>().map(drop),
    }
}

/// A list of traces, or a single one.
pub(super) struct Traces<'c, 'i, 'a>(pub(super) &'c mut Json<'i, 'a>);

impl<'de> Node<'de> for Traces<'_, '_, '_> {
    fn member<A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        member(self.0, key, object)
    }

    fn item<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let found = visit_item(list, &mut Traces(self.0))?;
        flush(self.0).map_err(|failure| self.0.stop::<A::Error>(failure))?;
        Ok(found.is_some())
    }
}

struct Spans<'c, 'i, 'a>(&'c mut Json<'i, 'a>);

impl<'de> Node<'de> for Spans<'_, '_, '_> {
    fn item<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let mut span = Span {
            draft: Draft::new(self.0.intake.place()),
            references: Vec::new(),
            attributes: Attributes::default(),
            process: None,
            json: self.0,
        };
        let found = visit_item(list, &mut span)?;
        if found == Some(Met::Object) {
            span.end();
        }
        Ok(found.is_some())
    }
}

struct Span<'c, 'i, 'a> {
    json: &'c mut Json<'i, 'a>,
    draft: Draft,
    references: Vec<Reference>,
    attributes: Attributes,
    process: Option<usize>,
}

impl Span<'_, '_, '_> {
    fn end(mut self) {
        let intake = &mut *self.json.intake;
        let trace = self.draft.trace.or(self.json.trace.trace);
        let within = |reference: &&Reference| match (reference.trace, trace) {
            (Some(referenced), Some(own)) => referenced == own,
            _ => true,
        };
        let parents = || self.references.iter().filter(within);
        let parent = parents().find(|reference| !reference.follows).or_else(|| parents().next());
        self.draft.parent = parent.and_then(|reference| reference.span).or(self.draft.parent);
        self.draft.kind = self.attributes.kind();
        self.draft.status = self.attributes.status(self.draft.status);
        self.draft.database = self.attributes.database(intake.names);
        self.draft.sampled = self.attributes.sampled();
        intake.progress.mark();
        self.draft.place = intake.place();
        self.draft.place.record += self.json.trace.len() as u64;
        self.json.trace.drafts.push((self.draft, self.process));
    }
}

impl<'de> Node<'de> for Span<'_, '_, '_> {
    fn member<A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        let (draft, names) = (&mut self.draft, &mut *self.json.intake.names);
        match key {
            "traceID" => take(object, |id| draft.trace = id.text().and_then(trace_id)),
            "spanID" => take(object, |id| draft.id = id.text().and_then(span_id)),
            "parentSpanID" => take(object, |id| draft.parent = id.text().and_then(span_id)),
            "operationName" => take(object, |name| {
                draft.operation = name.text().map(|name| intake::operation(names, name));
            }),
            "startTime" => take(object, |time| {
                let start = time.nanoseconds(TimeUnit::Microseconds);
                draft.start_ns = start.map_err(|_| Defect::Time);
            }),
            "duration" => take(object, |time| {
                draft.duration_ns = time.nanoseconds(TimeUnit::Microseconds);
            }),
            "references" => visit(object, &mut References(&mut self.references)).map(drop),
            "tags" => visit(object, &mut self.attributes).map(drop),
            "processID" => take(object, |id| {
                self.process = id.text().map(|id| self.json.trace.process(id));
            }),
            "process" => {
                let mut process = ProcessReader::default();
                visit(object, &mut process)?;
                let Process { service, instance } = process.end(self.json);
                (self.draft.service, self.draft.instance) = (service, instance);
                Ok(())
            }
            _ => object.next_value::<IgnoredAny>().map(drop),
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Reference {
    follows: bool,
    trace: Option<TraceId>,
    span: Option<SpanId>,
}

struct References<'r>(&'r mut Vec<Reference>);

impl<'de> Node<'de> for References<'_> {
    fn item<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let mut reference = Reference::default();
        let found = visit_item(list, &mut reference)?;
        if reference.span.is_some() {
            self.0.push(reference);
        }
        Ok(found.is_some())
    }
}

impl<'de> Node<'de> for Reference {
    fn member<A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            "refType" => take(object, |kind| {
                self.follows = kind.text() == Some("FOLLOWS_FROM");
            }),
            "traceID" => take(object, |id| self.trace = id.text().and_then(trace_id)),
            "spanID" => take(object, |id| self.span = id.text().and_then(span_id)),
            _ => object.next_value::<IgnoredAny>().map(drop),
        }
    }
}

struct Processes<'c, 'i, 'a>(&'c mut Json<'i, 'a>);

impl<'de> Node<'de> for Processes<'_, '_, '_> {
    fn member<A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        let mut process = ProcessReader::default();
        visit(object, &mut process)?;
        let number = self.0.trace.process(key);
        self.0.trace.processes[number] = process.end(self.0);
        Ok(())
    }
}

#[derive(Default)]
struct ProcessReader {
    service: Option<String>,
    attributes: Attributes,
}

impl ProcessReader {
    fn end(self, json: &mut Json<'_, '_>) -> Process {
        let names = &mut *json.intake.names;
        let named = self.service.map(|name| names.intern(&name));
        let service = named.or_else(|| self.attributes.service(names));
        Process { service, instance: self.attributes.instance(names) }
    }
}

impl<'de> Node<'de> for ProcessReader {
    fn member<A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            "serviceName" => take(object, |name| self.service = name.text().map(str::to_owned)),
            "tags" => visit(object, &mut self.attributes).map(drop),
            _ => object.next_value::<IgnoredAny>().map(drop),
        }
    }
}

fn trace_id(text: &str) -> Option<TraceId> {
    TraceId::parse(text.as_bytes())
}

fn span_id(text: &str) -> Option<SpanId> {
    SpanId::parse(text.as_bytes())
}

#[cfg(test)]
mod tests;
