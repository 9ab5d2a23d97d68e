//! What is kept of the traces.

use std::ops::Range;

use foreshadow_telemetry::TraceId;

use super::Gaps;
use super::dictionary::{Component, Endpoint};
use super::shape::Shape;

/// A trace that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TraceRecord {
    /// Its first start.
    pub(crate) start_ns: u64,
    pub(crate) id: TraceId,
}

/// One service of one endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Visit {
    pub(crate) trace: u32,
    pub(crate) start_ns: u64,
    pub(crate) endpoint: u32,
    pub(crate) duration_ns: u64,
    /// Time that was not spent waiting for others.
    pub(crate) own_ns: u64,
    /// Which replica; 0 where unknown.
    pub(crate) instance: u32,
    pub(crate) shape: u32,
    /// Whether a user asked for it.
    pub(crate) is_entry: bool,
    pub(crate) failed: bool,
    /// Whether a call that it waited for failed.
    pub(crate) call_failed: bool,
}

impl Visit {
    /// Whether it failed although none of its calls did.
    pub(crate) fn failed_alone(&self) -> bool {
        self.failed && !self.call_failed
    }

    pub(crate) fn end_ns(&self) -> u64 {
        self.start_ns.saturating_add(self.duration_ns)
    }
}

/// Time that a call spent between caller and callee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RoundTrip {
    pub(crate) trace: u32,
    /// Endpoint that called.
    pub(crate) caller: u32,
    /// Endpoint called.
    pub(crate) callee: u32,
    pub(crate) nanos: u64,
}

/// A call that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Failure {
    pub(crate) trace: u32,
    /// Endpoint that called.
    pub(crate) caller: u32,
    /// Endpoint called.
    pub(crate) callee: u32,
    /// Whether the caller went well all the same.
    pub(crate) tolerated: bool,
}

/// Everything observed.
#[derive(Debug)]
pub(crate) struct Observations {
    pub(crate) components: Vec<Component>,
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) shapes: Vec<Shape>,
    /// By start.
    pub(crate) traces: Vec<TraceRecord>,
    /// By trace, then start.
    pub(super) visits: Vec<Visit>,
    pub(super) round_trips: Vec<RoundTrip>,
    pub(super) failures: Vec<Failure>,
    /// Users' requests by endpoint, of all traces read.
    pub(crate) entries: Vec<u64>,
    pub(crate) traces_seen: u64,
    /// Traces left out, and not among those seen, because they are far from all others in time.
    pub(crate) outlying: u64,
    /// Share of all traces that was recorded; 1 unless it is said.
    pub(crate) sampled: f64,
    /// First and last start of a trace, of all traces read.
    pub(crate) first_ns: u64,
    pub(crate) last_ns: u64,
    pub(crate) gaps: Gaps,
}

/// Observations of some successive traces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    /// What they are a part of.
    pub(crate) all: &'a Observations,
    pub(crate) visits: &'a [Visit],
    pub(crate) round_trips: &'a [RoundTrip],
    pub(crate) failures: &'a [Failure],
}

impl Observations {
    /// All of them.
    pub(crate) fn view(&self) -> View<'_> {
        self.part(0..self.traces.len())
    }

    /// Those of the traces in `range`.
    pub(crate) fn part(&self, range: Range<usize>) -> View<'_> {
        let range = range.start as u32..range.end as u32;
        View {
            all: self,
            visits: &self.visits[cut(&self.visits, &range, |visit| visit.trace)],
            round_trips: &self.round_trips[cut(&self.round_trips, &range, |trip| trip.trace)],
            failures: &self.failures[cut(&self.failures, &range, |failure| failure.trace)],
        }
    }

    /// Share of the traces read that was kept.
    pub(crate) fn share_of_read(&self) -> f64 {
        self.traces.len() as f64 / self.traces_seen.max(1) as f64
    }

    /// Share of all traces, also of those that were never recorded, that was kept.
    pub(crate) fn share_kept(&self) -> f64 {
        self.share_of_read() * self.sampled
    }

    /// Seconds observed: from the first start to the last, and the mean gap once more.
    pub(crate) fn seconds(&self) -> f64 {
        let between = self.last_ns.saturating_sub(self.first_ns) as f64 * 1e-9;
        match self.traces_seen {
            0 | 1 => between,
            n => between * n as f64 / (n - 1) as f64,
        }
    }

    /// Users' requests per second for an endpoint; zero when all came at once.
    pub(crate) fn rate(&self, endpoint: usize) -> f64 {
        let seconds = self.seconds();
        if seconds > 0.0 { self.entries[endpoint] as f64 / self.sampled / seconds } else { 0.0 }
    }
}

/// Where the items of the traces in `range` stand in `all`, which is in order of traces.
fn cut<T>(all: &[T], range: &Range<u32>, trace: impl Fn(&T) -> u32) -> Range<usize> {
    let begin = all.partition_point(|item| trace(item) < range.start);
    begin..all.partition_point(|item| trace(item) < range.end)
}
