//! What manifests, states and graphs say, merged into a model that was learned from spans.
//!
//! A component of the spans is the component of a file that has its name; how names are compared
//! stands in [`matching`]. What a file states then stands in the twin as `declared`, with the place
//! that says it. What the language cannot say, what contradicts the spans and what would count
//! something twice is left out and listed ([`FactsReport`]), never dropped in silence.

use std::collections::{BTreeMap, BTreeSet};

use foreshadow_telemetry::{Fact, Facts, Host, Origin, Role};

use crate::model::{Component, Model};
use crate::write::{in_quotes, key, number, quoted};

mod edges;
pub(crate) mod matching;
mod policy;
mod report;
mod station;
#[cfg(test)]
mod tests;

pub use report::FactsReport;

/// Facts, and which component of the spans each is about.
#[derive(Debug)]
pub(crate) struct Declarations<'a> {
    facts: &'a Facts,
    /// Facts by name of the twin's component.
    matched: BTreeMap<String, &'a foreshadow_telemetry::Component>,
    /// Components to add although no span shows them, with their names in the twin.
    added: Vec<(String, &'a foreshadow_telemetry::Component)>,
    /// What came of it.
    pub(crate) report: FactsReport,
}

impl<'a> Declarations<'a> {
    /// Matches `facts` with the components of `model`; `wanted` are components to add although no
    /// span shows them.
    ///
    /// The error is the name of a wanted component that no file describes.
    pub(crate) fn of(facts: &'a Facts, model: &Model, wanted: &[String]) -> Result<Self, String> {
        let found = matching::matching(&model.components, facts);
        let matched: BTreeMap<String, &foreshadow_telemetry::Component> = found
            .pairs
            .iter()
            .map(|&(i, fact, _)| (model.components[i].name.clone(), &facts.components[fact]))
            .collect();
        let mut added: Vec<(String, &foreshadow_telemetry::Component)> = Vec::new();
        for name in wanted {
            let fact = facts.component(name).ok_or_else(|| name.clone())?;
            let is_there = matched.values().any(|known| std::ptr::eq(*known, fact));
            if !is_there && !added.iter().any(|(_, known)| std::ptr::eq(*known, fact)) {
                added.push((free_name(&fact.name.value, model), fact));
            }
        }
        let report = FactsReport::of(facts, model, &found, &added);
        Ok(Self { facts, matched, added, report })
    }

    /// Writes what is declared into `model`; what could not be is returned, one line each.
    pub(crate) fn apply(&self, model: &mut Model) -> Vec<Note> {
        let mut notes = Vec::new();
        if self.facts.is_empty() {
            return notes;
        }
        for (name, _) in &self.added {
            model.components.push(Component { name: name.clone(), ..Component::default() });
        }
        let fact_of: BTreeMap<String, &foreshadow_telemetry::Component> = self
            .matched
            .iter()
            .map(|(name, fact)| (name.clone(), *fact))
            .chain(self.added.iter().cloned())
            .collect();
        let places = Places::of(self.facts, fact_of.values().copied(), &mut notes);
        for component in &mut model.components {
            if let Some(fact) = fact_of.get(&component.name) {
                let mut declared = station::declared(component, fact, &mut notes);
                declared.settings.extend(places.of_component(fact));
                component.declared = declared;
            }
            for edge in &mut component.clients {
                if let Some(fact) = fact_of.get(&edge.callee) {
                    edge.policy = policy::lines(&fact.policy);
                }
            }
        }
        for (name, fact) in &fact_of {
            notes.extend(policy::left_out(name, &fact.policy));
        }
        (model.zones, model.hosts) = places.lines();
        self.edges(model);
        notes
    }
}

/// Something that could not be used as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    /// Of what.
    of: String,
    /// What, and why.
    what: String,
}

impl Note {
    fn new(of: &str, what: String) -> Self {
        Self { of: of.to_owned(), what }
    }
}

/// A name that no component has, for one that only files know.
fn free_name(name: &str, model: &Model) -> String {
    let mut name = crate::names::component(name);
    while model.components.iter().any(|component| component.name == name) {
        name.push_str("_declared");
    }
    name
}

