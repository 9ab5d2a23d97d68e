//! Scenario files from disk to a plan.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use foreshadow_scenarios::rehearse::{self, Settings, Variant};
use foreshadow_scenarios::report::Report;
use foreshadow_scenarios::{Lowered, Scenario, load_scenario};

/// A path in the library of scenario files.
pub(crate) fn library(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("scenarios").join(path)
}

/// A path in the folder of these tests.
pub(crate) fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("it").join(path)
}

/// Reads a scenario file, with some values set.
#[track_caller]
pub(crate) fn load(path: &Path, sets: &[(&str, &str)]) -> Scenario {
    let sets: Vec<_> = sets.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    let scenario = load_scenario(path, &sets, &|path| std::fs::read_to_string(path));
    scenario.unwrap_or_else(|problems| panic!("{problems}"))
}

/// The plan of a scenario.
#[track_caller]
pub(crate) fn lower(scenario: &Scenario) -> Lowered {
    let lowered = foreshadow_scenarios::lower(scenario);
    lowered.unwrap_or_else(|problems| panic!("{problems}"))
}

/// The reports on some scenarios, the first of which is the baseline.
#[track_caller]
pub(crate) fn rehearse(scenarios: Vec<Scenario>) -> Vec<Report> {
    let variant = |scenario: Scenario| {
        let name = scenario.file.name.clone();
        Variant { scenario, name, repeat: String::from("again") }
    };
    let variants: Vec<Variant> = scenarios.into_iter().map(variant).collect();
    let settings = Settings { stop: &AtomicBool::new(false), progress: &|_| () };
    rehearse::rehearse(&variants, &settings).unwrap_or_else(|error| panic!("{error}"))
}
