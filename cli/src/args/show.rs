//! Where reports go, and saved ones.

use std::path::PathBuf;

use clap::ValueEnum;

/// What is changed of a scenario before it is used.
#[derive(Debug, clap::Args)]
pub(crate) struct Edits {
    /// Set a value by its address, after all changes of the files; may be repeated
    #[arg(long, value_name = "ADDRESS=VALUE")]
    pub(crate) set: Vec<String>,
    /// Apply a change file (`foreshadow tune` writes some), before `--set`; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) change: Vec<PathBuf>,
    /// Root of all randomness, instead of the scenario's
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Go on with a twin that failed its last backtest
    #[arg(long)]
    pub(crate) allow_stale: bool,
}

/// Where a report goes.
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// Also write the report to a file: .html, .json, .md, .txt or .xml (`JUnit`); may be repeated
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Vec<PathBuf>,
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
    Markdown,
    /// One page that needs nothing beside it
    Html,
    /// Objectives as test cases
    Junit,
    /// Annotations of a GitHub workflow
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// An objective is missed
    Missed,
    /// An objective is missed, or something is worse than in the baseline
    Worse,
    /// An objective is missed or cannot be decided
    Undecided,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ShowReport {
    /// A report that was saved as JSON
    #[arg(value_name = "REPORT")]
    pub(crate) report: PathBuf,
    /// A later one, to see what changed
    #[arg(value_name = "LATER")]
    pub(crate) with: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) show: Show,
    /// Exit with 1 in this case and those worse than it [default: always with 0]
    #[arg(long, value_enum, value_name = "CASE")]
    pub(crate) fail_on: Option<FailOn>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Score {
    /// Reports of `campaign` that were saved as JSON, one a system
    #[arg(required = true, value_name = "REPORT")]
    pub(crate) reports: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) show: Show,
    /// Exit with 1 when the score is below this
    #[arg(long, value_name = "POINTS")]
    pub(crate) fail_under: Option<f64>,
}
