//! What a header row of a table shows.

use crate::format::Format;

/// Keys and headers of instants, in the spelling of [`normal`] or as JSON writes them.
pub(crate) const TIMES: [&str; 8] =
    ["time", "timestamp", "ts", "date", "datetime", "start", "starttime", "startedat"];

/// A header without case and separators: `Trace_ID`, `traceId` and `trace.id` are all `traceid`.
pub(crate) fn normal(header: &str) -> String {
    header.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The format of a table with these headers; spans where nothing else is recognized.
pub(super) fn format(headers: &[&str]) -> Format {
    let headers: Vec<_> = headers.iter().map(|header| normal(header)).collect();
    let has = |header: &str| headers.iter().any(|known| known == header);
    let has_any = |wanted: &[&str]| wanted.iter().any(|header| has(header));
    let has_time = has_any(&TIMES);
    if has_any(&["traceid", "spanid"]) || has("trace") && has("span") {
        Format::Csv
    } else if has("metricname") && has("metricvalue") {
        Format::K6Csv
    } else if has("elapsed") && has("label") && has("timestamp") {
        Format::JmeterCsv
    } else if has("name") && has_any(&["requestcount", "requestss", "totalrequestcount"]) {
        Format::LocustCsv
    } else if has("actualqps") || has("numthreads") && has("actualduration") {
        Format::FortioCsv
    } else if crate::read::is_measurements(&headers) {
        Format::MeasurementsCsv
    } else if has_any(&["metric", "metricname"]) && has("value") {
        Format::MetricsCsv
    } else if has_time
        && has_any(&["endpoint", "operation", "path", "url", "uri", "label", "name", "route"])
        && has_any(&["status", "statuscode", "success", "responsecode", "code"])
        && headers.iter().any(|header| is_duration(header))
    {
        Format::RequestsCsv
    } else if is_event_list(&headers.iter().map(String::as_str).collect::<Vec<_>>()) {
        Format::EventsCsv
    } else if has_time && headers.len() > 1 && !has_any(&["trace", "span", "parent"]) {
        // A time and columns of numbers: what Grafana exports, and most monitoring tools.
        Format::MetricsCsv
    } else {
        Format::Csv
    }
}

pub(crate) fn is_duration(header: &str) -> bool {
    ["duration", "latency", "elapsed", "responsetime"].iter().any(|it| header.starts_with(it))
}

/// Whether these are keys or headers of a list of incidents or deployments.
pub(super) fn is_event_list(keys: &[&str]) -> bool {
    let keys: Vec<_> = keys.iter().map(|key| normal(key)).collect();
    let has_any = |wanted: &[&str]| keys.iter().any(|key| wanted.contains(&key.as_str()));
    let is_event = has_any(&[
        "incident",
        "incidentid",
        "severity",
        "version",
        "deployment",
        "revision",
        "rootcause",
        "resolvedat",
        "endedat",
        "finishedat",
        "deployedat",
        "injecttime",
        "injecttimeutc",
        "injecttype",
        "mttr",
    ]);
    let names_component =
        has_any(&["component", "service", "app", "application", "target", "injectpod", "system"]);
    let has_time = has_any(&[
        "start",
        "starttime",
        "startedat",
        "startedon",
        "begin",
        "createdat",
        "openedat",
        "detectedat",
        "deployedat",
        "time",
        "timestamp",
        "date",
        "injecttime",
        "injecttimeutc",
        "finishedat",
    ]);
    let has_end = has_any(&["end", "endtime", "resolvedat", "endedat"]);
    has_time && (names_component || is_event && has_end) && (is_event || has_end || keys.len() < 5)
}
