//! Scenarios on top of others.

use std::path::{Path, PathBuf};

use super::{Reader, expect_kind, read};
use crate::node::{Node, Value};
use crate::problem::Problem;
use crate::schema::Kind;
use crate::source::{Sources, Span};

/// The scenario at `path`, on top of all that it extends.
pub(super) fn extended(
    sources: &mut Sources,
    path: &Path,
    reader: Reader<'_>,
) -> Result<Node, Problem> {
    let mut chain: Vec<Node> = Vec::new();
    let mut seen = vec![normal(path)];
    let mut named = None;
    let mut path = path.to_owned();
    loop {
        let mut tree = read(sources, &path, named, reader)?;
        expect_kind(&tree, Kind::Scenario)?;
        let mut base = None;
        if let Value::Map(entries) = &mut tree.value
            && let Some(index) = entries.iter().position(|(key, _)| key.name == "extends")
        {
            let (_, node) = entries.remove(index);
            let Some(name) = node.as_str() else {
                let found = node.describe();
                return Err(Problem::at(node.span, format!("expected a path, found {found}")));
            };
            base = Some((node.span, name.to_owned()));
        }
        chain.push(tree);
        let Some((span, name)) = base else { break };
        path = sources.resolve(span, &name);
        if seen.contains(&normal(&path)) {
            let mut names: Vec<_> = seen.iter().map(|p| p.display().to_string()).collect();
            names.push(normal(&path).display().to_string());
            return Err(Problem::at(span, "scenarios extend each other in a circle")
                .label("leads back")
                .help(names.join(" → ")));
        }
        seen.push(normal(&path));
        named = Some(span);
    }
    let mut tree = chain.pop().unwrap_or_else(|| Node::empty_map(Span::default()));
    while let Some(over) = chain.pop() {
        tree = merge_scenarios(tree, over);
    }
    Ok(tree)
}

/// `path` without `.` and `..` where that can be told from the text alone.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir if normal.file_name().is_some() => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

/// Sections of a scenario that are merged, and how many levels of keys: the rest is replaced.
const MERGED: [(&str, u8); 6] =
    [("changes", 1), ("run", 1), ("campaign", 1), ("tune", 1), ("load", 2), ("requests", 2)];

/// A scenario on top of the one that it extends.
fn merge_scenarios(base: Node, over: Node) -> Node {
    merge_entries(base, over, |section| {
        let merged = MERGED.iter().find(|(name, _)| *name == section);
        merged.map_or(0, |(_, levels)| *levels)
    })
}

/// `over` on top of `base`, key by key for `levels` levels; below, `over` stands.
fn merge(base: Node, over: Node, levels: u8) -> Node {
    let maps = matches!((&base.value, &over.value), (Value::Map(_), Value::Map(_)));
    if levels == 0 || !maps {
        return over;
    }
    merge_entries(base, over, |_| levels - 1)
}

fn merge_entries(base: Node, over: Node, levels: impl Fn(&str) -> u8) -> Node {
    let (Value::Map(mut entries), Value::Map(overlay)) = (base.value, over.value) else {
        unreachable!("only maps are merged");
    };
    for (key, node) in overlay {
        let index = entries.iter().position(|(known, _)| known.name == key.name);
        match index {
            // Nothing takes away what was inherited.
            Some(index) if node.value == Value::Null => {
                entries.remove(index);
            }
            Some(index) => {
                let known = std::mem::replace(&mut entries[index].1, Node::empty_map(over.span));
                let levels = levels(&key.name);
                entries[index] = (key, merge(known, node, levels));
            }
            None => entries.push((key, node)),
        }
    }
    Node { value: Value::Map(entries), origin: over.origin, span: over.span }
}
