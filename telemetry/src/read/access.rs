//! Access logs: the common and combined forms of Apache and NGINX, and NGINX's JSON.
//!
//! Of a line stay its time, method, path (redacted, without its query), status, sizes and times;
//! addresses, users, referrers and agents of people do not: they only tell one person from another,
//! see [`Who`]. Several people behind one address are told apart by agent and forwarded address, as far
//! as a log has them. A number behind the combined form is the
//! time that the request took: with a point in seconds (`$request_time`), else in microseconds
//! (`%D`).
//!
//! Source: Apache HTTP Server, "Log Files"; NGINX, `ngx_http_log_module`.

use std::io::Read;

use jiff::fmt::strtime;
use serde_json::Value;

use crate::{
    error::Error,
    instant::{TimeUnit, parse_duration, parse_instant},
    quality::{Defect, Place},
    read::{
        intake::Intake,
        items::{self, as_number, text},
        lines,
    },
    record::{Record, Request},
    source::Guarded,
    who::Who,
};

/// Whether a line is one of an access log.
pub(crate) fn is_access_log(line: &str) -> bool {
    Line::parse(line).is_some_and(|line| line.time_ns.is_some())
}

struct Line<'l> {
    time_ns: Option<u64>,
    /// `GET /path HTTP/1.1`, or what a broken client sent.
    request: &'l str,
    status: &'l str,
    bytes: Option<u64>,
    /// Host and user, as they stand there.
    client: &'l str,
    agent: &'l str,
    /// What stands behind the known fields.
    rest: &'l str,
}

impl<'l> Line<'l> {
    fn parse(line: &'l str) -> Option<Self> {
        let (client, rest) = line.split_once(" [")?;
        let (time, rest) = rest.split_once("] ")?;
        let (request, rest) = quoted(rest)?;
        let mut rest = rest.trim_start();
        let mut word = || {
            let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
            rest = after.trim_start();
            word
        };
        let (status, bytes) = (word(), word());
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        if !is_number(status) || bytes != "-" && !is_number(bytes) {
            return None;
        }
        let mut agent = "";
        // The referrer, then the agent.
        for _ in 0..2 {
            if let Some((text, after)) = quoted(rest) {
                (agent, rest) = (text, after.trim_start());
            }
        }
        let time_ns = time_of(time);
        Some(Self { time_ns, request, status, bytes: bytes.parse().ok(), client, agent, rest })
    }

    /// A proxy's log may have the address that it answered for behind the agent, in quotes.
    fn who(&self) -> Option<Who> {
        let forwarded = quoted(self.rest).map_or("", |(text, _)| text);
        person(self.client.split(' ').chain([forwarded]), self.agent)
    }
}

/// The text between quotation marks, with what is escaped in it, and what follows.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut is_escaped = false;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            b'"' if !is_escaped => return Some((&inner[..at], &inner[at + 1..])),
            b'\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    None
}

/// `17/May/2015:10:05:03 +0000`, in nanoseconds since the Unix epoch.
fn time_of(text: &str) -> Option<u64> {
    let time = strtime::parse("%d/%b/%Y:%H:%M:%S %z", text).ok()?.to_timestamp().ok()?;
    u64::try_from(time.as_nanosecond()).ok()
}

pub(super) fn read_text<R: Read>(
    content: Guarded<'_, R>,
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    lines::read(content, intake, &mut |line, place, intake| {
        let Some(line) = Line::parse(line) else {
            intake.reject(Defect::Malformed, place);
            return Ok(());
        };
        let first = line.rest.split_ascii_whitespace().next().unwrap_or_default();
        let is_time =
            !first.is_empty() && first.bytes().all(|it| it.is_ascii_digit() || it == b'.');
        let unit = if first.contains('.') { TimeUnit::Seconds } else { TimeUnit::Microseconds };
        let duration = is_time.then(|| parse_duration(first.as_bytes(), unit));
        let request = Draft {
            time_ns: line.time_ns.ok_or(Defect::Time),
            request: line.request.to_owned(),
            status: line.status.parse().ok(),
            duration: duration.transpose(),
            upstream_ns: None,
            service: None,
            bytes: line.bytes,
            request_bytes: None,
            who: line.who(),
            is_logged_at_end: false,
        };
        request.hand_on(place, intake)
    })
}

