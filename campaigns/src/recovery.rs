//! Objectives of recovery, taken apart from the others: a run without faults has nothing to recover
//! from, and what has to be recovered from is the campaign's, not the scenario's.

use foreshadow_scenarios::lower::{Lowered, Measure, Objective, Subject};
use foreshadow_scenarios::{Problem, Problems, Scenario};

/// The scenario's objectives of recovery, beside those of its plan.
pub(crate) fn objectives(
    scenario: &Scenario,
    lowered: &Lowered,
) -> Result<Vec<Objective>, Problems> {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for asked in scenario.file.objectives.iter().flatten() {
        let Some(recovery) = &asked.recovery else { continue };
        let named = asked.endpoint.as_ref();
        let known = named
            .and_then(|name| lowered.names.endpoints.iter().position(|known| *known == name.value));
        match known {
            Some(endpoint) => found.push(Objective {
                subject: Subject::Endpoint(endpoint),
                measure: Measure::Recovery,
                limit: recovery.value.0.as_secs_f64() * 1e3,
                counted: None,
                span: recovery.span,
            }),
            None => problems.push(
                Problem::at(recovery.span, "a recovery is of an endpoint of the twin")
                    .help("give `endpoint:` the address of one that users call"),
            ),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(Problems::new(&scenario.sources, problems)) }
}
