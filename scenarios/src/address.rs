//! Addresses: the one way to name a thing, `gateway.calls.payment.timeout`.
//!
//! On the twin, an address begins with a component and goes on with the keys under it; list items
//! are `[0]`, and an endpoint may follow its component directly. Names may themselves have dots:
//! the longest known name is taken. Beside components, `network`, `zones` and `hosts` of the twin
//! and `run`, `load`, `faults`, `objectives` and `campaign` of the scenario can be named.

use crate::node::{Key, Node, Value};
use crate::problem::{Problem, suggest};
use crate::source::Span;

/// Sections of a twin that an address may begin with, beside components.
const TWIN_SECTIONS: [&str; 3] = ["network", "zones", "hosts"];
/// Sections of a scenario that an address may begin with.
const SCENARIO_SECTIONS: [&str; 7] =
    ["run", "load", "faults", "objectives", "requests", "campaign", "tune"];

/// One step down a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

/// The file that an address is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The system.
    Twin,
    /// What if.
    Scenario,
}

/// Which file `address` is about; `None` when it begins with nothing known.
#[must_use]
pub fn subject(twin: &Node, address: &str) -> Option<Subject> {
    let first = address.split(['.', '[']).next().unwrap_or_default();
    let components = twin.get("components").map_or(&[][..], Node::entries);
    if longest(components.iter().map(|(key, _)| key.name.as_str()), address).is_some()
        || TWIN_SECTIONS.contains(&first)
    {
        Some(Subject::Twin)
    } else {
        SCENARIO_SECTIONS.contains(&first).then_some(Subject::Scenario)
    }
}

/// What stands at `address`; `None` when nothing does.
#[must_use]
pub fn get<'a>(tree: &'a Node, address: &str) -> Option<&'a Node> {
    let path = path(tree, address, Span::default()).ok()?;
    path.iter().try_fold(tree, |node, step| match step {
        Step::Key(name) => node.get(name),
        Step::Index(index) => node.items().get(*index),
    })
}

/// Puts `value` at `address`, which stands at `span`; keys that are missing on the way are made.
///
/// # Errors
/// When the address begins with nothing known, or leads through what is neither map nor list.
/// Whether the keys mean anything shows when the tree is decoded.
pub fn set(tree: &mut Node, address: &str, span: Span, value: Node) -> Result<(), Problem> {
    let path = path(tree, address, span)?;
    let mut node = tree;
    for step in path {
        let here = node.describe();
        let next = match step {
            Step::Key(name) => node.get_or_insert(Key { span, name }, Value::Null),
            Step::Index(index) => match &mut node.value {
                Value::Seq(items) => items.get_mut(index),
                _ => None,
            },
        };
        node = next.ok_or_else(|| {
            Problem::at(span, format!("`{address}` leads into {here}"))
                .help("name the whole value, and give it a new one")
        })?;
    }
    *node = value;
    Ok(())
}

/// The steps from the root of `tree` to `address`.
fn path(tree: &Node, address: &str, span: Span) -> Result<Vec<Step>, Problem> {
    let components = tree.get("components");
    let names =
        || components.map_or(&[][..], Node::entries).iter().map(|(key, _)| key.name.as_str());
    let mut path = Vec::new();
    let (mut node, mut rest) = if let Some(name) = longest(names(), address) {
        path.extend(["components", name].map(|key| Step::Key(key.to_owned())));
        (components.and_then(|c| c.get(name)), &address[name.len()..])
    } else {
        let first = address.split(['.', '[']).next().unwrap_or_default();
        let is_twin = components.is_some();
        let sections = if is_twin { &TWIN_SECTIONS[..] } else { &SCENARIO_SECTIONS[..] };
        if !sections.contains(&first) {
            let first = if first.is_empty() { address } else { first };
            let help = suggest(first, "components", names());
            return Err(Problem::at(span, format!("unknown address `{address}`")).help(help));
        }
        path.push(Step::Key(first.to_owned()));
        (tree.get(first), &address[first.len()..])
    };
    while !rest.is_empty() {
        let steps;
        (steps, node, rest) = if let Some(index) = rest.strip_prefix('[') {
            item(node, index, address, span)?
        } else {
            entry(node, &path, rest, address, span, &names().collect::<Vec<_>>())?
        };
        path.extend(steps);
    }
    Ok(path)
}

/// Steps taken, the node they lead to, and the rest of the address.
type Descent<'a, 'b> = (Vec<Step>, Option<&'a Node>, &'b str);

