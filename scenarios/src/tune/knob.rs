//! Knobs: from what a file says to values, costs and conditions.

use crate::address;
use crate::lower::lower;
use crate::model::magnitude::{Size, SizeUnit};
use crate::model::scalar::Amount;
use crate::model::tune::{Cost, Knob as Asked, Tune};
use crate::node::{Node, Value};
use crate::problem::{Problem, Problems, suggest};
use crate::scenario::Scenario;
use crate::source::Span;
use crate::{Named, Spanned};

use super::{is_of_twin, levels};

/// Something that may be changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Knob {
    /// Where it is.
    pub address: String,
    /// What it may be, at least two; numbers rise.
    pub values: Vec<Node>,
    /// Whether near values do nearly the same: numbers.
    pub is_ordered: bool,
    /// The numbers that the values are, in their unit (seconds, shares from 0 to 1); empty for choices.
    pub numbers: Vec<f64>,
    /// What each value costs; empty where it costs nothing.
    pub costs: Vec<f64>,
    /// What multiplies the cost.
    pub times: Option<Times>,
    /// It is turned only where these knobs have one of these values, by number.
    pub when: Vec<(usize, Vec<u16>)>,
    /// What stands there now, as in files; `null` where nothing does.
    pub before: String,
    /// What stands there now, as a number, for knobs that are numbers.
    pub now: Option<f64>,
    /// Which of the values stands there now, or is the nearest number.
    pub nearest: Option<u16>,
    /// What it costs now, if that can be told.
    pub cost_now: Option<f64>,
}

/// What multiplies the cost of a knob.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Times {
    /// The number that another knob is set to.
    Knob(usize),
    /// A number of the twin that is no knob.
    Fixed(f64),
}

/// All knobs of a section and the unit of their costs.
pub(super) fn knobs(
    scenario: &Scenario,
    section: &Tune,
    problems: &mut Vec<Problem>,
) -> (Vec<Knob>, Option<String>) {
    let asked = &section.knobs.value;
    let nodes = scenario.tree.get("tune").and_then(|tune| tune.get("knobs"));
    if asked.is_empty() {
        let message = "expected a knob, something that may be changed";
        let help = "such as `gateway.replicas: {from: 2, to: 12, cost: 1}`";
        problems.push(Problem::at(section.knobs.span, message).help(help));
    }
    let mut knobs = Vec::new();
    for (name, knob) in asked.iter() {
        let node = nodes.and_then(|nodes| nodes.get(&name.value));
        match knob_of(scenario, name, knob, node) {
            Ok(found) => knobs.push(found),
            Err(problem) => problems.push(problem),
        }
    }
    // What refers to other knobs needs all of them.
    if knobs.len() == asked.len() {
        for (index, (_, knob)) in asked.iter().enumerate() {
            let times = times(scenario, asked, &knobs, knob);
            let node = nodes.and_then(|nodes| nodes.entries().get(index)).map(|entry| &entry.1);
            let when = conditions(asked, &knobs, index, knob, node);
            match (times, when) {
                (Ok(times), Ok(when)) => (knobs[index].times, knobs[index].when) = (times, when),
                (times, when) => problems.extend(times.err().into_iter().chain(when.err())),
            }
        }
        problems.extend(circle(&knobs).map(|knob| {
            let span = asked.iter().nth(knob).map_or(section.knobs.span, |(name, _)| name.span);
            Problem::at(span, "the conditions of these knobs go round in a circle")
                .help("a knob's `when` may only name knobs that do not depend on it")
        }));
    }
    (knobs, unit(asked, problems))
}

fn knob_of(
    scenario: &Scenario,
    name: &Spanned<String>,
    asked: &Spanned<Asked>,
    node: Option<&Node>,
) -> Result<Knob, Problem> {
    if !is_of_twin(scenario, &name.value) {
        // An address of nothing says so itself.
        address::set(
            &mut scenario.twin_tree.clone(),
            &name.value,
            name.span,
            Node::empty_map(name.span),
        )?;
        let message = format!("`{}` is no part of the system", name.value);
        let help = "a knob is an address of the twin, such as `gateway.replicas`";
        return Err(Problem::at(name.span, message).help(help));
    }
    let here = address::get(&scenario.twin_tree, &name.value);
    let (values, numbers, unit) = values(asked, node)?;
    if values.len() < 2 {
        let message = "expected at least two values to choose from";
        return Err(Problem::at(asked.span, message));
    }
    for value in [values.first(), values.last()].into_iter().flatten().chain(
        // Choices have nothing in common: each may be wrong by itself.
        values.iter().filter(|_| numbers.is_empty()),
    ) {
        let with =
            scenario.with(&name.value, value).and_then(|with| lower(&super::unchanged(&with)?));
        if let Err(problems) = with {
            return Err(cannot(&problems, name, value));
        }
    }
    let size = here.and_then(size_of).filter(|size| Some(size.unit) == unit);
    let now = size.map(|size| size.value);
    let nearest = nearest(now, &numbers).or_else(|| {
        let shown = here.map_or_else(|| String::from("null"), Node::to_string);
        values.iter().position(|value| value.to_string() == shown)
    });
    // What is not written has a default, which may be one of the values.
    let nearest = match nearest {
        None if here.is_none() => default_of(scenario, &name.value, &values),
        nearest => nearest,
    };
    let now = now.or_else(|| numbers.get(nearest?).copied());
    let nearest = nearest.map(|level| level as u16);
    let (costs, per_unit) = costs(asked, &values, &numbers)?;
    let cost_now = match (per_unit, now) {
        (Some(cost), Some(now)) => Some(cost * now),
        (Some(_), None) => None,
        (None, _) if costs.is_empty() => Some(0.0),
        (None, _) => nearest.map(|level| costs[usize::from(level)]),
    };
    Ok(Knob {
        address: name.value.clone(),
        is_ordered: !numbers.is_empty(),
        values,
        numbers,
        costs,
        times: None,
        when: Vec::new(),
        before: here.map_or_else(|| String::from("null"), Node::to_string),
        now,
        nearest,
        cost_now,
    })
}

