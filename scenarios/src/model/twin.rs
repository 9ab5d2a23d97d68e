//! The twin file: what a system is.

use schemars::JsonSchema;
use serde::Deserialize;

use super::law::Law;
use super::objective::Objective;
use super::policy::Policy;
use super::scalar::{Bound, Count, Goal, Number, Period, Rate, Share, Time};
use super::step::Step;
use crate::decode::{Named, Spanned};

/// A twin file: what a system is.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Twin {
    /// The kind of this file: `twin/v1`.
    pub foreshadow: String,
    /// Name of the system.
    pub name: String,
    /// What the twin was learned from; written by `learn`.
    pub learned: Option<Learned>,
    /// Zones, by name; replicas of one zone are near each other and fail together.
    #[serde(default)]
    pub zones: Named<Zone>,
    /// Hosts, by name; without them every replica is alone on its own.
    #[serde(default)]
    pub hosts: Named<Host>,
    /// One-way network time of requests and of responses; none by default.
    pub network: Option<Network>,
    /// The parts of the system, by name.
    pub components: Spanned<Named<Component>>,
    /// Default objectives, for scenarios that have none.
    #[serde(default)]
    pub objectives: Vec<Spanned<Objective>>,
}

/// What a twin was learned from.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Learned {
    /// First instant of the observation.
    pub from: String,
    /// Last instant of the observation.
    pub to: String,
    /// How the check on telemetry held back went.
    pub backtest: Option<Backtest>,
    /// How far predictions were off there: the median over endpoints of the relative error of p95.
    pub error: Option<Share>,
    /// Mean observed rate of users' requests, by endpoint.
    #[serde(default)]
    pub observed: Named<Rate>,
}

/// Outcome of a twin's check against telemetry that it was not learned from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Backtest {
    /// Its predictions were as good as they should be.
    Passed,
    /// They were not.
    Failed,
}

/// Where a zone is; labels, by which faults can find it.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// The environment that it belongs to; a fault may target all of its zones by this name.
    pub environment: Option<String>,
    /// The region that it is in.
    pub region: Option<String>,
    /// How often all of it fails, and for how long; for campaigns.
    pub reliability: Option<Reliability>,
}

/// A machine that replicas run on.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// Where it stands.
    pub zone: Option<Spanned<String>>,
    /// Its cores, shared by the replicas on it.
    pub cores: Option<Spanned<Number>>,
    /// How often it fails, and for how long; for campaigns.
    pub reliability: Option<Reliability>,
}

/// How often something fails, and for how long; in a twin and in a campaign. A rehearsal fails only
/// what its faults say.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reliability {
    /// Mean time from being restored to the next failure.
    pub mtbf: Spanned<Period>,
    /// Mean time from a failure until it is restored.
    pub mttr: Spanned<Period>,
}

/// One-way network times.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Between replicas of one zone.
    pub same_zone: Option<Spanned<Law>>,
    /// Between replicas of two zones.
    pub cross_zone: Option<Spanned<Law>>,
}

/// A part of the system: identical replicas behind one name.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// What it is; a label, but for `queue`.
    pub kind: Option<Kind>,
    /// For people.
    pub about: Option<About>,
    /// What it is called elsewhere: in spans, in Kubernetes, in Prometheus.
    #[serde(default)]
    pub binds: Named<String>,
    /// Number of replicas; 1 by default.
    pub replicas: Option<Spanned<Count>>,
    /// Zones on which the replicas are placed in turn; all by default.
    pub zones: Option<Spanned<Vec<Spanned<String>>>>,
    /// Hosts on which the replicas are placed in turn; all by default.
    pub hosts: Option<Spanned<Vec<Spanned<String>>>>,
    /// Slots: requests that one replica serves at once; `unlimited` by default.
    pub concurrency: Option<Spanned<Bound>>,
    /// Instead of slots: all who wait when a replica is free are served together.
    pub batch: Option<Spanned<Batch>>,
    /// Whether a request keeps its slot while it waits on others; `true` by default.
    pub blocking: Option<Spanned<bool>>,
    /// Cores of one replica, shared by the work in it; a bare number sets request and limit.
    pub cpu: Option<Spanned<Cpu>>,
    /// The queue of each replica; unlimited and first come, first served by default.
    pub queue: Option<Queue>,
    /// Requests that one replica takes in at most; a token bucket holding one second's worth.
    pub rate_limit: Option<Spanned<Rate>>,
    /// Refusal of less important requests while the queue is long.
    pub shed: Option<Spanned<Shed>>,
    /// What can be called, by name.
    pub endpoints: Spanned<Named<Endpoint>>,
    /// This component as a client of others, by their name.
    #[serde(default)]
    pub calls: Named<Policy>,
    /// On which components it depends, and where that is known from; for the graph, which also shows
    /// what no step calls.
    #[serde(default)]
    pub depends_on: Named<Vec<String>>,
    /// How often all of it fails, and for how long; for campaigns.
    pub reliability: Option<Reliability>,
    /// A controller of the number of replicas.
    pub autoscale: Option<Spanned<Autoscale>>,
    /// How a crashed replica is found out; at once by default.
    pub health: Option<Health>,
    /// Where a component of kind `queue` delivers what is published to it.
    pub deliver: Option<Spanned<Deliver>>,
}

