//! Which replica is called.

use foreshadow_sim::plan::Outcome;

use super::{check, check_with, tally};

#[test]
fn the_fewest_attempts_under_way_are_found() {
    for balance in ["least_outstanding", "power_of_two"] {
        check_with(
            "fewest.yaml",
            &[("front.calls.back.balance", balance)],
            &["users of front.serve: 3 ok 110 110 110"],
        );
    }
    check_with(
        "fewest.yaml",
        &[("front.calls.back.balance", "round_robin")],
        &["users of front.serve: 3 ok 110 110 680"],
    );
}

#[test]
fn near_replicas_come_first() {
    check("near.yaml", &["users of front.serve: 4 ok 112 112 112 150"]);
}

#[test]
fn weights_are_of_zones_where_anyone_is() {
    let balance = "front.calls.back.balance";
    check_with(
        "near.yaml",
        &[(balance, "{weighted: {a: 100%}}")],
        &["users of front.serve: 4 ok 112 112 112 150"],
    );
    check_with(
        "near.yaml",
        &[(balance, "{weighted: {a: 0%, b: 100%}}")],
        &["users of front.serve: 4 ok 150 150 150 150"],
    );
}

/// How many of a thousand calls meet one of back's replicas.
fn calls_of(replica: usize) -> u64 {
    let at = format!("\"back[{replica}]\"");
    let (_, tally) = tally("weighted.yaml", &[("faults[0].errors.at", &at)]);
    tally.edges[0].outcomes[Outcome::Failed as usize]
}

#[test]
fn replicas_of_a_drawn_zone_come_in_turn() {
    let [first, other, second] = [0, 1, 2].map(calls_of);
    assert_eq!(first + other + second, 1000);
    assert!(first.abs_diff(second) <= 1, "{first} and {second} calls of the two in one zone");
    // Within four standard deviations of a fair coin thrown a thousand times.
    assert!(other.abs_diff(500) <= 64, "{other} calls of the other zone");
}