/// Values that are looked through for a default.
const MOST_DEFAULTS: usize = 100;

/// Which value leaves the system as it is.
fn default_of(scenario: &Scenario, address: &str, values: &[Node]) -> Option<usize> {
    let plan = |scenario: &Scenario| Some(lower(&super::unchanged(scenario).ok()?).ok()?.plan);
    let as_it_is = plan(scenario)?;
    let is_same = |value: &Node| {
        scenario.with(address, value).ok().and_then(|with| plan(&with)).as_ref() == Some(&as_it_is)
    };
    values.iter().take(MOST_DEFAULTS).position(is_same)
}

/// Which of the numbers is the nearest to what there is now.
fn nearest(now: Option<f64>, numbers: &[f64]) -> Option<usize> {
    let now = now?;
    let apart = |level: &usize| (numbers[*level] - now).abs();
    (0..numbers.len()).min_by(|a, b| apart(a).total_cmp(&apart(b)))
}

/// Why a value cannot stand where a knob puts it.
fn cannot(problems: &Problems, name: &Spanned<String>, value: &Node) -> Problem {
    let first = problems.iter().next();
    let why = first.map_or_else(String::new, |problem| problem.message.clone());
    let problem = Problem::at(name.span, format!("`{}` cannot be {value}: {why}", name.value));
    Problem { help: first.and_then(|problem| problem.help.clone()), ..problem }
}

/// Values with their numbers and unit, for numbers between two ends, or as they stand in a choice.
type Values = (Vec<Node>, Vec<f64>, Option<SizeUnit>);

fn values(asked: &Spanned<Asked>, node: Option<&Node>) -> Result<Values, Problem> {
    let help = "such as `{from: 2, to: 12}` or `{choice: [fifo, lifo]}`";
    match (&asked.from, &asked.to, &asked.choice) {
        (Some(from), Some(to), None) => {
            let step = asked.step.as_ref().map(|step| step.value);
            let sizes = levels::between(from.value, to.value, step)
                .map_err(|(message, help)| Problem::at(asked.span, message).help(help))?;
            let numbers = sizes.iter().map(|size| size.value).collect();
            let unit = from.value.unit;
            Ok((sizes.iter().map(|size| written(*size, from.span)).collect(), numbers, Some(unit)))
        }
        (None, None, Some(choice)) => {
            if let Some(step) = &asked.step {
                let message = "a choice has no steps";
                return Err(Problem::at(step.span, message).help(help));
            }
            let nodes = node.and_then(|node| node.get("choice")).map_or(&[][..], Node::items);
            let texts: Vec<String> = nodes.iter().map(Node::to_string).collect();
            if (1..texts.len()).any(|at| texts[..at].contains(&texts[at])) {
                return Err(Problem::at(choice.span, "a choice is named twice"));
            }
            Ok((nodes.to_vec(), Vec::new(), None))
        }
        _ => Err(Problem::at(asked.span, "expected `from` and `to`, or a `choice`").help(help)),
    }
}

/// A size as it stands in a file.
fn written(size: Size, span: Span) -> Node {
    let is_whole = size.unit == SizeUnit::Plain && size.value.fract() == 0.0;
    let value = match size.unit {
        SizeUnit::Plain if is_whole => Value::Int(size.value as i128),
        SizeUnit::Plain => Value::Float(size.value),
        _ => Value::Str(size.to_string()),
    };
    Node::new(span, value)
}

/// The size of a single value.
fn size_of(node: &Node) -> Option<Size> {
    match &node.value {
        Value::Int(value) => Some(Size { value: *value as f64, unit: SizeUnit::Plain }),
        Value::Float(value) => Some(Size { value: *value, unit: SizeUnit::Plain }),
        Value::Str(text) => Size::read(text),
        _ => None,
    }
}

