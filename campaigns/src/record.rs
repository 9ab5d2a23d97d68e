//! The rows of a campaign, and their form in Parquet: one row a trial.
//!
//! | column | type | what it is |
//! |---|---|---|
//! | `case` | uint32 | index of what was tried |
//! | `replication` | uint32 | number of the pair of runs; equal ones meet the same requests |
//! | `faults` | utf8 | what was in force, as it can stand in a file |
//! | `events` | uint64 | events of the run with faults |
//! | `force_s` | float64 | how long faults were in force within the run \[s\] |
//! | `due`, `harmed` | list of uint64 | requests, per endpoint that users call |
//! | `due_during`, `harmed_during` | uint64 | those due while the faults were in force |
//! | `worth_due`, `worth_due_during`, `worth_lost`, `worth_lost_after` | float64 | in the scenario's unit of worth |
//! | `weight` | float64 | likelihood ratio of what was drawn; 1 where nothing was tilted |
//! | `detected_s`, `recovered_s` | float64, null | \[s\] |
//! | `metastable` | boolean, null | null where the run is too short to tell |
//! | `degraded`, `missed` | list of uint32 | components and objectives, by index |
//! | `latency` | binary | HDR histogram, V2, of the ok ones \[µs\], three digits |

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, UInt32Builder, UInt64Builder};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Float64Array, ListArray, RecordBatch, StringArray,
    UInt32Array, UInt64Array, cast::AsArray, types,
};
use bytes::Bytes;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer, V2Serializer};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::error::Error;
use crate::pair::Measured;

/// One trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Index of what was tried.
    pub case: u32,
    /// Number of the pair of runs.
    pub replication: u32,
    /// What was in force, on one line.
    pub faults: String,
    /// Probability of what was drawn over that with which it was drawn.
    pub weight: f64,
    /// What it did; latencies are in `latency`.
    pub measured: Measured,
    /// HDR histogram of latencies.
    pub latency: Vec<u8>,
}

/// Digits of the histograms.
pub(crate) const DIGITS: u8 = 3;

/// Latencies \[ns\] as a serialised histogram of microseconds.
pub(crate) fn histogram(latencies: &[u64]) -> Result<Vec<u8>, Error> {
    let wrong = |error: &dyn std::fmt::Display| Error::Record(error.to_string());
    let mut histogram = Histogram::<u64>::new(DIGITS).map_err(|error| wrong(&error))?;
    for latency in latencies {
        histogram.record(latency.div_ceil(1_000)).map_err(|error| wrong(&error))?;
    }
    let mut bytes = Vec::new();
    V2Serializer::new().serialize(&histogram, &mut bytes).map_err(|error| wrong(&error))?;
    Ok(bytes)
}

fn lists64<'a>(rows: &'a [Row], of: impl Fn(&'a Row) -> &'a Vec<u64>) -> ArrayRef {
    let mut builder = ListBuilder::new(UInt64Builder::new());
    for row in rows {
        builder.append_value(of(row).iter().copied().map(Some));
    }
    Arc::new(builder.finish())
}

fn lists32<'a>(rows: &'a [Row], of: impl Fn(&'a Row) -> &'a Vec<u32>) -> ArrayRef {
    let mut builder = ListBuilder::new(UInt32Builder::new());
    for row in rows {
        builder.append_value(of(row).iter().copied().map(Some));
    }
    Arc::new(builder.finish())
}

/// The rows as columns.
fn batch(rows: &[Row]) -> Result<RecordBatch, Error> {
    let u64s = |of: fn(&Measured) -> u64| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(rows.iter().map(|row| of(&row.measured))))
    };
    let f64s = |of: fn(&Measured) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| of(&row.measured))))
    };
    let options = |of: fn(&Measured) -> Option<f64>| -> ArrayRef {
        Arc::new(rows.iter().map(|row| of(&row.measured)).collect::<Float64Array>())
    };
    let metastable: BooleanArray = rows.iter().map(|row| row.measured.metastable).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("case", Arc::new(UInt32Array::from_iter_values(rows.iter().map(|row| row.case)))),
        (
            "replication",
            Arc::new(UInt32Array::from_iter_values(rows.iter().map(|row| row.replication))),
        ),
        ("faults", Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.faults)))),
        ("events", u64s(|m| m.events)),
        ("force_s", f64s(|m| m.force_s)),
        ("due", lists64(rows, |row| &row.measured.due)),
        ("harmed", lists64(rows, |row| &row.measured.harmed)),
        ("due_during", u64s(|m| m.due_during)),
        ("harmed_during", u64s(|m| m.harmed_during)),
        ("worth_due", f64s(|m| m.worth_due)),
        ("worth_due_during", f64s(|m| m.worth_due_during)),
        ("worth_lost", f64s(|m| m.worth_lost)),
        ("worth_lost_after", f64s(|m| m.worth_lost_after)),
        ("detected_s", options(|m| m.detected_s)),
        ("recovered_s", options(|m| m.recovered_s)),
        ("metastable", Arc::new(metastable)),
        ("weight", Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.weight)))),
        ("degraded", lists32(rows, |row| &row.measured.degraded)),
        ("missed", lists32(rows, |row| &row.measured.missed)),
        ("latency", Arc::new(BinaryArray::from_iter_values(rows.iter().map(|row| &row.latency)))),
    ];
    RecordBatch::try_from_iter(columns).map_err(|error| Error::Record(error.to_string()))
}

