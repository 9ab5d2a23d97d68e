//! Scenarios small enough to work out by hand: nothing in them is random, and each file under
//! `golden/` has its timeline written down, in ms. What comes out must be that, exactly.

mod balance;
mod calls;
mod cores;
mod deadlines;
mod faults;
mod groups;
mod guards;
mod library;
mod queues;
mod render;
mod returning;
mod scale;
mod stations;
mod users;

use std::sync::atomic::AtomicBool;

use foreshadow_scenarios::lower::Names;
use foreshadow_sim::{Simulation, Tally};

use crate::scenarios::{here, load, lower};

/// What a file of `golden/`, with some values set, counts.
#[track_caller]
fn tally(file: &str, sets: &[(&str, &str)]) -> (Names, Tally) {
    let lowered = lower(&load(&here("golden").join(file), sets));
    let simulation = Simulation::new(lowered.plan).unwrap();
    (lowered.names, simulation.replication(0, &AtomicBool::new(false)).unwrap())
}

/// Runs a file of `golden/`, with some values set, and compares the lines about what `expected`
/// names.
#[track_caller]
fn check_with(file: &str, sets: &[(&str, &str)], expected: &[&str]) {
    let (names, tally) = tally(file, sets);
    let lines = render::lines(&names, &tally);
    let found: Vec<&str> = expected
        .iter()
        .map(|line| {
            let subject = line.split(": ").next().unwrap();
            let about = |found: &&String| found.split(": ").next() == Some(subject);
            lines.iter().find(about).map_or("nothing", String::as_str)
        })
        .collect();
    assert_eq!(found, expected, "all of it: {lines:#?}");
}

#[track_caller]
fn check(file: &str, expected: &[&str]) {
    check_with(file, &[], expected);
}
