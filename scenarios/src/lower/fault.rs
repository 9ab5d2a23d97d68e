//! What goes wrong, and whom it hits.

use std::time::Duration;

use foreshadow_sim::plan::{self, FaultKind, Target};

use super::Lowering;
use crate::model::fault::Fault;
use crate::model::twin::Twin;
use crate::problem::{Problem, nearest};
use crate::{Spanned, address, units};

/// What an address of a fault means.
enum Hit {
    Component(usize),
    Replica(usize, usize),
    Endpoint(usize),
    Edge(usize),
    Zones(Vec<plan::ZoneId>),
}

impl Lowering {
    /// Lowers all faults.
    pub(super) fn faults(&mut self, faults: &[Spanned<Fault>], twin: &Twin) {
        for fault in faults {
            let course = fault.course();
            let Some(kind) = self.kind(fault) else {
                continue;
            };
            let Some(at) = course.at else {
                self.problem(
                    Problem::at(fault.span, format!("`{}` hits nothing", fault.name()))
                        .help("add `at:` with the address of what it hits"),
                );
                continue;
            };
            let target = self.hit(at, twin).and_then(|hit| self.target(fault, at, hit));
            let Some(target) = self.note(target) else {
                continue;
            };
            let horizon = self.plan.run.horizon;
            if let Some(start) = course.start.filter(|start| start.value.0 >= horizon) {
                self.problem(
                    Problem::at(start.span, "this fault would start after the run has ended")
                        .help(format!("`run.horizon` is {}", units::show(horizon))),
                );
            }
            if let Some(duration) = course.duration.filter(|d| d.value.0 == Duration::ZERO) {
                let message = "expected a duration above 0";
                self.problem(
                    Problem::at(duration.span, message).help("leave it out for one to the end"),
                );
            }
            self.names.faults.push(format!("{} at {}", fault.name(), at.value));
            self.plan.faults.push(plan::Fault {
                kind,
                target,
                start: course.start.map_or(Duration::ZERO, |start| start.value.0),
                duration: course.duration.map(|duration| duration.value.0),
                probability: course.probability.map_or(1.0, |share| share.value.0),
            });
        }
    }

    /// The mechanism; `None` for what is refused elsewhere, or has a problem.
    fn kind(&mut self, fault: &Fault) -> Option<FaultKind> {
        match fault {
            Fault::Crash(_) | Fault::ZoneOutage(_) => Some(FaultKind::Crash),
            Fault::Pause(_) => Some(FaultKind::Pause),
            Fault::Slow(slow) => Some(FaultKind::Slow { factor: slow.factor.0 }),
            Fault::Latency(latency) => Some(FaultKind::Latency {
                add: self.law(Some(&latency.add))?,
                jitter: latency.jitter.as_ref().map_or(Duration::ZERO, |jitter| jitter.0),
            }),
            Fault::Errors(errors) => Some(FaultKind::Errors { share: errors.share.0 }),
            _ => None,
        }
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
            return Ok(Hit::Zones(vec![zone as plan::ZoneId]));
        }
        let zones = twin.zones.iter().enumerate();
        let inside = zones.filter(|(_, (_, zone))| zone.environment.as_deref() == Some(name));
        let inside: Vec<_> = inside.map(|(id, _)| id as plan::ZoneId).collect();
        if !inside.is_empty() {
            return Ok(Hit::Zones(inside));
        }
        let known = components.chain(twin.zones.names());
        let known = known.chain(self.names.endpoints.iter().map(String::as_str));
        let help = match nearest(name, known) {
            Some(best) => format!("did you mean `{best}`?"),
            None => String::from(
                "expected a component, `component[i]`, `component.endpoint`, `component.calls.callee`, a zone or an environment",
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
            let replicas = self.plan.components[id].replicas.len();
            let index = index.parse().ok().filter(|index| *index < replicas);
            return index.map(|index| Hit::Replica(id, index)).ok_or_else(|| {
                Problem::at(at.span, format!("{component} has no replica `{rest}`"))
                    .help(format!("its {replicas} replicas are counted from [0]"))
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

    /// The simulator's target, if a fault of this kind can hit it.
    fn target(&self, fault: &Fault, at: &Spanned<String>, hit: Hit) -> Result<Target, Problem> {
        let whole = matches!(fault, Fault::Crash(_) | Fault::Pause(_));
        let wrong = |expected: &str| {
            let message = format!("`{}` cannot hit `{}`", fault.name(), at.value);
            Err(Problem::at(at.span, message).help(format!("expected {expected}")))
        };
        let replicas =
            |id: usize| (0..self.plan.components[id].replicas.len()).map(move |i| (id, i));
        if matches!(fault, Fault::ZoneOutage(_)) && !matches!(hit, Hit::Zones(_)) {
            return wrong("a zone or an environment");
        }
        match hit {
            Hit::Component(id) => Ok(Target::Replicas(replicas(id).collect())),
            Hit::Replica(id, index) => Ok(Target::Replicas(vec![(id, index)])),
            Hit::Zones(zones) => {
                let all = (0..self.plan.components.len()).flat_map(replicas);
                let there = |(id, index): &(usize, usize)| {
                    zones.contains(&self.plan.components[*id].replicas[*index].zone)
                };
                let hit: Vec<_> = all.filter(there).collect();
                if hit.is_empty() {
                    let message = format!("no replica is in `{}`", at.value);
                    return Err(Problem::at(at.span, message)
                        .help("place one with `zones: […]` of a component"));
                }
                Ok(Target::Replicas(hit))
            }
            Hit::Endpoint(_) | Hit::Edge(_) if whole => {
                wrong("a component, a replica such as `component[0]`, a zone or an environment")
            }
            Hit::Edge(_) if matches!(fault, Fault::Slow(_)) => {
                wrong("a component, a replica, an endpoint, a zone or an environment")
            }
            Hit::Endpoint(endpoint) => Ok(Target::Endpoint(endpoint)),
            Hit::Edge(edge) => Ok(Target::Edge(edge)),
        }
    }
}
