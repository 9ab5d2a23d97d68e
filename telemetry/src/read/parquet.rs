//! Apache Parquet with flat columns: one span per row, the columns found as in CSV.
//!
//! Only the columns that a span needs are decoded, a batch of rows at a time. Values become the text
//! that CSV would have, and go the same way; a timestamp keeps its unit, an id of bytes becomes
//! hexadecimal.
//!
//! Source: apache/parquet-format, `LogicalTypes.md`.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    panic::{AssertUnwindSafe, catch_unwind},
};

use ::csv::ByteRecord;
use ::parquet::{
    basic::{ConvertedType, LogicalType, TimeUnit as ParquetUnit, Type as Physical},
    column::reader::{ColumnReader, ColumnReaderImpl},
    data_type::{ByteArray, DataType, FixedLenByteArray, Int96},
    errors::ParquetError,
    file::reader::{FileReader, RowGroupReader, SerializedFileReader},
    schema::types::ColumnDescriptor,
};

use crate::{
    columns::{Layout, TimeColumn},
    error::Error,
    format::Format,
    instant::TimeUnit,
    quality::Place,
    read::{ReadOptions, csv::Table, intake::Intake},
};

/// Rows that are decoded at once.
const BATCH: usize = 4_096;

/// Whether the file begins as Parquet does; leaves it at its beginning.
pub(super) fn is_parquet(file: &mut File) -> io::Result<bool> {
    let mut magic = Vec::new();
    file.by_ref().take(4).read_to_end(&mut magic)?;
    // What cannot be wound back, such as a pipe, goes the way of streams from where it is.
    if magic == b"PAR1" {
        file.seek(SeekFrom::Start(0))?;
        return Ok(true);
    }
    match file.seek(SeekFrom::Start(0)) {
        Ok(_) => Ok(false),
        Err(error) => Err(error),
    }
}

pub(super) fn read(
    file: File,
    options: &ReadOptions,
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    intake.summary.format = Format::Parquet;
    let reader = guarded(|| SerializedFileReader::new(file));
    let reader = reader.map_err(|error| damaged(intake, &error))?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let headers: Vec<_> = schema.columns().iter().map(|column| column.path().string()).collect();
    let mut layout = Layout::find(intake.file, &headers, &options.map)?;
    let wanted = wanted(&layout);
    for &at in &wanted {
        let column = schema.column(at);
        if column.max_rep_level() > 0 {
            let found = format!("its column {} holds lists", headers[at]);
            return Err(Error::UnknownFormat { file: intake.file.to_owned(), found });
        }
        let unit = unit_of(&column);
        for time in [Some(&mut layout.start), layout.end.as_mut(), layout.duration.as_mut()] {
            if let Some(TimeColumn { unit: stated, .. }) = time.filter(|time| time.at == at) {
                *stated = unit.or(*stated);
            }
        }
    }
    intake.summary.columns.clone_from(&layout.used);
    let mut table = Table::new(layout);
    for i in 0..reader.num_row_groups() {
        let group = guarded(|| reader.get_row_group(i));
        let group = group.map_err(|error| damaged(intake, &error))?;
        read_group(&*group, &wanted, headers.len(), &mut table, intake)?;
    }
    Ok(())
}

fn damaged(intake: &Intake<'_>, error: &ParquetError) -> Error {
    let (file, place) = (intake.file.to_owned(), Place { line: 0, ..intake.place() });
    let text = error.to_string();
    if text.contains("Disabled feature") || text.contains("feature") && text.contains("compression")
    {
        let found = format!(
            "it is Parquet, compressed in a way that is not built in ({text}); write it with snappy, lz4, gzip or none"
        );
        return Error::UnknownFormat { file, found };
    }
    Error::Binary { file, place, reason: text }
}

/// Calls the decoder, which asserts where damaged bytes lead it astray; what it was working on is
/// not used again after that.
fn guarded<T>(decode: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ParquetError> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| {
        Err(ParquetError::General("its bytes make no sense to the decoder".to_owned()))
    })
}