/// Goes down to the item that `rest`, what follows a `[`, begins with.
fn item<'a, 'b>(
    node: Option<&'a Node>,
    rest: &'b str,
    address: &str,
    span: Span,
) -> Result<Descent<'a, 'b>, Problem> {
    let wrong =
        |message: String| Problem::at(span, format!("{message} in the address `{address}`"));
    let (index, rest) =
        rest.split_once(']').ok_or_else(|| wrong(String::from("`[` without `]`")))?;
    let index: usize =
        index.parse().map_err(|_| wrong(format!("expected an index, found `{index}`")))?;
    let items = node.map_or(&[][..], Node::items);
    match items.get(index) {
        Some(item) => Ok((vec![Step::Index(index)], Some(item), rest)),
        None => Err(wrong(format!("no item {index}"))
            .help(format!("there are {} items, counted from 0", items.len()))),
    }
}

/// Goes down to the key that `rest`, with its dot, begins with.
fn entry<'a, 'b>(
    node: Option<&'a Node>,
    path: &[Step],
    rest: &'b str,
    address: &str,
    span: Span,
    components: &[&str],
) -> Result<Descent<'a, 'b>, Problem> {
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    let keys = node.map_or(&[][..], Node::entries).iter().map(|(key, _)| key.name.as_str());
    if let Some(name) = longest(keys.clone(), rest) {
        let next = node.and_then(|node| node.get(name));
        return Ok((vec![Step::Key(name.to_owned())], next, &rest[name.len()..]));
    }
    let outer: Vec<&str> = path
        .iter()
        .map(|step| match step {
            Step::Key(name) => name.as_str(),
            Step::Index(_) => "[]",
        })
        .collect();
    if let ["components", _] = outer.as_slice()
        && let Some(endpoints) = node.and_then(|node| node.get("endpoints"))
        && let Some(name) = longest(endpoints.entries().iter().map(|(k, _)| k.name.as_str()), rest)
    {
        let steps = ["endpoints", name].map(|key| Step::Key(key.to_owned()));
        return Ok((steps.to_vec(), endpoints.get(name), &rest[name.len()..]));
    }
    let unknown = |what: &str, known: &[&str]| {
        let name = rest.split(['.', '[']).next().unwrap_or(rest);
        let help = suggest(name, what, known.iter().copied());
        Err(Problem::at(span, format!("unknown address `{address}`")).help(help))
    };
    let name = match outer.as_slice() {
        // What is not there yet can be made, but not out of nothing but a setting of it.
        ["components", _, "endpoints"] => return unknown("endpoints", &keys.collect::<Vec<_>>()),
        ["load"] => return unknown("loads", &keys.collect::<Vec<_>>()),
        ["components", _, "calls"] => match longest(components.iter().copied(), rest) {
            Some(name) => name,
            None => return unknown("components", components),
        },
        _ => rest.split(['.', '[']).next().unwrap_or(rest),
    };
    if name.is_empty() {
        return Err(Problem::at(span, format!("expected a key in the address `{address}`")));
    }
    Ok((vec![Step::Key(name.to_owned())], None, &rest[name.len()..]))
}

/// The longest of `names` that `text` begins with, up to a dot, a bracket or the end.
pub(crate) fn longest<'a>(names: impl Iterator<Item = &'a str>, text: &str) -> Option<&'a str> {
    let begins = |name: &&str| {
        let rest = text.strip_prefix(*name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    names.filter(|name| !name.is_empty()).filter(begins).max_by_key(|name| name.len())
}

/// Every value under `node` that has an origin, with its address.
pub(crate) fn with_origins(tree: &Node) -> Vec<(String, &Node)> {
    fn walk<'a>(node: &'a Node, address: &str, found: &mut Vec<(String, &'a Node)>) {
        if node.origin.is_some() {
            found.push((address.to_owned(), node));
        }
        for (key, value) in node.entries() {
            walk(value, &format!("{address}.{}", key.name), found);
        }
        for (index, item) in node.items().iter().enumerate() {
            walk(item, &format!("{address}[{index}]"), found);
        }
    }
    let mut found = Vec::new();
    for (key, section) in tree.entries() {
        if key.name == "components" {
            for (name, component) in section.entries() {
                walk(component, &name.name, &mut found);
            }
        } else if TWIN_SECTIONS.contains(&key.name.as_str()) {
            walk(section, &key.name, &mut found);
        }
    }
    found
}
