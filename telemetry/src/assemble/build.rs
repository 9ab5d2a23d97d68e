//! One trace out of its spans: duplicates, parents, cycles, then clocks.

use std::cmp::Reverse;

use crate::{
    assemble::{
        AssemblyReport, skew,
        trace::{NONE, Trace},
    },
    id::SpanId,
    span::{Span, SpanKind},
};

/// Builds the trace, whatever order the spans came in; none if it is empty or cyclic.
pub(super) fn build(mut spans: Vec<Span>, report: &mut AssemblyReport) -> Option<Trace> {
    let trace = spans.first()?.trace;
    assert!(spans.iter().all(|span| span.trace == trace), "spans of one trace");
    report.duplicates += remove_duplicates(&mut spans);
    report.shared_ids += part_shared(&mut spans);
    let mut trace = link(spans);
    if has_cycle(&trace) {
        report.cyclic_traces += 1;
        report.cyclic_spans += trace.len() as u64;
        return None;
    }
    if skew::adjust(&mut trace, report) {
        trace = link(trace.spans);
    }
    let (roots, fragments) = (trace.roots().count(), trace.fragments().count() as u64);
    report.traces += 1;
    report.spans += trace.len() as u64;
    report.fragments += fragments;
    report.traces_with_fragments += u64::from(fragments > 0);
    report.traces_with_several_roots += u64::from(roots > 1);
    Some(trace)
}

/// By start, the longer first, so that parents come before children where clocks are fine; the
/// rest makes the order total.
fn sort(spans: &mut [Span]) {
    spans.sort_unstable_by_key(|span| {
        let Span { service, instance, operation, database, kind, status, .. } = *span;
        let names = (service, instance, operation, database, kind, status);
        (span.start_ns, Reverse(span.duration_ns), span.id, span.parent, names)
    });
}

/// Gives the client of each pair that shares one id an id of its own, and makes it the parent of
/// the server; returns how many pairs there were. Zipkin's older tracers write such pairs: whoever
/// names the id as parent was called by the server.
fn part_shared(spans: &mut [Span]) -> u64 {
    let mut pairs = 0;
    for i in 1..spans.len() {
        let (before, after) = spans.split_at_mut(i);
        let (a, b) = (&mut before[i - 1], &mut after[0]);
        if a.id != b.id {
            continue;
        }
        let (client, server) = if is_server(b.kind) { (a, b) } else { (b, a) };
        client.id = client.id.of_client();
        server.parent = Some(client.id);
        pairs += 1;
    }
    pairs
}

const fn is_server(kind: SpanKind) -> bool {
    matches!(kind, SpanKind::Server)
}

/// Keeps the earliest span of each id, or of each half of a shared id; returns how many went.
fn remove_duplicates(spans: &mut Vec<Span>) -> u64 {
    let before = spans.len();
    sort(spans);
    // A stable sort: among spans of one id the earliest stays first.
    let half = |span: &Span| match span.kind {
        SpanKind::Client => 0,
        kind if is_server(kind) => 1,
        _ => 2,
    };
    spans.sort_by_key(|span| (span.id, half(span)));
    spans.dedup_by(|later, first| {
        let is_pair = first.kind == SpanKind::Client && is_server(later.kind);
        later.id == first.id && !is_pair
    });
    (before - spans.len()) as u64
}

/// Sorts the spans and finds parents and children.
fn link(mut spans: Vec<Span>) -> Trace {
    sort(&mut spans);
    let count = u32::try_from(spans.len()).expect("a trace is within the budget of held spans");
    let mut by_id: Vec<(SpanId, u32)> = spans.iter().map(|span| span.id).zip(0..count).collect();
    by_id.sort_unstable();
    let position = |id: SpanId| {
        by_id.binary_search_by_key(&id, |&(id, _)| id).ok().map(|found| by_id[found].1)
    };
    let mut parents = Vec::with_capacity(spans.len());
    let mut first_child = vec![0_u32; spans.len() + 1];
    let mut tops = Vec::new();
    for (span, i) in spans.iter().zip(0..count) {
        // A span that is its own parent is a root: some exporters write it so.
        let parent = span.parent.filter(|&parent| parent != span.id).and_then(position);
        match parent {
            Some(parent) => first_child[parent as usize + 1] += 1,
            None => tops.push(i),
        }
        parents.push(parent.unwrap_or(NONE));
    }
    for i in 1..first_child.len() {
        first_child[i] += first_child[i - 1];
    }
    let mut children = vec![0; spans.len() - tops.len()];
    let mut next = first_child.clone();
    for (&parent, i) in parents.iter().zip(0..count) {
        if parent != NONE {
            let slot = &mut next[parent as usize];
            children[*slot as usize] = i;
            *slot += 1;
        }
    }
    Trace { spans, parents, first_child, children, tops }
}

/// Whether some span is its own ancestor: then no root leads to it.
fn has_cycle(trace: &Trace) -> bool {
    let mut reached = 0;
    let mut waiting = trace.tops.clone();
    while let Some(span) = waiting.pop() {
        reached += 1;
        waiting.extend(trace.children(span as usize).map(|child| child as u32));
    }
    reached < trace.len()
}
