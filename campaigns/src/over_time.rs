//! The worst of what was tried, rehearsed once more for its course over time.

use std::sync::atomic::AtomicBool;

use foreshadow_scenarios::node::parse;
use foreshadow_scenarios::rehearse::{self, Progress, Settings, Variant, rehearse};
use foreshadow_scenarios::report::Report as Rehearsal;

use crate::case::CaseKind;
use crate::error::Error;
use crate::report::Report;
use crate::spec::Spec;

/// Runs that are shown.
const RUNS: u32 = 4;

/// The rehearsal of the worst fault; nothing where nothing was tried, or where so much work piles up
/// under it that there is no course to show.
///
/// # Errors
/// [`Error::Problems`], [`Error::Interrupted`], [`Error::Simulation`].
pub fn over_time(
    spec: &Spec,
    report: &Report,
    stop: &AtomicBool,
) -> Result<Option<Box<Rehearsal>>, Error> {
    let worst = report.scenarios.iter().find_map(|scenario| {
        let is_it = |case: &&(usize, &crate::case::Case)| case.1.name == scenario.name;
        spec.cases.iter().enumerate().find(|case| is_it(&case))
    });
    let Some((case, found)) = worst.filter(|(_, c)| !matches!(c.kind, CaseKind::Drawn(_))) else {
        return Ok(None);
    };
    let (faults, _) = spec.faults(case, 0);
    let mut scenario = spec.scenario.with_faults(&faults)?;
    for (address, value) in [("run.replications", RUNS), ("run.max_replications", RUNS)] {
        let value = parse(&value.to_string(), 0, 0).expect("a whole number can always be read");
        scenario = scenario.with_own(address, &value)?;
    }
    let variant = Variant { scenario, name: found.name.clone(), repeat: report.repeat.clone() };
    let settings = Settings { stop, progress: &|_: Progress<'_>| () };
    match rehearse(std::slice::from_ref(&variant), &settings) {
        Ok(mut reports) => Ok(reports.pop().map(Box::new)),
        Err(rehearse::Error::Interrupted) => Err(Error::Interrupted),
        Err(rehearse::Error::Problems(problems)) => Err(Error::Problems(problems)),
        // All is as in the trials, so it can only be that too much was under way at once.
        Err(rehearse::Error::Simulation { .. }) => Ok(None),
        Err(other) => {
            Err(Error::Simulation { case: found.name.clone(), message: other.to_string() })
        }
    }
}
