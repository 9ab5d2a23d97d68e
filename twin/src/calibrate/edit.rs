//! The twin's text with its fitted values, each with its origin; all else stays as people wrote it.

use foreshadow_scenarios::{Scenario, address};

use super::{Fitted, Run};
use crate::backtest::unstamped;

/// The text of the twin's file with the fitted values in it.
///
/// # Errors
/// What cannot be replaced, in words.
pub(super) fn edited(
    scenario: &Scenario,
    fitted: &[Fitted],
    runs: &[&Run],
    held: &[&Run],
) -> Result<String, String> {
    let source = scenario
        .sources
        .iter()
        .position(|source| source.path.as_deref() == Some(scenario.twin_path.as_path()));
    let source = source.ok_or("the twin's file is not among the sources")?;
    let text = scenario.sources.iter().nth(source).map(|source| source.text.to_string());
    let mut text = text.ok_or("the twin's file has no text")?;
    let mut edits = Vec::new();
    for parameter in fitted {
        let (low, high) = parameter.interval;
        let from = if held.is_empty() {
            format!("calibrated on {} runs", runs.len())
        } else {
            format!("calibrated on {} runs, {} held back", runs.len(), held.len())
        };
        let value = parameter.value;
        let new = format!(
            "{{value: {value}, source: inferred, from: \"{from}\", low: {low}, high: {high}}}"
        );
        for address in &parameter.parameter.addresses {
            let node = address::get(&scenario.twin_tree, address)
                .ok_or_else(|| format!("nothing stands at `{address}`"))?;
            let span = node.origin.as_ref().map_or(node.span, |origin| origin.span);
            if span.file as usize != source {
                return Err(format!("`{address}` is set by a change, not by the twin's file"));
            }
            let start = span.offset as usize;
            let end = if node.origin.is_some() {
                flow_end(&text, start).ok_or_else(|| {
                    format!("write the origin of `{address}` on one line, in braces, to have it replaced")
                })?
            } else {
                start + span.len as usize
            };
            edits.push((start, end, new.clone()));
        }
    }
    // From the end, so that places before it stay where they are.
    edits.sort_by_key(|(start, _, _)| std::cmp::Reverse(*start));
    for (start, end, new) in edits {
        if !text.is_char_boundary(start) || !text.is_char_boundary(end) {
            return Err(String::from("the twin's text is not where it was read"));
        }
        text.replace_range(start..end, &new);
    }
    Ok(unstamped(&text))
}

/// Where the map in braces that begins at `start` ends.
fn flow_end(text: &str, start: usize) -> Option<usize> {
    let (mut depth, mut quote) = (0_u32, None);
    for (at, c) in text.get(start..)?.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(start + at + 1);
                }
            }
            (None, _) if depth == 0 => return None,
            (Some(_) | None, _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::flow_end;

    #[test]
    fn a_map_in_braces_ends_at_its_brace() {
        let text = "a: {value: 2, from: \"x}\", law: {p: 1}} # {";
        assert_eq!(flow_end(text, 3), Some(38));
        assert_eq!(flow_end("value: 2", 0), None);
    }
}
