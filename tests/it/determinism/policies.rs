//! Common random numbers: a policy changes what it acts on, and no draw of anything else.

use foreshadow_sim::plan::{Outcome, Place};
use foreshadow_sim::{Plan, Tally};

use super::{SHORT, check_arrivals_after, run};
use crate::scenarios::{library, load, lower};

/// An ordinary afternoon, short.
fn day(sets: &[(&str, &str)]) -> Plan {
    lower(&load(&library("shop/day.yaml"), &[&SHORT[..], sets].concat())).plan
}

/// The same without queues, and with one replica of each component: nobody's time, nor where a call
/// goes, depends on who else is there.
fn roomy_day(sets: &[(&str, &str)]) -> Plan {
    let mut plan = day(sets);
    for component in &mut plan.components {
        (component.concurrency, component.replicas) = (None, vec![Place::default()]);
    }
    plan
}

#[test]
fn no_guard_changes_who_comes() {
    let payment = |key: &str| format!("gateway.calls.payment.{key}");
    for (key, value) in [
        ("hedge", "{after: 100ms}"),
        ("pool", "1"),
        ("breaker", "{error_rate: 1%, window: 1s, min_requests: 1, open: 1s}"),
        ("deadline", "propagated"),
        ("timeout", "100ms"),
    ] {
        let pressed = ("payment.calls.provider.timeout", "150ms");
        check_arrivals_after(&[pressed, (&payment(key), value)]);
    }
    check_arrivals_after(&[("gateway.calls.pricing.balance", "power_of_two")]);
    check_arrivals_after(&[("gateway.calls.pricing.balance", "zone_local")]);
}

/// Not a byte.
#[test]
fn a_guard_that_never_acts_changes_nothing() {
    let before = run(day(&[]));
    for (key, value) in [
        ("payment.hedge", "{after: 1h}"),
        ("payment.pool", "100000"),
        ("payment.breaker", "{error_rate: 100%, window: 10s, min_requests: 1M, open: 1s}"),
        ("payment.deadline", "propagated"),
        ("payment.cancels", "true"),
        ("payment.outlier_ejection", "{consecutive_failures: 1M, base: 1s}"),
        ("payment.retries", "{max: 3}"),
        ("catalog.retries.budget", "0%"),
    ] {
        let after = run(day(&[(&format!("gateway.calls.{key}"), value)]));
        assert!(before == after, "{key}: {value} changes something");
    }
}

/// Without queues, whatever is set on the way to the payment provider, who does not pay gets the same
/// answers at the same times.
#[test]
fn a_guard_changes_nothing_beside_its_edge() {
    let names = lower(&load(&library("shop/day.yaml"), &SHORT)).names;
    let checkout = names.endpoints.iter().position(|name| name == "gateway.checkout").unwrap();
    let before = run(roomy_day(&[]));
    for (key, value) in [
        ("hedge", "{after: 100ms}"),
        ("pool", "2"),
        ("breaker", "{error_rate: 1%, window: 1s, min_requests: 1, open: 1s}"),
        ("retries", "{max: 2}"),
        ("deadline", "propagated"),
    ] {
        let pressed = ("payment.calls.provider.timeout", "150ms");
        let key = format!("payment.calls.provider.{key}");
        let after = run(roomy_day(&[pressed, (&key, value)]));
        for (before, after) in before.iter().zip(&after) {
            assert!(before.edges != after.edges, "{key} changes something");
            for endpoint in (0..names.endpoints.len()).filter(|&endpoint| endpoint != checkout) {
                let same = before.users[endpoint] == after.users[endpoint];
                assert!(same, "{key} changes {}", names.endpoints[endpoint]);
            }
        }
    }
}

/// The calls of the payment provider, without queues, from one replica.
fn charges(sets: &[(&str, &str)]) -> Vec<foreshadow_sim::tally::EdgeTally> {
    let names = lower(&load(&library("shop/day.yaml"), &SHORT)).names;
    let edge = names.edges.iter().position(|name| name == "payment.calls.provider").unwrap();
    run(roomy_day(sets)).iter().map(|tally: &Tally| tally.edges[edge]).collect()
}

/// Every first attempt that times out where nothing is retried does so where it is, and no other.
#[test]
fn retries_leave_first_attempts_as_they_are() {
    let timeout = ("payment.calls.provider.timeout", "250ms");
    let retries = ("payment.calls.provider.retries", "{max: 1, on: [timeout]}");
    for (once, twice) in charges(&[timeout]).iter().zip(charges(&[timeout, retries])) {
        let timeouts = once.outcomes[Outcome::Timeout as usize];
        assert!(timeouts > 20 && once.retries == 0, "{once:?}");
        assert_eq!((twice.calls, twice.retries), (once.calls, timeouts));
    }
}

/// An extra attempt is made at exactly those calls that a timeout of that length would have ended.
#[test]
fn hedges_leave_first_attempts_as_they_are() {
    let timeout = ("payment.calls.provider.timeout", "250ms");
    let hedge = ("payment.calls.provider.hedge", "{after: 250ms}");
    let never = ("payment.calls.provider.timeout", "null");
    for (once, hedged) in charges(&[timeout]).iter().zip(charges(&[never, hedge])) {
        let timeouts = once.outcomes[Outcome::Timeout as usize];
        assert_eq!((hedged.calls, hedged.hedges), (once.calls, timeouts));
    }
}
