//! One experiment: a file of `scenarios/metastable` with some values set, over several seeds.

use foreshadow_sim::{Simulation, Tally};

use crate::scenarios::{library, load, lower};

/// Seeds of the full table; recovered is what 19 of them do.
pub(super) const SEEDS: u32 = 20;
const MAY_MISS: u32 = 1;
/// Goodput over offered from which on a run has recovered.
const RECOVERED: f64 = 0.95;

pub(super) type Sets<'a> = [(&'a str, &'a str)];

/// Runs `file` for each seed.
pub(super) fn run(file: &str, sets: &Sets<'_>, seeds: u32) -> Vec<Tally> {
    let path = library("metastable").join(file);
    // Nobody waits for what the end of the run leaves over.
    let all: Vec<(&str, &str)> = [("run.drain", "0s")].iter().chain(sets).copied().collect();
    let simulation = Simulation::new(lower(&load(&path, &all)).plan).unwrap();
    simulation.replications(0..seeds, &false.into(), &|| ()).unwrap()
}

/// Goodput over offered in [from, to), in bins of ten seconds.
pub(super) fn share(tally: &Tally, from_s: usize, to_s: usize) -> f64 {
    let bins = || tally.timeline[from_s / 10..to_s / 10].iter();
    // The users' endpoint is the first of each of these files.
    let ok: u64 = bins().map(|bin| bin.latency[0].count()).sum();
    let offered: u64 = bins().map(|bin| bin.offered[0]).sum();
    ok as f64 / offered as f64
}

/// The mean over seeds of [`share`].
pub(super) fn mean_share(tallies: &[Tally], from_s: usize, to_s: usize) -> f64 {
    tallies.iter().map(|tally| share(tally, from_s, to_s)).sum::<f64>() / tallies.len() as f64
}

/// What became of the workers after a trigger.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) seeds: u32,
    /// Seeds in which goodput was 95 % of what was offered, or more.
    pub(super) recovered: u32,
    /// Goodput over offered: mean, least and most over the seeds.
    pub(super) mean: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Found {
    /// Whether all but one of twenty seeds recovered; of fewer seeds, all.
    pub(super) fn has_recovered(&self) -> bool {
        self.recovered + MAY_MISS * self.seeds / SEEDS >= self.seeds
    }
}

/// Workers under `rate` requests a second after a pause from 60 s on, judged from 170 to 230 s
/// after its end at 70 s.
pub(super) fn after_a_pause(policy: &Sets<'_>, rate: u32, pause: &str, seeds: u32) -> Found {
    let rate = format!("{rate}/s");
    let trigger = [
        ("load.caller.ask.arrivals.poisson.rate", rate.as_str()),
        ("faults[0].pause.duration", pause),
    ];
    let sets: Vec<(&str, &str)> = trigger.iter().chain(policy).copied().collect();
    let tallies = run("pause.yaml", &sets, seeds);
    let shares = tallies.iter().map(|tally| share(tally, 240, 300));
    Found {
        seeds,
        recovered: shares.clone().filter(|&share| share >= RECOVERED).count() as u32,
        mean: mean_share(&tallies, 240, 300),
        least: shares.clone().fold(f64::INFINITY, f64::min),
        most: shares.fold(0.0, f64::max),
    }
}

/// Attempts a second of the caller in [from, to), by what a longer run has more than a shorter one.
pub(super) fn attempts_per_s(policy: &Sets<'_>, rate: u32, from_s: u32, to_s: u32) -> f64 {
    let rate = format!("{rate}/s");
    let until = |horizon_s: u32| {
        let horizon = format!("{horizon_s}s");
        let run_for = [
            ("load.caller.ask.arrivals.poisson.rate", rate.as_str()),
            ("run.horizon", horizon.as_str()),
        ];
        let sets: Vec<(&str, &str)> = run_for.iter().chain(policy).copied().collect();
        let edge = run("pause.yaml", &sets, 1)[0].edges[0];
        (edge.calls + edge.retries) as f64
    };
    (until(to_s) - until(from_s)) / f64::from(to_s - from_s)
}
