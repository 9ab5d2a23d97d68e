//! The tables of `docs/metastable.md`.

use std::fmt::Write;

use foreshadow_sim::Tally;

use super::experiment::{SEEDS, Sets, after_a_pause, attempts_per_s, mean_share, run, share};
use super::rows::{Expected, ONE_RETRY, ROWS};

/// Loads of a minute each: 40/s, 80/s … 280/s … 80/s, 40/s.
pub(super) const PLATEAUS: usize = 13;

/// How long the last load lasts beyond its minute, where a failure is waited out.
const AFTERMATH_S: usize = 600;

fn plateau_rate(plateau: usize) -> usize {
    40 * (plateau + 1).min(PLATEAUS - plateau)
}

/// The workers under a load that rises and falls again.
fn under_plateaus(more: &Sets<'_>, aftermath_s: usize, seeds: u32) -> Vec<Tally> {
    let mut rates = String::new();
    for plateau in 0..PLATEAUS {
        let rate = plateau_rate(plateau);
        let (from, to) = (60 * plateau, 60 * plateau + 60);
        write!(rates, "{{at: {from}s, rate: {rate}/s}}, {{at: {to}s, rate: {rate}/s}}, ").unwrap();
    }
    let rates = format!("{{rates: [{rates}]}}");
    let horizon = format!("{}s", 60 * PLATEAUS + aftermath_s);
    let load = [("load.caller.ask.arrivals", rates.as_str()), ("run.horizon", horizon.as_str())];
    let sets: Vec<(&str, &str)> = load.iter().chain(more).copied().collect();
    run("pause.yaml", &sets, seeds)
}

/// Load up and down, without a trigger and with one at its peak.
pub(super) fn loop_of_loads(seeds: u32) -> [Vec<Tally>; 2] {
    let hit = "[{pause: {at: workers, start: 380s, duration: 10s}}]";
    [("faults", "[]"), ("faults", hit)].map(|faults| under_plateaus(&[faults], AFTERMATH_S, seeds))
}

/// How long the last load has lasted \[s\] when goodput is back.
pub(super) fn back_after(tally: &Tally) -> Option<usize> {
    let from = 60 * (PLATEAUS - 1);
    let end = 60 * PLATEAUS + AFTERMATH_S;
    (from..end).step_by(10).find(|&s| share(tally, s, s + 10) >= 0.95).map(|s| s - from)
}

/// Load up and down with a pause of a second every 20 s: with one retry, without retries; and
/// with one retry and no pause.
pub(super) fn collections(seeds: u32) -> [Vec<Tally>; 3] {
    let pauses = (0..3 * PLATEAUS).map(|number| {
        format!("{{pause: {{at: workers, start: {}s, duration: 1s}}}}", 20 * number + 10)
    });
    let pauses = format!("[{}]", pauses.collect::<Vec<_>>().join(", "));
    let pauses = ("faults", pauses.as_str());
    [
        under_plateaus(&[pauses], 0, seeds),
        under_plateaus(&[pauses, ("caller.calls.workers.retries", "{max: 0}")], 0, seeds),
        under_plateaus(&[("faults", "[]")], 0, seeds),
    ]
}

fn percent(share: f64) -> String {
    match share * 100.0 {
        percent if percent > 0.0 && percent < 0.95 => format!("{percent:.1} %"),
        percent => format!("{percent:.0} %"),
    }
}

/// Prints everything.
pub(super) fn print() {
    outcomes();
    capacities();
    over_time();
    triggers();
    hysteresis();
    caches();
    garbage();
}

fn outcomes() {
    println!("| policy | load | reproductions | here: recovered | goodput, mean (least to most) |");
    println!("|---|---|---|---|---|");
    for row in ROWS {
        for &(rate, expected) in row.cells {
            let found = after_a_pause(row.policy, rate, "10s", SEEDS);
            let expected = match expected {
                Expected::Recovers => String::from("recovers"),
                Expected::Share(share, give) if give < 0.05 => percent(share),
                Expected::Share(..) => String::from("about a fifth"),
            };
            println!(
                "| {} | {rate}/s | {expected} | {} of {SEEDS} | {} ({} to {}) |",
                row.name,
                found.recovered,
                percent(found.mean),
                percent(found.least),
                percent(found.most)
            );
        }
    }
    let attempts = attempts_per_s(ONE_RETRY.policy, 280, 240, 300);
    println!("\nAttempts at 280/s with one retry: {attempts:.0}/s.\n");
}

