//! Plain tables: a time a line for each request, or a time and how many came from then on.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use crate::error::Error;
use crate::learn::Recording;
use crate::learn::cells::Cells;
use crate::learn::write::seconds;

/// Names that a column of times may have, and one of counts.
const TIMES: [&str; 6] = ["at", "time", "timestamp", "date", "ds", "from"];
const COUNTS: [&str; 5] = ["count", "requests", "value", "y", "n"];
/// Numbers from here on are seconds since 1970, from there on milliseconds.
const LEAST_EPOCH_S: f64 = 1e8;
const LEAST_EPOCH_MS: f64 = 1e11;

/// What a table has, by its first line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    has_header: bool,
    time: usize,
    count: Option<usize>,
}

/// Whether the file is such a table; what cannot be read is none, and the readers of telemetry say
/// what is wrong with it.
pub(super) fn is_table(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let mut line = Vec::new();
    let mut reader = BufReader::new(file);
    let read = std::io::Read::take(&mut reader, 4096).read_until(b'\n', &mut line);
    read.is_ok() && std::str::from_utf8(&line).is_ok_and(|line| shape(line).is_some())
}

fn shape(line: &str) -> Option<Shape> {
    let fields: Vec<String> = line
        .trim()
        .trim_start_matches('\u{feff}')
        .split(',')
        .map(|f| f.trim_matches([' ', '"']).to_lowercase())
        .collect();
    if fields.len() > 2 {
        return None;
    }
    let find = |names: &[&str]| fields.iter().position(|field| names.contains(&field.as_str()));
    match (find(&TIMES), find(&COUNTS)) {
        (Some(time), count) if fields.len() == 1 + usize::from(count.is_some()) => {
            Some(Shape { has_header: true, time, count })
        }
        _ => {
            let is_time = instant(&fields[0]).is_ok() || zoneless(&fields[0]);
            let is_count = fields.get(1).is_none_or(|field| field.parse::<f64>().is_ok());
            (is_time && is_count).then_some(Shape {
                has_header: false,
                time: 0,
                count: (fields.len() == 2).then_some(1),
            })
        }
    }
}

/// Whether a text is a date or time that lacks a zone.
fn zoneless(text: &str) -> bool {
    text.parse::<jiff::civil::DateTime>().is_ok() || text.parse::<jiff::civil::Date>().is_ok()
}

/// Seconds since 1970 of a timestamp or a number.
fn instant(text: &str) -> Result<i64, &'static str> {
    if let Ok(number) = text.parse::<f64>() {
        return match number {
            n if n >= LEAST_EPOCH_MS => Ok((n / 1e3).floor() as i64),
            n if n >= LEAST_EPOCH_S => Ok(n.floor() as i64),
            _ => Err("is no time: numbers are seconds or milliseconds since 1970"),
        };
    }
    if let Ok(timestamp) = text.to_uppercase().parse::<jiff::Timestamp>() {
        return Ok(timestamp.as_second());
    }
    if text.parse::<jiff::civil::Date>().is_ok_and(|_| text.len() == 10) {
        return Err("is a day without a zone: write `2026-11-01T00:00:00Z`, or seconds since 1970");
    }
    if zoneless(text) {
        return Err("has no zone, and hours of the day depend on it: add `Z` or `+02:00`");
    }
    Err("is no time: expected such as `2026-11-01T09:00:00Z`, or seconds since 1970")
}

/// Reads the table at `path`.
pub(super) fn read(path: &Path, recording: &mut Recording) -> Result<(), Error> {
    let name = path.display().to_string();
    let io = |reason| Error::Io { path: name.clone(), reason };
    let reader = BufReader::new(File::open(path).map_err(io)?);
    let mut shape_found = None;
    let mut rows: Vec<(i64, f64, u64)> = Vec::new();
    let operation = recording.mix.operation("all");
    for (number, line) in (1..).zip(reader.lines()) {
        let line = line.map_err(io)?;
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let Some(shape) = shape_found else {
            let found = shape(&line).ok_or_else(|| wrong(&name, number, &line, "is no header"))?;
            shape_found = Some(found);
            if found.has_header {
                continue;
            }
            row(found, &name, number, &line, &mut rows, recording, operation)?;
            continue;
        };
        row(shape, &name, number, &line, &mut rows, recording, operation)?;
    }
    if !rows.is_empty() {
        let table = Table { name: &name, rows };
        table.count(recording, operation)?;
    }
    Ok(())
}

fn wrong(path: &str, line: u64, text: &str, what: &str) -> Error {
    let text: String = text.chars().take(60).collect();
    Error::Line { path: path.to_owned(), line, what: format!("`{}` {what}", text.trim()) }
}

/// Takes one line: counts wait until their step is known.
fn row(
    shape: Shape,
    path: &str,
    number: u64,
    line: &str,
    rows: &mut Vec<(i64, f64, u64)>,
    recording: &mut Recording,
    operation: Option<usize>,
) -> Result<(), Error> {
    let fields: Vec<&str> = line.split(',').map(|field| field.trim().trim_matches('"')).collect();
    let field = |at: usize| {
        fields.get(at).copied().ok_or_else(|| wrong(path, number, line, "has too few columns"))
    };
    let text = field(shape.time)?;
    let second = instant(text).map_err(|what| wrong(path, number, text, what))?;
    let Some(count) = shape.count else {
        recording.cells.add(second, 1);
        recording.requests += 1;
        recording.mix.add(operation, second, 1);
        return Ok(());
    };
    let text = field(count)?;
    let count = text.parse::<f64>().ok().filter(|count| count.is_finite() && *count >= 0.0);
    let count =
        count.ok_or_else(|| wrong(path, number, text, "is no count: expected zero or more"))?;
    rows.push((second, count, number));
    Ok(())
}

/// Rows of a table of counts: second, count, line.
struct Table<'a> {
    name: &'a str,
    rows: Vec<(i64, f64, u64)>,
}

impl Table<'_> {
    fn count(self, recording: &mut Recording, operation: Option<usize>) -> Result<(), Error> {
        let mut gaps = Vec::new();
        for pair in self.rows.windows(2) {
            let (before, now) = (pair[0], pair[1]);
            if now.0 <= before.0 {
                let what = if now.0 == before.0 { "at the same time as" } else { "earlier than" };
                let what = format!("is {what} line {}: sort the table by time", before.2);
                return Err(Error::Line { path: self.name.to_owned(), line: now.2, what });
            }
            gaps.push(now.0 - before.0);
        }
        gaps.sort_unstable();
        let step = gaps.get(gaps.len() / 2).copied().unwrap_or(1);
        let first = self.rows[0];
        if let Some(off) = self.rows.iter().find(|row| (row.0 - first.0) % step != 0) {
            let what = format!(
                "is not a whole number of steps of {} after the first row: counts need bins of one width",
                seconds(step)
            );
            return Err(Error::Line { path: self.name.to_owned(), line: off.2, what });
        }
        recording.cells = Cells::new(step, false);
        for (second, count, _) in &self.rows {
            let count = count.round().min(f64::from(u32::MAX - 1));
            recording.cells.add(*second, count as u32);
            recording.requests += count as u64;
            recording.mix.add(operation, *second, count as u64);
        }
        let missing =
            (self.rows[self.rows.len() - 1].0 - first.0) / step + 1 - self.rows.len() as i64;
        if missing > 0 {
            recording.notes.push(format!("{missing} rows of {} are missing: gaps", seconds(step)));
        }
        Ok(())
    }
}
