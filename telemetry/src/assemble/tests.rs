use proptest::prelude::*;

use super::*;
use crate::{Names, SpanId, SpanKind, SpanStatus, Symbol, TraceId};

/// A span on instance `instance`, from `start` for `duration` nanoseconds.
fn span(id: u64, parent: u64, instance: usize, start: u64, duration: u64) -> Span {
    let symbols = symbols();
    Span {
        trace: TraceId::new(7).unwrap(),
        id: SpanId::new(id).unwrap(),
        parent: SpanId::new(parent),
        start_ns: start,
        duration_ns: duration,
        service: symbols[instance],
        instance: Some(symbols[instance]),
        operation: symbols[0],
        database: None,
        kind: SpanKind::Unspecified,
        status: SpanStatus::Unset,
    }
}

fn symbols() -> Vec<Symbol> {
    let mut names = Names::default();
    ["a", "b", "c", "d"].map(|name| names.intern(name)).to_vec()
}

fn build(spans: &[Span]) -> (Option<Trace>, AssemblyReport) {
    let mut report = AssemblyReport::default();
    (Trace::of_spans(spans.to_vec(), &mut report), report)
}

/// Ids of the spans by start, each with its parent's.
fn shape(trace: &Trace) -> Vec<(u64, Option<u64>)> {
    let id = |i: usize| trace.span(i).id.number();
    (0..trace.len()).map(|i| (id(i), trace.parent(i).map(id))).collect()
}

fn counts(traces: u64, spans: u64) -> AssemblyReport {
    AssemblyReport { traces, spans, ..AssemblyReport::default() }
}

