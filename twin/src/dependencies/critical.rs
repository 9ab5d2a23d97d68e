//! What the time of a request consists of when nobody waits in a queue: means, added up along
//! sequences; of branches at once, the one that takes longest in the mean.
//!
//! A cache with a ratio hits at that ratio; a real one is taken to miss.

use std::collections::BTreeSet;

use foreshadow_scenarios::CheckedTwin;
use foreshadow_sim::plan::{Cache, Call, Contents, EndpointId, Step};
use foreshadow_sim::random::Law;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use serde::Serialize;

use super::{Link, Part, callee};

/// What the time of an entry consists of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CriticalPath {
    /// `component.endpoint`
    pub entry: String,
    /// Mean time without queueing \[ms\].
    pub total_ms: f64,
    /// The visits that make it up, callers before what they call.
    pub legs: Vec<Leg>,
}

/// A visit of an endpoint on a critical path.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Leg {
    /// `component.endpoint`
    pub endpoint: String,
    /// How many calls deep.
    pub depth: usize,
    /// How often the entry goes there in the mean.
    pub visits: f64,
    /// Mean own work of all of these visits together \[ms\].
    pub own_ms: f64,
    /// Mean time in the network on the way there and back, all visits together \[ms\].
    pub network_ms: f64,
}

/// The critical path of each entry; marks the links that they go over.
pub(super) fn paths(twin: &CheckedTwin, graph: &mut DiGraph<Part, Link>) -> Vec<CriticalPath> {
    let means = Means { twin, of: endpoint_means(twin) };
    let mut links = BTreeSet::new();
    let paths = twin.plan.roots().into_iter().map(|root| {
        let mut legs = Vec::new();
        means.follow(root, Visit { depth: 0, visits: 1.0, network_ns: 0.0 }, &mut legs, &mut links);
        CriticalPath {
            entry: twin.names.endpoints[root].clone(),
            total_ms: means.of[root] * 1e-6,
            legs,
        }
    });
    let paths = paths.collect();
    for (caller, callee) in links {
        let ends = (NodeIndex::new(caller), NodeIndex::new(callee));
        let between: Vec<_> =
            graph.edges_connecting(ends.0, ends.1).map(|edge| edge.id()).collect();
        for edge in between {
            graph[edge].is_critical = true;
        }
    }
    paths
}

/// Mean times without queueing \[ns\], by endpoint.
struct Means<'a> {
    twin: &'a CheckedTwin,
    of: Vec<f64>,
}

#[derive(Clone, Copy)]
struct Visit {
    depth: usize,
    visits: f64,
    network_ns: f64,
}

fn endpoint_means(twin: &CheckedTwin) -> Vec<f64> {
    let endpoints = twin.plan.endpoints.len();
    let mut means = Means { twin, of: vec![f64::NAN; endpoints] };
    for endpoint in 0..endpoints {
        means.find(endpoint);
    }
    means.of
}

