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
    /// Every trace was unusable.
    #[error("no usable trace in {spans} spans: {reason}")]
    NoTraces {
        /// Spans read.
        spans: u64,
        /// What was wrong with them.
        reason: String,
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
