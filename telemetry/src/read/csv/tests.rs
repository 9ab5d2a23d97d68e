use super::*;
use crate::source::RECORD_LIMIT;
use crate::{
    Names, read_from,
    testing::{Reading, read_bytes},
};

const HEADER: &str = "trace,span,parent,service,operation,start_ns,end_ns";

fn read(csv: &str) -> Result<Reading, Error> {
    read_bytes(csv.as_bytes())
}

fn table(rows: &[&str]) -> String {
    [HEADER].iter().chain(rows).flat_map(|row| [row, "\n"]).collect()
}

#[track_caller]
fn check_error(csv: &str, expected: &str) {
    assert_eq!(read(csv).unwrap_err().to_string(), expected);
}

#[test]
fn a_row_becomes_a_span() {
    let csv = "Kind;Status;StartTime;Duration_ms;SPAN_ID;Trace-Id;Parent.Span.Id;Pod;Name\n\
               client;error;2022-08-23T16:59:34.730Z;1.5;b;a;1;cart-579b9bff58-t2dbm;\"GET; x\"\n";
    let Reading { spans, summary, names } = read(csv).unwrap();
    let span = spans[0];
    assert_eq!((span.trace.number(), span.id.number()), (0xa, 0xb));
    assert_eq!(span.parent.map(SpanId::number), Some(1));
    assert_eq!((span.start_ns, span.duration_ns), (1_661_273_974_730_000_000, 1_500_000));
    assert_eq!(names.text(span.service), "cart");
    assert_eq!(names.text(span.instance.unwrap()), "cart-579b9bff58-t2dbm");
    assert_eq!(names.text(span.operation), "GET; x");
    assert_eq!((span.kind, span.status), (SpanKind::Client, SpanStatus::Error));
    assert_eq!((summary.records, summary.spans, summary.skipped()), (1, 1, 0));
    assert_eq!(summary.starts, Some(span.starts()));
}

/// The third field of the header is a duration; one row each.
#[track_caller]
fn check_duration(header: &str, rows: &[(&str, u64)]) {
    let lines = (1..).zip(rows).map(|(id, (row, _))| format!("1,{id},root,s,o,{row}\n"));
    let csv =
        format!("trace,span,parent,service,operation,{header}\n{}", lines.collect::<String>());
    let durations: Vec<_> = read(&csv).unwrap().spans.iter().map(|span| span.duration_ns).collect();
    assert_eq!(durations, rows.iter().map(|row| row.1).collect::<Vec<_>>());
}

#[test]
fn a_duration_s_unit_is_found() {
    check_duration("start,duration_ms", &[("1661273974730,2", 2_000_000)]);
    check_duration("start,duration", &[("1661273974730,2", 2_000)]);
    // Exact nanoseconds of start and end beat the duration.
    check_duration("start,end,duration", &[("1661273974730641486,1661273974730651987,10", 10_501)]);
    // Coarse start and end: the duration is finer, and the first row shows that it is in µs; that
    // holds for a row without an end too.
    check_duration(
        "start,end,duration",
        &[
            ("1661273974730,1661273974930,200123", 200_123_000),
            ("1661273974730,1661273974731,800", 800_000),
            ("1661273974730,,7", 7_000),
            ("1661273974730,1661273974830,3", 100_000_000),
        ],
    );
}

#[test]
fn a_service_column_wins_over_the_pod() {
    let csv = "trace,span,parent,service,pod,operation,start,duration\n\
               1,1,,gateway,mysql-0,o,1661273974730,1\n1,2,1,,mysql-0,o,1661273974730,1\n";
    let Reading { spans, names, .. } = read(csv).unwrap();
    let services: Vec<_> = spans.iter().map(|span| names.text(span.service)).collect();
    assert_eq!(services, ["gateway", "mysql"]);
}

#[test]
fn statements_name_their_database() {
    let csv = table(&["1,1,,s,SELECT ts.orders,5,6", "1,2,,s,sql.rows,5,6", "1,3,,s,GET,5,6"]);
    let Reading { spans, mut names, .. } = read(&csv).unwrap();
    let databases: Vec<_> = spans.iter().map(|span| span.database).collect();
    let ts = crate::Database::Named(names.intern("ts"));
    assert_eq!(databases, [Some(ts), Some(crate::Database::Unnamed), None]);
}

