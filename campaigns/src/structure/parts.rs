//! Sets of parts of a plan that are away, as bits: replicas, endpoints, edges.

use std::ops::Range;

use foreshadow_sim::plan::{
    ComponentId, EdgeId, EndpointId, Fault, FaultKind, HostId, Place, Scope, Target, ZoneId,
};

use super::Structure;

/// Parts of a plan that are away; made by a [`Structure`], and good for it alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts(Vec<u64>);

impl Parts {
    /// Adds all of `others`.
    pub fn join(&mut self, others: &Self) {
        assert_eq!(self.0.len(), others.0.len(), "parts are of one structure");
        for (word, other) in self.0.iter_mut().zip(&others.0) {
            *word |= other;
        }
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        self.0.fill(0);
    }

    /// Whether nothing is away.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|&word| word == 0)
    }

    fn add(&mut self, bit: usize) {
        self.0[bit / 64] |= 1 << (bit % 64);
    }

    pub(super) fn has(&self, bit: usize) -> bool {
        self.0[bit / 64] >> (bit % 64) & 1 == 1
    }

    pub(super) fn has_all(&self, mut bits: Range<usize>) -> bool {
        bits.all(|bit| self.has(bit))
    }
}

impl Structure<'_> {
    /// Nothing is away.
    #[must_use]
    pub fn none(&self) -> Parts {
        Parts(vec![0; self.edge_bit(self.plan.edges.len()).div_ceil(64).max(1)])
    }

    /// All replicas of a component.
    #[must_use]
    pub fn component(&self, component: ComponentId) -> Parts {
        self.of(self.replicas[component]..self.replicas[component + 1])
    }

    /// One replica of a component, counted from 0; nothing if there are fewer at first.
    #[must_use]
    pub fn replica(&self, component: ComponentId, index: usize) -> Parts {
        let bit = self.replicas[component] + index;
        self.of(bit..(bit + 1).min(self.replicas[component + 1]))
    }

    /// All replicas in a zone.
    #[must_use]
    pub fn zone(&self, zone: ZoneId) -> Parts {
        self.at(|place| place.zone == zone)
    }

    /// All replicas on a host.
    #[must_use]
    pub fn host(&self, host: HostId) -> Parts {
        self.at(|place| place.host == Some(host))
    }

    /// One endpoint, on all replicas.
    #[must_use]
    pub fn endpoint(&self, endpoint: EndpointId) -> Parts {
        self.of([self.endpoint_bit(endpoint)])
    }

    /// All attempts of one component at another.
    #[must_use]
    pub fn edge(&self, edge: EdgeId) -> Parts {
        self.of([self.edge_bit(edge)])
    }

    /// What a fault at its full magnitude takes away; `None` if it leaves everything there (it
    /// slows, loses a share, adds load) or hits what has no bit, so that a run must tell.
    #[must_use]
    pub fn taken(&self, fault: &Fault) -> Option<Parts> {
        match (&fault.kind, &fault.target) {
            (FaultKind::Crash, Target::Replicas(replicas)) => Some(self.replicas_of(replicas)),
            // Balancers go on picking who answers with errors: only all of a component is away.
            (FaultKind::Errors { share }, Target::Replicas(replicas)) if *share >= 1.0 => {
                let taken = self.replicas_of(replicas);
                let components = replicas.iter().map(|&(component, _)| component);
                let whole = |component: ComponentId| {
                    taken.has_all(self.replicas[component]..self.replicas[component + 1])
                };
                let mut components = components;
                components.all(whole).then_some(taken)
            }
            (FaultKind::Errors { share }, &Target::Endpoint(endpoint)) if *share >= 1.0 => {
                Some(self.endpoint(endpoint))
            }
            (
                FaultKind::Refuse { share, scope } | FaultKind::Drop { share, scope },
                &Target::Edge(edge),
            ) if *share >= 1.0 && !matches!(scope, Scope::Across(Some(_))) => Some(self.edge(edge)),
            _ => None,
        }
    }

    fn replicas_of(&self, replicas: &[(ComponentId, usize)]) -> Parts {
        let mut parts = self.none();
        for &(component, index) in replicas {
            parts.join(&self.replica(component, index));
        }
        parts
    }

    fn at(&self, is_there: impl Fn(&Place) -> bool) -> Parts {
        let mut parts = self.none();
        for (component, first) in self.plan.components.iter().zip(&self.replicas) {
            let here = component.replicas.iter().enumerate().filter(|(_, place)| is_there(place));
            here.for_each(|(index, _)| parts.add(first + index));
        }
        parts
    }

    fn of(&self, bits: impl IntoIterator<Item = usize>) -> Parts {
        let mut parts = self.none();
        bits.into_iter().for_each(|bit| parts.add(bit));
        parts
    }

    pub(super) fn endpoint_bit(&self, endpoint: EndpointId) -> usize {
        self.replicas[self.replicas.len() - 1] + endpoint
    }

    pub(super) fn edge_bit(&self, edge: EdgeId) -> usize {
        self.endpoint_bit(self.plan.endpoints.len()) + edge
    }
}
