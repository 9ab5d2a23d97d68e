//! OTLP's JSON: `{"resourceSpans": [{"resource", "scopeSpans": [{"spans"}]}]}`.
//!
//! Metrics (`resourceMetrics`) and logs (`resourceLogs`) are read resource by resource.
//! Also Tempo's `batches`, and `instrumentationLibrarySpans`, as scopes were called until 2022.
//! Ids are hexadecimal, or base64 as plain protobuf JSON has it. Spans are handed on as they come
//! where the resource stands before them, as all exporters write it; else those of one resource
//! are held until it is known.
//!
//! Source: OpenTelemetry, `opentelemetry/proto/trace/v1/trace.proto`; OTLP 1.5, "JSON Protobuf
//! Encoding".

use serde::de::{IgnoredAny, MapAccess, SeqAccess};
use serde_json::Value;

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
        node::{Met, Node, Scalar, take, visit, visit_item},
    },
    sampling,
    span::{SpanKind, SpanStatus},
};

pub(super) mod model;
pub(super) mod signals;
mod values;

/// The list of resources with their spans.
pub(super) struct ResourceSpans<'c, 'i, 'a>(pub(super) &'c mut Json<'i, 'a>);

impl<'de> Node<'de> for ResourceSpans<'_, '_, '_> {
    fn item<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let mut group = Group {
            json: self.0,
            resource: None,
            held: Vec::new(),
            scratch: Attributes::default(),
        };
        let found = visit_item(list, &mut group)?;
        group.resource.get_or_insert_default();
        group.hand_on_held().map_err(|failure| self.0.stop::<A::Error>(failure))?;
        Ok(found.is_some())
    }
}

/// The list of resources with their metrics or logs.
pub(super) struct Others<'c, 'i, 'a> {
    pub(super) json: &'c mut Json<'i, 'a>,
    pub(super) is_metrics: bool,
}

impl Others<'_, '_, '_> {
    fn hand_on(&mut self, group: &Value) -> Result<(), Error> {
        let intake = &mut *self.json.intake;
        let attributes = group.get("resource").map(values::attributes).unwrap_or_default();
        let sender = signals::Sender::new(attributes, intake);
        if self.is_metrics {
            let scopes = inner(group, ["scopeMetrics", "scope_metrics"]);
            let metrics = scopes.flat_map(|scope| inner(scope, ["metrics", "metrics"]));
            return metrics.map(values::metric).try_for_each(|it| sender.metric(&it, intake));
        }
        let scopes = inner(group, ["scopeLogs", "scope_logs"]);
        let logs = scopes.flat_map(|scope| inner(scope, ["logRecords", "log_records"]));
        logs.map(values::log).try_for_each(|it| sender.log(&it, intake))
    }
}

impl<'de> Node<'de> for Others<'_, '_, '_> {
    fn item<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let Some(group) = list.next_element::<Value>()? else { return Ok(false) };
        self.hand_on(&group).map_err(|failure| self.json.stop::<A::Error>(failure))?;
        Ok(true)
    }
}

/// The elements of the list under the first of `keys` that is there.
fn inner<'v>(object: &'v Value, keys: [&str; 2]) -> impl Iterator<Item = &'v Value> + use<'v> {
    keys.into_iter().find_map(|key| object.get(key)?.as_array()).into_iter().flatten()
}

#[derive(Debug, Clone, Copy, Default)]
struct Resource {
    service: Option<Symbol>,
    instance: Option<Symbol>,
}

/// The spans of one resource.
struct Group<'c, 'i, 'a> {
    json: &'c mut Json<'i, 'a>,
    resource: Option<Resource>,
    /// Spans that came before their resource.
    held: Vec<Draft>,
    /// Room for the attributes of one span at a time.
    scratch: Attributes,
}

impl Group<'_, '_, '_> {
    fn hand_on(&mut self, mut draft: Draft) -> Result<(), Error> {
        if let Some(Resource { service, instance }) = self.resource {
            (draft.service, draft.instance) = (service, instance);
            return self.json.intake.accept(&draft);
        }
        draft.place.record += self.held.len() as u64;
        self.held.push(draft);
        Ok(())
    }

    fn hand_on_held(&mut self) -> Result<(), Error> {
        for draft in std::mem::take(&mut self.held) {
            self.hand_on(draft)?;
        }
        Ok(())
    }
}

impl<'de> Node<'de> for Group<'_, '_, '_> {
    fn member<A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            "resource" => {
                let mut attributes = ResourceAttributes(Attributes::default());
                visit(object, &mut attributes)?;
                let names = &mut *self.json.intake.names;
                let (service, instance) =
                    (attributes.0.service(names), attributes.0.instance(names));
                self.resource = Some(Resource { service, instance });
                self.hand_on_held().map_err(|failure| self.json.stop(failure))
            }
            "scopeSpans" | "instrumentationLibrarySpans" | "scope_spans" => {
                visit(object, &mut Scopes(self)).map(drop)
            }
            _ => object.next_value::<IgnoredAny>().map(drop),
        }
    }
}

