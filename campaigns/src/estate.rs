//! The resilience of several systems together: the mean of their scores, weighted by worth.

use foreshadow_scenarios::report::Number;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::report::Report;
use crate::score::Scores;

/// What is known of several systems (`score/v1`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estate {
    /// Always `score/v1`.
    pub foreshadow: String,
    /// Of all systems, each weighted by the worth that it is offered in a second.
    pub score: Number,
    /// Share of components and edges at which something was tried, weighted likewise.
    pub coverage: f64,
    /// Each system, the least first.
    pub systems: Vec<System>,
}

/// What is known of one system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct System {
    /// The name of the scenario of its campaign.
    pub name: String,
    /// The unit of its worth; requests where it has none.
    pub worth_unit: Option<String>,
    /// Its scores.
    pub scores: Scores,
    /// The command that repeats its campaign.
    pub repeat: String,
}

impl Estate {
    /// The estate of these campaigns.
    ///
    /// # Errors
    /// [`Error::Scores`] for a campaign without scores, and for systems whose worths cannot be added.
    pub fn of(reports: &[Report]) -> Result<Self, Error> {
        let mut systems = Vec::new();
        for report in reports {
            let Some(scores) = &report.scores else {
                let name = &report.scenario;
                return Err(Error::Scores(format!(
                    "{name} has no scores: its campaign was stopped, or no harm was known; run it again"
                )));
            };
            systems.push(System {
                name: report.scenario.clone(),
                worth_unit: report.worth_unit.clone(),
                scores: scores.clone(),
                repeat: report.repeat.clone(),
            });
        }
        let units = |system: &System| system.worth_unit.clone().unwrap_or_default();
        if let Some(pair) = systems.windows(2).find(|pair| units(&pair[0]) != units(&pair[1])) {
            let unit = |system: &System| {
                system.worth_unit.clone().unwrap_or_else(|| String::from("requests"))
            };
            return Err(Error::Scores(format!(
                "worth cannot be weighed: {} counts in {}, {} in {}; give their loads `worth:` in \
                 one unit",
                pair[0].name,
                unit(&pair[0]),
                pair[1].name,
                unit(&pair[1])
            )));
        }
        if let Some(system) = systems.iter().find(|system| system.scores.worth_per_s <= 0.0) {
            let name = &system.name;
            return Err(Error::Record(format!(
                "{name} is offered nothing of worth to weigh it by"
            )));
        }
        let all: f64 = systems.iter().map(|system| system.scores.worth_per_s).sum();
        let weight = |system: &System| system.scores.worth_per_s / all;
        let mean = |of: fn(&Number) -> Option<f64>| -> Option<f64> {
            let each = systems.iter().map(|s| Some(weight(s) * of(&s.scores.system)?));
            each.sum()
        };
        // Ends of independent intervals: distances add in squares.
        let end = |of: fn(&Number) -> Option<f64>| -> Option<f64> {
            let squares = systems.iter().map(|s| {
                Some((weight(s) * (of(&s.scores.system)? - s.scores.system.value?)).powi(2))
            });
            squares.sum::<Option<f64>>().map(f64::sqrt)
        };
        let value = mean(|number| number.value);
        let (down, up) = (end(|number| number.low), end(|number| number.high));
        let score = Number {
            value,
            low: value.zip(down).map(|(value, down)| (value - down).max(0.0)),
            high: value.zip(up).map(|(value, up)| (value + up).min(100.0)),
            reason: value.is_none().then_some("a system has no score"),
        };
        let coverage = systems.iter().map(|s| weight(s) * s.scores.coverage).sum();
        let least = |system: &System| system.scores.system.value.unwrap_or(f64::INFINITY);
        systems.sort_by(|a, b| least(a).total_cmp(&least(b)));
        Ok(Self { foreshadow: String::from("score/v1"), score, coverage, systems })
    }
}
