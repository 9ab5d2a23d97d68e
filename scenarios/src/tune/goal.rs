//! What is to be small.

use foreshadow_sim::Tally;
use foreshadow_sim::histogram::pooled_quantile;
use foreshadow_sim::plan::{EndpointId, Outcome};
use foreshadow_sim::tally::ComponentTally;

use crate::lower::{Lowered, Measure, Subject};
use crate::model::tune::{Minimise as Asked, Tune};
use crate::problem::{Problem, suggest};
use crate::report::Observed;

/// Something that is to be small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// What the knobs cost, which is known without a run.
    Cost,
    /// The 99th percentile of latency of an endpoint \[ms\].
    P99(EndpointId),
    /// Share of an endpoint's requests that do not end ok.
    ErrorShare(EndpointId),
    /// Time to recover \[s\]: which objective of recovery, in their order.
    Recovery(usize),
    /// Standard deviation of utilization over components.
    UtilizationSpread,
}

impl Goal {
    /// The name in files and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::P99(_) => "p99",
            Self::ErrorShare(_) => "error_share",
            Self::Recovery(_) => "recovery",
            Self::UtilizationSpread => "utilization_spread",
        }
    }

    /// The unit of its values; none for the cost, whose unit the scenario tells.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Cost => "",
            Self::P99(_) => "ms",
            Self::ErrorShare(_) | Self::UtilizationSpread => "share",
            Self::Recovery(_) => "s",
        }
    }

    /// What one replication says of it; a cost is not measured.
    #[must_use]
    pub fn of(self, lowered: &Lowered, tally: &Tally, observed: &Observed) -> f64 {
        match self {
            Self::Cost => 0.0,
            Self::P99(endpoint) => {
                let latency = &tally.users[endpoint].latency;
                // Where nothing ended well, it is as bad as can be.
                pooled_quantile(&[latency], 0, 0.99)
                    .map_or(f64::from(u32::MAX), |nanos| nanos / 1e6)
            }
            Self::ErrorShare(endpoint) => {
                let users = &tally.users[endpoint];
                let ok = users.outcomes[Outcome::Ok as usize];
                (users.offered - ok) as f64 / (users.offered as f64).max(1.0)
            }
            Self::Recovery(index) => {
                let never = lowered.plan.run.horizon.as_secs_f64();
                observed.recovery(index).unwrap_or(never)
            }
            Self::UtilizationSpread => {
                let used: Vec<f64> =
                    tally.components.iter().filter_map(ComponentTally::utilization).collect();
                let mean = used.iter().sum::<f64>() / used.len().max(1) as f64;
                let squares: f64 = used.iter().map(|x| (x - mean) * (x - mean)).sum();
                (squares / used.len().max(1) as f64).sqrt()
            }
        }
    }
}

/// The goals of a tuning: the cost where none is named.
pub(super) fn goals(lowered: &Lowered, section: &Tune, problems: &mut Vec<Problem>) -> Vec<Goal> {
    let Some(asked) = &section.minimise else { return vec![Goal::Cost] };
    if asked.is_empty() || asked.len() > 2 {
        let message = format!("expected one goal or two, found {}", asked.len());
        let help = "what else matters is an objective: a limit, and as far within as you like";
        problems.push(Problem::at(asked.span, message).help(help));
    }
    let mut goals = Vec::new();
    for goal in asked.iter() {
        let found = match &goal.value {
            Asked::Cost => Ok(Goal::Cost),
            Asked::UtilizationSpread => Ok(Goal::UtilizationSpread),
            Asked::P99(name) => called(lowered, name).map(Goal::P99),
            Asked::ErrorShare(name) => called(lowered, name).map(Goal::ErrorShare),
            Asked::Recovery(name) => called(lowered, name).and_then(|endpoint| {
                let recoveries =
                    lowered.objectives.iter().filter(|o| o.measure == Measure::Recovery);
                let mine =
                    recoveries.map(|o| o.subject).position(|s| s == Subject::Endpoint(endpoint));
                mine.map(Goal::Recovery).ok_or_else(|| {
                    let message = format!(
                        "{} has no objective of recovery from `faults:` of the scenario itself",
                        name.value
                    );
                    let help = "add `{endpoint: …, recovery: 60s}`, which says what recovered means, and the \
                                fault; faults of a campaign are what objectives hold under";
                    Problem::at(name.span, message).help(help)
                })
            }),
        };
        match found {
            Ok(goal) if !goals.contains(&goal) => goals.push(goal),
            Ok(_) => problems.push(Problem::at(goal.span, "this goal is named twice")),
            Err(problem) => problems.push(problem),
        }
    }
    goals
}

/// An endpoint that users call.
fn called(lowered: &Lowered, name: &crate::Spanned<String>) -> Result<EndpointId, Problem> {
    let entries = lowered.plan.entries();
    let names = &lowered.names.endpoints;
    let found = entries.iter().copied().find(|&endpoint| names[endpoint] == name.value);
    found.ok_or_else(|| {
        let known = entries.iter().map(|&endpoint| names[endpoint].as_str());
        Problem::at(name.span, format!("no user calls `{}`", name.value)).help(suggest(
            &name.value,
            "endpoints that users call",
            known,
        ))
    })
}
