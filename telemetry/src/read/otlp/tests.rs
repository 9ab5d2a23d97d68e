use crate::{
    Database, Defect, Format, SpanKind, SpanStatus,
    testing::{Reading, measured, read_bytes},
};

const RESOURCE: &str = r#""resource":{"attributes":[
    {"key":"service.name","value":{"stringValue":"cart"}},
    {"key":"host.name","value":{"stringValue":"node-1"}},
    {"key":"k8s.pod.name","value":{"stringValue":"cart-0"}}]}"#;

fn span(id: u32, members: &str) -> String {
    format!(
        r#"{{"traceId":"0000000000000000000000000000000a","spanId":"000000000000000{id}","name":"op",
        "startTimeUnixNano":"5","endTimeUnixNano":7{members}}}"#
    )
}

fn scopes(spans: &[String]) -> String {
    format!(r#""scopeSpans":[{{"scope":{{"name":"x"}},"spans":[{}]}}]"#, spans.join(","))
}

fn read(json: &str) -> Reading {
    read_bytes(json.as_bytes()).unwrap()
}

fn document(span: &str) -> String {
    format!(r#"{{"resourceSpans":[{{{RESOURCE},{}}}]}}"#, scopes(&[span.to_owned()]))
}

#[test]
fn a_span_is_read_with_its_resource() {
    let json = document(&span(1, r#","parentSpanId":"","kind":2,"status":{"code":2}"#));
    let reading = read(&json);
    let span = reading.spans[0];
    let (service, instance) = ("cart".to_owned(), Some("cart-0".to_owned()));
    assert_eq!(reading.spelt(), [(10, 1, None, service, instance, "op".to_owned(), 5, 2)]);
    assert_eq!((span.kind, span.status), (SpanKind::Server, SpanStatus::Error));
    assert_eq!(reading.summary.format, Format::Otlp);
}

#[test]
fn every_wrapping_gives_the_same_spans() {
    let spans = scopes(&[span(1, ""), span(2, r#","parentSpanId":"0000000000000001""#)]);
    let plain = format!(r#"{{"resourceSpans":[{{{RESOURCE},{spans}}}]}}"#);
    let expected = read(&plain).spelt();
    assert_eq!(expected.len(), 2);
    let batches = plain.replace("resourceSpans", "batches");
    let old = plain.replace("scopeSpans", "instrumentationLibrarySpans");
    let resource_last = format!(r#"{{"resourceSpans":[{{{spans},{RESOURCE}}}]}}"#);
    let wrapped = format!(r#"{{"trace":{plain}}}"#);
    for json in [batches, old, resource_last, wrapped] {
        assert_eq!(read(&json).spelt(), expected, "{json}");
    }
    let lines = format!("{{\"resourceMetrics\":[]}}\n{plain}\n{plain}\n");
    assert_eq!(read(&lines).spelt(), [expected.clone(), expected].concat());
}

#[track_caller]
fn check(members: &str, kind: SpanKind, status: SpanStatus) {
    let span = read(&document(&span(1, members))).spans[0];
    assert_eq!((span.kind, span.status), (kind, status), "{members}");
}

#[test]
fn kinds_and_statuses_are_numbers_or_names() {
    check(r#","kind":"SPAN_KIND_CLIENT""#, SpanKind::Client, SpanStatus::Unset);
    check(r#","kind":5,"status":{}"#, SpanKind::Consumer, SpanStatus::Unset);
    check(r#","status":{"code":"STATUS_CODE_OK"}"#, SpanKind::Unspecified, SpanStatus::Ok);
    let http = r#","attributes":[{"key":"http.response.status_code","value":{"intValue":"500"}}]"#;
    check(http, SpanKind::Unspecified, SpanStatus::Error);
}

#[test]
fn the_database_is_an_attribute_or_in_the_name() {
    let attributes = r#","attributes":[{"key":"db.namespace","value":{"stringValue":"shop"}}]"#;
    let Reading { spans, mut names, .. } = read(&document(&span(1, attributes)));
    assert_eq!(spans[0].database, Some(Database::Named(names.intern("shop"))));
    let json = document(&span(1, "")).replace(r#""op""#, r#""SELECT shop.items""#);
    let Reading { spans, mut names, .. } = read(&json);
    assert_eq!(spans[0].database, Some(Database::Named(names.intern("shop"))));
}

#[test]
fn a_trace_state_says_the_share_that_was_recorded() {
    let spans = [span(1, r#","traceState":"ot=th:8""#), span(2, "")];
    let sampling = read(&format!(r#"{{"resourceSpans":[{{{RESOURCE},{}}}]}}"#, scopes(&spans)))
        .summary
        .sampling;
    assert_eq!(sampling.iter().map(|it| (it.share(), it.spans)).collect::<Vec<_>>(), [(0.5, 1)]);
}

#[test]
fn bad_times_are_counted() {
    let mut spans: Vec<_> = (0..30).map(|_| span(1, "")).collect();
    spans[3] = spans[3].replace(r#""startTimeUnixNano":"5""#, r#""startTimeUnixNano":"9""#);
    spans[5] = spans[5].replace(r#""startTimeUnixNano":"5""#, r#""startTimeUnixNano":"soon""#);
    spans[6] = spans[6].replace("000000000000000a", "0000000000000000");
    // The resource stands last, so that spans are held and still know their place.
    let summary =
        read(&format!(r#"{{"resourceSpans":[{{{},{RESOURCE}}}]}}"#, scopes(&spans))).summary;
    let counts: Vec<_> =
        summary.defects.iter().map(|it| (it.defect, it.count, it.first.record)).collect();
    let expected =
        [(Defect::EndsBeforeStart, 1, 4), (Defect::Time, 1, 6), (Defect::NoTraceId, 1, 7)];
    assert_eq!(counts, expected);
}

#[test]
fn files_of_the_collector_and_of_tempo_are_read() {
    let Some(path) = measured("formats/otlp/trace.json") else {
        return;
    };
    let reading = read_bytes(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(reading.spelt()[0].3, "my.service");
    assert_eq!(reading.spans[0].duration_ns, 1_000_000_000);
    let Some(path) = measured("formats/otlp/kiali_tempo_batches.json") else {
        return;
    };
    let reading = read_bytes(&std::fs::read(path).unwrap()).unwrap();
    let (traces, parents): (Vec<_>, Vec<_>) =
        reading.spans.iter().map(|span| (span.trace.to_string(), span.parent)).unzip();
    assert_eq!(traces, ["3ba55609c3cde49649cd77d1f9dcd936"; 8]);
    assert_eq!(parents.iter().filter(|parent| parent.is_none()).count(), 1);
    let Some(path) = measured("formats/otlp/metrics.json") else {
        return;
    };
    let error = read_bytes(&std::fs::read(path).unwrap()).unwrap_err().to_string();
    assert!(error.contains("it is OTLP JSON and holds metrics"), "{error}");
}
