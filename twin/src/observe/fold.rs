//! One trace to visits: who entered which component, and what was called from there.
//!
//! - A span enters a component when it has no parent, when its parent is of another service or of
//!   another instance, or when it is the server side of its parent. All else is internal and
//!   belongs to the visit that it is part of.
//! - A call and its client span are one call: the client span's time is what the caller saw of it,
//!   and what is left when the server span's is taken off is the round trip.
//! - An internal span that speaks to a database, and below which no component is entered, is a call
//!   of that database.
//! - Own time is the visit's time minus the union of the calls that it waited for.

use foreshadow_telemetry::{Database, Span, SpanKind, SpanStatus, Symbol, Trace};

use super::Gaps;
use super::dictionary::{ComponentKey, Dictionary};
use super::shape::{Call, Shape, shape};

/// A visit with what it did.
#[derive(Debug)]
pub(super) struct Folded {
    pub(super) endpoint: u32,
    pub(super) instance: Option<Symbol>,
    pub(super) start_ns: u64,
    pub(super) duration_ns: u64,
    pub(super) own_ns: u64,
    pub(super) is_entry: bool,
    pub(super) failed: bool,
    pub(super) shape: Shape,
    /// Round trips of its calls: (endpoint called, nanoseconds).
    pub(super) round_trips: Vec<(u32, u64)>,
    /// Endpoints called that failed, of calls that it waited for.
    pub(super) failures: Vec<u32>,
}

/// Times that an endpoint may wait on itself, through others, before its calls are left out.
const MAX_LEVEL: u8 = 3;
/// A call that ends this much after its visit was not waited for.
const SLACK_NS: u64 = 1_000_000;

/// A part of a trace to be folded: an entry span, and who called it.
struct Entry {
    span: usize,
    /// Endpoints on the way here, outermost first.
    path: Vec<u32>,
}

/// What a span below an entry turned out to be.
struct Child {
    span: usize,
    target: u32,
    is_database: bool,
}

struct Folding<'a> {
    trace: &'a Trace,
    dictionary: &'a mut Dictionary,
    gaps: &'a mut Gaps,
    /// Whether some component is entered below each span.
    entered_below: Vec<bool>,
    visits: Vec<Folded>,
}

/// Folds a trace; visits come in no particular order.
pub(super) fn fold(trace: &Trace, dictionary: &mut Dictionary, gaps: &mut Gaps) -> Vec<Folded> {
    let entered_below = entered_below(trace);
    let visits = Vec::new();
    let mut folding = Folding { trace, dictionary, gaps, entered_below, visits };
    let has_root = trace.roots().next().is_some();
    // Without any root, as when the caller sends no spans, the first fragment is the user's entry.
    let first_fragment = if has_root { None } else { trace.fragments().next() };
    let tops: Vec<usize> = trace.roots().chain(trace.fragments()).collect();
    for top in tops {
        let is_entry = !trace.is_fragment_root(top) || Some(top) == first_fragment;
        folding.gaps.orphans += u64::from(!is_entry);
        folding.tree(top, is_entry);
    }
    folding.visits
}

/// Whether span `i` enters a component.
fn enters(trace: &Trace, i: usize) -> bool {
    let Some(parent) = trace.parent(i) else { return true };
    let (span, parent) = (trace.span(i), trace.span(parent));
    let is_other_instance =
        matches!((span.instance, parent.instance), (Some(a), Some(b)) if a != b);
    let is_server = matches!(
        (parent.kind, span.kind),
        (SpanKind::Client, SpanKind::Server) | (SpanKind::Producer, SpanKind::Consumer)
    );
    span.service != parent.service || is_other_instance || is_server
}

fn entered_below(trace: &Trace) -> Vec<bool> {
    let mut order: Vec<usize> = (0..trace.len()).filter(|&i| trace.parent(i).is_none()).collect();
    let mut next = 0;
    while let Some(&span) = order.get(next) {
        order.extend(trace.children(span));
        next += 1;
    }
    let mut entered = vec![false; trace.len()];
    for &span in order.iter().rev() {
        if let Some(parent) = trace.parent(span)
            && (entered[span] || enters(trace, span))
        {
            entered[parent] = true;
        }
    }
    entered
}

