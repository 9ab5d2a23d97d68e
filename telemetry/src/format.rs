//! The formats of files, and how their content tells them apart.

use std::fmt;

use crate::record::Kind;

mod keys;
mod table;
mod text;

pub(crate) use table::normal;

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Spans: a table with a header, one span per row.
    Csv,
    /// Spans: Apache Parquet with flat columns.
    Parquet,
    /// Spans: what Jaeger's query API and user interface save.
    Jaeger,
    /// Spans, metrics and logs: OpenTelemetry's protocol as JSON, also as Tempo answers it.
    Otlp,
    /// Spans, metrics and logs: OpenTelemetry's protocol as protobuf, one message or many with
    /// their lengths before them.
    OtlpProtobuf,
    /// Spans: Zipkin's JSON, version 2.
    Zipkin,
    /// Facts: Kubernetes manifests, Istio's included.
    Kubernetes,
    /// Facts: a Compose file.
    Compose,
    /// Facts: the state of Terraform, version 3 or 4.
    Terraform,
    /// Facts: the graph of a mesh as Kiali's API answers it.
    Kiali,
    /// Facts: who calls whom, as Jaeger's API answers it.
    JaegerDependencies,
    /// Metrics: Prometheus's or OpenMetrics' page of text, or a dump of `promtool`.
    PrometheusText,
    /// Metrics: the answer of Prometheus's query API.
    PrometheusQuery,
    /// Metrics: a table.
    MetricsCsv,
    /// Metrics: the status page of NGINX Plus.
    NginxStatus,
    /// Events: `kubectl get events -o json`.
    KubernetesEvents,
    /// Events: Alertmanager's alerts.
    Alerts,
    /// Events: a table of incidents or deployments.
    EventsCsv,
    /// Events: a list of incidents or deployments.
    EventsJson,
    /// Requests: an access log in the common or combined form.
    AccessLog,
    /// Requests: an access log with one JSON object a line.
    AccessLogJson,
    /// Requests: a table with one request per row.
    RequestsCsv,
    /// Requests: k6's CSV.
    K6Csv,
    /// Requests: k6's stream of JSON.
    K6Stream,
    /// Results: k6's summary.
    K6Summary,
    /// Results: Locust's statistics, also over time.
    LocustCsv,
    /// Requests: JMeter's results as CSV.
    JmeterCsv,
    /// Results: a table of Fortio runs.
    FortioCsv,
    /// Results: a table with one test and operation per row.
    MeasurementsCsv,
    /// Flows: AWS VPC flow logs.
    VpcFlow,
    /// Flows: Cilium Hubble's JSON.
    Hubble,
}

impl Format {
    /// Tells the format by the first kilobytes of a file's decompressed content.
    ///
    /// # Errors
    /// In words, what the content is instead, and what to do with it.
    pub fn detect(head: &[u8]) -> Result<Self, String> {
        match content(head) {
            Content::Known(format) => Ok(format),
            Content::Empty => Err("it is empty".to_owned()),
            Content::Json => Err("it is JSON, but none of its keys is known".to_owned()),
            Content::Foreign(words) => Err(format!("it is {words}")),
        }
    }

