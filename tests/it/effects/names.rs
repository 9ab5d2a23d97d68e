//! The names of everything that a twin or a scenario can say, from their JSON Schemas.
//!
//! - `twin.zones`: a key of a file;
//! - `Component.replicas`: a key of a section, by the name of its type;
//! - `Discipline=lifo`: one of a few words;
//! - `Fault.latency`, `Fault.latency.add`: one of several kinds, and a key of it;
//! - `Law as Time`: one of several forms in which a value is written;
//! - `Time with origin`, `Origin.low`: a value with what is known of it.

use std::collections::BTreeSet;

use foreshadow_scenarios::{Kind, schema};
use serde_json::{Map, Value};

/// The name of every key, word, kind and form of both files.
pub(super) fn all() -> BTreeSet<String> {
    let mut walk = Walk::default();
    for kind in Kind::ALL {
        let schema = schema(kind);
        let definitions = schema["$defs"].as_object().unwrap();
        for (name, definition) in definitions {
            // One name is one type, whichever file it stands in.
            let known = walk.definitions.entry(name).or_insert_with(|| definition.clone());
            assert_eq!(known, definition, "two types are called {name}");
        }
        walk.keys(kind.name(), &schema);
        walk.note_uses(&schema["properties"]);
    }
    for definition in walk.definitions.clone().values() {
        walk.note_uses(definition);
    }
    for (name, definition) in &walk.definitions.clone() {
        walk.definition(name, definition);
    }
    walk.names
}

#[derive(Default)]
struct Walk {
    definitions: Map<String, Value>,
    /// Types that are more than the keys of one kind, so that these are named after the type.
    used: BTreeSet<String>,
    names: BTreeSet<String>,
}

impl Walk {
    fn keys(&mut self, of: &str, schema: &Value) {
        let keys = schema["properties"].as_object().into_iter().flatten();
        self.names.extend(keys.map(|(key, _)| format!("{of}.{key}")));
    }

    /// Notes the types that `schema` refers to, but for those that only hold the keys of a kind.
    fn note_uses(&mut self, schema: &Value) {
        if let Some(kinds) = schema["oneOf"].as_array() {
            let contents = kinds.iter().filter_map(|kind| kind["properties"].as_object());
            for content in contents.flat_map(Map::values) {
                if self.keys_of_kind(content).is_none() {
                    self.note_uses(content);
                }
            }
            return;
        }
        self.used.extend(referred(schema).map(str::to_owned));
        match schema {
            Value::Object(entries) => entries.values().for_each(|inner| self.note_uses(inner)),
            Value::Array(items) => items.iter().for_each(|inner| self.note_uses(inner)),
            _ => {}
        }
    }

    /// The type of the keys of a kind, if it has some.
    fn keys_of_kind(&self, content: &Value) -> Option<Value> {
        let keys = self.definitions.get(referred(content)?)?;
        keys["properties"].is_object().then(|| keys.clone())
    }

    fn definition(&mut self, name: &str, schema: &Value) {
        let bare = name.strip_prefix("Bare");
        if bare.is_none() && !self.used.contains(name) {
            return;
        }
        if self.definitions.contains_key(&format!("Bare{name}")) {
            self.names.insert(format!("{name} with origin"));
            let origin = &schema["anyOf"][1];
            self.keys("Origin", origin);
            self.words("Origin.source", &origin["properties"]["source"]);
            return;
        }
        let name = bare.unwrap_or(name);
        self.keys(name, schema);
        self.words(name, schema);
        for kind in schema["oneOf"].as_array().into_iter().flatten() {
            self.kind(name, kind);
        }
        for form in schema["anyOf"].as_array().into_iter().flatten() {
            let form = referred(form).or(form["type"].as_str()).unwrap();
            self.names.insert(format!("{name} as {form}"));
        }
    }

    fn words(&mut self, of: &str, schema: &Value) {
        let words = schema["enum"].as_array().into_iter().flatten();
        let words = words.chain(schema.get("const")).filter_map(Value::as_str);
        self.names.extend(words.map(|word| format!("{of}={word}")));
    }

    fn kind(&mut self, of: &str, schema: &Value) {
        self.words(of, schema);
        self.keys(of, schema);
        for (kind, content) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(keys) = self.keys_of_kind(content) {
                self.keys(&format!("{of}.{kind}"), &keys);
            }
        }
    }
}

/// The name of the type that `schema` refers to.
fn referred(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/$defs/")
}
