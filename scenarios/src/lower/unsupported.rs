//! What the language has and the simulator lacks, in one list; each is refused by name.
//!
//! A rule is a path into the tree: `*` is any key or item, `**` any number of them.

use crate::node::{Node, Value};
use crate::problem::Problem;
use crate::source::Span;

/// What is refused at a path.
#[derive(Clone, Copy)]
enum Refused {
    /// The key, whatever its value.
    Always,
    /// All values but this.
    Unless(&'static str),
}

use Refused::{Always, Unless};

const TWIN: &[(&str, Refused)] = &[];

const SCENARIO: &[(&str, Refused)] = &[
    ("load.learned", Always),
    ("load.*.cancels", Unless("false")),
    ("campaign", Always),
    ("tune", Always),
    ("failure_injection_profile", Always),
    ("resource_failure_modes", Always),
];

/// Notes all in a twin that cannot be simulated yet.
pub(super) fn in_twin(tree: &Node, problems: &mut Vec<Problem>) {
    refuse(tree, TWIN, problems);
}

/// Notes all in a scenario that cannot be simulated yet.
pub(super) fn in_scenario(tree: &Node, problems: &mut Vec<Problem>) {
    refuse(tree, SCENARIO, problems);
}

fn refuse(tree: &Node, rules: &[(&str, Refused)], problems: &mut Vec<Problem>) {
    for (path, refused) in rules {
        let path: Vec<&str> = path.split('.').collect();
        walk(tree, tree.span, "", &path, *refused, problems);
    }
}

/// Follows `path` from `node`, which stands under the key `name` at `place`.
fn walk(
    node: &Node,
    place: Span,
    name: &str,
    path: &[&str],
    refused: Refused,
    problems: &mut Vec<Problem>,
) {
    let Some((first, rest)) = path.split_first() else {
        problems.extend(judge(node, place, name, refused));
        return;
    };
    if *first == "**" {
        walk(node, place, name, rest, refused, problems);
    }
    for (key, value) in node.entries() {
        if *first == "**" {
            walk(value, key.span, &key.name, path, refused, problems);
        } else if *first == "*" || *first == key.name {
            walk(value, key.span, &key.name, rest, refused, problems);
        }
    }
    for item in node.items() {
        let path = if *first == "**" { path } else { rest };
        if matches!(*first, "*" | "**") {
            walk(item, item.span, name, path, refused, problems);
        }
    }
}

/// The problem with `node`, if it is what is refused.
fn judge(node: &Node, place: Span, name: &str, refused: Refused) -> Option<Problem> {
    if node.value == Value::Null {
        return None;
    }
    let (place, what) = match refused {
        Always => (place, name.to_owned()),
        Unless(kept) if node.to_string() == kept => return None,
        Unless(_) => (node.span, format!("{name}: {node}")),
    };
    let help = match refused {
        Unless(kept) => format!("this version simulates only `{name}: {kept}`"),
        Always => String::from("this version cannot simulate it: remove it to go on without"),
    };
    Some(Problem::at(place, format!("not supported yet: {what}")).help(help))
}
