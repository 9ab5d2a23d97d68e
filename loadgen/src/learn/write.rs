//! The text of a load file.

use std::time::Duration;

use foreshadow_scenarios::LearnedLoad;
use foreshadow_sim::plan::Waver;

use super::sizes::Sizes;
use super::{Entry, Findings, sessions};
use crate::forecast::{Forecast, LEVELS, words};

/// Rates in a line: a day of hours.
const IN_A_LINE: usize = 24;

/// A number with four digits that say something.
pub(super) fn number(value: f64) -> String {
    if value == 0.0 {
        return String::from("0");
    }
    let digits = (3 - value.abs().log10().floor() as i32).clamp(0, 9) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A timestamp of seconds since 1970.
pub(super) fn timestamp(second: i64) -> String {
    jiff::Timestamp::from_second(second).map_or_else(|_| second.to_string(), |at| at.to_string())
}

/// A duration as files have it.
pub(super) fn duration(seconds: f64) -> String {
    let whole = seconds.round() as i64;
    if (seconds - whole as f64).abs() > 1e-9 || whole == 0 {
        return format!("{}s", number(seconds));
    }
    for (unit, name) in [(86_400, "d"), (3600, "h"), (60, "m")] {
        if whole % unit == 0 {
            return format!("{}{name}", whole / unit);
        }
    }
    format!("{whole}s")
}

/// A text that YAML reads as it is.
pub(super) fn quoted(text: &str) -> String {
    // JSON's strings are YAML's.
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted += &format!("\\u{:04x}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

pub(super) fn share(share: f64) -> String {
    format!("{}%", number(100.0 * share))
}

pub(super) fn yaml(findings: &Findings<'_>) -> String {
    let Findings { name, files, requests, bin, start, per_s, .. } = findings;
    let files: Vec<String> = files.iter().map(|file| quoted(file)).collect();
    let mut text = format!(
        "foreshadow: load/v1\nname: {}\nlearned: {{files: [{}], requests: {requests}}}\nbin: {}\n",
        quoted(name),
        files.join(", "),
        duration(*bin as f64)
    );
    let seasons: Vec<String> =
        findings.seasons.iter().map(|bins| duration((*bins as i64 * bin) as f64)).collect();
    text += &format!("seasons: [{}]\n", seasons.join(", "));
    text += &format!("history:\n  start: {}\n  per_s: [\n", timestamp(*start));
    for line in per_s.chunks(IN_A_LINE) {
        let rates: Vec<String> =
            line.iter().map(|rate| rate.map_or_else(|| "null".into(), number)).collect();
        text += &format!("    {},\n", rates.join(", "));
    }
    text += "  ]\n";
    if !findings.unusual.is_empty() {
        text += "unusual:                                # left out of forecasts\n";
    }
    for odd in &findings.unusual {
        let (from, to) = (timestamp(odd.from), timestamp(odd.to));
        let why = format!("{}/s, usually {}/s", number(odd.rate), number(odd.usual));
        text += &format!("  - {{from: {from}, to: {to}, why: {}}}\n", quoted(&why));
    }
    if !findings.special_days.is_empty() {
        text += "special_days:\n";
    }
    for (day, factor) in &findings.special_days {
        let day: String = timestamp(*day).chars().take(10).collect();
        text += &format!("  - {{day: {}, factor: {}}}\n", quoted(&day), number(*factor));
    }
    text += "mix:                                    # an entry without `endpoint` must be given one, or be removed\n";
    for entry in &findings.mix {
        text += &mix_entry(entry);
    }
    text += &bursts(findings);
    text + &findings
        .sessions
        .as_ref()
        .map_or_else(String::new, |found| sessions::yaml(found, &findings.mix))
}

fn mix_entry(entry: &Entry) -> String {
    let mut text = String::from("  - {");
    if let Some(endpoint) = &entry.endpoint {
        text += &format!("endpoint: {}, ", quoted(endpoint));
    }
    text += &format!("operation: {}, share: {}", quoted(&entry.operation), share(entry.share));
    for (name, sizes) in [("answer", entry.answer_bytes), ("request", entry.request_bytes)] {
        let Some(Sizes { mean, quantiles: [p50, p95, p99] }) = sizes else { continue };
        let [mean, p50, p95, p99] = [mean, p50, p95, p99].map(number);
        text +=
            &format!(",\n     {name}_bytes: {{mean: {mean}, p50: {p50}, p95: {p95}, p99: {p99}}}");
    }
    if let Some(hours) = &entry.by_hour {
        let hours: Vec<String> = hours.iter().map(|hour| share(*hour)).collect();
        text += &format!(",\n     by_hour: [{}]", hours.join(", "));
    }
    text + "}\n"
}

fn bursts(findings: &Findings<'_>) -> String {
    let Some((step, parts)) = &findings.bursts else { return String::new() };
    let mut text = format!("bursts:\n  step: {}\n", duration(*step as f64));
    let index = |(width, index): &(i64, f64)| {
        format!("{{window: {}, index: {}}}", duration(*width as f64), number(*index))
    };
    let all: Vec<String> = findings.dispersion.iter().map(index).collect();
    text += &format!("  dispersion: [{}]\n", all.join(", "));
    text + &wavers(parts, "  ")
}

/// The parts of bursts, with so much before each line.
pub(super) fn wavers(parts: &[Waver], indent: &str) -> String {
    if parts.is_empty() {
        return format!("{indent}wavers: []\n");
    }
    let mut text = format!(
        "{indent}wavers:                               # variance of the rate, and how long it remembers\n"
    );
    for waver in parts {
        text += &format!("{indent}  - {{over: {}", duration(waver.over.as_secs_f64()));
        for (name, value) in [("shared", waver.shared), ("own", waver.own_per_s)] {
            if value > 0.0 {
                text += &format!(", {name}: {}", number(value));
            }
        }
        text += "}\n";
    }
    text
}

/// The section of a load file that holds a forecast, which begins at `start` \[ns since 1970\].
#[must_use]
pub fn forecast_section(start: i64, forecast: &Forecast) -> String {
    let levels: Vec<String> = LEVELS.iter().map(|level| share(*level)).collect();
    let start = timestamp(start.div_euclid(1_000_000_000));
    let mut text =
        format!("forecast:\n  start: {start}\n  levels: [{}]\n  per_s:\n", levels.join(", "));
    for step in &forecast.quantiles {
        let rates: Vec<String> = step.iter().map(|rate| number(*rate)).collect();
        text += &format!("    - [{}]\n", rates.join(", "));
    }
    text
}

/// The text of a load file with this forecast in place of its own; all else stays as it is.
#[must_use]
pub fn with_forecast(yaml: &str, load: &LearnedLoad, forecast: &Forecast) -> String {
    let mut inside = false;
    let mut text = String::new();
    for line in yaml.lines() {
        let begins = |c: char| c.is_ascii_alphabetic() || c == '#';
        inside = if line.starts_with(begins) { line.starts_with("forecast:") } else { inside };
        if !inside {
            text += line;
            text += "\n";
        }
    }
    let end = load.history + load.file.history.per_s.len() as i64 * load.bin;
    text + &forecast_section(end, forecast)
}

/// Bins of a file in words, for messages.
pub(super) fn seconds(seconds: i64) -> String {
    words(Duration::from_secs(seconds.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_digits_and_texts_survive() {
        let shown = [0.0, 0.012_345_6, 1.0, 12.346, 1234.6, 98_765.4].map(number);
        assert_eq!(shown, ["0", "0.01235", "1", "12.35", "1235", "98765"].map(String::from));
        assert_eq!(
            [2.5, 3600.0, 90.0, 172_800.0, 0.0].map(duration),
            ["2.5s", "1h", "90s", "2d", "0s"]
        );
        assert_eq!(quoted("GET /a\"b\n"), r#""GET /a\"b\u000a""#);
    }
}
