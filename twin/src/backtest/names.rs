//! Which endpoint of a twin each observed endpoint is.
//!
//! By what the twin says that spans call it (`binds: {spans: …}` of component and endpoint). Where several are
//! called the same there, as statements that are told apart by who asks for them, the name that learning
//! would give decides, and for those whose name was changed their order. Where the twin does not
//! say what spans call it, that name alone decides. No two are the same endpoint of the twin.

use std::collections::{BTreeMap, BTreeSet};

use foreshadow_scenarios::CheckedTwin;

use crate::infer::Labels;
use crate::observe::{Component, Endpoint, Observations};

/// The name in the twin of each observed endpoint; none where it has none.
pub(super) fn names(
    twin: &CheckedTwin,
    all: &Observations,
    labels: &Labels,
) -> Vec<Option<String>> {
    // (component's name, endpoint's name in spans) to the twin's names
    let mut bound: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    // The component of a name in spans.
    let mut component_of: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, component) in twin.twin.components.iter() {
        if let Some(spans) = component.binds.get("spans") {
            component_of.entry(spans.as_str()).or_insert(name.value.as_str());
        }
        for (endpoint, definition) in component.endpoints.iter() {
            let Some(spans) = definition.binds.get("spans") else { continue };
            let full = format!("{}.{}", name.value, endpoint.value);
            bound.entry((name.value.as_str(), spans.as_str())).or_default().push(full);
        }
    }
    let component = |endpoint: &Endpoint| {
        let label = labels.components[endpoint.component as usize].as_str();
        match &all.components[endpoint.component as usize] {
            Component::Service(spans) => component_of.get(spans.as_str()).copied().unwrap_or(label),
            _ => label,
        }
    };
    let labelled = |i: usize| format!("{}.{}", component(&all.endpoints[i]), labels.endpoints[i]);
    let candidates = |i: usize| {
        let endpoint = &all.endpoints[i];
        bound.get(&(component(endpoint), endpoint.operation.as_str()))
    };
    let mut names: Vec<Option<String>> = (0..all.endpoints.len())
        .map(|i| candidates(i)?.iter().find(|name| **name == labelled(i)).cloned())
        .collect();
    let mut taken: BTreeSet<String> = names.iter().flatten().cloned().collect();
    for (i, name) in names.iter_mut().enumerate().filter(|(_, name)| name.is_none()) {
        let free = candidates(i).and_then(|all| all.iter().find(|name| !taken.contains(*name)));
        let by_name = || {
            let name = labelled(i);
            (twin.names.endpoints.contains(&name) && !taken.contains(&name)).then_some(name)
        };
        *name = free.cloned().or_else(by_name);
        taken.extend(name.clone());
    }
    names
}
