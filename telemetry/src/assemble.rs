//! From spans in any order to traces, in bounded memory.
//!
//! A trace is open while spans of it keep coming. It is closed when none came among the last
//! `idle_spans` spans, or when more spans than `held_spans` are held: then the one that was silent
//! longest goes first. A span of a trace that was already closed is late: it is counted and left
//! out. Which traces were closed is remembered for the last million of them.
//!
//! What is checked and repaired when a trace is closed stands at the fields of
//! [`AssemblyReport`].

use std::collections::{HashMap, HashSet, VecDeque};

use crate::{id::TraceId, span::Span};

mod build;
mod skew;
#[cfg(test)]
mod tests;
mod trace;

pub use trace::Trace;

/// How many closed traces are remembered, to tell late spans from new traces.
const CLOSED_REMEMBERED: usize = 1_000_000;

type Hasher = foldhash::fast::RandomState;

/// When traces are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssemblyOptions {
    /// A trace is complete when none of this many spans in a row belonged to it.
    pub idle_spans: u64,
    /// The most spans to hold at once, 80 bytes each.
    pub held_spans: usize,
}

impl Default for AssemblyOptions {
    fn default() -> Self {
        Self { idle_spans: 500_000, held_spans: 4_000_000 }
    }
}

/// What was assembled, and what was wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AssemblyReport {
    /// Traces handed on.
    pub traces: u64,
    /// Spans in them.
    pub spans: u64,
    /// Spans whose id another span of the trace has; the earliest to start is kept.
    pub duplicates: u64,
    /// Pairs of client and server that shared one id, as Zipkin allows; they were told apart.
    pub shared_ids: u64,
    /// Spans that name a parent which is not there: the roots of fragments.
    pub fragments: u64,
    /// Traces with at least one fragment.
    pub traces_with_fragments: u64,
    /// Traces dropped because spans are each other's ancestors.
    pub cyclic_traces: u64,
    /// Spans of dropped traces.
    pub cyclic_spans: u64,
    /// Traces with more than one span without parent.
    pub traces_with_several_roots: u64,
    /// Spans moved, with all below them, because their clock disagreed with their parent's.
    pub skewed: u64,
    /// The furthest that a span was moved for its own clock's sake, in nanoseconds.
    pub largest_skew_ns: u64,
    /// Spans left as they are that end after their parent.
    pub outlives_parent: u64,
    /// Spans left as they are that start before their parent.
    pub starts_before_parent: u64,
    /// Spans left out because their trace was already closed.
    pub late: u64,
    /// Traces closed for lack of room, perhaps before they were complete.
    pub closed_early: u64,
}

#[derive(Debug)]
struct Open {
    spans: Vec<Span>,
    /// Number of the last span that belonged to it.
    last: u64,
}

/// Groups spans to traces.
#[derive(Debug, Default)]
pub struct Assembler {
    options: AssemblyOptions,
    open: HashMap<TraceId, Open, Hasher>,
    /// One entry per run of spans of one trace, oldest first. It counts only while it is the
    /// trace's last.
    queue: VecDeque<(TraceId, u64)>,
    closed: HashSet<TraceId, Hasher>,
    closed_order: VecDeque<TraceId>,
    pushed: u64,
    held: usize,
    report: AssemblyReport,
}

impl Assembler {
    /// An assembler without any trace.
    #[must_use]
    pub fn new(options: AssemblyOptions) -> Self {
        Self { options, ..Self::default() }
    }

    /// Takes a span; gives the traces that are thereby complete to `sink`.
    pub fn push(&mut self, span: Span, sink: &mut dyn FnMut(Trace)) {
        let trace = span.trace;
        self.pushed += 1;
        if let Some(open) = self.open.get_mut(&trace) {
            open.spans.push(span);
            open.last = self.pushed;
        } else if self.closed.contains(&trace) {
            self.report.late += 1;
            return;
        } else {
            self.open.insert(trace, Open { spans: vec![span], last: self.pushed });
        }
        self.held += 1;
        match self.queue.back_mut() {
            Some((last, number)) if *last == trace => *number = self.pushed,
            _ => self.queue.push_back((trace, self.pushed)),
        }
        self.close_idle(sink);
        while self.held > self.options.held_spans && self.close_oldest(sink) {
            self.report.closed_early += 1;
        }
    }

    /// Ends the input: gives the remaining traces to `sink`, the longest silent first.
    pub fn finish(mut self, sink: &mut dyn FnMut(Trace)) -> AssemblyReport {
        while self.close_oldest(sink) {}
        assert!(self.open.is_empty() && self.held == 0, "every open trace is queued");
        self.report
    }

    fn close_idle(&mut self, sink: &mut dyn FnMut(Trace)) {
        while let Some(&(trace, number)) = self.queue.front()
            && self.pushed - number > self.options.idle_spans
        {
            self.queue.pop_front();
            self.close_if_last(trace, number, sink);
        }
    }

    /// Closes the trace that was silent longest; false if there is none.
    fn close_oldest(&mut self, sink: &mut dyn FnMut(Trace)) -> bool {
        while let Some((trace, number)) = self.queue.pop_front() {
            if self.close_if_last(trace, number, sink) {
                return true;
            }
        }
        false
    }

    fn close_if_last(&mut self, trace: TraceId, number: u64, sink: &mut dyn FnMut(Trace)) -> bool {
        if self.open.get(&trace).is_none_or(|open| open.last != number) {
            return false;
        }
        let open = self.open.remove(&trace).expect("it was there a line above");
        self.held -= open.spans.len();
        self.remember(trace);
        if let Some(trace) = build::build(open.spans, &mut self.report) {
            sink(trace);
        }
        true
    }

    fn remember(&mut self, trace: TraceId) {
        self.closed.insert(trace);
        self.closed_order.push_back(trace);
        if self.closed_order.len() > CLOSED_REMEMBERED
            && let Some(forgotten) = self.closed_order.pop_front()
        {
            self.closed.remove(&forgotten);
        }
    }
}
