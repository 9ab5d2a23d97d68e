//! No key without an effect.
//!
//! Every key, word, kind and form of the JSON Schemas of twin and scenario has a row that shows what
//! it does: a measure of a small system that moves as it should when the key changes, a report that
//! stays as it is where the key is only for people, or a refusal where the simulator lacks it. Both
//! sides run over the same arrivals and demands, so all of a difference is the key's.
//!
//! Who adds a key adds a row to the table of its area, about one of the systems in `bases.rs`:
//!
//! ```text
//! "Queue.max_wait" given "web.queue.capacity: 9": "web.queue.max_wait: 5ms" => REFUSED, Rises(2.0);
//!  name (names.rs)        set on both sides         the change                 measure  what it does
//! ```
//!
//! What it does is best said by numbers of theory, from and to: `Goes(0.5, 0.25)`. A kind of fault
//! gets a line in `courses.rs`, too.

mod asked;
mod bases;
mod calls;
mod campaign;
mod courses;
mod faults;
mod files;
mod laws;
mod learned;
mod limits;
mod load;
mod measures;
mod names;
mod row;
mod scale;
mod sessions;
mod stations;
mod steps;
mod tune;

use std::collections::BTreeSet;

use courses::COURSES;
use rayon::prelude::*;
use row::Row;

fn rows() -> impl Iterator<Item = &'static Row> {
    let tables = [
        asked::ROWS,
        calls::ROWS,
        faults::ROWS,
        files::ROWS,
        laws::ROWS,
        load::ROWS,
        scale::ROWS,
        stations::ROWS,
        steps::ROWS,
    ];
    tables.into_iter().flatten().flat_map(|rows| rows.iter())
}

#[test]
fn every_key_has_a_row_and_every_row_a_key() {
    let of_rows = rows().flat_map(|row| row.names.split(", ")).map(str::to_owned);
    let covered: BTreeSet<String> =
        of_rows.chain(COURSES.iter().flat_map(courses::Course::names)).collect();
    let covered = covered
        .into_iter()
        .chain(campaign::names().chain(learned::names()).chain(tune::names()).map(str::to_owned))
        .collect();
    let known = names::all();
    let without_row: Vec<&String> = known.difference(&covered).collect();
    let without_key: Vec<&String> = covered.difference(&known).collect();
    assert!(without_row.is_empty(), "keys without a row: {without_row:#?}");
    assert!(without_key.is_empty(), "rows without a key: {without_key:#?}");
}

#[test]
fn every_key_does_what_its_row_says() {
    let rows: Vec<&Row> = rows().collect();
    let complaints: Vec<String> = rows.par_iter().filter_map(|row| row.complaint()).collect();
    assert!(
        complaints.is_empty(),
        "{} of {}:\n{}",
        complaints.len(),
        rows.len(),
        complaints.join("\n")
    );
}

#[test]
fn every_fault_takes_its_course() {
    let complaints: Vec<String> =
        COURSES.par_iter().flat_map(courses::Course::complaints).collect();
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
}
