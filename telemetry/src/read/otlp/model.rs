//! OTLP's messages, with the fields that are used and no others: what is not declared here, such as
//! the bodies of logs, is passed over by the decoder.
//!
//! Text is bytes, because a name that is no UTF-8 is still a name.
//!
//! Source: opentelemetry-proto 1.5.

use prost::{Message, Oneof, bytes::Bytes};

/// `ResourceSpans`, `ResourceMetrics` and `ResourceLogs` are all of this shape.
#[derive(Clone, PartialEq, Message)]
pub(in crate::read) struct Group {
    #[prost(message, optional, tag = "1")]
    pub(in crate::read) resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    pub(in crate::read) scopes: Vec<Scope>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::read) struct Resource {
    #[prost(message, repeated, tag = "1")]
    pub(in crate::read) attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::read) struct Scope {
    /// Spans, metrics or log records, not yet decoded.
    #[prost(bytes = "bytes", repeated, tag = "2")]
    pub(in crate::read) items: Vec<Bytes>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::read) struct KeyValue {
    #[prost(bytes = "bytes", tag = "1")]
    pub(in crate::read) key: Bytes,
    #[prost(message, optional, tag = "2")]
    pub(in crate::read) value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::read) struct AnyValue {
    #[prost(oneof = "Plain", tags = "1, 2, 3, 4")]
    pub(in crate::read) value: Option<Plain>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(in crate::read) enum Plain {
    #[prost(bytes = "bytes", tag = "1")]
    Text(Bytes),
    #[prost(bool, tag = "2")]
    Bool(bool),
    #[prost(int64, tag = "3")]
    Int(i64),
    #[prost(double, tag = "4")]
    Double(f64),
}

#[derive(Clone, PartialEq, Message)]
#[expect(clippy::struct_field_names, reason = "the names of the protocol")]
pub(in crate::read) struct Span {
    #[prost(bytes = "bytes", tag = "1")]
    pub(in crate::read) trace_id: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    pub(in crate::read) span_id: Bytes,
    #[prost(bytes = "bytes", tag = "3")]
    pub(in crate::read) trace_state: Bytes,
    #[prost(bytes = "bytes", tag = "4")]
    pub(in crate::read) parent_span_id: Bytes,
    #[prost(bytes = "bytes", tag = "5")]
    pub(in crate::read) name: Bytes,
    #[prost(int32, tag = "6")]
    pub(in crate::read) kind: i32,
    #[prost(fixed64, tag = "7")]
    pub(in crate::read) start_time_unix_nano: u64,
    #[prost(fixed64, tag = "8")]
    pub(in crate::read) end_time_unix_nano: u64,
    #[prost(message, repeated, tag = "9")]
    pub(in crate::read) attributes: Vec<KeyValue>,
    #[prost(message, optional, tag = "15")]
    pub(in crate::read) status: Option<Status>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::read) struct Status {
    #[prost(int32, tag = "3")]
    pub(in crate::read) code: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::read) struct LogRecord {
    #[prost(fixed64, tag = "1")]
    pub(in crate::read) time_unix_nano: u64,
    #[prost(int32, tag = "2")]
    pub(in crate::read) severity_number: i32,
    #[prost(bytes = "bytes", tag = "3")]
    pub(in crate::read) severity_text: Bytes,
    #[prost(message, repeated, tag = "6")]
    pub(in crate::read) attributes: Vec<KeyValue>,
    #[prost(bytes = "bytes", tag = "9")]
    pub(in crate::read) trace_id: Bytes,
    #[prost(fixed64, tag = "11")]
    pub(in crate::read) observed_time_unix_nano: u64,
    #[prost(bytes = "bytes", tag = "12")]
    pub(in crate::read) event_name: Bytes,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::read) struct Metric {
    #[prost(bytes = "bytes", tag = "1")]
    pub(in crate::read) name: Bytes,
    #[prost(bytes = "bytes", tag = "3")]
    pub(in crate::read) unit: Bytes,
    #[prost(message, optional, tag = "5")]
    pub(in crate::read) gauge: Option<Numbers>,
    #[prost(message, optional, tag = "7")]
    pub(in crate::read) sum: Option<Numbers>,
    #[prost(message, optional, tag = "9")]
    pub(in crate::read) histogram: Option<Histograms>,
    #[prost(message, optional, tag = "10")]
    pub(in crate::read) exponential_histogram: Option<Exponentials>,
    #[prost(message, optional, tag = "11")]
    pub(in crate::read) summary: Option<Summaries>,
}

/// Of a gauge or a sum; a gauge has neither temporality nor direction.
#[derive(Clone, PartialEq, Message)]
pub(in crate::read) struct Numbers {
    #[prost(message, repeated, tag = "1")]
    pub(in crate::read) data_points: Vec<NumberPoint>,
    #[prost(int32, tag = "2")]
    pub(in crate::read) aggregation_temporality: i32,
    #[prost(bool, tag = "3")]
    pub(in crate::read) is_monotonic: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::read) struct NumberPoint {
    #[prost(message, repeated, tag = "7")]
    pub(in crate::read) attributes: Vec<KeyValue>,
    #[prost(fixed64, tag = "3")]
    pub(in crate::read) time_unix_nano: u64,
    #[prost(double, optional, tag = "4")]
    pub(in crate::read) as_double: Option<f64>,
    #[prost(sfixed64, optional, tag = "6")]
    pub(in crate::read) as_int: Option<i64>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::read) struct Histograms {
    #[prost(message, repeated, tag = "1")]
    pub(in crate::read) data_points: Vec<HistogramPoint>,
    #[prost(int32, tag = "2")]
    pub(in crate::read) aggregation_temporality: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::read) struct HistogramPoint {
    #[prost(message, repeated, tag = "9")]
    pub(in crate::read) attributes: Vec<KeyValue>,
    #[prost(fixed64, tag = "3")]
    pub(in crate::read) time_unix_nano: u64,
    #[prost(fixed64, tag = "4")]
    pub(in crate::read) count: u64,
    #[prost(double, optional, tag = "5")]
    pub(in crate::read) sum: Option<f64>,
    #[prost(fixed64, repeated, tag = "6")]
    pub(in crate::read) bucket_counts: Vec<u64>,
    #[prost(double, repeated, tag = "7")]
    pub(in crate::read) explicit_bounds: Vec<f64>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::read) struct Exponentials {
    #[prost(message, repeated, tag = "1")]
    pub(in crate::read) data_points: Vec<ExponentialPoint>,
    #[prost(int32, tag = "2")]
    pub(in crate::read) aggregation_temporality: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::read) struct ExponentialPoint {
    #[prost(message, repeated, tag = "1")]
    pub(in crate::read) attributes: Vec<KeyValue>,
    #[prost(fixed64, tag = "3")]
    pub(in crate::read) time_unix_nano: u64,
    #[prost(fixed64, tag = "4")]
    pub(in crate::read) count: u64,
    #[prost(double, optional, tag = "5")]
    pub(in crate::read) sum: Option<f64>,
    #[prost(sint32, tag = "6")]
    pub(in crate::read) scale: i32,
    #[prost(fixed64, tag = "7")]
    pub(in crate::read) zero_count: u64,
    #[prost(message, optional, tag = "8")]
    pub(in crate::read) positive: Option<Buckets>,
    #[prost(message, optional, tag = "9")]
    pub(in crate::read) negative: Option<Buckets>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::read) struct Buckets {
    #[prost(sint32, tag = "1")]
    pub(in crate::read) offset: i32,
    #[prost(uint64, repeated, tag = "2")]
    pub(in crate::read) bucket_counts: Vec<u64>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::read) struct Summaries {
    #[prost(message, repeated, tag = "1")]
    pub(in crate::read) data_points: Vec<SummaryPoint>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::read) struct SummaryPoint {
    #[prost(message, repeated, tag = "7")]
    pub(in crate::read) attributes: Vec<KeyValue>,
    #[prost(fixed64, tag = "3")]
    pub(in crate::read) time_unix_nano: u64,
    #[prost(fixed64, tag = "4")]
    pub(in crate::read) count: u64,
    #[prost(double, tag = "5")]
    pub(in crate::read) sum: f64,
    #[prost(message, repeated, tag = "6")]
    pub(in crate::read) quantile_values: Vec<Quantile>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::read) struct Quantile {
    #[prost(double, tag = "1")]
    pub(in crate::read) quantile: f64,
    #[prost(double, tag = "2")]
    pub(in crate::read) value: f64,
}
