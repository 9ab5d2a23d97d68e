//! The attributes of spans and resources that are kept; all others are never stored.
//!
//! This is the allow-list: an attribute that is not named here does not get past this file, because
//! attributes may hold what users typed.

use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use crate::{
    names::{Names, Symbol},
    pod::service_of_pod,
    read::node::{Node, Scalar, take, visit, visit_item},
    sampling,
    span::{Database, SpanKind, SpanStatus},
};

/// An attribute on the allow-list, or any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Service,
    Pod,
    Instance,
    Host,
    Address,
    DatabaseName,
    DatabaseSystem,
    Kind,
    Status,
    Error,
    HttpStatus,
    SamplerKind,
    SamplerParameter,
    TraceState,
    Other,
}

impl Known {
    /// Old and new semantic conventions of OpenTelemetry, and those before it.
    fn of(key: &str) -> Self {
        match key {
            "service.name" => Self::Service,
            "k8s.pod.name" => Self::Pod,
            "service.instance.id" => Self::Instance,
            "host.name" | "hostname" => Self::Host,
            "ip" => Self::Address,
            "db.namespace" | "db.name" | "db.instance" => Self::DatabaseName,
            "db.system.name" | "db.system" | "db.type" => Self::DatabaseSystem,
            "span.kind" => Self::Kind,
            "otel.status_code" => Self::Status,
            "error" => Self::Error,
            "http.response.status_code" | "http.status_code" => Self::HttpStatus,
            "sampler.type" => Self::SamplerKind,
            "sampler.param" => Self::SamplerParameter,
            "w3c.tracestate" | "tracestate" => Self::TraceState,
            _ => Self::Other,
        }
    }
}

/// The kept attributes of one span or resource, read from a list of key and value.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    kept: Vec<(Known, String)>,
}

impl Attributes {
    /// Forgets all, and keeps the room.
    pub(super) fn clear(&mut self) {
        self.kept.clear();
    }

    /// Keeps an attribute that is on the allow-list.
    pub(super) fn keep(&mut self, key: &str, value: Scalar<'_>) {
        let name = Known::of(key);
        if name != Known::Other
            && let Some(value) = value.into_text().filter(|value| !value.is_empty())
        {
            self.kept.push((name, value));
        }
    }

    fn get(&self, name: Known) -> Option<&str> {
        let mut found = self.kept.iter().filter(|(kept, _)| *kept == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// The replica: its pod, because manifests know it too, or else any other name of it.
    fn instance_name(&self) -> Option<&str> {
        [Known::Pod, Known::Instance, Known::Host, Known::Address]
            .iter()
            .find_map(|&name| self.get(name))
    }

    pub(super) fn instance(&self, names: &mut Names) -> Option<Symbol> {
        self.instance_name().map(|name| names.intern(name))
    }

    /// The service by name, or by the name of its pod.
    pub(super) fn service(&self, names: &mut Names) -> Option<Symbol> {
        let of_pod = || self.get(Known::Pod).map(service_of_pod);
        self.get(Known::Service).or_else(of_pod).map(|name| names.intern(name))
    }

    /// The database by name; by its kind where the name is a mere number, as Redis has it.
    pub(super) fn database(&self, names: &mut Names) -> Option<Database> {
        let name = self.get(Known::DatabaseName);
        let system = self.get(Known::DatabaseSystem);
        let is_number = |name: &&str| name.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(name) = name.filter(|name| !is_number(name)) {
            return Some(Database::Named(names.intern(name)));
        }
        match system {
            Some("sql" | "other_sql") => Some(Database::Unnamed),
            Some(system) => Some(Database::System(names.intern(system))),
            None => name.map(|_| Database::Unnamed),
        }
    }

    /// The share of all traces that was recorded, where the span says so.
    pub(super) fn sampled(&self) -> Option<f64> {
        let of_sampler = || {
            let kind = self.get(Known::SamplerKind)?;
            sampling::of_sampler(kind, self.get(Known::SamplerParameter)?)
        };
        self.get(Known::TraceState).and_then(sampling::of_trace_state).or_else(of_sampler)
    }

    pub(super) fn kind(&self) -> SpanKind {
        self.get(Known::Kind).map_or(SpanKind::Unspecified, SpanKind::parse)
    }

    /// The declared status; else an error where an attribute or an HTTP code from 500 on says so.
    pub(super) fn status(&self, declared: SpanStatus) -> SpanStatus {
        let said = self.get(Known::Status).map_or(SpanStatus::Unset, SpanStatus::parse);
        let is_error = self.get(Known::Error).is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
        let http = self.get(Known::HttpStatus).and_then(|code| code.parse::<u16>().ok());
        match (declared, said) {
            (SpanStatus::Unset, SpanStatus::Unset)
                if is_error || http.is_some_and(|code| code >= 500) =>
            {
                SpanStatus::Error
            }
            (SpanStatus::Unset, said) => said,
            (declared, _) => declared,
        }
    }
}

impl<'de> Node<'de> for Attributes {
    fn item<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let mut attribute = Attribute::default();
        let found = visit_item(list, &mut attribute)?;
        if let (Some(name), Some(value)) = (attribute.name, attribute.value)
            && name != Known::Other
            && !value.is_empty()
        {
            self.kept.push((name, value));
        }
        Ok(found.is_some())
    }
}

/// One attribute: `{"key": …, "value": …}`, the value plain (Jaeger) or in a typed object (OTLP).
#[derive(Debug, Default)]
struct Attribute {
    name: Option<Known>,
    value: Option<String>,
}

impl<'de> Node<'de> for Attribute {
    fn member<A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            "key" => take(object, |key| self.name = key.text().map(Known::of)),
            "value" if self.name != Some(Known::Other) => {
                let mut value = AnyValue(None);
                visit(object, &mut value)?;
                self.value = value.0;
                Ok(())
            }
            _ => object.next_value::<IgnoredAny>().map(drop),
        }
    }
}

struct AnyValue(Option<String>);

impl<'de> Node<'de> for AnyValue {
    fn scalar(&mut self, value: Scalar<'_>) {
        self.0 = value.into_text();
    }

    fn member<A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            "stringValue" | "intValue" | "boolValue" | "doubleValue" => {
                take(object, |value| self.0 = value.into_text())
            }
            _ => object.next_value::<IgnoredAny>().map(drop),
        }
    }
}
