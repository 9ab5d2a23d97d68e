//! A twin as it will be written: names, steps, laws, and what is known of each.

use crate::infer::Slots;
use crate::law::Fit;

/// A learned twin.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Model {
    /// Lines of the twin's zones and hosts, which only files declare.
    pub(crate) zones: Vec<String>,
    pub(crate) hosts: Vec<String>,
    /// In order of name, databases after services.
    pub(crate) components: Vec<Component>,
    /// Share of all visits whose way of calling was too rare to be told apart.
    pub(crate) merged_share: f64,
    /// Calls left out because endpoints called each other in a circle: (caller, callee, calls).
    pub(crate) cut: Vec<(String, String, usize)>,
}

/// A component.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Component {
    pub(crate) name: String,
    pub(crate) is_database: bool,
    /// For people, where the name does not tell.
    pub(crate) title: Option<String>,
    /// Its name in spans, if it has one there.
    pub(crate) spans: Option<String>,
    /// Replicas seen; none where spans do not tell.
    pub(crate) instances: usize,
    /// Most requests seen at once on one replica.
    pub(crate) peak: usize,
    /// Slots that its queue shows, if it does.
    pub(crate) slots: Option<Slots>,
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) clients: Vec<Edge>,
    /// What files state of it.
    pub(crate) declared: Declared,
    /// Where each dependency is known from: name, and places or counts in words.
    pub(crate) depends_on: Vec<(String, Vec<String>)>,
    /// Value of `reliability`, from its history.
    pub(crate) reliability: Option<String>,
}

/// What files state of a component, as it will be written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Declared {
    /// Its kind.
    pub(crate) kind: Option<&'static str>,
    /// Value of `replicas`, instead of what was seen.
    pub(crate) replicas: Option<String>,
    /// The number in it.
    pub(crate) replica_count: Option<u32>,
    /// Value of `concurrency`, instead of an assumption.
    pub(crate) concurrency: Option<String>,
    /// Further lines.
    pub(crate) settings: Vec<String>,
}

/// An endpoint.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Endpoint {
    pub(crate) name: String,
    /// Number in the observations.
    pub(crate) id: usize,
    /// The operation in spans.
    pub(crate) operation: String,
    /// The operation that asks for it, where its own name does not say what is asked.
    pub(crate) asked_by: Option<String>,
    /// How many services of the same endpoint wait on this one.
    pub(crate) level: u8,
    pub(crate) seen: Seen,
    pub(crate) steps: Vec<Step>,
}

/// What was seen of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Seen {
    pub(crate) visits: usize,
    pub(crate) failed: usize,
    /// Of them, those none of whose calls failed.
    pub(crate) failed_alone: usize,
    /// Of its time [ns].
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
    /// Users' requests per second.
    pub(crate) entry_rate: f64,
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    Work(Fit),
    /// Work whose law other ways of the endpoint share under this name.
    SharedWork(Fit, String),
    /// The law that stands above under this name.
    WorkAgain(String),
    Call {
        /// `component.endpoint`
        target: String,
        count: u32,
        /// Below 1 where the call is not always made.
        probability: Option<f64>,
        /// Whether the caller goes on when it fails.
        optional: bool,
    },
    /// A call that nobody waits for.
    Publish {
        /// `component.endpoint`
        target: String,
        count: u32,
        /// Below 1 where the call is not always made.
        probability: Option<f64>,
    },
    Parallel(Vec<Vec<Step>>),
    Choose(Vec<Alternative>),
}

/// One of several ways to serve a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Alternative {
    pub(crate) weight: f64,
    pub(crate) visits: usize,
    pub(crate) steps: Vec<Step>,
}

/// One component as a client of another.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Edge {
    pub(crate) callee: String,
    /// Calls seen.
    pub(crate) calls: usize,
    /// Calls whose round trip was seen.
    pub(crate) measured: usize,
    pub(crate) network: Option<Fit>,
    /// Lines of policies that files state.
    pub(crate) policy: Vec<String>,
}
