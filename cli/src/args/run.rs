//! Systems that are simulated.

use std::path::PathBuf;

use super::show::{Edits, FailOn, Format, Show};

#[derive(Debug, clap::Args)]
pub(crate) struct Rehearse {
    /// Scenario files
    #[arg(required = true, value_name = "SCENARIO")]
    pub(crate) scenarios: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) edits: Edits,
    #[command(flatten)]
    pub(crate) show: Show,
    /// Exit with 1 in this case and those worse than it, else with 0
    #[arg(long, value_enum, value_name = "CASE")]
    pub(crate) fail_on: Option<FailOn>,
    /// Widen intervals by what the twin's parameters are not known by (`low`, `high` of their origins)
    #[arg(long)]
    pub(crate) uncertainty: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Capacity {
    /// Scenario file; its load is multiplied
    pub(crate) scenario: PathBuf,
    #[command(flatten)]
    pub(crate) edits: Edits,
    /// How far apart the ends of the interval may be, as a part of the load
    #[arg(long, value_name = "SHARE", default_value_t = 0.02)]
    pub(crate) precision: f64,
    #[command(flatten)]
    pub(crate) show: Show,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Campaign {
    /// Scenario file: the load, the objectives, and in `campaign:` what is tried [default: the crash of
    /// every component]
    pub(crate) scenario: PathBuf,
    /// A campaign file to try, under what the scenario itself says
    #[arg(long = "campaign", value_name = "FILE")]
    pub(crate) base: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) edits: Edits,
    /// How wide intervals of blast radii may be, each way, as a part of the value: `5%`
    #[arg(long, value_name = "SHARE")]
    pub(crate) precision: Option<String>,
    /// Begin further rounds, where intervals are widest, for so long: `5m`; the first is run whole
    #[arg(long, value_name = "TIME")]
    pub(crate) time: Option<String>,
    /// Where finished units are kept; what is there already is not done again
    /// [default: .foreshadow/campaigns]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) units: Option<PathBuf>,
    /// Go on with a campaign that was stopped, and complain when there is none
    #[arg(long)]
    pub(crate) resume: bool,
    #[command(flatten)]
    pub(crate) show: Show,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Tune {
    /// Scenario file: the load, the objectives, and in `tune:` what may be changed; with a `campaign:`
    /// objectives are to hold under each of its faults, too
    pub(crate) scenario: PathBuf,
    #[command(flatten)]
    pub(crate) edits: Edits,
    /// Candidates that are looked at, at most, instead of the scenario's
    #[arg(long, value_name = "N")]
    pub(crate) budget: Option<u32>,
    /// End within about this time: `5m`; the search gets the first half
    #[arg(long, value_name = "TIME")]
    pub(crate) time: Option<String>,
    /// Where runs are kept; what is there already is not done again [default: .foreshadow/tune]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) runs: Option<PathBuf>,
    /// Go on with a search that was stopped, and complain when there is none
    #[arg(long)]
    pub(crate) resume: bool,
    /// Where to write: a name in .yaml gets the change that holds, others the report (.html, .json, .md,
    /// .txt or .xml); may be repeated
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Vec<PathBuf>,
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}
