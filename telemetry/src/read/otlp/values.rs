//! Metrics and logs of OTLP's JSON as messages. Numbers of 64 bits stand there as text.

use prost::bytes::Bytes;
use serde_json::Value;

use crate::{
    id::TraceId,
    read::{
        items::{as_number, text},
        otlp::model::{
            AnyValue, Buckets, ExponentialPoint, Exponentials, HistogramPoint, Histograms,
            KeyValue, LogRecord, Metric, NumberPoint, Numbers, Plain, Quantile, Summaries,
            SummaryPoint,
        },
    },
};

fn list<'v>(object: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    object.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn bytes(object: &Value, key: &str) -> Bytes {
    Bytes::from(text(object, &[key]).unwrap_or_default().to_owned())
}

/// A whole number; 0 where there is none, as in protobuf.
fn whole(object: &Value, key: &str) -> u64 {
    object.get(key).and_then(as_whole).unwrap_or(0)
}

fn as_whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

fn small(object: &Value, key: &str) -> i32 {
    let value = object.get(key).and_then(as_number).unwrap_or(0.0);
    if value.fract() == 0.0 && value.abs() < 1e9 { value as i32 } else { 0 }
}

fn double(object: &Value, key: &str) -> Option<f64> {
    object.get(key).and_then(as_number)
}

/// `Information`, `AGGREGATION_TEMPORALITY_DELTA` or the number.
fn temporality(object: &Value) -> i32 {
    match text(object, &["aggregationTemporality"]) {
        Some("AGGREGATION_TEMPORALITY_DELTA") => 1,
        Some("AGGREGATION_TEMPORALITY_CUMULATIVE") => 2,
        _ => small(object, "aggregationTemporality"),
    }
}

pub(super) fn attributes(object: &Value) -> Vec<KeyValue> {
    let attribute = |item: &Value| {
        let value = item.get("value")?;
        let plain = if let Some(text) = text(value, &["stringValue"]) {
            Plain::Text(Bytes::from(text.to_owned()))
        } else if let Some(flag) = value.get("boolValue").and_then(Value::as_bool) {
            Plain::Bool(flag)
        } else if let Some(number) = value.get("intValue") {
            Plain::Int(number.as_i64().or_else(|| number.as_str()?.parse().ok())?)
        } else {
            Plain::Double(double(value, "doubleValue")?)
        };
        Some(KeyValue { key: bytes(item, "key"), value: Some(AnyValue { value: Some(plain) }) })
    };
    list(object, "attributes").filter_map(attribute).collect()
}

pub(super) fn log(log: &Value) -> LogRecord {
    let trace = text(log, &["traceId"]).and_then(|id| TraceId::parse_otlp(id.as_bytes()));
    let trace_id = trace.map(|id| Bytes::copy_from_slice(&id.number().to_be_bytes()));
    LogRecord {
        time_unix_nano: whole(log, "timeUnixNano"),
        severity_number: small(log, "severityNumber"),
        severity_text: bytes(log, "severityText"),
        attributes: attributes(log),
        trace_id: trace_id.unwrap_or_default(),
        observed_time_unix_nano: whole(log, "observedTimeUnixNano"),
        event_name: bytes(log, "eventName"),
    }
}

pub(super) fn metric(metric: &Value) -> Metric {
    let numbers = |object: &Value| Numbers {
        data_points: list(object, "dataPoints").map(number).collect(),
        aggregation_temporality: temporality(object),
        is_monotonic: object.get("isMonotonic").and_then(Value::as_bool).unwrap_or(false),
    };
    Metric {
        name: bytes(metric, "name"),
        unit: bytes(metric, "unit"),
        gauge: metric.get("gauge").map(numbers),
        sum: metric.get("sum").map(numbers),
        histogram: metric.get("histogram").map(|object| Histograms {
            data_points: list(object, "dataPoints").map(histogram).collect(),
            aggregation_temporality: temporality(object),
        }),
        exponential_histogram: metric.get("exponentialHistogram").map(|object| Exponentials {
            data_points: list(object, "dataPoints").map(exponential).collect(),
            aggregation_temporality: temporality(object),
        }),
        summary: metric.get("summary").map(|object| Summaries {
            data_points: list(object, "dataPoints").map(summary).collect(),
        }),
    }
}

fn number(point: &Value) -> NumberPoint {
    let as_int = point.get("asInt");
    NumberPoint {
        attributes: attributes(point),
        time_unix_nano: whole(point, "timeUnixNano"),
        as_double: double(point, "asDouble"),
        as_int: as_int.and_then(|it| it.as_i64().or_else(|| it.as_str()?.trim().parse().ok())),
    }
}

fn histogram(point: &Value) -> HistogramPoint {
    HistogramPoint {
        attributes: attributes(point),
        time_unix_nano: whole(point, "timeUnixNano"),
        count: whole(point, "count"),
        sum: double(point, "sum"),
        bucket_counts: list(point, "bucketCounts").filter_map(as_whole).collect(),
        explicit_bounds: list(point, "explicitBounds").filter_map(as_number).collect(),
    }
}

fn exponential(point: &Value) -> ExponentialPoint {
    let buckets = |object: &Value| Buckets {
        offset: small(object, "offset"),
        bucket_counts: list(object, "bucketCounts").filter_map(as_whole).collect(),
    };
    ExponentialPoint {
        attributes: attributes(point),
        time_unix_nano: whole(point, "timeUnixNano"),
        count: whole(point, "count"),
        sum: double(point, "sum"),
        scale: small(point, "scale"),
        zero_count: whole(point, "zeroCount"),
        positive: point.get("positive").map(buckets),
        negative: point.get("negative").map(buckets),
    }
}

fn summary(point: &Value) -> SummaryPoint {
    let quantile = |value: &Value| {
        Some(Quantile {
            quantile: double(value, "quantile").unwrap_or(0.0),
            value: double(value, "value").unwrap_or(0.0),
        })
    };
    SummaryPoint {
        attributes: attributes(point),
        time_unix_nano: whole(point, "timeUnixNano"),
        count: whole(point, "count"),
        sum: double(point, "sum").unwrap_or(0.0),
        quantile_values: list(point, "quantileValues").filter_map(quantile).collect(),
    }
}
