//! Crashes, pauses, slow work, latency, and what happens when they overlap.

use super::{check, check_with};

#[test]
fn callers_learn_of_a_crash_after_network_time() {
    check(
        "crash.yaml",
        &[
            "users of front.serve: 1 ok 120, 2 failed",
            "front.calls.back: 3 calls, 0 retries; 1 ok, 2 failed; 155 waited",
            "front: 3 came, 0 refused, 1 served; waits 0 0 0; busy 185, in queue 0, in system 185",
            "back: 2 came, 0 refused, 1 served; waits 0 0; busy 135, in queue 0, in system 135",
        ],
    );
}

#[test]
fn retries_outlast_a_crash() {
    check_with(
        "crash.yaml",
        &[("front.calls.back.retries", "{max: 1, backoff: {base: 100ms}}")],
        &["users of front.serve: 3 ok 120 220 265"],
    );
}

#[test]
fn a_caller_that_crashes_gives_up_its_calls() {
    check(
        "crash_of_the_caller.yaml",
        &[
            "users of front.serve: 1 ok 110, 3 failed",
            "front: 3 came, 0 refused, 1 served; waits 0 0; busy 160, in queue 30, in system 190",
            "back: 2 came, 0 refused, 2 served; waits 0 0; busy 200, in queue 0, in system 200",
        ],
    );
}

#[test]
fn a_pause_freezes_work_and_queues_what_comes() {
    check(
        "pause.yaml",
        &[
            "users of front.serve: 2 ok 260 310",
            "back: 2 came, 0 refused, 2 served; waits 0 150; busy 400, in queue 150, in system 550",
        ],
    );
}

#[test]
fn timeouts_run_during_a_pause() {
    check_with(
        "pause.yaml",
        &[("front.calls.back.timeout", "200ms")],
        &[
            "users of front.serve: 2 timeout",
            "front.calls.back: 2 calls, 0 retries; 2 timeout; 400 waited",
            "back: 2 came, 0 refused, 2 served; waits 0 150; busy 400, in queue 150, in system 550",
        ],
    );
}

#[test]
fn a_paused_loss_system_refuses() {
    check_with(
        "pause.yaml",
        &[("back.queue.capacity", "0")],
        &["users of front.serve: 1 ok 310, 1 rejected"],
    );
}

#[test]
fn a_paused_caller_takes_up_no_answer() {
    check(
        "pause_of_the_caller.yaml",
        &[
            "users of front.serve: 1 ok 250",
            "back: 1 came, 0 refused, 1 served; waits 0; busy 100, in queue 0, in system 100",
        ],
    );
    check_with(
        "pause_of_the_caller.yaml",
        &[("front.calls.back.timeout", "150ms")],
        &[
            "users of front.serve: 1 timeout",
            "front.calls.back: 1 calls, 0 retries; 1 timeout; 150 waited",
        ],
    );
}

#[test]
fn overlapping_factors_rescale_what_remains() {
    check("slow.yaml", &["users of front.serve: 2 ok 191.666667 220"]);
}

#[test]
fn overlapping_outages_are_unions() {
    check(
        "overlapping_outages.yaml",
        &[
            "users of front.serve: 2 ok 110 110, 2 failed",
            "front.calls.back: 4 calls, 0 retries; 2 ok, 2 failed; 200 waited",
            "back: 3 came, 0 refused, 2 served; waits 0 0; busy 200, in queue 0, in system 200",
        ],
    );
}

#[test]
fn added_latency_counts_within_the_timeout() {
    check("late_requests.yaml", &["users of front.serve: 1 ok 150"]);
    let timeout = |limit| [("front.calls.back.timeout", limit)];
    check_with("late_requests.yaml", &timeout("139ms"), &["users of front.serve: 1 timeout"]);
    check_with("late_requests.yaml", &timeout("140ms"), &["users of front.serve: 1 ok 150"]);
    check("late_users.yaml", &["users of front.serve: 1 ok 190"]);
}