impl Means<'_> {
    /// Finds the mean of an endpoint, and of all that it calls.
    fn find(&mut self, endpoint: EndpointId) {
        if !self.of[endpoint].is_nan() {
            return;
        }
        let twin = self.twin;
        let steps = &twin.plan.endpoints[endpoint].steps;
        super::each_call(steps, &mut |call, _| self.find(call.endpoint));
        // A queue answers when it accepts.
        let component = twin.plan.endpoints[endpoint].component;
        let is_queue = twin.plan.components[component].acknowledges;
        self.of[endpoint] = if is_queue { 0.0 } else { self.sequence(steps) };
    }

    fn sequence(&self, steps: &[Step]) -> f64 {
        steps.iter().map(|step| self.step(step)).sum()
    }

    fn step(&self, step: &Step) -> f64 {
        match step {
            Step::Work(law) | Step::Think(law) => law.mean(),
            Step::Publish(_) => 0.0,
            Step::Call(call) => times(call) * (self.of[call.endpoint] + self.network(call)),
            Step::Parallel(branches) => {
                branches.iter().map(|steps| self.sequence(steps)).fold(0.0, f64::max)
            }
            Step::Choose(options) => {
                let all: f64 = options.iter().map(|option| option.0).sum();
                options.iter().map(|(weight, steps)| weight / all * self.sequence(steps)).sum()
            }
            Step::Cache(cache) => misses(cache) * self.sequence(&cache.miss),
        }
    }

    /// Mean time of a call in the network, there and back \[ns\].
    fn network(&self, call: &Call) -> f64 {
        let Some(edge) = call.edge else { return 0.0 };
        let plan = &self.twin.plan;
        let pair = plan.edges[edge].round_trip.as_ref().map_or(0.0, Law::mean);
        let zones = |component: usize| plan.components[component].replicas.iter().map(|p| p.zone);
        let (from, to) = (plan.edges[edge].caller, plan.edges[edge].callee);
        let pairs = zones(from).flat_map(|a| zones(to).map(move |b| a == b));
        let (all, same) = pairs.fold((0.0, 0.0), |(all, same), is_same| {
            (all + 1.0, same + f64::from(u8::from(is_same)))
        });
        let mean = |law: &Option<Law>| law.as_ref().map_or(0.0, Law::mean);
        let share: f64 = same / all;
        pair + 2.0
            * (share * mean(&plan.network.same_zone)
                + (1.0 - share) * mean(&plan.network.cross_zone))
    }

    /// Mean own work of one visit, of what the critical path goes through \[ns\].
    fn own(&self, steps: &[Step]) -> f64 {
        let mut own = 0.0;
        for step in steps {
            own += match step {
                Step::Work(law) | Step::Think(law) => law.mean(),
                Step::Publish(_) | Step::Call(_) => 0.0,
                Step::Parallel(branches) => self.longest(branches).map_or(0.0, |s| self.own(s)),
                Step::Choose(options) => {
                    let all: f64 = options.iter().map(|option| option.0).sum();
                    options.iter().map(|(weight, steps)| weight / all * self.own(steps)).sum()
                }
                Step::Cache(cache) => misses(cache) * self.own(&cache.miss),
            };
        }
        own
    }

    /// The branch that takes longest in the mean.
    fn longest<'b>(&self, branches: &'b [Vec<Step>]) -> Option<&'b [Step]> {
        let longer = |a: &&Vec<Step>, b: &&Vec<Step>| self.sequence(a).total_cmp(&self.sequence(b));
        branches.iter().max_by(longer).map(Vec::as_slice)
    }

    /// Adds a visit of `endpoint`, and all that it waits for.
    fn follow(
        &self,
        endpoint: EndpointId,
        visit: Visit,
        legs: &mut Vec<Leg>,
        links: &mut BTreeSet<(usize, usize)>,
    ) {
        let served = &self.twin.plan.endpoints[endpoint];
        let is_queue = self.twin.plan.components[served.component].acknowledges;
        let steps = if is_queue { &[][..] } else { &served.steps };
        legs.push(Leg {
            endpoint: self.twin.names.endpoints[endpoint].clone(),
            depth: visit.depth,
            visits: visit.visits,
            own_ms: visit.visits * self.own(steps) * 1e-6,
            network_ms: visit.visits * visit.network_ns * 1e-6,
        });
        self.descend(steps, visit, legs, links);
    }

    fn descend(
        &self,
        steps: &[Step],
        visit: Visit,
        legs: &mut Vec<Leg>,
        links: &mut BTreeSet<(usize, usize)>,
    ) {
        for step in steps {
            match step {
                Step::Work(_) | Step::Think(_) | Step::Publish(_) => {}
                Step::Call(call) => {
                    let visits = visit.visits * times(call);
                    if visits > 0.0 {
                        if let Some(edge) = call.edge {
                            let plan = &self.twin.plan;
                            links.insert((plan.edges[edge].caller, callee(self.twin, edge)));
                        }
                        let network_ns = self.network(call);
                        let next = Visit { depth: visit.depth + 1, visits, network_ns };
                        self.follow(call.endpoint, next, legs, links);
                    }
                }
                Step::Parallel(branches) => {
                    if let Some(steps) = self.longest(branches) {
                        self.descend(steps, visit, legs, links);
                    }
                }
                Step::Choose(options) => {
                    let all: f64 = options.iter().map(|option| option.0).sum();
                    for (weight, steps) in options {
                        let part = Visit { visits: visit.visits * weight / all, ..visit };
                        self.descend(steps, part, legs, links);
                    }
                }
                Step::Cache(cache) => {
                    let part = Visit { visits: visit.visits * misses(cache), ..visit };
                    self.descend(&cache.miss, part, legs, links);
                }
            }
        }
    }
}

/// How often a call is made, in the mean.
fn times(call: &Call) -> f64 {
    call.probability * f64::from(call.count)
}

/// The share of looks that miss.
fn misses(cache: &Cache) -> f64 {
    match cache.contents {
        Contents::Ratio { hit, .. } => 1.0 - hit,
        Contents::Lru { .. } => 1.0,
    }
}
