//! Which of users' requests can be served while parts are away: the structure function of a plan.
//!
//! A plan is looked at as a static system: a part is there or not, load, latency, queues and guards
//! (breakers, budgets, deadlines) play no role, and balancers know who is away. A request is served if
//! all that it needs is; where a step is drawn (`choose`, `probability`, `errors`, a cache by ratio),
//! the value is a probability, exact because draws are independent once the parts are given.
//!
//! Source: R. E. Barlow and F. Proschan, *Statistical Theory of Reliability and Life Testing* (1975), §1.2.

mod parts;

use foreshadow_sim::plan::{
    Call, ComponentId, Contents, Edge, EdgeId, EndpointId, OnFailure, Outcome, Plan, Step, callees,
};

pub use parts::Parts;

/// The structure function of one plan.
#[derive(Debug, Clone)]
pub struct Structure<'a> {
    plan: &'a Plan,
    /// Endpoints, callees before callers.
    order: Vec<EndpointId>,
    /// The number of the first replica of each component, and their sum.
    replicas: Vec<usize>,
}

/// Values of endpoints, kept from one evaluation to the next so that none allocates.
#[derive(Debug, Clone, Default)]
pub struct Values(Vec<f64>);

impl<'a> Structure<'a> {
    /// The structure of `plan`, of the replicas that it begins with.
    ///
    /// `None` if endpoints call each other in a circle: nothing is served first.
    #[must_use]
    pub fn new(plan: &'a Plan) -> Option<Self> {
        let mut replicas = vec![0];
        for component in &plan.components {
            replicas.push(replicas[replicas.len() - 1] + component.replicas.len());
        }
        Some(Self { plan, order: callees_first(plan)?, replicas })
    }

