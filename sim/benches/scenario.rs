//! From the text of a twin and a scenario to a simulation, as the program itself goes.

use std::io;
use std::path::Path;

use foreshadow_sim::Simulation;

/// Reads, checks, lowers and compiles a scenario that names `twin.yaml` as its twin.
///
/// # Panics
/// With the problem's message, when the texts are wrong.
pub(crate) fn simulation(twin: &str, scenario: &str) -> Simulation {
    let files = |path: &Path| match path.to_str() {
        Some("twin.yaml") => Ok(twin.to_owned()),
        Some("scenario.yaml") => Ok(scenario.to_owned()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    let loaded = foreshadow_scenarios::load_scenario(Path::new("scenario.yaml"), &[], &files);
    let loaded = loaded.unwrap_or_else(|problems| panic!("{problems:?}"));
    let lowered = foreshadow_scenarios::lower(&loaded);
    let lowered = lowered.unwrap_or_else(|problems| panic!("{problems:?}"));
    Simulation::new(lowered.plan).expect("a lowered plan is sound")
}