/// The rows as a Parquet file. Equal rows make equal bytes.
///
/// # Errors
/// [`Error::Record`] when the library refuses them.
pub fn write(rows: &[Row]) -> Result<Vec<u8>, Error> {
    let batch = batch(rows)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(String::from("foreshadow campaign/v1"))
        .build();
    let wrong = |error: parquet::errors::ParquetError| Error::Record(error.to_string());
    let mut bytes = Vec::new();
    let mut writer =
        ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).map_err(wrong)?;
    writer.write(&batch).map_err(wrong)?;
    writer.close().map_err(wrong)?;
    Ok(bytes)
}

/// Reads what [`write()`] wrote, batch by batch; `each` is given every row.
///
/// # Errors
/// [`Error::Record`] for what is no such file, and whatever `each` says.
pub fn read(bytes: Bytes, mut each: impl FnMut(Row) -> Result<(), Error>) -> Result<(), Error> {
    let wrong = |error: &dyn std::fmt::Display| Error::Record(error.to_string());
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(|error| wrong(&error))?;
    for batch in reader.build().map_err(|error| wrong(&error))? {
        let batch = batch.map_err(|error| wrong(&error))?;
        for row in rows(&batch)? {
            each(row)?;
        }
    }
    Ok(())
}

/// The rows of a batch.
fn rows(batch: &RecordBatch) -> Result<Vec<Row>, Error> {
    let column = |name: &str| -> Result<&ArrayRef, Error> {
        let missing = || Error::Record(format!("there is no column `{name}`"));
        batch.column_by_name(name).ok_or_else(missing)
    };
    let other = |name: &str| Error::Record(format!("column `{name}` is of another type"));
    let u32s = |name| -> Result<&UInt32Array, Error> {
        column(name)?.as_primitive_opt::<types::UInt32Type>().ok_or_else(|| other(name))
    };
    let u64s = |name| -> Result<&UInt64Array, Error> {
        column(name)?.as_primitive_opt::<types::UInt64Type>().ok_or_else(|| other(name))
    };
    let f64s = |name| -> Result<&Float64Array, Error> {
        column(name)?.as_primitive_opt::<types::Float64Type>().ok_or_else(|| other(name))
    };
    let lists = |name| -> Result<&ListArray, Error> {
        column(name)?.as_list_opt::<i32>().ok_or_else(|| other(name))
    };
    let list64 = |list: &ListArray, row: usize, name| -> Result<Vec<u64>, Error> {
        let items = list.value(row);
        let items = items.as_primitive_opt::<types::UInt64Type>().ok_or_else(|| other(name))?;
        Ok(items.values().to_vec())
    };
    let list32 = |list: &ListArray, row: usize, name| -> Result<Vec<u32>, Error> {
        let items = list.value(row);
        let items = items.as_primitive_opt::<types::UInt32Type>().ok_or_else(|| other(name))?;
        Ok(items.values().to_vec())
    };
    let faults = column("faults")?.as_string_opt::<i32>().ok_or_else(|| other("faults"))?;
    let metastable = column("metastable")?.as_boolean_opt().ok_or_else(|| other("metastable"))?;
    let latency = column("latency")?.as_binary_opt::<i32>().ok_or_else(|| other("latency"))?;
    let option = |array: &Float64Array, row| array.is_valid(row).then(|| array.value(row));
    let (case, replication, events) = (u32s("case")?, u32s("replication")?, u64s("events")?);
    let (due_during, harmed_during) = (u64s("due_during")?, u64s("harmed_during")?);
    let (worth_due, worth_during) = (f64s("worth_due")?, f64s("worth_due_during")?);
    let (worth_lost, after) = (f64s("worth_lost")?, f64s("worth_lost_after")?);
    let (detected, recovered) = (f64s("detected_s")?, f64s("recovered_s")?);
    let (weight, force_s) = (f64s("weight")?, f64s("force_s")?);
    let (due, harmed) = (lists("due")?, lists("harmed")?);
    let (degraded, missed) = (lists("degraded")?, lists("missed")?);
    let row = |row: usize| {
        Ok(Row {
            case: case.value(row),
            replication: replication.value(row),
            faults: faults.value(row).to_owned(),
            weight: weight.value(row),
            latency: latency.value(row).to_vec(),
            measured: Measured {
                events: events.value(row),
                force_s: force_s.value(row),
                due: list64(due, row, "due")?,
                harmed: list64(harmed, row, "harmed")?,
                due_during: due_during.value(row),
                harmed_during: harmed_during.value(row),
                worth_due: worth_due.value(row),
                worth_due_during: worth_during.value(row),
                worth_lost: worth_lost.value(row),
                worth_lost_after: after.value(row),
                detected_s: option(detected, row),
                recovered_s: option(recovered, row),
                metastable: metastable.is_valid(row).then(|| metastable.value(row)),
                degraded: list32(degraded, row, "degraded")?,
                missed: list32(missed, row, "missed")?,
                latencies: Vec::new(),
            },
        })
    };
    (0..batch.num_rows()).map(row).collect()
}
