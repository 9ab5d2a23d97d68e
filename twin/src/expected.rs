//! What a twin says of its endpoints that can be told without running it.

use std::collections::BTreeMap;

use foreshadow_sim::Plan;
use foreshadow_sim::plan::{Contents, EndpointId, OnFailure, Outcome, Step};
use foreshadow_sim::random::Key;

/// Draws of own time, from which its median is taken.
const DRAWS: u64 = 4001;

/// What a twin says of one endpoint.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expected {
    /// Median of the time that is not spent waiting for others [ns].
    pub(crate) own_ns: f64,
    /// Calls per visit, by endpoint called.
    pub(crate) calls: BTreeMap<EndpointId, f64>,
    /// Share of visits that fail of themselves.
    pub(crate) errors: f64,
}

/// What `plan` says of `endpoint`.
pub(crate) fn expected(plan: &Plan, endpoint: EndpointId) -> Expected {
    let definition = &plan.endpoints[endpoint];
    let root = Key::root(1, 0);
    let mut own: Vec<f64> = (0..DRAWS).map(|i| own_time(&definition.steps, root.with(i))).collect();
    own.sort_by(f64::total_cmp);
    let mut calls = BTreeMap::new();
    count(&definition.steps, 1.0, &mut calls);
    Expected { own_ns: own[own.len() / 2], calls, errors: definition.errors }
}

/// One draw of the work in `steps`, one after the other [ns].
fn own_time(steps: &[Step], key: Key) -> f64 {
    let of = |(i, step): (usize, &Step)| {
        let key = key.with(i as u64 + 1);
        match step {
            Step::Work(law) => law.sample(key) as f64,
            Step::Parallel(branches) => {
                let branch = |(i, steps): (usize, &Vec<Step>)| own_time(steps, key.with(i as u64));
                branches.iter().enumerate().map(branch).fold(0.0, f64::max)
            }
            Step::Choose(options) => {
                let total: f64 = options.iter().map(|(weight, _)| weight).sum();
                let mut left = key.unit() * total;
                let chosen = options.iter().find(|(weight, _)| {
                    left -= weight;
                    left < 0.0
                });
                let chosen = chosen.or(options.last());
                chosen.map_or(0.0, |(_, steps)| own_time(steps, key.with(1)))
            }
            Step::Cache(cache) if key.unit() >= hit(&cache.contents) => {
                own_time(&cache.miss, key.with(1))
            }
            Step::Cache(_) | Step::Think(_) | Step::Call(_) | Step::Publish(_) => 0.0,
        }
    };
    steps.iter().enumerate().map(of).sum()
}

/// Share of looks that find something; of a real cache it is not known without running it.
fn hit(contents: &Contents) -> f64 {
    match contents {
        Contents::Ratio { hit, .. } => *hit,
        Contents::Lru { .. } => 0.0,
    }
}

/// Adds `share` times the expected calls in `steps`.
fn count(steps: &[Step], share: f64, calls: &mut BTreeMap<EndpointId, f64>) {
    for step in steps {
        match step {
            Step::Work(_) | Step::Think(_) => {}
            Step::Call(call) | Step::Publish(call) => {
                let made = share * call.probability * f64::from(call.count);
                *calls.entry(call.endpoint).or_default() += made;
                // A fallback is taken when the call fails; how often that is, is not the twin's.
                if let OnFailure::Fallback(steps) = &call.on_failure {
                    count(steps, 0.0, calls);
                }
            }
            Step::Parallel(branches) => {
                for steps in branches {
                    count(steps, share, calls);
                }
            }
            Step::Choose(options) => {
                let total: f64 = options.iter().map(|(weight, _)| weight).sum();
                for (weight, steps) in options {
                    count(steps, share * weight / total, calls);
                }
            }
            Step::Cache(cache) => count(&cache.miss, share * (1.0 - hit(&cache.contents)), calls),
        }
    }
}

/// Share of the requests of each endpoint that fail, of themselves or with a needed call, where no
/// policy refuses anything and retries meet independent failures.
pub(crate) fn failures(plan: &Plan) -> Vec<f64> {
    let mut known = vec![None; plan.endpoints.len()];
    for endpoint in 0..plan.endpoints.len() {
        failure(plan, endpoint, &mut known);
    }
    known.into_iter().map(|share| share.unwrap_or(0.0)).collect()
}

/// Endpoints never call each other in a circle, so this ends.
fn failure(plan: &Plan, endpoint: EndpointId, known: &mut [Option<f64>]) -> f64 {
    if let Some(share) = known[endpoint] {
        return share;
    }
    let definition = &plan.endpoints[endpoint];
    let share = 1.0 - (1.0 - definition.errors) * success(plan, &definition.steps, known);
    known[endpoint] = Some(share);
    share
}

