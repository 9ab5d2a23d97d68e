//! What saturates first, and why.
//!
//! A component is *full* where nearly all of its slots, or of its cores, are in use for a whole bin
//! of the timeline. Requests keep their slots while they wait for others, so a component whose slots
//! are full may only be waiting for one further down; the first bottleneck is, of the full ones that
//! wait for no other full one, the one that was full first.

use serde::{Deserialize, Serialize};

use foreshadow_sim::Tally;
use foreshadow_sim::tally::Bin;

use crate::lower::Lowered;

/// Share of slots in use from which a component counts as full.
const FULL: f64 = 0.9;

/// The component that limits the system, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bottleneck {
    /// Its name.
    pub component: String,
    /// Whether it was full at any time, or is only the closest to it.
    pub full: bool,
    /// What it has most of in use.
    pub resource: Resource,
    /// Share of its slots, or cores, in use in its busiest bin.
    pub peak_occupancy: f64,
    /// Beginning of the first bin in which it was full \[s\].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_from_s: Option<f64>,
    /// The callee for which its requests wait longest while they hold a slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<WaitsFor>,
    /// Components that were full because they waited for it.
    pub fills: Vec<String>,
}

/// What can be full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// Requests served at once.
    Slots,
    /// Cores that work shares.
    Cores,
}

impl Resource {
    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Slots => "slots",
            Self::Cores => "cores",
        }
    }
}

/// For whom a component's slots are held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaitsFor {
    /// The callee.
    pub component: String,
    /// Share of the time of its slots that is spent waiting for it.
    pub share: f64,
}

/// Finds the first bottleneck; `None` where no component has a limit.
#[must_use]
pub fn bottleneck(lowered: &Lowered, tallies: &[Tally]) -> Option<Bottleneck> {
    let resources: Vec<Resource> =
        (0..lowered.names.components.len()).map(|c| scarcest(lowered, tallies, c)).collect();
    let occupancy: Vec<Vec<Option<f64>>> = resources
        .iter()
        .enumerate()
        .map(|(component, resource)| occupancy_over_time(tallies, component, *resource))
        .collect();
    let peaks: Vec<Option<f64>> =
        occupancy.iter().map(|bins| bins.iter().flatten().copied().reduce(f64::max)).collect();
    let full = |component: usize| peaks[component].is_some_and(|peak| peak >= FULL);
    // Cores are in use by work alone.
    let waits_for_full = |component: usize| {
        resources[component] == Resource::Slots
            && reachable(lowered, component)
                .into_iter()
                .any(|callee| callee != component && full(callee))
    };
    let by_peak = |&a: &usize, &b: &usize| {
        peaks[a].partial_cmp(&peaks[b]).unwrap_or(std::cmp::Ordering::Equal).then(b.cmp(&a))
    };
    let full_from = |component: usize| {
        occupancy[component].iter().position(|bin| bin.is_some_and(|share| share >= FULL))
    };
    let limited = (0..peaks.len()).filter(|&c| peaks[c].is_some());
    let first = limited
        .clone()
        .filter(|&c| full(c) && !waits_for_full(c))
        .min_by(|a, b| full_from(*a).cmp(&full_from(*b)).then_with(|| by_peak(b, a)))
        .or_else(|| limited.max_by(by_peak))?;
    let width = lowered.plan.run.timeline.as_secs_f64();
    let from = full_from(first);
    let fills = (0..peaks.len())
        .filter(|&c| c != first && full(c) && resources[c] == Resource::Slots)
        .filter(|&c| reachable(lowered, c).contains(&first))
        .map(|c| lowered.names.components[c].clone());
    Some(Bottleneck {
        component: lowered.names.components[first].clone(),
        full: full(first),
        resource: resources[first],
        peak_occupancy: peaks[first]?,
        full_from_s: from.map(|bin| bin as f64 * width),
        waits_for: waits_for(lowered, tallies, first)
            .filter(|_| resources[first] == Resource::Slots),
        fills: fills.collect(),
    })
}

/// What a component comes closest to using up: its slots or its cores.
fn scarcest(lowered: &Lowered, tallies: &[Tally], component: usize) -> Resource {
    let peak = |resource: Resource| {
        let bins = occupancy_over_time(tallies, component, resource);
        bins.into_iter().flatten().reduce(f64::max)
    };
    let shares_cores = lowered.plan.components[component].cpu.is_some();
    if shares_cores && peak(Resource::Cores) >= peak(Resource::Slots) {
        Resource::Cores
    } else {
        Resource::Slots
    }
}

/// Per bin: the mean share of slots or cores in use, where there are any.
fn occupancy_over_time(
    tallies: &[Tally],
    component: usize,
    resource: Resource,
) -> Vec<Option<f64>> {
    let bins = tallies.iter().map(|tally| tally.timeline.len()).min().unwrap_or(0);
    let share = |bin: usize| {
        let sum = |of: fn(&Bin) -> &[u128]| {
            tallies.iter().map(|tally| of(&tally.timeline[bin])[component]).sum::<u128>()
        };
        let (busy, available) = match resource {
            Resource::Slots => (sum(|bin| &bin.busy), sum(|bin| &bin.available)),
            Resource::Cores => (sum(|bin| &bin.busy_cores), sum(|bin| &bin.available_cores)),
        };
        (available > 0).then(|| busy as f64 / available as f64)
    };
    (0..bins).map(share).collect()
}

/// Every component that requests of this one may end up at.
pub(crate) fn reachable(lowered: &Lowered, from: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut pending = vec![from];
    while let Some(caller) = pending.pop() {
        for edge in lowered.plan.edges.iter().filter(|edge| edge.caller == caller) {
            if !found.contains(&edge.callee) {
                found.push(edge.callee);
                pending.push(edge.callee);
            }
        }
    }
    found
}

/// The callee that holds most of a component's slot time, if it holds a tenth of it or more.
fn waits_for(lowered: &Lowered, tallies: &[Tally], component: usize) -> Option<WaitsFor> {
    if !lowered.plan.components[component].blocking {
        return None;
    }
    let busy: u128 = tallies.iter().map(|tally| tally.components[component].busy).sum();
    let waited = |edge: usize| tallies.iter().map(|t| t.edges[edge].waited).sum::<u128>();
    let edges = lowered.plan.edges.iter().enumerate();
    let (waited, callee) = edges
        .filter(|(_, edge)| edge.caller == component)
        .map(|(index, edge)| (waited(index), edge.callee))
        .max()?;
    let share = waited as f64 / busy as f64;
    (share >= 0.1).then(|| WaitsFor {
        component: lowered.names.components[callee].clone(),
        share: share.min(1.0),
    })
}
