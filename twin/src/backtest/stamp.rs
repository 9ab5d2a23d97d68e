//! The outcome of a backtest in the text of its twin.

use foreshadow_scenarios::CheckedTwin;
use foreshadow_scenarios::node::Node;

use crate::error::Error;

/// The text of a twin with `learned.backtest` set to how its backtest went.
///
/// # Errors
/// [`Error::NotLearned`] when the twin does not say what it was learned from.
pub fn stamped(twin: &CheckedTwin, twin_yaml: &str, passed: bool) -> Result<String, Error> {
    let word = if passed { "passed" } else { "failed" };
    let learned = twin.tree.get("learned").filter(|learned| learned.get("to").is_some());
    let learned = learned.ok_or_else(|| Error::NotLearned(twin.twin.name.clone()))?;
    let text = match (learned.get("backtest"), learned.entry("to")) {
        (Some(old), _) => {
            let (start, end) = ends(old);
            format!("{}{word}{}", &twin_yaml[..start], &twin_yaml[end..])
        }
        (None, Some((key, to))) => {
            let before = &twin_yaml[..key.span.offset as usize];
            let indent = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
            let (_, end) = ends(to);
            let (head, tail) = twin_yaml.split_at(end);
            // In braces, the entry goes on the same line.
            if indent.trim().is_empty() {
                let line = tail.find('\n').unwrap_or(tail.len());
                format!("{head}{}\n{indent}backtest: {word}{}", &tail[..line], &tail[line..])
            } else {
                format!("{head}, backtest: {word}{tail}")
            }
        }
        (None, None) => unreachable!("a learned twin says until when"),
    };
    let files = |_: &std::path::Path| Ok(text.clone());
    match foreshadow_scenarios::load_twin(std::path::Path::new("twin.yaml"), &files) {
        Ok(_) => Ok(text),
        Err(problems) => Err(Error::Refused(problems.to_string())),
    }
}

fn ends(node: &Node) -> (usize, usize) {
    let start = node.span.offset as usize;
    (start, start + node.span.len as usize)
}
