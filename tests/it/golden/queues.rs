//! Publishing, queues and caches.

use super::{check, check_with};

#[test]
fn nobody_waits_for_what_is_published() {
    check(
        "publish.yaml",
        &[
            "users of front.tell: 1 ok 15",
            "front: 1 came, 0 refused, 1 served; waits 0; busy 15, in queue 0, in system 15",
            "mail: 1 came, 0 refused, 1 served; waits 0; busy 100, in queue 0, in system 100",
            "front.calls.mail: 1 calls, 0 retries; 1 ok; 100 waited",
        ],
    );
}

#[test]
fn what_is_published_follows_its_policy() {
    let policy = ("front.calls.mail", "{timeout: 60ms, retries: {max: 1}}");
    check_with(
        "publish.yaml",
        &[policy],
        &[
            "users of front.tell: 1 ok 15",
            "mail: 2 came, 0 refused, 2 served; waits 0 0; busy 200, in queue 0, in system 200",
            "front.calls.mail: 1 calls, 1 retries; 2 timeout; 120 waited",
        ],
    );
    check_with(
        "publish.yaml",
        &[policy, ("faults", "[{crash: {at: front, start: 1020ms, duration: 1ms}}]")],
        &[
            "users of front.tell: 1 ok 15",
            "mail: 1 came, 0 refused, 1 served; waits 0; busy 100, in queue 0, in system 100",
            "front.calls.mail: 1 calls, 0 retries; 1 given up; 10 waited",
        ],
    );
}

#[test]
fn what_becomes_of_what_is_published_changes_nothing() {
    check_with(
        "publish.yaml",
        &[("faults", "[{crash: {at: mail, start: 1s}}]")],
        &[
            "users of front.tell: 1 ok 15",
            "front.calls.mail: 1 calls, 0 retries; 1 failed; 0 waited",
        ],
    );
}

#[test]
fn messages_wait_and_publishers_do_not() {
    check(
        "queue.yaml",
        &[
            "users of front.order: 3 ok 25 25 25",
            "front.calls.outbox: 3 calls, 0 retries; 3 ok; 30 waited",
            "outbox: 3 came, 0 refused, 3 served; waits 0 90 190; busy 330, in queue 280, in system 610",
            "outbox.calls.mail: 3 calls, 0 retries; 3 ok; 330 waited",
            "mail: 3 came, 0 refused, 3 served; waits 0 0 0; busy 300, in queue 0, in system 300",
        ],
    );
    check_with(
        "queue.yaml",
        &[("outbox.deliver.consumers", "2")],
        &[
            "outbox: 3 came, 0 refused, 3 served; waits 0 0 80; busy 330, in queue 80, in system 410",
        ],
    );
}

#[test]
fn a_call_of_a_queue_waits_for_no_more_than_that() {
    check_with(
        "queue.yaml",
        &[("front.order.steps[1]", "{call: outbox.mail}")],
        &["users of front.order: 3 ok 25 25 25"],
    );
    check_with(
        "queue.yaml",
        &[(
            "load",
            "{anna: {closed: {users: 1}, session: [{think: 1s}, {call: outbox.mail}, {think: 1h}]}}",
        )],
        &[
            "users of outbox.mail: 1 ok 0",
            "outbox: 1 came, 0 refused, 1 served; waits 0; busy 110, in queue 0, in system 110",
        ],
    );
}

#[test]
fn a_full_queue_fails_the_publishing_step() {
    let full = ("outbox.queue.capacity", "1");
    check_with(
        "queue.yaml",
        &[full],
        &[
            "users of front.order: 2 ok 25 25, 1 rejected",
            "outbox: 3 came, 1 refused, 2 served; waits 0 90; busy 220, in queue 90, in system 310",
        ],
    );
    check_with(
        "queue.yaml",
        &[full, ("front.order.steps[1].optional", "true")],
        &["users of front.order: 3 ok 25 25 25"],
    );
}

#[test]
fn a_queue_that_crashes_loses_what_it_holds() {
    check(
        "crash_of_a_queue.yaml",
        &[
            "users of front.order: 3 ok 25 25 25, 1 failed",
            "outbox: 3 came, 0 refused, 0 served; waits 0; busy 85, in queue 120, in system 205",
            "outbox.calls.mail: 1 calls, 0 retries; 1 given up; 85 waited",
            "mail: 1 came, 0 refused, 1 served; waits 0; busy 100, in queue 0, in system 100",
        ],
    );
}

#[test]
fn a_delivery_follows_the_policy_of_its_queue() {
    check(
        "delivery.yaml",
        &[
            "users of front.order: 1 ok 15",
            "outbox: 1 came, 0 refused, 0 served; waits 0; busy 0, in queue 0, in system 0",
        ],
    );
    check_with(
        "delivery.yaml",
        &[("outbox.calls.mail.retries", "{max: 1, backoff: {base: 50ms}}")],
        &[
            "users of front.order: 1 ok 15",
            "outbox: 1 came, 0 refused, 1 served; waits 0; busy 150, in queue 0, in system 150",
            "outbox.calls.mail: 1 calls, 1 retries; 1 ok, 1 failed; 100 waited",
        ],
    );
}

#[test]
fn only_what_was_fetched_is_found() {
    check(
        "cache.yaml",
        &[
            "users of front.serve: 4 ok 10 10 110 110",
            "front.calls.back: 2 calls, 0 retries; 2 ok; 200 waited",
        ],
    );
    check_with(
        "cache.yaml",
        &[("front.serve.steps[1].cache.ttl", "100ms")],
        &["users of front.serve: 4 ok 10 10 110 110"],
    );
    check_with(
        "cache.yaml",
        &[("front.serve.steps[1].cache.ttl", "99ms")],
        &["users of front.serve: 4 ok 10 110 110 110"],
    );
    let crash = "{crash: {at: back, start: 1005ms, duration: 95ms}}";
    let cold = "{crash: {at: front, start: 0ms, duration: 1ms}}";
    check_with(
        "cache.yaml",
        &[("faults", &format!("[{cold}, {crash}]"))],
        &["users of front.serve: 2 ok 110 110, 2 failed"],
    );
}

/// Without the crash the cache is warm, and back is never asked.
#[test]
fn a_cache_starts_warm() {
    check_with(
        "cache.yaml",
        &[("faults", "[]")],
        &[
            "users of front.serve: 4 ok 10 10 10 10",
            "front.calls.back: 0 calls, 0 retries; ; 0 waited",
        ],
    );
}
