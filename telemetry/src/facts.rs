//! Facts of topology: what manifests, states and graphs say of components and of who depends on
//! whom, each with the place that says it.

use std::{fmt, sync::Arc};

/// Where a fact stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The file.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u64,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A value, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub origin: Origin,
}

/// What kind of thing a component is, as far as its type or image tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Runs code of the system.
    Service,
    /// Keeps data.
    Database,
    /// Keeps copies of data.
    Cache,
    /// Keeps messages.
    Queue,
    /// Passes requests on.
    Balancer,
    /// A machine, or a group of machines; what runs there is not known.
    Machines,
    /// Outside of what is described.
    External,
}

/// A check that a component answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// What follows from it.
    pub kind: ProbeKind,
    /// From start to the first check, in nanoseconds.
    pub initial_delay_ns: u64,
    /// Between checks.
    pub period_ns: u64,
    /// How long an answer may take.
    pub timeout_ns: u64,
    /// Failures in a row that count.
    pub failures: u32,
}

/// What follows from a failed [`Probe`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProbeKind {
    /// No traffic until it answers.
    Readiness,
    /// A restart.
    Liveness,
    /// A restart, but only while starting.
    Startup,
}

/// A horizontal autoscaler.
#[derive(Debug, Clone, PartialEq)]
pub struct Autoscale {
    /// Fewest replicas.
    pub min: u32,
    /// Most replicas.
    pub max: u32,
    /// The resource or metric that it follows, such as `cpu`; the first where there are several.
    pub metric: Option<String>,
    /// The share of the request that it aims at (of `cpu` and `memory`), from 0.
    pub target_share: Option<f64>,
    /// How long it waits before it removes replicas, in nanoseconds.
    pub stabilization_ns: Option<u64>,
}

/// What a disruption budget demands: a count, or a share from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Disruption {
    /// So many replicas must be there.
    MinAvailable(u32),
    /// Such a share must be there.
    MinAvailableShare(f64),
    /// So many may be missing.
    MaxUnavailable(u32),
    /// Such a share may be missing.
    MaxUnavailableShare(f64),
}

/// Retries of failed requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retries {
    /// Attempts after the first.
    pub attempts: u32,
    /// The longest that one attempt may take, in nanoseconds.
    pub per_try_ns: Option<u64>,
    /// On which outcomes, as the mesh names them.
    pub on: Vec<String>,
}

/// When a replica is taken out of balancing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OutlierEjection {
    /// Failures in a row.
    pub consecutive_failures: u32,
    /// Between checks, in nanoseconds.
    pub interval_ns: Option<u64>,
    /// The shortest time out, in nanoseconds.
    pub base_ns: Option<u64>,
    /// The largest share of replicas that may be out, from 0 to 1.
    pub max_ejected_share: Option<f64>,
}

/// How callers treat a component: policies of a mesh or a balancer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Policy {
    /// The longest that a request may take with all its attempts, in nanoseconds.
    pub timeout_ns: Option<Fact<u64>>,
    /// Retries.
    pub retries: Option<Fact<Retries>>,
    /// The longest that connecting may take, in nanoseconds.
    pub connect_timeout_ns: Option<Fact<u64>>,
    /// The most connections of one caller.
    pub max_connections: Option<Fact<u32>>,
    /// The most requests that wait for a connection.
    pub max_pending: Option<Fact<u32>>,
    /// The most requests at once.
    pub max_requests: Option<Fact<u32>>,
    /// Requests after which a connection is closed.
    pub requests_per_connection: Option<Fact<u32>>,
    /// When replicas are ejected.
    pub outliers: Option<Fact<OutlierEjection>>,
    /// How replicas are chosen, as the mesh names it.
    pub balance: Option<Fact<String>>,
}

/// One component, as far as it is described.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// Its name.
    pub name: Fact<String>,
    /// The namespace, project or module it is in.
    pub namespace: Option<String>,
    /// Other names that callers use.
    pub aliases: Vec<String>,
    /// What it is.
    pub role: Option<Fact<Role>>,
    /// What runs: an image, or a type of resource.
    pub image: Option<Fact<String>>,
    /// How many replicas.
    pub replicas: Option<Fact<u32>>,
    /// Cores that one replica is promised.
    pub cpu_request: Option<Fact<f64>>,
    /// Cores that one replica may use.
    pub cpu_limit: Option<Fact<f64>>,
    /// Bytes that one replica is promised.
    pub memory_request: Option<Fact<u64>>,
    /// Bytes that one replica may use.
    pub memory_limit: Option<Fact<u64>>,
    /// The most requests that one replica serves at once.
    pub concurrency: Option<Fact<u32>>,
    /// Checks.
    pub probes: Vec<Fact<Probe>>,
    /// Its autoscaler.
    pub autoscale: Option<Fact<Autoscale>>,
    /// Its disruption budget.
    pub disruption: Option<Fact<Disruption>>,
    /// How others call it.
    pub policy: Policy,
    /// Zones that it runs in.
    pub zones: Vec<Fact<String>>,
    /// Hosts that it runs on.
    pub hosts: Vec<Fact<String>>,
}

impl Component {
    /// A component of which only the name is known.
    #[must_use]
    pub fn new(name: Fact<String>) -> Self {
        Self {
            name,
            namespace: None,
            aliases: Vec::new(),
            role: None,
            image: None,
            replicas: None,
            cpu_request: None,
            cpu_limit: None,
            memory_request: None,
            memory_limit: None,
            concurrency: None,
            probes: Vec::new(),
            autoscale: None,
            disruption: None,
            policy: Policy::default(),
            zones: Vec::new(),
            hosts: Vec::new(),
        }
    }

