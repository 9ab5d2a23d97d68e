//! Changes in the midst of a run: the twin is lowered again with the edits, and the two plans are
//! compared part by part.

use std::collections::BTreeMap;

use foreshadow_sim::plan::{Call, Change, Component, EdgeId, OnFailure, Plan, Step};

use super::super::{Lowering, Names};
use crate::address::{self, Subject};
use crate::decode::decode;
use crate::model::fault::Fault;
use crate::model::twin::Twin;
use crate::node::{Key, Node};
use crate::problem::Problem;
use crate::scenario::Scenario;

impl Lowering {
    /// What the fault `index` changes, if it is a change and a right one. What is wrong with a twin
    /// that is not sound would be found once more.
    pub(super) fn change_of(
        &mut self,
        scenario: &Scenario,
        index: usize,
        is_sound: bool,
    ) -> Option<Change> {
        let fault = &scenario.file.faults[index];
        let steps = match &fault.value {
            Fault::BadDeploy(deploy) => deploy.steps.as_ref(),
            Fault::Change(_) => None,
            _ => return None,
        };
        if let Some(steps) = steps.filter(|steps| steps.value.0 == 0) {
            let message = "expected at least one step";
            self.problem(Problem::at(steps.span, message).help("leave it out for one"));
            return None;
        }
        let written = scenario.tree.get("faults")?.items().get(index)?.get(fault.name())?;
        let edits = written.get("set").map_or(&[][..], Node::entries);
        let Some((first, _)) = edits.first() else {
            self.problem(
                Problem::at(fault.span, format!("`{}` sets nothing", fault.name()))
                    .help("add `set: {component.replicas: 3}`, values by their address"),
            );
            return None;
        };
        if let Some(at) = fault.course().at {
            let stray = edits.iter().find(|(key, _)| {
                address::longest([at.value.as_str()].into_iter(), &key.name).is_none()
            });
            if let Some((key, _)) = stray {
                let message = format!("`{}` is no part of `{}`", key.name, at.value);
                self.problem(Problem::at(key.span, message).help("leave out `at`"));
                return None;
            }
        }
        if !is_sound {
            return None;
        }
        let changed = self.changed(&scenario.twin_tree, edits)?;
        let place = first.span;
        let change = difference(&self.plan, &self.names, changed);
        let change = change.map_err(|what| {
            Problem::at(place, format!("a change in the midst of a run cannot {what}"))
                .help("compare two runs instead: put it under `changes:` of another scenario")
        });
        let change = self.note(change)?;
        Some(Change { steps: steps.map_or(1, |steps| steps.value.0), ..change })
    }

    /// The twin lowered with some edits.
    fn changed(&mut self, twin: &Node, edits: &[(Key, Node)]) -> Option<Self> {
        let mut tree = twin.clone();
        for (key, value) in edits {
            if address::subject(twin, &key.name) == Some(Subject::Scenario) {
                let message = format!("`{}` is no part of the twin", key.name);
                self.problem(Problem::at(key.span, message));
                return None;
            }
            let edited = address::set(&mut tree, &key.name, key.span, value.clone());
            self.note(edited)?;
        }
        let mut other = Self::default();
        let decoded = decode::<Twin>(&tree);
        other.system(&self.note(decoded)?);
        if other.problems.is_empty() {
            return Some(other);
        }
        self.problems.append(&mut other.problems);
        None
    }
}

/// What of a plan is another with a change; or what such a change cannot do.
fn difference(plan: &Plan, names: &Names, changed: Lowering) -> Result<Change, String> {
    let Lowering { plan: mut other, names: other_names, .. } = changed;
    if (&names.components, &names.endpoints) != (&other_names.components, &other_names.endpoints) {
        return Err(String::from("add or remove components or endpoints"));
    }
    if (&names.zones, &plan.hosts) != (&other_names.zones, &other.hosts) {
        return Err(String::from("change zones or hosts"));
    }
    let known: BTreeMap<&String, EdgeId> =
        names.edges.iter().enumerate().map(|(id, name)| (name, id)).collect();
    let mut edges = Vec::new();
    for name in &other_names.edges {
        let Some(&edge) = known.get(name) else {
            return Err(format!("add the calls `{name}`"));
        };
        edges.push(edge);
    }
    let mut change = Change::default();
    for (id, (before, after)) in plan.components.iter().zip(other.components).enumerate() {
        let name = &names.components[id];
        difference_of_component(&mut change, (id, name), before, after)?;
    }
    for (id, (before, mut after)) in plan.endpoints.iter().zip(other.endpoints).enumerate() {
        renumber(&mut after.steps, &edges);
        if before.priority != after.priority {
            return Err(format!("give `{}` another priority", names.endpoints[id]));
        }
        if before.errors.total_cmp(&after.errors).is_ne() {
            let name = &names.endpoints[id];
            return Err(format!("give `{name}` another share of errors (the fault `errors` can)"));
        }
        if *before != after {
            change.endpoints.push((id, after));
        }
    }
    for (edge, after) in edges.into_iter().zip(other.edges) {
        if plan.edges[edge] != after {
            change.edges.push((edge, after));
        }
    }
    change.network = (plan.network != other.network).then(|| std::mem::take(&mut other.network));
    Ok(change)
}

fn difference_of_component(
    change: &mut Change,
    (id, name): (usize, &str),
    before: &Component,
    mut after: Component,
) -> Result<(), String> {
    if before.acknowledges != after.acknowledges {
        return Err(format!("make another kind of `{name}`"));
    }
    if before.cpu.is_some() != after.cpu.is_some() {
        return Err(format!("give or take the cores of `{name}`"));
    }
    if before.batch.is_some() != after.batch.is_some() {
        return Err(format!("change whether `{name}` serves groups"));
    }
    let discipline = |c: &Component| std::mem::discriminant(&c.queue.discipline);
    if discipline(before) != discipline(&after) {
        return Err(format!("change the discipline of `{name}`'s queue"));
    }
    let count = after.replicas.len();
    if (0..count).any(|index| before.place(index) != after.place(index)) {
        return Err(format!("move the replicas of `{name}`"));
    }
    if count != before.replicas.len() {
        if before.autoscale.is_some() || after.autoscale.is_some() {
            return Err(format!("set the replicas of `{name}`, which its autoscaler decides"));
        }
        change.counts.push((id, count as u32));
    }
    after.replicas.clone_from(&before.replicas);
    after.places.clone_from(&before.places);
    if *before != after {
        change.components.push((id, after));
    }
    Ok(())
}

/// Gives calls the edges of another plan, `edges` by those of their own.
fn renumber(steps: &mut [Step], edges: &[EdgeId]) {
    let renumber_call = |call: &mut Call| {
        let renumbered = |edge: EdgeId| edges.get(edge).copied().unwrap_or(edge);
        call.edge = call.edge.map(renumbered);
        call.backup = call.backup.map(|(endpoint, edge)| (endpoint, renumbered(edge)));
        if let OnFailure::Fallback(steps) = &mut call.on_failure {
            renumber(steps, edges);
        }
    };
    for step in steps {
        match step {
            Step::Work(_) | Step::Think(_) => {}
            Step::Call(call) | Step::Publish(call) => renumber_call(call),
            Step::Cache(cache) => renumber(&mut cache.miss, edges),
            Step::Parallel(branches) => {
                for steps in branches {
                    renumber(steps, edges);
                }
            }
            Step::Choose(options) => {
                for (_, steps) in options {
                    renumber(steps, edges);
                }
            }
        }
    }
}
