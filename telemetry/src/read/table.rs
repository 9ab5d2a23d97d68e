//! Tables with a header, by the names of their columns.

use std::io::Read;

use ::csv::{ReaderBuilder, StringRecord};

use crate::{
    error::Error,
    format::normal,
    instant::{TimeUnit, parse_duration, parse_instant},
    quality::{Defect, Place},
    read::{csv, intake::Intake},
    source::Guarded,
};

/// The columns of a table, and one row of it.
pub(super) struct Row<'r> {
    pub(super) headers: &'r [String],
    normal: &'r [String],
    record: &'r StringRecord,
}

impl<'r> Row<'r> {
    /// The field of the first of `columns` that is there and not empty; names as [`normal`] makes
    /// them.
    pub(super) fn text(&self, columns: &[&str]) -> Option<&'r str> {
        columns.iter().find_map(|wanted| {
            let at = self.normal.iter().position(|header| header == wanted)?;
            let text = self.record.get(at)?.trim();
            (!matches!(text, "" | "N/A" | "null" | "NaN" | "-")).then_some(text)
        })
    }

    pub(super) fn number(&self, columns: &[&str]) -> Option<f64> {
        self.text(columns)?.parse().ok().filter(|it: &f64| it.is_finite())
    }

    /// A number that must not be below zero; absent or unreadable ones are none.
    pub(super) fn count(&self, columns: &[&str]) -> Result<Option<f64>, Defect> {
        match self.number(columns) {
            Some(number) if number < 0.0 => Err(Defect::Negative),
            number => Ok(number),
        }
    }

    /// An instant in nanoseconds.
    pub(super) fn instant(&self, columns: &[&str]) -> Result<u64, Defect> {
        let text = self.text(columns).ok_or(Defect::Time)?;
        parse_instant(text.as_bytes(), None).map(|instant| instant.ns)
    }

    /// A duration in nanoseconds: the first column that begins with one of `names`, in the unit that
    /// its name ends in, else in `unit`.
    pub(super) fn duration(&self, names: &[&str], unit: TimeUnit) -> Result<Option<u64>, Defect> {
        for (i, header) in self.normal.iter().enumerate() {
            let Some(name) = names.iter().find(|name| header.starts_with(**name)) else { continue };
            let unit = match &header[name.len()..] {
                "ns" | "nanos" => TimeUnit::Nanoseconds,
                "us" | "micros" => TimeUnit::Microseconds,
                "ms" | "millis" | "milliseconds" | "inms" => TimeUnit::Milliseconds,
                "s" | "sec" | "seconds" => TimeUnit::Seconds,
                "" => unit,
                _ => continue,
            };
            let text = self.record.get(i).unwrap_or_default().trim();
            if text.is_empty() {
                continue;
            }
            return parse_duration(text.as_bytes(), unit).map(Some);
        }
        Ok(None)
    }

    /// All fields with their headers.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'r str, &'r str)> {
        let normal = self.normal.iter().map(String::as_str);
        normal.zip(self.record.iter().map(str::trim))
    }
}

/// Takes one row; a defect leaves it out.
type Each<'e, 'a> =
    &'e mut dyn FnMut(&Row<'_>, Place, &mut Intake<'a>) -> Result<Result<(), Defect>, Error>;

/// Gives each row to `each`.
pub(super) fn read<'a, R: Read>(
    content: Guarded<'_, R>,
    head: &[u8],
    intake: &mut Intake<'a>,
    each: Each<'_, 'a>,
) -> Result<(), Error> {
    let mut rows = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(csv::separator(head))
        .buffer_capacity(1 << 16)
        .from_reader(content);
    let mut bytes = ::csv::ByteRecord::new();
    let (mut headers, mut normals) = (Vec::new(), Vec::new());
    let mut last_was_bad = None;
    loop {
        intake.progress.mark();
        let line = rows.position().line();
        let more = rows.read_byte_record(&mut bytes);
        if !more.map_err(|error| csv::csv_error(intake, line, error))? {
            break;
        }
        let record = StringRecord::from_byte_record_lossy(std::mem::take(&mut bytes));
        if headers.is_empty() {
            headers = record.iter().map(str::to_owned).collect::<Vec<_>>();
            normals = headers.iter().map(|header| normal(header)).collect();
            continue;
        }
        let place = Place { record: intake.summary.records + 1, line };
        let row = Row { headers: &headers, normal: &normals, record: &record };
        last_was_bad = None;
        if record.len() != headers.len() {
            intake.reject(Defect::FieldCount, place);
            last_was_bad = Some(place);
        } else if let Err(defect) = each(&row, place, intake)? {
            intake.reject(defect, place);
            last_was_bad = Some(place);
        }
        bytes = record.into_byte_record();
    }
    let no_newline = !matches!(intake.progress.last_byte(), b'\n' | b'\r');
    intake.summary.no_final_newline = no_newline;
    match last_was_bad {
        Some(place) if no_newline => {
            let reason = "its last row is not whole".to_owned();
            Err(Error::Cut { file: intake.file.to_owned(), place, reason })
        }
        _ => Ok(()),
    }
}
