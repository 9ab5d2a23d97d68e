//! When those come who come by themselves.

use std::sync::Arc;
use std::time::Duration;

use foreshadow_sim::plan::{Arrivals, Curve, MAX_PHASES_PER_ARRIVAL, Phase};

use super::Lowering;
use crate::Spanned;
use crate::model::law::Law;
use crate::model::load::{self, RatePoint, Timing, Trace};
use crate::model::scalar::Time;
use crate::problem::Problem;
use crate::source::Span;
use crate::units;

/// The least mean of a time between arrivals: as much as the highest rate.
const LEAST_MEAN_NS: f64 = 1e9 / units::MAX_RATE_PER_S;

impl Lowering {
    /// The arrivals of the load `name`.
    pub(super) fn arrivals(
        &mut self,
        name: &Spanned<String>,
        timing: Timing<'_>,
    ) -> Option<Arrivals> {
        match timing {
            Timing::Poisson(constant) => {
                let rate = &constant.rate;
                let arrivals = Arrivals::Poisson(Curve::constant(rate.value.0));
                self.somebody_comes(rate.value.0, rate.span, "at this rate").then_some(arrivals)
            }
            Timing::Rates(points) => self.rates(points),
            Timing::Renewal(renewal) => self.renewal(&renewal.interarrival),
            Timing::Mmpp(phases) => self.phases(phases),
            Timing::Trace(trace) => self.trace(name, trace),
        }
    }

    /// Whether the highest rate is above 0; else that is a problem.
    fn somebody_comes(&mut self, rate_per_s: f64, place: Span, when: &str) -> bool {
        if rate_per_s <= 0.0 {
            self.problem(
                Problem::at(place, format!("nobody ever comes {when}"))
                    .help("expected a rate above 0; to do without a load, remove it"),
            );
        }
        rate_per_s > 0.0
    }

    fn rates(&mut self, points: &Spanned<Vec<RatePoint>>) -> Option<Arrivals> {
        let place = points.span;
        let curve =
            self.curve(place, points.iter().map(|point| (&point.at, point.rate.0)).collect())?;
        let arrivals = Arrivals::Poisson(curve);
        let peak_per_s = arrivals.peak_per_s().unwrap_or(0.0);
        self.somebody_comes(peak_per_s, place, "at these rates").then_some(arrivals)
    }

    fn renewal(&mut self, interarrival: &Spanned<Law>) -> Option<Arrivals> {
        let law = self.law(Some(interarrival))?;
        if law.mean() < LEAST_MEAN_NS {
            let message = "these times are shorter than 100ns in the mean, more than 10M/s";
            self.problem(Problem::at(interarrival.span, message).help("give them a longer mean"));
            return None;
        }
        Some(Arrivals::Renewal(law))
    }

    fn phases(&mut self, phases: &Spanned<Vec<load::Phase>>) -> Option<Arrivals> {
        if let Some(short) = phases.iter().find(|phase| phase.mean.value.0 == Duration::ZERO) {
            self.problem(Problem::at(short.mean.span, "expected a mean above 0"));
            return None;
        }
        if phases.is_empty() {
            self.problem(Problem::at(phases.span, "expected at least one phase"));
            return None;
        }
        let phase =
            |phase: &load::Phase| Phase { rate_per_s: phase.rate.0, mean: phase.mean.value.0 };
        let lowered: Vec<Phase> = phases.iter().map(phase).collect();
        let in_a_turn =
            lowered.iter().map(|phase| phase.rate_per_s * phase.mean.as_secs_f64()).sum::<f64>();
        if !self.somebody_comes(in_a_turn, phases.span, "in these phases") {
            return None;
        }
        if in_a_turn * MAX_PHASES_PER_ARRIVAL < lowered.len() as f64 {
            let message = "more than a million of these phases pass for each arrival";
            self.problem(
                Problem::at(phases.span, message)
                    .help("that is as good as a constant rate: write `poisson`"),
            );
            return None;
        }
        Some(Arrivals::Mmpp(lowered))
    }

    fn trace(&mut self, name: &Spanned<String>, trace: &Trace) -> Option<Arrivals> {
        // Read with the scenario.
        let instants = Arc::clone(self.traces.get(&name.value)?);
        let horizon = self.plan.run.horizon;
        let due = |&&at: &&i64| at >= 0 && u128::from(at.unsigned_abs()) < horizon.as_nanos();
        if instants.iter().find(due).is_none() {
            let message = format!("nobody of this trace comes from 0s to {}", units::show(horizon));
            self.problem(
                Problem::at(trace.file.span, message)
                    .help("its times count from the end of the warm-up, in seconds without a unit"),
            );
            return None;
        }
        Some(Arrivals::Trace(instants))
    }

    /// A curve through `points`, whose times must not fall; two at one time are a step.
    pub(super) fn curve(
        &mut self,
        place: Span,
        points: Vec<(&Spanned<Time>, f64)>,
    ) -> Option<Curve> {
        if points.is_empty() {
            self.problem(Problem::at(place, "expected at least one point"));
            return None;
        }
        for pair in points.windows(2) {
            if pair[1].0.value.0 < pair[0].0.value.0 {
                self.problem(
                    Problem::at(pair[1].0.span, "this point is earlier than the one before it")
                        .help("write the points in the order of time"),
                );
                return None;
            }
        }
        Some(Curve(points.into_iter().map(|(at, value)| (at.value.0, value)).collect()))
    }
}
