//! Parts of the system that are new or gone: components, endpoints, and who calls whom.
//!
//! **New** is what k traces show and the twin does not have. Were it as frequent before, each of these
//! traces would as well have been among those that the twin was learned from: with N users' requests
//! there and M here, all k are here by chance with probability (M / (N + M))ᵏ. A twin that does not say
//! how many requests it was learned from is taken to have seen as many as are here.
//!
//! **Gone** is what the twin has and no trace shows: by chance with probability Π (1 − p)ⁿ over the
//! users' requests that were seen, where p is how likely one comes by there. Ways of an endpoint that
//! are rare are counted with the nearest, so their shares are rough: half of p is believed.
//!
//! A call that would close a circle in the twin is none that is new: learning leaves the rarest one of
//! a circle out.

use std::collections::{BTreeMap, BTreeSet};

use foreshadow_scenarios::CheckedTwin;
use foreshadow_sim::plan::EndpointId;

use super::drift::{Drift, Drifted};
use crate::expected::{expected, reaches};
use crate::infer::Labels;
use crate::observe::{Observations, Stage};

/// How much of a share that the twin has is believed.
const BELIEVED: f64 = 0.5;

/// How likely chance alone makes a departure.
pub(super) struct Candidate {
    pub(super) drift: Drift,
    pub(super) p: f64,
}

/// Where something was seen.
#[derive(Debug, Clone, Copy)]
struct Sightings {
    traces: usize,
    last_trace: u32,
    first_ns: u64,
    last_ns: u64,
}

impl Sightings {
    fn add<K: Ord>(all: &mut BTreeMap<K, Self>, key: K, trace: u32, at_ns: u64) {
        let it = all.entry(key).or_insert(Self {
            traces: 0,
            last_trace: u32::MAX,
            first_ns: u64::MAX,
            last_ns: 0,
        });
        it.traces += usize::from(it.last_trace != trace);
        it.last_trace = trace;
        (it.first_ns, it.last_ns) = (it.first_ns.min(at_ns), it.last_ns.max(at_ns));
    }
}

/// What is held against what.
pub(super) struct Structure<'a> {
    pub(super) twin: &'a CheckedTwin,
    pub(super) all: &'a Observations,
    pub(super) labels: &'a Labels,
    /// Name in the twin of each observed endpoint.
    pub(super) of_twin: &'a [Option<String>],
}