    /// The probability that a request to each endpoint is served while `away` is away.
    ///
    /// - `values`: room to work in; afterwards holds one value in [0, 1] per endpoint of the plan.
    pub fn evaluate<'v>(&self, away: &Parts, values: &'v mut Values) -> &'v [f64] {
        let values = &mut values.0;
        values.clear();
        values.resize(self.plan.endpoints.len(), 0.0);
        for &id in &self.order {
            let endpoint = &self.plan.endpoints[id];
            let is_there = self.is_up(endpoint.component, away) && !away.has(self.endpoint_bit(id));
            values[id] = if !is_there {
                0.0
            } else if self.plan.components[endpoint.component].acknowledges {
                // It answers when it has accepted; what becomes of the message is not the sender's.
                1.0 - endpoint.errors
            } else {
                (1.0 - endpoint.errors) * self.steps(&endpoint.steps, away, values)
            };
            assert!((0.0..=1.0).contains(&values[id]), "endpoint {id} is served: {}", values[id]);
        }
        values
    }

    /// The share of a mix of requests that is served while `away` is away, in [0, 1].
    ///
    /// - `mix`: endpoints that users call with the weight of each; at least one is positive.
    pub fn served(&self, mix: &[(EndpointId, f64)], away: &Parts, values: &mut Values) -> f64 {
        let served = self.evaluate(away, values);
        let all: f64 = mix.iter().map(|(_, weight)| weight).sum();
        assert!(all > 0.0, "a mix of requests has a positive weight");
        let sum: f64 = mix.iter().map(|&(endpoint, weight)| weight * served[endpoint]).sum();
        (sum / all).min(1.0)
    }

    /// The probability that all of `steps` end well.
    fn steps(&self, steps: &[Step], away: &Parts, values: &[f64]) -> f64 {
        steps.iter().map(|step| self.step(step, away, values)).product()
    }

    fn step(&self, step: &Step, away: &Parts, values: &[f64]) -> f64 {
        match step {
            // The outcome of what is published is ignored.
            Step::Work(_) | Step::Think(_) | Step::Publish(_) => 1.0,
            Step::Call(call) => self.call(call, away, values),
            Step::Parallel(branches) => {
                branches.iter().map(|steps| self.steps(steps, away, values)).product()
            }
            Step::Choose(options) => {
                let all: f64 = options.iter().map(|(weight, _)| weight).sum();
                let sum: f64 = options
                    .iter()
                    .map(|(weight, steps)| weight * self.steps(steps, away, values))
                    .sum();
                (sum / all).min(1.0)
            }
            Step::Cache(cache) => {
                // Of a cache with keys, how often it hits is not known here: it may always miss.
                let hit = match cache.contents {
                    Contents::Ratio { hit, .. } => hit,
                    Contents::Lru { .. } => 0.0,
                };
                hit + (1.0 - hit) * self.steps(&cache.miss, away, values)
            }
        }
    }

    fn call(&self, call: &Call, away: &Parts, values: &[f64]) -> f64 {
        let (endpoint, edge) = self.aim(call, away);
        let once = self.attempts(endpoint, edge, away, values);
        let instead = |failed: f64| match &call.on_failure {
            OnFailure::Fail => 0.0,
            OnFailure::Continue => failed,
            OnFailure::Fallback(steps) => failed * self.steps(steps, away, values),
        };
        let mut value = 1.0;
        for _ in 0..call.count {
            value *= once + instead(1.0 - once);
        }
        1.0 - call.probability + call.probability * value
    }

    /// Where a call goes: to its backup while nobody could be picked, or the breaker sees failures
    /// only.
    fn aim(&self, call: &Call, away: &Parts) -> (EndpointId, Option<EdgeId>) {
        let own = (call.endpoint, call.edge);
        let Some((endpoint, edge)) = call.backup else { return own };
        let is_cut =
            |id: EdgeId| away.has(self.edge_bit(id)) && self.plan.edges[id].breaker.is_some();
        let callee = self.plan.endpoints[call.endpoint].component;
        let is_usable = self.is_up(callee, away) && !call.edge.is_some_and(is_cut);
        if is_usable { own } else { (endpoint, Some(edge)) }
    }

    /// The probability that a call's attempts, the retries included, come to `ok`.
    fn attempts(
        &self,
        endpoint: EndpointId,
        edge: Option<EdgeId>,
        away: &Parts,
        values: &[f64],
    ) -> f64 {
        let Some(id) = edge else { return values[endpoint] };
        if away.has(self.edge_bit(id)) {
            return 0.0;
        }
        // Every attempt draws anew.
        1.0 - libm::pow(1.0 - values[endpoint], f64::from(attempts(&self.plan.edges[id])))
    }

    fn is_up(&self, component: ComponentId, away: &Parts) -> bool {
        let bits = self.replicas[component]..self.replicas[component + 1];
        !away.has_all(bits)
    }
}

/// Attempts of a call whose failure is `failed`.
fn attempts(edge: &Edge) -> u32 {
    let retries = edge.retries.as_ref().filter(|retries| retries.on.contains(Outcome::Failed));
    retries.map_or(1, |retries| 1 + retries.max)
}

/// All endpoints, each after those that it calls; `None` if that cannot be.
fn callees_first(plan: &Plan) -> Option<Vec<EndpointId>> {
    /// What is known of an endpoint.
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; plan.endpoints.len()];
    let mut order = Vec::with_capacity(marks.len());
    for root in 0..marks.len() {
        let mut stack = vec![root];
        while let Some(&id) = stack.last() {
            if marks[id] == Mark::New {
                marks[id] = Mark::Open;
                for callee in callees(&plan.endpoints[id].steps) {
                    match marks[callee] {
                        Mark::New => stack.push(callee),
                        Mark::Open => return None,
                        Mark::Done => {}
                    }
                }
            } else {
                if marks[id] == Mark::Open {
                    marks[id] = Mark::Done;
                    order.push(id);
                }
                stack.pop();
            }
        }
    }
    Some(order)
}

#[cfg(test)]
mod tests;
