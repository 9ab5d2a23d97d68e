use crate::{
    Database, Defect, Error, Format, SpanId, SpanKind, SpanStatus,
    testing::{Reading, measured, read_bytes},
};

fn read(json: &str) -> Reading {
    read_bytes(json.as_bytes()).unwrap()
}

/// A span of trace `a` with more members.
fn span(id: &str, members: &str) -> String {
    format!(
        r#"{{"traceID":"a","spanID":"{id}","operationName":"op","startTime":5,"duration":7{members}}}"#
    )
}

fn document(spans: &[String], processes: &str) -> String {
    format!(
        r#"{{"data":[{{"traceID":"a","spans":[{}],"processes":{processes}}}]}}"#,
        spans.join(",")
    )
}

#[test]
fn a_span_is_read_with_its_process() {
    let json = document(
        &[span("b", r#","processID":"p1","references":[]"#)],
        r#"{"p1":{"serviceName":"cart","tags":[{"value":"cart-0","key":"hostname"}]}}"#,
    );
    let Reading { spans, summary, names } = read(&json);
    let span = spans[0];
    assert_eq!((span.trace.number(), span.id.number(), span.parent), (0xa, 0xb, None));
    assert_eq!((span.start_ns, span.duration_ns), (5_000, 7_000));
    assert_eq!(names.text(span.service), "cart");
    assert_eq!(span.instance.map(|name| names.text(name)), Some("cart-0"));
    assert_eq!((summary.format, summary.spans), (Format::Jaeger, 1));
}

#[track_caller]
fn check_parent(references: &str, expected: Option<u64>) {
    let spans =
        read(&document(&[span("b", &format!(r#","references":{references}"#))], "{}")).spans;
    assert_eq!(spans[0].parent.map(SpanId::number), expected, "{references}");
}

#[test]
fn the_parent_is_the_span_s_cause_within_the_trace() {
    let child = r#"{"refType":"CHILD_OF","traceID":"a","spanID":"1"}"#;
    let follows = r#"{"refType":"FOLLOWS_FROM","traceID":"a","spanID":"2"}"#;
    let link = r#"{"refType":"CHILD_OF","traceID":"b","spanID":"3"}"#;
    check_parent(&format!("[{follows},{child}]"), Some(1));
    check_parent(&format!("[{follows}]"), Some(2));
    check_parent(&format!("[{link},{follows}]"), Some(2));
    check_parent(&format!("[{link}]"), None);
    check_parent("null", None);
}

#[test]
fn samplers_and_trace_states_say_the_share_that_was_recorded() {
    let tags = |tags: &str| read(&document(&[span("b", &format!(r#","tags":[{tags}]"#))], "{}"));
    let share = |of: &str| tags(of).summary.sampling.first().map(|it| it.share_ppm);
    let kind = r#"{"key":"sampler.type","value":"probabilistic"}"#;
    let parameter = r#"{"key":"sampler.param","value":0.01}"#;
    assert_eq!(share(&format!("{kind},{parameter}")), Some(10_000));
    assert_eq!(share(&format!("{},{parameter}", kind.replace("probabilistic", "const"))), None);
    assert_eq!(share(r#"{"key":"w3c.tracestate","value":"ot=th:c"}"#), Some(250_000));
}

#[track_caller]
fn check_tags(tags: &str, kind: SpanKind, status: SpanStatus, database: Option<&str>) {
    let Reading { spans, names, .. } =
        read(&document(&[span("b", &format!(r#","tags":[{tags}]"#))], "{}"));
    let found = match spans[0].database {
        Some(Database::Named(name) | Database::System(name)) => Some(names.text(name)),
        Some(Database::Unnamed) => Some("?"),
        None => None,
    };
    assert_eq!((spans[0].kind, spans[0].status, found), (kind, status, database), "{tags}");
}

#[test]
fn tags_tell_kind_status_and_database() {
    use {SpanKind::*, SpanStatus as Status};
    check_tags(r#"{"key":"span.kind","value":"server"}"#, Server, Status::Unset, None);
    check_tags(r#"{"key":"error","value":true}"#, Unspecified, Status::Error, None);
    check_tags(r#"{"key":"error","value":"false"}"#, Unspecified, Status::Unset, None);
    check_tags(r#"{"value":"OK","key":"otel.status_code"}"#, Unspecified, Status::Ok, None);
    check_tags(r#"{"key":"http.status_code","value":503}"#, Unspecified, Status::Error, None);
    check_tags(r#"{"key":"db.name","value":"ts"}"#, Unspecified, Status::Unset, Some("ts"));
    let redis = r#"{"key":"db.name","value":"0"},{"key":"db.system","value":"redis"}"#;
    check_tags(redis, Unspecified, Status::Unset, Some("redis"));
    check_tags(r#"{"key":"db.type","value":"sql"}"#, Unspecified, Status::Unset, Some("?"));
}

#[test]
fn attributes_off_the_allow_list_are_not_kept() {
    let tags =
        r#","tags":[{"key":"user.email","value":"x@example.org"},{"value":"secret","key":"q"}]"#;
    let names = read(&document(&[span("b", tags)], "{}")).names;
    assert_eq!(format!("{names:?}"), r#"["op", "unknown_service"]"#);
}

#[test]
fn bare_traces_and_lines_of_traces_are_read() {
    let bare = r#"{"spans":[{"spanID":"b","operationName":"o","startTime":1,"duration":1,
        "process":{"serviceName":"s"}}],"traceID":"c"}"#;
    let spans = read(&format!("{bare}\n{bare}\n\n{bare}")).spelt();
    assert_eq!(spans.len(), 3);
    assert_eq!((spans[0].0, spans[0].3.as_str()), (0xc, "s"));
    assert_eq!(read(&format!("[{bare},{bare}]")).spans.len(), 2);
}

#[test]
fn bad_spans_are_counted_with_their_place() {
    let mut spans: Vec<_> = (1..=30).map(|id| span(&format!("{id}"), "")).collect();
    spans[3] = spans[3].replace(r#""duration":7"#, r#""duration":-7"#);
    spans[5] = spans[5].replace(r#""startTime":5,"#, "");
    let summary = read(&document(&spans, "{}").replace("},{", "},\n{")).summary;
    let counts: Vec<_> = summary
        .defects
        .iter()
        .map(|it| (it.defect, it.count, it.first.record, it.first.line))
        .collect();
    let expected =
        [(Defect::NoService, 28, 1, 1), (Defect::Duration, 1, 4, 4), (Defect::Time, 1, 6, 6)];
    assert_eq!(counts, expected);
}

#[track_caller]
fn check_error(json: &str, expected: &str) {
    assert_eq!(read_bytes(json.as_bytes()).unwrap_err().to_string(), expected);
}

#[test]
fn a_cut_or_broken_document_is_an_error() {
    let whole = document(&[span("b", ""), span("c", "")], "{}");
    let at = whole.find(r#""spanID":"c""#).unwrap();
    check_error(
        &format!("\n{}", &whole[..at]),
        "t ends in the middle of record 2 (line 2): the file is cut (its brackets are never \
         closed); copy or export it again",
    );
    check_error(
        "{\"data\":\n [}",
        "t, line 2, column 3: expected value; mend the line or export the file again",
    );
    check_error(
        &format!("{whole} x"),
        "t, line 1, column 1: expected another JSON document, or the end; mend the line or export \
         the file again",
    );
}

#[test]
fn documents_without_spans_are_errors() {
    check_error(
        r#"{"data":[]}"#,
        "t holds no spans: it is Jaeger JSON without records; export it again, over a time with traffic",
    );
    let other = read_bytes(br#"[{"colour":"red","size":1}]"#).unwrap_err();
    assert!(other.to_string().contains("it is JSON with the keys colour, size"), "{other}");
    assert!(matches!(other, Error::UnknownFormat { .. }));
}

#[track_caller]
fn check_measured(file: &str, spans: usize, services: &[&str], roots: usize) {
    let Some(path) = measured(file) else { return };
    let reading = read_bytes(&std::fs::read(path).unwrap()).unwrap();
    let mut found: Vec<_> = reading.spelt().into_iter().map(|span| span.3).collect();
    found.sort();
    found.dedup();
    let without_parent = reading.spans.iter().filter(|span| span.parent.is_none()).count();
    assert_eq!(
        (reading.spans.len(), found, without_parent),
        (spans, services.iter().map(|&it| it.to_owned()).collect(), roots)
    );
}

#[test]
fn files_of_jaeger_s_user_interface_are_read() {
    check_measured("formats/jaeger/otlp2jaeger-multi-out.json", 4, &["example-trace"], 1);
    check_measured("formats/jaeger/testTrace.json", 4, &["load-generator", "ride-sharing-app"], 1);
}
