//! The `foreshadow` command: rehearse the future of a production system.

mod args;
mod backtest;
mod calibrate;
mod campaign;
mod capacity;
mod drive;
mod edits;
mod files;
mod forecast;
mod graph;
mod init;
mod interrupt;
mod learn;
mod learn_load;
mod number;
mod progress;
mod rehearse;
mod render;
mod report;
mod saved;
mod score;
mod show;
mod tune;
mod validate;
mod work;

use std::process::ExitCode;

use clap::Parser;
use foreshadow_scenarios::Problems;
use foreshadow_scenarios::report::Verdict;
use miette::{GraphicalReportHandler, GraphicalTheme, ThemeCharacters, ThemeStyles};

use args::{Args, Color, Command};

/// What a command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    /// Held, or nothing was asked.
    Held,
    /// An objective was missed.
    Missed,
    /// It could not be told.
    Undecided,
    /// Stopped by the user.
    Interrupted,
}

impl Status {
    /// What a verdict comes to; nothing asked is nothing missed.
    fn of(verdict: Option<Verdict>) -> Self {
        match verdict {
            None | Some(Verdict::Held) => Self::Held,
            Some(Verdict::Missed) => Self::Missed,
            Some(Verdict::Undecided) => Self::Undecided,
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Held => 0,
            Status::Missed => 1,
            Status::Undecided => 3,
            Status::Interrupted => 130,
        })
    }
}

/// Bad input or trouble.
const TROUBLE: u8 = 2;

fn main() -> ExitCode {
    let args = Args::parse();
    match args.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    let result = match &args.command {
        Command::Rehearse(command) => rehearse::run(command, &args),
        Command::Capacity(command) => capacity::run(command, &args),
        Command::Campaign(command) => campaign::run(command, &args),
        Command::Tune(command) => tune::run(command, &args),
        Command::Drive(command) => drive::run(command, &args),
        Command::DriveWorker(command) => drive::work(command),
        Command::Score(command) => score::run(command),
        Command::Report(command) => report::run(command),
        Command::Learn(command) => learn::run(command, &args),
        Command::Forecast(command) => forecast::run(command, &args),
        Command::Backtest(command) => backtest::run(command, &args),
        Command::Graph(command) => graph::run(command),
        Command::Calibrate(command) => calibrate::run(command, &args),
        Command::Validate(command) => validate::run(command),
        Command::Schema(command) => validate::schema(command),
        Command::Init(command) => init::run(command),
    };
    match result {
        Ok(status) => status.into(),
        Err(error) => {
            complain(&error);
            ExitCode::from(TROUBLE)
        }
    }
}

/// Says on standard error what went wrong, with the offending text where there is one.
fn complain(error: &anyhow::Error) {
    let problems = error.downcast_ref::<Problems>().or_else(|| {
        match error.downcast_ref::<foreshadow_scenarios::rehearse::Error>() {
            Some(foreshadow_scenarios::rehearse::Error::Problems(problems)) => Some(problems),
            _ => match error.downcast_ref::<foreshadow_campaigns::Error>() {
                Some(foreshadow_campaigns::Error::Problems(problems)) => Some(problems),
                _ => None,
            },
        }
    });
    let Some(problems) = problems else {
        anstream::eprintln!("error: {error:#}");
        return;
    };
    let colored = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let styles = if colored { ThemeStyles::ansi() } else { ThemeStyles::none() };
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme {
        characters: ThemeCharacters::unicode(),
        styles,
    })
    .with_width(100);
    for problem in problems.diagnostics() {
        let mut text = String::new();
        if handler.render_report(&mut text, problem).is_err() {
            text = problem.to_string();
        }
        anstream::eprintln!("{}", text.trim_end());
    }
}
