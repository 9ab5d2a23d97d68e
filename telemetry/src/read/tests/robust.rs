//! Whatever the bytes, reading ends in a result, and what it gives is whole.

use proptest::prelude::*;

use super::*;
use crate::testing::Reading;

/// Reads `content`; checks what must hold of any result.
fn survive(content: &[u8]) {
    if let Ok(Reading { spans, summary, names }) = read_bytes(content) {
        assert_eq!(spans.len() as u64, summary.spans);
        let skipping = summary.defects.iter().filter(|known| known.defect.skips());
        assert_eq!(skipping.map(|known| known.count).sum::<u64>(), summary.skipped());
        for span in &spans {
            assert!(!names.text(span.service).is_empty());
            assert!(!names.text(span.operation).is_empty());
        }
    }
}

/// Pieces of which all formats are made, so that random text often gets far.
const PIECES: [&str; 32] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\n",
    "\"",
    "null",
    "-1",
    "1.5",
    "1661273974730641486",
    "true",
    "\"data\":[",
    "\"spans\":[",
    "\"processes\":{",
    "\"traceID\":\"a\",",
    "\"spanID\":\"b\",",
    "\"startTime\":1,",
    "\"duration\":2",
    "\"references\":[{",
    "\"resourceSpans\":[{",
    "\"scopeSpans\":[{",
    "\"traceId\":\"AAAA\",",
    "\"attributes\":[{\"key\":\"db.name\",",
    "\"value\":",
    "trace,span,parent,service,operation,start,end\n",
    "1,2,root,s,o,",
    "1661273974,",
    "é",
    "\r\n",
    ";",
];

const JAEGER: &str = r#"{"data":[{"traceID":"a","spans":[{"traceID":"a","spanID":"b","operationName":"o",
"references":[{"refType":"CHILD_OF","traceID":"a","spanID":"c"}],"startTime":1,"duration":2,
"tags":[{"key":"error","value":true}],"processID":"p"}],"processes":{"p":{"serviceName":"s"}}}]}"#;

const OTLP: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":
{"stringValue":"s"}}]},"scopeSpans":[{"spans":[{"traceId":"O6VWCcPN5JZJzXfR+dzZNg==","spanId":"Sc130fnc2TY=",
"name":"o","kind":2,"startTimeUnixNano":"1","endTimeUnixNano":"2","status":{"code":1}}]}]}]}"#;

/// A valid file of any format and compression.
fn valid() -> impl Strategy<Value = Vec<u8>> {
    let plain = prop_oneof![
        Just(JAEGER.as_bytes().to_vec()),
        Just(OTLP.as_bytes().to_vec()),
        (1_u64..60).prop_map(csv),
    ];
    (plain, 0..4).prop_map(|(plain, compression)| match compression {
        0 => gzip(&plain),
        1 => xz(&plain),
        2 => zstd(&plain),
        _ => plain,
    })
}

/// What an API answers is one line, however much it is.
#[test]
fn a_line_of_many_records_may_be_longer_than_a_record() {
    let span = r#"{"traceId":"a","id":"b","timestamp":1,"duration":2,"name":"NAME"}"#;
    let span = span.replace("NAME", &"n".repeat(1_000_000));
    let zipkin = format!("[{}]", vec![span; 70].join(","));
    assert_eq!(read_bytes(zipkin.as_bytes()).unwrap().spans.len(), 70);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        survive(&bytes);
        for magic in [&b"\x1f\x8b\x08"[..], b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"{", b"[", b"\xef\xbb\xbf"] {
            survive(&[magic, &bytes].concat());
        }
    }

    #[test]
    fn any_pieces_are_survived(pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..40)) {
        survive(pieces.concat().as_bytes());
        survive(["{\"data\":[{\"spans\":[{", &pieces.concat()].concat().as_bytes());
        survive(["trace,span,parent,service,operation,start,end\n", &pieces.concat()].concat().as_bytes());
    }

    #[test]
    fn any_change_of_a_valid_file_is_survived(
        mut bytes in valid(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<proptest::sample::Index>(),
    ) {
        for (index, value) in changes {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        survive(&bytes);
        survive(&bytes[..cut.index(bytes.len())]);
    }

    /// Writing spans as CSV and reading them gives the same spans, whatever their names hold.
    #[test]
    fn csv_makes_the_round_trip(
        rows in proptest::collection::vec(
            (1_u128.., 1_u64.., any::<u64>(), "[^\0]{0,12}[a-z]", "[a-z][^\0]{0,12}[a-z]", 0..1_u64 << 62, 0..1_u64 << 54),
            1..20,
        )
    ) {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        let header = ["TraceId", "SpanId", "ParentSpanId", "service", "operation", "start_ns", "duration_ns"];
        writer.write_record(header).unwrap();
        for (trace, id, parent, service, operation, start, duration) in &rows {
            let ids = [format!("{trace:032x}"), format!("{id:016x}"), format!("{parent:x}")];
            let times = [start.to_string(), duration.to_string()];
            let names = [service.clone(), operation.clone()];
            writer.write_record(ids.iter().chain(&names).chain(&times)).unwrap();
        }
        let reading = read_bytes(&writer.into_inner().unwrap()).unwrap();
        let expected = rows.into_iter().map(|(trace, id, parent, service, operation, start, duration)| {
            let parent = (parent != 0).then_some(parent);
            let service = String::from_utf8_lossy(service.as_bytes().trim_ascii()).into_owned();
            let operation = crate::redact::operation(&operation).into_owned();
            (trace, id, parent, service, None, operation, start, duration)
        });
        prop_assert_eq!(reading.spelt(), expected.collect::<Vec<_>>());
    }
}