impl Folding<'_> {
    /// Folds the tree below `top`.
    fn tree(&mut self, top: usize, is_entry: bool) {
        let mut waiting = vec![Entry { span: top, path: Vec::new() }];
        while let Some(entry) = waiting.pop() {
            let is_entry = is_entry && entry.span == top;
            self.visit(&entry, is_entry, &mut waiting);
        }
    }

    fn visit(&mut self, entry: &Entry, is_entry: bool, waiting: &mut Vec<Entry>) {
        let span = *self.trace.span(entry.span);
        let endpoint = self.endpoint_of(&span, &entry.path).expect("its caller asked before");
        let mut path = entry.path.clone();
        path.push(endpoint);
        let children = self.children(entry.span, &path);
        let mut folded = Folded {
            endpoint,
            instance: span.instance,
            start_ns: span.start_ns,
            duration_ns: span.duration_ns,
            own_ns: span.duration_ns,
            is_entry,
            failed: span.status == SpanStatus::Error,
            shape: Vec::new(),
            round_trips: Vec::new(),
            failures: Vec::new(),
        };
        let mut calls = Vec::with_capacity(children.len());
        for child in children {
            calls.push(self.call(&span, entry.span, &child, &mut folded));
            if child.is_database {
                self.visits.push(statement(self.trace.span(child.span), child.target));
            } else {
                waiting.push(Entry { span: child.span, path: path.clone() });
            }
        }
        calls.sort_by_key(|call| (call.start_ns, call.end_ns));
        folded.own_ns -= covered(&span, &calls);
        let (shape, was_long) = shape(&calls);
        folded.shape = shape;
        self.gaps.long_visits += u64::from(was_long);
        self.visits.push(folded);
    }

    /// The endpoint that `span` enters; none if it is on the way here too often already.
    fn endpoint_of(&mut self, span: &Span, path: &[u32]) -> Option<u32> {
        let component = self.dictionary.component(ComponentKey::Service(span.service));
        let mut level = 0;
        loop {
            let endpoint = self.dictionary.endpoint(component, span.operation, level);
            if !path.contains(&endpoint) {
                return Some(endpoint);
            }
            if level == MAX_LEVEL {
                return None;
            }
            level += 1;
        }
    }

    /// What the spans of the visit at `entry` call, outermost first.
    fn children(&mut self, entry: usize, path: &[u32]) -> Vec<Child> {
        let caller = self.trace.span(entry).operation;
        let mut children = Vec::new();
        let mut waiting: Vec<usize> = self.trace.children(entry).collect();
        while let Some(i) = waiting.pop() {
            let span = *self.trace.span(i);
            if enters(self.trace, i) {
                match self.endpoint_of(&span, path) {
                    Some(target) => children.push(Child { span: i, target, is_database: false }),
                    None => self.gaps.too_deep += 1,
                }
            } else if let (Some(database), false) = (span.database, self.entered_below[i]) {
                let (database, operation) = self.named_database(i, database, span.operation);
                let component = self.dictionary.database(span.service, database);
                let target = self.dictionary.statement(component, operation, caller);
                children.push(Child { span: i, target, is_database: true });
            } else {
                let is_leaf = self.trace.children(i).len() == 0;
                let is_unanswered = is_leaf && span.kind == SpanKind::Client;
                self.gaps.unanswered_calls += u64::from(is_unanswered);
                waiting.extend(self.trace.children(i));
            }
        }
        children
    }

    /// The best name below a database span: drivers wrap the statement, which knows the name.
    fn named_database(&self, i: usize, own: Database, operation: Symbol) -> (Database, Symbol) {
        if matches!(own, Database::Named(_)) {
            return (own, operation);
        }
        let mut waiting: Vec<usize> = self.trace.children(i).collect();
        while let Some(below) = waiting.pop() {
            let span = self.trace.span(below);
            if let Some(named @ Database::Named(_)) = span.database {
                return (named, span.operation);
            }
            waiting.extend(self.trace.children(below));
        }
        (own, operation)
    }

    /// One call as the caller saw it; notes its round trip and failure.
    fn call(&mut self, visit: &Span, entry: usize, child: &Child, folded: &mut Folded) -> Call {
        let server = self.trace.span(child.span);
        let client = self.client(entry, child).copied();
        let seen = client.as_ref().unwrap_or(server);
        let has_failed = server.status == SpanStatus::Error || seen.status == SpanStatus::Error;
        let waited = is_waited(visit, seen, server);
        self.gaps.asynchronous_calls += u64::from(!waited);
        if let (Some(client), true) = (client, waited) {
            let nanos = client.duration_ns.saturating_sub(server.duration_ns);
            folded.round_trips.push((child.target, nanos));
        }
        if has_failed && waited {
            folded.failures.push(child.target);
        }
        let (start_ns, end_ns) = (seen.start_ns, seen.end_ns());
        Call { target: child.target, start_ns, end_ns, waited }
    }

    /// The client span of a call: the parent, if it stands for nothing but this call.
    fn client(&self, entry: usize, child: &Child) -> Option<&Span> {
        let parent = self.trace.parent(child.span).filter(|&parent| parent != entry)?;
        let span = self.trace.span(parent);
        let entered = self.trace.children(parent).filter(|&i| enters(self.trace, i)).count();
        let is_client = match span.kind {
            SpanKind::Client => entered == 1,
            SpanKind::Unspecified => self.trace.children(parent).len() == 1,
            _ => false,
        };
        (is_client && !child.is_database).then_some(span)
    }
}

fn statement(span: &Span, endpoint: u32) -> Folded {
    Folded {
        endpoint,
        // The instance is the client's: how many the database has is not in its clients' spans.
        instance: None,
        start_ns: span.start_ns,
        duration_ns: span.duration_ns,
        own_ns: span.duration_ns,
        is_entry: false,
        failed: span.status == SpanStatus::Error,
        shape: Vec::new(),
        round_trips: Vec::new(),
        failures: Vec::new(),
    }
}

/// Whether the visit went on only after the call had ended.
///
/// A visit that failed may have given up on a call that went on: it waited.
fn is_waited(visit: &Span, seen: &Span, server: &Span) -> bool {
    if seen.kind == SpanKind::Producer || server.kind == SpanKind::Consumer {
        return false;
    }
    let slack = SLACK_NS.max(seen.duration_ns / 20);
    let outlives = seen.end_ns() > visit.end_ns().saturating_add(slack);
    let comes_after = seen.start_ns >= visit.end_ns() && seen.duration_ns > 0;
    !comes_after && (!outlives || visit.status == SpanStatus::Error)
}

/// Length of the union of the waited calls within the visit; calls are in order of start.
fn covered(visit: &Span, calls: &[Call]) -> u64 {
    let (mut covered, mut reached) = (0, visit.start_ns);
    for call in calls.iter().filter(|call| call.waited) {
        let start = call.start_ns.max(reached);
        let end = call.end_ns.min(visit.end_ns());
        if end > start {
            covered += end - start;
            reached = end;
        }
    }
    covered
}
