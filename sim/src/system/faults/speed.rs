//! Slow work and fewer cores: factors on what replicas and endpoints do, also on what is under way.

use crate::frame::State;
use crate::plan::{CoresLeft, FaultKind, Target};

use super::super::{Cx, Happening, System};

impl System<'_> {
    /// Work under way goes on at its new speed, on the cores that are left.
    pub(super) fn change_speed(&mut self, cx: &mut Cx) {
        let before: Vec<f64> = self.replicas.iter().map(|replica| replica.slow).collect();
        let endpoints_before = self.faults.endpoint_slow.clone();
        self.combine_factors();
        for replica in 0..self.replicas.len() as u32 {
            self.limit_cores(replica, cx);
        }
        for id in self.frames.ids() {
            let frame = &mut self.frames[id];
            let working = match frame.state {
                State::Working | State::Sharing => true,
                State::Frozen | State::Preempted => false,
                _ => continue,
            };
            let (replica, endpoint) = (frame.replica as usize, frame.endpoint as usize);
            let (mut old, mut new) =
                (endpoints_before[endpoint], self.faults.endpoint_slow[endpoint]);
            if !self.replicas[replica].shares_cores() {
                (old, new) = (before[replica] * old, self.replicas[replica].slow * new);
            }
            #[expect(clippy::float_cmp, reason = "equal products of equal factors")]
            if old == new || old == 0.0 {
                continue;
            }
            if frame.state == State::Sharing {
                self.rescale_shared(id, new / old, cx);
                continue;
            }
            let left = if working { frame.work - cx.now().as_nanos() } else { frame.work };
            let left = crate::time::round_nanos(left as f64 * new / old);
            if working {
                let end = cx.now().after(left);
                frame.work = end.as_nanos();
                frame.pending = cx.schedule(end, Happening::WorkEnds(id));
            } else {
                frame.work = left;
            }
        }
    }

    /// How much of its full size a fault that grows in steps has, if it is active.
    pub(super) fn grown(&self, fault: usize) -> Option<f64> {
        let course = &self.faults.courses[fault];
        course.active.then(|| f64::from(course.grown) / f64::from(self.steps_of(fault)))
    }

    /// Multiplies the factors of all active faults, for each replica and endpoint.
    fn combine_factors(&mut self) {
        self.replicas.iter_mut().for_each(|replica| replica.slow = 1.0);
        self.faults.endpoint_slow.fill(1.0);
        self.faults.any_slow = false;
        for (index, fault) in self.plan.faults.iter().enumerate() {
            let Some(grown) = self.grown(index) else {
                continue;
            };
            let (factor, of_cores) = match fault.kind {
                FaultKind::Slow { factor } => (1.0 + (factor - 1.0) * grown, false),
                FaultKind::Cores(CoresLeft::Share(share)) => {
                    (1.0 / (1.0 + (share - 1.0) * grown), true)
                }
                _ => continue,
            };
            self.faults.any_slow = true;
            if let Target::Endpoint(endpoint) = fault.target {
                self.faults.endpoint_slow[endpoint] *= factor;
            }
            for &replica in &self.faults.courses[index].hits {
                let replica = &mut self.replicas[replica as usize];
                // Where cores are shared, fewer of them do it.
                if !of_cores || !replica.shares_cores() {
                    replica.slow *= factor;
                }
            }
        }
    }

    /// Gives a replica the cores that faults leave of its limit, and its work its speed.
    pub(in super::super) fn limit_cores(&mut self, replica: u32, cx: &mut Cx) {
        let Some(cpu) = self.settings_of(replica).cpu else {
            return;
        };
        let (mut limit, mut most) = (cpu.limit, f64::INFINITY);
        for (index, fault) in self.plan.faults.iter().enumerate() {
            let FaultKind::Cores(left) = fault.kind else {
                continue;
            };
            let Some(grown) = self.grown(index).filter(|_| self.faults.is_inside(index, replica))
            else {
                continue;
            };
            match left {
                CoresLeft::Share(share) => limit *= 1.0 + (share - 1.0) * grown,
                CoresLeft::Cores(cores) => {
                    most = most.min(cpu.limit + (cores - cpu.limit).min(0.0) * grown);
                }
            }
        }
        self.set_cpu_limit(replica, limit.min(most), cx);
    }
}
