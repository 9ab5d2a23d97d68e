//! CSV: a header, then one span per row.
//!
//! Assumptions: the separator is the most frequent of comma, semicolon, tab and bar in the header.
//! Where start and end are given, the span lasts from one to the other, unless both are written in
//! milliseconds or coarser and a finer duration stands beside them. A duration's unit is the one
//! in its header (`duration_ms`), else the one that agrees with end − start in an earlier row,
//! else the microsecond, which most exporters write.

use std::io::Read;

use ::csv::{ByteRecord, ReaderBuilder};

use crate::{
    columns::{Layout, TimeColumn},
    error::Error,
    format::{BYTE_ORDER_MARK, Format},
    id::{SpanId, TraceId},
    instant::{Instant, TimeUnit, parse_duration, parse_instant},
    names::Symbol,
    pod::service_of_pod,
    quality::{Defect, Place},
    read::{
        ReadOptions,
        intake::{Draft, Intake},
    },
    source::Guarded,
    span::{SpanKind, SpanStatus},
};

pub(super) fn read<R: Read>(
    content: Guarded<'_, R>,
    head: &[u8],
    options: &ReadOptions,
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    intake.summary.format = Format::Csv;
    let mut rows = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator(head))
        .buffer_capacity(1 << 16)
        .from_reader(content);
    let mut row = ByteRecord::new();
    let any = rows.read_byte_record(&mut row).map_err(|error| csv_error(intake, 1, error))?;
    let headers: Vec<_> =
        row.iter().map(|header| String::from_utf8_lossy(header).into_owned()).collect();
    if !any {
        return Err(Error::Empty { file: intake.file.to_owned() });
    }
    let layout = Layout::find(intake.file, &headers, &options.map)?;
    intake.summary.columns.clone_from(&layout.used);
    let mut table = Table::new(layout);
    // Two rows in turn, so that the last one is still there when the end is reached.
    let (mut last, mut next) = (ByteRecord::new(), row);
    loop {
        intake.progress.mark();
        let line = rows.position().line();
        let more = rows.read_byte_record(&mut next);
        if !more.map_err(|error| csv_error(intake, line, error))? {
            break;
        }
        std::mem::swap(&mut last, &mut next);
        let place = Place { record: intake.summary.records + 1, line: line_of(&last) };
        if last.len() == headers.len() {
            let draft = table.draft(&last, place, intake);
            intake.accept(&draft)?;
        } else {
            intake.reject(Defect::FieldCount, place);
        }
    }
    if intake.summary.records > 0 {
        table.check_end(&last, headers.len(), intake)?;
    }
    Ok(())
}

/// What is known of the columns.
pub(super) struct Table {
    layout: Layout,
    /// The unit of a duration whose header states none, once a row showed it.
    duration_unit: Option<TimeUnit>,
    /// The service of each pod, by symbol.
    services: Vec<Option<Symbol>>,
}

impl Table {
    pub(super) fn new(layout: Layout) -> Self {
        Self { layout, duration_unit: None, services: Vec::new() }
    }

    /// One span of a row that has all columns.
    pub(super) fn draft(
        &mut self,
        row: &ByteRecord,
        place: Place,
        intake: &mut Intake<'_>,
    ) -> Draft {
        let (start_ns, duration_ns) = match self.times(row) {
            Ok((start_ns, duration_ns)) => (Ok(start_ns), Ok(duration_ns)),
            Err(defect) => (Err(defect), Err(defect)),
        };
        let layout = &self.layout;
        let text =
            |at: Option<usize>| at.map(|at| row[at].trim_ascii()).filter(|it| !it.is_empty());
        let instance = text(layout.instance).map(|name| intake.names.intern_bytes(name));
        let service = match (text(layout.service), instance) {
            (Some(name), _) => Some(intake.names.intern_bytes(name)),
            (None, Some(pod)) => Some(service_of(&mut self.services, pod, intake)),
            (None, None) => None,
        };
        let word = |at| text(at).and_then(|word| std::str::from_utf8(word).ok());
        Draft {
            trace: TraceId::parse(&row[layout.trace]),
            id: SpanId::parse(&row[layout.span]),
            parent: SpanId::parse_parent(&row[layout.parent]),
            start_ns,
            duration_ns,
            service,
            instance,
            operation: text(Some(layout.operation))
                .map(|name| intake.operation(&String::from_utf8_lossy(name))),
            database: None,
            kind: word(layout.kind).map_or(SpanKind::Unspecified, SpanKind::parse),
            status: word(layout.status).map_or(SpanStatus::Unset, |word| self.status(word)),
            sampled: None,
            place,
        }
    }

    /// A column `error` holds a yes or a no, any other one a status.
    fn status(&self, word: &str) -> SpanStatus {
        let is_flag = self.layout.status_is_flag;
        let yes = word.eq_ignore_ascii_case("true") || is_flag && word == "1";
        let no = word.eq_ignore_ascii_case("false") || is_flag && word == "0";
        match (yes, no) {
            (true, _) => SpanStatus::Error,
            (_, true) => SpanStatus::Unset,
            _ => SpanStatus::parse(word),
        }
    }

