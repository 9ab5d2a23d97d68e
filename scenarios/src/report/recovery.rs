//! How long an endpoint takes to come back after the last fault has ended.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use foreshadow_sim::plan::EndpointId;
use foreshadow_sim::stats::{self, Decision, Estimate, Reason};
use foreshadow_sim::tally::Bin;

use super::{CONFIDENCE, Number, Observed};
use crate::lower::{Lowered, Measure, Objective, Subject, WITHIN_FOR, last_fault_end, others};

/// Share of runs that may take longer than the limit.
pub(super) const LATE: f64 = 0.05;
/// How many times as long as faults lasted a run must go on after them, to tell what is slow to
/// recover from what never does.
const LONG: u32 = 5;

/// What became of an endpoint after the last fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recovery {
    /// End of the last fault that ends before the horizon \[s\].
    pub from_s: f64,
    /// Share of runs that took longer than the limit.
    pub late_share: Number,
    /// Share of runs that had not recovered at the horizon, although every fault had ended, in a
    /// run long enough to tell; `None` where it was not.
    pub metastable_share: Option<Number>,
}

/// Time \[s\] from the end of the last fault to the first bin from which on the objective's endpoint
/// is within all its other objectives over ten seconds; `None` when that never comes.
pub(super) fn time(
    lowered: &Lowered,
    bins: &[Bin],
    width: Duration,
    objective: &Objective,
) -> Option<f64> {
    let Subject::Endpoint(endpoint) = objective.subject else {
        return None;
    };
    let end = last_fault_end(&lowered.plan, objective)?.as_nanos();
    let window = WITHIN_FOR.as_nanos().div_ceil(width.as_nanos()) as usize;
    let first = end.div_ceil(width.as_nanos()) as usize;
    // A last bin that the horizon cuts short is none.
    let whole = (lowered.plan.run.horizon.as_nanos() / width.as_nanos()) as usize;
    let asked: Vec<&Objective> = others(&lowered.objectives, endpoint).collect();
    let seen: Vec<Seen> =
        bins.iter().take(whole).skip(first).map(|bin| Seen::of(bin, endpoint, &asked)).collect();
    let seconds = window as f64 * width.as_secs_f64();
    let back = seen.windows(window).position(|seen| Seen::sum(seen).is_within(&asked, seconds))?;
    Some(((first + back) as u128 * width.as_nanos() - end) as f64 / 1e9)
}

/// Requests of one endpoint over some time.
#[derive(Debug, Clone, Default)]
struct Seen {
    offered: f64,
    ok: f64,
    /// Sum of the latencies of those that ended ok \[s\].
    latency: f64,
    /// Per objective: those of them over its limit.
    over: Vec<f64>,
}

impl Seen {
    fn of(bin: &Bin, endpoint: EndpointId, asked: &[&Objective]) -> Self {
        let latency = &bin.latency[endpoint];
        let ok = latency.count() as f64;
        let over = asked.iter().map(|objective| match objective.measure {
            Measure::Quantile(..) => latency.above(objective.limit * 1e6),
            _ => 0.0,
        });
        Self {
            offered: bin.offered[endpoint] as f64,
            ok,
            latency: ok * latency.mean().unwrap_or(0.0) / 1e9,
            over: over.collect(),
        }
    }

    fn sum(parts: &[Self]) -> Self {
        let mut sum = Self { over: vec![0.0; parts[0].over.len()], ..Self::default() };
        for part in parts {
            sum.offered += part.offered;
            sum.ok += part.ok;
            sum.latency += part.latency;
            for (sum, over) in sum.over.iter_mut().zip(&part.over) {
                *sum += over;
            }
        }
        sum
    }

    /// Whether all objectives hold over these `seconds`.
    ///
    /// A request that is not ok is one that was due and has not ended well; how many are under way
    /// at either end of the time is not known, but by Little's law it is the latencies' sum over
    /// the time on average, and two deviations of the difference are allowed for.
    fn is_within(&self, asked: &[&Objective], seconds: f64) -> bool {
        let under_way = self.latency / seconds;
        let lost = (self.offered - self.ok - 2.0 * (2.0 * under_way).sqrt()).max(0.0);
        let all = self.ok + lost;
        let holds = |(objective, over): (&&Objective, &f64)| match objective.measure {
            Measure::Quantile(q, _) => over + lost <= (1.0 - q) * all,
            Measure::SuccessRate => lost <= (1.0 - objective.limit) * all,
            Measure::ErrorRate => lost <= objective.limit * all,
            Measure::Mean => {
                let limit = objective.limit / 1e3;
                let late = limit.max(if self.ok > 0.0 { self.latency / self.ok } else { 0.0 });
                self.latency + lost * late <= limit * all
            }
            // Of components, and of what this itself is.
            Measure::Utilization | Measure::Recovery => true,
        };
        all > 0.0 && asked.iter().zip(&self.over).all(holds)
    }
}

