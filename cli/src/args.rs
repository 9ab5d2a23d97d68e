//! The command line: its commands here, what each takes in a room of its own.

mod drive;
mod files;
mod learn;
mod run;
mod show;
mod value;

use clap::{Parser, Subcommand, ValueEnum};

pub(crate) use drive::{Drive, DriveAlone, DriveWorker};
pub(crate) use files::{Graph, GraphFormat, Init, Schema, Validate};
pub(crate) use learn::{Backtest, Calibrate, Forecast, ForecastFormat, Learn};
pub(crate) use run::{Campaign, Capacity, Rehearse, Tune};
pub(crate) use show::{Edits, FailOn, Format, Score, Show, ShowReport};

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
    /// Find the cheapest change that holds every objective, and prove it
    Tune(Tune),
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
