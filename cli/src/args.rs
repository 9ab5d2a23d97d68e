//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

/// Rehearse the future of a production system.
///
/// Exit status: 0 held, 1 missed, 2 bad input or trouble, 3 undecided, 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "foreshadow", version, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// How many threads to use [default: all cores]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// Show no progress
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// When to use colour; the variable `NO_COLOR` is honoured
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run what-ifs; the first is the baseline, the others are compared with it
    Rehearse(Rehearse),
    /// Find the largest load that holds every objective, and what is full first
    Capacity(Capacity),
    /// Break the system in many ways: blast radius, ranking, fragility
    Campaign(Campaign),
    /// Send the load of a scenario to a real target, each request when it is due
    Drive(Drive),
    /// The process that sends
    #[command(hide = true)]
    DriveWorker(DriveWorker),
    /// Show how resilient systems are, from saved reports of campaigns
    Score(Score),
    /// Show a saved report in any form, or what changed from one to another
    Report(ShowReport),
    /// Learn a twin from recorded spans and manifests, with a held-out check
    Learn(Learn),
    /// Say what load comes next, and how sure that is
    Forecast(Forecast),
    /// Hold a twin against later telemetry: how wrong is it, has the system drifted
    Backtest(Backtest),
    /// Show who depends on whom, critical paths and single points of failure
    Graph(Graph),
    /// Fit parameters of a twin to measured throughput and latency, by simulation
    Calibrate(Calibrate),
    /// Check files without running them
    Validate(Validate),
    /// Print the JSON Schema of a kind of file
    Schema(Schema),
    /// Write a small twin and scenario to begin with, or a scenario for a twin
    Init(Init),
}

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

/// What is changed of a scenario before it is used.
#[derive(Debug, clap::Args)]
pub(crate) struct Edits {
    /// Set a value by its address, after all changes of the files; may be repeated
    #[arg(long, value_name = "ADDRESS=VALUE")]
    pub(crate) set: Vec<String>,
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
pub(crate) struct Drive {
    /// Scenario file: its load from the beginning of the warm-up to the horizon, and in `requests:` how
    /// endpoints are called
    pub(crate) scenario: PathBuf,
    /// Where requests go: scheme, host and port
    #[arg(long, value_name = "URL")]
    pub(crate) target: String,
    /// Send to a target that is not on this machine
    #[arg(long)]
    pub(crate) remote: bool,
    #[command(flatten)]
    pub(crate) edits: Edits,
    /// Most requests under way at once; those beyond are sent late, which the report says
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(crate) users: u32,
    /// How long an answer is waited for
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// Send nothing if more than so many are due in any second
    #[arg(long, value_name = "N")]
    pub(crate) max_rate: Option<u64>,
    /// Send nothing if more than so many are due in all
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

#[derive(Debug, clap::Args)]
pub(crate) struct DriveWorker {
    /// The schedule
    pub(crate) job: PathBuf,
    /// Where the record goes
    pub(crate) record: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Graph {
    /// Twin file
    pub(crate) twin: PathBuf,
    /// An older twin: shows what is new, gone or otherwise since
    #[arg(long, value_name = "TWIN")]
    pub(crate) since: Option<PathBuf>,
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t = GraphFormat::Text)]
    pub(crate) format: GraphFormat,
    /// Write to a file instead of printing
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// Critical paths, single points of failure, circles
    Text,
    /// A picture
    Svg,
    /// For Graphviz
    Dot,
    /// For Markdown
    Mermaid,
    /// For programs
    Json,
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

#[derive(Debug, clap::Args)]
pub(crate) struct Validate {
    /// Twin and scenario files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Schema {
    /// The kind of file
    #[arg(value_enum)]
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Twin,
    Scenario,
    Campaign,
    Load,
    Events,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Init {
    /// Write a scenario for this twin, at the load that was observed
    #[arg(long, value_name = "TWIN")]
    pub(crate) from: Option<PathBuf>,
    /// Where the files go: a directory, or with --from the scenario file
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
}

/// A share of traces, as files have shares.
fn sampled(text: &str) -> Result<f64, String> {
    let share = foreshadow_scenarios::share(text)?;
    if share > 0.0 { Ok(share) } else { Err(String::from("expected a share above 0, such as 10%")) }
}

/// A time with its unit, as files have it.
fn duration(text: &str) -> Result<Duration, String> {
    foreshadow_scenarios::duration(text)
}

/// A part of a whole, as files have it.
fn share(text: &str) -> Result<f64, String> {
    foreshadow_scenarios::share(text)
}
