//! Random policies: how one component calls another, and what guards that.

use std::time::Duration;

use foreshadow_sim::plan::{
    Backoff, Balance, Breaker, Edge, Ejection, Outcome, OutcomeSet, Retries,
};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;

use super::sketch::law;

/// How a component is called.
#[derive(Debug, Clone)]
pub(super) struct Policy {
    edge: Edge,
    /// Whether another component stands in, and which.
    pub(super) backup: Option<Index>,
}

impl Policy {
    /// An edge with this policy.
    pub(super) fn edge(&self, caller: usize, callee: usize) -> Edge {
        Edge { caller, callee, ..self.edge.clone() }
    }
}

fn retries() -> impl Strategy<Value = Retries> {
    let budget = option::weighted(0.3, 0.0..=1.0);
    (1..=2u32, 0..8u8, law(20), 0.5..3.0, any::<bool>(), budget).prop_map(
        |(max, on, base, factor, full_jitter, budget)| {
            let outcomes = [Outcome::Timeout, Outcome::Rejected, Outcome::Failed];
            let chosen = outcomes.into_iter().enumerate().filter(|(bit, _)| on >> bit & 1 == 1);
            let on = chosen.fold(OutcomeSet::default(), |set, (_, outcome)| set.with(outcome));
            let cap = full_jitter.then_some(Duration::from_millis(30));
            Retries { max, on, backoff: Backoff { base, factor, cap, full_jitter }, budget }
        },
    )
}

fn breaker() -> impl Strategy<Value = Breaker> {
    (0.1..=1.0, 10..500u64, 1..=5u32, 0..200u64, 1..=3u32).prop_map(
        |(error_rate, window_ms, min_requests, open_ms, half_open)| Breaker {
            error_rate,
            window: Duration::from_millis(window_ms),
            min_requests,
            open: Duration::from_millis(open_ms),
            half_open,
        },
    )
}

fn ejection() -> impl Strategy<Value = Ejection> {
    (1..=3u32, 1..200u64, 0.0..=1.0).prop_map(|(failures, base_ms, max_ejected)| Ejection {
        failures,
        base: Duration::from_millis(base_ms),
        max_ejected,
    })
}

fn balance() -> impl Strategy<Value = Balance> {
    prop_oneof![
        Just(Balance::RoundRobin),
        Just(Balance::Random),
        Just(Balance::LeastOutstanding),
        Just(Balance::PowerOfTwo),
        Just(Balance::ZoneLocal),
        (0.0..=1.0).prop_map(|weight| Balance::Weighted(vec![(0, weight), (1, 1.0 - weight)])),
    ]
}

/// A policy of which some parts are there.
pub(super) fn policy() -> impl Strategy<Value = Policy> {
    let times = (
        option::of(law(50)),
        option::of(retries()),
        option::weighted(0.3, law(30)),
        option::weighted(0.2, law(5)),
    );
    let rare = (prop::bool::weighted(0.3), prop::bool::weighted(0.3));
    let guards = (
        option::weighted(0.3, breaker()),
        option::weighted(0.3, 1..=3u32),
        option::weighted(0.3, ejection()),
    );
    let backup = option::weighted(0.2, any::<Index>());
    (times, rare, guards, balance(), backup).prop_map(|(times, rare, guards, balance, backup)| {
        let (timeout, retries, hedge, round_trip) = times;
        let (cancels, deadline) = rare;
        let (breaker, pool, ejection) = guards;
        let bare = Edge::new(0, 0);
        let edge = Edge {
            timeout,
            retries,
            hedge,
            round_trip,
            cancels,
            deadline,
            breaker,
            pool,
            ejection,
            balance,
            ..bare
        };
        Policy { edge, backup }
    })
}
