//! What a tree can do wrong when a typed value is read from it.

use std::fmt::Display;

use serde::de;

use crate::node::{Key, Node};
use crate::problem::{Problem, suggest};
use crate::source::Span;

/// A problem on its way up the tree: it gains its place and path there.
#[derive(Debug)]
pub(crate) struct Error {
    message: String,
    help: Option<String>,
    span: Option<Span>,
    /// From the inside out.
    path: Vec<String>,
    /// Whether the message is about a key, and reads on with where that key was.
    about_key: bool,
}

impl Error {
    pub(super) fn from_message(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, span: None, path: Vec::new(), about_key: false }
    }

    fn about_key(message: String, help: Option<String>) -> Self {
        Self { help, about_key: true, ..Self::from_message(message) }
    }

    /// A node whose shape is none of `shapes`.
    pub(super) fn shape(shapes: &[&str], node: &Node) -> Self {
        let shapes: Vec<&str> = shapes
            .iter()
            .map(|shape| match *shape {
                "list" => "a list",
                "map" => "a map",
                _ => "a single value",
            })
            .collect();
        Self::from_message(format!("expected {}, found {}", shapes.join(" or "), node.describe()))
    }

    /// A map that should have exactly one key, the chosen alternative.
    pub(super) fn choice(variants: &[&str], entries: &[(Key, Node)]) -> Self {
        let names: Vec<_> = entries.iter().map(|(key, _)| format!("`{}`", key.name)).collect();
        let found = if names.is_empty() { String::from("none") } else { names.join(" and ") };
        let message = format!("expected one of the keys {}, found {found}", one_of(variants));
        let error = Self::from_message(message);
        match entries.get(1) {
            Some((second, _)) => error.or_at(second.span),
            None => error,
        }
    }

    /// Something that cannot name an alternative.
    pub(super) fn not_a_choice(variants: &[&str], node: &Node) -> Self {
        Self::from_message(format!(
            "expected one of {}, found {}",
            one_of(variants),
            node.describe()
        ))
    }

    /// The same error, at `span` unless it has a place already.
    pub(super) fn or_at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }

    pub(super) fn within(mut self, key: &str) -> Self {
        self.path.push(key.to_owned());
        self
    }

    pub(super) fn within_item(mut self, index: usize) -> Self {
        self.path.push(format!("[{index}]"));
        self
    }

    pub(crate) fn into_problem(self) -> Problem {
        let place = describe_path(&self.path);
        let mut problem =
            Problem { message: self.message, span: self.span, label: None, help: self.help };
        if let Some(place) = place {
            if self.about_key {
                problem.message = format!("{} in {place}", problem.message);
            } else {
                problem.label = Some(place);
            }
        }
        problem
    }
}

fn one_of(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// A path from the inside out as an address, with the name of the thing where it is one.
fn describe_path(path: &[String]) -> Option<String> {
    let outward: Vec<&str> = path.iter().rev().map(String::as_str).collect();
    match outward.as_slice() {
        [] => None,
        ["components", name] => Some(format!("component {name}")),
        ["components", name, "endpoints", endpoint] => Some(format!("endpoint {name}.{endpoint}")),
        ["components", rest @ ..] if !rest.is_empty() => Some(join(rest)),
        path => Some(join(path)),
    }
}

fn join(path: &[&str]) -> String {
    let mut address = String::new();
    for segment in path {
        if !address.is_empty() && !segment.starts_with('[') {
            address.push('.');
        }
        address += segment;
    }
    address
}

impl Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// What was found, in the words of the files.
fn found(unexpected: &de::Unexpected) -> String {
    match unexpected {
        de::Unexpected::Bool(value) => format!("`{value}`"),
        de::Unexpected::Unsigned(value) => format!("the number `{value}`"),
        de::Unexpected::Signed(value) => format!("the number `{value}`"),
        de::Unexpected::Float(value) => format!("the number `{value}`"),
        de::Unexpected::Str(value) => format!("the text `{value}`"),
        de::Unexpected::Unit | de::Unexpected::Option => String::from("nothing"),
        de::Unexpected::Seq => String::from("a list"),
        de::Unexpected::Map => String::from("a map"),
        other => other.to_string(),
    }
}

/// What was expected, in the words of the files.
fn expected(expected: &dyn de::Expected) -> String {
    match expected.to_string().as_str() {
        "a boolean" => String::from("`true` or `false`"),
        "a string" => String::from("text"),
        "a sequence" => String::from("a list"),
        "f64" => String::from("a number"),
        other if other.starts_with("struct ") => String::from("a map"),
        other => other.to_owned(),
    }
}

impl de::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        Self::from_message(message.to_string())
    }

    fn invalid_type(unexpected: de::Unexpected, wanted: &dyn de::Expected) -> Self {
        let mut error = Self::from_message(format!(
            "expected {}, found {}",
            expected(wanted),
            found(&unexpected)
        ));
        let number = matches!(unexpected, de::Unexpected::Unsigned(_) | de::Unexpected::Float(_));
        if number && expected(wanted) == "text" {
            error.help = Some(String::from("put it in quotes"));
        }
        error
    }

    fn invalid_value(unexpected: de::Unexpected, wanted: &dyn de::Expected) -> Self {
        Self::from_message(format!("expected {}, found {}", expected(wanted), found(&unexpected)))
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        let help = suggest(variant, "names", known.iter().copied());
        Self::about_key(format!("unknown name `{variant}`"), Some(help))
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        let help = suggest(field, "keys", known.iter().copied());
        Self::about_key(format!("unknown key `{field}`"), Some(help))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::about_key(format!("missing key `{field}`"), None)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::about_key(format!("the key `{field}` is given twice"), None)
    }
}
