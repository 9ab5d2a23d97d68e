//! Pools, budgets, breakers, backups, hedges, ejections: what stands between a call and its callee.

use super::{check, check_with};

#[test]
fn a_timeout_covers_the_wait_for_a_connection() {
    check(
        "pool.yaml",
        &[
            "users of front.serve: 1 ok 110, 2 timeout",
            "front.calls.back: 3 calls, 0 retries; 1 ok, 2 timeout; 400 waited; 2 pooled for 230",
            "back: 3 came, 0 refused, 3 served; waits 0 0 0; busy 300, in queue 0, in system 300",
        ],
    );
}

#[test]
fn a_retry_asks_for_a_connection_anew() {
    check(
        "pool_retries.yaml",
        &[
            "users of front.serve: 2 timeout",
            "front.calls.back: 2 calls, 2 retries; 4 timeout; 240 waited; 3 pooled for 110",
            "back: 4 came, 0 refused, 4 served; waits 0 0 0 0; busy 400, in queue 0, in system 400",
        ],
    );
}

#[test]
fn ten_retries_pass_then_a_share_of_first_attempts() {
    check(
        "budget.yaml",
        &[
            "users of front.serve: 14 failed",
            "front.calls.back: 14 calls, 12 retries; 26 failed; 0 waited; 2 denied",
        ],
    );
    check_with(
        "budget.yaml",
        &[("front.calls.back.retries.budget", "100%")],
        &["front.calls.back: 14 calls, 13 retries; 27 failed; 0 waited; 1 denied"],
    );
    let session = "[{think: 1s}, {call: front.serve, count: 24}, {think: 1h}]";
    check_with(
        "budget.yaml",
        &[("load.anna.session", session)],
        &["front.calls.back: 24 calls, 12 retries; 36 failed; 0 waited; 12 denied"],
    );
}

#[test]
fn the_budget_comes_after_the_breaker() {
    check(
        "budget_after_breaker.yaml",
        &[
            "users of front.serve: 5 rejected, 12 failed",
            "front.calls.back: 17 calls, 10 retries; 5 rejected, 22 failed; 0 waited; 5 refused, 2 denied, 3 opened",
        ],
    );
}

#[test]
fn a_breaker_opens_on_its_sliding_window() {
    check(
        "breaker.yaml",
        &[
            "users of front.serve: 1 rejected, 4 failed",
            "front.calls.back: 5 calls, 0 retries; 1 rejected, 4 failed; 40 waited; 1 refused, 1 opened",
        ],
    );
    check_with(
        "breaker.yaml",
        &[("front.calls.back.breaker.window", "150ms")],
        &["front.calls.back: 5 calls, 0 retries; 5 failed; 50 waited; 1 opened"],
    );
}

#[test]
fn what_a_breaker_refused_may_be_retried() {
    check_with(
        "breaker.yaml",
        &[("front.calls.back.retries", "{max: 1, on: [rejected], backoff: {base: 1s}}")],
        &[
            "users of front.serve: 1 ok 1120, 4 failed",
            "front.calls.back: 5 calls, 1 retries; 1 ok, 1 rejected, 4 failed; 150 waited; 1 refused, 1 opened",
        ],
    );
}

#[test]
fn a_half_open_breaker_probes() {
    check(
        "half_open.yaml",
        &[
            "users of front.serve: 3 ok 110 110 110, 3 rejected, 4 failed",
            "users of front.long: 1 timeout",
            "front.calls.back: 11 calls, 0 retries; 3 ok, 1 timeout, 3 rejected, 4 failed; 900 waited; 3 refused, 3 opened",
        ],
    );
}

#[test]
fn a_backup_stands_in_while_the_breaker_is_open() {
    check(
        "backup.yaml",
        &[
            "users of front.serve: 5 ok 40 40 40 110 110, 1 failed",
            "front.calls.back: 3 calls, 0 retries; 2 ok, 1 failed; 200 waited; 1 opened",
            "front.calls.spare: 3 calls, 0 retries; 3 ok; 90 waited",
        ],
    );
    check_with(
        "backup.yaml",
        &[("front.calls.back.retries", "{max: 1}")],
        &[
            "users of front.serve: 6 ok 40 40 40 40 110 110",
            "front.calls.back: 3 calls, 0 retries; 2 ok, 1 failed; 200 waited; 1 opened",
            "front.calls.spare: 3 calls, 1 retries; 4 ok; 120 waited",
        ],
    );
}

#[test]
fn a_backup_stands_in_while_nobody_can_be_picked() {
    let none = ("front.calls.back.breaker", "null");
    let ejection = "front.calls.back.outlier_ejection";
    check_with(
        "backup.yaml",
        &[none, (ejection, "{consecutive_failures: 1, base: 500ms, max_ejected: 100%}")],
        &[
            "users of front.serve: 5 ok 40 40 110 110 110, 1 failed",
            "front.calls.back: 4 calls, 0 retries; 3 ok, 1 failed; 300 waited; 1 ejected",
        ],
    );
    check_with(
        "backup.yaml",
        &[none, (ejection, "{consecutive_failures: 1, base: 500ms}")],
        &[
            "users of front.serve: 5 ok 110 110 110 110 110, 1 failed",
            "front.calls.back: 6 calls, 0 retries; 5 ok, 1 failed; 500 waited",
        ],
    );
    check_with(
        "backup.yaml",
        &[none, ("faults", "[{crash: {at: back, start: 1000ms, duration: 100ms}}]")],
        &["users of front.serve: 6 ok 40 110 110 110 110 110"],
    );
}

