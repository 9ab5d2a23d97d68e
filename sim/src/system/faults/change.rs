//! Changes in the midst of a run: replicas and callers take over other settings, steps, policies.

use crate::plan::{Change, FaultKind, Plan};
use crate::program::{Pc, Program};

use super::super::client::Policy;
use super::super::station::Settings;
use super::super::timers::Ring;
use super::super::{Cx, System};

/// A change made ready: what is another while it holds, as indices.
#[derive(Debug, Default)]
pub(in super::super) struct Patch {
    /// Components and their settings.
    settings: Vec<(u32, u32)>,
    /// Endpoints and their first operations.
    entries: Vec<(u32, Pc)>,
    /// Edges and their policies.
    policies: Vec<(u32, u32)>,
    /// Components and how many replicas they have.
    counts: Vec<(u32, u32)>,
    /// By component: its replicas below this index have the change.
    spread: Vec<u32>,
}

/// What a list of pairs has for `key`.
fn find(list: &[(u32, u32)], key: u32) -> Option<u32> {
    list.iter().find(|(known, _)| *known == key).map(|&(_, value)| value)
}

/// The changes among the faults of a plan, each with its index.
pub(in super::super) fn changes(plan: &Plan) -> impl Iterator<Item = (usize, &Change)> {
    plan.faults.iter().enumerate().filter_map(|(index, fault)| match &fault.kind {
        FaultKind::Change(change) => Some((index, &**change)),
        _ => None,
    })
}

/// Compiles the steps of all changes; returns, for each fault, its endpoints' first operations.
pub(in super::super) fn compile(plan: &Plan, program: &mut Program) -> Vec<Vec<(u32, Pc)>> {
    let mut entries = vec![Vec::new(); plan.faults.len()];
    for (fault, change) in changes(plan) {
        let compiled =
            change.endpoints.iter().map(|(id, e)| (*id as u32, program.endpoint(*id, e)));
        entries[fault] = compiled.collect();
    }
    entries
}

/// Appends the settings and policies of all changes to those of the plan.
pub(in super::super) fn patches<'p>(
    plan: &'p Plan,
    entries: &[Vec<(u32, Pc)>],
    settings: &mut Vec<Settings<'p>>,
    policies: &mut Vec<Policy<'p>>,
    rings: &mut Vec<Ring>,
) -> Vec<Patch> {
    let mut patches: Vec<Patch> = plan.faults.iter().map(|_| Patch::default()).collect();
    for (fault, change) in changes(plan) {
        let patch = &mut patches[fault];
        patch.entries.clone_from(&entries[fault]);
        for (id, component) in &change.components {
            patch.settings.push((*id as u32, settings.len() as u32));
            settings.push(Settings::new(component, rings));
        }
        for (id, edge) in &change.edges {
            patch.policies.push((*id as u32, policies.len() as u32));
            policies.push(Policy::new(edge, rings));
        }
        patch.counts.extend(change.counts.iter().map(|&(id, count)| (id as u32, count)));
        patch.spread = vec![0; plan.components.len()];
    }
    // What one policy of an edge began is ended under another: they keep the same books.
    for edge in 0..plan.edges.len() {
        let all = patches.iter().filter_map(|patch| find(&patch.policies, edge as u32));
        let all: Vec<usize> =
            all.map(|policy| policy as usize).chain(std::iter::once(edge)).collect();
        Policy::keep_the_same_books(policies, &all);
    }
    patches
}

impl System<'_> {
    /// A change reaches more replicas.
    pub(super) fn change_spreads(&mut self, fault: usize, cx: &mut Cx) {
        let (steps, grown) = (self.steps_of(fault), self.faults.courses[fault].grown);
        for (component, station) in self.stations.iter().enumerate() {
            let all = u64::from(station.present) * u64::from(grown);
            let reached =
                if grown == steps { u64::from(u32::MAX) } else { all.div_ceil(u64::from(steps)) };
            self.faults.courses[fault].patch.spread[component] = reached as u32;
        }
        self.apply_changes(cx);
    }

    /// What the last change in force that has something for the replica `index` of `component`
    /// says.
    fn changed(
        &self,
        component: usize,
        index: u32,
        what: impl Fn(&Patch) -> Option<u32>,
    ) -> Option<u32> {
        self.faults.changes.iter().rev().find_map(|&fault| {
            let patch = &self.faults.courses[fault].patch;
            if index < patch.spread[component] { what(patch) } else { None }
        })
    }

    /// The first operation of an endpoint on a replica, while a change is in force.
    pub(in super::super) fn changed_entry(&self, replica: u32, endpoint: u32) -> Pc {
        let component = self.replicas[replica as usize].component as usize;
        let index = replica - self.stations[component].first_replica;
        let changed = self.changed(component, index, |patch| find(&patch.entries, endpoint));
        changed.unwrap_or(self.program.entries[endpoint as usize])
    }

    /// Every replica and caller takes over what is in force for it now.
    pub(super) fn apply_changes(&mut self, cx: &mut Cx) {
        let plan = self.plan;
        let network =
            self.faults.changes.iter().rev().find_map(|&fault| match &plan.faults[fault].kind {
                FaultKind::Change(change) => change.network.as_ref(),
                _ => None,
            });
        self.network = network.unwrap_or(&plan.network);
        for component in 0..self.stations.len() {
            self.apply_settings(component, cx);
        }
        for edge in 0..self.plan.edges.len() {
            self.apply_policy(edge, cx);
        }
        for component in 0..self.stations.len() {
            self.apply_count(component, cx);
        }
    }

    fn apply_settings(&mut self, component: usize, cx: &mut Cx) {
        let (first, count) =
            (self.stations[component].first_replica, self.stations[component].replicas);
        for index in 0..count {
            let settings = |patch: &Patch| find(&patch.settings, component as u32);
            let settings = self.changed(component, index, settings).unwrap_or(component as u32);
            if self.replicas[(first + index) as usize].settings != settings {
                self.reconfigure(first + index, settings, cx);
            }
        }
        self.watch(component, cx);
    }

    fn apply_policy(&mut self, edge: usize, cx: &mut Cx) {
        let component = self.plan.edges[edge].caller;
        let (first, count) =
            (self.stations[component].first_replica, self.stations[component].replicas);
        for index in 0..count {
            let policy = |patch: &Patch| find(&patch.policies, edge as u32);
            let policy = self.changed(component, index, policy).unwrap_or(edge as u32);
            self.follow(edge as u32, first + index, policy, cx);
        }
    }

    fn apply_count(&mut self, component: usize, cx: &mut Cx) {
        let count = |patch: &Patch| find(&patch.counts, component as u32);
        let planned = self.plan.components[component].replicas.len() as u32;
        let count = self.changed(component, 0, count).unwrap_or(planned);
        if std::mem::replace(&mut self.faults.counts[component], count) != count {
            self.scale_to(component, count, cx);
        }
    }
}