    /// Start and duration, in nanoseconds.
    fn times(&mut self, row: &ByteRecord) -> Result<(u64, u64), Defect> {
        let column = self.layout.start;
        let start = parse_instant(&row[column.at], column.unit)?;
        let Some(end) = self.end(row)? else {
            let column = self.layout.duration.ok_or(Defect::Time)?;
            let unit = self.unit(column).unwrap_or(TimeUnit::Microseconds);
            return Ok((start.ns, parse_duration(&row[column.at], unit)?));
        };
        let elapsed = end.ns.checked_sub(start.ns).ok_or(Defect::EndsBeforeStart)?;
        let grain = start.grain_ns.max(end.grain_ns);
        let Some(column) = self.layout.duration else {
            return Ok((start.ns, elapsed));
        };
        if column.unit.is_none() && self.duration_unit.is_none() {
            self.duration_unit = deduce_unit(&row[column.at], elapsed, grain);
        }
        if grain < TimeUnit::Milliseconds.ns() {
            return Ok((start.ns, elapsed));
        }
        let finer = self.unit(column).and_then(|unit| parse_duration(&row[column.at], unit).ok());
        let agrees = |duration: &u64| duration.abs_diff(elapsed) <= 2 * grain;
        Ok((start.ns, finer.filter(agrees).unwrap_or(elapsed)))
    }

    fn end(&self, row: &ByteRecord) -> Result<Option<Instant>, Defect> {
        match self.layout.end {
            // Where a duration can stand in, an empty end is no defect.
            Some(column)
                if self.layout.duration.is_some() && row[column.at].trim_ascii().is_empty() =>
            {
                Ok(None)
            }
            Some(column) => parse_instant(&row[column.at], column.unit).map(Some),
            None => Ok(None),
        }
    }

    fn unit(&self, column: TimeColumn) -> Option<TimeUnit> {
        column.unit.or(self.duration_unit)
    }

    /// A file that was cut shows it in its last row.
    fn check_end(
        &self,
        last: &ByteRecord,
        width: usize,
        intake: &mut Intake<'_>,
    ) -> Result<(), Error> {
        let no_newline = !matches!(intake.progress.last_byte(), b'\n' | b'\r');
        intake.summary.no_final_newline = no_newline;
        let place = Place { record: intake.summary.records, line: line_of(last) };
        let is_first_defect =
            |place: Place| intake.summary.defects.iter().any(|known| known.first == place);
        let open_quote = last.iter().next_back().is_some_and(|field| field.contains(&b'\n'))
            && intake.progress.last_visible_byte() != b'"';
        let reason = if last.len() < width {
            format!("it has {} of {width} fields", last.len())
        } else if open_quote {
            "a quotation mark is never closed".to_owned()
        } else if no_newline && (self.draft_is_bad(last) || is_first_defect(place)) {
            "its last field is not whole".to_owned()
        } else {
            return Ok(());
        };
        Err(Error::Cut { file: intake.file.to_owned(), place, reason })
    }

    /// Whether the times of the last row cannot be right; then its end was probably cut off.
    fn draft_is_bad(&self, last: &ByteRecord) -> bool {
        let mut table = Self { layout: self.layout.clone(), services: Vec::new(), ..*self };
        if table.times(last).is_err() {
            return true;
        }
        let (Some(column), Ok(Some(end))) = (self.layout.duration, self.end(last)) else {
            return false;
        };
        let start = parse_instant(&last[self.layout.start.at], self.layout.start.unit);
        let (Ok(start), Some(unit)) = (start, self.unit(column)) else {
            return false;
        };
        let elapsed = end.ns.saturating_sub(start.ns);
        let slack = (elapsed / 10).max(2 * unit.ns()).max(2 * start.grain_ns.max(end.grain_ns));
        parse_duration(&last[column.at], unit).is_ok_and(|stated| stated.abs_diff(elapsed) > slack)
    }
}

fn line_of(row: &ByteRecord) -> u64 {
    row.position().map_or(0, ::csv::Position::line)
}

fn service_of(services: &mut Vec<Option<Symbol>>, pod: Symbol, intake: &mut Intake<'_>) -> Symbol {
    if services.len() <= pod.index() {
        services.resize(pod.index() + 1, None);
    }
    *services[pod.index()].get_or_insert_with(|| {
        let service = service_of_pod(intake.names.text(pod)).to_owned();
        intake.names.intern(&service)
    })
}

/// The unit in which `text` says what lasted `elapsed_ns`, where the two are long enough to tell.
fn deduce_unit(text: &[u8], elapsed_ns: u64, grain_ns: u64) -> Option<TimeUnit> {
    if elapsed_ns < grain_ns.saturating_mul(20) {
        return None;
    }
    TimeUnit::ALL.into_iter().find(|&unit| {
        let stated = parse_duration(text, unit);
        stated.is_ok_and(|stated| stated.abs_diff(elapsed_ns) <= elapsed_ns / 10)
    })
}

/// The character that separates most columns in the header.
pub(super) fn separator(head: &[u8]) -> u8 {
    let head = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head).trim_ascii_start();
    let header = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let count = |separator: u8| header.split(|&byte| byte == separator).count();
    // The last of equals wins, so the comma stands last.
    [b'|', b'\t', b';', b','].into_iter().max_by_key(|&separator| count(separator)).unwrap_or(b',')
}

pub(super) fn csv_error(intake: &Intake<'_>, line: u64, error: ::csv::Error) -> Error {
    let place = Place { record: intake.summary.records + 1, line };
    let text = error.to_string();
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => super::intake::io_error(intake.file, place, error),
        _ => Error::Syntax { file: intake.file.to_owned(), line, column: 1, reason: text },
    }
}

#[cfg(test)]
mod tests;
