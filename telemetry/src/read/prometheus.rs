//! Metrics of Prometheus: pages of text, dumps of `promtool`, and answers of the query API.
//!
//! Times are milliseconds in a page of Prometheus, seconds in `OpenMetrics` (which ends in `# EOF`
//! and writes a point), deduced by magnitude. Exemplars are passed over: they name single requests.
//! `NaN`, Prometheus's word for "no value", is handed on as such.
//!
//! Source: Prometheus, "Exposition formats"; OpenMetrics 1.0; Prometheus, "HTTP API".

use std::{collections::HashMap, io::Read};

use serde_json::Value;

use crate::{
    error::Error,
    instant::parse_instant,
    quality::Defect,
    read::{
        intake::Intake,
        items::{self, as_number},
        lines,
    },
    record::Point,
    series::{Draft, MetricKind},
    source::Guarded,
};

/// What the comments say of a family of metrics.
#[derive(Debug, Clone, Default)]
struct Family {
    kind: MetricKind,
    is_distribution: bool,
    unit: Option<String>,
}

pub(super) fn read_text<R: Read>(
    content: Guarded<'_, R>,
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    let mut families: HashMap<String, Family> = HashMap::new();
    lines::read(content, intake, &mut |line, place, intake| {
        if let Some(comment) = line.strip_prefix('#') {
            note(comment, &mut families);
            return Ok(());
        }
        let Some(sample) = Sample::parse(line) else {
            intake.reject(Defect::Malformed, place);
            return Ok(());
        };
        let Some(value) = sample.value else {
            intake.reject(Defect::Value, place);
            return Ok(());
        };
        let time_ns = match sample.time.map(parse_time) {
            Some(None) => {
                intake.reject(Defect::Time, place);
                return Ok(());
            }
            time => time.flatten(),
        };
        let base = ["_bucket", "_sum", "_count", "_total", "_created"]
            .iter()
            .find_map(|suffix| families.get(sample.name.strip_suffix(suffix)?));
        let family = families.get(&sample.name).or(base).cloned().unwrap_or_default();
        let mut series = Draft {
            name: sample.name,
            unit: family.unit,
            kind: family.kind,
            labels: sample.labels,
            ..Draft::default()
        };
        series.split_part(family.is_distribution);
        let series = series.intern(intake.names);
        intake.point(Point { series, time_ns, value }, place)
    })
}

/// `TYPE name kind` and `UNIT name unit`.
fn note(comment: &str, families: &mut HashMap<String, Family>) {
    let mut words = comment.split_ascii_whitespace();
    let (Some(what), Some(name), Some(word)) = (words.next(), words.next(), words.next()) else {
        return;
    };
    if !matches!(what, "TYPE" | "UNIT") {
        return;
    }
    let family = families.entry(name.trim_matches('"').to_owned()).or_default();
    if what == "UNIT" {
        family.unit = Some(word.to_owned());
        return;
    }
    (family.kind, family.is_distribution) = match word {
        "counter" => (MetricKind::Counter, false),
        "gauge" => (MetricKind::Gauge, false),
        "histogram" | "summary" => (MetricKind::Counter, true),
        "gaugehistogram" => (MetricKind::Gauge, true),
        _ => (MetricKind::Unknown, false),
    };
}

/// Milliseconds, or seconds with a point; counts below 1973 are times of tests, in milliseconds.
fn parse_time(text: &str) -> Option<u64> {
    match text.parse::<i64>() {
        Ok(ms) => u64::try_from(ms).ok()?.checked_mul(1_000_000),
        Err(_) => parse_instant(text.as_bytes(), None).ok().map(|instant| instant.ns),
    }
}

/// Whether a line is a sample with a value.
pub(crate) fn is_sample(line: &str) -> bool {
    Sample::parse(line).is_some_and(|sample| sample.value.is_some())
}

struct Sample<'l> {
    name: String,
    labels: Vec<(String, String)>,
    /// None: no number stands there.
    value: Option<f64>,
    time: Option<&'l str>,
}

