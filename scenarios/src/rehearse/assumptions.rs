//! The scenario at both ends of everything that its twin only assumes.

use std::sync::atomic::Ordering;

use crate::lower::{Subject, lower};
use crate::node::{Node, Value};
use crate::report::{self, AssumptionReport, EndReport, Skipped, Verdict};
use crate::scenario::Assumption;

use super::{Error, Run, Settings, Variant, run_until_clear, warm_up};

/// Runs the scenario at both ends of each assumption that the run came near.
pub(super) fn both_ends(
    variant: &Variant,
    run: &Run,
    verdict: Verdict,
    settings: &Settings<'_>,
) -> Result<Vec<AssumptionReport>, Error> {
    let mut reports = Vec::new();
    for assumption in variant.scenario.assumed() {
        let end = |node: &Option<Node>| {
            node.as_ref().map(|node| end(variant, run, &assumption, node, settings)).transpose()
        };
        let (low, high) = (end(&assumption.low)?, end(&assumption.high)?);
        // An end that stays undecided could be either, so it does not agree.
        let differs = |end: &Option<EndReport>| {
            end.as_ref().and_then(|end| end.verdict).is_some_and(|other| other != verdict)
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

/// What becomes of the verdict when an assumption is replaced by one of its ends.
fn end(
    variant: &Variant,
    run: &Run,
    assumption: &Assumption,
    end: &Node,
    settings: &Settings<'_>,
) -> Result<EndReport, Error> {
    let value = end.to_string();
    let skipped = |why| EndReport { value: value.clone(), verdict: None, skipped: Some(why) };
    if settings.stop.load(Ordering::Relaxed) {
        return Ok(skipped(Skipped::Interrupted));
    }
    if cannot_matter(run, assumption, end) {
        return Ok(skipped(Skipped::CannotMatter));
    }
    let Ok(mut lowered) = lower(&variant.scenario.with(&assumption.address, end)?) else {
        // Without a limit on slots, say, an objective on their use has no meaning.
        return Ok(skipped(Skipped::NotJudgeable));
    };
    let name = format!("{} with {} = {end}", variant.name, assumption.address);
    let other = warm_up::find(&name, &mut lowered, settings)
        .and_then(|pilot| run_until_clear(&name, lowered, pilot, settings));
    let other = match other {
        Err(Error::Interrupted) => return Ok(skipped(Skipped::Interrupted)),
        other => other?,
    };
    let (verdict, _) = report::verdict(other.evidence());
    Ok(EndReport { value, verdict, skipped: None })
}

/// Whether another number of slots could not have changed anything, because no replica ever used
/// as many as either number: every run would go the same way, event for event.
fn cannot_matter(run: &Run, assumption: &Assumption, end: &Node) -> bool {
    let names = &run.lowered.names.components;
    let component =
        names.iter().position(|name| format!("{name}.concurrency") == assumption.address);
    let Some(component) = component else { return false };
    // How much of its slots a component uses depends on their number in any case.
    let judged = |subject: Subject| subject == Subject::Component(component);
    if run.lowered.objectives.iter().any(|objective| judged(objective.subject)) {
        return false;
    }
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
