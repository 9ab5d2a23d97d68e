//! Every file of the library is sound, and every scenario in it gives its recorded verdict.

use std::path::{Path, PathBuf};

use foreshadow_scenarios::report::Verdict;
use foreshadow_scenarios::{Kind, validate};

use crate::scenarios::{library, load, rehearse};

type Sets = &'static [(&'static str, &'static str)];

/// A scenario, its verdict, and what else makes it short.
type Recorded = (&'static str, Verdict, Sets);

const RECORDED: [Recorded; 8] = [
    (
        "metastable/cold_cache.yaml",
        Verdict::Missed,
        &[("faults[0].cache_flush.start", "10s"), ("run.max_replications", "20")],
    ),
    (
        "metastable/pause.yaml",
        Verdict::Missed,
        &[("faults[0].pause.start", "5s"), ("faults[0].pause.duration", "5s")],
    ),
    ("shop/day.yaml", Verdict::Held, &[]),
    ("shop/more-payment.yaml", Verdict::Held, EARLY_PEAK),
    ("shop/peak.yaml", Verdict::Missed, EARLY_PEAK),
    (
        "shop/slow-payment.yaml",
        Verdict::Missed,
        &[("faults[0].slow.start", "10s"), ("faults[0].slow.duration", "10s")],
    ),
    // What there is now does not bear the peak, which is why it is tuned.
    ("shop/tune.yaml", Verdict::Missed, &[]),
    (
        "shop/zone-loss.yaml",
        Verdict::Held,
        // What is in service when the zone dies is harmed, however long the window is.
        &[
            ("run.horizon", "90s"),
            ("faults[0].zone_outage.start", "10s"),
            ("faults[0].zone_outage.duration", "10s"),
        ],
    ),
];

const EARLY_PEAK: Sets = &[
    ("load.gateway.home.arrivals.rates[1].at", "5s"),
    ("load.gateway.product.arrivals.rates[1].at", "5s"),
    ("load.gateway.add_to_cart.arrivals.rates[1].at", "5s"),
    ("load.gateway.checkout.arrivals.rates[1].at", "5s"),
];

/// A sixth of the time that the files ask for.
const SHORT: Sets = &[("run.warm_up", "5s"), ("run.horizon", "30s")];

/// All files of the library; its crate's code and tests are beside it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .flat_map(|path| match path.file_name().and_then(|name| name.to_str()) {
            Some("src" | "tests") => Vec::new(),
            _ if path.is_dir() => files(&path),
            _ => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    files
}

#[track_caller]
fn kind(path: &Path) -> Kind {
    let kind = validate(path, &|path| std::fs::read_to_string(path));
    kind.unwrap_or_else(|problems| panic!("{problems}"))
}

#[track_caller]
fn check_verdicts(short: Sets, shortened: bool) {
    for (file, verdict, own) in RECORDED {
        let own = if shortened { own } else { &[] };
        let sets: Vec<_> = short.iter().chain(own).copied().collect();
        let report = rehearse(vec![load(&library(file), &sets)]).remove(0);
        let reason = (report.reason, &report.objectives);
        assert_eq!(report.verdict, Some(verdict), "{file}: {reason:#?}");
    }
}

#[test]
fn every_file_is_sound_and_every_scenario_recorded() {
    let files = files(&library(""));
    let scenarios = files.iter().filter(|path| kind(path) == Kind::Scenario);
    let recorded = RECORDED.map(|(file, ..)| library(file));
    assert_eq!(scenarios.cloned().collect::<Vec<_>>(), recorded);
}

#[test]
fn shortened_scenarios_give_their_verdicts() {
    check_verdicts(SHORT, true);
}

#[test]
#[ignore = "takes half a minute: every scenario at its full length"]
fn scenarios_give_their_verdicts() {
    check_verdicts(&[], false);
}

/// The payment adapter's two replicas are what the peak is too much for.
#[test]
fn more_payment_beats_the_peak() {
    let few = [("run.replications", "5"), ("run.max_replications", "5")];
    let sets: Vec<_> = SHORT.iter().chain(EARLY_PEAK).chain(&few).copied().collect();
    let what_ifs = ["shop/peak.yaml", "shop/more-payment.yaml"];
    let reports = rehearse(what_ifs.map(|file| load(&library(file), &sets)).into());
    let bottleneck = reports[0].bottleneck.as_ref().unwrap();
    assert_eq!(bottleneck.component, "payment");
    let success = reports[1]
        .comparisons
        .iter()
        .find(|c| c.endpoint == "gateway.checkout" && c.measure == "success_rate")
        .unwrap();
    assert!(success.difference.low.unwrap() > 0.05, "{success:?}");
}
