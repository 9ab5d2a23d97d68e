//! What changed from one saved report to another, which need not share anything but names.
//!
//! Nothing is paired: the two may come from other seeds, twins or versions. The interval of a
//! difference is made of the two intervals, each end for itself (MOVER: G. Y. Zou, A. Donner,
//! "Construction of confidence limits about effect measures", Statistics in Medicine 27(10), 2008).

use serde::Serialize;

use super::{Compared, Comparison, EndpointReport, Number, ObjectiveReport, Report, Verdict, Word};

/// What changed from a report to another (`changes/v1`).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changes {
    /// Always `changes/v1`.
    pub foreshadow: Word,
    /// The report that is compared with.
    pub baseline: Side,
    /// The report that is compared.
    pub candidate: Side,
    /// Objectives of either, those of the candidate first.
    pub objectives: Vec<ObjectiveChange>,
    /// Measures of endpoints that both have.
    pub comparisons: Vec<Comparison>,
    /// Endpoints that only the baseline has.
    pub gone: Vec<String>,
    /// Endpoints that only the candidate has.
    pub new: Vec<String>,
    /// Endpoints that are not offered the same load, so that their goodput is not compared.
    pub other_load: Vec<String>,
}

/// One of two reports.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// The scenario's name.
    pub scenario: String,
    /// Its answer.
    pub verdict: Option<Verdict>,
    /// Its seed.
    pub seed: u64,
    /// How many replications it rests on.
    pub replications: usize,
    /// The version that made it.
    pub version: String,
    /// The command that repeats it.
    pub repeat: String,
}

/// One objective in two reports; absent where it is not asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ObjectiveChange {
    /// In the baseline.
    pub baseline: Option<ObjectiveReport>,
    /// In the candidate.
    pub candidate: Option<ObjectiveReport>,
}

impl ObjectiveChange {
    /// The objective, as it is asked now, or was.
    #[must_use]
    pub fn latest(&self) -> Option<&ObjectiveReport> {
        self.candidate.as_ref().or(self.baseline.as_ref())
    }
}

/// What is compared of an endpoint: name, unit, whether less is better, the number.
type Measure = (Word, Word, bool, fn(&EndpointReport) -> Number);

const MEASURES: [Measure; 7] = [
    ("goodput_per_s", "1/s", false, |endpoint| endpoint.goodput_per_s),
    ("success_rate", "share", false, |endpoint| endpoint.success_rate),
    ("mean", "ms", true, |endpoint| endpoint.latency_ms.mean),
    ("p50", "ms", true, |endpoint| endpoint.latency_ms.p50),
    ("p95", "ms", true, |endpoint| endpoint.latency_ms.p95),
    ("p99", "ms", true, |endpoint| endpoint.latency_ms.p99),
    ("p999", "ms", true, |endpoint| endpoint.latency_ms.p999),
];

/// What changed from `baseline` to `candidate`.
#[must_use]
pub fn changes(baseline: &Report, candidate: &Report) -> Changes {
    let mut changes = Changes {
        foreshadow: "changes/v1",
        baseline: Side::of(baseline),
        candidate: Side::of(candidate),
        objectives: objectives(&baseline.objectives, &candidate.objectives),
        comparisons: Vec::new(),
        gone: missing(&baseline.endpoints, &candidate.endpoints),
        new: missing(&candidate.endpoints, &baseline.endpoints),
        other_load: Vec::new(),
    };
    for (name, after) in &candidate.endpoints {
        let Some((_, before)) = baseline.endpoints.iter().find(|(other, _)| other == name) else {
            continue;
        };
        let offered = difference(&before.offered_per_s, &after.offered_per_s);
        let is_same_load = matches!(judge(&offered, true), Compared::Same | Compared::Undecided);
        if !is_same_load {
            changes.other_load.push(name.clone());
        }
        let compared = MEASURES.iter().filter(|m| is_same_load || m.0 != "goodput_per_s");
        changes.comparisons.extend(compared.map(|&(measure, unit, lower_is_better, of)| {
            let (baseline, candidate) = (of(before), of(after));
            let difference = difference(&baseline, &candidate);
            Comparison {
                variant: changes.candidate.scenario.clone(),
                endpoint: name.clone(),
                measure,
                unit,
                baseline,
                candidate,
                verdict: judge(&difference, lower_is_better),
                difference,
            }
        }));
    }
    changes
}

/// A number of a report that is about other things than endpoints: what a fault harms, what load
/// holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What it is about.
    pub of: String,
    /// What it measures.
    pub measure: Word,
    /// Its unit.
    pub unit: Word,
    /// Whether less is better.
    pub lower_is_better: bool,
    /// The number.
    pub number: Number,
}

