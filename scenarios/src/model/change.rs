//! The change file: what to set, and what each part buys.

use schemars::JsonSchema;
use serde::Deserialize;

use super::scalar::{Anything, Number};
use crate::decode::{Named, Spanned};

/// A change file: values for addresses of a twin, with what they rest on.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeFile {
    /// The kind of this file: `change/v1`.
    pub foreshadow: String,
    /// Name of the change.
    pub name: String,
    /// What it is about, for people.
    pub about: Option<String>,
    /// The scenario that it was found for, by name.
    pub scenario: Option<String>,
    /// The command that finds it again.
    pub repeat: Option<String>,
    /// What is set, by address; `null` takes the default.
    pub changes: Spanned<Named<Anything>>,
    /// What each part buys, for people.
    #[serde(default)]
    pub parts: Vec<ChangePart>,
}

/// What one part of a change buys.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePart {
    /// What it sets.
    pub address: String,
    /// What was there before.
    pub before: Option<Anything>,
    /// What it adds to the cost; below 0 it saves.
    pub cost: Option<Number>,
    /// Objectives that are missed without it.
    #[serde(default)]
    pub without: Vec<String>,
}
