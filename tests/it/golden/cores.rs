//! Work that shares cores: of a replica, and of a host.

use foreshadow_scenarios::report::Resource;

use super::{check, check_with};
use crate::scenarios::{here, load, rehearse};

#[test]
fn running_work_shares_the_cores_equally() {
    let cases = [
        ("1", "275 280 285", 840, 300),
        ("0.5", "575 580 585", 1740, 300),
        ("2", "140 140 140", 420, 300),
        ("3", "100 100 100", 300, 300),
    ];
    for (cores, stays, in_system, in_use) in cases {
        let station = format!(
            "desk: 3 came, 0 refused, 3 served; waits 0 0 0; \
             busy {in_system}, in queue 0, in system {in_system}; cores {in_use}"
        );
        check_with(
            "sharing.yaml",
            &[("desk.cpu", cores)],
            &[&format!("users of desk.usual: 3 ok {stays}"), &station],
        );
    }
}

#[test]
fn slow_work_keeps_its_cores() {
    let expected = [
        "users of desk.usual: 3 ok 530 560 560",
        "desk: 3 came, 0 refused, 3 served; waits 0 0 0; \
         busy 1650, in queue 0, in system 1650; cores 580",
    ];
    check("sharing_slow.yaml", &expected);
    // All that runs is of one endpoint, so it is the same to slow that.
    let endpoint = "[{slow: {at: desk.usual, factor: 2, start: 1020ms}}]";
    check_with("sharing_slow.yaml", &[("faults", endpoint)], &expected);
}

#[test]
fn a_pause_stops_the_cores() {
    check(
        "sharing_pause.yaml",
        &[
            "users of desk.usual: 3 ok 375 380 385",
            "desk: 3 came, 0 refused, 3 served; waits 0 0 0; \
             busy 1140, in queue 0, in system 1140; cores 300",
        ],
    );
}

#[test]
fn interrupted_work_leaves_its_share_to_others() {
    check(
        "sharing_classes.yaml",
        &[
            "users of desk.urgent: 1 ok 40",
            "users of desk.usual: 1 ok 190",
            "users of desk.minor: 1 ok 210",
            "desk: 3 came, 0 refused, 3 served; waits 0 0 0; \
             busy 400, in queue 40, in system 440; cores 220",
        ],
    );
}

#[test]
fn replicas_share_the_cores_of_their_host() {
    check(
        "host.yaml",
        &[
            "users of north.serve: 4 ok 225 225 225 225",
            "users of south.serve: 2 ok 125 125",
            "users of bystander.serve: 1 ok 100",
            "north: 4 came, 0 refused, 4 served; waits 0 0 0 0; \
             busy 900, in queue 0, in system 900; cores 450",
            "south: 2 came, 0 refused, 2 served; waits 0 0; \
             busy 250, in queue 0, in system 250; cores 250",
        ],
    );
}

#[test]
fn who_needs_less_than_a_fair_share_gets_it() {
    let later = "[{think: 9h}, {call: south.serve}]";
    check_with(
        "host.yaml",
        &[("hosts.n1.cores", "2"), ("south.cpu", "0.5"), ("load.bert.session", later)],
        &["users of north.serve: 4 ok 250 250 250 250", "users of south.serve: 1 ok 200"],
    );
}

#[test]
fn utilization_is_of_cores_where_there_are_some() {
    let file = here("golden").join("sharing.yaml");
    let report = &rehearse(vec![load(&file, &[("desk.cpu", "2"), ("desk.concurrency", "4")])])[0];
    let (_, desk) = report.components.iter().find(|(name, _)| name == "desk").unwrap();
    // 300 ms of one core, and 420 ms of slots, in ten seconds.
    assert_eq!(desk.utilization.value, Some(0.015));
    assert_eq!(desk.slot_occupancy.value, Some(0.0105));
    assert_eq!(report.bottleneck.as_ref().unwrap().resource, Resource::Cores);
}
