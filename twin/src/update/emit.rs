//! Values of a tree as lines of a file.

use foreshadow_scenarios::node::{Node, Value};

use crate::write::{Page, key, quoted};

/// A section: its entries on lines of their own.
pub(super) fn section(name: &str, node: &Node) -> Vec<String> {
    let mut page = Page::default();
    put(&mut page, 0, name, node, 1);
    lines(page)
}

/// A component, whole.
pub(super) fn component(name: &str, node: &Node) -> Vec<String> {
    let mut page = Page::default();
    page.line(1, &format!("{}:", key(name)));
    for (entry, value) in node.entries() {
        let depth = match entry.name.as_str() {
            "endpoints" => 3,
            "calls" => 2,
            _ => 0,
        };
        put(&mut page, 2, &entry.name, value, depth);
    }
    lines(page)
}

/// An endpoint, whole.
pub(super) fn endpoint(name: &str, node: &Node) -> Vec<String> {
    let mut page = Page::default();
    put(&mut page, 3, name, node, 2);
    lines(page)
}

/// What is said of the calls of one callee.
pub(super) fn call(name: &str, node: &Node) -> Vec<String> {
    let mut page = Page::default();
    put(&mut page, 3, name, node, 1);
    lines(page)
}

/// One key and its value, `indent` levels in.
pub(super) fn entry(indent: usize, name: &str, node: &Node) -> Vec<String> {
    let mut page = Page::default();
    put(&mut page, indent, name, node, 0);
    lines(page)
}

fn lines(page: Page) -> Vec<String> {
    page.finish().lines().map(str::to_owned).collect()
}

/// A key and its value: `depth` levels of maps and lists on lines of their own, the rest in braces.
fn put(page: &mut Page, indent: usize, name: &str, node: &Node, depth: usize) {
    let in_block = depth > 0 && node.origin.is_none();
    match &node.value {
        Value::Map(entries) if in_block && !entries.is_empty() => {
            page.line(indent, &format!("{}:", key(name)));
            for (key, value) in entries {
                put(page, indent + 1, &key.name, value, depth - 1);
            }
        }
        Value::Seq(items) if in_block && !items.is_empty() => {
            page.line(indent, &format!("{}:", key(name)));
            for item in items {
                page.line(indent + 1, &format!("- {}", flow(item)));
            }
        }
        _ => page.line(indent, &format!("{}: {}", key(name), flow(node))),
    }
}

/// A value with its origin on one line.
fn flow(node: &Node) -> String {
    let value = match &node.value {
        Value::Null => String::from("null"),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Str(text) => scalar(text),
        Value::Seq(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) => {
            let entry = |(name, value): &(foreshadow_scenarios::node::Key, Node)| {
                format!("{}: {}", key(&name.name), flow(value))
            };
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    };
    let Some(origin) = &node.origin else { return value };
    let mut words = format!("value: {value}, source: {}", origin.source.name());
    for (word, end) in [("low", &origin.low), ("high", &origin.high)] {
        if let Some(end) = end {
            words += &format!(", {word}: {}", flow(end));
        }
    }
    if let Some(from) = &origin.from {
        words += &format!(", from: {}", quoted(from));
    }
    format!("{{{words}}}")
}

/// A text as plain as YAML allows: numbers with a unit need no quotes.
fn scalar(text: &str) -> String {
    let is_quantity = text.starts_with(|c: char| c.is_ascii_digit())
        && text.ends_with(|c: char| c.is_ascii_alphabetic() || c == '%')
        && text.bytes().all(|b| b.is_ascii_digit() || b".%/smhunkMGu".contains(&b));
    if is_quantity || text == "unlimited" { text.to_owned() } else { quoted(text) }
}
