//! Endpoints that call each other in a circle: the simulator refuses them.
//!
//! An endpoint that waits on itself within one trace was split by depth when it was observed. What
//! is left are circles across traces (x calls y here, y calls x there): their rarest call goes.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::Labels;
use crate::observe::{Stage, View};

/// Calls left out.
#[derive(Debug, Default)]
pub(super) struct Circles {
    /// As (caller, callee).
    pub(super) removed: BTreeSet<(u32, u32)>,
    counts: Vec<((u32, u32), usize)>,
}

impl Circles {
    /// The calls left out, by name, with how often they were seen.
    pub(super) fn named(&self, labels: &Labels) -> Vec<(String, String, usize)> {
        let name = |endpoint: u32| labels.full[endpoint as usize].clone();
        let calls = self.counts.iter();
        calls.map(|&((caller, callee), count)| (name(caller), name(callee), count)).collect()
    }
}

/// The rarest calls without which no endpoint calls itself through others.
pub(super) fn cut(view: View<'_>) -> Circles {
    let mut calls: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for visit in view.visits {
        for run in view.all.shapes[visit.shape as usize].iter().flat_map(Stage::runs) {
            *calls.entry((visit.endpoint, run.target)).or_default() += run.count as usize;
        }
    }
    let mut circles = Circles::default();
    loop {
        let rarest = on_circles(&calls).into_iter().min_by_key(|call| (calls[call], *call));
        let Some(call) = rarest else { return circles };
        let count = calls.remove(&call).unwrap_or(0);
        circles.removed.insert(call);
        circles.counts.push((call, count));
    }
}

/// Calls between endpoints of one circle.
fn on_circles(calls: &BTreeMap<(u32, u32), usize>) -> Vec<(u32, u32)> {
    let graph = DiGraph::<(), ()>::from_edges(calls.keys());
    let mut circle = vec![0; graph.node_count()];
    for (number, nodes) in tarjan_scc(&graph).into_iter().enumerate() {
        for node in nodes {
            circle[NodeIndex::index(node)] = number;
        }
    }
    let same = |&&(a, b): &&(u32, u32)| circle[a as usize] == circle[b as usize];
    calls.keys().filter(same).copied().collect()
}
