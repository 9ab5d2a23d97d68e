//! Random autoscalers and health checks.

use std::time::Duration;

use foreshadow_sim::plan::{Autoscale, Component, Goal, Health, Metric};
use proptest::prelude::*;

/// An autoscaler of whatever a component has.
#[derive(Debug, Clone)]
pub(super) struct Scaling {
    metric: Metric,
    percent: u32,
    by_steps: bool,
    rest: Autoscale,
}

pub(super) fn scaling() -> impl Strategy<Value = Scaling> {
    let metric = prop_oneof![Just(Metric::Rate), Just(Metric::Slots), Just(Metric::Cpu)];
    let times = (0..300u64, 0..500u64);
    (metric, 1..200u32, any::<bool>(), 1..=2u32, 0..=3u32, times).prop_map(
        |(metric, percent, by_steps, min, more, (startup, stabilization))| Scaling {
            metric,
            percent,
            by_steps,
            rest: Autoscale {
                metric,
                goal: Goal::Target(1.0),
                min,
                max: min + more,
                every: Duration::from_millis(100),
                startup: Duration::from_millis(startup),
                stabilization: Duration::from_millis(stabilization),
            },
        },
    )
}

pub(super) fn health() -> impl Strategy<Value = Health> {
    (1..300u64, 1..=3u32)
        .prop_map(|(ms, failures)| Health { every: Duration::from_millis(ms), failures })
}

impl Scaling {
    pub(super) fn autoscale(&self, component: &Component) -> Autoscale {
        let metric = match self.metric {
            Metric::Slots if component.concurrency.is_none() => Metric::Rate,
            Metric::Cpu if component.cpu.is_none() => Metric::Rate,
            metric => metric,
        };
        let bound = f64::from(self.percent) / if metric == Metric::Rate { 4.0 } else { 100.0 };
        let goal = if self.by_steps {
            Goal::Steps { above: vec![(bound, 1), (2.0 * bound, 3)], below: vec![(bound / 2.0, 1)] }
        } else {
            Goal::Target(bound)
        };
        Autoscale { metric, goal, ..self.rest.clone() }
    }
}
