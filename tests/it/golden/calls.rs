//! Timeouts, retries, queues, slots, joins: the rules of calls.

use super::{check, check_with};

#[test]
fn an_answer_at_exactly_its_timeout_counts() {
    check(
        "timeout_at_the_answer.yaml",
        &[
            "users of front.serve: 1 ok 110",
            "front.calls.back: 1 calls, 0 retries; 1 ok; 100 waited",
        ],
    );
}

#[test]
fn the_callee_works_on_after_a_timeout() {
    check_with(
        "timeout_at_the_answer.yaml",
        &[("front.calls.back.timeout", "99ms")],
        &[
            "users of front.serve: 1 timeout",
            "front.calls.back: 1 calls, 0 retries; 1 timeout; 99 waited",
            "back: 1 came, 0 refused, 1 served; waits 0; busy 100, in queue 0, in system 100",
        ],
    );
}

#[test]
fn retries_wait_longer_each_time() {
    check(
        "retries.yaml",
        &[
            "users of front.serve: 1 timeout",
            "front.calls.back: 1 calls, 2 retries; 3 timeout; 150 waited",
            "front: 1 came, 0 refused, 0 served; waits 0; busy 240, in queue 0, in system 240",
            "back: 3 came, 0 refused, 3 served; waits 0 0 0; busy 300, in queue 0, in system 300",
        ],
    );
}

#[test]
fn a_cap_ends_the_growth_of_waits() {
    check_with(
        "retries.yaml",
        &[("front.calls.back.retries.backoff.cap", "40ms")],
        &["front: 1 came, 0 refused, 0 served; waits 0; busy 220, in queue 0, in system 220"],
    );
}

#[test]
fn only_named_outcomes_are_retried() {
    check_with(
        "retries.yaml",
        &[("front.calls.back.retries.on", "[failed]")],
        &[
            "front.calls.back: 1 calls, 0 retries; 1 timeout; 50 waited",
            "front: 1 came, 0 refused, 0 served; waits 0; busy 60, in queue 0, in system 60",
        ],
    );
}

#[test]
fn slots_are_held_while_waiting_for_others() {
    check(
        "held_slots.yaml",
        &[
            "users of front.serve: 2 ok 110 200",
            "front: 2 came, 0 refused, 2 served; waits 0 90; busy 220, in queue 90, in system 310",
            "back: 2 came, 0 refused, 2 served; waits 0 0; busy 200, in queue 0, in system 200",
        ],
    );
}

#[test]
fn a_full_queue_refuses_with_network_time() {
    check(
        "full_queue.yaml",
        &[
            "users of front.serve: 2 ok 120 210, 1 rejected",
            "front.calls.back: 3 calls, 0 retries; 2 ok, 1 rejected; 320 waited",
            "back: 3 came, 1 refused, 2 served; waits 0 90; busy 200, in queue 90, in system 290",
        ],
    );
}

#[test]
fn a_refused_call_may_be_tried_again() {
    let refused_again = ("front.calls.back.retries", "{max: 1, backoff: {base: 60ms}}");
    check_with(
        "full_queue.yaml",
        &[refused_again],
        &[
            "users of front.serve: 2 ok 120 210, 1 rejected",
            "front.calls.back: 3 calls, 1 retries; 2 ok, 2 rejected; 330 waited",
        ],
    );
    let served = ("front.calls.back.retries", "{max: 1, backoff: {base: 80ms}}");
    check_with(
        "full_queue.yaml",
        &[served],
        &[
            "users of front.serve: 3 ok 120 210 300",
            "front.calls.back: 3 calls, 1 retries; 3 ok, 1 rejected; 520 waited",
        ],
    );
}

#[test]
fn a_join_waits_for_its_slowest_branch() {
    check(
        "join.yaml",
        &[
            "users of front.serve: 2 ok 115 210",
            "front: 2 came, 0 refused, 2 served; waits 0 95; busy 230, in queue 95, in system 325",
        ],
    );
}

#[test]
fn a_join_fails_at_once_while_the_rest_runs_on() {
    check(
        "join_fails.yaml",
        &[
            "users of front.serve: 2 failed",
            "front: 2 came, 0 refused, 0 served; waits 0 0; busy 20, in queue 0, in system 20",
            "long: 2 came, 0 refused, 2 served; waits 0 0; busy 200, in queue 0, in system 200",
            "front.calls.long: 2 calls, 0 retries; 2 ok; 200 waited",
        ],
    );
}

#[test]
fn counted_calls_follow_one_another() {
    check("not_needed.yaml", &["users of front.careful: 1 ok 240"]);
}

#[test]
fn what_is_not_needed_may_fail() {
    check(
        "not_needed_fails.yaml",
        &[
            "users of front.careful: 1 ok 230",
            "front.calls.quick: 2 calls, 0 retries; 2 failed; 0 waited",
            "front.calls.long: 2 calls, 0 retries; 2 ok; 200 waited",
        ],
    );
}

#[test]
fn turns_go_through_the_zones() {
    check("zones.yaml", &["users of front.serve: 2 ok 112 150"]);
    check("zone_outage.yaml", &["users of front.serve: 2 ok 112 112"]);
}