#[test]
fn bad_rows_are_counted_with_the_first_place() {
    let mut rows = vec!["1,1,,s,o,5,6"; 60];
    rows[2] = "1,1,,s,o,9,6";
    rows[4] = "1,1,,s,o,9,6";
    rows[5] = "1,,,s,o,5,6";
    rows[6] = "1,1,,s,o,soon,6";
    rows[7] = "1,1,,,o,5,6";
    rows[8] = "1,1,,s,o,5,99999999999999999";
    let Reading { spans, summary, names } = read(&table(&rows)).unwrap();
    assert_eq!((summary.records, summary.spans, spans.len()), (60, 55, 55));
    assert_eq!(names.text(spans[3].service), crate::UNKNOWN_SERVICE);
    let counts =
        summary.defects.iter().map(|it| (it.defect, it.count, it.first.record, it.first.line));
    let expected = [
        (Defect::EndsBeforeStart, 2, 3, 4),
        (Defect::NoSpanId, 1, 6, 7),
        (Defect::Time, 1, 7, 8),
        (Defect::NoService, 1, 8, 9),
        (Defect::Duration, 1, 9, 10),
    ];
    assert_eq!(counts.collect::<Vec<_>>(), expected);
}

#[test]
fn too_many_bad_rows_are_an_error() {
    check_error(
        &table(&["1,1,,s,o,5,6", "1,2,,s,o,9,6", "1,3,,s,o,5,6"]),
        "t: 1 of 3 records are unusable, most often because of an end before the start, first \
         at record 2 (line 3); check the export, or the columns with `--map`",
    );
}

#[test]
fn a_cut_file_is_an_error() {
    let good = "1,1,,s,o,1661273974730641486,1661273974730641999";
    check_error(
        &table(&[good, "1,2,1,s"]),
        "t ends in the middle of record 2 (line 3): the file is cut (it has 4 of 7 fields); \
         copy or export it again",
    );
    // The end is cut within its digits, so it comes before the start.
    let text = table(&[good, good]);
    let whole = "its last field is not whole";
    let cut = read(&text[..text.len() - 4]).unwrap_err();
    assert!(cut.to_string().contains(whole), "{cut}");
    let cut = read(&table(&[good, "1,2,1,s,o,5,\"6"])).unwrap_err();
    assert!(cut.to_string().contains("a quotation mark is never closed"), "{cut}");
}

#[test]
fn a_cut_duration_is_noticed() {
    let row = "1,1,,s,o,1000000,1500000,500000";
    let text = format!("{HEADER},duration\n{row}\n{row}");
    assert!(read(&text).unwrap().summary.no_final_newline);
    let cut = read(&text[..text.len() - 1]).unwrap_err();
    assert!(matches!(cut, Error::Cut { .. }), "{cut}");
}

#[test]
fn nothing_to_read_is_an_error() {
    check_error("", "t is empty (0 bytes of content); export it again");
    check_error(
        &table(&[]),
        "t holds no spans: it is CSV without records; export it again, over a time with traffic",
    );
}

#[test]
fn an_endless_record_is_an_error() {
    let endless = std::io::repeat(b'x').take(RECORD_LIMIT + (1 << 22));
    let text = table(&["1,1,,s,o,5,6"]) + "1,2,,s,\"";
    let mut names = Names::default();
    let error = read_from(
        text.as_bytes().chain(endless),
        "t",
        &ReadOptions::default(),
        &mut names,
        &mut |_| Ok(()),
    );
    let expected = "t: record 2 (line 3) is longer than 64 MiB; is a quotation mark missing? \
                    Mend it, or export the file again";
    assert_eq!(error.unwrap_err().to_string(), expected);
}

#[test]
fn the_sink_can_stop() {
    let csv = table(&["1,1,,s,o,5,6", "1,2,,s,o,5,6"]);
    let mut seen = 0;
    let stopped =
        read_from(csv.as_bytes(), "t", &ReadOptions::default(), &mut Names::default(), &mut |_| {
            seen += 1;
            Err(Error::Interrupted)
        });
    assert!(matches!(stopped, Err(Error::Interrupted)));
    assert_eq!(seen, 1);
}