/// A value with the place that states it.
fn stated(value: &str, origin: &Origin) -> String {
    format!("{{value: {value}, source: declared, from: {}}}", in_quotes(&origin.to_string()))
}

/// The word of the language for a role; none where it is not one of the language's kinds, or where
/// the kind would change how the component works.
fn kind(role: Option<&Fact<Role>>) -> Option<&'static str> {
    match role?.value {
        Role::Database => Some("database"),
        Role::Cache => Some("cache"),
        Role::Balancer => Some("balancer"),
        Role::External => Some("external"),
        Role::Service | Role::Queue | Role::Machines => None,
    }
}

/// Zones and hosts that a matched component is said to be in.
struct Places<'a> {
    zones: Vec<&'a Fact<String>>,
    hosts: Vec<&'a Host>,
}

impl<'a> Places<'a> {
    fn of(
        facts: &'a Facts,
        components: impl Iterator<Item = &'a foreshadow_telemetry::Component>,
        notes: &mut Vec<Note>,
    ) -> Self {
        let (mut zones, mut named) = (Vec::<&Fact<String>>::new(), BTreeSet::new());
        for component in components {
            named.extend(component.hosts.iter().map(|host| host.value.as_str()));
            // Both at once are refused by the language: a host is in its zone anyway.
            if component.hosts.is_empty() {
                zones.extend(&component.zones);
            }
        }
        let hosts = facts.hosts.iter().filter(|host| named.contains(host.name.value.as_str()));
        let mut hosts: Vec<&Host> = hosts.collect();
        zones.extend(hosts.iter().filter_map(|host| host.zone.as_ref()));
        zones.sort_by(|a, b| a.value.cmp(&b.value));
        zones.dedup_by(|a, b| a.value == b.value);
        if !zones.is_empty() {
            hosts.retain(|host| {
                if host.zone.is_none() {
                    let (name, origin) = (&host.name.value, &host.name.origin);
                    notes.push(Note::new(
                        name,
                        format!("host left out: its zone is not declared ({origin})"),
                    ));
                }
                host.zone.is_some()
            });
        }
        hosts.sort_by(|a, b| a.name.value.cmp(&b.name.value));
        Self { zones, hosts }
    }

    /// Where a component's replicas are placed.
    fn of_component(&self, fact: &foreshadow_telemetry::Component) -> Option<String> {
        let known = |host: &&Fact<String>| self.hosts.iter().any(|it| it.name.value == host.value);
        let hosts: Vec<&Fact<String>> = fact.hosts.iter().filter(known).collect();
        let in_zones = fact.hosts.is_empty();
        let zones = fact.zones.iter().filter(|_| in_zones).collect::<Vec<_>>();
        let (word, list) = if hosts.is_empty() { ("zones", zones) } else { ("hosts", hosts) };
        let first = list.first()?;
        let mut names: Vec<String> = list.iter().map(|it| quoted(&it.value)).collect();
        names.sort();
        names.dedup();
        Some(format!("{word}: {}", stated(&format!("[{}]", names.join(", ")), &first.origin)))
    }

    /// The lines of the twin's `zones` and `hosts`.
    fn lines(&self) -> (Vec<String>, Vec<String>) {
        let zone =
            |zone: &&Fact<String>| format!("{}: {}", key(&zone.value), stated("{}", &zone.origin));
        let host = |host: &&Host| {
            let zone = host.zone.as_ref().map(|zone| format!("zone: {}", quoted(&zone.value)));
            let cores = host.cores.as_ref().filter(|cores| cores.value > 0.0);
            let cores = cores
                .map(|cores| format!("cores: {}", stated(&number(cores.value, 4), &cores.origin)));
            let words: Vec<String> = zone.into_iter().chain(cores).collect();
            format!("{}: {{{}}}", key(&host.name.value), words.join(", "))
        };
        (self.zones.iter().map(zone).collect(), self.hosts.iter().map(host).collect())
    }
}
