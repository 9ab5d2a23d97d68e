use std::collections::BTreeSet;

use super::*;
use crate::{
    Assembler, AssemblyReport, Trace,
    testing::{Reading, Spelt, measured},
};

fn read_file(path: &Path) -> Reading {
    let (mut names, mut spans) = (Names::default(), Vec::new());
    let summary = read(path, &ReadOptions::default(), &mut names, &mut |span| {
        spans.push(span);
        Ok(())
    });
    Reading { spans, summary: summary.unwrap(), names }
}

fn assemble(spans: &[Span]) -> (Vec<Trace>, AssemblyReport) {
    let (mut assembler, mut traces) = (Assembler::default(), Vec::new());
    for &span in spans {
        assembler.push(span, &mut |trace| traces.push(trace));
    }
    let report = assembler.finish(&mut |trace| traces.push(trace));
    (traces, report)
}

#[track_caller]
fn check(file: &str, spans: u64, traces: u64, services: usize) {
    let Some(path) = measured(file) else { return };
    let reading = read_file(&path);
    assert_eq!((reading.summary.spans, reading.summary.defects.len()), (spans, 0));
    let names: BTreeSet<_> = reading.spans.iter().map(|span| span.service).collect();
    assert_eq!(names.len(), services);
    let (trees, report) = assemble(&reading.spans);
    assert_eq!((report.traces, report.spans, report.fragments), (traces, spans, 0));
    assert_eq!(trees.iter().map(|trace| trace.roots().count() as u64).sum::<u64>(), traces);
    assert_eq!((report.duplicates, report.late, report.cyclic_spans), (0, 0, 0));
}

#[test]
fn nezha_s_spans_become_whole_traces() {
    check("nezha-ob/baseline/17_00_trace.csv.xz", 22_969, 502, 10);
    check("nezha-tt/baseline/08_50_trace.csv.xz", 4_890, 71, 25);
}

/// Durations of the CSV are exact nanoseconds, not its column of whole microseconds.
#[test]
fn nezha_s_first_span_is_exact() {
    let Some(path) = measured("nezha-ob/baseline/17_00_trace.csv.xz") else {
        return;
    };
    let first = read_file(&path).spelt().swap_remove(0);
    let expected: Spelt = (
        0x01db_723f_5de7_3f1e_8954_a6d7_6d02_e140,
        0xab87_2b6a_0755_789d,
        None,
        "frontend".to_owned(),
        Some("frontend-579b9bff58-t2dbm".to_owned()),
        "hipstershop.Frontend/Recv.".to_owned(),
        1_661_273_974_730_641_486,
        684_553_030,
    );
    assert_eq!(first, expected);
}

/// The two files hold the same traces; Jaeger's times are cut to microseconds.
#[test]
fn jaeger_and_otlp_give_the_same_spans() {
    let Some(jaeger) = measured("formats/converted/nezha_ob_200traces.jaeger.json.gz") else {
        return;
    };
    let Some(otlp) = measured("formats/converted/nezha_ob_200traces.otlp.json.gz") else {
        return;
    };
    let by_id = |reading: &Reading| {
        let mut spans = reading.spelt();
        for span in &mut spans {
            (span.6, span.7) = (span.6 / 1_000, 0);
        }
        spans.sort();
        spans
    };
    let (jaeger, otlp) = (read_file(&jaeger), read_file(&otlp));
    assert_eq!((jaeger.spans.len(), jaeger.summary.format), (9_200, Format::Jaeger));
    assert_eq!(otlp.summary.format, Format::Otlp);
    assert_eq!(by_id(&jaeger), by_id(&otlp));
    let durations =
        |reading: &Reading| reading.spans.iter().map(|span| span.duration_ns).sum::<u64>();
    let apart = durations(&otlp).abs_diff(durations(&jaeger));
    assert!(apart <= 9_200 * 1_000, "{apart} ns");
    assert_eq!(assemble(&otlp.spans).1.traces, 200);
}
