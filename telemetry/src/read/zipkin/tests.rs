use crate::{
    Assembler, Database, Defect, Format, SpanKind, SpanStatus,
    testing::{Reading, measured, read_bytes},
};

fn span(id: &str, members: &str) -> String {
    format!(
        r#"{{"traceId":"a","id":"{id}","name":"get","timestamp":1000,"duration":7,
        "localEndpoint":{{"serviceName":"cart","ipv4":"10.0.0.7"}}{members}}}"#
    )
}

fn read(json: &str) -> Reading {
    read_bytes(json.as_bytes()).unwrap()
}

#[test]
fn a_span_is_read_from_every_wrapping() {
    let spans = [span("1", r#","kind":"SERVER""#), span("2", r#","parentId":"1""#)].join(",");
    let expected = read(&format!("[{spans}]"));
    let (service, instance) = ("cart".to_owned(), Some("10.0.0.7".to_owned()));
    let root = (10, 1, None, service, instance, "get".to_owned(), 1_000_000, 7_000);
    assert_eq!(expected.spelt()[0], root);
    assert_eq!(
        (expected.spans[0].kind, expected.spans[1].parent.is_some()),
        (SpanKind::Server, true)
    );
    assert_eq!(expected.summary.format, Format::Zipkin);
    assert_eq!(read(&format!("[[{spans}]]")).spelt(), expected.spelt());
}

#[test]
fn tags_tell_status_and_database_and_nothing_else() {
    let tags = r#","kind":"CLIENT","tags":{"error":"card 4111 declined for anna","db.name":"shop","user":"anna"}"#;
    let Reading { spans, mut names, .. } = read(&format!("[{}]", span("1", tags)));
    assert_eq!(spans[0].status, SpanStatus::Error);
    assert_eq!(spans[0].database, Some(Database::Named(names.intern("shop"))));
    assert!(!format!("{names:?}").contains("anna"));
}

#[test]
fn a_span_that_never_ended_is_an_instant() {
    let open = span("3", "").replace(r#""duration":7,"#, "");
    let spans: Vec<_> = (10..30).map(|i| span(&i.to_string(), "")).chain([open]).collect();
    let summary = read(&format!("[{}]", spans.join(","))).summary;
    assert_eq!((summary.records, summary.spans), (21, 21));
    assert_eq!((summary.defects[0].defect, summary.defects[0].count), (Defect::NoDuration, 1));
}

/// The client's half calls the server's half, and what the server calls hangs below the server.
#[test]
fn a_shared_id_becomes_two_spans() {
    let json = [
        span("1", r#","kind":"SERVER""#),
        span("2", r#","parentId":"1","kind":"CLIENT""#),
        span("2", r#","parentId":"1","kind":"SERVER","shared":true"#).replace("cart", "stock"),
        span("3", r#","parentId":"2""#).replace("cart", "stock"),
    ];
    let Reading { spans, names, .. } = read(&format!("[{}]", json.join(",")));
    let (mut assembler, mut traces) = (Assembler::default(), Vec::new());
    for span in spans {
        assembler.push(span, &mut |trace| traces.push(trace));
    }
    let report = assembler.finish(&mut |trace| traces.push(trace));
    assert_eq!((report.shared_ids, report.duplicates, report.fragments), (1, 0, 0));
    let trace = &traces[0];
    let path = |mut i: usize| {
        let mut path = Vec::new();
        loop {
            path.push((names.text(trace.span(i).service), trace.span(i).kind));
            match trace.parent(i) {
                Some(parent) => i = parent,
                None => return path,
            }
        }
    };
    let deepest = (0..trace.len()).map(path).max_by_key(Vec::len).unwrap();
    let expected = [
        ("stock", SpanKind::Unspecified),
        ("stock", SpanKind::Server),
        ("cart", SpanKind::Client),
        ("cart", SpanKind::Server),
    ];
    assert_eq!(deepest, expected);
}

#[test]
fn clocks_of_a_measured_shared_trace_are_set_right() {
    let Some(path) = measured("formats/zipkin/skew.json") else {
        return;
    };
    let Reading { spans, .. } = read_bytes(&std::fs::read(path).unwrap()).unwrap();
    let mut assembler = Assembler::default();
    for span in spans {
        assembler.push(span, &mut drop);
    }
    let report = assembler.finish(&mut drop);
    assert_eq!((report.spans, report.shared_ids, report.fragments), (4, 1, 0));
    assert!(report.skewed > 0);
}
