//! How the command ends: 0 held, 1 missed, 2 bad input, 3 undecided; of several, the worst.

use super::{Folder, SCENARIO};

/// The status of a rehearsal; of `calm.yaml` or one of the scenarios made here.
#[track_caller]
fn check(arguments: &str, status: i32) {
    let folder = Folder::new();
    folder.vary("tight.yaml", "p99: 60ms", "p99: 20ms");
    let (before, rest) = SCENARIO.split_once("objectives:").unwrap();
    let (_, after) = rest.split_once("run:").unwrap();
    folder.write("unasked.yaml", &format!("{before}run:{after}"));
    folder.vary("short.yaml", "horizon: 30s, replications: 10", "horizon: 1s, replications: 2");
    let words: Vec<&str> = ["rehearse"].into_iter().chain(arguments.split(' ')).collect();
    let finished = folder.run(&words);
    assert_eq!(finished.status, status, "{finished:#?}");
}

#[test]
fn held_is_0() {
    check("calm.yaml", 0);
}

#[test]
fn closed_users_are_rehearsed() {
    let folder = Folder::new();
    let closed = "arrivals: {closed: {users: 5, think: 30ms}}";
    folder.vary("closed.yaml", "arrivals: {poisson: {rate: 150/s}}", closed);
    let finished = folder.run(&["rehearse", "closed.yaml"]);
    assert_eq!(finished.status, 0, "{finished:#?}");
}

#[test]
fn missed_is_1() {
    check("tight.yaml", 1);
}

#[test]
fn trouble_is_2() {
    check("nowhere.yaml", 2);
    check("calm.yaml --no-such-flag", 2);
    check("calm.yaml --threads 0", 2);
}

#[test]
fn undecided_is_3() {
    check("short.yaml", 3);
}

#[test]
fn nothing_asked_is_0() {
    check("unasked.yaml", 0);
}

#[test]
fn the_worst_of_several_counts() {
    check("calm.yaml tight.yaml", 1);
    check("calm.yaml short.yaml", 3);
    check("short.yaml tight.yaml", 1);
    check("tight.yaml nowhere.yaml", 2);
}

#[test]
fn fail_on_moves_the_line() {
    check("short.yaml --fail-on missed", 0);
    check("short.yaml --fail-on undecided", 1);
    check("tight.yaml --fail-on missed", 1);
    check("calm.yaml --fail-on undecided", 0);
    check("calm.yaml calm.yaml --fail-on worse", 0);
}
