//! Single points of failure: what alone, when it is gone, makes every request of an entry fail that
//! needs it.

use std::collections::BTreeSet;

use foreshadow_scenarios::CheckedTwin;
use foreshadow_sim::plan::{ComponentId, EndpointId, Place, Step};
use serde::Serialize;

use super::fails_without;

/// A single point of failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WeakPoint {
    /// A component, a zone or a host.
    pub part: String,
    /// Why it is one: the components that have nothing else.
    pub why: String,
    /// The entries of which requests fail while it is gone.
    pub entries: Vec<String>,
}

/// All of a twin, those that harm most entries first.
pub(super) fn points(twin: &CheckedTwin) -> Vec<WeakPoint> {
    let plan = &twin.plan;
    let mut needs = vec![None; plan.endpoints.len()];
    let roots = plan.roots();
    for &root in &roots {
        needed(twin, root, &mut needs);
    }
    let entries_of = |components: &BTreeSet<ComponentId>| -> Vec<String> {
        let fails = |root: &&EndpointId| {
            needs[**root].as_ref().is_some_and(|all: &BTreeSet<_>| !all.is_disjoint(components))
        };
        roots.iter().filter(fails).map(|&root| twin.names.endpoints[root].clone()).collect()
    };
    let mut points = Vec::new();
    let mut add = |part: &str, why: String, components: &BTreeSet<ComponentId>| {
        let entries = entries_of(components);
        if !entries.is_empty() {
            points.push(WeakPoint { part: part.to_owned(), why, entries });
        }
    };
    for (id, component) in plan.components.iter().enumerate() {
        if component.replicas.len() == 1 {
            let why = String::from("it has one replica");
            add(&twin.names.components[id], why, &BTreeSet::from([id]));
        }
    }
    let groups = [
        (twin.names.zones.as_slice(), "zone", ZONE),
        (&hosts(twin), "host", |place: &Place| place.host),
    ];
    for (names, what, of) in groups {
        if names.len() < 2 {
            continue; // All there is: its loss needs no saying.
        }
        for (index, name) in names.iter().enumerate() {
            let is_all_there = |id: &ComponentId| {
                let places = &plan.components[*id].replicas;
                // One replica is weak wherever it is.
                places.len() > 1 && places.iter().all(|place| of(place) == Some(index))
            };
            let lost: BTreeSet<_> = (0..plan.components.len()).filter(is_all_there).collect();
            let list: Vec<&str> = lost.iter().map(|&id| &*twin.names.components[id]).collect();
            let why = format!("all replicas of {} are in this {what}", list.join(", "));
            add(name, why, &lost);
        }
    }
    points.sort_by(|a, b| b.entries.len().cmp(&a.entries.len()).then(a.part.cmp(&b.part)));
    points
}

/// Which zone a place is in.
const ZONE: fn(&Place) -> Option<usize> = |place| Some(usize::from(place.zone));

fn hosts(twin: &CheckedTwin) -> Vec<String> {
    twin.twin.hosts.iter().map(|(name, _)| name.value.clone()).collect()
}

/// The components without which some requests of an endpoint fail; itself among them.
fn needed(
    twin: &CheckedTwin,
    endpoint: EndpointId,
    known: &mut Vec<Option<BTreeSet<ComponentId>>>,
) -> BTreeSet<ComponentId> {
    if let Some(set) = &known[endpoint] {
        return set.clone();
    }
    let mut set = BTreeSet::from([twin.plan.endpoints[endpoint].component]);
    let served = &twin.plan.endpoints[endpoint];
    if !twin.plan.components[served.component].acknowledges {
        needed_by(twin, &served.steps, &mut set, known);
    }
    known[endpoint] = Some(set.clone());
    set
}

fn needed_by(
    twin: &CheckedTwin,
    steps: &[Step],
    set: &mut BTreeSet<ComponentId>,
    known: &mut Vec<Option<BTreeSet<ComponentId>>>,
) {
    for step in steps {
        match step {
            Step::Call(call) if fails_without(call) => {
                set.extend(needed(twin, call.endpoint, known));
            }
            Step::Work(_) | Step::Think(_) | Step::Publish(_) | Step::Call(_) => {}
            Step::Parallel(branches) => {
                for steps in branches {
                    needed_by(twin, steps, set, known);
                }
            }
            Step::Choose(options) => {
                for (_, steps) in options {
                    needed_by(twin, steps, set, known);
                }
            }
            Step::Cache(cache) => needed_by(twin, &cache.miss, set, known),
        }
    }
}
