//! Recorded arrivals: a time a line, or a CSV file with a column of times.
//!
//! A time is in seconds (`12.5`), a duration (`12.5s`, `-1m30s`) or a timestamp of RFC 3339. The
//! first two count from the end of the warm-up; timestamps count from the first of them. Lines that
//! are empty or begin with `#` say nothing.

use std::ops::Range;

use foreshadow_sim::time::SimTime;

use crate::problem::Problem;
use crate::source::{FileId, Span};
use crate::units;

/// Names that a column of times may have.
const COLUMNS: [&str; 2] = ["at", "time"];
const HELP: &str = "write seconds (`12.5`), durations (`12.5s`) or timestamps \
                    (`2026-11-01T09:00:00Z`), one a line, or CSV with a column `at` or `time`";

/// What is wrong with a trace, and where.
#[derive(Debug)]
pub(crate) struct Wrong {
    message: String,
    help: &'static str,
    at: Range<usize>,
    line: usize,
}

impl Wrong {
    /// The problem, once the text has a number.
    pub(crate) fn in_file(self, file: FileId) -> Problem {
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let span = Span {
            file,
            offset: number(self.at.start),
            len: number(self.at.len()),
            line: number(self.line),
            column: 1,
        };
        Problem::at(span, self.message).help(self.help)
    }
}

/// A line that says something.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    text: &'a str,
    /// First byte in the file.
    begin: usize,
    /// From 1.
    number: usize,
}

impl Line<'_> {
    fn wrong(&self, message: impl Into<String>, help: &'static str) -> Wrong {
        let at = self.begin..self.begin + self.text.len();
        Wrong { message: message.into(), help, at, line: self.number }
    }
}

/// The instants of a trace \[ns since t = 0\], in their order.
pub(crate) fn read(text: &str) -> Result<Vec<i64>, Wrong> {
    let mut lines = lines(text).peekable();
    let Some(first) = lines.peek().copied() else {
        let nothing = Line { text: "", begin: 0, number: 1 };
        return Err(nothing.wrong("this trace has no times", HELP));
    };
    let column = header(first.text);
    if column.is_some() {
        lines.next();
    } else if field(first.text, 1).is_some() {
        let help = "call it `at` or `time` in the first line";
        return Err(first.wrong("no header says which of these columns is the time", help));
    }
    let mut clock = None;
    let mut instants: Vec<i64> = Vec::new();
    for line in lines {
        let missing = || line.wrong("this line ends before the column of times", HELP);
        let text = field(line.text, column.unwrap_or(0)).ok_or_else(missing)?;
        // The first time shows how they are written.
        let clock: &mut Clock = clock.get_or_insert_with(|| Clock::of(text));
        let at = clock.instant(text).map_err(|message| line.wrong(message, HELP))?;
        if instants.last().is_some_and(|&last| at < last) {
            let message = "this time is earlier than the one before it";
            return Err(line.wrong(message, "write the times in rising order"));
        }
        instants.push(at);
    }
    if instants.is_empty() {
        return Err(first.wrong("this trace has no times below its header", HELP));
    }
    Ok(instants)
}

/// The lines that say something.
fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    // Some programs begin a text with a mark of its encoding.
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut next = text.len() - body.len();
    let lines = body.split('\n').enumerate().map(move |(index, line)| {
        let begin = next;
        next += line.len() + 1;
        Line { text: line.strip_suffix('\r').unwrap_or(line), begin, number: index + 1 }
    });
    lines.filter(|line| !line.text.trim().is_empty() && !line.text.starts_with('#'))
}

/// The number of the column of times, if `line` is a header that names it.
fn header(line: &str) -> Option<usize> {
    let mut names = (0..).map_while(|index| field(line, index));
    names.position(|name| COLUMNS.iter().any(|known| name.eq_ignore_ascii_case(known)))
}

/// The `index`-th field of a line of CSV, without its quotes.
fn field(line: &str, index: usize) -> Option<&str> {
    let mut quoted = false;
    let mut fields = line.split(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    let field = fields.nth(index)?.trim();
    Some(field.strip_prefix('"').and_then(|f| f.strip_suffix('"')).unwrap_or(field))
}

/// How the times of a trace are written.
#[derive(Debug, Clone, Copy)]
enum Clock {
    /// Seconds and durations since t = 0.
    Elapsed,
    /// Timestamps, t = 0 being this one \[ns since 1970\].
    Calendar(i128),
}

impl Clock {
    /// The clock of which `text` shows the first time.
    fn of(text: &str) -> Self {
        match elapsed(text) {
            Ok(_) => Self::Elapsed,
            Err(_) => timestamp(text).map_or(Self::Elapsed, Self::Calendar),
        }
    }

    /// A time \[ns since t = 0\].
    fn instant(self, text: &str) -> Result<i64, String> {
        let Self::Calendar(first) = self else {
            return elapsed(text);
        };
        let now = timestamp(text).ok_or_else(|| {
            format!("expected a timestamp as in the lines before, found `{}`", short(text))
        })?;
        in_reach(now - first, text)
    }
}

/// \[ns since 1970\]
fn timestamp(text: &str) -> Option<i128> {
    let timestamp = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    });
    timestamp.map(jiff::Timestamp::as_nanosecond)
}

/// Seconds, or a duration, which may be negative \[ns\].
fn elapsed(text: &str) -> Result<i64, String> {
    let (sign, length) = match text.strip_prefix('-') {
        Some(length) => (-1, length),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if let Some(nanos) = seconds(length) {
        return in_reach(sign * nanos, text);
    }
    let length = units::duration(length);
    let nanos = length.map_err(|_| format!("expected a time, found `{}`", short(text)))?.as_nanos();
    // A duration has at most 2⁵⁵ ns.
    in_reach(sign * i128::try_from(nanos).unwrap_or(i128::MAX), text)
}

/// A decimal number of seconds, to the nearest nanosecond.
fn seconds(text: &str) -> Option<i128> {
    const DIGITS: usize = 18;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let decimal = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
    if !decimal || whole.len() > DIGITS || whole.len() + fraction.len() == 0 {
        // Programs write small and large numbers as 1e-05.
        let plain = text.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        let number: f64 = text.parse().ok().filter(|_| plain)?;
        return Some((number * 1e9).round() as i128);
    }
    let number =
        |digits: &str| digits.bytes().fold(0, |sum, digit| 10 * sum + i128::from(digit - b'0'));
    // Ten digits after the point: the last one rounds.
    let fraction = &fraction[..fraction.len().min(10)];
    let tenths = number(fraction) * 10_i128.pow(10 - fraction.len() as u32);
    Some(number(whole) * 1_000_000_000 + (tenths + 5) / 10)
}

/// What the simulator's clock can show.
fn in_reach(nanos: i128, text: &str) -> Result<i64, String> {
    let found = i64::try_from(nanos).ok();
    found.filter(|at| at.unsigned_abs() < SimTime::MAX.as_nanos()).ok_or_else(|| {
        format!(
            "expected a time within 416 days of the end of the warm-up, found `{}`",
            short(text)
        )
    })
}

/// As much of a text as a message needs.
fn short(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
