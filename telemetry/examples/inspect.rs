//! Says what files of any known format hold, and how good that is.
//!
//! ```text
//! file ──read_records──▶ records ──▶ counts, defects, facts
//! ```
//!
//! `cargo run --release -p foreshadow-telemetry --example inspect -- FILE…`

use std::{path::Path, time::Instant};

use foreshadow_telemetry::{Facts, Names, ReadOptions, Record, read_records};

fn main() {
    for file in std::env::args().skip(1) {
        let (mut names, mut facts, begun) = (Names::default(), Facts::default(), Instant::now());
        let read = read_records(Path::new(&file), &ReadOptions::default(), &mut names, &mut |it| {
            if let Record::Facts(found) = it {
                facts.merge(*found);
            }
            Ok(())
        });
        let summary = match read {
            Ok(summary) => summary,
            Err(error) => {
                println!("{error}");
                continue;
            }
        };
        let (seconds, share) = (begun.elapsed().as_secs_f64(), summary.used_share());
        println!("{file}: {} ({})", summary.format, summary.compression);
        println!("  {} records in {seconds:.2} s, used share {share:?}", summary.records);
        for (kind, count) in &summary.kinds {
            println!("  {count} {kind}");
        }
        for it in &summary.defects {
            println!("  {} with {}, first at {}", it.count, it.defect, it.first);
        }
        for component in &facts.components {
            let replicas = component.replicas.as_ref().map(|it| it.value);
            println!(
                "  {} at {}, replicas {replicas:?}",
                component.name.value, component.name.origin
            );
        }
        for edge in &facts.edges {
            println!("  {} -> {} ({:?}) at {}", edge.from, edge.to, edge.kind, edge.origin);
        }
    }
}
