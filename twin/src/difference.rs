//! The values of two twins that differ, by their address.

use foreshadow_scenarios::node::{Node, Value};
use serde::Serialize;

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValueChange {
    /// Where, as for `--set`.
    pub address: String,
    /// What stands there in the older twin, in YAML; nothing where it is new.
    pub before: Option<String>,
    /// What stands there in the newer.
    pub after: Option<String>,
}

/// The values of two twins that differ, in the order of the newer file and then of the older.
pub(crate) fn differences(old: &Node, new: &Node) -> Vec<ValueChange> {
    let mut changes = Vec::new();
    // A component that is new or gone is a part that is new or gone, and is not listed again.
    for (name, component) in new.get("components").map_or(&[][..], Node::entries) {
        let before = old.get("components").and_then(|components| components.get(&name.name));
        if let Some(before) = before {
            walk(name.name.clone(), before, component, &mut changes);
        }
    }
    for section in ["network", "zones", "hosts"] {
        differ(section.to_owned(), old.get(section), new.get(section), &mut changes);
    }
    changes
}

fn walk(at: String, old: &Node, new: &Node, changes: &mut Vec<ValueChange>) {
    match (&old.value, &new.value) {
        (Value::Map(before), Value::Map(after)) => {
            let under = |name: &str| format!("{at}.{name}");
            for (key, value) in after {
                differ(under(&key.name), old.get(&key.name), Some(value), changes);
            }
            for (key, value) in before {
                if new.get(&key.name).is_none() {
                    differ(under(&key.name), Some(value), None, changes);
                }
            }
        }
        (Value::Seq(before), Value::Seq(after)) => {
            for index in 0..before.len().max(after.len()) {
                differ(format!("{at}[{index}]"), before.get(index), after.get(index), changes);
            }
        }
        _ => {
            let (before, after) = (old.to_string(), new.to_string());
            if before != after {
                changes.push(ValueChange { address: at, before: Some(before), after: Some(after) });
            }
        }
    }
}

fn differ(at: String, old: Option<&Node>, new: Option<&Node>, changes: &mut Vec<ValueChange>) {
    match (old, new) {
        (Some(old), Some(new)) => walk(at, old, new, changes),
        (None, None) => {}
        (before, after) => changes.push(ValueChange {
            address: at,
            before: before.map(ToString::to_string),
            after: after.map(ToString::to_string),
        }),
    }
}
