//! What can be wrong with load that is to be learned or forecast.

/// Why there is no load or no forecast. None leaves anything half done; the caller can go on with
/// other input.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is nothing to learn from.
    #[error("{what} has no requests, so there is no load to learn; give a recording of some")]
    Empty {
        /// The file, or what else was read.
        what: String,
    },
    /// The history is too short for what is asked.
    #[error(
        "{known} of history is too little to forecast {horizon} ahead: how wrong a forecast is, is \
         measured on windows as long as that which end in the past, which needs {needed}; \
         give a longer recording or ask for {possible}"
    )]
    TooShort {
        /// How long the history is.
        known: String,
        /// How far ahead is asked for.
        horizon: String,
        /// How long it would have to be.
        needed: String,
        /// What can be asked for.
        possible: String,
    },
    /// Too much of the history is missing.
    #[error(
        "{missing} of {all} bins of the history are missing, more than a quarter: what is between \
         them would be guessed; give a recording with fewer gaps"
    )]
    Gaps {
        /// Bins without a value.
        missing: usize,
        /// All bins.
        all: usize,
    },
    /// A number that cannot be a count.
    #[error("the value {value} of bin {bin} is no count: expected a finite number, zero or more")]
    Value {
        /// From 0.
        bin: usize,
        /// What it is.
        value: f64,
    },
}
