//! Numbers, names and lines as they stand in the file.

use crate::law::ends::{self, Ends};
use crate::law::{Fit, Law};
use crate::model::Step;

/// The longest line, where it can be helped.
const WIDTH: usize = 110;

/// Text in the making.
#[derive(Debug, Default)]
pub(crate) struct Page(String);

impl Page {
    /// A line, two spaces an indent; a longer one is broken after commas.
    pub(crate) fn line(&mut self, indent: usize, line: &str) {
        let mut room = WIDTH.saturating_sub(2 * indent).max(40);
        let mut rest = line;
        let mut prefix = "  ".repeat(indent);
        while rest.len() > room {
            let Some(at) = break_at(rest, room) else { break };
            let (head, tail) = rest.split_at(at);
            self.push(&prefix, head);
            rest = tail.trim_start();
            prefix = "  ".repeat(indent + 3);
            room = WIDTH.saturating_sub(2 * (indent + 3)).max(40);
        }
        self.push(&prefix, rest);
    }

    fn push(&mut self, prefix: &str, line: &str) {
        self.0.push_str(prefix);
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }

    /// A line with a note behind it, or above it where there is no room behind.
    pub(crate) fn noted(&mut self, indent: usize, line: &str, note: Option<&str>) {
        match note {
            None => self.line(indent, line),
            Some(note) if 2 * indent + line.len() + note.len() + 3 <= WIDTH => {
                self.line(indent, &format!("{line} # {note}"));
            }
            Some(note) => {
                self.comment(indent, note);
                self.line(indent, line);
            }
        }
    }

    /// A comment, wrapped at words.
    pub(crate) fn comment(&mut self, indent: usize, words: &str) {
        let prefix = format!("{}#", "  ".repeat(indent));
        let mut line = prefix.clone();
        for word in words.split_whitespace() {
            if line.len() > prefix.len() && line.len() + 1 + word.len() > 100 {
                self.0.push_str(&line);
                self.0.push('\n');
                line.clone_from(&prefix);
            }
            line.push(' ');
            line.push_str(word);
        }
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }

    /// An empty line.
    pub(crate) fn gap(&mut self) {
        self.0.push('\n');
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }
}

/// After the last comma within `room` that is outside of quotes.
fn break_at(line: &str, room: usize) -> Option<usize> {
    let (mut quoted, mut escaped, mut found) = (false, false, None);
    for (i, c) in line.char_indices() {
        if i >= room && found.is_some() {
            break;
        }
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted && i > 20 => found = Some(i + 1),
            _ => {}
        }
    }
    found.filter(|&at| at < line.len())
}