    /// What such a file mostly holds.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Csv
            | Self::Parquet
            | Self::Jaeger
            | Self::Otlp
            | Self::OtlpProtobuf
            | Self::Zipkin => Kind::Spans,
            Self::Kubernetes
            | Self::Compose
            | Self::Terraform
            | Self::Kiali
            | Self::JaegerDependencies => Kind::Facts,
            Self::PrometheusText | Self::PrometheusQuery | Self::MetricsCsv | Self::NginxStatus => {
                Kind::Points
            }
            Self::KubernetesEvents | Self::Alerts | Self::EventsCsv | Self::EventsJson => {
                Kind::Events
            }
            Self::AccessLog
            | Self::AccessLogJson
            | Self::RequestsCsv
            | Self::K6Csv
            | Self::K6Stream
            | Self::JmeterCsv => Kind::Requests,
            Self::K6Summary | Self::LocustCsv | Self::FortioCsv | Self::MeasurementsCsv => {
                Kind::Measurements
            }
            Self::VpcFlow | Self::Hubble => Kind::Flows,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "CSV",
            Self::Parquet => "Parquet",
            Self::Jaeger => "Jaeger JSON",
            Self::Otlp => "OTLP JSON",
            Self::OtlpProtobuf => "OTLP protobuf",
            Self::Zipkin => "Zipkin JSON",
            Self::Kubernetes => "Kubernetes manifests",
            Self::Compose => "a Compose file",
            Self::Terraform => "Terraform state",
            Self::Kiali => "a Kiali graph",
            Self::JaegerDependencies => "Jaeger dependencies",
            Self::PrometheusText => "Prometheus text",
            Self::PrometheusQuery => "a Prometheus query's answer",
            Self::MetricsCsv => "CSV of metrics",
            Self::NginxStatus => "NGINX Plus status JSON",
            Self::KubernetesEvents => "Kubernetes events",
            Self::Alerts => "Alertmanager alerts",
            Self::EventsCsv => "CSV of events",
            Self::EventsJson => "JSON of events",
            Self::AccessLog => "an access log",
            Self::AccessLogJson => "a JSON access log",
            Self::RequestsCsv => "CSV of requests",
            Self::K6Csv => "k6 CSV",
            Self::K6Stream => "k6 JSON",
            Self::K6Summary => "a k6 summary",
            Self::LocustCsv => "Locust statistics",
            Self::JmeterCsv => "JMeter results",
            Self::FortioCsv => "CSV of Fortio runs",
            Self::MeasurementsCsv => "CSV of results",
            Self::VpcFlow => "VPC flow logs",
            Self::Hubble => "Hubble flows",
        })
    }
}

/// What the first bytes of a file's (decompressed) content show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Only blanks, or nothing.
    Empty,
    /// JSON; what is in it could not be told.
    Json,
    /// A known format.
    Known(Format),
    /// Something else, in words.
    Foreign(&'static str),
}

/// The byte order mark that some Windows programs put before UTF-8.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Looks at the first few kilobytes.
pub(crate) fn content(head: &[u8]) -> Content {
    let head = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    let known: [(&[u8], &str); 9] = [
        (b"\xff\xfe", "UTF-16 text, which must be saved as UTF-8"),
        (b"\xfe\xff", "UTF-16 text, which must be saved as UTF-8"),
        (b"PK\x03\x04", "a ZIP archive, which must be unpacked"),
        (b"BZh", "a bzip2 file, which must be unpacked"),
        (b"%PDF", "a PDF document"),
        (b"\x7fELF", "binary data, namely a program"),
        (b"SQLite format", "an SQLite database, whose tables must be exported to CSV"),
        (b"Obj\x01", "an Avro file, which must be converted to Parquet or CSV"),
        (b"<", "XML or HTML; JMeter can save its results as CSV"),
    ];
    if head.starts_with(b"PAR1") {
        return Content::Known(Format::Parquet);
    }
    if let Some((_, words)) = known.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Content::Foreign(words);
    }
    if head.get(257..262) == Some(b"ustar") {
        return Content::Foreign("a tar archive, which must be unpacked");
    }
    if is_protobuf(head) {
        return Content::Known(Format::OtlpProtobuf);
    }
    if head.contains(&0) {
        return Content::Foreign("binary data");
    }
    match head.trim_ascii_start() {
        [] => Content::Empty,
        // promtool writes `{__name__="up"} 1`, and Prometheus 3 quotes names: `{"up"} 1`.
        [b'{', b'_', ..] => Content::Known(Format::PrometheusText),
        [b'{' | b'[', ..] => match keys::Keys::of(head).format() {
            Some(format) => Content::Known(format),
            None if text::is_prometheus(head) => Content::Known(Format::PrometheusText),
            None => Content::Json,
        },
        _ => text::content(head),
    }
}

