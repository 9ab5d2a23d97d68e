//! What surges make of a load: no more than could be written as its rate.

use foreshadow_sim::plan::{Fault, FaultKind, Load, Target};

use super::super::Lowering;
use super::super::load::MAX_USERS;
use crate::problem::Problem;
use crate::source::Span;
use crate::units::MAX_RATE_PER_S;

impl Lowering {
    /// Finds surges that together make too much of a load; each is an index of the plan's faults,
    /// with the place of its factor.
    pub(super) fn check_surges(&mut self, surges: &[(usize, Span)]) {
        for &(index, place) in surges {
            let fault = &self.plan.faults[index];
            let Target::Loads(loads) = &fault.target else { continue };
            let multiple = |load: usize| -> f64 {
                let others = surges.iter().map(|(index, _)| &self.plan.faults[*index]);
                others
                    .filter(|other| meets(other, fault))
                    .map(|other| factor(other, load))
                    .product()
            };
            let too_much = loads.iter().find_map(|&load| {
                let (peak, most, unit) = peak(&self.plan.loads[load]);
                (peak * multiple(load) > most).then_some((load, peak, most, unit))
            });
            if let Some((load, peak, most, unit)) = too_much {
                let name = &self.names.loads[load];
                let message = format!("this makes more than {most}{unit} of the load `{name}`");
                let help = format!("it has at most {peak}{unit} without; make the factor smaller");
                self.problem(Problem::at(place, message).help(help));
            }
        }
    }
}

/// Whether `other` may be in force when `fault` begins.
fn meets(other: &Fault, fault: &Fault) -> bool {
    other.start <= fault.start && other.over().is_none_or(|over| over > fault.start)
}

/// How much more a surge makes of a load; 1 where it makes less, since it may not happen.
fn factor(surge: &Fault, load: usize) -> f64 {
    match (&surge.kind, &surge.target) {
        (FaultKind::Load { factor }, Target::Loads(loads)) if loads.contains(&load) => {
            factor.max(1.0)
        }
        _ => 1.0,
    }
}

/// The peak of a load, the most that it may be, and their unit.
fn peak(load: &Load) -> (f64, f64, &'static str) {
    match load {
        Load::Open { arrivals, .. } | Load::Sessions { arrivals, .. } => {
            (arrivals.peak_per_s().unwrap_or(0.0), MAX_RATE_PER_S, "/s")
        }
        Load::Closed { users, .. } => {
            let most = users.0.iter().map(|point| point.1).fold(0.0, f64::max);
            (most, f64::from(MAX_USERS), " users")
        }
    }
}
