//! Events that are coming, as factors on a forecast that are uncertain themselves.

use super::{Nanos, check::instant, score};
use crate::model::load_file::{EventsFile, LoadEvent};
use crate::problem::Problem;

/// An event that is coming.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// Its beginning.
    pub from: Nanos,
    /// Its end.
    pub to: Nanos,
    /// The median of the factor.
    pub factor: f64,
    /// Standard deviation of the factor's logarithm.
    pub spread: f64,
    /// The endpoints that it concerns; all without.
    pub endpoints: Option<Vec<String>>,
}

impl Event {
    /// Whether it multiplies what `endpoint` gets at an instant.
    pub(super) fn concerns(&self, at: Nanos, endpoint: &str) -> bool {
        let named = |all: &Vec<String>| all.iter().any(|name| name == endpoint);
        (self.from..self.to).contains(&at) && self.endpoints.as_ref().is_none_or(named)
    }
}

/// The events of a file.
pub(super) fn checked(file: &EventsFile) -> Result<Vec<Event>, Vec<Problem>> {
    let (mut events, mut problems) = (Vec::new(), Vec::new());
    for event in &file.events {
        match one(event) {
            Ok(event) => events.push(event),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(events) } else { Err(problems) }
}

fn one(event: &LoadEvent) -> Result<Event, Problem> {
    let (from, to) = (instant(&event.from)?, instant(&event.to)?);
    if to <= from {
        return Err(Problem::at(event.to.span, "this event ends before it begins")
            .help("give an end after `from`"));
    }
    let factor = event.factor.0;
    if factor <= 0.0 {
        return Err(Problem::at(event.factor.span, "expected a factor above 0")
            .help("1 is as usual, 3 three times as many"));
    }
    let spread = match (&event.low, &event.high) {
        (None, None) => 0.0,
        (Some(low), Some(high)) => {
            if !(low.0 > 0.0 && low.0 <= factor && factor <= high.0) {
                let message = format!("expected 0 < `low` ≤ {factor} ≤ `high`");
                return Err(Problem::at(low.span, message)
                    .help("the factor is between its least and its most"));
            }
            (high.0 / low.0).ln() / (2.0 * score(0.975))
        }
        (Some(one), None) | (None, Some(one)) => {
            return Err(Problem::at(one.span, "`low` and `high` belong together")
                .help("give both, or neither for a factor that is certain"));
        }
    };
    let endpoints = event.endpoints.as_ref();
    let endpoints = endpoints.map(|all| all.iter().map(|name| name.value.clone()).collect());
    Ok(Event { name: event.name.clone(), from, to, factor, spread, endpoints })
}
