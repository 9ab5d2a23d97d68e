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
    /// A bin that is no multiple of how fine the recording is.
    #[error(
        "bins of {bin} cannot be made of counts for each {resolution}; give a multiple of that"
    )]
    Bin {
        /// What is asked.
        bin: String,
        /// How fine the recording is.
        resolution: String,
    },
    /// A file of telemetry cannot be read.
    #[error(transparent)]
    Read(#[from] foreshadow_telemetry::Error),
    /// A table cannot be read.
    #[error("cannot read {path}: {reason}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        reason: std::io::Error,
    },
    /// A line of a table that says nothing.
    #[error("{path}:{line}: {what}")]
    Line {
        /// The file.
        path: String,
        /// From 1.
        line: u64,
        /// What it has and what it should have.
        what: String,
    },
    /// A table beside other files.
    #[error("{path} is a table of times or counts, which is learned from alone; give one file")]
    Alone {
        /// The table.
        path: String,
    },
    /// Several metrics that may count requests.
    #[error(
        "several metrics may count requests: {}; name one with `--metric`", names.join(", ")
    )]
    Metrics {
        /// Their names.
        names: Vec<String>,
    },
    /// The metric that is asked for is not there, or no counter.
    #[error("no counter called {metric} has two points; name a metric that counts requests")]
    NoMetric {
        /// What is asked.
        metric: String,
    },
    /// What was written cannot be read back: a defect of this program.
    #[error("the load file that was written is not sound, which should not happen: {0}")]
    Written(String),
    /// A schedule goes beyond what it may; nothing was sent.
    #[error("{0}")]
    Cap(String),
    /// Nothing can be sent, or no more.
    #[error("cannot send: {0}")]
    Drive(String),
    /// Stopped by the caller.
    #[error("stopped before all was read")]
    Interrupted,
}
