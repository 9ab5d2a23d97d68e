//! A twin learned anew, with what a person put into the old one.
//!
//! Kept are values that are `pinned`, keys that learning never writes (a queue, a breaker, an owner,
//! a component made by hand), the name and the objectives. Everything else is what was learned. The
//! text stays that of the new twin, with its comments, but for the lines of what is kept.

use foreshadow_scenarios::CheckedTwin;
use foreshadow_scenarios::node::{Key, Node, Provenance, Value};

use crate::error::Error;

mod emit;
mod lines;
#[cfg(test)]
mod tests;

use lines::Lines;

/// A twin learned anew, with what was kept of the old one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    /// Its file.
    pub twin_yaml: String,
    /// Addresses of what was kept, in order.
    pub kept: Vec<String>,
}

/// Sections of a twin that people write, and whether an old one replaces a new one.
const SECTIONS: [(&str, bool); 4] =
    [("network", true), ("objectives", true), ("zones", false), ("hosts", false)];

/// Puts what people wrote into `old` into the twin `fresh`, as [`crate::learn`] wrote it.
///
/// # Errors
/// [`Error::Refused`] when what is kept does not fit what was learned, as where a pinned endpoint
/// calls one that is gone.
pub fn update(old: &CheckedTwin, fresh: &str) -> Result<Updated, Error> {
    let new = parsed(fresh)?;
    let mut update = Update { lines: Lines::new(fresh), kept: Vec::new() };
    for (section, replaces) in SECTIONS {
        update.section(section, replaces, old.tree.get(section), new.get(section));
    }
    update.components(&old.tree, &new);
    let twin_yaml = update.lines.text();
    parsed(&twin_yaml)?;
    Ok(Updated { twin_yaml, kept: update.kept })
}

/// Reads a twin from memory, and checks it.
fn parsed(text: &str) -> Result<Node, Error> {
    let files = |_: &std::path::Path| Ok(text.to_owned());
    match foreshadow_scenarios::load_twin(std::path::Path::new("twin.yaml"), &files) {
        Ok(twin) => Ok(twin.tree),
        Err(problems) => Err(Error::Refused(problems.to_string())),
    }
}

/// Whether a person fixed this value.
fn is_pinned(node: &Node) -> bool {
    node.origin.as_ref().is_some_and(|origin| origin.source == Provenance::Pinned)
}

fn any(node: &Node, test: &dyn Fn(&Node) -> bool) -> bool {
    test(node)
        || node.entries().iter().any(|(_, value)| any(value, test))
        || node.items().iter().any(|item| any(item, test))
}

/// Whether anything in it is pinned.
fn has_pins(node: &Node) -> bool {
    any(node, &is_pinned)
}

/// Whether nothing in it was learned: learning writes where a number is from, or what it is called
/// in spans.
fn is_handmade(node: &Node) -> bool {
    let is_learned = |node: &Node| {
        let origin = node.origin.as_ref().map(|origin| origin.source);
        origin.is_some_and(|source| source != Provenance::Pinned)
            || node.get("binds").is_some_and(|binds| binds.get("spans").is_some())
    };
    !any(node, &is_learned)
}

/// A new text in the making.
struct Update {
    lines: Lines,
    kept: Vec<String>,
}

impl Update {
    fn section(&mut self, name: &str, replaces: bool, old: Option<&Node>, new: Option<&Node>) {
        let Some(old) = old else {
            // Proposed objectives that a person took out stay out.
            if name == "objectives" && new.is_some() {
                self.lines.remove(&[name]);
            }
            return;
        };
        let merged = match new {
            Some(new) if replaces && same(old, new) => return,
            _ if replaces => old.clone(),
            Some(new) => merged(old, new),
            None if is_handmade(old) => old.clone(),
            None => return,
        };
        if new.is_some_and(|new| same(&merged, new)) {
            return;
        }
        self.kept.push(name.to_owned());
        self.lines.put(&[], name, &emit::section(name, &merged));
    }

    fn components(&mut self, old: &Node, new: &Node) {
        let new = new.get("components");
        for (key, before) in old.get("components").map_or(&[][..], Node::entries) {
            let name = key.name.as_str();
            match new.and_then(|new| new.get(name)) {
                Some(after) => self.component(name, before, after),
                None if is_handmade(before) || has_pins(before) => {
                    self.kept.push(name.to_owned());
                    self.lines.put(&["components"], name, &emit::component(name, before));
                }
                None => {}
            }
        }
    }

