use foreshadow_sim::plan::{
    Backoff, Cache, Component, Edge, Endpoint, Fault, FaultKind, OutcomeSet, Place, Retries, Target,
};
use foreshadow_sim::random::Law;

use super::*;

/// Component i has endpoint i; endpoint 0 is asked. Edges go from 0 to all others.
fn plan(others: usize, steps: Vec<Step>) -> Plan {
    let mut endpoints = vec![Endpoint::new(0, steps)];
    endpoints.extend((1..=others).map(|id| Endpoint::new(id, Vec::new())));
    Plan {
        components: vec![Component::default(); others + 1],
        endpoints,
        edges: (1..=others).map(|callee| Edge::new(0, callee)).collect(),
        ..Plan::default()
    }
}

/// A needed call of component `callee`.
fn call(callee: usize) -> Call {
    Call::new(callee, Some(callee - 1))
}

/// What endpoint 0 is served with while components are away.
#[track_caller]
fn check(plan: &Plan, away: &[usize], expected: f64) {
    let structure = Structure::new(plan).unwrap();
    let mut parts = structure.none();
    for &component in away {
        parts.join(&structure.component(component));
    }
    let served = structure.evaluate(&parts, &mut Values::default())[0];
    assert!((served - expected).abs() < 1e-12, "{away:?}: {served} instead of {expected}");
}

#[test]
fn a_needed_call_needs_its_callee() {
    let plan = plan(2, vec![Step::Call(call(1)), Step::Publish(call(2))]);
    check(&plan, &[], 1.0);
    check(&plan, &[1], 0.0);
    check(&plan, &[2], 1.0);
    check(&plan, &[0], 0.0);
}

#[test]
fn one_replica_is_enough() {
    let mut plan = plan(1, vec![Step::Call(call(1))]);
    plan.components[1].replicas =
        vec![Place::default(), Place { zone: 1, host: None }, Place { zone: 1, host: Some(0) }];
    let structure = Structure::new(&plan).unwrap();
    let served = |parts: &[Parts]| {
        let mut away = structure.none();
        for part in parts {
            away.join(part);
        }
        structure.evaluate(&away, &mut Values::default())[0]
    };
    let close = |value: f64, expected: f64| assert!((value - expected).abs() < 1e-12, "{value}");
    close(served(&[structure.zone(1)]), 1.0);
    close(served(&[structure.replica(1, 0), structure.host(0)]), 1.0);
    close(served(&[structure.replica(1, 0), structure.zone(1)]), 0.0);
    close(served(&[structure.edge(0)]), 0.0);
    close(served(&[structure.endpoint(1)]), 0.0);
}

#[test]
fn optional_calls_fallbacks_and_backups_are_not_needed() {
    let optional = Call { on_failure: OnFailure::Continue, ..call(1) };
    check(&plan(1, vec![Step::Call(optional)]), &[1], 1.0);
    let fallback = Call { on_failure: OnFailure::Fallback(vec![Step::Call(call(2))]), ..call(1) };
    let with_fallback = plan(2, vec![Step::Call(fallback)]);
    check(&with_fallback, &[1], 1.0);
    check(&with_fallback, &[2], 1.0);
    check(&with_fallback, &[1, 2], 0.0);
    let backup = Call { backup: Some((2, 1)), ..call(1) };
    let with_backup = plan(2, vec![Step::Call(backup)]);
    check(&with_backup, &[1], 1.0);
    check(&with_backup, &[1, 2], 0.0);
}

#[test]
fn draws_give_shares() {
    let sometimes = Call { probability: 0.25, ..call(1) };
    check(&plan(1, vec![Step::Call(sometimes)]), &[1], 0.75);
    let choose = Step::Choose(vec![(3.0, vec![Step::Call(call(1))]), (1.0, Vec::new())]);
    check(&plan(1, vec![choose]), &[1], 0.25);
    let contents = Contents::Ratio { hit: 0.9, fills: 0.0 };
    let cache = Step::Cache(Cache { contents, miss: vec![Step::Call(call(1))] });
    check(&plan(1, vec![cache]), &[1], 0.9);
    let branches = vec![vec![Step::Call(call(1))], vec![Step::Work(Law::constant(1))]];
    check(&plan(1, vec![Step::Parallel(branches)]), &[1], 0.0);
}

#[test]
fn retries_draw_anew() {
    let mut plan = plan(1, vec![Step::Call(Call { count: 2, ..call(1) })]);
    plan.endpoints[1].errors = 0.5;
    check(&plan, &[], 0.25);
    let backoff = Backoff { base: Law::constant(0), factor: 2.0, cap: None, full_jitter: false };
    let on = OutcomeSet::default().with(Outcome::Failed);
    plan.edges[0].retries = Some(Retries { max: 1, on, backoff, budget: None });
    check(&plan, &[], 0.5625);
    check(&plan, &[1], 0.0);
}

#[test]
fn a_queue_answers_when_it_has_accepted() {
    let mut plan = plan(2, vec![Step::Call(call(1))]);
    plan.components[1].acknowledges = true;
    plan.endpoints[1].steps = vec![Step::Call(Call::new(2, Some(2)))];
    plan.edges.push(Edge::new(1, 2));
    check(&plan, &[2], 1.0);
    check(&plan, &[1], 0.0);
}

#[test]
fn circles_have_no_structure() {
    let mut plan = plan(1, vec![Step::Call(call(1))]);
    plan.endpoints[1].steps = vec![Step::Call(Call::new(0, Some(1)))];
    plan.edges.push(Edge::new(1, 0));
    assert!(Structure::new(&plan).is_none());
}

#[test]
fn faults_that_take_parts_away_are_told_from_others() {
    let mut plan = plan(1, vec![Step::Call(call(1))]);
    plan.components[1].replicas = vec![Place::default(); 2];
    let structure = Structure::new(&plan).unwrap();
    let taken = |kind, replicas: &[usize]| {
        let replicas = replicas.iter().map(|&index| (1, index)).collect();
        structure.taken(&Fault::new(kind, Target::Replicas(replicas)))
    };
    assert_eq!(taken(FaultKind::Crash, &[0]), Some(structure.replica(1, 0)));
    assert_eq!(taken(FaultKind::Errors { share: 1.0 }, &[0, 1]), Some(structure.component(1)));
    assert_eq!(taken(FaultKind::Errors { share: 1.0 }, &[0]), None);
    assert_eq!(taken(FaultKind::Slow { factor: 2.0 }, &[0, 1]), None);
    // Replicas that are not there at first cannot be taken.
    assert_eq!(taken(FaultKind::Crash, &[7]), Some(structure.none()));
}