/// The columns that are decoded.
fn wanted(layout: &Layout) -> Vec<usize> {
    let times = [Some(layout.start), layout.end, layout.duration];
    let others = [
        Some(layout.trace),
        Some(layout.span),
        Some(layout.parent),
        Some(layout.operation),
        layout.service,
        layout.instance,
        layout.kind,
        layout.status,
    ];
    let times = times.into_iter().flatten().map(|column| column.at);
    let mut wanted: Vec<_> = others.into_iter().flatten().chain(times).collect();
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

/// The unit of a column of timestamps; 96-bit ones are read as nanoseconds.
fn unit_of(column: &ColumnDescriptor) -> Option<TimeUnit> {
    let of = |unit: &ParquetUnit| match unit {
        ParquetUnit::MILLIS => TimeUnit::Milliseconds,
        ParquetUnit::MICROS => TimeUnit::Microseconds,
        ParquetUnit::NANOS => TimeUnit::Nanoseconds,
    };
    if column.physical_type() == Physical::INT96 {
        return Some(TimeUnit::Nanoseconds);
    }
    match column.logical_type_ref() {
        Some(LogicalType::Timestamp(it)) => Some(of(&it.unit)),
        _ => match column.converted_type() {
            ConvertedType::TIMESTAMP_MILLIS => Some(TimeUnit::Milliseconds),
            ConvertedType::TIMESTAMP_MICROS => Some(TimeUnit::Microseconds),
            _ => None,
        },
    }
}

fn read_group(
    group: &dyn RowGroupReader,
    wanted: &[usize],
    width: usize,
    table: &mut Table,
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    let mut columns = Vec::new();
    for &at in wanted {
        let reader = guarded(|| group.get_column_reader(at));
        let reader = reader.map_err(|error| damaged(intake, &error))?;
        let is_text =
            group.metadata().column(at).column_descr().converted_type() == ConvertedType::UTF8;
        columns.push(Column { reader, is_text, texts: Texts::default() });
    }
    let mut left = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
    let mut row = ByteRecord::new();
    while left > 0 {
        let count = left.min(BATCH);
        for column in &mut columns {
            let read = guarded(|| column.fill(count)).map_err(|error| damaged(intake, &error))?;
            if read < count {
                let place = Place { line: 0, ..intake.place() };
                let reason = "a column has fewer rows than the others".to_owned();
                return Err(Error::Cut { file: intake.file.to_owned(), place, reason });
            }
        }
        for i in 0..count {
            row.clear();
            let mut of_wanted = wanted.iter().zip(&columns).peekable();
            for at in 0..width {
                match of_wanted.next_if(|(wanted, _)| **wanted == at) {
                    Some((_, column)) => row.push_field(column.texts.get(i)),
                    None => row.push_field(b""),
                }
            }
            let place = Place { line: 0, ..intake.place() };
            let draft = table.draft(&row, place, intake);
            intake.accept(&draft)?;
        }
        left -= count;
    }
    Ok(())
}

/// Some values of a column, as text one after the other; an absent one is empty.
#[derive(Debug, Default)]
struct Texts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Texts {
    fn get(&self, i: usize) -> &[u8] {
        let begin = i.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[begin..self.ends[i]]
    }

    fn end(&mut self) {
        self.ends.push(self.bytes.len());
    }

    fn text(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Text as it is; other bytes, such as ids, in hexadecimal.
    fn bytes(&mut self, bytes: &[u8], is_text: bool) {
        if is_text || !matches!(bytes.len(), 8 | 16) && std::str::from_utf8(bytes).is_ok() {
            self.bytes.extend_from_slice(bytes);
        } else {
            for byte in bytes {
                self.text(&format!("{byte:02x}"));
            }
        }
    }
}

struct Column {
    reader: ColumnReader,
    is_text: bool,
    texts: Texts,
}

impl Column {
    /// Reads the next `count` rows; how many there were.
    fn fill(&mut self, count: usize) -> Result<usize, ParquetError> {
        let (texts, is_text) = (&mut self.texts, self.is_text);
        texts.bytes.clear();
        texts.ends.clear();
        match &mut self.reader {
            ColumnReader::BoolColumnReader(reader) => {
                values(reader, count, texts, |texts, flag: &bool| {
                    texts.text(if *flag { "true" } else { "false" });
                })
            }
            ColumnReader::Int32ColumnReader(reader) => {
                values(reader, count, texts, |texts, number: &i32| texts.text(&number.to_string()))
            }
            ColumnReader::Int64ColumnReader(reader) => {
                values(reader, count, texts, |texts, number: &i64| texts.text(&number.to_string()))
            }
            ColumnReader::Int96ColumnReader(reader) => {
                values(reader, count, texts, |texts, time: &Int96| {
                    texts.text(&time.to_nanos().to_string());
                })
            }
            ColumnReader::FloatColumnReader(reader) => {
                values(reader, count, texts, |texts, number: &f32| texts.text(&number.to_string()))
            }
            ColumnReader::DoubleColumnReader(reader) => {
                values(reader, count, texts, |texts, number: &f64| texts.text(&number.to_string()))
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                values(reader, count, texts, |texts, bytes: &ByteArray| {
                    texts.bytes(bytes.data(), is_text);
                })
            }
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                values(reader, count, texts, |texts, bytes: &FixedLenByteArray| {
                    texts.bytes(bytes.data(), is_text);
                })
            }
        }
    }
}

/// Writes the next `count` rows to `texts`; a row is absent where its level is below the highest.
fn values<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    count: usize,
    texts: &mut Texts,
    write: impl Fn(&mut Texts, &T::T),
) -> Result<usize, ParquetError> {
    let (mut levels, mut found) = (Vec::new(), Vec::new());
    let mut total = 0;
    while total < count {
        let (rows, ..) = reader.read_records(count - total, Some(&mut levels), None, &mut found)?;
        if rows == 0 {
            break;
        }
        total += rows;
    }
    let mut next = found.iter();
    let highest = levels.iter().copied().max().unwrap_or(0);
    for row in 0..total {
        // A required column has no levels, and one whose rows are all absent no values.
        let is_there = levels.get(row).is_none_or(|level| *level == highest);
        if is_there && let Some(value) = next.next() {
            write(texts, value);
        }
        texts.end();
    }
    Ok(total)
}

#[cfg(test)]
mod tests;
