//! What goes wrong: faults as people name them become the few mechanisms of the simulator.

use std::time::Duration;

use foreshadow_sim::plan::{self, FaultKind, Recurrence, Scope, Target};

use super::{Lowering, identity};
use crate::model::fault::Fault;
use crate::model::scalar::Time;
use crate::problem::Problem;
use crate::scenario::Scenario;
use crate::{Spanned, units};

mod change;
mod kind;
mod parts;
mod surge;
mod target;
mod users;

use kind::Part;

impl Lowering {
    /// Lowers all faults.
    pub(super) fn faults(&mut self, scenario: &Scenario) {
        let (faults, twin) = (&scenario.file.faults, &scenario.twin);
        // Changes come first: they tell how many replicas there may be for others to hit.
        let is_sound = self.problems.is_empty();
        let change = |index| self.change_of(scenario, index, is_sound);
        let changes: Vec<_> = (0..faults.len()).map(change).collect();
        for &(component, count) in changes.iter().flatten().flat_map(|change| &change.counts) {
            let most = self.counted.entry(component).or_default();
            *most = (*most).max(count as usize);
        }
        let mut surges = Vec::new();
        for (fault, change) in faults.iter().zip(changes) {
            let before = self.problems.len();
            let name = fault.title();
            let parts = match change {
                Some(change) => Some(vec![Part::new(FaultKind::Change(Box::new(change)))]),
                None => self.parts(fault, twin),
            };
            self.check_course(fault);
            let target = self.target(fault, twin);
            let (Some(parts), Some(target)) = (parts, target) else {
                continue;
            };
            self.check_sides(fault, &parts, &target);
            if self.problems.len() > before {
                continue;
            }
            if let Fault::LoadSurge(surge) = &fault.value {
                surges.push((self.plan.faults.len(), surge.factor.span));
            }
            let same = |other: &&String| **other == name;
            let earlier = self.fault_names.iter().filter(same).count();
            let identity = identity(&name, earlier as u64);
            self.fault_names.push(name.clone());
            for part in parts {
                self.names.faults.push(name.clone());
                self.plan.identities.faults.push(identity);
                self.plan.faults.push(placed(fault, part, target.clone()));
            }
        }
        self.check_surges(&surges);
    }

    /// Between the two sides of a partition nothing passes, so they must be two.
    fn check_sides(&mut self, fault: &Fault, parts: &[Part], target: &Target) {
        let Fault::Partition(partition) = fault else {
            return;
        };
        let is_other = |part: &Part| match (&part.kind, target) {
            (FaultKind::Drop { scope: Scope::Across(Some(other)), .. }, Target::Replicas(one)) => {
                other == one
            }
            _ => false,
        };
        if let Some(from) = partition.from.as_ref().filter(|_| parts.iter().any(is_other)) {
            self.problem(
                Problem::at(from.span, "both sides of this partition are the same")
                    .help("name another side, or leave `from` out for everything else"),
            );
        }
    }

    /// Finds what is wrong with when a fault happens.
    fn check_course(&mut self, fault: &Spanned<Fault>) {
        let course = fault.course();
        let horizon = self.plan.run.horizon;
        if let Some(start) = course.start.filter(|start| start.value.0 >= horizon) {
            self.problem(
                Problem::at(start.span, "this fault would start after the run has ended")
                    .help(format!("`run.horizon` is {}", units::show(horizon))),
            );
        }
        if let Some(duration) = course.duration.filter(|d| d.value.0 == Duration::ZERO) {
            let message = "expected a duration above 0";
            self.problem(
                Problem::at(duration.span, message).help("leave it out for one to the end"),
            );
        }
        if let (Fault::CacheFlush(_), Some(duration)) = (&fault.value, course.duration) {
            let message = "`cache_flush` happens at one instant";
            self.problem(Problem::at(duration.span, message).help("remove `duration`"));
        }
        if let Some(ramp) = course.ramp
            && !kind::grows(fault)
        {
            let message = format!("`{}` has no magnitude that could grow", fault.name());
            self.problem(Problem::at(ramp.span, message).help("remove `ramp`"));
        } else if let (Some(ramp), Some(duration)) = (course.ramp, course.duration)
            && ramp.value.0 > duration.value.0
        {
            let help = format!("make `ramp` at most `duration`, {}", units::show(duration.value.0));
            let message = "this fault would end before it has its full magnitude";
            self.problem(Problem::at(ramp.span, message).help(help));
        }
        self.check_roll_out(fault);
        if let Some(every) = course.every {
            self.check_every(fault, every);
        }
    }

    /// Steps of a roll-out are spread over `ramp`: one is no use without the other.
    fn check_roll_out(&mut self, fault: &Fault) {
        let Fault::BadDeploy(deploy) = fault else {
            return;
        };
        match (&deploy.steps, &deploy.ramp) {
            (Some(steps), None) if steps.value.0 > 0 => {
                let message = "without `ramp` there is no time over which steps are spread";
                let help = "add `ramp`, or remove `steps`";
                self.problem(Problem::at(steps.span, message).help(help));
            }
            (None, Some(ramp)) => {
                let message = "a roll-out in one step takes no time";
                let help = "add `steps: 4`, or remove `ramp`";
                self.problem(Problem::at(ramp.span, message).help(help));
            }
            _ => {}
        }
    }

    fn check_every(&mut self, fault: &Spanned<Fault>, every: &Spanned<Time>) {
        if kind::is_drawn(fault) {
            let message = format!("this `{}` comes and goes at drawn times already", fault.name());
            return self.problem(Problem::at(every.span, message).help("remove `every`"));
        }
        if every.value.0 == Duration::ZERO {
            let message = "expected a time above 0";
            return self.problem(Problem::at(every.span, message).help("leave it out for once"));
        }
        match fault.course().duration {
            None if matches!(fault.value, Fault::CacheFlush(_)) => {}
            Some(duration) if duration.value.0 < every.value.0 => {}
            Some(_) => self.problem(
                Problem::at(every.span, "this fault would begin again before it has ended").help(
                    "`every` is from one beginning to the next: make it longer than `duration`",
                ),
            ),
            None => self.problem(
                Problem::at(every.span, "this fault lasts to the end, so it cannot come again")
                    .help("add a `duration` shorter than `every`"),
            ),
        }
    }
}

/// One part of a fault, with its place in time.
fn placed(fault: &Fault, part: Part, target: Target) -> plan::Fault {
    let course = fault.course();
    let time = |time: Option<&Spanned<Time>>| time.map(|time| time.value.0);
    let start = time(course.start).unwrap_or_default();
    let left = time(course.duration).map(|all| all.saturating_sub(part.after));
    let recurrence = match (part.recurrence, time(course.every)) {
        (Recurrence::Random { up, down, .. }, _) => {
            Recurrence::Random { up, down, from_the_first: course.start.is_none() }
        }
        (_, Some(every)) => Recurrence::Every(every),
        (recurrence, None) => recurrence,
    };
    plan::Fault {
        start: start + part.after,
        duration: part.lasts.or(left),
        ramp: time(course.ramp).unwrap_or_default(),
        recurrence,
        probability: course.probability.map_or(1.0, |share| share.value.0),
        ..plan::Fault::new(part.kind, target)
    }
}
