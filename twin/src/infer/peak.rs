//! How many replicas each component showed, and how busy one was at most.

use std::collections::BTreeMap;

use crate::observe::View;

/// What was seen of a component's replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Station {
    /// Distinct instances; 0 where spans do not tell.
    pub(super) instances: usize,
    /// Visits at once on one of them, at most.
    pub(super) peak: usize,
}

/// Stations by component.
pub(super) fn stations(view: View<'_>) -> Vec<Station> {
    // (component, instance) to (instant, +1 or −1); an end goes before a start at one instant.
    let mut events: BTreeMap<(u32, u32), Vec<(u64, i32)>> = BTreeMap::new();
    for visit in view.visits {
        let component = view.all.endpoints[visit.endpoint as usize].component;
        let events = events.entry((component, visit.instance)).or_default();
        events.push((visit.start_ns, 1));
        events.push((visit.end_ns().max(visit.start_ns.saturating_add(1)), -1));
    }
    let mut stations = vec![Station::default(); view.all.components.len()];
    for ((component, instance), mut events) in events {
        let station = &mut stations[component as usize];
        station.instances += usize::from(instance != 0);
        events.sort_unstable();
        let mut busy = 0;
        for (_, change) in events {
            busy += change;
            station.peak = station.peak.max(usize::try_from(busy).unwrap_or(0));
        }
    }
    stations
}