/// Whether `head` begins like an export request of OTLP, alone or with its length before it.
///
/// Such a message is a list of field 1 (a resource with what it sent), which begins with field 1
/// (the resource) or 2 (a scope).
fn is_protobuf(head: &[u8]) -> bool {
    let is_control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
    let is_message = |bytes: &[u8]| {
        let [0x0a, rest @ ..] = bytes else { return false };
        let length = rest.iter().take(5).position(|byte| *byte < 0x80);
        length.is_some_and(|at| matches!(rest.get(at + 1), Some(0x0a | 0x12)))
    };
    let is_text = std::str::from_utf8(head).is_ok() && !head.iter().any(is_control);
    !is_text && (is_message(head) || head.len() > 4 && head[0] == 0 && is_message(&head[4..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &str, expected: Format) {
        assert_eq!(Format::detect(head.as_bytes()), Ok(expected), "{head}");
    }

    #[test]
    fn content_is_told_by_its_first_bytes() {
        assert_eq!(content(b""), Content::Empty);
        assert_eq!(content(b" \r\n\t"), Content::Empty);
        assert_eq!(content(b"\xef\xbb\xbf\n [{}]"), Content::Json);
        assert_eq!(content(b"{"), Content::Json);
        assert_eq!(content(b"TraceID,SpanID"), Content::Known(Format::Csv));
        assert_eq!(content(b"PAR1xyz"), Content::Known(Format::Parquet));
        assert_eq!(content(b"\x0a\x05\x0a\x00\x12\x01\x00"), Content::Known(Format::OtlpProtobuf));
        assert!(matches!(content(b"a\0b"), Content::Foreign(_)));
    }

    #[test]
    fn json_is_told_by_its_keys() {
        check(r#"{"data":[{"traceID":"a","spans":[]}]}"#, Format::Jaeger);
        check(r#"{"resourceMetrics":[]}"#, Format::Otlp);
        check(r#"[[{"traceId":"a","id":"b","tags":{"status":"200"}}]]"#, Format::Zipkin);
        check(r#"{"data":[{"parent":"a","child":"b","callCount":1}]}"#, Format::JaegerDependencies);
        check(r#"{"status":"success","data":{"resultType":"matrix""#, Format::PrometheusQuery);
        check(r#"{"version":4,"terraform_version":"1.2","resources":[]}"#, Format::Terraform);
        check(r#"{"apiVersion":"v1","items":[{"involvedObject":{}}]}"#, Format::KubernetesEvents);
        check(r#"{"apiVersion":"apps/v1","kind":"Deployment"}"#, Format::Kubernetes);
        check(r#"[{"labels":{"alertname":"a"},"startsAt":"x"}]"#, Format::Alerts);
        check(r#"{"flow":{"verdict":"FORWARDED","IP":{}}}"#, Format::Hubble);
        check(r#"{"msec":1.5,"request":"GET / HTTP/1.1","status":200}"#, Format::AccessLogJson);
        check(r#"{"type":"Point","metric":"m","data":{"value":1}}"#, Format::K6Stream);
        check(r#"{"metrics":{"http_req_duration":{"avg":1}}}"#, Format::K6Summary);
        check(r#"[{"component":"cart","start":"2026-01-01T00:00:00Z"}]"#, Format::EventsJson);
    }

    #[test]
    fn text_is_told_by_its_first_lines() {
        check("# HELP up Is it.\n# TYPE up gauge\nup 1\n", Format::PrometheusText);
        check("{__name__=\"up\"} 1 0\n", Format::PrometheusText);
        check("{\"a.b\",job=\"x\"} 1\n", Format::PrometheusText);
        check("up{job=\"a\"} 1\nup{job=\"b\"} 0\n", Format::PrometheusText);
        check("# made by hand\n---\napiVersion: v1\nkind: Service\n", Format::Kubernetes);
        check("version: '3'\nservices:\n  a: {}\n", Format::Compose);
        check("h - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 3\n", Format::AccessLog);
        check("2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 1 1 1 2 ACCEPT OK\n", Format::VpcFlow);
        check("metric_name,timestamp,metric_value,check\n", Format::K6Csv);
        check("timeStamp,elapsed,label,responseCode,success\n", Format::JmeterCsv);
        check("Type,Name,Request Count,Failure Count\n", Format::LocustCsv);
        check("StartTime,ActualDuration,Labels,NumThreads,ActualQPS,p50\n", Format::FortioCsv);
        check("timestamp,method,endpoint,status,duration_ms\n", Format::RequestsCsv);
        check("incident_id,service,started_at,resolved_at\n", Format::EventsCsv);
        check("timestamp,metric,value,pod\n", Format::MetricsCsv);
        let said = Format::detect(b"A=1\n# c\nB_C=2\n").unwrap_err();
        assert!(said.contains("environment variables"), "{said}");
    }
}