pub(super) fn read_json<R: Read>(
    content: Guarded<'_, R>,
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    items::read(content, &[], intake, &mut |item: Value, place, intake| {
        let times = ["time_iso8601", "@timestamp", "timestamp", "time", "msec", "ts"];
        let at = times.iter().find_map(|key| match item.get(key)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        let local = text(&item, &["time_local"]).and_then(time_of);
        let time = at.map(|text| {
            parse_instant(text.as_bytes(), None)
                .map(|it| it.ns)
                .or_else(|defect| time_of(&text).ok_or(defect))
        });
        let path = text(&item, &["request_uri", "uri", "path", "url"]);
        let method = text(&item, &["request_method", "method"]).unwrap_or_default();
        let request = match (text(&item, &["request"]), path) {
            (_, Some(path)) if !method.is_empty() => format!("{method} {path}"),
            (Some(line), _) => line.to_owned(),
            (None, Some(path)) => path.to_owned(),
            (None, None) => String::new(),
        };
        let seconds = |keys: &[&str]| {
            let value = keys.iter().find_map(|key| item.get(key))?;
            // Several upstreams are listed with commas; they were tried one after the other.
            let parts = value.as_str().map(|text| {
                text.split([',', ':']).filter_map(|it| it.trim().parse::<f64>().ok()).sum()
            });
            let seconds = as_number(value).or(parts)?;
            Some(if seconds < 0.0 {
                Err(Defect::Duration)
            } else {
                Ok((seconds * 1e9).round() as u64)
            })
        };
        let draft = Draft {
            time_ns: time.or(local.map(Ok)).unwrap_or(Err(Defect::Time)),
            request,
            status: items::number(&item, &["status", "status_code"]).map(|code| code as u64),
            duration: seconds(&["request_time", "duration_s"]).transpose(),
            upstream_ns: seconds(&["upstream_response_time"]).and_then(Result::ok),
            service: text(&item, &["service", "server_name", "host"]).map(str::to_owned),
            bytes: items::number(&item, &["body_bytes_sent", "bytes_sent", "bytes"])
                .map(|it| it as u64),
            request_bytes: items::number(&item, &["request_length", "bytes_received"])
                .map(|it| it as u64),
            who: who_of(&item),
            is_logged_at_end: true,
        };
        draft.hand_on(place, intake)
    })
}

/// A session where the log has one; else addresses, user and agent.
fn who_of(item: &Value) -> Option<Who> {
    let session = Who::of(text(item, &["session_id", "session"]));
    session.or_else(|| {
        let parts: [&[&str]; 3] = [
            &["remote_addr", "client_ip", "client", "ip"],
            &["http_x_forwarded_for", "x_forwarded_for"],
            &["remote_user", "user_id", "user"],
        ];
        let agent = text(item, &["http_user_agent", "user_agent", "agent"]).unwrap_or_default();
        person(parts.into_iter().map(|keys| text(item, keys).unwrap_or_default()), agent)
    })
}

/// Who has these addresses and names, with this agent; an agent alone is nobody.
fn person<'a>(names: impl Iterator<Item = &'a str> + Clone, agent: &'a str) -> Option<Who> {
    let is_somebody = names.clone().any(|name| !matches!(name, "" | "-"));
    Who::of(names.chain([agent])).filter(|_| is_somebody)
}

struct Draft {
    time_ns: Result<u64, Defect>,
    request: String,
    status: Option<u64>,
    duration: Result<Option<u64>, Defect>,
    upstream_ns: Option<u64>,
    service: Option<String>,
    bytes: Option<u64>,
    request_bytes: Option<u64>,
    who: Option<Who>,
    /// NGINX writes when it answers, Apache when it was asked.
    is_logged_at_end: bool,
}

impl Draft {
    fn hand_on(self, place: Place, intake: &mut Intake<'_>) -> Result<(), Error> {
        let (time, duration_ns) = match (self.time_ns, self.duration) {
            (Ok(time), Ok(duration)) => (time, duration),
            (Err(defect), _) | (_, Err(defect)) => {
                intake.reject(defect, place);
                return Ok(());
            }
        };
        let Some(status) = self.status.filter(|code| (100..600).contains(code)) else {
            intake.reject(Defect::HttpStatus, place);
            return Ok(());
        };
        let start_ns = match duration_ns {
            Some(duration) if self.is_logged_at_end => time.saturating_sub(duration),
            _ => time,
        };
        let words: Vec<_> = self.request.split(' ').collect();
        let line = match words[..] {
            [method, path, version] if version.starts_with("HTTP/") => format!("{method} {path}"),
            _ => self.request.clone(),
        };
        let operation = if line.is_empty() || line == "-" { "unknown" } else { &line };
        let request = Request {
            start_ns,
            duration_ns,
            upstream_ns: self.upstream_ns,
            operation: intake.operation(operation),
            service: self.service.map(|name| intake.names.intern(&name)),
            status: Some(status as u16),
            ok: status < 500,
            users: None,
            bytes: self.bytes,
            request_bytes: self.request_bytes,
            who: self.who,
        };
        intake.hand_on(Record::Request(request), Some(start_ns))
    }
}