    /// Whether `name` is its name or an alias.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.name.value == name || self.aliases.iter().any(|alias| alias == name)
    }
}

/// Why an edge is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// Calls were counted.
    Calls,
    /// It must be there first, or is declared as needed.
    DependsOn,
    /// An address of the one stands in the settings of the other.
    Address,
}

/// One component depends on another.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// Who calls.
    pub from: String,
    /// Who is called.
    pub to: String,
    /// Why it is known.
    pub kind: EdgeKind,
    /// Calls that were counted.
    pub calls: Option<u64>,
    /// Calls per second.
    pub rate_per_s: Option<f64>,
    /// The share of them that failed, from 0 to 1.
    pub error_share: Option<f64>,
    /// Where it stands.
    pub origin: Origin,
}

/// A machine that components run on.
#[derive(Debug, Clone, PartialEq)]
pub struct Host {
    /// Its name.
    pub name: Fact<String>,
    /// The zone it is in.
    pub zone: Option<Fact<String>>,
    /// Its cores.
    pub cores: Option<Fact<f64>>,
    /// Its memory in bytes.
    pub memory: Option<Fact<u64>>,
    /// Its type, as the provider names it.
    pub machine: Option<Fact<String>>,
}

/// What files say of a topology.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// Components, in order of appearance.
    pub components: Vec<Component>,
    /// Who depends on whom, in order of appearance.
    pub edges: Vec<Edge>,
    /// Machines.
    pub hosts: Vec<Host>,
    /// Objects that say nothing of the above, by kind.
    pub passed_over: Vec<Fact<String>>,
    /// What a person should know: a setting that is nowhere, a value that is not understood.
    pub notes: Vec<Fact<String>>,
}

impl Facts {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.components.is_empty() && self.edges.is_empty() && self.hosts.is_empty()
    }

    /// The component of this name or alias.
    #[must_use]
    pub fn component(&self, name: &str) -> Option<&Component> {
        self.components.iter().find(|component| component.is_called(name))
    }

    pub(crate) fn component_mut(&mut self, name: &str) -> Option<&mut Component> {
        self.components.iter_mut().find(|component| component.is_called(name))
    }

    /// The component of this name, which is made if it is not there.
    pub(crate) fn entry(&mut self, name: Fact<String>) -> &mut Component {
        let found = self.components.iter().position(|it| it.is_called(&name.value));
        let at = found.unwrap_or_else(|| {
            self.components.push(Component::new(name));
            self.components.len() - 1
        });
        &mut self.components[at]
    }

    /// Adds an edge that only declares a dependency, unless an equal one is there.
    pub(crate) fn depend(&mut self, from: &str, to: &str, kind: EdgeKind, origin: Origin) {
        let is_known = self.edges.iter().any(|edge| edge.from == from && edge.to == to);
        if from != to && !is_known {
            let (from, to) = (from.to_owned(), to.to_owned());
            let (calls, rate_per_s, error_share) = (None, None, None);
            self.edges.push(Edge { from, to, kind, calls, rate_per_s, error_share, origin });
        }
    }

    /// Adds what another file says. A fact that is already known stays; what is new is added, so
    /// that the files that are most to be trusted should be merged first.
    pub fn merge(&mut self, other: Self) {
        for new in other.components {
            match self.component_mut(&new.name.value) {
                Some(known) => known.merge(new),
                None => self.components.push(new),
            }
        }
        // Every file that knows of an edge is one more place where it is known from.
        for edge in other.edges {
            if !self.edges.contains(&edge) {
                self.edges.push(edge);
            }
        }
        for host in other.hosts {
            if !self.hosts.iter().any(|known| known.name.value == host.name.value) {
                self.hosts.push(host);
            }
        }
        self.passed_over.extend(other.passed_over);
        self.notes.extend(other.notes);
    }
}

impl Component {
    fn merge(&mut self, other: Self) {
        fn or<T>(known: &mut Option<T>, new: Option<T>) {
            if known.is_none() {
                *known = new;
            }
        }
        or(&mut self.namespace, other.namespace);
        or(&mut self.role, other.role);
        or(&mut self.image, other.image);
        or(&mut self.replicas, other.replicas);
        or(&mut self.cpu_request, other.cpu_request);
        or(&mut self.cpu_limit, other.cpu_limit);
        or(&mut self.memory_request, other.memory_request);
        or(&mut self.memory_limit, other.memory_limit);
        or(&mut self.concurrency, other.concurrency);
        or(&mut self.autoscale, other.autoscale);
        or(&mut self.disruption, other.disruption);
        let (policy, new) = (&mut self.policy, other.policy);
        or(&mut policy.timeout_ns, new.timeout_ns);
        or(&mut policy.retries, new.retries);
        or(&mut policy.connect_timeout_ns, new.connect_timeout_ns);
        or(&mut policy.max_connections, new.max_connections);
        or(&mut policy.max_pending, new.max_pending);
        or(&mut policy.max_requests, new.max_requests);
        or(&mut policy.requests_per_connection, new.requests_per_connection);
        or(&mut policy.outliers, new.outliers);
        or(&mut policy.balance, new.balance);
        for probe in other.probes {
            if !self.probes.iter().any(|known| known.value.kind == probe.value.kind) {
                self.probes.push(probe);
            }
        }
        self.aliases.extend(other.aliases);
        self.zones.extend(other.zones);
        self.hosts.extend(other.hosts);
    }
}
