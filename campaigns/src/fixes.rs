//! Changes that would raise a score, each checked by runs.
//!
//! Candidates come from what the worst faults hit: another replica where there is a crash of one, a
//! timeout, a breaker, a retry with a budget where callers have none, a queue with an end where work
//! piles up. Each is tried against the worst faults on replications that the campaign did not use.

use std::sync::atomic::AtomicBool;

use foreshadow_scenarios::node::parse;
use foreshadow_scenarios::report::Number;
use foreshadow_sim::{Simulation, stats};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::case::CaseKind;
use crate::error::Error;
use crate::merge::CONFIDENCE;
use crate::pair::{Force, Measured};
use crate::report::{Report, ScenarioReport};
use crate::spec::Spec;
use crate::unit::{self, Bases};

/// Faults against which candidates are tried.
const WORST: usize = 6;
/// Pairs of runs of each.
const RUNS: u32 = 4;
/// Candidates that are tried.
const CANDIDATES: usize = 16;
/// Fixes that are reported.
const BEST: usize = 3;
/// Replications that the campaign itself cannot have used.
const FRESH: u32 = 1 << 20;

/// A change and what it buys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// What is set.
    pub address: String,
    /// To what.
    pub value: String,
    /// The share of requests harmed by the worst faults, before minus after, over the same requests.
    pub saves: Number,
}

/// The best few of all candidates, with what each buys alone.
///
/// # Errors
/// [`Error::Simulation`], [`Error::Interrupted`].
pub fn search(spec: &Spec, report: &Report, stop: &AtomicBool) -> Result<Vec<Fix>, Error> {
    let worst =
        |scenario: &&ScenarioReport| scenario.together == 1 && scenario.harmed.value > Some(0.0);
    let names: Vec<&str> =
        report.scenarios.iter().filter(worst).take(WORST).map(|s| s.name.as_str()).collect();
    let cases: Vec<usize> = (0..spec.cases.len())
        .filter(|&case| {
            names.contains(&spec.cases[case].name.as_str())
                && !matches!(spec.cases[case].kind, CaseKind::Drawn(_))
        })
        .collect();
    if cases.is_empty() {
        return Ok(Vec::new());
    }
    let bases = Bases::default();
    let before = harms((spec, spec), &cases, &bases, stop)?;
    let mut found = Vec::new();
    for (address, value) in candidates(spec, report, &names) {
        let node = parse(&value, 0, 0).expect("candidates are written in the language");
        // What a twin cannot have, such as a policy between two who never meet, is no candidate.
        let changed = spec.scenario.with(&address, &node).map_err(Error::Problems);
        let changed = match changed.and_then(Spec::new) {
            Err(Error::Problems(_)) => continue,
            changed => changed?,
        };
        let same: Option<Vec<usize>> = cases
            .iter()
            .map(|&case| changed.cases.iter().position(|c| c.name == spec.cases[case].name))
            .collect();
        let Some(same) = same else { continue };
        let after = harms((spec, &changed), &same, &bases, stop)?;
        let saved: Vec<f64> = before.iter().zip(&after).map(|(a, b)| a - b).collect();
        let saves = Number::from(stats::mean(&saved, CONFIDENCE));
        if saves.low > Some(0.0) {
            found.push(Fix { address, value, saves });
        }
    }
    found.sort_by(|a, b| b.saves.value.unwrap_or(0.0).total_cmp(&a.saves.value.unwrap_or(0.0)));
    found.truncate(BEST);
    Ok(found)
}

/// The share of requests harmed in each replication, over all cases of a system that may be changed:
/// those that it serves without faults and unchanged, and does not serve with. What the change harms
/// while nothing is wrong counts as well.
fn harms(
    (spec, changed): (&Spec, &Spec),
    cases: &[usize],
    bases: &Bases,
    stop: &AtomicBool,
) -> Result<Vec<f64>, Error> {
    let share = |measured: &Measured| {
        let sum = |counts: &[u64]| counts.iter().sum::<u64>() as f64;
        sum(&measured.harmed) / sum(&measured.due).max(1.0)
    };
    let one = |number: u32| -> Result<f64, Error> {
        let replication = FRESH + number;
        let trial = |name: &str, simulation: &Simulation, force: Force| {
            unit::trial(spec, name, (simulation, force), replication, bases, stop)
        };
        let mut sum = 0.0;
        for &case in cases {
            let (faults, _) = changed.faults(case, replication);
            let name = &changed.cases[case].name;
            let (simulation, force) = changed.with(name, &faults)?;
            sum += share(&trial(name, &simulation, force)?);
        }
        let always = Force { start: 0, end: None };
        let calm = share(&trial("without faults", &changed.base, always)?);
        Ok(sum / cases.len() as f64 + calm)
    };
    (0..RUNS).into_par_iter().with_max_len(1).map(one).collect()
}

/// What could be set, by what the worst faults hit; an address and its value.
fn candidates(spec: &Spec, report: &Report, worst: &[&str]) -> Vec<(String, String)> {
    let (plan, names) = (&spec.lowered.plan, &spec.lowered.names);
    let mut found: Vec<(String, String)> = Vec::new();
    let mut add = |address: String, value: String| {
        let new = (address, value);
        if !found.contains(&new) {
            found.push(new);
        }
    };
    let hit = report.scenarios.iter().filter(|scenario| worst.contains(&scenario.name.as_str()));
    for fault in hit.flat_map(|scenario| &scenario.faults) {
        let (Some(at), Some(place)) = (fault.at.as_deref(), fault.place()) else { continue };
        let callee = place.rsplit_once(".calls.").map_or(place, |(_, callee)| callee);
        let Some(id) = names.components.iter().position(|name| name == callee) else { continue };
        let replicas = plan.components[id].replicas.len();
        if at.contains('[') || replicas == 1 {
            add(format!("{callee}.replicas"), (replicas + 1).to_string());
        }
        if let (Some(slots), None) =
            (plan.components[id].concurrency, plan.components[id].queue.capacity)
        {
            add(format!("{callee}.queue.capacity"), slots.to_string());
        }
        for (edge, name) in plan.edges.iter().zip(&names.edges).filter(|(e, _)| e.callee == id) {
            if edge.timeout.is_none() {
                add(format!("{name}.timeout"), String::from("1s"));
            }
            if edge.breaker.is_none() {
                let rules = "{error_rate: 50%, window: 10s, min_requests: 20, open: 5s}";
                add(format!("{name}.breaker"), rules.to_owned());
            }
            match &edge.retries {
                None => {
                    let rules = "{max: 1, on: [failed, timeout], backoff: {base: 20ms, jitter: full}, budget: 10%}";
                    add(format!("{name}.retries"), rules.to_owned());
                }
                Some(retries) if retries.budget.is_none() => {
                    add(format!("{name}.retries.budget"), String::from("10%"));
                }
                Some(_) => {}
            }
        }
    }
    found.truncate(CANDIDATES);
    found
}
