use proptest::prelude::*;
use prost::{Message, bytes::Bytes};

use crate::{
    Defect, Error, Format, SpanKind, SpanStatus,
    read::otlp::model::{AnyValue, Group, KeyValue, Plain, Resource, Scope, Span, Status},
    testing::read_bytes,
};

fn attribute(key: &'static str, value: &'static str) -> KeyValue {
    let value = AnyValue { value: Some(Plain::Text(Bytes::from_static(value.as_bytes()))) };
    KeyValue { key: Bytes::from_static(key.as_bytes()), value: Some(value) }
}

fn span(id: u64, parent: u64) -> Span {
    Span {
        trace_id: Bytes::copy_from_slice(&7_u128.to_be_bytes()),
        span_id: Bytes::copy_from_slice(&id.to_be_bytes()),
        trace_state: Bytes::from_static(b"ot=th:c"),
        parent_span_id: match parent {
            0 => Bytes::new(),
            parent => Bytes::copy_from_slice(&parent.to_be_bytes()),
        },
        name: Bytes::from_static(b"GET /cart/77"),
        kind: 2,
        start_time_unix_nano: 1_000,
        end_time_unix_nano: 1_500,
        attributes: vec![attribute("db.name", "shop"), attribute("user.email", "a@b.example")],
        status: Some(Status { code: 2 }),
    }
}

/// A request: field 1, one resource.
fn request(spans: &[Span]) -> Vec<u8> {
    let items = spans.iter().map(|span| Bytes::from(span.encode_to_vec())).collect();
    let resource = Resource { attributes: vec![attribute("service.name", "cart")] };
    let group = Group { resource: Some(resource), scopes: vec![Scope { items }] };
    let mut out = vec![0x0a];
    prost::encoding::encode_varint(group.encoded_len() as u64, &mut out);
    group.encode(&mut out).unwrap();
    out
}

fn framed(requests: &[Vec<u8>]) -> Vec<u8> {
    let frame = |it: &Vec<u8>| [&u32::try_from(it.len()).unwrap().to_be_bytes()[..], it].concat();
    requests.iter().flat_map(frame).collect()
}

#[test]
fn a_request_is_read_alone_and_with_lengths() {
    let alone = request(&[span(1, 0), span(2, 1)]);
    let reading = read_bytes(&alone).unwrap();
    assert_eq!(reading.summary.format, Format::OtlpProtobuf);
    let root = (7, 1, None, "cart".to_owned(), None, "GET /cart/{id}".to_owned(), 1_000, 500);
    assert_eq!(reading.spelt()[0], root);
    assert_eq!(
        (reading.spans[0].kind, reading.spans[0].status),
        (SpanKind::Server, SpanStatus::Error)
    );
    let stated = &reading.summary.sampling;
    assert_eq!((stated.len(), stated[0].share_ppm, stated[0].spans), (1, 250_000, 2));
    let names = format!("{:?}", reading.names);
    assert!(names.contains("shop") && !names.contains("b.example"), "{names}");
    let twice = framed(&[request(&[span(1, 0)]), request(&[span(2, 1)])]);
    assert_eq!(read_bytes(&twice).unwrap().spelt(), reading.spelt());
}

#[test]
fn bad_spans_are_counted() {
    let mut spans: Vec<_> = (1..40).map(|id| span(id, 0)).collect();
    spans[3].end_time_unix_nano = 1;
    spans[4].trace_id = Bytes::new();
    spans[5].start_time_unix_nano = 0;
    let summary = read_bytes(&request(&spans)).unwrap().summary;
    let found: Vec<_> = summary.defects.iter().map(|it| (it.defect, it.first.record)).collect();
    let expected = [(Defect::EndsBeforeStart, 4), (Defect::NoTraceId, 5), (Defect::Time, 6)];
    assert_eq!(found, expected);
}

#[test]
fn a_cut_or_damaged_file_is_an_error() {
    for whole in [request(&[span(1, 0), span(2, 1)]), framed(&[request(&[span(1, 0)])])] {
        for length in 5..whole.len() {
            let error = read_bytes(&whole[..length]).unwrap_err();
            let known = matches!(
                error,
                Error::Cut { .. } | Error::UnknownFormat { .. } | Error::Columns { .. }
            );
            assert!(known, "{length}: {error}");
        }
    }
    let mut damaged = request(&[span(1, 0)]);
    let at = damaged.len() - 40;
    damaged[at] = 0xff;
    damaged[at + 1] = 0xff;
    if let Err(error) = read_bytes(&damaged) {
        assert!(
            matches!(error, Error::Binary { .. } | Error::Cut { .. } | Error::TooManyBad { .. }),
            "{error}"
        );
    }
}

proptest! {
    #[test]
    fn any_change_of_a_request_is_survived(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<proptest::sample::Index>(),
        is_framed in any::<bool>(),
    ) {
        let whole = request(&[span(1, 0), span(2, 1)]);
        let mut bytes = if is_framed { framed(&[whole.clone(), whole]) } else { whole };
        for (index, value) in changes {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        for content in [&bytes[..], &bytes[..cut.index(bytes.len())]] {
            if let Ok(reading) = read_bytes(content) {
                prop_assert_eq!(reading.spans.len() as u64, reading.summary.spans);
            }
        }
    }
}
