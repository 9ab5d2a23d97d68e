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
    check_replicas("autoscaler.yaml", 2_350);
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

/// The most replicas that serve in any second, and those in the last, whatever the time that they
/// take to start: shorter than the time between two looks, as long, a multiple, and in between.
#[track_caller]
fn check_steady(sets: &[(&str, &str)], expected: u128) {
    for startup in ["0s", "1s", "5s", "10s", "14s", "20s", "25s", "30s", "45s"] {
        let sets: Vec<_> =
            sets.iter().copied().chain([("web.autoscale.startup", startup)]).collect();
        let (_, tally) = tally("autoscaler_steady.yaml", &sets);
        // Of ten slots each.
        let served = tally.timeline.iter().map(|bin| bin.available[0].div_ceil(10_000_000_000));
        let served: Vec<u128> = served.collect();
        assert_eq!(served.iter().max(), Some(&expected), "{startup}: {served:?}");
        assert_eq!(served.last(), Some(&expected), "{startup}: {served:?}");
    }
}

#[test]
fn a_steady_load_never_calls_for_more_than_it_needs() {
    check_steady(&[], 4); // 40/s over 10/s
    // 40/s over 9.5/s is 4.2, and 4 replicas are within a tenth of that; but not on the way there.
    check_steady(&[("web.autoscale.target", "9.5/s")], 5);
    check_steady(&[("web.autoscale.every", "15s")], 4);
    // 180/s of 10 ms are 1.8 cores, 3 of them 60 % busy. One would be overrun, so it begins with 2.
    let of_cores = [
        ("web.autoscale.metric", "cpu"),
        ("web.autoscale.target", "60%"),
        ("web.autoscale.min", "2"),
        ("web.autoscale.every", "15s"),
        ("web.replicas", "2"),
        ("load.web.get.renewal.interarrival", "5555556ns"),
    ];
    check_steady(&of_cores, 3);
}
