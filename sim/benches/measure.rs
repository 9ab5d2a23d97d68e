//! How the benches measure: CPU time of this process, cases interleaved in rounds, and ratios taken
//! within a round.
//!
//! Machines are shared and change their clocks, so absolute rates wander by more than what is to be
//! told apart. CPU time leaves out what others take; cases that follow one another within a second
//! meet the same machine; and the median over rounds of a ratio within a round is steady where the
//! ratio of two medians is not. Neither criterion nor divan interleaves the cases of a comparison,
//! or takes CPU time; the calendar's bench, which compares nothing with another program, uses divan.

// Every bench includes this file and uses a part of it.
#![allow(dead_code)]

use std::fmt::Display;
use std::str::FromStr;

use rustix::time::{ClockId, clock_gettime};

/// CPU time that this process has taken \[s\], all threads together.
pub(crate) fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// Something to be measured.
pub(crate) struct Case<'a> {
    /// What the table calls it.
    pub(crate) name: &'a str,
    /// Does it once; returns how many units (customers, requests, events) were done.
    pub(crate) run: Box<dyn FnMut() -> u64 + 'a>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(name: &'a str, run: impl FnMut() -> u64 + 'a) -> Self {
        Self { name, run: Box::new(run) }
    }
}

/// Runs every case once for each of `rounds` rounds, after one round that is thrown away.
///
/// Returns units per CPU-second, by case and round. Each round begins with another case, so that
/// none always follows the same other.
pub(crate) fn interleave(cases: &mut [Case<'_>], rounds: usize) -> Vec<Vec<f64>> {
    let mut rates = vec![Vec::with_capacity(rounds); cases.len()];
    for round in 0..=rounds {
        for offset in 0..cases.len() {
            let index = (round + offset) % cases.len();
            let start = cpu_seconds();
            let units = (cases[index].run)();
            let seconds = cpu_seconds() - start;
            if round > 0 {
                rates[index].push(units as f64 / seconds);
            }
        }
    }
    rates
}

/// Some values of one thing: their median and their ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Spread {
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let n = values.len();
        assert!(n > 0, "there is at least one round");
        let median = f64::midpoint(values[(n - 1) / 2], values[n / 2]);
        Self { low: values[0], median, high: values[n - 1] }
    }

    /// `numerator` over `denominator`, round by round.
    pub(crate) fn of_ratios(numerator: &[f64], denominator: &[f64]) -> Self {
        Self::of(numerator.iter().zip(denominator).map(|(n, d)| n / d))
    }
}

impl Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = f.precision().unwrap_or(2);
        let Self { low, median, high } = self;
        write!(f, "{median:.digits$} ({low:.digits$}–{high:.digits$})")
    }
}

/// Prints a Markdown table; the first column to the left, the others to the right.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([header[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded = cells.zip(&widths).enumerate().map(|(column, (cell, &width))| {
            if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        println!("| {} |", padded.collect::<Vec<_>>().join(" | "));
    };
    line(&mut header.iter().copied());
    let rule = widths.iter().enumerate().map(|(column, &width)| {
        if column == 0 { "-".repeat(width + 2) } else { format!("{}:", "-".repeat(width + 1)) }
    });
    println!("|{}|", rule.collect::<Vec<_>>().join("|"));
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
}

/// What follows `--name` on the command line (`cargo bench --bench peers -- --rounds 15`).
pub(crate) fn argument<T: FromStr>(name: &str, default: T) -> T {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    let Some(value) = arguments.nth(1) else { return default };
    value.parse().unwrap_or_else(|_| panic!("{name} takes a number, not `{value}`"))
}

/// Processor and compiler, as far as they can be told.
pub(crate) fn machine() -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("a processor without a name", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let rustc = std::process::Command::new("rustc").arg("--version").output();
    let rustc = rustc.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let rustc = rustc.unwrap_or_else(|_| String::from("rustc"));
    format!("{model}, {cores} cores; {rustc}")
}
