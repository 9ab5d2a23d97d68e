//! Why a campaign has no answer.

use std::path::PathBuf;

use foreshadow_scenarios::Problems;
use foreshadow_scenarios::lower::Names;

/// Why a campaign has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The files say something that cannot be.
    #[error(transparent)]
    Problems(#[from] Problems),
    /// The simulator refused a case; the others could go on.
    #[error("{case}: {message}")]
    Simulation {
        /// What was tried.
        case: String,
        /// What it said.
        message: String,
    },
    /// Results cannot be written or read; what is finished stays.
    #[error("{}: {message}", folder.display())]
    Store {
        /// Where they are.
        folder: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// Campaigns that have no score, or none that can be put together.
    #[error("{0}")]
    Scores(String),
    /// There is nothing to go on with.
    #[error(
        "nothing to resume: {} is not there; files, seed and version must be those of the campaign \
         that was stopped, or leave out --resume to begin",
        folder.display()
    )]
    NothingToResume {
        /// Where it would be.
        folder: PathBuf,
    },
    /// A result is not what it should be; it can be removed and made anew.
    #[error("a result of a unit cannot be read: {0}")]
    Record(String),
    /// Stopped before anything was known.
    #[error("interrupted before the first unit ended; run the same command again to go on")]
    Interrupted,
}

/// What the simulator says of a case, with names for its numbers.
pub(crate) fn trouble(names: &Names, case: &str, error: &foreshadow_sim::Error) -> Error {
    match error {
        foreshadow_sim::Error::Interrupted => Error::Interrupted,
        error => Error::Simulation { case: case.to_owned(), message: names.explain(error) },
    }
}
