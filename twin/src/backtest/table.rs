//! The backtest as text of at most 100 columns.

use std::fmt;

use super::{Backtest, BacktestRow, Drift, Drifted, Predicted};
use crate::check::{fitting, listed, predicted, short, whole, write_calls};
use crate::write::{instant, number, percent};

/// Columns of the name.
const NAME: usize = 28;

impl fmt::Display for Backtest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (p50, p95, rate) = ("p50 [ms]", "p95 [ms]", "rate [1/s]");
        writeln!(f, "{:NAME$} {p50:^26} {p95:^26} {rate:^15}", "")?;
        let columns = format!("{:>6} {:>6} {:>5} {:>6}", "seen", "twin", "off", "noise");
        writeln!(f, "{:NAME$} {columns} {columns} {:>7} {:>7}", "endpoint", "seen", "twin")?;
        self.rows.iter().try_for_each(|row| write_row(f, row))?;
        let [p50, p95] = self.errors();
        writeln!(
            f,
            "{:NAME$} {:13} {:>5} {:>6} {:13} {:>5} {:>6}",
            "median",
            "",
            whole(p50.0),
            whole(p50.1),
            "",
            whole(p95.0),
            whole(p95.1)
        )?;
        write_calls(f, &self.calls())?;
        for row in self.rows.iter().filter(|row| row.errors_depart) {
            let (seen, twin) = (percent(row.errors.seen, 2), percent(row.errors.twin, 2));
            writeln!(f, "{}: {seen} failed, {twin} in the twin, which is no chance", row.endpoint)?;
        }
        for (name, visits) in &self.unknown {
            writeln!(f, "not in the twin: {name}, {visits} visits")?;
        }
        if self.overlap > 0.0 {
            writeln!(
                f,
                "\nwarning: {} of this time is time that the twin was learned from; there it always looks \
                 good,\nso this says nothing of how well it predicts",
                whole(self.overlap)
            )?;
        }
        writeln!(f, "\n{}", self.verdict())?;
        self.drifts.iter().try_for_each(|drift| writeln!(f, "  {drift}"))?;
        if !self.passing.is_empty() {
            writeln!(
                f,
                "Departures that did not last, as incidents do not, or have not lasted two slices yet"
            )?;
            self.passing.iter().try_for_each(|drift| writeln!(f, "  {drift}"))?;
        }
        writeln!(
            f,
            "{} tests, by parameter and slices of time, share an error of 1 % (Bonferroni)",
            self.tests
        )
    }
}

impl Backtest {
    /// The outcome in one sentence.
    #[must_use]
    pub fn verdict(&self) -> String {
        let count = self.drifts.len();
        match (self.has_drifted(), self.passed()) {
            (true, _) if count == 1 => {
                String::from("The system has drifted from its twin, in one way")
            }
            (true, _) => format!("The system has drifted from its twin, in {count} ways"),
            _ if !self.is_judged() => {
                String::from("There is too little to judge by: a longer recording would tell")
            }
            (false, true) => String::from("The system has not drifted; the twin still predicts it"),
            (false, false) => format!(
                "No single parameter has drifted, but the twin does not predict the system, by {}:\nthe \
                 whole departs though its parts do not, as under other contention",
                listed(&self.failings())
            ),
        }
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |value: f64| format!("{} ms", number(value, 3));
        let change = |what: String, twin: String, seen: String| format!("{what} {twin} → {seen}");
        let count = |value: f64| number(value, 3);
        let (twin, seen) = (self.twin, self.seen);
        let what = match &self.parameter {
            Drifted::OwnTime => change(String::from("own time"), ms(twin), ms(seen)),
            Drifted::Calls(target) => {
                change(format!("calls of {target} per visit"), count(twin), count(seen))
            }
            Drifted::Errors => {
                change(String::from("own failures"), percent(twin, 3), percent(seen, 3))
            }
            Drifted::Rate => {
                let rate = |value: f64| format!("{}/s", count(value));
                change(String::from("users' requests"), rate(twin), rate(seen))
            }
            Drifted::Appeared => format!("new, in {} traces", count(seen)),
            Drifted::NewCalls(target) => {
                format!("calls {target}, new, in {} traces", count(seen))
            }
            Drifted::Vanished => format!("gone; the twin expects {} requests of it", count(twin)),
            Drifted::LostCalls(target) => {
                format!("calls {target} no more; the twin would in {} visits", count(twin))
            }
        };
        write!(f, "{}: {what} since {}", self.endpoint, instant(self.since_ns))?;
        if let Some(until) = self.until {
            write!(f, " until {}", instant(until))?;
        }
        match self.slices {
            (_, 0) => Ok(()),
            (departing, judged) => write!(f, " ({departing} of {judged} slices)"),
        }
    }
}

fn write_row(f: &mut fmt::Formatter<'_>, row: &BacktestRow) -> fmt::Result {
    let quantile = |of: &Predicted| {
        let (seen, twin) = (short(of.seen), short(of.twin));
        format!("{seen:>6} {twin:>6} {:>5} {:>6}", whole(of.error()), whole(of.noise))
    };
    let seen = short(row.rate_per_s.seen);
    let twin = predicted(row.rate_per_s.twin, row.rate_is_given);
    let (p50, p95) = (quantile(&row.p50_ms), quantile(&row.p95_ms));
    writeln!(f, "{:NAME$} {p50} {p95} {seen:>7} {twin:>7}", fitting(&row.endpoint))
}
