//! Service in groups.

use super::{check, check_with};

#[test]
fn all_who_wait_are_served_together() {
    check(
        "groups.yaml",
        &[
            "users of log.flush: 4 ok 100 180 190 200",
            "log: 4 came, 0 refused, 4 served; waits 0 70 80 90; \
             busy 210, in queue 240, in system 670",
        ],
    );
}

#[test]
fn a_group_is_no_larger_than_it_may_be() {
    check_with(
        "groups.yaml",
        &[("log.batch.most", "2")],
        &[
            "users of log.flush: 4 ok 100 185 195 275",
            "log: 4 came, 0 refused, 4 served; waits 0 80 90 175; \
             busy 305, in queue 345, in system 755",
        ],
    );
}

#[test]
fn a_group_stands_still_in_a_pause_and_fails_in_a_crash() {
    check_with(
        "groups.yaml",
        &[("faults", "[{pause: {at: log, start: 1050ms, duration: 20ms}}]")],
        &["users of log.flush: 4 ok 120 200 210 220"],
    );
    check_with(
        "groups.yaml",
        &[("faults", "[{crash: {at: log, start: 1150ms, duration: 10ms}}]")],
        &["users of log.flush: 1 ok 100, 3 failed"],
    );
}
