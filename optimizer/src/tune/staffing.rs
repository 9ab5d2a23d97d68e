//! Points to begin with, from queueing formulas, so that the first generation is already sensible.
//!
//! One run of the system with all that money buys says how many slots each component uses on average:
//! by the utilization law that is the load a in erlangs, whatever leads to it. Square-root staffing
//! gives it a + β √a slots, and more for what may be lost.
//!
//! Source: S. Halfin and W. Whitt, "Heavy-traffic limits for queues with many exponential servers",
//! Operations Research 29(3), 1981.

use std::sync::atomic::AtomicBool;

use foreshadow_scenarios::lower::Lowered;
use foreshadow_scenarios::tune::{Knob, Times};
use foreshadow_sim::Tally;

use super::problem::{Point, Problem};
use super::system::System;
use crate::search::Stop;

/// Standard deviations of the load that slots are in reserve, and by how much all is multiplied: for
/// half of the replicas to be lost, twice as many are needed.
const RULES: [(f64, f64); 6] =
    [(1.0, 1.0), (2.0, 1.0), (1.0, 1.5), (3.0, 1.2), (1.0, 2.0), (2.0, 2.0)];
/// Highest share of slots in use that is begun with.
const FULL: f64 = 0.9;

/// All points to begin with; none twice.
pub(super) fn starts(system: &System, stop: &AtomicBool) -> Result<Vec<Point>, Stop> {
    let knobs = &system.tuning.knobs;
    let nearest = system.nearest();
    let dearest = dearest(knobs, &nearest);
    let mut all = Vec::new();
    if let Some((lowered, tally)) = system.pilot(&dearest, stop)? {
        // For what there is now, and for what is so dear and so fast.
        for other in [&nearest, &dearest] {
            for (beta, factor) in RULES {
                all.push(staffed(system, (&lowered, &tally), other, beta, factor));
            }
        }
    }
    all.extend([nearest, dearest]);
    for point in &mut all {
        system.tidy(point);
    }
    let mut unique: Vec<Point> = Vec::new();
    for point in all {
        if !unique.contains(&point) {
            unique.push(point);
        }
    }
    Ok(unique)
}

/// All that money buys; what costs nothing as it is.
fn dearest(knobs: &[Knob], nearest: &Point) -> Point {
    let mut dearest = nearest.clone();
    for (level, knob) in dearest.iter_mut().zip(knobs) {
        let cost = |level: &u16| knob.costs.get(usize::from(*level)).copied().unwrap_or(0.0);
        if !knob.costs.is_empty() {
            let levels = 0..knob.values.len() as u16;
            *level = levels.max_by(|a, b| cost(a).total_cmp(&cost(b))).unwrap_or(*level);
        }
    }
    // What multiplies another's cost is paid for, too.
    for knob in knobs {
        if let Some(Times::Knob(other)) = knob.times {
            let numbers = knobs[other].numbers.iter().enumerate();
            let most = numbers.max_by(|a, b| a.1.total_cmp(b.1));
            dearest[other] = most.map_or(dearest[other], |(level, _)| level as u16);
        }
    }
    dearest
}

/// Replicas and slots by the rule, other knobs as in `others`.
fn staffed(
    system: &System,
    (lowered, tally): (&Lowered, &Tally),
    others: &Point,
    beta: f64,
    factor: f64,
) -> Point {
    let knobs = &system.tuning.knobs;
    let mut point = others.clone();
    for (id, component) in lowered.names.components.iter().enumerate() {
        let of = |key: &str| {
            let address = format!("{component}.{key}");
            knobs.iter().position(|knob| knob.address == address && !knob.numbers.is_empty())
        };
        let (replicas, slots) = (of("replicas"), of("concurrency"));
        if replicas.is_none() && slots.is_none() {
            continue;
        }
        let plan = &lowered.plan.components[id];
        let Some(per_replica) = plan.concurrency else { continue };
        let there = f64::from(per_replica) * plan.replicas.len() as f64;
        let load = tally.components[id].slot_occupancy().unwrap_or(0.0) * there;
        let wanted = factor * (load + beta * load.sqrt()).max(load / FULL);
        let mut place = |knob: Option<usize>, wanted: f64| -> Option<f64> {
            let numbers = &knobs[knob?].numbers;
            let enough = numbers.iter().position(|number| *number >= wanted);
            let level = enough.unwrap_or(numbers.len() - 1);
            point[knob?] = level as u16;
            Some(numbers[level])
        };
        // Replicas first, with as many slots as they have now; then slots for what is left.
        let now = slots
            .map_or(f64::from(per_replica), |knob| knobs[knob].numbers[usize::from(others[knob])]);
        let count = place(replicas, (wanted / now).ceil()).unwrap_or(plan.replicas.len() as f64);
        place(slots, (wanted / count).ceil());
    }
    point
}
