//! Reads files of spans, assembles their traces, and says how fast that went.
//!
//! ```text
//! file ──read──▶ spans ──Assembler──▶ traces
//! ```
//!
//! `cargo run --release -p foreshadow-telemetry --example throughput -- FILE…`

use std::{error::Error, path::Path, time::Instant};

use foreshadow_telemetry::{Assembler, Names, ReadOptions, read};

fn main() -> Result<(), Box<dyn Error>> {
    for file in std::env::args().skip(1) {
        let (file, options) = (Path::new(&file), ReadOptions::default());
        let begun = Instant::now();
        let summary = read(file, &options, &mut Names::default(), &mut |_| Ok(()))?;
        let reading_s = begun.elapsed().as_secs_f64();

        let (begun, mut assembler) = (Instant::now(), Assembler::default());
        read(file, &options, &mut Names::default(), &mut |span| {
            assembler.push(span, &mut drop);
            Ok(())
        })?;
        let report = assembler.finish(&mut drop);
        let assembling_s = begun.elapsed().as_secs_f64();

        let millions = summary.spans as f64 / 1e6;
        println!("{}: {} spans of {}", file.display(), summary.spans, summary.format);
        println!("  read at {:.2} million/s", millions / reading_s);
        println!("  read and assembled at {:.2} million/s", millions / assembling_s);
        println!("  {report:?}");
    }
    Ok(())
}