/// The times of the `index`-th recovery, one a replication.
fn times(observed: &[Observed], index: usize) -> Vec<Option<f64>> {
    observed.iter().map(|observed| observed.recoveries[index]).collect()
}

/// How many replications took longer than `limit_ms`, or never recovered.
fn late(times: &[Option<f64>], limit_ms: f64) -> u32 {
    times.iter().filter(|time| time.is_none_or(|time| time * 1e3 > limit_ms)).count() as u32
}

/// Whether at least 95 % of runs recover within the limit.
pub(super) fn decide(
    observed: &[Observed],
    index: usize,
    objective: &Objective,
    error: f64,
) -> Decision {
    let times = times(observed, index);
    stats::decide_probability(late(&times, objective.limit), times.len() as u32, LATE, error)
}

/// The mean time to recover \[ms\], and what became of the runs.
pub(super) fn report(
    lowered: &Lowered,
    observed: &[Observed],
    index: usize,
    objective: &Objective,
) -> (Number, Option<Recovery>) {
    let times = times(observed, index);
    let count = times.len() as u32;
    let known: Vec<f64> = times.iter().flatten().map(|time| time * 1e3).collect();
    let lost = count - known.len() as u32;
    let mut estimate: Number = if lost == 0 {
        stats::mean(&known, CONFIDENCE).into()
    } else {
        Estimate::Unknown(Reason::NotRecovered).into()
    };
    estimate.low = estimate.low.map(|low| low.max(0.0));
    let share = |hits| stats::probability(hits, count, CONFIDENCE).into();
    let recovery = last_fault_end(&lowered.plan, objective).map(|end| Recovery {
        from_s: end.as_secs_f64(),
        late_share: share(late(&times, objective.limit)),
        metastable_share: tells_metastable(lowered, end).then(|| share(lost)),
    });
    (estimate, recovery)
}

/// Whether every fault has ended by `end`, and the run goes on for long enough to tell that what has
/// not recovered does not recover.
fn tells_metastable(lowered: &Lowered, end: Duration) -> bool {
    let faults = &lowered.plan.faults;
    let all_ended = faults.iter().all(|fault| fault.over().is_some_and(|last| last <= end));
    let begin = faults.iter().map(|fault| fault.start).min().unwrap_or(end);
    all_ended && end + LONG * end.saturating_sub(begin) <= lowered.plan.run.horizon
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn asked(measure: Measure, limit: f64) -> Objective {
        let subject = Subject::Endpoint(0);
        Objective { subject, measure, limit, counted: None, span: Span::default() }
    }

    /// A thousand requests in 10 s, of 50 ms each where ok, of which some are lost and some slow.
    #[track_caller]
    fn check(measure: Measure, limit: f64, lost: f64, over: f64, expected: bool) {
        let (offered, ok) = (1000.0, 1000.0 - lost);
        let seen = Seen { offered, ok, latency: 0.05 * ok, over: vec![over] };
        let asked = asked(measure, limit);
        assert_eq!(seen.is_within(&[&asked], 10.0), expected, "{lost} lost, {over} over {limit}");
    }

    #[test]
    fn an_endpoint_is_within_its_objectives_or_not() {
        // Five are under way on average; 2 · √10 = 6.3 may be so at one end more than at the other.
        check(Measure::SuccessRate, 0.999, 0.0, 0.0, true);
        check(Measure::SuccessRate, 0.999, 7.0, 0.0, true);
        check(Measure::SuccessRate, 0.999, 8.0, 0.0, false);
        check(Measure::ErrorRate, 0.02, 26.0, 0.0, true);
        check(Measure::ErrorRate, 0.02, 27.0, 0.0, false);
        check(Measure::Quantile(0.99, "p99"), 100.0, 0.0, 10.0, true);
        check(Measure::Quantile(0.99, "p99"), 100.0, 0.0, 11.0, false);
        check(Measure::Quantile(0.99, "p99"), 100.0, 16.0, 5.0, false);
        check(Measure::Mean, 51.0, 0.0, 0.0, true);
        check(Measure::Mean, 49.0, 0.0, 0.0, false);
        // What is lost counts as at the limit of a mean, so it never improves it.
        check(Measure::Mean, 51.0, 500.0, 0.0, true);
    }

    #[test]
    fn where_nobody_comes_nothing_is_shown() {
        let seen = Seen { over: vec![0.0], ..Seen::default() };
        assert!(!seen.is_within(&[&asked(Measure::SuccessRate, 0.5)], 10.0));
    }
}
