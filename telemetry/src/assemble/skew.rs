//! Clocks of different machines disagree; a call tells by how much.
//!
//! A called span lies within the calling one, or one of their clocks is wrong. If they ran on
//! different machines and the child does not lie within its parent, the child is moved together
//! with all below it. If it fits, it is moved just inside; but if it sticks out by more than the
//! parent leaves room for, its clock is plainly wrong, and it goes to the middle, as if the network
//! took equally long both ways. If it does not fit, it is moved to the parent's start when it
//! starts before. What is not a sign of a wrong clock stays:
//! - spans of one instance (of one service, where an instance is unknown) share a clock;
//! - producers and consumers of messages are not waited for;
//! - a child that starts after its parent's end was not waited for either;
//! - a child longer than its parent was given up on, if it starts in time.
//!
//! Source: Jaeger, `model/adjuster/clockskew.go`, which always takes the middle. In a long call
//! that would move a child that sticks out by a millisecond across its siblings.

use crate::{
    assemble::{AssemblyReport, trace::Trace},
    span::{Span, SpanKind},
};

/// Moves spans whose clock is off; whether any was moved (then their order may be another).
pub(super) fn adjust(trace: &mut Trace, report: &mut AssemblyReport) -> bool {
    let mut moves = vec![0_i128; trace.len()];
    let mut moved = false;
    let mut waiting: Vec<usize> = trace.tops.iter().map(|&top| top as usize).collect();
    while let Some(i) = waiting.pop() {
        for child in trace.children(i) {
            // As both are moved along with the parent, their written times are enough.
            let own = skew(&trace.spans[i], &trace.spans[child], report);
            if own != 0 {
                let distance = u64::try_from(own.unsigned_abs()).unwrap_or(u64::MAX);
                report.skewed += 1;
                report.largest_skew_ns = report.largest_skew_ns.max(distance);
                moved = true;
            }
            moves[child] = moves[i] + own;
            waiting.push(child);
        }
    }
    for (span, shift) in trace.spans.iter_mut().zip(moves) {
        let start = i128::from(span.start_ns) + shift;
        span.start_ns = start.clamp(0, i128::from(u64::MAX)) as u64;
    }
    moved
}

/// How far `child` must be moved to lie within `parent`, in nanoseconds.
fn skew(parent: &Span, child: &Span, report: &mut AssemblyReport) -> i128 {
    let starts_before = child.start_ns < parent.start_ns;
    let outlives = child.end_ns() > parent.end_ns();
    let is_message = matches!(child.kind, SpanKind::Producer | SpanKind::Consumer)
        || parent.kind == SpanKind::Producer;
    let came_after = child.start_ns >= parent.end_ns();
    if !starts_before && !outlives {
        return 0;
    }
    if !(is_message || came_after || share_clock(parent, child)) {
        let early = i128::from(parent.start_ns) - i128::from(child.start_ns);
        let late = i128::from(child.end_ns()) - i128::from(parent.end_ns());
        let room = i128::from(parent.duration_ns) - i128::from(child.duration_ns);
        if room >= 0 {
            return match (early, late) {
                _ if early.max(late) > room => early + room / 2,
                (1.., _) => early,
                _ => -late,
            };
        }
        if starts_before {
            return early;
        }
    }
    report.starts_before_parent += u64::from(starts_before);
    report.outlives_parent += u64::from(outlives);
    0
}

fn share_clock(parent: &Span, child: &Span) -> bool {
    match (parent.instance, child.instance) {
        (Some(parent), Some(child)) => parent == child,
        _ => parent.service == child.service,
    }
}
