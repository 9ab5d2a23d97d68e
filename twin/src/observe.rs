//! Traces to visits, in bounded memory.
//!
//! A **visit** is one service of one endpoint: the entry span of a component with every span of the
//! same component below it folded in. What remains of a trace is a record of 56 bytes a visit, one
//! of 16 a measured round trip, and the distinct *shapes* of visits (which calls they made, in
//! which order, which of them at once), each stored once.
//!
//! When there are more visits than the budget allows, whole traces are left out by a hash of
//! their id, so that the structure of those kept is intact, and what is kept does not depend on
//! the order of the file.

use std::collections::HashMap;

use foreshadow_telemetry::{Names, Symbol, Trace, TraceId};

mod canonical;
mod clocks;
mod dictionary;
mod fold;
mod records;
mod shape;
#[cfg(test)]
mod tests;

pub(crate) use clocks::Apart;
pub(crate) use dictionary::{Component, Endpoint};
pub(crate) use records::{Failure, Observations, RoundTrip, TraceRecord, View, Visit};
pub(crate) use shape::{Run, Shape, Stage};

use dictionary::Dictionary;

/// What was seen that a twin cannot say, or that had to be left out; over all traces read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Gaps {
    /// Client spans without a server span: calls of something that sends no spans.
    pub(crate) unanswered_calls: u64,
    /// Calls that nobody waited for.
    pub(crate) asynchronous_calls: u64,
    /// Calls left out because an endpoint called itself, through others, too many times over.
    pub(crate) too_deep: u64,
    /// Visits whose caller's span is missing.
    pub(crate) orphans: u64,
    /// Visits with so many calls that their order was not kept.
    pub(crate) long_visits: u64,
}

/// Takes traces, keeps visits.
#[derive(Debug)]
pub(crate) struct Observer {
    max_visits: usize,
    /// Traces whose hash has any of these bits are left out.
    mask: u64,
    traces: Vec<TraceRecord>,
    visits: Vec<Visit>,
    round_trips: Vec<RoundTrip>,
    failures: Vec<Failure>,
    shapes: Vec<Shape>,
    shape_ids: HashMap<Shape, u32>,
    dictionary: Dictionary,
    /// Users' requests of all traces: start of the trace, endpoint.
    entries: Vec<(u64, u32)>,
    /// Starts of all traces.
    starts: Vec<u64>,
    gaps: Gaps,
}

impl Observer {
    /// An observer that keeps at most `max_visits` visits.
    pub(crate) fn new(max_visits: usize) -> Self {
        Self {
            max_visits,
            mask: 0,
            traces: Vec::new(),
            visits: Vec::new(),
            round_trips: Vec::new(),
            failures: Vec::new(),
            shapes: Vec::new(),
            shape_ids: HashMap::new(),
            dictionary: Dictionary::default(),
            entries: Vec::new(),
            starts: Vec::new(),
            gaps: Gaps::default(),
        }
    }

    /// Traces taken so far.
    pub(crate) fn traces_seen(&self) -> u64 {
        self.starts.len() as u64
    }

    /// Takes one trace.
    pub(crate) fn push(&mut self, trace: &Trace) {
        let folded = fold::fold(trace, &mut self.dictionary, &mut self.gaps);
        let Some(first) = folded.iter().map(|visit| visit.start_ns).min() else { return };
        let entries = folded.iter().filter(|visit| visit.is_entry);
        self.entries.extend(entries.map(|visit| (first, visit.endpoint)));
        self.starts.push(first);
        if hash(trace.id()) & self.mask == 0 {
            self.keep(trace.id(), first, folded);
            while self.visits.len() > self.max_visits && self.mask != u64::MAX {
                self.thin();
            }
        }
    }

    fn keep(&mut self, id: TraceId, start_ns: u64, folded: Vec<fold::Folded>) {
        let trace = self.traces.len() as u32;
        self.traces.push(TraceRecord { start_ns, id });
        for visit in folded {
            let shape = self.shape(visit.shape);
            self.visits.push(Visit {
                start_ns: visit.start_ns,
                duration_ns: visit.duration_ns,
                own_ns: visit.own_ns,
                trace,
                endpoint: visit.endpoint,
                instance: visit.instance.map(Symbol::index).map_or(0, |index| index as u32 + 1),
                shape,
                is_entry: visit.is_entry,
                failed: visit.failed,
                call_failed: !visit.failures.is_empty(),
            });
            let endpoint = visit.endpoint;
            self.round_trips.extend(visit.round_trips.iter().map(|&(callee, measured)| {
                RoundTrip { trace, caller: endpoint, callee, nanos: measured }
            }));
            self.failures.extend(visit.failures.iter().map(|&callee| Failure {
                trace,
                caller: endpoint,
                callee,
                tolerated: !visit.failed,
            }));
        }
    }

    fn shape(&mut self, shape: Shape) -> u32 {
        if let Some(&id) = self.shape_ids.get(&shape) {
            return id;
        }
        let id = self.shapes.len() as u32;
        self.shapes.push(shape.clone());
        self.shape_ids.insert(shape, id);
        id
    }

    /// Leaves out half of the traces that are held.
    fn thin(&mut self) {
        self.mask = self.mask << 1 | 1;
        let mask = self.mask;
        self.retain(|trace| hash(trace.id) & mask == 0);
    }

    /// Keeps only some of the traces that are held.
    fn retain(&mut self, keep: impl Fn(&TraceRecord) -> bool) {
        let mut kept = 0;
        let new_ids: Vec<Option<u32>> = self
            .traces
            .iter()
            .map(|trace| {
                let keep = keep(trace);
                kept += u32::from(keep);
                keep.then(|| kept - 1)
            })
            .collect();
        self.traces.retain(|trace| keep(trace));
        let moved = |trace: &mut u32| {
            let new = new_ids[*trace as usize];
            *trace = new.unwrap_or(0);
            new.is_some()
        };
        self.visits.retain_mut(|visit| moved(&mut visit.trace));
        self.round_trips.retain_mut(|trip| moved(&mut trip.trace));
        self.failures.retain_mut(|failure| moved(&mut failure.trace));
    }

    /// Everything observed, in an order that does not depend on that of the files; without the traces
    /// whose clock was wrong.
    ///
    /// # Errors
    /// [`Apart`]
    pub(crate) fn finish(mut self, names: &Names) -> Result<Observations, Apart> {
        let recorded = clocks::recorded(&self.starts)?.unwrap_or(0..=0);
        let all = self.starts.len();
        self.starts.retain(|start| recorded.contains(start));
        let outlying = (all - self.starts.len()) as u64;
        if outlying > 0 {
            self.entries.retain(|(start, _)| recorded.contains(start));
            self.retain(|trace| recorded.contains(&trace.start_ns));
        }
        Ok(canonical::canonical(self, &recorded, outlying, names))
    }
}

/// Spreads trace ids, which some tracers count up.
fn hash(id: TraceId) -> u64 {
    let number = id.number();
    let mut z = (number as u64) ^ ((number >> 64) as u64).rotate_left(32);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}
