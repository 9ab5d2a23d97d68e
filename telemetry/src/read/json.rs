//! JSON of any known format: one document, or many one after the other (JSON lines).
//!
//! The keys on top tell the format: `data`, `spans` or `processes` is Jaeger's, `resourceSpans` or
//! `batches` is OTLP's, also within `trace` or `result`, as Tempo and Jaeger's newer interface wrap
//! it. A file may mix documents; those without spans, such as metrics, are passed over.

use std::io::Read;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess};

use crate::{
    error::Error,
    format::Format,
    read::{
        ReadOptions,
        intake::Intake,
        items::json_error,
        jaeger,
        node::{Node, Visit, visit, visit_item},
        otlp,
    },
    redact,
    source::Guarded,
};

/// How many unknown keys are remembered for the error that lists them.
const KEYS_SHOWN: usize = 8;

pub(super) fn read<R: Read>(
    mut content: Guarded<'_, R>,
    options: &ReadOptions,
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    let mut json = Json {
        intake,
        wanted: options.format,
        found: None,
        unknown_keys: Vec::new(),
        trace: jaeger::TraceBuffer::default(),
        failure: None,
    };
    while let Some(byte) = content.next_non_blank().map_err(|error| json.intake.io_error(error))? {
        let line = json.intake.progress.line();
        if !matches!(byte, b'{' | b'[') {
            let reason = "expected another JSON document, or the end".to_owned();
            let file = json.intake.file.to_owned();
            return Err(Error::Syntax { file, line, column: 1, reason });
        }
        let mut deserializer = serde_json::Deserializer::from_reader(&mut content);
        let read = Visit(&mut Document(&mut json)).deserialize(&mut deserializer);
        read.map_err(|error| json.error(error, line))?;
        jaeger::flush(&mut json)?;
    }
    json.finish()
}

/// What is known while JSON is read.
pub(super) struct Json<'i, 'a> {
    pub(super) intake: &'i mut Intake<'a>,
    wanted: Option<Format>,
    found: Option<Format>,
    unknown_keys: Vec<String>,
    /// The trace of Jaeger's that is being read.
    pub(super) trace: jaeger::TraceBuffer,
    /// Why reading was stopped from within; serde's own error only says that it was.
    failure: Option<Error>,
}

impl Json<'_, '_> {
    /// An error that ends the reading.
    pub(super) fn stop<E: serde::de::Error>(&mut self, failure: Error) -> E {
        self.failure = Some(failure);
        E::custom("stopped")
    }

    fn set_found<E: serde::de::Error>(&mut self, format: Format) -> Result<(), E> {
        self.found = Some(format);
        self.intake.summary.format = format;
        match self.wanted {
            Some(wanted) if wanted != format => {
                let found = format!("{wanted} was asked for, it is {format}");
                let file = self.intake.file.to_owned();
                Err(self.stop(Error::UnknownFormat { file, found }))
            }
            _ => Ok(()),
        }
    }

    fn note_unknown(&mut self, key: &str) {
        let is_new = !self.unknown_keys.iter().any(|known| known == key);
        if is_new && self.unknown_keys.len() < KEYS_SHOWN {
            self.unknown_keys.push(redact::excerpt(key));
        }
    }

    fn error(&mut self, error: serde_json::Error, first_line: u64) -> Error {
        if let Some(failure) = self.failure.take() {
            return failure;
        }
        json_error(self.intake, error, first_line, self.trace.len() as u64)
    }

    fn finish(self) -> Result<(), Error> {
        if self.found.is_some() {
            return Ok(());
        }
        let found = if self.unknown_keys.is_empty() {
            "it is JSON without any keys".to_owned()
        } else {
            format!("it is JSON with the keys {}", self.unknown_keys.join(", "))
        };
        Err(Error::UnknownFormat { file: self.intake.file.to_owned(), found })
    }
}

/// A document, or a list of them.
struct Document<'c, 'i, 'a>(&'c mut Json<'i, 'a>);

impl<'de> Node<'de> for Document<'_, '_, '_> {
    fn member<A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        let json = &mut *self.0;
        match key {
            "data" => {
                json.set_found(Format::Jaeger)?;
                visit(object, &mut jaeger::Traces(json)).map(drop)
            }
            "spans" | "processes" => {
                json.set_found(Format::Jaeger)?;
                jaeger::member(json, key, object)
            }
            // On its own it says little: other formats have such a key too.
            "traceID" => {
                json.note_unknown(key);
                jaeger::member(json, key, object)
            }
            "resourceSpans" | "batches" | "resource_spans" => {
                json.set_found(Format::Otlp)?;
                visit(object, &mut otlp::ResourceSpans(json)).map(drop)
            }
            "resourceMetrics" | "resource_metrics" => {
                json.set_found(Format::Otlp)?;
                visit(object, &mut otlp::Others { json, is_metrics: true }).map(drop)
            }
            "resourceLogs" | "resource_logs" => {
                json.set_found(Format::Otlp)?;
                visit(object, &mut otlp::Others { json, is_metrics: false }).map(drop)
            }
            "trace" | "result" => visit(object, &mut Document(json)).map(drop),
            _ => {
                json.note_unknown(key);
                object.next_value::<IgnoredAny>().map(drop)
            }
        }
    }

    fn item<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let found = visit_item(list, &mut Document(self.0))?;
        jaeger::flush(self.0).map_err(|failure| self.0.stop::<A::Error>(failure))?;
        Ok(found.is_some())
    }
}
