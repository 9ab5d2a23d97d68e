//! What a fault hits: addresses, and which kinds can hit what.

use foreshadow_sim::plan::{self, Target};

use super::super::Lowering;
use crate::model::fault::Fault;
use crate::model::twin::Twin;
use crate::problem::{Problem, nearest};
use crate::{Spanned, address};

/// What an address of a fault means.
enum Hit {
    Component(usize),
    Replica(usize, usize),
    Endpoint(usize),
    Edge(usize),
    Host(usize),
    /// One zone.
    Zone(plan::ZoneId),
    /// The zones of an environment.
    Environment(Vec<plan::ZoneId>),
}

/// The forms of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Component,
    Replica,
    Endpoint,
    Edge,
    Host,
    Zone,
    Environment,
}

use Form::{Component, Edge, Endpoint, Environment, Host, Replica, Zone};

impl Hit {
    const fn form(&self) -> Form {
        match self {
            Self::Component(_) => Component,
            Self::Replica(..) => Replica,
            Self::Endpoint(_) => Endpoint,
            Self::Edge(_) => Edge,
            Self::Host(_) => Host,
            Self::Zone(_) => Zone,
            Self::Environment(_) => Environment,
        }
    }
}

impl Form {
    const fn in_words(self) -> &'static str {
        match self {
            Component => "a component",
            Replica => "a replica such as `component[0]`",
            Endpoint => "an endpoint",
            Edge => "calls such as `component.calls.callee`",
            Host => "a host",
            Zone => "a zone",
            Environment => "an environment",
        }
    }
}

/// What a kind of fault can hit.
const fn forms(fault: &Fault) -> &'static [Form] {
    match fault {
        Fault::Crash(_)
        | Fault::Pause(_)
        | Fault::MemoryPressure(_)
        | Fault::CpuThrottle(_)
        | Fault::CacheFlush(_)
        | Fault::Quarantine(_) => &[Component, Replica, Host, Zone, Environment],
        Fault::Slow(_) | Fault::Disk(_) => &[Component, Replica, Endpoint, Host, Zone, Environment],
        Fault::Latency(_)
        | Fault::Errors(_)
        | Fault::Loss(_)
        | Fault::Blackhole(_)
        | Fault::Reset(_)
        | Fault::Bandwidth(_)
        | Fault::DependencyOutage(_) => {
            &[Component, Replica, Endpoint, Edge, Host, Zone, Environment]
        }
        Fault::Partition(_) => &[Component, Replica, Edge, Host, Zone, Environment],
        Fault::CertificateExpiry(_) => &[Component, Replica, Edge],
        Fault::DnsFailure(_) | Fault::PoolExhaustion(_) => &[Component, Edge],
        Fault::HotKey(_) => &[Component, Endpoint],
        Fault::HostLoss(_) => &[Host],
        Fault::ZoneOutage(_) => &[Zone, Environment],
        Fault::BadDeploy(_)
        | Fault::Change(_)
        | Fault::LoadSurge(_)
        | Fault::ReconnectHerd(_)
        | Fault::SkewedMix(_)
        | Fault::SlowClients(_) => &[],
    }
}

/// Forms as a list in words.
fn one_of(forms: &[Form]) -> String {
    let words: Vec<&str> = forms.iter().map(|form| form.in_words()).collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}

impl Lowering {
    /// What a fault hits, if that exists and its kind can hit it.
    pub(super) fn target(&mut self, fault: &Spanned<Fault>, twin: &Twin) -> Option<Target> {
        let at = fault.course().at;
        if matches!(fault.value, Fault::BadDeploy(_) | Fault::Change(_)) {
            return Some(Target::Plan);
        }
        match fault.value {
            Fault::LoadSurge(_) => return self.loads_surged(at, fault.span),
            Fault::ReconnectHerd(_) => return self.loads_kept_away(at, fault.span),
            Fault::SlowClients(_) => return self.loads_hit(at).map(Target::Loads),
            Fault::SkewedMix(_) => return self.loads_hit(None).map(Target::Loads),
            _ => {}
        }
        let Some(at) = at else {
            self.problem(
                Problem::at(fault.span, format!("`{}` hits nothing", fault.name()))
                    .help("add `at:` with the address of what it hits"),
            );
            return None;
        };
        let hit = self.hit(at, twin);
        let hit = self.note(hit)?;
        if !forms(fault).contains(&hit.form()) {
            let message = format!("`{}` cannot hit `{}`", fault.name(), at.value);
            let help = format!("expected {}", one_of(forms(fault)));
            self.problem(Problem::at(at.span, message).help(help));
            return None;
        }
        let target = self.lower_hit(at, hit);
        let target = self.note(target)?;
        self.check_parts(fault, at, &target)?;
        Some(target)
    }

