//! The library of faults: messages that are refused, lost or late, outages that recur, changes.

use super::{check, check_with, tally};

/// Runs `network_faults.yaml` with one fault from 1040 to 1140.
#[track_caller]
fn check_network(fault: &str, expected: &[&str]) {
    let faults = format!("[{{{fault}, start: 1040ms, duration: 100ms}}}}]");
    check_with("network_faults.yaml", &[("faults", &faults)], expected);
}

#[test]
fn without_a_fault_everybody_is_served() {
    check("network_faults.yaml", &["users of front.serve: 4 ok 120 120 120 120"]);
}

#[test]
fn what_is_lost_ends_with_its_timeout() {
    check_network(
        "blackhole: {at: back",
        &[
            "users of front.serve: 2 ok 120 120, 2 timeout",
            "front.calls.back: 4 calls, 0 retries; 2 ok, 2 timeout; 620 waited",
            "back: 2 came, 0 refused, 2 served; waits 0 0; busy 200, in queue 0, in system 200",
        ],
    );
    let all = [
        "users of front.serve: 1 ok 120, 3 timeout",
        "front.calls.back: 4 calls, 0 retries; 1 ok, 3 timeout; 710 waited",
        "back: 2 came, 0 refused, 2 served; waits 0 0; busy 200, in queue 0, in system 200",
    ];
    check_network("loss: {at: back, share: 100%", &all);
    check_network("loss: {at: front.calls.back, share: 100%", &all);
    check_network("partition: {at: back, from: front", &all);
    check_network("partition: {at: back", &all);
}

#[test]
fn users_beyond_a_partition_wait_for_ever() {
    check_network(
        "partition: {at: front",
        &["users of front.serve: 1 ok 120, 2 timeout, 1 in_flight"],
    );
    check_network(
        "blackhole: {at: front",
        &["users of front.serve: 3 ok 120 120 120, 1 in_flight"],
    );
}

#[test]
fn an_outage_fails_what_arrives() {
    let failed = [
        "users of front.serve: 2 ok 120 120, 2 failed",
        "front.calls.back: 4 calls, 0 retries; 2 ok, 2 failed; 240 waited",
    ];
    check_network("dependency_outage: {at: back", &failed);
    check_network("disk: {at: back, full: true", &failed);
}

#[test]
fn what_is_refused_is_never_sent() {
    let failed = [
        "users of front.serve: 2 ok 120 120, 2 failed",
        "front.calls.back: 4 calls, 0 retries; 2 ok, 2 failed; 220 waited",
        "back: 2 came, 0 refused, 2 served; waits 0 0; busy 200, in queue 0, in system 200",
    ];
    check_network("dns_failure: {at: back", &failed);
    check_network("certificate_expiry: {at: front.calls.back", &failed);
    check_network("quarantine: {at: back", &failed);
    check_network(
        "quarantine: {at: front",
        &[
            "users of front.serve: 2 ok 120 120, 2 failed",
            "front.calls.back: 3 calls, 0 retries; 2 ok, 1 failed; 220 waited",
            "front: 3 came, 0 refused, 2 served; waits 0 0 0; busy 250, in queue 0, in system 250",
        ],
    );
}

#[test]
fn a_reset_fails_what_is_under_way() {
    check_network(
        "reset: {at: back",
        &[
            "users of front.serve: 1 ok 120, 3 failed",
            "front.calls.back: 4 calls, 0 retries; 1 ok, 3 failed; 160 waited",
            "back: 4 came, 0 refused, 2 served; waits 0 0; busy 200, in queue 0, in system 200",
        ],
    );
    check_network(
        "reset: {at: front",
        &[
            "users of front.serve: 1 ok 120, 3 failed",
            "front.calls.back: 3 calls, 0 retries; 3 ok; 330 waited",
        ],
    );
}

#[test]
fn a_narrow_link_lets_requests_pass_one_by_one() {
    check_network(
        "bandwidth: {at: back, rate: 20/s",
        &["users of front.serve: 4 ok 120 120 120 165"],
    );
}

#[test]
fn latency_grows_with_its_ramp() {
    check_with(
        "network_faults.yaml",
        &[("faults", "[{latency: {at: back, add: 40ms, ramp: 100ms, start: 1s}}]")],
        &["users of front.serve: 4 ok 124 138 140 160"],
    );
}

#[test]
fn a_fault_comes_again() {
    let faults = "[{errors: {at: back, share: 100%, start: 1050ms, duration: 10ms, every: 101ms}}]";
    check_with(
        "network_faults.yaml",
        &[("faults", faults)],
        &["users of front.serve: 1 ok 120, 3 failed"],
    );
}

