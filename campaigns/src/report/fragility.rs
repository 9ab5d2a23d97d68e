//! Fragility: 100 × rate of failure × blast radius, as a share of that sum over all.

use super::{FaultReport, FragilityReport, ScenarioReport};
use crate::spec::Spec;

/// The fragility of every component and edge that something was tried at, the most fragile first.
///
/// Of several faults at one place, those with rates add up; without rates, the worst stands for the
/// place.
pub(super) fn fragility(spec: &Spec, scenarios: &[ScenarioReport]) -> Vec<FragilityReport> {
    let rates_known = scenarios.iter().any(|scenario| scenario.per_month.is_some());
    let names = &spec.lowered.names;
    let places = names.components.iter().chain(&names.edges);
    let weigh = |place: &String| {
        let hits = |scenario: &&ScenarioReport| {
            let mut places = scenario.faults.iter().filter_map(FaultReport::place);
            places.next() == Some(place) && places.next().is_none()
        };
        let here = scenarios.iter().filter(hits);
        let weight = |scenario: &ScenarioReport| {
            let blast = scenario.harmed.value.unwrap_or(0.0);
            blast * scenario.per_month.unwrap_or(if rates_known { 0.0 } else { 1.0 })
        };
        let mut weights = here.map(weight).peekable();
        weights.peek()?;
        let weight = if rates_known { weights.sum() } else { weights.fold(0.0, f64::max) };
        Some((place.clone(), weight))
    };
    let mut weighed: Vec<(String, f64)> = places.filter_map(weigh).collect();
    let sum: f64 = weighed.iter().map(|(_, weight)| weight).sum();
    weighed.sort_by(|a, b| b.1.total_cmp(&a.1));
    let share = |(address, weight): (String, f64)| FragilityReport {
        address,
        fragility: if sum > 0.0 { 100.0 * weight / sum } else { 0.0 },
        rates_known,
    };
    weighed.into_iter().map(share).collect()
}
