//! Random systems: a tree of components, each with one endpoint, its load and its faults.

mod draw;
mod scale;
mod trouble;

use std::time::Duration;

use foreshadow_sim::Plan;
use foreshadow_sim::plan::{
    Arrivals, Cache, Call, Component, Contents, Cpu, Curve, Discipline, Edge, Endpoint, Health,
    Host, Leaving, Limit, Load, Network, OnFailure, Place, Queue, Shed, Step,
};
use foreshadow_sim::random::Law;
use proptest::sample::Index;

use super::policy::Policy;
use scale::Scaling;
use trouble::Trouble;

pub(super) use draw::{law, sketch};

const MS: f64 = 1e6;

const LOADED: Duration = Duration::from_secs(2);

/// What a random system is made from; each part shrinks on its own.
#[derive(Debug, Clone)]
pub(super) struct Sketch {
    nodes: Vec<Node>,
    load: Population,
    faults: Vec<Trouble>,
    network_ms: f64,
    /// Cores of the host.
    cores: Option<f64>,
    seed: u64,
}

/// A component, its endpoint and how its parent calls it.
#[derive(Debug, Clone)]
struct Node {
    parent: Index,
    replicas: u16,
    slots: Option<u32>,
    queue: Option<u32>,
    door: Door,
    acknowledges: bool,
    scaling: Option<Scaling>,
    health: Option<Health>,
    work: Law,
    arrangement: Arrangement,
    policy: Policy,
    probability: f64,
    count: u32,
    on_failure: OnFailure,
    way: Way,
}

/// How a component is asked by its parent.
#[derive(Debug, Clone)]
enum Way {
    Call,
    Publish,
    OnAMiss(Contents),
}

/// Whom a component lets in, who is next, and what the work shares.
#[derive(Debug, Clone)]
struct Door {
    discipline: Discipline,
    max_wait: Option<Law>,
    rate_limit: Option<f64>,
    sheds: bool,
    blocking: bool,
    cpu: Option<f64>,
    /// On the host, if there is one.
    is_hosted: bool,
    /// Priority of its endpoint, and of another that its callers ask too.
    priorities: (u32, Option<u32>),
}

/// How a component calls its children.
#[derive(Debug, Clone, Copy)]
enum Arrangement {
    Sequence,
    Parallel,
    Choose,
}

/// Who uses the root.
#[derive(Debug, Clone)]
struct Population {
    /// Requests a second or, closed, users.
    size: u32,
    kind: Kind,
    leaving: Leaving,
}

/// Requests, people who come, or people who are always there.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Open,
    Recorded,
    Sessions,
    Closed,
}

impl Sketch {
    /// The same where nothing goes wrong.
    pub(super) fn without_faults(self) -> Self {
        Self { faults: Vec::new(), ..self }
    }

    /// The same without caches, which remember what happened to them.
    pub(super) fn without_caches(mut self) -> Self {
        self.nodes.iter_mut().filter(|node| matches!(node.way, Way::OnAMiss(_))).for_each(|node| {
            node.way = Way::Call;
        });
        self
    }

    /// The same where users come only when every fault is over.
    pub(super) fn quiet_plan(&self) -> Plan {
        const QUIET: Duration = Duration::from_secs(5);
        let mut plan = self.plan();
        plan.run.horizon += QUIET;
        let later = |curve: &mut Curve| {
            for (at, _) in &mut curve.0 {
                *at += QUIET;
            }
            curve.0.splice(0..0, [(QUIET, 0.0), (QUIET, f64::from(self.load.size))]);
        };
        match &mut plan.loads[0] {
            Load::Open { arrivals, .. } | Load::Sessions { arrivals, .. } => match arrivals {
                Arrivals::Poisson(curve) => later(curve),
                Arrivals::Trace(instants) => {
                    *instants = instants.iter().map(|at| at + QUIET.as_nanos() as i64).collect();
                }
                other => unreachable!("no sketch has {other:?}"),
            },
            Load::Closed { users, .. } => later(users),
        }
        plan
    }

    /// The same where nothing is lost, so that nobody waits for ever.
    pub(super) fn without_losses(mut self) -> Self {
        self.faults.retain(|trouble| !trouble.loses());
        self
    }

    /// The system under its load, watched while it lasts and not to its end.
    pub(super) fn plan(&self) -> Plan {
        let mut plan = Plan {
            hosts: vec![Host { cores: self.cores }],
            components: self.nodes.iter().map(Node::component).collect(),
            ..Plan::default()
        };
        plan.edges = (1..self.nodes.len()).map(|id| self.edge(self.parent(id), id)).collect();
        for id in 1..self.nodes.len() {
            if let Some(backup) = self.backup(id)
                && plan.edges.iter().all(|e| (e.caller, e.callee) != (self.parent(id), backup))
            {
                plan.edges.push(self.edge(self.parent(id), backup));
            }
        }
        plan.endpoints = (0..self.nodes.len()).map(|id| self.endpoint(id, &plan.edges)).collect();
        // The other endpoint of component i is the i-th after all these; some are never called.
        plan.endpoints.extend((0..self.nodes.len()).map(|id| Endpoint {
            priority: self.nodes[id].door.priorities.1.unwrap_or(1),
            ..Endpoint::new(id, vec![Step::Work(self.nodes[id].work.clone())])
        }));
        if self.network_ms > 0.0 {
            let law = |factor| Some(Law::constant((factor * self.network_ms * MS) as u64));
            plan.network = Network { same_zone: law(1.0), cross_zone: law(3.0) };
        }
        plan.loads.push(self.load());
        plan.faults = self.faults.iter().filter_map(|trouble| trouble.fault(&plan)).collect();
        plan.limits = vec![Limit { endpoint: 0, latency: None }];
        plan.run.horizon = LOADED / 2;
        plan.run.drain = Duration::from_millis(100);
        plan.run.timeline = LOADED / 8;
        plan.run.seed = self.seed;
        plan
    }

