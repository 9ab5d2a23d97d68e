//! A trace: spans as trees.

use crate::{
    assemble::{AssemblyReport, build},
    id::TraceId,
    span::{Span, TimeRange},
};

/// Stands for "no parent" where parents are kept.
pub(super) const NONE: u32 = u32::MAX;

/// The spans of one trace, by start, and who called whom. Spans are named by their position.
///
/// A trace is one tree, or several. A tree whose root names a parent that is not in the trace is a
/// *fragment*: what called it is unknown, so its root is no user's entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    pub(super) spans: Vec<Span>,
    /// The parent's position of each span.
    pub(super) parents: Vec<u32>,
    /// Where the children of each span begin in `children`; one more entry ends the last.
    pub(super) first_child: Vec<u32>,
    pub(super) children: Vec<u32>,
    /// Spans without parent, in order of start: true roots and roots of fragments.
    pub(super) tops: Vec<u32>,
}

impl Trace {
    /// Makes one trace of `spans`, which must all belong to it; checks and repairs are counted in
    /// `report`. None if there are no spans, or if they are each other's ancestors.
    ///
    /// # Panics
    /// When the spans belong to different traces.
    #[must_use]
    pub fn of_spans(spans: Vec<Span>, report: &mut AssemblyReport) -> Option<Self> {
        build::build(spans, report)
    }

    /// The trace's id.
    #[must_use]
    pub fn id(&self) -> TraceId {
        self.spans[0].trace
    }

    /// All spans, by start. Never empty.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// How many spans there are; at least one.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a trace is never empty")]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// The span at position `i`.
    #[must_use]
    pub fn span(&self, i: usize) -> &Span {
        &self.spans[i]
    }

    /// The position of the span that called span `i`; none for the root of a tree.
    #[must_use]
    pub fn parent(&self, i: usize) -> Option<usize> {
        let parent = self.parents[i];
        (parent != NONE).then_some(parent as usize)
    }

    /// The positions of the spans that span `i` called, by start.
    #[must_use]
    pub fn children(&self, i: usize) -> impl ExactSizeIterator<Item = usize> + Clone + '_ {
        let (begin, end) = (self.first_child[i] as usize, self.first_child[i + 1] as usize);
        self.children[begin..end].iter().map(|&child| child as usize)
    }

    /// The positions of the spans that nothing called, by start: entries of users.
    pub fn roots(&self) -> impl Iterator<Item = usize> + '_ {
        self.tops().filter(|&i| !self.is_fragment_root(i))
    }

    /// The positions of the roots of fragments, by start: what called them is not in the trace.
    pub fn fragments(&self) -> impl Iterator<Item = usize> + '_ {
        self.tops().filter(|&i| self.is_fragment_root(i))
    }

    /// Whether span `i` names a parent that is not in the trace.
    #[must_use]
    pub fn is_fragment_root(&self, i: usize) -> bool {
        let span = &self.spans[i];
        self.parents[i] == NONE && span.parent.is_some_and(|parent| parent != span.id)
    }

    /// First and last start.
    #[must_use]
    pub fn starts(&self) -> TimeRange {
        let last = self.spans[self.spans.len() - 1].start_ns;
        TimeRange { first_ns: self.spans[0].start_ns, last_ns: last }
    }

    fn tops(&self) -> impl Iterator<Item = usize> + '_ {
        self.tops.iter().map(|&top| top as usize)
    }
}
