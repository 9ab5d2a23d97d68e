//! Sentences about steady states: what has none, how long it took to come to one, and what does not
//! come back to it.

use foreshadow_scenarios::report::{ComponentReport, Report};

use crate::number::{Unit, clock, full, short};

/// Components without a steady state, those that make others so first.
pub(super) fn unstable(report: &Report) -> Vec<String> {
    let unstable = || report.components.iter().filter(|(_, c)| c.unstable == Some(true));
    let mut sentences: Vec<String> = unstable()
        .filter(|(_, component)| component.unstable_because_of.is_none())
        .map(|(name, component)| cause(report, name, component))
        .collect();
    let waiting = unstable().filter(|(_, component)| component.unstable_because_of.is_some());
    let waiting: Vec<&str> = waiting.map(|(name, _)| name.as_str()).collect();
    if !waiting.is_empty() {
        sentences
            .push(format!("What waits for it has no steady state either: {}.", waiting.join(", ")));
    }
    sentences
}

fn cause(report: &Report, name: &str, component: &ComponentReport) -> String {
    let rate = |number| short(number, Unit::PerSecond);
    match (&component.growth_per_s, &report.warm_up) {
        (Some(growth), _) => format!(
            "{name} is unstable: it receives {} and serves {}; its queue grows by {}.",
            rate(&component.arrivals_per_s),
            rate(&component.throughput_per_s),
            full(growth, Unit::PerSecond)
        ),
        (None, Some(pilot)) => format!(
            "{name} did not settle in {}: it is unstable, or `run.horizon` is much too short for it.",
            clock(pilot.pilot_s)
        ),
        (None, None) => format!("{name} is unstable."),
    }
}

/// The warm-up, where it was found.
pub(super) fn warm_up(report: &Report) -> Option<String> {
    let pilot = report.warm_up.as_ref()?;
    let length = clock(report.warm_up_s);
    Some(match &pilot.slowest {
        Some(slowest) if pilot.settled => {
            format!("The warm-up is {length}, as found by pilots; {slowest} settles last.")
        }
        Some(_) => format!("The warm-up is {length}; for what did not settle there is none."),
        None => format!("The warm-up is {length}, as found by pilots: all is steady at once."),
    })
}

/// Endpoints that stay away although all faults are over.
pub(super) fn metastable(report: &Report) -> Vec<String> {
    let sentences = report.objectives.iter().filter_map(|objective| {
        let recovery = objective.recovery.as_ref()?;
        let share = recovery.metastable_share.as_ref().filter(|share| share.value > Some(0.0))?;
        Some(format!(
            "Metastable: in {} of runs {} is not back within its objectives at the end, {} after \
             the last fault.",
            full(share, Unit::Share),
            objective.endpoint.as_ref()?,
            clock(report.horizon_s - recovery.from_s)
        ))
    });
    sentences.collect()
}
