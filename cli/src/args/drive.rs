//! Loads on real targets.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use super::show::{Edits, Show};
use super::value::{duration, share};

#[derive(Debug, clap::Args)]
pub(crate) struct Drive {
    /// Scenario file: its load from the beginning of the warm-up to the horizon, and in `requests:` how
    /// endpoints are called; or a load file alone
    #[arg(value_name = "SCENARIO or LOAD")]
    pub(crate) scenario: PathBuf,
    #[command(flatten)]
    pub(crate) alone: DriveAlone,
    /// Where requests go: scheme, host and port
    #[arg(long, value_name = "URL")]
    pub(crate) target: String,
    /// Send to a target that is not on this machine
    #[arg(long)]
    pub(crate) remote: bool,
    #[command(flatten)]
    pub(crate) edits: Edits,
    /// Trust the certificates of this PEM file, and no others
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Most requests under way at once; those beyond are sent late, which the report says
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(crate) users: u32,
    /// How long an answer is waited for
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// Send nothing if more than so many requests are due in any second, and never send more in one
    #[arg(long, value_name = "N")]
    pub(crate) max_rate: Option<NonZeroUsize>,
    /// Send nothing if more than so many requests are due in all
    #[arg(long, value_name = "N")]
    pub(crate) max_total: Option<u64>,
    /// Stop when more than this share of the last 100 requests failed: `50%`
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(crate) abort_on: Option<f64>,
    /// Latest that 99 % of requests may be sent; beyond it the run is `undecided`
    #[arg(long, value_name = "TIME", default_value = "20ms", value_parser = duration)]
    pub(crate) max_lag: Duration,
    #[command(flatten)]
    pub(crate) show: Show,
}

impl Drive {
    /// What `--timeout` is by default.
    pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);
    /// What `--max-lag` is by default.
    pub(crate) const MAX_LAG: Duration = Duration::from_millis(20);
}

/// What is done with a load file; in a scenario it stands under `learned:`.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Of a load file")]
pub(crate) struct DriveAlone {
    /// Which time of the load: `peak` or a timestamp [default: peak]
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Which quantile of it: `95%` [default: 50%]
    #[arg(long, value_name = "SHARE")]
    pub(crate) quantile: Option<String>,
    /// Multiple of it [default: 1]
    #[arg(long, value_name = "FACTOR")]
    pub(crate) scale: Option<f64>,
    /// Whether requests come by themselves, or people go through the sessions of the file [default:
    /// requests]
    #[arg(long = "as", value_name = "FORM", value_parser = ["requests", "sessions"])]
    pub(crate) form: Option<String>,
    /// A file of coming events, on top of the forecast
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
    /// For how long it is sent [default: 10m]
    #[arg(long = "for", value_name = "TIME")]
    pub(crate) lasts: Option<String>,
    /// How its endpoints or operations are called, as under `requests:` of a scenario; operations such
    /// as `GET /cart` say so themselves
    #[arg(long, value_name = "FILE")]
    pub(crate) requests: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DriveWorker {
    /// The schedule
    pub(crate) job: PathBuf,
    /// Where the record goes
    pub(crate) record: PathBuf,
}
