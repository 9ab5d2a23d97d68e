//! Two scenarios over the same arrivals and demands, replication by replication.

use foreshadow_sim::Tally;
use foreshadow_sim::histogram::pooled_quantile;
use foreshadow_sim::plan::{self, Outcome};
use foreshadow_sim::stats::{self, Estimate, Reason};

use crate::report::{Compared, Comparison};

use super::Run;

/// What is compared, of the users of one endpoint.
struct Measure {
    name: &'static str,
    unit: &'static str,
    /// Lower is better, and there is none without a steady state.
    is_time: bool,
    /// Of (the run's counts, the endpoint, the window \[s\]).
    of: fn(&Tally, usize, f64) -> Option<f64>,
}

const MEASURES: [Measure; 5] = [
    Measure {
        name: "goodput_per_s",
        unit: "1/s",
        is_time: false,
        of: |tally, endpoint, window_s| Some(tally.users[endpoint].goodput as f64 / window_s),
    },
    Measure {
        name: "success_rate",
        unit: "share",
        is_time: false,
        of: |tally, endpoint, _| {
            let users = &tally.users[endpoint];
            (users.offered > 0)
                .then(|| users.outcomes[Outcome::Ok as usize] as f64 / users.offered as f64)
        },
    },
    Measure {
        name: "mean",
        unit: "ms",
        is_time: true,
        of: |tally, endpoint, _| tally.users[endpoint].latency.mean().map(|mean| mean / 1e6),
    },
    Measure { name: "p50", unit: "ms", is_time: true, of: |t, e, _| quantile(t, e, 0.5) },
    Measure { name: "p99", unit: "ms", is_time: true, of: |t, e, _| quantile(t, e, 0.99) },
];

fn quantile(tally: &Tally, endpoint: usize, q: f64) -> Option<f64> {
    pooled_quantile(&[&tally.users[endpoint].latency], 0, q).map(|nanos| nanos / 1e6)
}

/// Whether two runs meet the same arrivals over the same time.
pub(super) fn are_paired(a: &plan::Run, b: &plan::Run) -> bool {
    a.seed == b.seed && a.warm_up == b.warm_up && a.horizon == b.horizon
}

/// Compares what both scenarios' users call; goodput only where the same users come.
pub(super) fn compare(variant: &str, baseline: &Run, candidate: &Run) -> Vec<Comparison> {
    let names = &candidate.lowered.names.endpoints;
    let mut comparisons = Vec::new();
    let steadiness = [baseline, candidate].map(Run::steadiness);
    for endpoint in candidate.lowered.plan.entries() {
        let name = &names[endpoint];
        let before = baseline.lowered.names.endpoints.iter().position(|n| n == name);
        let Some(before) = before.filter(|e| baseline.lowered.plan.entries().contains(e)) else {
            continue;
        };
        let offered = |run: &Run, e: usize| -> Vec<u64> {
            run.tallies.iter().map(|tally| tally.users[e].offered).collect()
        };
        let same_load = offered(baseline, before) == offered(candidate, endpoint);
        for measure in MEASURES.iter().filter(|m| same_load || m.name != "goodput_per_s") {
            let of = |run: &Run, endpoint: usize| -> Vec<Option<f64>> {
                let window_s = run.lowered.plan.run.horizon.as_secs_f64();
                run.tallies.iter().map(|tally| (measure.of)(tally, endpoint, window_s)).collect()
            };
            let (a, b) = (of(baseline, before), of(candidate, endpoint));
            let known = |values: &[Option<f64>]| values.iter().flatten().copied().collect();
            let differences: Vec<f64> =
                a.iter().zip(&b).filter_map(|(a, b)| Some((*b)? - (*a)?)).collect();
            let reason = |which: usize, e: usize| {
                steadiness[which].of_endpoint(e).filter(|_| measure.is_time)
            };
            let reasons = [reason(0, before), reason(1, endpoint)];
            let unless = |reason: Option<Reason>, values: &[f64]| {
                reason.map_or_else(|| stats::mean(values, 0.95), Estimate::Unknown)
            };
            let difference = unless(reasons[0].or(reasons[1]), &differences);
            let number = |which: usize, values: Vec<f64>| unless(reasons[which], &values).into();
            comparisons.push(Comparison {
                variant: variant.to_owned(),
                endpoint: name.clone(),
                measure: measure.name,
                unit: measure.unit,
                baseline: number(0, known(&a)),
                candidate: number(1, known(&b)),
                difference: difference.into(),
                verdict: judge(difference, measure.is_time),
            });
        }
    }
    comparisons
}

fn judge(difference: Estimate, lower_is_better: bool) -> Compared {
    match difference {
        Estimate::Known { interval: Some((low, high)), .. } => {
            Compared::of(low, high, lower_is_better)
        }
        _ => Compared::Undecided,
    }
}
