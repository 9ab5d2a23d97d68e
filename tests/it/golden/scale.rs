//! Replicas that come and go, and how that is found out.

use super::{check, tally};

/// Runs a file and compares ∫ replicas of `back` \[replicas · ms\].
#[track_caller]
fn check_replicas(file: &str, expected_ms: u128) {
    let (names, tally) = tally(file, &[]);
    let back = names.components.iter().position(|name| name == "back").unwrap();
    assert_eq!(tally.components[back].replicas, expected_ms * 1_000_000);
}

#[test]
fn an_autoscaler_lags() {
    check("autoscaler.yaml", &["users of back.serve: 6 ok 100 100 100 115 170 180"]);
    check_replicas("autoscaler.yaml", 2_000);
}

#[test]
fn replicas_come_and_go_by_a_change() {
    check("change_replicas.yaml", &["users of front.serve: 4 ok 110 110 110 205"]);
    check_replicas("change_replicas.yaml", 10_120);
}

#[test]
fn health_checks_take_their_time() {
    check(
        "health.yaml",
        &[
            "users of front.serve: 1 ok 120, 3 failed",
            "front.calls.back: 4 calls, 0 retries; 1 ok, 3 failed; 120 waited",
            "back: 1 came, 0 refused, 1 served; waits 0; busy 100, in queue 0, in system 100",
        ],
    );
}