    /// The same with a window so long that everything has ended in it.
    pub(super) fn drained_plan(&self) -> Plan {
        let mut plan = self.plan();
        plan.run.horizon = Duration::from_secs(100_000);
        plan.run.timeline = plan.run.horizon / 4;
        // There is little to decide for most of this time.
        for scaled in plan.components.iter_mut().filter_map(|c| c.autoscale.as_mut()) {
            scaled.every = LOADED;
        }
        plan
    }

    /// Who calls a component that is not the root; its number is lower.
    fn parent(&self, id: usize) -> usize {
        self.nodes[id].parent.index(id)
    }

    /// Who stands in for a component: another with a higher number than their caller's.
    fn backup(&self, id: usize) -> Option<usize> {
        let others: Vec<usize> =
            (self.parent(id) + 1..self.nodes.len()).filter(|&other| other != id).collect();
        let chosen = self.nodes[id].policy.backup.filter(|_| !others.is_empty())?;
        Some(*chosen.get(&others))
    }

    /// How `caller` calls `callee`, by the callee's policy.
    fn edge(&self, caller: usize, callee: usize) -> Edge {
        self.nodes[callee].policy.edge(caller, callee)
    }

    fn endpoint(&self, id: usize, edges: &[Edge]) -> Endpoint {
        let node = &self.nodes[id];
        let children = (id + 1..self.nodes.len())
            .filter(|&child| self.parent(child) == id)
            .map(|child| self.calls(child, edges));
        let mut steps = vec![Step::Work(node.work.clone())];
        match node.arrangement {
            Arrangement::Sequence => steps.extend(children.flatten()),
            Arrangement::Parallel => {
                steps.push(Step::Parallel(children.collect()));
            }
            Arrangement::Choose => {
                let alone = (1.0, Vec::new());
                steps.push(Step::Choose(
                    [alone].into_iter().chain(children.map(|c| (2.0, c))).collect(),
                ));
            }
        }
        Endpoint { priority: node.door.priorities.0, ..Endpoint::new(id, steps) }
    }

    /// The calls of a child: of its endpoint, and perhaps of its other one.
    fn calls(&self, child: usize, edges: &[Edge]) -> Vec<Step> {
        let node = &self.nodes[child];
        let backup = self.backup(child).and_then(|backup| {
            let ends = (self.parent(child), backup);
            let edge = edges.iter().position(|edge| (edge.caller, edge.callee) == ends)?;
            Some((backup, edge))
        });
        let call = Call {
            backup,
            probability: node.probability,
            count: node.count,
            on_failure: node.on_failure.clone(),
            ..Call::new(child, Some(child - 1))
        };
        let step = match &node.way {
            Way::Call => Step::Call(call),
            Way::Publish => Step::Publish(call),
            Way::OnAMiss(contents) => {
                let (contents, miss) = (contents.clone(), vec![Step::Call(call)]);
                Step::Cache(Cache { contents, miss })
            }
        };
        let other = node.door.priorities.1.map(|_| Call {
            on_failure: OnFailure::Continue,
            ..Call::new(self.nodes.len() + child, Some(child - 1))
        });
        [step].into_iter().chain(other.map(Step::Call)).collect()
    }

    fn load(&self) -> Load {
        let Population { size, kind, ref leaving } = self.load;
        let leaving = leaving.clone();
        let curve = Curve(vec![(LOADED, f64::from(size)), (LOADED, 0.0)]);
        let call = Step::Call(Call { on_failure: OnFailure::Continue, ..Call::new(0, None) });
        let think = Step::Think(Law::constant((100.0 * MS) as u64));
        match kind {
            Kind::Open => Load::Open { endpoint: 0, arrivals: Arrivals::Poisson(curve), leaving },
            Kind::Recorded => {
                // Two at a time.
                let gap_ns = LOADED.as_nanos() as i64 / i64::from(size);
                let instants = (0..2 * i64::from(size)).map(|n| n / 2 * gap_ns);
                let arrivals = Arrivals::Trace(instants.collect());
                Load::Open { endpoint: 0, arrivals, leaving }
            }
            Kind::Sessions => {
                let session = vec![call.clone(), think, call];
                Load::Sessions { arrivals: Arrivals::Poisson(curve), session, walk: None, leaving }
            }
            Kind::Closed => Load::Closed { users: curve, session: vec![think, call], leaving },
        }
    }
}

impl Node {
    fn component(&self) -> Component {
        let door = &self.door;
        let host = door.is_hosted.then_some(0);
        let discipline = match door.discipline {
            Discipline::AdaptiveLifo if self.queue.is_none() => Discipline::Lifo,
            discipline => discipline,
        };
        let component = Component {
            replicas: (0..self.replicas).map(|replica| Place { zone: replica % 2, host }).collect(),
            concurrency: self.slots,
            // What a queue takes in it answers at once, whatever its consumers wait for.
            blocking: door.blocking || self.acknowledges,
            cpu: door.cpu.map(|cores| Cpu { request: cores, limit: cores }),
            queue: Queue { capacity: self.queue, discipline, max_wait: door.max_wait.clone() },
            rate_limit: door.rate_limit,
            shed: (door.sheds && self.queue > Some(0))
                .then_some(Shed { at_queue: 0.5, priority_from: 2 }),
            acknowledges: self.acknowledges,
            health: self.health,
            ..Component::default()
        };
        let autoscale = self.scaling.as_ref().map(|scaling| scaling.autoscale(&component));
        Component { autoscale, ..component }
    }
}
