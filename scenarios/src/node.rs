//! A file as a tree in which every key and value knows its place.
//!
//! Any value may carry its origin, written `{value: 2, source: observed, from: "k8s.yaml:31"}`.
//! Reading lifts the value out and keeps the rest beside it, so that nothing downstream has to know
//! of that form.

use std::fmt;

use crate::source::Span;

mod parse;

pub use parse::parse;

/// Characters of a text that a message shows: a file of another kind is one long text.
const LONGEST: usize = 60;

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub value: Value,
    /// Where it is from, if the file says so.
    pub origin: Option<Box<Origin>>,
}

/// A key of a map with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Where it stands.
    pub span: Span,
    /// Its text.
    pub name: String,
}

/// What a node can be.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// Another number; always finite.
    Float(f64),
    /// Text.
    Str(String),
    /// A list.
    Seq(Vec<Node>),
    /// Keys and their values, in the order of the file; no key twice.
    Map(Vec<(Key, Node)>),
}

/// How much a value can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// Measured.
    Observed,
    /// Stated in a manifest or a configuration.
    Declared,
    /// Computed from measurements.
    Inferred,
    /// Nobody knows; a guess.
    Assumed,
    /// Set by a person; learning never touches it.
    Pinned,
}

impl Provenance {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Observed, Self::Declared, Self::Inferred, Self::Assumed, Self::Pinned];

    /// As written in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Declared => "declared",
            Self::Inferred => "inferred",
            Self::Assumed => "assumed",
            Self::Pinned => "pinned",
        }
    }
}

/// Where a value is from, and how far it may be off.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// Where the whole of it stands, the value included.
    pub span: Span,
    /// How it is known.
    pub source: Provenance,
    /// By what: a file and line, a query, a reason.
    pub from: Option<String>,
    /// The least it may be.
    pub low: Option<Node>,
    /// The most it may be.
    pub high: Option<Node>,
}

impl Node {
    /// A value at a place, without origin.
    #[must_use]
    pub const fn new(span: Span, value: Value) -> Self {
        Self { span, value, origin: None }
    }

    /// An empty map.
    #[must_use]
    pub const fn empty_map(span: Span) -> Self {
        Self::new(span, Value::Map(Vec::new()))
    }

    /// The entries, if this is a map.
    #[must_use]
    pub fn entries(&self) -> &[(Key, Self)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items, if this is a list.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::Seq(items) => items,
            _ => &[],
        }
    }

    /// The text, if this is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The seconds, if this is a duration.
    #[must_use]
    pub fn seconds(&self) -> Option<f64> {
        Some(crate::units::duration(self.as_str()?).ok()?.as_secs_f64())
    }

    /// The key and value under `name`, if this is a map that has it.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<(&Key, &Self)> {
        let found = self.entries().iter().find(|(key, _)| key.name == name);
        found.map(|(key, node)| (key, node))
    }

    /// The value under `name`, if this is a map that has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.entry(name).map(|(_, node)| node)
    }

    /// The value under `name`, put there as `otherwise` when absent; `None` when this is no map.
    pub fn get_or_insert(&mut self, key: Key, otherwise: Value) -> Option<&mut Self> {
        if matches!(self.value, Value::Null) {
            self.value = Value::Map(Vec::new());
        }
        let Value::Map(entries) = &mut self.value else {
            return None;
        };
        let found = entries.iter().position(|(k, _)| k.name == key.name);
        let index = found.unwrap_or_else(|| {
            let node = Self::new(key.span, otherwise);
            entries.push((key, node));
            entries.len() - 1
        });
        Some(&mut entries[index].1)
    }

    /// What kind of thing this is, for messages: ``the number `5` ``.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.value {
            Value::Null => String::from("nothing"),
            Value::Bool(_) => format!("`{self}`"),
            Value::Int(_) | Value::Float(_) => format!("the number `{self}`"),
            Value::Str(text) => match text.char_indices().nth(LONGEST) {
                Some((end, _)) => format!("the text `{}…`", &text[..end]),
                None => format!("the text `{text}`"),
            },
            Value::Seq(_) => String::from("a list"),
            Value::Map(_) => String::from("a map"),
        }
    }
}

impl fmt::Display for Node {
    /// On one line, as it could be written in a file.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.value {
            Value::Null => f.write_str("null"),
            Value::Bool(value) => value.fmt(f),
            Value::Int(value) => value.fmt(f),
            Value::Float(value) => value.fmt(f),
            Value::Str(value) => f.write_str(value),
            Value::Seq(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
            Value::Map(entries) => {
                f.write_str("{")?;
                for (index, (key, node)) in entries.iter().enumerate() {
                    write!(f, "{}{}: {node}", if index > 0 { ", " } else { "" }, key.name)?;
                }
                f.write_str("}")
            }
        }
    }
}
