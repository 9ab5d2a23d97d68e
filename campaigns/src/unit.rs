//! Units of a campaign: pure functions of the specification and a number, a few seconds each.
//!
//! Whoever dispatches them (threads here, a cluster elsewhere) only calls [`run`] for every unit that
//! is not there yet.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use foreshadow_scenarios::node::Node;
use foreshadow_sim::Simulation;

use crate::error::{Error, trouble};
use crate::pair::{Base, Force, Measured, compare, given_up};
use crate::record::{Row, histogram};
use crate::spec::Spec;

/// Events that one core handles in a unit's few seconds, at a nominal two million a second.
const EVENTS: u64 = 4_000_000;
/// Bytes of runs without faults that are kept for the next case.
const KEPT: usize = 256 << 20;

/// Some replications of one case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unit {
    /// Index of the case.
    pub case: usize,
    /// Which replications, from (block) × (replications of a unit) on.
    pub block: u32,
}

impl Unit {
    /// The name of its object.
    #[must_use]
    pub fn name(&self) -> String {
        format!("unit-{:05}-{:05}.parquet", self.case, self.block)
    }

    /// Its replications.
    #[must_use]
    pub const fn replications(&self, per_unit: u32) -> Range<u32> {
        self.block * per_unit..(self.block + 1) * per_unit
    }
}

/// How many replications a unit has: a few seconds of work, judged by the events of a pilot, and a
/// divisor of `replications`.
#[must_use]
pub fn size(events: u64, replications: u32) -> u32 {
    let wanted = u32::try_from(EVENTS / events.max(1)).unwrap_or(u32::MAX).clamp(1, replications);
    (1..=wanted).rev().find(|size| replications.is_multiple_of(*size)).unwrap_or(1)
}

/// Where a run without faults is, or will be: whoever comes first makes it, others wait.
type Place = Arc<Mutex<Option<Arc<Base>>>>;

/// Runs without faults, made once and kept for a while: one serves all cases of its replication.
#[derive(Debug, Default)]
pub struct Bases {
    made: Mutex<BTreeMap<u32, Place>>,
}

impl Bases {
    /// The run of a replication.
    ///
    /// # Errors
    /// [`Error::Simulation`], [`Error::Interrupted`].
    pub fn get(&self, spec: &Spec, number: u32, stop: &AtomicBool) -> Result<Arc<Base>, Error> {
        let place = {
            let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(made.entry(number).or_default())
        };
        let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(base) = &*place {
            return Ok(Arc::clone(base));
        }
        let run = spec.base.logged(number, stop);
        let run = run.map_err(|error| trouble(&spec.lowered.names, "without faults", &error))?;
        let base = Arc::new(Base::new(&spec.asked, run));
        *place = Some(Arc::clone(&base));
        drop(place);
        self.forget(number);
        Ok(base)
    }

    /// Lets the oldest go where there are too many.
    fn forget(&self, newest: u32) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        // One that is being made has nothing yet.
        let bytes = |place: &Place| match place.try_lock() {
            Ok(base) => base.as_ref().map_or(0, |base| base.bytes()),
            Err(_) => 0,
        };
        while made.values().map(bytes).sum::<usize>() > KEPT {
            let Some(oldest) = made.keys().copied().find(|number| *number != newest) else {
                return;
            };
            made.remove(&oldest);
        }
    }
}

/// Runs a unit: a pure function of the specification and the unit. `bases` only saves work.
///
/// # Errors
/// [`Error::Problems`], [`Error::Simulation`] and [`Error::Interrupted`]; nothing is known then.
pub fn run(
    spec: &Spec,
    unit: &Unit,
    per_unit: u32,
    bases: &Bases,
    stop: &AtomicBool,
) -> Result<Vec<Row>, Error> {
    let name = &spec.cases[unit.case].name;
    let fixed = if spec.is_fixed(unit.case) {
        let (faults, weight) = spec.faults(unit.case, 0);
        Some((spec.with(name, &faults)?, text(&faults), weight))
    } else {
        None
    };
    let mut rows = Vec::new();
    for replication in unit.replications(per_unit) {
        let drawn;
        let ((simulation, force), faults, weight) = if let Some(fixed) = &fixed {
            fixed
        } else {
            let (faults, weight) = spec.faults(unit.case, replication);
            drawn = (spec.with(name, &faults)?, text(&faults), weight);
            &drawn
        };
        let mut measured = trial(spec, name, (simulation, *force), replication, bases, stop)?;
        let latency = histogram(&std::mem::take(&mut measured.latencies))?;
        let case = unit.case as u32;
        let faults = faults.clone();
        rows.push(Row { case, replication, faults, weight: *weight, measured, latency });
    }
    Ok(rows)
}

/// One trial: the run of a replication with faults, held against the run without. One in which work
/// piles up beyond all memory is given up, and counts as lost from the start of its faults on.
///
/// # Errors
/// [`Error::Simulation`], [`Error::Interrupted`].
pub(crate) fn trial(
    spec: &Spec,
    name: &str,
    (simulation, force): (&Simulation, Force),
    replication: u32,
    bases: &Bases,
    stop: &AtomicBool,
) -> Result<Measured, Error> {
    let base = bases.get(spec, replication, stop)?;
    match simulation.logged(replication, stop) {
        Ok((tally, log)) => Ok(compare(&spec.asked, &base, force, (&tally, &log))),
        Err(foreshadow_sim::Error::TooMany { component, .. }) => {
            Ok(given_up(&spec.asked, &base, force, component))
        }
        Err(error) => Err(trouble(&spec.lowered.names, name, &error)),
    }
}

fn text(faults: &[Node]) -> String {
    let all: Vec<String> = faults.iter().map(Node::to_string).collect();
    format!("[{}]", all.join(", "))
}
