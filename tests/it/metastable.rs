//! Metastable failures: a trigger that ends, and a failure that does not.
//!
//! Sources: N. Bronson, A. Aghayev, A. Charapko, T. Zhu, "Metastable failures in distributed
//! systems", Hot Topics in Operating Systems, 2021; L. Huang et al., "Metastable failures in the
//! wild", OSDI 2022. What must come out is what two independent reproductions found (`rows.rs`);
//! `docs/metastable.md` shows it.

mod experiment;
mod figures;
mod rows;

use experiment::{SEEDS, after_a_pause, attempts_per_s, mean_share, run};
use rows::{Expected, ONE_RETRY, ROWS, Row};

/// All cells of some rows, over so many seeds.
#[track_caller]
fn check_rows(rows: &[Row], seeds: u32) {
    let mut wrong = Vec::new();
    for row in rows {
        for &(rate, expected) in row.cells {
            let found = after_a_pause(row.policy, rate, "10s", seeds);
            let right = match expected {
                Expected::Recovers => found.has_recovered(),
                Expected::Share(share, give) => (found.mean - share).abs() <= give,
            };
            if !right {
                wrong.push(format!("{} at {rate}/s: {expected:?}, found {found:?}", row.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_pause_ends_and_its_failure_does_not() {
    check_rows(ROWS, 2);
}

#[test]
#[ignore = "takes minutes: twenty seeds of every policy and load"]
fn every_policy_ends_as_reproductions_say() {
    check_rows(ROWS, SEEDS);
}

/// Every request is sent twice.
#[test]
fn a_failed_system_is_kept_busy_by_retries() {
    let attempts = attempts_per_s(ONE_RETRY.policy, 280, 240, 300);
    assert!((attempts / 559.0 - 1.0).abs() < 0.02, "{attempts} attempts a second");
}

#[track_caller]
fn check_trigger(pause: &str, rates: &[u32], seeds: u32, tips: bool) {
    for &rate in rates {
        let found = after_a_pause(ONE_RETRY.policy, rate, pause, seeds);
        let right = if tips { found.recovered == 0 } else { found.has_recovered() };
        assert!(right, "{pause} at {rate}/s: {found:?}");
    }
}

#[test]
fn a_small_trigger_passes_and_a_large_one_tips() {
    check_trigger("500ms", &[160, 280], 2, false);
    check_trigger("4s", &[160, 280], 2, true);
}

#[test]
#[ignore = "takes a minute: twenty seeds of each size and load"]
fn every_small_trigger_passes_and_every_large_one_tips() {
    let rates = [160, 180, 200, 220, 240, 260, 280];
    check_trigger("500ms", &rates, SEEDS, false);
    check_trigger("4s", &rates, SEEDS, true);
}

/// The same load has two states: which one depends on where it came from.
#[test]
fn a_failure_outlasts_the_load_that_made_it() {
    let [calm, hit] = figures::loop_of_loads(2);
    assert!(hit.iter().all(|tally| figures::back_after(tally).is_some()), "in the end it is well");
    // Plateaus of a minute: up to 280/s in the seventh, and down again.
    for plateau in 0..figures::PLATEAUS {
        let (from, to) = (60 * plateau + 30, 60 * plateau + 60);
        let (calm, hit) = (mean_share(&calm, from, to), mean_share(&hit, from, to));
        assert!(calm > 0.98, "without a trigger all is well: {calm} in plateau {plateau}");
        assert!(plateau >= 6 || hit > 0.98, "{hit} in plateau {plateau}");
        assert!(plateau <= 6 || hit < 0.01, "{hit} in plateau {plateau}");
    }
}

/// An emptied cache stays empty, because nothing that could fill it comes back in time.
#[test]
fn a_cold_cache_stays_cold() {
    for rate in ["2700/s", "3000/s"] {
        let rate = [("load.app.get.arrivals.poisson.rate", rate)];
        let end = |more: &[(&str, &str)]| {
            let sets: Vec<(&str, &str)> = rate.iter().chain(more).copied().collect();
            mean_share(&run("cold_cache.yaml", &sets, 2), 240, 300)
        };
        // At 3000/s the database has no spare capacity, so that it waits even in calm.
        assert!(end(&[("faults", "[]")]) > 0.9);
        assert!(end(&[]) < 0.05);
        assert!(
            end(&[("database.queue.capacity", "150")]) > 0.98,
            "a short queue is served in time"
        );
    }
}

/// Pauses as of a garbage collector: harmless at low load, until one of them is one too many. When
/// the load is low again, the failure is still there.
#[test]
fn a_long_pause_under_rising_load_tips() {
    let [paused, without_retries, calm] = figures::collections(2);
    let share = |tallies: &_, plateau: usize| mean_share(tallies, 60 * plateau, 60 * plateau + 60);
    for plateau in 0..figures::PLATEAUS {
        assert!(share(&calm, plateau) > 0.98, "{plateau}");
        // At the peak the pauses leave 285 of 300 a second, which are 280 late ones.
        assert!(plateau == 6 || share(&without_retries, plateau) > 0.95, "{plateau}");
    }
    assert!((0..4).all(|plateau| share(&paused, plateau) > 0.98), "from 40/s to 160/s");
    assert!((7..10).all(|plateau| share(&paused, plateau) < 0.01), "from 240/s to 160/s");
}

#[test]
#[ignore = "takes minutes: prints the tables of docs/metastable.md"]
fn figures_of_the_page() {
    figures::print();
}
