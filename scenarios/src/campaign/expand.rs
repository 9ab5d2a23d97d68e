//! Patterns in addresses: `*` stands for any part of a name.

use super::{Course, Single};
use crate::lower::{Lowered, lower};
use crate::model::fault::Fault;
use crate::node::{Key, Node, Value};
use crate::problem::{Problem, Problems};
use crate::scenario::Scenario;
use crate::source::Span;
use crate::{Spanned, decode};

/// The crash of each component, which is tried where nothing is named.
pub(super) fn every_crash() -> Node {
    fault("crash", "*", Span::default())
}

/// A fault of a kind that needs nothing but a target.
pub(super) fn fault(kind: &str, at: &str, span: Span) -> Node {
    let key = |name: &str| Key { span, name: name.to_owned() };
    let at = Node::new(span, Value::Str(at.to_owned()));
    let body = Node::new(span, Value::Map(vec![(key("at"), at)]));
    Node::new(span, Value::Map(vec![(key(kind), body)]))
}

/// Why an entry stands for no fault.
pub(super) enum Wrong {
    /// Its pattern can hit nothing of this system.
    Nothing(Problem),
    /// It would be wrong anywhere.
    Bad(Problem),
}

impl From<Problem> for Wrong {
    fn from(problem: Problem) -> Self {
        Self::Bad(problem)
    }
}

/// The faults that `node` stands for, each at one place.
pub(super) fn singles(
    scenario: &Scenario,
    lowered: &Lowered,
    node: &Node,
    course: &Course,
) -> Result<Vec<Single>, Wrong> {
    let fault: Spanned<Fault> = decode::decode(node)?;
    let kind = fault.name();
    let node = course.complete(node);
    let Some(at) = fault.course().at.filter(|at| at.value.contains('*')) else {
        let at = fault.course().at.map(|at| at.value.clone());
        let single = single(&fault, at, node);
        check(scenario, &single)?;
        return Ok(vec![single]);
    };
    let candidates = candidates(scenario, lowered, kind, at);
    if candidates.is_empty() {
        let problem = Problem::at(at.span, format!("no {kind}: nothing matches `{}`", at.value));
        let help = "`'*'` is every component, `'*[*]'` every replica, `'*.calls.*'` every edge";
        return Err(Wrong::Nothing(problem.help(help)));
    }
    let mut found = Vec::new();
    let mut first = None;
    for name in candidates {
        let single = single(&fault, Some(name.clone()), at_place(&node, name));
        match check(scenario, &single) {
            Ok(()) => found.push(single),
            // A pattern means what it can hit; were it nothing at all, the first reason is shown.
            Err(problem) => first = first.or(Some(problem)),
        }
    }
    match first {
        // What is wrong with anything but its target would be wrong anywhere.
        Some(problem) if found.is_empty() && problem.span != Some(at.span) => {
            Err(Wrong::Bad(problem))
        }
        Some(problem) if found.is_empty() => {
            let message = format!("no {kind} at `{}`: {}", at.value, problem.message);
            Err(Wrong::Nothing(Problem { message, ..problem }))
        }
        _ => Ok(found),
    }
}

fn single(of: &Fault, at: Option<String>, fault: Node) -> Single {
    let (kind, undone) = (of.name().to_owned(), of.undone());
    let name = at.as_ref().map_or_else(|| of.title(), |at| format!("{kind} at {at}"));
    Single { name, kind, at, fault, undone, drawn: Vec::new(), breaking: None }
}

/// Whether the scenario can have the fault.
fn check(scenario: &Scenario, single: &Single) -> Result<(), Problem> {
    let with = scenario.with_faults(std::slice::from_ref(&single.fault));
    let problem = |problems: Problems| problems.iter().next().cloned();
    match with.and_then(|with| lower(&with)) {
        Ok(_) => Ok(()),
        Err(problems) => problem(problems).map_or(Ok(()), Err),
    }
}

/// The same fault at another place.
fn at_place(node: &Node, at: String) -> Node {
    let mut node = node.clone();
    if let Value::Map(kinds) = &mut node.value
        && let Some((_, Node { value: Value::Map(entries), .. })) = kinds.first_mut()
        && let Some((_, place)) = entries.iter_mut().find(|(key, _)| key.name == "at")
    {
        place.value = Value::Str(at);
    }
    node
}

/// All names that a pattern of this kind of fault matches, in the order of the twin.
fn candidates(
    scenario: &Scenario,
    lowered: &Lowered,
    kind: &str,
    pattern: &Spanned<String>,
) -> Vec<String> {
    let names = &lowered.names;
    let pattern = pattern.value.as_str();
    let all = by_form(lowered, pattern).unwrap_or_else(|| match kind {
        "host_loss" => scenario.twin.hosts.names().map(str::to_owned).collect(),
        "zone_outage" => scenario.twin.zones.names().map(str::to_owned).collect(),
        "load_surge" | "reconnect_herd" | "slow_clients" => names.loads.clone(),
        "skewed_mix" => names.endpoints.clone(),
        _ if pattern.contains('.') => names.endpoints.clone(),
        _ => names.components.clone(),
    });
    all.into_iter().filter(|name| matches(pattern, name)).collect()
}

/// All edges or replicas, where `pattern` has the form of one.
pub(super) fn by_form(lowered: &Lowered, pattern: &str) -> Option<Vec<String>> {
    if pattern.contains(".calls.") {
        Some(lowered.names.edges.clone())
    } else {
        pattern.ends_with(']').then(|| replicas(lowered))
    }
}

/// Every replica there may be: `component[i]`.
fn replicas(lowered: &Lowered) -> Vec<String> {
    let of = |(id, name): (usize, &String)| {
        let name = name.clone();
        (0..lowered.plan.most_replicas(id)).map(move |i| format!("{name}[{i}]"))
    };
    lowered.names.components.iter().enumerate().flat_map(of).collect()
}

/// Whether `name` is what `pattern` stands for, `*` being any text.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(rest) = name.strip_prefix(head) else {
        return false;
    };
    (0..=rest.len()).any(|at| rest.is_char_boundary(at) && matches(tail, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_is_any_text() {
        let check = |pattern, name, expected| {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        };
        check("*", "payment", true);
        check("*[*]", "payment[0]", true);
        check("*[0]", "payment[10]", false);
        check("*.calls.*", "a.b.calls.c", true);
        check("pay*", "gateway", false);
        check("pay", "payment", false);
        check("*b*", "abc", true);
    }
}
