//! Which endpoint of a twin each observed endpoint is.
//!
//! By what the twin says that spans call it (`binds: {spans: …}` of component and endpoint); where
//! it does not say, by the name that learning would give it.

use std::collections::BTreeMap;

use foreshadow_scenarios::CheckedTwin;

use crate::infer::Labels;
use crate::observe::{Component, Observations};

/// The name in the twin of each observed endpoint; none where it has none.
pub(super) fn names(
    twin: &CheckedTwin,
    all: &Observations,
    labels: &Labels,
) -> Vec<Option<String>> {
    // (component's name, endpoint's name in spans, how many of that name before) to the twin's name
    let mut bound: BTreeMap<(&str, &str, usize), String> = BTreeMap::new();
    // The component of a name in spans.
    let mut component_of: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, component) in twin.twin.components.iter() {
        if let Some(spans) = component.binds.get("spans") {
            component_of.entry(spans.as_str()).or_insert(name.value.as_str());
        }
        let mut levels: BTreeMap<&str, usize> = BTreeMap::new();
        for (endpoint, definition) in component.endpoints.iter() {
            let Some(spans) = definition.binds.get("spans") else { continue };
            let level = levels.entry(spans.as_str()).or_default();
            let full = format!("{}.{}", name.value, endpoint.value);
            bound.insert((name.value.as_str(), spans.as_str(), *level), full);
            *level += 1;
        }
    }
    let name = |(i, endpoint): (usize, &crate::observe::Endpoint)| {
        let label = labels.components[endpoint.component as usize].as_str();
        let component = match &all.components[endpoint.component as usize] {
            Component::Service(spans) => component_of.get(spans.as_str()).copied().unwrap_or(label),
            _ => label,
        };
        let key = (component, endpoint.operation.as_str(), usize::from(endpoint.level));
        let by_name = || {
            let name = format!("{component}.{}", labels.endpoints[i]);
            twin.names.endpoints.contains(&name).then_some(name)
        };
        bound.get(&key).cloned().or_else(by_name)
    };
    all.endpoints.iter().enumerate().map(name).collect()
}
