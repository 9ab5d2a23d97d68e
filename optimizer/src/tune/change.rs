//! The change as a file.

use std::fmt::Write as _;

use super::report::{FinalistReport, Part, Report};

/// The recommended change as a change file; none where nothing is shown to hold.
///
/// Only what differs from the system as it is stands in it.
#[must_use]
pub fn change_file(report: &Report) -> Option<String> {
    let change: &FinalistReport = report.change()?;
    let unit = report.unit.as_deref().unwrap_or("");
    let mut text =
        format!("foreshadow: change/v1\nname: {}\n", quoted(&format!("{}-tuned", report.scenario)));
    let before = report.cost_before.map_or_else(String::new, |before| {
        format!(", {} before", format!("{} {unit}", rounded(before)).trim())
    });
    let cost = format!("{} {unit}", rounded(change.cost));
    let about = format!(
        "holds every objective of {} at 95 %, among {}, for this twin and {}; costs {}{before}",
        report.scenario,
        match report.finalists.len() {
            1 => String::from("one finalist"),
            count => format!("{count} finalists"),
        },
        report.load(),
        cost.trim()
    );
    let _ = writeln!(text, "about: {}", quoted(&about));
    let _ = writeln!(text, "scenario: {}", quoted(&report.scenario));
    let _ = writeln!(text, "repeat: {}", quoted(&report.repeat));
    if report.parts.is_empty() {
        return None;
    }
    text += "changes:\n";
    for Part { address, before, after, .. } in &report.parts {
        let _ = writeln!(text, "  {}: {after} # was {before}", quoted_key(address));
    }
    text += "parts:\n";
    for part in &report.parts {
        let cost = part.cost.map_or_else(String::new, |cost| format!(", cost: {}", rounded(cost)));
        let without: Vec<String> = part.without.iter().map(|one| quoted(one)).collect();
        let without = if without.is_empty() {
            String::new()
        } else {
            format!(", without: [{}]", without.join(", "))
        };
        let _ = writeln!(
            text,
            "  - {{address: {}, before: {}{cost}{without}}}",
            quoted(&part.address),
            part.before
        );
    }
    Some(text)
}

/// A number without the noise of its last digits.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// A string of JSON is one of YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A key as people write it, where it can be.
fn quoted_key(text: &str) -> String {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    if plain { text.to_owned() } else { quoted(text) }
}
