//! Doors, queues and slots: who is let in, who is next, who is interrupted.

use super::{check, check_with};

#[test]
fn who_is_next_depends_on_the_discipline() {
    let orders = [
        ("fifo", "unlimited", "100 190 280 370", "0 90 180 270", 540),
        ("lifo", "unlimited", "100 170 280 390", "0 70 180 290", 540),
        ("adaptive_lifo", "6", "100 170 290 380", "0 70 190 280", 540),
        ("adaptive_lifo", "7", "100 190 280 370", "0 90 180 270", 540),
    ];
    for (discipline, capacity, stays, waits, in_queue) in orders {
        let in_system = in_queue + 400;
        let set = [("desk.queue.discipline", discipline), ("desk.queue.capacity", capacity)];
        let station = format!(
            "desk: 4 came, 0 refused, 4 served; waits {waits}; \
             busy 400, in queue {in_queue}, in system {in_system}"
        );
        check_with("orders.yaml", &set, &[&format!("users of desk.usual: 4 ok {stays}"), &station]);
    }
}

#[test]
fn important_requests_come_first() {
    check_with(
        "classes.yaml",
        &[("desk.queue.discipline", "priority")],
        &[
            "users of desk.urgent: 1 ok 90",
            "users of desk.usual: 2 ok 100 200",
            "users of desk.minor: 1 ok 310",
            "desk: 4 came, 0 refused, 4 served; waits 0 70 100 210; \
             busy 320, in queue 380, in system 700",
        ],
    );
}

#[test]
fn important_requests_interrupt_others() {
    check_with(
        "classes.yaml",
        &[("desk.queue.discipline", "preemptive_priority")],
        &[
            "users of desk.urgent: 1 ok 20",
            "users of desk.usual: 2 ok 120 200",
            "users of desk.minor: 1 ok 310",
            "desk: 4 came, 0 refused, 4 served; waits 0 0 100 210; \
             busy 320, in queue 330, in system 650",
        ],
    );
}

#[test]
fn the_latest_of_the_least_important_who_only_work_is_interrupted() {
    check(
        "interrupted.yaml",
        &[
            "users of desk.urgent: 1 ok 20",
            "users of desk.usual: 1 ok 100",
            "users of desk.minor: 2 ok 100 120",
            "users of desk.asks: 1 ok 110",
            "desk: 5 came, 0 refused, 5 served; waits 0 0 0 0 0; \
             busy 430, in queue 20, in system 450",
        ],
    );
}

#[test]
fn a_pause_does_not_protect_from_being_interrupted() {
    check(
        "interrupted_pause.yaml",
        &["users of desk.urgent: 1 ok 100", "users of desk.minor: 1 ok 220"],
    );
}

#[test]
fn an_interrupted_request_is_never_refused() {
    // Anna finds no room in a queue of none, and takes it all the same.
    check_with(
        "classes.yaml",
        &[("desk.queue", "{discipline: preemptive_priority, capacity: 0, max_wait: 1ms}")],
        &[
            "users of desk.urgent: 1 ok 20",
            "users of desk.usual: 1 ok 120, 1 rejected",
            "users of desk.minor: 1 rejected",
        ],
    );
}

#[test]
fn who_has_waited_long_enough_is_refused_and_makes_room() {
    check(
        "max_wait.yaml",
        &[
            "users of desk.usual: 2 ok 100 120, 1 rejected",
            "desk: 3 came, 1 refused, 2 served; waits 0 20; busy 200, in queue 70, in system 270",
        ],
    );
}

#[test]
fn a_slot_that_frees_as_the_longest_wait_ends_is_taken() {
    check_with(
        "max_wait.yaml",
        &[("desk.queue.max_wait", "90ms")],
        &[
            "users of desk.usual: 2 ok 100 190, 1 rejected",
            "desk: 3 came, 1 refused, 2 served; waits 0 90; busy 200, in queue 90, in system 290",
        ],
    );
}

#[test]
fn a_rate_limit_lets_in_a_seconds_worth() {
    check(
        "rate_limit.yaml",
        &[
            "users of desk.urgent: 3 ok 20 20 20, 1 rejected",
            "desk: 4 came, 1 refused, 3 served; waits 0 0 0; busy 60, in queue 0, in system 60",
        ],
    );
    let earlier = "[{think: 1499ms}, {call: desk.urgent}, {think: 1h}]";
    check_with(
        "rate_limit.yaml",
        &[("load.dora.session", earlier)],
        &["users of desk.urgent: 2 ok 20 20, 2 rejected"],
    );
}

#[test]
fn a_crash_fills_the_bucket() {
    check("rate_limit_crash.yaml", &["users of desk.urgent: 4 ok 20 20 20 20, 2 rejected"]);
}

#[test]
fn less_important_requests_are_shed() {
    check(
        "shed.yaml",
        &[
            "users of desk.usual: 3 ok 100 190 360",
            "users of desk.minor: 1 ok 280, 1 rejected",
            "desk: 5 came, 1 refused, 4 served; waits 0 90 180 260; \
             busy 400, in queue 530, in system 930",
        ],
    );
}

#[test]
fn codel_drops_at_the_head() {
    check(
        "codel.yaml",
        &[
            "users of desk.usual: 5 ok 100 190 270 350 430, 3 rejected",
            "desk: 8 came, 3 refused, 5 served; waits 0 90 170 250 330; \
             busy 500, in queue 1620, in system 2120",
        ],
    );
    let eager = "{discipline: codel, target: 1ms, interval: 1ms}";
    check_with(
        "codel.yaml",
        &[("desk.queue", eager)],
        &["users of desk.usual: 4 ok 100 190 270 330, 4 rejected"],
    );
    let patient = "{discipline: codel, target: 1s}";
    check_with(
        "codel.yaml",
        &[("desk.queue", patient)],
        &["users of desk.usual: 8 ok 100 190 280 370 460 550 640 730"],
    );
}

#[test]
fn a_slot_is_given_back_while_waiting_on_others() {
    let expected = [
        "users of front.serve: 4 ok 130 130 145 155",
        "front: 4 came, 0 refused, 4 served; waits 0 0 5 25; busy 120, in queue 40, in system 560",
    ];
    check("yields.yaml", &expected);
    // Who returns takes no room in the queue and is never refused.
    check_with("yields.yaml", &[("front.queue", "{capacity: 1, max_wait: 26ms}")], &expected);
}

#[test]
fn a_request_and_its_branches_share_a_slot() {
    check(
        "yields_join.yaml",
        &[
            "users of front.join: 1 ok 140",
            "users of front.long: 1 ok 105",
            "front: 2 came, 0 refused, 2 served; waits 0 5; busy 140, in queue 85, in system 245",
        ],
    );
}

#[test]
fn what_has_expired_gets_no_slot() {
    check(
        "expired.yaml",
        &[
            "users of front.serve: 1 timeout",
            "back: 1 came, 0 refused, 0 served; waits ; busy 0, in queue 0, in system 0",
        ],
    );
}
