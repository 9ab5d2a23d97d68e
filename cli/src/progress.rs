//! Progress on standard error: none when it is no terminal, and none when it is over at once.

use std::time::Duration;

use foreshadow_scenarios::rehearse::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line that shows what is going on.
pub(crate) struct Line {
    bar: ProgressBar,
}

impl Line {
    pub(crate) fn new(quiet: bool) -> Self {
        let target =
            if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        bar.set_style(
            ProgressStyle::with_template("{spinner} {msg} {wide_bar} {pos}/{len} {eta}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar }
    }

    /// Shows a step of a rehearsal.
    pub(crate) fn show(&self, progress: Progress<'_>) {
        match progress {
            Progress::Starts { what, replications } => {
                self.bar.set_message(what.to_owned());
                self.bar.reset();
                self.bar.set_length(u64::from(replications));
            }
            Progress::Replication => self.bar.inc(1),
        }
    }

    /// Shows how many units of a campaign are there, and what is known by then.
    pub(crate) fn units(&self, done: usize, planned: usize, answer: &str) {
        self.bar.set_length(planned as u64);
        self.bar.set_position(done as u64);
        self.bar.set_message(answer.to_owned());
    }

    /// Says something that stays, on standard error.
    pub(crate) fn note(&self, note: &str) {
        self.bar.suspend(|| anstream::eprintln!("note: {note}"));
    }

    /// Shows how far something is whose length is not known.
    pub(crate) fn say(&self, message: String) {
        self.bar.set_style(ProgressStyle::default_spinner());
        self.bar.set_message(message);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
