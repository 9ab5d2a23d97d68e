//! Campaigns: what they find where the answer is known, and that nothing that is finished is lost.

mod capacity;
mod coverage;
mod edge_cases;
mod exact;
mod honest;
mod judged;
mod metastable;
mod resume;
mod worth;

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use foreshadow_campaigns::unit::Bases;
use foreshadow_campaigns::{Report, Results, Settings, Spec, engine, report};
use foreshadow_scenarios::{Scenario, load_scenario};
use tempfile::TempDir;

/// A scenario whose file and twin are given as text.
fn scenario(twin: &str, scenario: &str) -> Scenario {
    let files = |path: &Path| match path.to_str() {
        Some("a.twin.yaml") => Ok(twin.to_owned()),
        _ => Ok(scenario.to_owned()),
    };
    load_scenario(Path::new("a.yaml"), &[], &files).unwrap()
}

/// Runs a campaign in a folder of its own, on so many threads.
fn campaign(scenario: Scenario, threads: usize) -> (Spec, Results, TempDir) {
    campaign_until(scenario, threads, None)
}

/// The same with time to spend, until an instant.
fn campaign_until(
    scenario: Scenario,
    threads: usize,
    until: Option<Instant>,
) -> (Spec, Results, TempDir) {
    let folder = TempDir::new().unwrap();
    let spec = Spec::new(scenario).unwrap();
    let stop = AtomicBool::new(false);
    let settings = Settings { stop: &stop, must_resume: false, until, progress: &|_| () };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let results =
        pool.install(|| engine::run(&spec, &Bases::default(), folder.path(), &settings)).unwrap();
    (spec, results, folder)
}

/// The report of a campaign without breaking points.
fn reported(scenario: Scenario) -> Report {
    let (spec, results, _folder) = campaign(scenario, 2);
    report::build(&spec, &results, &[], "")
}

/// What a report says of the case called `name`.
#[track_caller]
fn case<'a>(report: &'a Report, name: &str) -> &'a report::ScenarioReport {
    let known: Vec<&str> = report.scenarios.iter().map(|case| case.name.as_str()).collect();
    let found = report.scenarios.iter().find(|case| case.name == name);
    found.unwrap_or_else(|| panic!("no {name} among {known:?}"))
}