struct ResourceAttributes(Attributes);

impl<'de> Node<'de> for ResourceAttributes {
    fn member<A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            "attributes" => visit(object, &mut self.0).map(drop),
            _ => object.next_value::<IgnoredAny>().map(drop),
        }
    }
}

/// The list of scopes, and each of them.
struct Scopes<'g, 'c, 'i, 'a>(&'g mut Group<'c, 'i, 'a>);

impl<'de> Node<'de> for Scopes<'_, '_, '_, '_> {
    fn item<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        Ok(visit_item(list, &mut Scopes(self.0))?.is_some())
    }

    fn member<A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            "spans" => visit(object, &mut Spans(self.0)).map(drop),
            _ => object.next_value::<IgnoredAny>().map(drop),
        }
    }
}

struct Spans<'g, 'c, 'i, 'a>(&'g mut Group<'c, 'i, 'a>);

impl<'de> Node<'de> for Spans<'_, '_, '_, '_> {
    fn item<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let group = &mut *self.0;
        let mut attributes = std::mem::take(&mut group.scratch);
        attributes.clear();
        let draft = Draft::new(group.json.intake.place());
        let mut span = Span { group, draft, end_ns: Err(Defect::Time), attributes };
        let found = visit_item(list, &mut span)?;
        let Span { mut draft, end_ns, attributes, .. } = span;
        let intake = &mut *group.json.intake;
        draft.duration_ns = match (draft.start_ns, end_ns) {
            (Ok(start), Ok(end)) => end.checked_sub(start).ok_or(Defect::EndsBeforeStart),
            _ => Err(Defect::Time),
        };
        draft.status = attributes.status(draft.status);
        draft.database = attributes.database(intake.names);
        draft.sampled = draft.sampled.or_else(|| attributes.sampled());
        draft.place = intake.place();
        group.scratch = attributes;
        if found == Some(Met::Object) {
            group.hand_on(draft).map_err(|failure| group.json.stop::<A::Error>(failure))?;
        }
        Ok(found.is_some())
    }
}

struct Span<'g, 'c, 'i, 'a> {
    group: &'g mut Group<'c, 'i, 'a>,
    draft: Draft,
    end_ns: Result<u64, Defect>,
    attributes: Attributes,
}

impl<'de> Node<'de> for Span<'_, '_, '_, '_> {
    fn member<A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        let (draft, names) = (&mut self.draft, &mut *self.group.json.intake.names);
        let nanoseconds =
            |time: Scalar<'_>| time.nanoseconds(TimeUnit::Nanoseconds).map_err(|_| Defect::Time);
        let span_id = |id: &str| SpanId::parse_otlp(id.as_bytes());
        match key {
            "traceId" | "trace_id" => take(object, |id| {
                draft.trace = id.text().and_then(|id| TraceId::parse_otlp(id.as_bytes()));
            }),
            "spanId" | "span_id" => take(object, |id| draft.id = id.text().and_then(span_id)),
            "parentSpanId" | "parent_span_id" => {
                take(object, |id| draft.parent = id.text().and_then(span_id))
            }
            "name" => take(object, |name| {
                draft.operation = name.text().map(|name| intake::operation(names, name));
            }),
            "kind" => take(object, |kind| draft.kind = parse_kind(kind)),
            "startTimeUnixNano" | "start_time_unix_nano" => {
                take(object, |time| draft.start_ns = nanoseconds(time))
            }
            "endTimeUnixNano" | "end_time_unix_nano" => {
                take(object, |time| self.end_ns = nanoseconds(time))
            }
            "traceState" | "trace_state" => take(object, |state| {
                draft.sampled = state.text().and_then(sampling::of_trace_state);
            }),
            "attributes" => visit(object, &mut self.attributes).map(drop),
            "status" => visit(object, &mut Status(&mut draft.status)).map(drop),
            _ => object.next_value::<IgnoredAny>().map(drop),
        }
    }
}

struct Status<'s>(&'s mut SpanStatus);

impl<'de> Node<'de> for Status<'_> {
    fn member<A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            "code" => take(object, |code| {
                *self.0 = match code {
                    Scalar::Unsigned(1) => SpanStatus::Ok,
                    Scalar::Unsigned(2) => SpanStatus::Error,
                    _ => code.text().map_or(SpanStatus::Unset, SpanStatus::parse),
                };
            }),
            _ => object.next_value::<IgnoredAny>().map(drop),
        }
    }
}

fn parse_kind(kind: Scalar<'_>) -> SpanKind {
    match kind {
        Scalar::Unsigned(1) => SpanKind::Internal,
        Scalar::Unsigned(2) => SpanKind::Server,
        Scalar::Unsigned(3) => SpanKind::Client,
        Scalar::Unsigned(4) => SpanKind::Producer,
        Scalar::Unsigned(5) => SpanKind::Consumer,
        _ => kind.text().map_or(SpanKind::Unspecified, SpanKind::parse),
    }
}

#[cfg(test)]
mod tests;