/// Probability that all of `steps` go well.
fn success(plan: &Plan, steps: &[Step], known: &mut [Option<f64>]) -> f64 {
    let mut product = 1.0;
    for step in steps {
        product *= match step {
            Step::Work(_) | Step::Think(_) | Step::Publish(_) => 1.0,
            Step::Call(call) => {
                let retries = call.edge.and_then(|edge| plan.edges[edge].retries.as_ref());
                let retries = retries.filter(|retries| retries.on.contains(Outcome::Failed));
                let attempts = 1 + retries.map_or(0, |retries| retries.max);
                let mut fails = failure(plan, call.endpoint, known).powf(f64::from(attempts));
                match &call.on_failure {
                    OnFailure::Continue => fails = 0.0,
                    OnFailure::Fallback(steps) => fails *= 1.0 - success(plan, steps, known),
                    OnFailure::Fail => {}
                }
                let all = (1.0 - fails).powf(f64::from(call.count));
                1.0 - call.probability * (1.0 - all)
            }
            Step::Parallel(branches) => {
                branches.iter().map(|steps| success(plan, steps, known)).product()
            }
            Step::Choose(options) => {
                let total: f64 = options.iter().map(|(weight, _)| weight).sum();
                let share = |(weight, steps): &(f64, Vec<Step>)| {
                    weight / total * success(plan, steps, known)
                };
                options.iter().map(share).sum()
            }
            Step::Cache(cache) => {
                let hit = hit(&cache.contents);
                hit + (1.0 - hit) * success(plan, &cache.miss, known)
            }
        };
    }
    product
}

/// Probability that a request of `from` comes by `target`, whatever fails on the way.
pub(crate) fn reaches(plan: &Plan, from: EndpointId, target: EndpointId) -> f64 {
    let mut known = vec![None; plan.endpoints.len()];
    1.0 - passes_by(plan, from, target, &mut known)
}

/// Probability that `endpoint` is served without a visit of `target`.
fn passes_by(
    plan: &Plan,
    endpoint: EndpointId,
    target: EndpointId,
    known: &mut [Option<f64>],
) -> f64 {
    if endpoint == target {
        return 0.0;
    }
    if let Some(share) = known[endpoint] {
        return share;
    }
    let share = without(plan, &plan.endpoints[endpoint].steps, target, known);
    known[endpoint] = Some(share);
    share
}

/// Probability that `steps` run without a visit of `target`.
fn without(plan: &Plan, steps: &[Step], target: EndpointId, known: &mut [Option<f64>]) -> f64 {
    let mut product = 1.0;
    for step in steps {
        product *= match step {
            Step::Work(_) | Step::Think(_) => 1.0,
            Step::Call(call) | Step::Publish(call) => {
                let one = passes_by(plan, call.endpoint, target, known);
                1.0 - call.probability * (1.0 - one.powf(f64::from(call.count)))
            }
            Step::Parallel(branches) => {
                branches.iter().map(|steps| without(plan, steps, target, known)).product()
            }
            Step::Choose(options) => {
                let total: f64 = options.iter().map(|(weight, _)| weight).sum();
                let share = |(weight, steps): &(f64, Vec<Step>)| {
                    weight / total * without(plan, steps, target, known)
                };
                options.iter().map(share).sum()
            }
            Step::Cache(cache) => {
                let hit = hit(&cache.contents);
                hit + (1.0 - hit) * without(plan, &cache.miss, target, known)
            }
        };
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWIN: &str = "\
foreshadow: twin/v1
name: made
components:
  web:
    endpoints:
      home:
        errors: 10%
        steps:
          - work: 2ms
          - choose:
              - {weight: 25%, steps: [{call: cart.read, count: 2}, {work: 4ms}]}
              - {weight: 75%, steps: [{call: ads.get, optional: true}]}
          - publish: mail.send
    calls: {cart: {retries: {max: 1}}}
  cart: {endpoints: {read: {errors: 50%, steps: [{work: 1ms}]}}}
  ads: {endpoints: {get: {errors: 100%, steps: []}}}
  mail: {endpoints: {send: {errors: 100%, steps: []}}}
";

    #[test]
    fn what_a_twin_says_is_worked_out() {
        let files = |_: &std::path::Path| Ok(TWIN.to_owned());
        let twin = foreshadow_scenarios::load_twin("made.yaml".as_ref(), &files).unwrap();
        let said = expected(&twin.plan, 0);
        // 2 ms in three of four visits, 6 ms in the fourth.
        assert!((said.own_ns - 2e6).abs() < 1.0, "{said:?}");
        assert_eq!(said.calls.values().copied().collect::<Vec<_>>(), [0.5, 0.75, 1.0]);
        // In one of four visits the cart is read, in the others the ads are asked.
        assert!((reaches(&twin.plan, 0, 1) - 0.25).abs() < 1e-12);
        assert!((reaches(&twin.plan, 0, 3) - 1.0).abs() < 1e-12);
        assert!(reaches(&twin.plan, 1, 0) < 1e-12 && reaches(&twin.plan, 1, 1) > 1.0 - 1e-12);
        // A read fails when both attempts do: 1/4; two of them go well with (3/4)² = 9/16.
        let home = 1.0 - 0.9 * (0.25 * 9.0 / 16.0 + 0.75);
        let failures = failures(&twin.plan);
        assert!((failures[0] - home).abs() < 1e-12, "{failures:?}");
        assert_eq!(failures[1..], [0.5, 1.0, 1.0]);
    }
}
