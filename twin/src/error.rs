//! What can go wrong when a twin is learned.

use std::path::PathBuf;

/// Errors of learning. None leaves anything half done: nothing is written here.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No file was named.
    #[error("nothing to learn from: name at least one file of spans")]
    NoFiles,
    /// A file is given twice.
    #[error("{} is named twice; every span would count double", .0.display())]
    Twice(PathBuf),
    /// A file could not be read.
    #[error(transparent)]
    Telemetry(foreshadow_telemetry::Error),
    /// No file holds spans.
    #[error(
        "no spans in these files: {0}; only spans say what a system does: add a recording of its traces"
    )]
    NoSpans(String),
    /// Nothing that was seen is in the twin.
    #[error(
        "nothing in these spans is an endpoint of the twin {0}: they are of another system, or services \
         were renamed; `binds: {{spans: …}}` of components and endpoints says what spans call them"
    )]
    AnotherSystem(String),
    /// A twin that nobody learned has no place for how its backtest went.
    #[error(
        "the twin {0} does not say what it was learned from (`learned:`), so a backtest has no place in it"
    )]
    NotLearned(String),
    /// A component was asked for that no file describes.
    #[error("--include {0}: no file describes a component of this name")]
    NotDeclared(String),
    /// A column was named that no file has.
    #[error(
        "--map {column}={header}: no file has this column; only tables (CSV, Parquet) have columns, and \
         a table's header says what they are called"
    )]
    UnusedMap {
        /// What it was to hold.
        column: &'static str,
        /// What it was said to be called.
        header: String,
    },
    /// It was said how long lists are kept, and there are none.
    #[error(
        "--history: none of these files holds incidents, alerts or events; add the list whose time it is, \
         or leave it out"
    )]
    NoHistory,
    /// A list goes on after the present.
    #[error(
        "--history: the lists end at {0}, which is in the future; a clock or a year is wrong, and take out \
         what is only planned"
    )]
    FutureHistory(String),
    /// Every trace was unusable.
    #[error("no usable trace in {spans} spans: {reason}")]
    NoTraces {
        /// Spans read.
        spans: u64,
        /// What was wrong with them.
        reason: String,
    },
    /// The recording is of two times that are too far apart to be one.
    #[error(
        "{before} traces end at {last}, and the other {after} begin at {first}, with nothing between that \
         would tell whether a clock was wrong or these are two recordings: name the files of one of them, \
         or take the other's traces out"
    )]
    Apart {
        /// Traces of the earlier part.
        before: usize,
        /// The last start of the earlier part.
        last: String,
        /// Traces of the later part.
        after: usize,
        /// The first start of the later part.
        first: String,
    },
    /// The twin could not be simulated for its check.
    #[error("the learned twin cannot be simulated: {0}")]
    Simulation(#[from] foreshadow_sim::Error),
    /// The twin's own text was refused.
    #[error("the learned twin is not a valid twin file: {0}")]
    Refused(String),
    /// The caller asked to stop.
    #[error("interrupted")]
    Interrupted,
}

impl From<foreshadow_telemetry::Error> for Error {
    fn from(error: foreshadow_telemetry::Error) -> Self {
        match error {
            foreshadow_telemetry::Error::Interrupted => Self::Interrupted,
            error => Self::Telemetry(error),
        }
    }
}
