//! Sessions, patience, and who belongs to the cohort.

use super::{check, check_with};

#[test]
fn patience_covers_the_whole_stay() {
    check(
        "patience.yaml",
        &[
            "users of front.serve: 2 ok 110 310, 1 abandoned",
            "front: 3 came, 0 refused, 3 served; waits 0 100 200; busy 330, in queue 300, in system 630",
        ],
    );
}

#[test]
fn the_work_for_who_left_may_stop() {
    // At 1160 bert's work stops and carl's begins.
    check_with(
        "patience.yaml",
        &[("load.bert.cancels", "true")],
        &[
            "users of front.serve: 2 ok 110 250, 1 abandoned",
            "front: 3 came, 0 refused, 2 served; waits 0 100 140; busy 270, in queue 240, in system 510",
        ],
    );
    // At 1060 bert leaves the queue, and carl is next.
    check_with(
        "patience.yaml",
        &[("load.bert.cancels", "true"), ("load.bert.patience", "50ms")],
        &[
            "users of front.serve: 2 ok 110 200, 1 abandoned",
            "front: 3 came, 0 refused, 2 served; waits 0 90; busy 220, in queue 140, in system 360",
        ],
    );
}

#[test]
fn a_user_begins_anew_at_once() {
    check(
        "closed_users.yaml",
        &["users of front.serve: 7 ok 110 110 110 110 110 110 110; goodput 6"],
    );
}

#[test]
fn users_start_with_the_warm_up() {
    check_with(
        "closed_users.yaml",
        &[("run.warm_up", "1s")],
        &["users of front.serve: 7 ok 110 110 110 110 110 110 110"],
    );
}

#[test]
fn surplus_users_finish_their_session() {
    let users = "{users: [{at: 0s, users: 2}, {at: 500ms, users: 2}, {at: 500ms, users: 1}]}";
    let eleven = ["110"; 11].join(" ");
    check_with(
        "closed_users.yaml",
        &[("load.people.closed", users)],
        &[&format!("users of front.serve: 11 ok {eleven}; goodput 10")],
    );
}

#[test]
fn the_cohort_has_the_drain_to_end() {
    check(
        "at_the_horizon.yaml",
        &[
            "users of front.serve: 2 ok 110 110, 1 in_flight; goodput 1",
            "front: 3 came, 0 refused, 1 served; waits 0 0 0; busy 230, in queue 0, in system 230",
        ],
    );
    check_with(
        "at_the_horizon.yaml",
        &[("run.drain", "80ms")],
        &["users of front.serve: 3 ok 110 110 110; goodput 1"],
    );
}

#[test]
fn a_trace_comes_as_it_was_recorded() {
    check(
        "trace.yaml",
        &[
            "users of front.serve: 3 ok 110 170 280; goodput 4",
            "front: 3 came, 0 refused, 4 served; waits 0 60 170; busy 390, in queue 230, in system 620",
        ],
    );
}

#[test]
fn renewals_begin_with_the_warm_up() {
    check("renewal.yaml", &["users of front.serve: 3 ok 110 110 110; goodput 2"]);
    let warm = [("run.warm_up", "1s")];
    check_with("renewal.yaml", &warm, &["users of front.serve: 3 ok 110 110 110; goodput 4"]);
}

#[test]
fn people_who_come_leave_after_one_session() {
    check("visits.yaml", &["users of front.serve: 3 ok 110 110 110"]);
    check_with(
        "visits.yaml",
        &[("load.guests.patience", "50ms")],
        &["users of front.serve: 4 abandoned"],
    );
}