#[track_caller]
fn check_three(fault: &str, expected: &str) {
    check_with("three_calls.yaml", &[("faults", &format!("[{{{fault}}}]"))], &[expected]);
}

#[test]
fn outages_recur() {
    check_three("crash: {at: back, up: 1s, down: 100ms}", "users of front.serve: 3 failed");
    check_three("pause: {at: back, up: 1s, down: 100ms}", "users of front.serve: 3 ok 190 200 210");
    // The same, begun at 900 after the last turn: 1900 to 2000.
    check_three(
        "crash: {at: back, up: 1s, down: 100ms, start: 900ms}",
        "users of front.serve: 3 ok 110 110 110",
    );
}

#[test]
fn memory_pressure_is_pauses_and_a_kill() {
    check_three(
        "memory_pressure: {at: back, pause: 50ms, between: 1s, kill_after: 2s, duration: 2005ms}",
        "users of front.serve: 3 ok 110 140 150",
    );
}

#[test]
fn fewer_cores_slow_work() {
    check_three("cpu_throttle: {at: back, share: 50%}", "users of front.serve: 3 ok 210 210 210");
    check_three("disk: {at: back, factor: 2}", "users of front.serve: 3 ok 210 210 210");
}

#[test]
fn shared_cores_are_fewer_for_all() {
    let ok = ["users of front.serve: 3 ok 110 160 160"];
    check("throttle.yaml", &ok);
    let half = "[{cpu_throttle: {at: back, share: 50%, start: 1060ms, duration: 100ms}}]";
    check_with("throttle.yaml", &[("faults", half)], &ok);
    let (names, tally) = tally("throttle.yaml", &[]);
    let back = names.components.iter().position(|name| name == "back").unwrap();
    assert_eq!(tally.components[back].busy_cores, 300 * 1_000_000 * 1_000_000_000);
}

#[test]
fn a_host_takes_what_is_on_it() {
    check("host_loss.yaml", &["users of front.serve: 5 ok 110 110 190 290 290, 1 failed"]);
}

#[test]
fn work_slows_down_step_by_step() {
    check_three(
        "slow: {at: back, factor: 3, start: 910ms, ramp: 2s}",
        "users of front.serve: 3 ok 120.909091 121.818182 225.930736",
    );
}

#[test]
fn connections_come_back() {
    check_three(
        "pool_exhaustion: {at: back, share: 50%, start: 1s, duration: 100ms}",
        "users of front.serve: 3 ok 110 110 190",
    );
}

#[test]
fn more_users_come() {
    check("surge.yaml", &["users of front.serve: 2 ok 110 110"]);
}

#[test]
fn who_was_kept_away_comes_when_it_ends() {
    check(
        "reconnect_herd.yaml",
        &[
            "users of front.serve: 4 ok 110 110 220 280; goodput 3",
            "front: 4 came, 0 refused, 3 served; waits 0 0 110 170; busy 360, in queue 280, in system 640",
        ],
    );
}

/// A blocking server holds the slot of a slow client; one that does not only answers later. Who
/// leaves meanwhile holds nothing: anna at 450 and bert at 650, before the answer has been taken up.
#[test]
fn slow_clients_hold_slots() {
    check(
        "slow_clients.yaml",
        &[
            "users of front.serve: 4 ok 110 130 220 310",
            "front: 4 came, 0 refused, 4 served; waits 0 0 20 110; busy 640, in queue 130, in system 770",
        ],
    );
    check_with(
        "slow_clients.yaml",
        &[("front.blocking", "false")],
        &["users of front.serve: 4 ok 110 110 310 310"],
    );
    check_with(
        "slow_clients.yaml",
        &[("load.front.serve.patience", "250ms")],
        &["users of front.serve: 2 ok 110 160, 2 abandoned"],
    );
}

#[test]
fn a_flushed_cache_fills_again() {
    check("cache_flush.yaml", &["users of front.serve: 3 ok 10 10 110"]);
}

#[test]
fn a_change_holds_while_it_lasts() {
    check("change_timeout.yaml", &["users of front.serve: 2 ok 110 110, 1 timeout"]);
    let later = "[{change: {set: {front.calls.back.timeout: 50ms}, start: 1s, duration: 100ms}}, \
                  {change: {set: {front.calls.back.timeout: 200ms}, start: 1005ms, duration: 45ms}}]";
    check_with(
        "change_timeout.yaml",
        &[("faults", later)],
        &["users of front.serve: 3 ok 110 110 110"],
    );
}

#[test]
fn a_bad_deploy_reaches_one_replica_after_the_other() {
    check("bad_deploy.yaml", &["users of front.serve: 8 ok 110 110 110 110 110 310 310 310"]);
}
