//! Time and memory of learning a load.
//!
//! ```text
//! cargo bench -p foreshadow-loadgen --bench learn -- access.log
//! ```

use std::error::Error;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use foreshadow_loadgen::{LoadOptions, learn};

fn main() -> Result<(), Box<dyn Error>> {
    let args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let paths: Vec<PathBuf> = args.map(PathBuf::from).collect();
    if paths.is_empty() {
        return Err("expected recordings of requests".into());
    }
    let begin = Instant::now();
    let mut last = 0.0;
    let learned = learn(&paths, &LoadOptions::default(), &mut |_| {
        last = begin.elapsed().as_secs_f64();
        ControlFlow::Continue(())
    })?;
    for fact in &learned.facts {
        println!("{fact}");
    }
    println!("read in {last:.1} s, all in {:.1} s", begin.elapsed().as_secs_f64());
    // Linux tells the most memory that was held.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default());
    Ok(())
}
