//! From merged trials to a report.

use foreshadow_scenarios::lower::Objective;
use foreshadow_scenarios::node::Node;
use foreshadow_scenarios::report::{Number, Verdict};
use foreshadow_sim::stats::{Estimate, Reason};

use super::expected::within_one;
use super::{DAYS, FaultReport, Report, ScenarioReport, Severity, expected, fragility, joint};
use crate::breaking::Breaking;
use crate::case::{Case, CaseKind};
use crate::engine::Results;
use crate::estimate::Rule;
use crate::merge::{CaseTrials, Merged, Trial};
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
    let threshold = spec.campaign.severity_threshold;
    let scenarios = scenarios(spec, &results.merged, breaking);
    let judged = scenarios.iter().filter_map(|one| one.verdict);
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
        verdict: judged.max(),
        warnings: warnings(spec, results),
        worth_unit: spec.lowered.worth.iter().find_map(|(_, unit)| unit.clone()),
        worth_per_s: expected::worth_per_s(spec, &results.merged).unwrap_or(0.0),
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

/// All that was tried: each alone first, then what is together, the worst first.
fn scenarios(spec: &Spec, merged: &Merged, breaking: &[(usize, Breaking)]) -> Vec<ScenarioReport> {
    let cases = spec.cases.iter().zip(&merged.cases).enumerate();
    let tried: Vec<_> = cases.filter(|(_, (_, of))| !of.trials.is_empty()).collect();
    // Each verdict may err as often as the others, and all of them in no more than 5 %.
    let judge = spec.campaign.severity_threshold.map(|most| (most, merged.rule.split(tried.len())));
    let report = |(index, (case, of)): (usize, (&Case, &CaseTrials))| {
        let breaking = breaking.iter().find(|(of, _)| *of == index);
        ScenarioReport {
            verdict: judge.map(|(most, rule)| verdict(of.share(rule), most)),
            breaking: breaking.map(|(_, breaking)| breaking.clone()),
            ..scenario(spec, merged.rule, case, of)
        }
    };
    let mut scenarios: Vec<ScenarioReport> = tried.into_iter().map(report).collect();
    let mut alone = scenarios.iter().filter(|scenario| scenario.together == 1);
    let all_rated = alone.all(|scenario| scenario.lost_per_month.is_some());
    let rank = |scenario: &ScenarioReport| {
        let number = scenario.lost_per_month.filter(|_| all_rated).unwrap_or(scenario.harmed);
        number.value.unwrap_or(0.0)
    };
    let is_joint = |scenario: &ScenarioReport| scenario.together > 1;
    scenarios
        .sort_by(|a, b| is_joint(a).cmp(&is_joint(b)).then_with(|| rank(b).total_cmp(&rank(a))));
    scenarios
}

