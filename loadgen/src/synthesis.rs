//! Load made anew: counts of a rate curve with bursts, as the simulator and a driver would send it.

use std::sync::Arc;
use std::time::Duration;

use foreshadow_sim::plan::{Arrivals, Bursts, Curve, Leaving, Load, Plan, Run, Waver};

/// Counts a step of what comes at a curve with bursts, for a seed; exactly what a rehearsal of that
/// one load meets in its first replication.
///
/// - `curve`: rate \[1/s\] over time.
/// - `wavers`: what the bursts are made of; without any, the process is Poisson's.
#[must_use]
pub fn counts(
    curve: &Curve,
    wavers: &[Waver],
    step: Duration,
    steps: usize,
    seed: u64,
) -> Vec<u32> {
    let bursts = Bursts { identity: 0, step, total: curve.clone(), wavers: wavers.to_vec() };
    let arrivals = Arrivals::Bursty(curve.clone(), Arc::new(bursts));
    let load = Load::Open { endpoint: 0, arrivals, leaving: Leaving::default() };
    let plan = Plan { loads: vec![load], run: Run { seed, ..Run::default() }, ..Plan::default() };
    let mut counts = vec![0; steps];
    let width = u64::try_from(step.as_nanos()).unwrap_or(u64::MAX).max(1);
    for (due, _) in foreshadow_sim::visits(&plan, 0, 0).into_iter().flatten() {
        match counts.get_mut(usize::try_from(due.as_nanos() / width).unwrap_or(usize::MAX)) {
            Some(count) => *count += 1,
            None => break,
        }
    }
    counts
}
