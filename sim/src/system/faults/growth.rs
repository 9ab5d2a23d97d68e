//! Faults that grow: ramps, and rollouts step by step.

use crate::plan::FaultKind;
use crate::time::{SimTime, nanos};

use super::super::crowd::GROWTH_STEPS;
use super::super::{Cx, System};
use super::Mark;

impl System<'_> {
    /// In how many steps a fault grows.
    pub(super) fn steps_of(&self, fault: usize) -> u32 {
        match &self.plan.faults[fault].kind {
            FaultKind::Change(change) => change.steps,
            _ if self.plan.faults[fault].ramp.is_zero() => 1,
            _ => GROWTH_STEPS,
        }
    }

    /// When a fault that grows makes its next step: a rollout begins with its first, a factor is
    /// at its full size with its last.
    fn next_step(&self, fault: usize) -> SimTime {
        let course = &self.faults.courses[fault];
        let (ramp, steps) = (nanos(self.plan.faults[fault].ramp), self.steps_of(fault));
        let is_change = matches!(self.plan.faults[fault].kind, FaultKind::Change(_));
        let parts = course.grown + u32::from(!is_change);
        course.began.after((u128::from(ramp) * u128::from(parts) / u128::from(steps)) as u64)
    }

    pub(super) fn fault_grows(&mut self, fault: usize, cx: &mut Cx) {
        let course = &self.faults.courses[fault];
        // What is left over from an earlier time that it happened is not due.
        if course.active && course.grown < self.steps_of(fault) && self.next_step(fault) <= cx.now()
        {
            self.grow(fault, cx);
        }
    }

    /// Makes the steps of a fault's growth that are due, and schedules the next.
    pub(super) fn grow(&mut self, fault: usize, cx: &mut Cx) {
        let steps = self.steps_of(fault);
        while self.faults.courses[fault].grown < steps && self.next_step(fault) <= cx.now() {
            self.faults.courses[fault].grown += 1;
        }
        if self.faults.courses[fault].grown < steps {
            let number = Mark::Grows(fault).happening(self.plan.faults.len());
            cx.schedule(self.next_step(fault), number);
        }
        match &self.plan.faults[fault].kind {
            FaultKind::Change(_) => self.change_spreads(fault, cx),
            FaultKind::Load { .. } => self.change_load(fault, cx),
            _ => self.change_speed(cx),
        }
    }
}
