use proptest::prelude::*;
use std::{io::Write, sync::Arc};

use ::parquet::{
    basic::Compression,
    data_type::{ByteArray, ByteArrayType, FixedLenByteArray, FixedLenByteArrayType, Int64Type},
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::parser::parse_message_type,
};
use tempfile::NamedTempFile;

use crate::{
    Error, Format, Names, ReadOptions, SpanStatus, read,
    testing::{Reading, read_bytes},
};

const SCHEMA: &str = "message spans {
    required fixed_len_byte_array(16) trace_id;
    required binary span_id (UTF8);
    optional binary parent_span_id (UTF8);
    required binary service (UTF8);
    required binary note (UTF8);
    required binary operation (UTF8);
    required int64 start_time (TIMESTAMP(MICROS,true));
    required int64 duration_ns;
    optional binary status (UTF8);
}";

/// Spans 1 to `count`; every second one has a parent and failed.
fn file(count: u64, compression: Compression) -> NamedTempFile {
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut file = NamedTempFile::new().unwrap();
    let mut writer =
        SerializedFileWriter::new(file.as_file_mut(), schema, Arc::new(properties)).unwrap();
    for rows in [1..=count / 3, count / 3 + 1..=count] {
        let mut group = writer.next_row_group().unwrap();
        let text = |of: &dyn Fn(u64) -> String| {
            rows.clone().map(|i| ByteArray::from(of(i).into_bytes())).collect::<Vec<_>>()
        };
        let even: Vec<i16> = rows.clone().map(|i| i16::from(i % 2 == 0)).collect();
        let only_even = |of: &str| {
            let rows = rows.clone().filter(|i| i % 2 == 0);
            rows.map(|_| ByteArray::from(of.as_bytes().to_vec())).collect::<Vec<_>>()
        };
        for column in 0..9 {
            let mut next = group.next_column().unwrap().unwrap();
            match column {
                0 => {
                    let ids: Vec<_> = rows
                        .clone()
                        .map(|_| FixedLenByteArray::from(9_u128.to_be_bytes().to_vec()))
                        .collect();
                    next.typed::<FixedLenByteArrayType>().write_batch(&ids, None, None).unwrap();
                }
                6 | 7 => {
                    let times: Vec<_> =
                        rows.clone().map(|i| i.cast_signed() * 1_000 + column).collect();
                    next.typed::<Int64Type>().write_batch(&times, None, None).unwrap();
                }
                2 | 8 => {
                    let texts = only_even(if column == 2 { "1" } else { "error" });
                    next.typed::<ByteArrayType>().write_batch(&texts, Some(&even), None).unwrap();
                }
                _ => {
                    let texts = text(&|i| {
                        if column == 1 { format!("{i:x}") } else { format!("c{column}") }
                    });
                    next.typed::<ByteArrayType>().write_batch(&texts, None, None).unwrap();
                }
            }
            next.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
    file
}

fn read_file(file: &NamedTempFile) -> Result<Reading, Error> {
    let (mut names, mut spans) = (Names::default(), Vec::new());
    let summary = read(file.path(), &ReadOptions::default(), &mut names, &mut |span| {
        spans.push(span);
        Ok(())
    })?;
    Ok(Reading { spans, summary, names })
}

#[test]
fn rows_become_spans_over_batches_and_groups() {
    for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::LZ4_RAW] {
        let reading = read_file(&file(10_000, compression)).unwrap();
        assert_eq!((reading.spans.len(), reading.summary.format), (10_000, Format::Parquet));
        let spelt = reading.spelt();
        let of = |id: u64, parent| {
            (
                9,
                id,
                parent,
                "c3".to_owned(),
                None,
                "c5".to_owned(),
                (id * 1_000 + 6) * 1_000,
                id * 1_000 + 7,
            )
        };
        assert_eq!((&spelt[0], &spelt[9_999]), (&of(1, None), &of(10_000, Some(1))));
        assert_eq!(reading.spans[9_999].status, SpanStatus::Error);
        assert_eq!(reading.spans[9_998].status, SpanStatus::Unset);
    }
}

#[test]
fn parquet_that_is_cut_or_streamed_is_refused() {
    let file = file(10, Compression::SNAPPY);
    let bytes = std::fs::read(file.path()).unwrap();
    let streamed = read_bytes(&bytes).unwrap_err().to_string();
    assert!(streamed.contains("it is a Parquet file"), "{streamed}");
    let mut cut = NamedTempFile::new().unwrap();
    cut.write_all(&bytes[..bytes.len() / 2]).unwrap();
    let error = read_file(&cut).unwrap_err();
    assert!(matches!(error, Error::Binary { .. }), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_change_of_a_file_is_survived(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
        is_at_end in any::<bool>(),
    ) {
        let mut bytes = std::fs::read(file(30, Compression::SNAPPY).path()).unwrap();
        for (index, value) in changes {
            // The last part says where everything is.
            let from = if is_at_end { bytes.len() * 2 / 3 } else { 4 };
            let at = from + index.index(bytes.len() - from);
            bytes[at] = value;
        }
        let mut changed = NamedTempFile::new().unwrap();
        changed.write_all(&bytes).unwrap();
        if let Ok(reading) = read_file(&changed) {
            prop_assert_eq!(reading.spans.len() as u64, reading.summary.spans);
        }
    }
}
