//! What can be wrong with a plan or a run.

/// Errors of the simulator. None leaves a run that could go on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A law's parameter is outside its range.
    #[error("{parameter} is {value}, expected {expected}")]
    Law {
        /// The parameter's name.
        parameter: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// The plan contradicts itself.
    #[error("{0}")]
    Plan(String),
    /// A closed user's session came round without any time passing.
    #[error("a session of load {load} took no time, so it would go round for ever")]
    EmptyRound {
        /// Index of the load in the plan.
        load: usize,
    },
    /// The run was stopped before it ended.
    #[error("interrupted")]
    Interrupted,
    /// More requests were under way at once than one replication may hold, which is less than a
    /// gigabyte of them, however many replications run beside it.
    #[error(
        "more than {limit} requests were under way at once, most of them at component {component}: \
         work piles up faster than it is done"
    )]
    TooMany {
        /// Index of the component with the most requests in queue or in service.
        component: usize,
        /// The limit.
        limit: usize,
    },
}