/// Whether a share is no more than `most`.
fn verdict(share: Estimate, most: f64) -> Verdict {
    match share {
        Estimate::Known { interval: Some((_, high)), .. } if high <= most => Verdict::Held,
        Estimate::Known { interval: Some((low, _)), .. } if low > most => Verdict::Missed,
        _ => Verdict::Undecided,
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
    warnings.extend(past_the_horizon(spec));
    warnings
}

/// Faults that are in force when the run ends: how long they last does not show.
fn past_the_horizon(spec: &Spec) -> Option<String> {
    let horizon = spec.lowered.plan.run.horizon.as_secs_f64();
    let is_past = |fault: &FaultReport| {
        fault.duration_s.is_some_and(|duration| fault.start_s + duration > horizon)
    };
    let past = spec.cases.iter().filter(|case| faults(spec, case).iter().any(is_past));
    let names: Vec<&str> = past.map(|case| case.name.as_str()).collect();
    let first = names.first()?;
    let others = match names.len() {
        1 => String::new(),
        n => format!(" and {} more", n - 1),
    };
    Some(format!(
        "{first}{others} would outlast the run of {horizon} s: only what is in it was seen, and no \
         recovery"
    ))
}

/// One thing that was tried.
fn scenario(spec: &Spec, rule: Rule, case: &Case, of: &CaseTrials) -> ScenarioReport {
    let trials = &of.trials;
    let harmed: Number = of.share(rule).into();
    let names = &spec.lowered.names;
    let all = weights(trials, |_| Some(1.0));
    let probability = |hits: f64| Number::from(rule.chance(hits, &all));
    let hits = |is_hit: &dyn Fn(&Trial) -> bool| -> f64 {
        trials.iter().filter(|trial| is_hit(trial)).map(|trial| trial.weight).sum()
    };
    let degraded = of.degraded.iter().enumerate().filter(|(_, hits)| **hits > 0.0);
    let lost = worth_lost(spec, rule, case, trials);
    let per_month = case.failure.map(|failure| {
        let failure = &spec.campaign.failures[failure];
        failure.rate_per_s() * MONTH_S
    });
    let missed = |(index, objective): (usize, &Objective)| {
        let hits = hits(&|trial| trial.has_missed(index));
        (hits > 0.0).then(|| (objective.title(names), probability(hits)))
    };
    let is_known = trials.iter().all(|trial| trial.metastable.is_some());
    ScenarioReport {
        name: case.name.clone(),
        together: case.together(),
        faults: faults(spec, case),
        yaml: of.faults.clone(),
        trials: trials.len() as u64,
        severity: harmed.value.map(Severity::of),
        harmed,
        harmed_worth: within_one(rule.mean(&weights(trials, Trial::worth_share))),
        verdict: None,
        endpoints: endpoints(spec, rule, of),
        degraded: degraded
            .map(|(id, &hits)| (names.components[id].clone(), probability(hits)))
            .collect(),
        detected_s: times(rule, trials, |trial| trial.detected_s, Reason::NothingObserved),
        recovered_s: times(rule, trials, |trial| trial.recovered_s, Reason::NotRecovered),
        metastable: is_known.then(|| probability(hits(&|trial| trial.metastable == Some(true)))),
        missed: spec.lowered.objectives.iter().enumerate().filter_map(missed).collect(),
        worth_lost: lost.into(),
        // Latencies of weighted trials are those of no system.
        p99_ms: of
            .latency
            .as_ref()
            .filter(|all| all.len() >= 10_000 && !matches!(case.kind, CaseKind::Drawn(_)))
            .map(|all| all.value_at_quantile(0.99) as f64 / 1e3),
        per_month,
        lost_per_month: per_month.map(|times| lost.scale(times).into()),
        breaking: None,
    }
}

/// What trials have of something, each with its weight.
pub(super) fn weights(trials: &[Trial], of: impl Fn(&Trial) -> Option<f64>) -> Vec<(f64, f64)> {
    trials.iter().filter_map(|trial| Some((of(trial)?, trial.weight))).collect()
}

/// Per endpoint that users call, the share of its requests that was harmed.
fn endpoints(spec: &Spec, rule: Rule, of: &CaseTrials) -> Vec<(String, Number)> {
    let share = |(index, &endpoint): (usize, &usize)| {
        let share = of.proportion(rule, |trial| {
            let (due, harmed) = trial.counts[index];
            (u64::from(due), u64::from(harmed))
        });
        (spec.lowered.names.endpoints[endpoint].clone(), share.into())
    };
    spec.asked.entries.iter().enumerate().map(share).collect()
}

/// The mean of times that all trials have; otherwise the reason why there is none.
fn times(
    rule: Rule,
    trials: &[Trial],
    of: impl Fn(&Trial) -> Option<f64>,
    otherwise: Reason,
) -> Number {
    let times = weights(trials, of);
    let all = times.len() == trials.len();
    let mut number =
        Number::from(if all { rule.mean(&times) } else { Estimate::Unknown(otherwise) });
    number.low = number.low.map(|low| low.max(0.0));
    number
}

/// Worth lost each time. Where it is known how long such a failure lasts, what is lost while it is in
/// force is as much longer as that is than the time that it was in force in the run.
fn worth_lost(spec: &Spec, rule: Rule, case: &Case, trials: &[Trial]) -> Estimate {
    let lasts = case.failure.map(|failure| spec.campaign.failures[failure].mttr.as_secs_f64());
    let lost = |trial: &Trial| {
        let times = match lasts {
            Some(lasts) if trial.force_s > 0.0 => lasts / trial.force_s,
            // Nothing is lost in no time.
            _ => 1.0,
        };
        Some(trial.lost[0] * times + trial.lost[1])
    };
    rule.mean(&weights(trials, lost))
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
