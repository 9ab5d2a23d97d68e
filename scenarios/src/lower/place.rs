//! Where replicas are: zones and hosts.
//!
//! Replicas are placed in turn on the zones or the hosts of their component. Without either it is
//! on all hosts of the twin or, where there are none, in all its zones. In a zone that has hosts,
//! they take its hosts in turn.

use foreshadow_sim::plan::{self, HostId, Place, ZoneId};

use super::Lowering;
use crate::Spanned;
use crate::decode::Named;
use crate::model::twin::{Component, Twin};
use crate::problem::{Problem, suggest};

/// Places before they come round again, at most.
const MAX_PLACES: usize = 100_000;

impl Lowering {
    /// Lowers the machines.
    pub(super) fn hosts(&mut self, twin: &Twin) {
        for (name, host) in twin.hosts.iter() {
            let cores = host.cores.as_ref().and_then(|cores| self.cores(cores));
            self.plan.hosts.push(plan::Host { cores });
            match &host.zone {
                Some(zone) => _ = self.position(zone, "zone", &twin.zones),
                None if twin.zones.is_empty() => {}
                None => {
                    let message = format!("host {} is in no zone", name.value);
                    let known: Vec<&str> = twin.zones.names().collect();
                    let help = format!("add `zone:`; known zones: {}", known.join(", "));
                    self.problem(Problem::at(name.span, message).help(help));
                }
            }
        }
    }

    /// The places of the first `count` replicas of a component, and where further ones go in turn.
    pub(super) fn places(
        &mut self,
        name: &Spanned<String>,
        component: &Component,
        twin: &Twin,
        count: usize,
    ) -> (Vec<Place>, Vec<Place>) {
        if let (Some(_), Some(hosts)) = (&component.zones, &component.hosts) {
            let message = format!("{} is placed by both `zones` and `hosts`", name.value);
            self.problem(
                Problem::at(hosts.span, message).help("remove one: a host is in its zone anyway"),
            );
        }
        let zones = self.positions(component.zones.as_ref(), "zone", &twin.zones);
        let hosts = self.positions(component.hosts.as_ref(), "host", &twin.hosts);
        let zone_of = |host: HostId| {
            let zone = twin.hosts.iter().nth(host).and_then(|(_, host)| host.zone.as_ref());
            zone.and_then(|zone| twin.zones.position(zone)).map_or(0, |zone| zone as ZoneId)
        };
        let on = |host: HostId| Place { zone: zone_of(host), host: Some(host) };
        let cycle: Vec<Place> = match (hosts, zones) {
            (Some(hosts), _) => hosts.into_iter().map(on).collect(),
            (None, Some(zones)) => {
                in_zones(&zones, &(0..twin.hosts.len()).map(on).collect::<Vec<_>>())
            }
            (None, None) if !twin.hosts.is_empty() => (0..twin.hosts.len()).map(on).collect(),
            (None, None) => in_zones(&(0..twin.zones.len()).collect::<Vec<_>>(), &[]),
        };
        // Nowhere in particular, where the twin has no zones or those named are wrong.
        let cycle = if cycle.is_empty() { vec![Place::default()] } else { cycle };
        let replicas = cycle.iter().cycle().take(count).copied().collect();
        let further = cycle.iter().cycle().skip(count % cycle.len()).take(cycle.len());
        (replicas, further.copied().collect())
    }

    /// What the names of zones or hosts mean; `None` where none are named.
    fn positions<T>(
        &mut self,
        named: Option<&Spanned<Vec<Spanned<String>>>>,
        kind: &str,
        known: &Named<T>,
    ) -> Option<Vec<usize>> {
        let named = named?;
        if named.is_empty() {
            self.problem(Problem::at(named.span, format!("expected at least one {kind}")));
        }
        Some(named.iter().filter_map(|name| self.position(name, kind, known)).collect())
    }

    fn position<T>(
        &mut self,
        name: &Spanned<String>,
        kind: &str,
        known: &Named<T>,
    ) -> Option<usize> {
        let position = known.position(name);
        if position.is_none() {
            let message = format!("unknown {kind} `{}`", name.value);
            let help = suggest(name, &format!("{kind}s"), known.names());
            self.problem(Problem::at(name.span, message).help(help));
        }
        position
    }
}

/// In turn in each zone, and there in turn on each of its hosts, until it comes round.
fn in_zones(zones: &[usize], hosts: &[Place]) -> Vec<Place> {
    let of = |&zone: &usize| -> Vec<Place> {
        let zone = zone as ZoneId;
        let there: Vec<Place> = hosts.iter().filter(|host| host.zone == zone).copied().collect();
        if there.is_empty() { vec![Place { zone, host: None }] } else { there }
    };
    let places: Vec<Vec<Place>> = zones.iter().map(of).collect();
    let rounds = places.iter().map(Vec::len).fold(1, least_common_multiple);
    let rounds = rounds.min(MAX_PLACES / zones.len().max(1));
    let round = |round: usize| places.iter().map(move |there| there[round % there.len()]);
    (0..rounds).flat_map(round).collect()
}

fn least_common_multiple(a: usize, b: usize) -> usize {
    let (mut divisor, mut rest) = (a, b);
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    (a / divisor).saturating_mul(b)
}
