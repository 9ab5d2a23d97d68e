//! Autoscalers and health checks of components.

use std::time::Duration;

use foreshadow_sim::plan::{Autoscale, Component, Goal, Health, Metric};

use super::Lowering;
use super::system::MAX_REPLICAS;
use crate::Spanned;
use crate::model::scalar::{self, Time};
use crate::model::twin;
use crate::problem::Problem;

/// The default of Kubernetes' controller.
const STABILIZATION: Duration = Duration::from_mins(5);

impl Lowering {
    /// The health checks of a component.
    pub(super) fn health(&mut self, health: Option<&twin::Health>) -> Option<Health> {
        let health = health?;
        let every = self.above_zero(&health.every)?;
        let failures = health.failures.value.0;
        if failures == 0 {
            let message = "expected at least one failed check";
            let help = "leave `health` out to know of a crash at once";
            self.problem(Problem::at(health.failures.span, message).help(help));
            return None;
        }
        Some(Health { every, failures })
    }

    /// The autoscaler of `component`, lowered but for it.
    pub(super) fn autoscale(
        &mut self,
        rules: Option<&Spanned<twin::Autoscale>>,
        component: &Component,
    ) -> Option<Autoscale> {
        let rules = rules?;
        let (metric, lacks) = match rules.metric.value {
            twin::Metric::Cpu => (Metric::Cpu, component.cpu.is_none().then_some("cpu")),
            twin::Metric::Slots => {
                (Metric::Slots, component.concurrency.is_none().then_some("concurrency"))
            }
            twin::Metric::Rate => (Metric::Rate, None),
        };
        if let Some(key) = lacks {
            let message = format!("this metric is a share of `{key}`, which the component lacks");
            let help = format!("give it `{key}`, or watch another metric");
            self.problem(Problem::at(rules.metric.span, message).help(help));
            return None;
        }
        let (min, max) = (rules.min.value.0, rules.max.value.0);
        if !(1..=MAX_REPLICAS).contains(&min) || !(1..=MAX_REPLICAS).contains(&max) || min > max {
            let message =
                format!("expected 1 ≤ `min` ≤ `max` ≤ {MAX_REPLICAS}, found {min} and {max}");
            let is_min = !(1..=MAX_REPLICAS).contains(&min);
            let place = if is_min { rules.min.span } else { rules.max.span };
            self.problem(Problem::at(place, message).help("such as `min: 2, max: 10`"));
            return None;
        }
        let every = self.above_zero(&rules.every)?;
        let goal = match (&rules.target, &rules.steps) {
            (Some(target), None) => Goal::Target(self.target_of(metric, target)?),
            (None, Some(steps)) => self.steps_of_goal(metric, steps)?,
            (both, steps) => {
                let place = both.as_ref().and(steps.as_ref()).map_or(rules.span, |s| s.span);
                let help = "such as `target: 60%`, or `steps: [{above: 80%, add: 2}]`";
                self.problem(Problem::at(place, "expected either `target` or `steps`").help(help));
                return None;
            }
        };
        let time = |time: &Option<Time>, default| time.as_ref().map_or(default, |time| time.0);
        Some(Autoscale {
            metric,
            goal,
            min,
            max,
            every,
            startup: time(&rules.startup, Duration::ZERO),
            stabilization: time(&rules.stabilization, STABILIZATION),
        })
    }

    fn above_zero(&mut self, time: &Spanned<Time>) -> Option<Duration> {
        if time.value.0.is_zero() {
            let message = "expected a time above 0";
            self.problem(Problem::at(time.span, message).help("such as `every: 15s`"));
            return None;
        }
        Some(time.value.0)
    }

    /// A value of the metric that can be aimed at.
    fn target_of(&mut self, metric: Metric, target: &Spanned<scalar::Goal>) -> Option<f64> {
        let value = self.bound(metric, target)?;
        if value <= 0.0 {
            let message = "expected a target above 0: no number of replicas would be enough";
            let help = "to have as many as can be, set `replicas` instead";
            self.problem(Problem::at(target.span, message).help(help));
            return None;
        }
        Some(value)
    }

    /// A value of the metric: a rate for rates, else a share.
    fn bound(&mut self, metric: Metric, goal: &Spanned<scalar::Goal>) -> Option<f64> {
        let (value, is_rate) = goal.value.0;
        if is_rate != (metric == Metric::Rate) {
            let expected = match metric {
                Metric::Rate => "a rate such as `200/s`",
                Metric::Cpu | Metric::Slots => "a share such as `60%`",
            };
            self.problem(Problem::at(goal.span, format!("expected {expected} for this metric")));
            return None;
        }
        Some(value)
    }

    fn steps_of_goal(
        &mut self,
        metric: Metric,
        steps: &Spanned<Vec<Spanned<twin::ScaleStep>>>,
    ) -> Option<Goal> {
        let (mut above, mut below) = (Vec::new(), Vec::new());
        for step in &steps.value {
            match (&step.above, &step.below, &step.add, &step.remove) {
                (Some(bound), None, Some(add), None) => {
                    above.push((self.bound(metric, bound)?, add.0));
                }
                (None, Some(bound), None, Some(remove)) => {
                    below.push((self.bound(metric, bound)?, remove.0));
                }
                _ => {
                    let message = "expected `above` with `add`, or `below` with `remove`";
                    self.problem(
                        Problem::at(step.span, message)
                            .help("such as `{above: 80%, add: 2}` or `{below: 30%, remove: 1}`"),
                    );
                    return None;
                }
            }
        }
        let lowest = above.iter().map(|(bound, _)| *bound).fold(f64::INFINITY, f64::min);
        if steps.value.is_empty() || below.iter().any(|(bound, _)| *bound > lowest) {
            let message = "expected steps whose `below` is under every `above`";
            self.problem(Problem::at(steps.span, message));
            return None;
        }
        Some(Goal::Steps { above, below })
    }
}