#[test]
fn the_first_ok_of_two_attempts_wins() {
    check(
        "hedge.yaml",
        &[
            "users of front.serve: 1 ok 160",
            "front.calls.back: 1 calls, 0 retries, 1 hedges; 1 ok, 1 given up; 250 waited",
            "back: 2 came, 0 refused, 2 served; waits 0 0; busy 200, in queue 0, in system 200",
        ],
    );
    check_with(
        "hedge.yaml",
        &[("front.calls.back.cancels", "true")],
        &[
            "users of front.serve: 1 ok 160",
            "back: 2 came, 0 refused, 1 served; waits 0 0; busy 150, in queue 0, in system 150",
        ],
    );
}

#[test]
fn when_one_of_two_attempts_fails_the_other_decides() {
    let late = "{latency: {at: front.calls.back, add: 100ms, start: 1000ms, duration: 20ms}}";
    let errors = |start: &str, duration: &str| {
        let errors =
            format!("{{errors: {{at: back, share: 100%, start: {start}, duration: {duration}}}}}");
        format!("[{late}, {errors}]")
    };
    let retry = ("front.calls.back.retries", "{max: 1, backoff: {base: 20ms}}");
    check_with(
        "hedge.yaml",
        &[retry, ("faults", &errors("1100ms", "15ms"))],
        &[
            "users of front.serve: 1 ok 160",
            "front.calls.back: 1 calls, 0 retries, 1 hedges; 1 ok, 1 failed; 200 waited",
        ],
    );
    check_with(
        "hedge.yaml",
        &[retry, ("faults", &errors("1055ms", "60ms"))],
        &[
            "users of front.serve: 1 ok 230",
            "front.calls.back: 1 calls, 1 retries, 1 hedges; 1 ok, 2 failed; 200 waited",
        ],
    );
}

#[test]
fn an_extra_attempt_passes_pool_and_breaker() {
    check(
        "hedge_guards.yaml",
        &[
            "users of front.serve: 1 ok 110",
            "front.calls.back: 1 calls, 0 retries, 1 hedges; 1 ok, 1 given up; 170 waited; 1 pooled for 70",
            "back: 1 came, 0 refused, 1 served; waits 0; busy 100, in queue 0, in system 100",
        ],
    );
    check_with(
        "hedge_guards.yaml",
        &[("front.calls.back.pool", "2")],
        &["back: 2 came, 0 refused, 2 served; waits 0 0; busy 200, in queue 0, in system 200"],
    );
    check(
        "hedge_breaker.yaml",
        &[
            "users of front.serve: 1 ok 110, 1 failed",
            "front.calls.back: 2 calls, 0 retries; 1 ok, 1 failed; 100 waited; 1 opened",
        ],
    );
}

#[test]
fn an_attempt_that_ends_at_once_leaves_no_hedge_behind() {
    check(
        "hedge_without_replica.yaml",
        &[
            "users of front.serve: 1 ok 110",
            "front.calls.quick: 1 calls, 0 retries; 1 failed; 0 waited",
            "front.calls.long: 1 calls, 0 retries; 1 ok; 100 waited",
        ],
    );
}

#[test]
fn failures_in_a_row_eject_for_longer_each_time() {
    check(
        "ejection.yaml",
        &[
            "users of front.serve: 4 ok 110 110 110 110, 8 failed",
            "front.calls.back: 12 calls, 0 retries; 4 ok, 8 failed; 400 waited; 2 ejected",
            "back: 10 came, 0 refused, 4 served; waits 0 0 0 0; busy 400, in queue 0, in system 400",
        ],
    );
}

#[test]
fn only_a_share_of_the_replicas_is_ejected() {
    let none_served = "0 refused, 0 served; waits ; busy 0, in queue 0, in system 0";
    for (share, ejected, came) in [("50%", 1, 4), ("70%", 2, 4), ("100%", 3, 3)] {
        check_with(
            "ejection_share.yaml",
            &[("front.calls.back.outlier_ejection.max_ejected", share)],
            &[
                &format!(
                    "front.calls.back: 4 calls, 0 retries; 4 failed; 0 waited; {ejected} ejected"
                ),
                &format!("back: {came} came, {none_served}"),
            ],
        );
    }
    check(
        "ejection_share.yaml",
        &["front.calls.back: 4 calls, 0 retries; 4 failed; 0 waited; 1 ejected"],
    );
}

#[test]
fn a_row_of_failures_begins_anew_after_an_ejection() {
    check(
        "ejection_row.yaml",
        &[
            "users of front.serve: 1 ok 30, 4 timeout, 1 failed",
            "front.calls.back: 6 calls, 0 retries; 1 ok, 4 timeout, 1 failed; 220 waited; 1 ejected",
        ],
    );
}

#[test]
fn a_caller_that_crashed_knows_nothing() {
    check(
        "new_caller.yaml",
        &[
            "users of front.serve: 1 ok 110, 4 failed",
            "front.calls.back: 5 calls, 0 retries; 1 ok, 4 given up; 205 waited; 2 pooled for 35",
            "back: 3 came, 0 refused, 3 served; waits 0 0 0; busy 300, in queue 0, in system 300",
        ],
    );
    check_with(
        "new_caller.yaml",
        &[("front.calls.back.pool", "4")],
        &[
            "users of front.serve: 1 ok 110, 4 failed",
            "front.calls.back: 5 calls, 0 retries; 1 ok, 1 failed, 3 given up; 195 waited; 1 opened",
            "back: 5 came, 0 refused, 4 served; waits 0 0 0 0; busy 400, in queue 0, in system 400",
        ],
    );
    check("new_budget.yaml", &["front.calls.back: 11 calls, 11 retries; 22 failed; 0 waited"]);
    check_with(
        "new_budget.yaml",
        &[("faults", "[{errors: {at: back, share: 100%}}]")],
        &["front.calls.back: 11 calls, 10 retries; 21 failed; 0 waited; 1 denied"],
    );
}
