//! Deadlines that are passed on, and work that stops when nobody wants it any more.

use super::{check, check_with};

#[test]
fn no_attempt_starts_at_or_after_its_deadline() {
    let wait = "middle.calls.back.retries.backoff.base";
    for sets in [&[][..], &[(wait, "20ms")]] {
        check_with(
            "deadline.yaml",
            sets,
            &[
                "users of front.serve: 1 timeout",
                "front.calls.middle: 1 calls, 0 retries; 1 timeout; 180 waited",
                "middle.calls.back: 1 calls, 0 retries; 1 timeout; 150 waited",
                "middle: 1 came, 0 refused, 0 served; waits 0; busy 180, in queue 0, in system 180",
            ],
        );
    }
    check_with(
        "deadline.yaml",
        &[(wait, "10ms")],
        &[
            "front.calls.middle: 1 calls, 0 retries; 1 timeout; 200 waited",
            "middle.calls.back: 1 calls, 1 retries; 2 timeout; 300 waited",
            "middle: 1 came, 0 refused, 0 served; waits 0; busy 340, in queue 0, in system 340",
        ],
    );
    check_with(
        "deadline.yaml",
        &[("middle.calls.back.deadline", "null")],
        &[
            "middle.calls.back: 1 calls, 3 retries; 4 timeout; 600 waited",
            "middle: 1 came, 0 refused, 0 served; waits 0; busy 750, in queue 0, in system 750",
        ],
    );
}

#[test]
fn no_first_attempt_starts_at_its_deadline_either() {
    for (timeout, waited) in [("30ms", 30), ("20ms", 20)] {
        check_with(
            "deadline.yaml",
            &[("front.calls.middle.timeout", timeout)],
            &[
                "users of front.serve: 1 timeout",
                &format!("front.calls.middle: 1 calls, 0 retries; 1 timeout; {waited} waited"),
                "middle.calls.back: 0 calls, 0 retries; ; 0 waited",
                "middle: 1 came, 0 refused, 0 served; waits 0; busy 30, in queue 0, in system 30",
            ],
        );
    }
}

#[test]
fn a_callee_drops_what_has_expired() {
    check(
        "expired_in_queue.yaml",
        &[
            "users of front.serve: 2 ok 110 120, 2 timeout",
            "front.calls.back: 4 calls, 0 retries; 2 ok, 2 timeout; 510 waited",
            "back: 4 came, 0 refused, 3 served; waits 0 10 95; busy 300, in queue 299, in system 599",
        ],
    );
    check_with(
        "expired_in_queue.yaml",
        &[("front.calls.back.deadline", "null")],
        &[
            "users of front.serve: 1 ok 110, 3 timeout",
            "back: 4 came, 0 refused, 4 served; waits 0 95 110 194; busy 400, in queue 399, in system 799",
        ],
    );
    check_with(
        "expired_in_queue.yaml",
        &[("front.calls.back.timeout", "50ms"), ("network.same_zone", "60ms")],
        &[
            "users of front.serve: 4 timeout",
            "back: 4 came, 0 refused, 0 served; waits ; busy 0, in queue 0, in system 0",
        ],
    );
}

#[test]
fn what_has_expired_interrupts_nobody() {
    check(
        "expired_and_important.yaml",
        &[
            "users of front.serve: 1 timeout",
            "users of front.long: 2 ok 710 710",
            "back: 3 came, 0 refused, 2 served; waits 0 0; busy 1400, in queue 190, in system 1590",
        ],
    );
}

#[test]
fn what_is_cancelled_stops_down_the_tree() {
    check(
        "cancels.yaml",
        &[
            "users of front.serve: 3 timeout",
            "users of front.direct: 1 ok 110",
            "front.calls.middle: 3 calls, 0 retries; 3 timeout; 240 waited",
            "middle.calls.back: 3 calls, 0 retries; 3 given up; 150 waited",
            "middle: 3 came, 0 refused, 0 served; waits 0 0 0; busy 240, in queue 0, in system 240",
            "back: 4 came, 0 refused, 1 served; waits 0 35 40; busy 125, in queue 125, in system 250",
        ],
    );
    check_with(
        "cancels.yaml",
        &[("middle.calls.back.cancels", "false")],
        &[
            "middle.calls.back: 3 calls, 0 retries; 3 given up; 150 waited",
            "back: 4 came, 0 refused, 4 served; waits 0 60 140 225; busy 400, in queue 425, in system 825",
        ],
    );
    check_with(
        "cancels.yaml",
        &[("middle.calls.back.pool", "1")],
        &[
            "middle.calls.back: 3 calls, 0 retries; 3 given up; 150 waited; 2 pooled for 65",
            "back: 4 came, 0 refused, 1 served; waits 0 0 10; busy 125, in queue 60, in system 185",
        ],
    );
}

#[test]
fn what_is_cancelled_stops_before_others_go_on() {
    check(
        "cancels_branches.yaml",
        &[
            "users of front.serve: 1 timeout",
            "middle.calls.back: 2 calls, 0 retries; 2 given up; 95 waited",
            "back: 2 came, 0 refused, 0 served; waits 0; busy 50, in queue 45, in system 95",
        ],
    );
    check_with(
        "cancels_branches.yaml",
        &[("middle.calls.back.pool", "1")],
        &[
            "middle.calls.back: 2 calls, 0 retries; 2 given up; 95 waited; 1 pooled for 45",
            "back: 1 came, 0 refused, 0 served; waits 0; busy 50, in queue 0, in system 50",
        ],
    );
}

#[test]
fn a_join_that_fails_stops_calls_that_cancel() {
    check_with(
        "join.yaml",
        &[("front.calls.quick.timeout", "10ms"), ("front.calls.long.cancels", "true")],
        &[
            "users of front.serve: 2 timeout",
            "front: 2 came, 0 refused, 0 served; waits 0 0; busy 40, in queue 0, in system 40",
            "quick: 2 came, 0 refused, 2 served; waits 0 0; busy 40, in queue 0, in system 40",
            "long: 2 came, 0 refused, 0 served; waits 0 0; busy 20, in queue 0, in system 20",
            "front.calls.long: 2 calls, 0 retries; 2 given up; 20 waited",
        ],
    );
}

#[test]
fn branches_begin_together_even_if_one_fails_at_once() {
    check(
        "join_at_once.yaml",
        &[
            "users of front.serve: 1 failed",
            "front: 1 came, 0 refused, 0 served; waits 0; busy 10, in queue 0, in system 10",
            "front.calls.long: 1 calls, 0 retries; 1 ok; 100 waited",
            "long: 1 came, 0 refused, 1 served; waits 0; busy 100, in queue 0, in system 100",
        ],
    );
    check_with(
        "join_at_once.yaml",
        &[("front.calls.long.cancels", "true")],
        &[
            "users of front.serve: 1 failed",
            "front.calls.long: 1 calls, 0 retries; 1 given up; 0 waited",
            "long: 0 came, 0 refused, 0 served; waits ; busy 0, in queue 0, in system 0",
        ],
    );
}

#[test]
fn nothing_goes_on_in_the_midst_of_a_crash() {
    check(
        "crossing.yaml",
        &[
            "users of left.a: 2 failed",
            "left: 3 came, 0 refused, 0 served; waits 0 0; busy 80, in queue 20, in system 100",
            "right: 1 came, 0 refused, 1 served; waits 0; busy 40, in queue 0, in system 40",
        ],
    );
}