/// What a component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Own code.
    Service,
    /// A store.
    Database,
    /// A cache behind the network.
    Cache,
    /// Holds messages until they are delivered.
    Queue,
    /// Passes requests on.
    Balancer,
    /// Somebody else's.
    External,
}

/// About a component, for people.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Name in full.
    pub title: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// How important it is; 1 is most.
    pub criticality: Option<Count>,
    /// Where to read what to do.
    pub runbook: Option<String>,
}

/// Cores of a replica.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename = "$either", rename_all = "snake_case")]
#[schemars(rename = "Cpu", untagged)]
pub enum Cpu {
    /// Request and limit alike.
    Scalar(Number),
    /// Each on its own.
    Map(Cores),
}

/// Cores asked for and allowed.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cores {
    /// What an autoscaler's `cpu` metric is relative to.
    pub request: Option<Spanned<Number>>,
    /// Most cores that the work of one replica shares.
    pub limit: Option<Spanned<Number>>,
}

/// The queue of each replica.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Requests that may wait; 0 is a loss system, `unlimited` the default.
    pub capacity: Option<Spanned<Bound>>,
    /// Who is served next; `fifo` by default.
    pub discipline: Option<Spanned<Discipline>>,
    /// How long a request may wait; for ever by default.
    pub max_wait: Option<Spanned<Law>>,
    /// Wait that `codel` aims at; 5 ms by default.
    pub target: Option<Spanned<Time>>,
    /// Time over which `codel` judges; 100 ms by default.
    pub interval: Option<Spanned<Time>>,
}

/// Who is served next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Discipline {
    /// First come, first served.
    Fifo,
    /// Last come, first served.
    Lifo,
    /// Newest first while the queue is at least half full.
    AdaptiveLifo,
    /// Lower `priority` first.
    Priority,
    /// Lower `priority` first, even before what is being served.
    PreemptivePriority,
    /// Drops at the head when the wait stays above a target.
    Codel,
}

/// Service in groups: one piece of work for all who wait, drawn once.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The largest group; `unlimited` by default.
    pub most: Option<Spanned<Bound>>,
    /// What each member but the first adds to the work; nothing by default.
    pub each: Option<Spanned<Time>>,
}

/// Refusal of less important requests.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shed {
    /// How full the queue is when it begins.
    pub at_queue: Spanned<Share>,
    /// Priorities from this one on are refused.
    pub priority_from: Count,
}

/// Something that can be called.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Lower is served first, where the queue heeds it; 1 by default.
    pub priority: Option<Count>,
    /// What it is called elsewhere.
    #[serde(default)]
    pub binds: Named<String>,
    /// Share of its requests that fail of themselves, on arrival; none by default.
    pub errors: Option<Share>,
    /// What serving a request takes, one step after the other.
    pub steps: Spanned<Vec<Spanned<Step>>>,
}

/// A controller of the number of replicas.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Autoscale {
    /// What it watches.
    pub metric: Spanned<Metric>,
    /// Value that it aims at: a share of cores or slots, or a rate per replica.
    pub target: Option<Spanned<Goal>>,
    /// Instead of a target: how many replicas come or leave from which values on.
    pub steps: Option<Spanned<Vec<Spanned<ScaleStep>>>>,
    /// Fewest replicas.
    pub min: Spanned<Count>,
    /// Most replicas.
    pub max: Spanned<Count>,
    /// Time between decisions, over which the metric is averaged.
    pub every: Spanned<Time>,
    /// Time before a new replica serves; none by default.
    pub startup: Option<Time>,
    /// Time over which the highest recent decision holds before replicas leave; 5 min by default.
    pub stabilization: Option<Time>,
}

/// A step of an autoscaler: `{above: 80%, add: 2}` or `{below: 30%, remove: 1}`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScaleStep {
    /// Value of the metric above which replicas come.
    pub above: Option<Spanned<Goal>>,
    /// Value of the metric below which replicas leave.
    pub below: Option<Spanned<Goal>>,
    /// How many come.
    pub add: Option<Count>,
    /// How many leave.
    pub remove: Option<Count>,
}

/// What an autoscaler watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Busy cores over requested ones.
    Cpu,
    /// Occupied slots.
    Slots,
    /// Requests per replica.
    Rate,
}

/// How a crashed replica is found out.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// Time between checks.
    pub every: Spanned<Time>,
    /// Failed checks in a row after which it is left out.
    pub failures: Spanned<Count>,
}

/// Delivery of published messages.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deliver {
    /// The endpoint that consumes, `component.endpoint`.
    pub to: Spanned<String>,
    /// Deliveries under way at once, of each replica.
    pub consumers: Spanned<Count>,
}