/// What each value costs, and what a unit does where that is how it is told.
fn costs(
    asked: &Spanned<Asked>,
    values: &[Node],
    numbers: &[f64],
) -> Result<(Vec<f64>, Option<f64>), Problem> {
    let Some(cost) = &asked.cost else { return Ok((Vec::new(), None)) };
    match &cost.value {
        Cost::Scalar(Amount((each, _))) if !numbers.is_empty() => {
            Ok((numbers.iter().map(|number| number * each).collect(), Some(*each)))
        }
        Cost::List(all) if all.len() == values.len() => {
            Ok((all.iter().map(|amount| amount.0.0).collect(), None))
        }
        Cost::Scalar(_) => Err(Problem::at(cost.span, "expected the cost of each choice")
            .help("such as `cost: [0, 12]`, in the order of `choice`")),
        Cost::List(all) => {
            let message = format!("{} costs for {} values", all.len(), values.len());
            Err(Problem::at(cost.span, message).help("one for each value, in their order"))
        }
    }
}

/// The one unit of all costs.
fn unit(asked: &Named<Spanned<Asked>>, problems: &mut Vec<Problem>) -> Option<String> {
    let mut unit: Option<String> = None;
    for (_, knob) in asked.iter() {
        let Some(cost) = &knob.cost else { continue };
        let amounts = match &cost.value {
            Cost::Scalar(amount) => std::slice::from_ref(amount),
            Cost::List(amounts) => amounts,
        };
        for found in amounts.iter().filter_map(|amount| amount.0.1.as_ref()) {
            let known = unit.get_or_insert_with(|| found.clone());
            if known != found {
                let message = format!("costs in {known} and in {found} cannot be added");
                problems.push(Problem::at(cost.span, message).help("use one unit for all knobs"));
                return unit;
            }
        }
    }
    unit
}

/// What multiplies a knob's cost.
fn times(
    scenario: &Scenario,
    asked: &Named<Spanned<Asked>>,
    knobs: &[Knob],
    knob: &Spanned<Asked>,
) -> Result<Option<Times>, Problem> {
    let Some(name) = &knob.times else { return Ok(None) };
    if knob.cost.is_none() {
        let message = "there is no cost to multiply";
        return Err(Problem::at(name.span, message).help("add `cost:`"));
    }
    if let Some(other) = asked.position(&name.value) {
        if knobs[other].numbers.is_empty() {
            let message = format!("`{}` is a choice, not a number", name.value);
            return Err(Problem::at(name.span, message));
        }
        return Ok(Some(Times::Knob(other)));
    }
    let here = address::get(&scenario.twin_tree, &name.value).and_then(size_of);
    let size = here.ok_or_else(|| {
        Problem::at(
            name.span,
            format!("`{}` is neither a knob nor a number of the twin", name.value),
        )
        .help(suggest(&name.value, "knobs", asked.names()))
    })?;
    Ok(Some(Times::Fixed(size.value)))
}

/// When a knob is turned.
fn conditions(
    asked: &Named<Spanned<Asked>>,
    knobs: &[Knob],
    index: usize,
    knob: &Spanned<Asked>,
    node: Option<&Node>,
) -> Result<Vec<(usize, Vec<u16>)>, Problem> {
    let mut found = Vec::new();
    for (name, allowed) in knob.when.iter() {
        let Some(other) = asked.position(&name.value).filter(|other| *other != index) else {
            let help = suggest(&name.value, "knobs", asked.names());
            return Err(
                Problem::at(name.span, format!("no other knob is `{}`", name.value)).help(help)
            );
        };
        let nodes = node.and_then(|node| node.get("when")).and_then(|when| when.get(&name.value));
        let mut levels = Vec::new();
        for value in nodes.map_or(&[][..], Node::items) {
            let same = |known: &Node| {
                known.to_string() == value.to_string()
                    || matches!((size_of(known), size_of(value)), (Some(a), Some(b)) if a == b)
            };
            let Some(level) = knobs[other].values.iter().position(same) else {
                let message = format!("`{}` is never {value}", name.value);
                let help = "name values that this knob may have";
                return Err(Problem::at(value.span, message).help(help));
            };
            levels.push(level as u16);
        }
        if levels.is_empty() {
            return Err(Problem::at(allowed.span, "expected at least one value"));
        }
        found.push((other, levels));
    }
    Ok(found)
}

/// A knob whose conditions lead back to itself.
fn circle(knobs: &[Knob]) -> Option<usize> {
    let leads_back = |start: usize| {
        let mut seen = vec![false; knobs.len()];
        let mut next: Vec<usize> = knobs[start].when.iter().map(|(other, _)| *other).collect();
        while let Some(knob) = next.pop() {
            if knob == start {
                return true;
            }
            if !std::mem::replace(&mut seen[knob], true) {
                next.extend(knobs[knob].when.iter().map(|(other, _)| *other));
            }
        }
        false
    };
    (0..knobs.len()).find(|&knob| leads_back(knob))
}
