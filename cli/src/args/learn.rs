//! What is learned from recordings, and held against them.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use super::value::{duration, sampled};

#[derive(Debug, clap::Args)]
pub(crate) struct Learn {
    /// Recorded spans (CSV, Parquet, Jaeger, Zipkin, OTLP, Tempo) and files of facts (Kubernetes, Istio,
    /// Compose, Terraform, Kiali, Jaeger's dependencies), and lists of incidents, alerts and Kubernetes'
    /// events; plain, gzip, xz or zstd
    #[arg(required = true, value_name = "FILE")]
    pub(crate) sources: Vec<PathBuf>,
    /// Where the twin goes [default: standard output; with --update, the twin that is updated]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Learn this twin anew: keep what is pinned or was added by hand, and print what changed
    #[arg(long, value_name = "TWIN")]
    pub(crate) update: Option<PathBuf>,
    /// Name of the twin [default: that of the output file]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Say which CSV column holds what, as in `--map trace=tid`; may be repeated
    #[arg(long, value_name = "FIELD=COLUMN")]
    pub(crate) map: Vec<String>,
    /// Add a component that only files of facts know, by its name there; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) include: Vec<String>,
    /// Learn the load, too, and write it here (.load.yaml); from access logs, spans, counters of requests, or
    /// a table of times or counts. Without --out and --update the load alone is learned
    #[arg(long, value_name = "FILE")]
    pub(crate) load: Option<PathBuf>,
    /// Width of a bin of the load's curve [default: by the length of the recording]
    #[arg(long, value_name = "TIME", value_parser = duration, requires = "load")]
    pub(crate) bin: Option<Duration>,
    /// The metric that counts requests, of which the load is learned
    #[arg(long, value_name = "NAME", requires = "load")]
    pub(crate) metric: Option<String>,
    /// Which endpoint an operation of the load is (`GET /cart=web.cart`), or that it is left out
    /// (`GET /health=`); may be repeated
    #[arg(long, value_name = "OPERATION=ADDRESS", requires = "load")]
    pub(crate) entry: Vec<String>,
    /// How long a person is silent before a new session of the load begins [default: 30m]
    #[arg(long, value_name = "TIME", value_parser = duration, requires = "load")]
    pub(crate) session_gap: Option<Duration>,
    /// How long the lists of incidents, alerts and events are kept, for rates of failure [default: from
    /// their first entry to the last, and a mean gap more at either end]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) history: Option<Duration>,
    /// Which share of all traces was recorded, such as 10%: rates are divided by it [default: all]
    #[arg(long, value_name = "SHARE", value_parser = sampled)]
    pub(crate) sampled: Option<f64>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Forecast {
    /// Load file, written by `learn --load`
    #[arg(value_name = "LOAD")]
    pub(crate) load: PathBuf,
    /// How far ahead
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "14d")]
    pub(crate) horizon: Duration,
    /// A file of coming events, which multiply the forecast where it is shown; a load file never holds
    /// them
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
    /// Where it goes: .yaml is the load file with this forecast in it (it may be LOAD itself), .json,
    /// .html and .txt are what is shown; may be repeated
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Vec<PathBuf>,
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t = ForecastFormat::Text)]
    pub(crate) format: ForecastFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ForecastFormat {
    /// A plot in characters
    Text,
    /// For programs
    Json,
    /// One page that needs nothing beside it
    Html,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Backtest {
    /// Twin file
    pub(crate) twin: PathBuf,
    /// Recorded spans of a time that the twin was not learned from
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub(crate) against: Vec<PathBuf>,
    /// Say which CSV column holds what, as in `--map trace=tid`; may be repeated
    #[arg(long, value_name = "FIELD=COLUMN")]
    pub(crate) map: Vec<String>,
    /// Which share of all traces was recorded, such as 10%: rates are divided by it [default: all]
    #[arg(long, value_name = "SHARE", value_parser = sampled)]
    pub(crate) sampled: Option<f64>,
    /// Write how it went into the twin, as `learned.backtest`
    #[arg(long)]
    pub(crate) write: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Calibrate {
    /// The twin
    #[arg(value_name = "TWIN")]
    pub(crate) twin: PathBuf,
    /// What was measured: files of k6, Locust, JMeter or Fortio, a run each, in the order of time; or a
    /// CSV table with the columns `run`, `endpoint`, and some of `count`, `per_s`, `mean_ms`, `p50_ms`,
    /// `p90_ms`, `p95_ms`, `p99_ms`
    #[arg(long, required = true, num_args = 1.., value_name = "RESULTS")]
    pub(crate) against: Vec<PathBuf>,
    /// Which endpoint a name in those files is, or that it is left out (`NAME=`); may be repeated
    #[arg(long, value_name = "NAME=ADDRESS")]
    pub(crate) name: Vec<String>,
    /// Leave out so much time at the beginning and the end of every run: its ramps
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) skip: Option<Duration>,
    /// The scenario of that twin under which it was measured
    #[arg(long, value_name = "SCENARIO")]
    pub(crate) scenario: PathBuf,
    /// What is fitted, and where it may be; several addresses share one value; whole ends stand for
    /// whole numbers; may be repeated
    #[arg(long, value_name = "ADDRESS[,ADDRESS]=LOW..HIGH", required = true)]
    pub(crate) fit: Vec<String>,
    /// A run that is held back for the check; may be repeated [default: the last third]
    #[arg(long, value_name = "RUN")]
    pub(crate) hold_out: Vec<String>,
    /// Trials of the search, per combination of whole numbers
    #[arg(long, value_name = "N", default_value_t = 150, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) trials: u32,
    /// Replications of each trial
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) replications: u32,
    /// Where the calibrated twin goes [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}
