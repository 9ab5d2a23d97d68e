//! The keys at the beginning of a JSON document, which may be cut, and the format they show.

use crate::format::Format;

/// How many keys are looked at.
const MOST: usize = 5_000;

/// Keys and how many objects stand around each, from 1.
#[derive(Debug, Default)]
pub(super) struct Keys<'a>(Vec<(usize, &'a str)>);

impl<'a> Keys<'a> {
    /// Scans `head`; what is not JSON ends the scan.
    pub(super) fn of(head: &'a [u8]) -> Self {
        let mut keys = Self::default();
        let (mut level, mut at) = (0_usize, 0);
        let mut last: Option<&str> = None;
        while at < head.len() && keys.0.len() < MOST {
            match head[at] {
                b'{' => level += 1,
                b'}' => level = level.saturating_sub(1),
                b':' => {
                    if let Some(key) = last.take() {
                        keys.0.push((level, key));
                    }
                }
                b'"' => {
                    let Some(end) = end_of_string(head, at + 1) else { break };
                    last = std::str::from_utf8(&head[at + 1..end]).ok();
                    at = end;
                }
                b',' | b'[' | b']' => last = None,
                _ => {}
            }
            at += 1;
        }
        keys
    }

    fn any(&self, key: &str) -> bool {
        self.0.iter().any(|(_, known)| *known == key)
    }

    fn at(&self, level: usize, key: &str) -> bool {
        self.0.contains(&(level, key))
    }

    fn at_any(&self, level: usize, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.at(level, key))
    }

    /// The format that has these keys.
    pub(super) fn format(&self) -> Option<Format> {
        const OTLP: [&str; 8] = [
            "resourceSpans",
            "resource_spans",
            "batches",
            "resourceMetrics",
            "resource_metrics",
            "resourceLogs",
            "resource_logs",
            "scopeSpans",
        ];
        let top = |key| self.at(1, key);
        let wraps = |keys: &[&str]| self.at_any(1, keys);
        if wraps(&OTLP) || wraps(&["trace", "result"]) && self.at_any(2, &OTLP) {
            return Some(Format::Otlp);
        }
        if top("traceId") && top("id") {
            return Some(Format::Zipkin);
        }
        if self.at(2, "resultType") || top("resultType") {
            return Some(Format::PrometheusQuery);
        }
        if top("nginx_version") {
            return Some(Format::NginxStatus);
        }
        if top("spans")
            || top("processes")
            || top("data") && self.at_any(2, &["spans", "processes"])
        {
            return Some(Format::Jaeger);
        }
        if self.any("callCount") && self.any("parent") && self.any("child") {
            return Some(Format::JaegerDependencies);
        }
        self.facts().or_else(|| self.events()).or_else(|| self.others())
    }

    fn facts(&self) -> Option<Format> {
        let top = |key| self.at(1, key);
        if top("terraform_version") || top("lineage") {
            Some(Format::Terraform)
        } else if top("graphType") || top("elements") && self.any("nodes") {
            Some(Format::Kiali)
        } else if self.at_any(1, &["involvedObject", "regarding"])
            || self.at_any(2, &["involvedObject", "regarding"])
        {
            Some(Format::KubernetesEvents)
        } else if top("apiVersion") && (top("kind") || top("items")) {
            Some(Format::Kubernetes)
        } else if top("services") && self.at_any(3, &["image", "build", "deploy", "environment"]) {
            Some(Format::Compose)
        } else {
            None
        }
    }

    fn events(&self) -> Option<Format> {
        let top = |key| self.at(1, key);
        if self.at_any(1, &["startsAt"]) || self.at_any(2, &["startsAt"]) {
            return Some(Format::Alerts);
        }
        if top("flow") && self.at_any(2, &["verdict", "IP", "l4"]) || top("verdict") && top("IP") {
            return Some(Format::Hubble);
        }
        None
    }

    fn others(&self) -> Option<Format> {
        let top = |key| self.at(1, key);
        let has_time = super::table::TIMES.iter().any(|key| top(key));
        if top("metric") && top("type") && top("data") {
            Some(Format::K6Stream)
        } else if top("metrics")
            && (top("root_group")
                || self.at_any(2, &["http_req_duration", "http_reqs", "iterations"]))
        {
            Some(Format::K6Summary)
        } else if top("status")
            && self.at_any(1, &["request", "request_uri", "uri", "path", "request_time"])
            && (has_time || self.at_any(1, &["time_local", "time_iso8601", "msec", "@timestamp"]))
        {
            Some(Format::AccessLogJson)
        } else {
            let level = if self.at_any(1, &["incidents", "deployments", "events"]) { 2 } else { 1 };
            let here = self.0.iter().filter(|(known, _)| *known == level).map(|(_, key)| *key);
            super::table::is_event_list(&here.collect::<Vec<_>>()).then_some(Format::EventsJson)
        }
        .or_else(|| {
            let has_no_inner = !self.0.iter().any(|(level, _)| *level > 1);
            (top("data") && has_no_inner).then_some(Format::Jaeger)
        })
    }
}

fn end_of_string(head: &[u8], mut at: usize) -> Option<usize> {
    while at < head.len() {
        match head[at] {
            b'\\' => at += 1,
            b'"' => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}
