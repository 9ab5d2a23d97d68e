//! The JSON Schema accepts what the language accepts, and refuses what it does not.

use std::path::Path;

use foreshadow_scenarios::{Kind, schema};
use serde_json::Value;

/// The first complaint of `schema` about `value`, if any. Knows the keywords that are used here,
/// but for patterns.
fn complaint(root: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    let wrong = |what: String| Some(format!("{at}: {what}"));
    if schema == &Value::Bool(true) {
        return None;
    }
    if let Some(name) = schema["$ref"].as_str() {
        let pointer = name.strip_prefix('#').expect("a reference into this schema");
        let target = root.pointer(pointer).expect("a definition that exists");
        return complaint(root, target, value, at);
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(ways) = schema[keyword].as_array()
            && ways.iter().all(|way| complaint(root, way, value, at).is_some())
        {
            return wrong(format!("{value} is none of {} forms", ways.len()));
        }
    }
    if schema.get("const").is_some_and(|constant| constant != value) {
        return wrong(format!("{value} is not {}", schema["const"]));
    }
    if schema["enum"].as_array().is_some_and(|known| !known.contains(value)) {
        return wrong(format!("{value} is not one of {}", schema["enum"]));
    }
    if !is_of_type(&schema["type"], value) {
        return wrong(format!("{value} is no {}", schema["type"]));
    }
    if let (Some(minimum), Some(number)) = (schema["minimum"].as_f64(), value.as_f64())
        && number < minimum
    {
        return wrong(format!("{number} is below {minimum}"));
    }
    let mut required =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if let (Some(key), Some(_)) = (required.find(|key| value.get(key).is_none()), value.as_object())
    {
        return wrong(format!("{key} is missing"));
    }
    let entries = value.as_object().into_iter().flatten().find_map(|(key, inner)| {
        let at = format!("{at}.{key}");
        match (&schema["properties"][key], &schema["additionalProperties"]) {
            (Value::Null, Value::Bool(false)) => Some(format!("{at}: unknown key")),
            (Value::Null, Value::Null) => None,
            (Value::Null, other) => complaint(root, other, inner, &at),
            (known, _) => complaint(root, known, inner, &at),
        }
    });
    entries.or_else(|| {
        let items = value.as_array().into_iter().flatten().enumerate();
        let schema = schema.get("items")?;
        items.into_iter().find_map(|(i, item)| complaint(root, schema, item, &format!("{at}[{i}]")))
    })
}

fn is_of_type(expected: &Value, value: &Value) -> bool {
    match expected {
        Value::Null => true,
        Value::Array(types) => types.iter().any(|one| is_of_type(one, value)),
        Value::String(name) => match name.as_str() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            "integer" => value.is_u64() || value.is_i64(),
            "number" => value.is_number(),
            other => panic!("the schema has an unknown type {other}"),
        },
        other => panic!("the schema has an odd type {other}"),
    }
}

#[track_caller]
fn check(kind: Kind, text: &str, expected: Option<&str>) {
    let value: Value = serde_saphyr::from_str(text).expect("valid YAML");
    let schema = schema(kind);
    let found = complaint(&schema, &schema, &value, "");
    match expected {
        None => assert_eq!(found, None),
        Some(part) => assert!(found.as_ref().is_some_and(|f| f.contains(part)), "{found:?}"),
    }
}

#[test]
fn example_files_are_valid() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = 0;
    for folder in ["tests/data", "shop"] {
        for entry in std::fs::read_dir(here.join(folder)).expect("a folder of examples") {
            let path = entry.expect("a file").path();
            if path.extension().is_none_or(|extension| extension != "yaml") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("text");
            let is = |kind: &Kind| text.contains(&format!("foreshadow: {}\n", kind.header()));
            let kind = Kind::ALL.into_iter().find(is).expect("a header that is known");
            check(kind, &text, None);
            files += 1;
        }
    }
    assert!(files >= 6);
}

#[test]
fn wrong_files_are_not() {
    let twin = |component: &str| {
        format!("{{foreshadow: twin/v1, name: x, components: {{a: {component}}}}}")
    };
    let endpoints = "endpoints: {e: {steps: [{work: 1ms}]}}";
    check(Kind::Twin, &twin(&format!("{{{endpoints}, replicas: 2}}")), None);
    let origin = "{value: 2, source: assumed, low: 1, high: 9}";
    check(Kind::Twin, &twin(&format!("{{{endpoints}, replicas: {origin}}}")), None);
    let law = "work: {value: {exponential: {mean: 1ms}}, source: inferred}";
    check(Kind::Twin, &twin(&format!("{{endpoints: {{e: {{steps: [{{{law}}}]}}}}}}")), None);
    check(Kind::Twin, &twin(&format!("{{{endpoints}, replica: 2}}")), Some("unknown key"));
    check(Kind::Twin, &twin("{}"), Some("endpoints is missing"));
    check(Kind::Twin, &twin(&format!("{{{endpoints}, replicas: -2}}")), Some("none of"));
    check(Kind::Twin, "{foreshadow: twin/v2, name: x, components: {}}", Some("twin/v2"));
    check(Kind::Scenario, "{foreshadow: scenario/v1}", Some("name is missing"));
}

#[test]
fn every_key_is_documented() {
    fn walk(schema: &Value, root: &Value, at: &str) {
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            let described = property.get("description").is_some()
                || property["$ref"].as_str().is_some_and(|name| {
                    root.pointer(&name[1..]).is_some_and(|d| d.get("description").is_some())
                });
            assert!(described, "{at}.{key} is not documented");
        }
    }
    for kind in Kind::ALL {
        let schema = schema(kind);
        walk(&schema, &schema, kind.name());
        for (name, definition) in schema["$defs"].as_object().expect("definitions") {
            walk(definition, &schema, name);
        }
    }
}
