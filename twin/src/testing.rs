//! Hand-made traces for tests, and where measured data are.

use std::path::{Path, PathBuf};

use foreshadow_telemetry::{
    AssemblyReport, Names, Span, SpanId, SpanKind, SpanStatus, Trace, TraceId,
};

use crate::observe::{Observations, Observer};

/// Makes spans and traces; times in microseconds.
#[derive(Debug)]
pub(crate) struct Maker {
    pub(crate) names: Names,
    pub(crate) observer: Observer,
    spans: Vec<Span>,
    traces: u64,
}

impl Default for Maker {
    fn default() -> Self {
        Self {
            names: Names::default(),
            observer: Observer::new(1_000_000),
            spans: Vec::new(),
            traces: 0,
        }
    }
}

impl Maker {
    /// Adds a span `service: operation` from `start` to `end`; its number is its place from 1, and
    /// parent 0 is none. A service may name its instance: `cart#2`.
    pub(crate) fn span(&mut self, parent: u64, name: &str, start: u64, end: u64) -> &mut Span {
        let (service, operation) = name.split_once(": ").unwrap();
        let (service, instance) = service.split_once('#').unwrap_or((service, "1"));
        let instance = self.names.intern(&format!("{service}-{instance}"));
        let database = match foreshadow_telemetry::of_operation(operation) {
            foreshadow_telemetry::Statement::On(name) => {
                Some(foreshadow_telemetry::Database::Named(self.names.intern(name)))
            }
            foreshadow_telemetry::Statement::Anonymous => {
                Some(foreshadow_telemetry::Database::Unnamed)
            }
            foreshadow_telemetry::Statement::None => None,
        };
        self.spans.push(Span {
            trace: TraceId::new(u128::from(self.traces + 1)).unwrap(),
            id: SpanId::new(self.spans.len() as u64 + 1).unwrap(),
            parent: SpanId::new(parent),
            start_ns: (1_000_000 * self.traces + start) * 1000,
            duration_ns: (end - start) * 1000,
            service: self.names.intern(service),
            instance: Some(instance),
            operation: self.names.intern(operation),
            database,
            kind: SpanKind::Unspecified,
            status: SpanStatus::Unset,
        });
        self.spans.last_mut().unwrap()
    }

    /// The trace of the spans so far; the next one starts a second later.
    pub(crate) fn take(&mut self) -> Trace {
        self.traces += 1;
        Trace::of_spans(std::mem::take(&mut self.spans), &mut AssemblyReport::default()).unwrap()
    }

    /// Observes the trace of the spans so far.
    pub(crate) fn end(&mut self) {
        let trace = self.take();
        self.observer.push(&trace);
    }

    /// What was observed of one trace, or of those already ended.
    pub(crate) fn observe(mut self) -> Observations {
        if !self.spans.is_empty() {
            self.end();
        }
        self.observer.finish(&self.names).expect("traces are a second apart")
    }
}

/// A file or folder of measured data that is not part of the repository; none where it is missing.
pub(crate) fn measured(file: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data")).join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there", path.display());
    None
}