/// The largest load, in steps of 20/s, from which a policy recovers.
fn capacities() {
    println!("| policy | recovers up to |\n|---|---|");
    for row in ROWS {
        let (mut good, mut bad) = (0, 15);
        while bad - good > 1 {
            let middle = u32::midpoint(good, bad);
            let found = after_a_pause(row.policy, 20 * middle, "10s", SEEDS);
            *(if found.has_recovered() { &mut good } else { &mut bad }) = middle;
        }
        println!("| {} | {}/s |", row.name, 20 * good);
    }
    println!();
}

fn over_time() {
    const AT: [usize; 10] = [50, 60, 70, 80, 90, 100, 140, 180, 240, 290];
    println!("| goodput at 280/s | {} |", AT.map(|s| format!("{s} s")).join(" | "));
    println!("|---|{}", "---|".repeat(AT.len()));
    for row in ROWS {
        let rate = ("load.caller.ask.arrivals.poisson.rate", "280/s");
        let sets: Vec<(&str, &str)> = [rate].iter().chain(row.policy).copied().collect();
        let tallies = run("pause.yaml", &sets, SEEDS);
        let cells = AT.map(|s| percent(mean_share(&tallies, s, s + 10)));
        println!("| {} | {} |", row.name, cells.join(" | "));
    }
    println!();
}

fn triggers() {
    const RATES: [u32; 7] = [160, 180, 200, 220, 240, 260, 280];
    println!("| pause | {} |", RATES.map(|rate| format!("{rate}/s")).join(" | "));
    println!("|---|{}", "---|".repeat(RATES.len()));
    for pause in ["500ms", "750ms", "1s", "1500ms", "2s", "3s", "4s"] {
        let tipped = RATES.map(|rate| {
            let found = after_a_pause(ONE_RETRY.policy, rate, pause, SEEDS);
            format!("{} of {SEEDS}", SEEDS - found.recovered)
        });
        println!("| {pause} | {} |", tipped.join(" | "));
    }
    println!();
}

fn plateaus(names: &[&str], runs: &[Vec<Tally>]) {
    let rates = (0..PLATEAUS).map(|plateau| format!("{}/s", plateau_rate(plateau)));
    println!("| goodput | {} |", rates.collect::<Vec<_>>().join(" | "));
    println!("|---|{}", "---|".repeat(PLATEAUS));
    for (name, tallies) in names.iter().zip(runs) {
        let cells = (0..PLATEAUS)
            .map(|plateau| percent(mean_share(tallies, 60 * plateau, 60 * plateau + 60)));
        println!("| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    println!();
}

fn hysteresis() {
    let runs = loop_of_loads(SEEDS);
    plateaus(&["no trigger", "10 s pause at the peak"], &runs);
    let mut back: Vec<usize> = runs[1].iter().filter_map(back_after).collect();
    back.sort_unstable();
    println!("Back after so many seconds at 40/s, by seed: {back:?}\n");
}

fn garbage() {
    let names = ["1 retry", "no retries", "1 retry, no pauses"];
    plateaus(&names, &collections(SEEDS));
}

fn caches() {
    const AT: [usize; 10] = [50, 60, 70, 80, 100, 120, 160, 200, 240, 290];
    println!("| goodput | {} |", AT.map(|s| format!("{s} s")).join(" | "));
    println!("|---|{}", "---|".repeat(AT.len()));
    let rows: [(&str, &Sets<'_>); 4] = [
        ("contents kept", &[("faults", "[]")]),
        ("contents lost", &[]),
        ("contents lost, expired dropped", &[("app.calls.database.deadline", "propagated")]),
        ("contents lost, queue of 150", &[("database.queue.capacity", "150")]),
    ];
    for rate in ["1000/s", "2700/s", "3000/s"] {
        for (name, more) in &rows {
            let rate_set = ("load.app.get.arrivals.poisson.rate", rate);
            let sets: Vec<(&str, &str)> = [rate_set].iter().chain(*more).copied().collect();
            let tallies = run("cold_cache.yaml", &sets, 5);
            let cells = AT.map(|s| percent(mean_share(&tallies, s, s + 10)));
            println!("| {rate}, {name} | {} |", cells.join(" | "));
        }
    }
    println!();
}
