//! k6: rows of `--out csv`, the stream of `--out json`, and the summary of `--summary-export`.
//!
//! Only requests are taken from the rows: `http_req_duration`, in milliseconds, with the number of
//! users that stood before it. k6 writes when a request ended. Addresses are redacted, the rest of
//! the tags is not kept. Each iteration of a virtual user is one person, where k6 was told to tag
//! samples with `vu` and `iter`.
//!
//! Source: Grafana k6, "Results output".

use std::io::Read;

use serde_json::Value;

use crate::{
    error::Error,
    instant::parse_instant,
    quality::{Defect, Place},
    read::{
        intake::Intake,
        items::{self, at, number, text},
        table,
    },
    record::{Measurement, Record, Request},
    source::Guarded,
    who::Who,
};

/// One sample, whichever form it came in.
struct Sample<'s> {
    metric: &'s str,
    time: Option<&'s str>,
    value: Option<f64>,
    method: Option<&'s str>,
    name: Option<&'s str>,
    status: Option<&'s str>,
    expected: Option<&'s str>,
    who: Option<Who>,
}

/// Reads samples; remembers how many users there are.
#[derive(Default)]
struct Samples {
    users: Option<u32>,
}

impl Samples {
    fn take(
        &mut self,
        sample: &Sample<'_>,
        intake: &mut Intake<'_>,
    ) -> Result<Result<(), Defect>, Error> {
        match (sample.metric, sample.value) {
            ("vus", Some(users)) if users >= 0.0 => self.users = Some(users as u32),
            ("http_req_duration", Some(ms)) => {
                let time = sample.time.map(|text| parse_instant(text.as_bytes(), None));
                let Some(Ok(end)) = time else { return Ok(Err(Defect::Time)) };
                if !(0.0..1e12).contains(&ms) {
                    return Ok(Err(Defect::Duration));
                }
                let duration = (ms * 1e6).round() as u64;
                let name = sample.name.unwrap_or("unknown");
                let operation = match sample.method {
                    Some(method) if !name.starts_with(method) => format!("{method} {name}"),
                    _ => name.to_owned(),
                };
                let status = sample
                    .status
                    .and_then(|code| code.parse().ok())
                    .filter(|code| (100..600).contains(code));
                let ok = match sample.expected {
                    Some(word) => word == "true",
                    None => status.is_some_and(|code| code < 400),
                };
                let start_ns = end.ns.saturating_sub(duration);
                let request = Request {
                    start_ns,
                    duration_ns: Some(duration),
                    upstream_ns: None,
                    operation: intake.operation(&operation),
                    service: None,
                    status,
                    ok,
                    users: self.users,
                    bytes: None,
                    request_bytes: None,
                    who: sample.who,
                };
                return intake.hand_on(Record::Request(request), Some(start_ns)).map(Ok);
            }
            ("http_req_duration", None) => return Ok(Err(Defect::Value)),
            _ => {}
        }
        Ok(Ok(()))
    }
}

/// The iteration of a virtual user, by what its tags say.
fn who<'t>(tag: impl Fn(&'static str) -> Option<&'t str>) -> Option<Who> {
    let user = tag("vu")?;
    Who::of([user, tag("iter").unwrap_or_default()])
}

/// The value of a key in `vu=3&iter=12`.
fn within<'t>(pairs: &'t str, key: &str) -> Option<&'t str> {
    let mut pairs = pairs.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(known, _)| *known == key).map(|(_, value)| value)
}

pub(super) fn read_csv<R: Read>(
    content: Guarded<'_, R>,
    head: &[u8],
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    let mut samples = Samples::default();
    table::read(content, head, intake, &mut |row, _, intake| {
        let sample = Sample {
            metric: row.text(&["metricname"]).unwrap_or_default(),
            time: row.text(&["timestamp"]),
            value: row.number(&["metricvalue"]),
            method: row.text(&["method"]),
            name: row.text(&["name", "url"]),
            status: row.text(&["status"]),
            expected: row.text(&["expectedresponse"]),
            who: who(|key| row.text(&[key]).or_else(|| within(row.text(&["metadata"])?, key))),
        };
        samples.take(&sample, intake)
    })
}

