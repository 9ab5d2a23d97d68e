//! The scenario at both ends of everything that its twin only assumes.

use std::sync::atomic::Ordering;

use foreshadow_sim::Simulation;

use crate::lower::lower;
use crate::node::{Node, Value};
use crate::report::{self, AssumptionReport, EndReport, Verdict};
use crate::scenario::Assumption;

use super::{Error, Progress, Run, Settings, Variant, replications};

/// Runs the scenario at both ends of each assumption that the run came near.
pub(super) fn both_ends(
    variant: &Variant,
    run: &Run,
    verdict: Option<Verdict>,
    settings: &Settings<'_>,
) -> Result<Vec<AssumptionReport>, Error> {
    let mut reports = Vec::new();
    for assumption in variant.scenario.assumed() {
        let end = |node: &Option<Node>| -> Result<Option<EndReport>, Error> {
            let Some(node) = node else { return Ok(None) };
            let value = node.to_string();
            if settings.stop.load(Ordering::Relaxed) || cannot_matter(run, &assumption, node) {
                return Ok(Some(EndReport { value, verdict: None }));
            }
            let verdict = verdict_with(variant, run, &assumption, node, settings)?;
            Ok(Some(EndReport { value, verdict }))
        };
        let (low, high) = (end(&assumption.low)?, end(&assumption.high)?);
        let differs = |end: &Option<EndReport>| {
            end.as_ref()
                .and_then(|end| end.verdict)
                .is_some_and(|v| v != Verdict::Undecided && Some(v) != verdict)
        };
        reports.push(AssumptionReport {
            address: assumption.address.clone(),
            value: assumption.value.clone(),
            flips: differs(&low) || differs(&high),
            low,
            high,
            settle: assumption.from.clone(),
        });
    }
    Ok(reports)
}

/// The verdict when one assumption is replaced by one of its ends.
fn verdict_with(
    variant: &Variant,
    run: &Run,
    assumption: &Assumption,
    end: &Node,
    settings: &Settings<'_>,
) -> Result<Option<Verdict>, Error> {
    let Ok(lowered) = lower(&variant.scenario.with(&assumption.address, end)?) else {
        // Without a limit on slots, say, an objective on their use has no meaning.
        return Ok(None);
    };
    let simulation = Simulation::new(lowered.plan.clone())
        .map_err(|error| Error::Simulation { scenario: variant.name.clone(), error })?;
    let count = run.tallies.len() as u32;
    let what = format!("{} with {} = {end}", variant.name, assumption.address);
    (settings.progress)(Progress::Starts { what: &what, replications: count });
    let tallies = replications(&simulation, 0..count, &what, settings)?;
    if tallies.len() < count as usize {
        return Ok(None);
    }
    Ok(report::objective_outcomes(&lowered, &tallies).into_iter().max())
}

/// Whether another number of slots could not have changed anything, because no replica ever used
/// as many as either number: every run would go the same way, event for event.
fn cannot_matter(run: &Run, assumption: &Assumption, end: &Node) -> bool {
    let names = &run.lowered.names.components;
    let component =
        names.iter().position(|name| format!("{name}.concurrency") == assumption.address);
    let Some(component) = component else { return false };
    let peak = run.tallies.iter().map(|tally| tally.components[component].peak_slots).max();
    let peak = peak.unwrap_or(0);
    let slots = run.lowered.plan.components[component].concurrency;
    let enough = |slots: Option<u32>| slots.is_none_or(|slots| peak < slots);
    let end = match &end.value {
        Value::Int(slots) => u32::try_from(*slots).ok(),
        // `unlimited`; anything else is refused when it is lowered.
        _ => None,
    };
    enough(slots) && enough(end)
}
