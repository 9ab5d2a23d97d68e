//! Zipkin's JSON, version 2: a list of spans, or a list of such lists.
//!
//! Times are microseconds. Client and server may share one id (`"shared": true`); the two halves
//! are told apart when the trace is assembled. A span without a duration is a one-way message, or it
//! never ended: it is kept as an instant, so that what it caused still hangs below it, and counted.
//!
//! Source: openzipkin/zipkin-api, `zipkin2-api.yaml`.

use std::io::Read;

use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use crate::{
    error::Error,
    id::{SpanId, TraceId},
    instant::TimeUnit,
    names::Symbol,
    quality::Defect,
    read::{
        attributes::Attributes,
        intake::{self, Draft, Intake},
        items::{Documents, documents},
        node::{Met, Node, Scalar, take, visit, visit_item},
    },
    source::Guarded,
    span::{SpanKind, SpanStatus},
};

pub(super) fn read<R: Read>(content: Guarded<'_, R>, intake: &mut Intake<'_>) -> Result<(), Error> {
    documents(content, &mut Zipkin { intake, failure: None })
}

struct Zipkin<'i, 'a> {
    intake: &'i mut Intake<'a>,
    failure: Option<Error>,
}

impl<'a> Documents<'a> for Zipkin<'_, 'a> {
    fn intake(&mut self) -> &mut Intake<'a> {
        self.intake
    }

    fn take_failure(&mut self) -> Option<Error> {
        self.failure.take()
    }
}

impl<'de> Node<'de> for Zipkin<'_, '_> {
    fn item<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let draft = Draft::new(self.intake.place());
        let mut span = Span {
            zipkin: self,
            draft,
            duration: None,
            has_error: false,
            parts: Attributes::default(),
        };
        match visit_item(list, &mut span)? {
            Some(Met::Object) => span.end::<A::Error>().map(|()| true),
            Some(_) => Ok(true),
            None => Ok(false),
        }
    }
}

struct Span<'z, 'i, 'a> {
    zipkin: &'z mut Zipkin<'i, 'a>,
    draft: Draft,
    duration: Option<Result<u64, Defect>>,
    has_error: bool,
    parts: Attributes,
}

impl Span<'_, '_, '_> {
    fn end<E: serde::de::Error>(mut self) -> Result<(), E> {
        let intake = &mut *self.zipkin.intake;
        self.draft.place = intake.place();
        if self.duration.is_none() && self.draft.start_ns.is_ok() {
            intake.summary.note(Defect::NoDuration, self.draft.place);
        }
        self.draft.duration_ns = self.duration.unwrap_or(Ok(0));
        let declared = if self.has_error { SpanStatus::Error } else { SpanStatus::Unset };
        self.draft.status = self.parts.status(declared);
        self.draft.database = self.parts.database(intake.names);
        self.draft.sampled = self.parts.sampled();
        intake.accept(&self.draft).map_err(|failure| {
            self.zipkin.failure = Some(failure);
            E::custom("stopped")
        })
    }
}

impl<'de> Node<'de> for Span<'_, '_, '_> {
    /// A trace within a list of traces.
    fn item<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        self.zipkin.item(list)
    }

    fn member<A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        let (draft, names) = (&mut self.draft, &mut *self.zipkin.intake.names);
        let microseconds = |time: Scalar<'_>| time.nanoseconds(TimeUnit::Microseconds);
        match key {
            "traceId" => take(object, |id| {
                draft.trace = id.text().and_then(|id| TraceId::parse(id.as_bytes()));
            }),
            "id" => take(object, |id| {
                draft.id = id.text().and_then(|id| SpanId::parse(id.as_bytes()));
            }),
            "parentId" => take(object, |id| {
                draft.parent = id.text().and_then(|id| SpanId::parse_parent(id.as_bytes()));
            }),
            "name" => take(object, |name| {
                draft.operation = name.text().map(|name| intake::operation(names, name));
            }),
            "kind" => take(object, |kind| {
                draft.kind = kind.text().map_or(SpanKind::Unspecified, SpanKind::parse);
            }),
            "timestamp" => take(object, |time| {
                draft.start_ns = microseconds(time).map_err(|_| Defect::Time);
            }),
            "duration" => take(object, |time| self.duration = Some(microseconds(time))),
            "localEndpoint" => {
                let mut endpoint = Endpoint { names, service: None, address: None };
                visit(object, &mut endpoint)?;
                let Endpoint { service, address, .. } = endpoint;
                (draft.service, draft.instance) = (service, address);
                Ok(())
            }
            "tags" => {
                visit(object, &mut Tags { parts: &mut self.parts, has_error: &mut self.has_error })
                    .map(drop)
            }
            _ => object.next_value::<IgnoredAny>().map(drop),
        }
    }
}

struct Endpoint<'n> {
    names: &'n mut crate::names::Names,
    service: Option<Symbol>,
    address: Option<Symbol>,
}

impl<'de> Node<'de> for Endpoint<'_> {
    fn member<A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        let names = &mut *self.names;
        match key {
            "serviceName" => take(object, |name| {
                self.service = name.text().map(|name| names.intern(name));
            }),
            "ipv4" | "ipv6" => take(object, |name| {
                self.address = name.text().map(|name| names.intern(name));
            }),
            _ => object.next_value::<IgnoredAny>().map(drop),
        }
    }
}

/// Tags of the allow-list. `error` means one whatever it says; what it says is not kept.
struct Tags<'t> {
    parts: &'t mut Attributes,
    has_error: &'t mut bool,
}

impl<'de> Node<'de> for Tags<'_> {
    fn member<A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            "error" => take(object, |value| *self.has_error = value != Scalar::Text("false")),
            _ => take(object, |value| self.parts.keep(key, value)),
        }
    }
}

#[cfg(test)]
mod tests;
