//! A load file alone, as a scenario: for whoever sends its load to a real target and needs no twin.
//!
//! The scenario and its twin are texts that no disk holds. The twin has an endpoint for each entry of
//! the mix, and nobody asks what happens in it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Reader, Scenario, load_scenario, read};
use crate::decode::{Spanned, decode};
use crate::learned::{LearnedLoad, load_learned};
use crate::model::load_file::MixEntry;
use crate::node::{Key, Node, Value};
use crate::problem::{Problem, Problems, suggest};
use crate::source::Sources;

/// The component of operations that are no address: `target.GET /cart`.
const COMPONENT: &str = "target";

/// What is done with a load file: the keys of `learned:` of a scenario, as they are written there.
#[derive(Debug, Clone, Default)]
pub struct Alone {
    /// Which time of its curve; its peak by default.
    pub at: Option<String>,
    /// Which quantile; the median by default.
    pub quantile: Option<String>,
    /// Multiple of it; 1 by default.
    pub scale: Option<String>,
    /// Whether requests come by themselves or people go through sessions: `requests` (the default) or
    /// `sessions`.
    pub form: Option<String>,
    /// A file of coming events, from wherever the program runs.
    pub events: Option<PathBuf>,
    /// For how long; 10 min by default.
    pub horizon: Option<String>,
    /// A file of how its endpoints or operations are called, of the form of `requests:` of a scenario.
    /// An operation such as `GET /cart` says so itself.
    pub requests: Option<PathBuf>,
}

/// The load file at `path` as a scenario; `sets` are edits as (address, value).
///
/// # Errors
/// Everything found wrong with the files or with what is done with them.
pub fn load_alone(
    path: &Path,
    what: &Alone,
    sets: &[(String, String)],
    reader: Reader<'_>,
) -> Result<Scenario, Problems> {
    let learned = load_learned(path, None, reader)?;
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let (flags, twin) = (format!("{file}, as the flags say"), format!("{file}, its endpoints"));
    let texts = BTreeMap::from([
        (path.with_file_name(&flags), scenario_text(&learned, what, &file, &twin)),
        (path.with_file_name(&twin), twin_text(&learned)),
    ]);
    let virtually = |asked: &Path| match texts.get(asked) {
        Some(text) => io::Result::Ok(text.clone()),
        None => reader(asked),
    };
    let mut scenario = load_scenario(&path.with_file_name(&flags), sets, &virtually)?;
    scenario.learned = scenario.learned.map(|learned| Arc::new(named(&learned)));
    match &what.requests {
        Some(requests) => with_requests(scenario, requests, reader),
        None => Ok(scenario),
    }
}

/// The address of an entry of a mix.
fn address(entry: &MixEntry) -> String {
    match (&entry.endpoint, &entry.operation) {
        (Some(endpoint), _) => endpoint.value.clone(),
        (None, Some(operation)) if is_address(operation) => operation.value.clone(),
        (None, operation) => {
            let operation = operation.as_ref().map_or("", |operation| operation.value.as_str());
            format!("{COMPONENT}.{operation}")
        }
    }
}

/// Whether an operation is the address of an endpoint.
fn is_address(operation: &str) -> bool {
    let is_plain = !operation.contains([' ', '/']);
    is_plain && operation.split_once('.').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
}

/// The load where every entry says which endpoint it is.
fn named(learned: &LearnedLoad) -> LearnedLoad {
    let mut file = (*learned.file).clone();
    for entry in &mut file.mix.value {
        let span = entry.operation.as_ref().map_or(entry.span, |operation| operation.span);
        entry.value.endpoint = Some(Spanned { value: address(entry), span });
    }
    LearnedLoad { file: Arc::new(file), ..learned.clone() }
}

