//! How long, how often.

use std::time::Duration;

use foreshadow_sim::plan::{MAX_BINS, Run};
use foreshadow_sim::time::SimTime;

use super::Lowering;
use crate::model;
use crate::problem::Problem;

/// Replications when the scenario does not say.
const REPLICATIONS: u32 = 20;
/// How many times as many there may be to settle a verdict, when the scenario does not say.
const MORE: u32 = 5;
/// Most replications.
const MAX_REPLICATIONS: u32 = 1_000_000;

impl Lowering {
    /// Sets the plan's run; returns the least and the most replications.
    pub(super) fn run(&mut self, run: &model::scenario::Run) -> (u32, u32) {
        let defaults = Run::default();
        let time = |time: &Option<crate::Spanned<model::scalar::Time>>, default| {
            time.as_ref().map_or(default, |time| time.value.0)
        };
        let lowered = Run {
            // `auto` is found before the run, from none.
            warm_up: run.warm_up.as_ref().and_then(|time| time.0).unwrap_or(defaults.warm_up),
            horizon: time(&run.horizon, defaults.horizon),
            drain: time(&run.drain, defaults.drain),
            timeline: time(&run.timeline, defaults.timeline),
            seed: run.seed.as_ref().map_or(defaults.seed, |seed| seed.0),
        };
        for (time, name) in [(&run.horizon, "horizon"), (&run.timeline, "timeline")] {
            if let Some(time) = time
                && time.value.0 == Duration::ZERO
            {
                self.problem(Problem::at(time.span, format!("expected a {name} above 0")));
            }
        }
        let total = lowered.warm_up + lowered.horizon + lowered.drain;
        if total.as_nanos() > u128::from(SimTime::MAX.as_nanos()) {
            let place = [&run.horizon, &run.drain].into_iter().flatten().next().map(|t| t.span);
            let message = "warm-up, horizon and drain together are more than 416 days";
            self.problem(Problem {
                span: place,
                ..Problem::at(crate::source::Span::default(), message)
            });
        }
        let place = run.timeline.as_ref().or(run.horizon.as_ref()).map(|time| time.span);
        if let Some(place) = place
            && lowered.timeline > Duration::ZERO
            && lowered.horizon.as_nanos() / lowered.timeline.as_nanos() > MAX_BINS
        {
            let message = format!("the timeline has more than {MAX_BINS} bins");
            self.problem(
                Problem::at(place, message).help("make it coarser, or the horizon shorter"),
            );
        }
        self.plan.run = lowered;
        self.replications(run)
    }

    fn replications(&mut self, run: &model::scenario::Run) -> (u32, u32) {
        let least = run.replications.as_ref().map_or(REPLICATIONS, |n| n.value.0);
        let most = run
            .max_replications
            .as_ref()
            .map_or(least.saturating_mul(MORE).min(MAX_REPLICATIONS), |n| n.value.0);
        for count in [&run.replications, &run.max_replications].into_iter().flatten() {
            if !(1..=MAX_REPLICATIONS).contains(&count.value.0) {
                let found = count.value.0;
                let message =
                    format!("expected from 1 to {MAX_REPLICATIONS} runs, found `{found}`");
                self.problem(Problem::at(count.span, message));
            }
        }
        if let Some(most) = run.max_replications.as_ref().filter(|most| most.value.0 < least) {
            let message = format!("expected at least as many as `replications`, {least}");
            self.problem(Problem::at(most.span, message));
        }
        (least, most)
    }
}