/// A value with `digits` significant digits, in plain decimals, without trailing zeros.
pub(crate) fn number(value: f64, digits: i32) -> String {
    if value == 0.0 || !value.is_finite() {
        return String::from("0");
    }
    let magnitude = value.abs().log10().floor() as i32;
    let decimals = digits - 1 - magnitude;
    if decimals <= 0 {
        let scale = 10_f64.powi(-decimals);
        return format!("{:.0}", (value / scale).round() * scale);
    }
    let text = format!("{value:.*}", decimals.min(15) as usize);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A time [ns] with three significant digits and its unit.
pub(crate) fn duration(nanos: f64) -> String {
    let (scale, unit) = match nanos {
        _ if nanos < 0.5 => return String::from("0s"),
        _ if nanos < 999.5 => (1.0, "ns"),
        _ if nanos < 999_500.0 => (1e3, "us"),
        _ if nanos < 999.5e6 => (1e6, "ms"),
        _ => (1e9, "s"),
    };
    format!("{}{unit}", number(nanos / scale, 3))
}

/// A long time [ns] with three significant digits and its unit, up to days.
pub(crate) fn period(nanos: f64) -> String {
    let (scale, unit) = match nanos {
        _ if nanos < 90e9 => return duration(nanos),
        _ if nanos < 90.0 * 60e9 => (60e9, "m"),
        _ if nanos < 48.0 * 3600e9 => (3600e9, "h"),
        _ => (86_400e9, "d"),
    };
    format!("{}{unit}", number(nanos / scale, 3))
}

/// A share with `digits` significant digits.
pub(crate) fn percent(share: f64, digits: i32) -> String {
    format!("{}%", number(share * 100.0, digits))
}

/// A rate [1/s] with three significant digits.
pub(crate) fn rate(per_second: f64) -> String {
    format!("{}/s", number(per_second, 3))
}

/// An instant [ns since 1970] to the millisecond.
pub(crate) fn instant(nanos: u64) -> String {
    match jiff::Timestamp::from_nanosecond(i128::from(nanos)) {
        Ok(instant) => format!("{instant:.3}"),
        Err(_) => format!("{nanos}ns"),
    }
}

/// A value with its 95 % interval, where that shows in three digits.
fn within(value: f64, (low, high): Ends, written: fn(f64) -> String) -> String {
    let [value, low, high] = [value, low, high].map(written);
    if value == low && value == high {
        return value;
    }
    format!("{{value: {value}, source: observed, low: {low}, high: {high}}}")
}

/// How often a part of a mixture is taken, of laws that were told apart by their times. Ranges of one
/// empirical law have their weights by definition.
pub(super) fn weight(weight: f64, of: &Law, n: f64) -> String {
    let written = |share: f64| percent(share, 3);
    match of {
        Law::Empirical(_) => written(weight),
        _ => within(weight, ends::share(weight, n), written),
    }
}

/// A law as a flow value, its parameters with their intervals where `n` independent times say so.
pub(super) fn law(law: &Law, n: f64) -> String {
    let plain = |value: f64| number(value, 3);
    match law {
        Law::Constant(value) => duration(*value),
        Law::Exponential(mean) => {
            let mean = within(*mean, ends::exponential(*mean, n), duration);
            format!("{{exponential: {{mean: {mean}}}}}")
        }
        Law::Lognormal { mu, sigma } => {
            let [of_p50, of_p99] = ends::lognormal(*mu, *sigma, n);
            let p50 = within(mu.exp(), of_p50, duration);
            let p99 = within(Law::lognormal_p99(*mu, *sigma), of_p99, duration);
            format!("{{lognormal: {{p50: {p50}, p99: {p99}}}}}")
        }
        Law::Gamma { mean, scv } => {
            let [of_mean, of_scv] = ends::gamma(*mean, *scv, n);
            let mean = within(*mean, of_mean, duration);
            format!("{{gamma: {{mean: {mean}, scv: {}}}}}", within(*scv, of_scv, plain))
        }
        Law::Empirical(quantiles) => {
            let scale = within(1.0, ends::scale(quantiles, n), plain);
            let scale = if scale == "1" { String::new() } else { format!(", scale: {scale}") };
            let quantiles: Vec<String> = quantiles.iter().map(|q| duration(*q)).collect();
            format!("{{empirical: {{quantiles: [{}]{scale}}}}}", quantiles.join(", "))
        }
        Law::Mixture(parts) => {
            let part = |(weight, of): &(f64, Law)| {
                let share = self::weight(*weight, of, n);
                format!("{{weight: {share}, of: {}}}", self::law(of, weight * n))
            };
            format!("{{mixture: [{}]}}", parts.iter().map(part).collect::<Vec<_>>().join(", "))
        }
    }
}

/// A fitted law, with its origin where it rests on next to nothing.
pub(super) fn fitted(fit: &Fit, of: &str) -> String {
    if !fit.is_guess() {
        return law(&fit.law, fit.effective);
    }
    let from = match fit.samples {
        1 => format!("one {of} only; the form is assumed"),
        n => format!("mean of {n} {of}s; the form is assumed"),
    };
    format!("{{value: {}, source: inferred, from: \"{from}\"}}", law(&fit.law, fit.effective))
}

/// A call as a mapping: in braces where it stands in a list or has more than one key.
pub(super) fn call_word(step: &Step, braces: bool) -> String {
    let (word, target, count, probability, optional) = match step {
        Step::Call { target, count, probability, optional } => {
            ("call", target, count, probability, *optional)
        }
        Step::Publish { target, count, probability } => {
            ("publish", target, count, probability, false)
        }
        _ => unreachable!("branches hold calls only"),
    };
    let mut words = format!("{word}: {}", quoted(target));
    if *count > 1 {
        words.extend([", count: ", &count.to_string()]);
    }
    if let Some(probability) = probability {
        words.extend([", probability: ", &percent(*probability, 3)]);
    }
    if optional {
        words += ", optional: true";
    }
    let is_plain = !braces && *count == 1 && probability.is_none() && !optional;
    if is_plain { words } else { format!("{{{words}}}") }
}

/// A key, quoted where YAML would take it for something else.
pub(crate) fn key(name: &str) -> String {
    quoted(name)
}

/// A text in quotes, whatever it is.
pub(crate) fn in_quotes(text: &str) -> String {
    let words = quoted(text);
    if words.starts_with('"') { words } else { format!("\"{words}\"") }
}

/// A text, quoted unless it is a plain word.
pub(crate) fn quoted(text: &str) -> String {
    const WORDS: [&str; 10] =
        ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "unlimited"];
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./".contains(&b))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if is_plain {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() || c == '\u{feff}' || ('\u{2028}'..='\u{2029}').contains(&c) => {
                quoted.extend(["\\u", &format!("{:04x}", u32::from(c))]);
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_few_digits_and_a_unit() {
        for (nanos, expected) in [
            (0.0, "0s"),
            (12.0, "12ns"),
            (4_132_700.0, "4.13ms"),
            (999_700.0, "1ms"),
            (86_212_345.0, "86.2ms"),
            (350_000_000.0, "350ms"),
            (1_234_567_890.0, "1.23s"),
            (120e9, "120s"),
            (123_456e9, "123000s"),
        ] {
            assert_eq!(duration(nanos), expected);
        }
        assert_eq!(percent(0.486_055, 3), "48.6%");
        assert_eq!(percent(1.0, 4), "100%");
        assert_eq!(rate(8.366), "8.37/s");
        assert_eq!(rate(0.000_012_34), "0.0000123/s");
    }

    #[test]
    fn what_yaml_would_misread_is_quoted() {
        for (text, expected) in [
            ("hipstershop.Frontend/Recv.", "hipstershop.Frontend/Recv."),
            ("no", "\"no\""),
            ("12", "\"12\""),
            ("/*", "\"/*\""),
            ("say \"hi\"\n", "\"say \\\"hi\\\"\\u000a\""),
            ("", "\"\""),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }

    #[test]
    fn long_lines_break_after_commas() {
        let mut page = Page::default();
        let items: Vec<String> = (0..40).map(|i| format!("item{i}")).collect();
        page.line(1, &format!("- [{}, \"a, b\"]", items.join(", ")));
        let text = page.finish();
        assert!(text.lines().count() > 1 && text.lines().all(|line| line.len() <= WIDTH), "{text}");
    }
}
