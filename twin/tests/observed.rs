//! Learning from what real systems recorded: Online Boutique and Train Ticket, a minute each.
//!
//! The recordings are not part of the repository; without them these tests say so and pass.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use foreshadow_twin::{LearnOptions, Learned, learn, service_edges};

fn recording(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not here", path.display());
    None
}

fn learned(name: &str) -> Option<Learned> {
    let path = recording(name)?;
    Some(learn(&[path], &LearnOptions::default(), &mut |_| ControlFlow::Continue(())).unwrap())
}

#[test]
fn online_boutique() {
    let Some(learned) = learned("nezha-ob/baseline/17_00_trace.csv.xz") else { return };
    println!("{}", learned.twin_yaml);
    println!("{}", learned.quality);
    println!("{}", learned.check.as_ref().unwrap());
    for e in service_edges(&learned.graph) { println!("{e:?}"); }
}
#[test]
fn train_ticket() {
    let Some(learned) = learned("nezha-tt/baseline/08_50_trace.csv.xz") else { return };
    println!("{}", learned.twin_yaml);
    println!("{}", learned.quality);
    if let Some(c) = &learned.check { println!("{c}"); }
    println!("{}", service_edges(&learned.graph).len());
}