/// What changed from one list of figures to another, by what they are about and measure.
#[must_use]
pub fn figures(sides: (Side, Side), before: &[Figure], after: &[Figure]) -> Changes {
    let (baseline, candidate) = sides;
    let is_same = |a: &Figure, b: &Figure| (&a.of, a.measure) == (&b.of, b.measure);
    let missing = |of: &[Figure], other: &[Figure]| {
        let lacks = |one: &&Figure| !other.iter().any(|known| is_same(known, one));
        of.iter().filter(lacks).map(|figure| figure.of.clone()).collect()
    };
    let compare = |after: &Figure| {
        let before = before.iter().find(|known| is_same(known, after))?;
        let difference = difference(&before.number, &after.number);
        Some(Comparison {
            variant: candidate.scenario.clone(),
            endpoint: after.of.clone(),
            measure: after.measure,
            unit: after.unit,
            baseline: before.number,
            candidate: after.number,
            verdict: judge(&difference, after.lower_is_better),
            difference,
        })
    };
    Changes {
        foreshadow: "changes/v1",
        objectives: Vec::new(),
        comparisons: after.iter().filter_map(compare).collect(),
        gone: missing(before, after),
        new: missing(after, before),
        other_load: Vec::new(),
        baseline,
        candidate,
    }
}

impl Side {
    fn of(report: &Report) -> Self {
        Self {
            scenario: report.scenario.clone(),
            verdict: report.verdict,
            seed: report.seed,
            replications: report.replications,
            version: report.version.to_owned(),
            repeat: report.repeat.clone(),
        }
    }
}

/// Names of `of` that `other` lacks.
fn missing(of: &[(String, EndpointReport)], other: &[(String, EndpointReport)]) -> Vec<String> {
    let lacks = |name: &&String| !other.iter().any(|(known, _)| known == *name);
    of.iter().map(|(name, _)| name).filter(lacks).cloned().collect()
}

fn objectives(before: &[ObjectiveReport], after: &[ObjectiveReport]) -> Vec<ObjectiveChange> {
    let is_same = |a: &ObjectiveReport, b: &ObjectiveReport| {
        (&a.endpoint, &a.component, a.measure) == (&b.endpoint, &b.component, b.measure)
    };
    let mut changes: Vec<ObjectiveChange> = Vec::new();
    let mut left: Vec<&ObjectiveReport> = before.iter().collect();
    for candidate in after {
        let at = left.iter().position(|known| is_same(known, candidate));
        let baseline = at.map(|at| left.remove(at).clone());
        changes.push(ObjectiveChange { baseline, candidate: Some(candidate.clone()) });
    }
    let gone = |known: &ObjectiveReport| ObjectiveChange {
        baseline: Some(known.clone()),
        candidate: None,
    };
    changes.extend(left.into_iter().map(gone));
    changes
}

/// Candidate less baseline, each end of its interval from the two ends that it depends on.
fn difference(baseline: &Number, candidate: &Number) -> Number {
    let (Some(a), Some(b)) = (baseline.value, candidate.value) else {
        let reason = baseline.reason.or(candidate.reason).or(Some("nothing observed"));
        return Number { reason, ..Number::default() };
    };
    let value = b - a;
    let ends = match (baseline.low, baseline.high, candidate.low, candidate.high) {
        (Some(a_low), Some(a_high), Some(b_low), Some(b_high)) => Some((
            value - libm::hypot(b - b_low, a_high - a),
            value + libm::hypot(b_high - b, a - a_low),
        )),
        _ => None,
    };
    Number {
        value: Some(value),
        low: ends.map(|ends| ends.0),
        high: ends.map(|ends| ends.1),
        reason: ends.is_none().then_some("one of the two has no interval"),
    }
}

fn judge(difference: &Number, lower_is_better: bool) -> Compared {
    match (difference.low, difference.high) {
        (Some(low), Some(high)) => Compared::of(low, high, lower_is_better),
        _ => Compared::Undecided,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(low: f64, value: f64, high: f64) -> Number {
        Number { value: Some(value), low: Some(low), high: Some(high), reason: None }
    }

    #[test]
    fn ends_come_from_the_ends_they_depend_on() {
        let between = difference(&number(9.0, 10.0, 13.0), &number(16.0, 20.0, 21.0));
        // Down: 4 of the candidate and 3 of the baseline; up: 1 and 1.
        assert_eq!(between, number(5.0, 10.0, 10.0 + 2f64.sqrt()));
    }

    #[test]
    fn only_what_is_clear_is_judged() {
        let (low, high) = (number(9.0, 10.0, 11.0), number(11.5, 12.0, 12.5));
        assert_eq!(judge(&difference(&low, &high), true), Compared::Worse);
        assert_eq!(judge(&difference(&high, &low), true), Compared::Better);
        assert_eq!(judge(&difference(&low, &high), false), Compared::Better);
        assert_eq!(judge(&difference(&low, &number(9.5, 10.5, 11.5)), true), Compared::Undecided);
        let exact = number(3.0, 3.0, 3.0);
        assert_eq!(judge(&difference(&exact, &exact), true), Compared::Same);
        assert_eq!(judge(&difference(&low, &Number::default()), true), Compared::Undecided);
    }
}
