//! Components, their endpoints and the network between them.

use foreshadow_sim::plan::{Component, ComponentId, Endpoint, Network, ZoneId};
use foreshadow_sim::random::Law;

use super::Lowering;
use crate::Spanned;
use crate::model::twin::{self, Twin};
use crate::problem::Problem;

/// Replicas that one component may have.
pub(super) const MAX_REPLICAS: u32 = 100_000;

impl Lowering {
    /// Lowers all that a twin says of the system.
    pub(super) fn system(&mut self, twin: &Twin) {
        if twin.zones.len() > usize::from(ZoneId::MAX) {
            let place =
                twin.zones.iter().next().map_or(twin.components.span, |(name, _)| name.span);
            self.problem(Problem::at(place, "more than 65535 zones"));
        }
        self.names.zones = twin.zones.names().map(str::to_owned).collect();
        if twin.components.is_empty() {
            let message = "expected at least one component";
            self.problem(Problem::at(twin.components.span, message));
        }
        self.hosts(twin);
        self.declare(twin);
        for (id, (name, component)) in twin.components.iter().enumerate() {
            self.component(name, component, twin);
            for (callee, policy) in component.calls.iter() {
                let found = self.index.component(callee);
                if let Some(callee) = self.note(found) {
                    self.policy(id, callee, policy, twin);
                }
            }
        }
        self.endpoints(twin);
        self.refuse_unused(twin);
        let network = twin.network.clone().unwrap_or_default();
        self.plan.network = Network {
            same_zone: self.law(network.same_zone.as_ref()),
            cross_zone: self.law(network.cross_zone.as_ref()),
        };
        self.refuse_cycles(twin);
        self.reliabilities(twin);
    }

    /// A policy for a call that is never made would have no effect.
    fn refuse_unused(&mut self, twin: &Twin) {
        if !self.problems.is_empty() {
            return; // A step that is wrong may be the one that makes the call.
        }
        for (id, (name, component)) in twin.components.iter().enumerate() {
            let own = self.plan.endpoints.iter().filter(|endpoint| endpoint.component == id);
            let called: Vec<ComponentId> = own
                .flat_map(|endpoint| foreshadow_sim::plan::callees(&endpoint.steps))
                .filter_map(|endpoint| self.index.owners.get(endpoint).copied())
                .collect();
            for (callee, _) in component.calls.iter() {
                let known = self.index.components.get(&callee.value);
                if known.is_some_and(|known| !called.contains(known)) {
                    let message = format!("no step of {} calls {}", name.value, callee.value);
                    self.problems.push(
                        Problem::at(callee.span, message)
                            .help("add the call to a step, or remove its policy"),
                    );
                }
            }
        }
    }

    /// Gives every component and endpoint its index, so that steps can refer forward.
    fn declare(&mut self, twin: &Twin) {
        for (id, (name, component)) in twin.components.iter().enumerate() {
            if name.is_empty() || name.contains(['[', ']']) {
                let message = "expected a name without brackets for a component";
                self.problem(Problem::at(name.span, message));
            }
            self.index.components.insert(name.value.clone(), id);
            self.names.components.push(name.value.clone());
            if component.endpoints.is_empty() {
                let message = format!("component {} has no endpoints", name.value);
                self.problem(
                    Problem::at(name.span, message)
                        .help("add one under `endpoints:`, with its steps"),
                );
            }
            for (endpoint, _) in component.endpoints.iter() {
                let full = format!("{}.{}", name.value, endpoint.value);
                let index = self.names.endpoints.len();
                if self.index.endpoints.insert(full.clone(), index).is_some() {
                    let message = format!("`{full}` could be either of two endpoints");
                    self.problem(Problem::at(endpoint.span, message).help("rename one of the two"));
                }
                self.names.endpoints.push(full);
                self.index.owners.push(id);
            }
        }
    }

    fn component(&mut self, name: &Spanned<String>, component: &twin::Component, twin: &Twin) {
        let count = component.replicas.as_ref().map_or(1, |count| count.value.0);
        if let Some(replicas) = &component.replicas
            && !(1..=MAX_REPLICAS).contains(&count)
        {
            let message = format!("expected from 1 to {MAX_REPLICAS} replicas, found `{count}`");
            self.problem(
                Problem::at(replicas.span, message)
                    .label(format!("{}.replicas", name.value))
                    .help("to take the component out, use a `crash` fault"),
            );
        }
        let concurrency = component.concurrency.as_ref().and_then(|bound| bound.value.0);
        if let (Some(0), Some(bound)) = (concurrency, &component.concurrency) {
            let message = "expected at least 1 slot, found `0`: nothing could ever be served";
            self.problem(
                Problem::at(bound.span, message).help(
                    "to take the component out, use a `crash` fault; for no limit, `unlimited`",
                ),
            );
        }
        let (replicas, places) =
            self.places(name, component, twin, count.min(MAX_REPLICAS) as usize);
        let queue = self.queue(component);
        let lowered = Component {
            replicas,
            places,
            concurrency,
            blocking: component.blocking.as_ref().is_none_or(|blocking| blocking.value),
            cpu: component.cpu.as_ref().and_then(|cpu| self.cpu(cpu)),
            rate_limit: component.rate_limit.as_ref().and_then(|limit| self.rate_limit(limit)),
            shed: component.shed.as_ref().and_then(|shed| self.shed(name, shed, &queue)),
            queue,
            health: self.health(component.health.as_ref()),
            ..Component::default()
        };
        let lowered = self.as_queue(name, component, lowered);
        let lowered = self.in_groups(component, lowered);
        let autoscale = self.autoscale(component.autoscale.as_ref(), &lowered);
        self.plan.components.push(Component { autoscale, ..lowered });
    }

    fn endpoints(&mut self, twin: &Twin) {
        for (id, (_, component)) in twin.components.iter().enumerate() {
            for (_, endpoint) in component.endpoints.iter() {
                let mut steps = self.service(id, &endpoint.steps);
                self.refuse_steps_of_groups(component, endpoint, &steps);
                steps.extend(self.delivery(id, component));
                let priority = endpoint.priority.as_ref().map_or(1, |priority| priority.0);
                let errors = endpoint.errors.as_ref().map_or(0.0, |share| share.0);
                self.plan.endpoints.push(Endpoint { priority, errors, ..Endpoint::new(id, steps) });
            }
        }
    }

    /// The simulator's form of a law, if there is one and it is right.
    pub(super) fn law(&mut self, law: Option<&Spanned<crate::model::law::Law>>) -> Option<Law> {
        self.note(law?.lower_here())
    }

    /// The same of a limit, named `key`, which would stop everything at once if it were no time.
    pub(super) fn law_above_zero(
        &mut self,
        key: &str,
        law: Option<&Spanned<crate::model::law::Law>>,
    ) -> Option<Law> {
        if let Some(law) = law.filter(|law| law.is_never_any_time()) {
            let message = format!("expected a `{key}` above 0");
            self.problem(Problem::at(law.span, message).help("leave it out for none"));
        }
        self.law(law)
    }
}
