//! From merged trials to a report.

use foreshadow_scenarios::lower::Objective;
use foreshadow_scenarios::node::Node;
use foreshadow_scenarios::report::Number;
use foreshadow_sim::stats::{self, Estimate, Reason};

use super::{DAYS, FaultReport, Report, ScenarioReport, Severity, expected, fragility, joint};
use crate::breaking::Breaking;
use crate::case::{Case, CaseKind};
use crate::engine::Results;
use crate::merge::{CONFIDENCE, CaseTrials, Trial, proportion};
use crate::spec::Spec;

/// Seconds of a month.
pub(super) const MONTH_S: f64 = DAYS * 86_400.0;

/// What a campaign found; `repeat` is the command that repeats it, `breaking` what was looked for
/// by case.
#[must_use]
pub fn build(
    spec: &Spec,
    results: &Results,
    breaking: &[(usize, Breaking)],
    repeat: &str,
) -> Report {
    let cases = || spec.cases.iter().zip(&results.merged.cases).enumerate();
    let tried = cases().filter(|(_, (_, trials))| !trials.trials.is_empty());
    let is_single = |case: &Case| match &case.kind {
        CaseKind::Faults(which) => which.len() == 1,
        CaseKind::Failure(_) => true,
        CaseKind::Drawn(_) => false,
    };
    let mut scenarios: Vec<ScenarioReport> = tried
        .filter(|(_, (case, _))| is_single(case))
        .map(|(index, (case, trials))| {
            let breaking = breaking.iter().find(|(of, _)| *of == index);
            scenario(spec, case, trials, breaking.map(|(_, breaking)| breaking.clone()))
        })
        .collect();
    let all_rated = scenarios.iter().all(|scenario| scenario.lost_per_month.is_some());
    let rank = |scenario: &ScenarioReport| {
        let number = scenario.lost_per_month.filter(|_| all_rated).unwrap_or(scenario.harmed);
        number.value.unwrap_or(0.0)
    };
    scenarios.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
    let threshold = spec.campaign.severity_threshold;
    let run = &spec.lowered.plan.run;
    let names = &spec.lowered.names;
    let component = |id: usize| names.components[id].clone();
    Report {
        foreshadow: String::from("campaign/v1"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: spec.scenario.file.name.clone(),
        seed: run.seed,
        horizon_s: run.horizon.as_secs_f64(),
        trials: results.merged.cases.iter().map(|case| case.trials.len() as u64).sum(),
        units: results.hash.clone(),
        stopped: results.is_stopped,
        repeat: repeat.to_owned(),
        severity_threshold: threshold,
        verdict: threshold.and_then(|most| scenarios.iter().map(|one| one.judge(most)).max()),
        warnings: warnings(spec, results),
        worth_unit: spec.lowered.worth.iter().find_map(|(_, unit)| unit.clone()),
        worth_per_s: expected::worth_per_s(spec, &results.merged),
        joint: joint::joint(spec, &results.merged),
        expected: expected::expected(spec, &results.merged),
        fragility: fragility::fragility(spec, &scenarios),
        calls: spec
            .lowered
            .plan
            .edges
            .iter()
            .map(|edge| (component(edge.caller), component(edge.callee)))
            .collect(),
        scores: None,
        worst: None,
        scenarios,
    }
}

fn warnings(spec: &Spec, results: &Results) -> Vec<String> {
    let mut warnings = Vec::new();
    if results.is_stopped {
        warnings.push(String::from("stopped before all was tried; the same command goes on"));
    }
    warnings.extend(spec.campaign.left_out.iter().map(|why| format!("left out: {why}")));
    let tried = |case: &CaseTrials| !case.trials.is_empty();
    let missing = results.merged.cases.iter().filter(|case| !tried(case)).count();
    if missing > 0 {
        warnings.push(format!("{missing} of {} were not tried at all", spec.cases.len()));
    }
    for (case, of) in spec.cases.iter().zip(&results.merged.cases) {
        let count = of.trials.iter().filter(|trial| trial.is_given_up).count();
        if count > 0 {
            warnings.push(format!(
                "{}: work piled up without end in {count} of {} runs, which count as lost from its \
                 start on",
                case.name,
                of.trials.len()
            ));
        }
    }
    if !spec.lowered.plan.faults.is_empty() {
        warnings.push(String::from("the scenario's own faults are in force with and without"));
    }
    warnings
}

/// One thing that was tried.
fn scenario(
    spec: &Spec,
    case: &Case,
    of: &CaseTrials,
    breaking: Option<Breaking>,
) -> ScenarioReport {
    let trials = &of.trials;
    let count = trials.len() as u32;
    let harmed: Number = of.share().into();
    let names = &spec.lowered.names;
    let probability = |hits: u32| Number::from(stats::probability(hits, count, CONFIDENCE));
    let degraded = of.degraded.iter().enumerate().filter(|(_, hits)| **hits > 0);
    let metastable: Vec<bool> = trials.iter().filter_map(|trial| trial.metastable).collect();
    let left = metastable.iter().filter(|left| **left).count() as u32;
    let lost = worth_lost(spec, case, trials);
    let per_month = case.failure.map(|failure| {
        let failure = &spec.campaign.failures[failure];
        failure.rate_per_s() * MONTH_S
    });
    let missed = |(index, objective): (usize, &Objective)| {
        let hits = trials.iter().filter(|trial| trial.has_missed(index)).count() as u32;
        (hits > 0).then(|| (objective.title(names), probability(hits)))
    };
    ScenarioReport {
        name: case.name.clone(),
        faults: faults(spec, case),
        yaml: of.faults.clone(),
        trials: u64::from(count),
        severity: harmed.value.map(Severity::of),
        harmed,
        endpoints: endpoints(spec, trials),
        degraded: degraded
            .map(|(id, &hits)| (names.components[id].clone(), probability(hits)))
            .collect(),
        detected_s: times(trials.iter().map(|trial| trial.detected_s), Reason::NothingObserved),
        recovered_s: times(trials.iter().map(|trial| trial.recovered_s), Reason::NotRecovered),
        metastable: (metastable.len() == trials.len()).then(|| probability(left)),
        missed: spec.lowered.objectives.iter().enumerate().filter_map(missed).collect(),
        worth_lost: lost.into(),
        p99_ms: of
            .latency
            .as_ref()
            .filter(|all| all.len() >= 10_000)
            .map(|all| all.value_at_quantile(0.99) as f64 / 1e3),
        per_month,
        lost_per_month: per_month.map(|times| lost.scale(times).into()),
        breaking,
    }
}

/// Per endpoint that users call, the share of its requests that was harmed.
fn endpoints(spec: &Spec, trials: &[Trial]) -> Vec<(String, Number)> {
    let of = |(index, &endpoint): (usize, &usize)| {
        let shares: Vec<f64> =
            trials.iter().filter_map(|trial| trial.shares[index]).map(f64::from).collect();
        let due: u64 = trials.iter().map(|trial| trial.due).sum();
        (spec.lowered.names.endpoints[endpoint].clone(), proportion(&shares, due).into())
    };
    spec.asked.entries.iter().enumerate().map(of).collect()
}

/// The mean of times that all trials have; otherwise the reason why there is none.
fn times(times: impl Iterator<Item = Option<f64>>, otherwise: Reason) -> Number {
    let times: Option<Vec<f64>> = times.collect();
    let mean = times.map_or(Estimate::Unknown(otherwise), |times| stats::mean(&times, CONFIDENCE));
    let mut number = Number::from(mean);
    number.low = number.low.map(|low| low.max(0.0));
    number
}

/// Worth lost each time. Where it is known how long such a failure lasts, what is lost while it is in
/// force is as much longer.
pub(super) fn worth_lost(spec: &Spec, case: &Case, trials: &[Trial]) -> Estimate {
    let lasts = case.failure.map(|failure| spec.campaign.failures[failure].mttr.as_secs_f64());
    let simulated = spec.campaign.duration.as_secs_f64();
    let times = lasts.map_or(1.0, |lasts| lasts / simulated);
    let lost = |trial: &Trial| trial.lost[0] * times + trial.lost[1];
    stats::mean(&trials.iter().map(lost).collect::<Vec<_>>(), CONFIDENCE)
}

/// The faults of a case.
fn faults(spec: &Spec, case: &Case) -> Vec<FaultReport> {
    match &case.kind {
        CaseKind::Faults(which) => which
            .iter()
            .map(|&index| {
                let single = &spec.campaign.singles[index];
                fault(&single.fault, Some(single.undone.to_owned()))
            })
            .collect(),
        CaseKind::Failure(index) => {
            spec.campaign.failures[*index].faults.iter().map(|node| fault(node, None)).collect()
        }
        CaseKind::Drawn(_) => Vec::new(),
    }
}

fn fault(node: &Node, undone: Option<String>) -> FaultReport {
    let (kind, body) = node.entries().first().map_or(("", node), |(key, body)| (&key.name, body));
    let text = |name: &str| body.get(name).map(Node::to_string);
    let seconds = |name: &str| body.get(name).and_then(foreshadow_scenarios::node::Node::seconds);
    FaultReport {
        kind: kind.to_owned(),
        at: text("at"),
        start_s: seconds("start").unwrap_or(0.0),
        duration_s: seconds("duration"),
        undone,
    }
}
