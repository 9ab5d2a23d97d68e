//! The outcome of a backtest in the text of its twin.

use std::path::Path;

use foreshadow_scenarios::CheckedTwin;
use foreshadow_scenarios::node::Node;

use crate::error::Error;

/// The text of a twin with `learned.backtest` set to how its backtest went, and `learned.error` to the
/// median relative error of p95.
///
/// # Errors
/// [`Error::NotLearned`] when the twin does not say what it was learned from.
pub fn stamped(
    twin: &CheckedTwin,
    twin_yaml: &str,
    passed: bool,
    error: f64,
) -> Result<String, Error> {
    let word = if passed { "passed" } else { "failed" };
    let text = with(twin, twin_yaml, "backtest", word)?;
    with(&checked(&text)?, &text, "error", &share(error))
}

/// The text of a learned twin without its outcome of a check: that was of another twin, before
/// something in it was kept or fitted.
#[must_use]
pub fn unstamped(twin_yaml: &str) -> String {
    let mut is_learned = false;
    let stays = |line: &&str| {
        if !line.starts_with([' ', '#']) {
            is_learned = line.starts_with("learned:");
        }
        let entry = line.trim_start();
        !(is_learned && (entry.starts_with("backtest:") || entry.starts_with("error:")))
    };
    twin_yaml.split_inclusive('\n').filter(stays).collect()
}

/// An error as a share, as it stands in a twin; one above 1 is 1 there.
pub(crate) fn share(error: f64) -> String {
    format!("{:.1}%", 100.0 * error.clamp(0.0, 1.0))
}

fn checked(text: &str) -> Result<CheckedTwin, Error> {
    let files = |_: &Path| Ok(text.to_owned());
    foreshadow_scenarios::load_twin(Path::new("twin.yaml"), &files)
        .map_err(|problems| Error::Refused(problems.to_string()))
}

/// The text of a twin with one entry under `learned`.
fn with(twin: &CheckedTwin, twin_yaml: &str, name: &str, value: &str) -> Result<String, Error> {
    let learned = twin.tree.get("learned").filter(|learned| learned.get("to").is_some());
    let learned = learned.ok_or_else(|| Error::NotLearned(twin.twin.name.clone()))?;
    let text = match (learned.get(name), learned.entry("to")) {
        (Some(old), _) => {
            let (start, end) = ends(old);
            format!("{}{value}{}", &twin_yaml[..start], &twin_yaml[end..])
        }
        (None, Some((key, to))) => {
            let before = &twin_yaml[..key.span.offset as usize];
            let indent = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
            let (_, end) = ends(to);
            let (head, tail) = twin_yaml.split_at(end);
            // In braces, the entry goes on the same line.
            if indent.trim().is_empty() {
                let line = tail.find('\n').unwrap_or(tail.len());
                format!("{head}{}\n{indent}{name}: {value}{}", &tail[..line], &tail[line..])
            } else {
                format!("{head}, {name}: {value}{tail}")
            }
        }
        (None, None) => unreachable!("a learned twin says until when"),
    };
    checked(&text).map(|_| text)
}

fn ends(node: &Node) -> (usize, usize) {
    let start = node.span.offset as usize;
    (start, start + node.span.len as usize)
}
