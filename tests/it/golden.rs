//! Scenarios small enough to work out by hand: nothing in them is random, and each file under
//! `golden/` has its timeline written down, in ms. What comes out must be that, exactly.

mod calls;
mod cores;
mod faults;
mod queues;
mod render;
mod stations;
mod users;

use std::sync::atomic::AtomicBool;

use foreshadow_sim::{Simulation, Tally};

use crate::scenarios::{here, load, lower};

/// Runs a file of `golden/`, with some values set, and compares the lines about what `expected`
/// names.
#[track_caller]
fn check_with(file: &str, sets: &[(&str, &str)], expected: &[&str]) {
    let lowered = lower(&load(&here("golden").join(file), sets));
    let simulation = Simulation::new(lowered.plan.clone()).unwrap();
    let tally: Tally = simulation.replication(0, &AtomicBool::new(false)).unwrap();
    let lines = render::lines(&lowered.names, &tally);
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