    fn component(&mut self, name: &str, old: &Node, new: &Node) {
        let path = ["components", name];
        for (key, before) in old.entries() {
            let address = format!("{name}.{}", key.name);
            let after = new.get(&key.name);
            match key.name.as_str() {
                "endpoints" => self.endpoints(name, before, after),
                "calls" => self.calls(name, before, after),
                // Where dependencies are known from is true of the files that were read, or not at all.
                "depends_on" if after.is_some() => {}
                word => {
                    let merged = match after {
                        Some(after) => merged(before, after),
                        None if is_handmade(before) || has_pins(before) => before.clone(),
                        None => continue,
                    };
                    if after.is_none_or(|after| !same(&merged, after)) {
                        self.kept.push(address);
                        self.lines.put(&path, word, &emit::entry(2, word, &merged));
                    }
                }
            }
        }
    }

    fn endpoints(&mut self, component: &str, old: &Node, new: Option<&Node>) {
        for (key, before) in old.entries() {
            let name = key.name.as_str();
            let path = ["components", component, "endpoints"];
            let after = new.and_then(|new| new.get(name));
            let merged = match after {
                Some(after) => merged(before, after),
                None if is_handmade(before) || has_pins(before) => before.clone(),
                None => continue,
            };
            if after.is_some_and(|after| same(&merged, after)) {
                continue;
            }
            self.kept.push(format!("{component}.{name}"));
            self.lines.put(&path, name, &emit::endpoint(name, &merged));
        }
    }

    fn calls(&mut self, component: &str, old: &Node, new: Option<&Node>) {
        for (key, before) in old.entries() {
            let name = key.name.as_str();
            let after = new.and_then(|new| new.get(name));
            let merged = match after {
                Some(after) => merged_call(before, after),
                // The language refuses policies of calls that are not made any more.
                None if has_pins(before) => before.clone(),
                None => continue,
            };
            if after.is_some_and(|after| same(&merged, after)) {
                continue;
            }
            self.kept.push(format!("{component}.calls.{name}"));
            let path = ["components", component, "calls"];
            self.lines.put(&path, name, &emit::call(name, &merged));
        }
    }
}

/// The round trip of a call is learned without an origin; without one of its own, the old one goes.
fn merged_call(old: &Node, new: &Node) -> Node {
    let mut old = old.clone();
    if let Value::Map(entries) = &mut old.value {
        entries.retain(|(key, value)| {
            key.name != "network" || new.get("network").is_some() || has_pins(value)
        });
    }
    merged(&old, new)
}

/// `new`, with what is pinned in `old`, and with keys that only `old` has and that nobody learned.
fn merged(old: &Node, new: &Node) -> Node {
    if is_pinned(old) {
        return old.clone();
    }
    match (&old.value, &new.value) {
        (Value::Map(before), Value::Map(after)) => {
            let mut entries: Vec<(Key, Node)> = Vec::new();
            for (key, value) in after {
                let known = old.get(&key.name);
                let value = known.map_or_else(|| value.clone(), |known| merged(known, value));
                entries.push((key.clone(), value));
            }
            for (key, value) in before {
                if new.get(&key.name).is_none() && (is_handmade(value) || has_pins(value)) {
                    entries.push((key.clone(), value.clone()));
                }
            }
            Node { value: Value::Map(entries), ..new.clone() }
        }
        // Positions mean the same things only where the lists are built alike.
        (Value::Seq(before), Value::Seq(after)) if has_pins(old) => {
            if !is_alike(old, new) {
                return old.clone();
            }
            let items = before.iter().zip(after).map(|(old, new)| merged(old, new)).collect();
            Node { value: Value::Seq(items), ..new.clone() }
        }
        _ if has_pins(old) => old.clone(),
        _ => new.clone(),
    }
}

/// Whether two lists of steps do the same things in the same order, whatever the numbers.
fn is_alike(old: &Node, new: &Node) -> bool {
    let word = |node: &Node| -> Vec<String> {
        let calls = ["call", "publish"];
        let name = |(key, value): &(Key, Node)| match value.as_str() {
            Some(target) if calls.contains(&key.name.as_str()) => format!("{}={target}", key.name),
            _ => key.name.clone(),
        };
        let mut words: Vec<String> = node.entries().iter().map(name).collect();
        words.sort();
        words
    };
    let (old, new) = (old.items(), new.items());
    old.len() == new.len() && old.iter().zip(new).all(|(old, new)| word(old) == word(new))
}

/// Whether two values say the same and are from the same, wherever they stand.
fn same(a: &Node, b: &Node) -> bool {
    let origins = match (&a.origin, &b.origin) {
        (None, None) => true,
        (Some(a), Some(b)) => {
            let ends = |a: &Option<Node>, b: &Option<Node>| match (a, b) {
                (Some(a), Some(b)) => same(a, b),
                (a, b) => a.is_none() && b.is_none(),
            };
            a.source == b.source
                && a.from == b.from
                && ends(&a.low, &b.low)
                && ends(&a.high, &b.high)
        }
        _ => false,
    };
    let values = match (&a.value, &b.value) {
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|((k, a), (l, b))| k.name == l.name && same(a, b))
        }
        (Value::Seq(a), Value::Seq(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (a, b) => a == b,
    };
    origins && values
}