/// A string of JSON is one of YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn scenario_text(learned: &LearnedLoad, what: &Alone, file: &str, twin: &str) -> String {
    let mut text = format!(
        "foreshadow: scenario/v1\nname: {}\ntwin: {}\nload:\n  learned:\n    file: {}\n",
        quoted(&learned.file.name),
        quoted(twin),
        quoted(file)
    );
    // The text stands beside the load file, wherever that is.
    let events = what.events.as_ref().map(|path| {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        path.to_string_lossy().into_owned()
    });
    let keys = [
        ("at", &what.at),
        ("quantile", &what.quantile),
        ("scale", &what.scale),
        ("as", &what.form),
        ("events", &events),
    ];
    for (key, value) in keys {
        let plain = if key == "scale" { str::to_owned } else { quoted };
        let value = value.as_deref().map(plain).unwrap_or_default();
        if !value.is_empty() {
            _ = writeln!(text, "    {key}: {value}");
        }
    }
    if let Some(horizon) = &what.horizon {
        _ = writeln!(text, "run: {{horizon: {}}}", quoted(horizon));
    }
    text += "requests:\n";
    let mut said = false;
    for entry in &*learned.file.mix {
        let Some((method, path)) = entry.operation.as_deref().and_then(|o| of_operation(o)) else {
            continue;
        };
        said = true;
        let (method, path) = (quoted(method), quoted(path));
        _ = writeln!(text, "  {}: {{method: {method}, path: {path}}}", quoted(&address(entry)));
    }
    if said {
        text
    } else {
        text.replace("requests:\n", "requests: {} # as --requests FILE says\n")
    }
}

/// Method and path of an operation that says both, as `GET /cart` does; one with identifiers left out
/// says too little.
fn of_operation(operation: &str) -> Option<(&str, &str)> {
    let (method, path) = operation.split_once(' ')?;
    let is_method = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
    (is_method && path.starts_with('/') && !path.contains(['{', '*', ' ']))
        .then_some((method, path))
}

fn twin_text(learned: &LearnedLoad) -> String {
    let mut components: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in &*learned.file.mix {
        let address = address(entry);
        let (component, endpoint) = match address.strip_prefix(COMPONENT) {
            Some(rest) if rest.starts_with('.') => (COMPONENT, &rest[1..]),
            _ => address.rsplit_once('.').unwrap_or((COMPONENT, &address)),
        };
        let endpoints = components.entry(component.to_owned()).or_default();
        if !endpoints.iter().any(|known| known == endpoint) {
            endpoints.push(endpoint.to_owned());
        }
    }
    let mut text = String::from("foreshadow: twin/v1\nname: target\ncomponents:\n");
    for (component, endpoints) in components {
        let endpoints = endpoints.iter().map(|name| format!("{}: {{steps: []}}", quoted(name)));
        let endpoints: Vec<String> = endpoints.collect();
        _ = writeln!(text, "  {}: {{endpoints: {{{}}}}}", quoted(&component), endpoints.join(", "));
    }
    text
}

/// The scenario with what a file says of how endpoints are called.
fn with_requests(
    scenario: Scenario,
    path: &Path,
    reader: Reader<'_>,
) -> Result<Scenario, Problems> {
    let mut sources = Sources::clone(&scenario.sources);
    let merged = merged(&mut sources, &scenario, path, reader);
    let file = merged.and_then(|tree| Ok((decode(&tree)?, tree)));
    let (file, tree) = file.map_err(|problem| Problems::new(&sources, vec![problem]))?;
    Ok(Scenario { sources: Arc::new(sources), tree, file: Arc::new(file), ..scenario })
}

fn merged(
    sources: &mut Sources,
    scenario: &Scenario,
    path: &Path,
    reader: Reader<'_>,
) -> Result<Node, Problem> {
    let requests = read(sources, path, None, reader)?;
    let mix = scenario.learned.as_ref().map_or(&[][..], |learned| &learned.file.mix);
    let mut tree = scenario.tree.clone();
    let key = Key { span: tree.span, name: String::from("requests") };
    let own = tree.get_or_insert(key, Value::Map(Vec::new()));
    let Some(Node { value: Value::Map(own), .. }) = own else { return Ok(tree) };
    for (key, node) in requests.entries() {
        let is_it = |entry: &&Spanned<MixEntry>| {
            let names = entry.endpoint.iter().chain(&entry.operation);
            names.into_iter().any(|name| name.value == key.name)
        };
        let Some(entry) = mix.iter().find(is_it) else {
            let known = mix.iter().filter_map(|e| e.operation.as_ref().or(e.endpoint.as_ref()));
            let help = suggest(&key.name, "entries", known.map(|name| name.value.as_str()));
            let message = format!("`{}` is not in the mix of the load", key.name);
            return Err(Problem::at(key.span, message).help(help));
        };
        let name = address(entry);
        own.retain(|(known, _)| known.name != name);
        own.push((Key { span: key.span, name }, node.clone()));
    }
    Ok(tree)
}
