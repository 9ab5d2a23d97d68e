//! The check as a text table of at most 100 columns.

use std::fmt;

use super::{Check, Compared, Row, medians};
use crate::write::percent;

/// Columns of the name.
const NAME: usize = 28;

impl Check {
    /// The outcome in one sentence.
    #[must_use]
    pub fn summary(&self) -> String {
        let [p50, p95] = self.noise();
        format!(
            "learned from the first half of the time and simulated, p50 was off by {} and p95 by {} \
             from the second half, in the median over {} operations (the halves differ by {} and {}): {}{}",
            whole(self.p50_error()),
            whole(self.p95_error()),
            self.rows.len(),
            whole(p50),
            whole(p95),
            if self.passed() { "passed" } else { "failed, by " },
            listed(&self.failings())
        )
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (p50, p95, rate) = ("p50 [ms]", "p95 [ms]", "rate [1/s]");
        writeln!(f, "{:NAME$} {p50:^26} {p95:^26} {rate:^15}", "")?;
        let columns = format!("{:>6} {:>6} {:>5} {:>6}", "seen", "twin", "off", "noise");
        writeln!(f, "{:NAME$} {columns} {columns} {:>7} {:>7}", "operation", "seen", "twin")?;
        self.rows.iter().try_for_each(|row| write_row(f, row))?;
        let [p50, p95] = self.noise();
        let blank = "";
        writeln!(
            f,
            "{:NAME$} {blank:13} {:>5} {:>6} {blank:13} {:>5} {:>6}",
            "median",
            whole(self.p50_error()),
            whole(p50),
            whole(self.p95_error()),
            whole(p95)
        )?;
        let worst = self.worst();
        let off = whole(worst.p95_ms.error());
        writeln!(f, "worst: {}, whose p95 is off by {off}", worst.endpoint)?;
        write_calls(f, &self.calls())?;
        for row in self.rows.iter().filter(|row| row.errors.second > 0.0) {
            let seen = percent(row.errors.second, 2);
            let twin = percent(row.errors.twin, 2);
            let verdict = if row.errors_depart { ", which is no chance" } else { "" };
            writeln!(f, "{}: {seen} failed, {twin} in the twin{verdict}", row.endpoint)?;
        }
        if !self.passed() {
            writeln!(f, "failed, by {}", listed(&self.failings()))?;
        }
        Ok(())
    }
}

/// Parts listed before the rest is counted.
const MOST: usize = 4;

/// In what a twin does not predict, in one phrase.
pub(crate) fn listed(failings: &[String]) -> String {
    match failings.len() {
        n if n > MOST => format!("{} and {} more", failings[..MOST].join(", "), n - MOST),
        _ => failings.join(", "),
    }
}

/// The errors of rates that were predicted, in one line.
pub(crate) fn write_calls(f: &mut fmt::Formatter<'_>, rows: &[(f64, f64)]) -> fmt::Result {
    let Some((error, noise)) = medians(rows) else { return Ok(()) };
    let (error, noise, count) = (whole(error), whole(noise), rows.len());
    writeln!(
        f,
        "rates of {count} operations that others call: off by {error}, noise {noise} (median)"
    )
}

/// The rate in the twin, where it is a prediction: that of users' requests is given to it.
pub(crate) fn predicted(rate: f64, is_given: bool) -> String {
    if is_given { String::from("given") } else { short(rate) }
}

fn write_row(f: &mut fmt::Formatter<'_>, row: &Row) -> fmt::Result {
    let quantile = |of: &Compared| {
        let (seen, twin) = (short(of.second), short(of.twin));
        format!("{seen:>6} {twin:>6} {:>5} {:>6}", whole(of.error()), whole(of.noise()))
    };
    let seen = short(row.rate_per_s.second);
    let twin = predicted(row.rate_per_s.twin, row.rate_is_given);
    let (p50, p95) = (quantile(&row.p50_ms), quantile(&row.p95_ms));
    writeln!(f, "{:NAME$} {p50} {p95} {seen:>7} {twin:>7}", fitting(&row.endpoint))
}

/// The name, shortened at the front where it is too long: its end tells more.
pub(crate) fn fitting(name: &str) -> String {
    let length = name.chars().count();
    if length <= NAME {
        return name.to_owned();
    }
    let tail: String = name.chars().skip(length - NAME + 1).collect();
    format!("…{tail}")
}

pub(crate) fn whole(share: f64) -> String {
    if share >= 9.995 { String::from(">999%") } else { format!("{:.0}%", share * 100.0) }
}

/// Four figures at most.
pub(crate) fn short(value: f64) -> String {
    match value {
        v if v >= 99.95 => format!("{v:.0}"),
        v if v >= 9.995 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}
