//! YAML text to a tree of positioned nodes.
//!
//! The parser's budgets bound depth, size and what aliases may expand to; keys given twice, several
//! documents and numbers that are not finite are errors.

use serde::Deserialize;
use serde::de::{self, Deserializer};
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::{Location, Spanned};

use super::{Key, Node, Origin, Provenance, Value};
use crate::problem::{Problem, suggest};
use crate::source::{FileId, Span};

/// Nodes that one file may have.
const MAX_NODES: usize = 2_000_000;

/// Reads `text`, which `file` names and which begins `skip` bytes into it (on its first line).
///
/// # Errors
/// The first thing that is not YAML, or not a legal origin of a value.
pub fn parse(text: &str, file: FileId, skip: u32) -> Result<Node, Problem> {
    let budget = serde_saphyr::budget! {
        max_nodes: MAX_NODES,
        max_events: 2 * MAX_NODES,
    };
    let options = serde_saphyr::options! {
        budget: budget,
        duplicate_keys: DuplicateKeyPolicy::Error,
        strict_booleans: true,
        with_snippet: false,
    };
    let place = Place { file, skip, text };
    let raw = serde_saphyr::from_str_with_options::<Spanned<Raw>>(text, options);
    let raw = raw.map_err(|error| place.problem(&error))?;
    place.node(raw)
}

/// A tree as the parser gives it.
enum Raw {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(String),
    Seq(Vec<Spanned<Self>>),
    Map(Vec<(Spanned<String>, Spanned<Self>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> de::Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Int(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Int(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Str(value.to_owned()))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::Seq(list))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            list.push(entry);
        }
        Ok(Raw::Map(list))
    }
}

/// Where the text that is read stands.
#[derive(Clone, Copy)]
struct Place<'t> {
    file: FileId,
    skip: u32,
    text: &'t str,
}

impl Place<'_> {
    fn span(self, location: Location) -> Span {
        let on_first_line = if location.line() <= 1 { self.skip } else { 0 };
        Span {
            file: self.file,
            offset: location.span().byte_offset().unwrap_or(0) as u32 + self.skip,
            len: location.span().byte_len().unwrap_or(0) as u32,
            line: location.line().max(1) as u32,
            column: location.column().max(1) as u32 + on_first_line,
        }
    }

    /// The parser's complaint in this project's words.
    fn problem(self, error: &serde_saphyr::Error) -> Problem {
        let location = error.location().unwrap_or(Location::UNKNOWN);
        let mut span = self.span(location);
        if location.span().byte_offset().is_none() {
            span.offset = offset_of(self.text, span.line, location.column() as u32) + self.skip;
        }
        let said = error.to_string();
        let place = format!(" at line {}, column {}", location.line(), location.column());
        let said = said.strip_suffix(&place).unwrap_or(&said);
        if let Some(rest) = said.strip_prefix("duplicate mapping key: ") {
            let key = rest.split(", set DuplicateKeyPolicy").next().unwrap_or(rest);
            return Problem::at(span, format!("the key `{key}` is given twice"))
                .label("again here")
                .help("keep one of the two");
        }
        if said.starts_with("multiple YAML documents") {
            return Problem::at(span, "a second YAML document begins here")
                .help("expected one document a file: remove the `---`");
        }
        if said.starts_with("non-finite float") {
            return Problem::at(span, "expected a finite number");
        }
        if said.starts_with("budget breached") {
            return Problem::at(
                span,
                "this file is too deep, too large, or its aliases expand to too much",
            )
            .help("expected at most 64 levels, and a file that a person could have written");
        }
        let problem = Problem::at(span, format!("this is not valid YAML: {said}"));
        if said.starts_with("tabs disallowed") {
            return problem.help("indent with spaces");
        }
        problem
    }

    /// A number that the parser gives as one with a fraction; it does so with whole numbers of more
    /// than 64 bits, too, whose digits are in the text.
    fn number(self, location: Location, value: f64) -> Value {
        let digits = || {
            let begin = location.span().byte_offset()? as usize;
            let end = begin + location.span().byte_len()? as usize;
            self.text.get(begin..end)?.trim().parse().ok()
        };
        digits().map_or(Value::Float(value), Value::Int)
    }

    fn node(self, raw: Spanned<Raw>) -> Result<Node, Problem> {
        let span = self.span(raw.defined);
        let value = match raw.value {
            Raw::Null => Value::Null,
            Raw::Bool(value) => Value::Bool(value),
            Raw::Int(value) => Value::Int(value),
            Raw::Float(value) => self.number(raw.defined, value),
            Raw::Str(value) => Value::Str(value),
            Raw::Seq(items) => {
                let items: Result<_, _> = items.into_iter().map(|item| self.node(item)).collect();
                Value::Seq(items?)
            }
            Raw::Map(entries) => {
                let entry = |(key, node): (Spanned<String>, Spanned<Raw>)| {
                    let span = self.span(key.defined);
                    let name = key.value;
                    Ok((Key { span, name }, self.node(node)?))
                };
                let entries = entries.into_iter().map(entry).collect::<Result<Vec<_>, _>>()?;
                let has = |name| entries.iter().any(|(key, _): &(Key, Node)| key.name == name);
                if has("value") && has("source") {
                    return with_origin(span, entries);
                }
                Value::Map(entries)
            }
        };
        Ok(Node::new(span, value))
    }
}

/// Byte offset of a line and column, both from 1, for errors that come without.
fn offset_of(text: &str, line: u32, column: u32) -> u32 {
    let lines = text.split_inclusive('\n').take(line.saturating_sub(1) as usize);
    let start: usize = lines.map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    let before = rest.char_indices().nth(column.saturating_sub(1) as usize);
    (start + before.map_or(0, |(at, _)| at)) as u32
}

/// Lifts the value out of `{value: …, source: …, from: …, low: …, high: …}`.
fn with_origin(span: Span, entries: Vec<(Key, Node)>) -> Result<Node, Problem> {
    const KEYS: [&str; 5] = ["value", "source", "from", "low", "high"];
    let (mut value, mut source, mut from, mut low, mut high) = (None, None, None, None, None);
    for (key, node) in entries {
        match key.name.as_str() {
            "value" => value = Some(node),
            "source" => source = Some(provenance(&node)?),
            "from" => from = Some(text(node)?),
            "low" => low = Some(node),
            "high" => high = Some(node),
            name => {
                let message = format!("unknown key `{name}` in a value with its origin");
                return Err(Problem::at(key.span, message).help(suggest(name, "keys", KEYS)));
            }
        }
    }
    let (Some(mut node), Some(source)) = (value, source) else {
        unreachable!("the caller saw both keys");
    };
    if node.origin.is_some() {
        return Err(Problem::at(span, "a value has its origin given twice"));
    }
    node.origin = Some(Box::new(Origin { span, source, from, low, high }));
    Ok(node)
}

fn text(node: Node) -> Result<String, Problem> {
    if let Value::Str(text) = node.value {
        return Ok(text);
    }
    let message = format!("expected where the value is from, as text, found {}", node.describe());
    Err(Problem::at(node.span, message))
}

fn provenance(node: &Node) -> Result<Provenance, Problem> {
    let names = Provenance::ALL.map(Provenance::name);
    let found = Provenance::ALL.into_iter().find(|p| node.as_str() == Some(p.name()));
    found.ok_or_else(|| {
        let name = node.to_string();
        let message = format!("unknown source `{name}` of a value");
        Problem::at(node.span, message).help(suggest(&name, "sources", names))
    })
}