impl Structure<'_> {
    /// Everything that was seen and is not in the twin, or the other way round, however likely.
    pub(super) fn candidates(&self) -> Vec<Candidate> {
        let (mut endpoints, mut edges) = (BTreeMap::new(), BTreeMap::new());
        for visit in self.all.view().visits {
            Sightings::add(&mut endpoints, visit.endpoint, visit.trace, visit.start_ns);
            let runs = self.all.shapes[visit.shape as usize].iter().flat_map(Stage::runs);
            for run in runs {
                let edge = (visit.endpoint, run.target);
                Sightings::add(&mut edges, edge, visit.trace, visit.start_ns);
            }
        }
        let mut candidates = self.new_parts(&endpoints);
        candidates.extend(self.new_calls(&edges));
        candidates.extend(self.gone(&endpoints, &edges));
        candidates
    }

    /// What could be new or gone: everything seen and everything the twin has.
    pub(super) fn tests(&self) -> usize {
        let calls = |index: &EndpointId| expected(&self.twin.plan, *index).calls.len();
        let bound = self.bound();
        self.of_twin.len() + bound.len() + bound.iter().map(calls).sum::<usize>()
    }

    fn index(&self, id: u32) -> Option<EndpointId> {
        let name = self.of_twin[id as usize].as_ref()?;
        self.twin.names.endpoints.iter().position(|known| known == name)
    }

    /// Probability that one trace more is among those seen here, not those learned from.
    fn share_here(&self) -> f64 {
        let here = self.all.traces.len() as f64;
        let learned = self.twin.twin.learned.as_ref().and_then(|learned| {
            let at = |text: &str| text.parse::<jiff::Timestamp>().ok();
            let seconds = at(&learned.to)?.duration_since(at(&learned.from)?).as_secs_f64();
            let per_s: f64 = learned.observed.iter().map(|(_, rate)| rate.0).sum();
            // By a sampler like the one of these.
            Some(per_s * seconds * self.all.sampled).filter(|requests| *requests > 0.0)
        });
        here / (here + learned.unwrap_or(here))
    }

    /// Endpoints that the twin does not have; all of a component that it does not have are one.
    fn new_parts(&self, seen: &BTreeMap<u32, Sightings>) -> Vec<Candidate> {
        let known: BTreeSet<u32> = (0..self.of_twin.len())
            .filter(|&id| self.of_twin[id].is_some())
            .map(|id| self.all.endpoints[id].component)
            .collect();
        let mut new: BTreeMap<&str, Sightings> = BTreeMap::new();
        for (&id, it) in seen.iter().filter(|(id, _)| self.of_twin[**id as usize].is_none()) {
            let component = self.all.endpoints[id as usize].component;
            let name = if known.contains(&component) {
                &self.labels.full[id as usize]
            } else {
                &self.labels.components[component as usize]
            };
            let whole = new.entry(name).or_insert(*it);
            // Endpoints of one component may share traces: at least so many are different.
            whole.traces = whole.traces.max(it.traces);
            whole.first_ns = whole.first_ns.min(it.first_ns);
            whole.last_ns = whole.last_ns.max(it.last_ns);
        }
        new.into_iter().map(|(name, it)| self.appeared(name, Drifted::Appeared, it)).collect()
    }

    /// Calls between endpoints that the twin has, and that it does not make.
    fn new_calls(&self, edges: &BTreeMap<(u32, u32), Sightings>) -> Vec<Candidate> {
        let plan = &self.twin.plan;
        let call = |(&(caller, callee), it): (&(u32, u32), &Sightings)| {
            let (from, to) = (self.index(caller)?, self.index(callee)?);
            let is_known = expected(plan, from).calls.contains_key(&to);
            if is_known || from == to || reaches(plan, to, from) > 0.0 {
                return None;
            }
            let name = &self.twin.names.endpoints[to];
            let what = Drifted::NewCalls(name.clone());
            Some(self.appeared(&self.twin.names.endpoints[from], what, *it))
        };
        edges.iter().filter_map(call).collect()
    }

    fn appeared(&self, name: &str, parameter: Drifted, it: Sightings) -> Candidate {
        let p = self.share_here().powf(it.traces as f64);
        let span = self.all.last_ns.saturating_sub(self.all.first_ns).max(1) as f64;
        // What would as well have been seen later, and was not, has ended.
        let until = it.last_ns.saturating_sub(self.all.first_ns) as f64 / span;
        let has_ended = until.powf(it.traces as f64) < 1e-3;
        let drift = Drift {
            endpoint: name.to_owned(),
            parameter,
            twin: 0.0,
            seen: it.traces as f64,
            since_ns: it.first_ns,
            until: has_ended.then_some(it.last_ns),
            slices: (0, 0),
        };
        Candidate { drift, p }
    }

    /// Endpoints and calls of the twin that nothing shows.
    fn gone(
        &self,
        endpoints: &BTreeMap<u32, Sightings>,
        edges: &BTreeMap<(u32, u32), Sightings>,
    ) -> Vec<Candidate> {
        let (twin, plan) = (self.twin, &self.twin.plan);
        let seen: BTreeSet<EndpointId> =
            endpoints.keys().filter_map(|&id| self.index(id)).collect();
        let called: BTreeSet<(EndpointId, EndpointId)> = edges
            .keys()
            .filter_map(|&(from, to)| Some((self.index(from)?, self.index(to)?)))
            .collect();
        let mut visits = vec![0.0; plan.endpoints.len()];
        for visit in self.all.view().visits {
            if let Some(index) = self.index(visit.endpoint) {
                visits[index] += 1.0;
            }
        }
        let mut gone = Vec::new();
        for target in self.bound() {
            if !seen.contains(&target) {
                let (expected, log_p) = self.expected_requests(target);
                let name = &twin.names.endpoints[target];
                gone.push(self.vanished(name, Drifted::Vanished, expected, log_p));
                continue;
            }
            for (callee, count) in expected(plan, target).calls {
                if !called.contains(&(target, callee)) && seen.contains(&callee) {
                    let p = (BELIEVED * count.min(1.0)).min(1.0 - 1e-9);
                    let what = Drifted::LostCalls(twin.names.endpoints[callee].clone());
                    let name = &twin.names.endpoints[target];
                    let calls = visits[target] * count.min(1.0);
                    gone.push(self.vanished(name, what, calls, visits[target] * (-p).ln_1p()));
                }
            }
        }
        gone
    }

    /// Endpoints that say what spans call them, so that spans would show them.
    fn bound(&self) -> Vec<EndpointId> {
        let components = self.twin.twin.components.iter();
        let names = components.flat_map(|(component, body)| {
            let bound = body.endpoints.iter().filter(|(_, it)| it.binds.get("spans").is_some());
            bound.map(|(endpoint, _)| format!("{}.{}", component.value, endpoint.value))
        });
        let index = |name: String| self.twin.names.endpoints.iter().position(|it| *it == name);
        names.filter_map(index).collect()
    }

    /// Users' requests that should have come by `target`, and the logarithm of the chance that none did.
    fn expected_requests(&self, target: EndpointId) -> (f64, f64) {
        let (share_of_read, share_kept) = (self.all.share_of_read(), self.all.share_kept());
        let (mut expected, mut log_p) = (0.0, 0.0);
        let mut count = |requests: f64, reach: f64| {
            expected += requests * reach;
            log_p += requests * (-(BELIEVED * reach).min(1.0 - 1e-9)).ln_1p();
        };
        for (id, &entries) in self.all.entries.iter().enumerate().filter(|(_, n)| **n > 0) {
            if let Some(entry) = self.index(id as u32) {
                count(entries as f64 * share_of_read, reaches(&self.twin.plan, entry, target));
            }
        }
        // An entry that nobody asks for any more.
        let learned = self.twin.twin.learned.as_ref();
        let rate = learned.and_then(|it| it.observed.get(&self.twin.names.endpoints[target]));
        if let Some(rate) = rate {
            count(rate.0 * self.all.seconds() * share_kept, 1.0);
        }
        (expected, log_p)
    }

    fn vanished(&self, name: &str, parameter: Drifted, expected: f64, log_p: f64) -> Candidate {
        let drift = Drift {
            endpoint: name.to_owned(),
            parameter,
            twin: expected,
            seen: 0.0,
            since_ns: self.all.first_ns,
            until: None,
            slices: (0, 0),
        };
        Candidate { drift, p: log_p.exp() }
    }
}
