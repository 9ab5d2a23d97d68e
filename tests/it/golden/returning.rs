//! Slots that are given back while their request waits on others.

use super::{check, check_with};

#[test]
fn a_slot_is_free_while_its_request_waits_for_others() {
    check_with(
        "held_slots.yaml",
        &[("front.blocking", "false")],
        &[
            "users of front.serve: 2 ok 110 110",
            "front: 2 came, 0 refused, 2 served; waits 0 0; busy 20, in queue 0, in system 220",
        ],
    );
}

#[test]
fn who_returns_comes_before_the_queue() {
    check(
        "returning.yaml",
        &[
            "users of front.serve: 3 ok 130 135 153",
            "front: 3 came, 0 refused, 3 served; waits 0 0 23; busy 90, in queue 28, in system 418",
        ],
    );
    check_with(
        "returning.yaml",
        &[("front.queue.capacity", "0")],
        &[
            "users of front.serve: 2 ok 130 135, 1 rejected",
            "front: 3 came, 1 refused, 2 served; waits 0 0; busy 60, in queue 5, in system 265",
        ],
    );
}

#[test]
fn answers_are_taken_up_in_their_order() {
    check(
        "returning_order.yaml",
        &[
            "users of front.serve: 1 ok 152",
            "users of front.both: 1 ok 115",
            "users of front.hold: 2 ok 80 175",
            "front: 4 came, 0 refused, 4 served; waits 0 0 0 95; busy 220, in queue 182, in system 522",
        ],
    );
}

#[test]
fn branches_share_the_slot_that_is_there_again() {
    check(
        "returning_branches.yaml",
        &[
            "users of front.both: 1 ok 120",
            "users of front.hold: 2 ok 80 175",
            "front: 3 came, 0 refused, 3 served; waits 0 0 95; busy 190, in queue 165, in system 375",
        ],
    );
}

#[test]
fn no_branch_gives_back_the_slot_that_is_anothers_too() {
    check(
        "returning_twice.yaml",
        &[
            "users of front.serve: 1 ok 214",
            "users of front.twice: 1 ok 140",
            "front: 3 came, 0 refused, 3 served; waits 0 0 0; busy 140, in queue 169, in system 434",
        ],
    );
}
