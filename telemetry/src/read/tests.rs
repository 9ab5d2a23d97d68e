use std::io::Write;

use flate2::{Compression as Level, write::GzEncoder};
use lzma_rust2::{XzOptions, XzWriter};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::*;
use crate::{
    Compression,
    testing::{read_bytes, read_with},
};

mod formats;
mod measured;
mod people;
mod robust;
mod samples;

/// A CSV file of `count` spans.
fn csv(count: u64) -> Vec<u8> {
    let header = "trace,span,parent,service,operation,start_ns,end_ns\n".to_owned();
    let row = |i| format!("{i:x},{i:x},root,s{},o,{i},{}\n", i % 7, i * 31);
    (header + &(1..=count).map(row).collect::<String>()).into_bytes()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn xz(content: &[u8]) -> Vec<u8> {
    let mut encoder = XzWriter::new(Vec::new(), XzOptions::with_preset(0)).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn zstd(content: &[u8]) -> Vec<u8> {
    compress_to_vec(content, CompressionLevel::Fastest)
}

/// A compressed file of many small pieces one after the other, as `cat` makes it.
fn pieces(content: &[u8], compress: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    content.chunks(700).flat_map(compress).collect()
}

#[track_caller]
fn check_compressed(compressed: &[u8], expected: Compression) {
    let reading = read_bytes(compressed).unwrap();
    assert_eq!(reading.summary.compression, expected);
    assert_eq!(reading.spelt(), read_bytes(&csv(300)).unwrap().spelt());
}

#[test]
fn compression_is_told_by_content() {
    let plain = csv(300);
    check_compressed(&plain, Compression::None);
    check_compressed(&gzip(&plain), Compression::Gzip);
    check_compressed(&xz(&plain), Compression::Xz);
    check_compressed(&zstd(&plain), Compression::Zstd);
}

#[test]
fn pieces_in_a_row_are_one_content() {
    let plain = csv(300);
    check_compressed(&pieces(&plain, gzip), Compression::Gzip);
    check_compressed(&pieces(&plain, xz), Compression::Xz);
    check_compressed(&pieces(&plain, zstd), Compression::Zstd);
    let skippable = [b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec(), zstd(&plain)].concat();
    check_compressed(&skippable, Compression::Zstd);
}

/// Wherever a compressed file is cut, reading it is an error.
#[track_caller]
fn check_cut(compressed: &[u8]) {
    for length in 1..compressed.len() {
        let error = read_bytes(&compressed[..length]).expect_err("the file is cut");
        let is_cut = matches!(error, Error::Cut { .. });
        assert!(is_cut || length < 10, "cut at {length} of {}: {error}", compressed.len());
    }
}

#[test]
fn a_cut_compressed_file_is_an_error() {
    check_cut(&gzip(&csv(40)));
    check_cut(&xz(&csv(40)));
    check_cut(&zstd(&csv(40)));
}

#[test]
fn a_damaged_compressed_file_is_an_error() {
    for compress in [gzip, xz, zstd] {
        let mut damaged = compress(&csv(3_000));
        let middle = damaged.len() / 2;
        damaged[middle] ^= 0xff;
        let error = read_bytes(&damaged).unwrap_err();
        assert!(matches!(error, Error::Damaged { .. } | Error::Cut { .. }), "{error}");
    }
}

#[test]
fn the_wrong_kind_of_file_says_what_it_is() {
    let say = |content: &[u8]| read_bytes(content).unwrap_err().to_string();
    assert!(say(b"PAR1\0\0").contains("it is a Parquet file"));
    assert!(say(b"\x7fELF\0\0").contains("it is binary data"));
    assert!(say(&gzip(b"")).contains("is empty"));
    let json = ReadOptions { format: Some(Format::Otlp), ..ReadOptions::default() };
    let error = read_with(br#"{"data":[]}"#, &json).unwrap_err().to_string();
    assert!(error.contains("OTLP JSON was asked for, it is Jaeger JSON"), "{error}");
    let error = read_with(&csv(1), &json).unwrap_err().to_string();
    assert!(error.contains("does not begin like JSON"), "{error}");
}

#[test]
fn a_missing_file_says_so() {
    let options = ReadOptions::default();
    let read = read(Path::new("no/such.csv"), &options, &mut Names::default(), &mut |_| Ok(()));
    let error = read.unwrap_err().to_string();
    assert!(error.starts_with("cannot read no/such.csv: "), "{error}");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_header() {
    let marked = [b"\xef\xbb\xbf".as_slice(), &csv(2)].concat();
    assert_eq!(read_bytes(&marked).unwrap().spans.len(), 2);
    let json = [
        b"\xef\xbb\xbf".as_slice(),
        br#"{"data":[{"spans":[{"traceID":"1","spanID":"1","startTime":1,"duration":1}]}]}"#,
    ];
    assert_eq!(read_bytes(&json.concat()).unwrap().spans.len(), 1);
}