    /// The replicas that `from` of a partition names.
    pub(super) fn other_side(
        &mut self,
        from: &Spanned<String>,
        twin: &Twin,
    ) -> Option<Vec<(usize, usize)>> {
        let hit = self.hit(from, twin);
        let hit = self.note(hit)?;
        let target = self.lower_hit(from, hit);
        if let Target::Replicas(list) = self.note(target)? {
            return Some(list);
        }
        let message = format!("`{}` is no side of a partition", from.value);
        let help = one_of(&[Component, Replica, Host, Zone, Environment]);
        self.problem(Problem::at(from.span, message).help(format!("expected {help}")));
        None
    }

    /// What `at` names.
    fn hit(&self, at: &Spanned<String>, twin: &Twin) -> Result<Hit, Problem> {
        let name = at.value.as_str();
        if let Some(&endpoint) = self.index.endpoints.get(name) {
            return Ok(Hit::Endpoint(endpoint));
        }
        let components = self.names.components.iter().map(String::as_str);
        if let Some(component) = address::longest(components.clone(), name) {
            let id = self.index.components[component];
            let rest = &name[component.len()..];
            return self.part(at, id, rest);
        }
        if let Some(zone) = twin.zones.position(name) {
            return Ok(Hit::Zone(zone as plan::ZoneId));
        }
        if let Some(host) = twin.hosts.position(name) {
            return Ok(Hit::Host(host));
        }
        let zones = twin.zones.iter().enumerate();
        let inside = zones.filter(|(_, (_, zone))| zone.environment.as_deref() == Some(name));
        let inside: Vec<_> = inside.map(|(id, _)| id as plan::ZoneId).collect();
        if !inside.is_empty() {
            return Ok(Hit::Environment(inside));
        }
        let environments = twin.zones.iter().filter_map(|(_, zone)| zone.environment.as_deref());
        let known = components.chain(twin.zones.names()).chain(twin.hosts.names());
        let known =
            known.chain(environments).chain(self.names.endpoints.iter().map(String::as_str));
        let help = match nearest(name, known) {
            Some(best) => format!("did you mean `{best}`?"),
            None => String::from(
                "expected a component, `component[i]`, `component.endpoint`, `component.calls.callee`, a host, a zone or an environment",
            ),
        };
        Err(Problem::at(at.span, format!("unknown target `{name}`")).help(help))
    }

    /// What `rest`, behind the name of component `id`, names.
    fn part(&self, at: &Spanned<String>, id: usize, rest: &str) -> Result<Hit, Problem> {
        let component = &self.names.components[id];
        if rest.is_empty() {
            return Ok(Hit::Component(id));
        }
        if let Some(index) = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let replicas = self.most_replicas(id);
            let index = index.parse().ok().filter(|index| *index < replicas);
            return index.map(|index| Hit::Replica(id, index)).ok_or_else(|| {
                let help = match replicas {
                    1 => String::from("its only replica is [0]"),
                    _ => format!("its {replicas} replicas are counted from [0]"),
                };
                Problem::at(at.span, format!("{component} has no replica `{rest}`")).help(help)
            });
        }
        if let Some(callee) = rest.strip_prefix(".calls.") {
            let callee = Spanned { value: callee.to_owned(), span: at.span };
            let callee_id = self.index.component(&callee)?;
            let edge = self.index.edges.get(&(id, callee_id)).copied();
            return edge.map(Hit::Edge).ok_or_else(|| {
                Problem::at(at.span, format!("{component} never calls {}", callee.value))
            });
        }
        // Not an endpoint that exists: the index knows which do.
        self.index.endpoint(at).map(Hit::Endpoint)
    }

    /// Most replicas that a component may ever have.
    fn most_replicas(&self, id: usize) -> usize {
        self.plan.most_replicas(id).max(self.counted.get(&id).copied().unwrap_or(0))
    }

    /// The simulator's target.
    fn lower_hit(&self, at: &Spanned<String>, hit: Hit) -> Result<Target, Problem> {
        let replicas = |id: usize| (0..self.most_replicas(id)).map(move |i| (id, i));
        let placed = |is_there: &dyn Fn(plan::Place) -> bool, help: &str| {
            let all = (0..self.plan.components.len()).flat_map(replicas);
            let place = |&(id, index): &(usize, usize)| self.plan.components[id].place(index);
            let hit: Vec<_> = all.filter(|hit| is_there(place(hit))).collect();
            if hit.is_empty() {
                let message = format!("no replica is in `{}`", at.value);
                return Err(Problem::at(at.span, message).help(help));
            }
            Ok(Target::Replicas(hit))
        };
        match hit {
            Hit::Component(id) => Ok(Target::Replicas(replicas(id).collect())),
            Hit::Replica(id, index) => Ok(Target::Replicas(vec![(id, index)])),
            Hit::Host(host) => placed(
                &|place| place.host == Some(host),
                "place one with `hosts: […]` of a component",
            ),
            Hit::Zone(zone) => {
                placed(&|place| place.zone == zone, "place one with `zones: […]` of a component")
            }
            Hit::Environment(zones) => placed(
                &|place| zones.contains(&place.zone),
                "place one with `zones: […]` of a component",
            ),
            Hit::Endpoint(endpoint) => Ok(Target::Endpoint(endpoint)),
            Hit::Edge(edge) => Ok(Target::Edge(edge)),
        }
    }
}
