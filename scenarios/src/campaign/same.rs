//! Which faults are the same thing, however they are written.
//!
//! A fault is its kind, its target and its magnitude; when it happens and for how long is its course.
//! Order of keys and units of times (`1m`, `60s`) make no difference.

use std::collections::BTreeMap;

use super::{Failure, Single};
use crate::node::{Node, Value};
use crate::units;

/// Keys that say when a fault happens, and for how long.
const COURSE: [&str; 2] = ["start", "duration"];

impl Single {
    /// Whether a failure is this fault: of its kind and magnitude, at its target, whatever their
    /// courses; with `course`, of the same course as well.
    #[must_use]
    pub fn is_what_fails(&self, failure: &Failure, course: bool) -> bool {
        let without = if course { &[][..] } else { &COURSE };
        let [fault] = failure.faults.as_slice() else { return false };
        self.drawn.is_empty() && form(&self.fault, without) == form(fault, without)
    }
}

/// What a fault is, in one form for all ways to write it, but for some of its keys.
fn form(fault: &Node, without: &[&str]) -> String {
    let kinds = fault.entries().iter().map(|(kind, body)| {
        let own = body.entries().iter().filter(|(key, _)| !without.contains(&key.name.as_str()));
        let own: BTreeMap<&str, String> =
            own.map(|(key, value)| (key.name.as_str(), plain(value))).collect();
        format!("{}: {own:?}", kind.name)
    });
    kinds.collect()
}

/// A value with its keys in order, its shares as numbers, its times in one form.
fn plain(value: &Node) -> String {
    match &value.value {
        Value::Map(entries) => {
            let entries: BTreeMap<&str, String> =
                entries.iter().map(|(key, value)| (key.name.as_str(), plain(value))).collect();
            format!("{entries:?}")
        }
        Value::Seq(items) => format!("{:?}", items.iter().map(plain).collect::<Vec<_>>()),
        Value::Str(text) => match (units::share(text), units::duration(text)) {
            (Ok(share), _) => share.to_string(),
            (_, Ok(time)) => format!("{time:?}"),
            _ => text.clone(),
        },
        _ => value.to_string(),
    }
}

/// Keeps the first of equal faults; returns what is said of the others.
pub(super) fn drop_equal(singles: &mut Vec<Single>) -> Vec<String> {
    let mut known = std::collections::BTreeSet::new();
    let mut dropped = Vec::new();
    singles.retain(|single| {
        let is_new = known.insert(form(&single.fault, &[]));
        if !is_new {
            dropped.push(format!("{}: it is named twice", single.name));
        }
        is_new
    });
    dropped
}

/// Gives faults of one name what tells them apart: `crash at cart (duration: 3s)`.
pub(super) fn name_apart(singles: &mut [Single]) {
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, single) in singles.iter().enumerate() {
        by_name.entry(single.name.clone()).or_default().push(index);
    }
    for (name, group) in by_name.into_iter().filter(|(_, group)| group.len() > 1) {
        let bodies: Vec<BTreeMap<String, String>> =
            group.iter().map(|&index| body(&singles[index].fault)).collect();
        for (&index, own) in group.iter().zip(&bodies) {
            let differs = |(key, value): &(&String, &String)| {
                bodies.iter().any(|other| other.get(*key) != Some(*value))
            };
            let differing = own.iter().filter(differs);
            let apart: Vec<String> =
                differing.map(|(key, value)| format!("{key}: {value}")).collect();
            if !apart.is_empty() {
                singles[index].name = format!("{name} ({})", apart.join(", "));
            }
        }
    }
}

/// The keys of a fault and their values as written.
fn body(fault: &Node) -> BTreeMap<String, String> {
    let entries = fault.entries().first().map_or(&[][..], |(_, body)| body.entries());
    entries.iter().map(|(key, value)| (key.name.clone(), value.to_string())).collect()
}