#[test]
fn a_tree_is_linked_both_ways() {
    let spans =
        [span(3, 1, 0, 30, 10), span(1, 0, 0, 0, 100), span(4, 3, 0, 35, 1), span(2, 1, 0, 10, 5)];
    let (trace, report) = build(&spans);
    let trace = trace.unwrap();
    assert_eq!(shape(&trace), [(1, None), (2, Some(1)), (3, Some(1)), (4, Some(3))]);
    assert_eq!(trace.children(0).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(trace.children(2).collect::<Vec<_>>(), [3]);
    assert_eq!(trace.roots().collect::<Vec<_>>(), [0]);
    assert_eq!(trace.fragments().count(), 0);
    assert_eq!((trace.starts().first_ns, trace.starts().last_ns), (0, 35));
    assert_eq!(report, counts(1, 4));
}

#[test]
fn a_missing_parent_makes_a_fragment_not_a_root() {
    let (trace, report) = build(&[span(1, 0, 0, 0, 9), span(2, 99, 0, 1, 5), span(3, 2, 0, 2, 1)]);
    let trace = trace.unwrap();
    assert_eq!(trace.roots().collect::<Vec<_>>(), [0]);
    assert_eq!(trace.fragments().collect::<Vec<_>>(), [1]);
    let expected = AssemblyReport { fragments: 1, traces_with_fragments: 1, ..counts(1, 3) };
    assert_eq!(report, expected);
}

#[test]
fn duplicates_several_roots_and_own_parents_are_repaired() {
    let (trace, report) = build(&[span(2, 0, 0, 20, 5), span(1, 1, 0, 0, 10), span(2, 1, 0, 5, 1)]);
    assert_eq!(shape(&trace.unwrap()), [(1, None), (2, Some(1))]);
    assert_eq!(report, AssemblyReport { duplicates: 1, ..counts(1, 2) });
    let (_, report) = build(&[span(1, 0, 0, 0, 10), span(2, 0, 0, 5, 1)]);
    assert_eq!(report, AssemblyReport { traces_with_several_roots: 1, ..counts(1, 2) });
}

#[test]
fn a_cycle_drops_the_trace() {
    let (trace, report) = build(&[span(1, 0, 0, 0, 9), span(2, 3, 0, 1, 5), span(3, 2, 0, 2, 1)]);
    assert_eq!(trace, None);
    let expected =
        AssemblyReport { cyclic_traces: 1, cyclic_spans: 3, ..AssemblyReport::default() };
    assert_eq!(report, expected);
}

/// A parent of instance 0 from 1000 to 1100 and a child; where must the child start?
#[track_caller]
fn check_skew(child: Span, expected_start: u64, expected: AssemblyReport) {
    let (trace, report) = build(&[span(1, 0, 0, 1000, 100), child]);
    let trace = trace.unwrap();
    let moved = trace.spans().iter().find(|span| span.id == child.id).unwrap();
    assert_eq!((moved.start_ns, report), (expected_start, expected));
}

fn skewed(distance: u64) -> AssemblyReport {
    AssemblyReport { skewed: 1, largest_skew_ns: distance, ..counts(1, 2) }
}

#[test]
fn a_child_with_a_wrong_clock_is_moved_into_its_parent() {
    check_skew(span(2, 1, 1, 1000, 40), 1000, counts(1, 2));
    check_skew(span(2, 1, 1, 500, 40), 1030, skewed(530));
    check_skew(span(2, 1, 1, 1090, 40), 1060, skewed(30));
    check_skew(span(2, 1, 1, 990, 40), 1000, skewed(10));
    check_skew(span(2, 1, 1, 1095, 96), 1002, skewed(93));
    // It does not fit: only a start before the parent's is impossible.
    check_skew(span(2, 1, 1, 500, 400), 1000, skewed(500));
    let outlives = AssemblyReport { outlives_parent: 1, ..counts(1, 2) };
    check_skew(span(2, 1, 1, 1050, 400), 1050, outlives);
}

#[test]
fn what_is_no_sign_of_a_wrong_clock_stays() {
    let outlives = AssemblyReport { outlives_parent: 1, ..counts(1, 2) };
    check_skew(span(2, 1, 0, 1090, 40), 1090, outlives);
    let before = AssemblyReport { starts_before_parent: 1, ..counts(1, 2) };
    check_skew(span(2, 1, 0, 990, 40), 990, before);
    check_skew(span(2, 1, 1, 1100, 40), 1100, outlives);
    let consumer = Span { kind: SpanKind::Consumer, ..span(2, 1, 1, 1090, 40) };
    check_skew(consumer, 1090, outlives);
    // Without instances the service tells whether two spans share a clock.
    let same_service = Span { instance: None, ..span(2, 1, 0, 1090, 40) };
    check_skew(same_service, 1090, outlives);
    check_skew(Span { instance: None, ..span(2, 1, 1, 1090, 40) }, 1060, skewed(30));
}

#[test]
fn a_subtree_moves_as_one() {
    let (trace, report) =
        build(&[span(1, 0, 0, 1000, 100), span(2, 1, 1, 500, 40), span(3, 2, 1, 510, 10)]);
    let starts: Vec<_> = trace.unwrap().spans().iter().map(|span| span.start_ns).collect();
    assert_eq!(starts, [1000, 1030, 1040]);
    assert_eq!(report.skewed, 1);
}

fn in_trace(trace: u128, id: u64) -> Span {
    Span { trace: TraceId::new(trace).unwrap(), ..span(id, 0, 0, id, 1) }
}

/// Pushes (trace, span) pairs; returns (trace, spans) as they are closed.
fn assemble(
    options: AssemblyOptions,
    pairs: &[(u128, u64)],
) -> (Vec<(u128, usize)>, AssemblyReport) {
    let (mut assembler, mut closed) = (Assembler::new(options), Vec::new());
    let mut sink = |trace: Trace| closed.push((trace.id().number(), trace.len()));
    for &(trace, id) in pairs {
        assembler.push(in_trace(trace, id), &mut sink);
    }
    let report = assembler.finish(&mut sink);
    (closed, report)
}

#[test]
fn an_idle_trace_is_closed_and_what_comes_after_is_late() {
    let options = AssemblyOptions { idle_spans: 2, ..AssemblyOptions::default() };
    let (closed, report) =
        assemble(options, &[(1, 1), (2, 2), (1, 3), (2, 4), (3, 5), (3, 6), (3, 7), (1, 8)]);
    assert_eq!(closed, [(1, 2), (2, 2), (3, 3)]);
    assert_eq!((report.late, report.closed_early, report.traces), (1, 0, 3));
}

#[test]
fn the_longest_silent_trace_makes_room() {
    let options = AssemblyOptions { held_spans: 3, ..AssemblyOptions::default() };
    let (closed, report) = assemble(options, &[(1, 1), (2, 2), (1, 3), (3, 4), (2, 5)]);
    assert_eq!(closed, [(2, 1), (1, 2), (3, 1)]);
    assert_eq!((report.late, report.closed_early), (1, 1));
}

prop_compose! {
    /// Any spans of one trace: parents may be missing, in cycles, or the span itself.
    fn any_spans()(
        rows in proptest::collection::vec((1_u64..12, 0_u64..14, 0_usize..4, 0_u64..50, 0_u64..50), 1..14)
    ) -> Vec<Span> {
        rows.into_iter().map(|(id, parent, instance, start, duration)| {
            span(id, parent, instance, start, duration)
        }).collect()
    }
}

proptest! {
    #[test]
    fn the_order_of_spans_does_not_matter(
        (spans, shuffled) in any_spans().prop_flat_map(|spans| {
            (Just(spans.clone()), Just(spans).prop_shuffle())
        })
    ) {
        prop_assert_eq!(build(&spans), build(&shuffled));
    }

    #[test]
    fn every_span_is_in_a_trace_or_counted(spans in any_spans()) {
        let (trace, report) = build(&spans);
        let kept = trace.as_ref().map_or(0, Trace::len) as u64;
        prop_assert_eq!(kept, report.spans);
        prop_assert_eq!(report.spans + report.duplicates + report.cyclic_spans, spans.len() as u64);
        let Some(trace) = trace else { return Ok(()) };
        prop_assert!(trace.spans().is_sorted_by_key(|span| span.start_ns));
        for i in 0..trace.len() {
            prop_assert!(trace.children(i).all(|child| trace.parent(child) == Some(i)));
        }
        let children: usize = (0..trace.len()).map(|i| trace.children(i).len()).sum();
        prop_assert_eq!(children + trace.roots().count() + trace.fragments().count(), trace.len());
    }
}
