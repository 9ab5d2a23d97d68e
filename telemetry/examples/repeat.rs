//! Repeats a file of spans, one copy after the other in time, until there are so many: for measuring
//! how fast a twin is learned.
//!
//! ```text
//! file ──read──▶ spans ──shifted, renumbered──▶ CSV on standard output
//! ```
//!
//! `cargo run --release -p foreshadow-telemetry --example repeat -- FILE 1000000 > million.csv`

use std::{
    env::args,
    error::Error,
    io::{BufWriter, Write, stdout},
    path::Path,
};

use foreshadow_telemetry::{Names, ReadOptions, Span, TimeRange, read};

/// Between two copies [ns].
const GAP_NS: u64 = 100_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let file = args().nth(1).ok_or("expected a file of spans and how many to write")?;
    let wanted: usize = args().nth(2).ok_or("expected how many spans to write")?.parse()?;
    let (mut names, mut spans) = (Names::default(), Vec::<Span>::new());
    read(Path::new(&file), &ReadOptions::default(), &mut names, &mut |span| {
        spans.push(span);
        Ok(())
    })?;
    let length_ns = TimeRange::of(&spans).ok_or("the file has no spans")?.length_ns() + GAP_NS;
    let mut out = BufWriter::new(stdout().lock());
    writeln!(out, "trace,span,parent,service,instance,operation,start_ns,duration_ns,kind,status")?;
    for (written, span) in spans.iter().cycle().take(wanted).enumerate() {
        let copy = (written / spans.len()) as u64;
        // Copies differ in the upper half of a trace's id, where random ones hardly collide.
        let trace = span.trace.number() ^ (u128::from(copy) << 64);
        let parent = span.parent.map_or_else(String::new, |parent| parent.to_string());
        let instance = span.instance.map_or("", |instance| names.text(instance));
        let (service, operation) = (names.text(span.service), names.text(span.operation));
        let start_ns = span.start_ns + copy * length_ns;
        writeln!(
            out,
            "{trace:032x},{},{parent},{service},{instance},\"{}\",{start_ns},{},{:?},{:?}",
            span.id,
            operation.replace('"', "\"\""),
            span.duration_ns,
            span.kind,
            span.status,
        )?;
    }
    Ok(out.flush()?)
}