impl<'l> Sample<'l> {
    /// `name{label="value",…} value [time] [# exemplar]`; none if the line has another form.
    fn parse(line: &'l str) -> Option<Self> {
        let end =
            line.find(|it: char| !it.is_ascii_alphanumeric() && !matches!(it, '_' | ':' | '.'));
        let (name, mut rest) = line.split_at(end.unwrap_or(line.len()));
        if name.starts_with(|it: char| it.is_ascii_digit() || it == '.') {
            return None;
        }
        let (mut name, mut labels) = (name.to_owned(), Vec::new());
        if let Some(inner) = rest.trim_start().strip_prefix('{') {
            rest = labels_of(inner, &mut name, &mut labels)?;
        }
        if name.is_empty() || !rest.starts_with([' ', '\t']) {
            return None;
        }
        let mut words = rest.split_ascii_whitespace();
        let value = words.next().filter(|word| *word != "#")?;
        let time = words.next().filter(|word| *word != "#");
        if time.is_some() && words.next().is_some_and(|word| word != "#") {
            return None;
        }
        // Rust reads these words in more spellings than Prometheus writes; they mean the same.
        Some(Self { name, labels, value: value.parse().ok(), time })
    }
}

/// Labels up to the closing brace; returns what follows it. A text alone is the metric's name.
fn labels_of<'l>(
    mut rest: &'l str,
    name: &mut String,
    labels: &mut Vec<(String, String)>,
) -> Option<&'l str> {
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if let Some(after) = rest.strip_prefix('}') {
            return Some(after);
        }
        let key = if rest.starts_with('"') {
            let (key, after) = quoted(rest)?;
            rest = after.trim_start();
            if !rest.starts_with('=') {
                *name = key;
                continue;
            }
            key
        } else {
            let end = rest
                .find(|it: char| !it.is_ascii_alphanumeric() && !matches!(it, '_' | '.' | ':'))?;
            let (key, after) = rest.split_at(end);
            rest = after.trim_start();
            key.to_owned()
        };
        let (value, after) = quoted(rest.strip_prefix('=')?.trim_start())?;
        rest = after;
        if key == "__name__" {
            *name = value;
        } else {
            labels.push((key, value));
        }
    }
}

/// The text between quotation marks, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut out = String::new();
    let mut letters = inner.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((out, &inner[at + 1..])),
            '\\' => match letters.next()?.1 {
                'n' => out.push('\n'),
                other => out.push(other),
            },
            other => out.push(other),
        }
    }
    None
}

/// `{"data": {"result": [{"metric": {…}, "values": [[time, "value"], …]}]}}`.
pub(super) fn read_query<R: Read>(
    content: Guarded<'_, R>,
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    items::read(content, &["data", "result"], intake, &mut |item: Value, place, intake| {
        let Some(Value::Object(metric)) = item.get("metric") else {
            intake.reject(Defect::Malformed, place);
            return Ok(());
        };
        let mut series = Draft::default();
        for (key, value) in metric {
            match (key.as_str(), value.as_str()) {
                ("__name__", Some(name)) => name.clone_into(&mut series.name),
                (_, Some(value)) => series.labels.push((key.clone(), value.to_owned())),
                (_, None) => {}
            }
        }
        if series.name.is_empty() {
            // The answer of an expression has no name.
            "value".clone_into(&mut series.name);
        }
        series.split_part(false);
        let series = series.intern(intake.names);
        let many = item.get("values").and_then(Value::as_array).into_iter().flatten();
        for pair in many.chain(item.get("value")) {
            let time = pair.get(0).and_then(as_number).filter(|time| *time >= 0.0);
            let value = pair.get(1).and_then(as_number);
            match (time, value) {
                (Some(time), Some(value)) => {
                    // Prometheus counts milliseconds; the nearest one is what was meant.
                    let time_ns = Some((time * 1e3).round() as u64 * 1_000_000);
                    intake.point(Point { series, time_ns, value }, place)?;
                }
                (None, _) => intake.reject(Defect::Time, place),
                (_, None) => intake.reject(Defect::Value, place),
            }
        }
        Ok(())
    })
}
