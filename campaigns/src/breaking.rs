//! Breaking points: the smallest magnitude of a fault that leaves the system broken.
//!
//! A magnitude is judged by a sequential test: whether the fault leaves the system broken in more
//! than half of the runs. A bisection over the magnitude follows what was observed, as harm grows
//! with magnitude; its answer is the bracket that is left.

use std::sync::atomic::AtomicBool;

use foreshadow_scenarios::node::Node;
use foreshadow_scenarios::{Dimension, Single};
use foreshadow_sim::stats::{self, Decision};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::case::CaseKind;
use crate::error::Error;
use crate::spec::Spec;
use crate::unit::{Bases, trial};

/// Share of broken runs at which a magnitude breaks the system.
const HALF: f64 = 0.5;
/// Error of each decision.
const ERROR: f64 = 0.01;
/// Runs that are looked at together.
const LOOK: u32 = 4;
/// Runs of one magnitude at most: one that is not decided by then is at the boundary.
const MOST: u32 = 32;
/// Steps of the bisection.
const STEPS: u32 = 7;

/// Where a fault begins to break the system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Breaking {
    /// The parameter: `factor`, `duration`.
    pub parameter: String,
    /// The largest magnitude seen to leave it whole; absent when the least already breaks it.
    pub holds: Option<String>,
    /// The smallest magnitude seen to break it; absent when the most does not.
    pub breaks: Option<String>,
    /// The most that was tried, where the run is too short to tell more; `nothing` where it tells
    /// nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// Runs that it took.
    pub runs: u32,
}

/// The largest magnitude up to `most` at which the run is long enough to tell a system that stays
/// broken from one that takes its time; `None` where it is not even for the least.
fn told(spec: &Spec, single: &Single, dimension: &Dimension) -> Result<Option<f64>, Error> {
    let tells = |value: f64| -> Result<bool, Error> {
        let fault = dimension.set(&single.fault, dimension.least.with(value));
        let (_, force) = spec.with(&single.name, std::slice::from_ref(&fault))?;
        Ok(force.tells_recovery(spec.asked.horizon))
    };
    let (mut low, mut high) = (dimension.least.value, dimension.most);
    if tells(high)? {
        return Ok(Some(high));
    }
    if !tells(low)? {
        return Ok(None);
    }
    while high - low > 0.001 * high {
        let middle = f64::midpoint(low, high);
        *(if tells(middle)? { &mut low } else { &mut high }) = middle;
    }
    Ok(Some(low))
}

/// Looks for the breaking points of all cases that have a range for it.
///
/// # Errors
/// [`Error::Simulation`], [`Error::Interrupted`].
pub fn search(
    spec: &Spec,
    bases: &Bases,
    stop: &AtomicBool,
) -> Result<Vec<(usize, Breaking)>, Error> {
    let mut found = Vec::new();
    for (index, case) in spec.cases.iter().enumerate() {
        let CaseKind::Faults(which) = &case.kind else { continue };
        let [single] = which.as_slice() else { continue };
        let single = &spec.campaign.singles[*single];
        let Some(dimension) = &single.breaking else { continue };
        let mut runs = 0;
        let mut breaks = |value: f64| {
            let fault = dimension.set(&single.fault, dimension.least.with(value));
            let (broken, count) = judge(spec, &case.name, &fault, bases, stop)?;
            runs += count;
            Ok::<_, Error>(broken)
        };
        let Some(most) = told(spec, single, dimension)? else {
            let parameter = dimension.parameter.clone();
            let limit = Some(String::from("nothing"));
            found.push((index, Breaking { parameter, holds: None, breaks: None, limit, runs: 0 }));
            continue;
        };
        let (mut low, mut high) = (dimension.least.value, most);
        let (mut holds, mut broken) = (None, None);
        if breaks(low)? {
            broken = Some(low);
        } else if breaks(high)? {
            for _ in 0..STEPS {
                // Magnitudes are compared as multiples of each other where that can be.
                let middle =
                    if low > 0.0 { libm::sqrt(low * high) } else { f64::midpoint(low, high) };
                *(if breaks(middle)? { &mut high } else { &mut low }) = middle;
            }
            (holds, broken) = (Some(low), Some(high));
        } else {
            holds = Some(high);
        }
        let text = |value: f64, away: fn(f64) -> f64| {
            dimension.least.with(outward(value, away)).to_string()
        };
        found.push((
            index,
            Breaking {
                parameter: dimension.parameter.clone(),
                holds: holds.map(|value| text(value, f64::floor)),
                breaks: broken.map(|value| text(value, f64::ceil)),
                limit: (most < dimension.most).then(|| text(most, f64::floor)),
                runs,
            },
        ));
    }
    Ok(found)
}

/// Three significant digits, away from the middle of a bracket.
fn outward(value: f64, away: fn(f64) -> f64) -> f64 {
    if value == 0.0 {
        return value;
    }
    let scale = libm::pow(10.0, 2.0 - libm::floor(libm::log10(value.abs())));
    // What already has three digits keeps them.
    let near = (value * scale).round();
    if (near - value * scale).abs() < 1e-9 * near {
        near / scale
    } else {
        away(value * scale) / scale
    }
}

/// Whether a fault leaves the system broken in more than half of the runs, and how many were made.
fn judge(
    spec: &Spec,
    name: &str,
    fault: &Node,
    bases: &Bases,
    stop: &AtomicBool,
) -> Result<(bool, u32), Error> {
    let (simulation, force) = spec.with(name, std::slice::from_ref(fault))?;
    let (mut hits, mut runs) = (0, 0);
    loop {
        let one = |replication: u32| -> Result<bool, Error> {
            let measured = trial(spec, name, (&simulation, force), replication, bases, stop)?;
            Ok(measured.metastable == Some(true))
        };
        let broken: Result<Vec<bool>, Error> =
            (runs..runs + LOOK).into_par_iter().with_max_len(1).map(one).collect();
        hits += broken?.into_iter().filter(|broken| *broken).count() as u32;
        runs += LOOK;
        match stats::decide_probability(hits, runs, HALF, ERROR) {
            Decision::Held => return Ok((false, runs)),
            Decision::Missed => return Ok((true, runs)),
            Decision::Undecided if runs < MOST => {}
            Decision::Undecided => return Ok((2 * hits > runs, runs)),
        }
    }
}