pub(super) fn read_stream<R: Read>(
    content: Guarded<'_, R>,
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    let mut samples = Samples::default();
    items::read(content, &[], intake, &mut |item: Value, place: Place, intake| {
        if text(&item, &["type"]) != Some("Point") {
            return Ok(());
        }
        let tag = |key: &str| at(&item, &["data", "tags", key]).and_then(Value::as_str);
        let sample = Sample {
            metric: text(&item, &["metric"]).unwrap_or_default(),
            time: at(&item, &["data", "time"]).and_then(Value::as_str),
            value: at(&item, &["data", "value"]).and_then(Value::as_f64),
            method: tag("method"),
            name: tag("name").or_else(|| tag("url")),
            status: tag("status"),
            expected: tag("expected_response"),
            who: who(|key| {
                let metadata = || at(&item, &["data", "metadata", key]).and_then(Value::as_str);
                tag(key).or_else(metadata)
            }),
        };
        if let Err(defect) = samples.take(&sample, intake)? {
            intake.reject(defect, place);
        }
        Ok(())
    })
}

/// The summary knows all requests together, and those of each `http_req_duration{name:…}`.
pub(super) fn read_summary<R: Read>(
    content: Guarded<'_, R>,
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    items::read(content, &[], intake, &mut |item: Value, place, intake| {
        let metrics = item.get("metrics").and_then(Value::as_object).cloned().unwrap_or_default();
        // `handleSummary` wraps the numbers in `values`; `--summary-export` does not.
        let values = |name: &str| {
            let metric = metrics.get(name)?;
            Some(metric.get("values").unwrap_or(metric))
        };
        let value = |name: &str, keys: &[&str]| values(name).and_then(|it| number(it, keys));
        let state = at(&item, &["state", "testRunDurationMs"]).and_then(Value::as_f64);
        for name in metrics.keys() {
            let Some(rest) = name.strip_prefix("http_req_duration") else { continue };
            let Some(values) = values(name) else { continue };
            let ms = |keys: &[&str]| number(values, keys).map(|ms| ms * 1e6);
            let operation = rest.trim_matches(['{', '}']);
            let operation = operation.strip_prefix("name:").unwrap_or(operation);
            if operation == "expected_response:true" {
                continue;
            }
            let mut quantiles = Vec::new();
            for (key, share) in [
                ("min", 0.0),
                ("med", 0.5),
                ("p(90)", 0.9),
                ("p(95)", 0.95),
                ("p(99)", 0.99),
                ("p(99.9)", 0.999),
                ("max", 1.0),
            ] {
                match ms(&[key]) {
                    Some(ns) if ns < 0.0 => intake.reject(Defect::Negative, place),
                    Some(ns) => quantiles.push((share, ns.round() as u64)),
                    None => {}
                }
            }
            let is_all = rest.is_empty();
            let of_all = |value: Option<f64>| value.filter(|it| is_all && *it >= 0.0);
            let requests = of_all(value("http_reqs", &["count"]));
            let failed = of_all(value("http_req_failed", &["rate", "value"]));
            let measurement = Measurement {
                operation: (!is_all).then(|| intake.operation(operation)),
                duration_ns: state.filter(|ms| *ms >= 0.0).map(|ms| (ms * 1e6) as u64),
                users: value("vus_max", &["value", "max"]),
                requests: requests.map(|it| it as u64),
                failures: requests.zip(failed).map(|(all, share)| (all * share).round() as u64),
                rate_per_s: of_all(value("http_reqs", &["rate"])),
                mean_ns: ms(&["avg"]).filter(|ns| *ns >= 0.0).map(|ns| ns.round() as u64),
                quantiles,
                ..Measurement::default()
            };
            intake.hand_on(Record::Measurement(Box::new(measurement)), None)?;
        }
        Ok(())
    })
}
