//! What fails how often, and what that does.

use std::time::Duration;

use super::{Course, expand};
use crate::Spanned;
use crate::lower::{Lowered, lower};
use crate::model::campaign::Campaign as Section;
use crate::model::scalar::Period;
use crate::model::twin::Reliability;
use crate::node::Node;
use crate::problem::{Problem, suggest};
use crate::scenario::Scenario;

/// Something that fails and is restored, again and again, independently of the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// Its address, or the name of a common cause.
    pub name: String,
    /// What it does while it lasts, as faults could stand in a file.
    pub faults: Vec<Node>,
    /// Names of those faults: `crash at payment`.
    pub kinds: Vec<String>,
    /// Mean time from being restored to the next failure.
    pub mtbf: Duration,
    /// Mean time from a failure to being restored.
    pub mttr: Duration,
}

impl Failure {
    /// The share of time that it is failed: mttr / (mtbf + mttr).
    #[must_use]
    pub fn unavailability(&self) -> f64 {
        let (up, down) = (self.mtbf.as_secs_f64(), self.mttr.as_secs_f64());
        down / (up + down)
    }

    /// How often it fails \[1/s\].
    #[must_use]
    pub fn rate_per_s(&self) -> f64 {
        1.0 / (self.mtbf + self.mttr).as_secs_f64()
    }
}

/// Everything that has a rate.
pub(super) fn failures(
    scenario: &Scenario,
    lowered: &Lowered,
    section: &Section,
    course: &Course,
) -> Result<Vec<Failure>, Vec<Problem>> {
    let (mut failures, mut problems) = (Vec::<Failure>::new(), Vec::new());
    for (pattern, rates) in section.rates.iter() {
        problems.extend(times(&rates.mtbf, &rates.mttr));
        let mut found = known(scenario, lowered, pattern);
        found.retain(|name| expand::matches(pattern, name));
        if found.is_empty() {
            let names = lowered.names.components.iter().map(String::as_str);
            problems.push(
                Problem::at(pattern.span, format!("nothing matches `{}`", pattern.value))
                    .help(suggest(pattern, "components", names)),
            );
        }
        for name in found {
            // The first that names a thing holds, as in a list from the special to the general.
            if failures.iter().all(|failure| failure.name != name) {
                let (mtbf, mttr) = (rates.mtbf.value.0, rates.mttr.value.0);
                failures.push(failure(
                    &name,
                    &[name.as_str()],
                    scenario,
                    pattern.span,
                    course,
                    (mtbf, mttr),
                ));
            }
        }
    }
    for (name, rates) in of_twin(scenario) {
        // What the campaign says of a thing stands.
        if failures.iter().all(|failure| failure.name != name) {
            let times = (rates.mtbf.value.0, rates.mttr.value.0);
            failures.push(failure(
                &name,
                &[name.as_str()],
                scenario,
                rates.mtbf.span,
                course,
                times,
            ));
        }
    }
    for (name, cause) in section.causes.iter() {
        problems.extend(times(&cause.mtbf, &cause.mttr));
        let forms = ["", "[]", ".calls."].map(|form| known(scenario, lowered, form));
        let all = forms.concat();
        for at in cause.at.iter().filter(|at| !all.contains(&at.value)) {
            let names = all.iter().map(String::as_str);
            problems.push(
                Problem::at(at.span, format!("unknown target `{}`", at.value))
                    .help(suggest(at, "targets", names)),
            );
        }
        if cause.at.is_empty() {
            problems.push(Problem::at(name.span, "this cause hits nothing").help("add `at: […]`"));
        }
        let at: Vec<&str> = cause.at.iter().map(|at| at.value.as_str()).collect();
        let rates = (cause.mtbf.value.0, cause.mttr.value.0);
        failures.push(failure(name, &at, scenario, name.span, course, rates));
    }
    if problems.is_empty() {
        problems.extend(failures.iter().zip(places(section)).filter_map(|(failure, span)| {
            let with = scenario.with_faults(&failure.faults).and_then(|with| lower(&with));
            let problem = with.err()?.iter().next().cloned()?;
            Some(Problem { span: Some(span), ..problem })
        }));
    }
    if problems.is_empty() { Ok(failures) } else { Err(problems) }
}

/// What the twin says of how often its parts fail, by address.
fn of_twin(scenario: &Scenario) -> Vec<(String, &Reliability)> {
    let twin = &scenario.twin;
    let components = twin.components.iter().flat_map(|(name, component)| {
        let own = component.reliability.as_ref().map(|rates| (name.value.clone(), rates));
        let edges = component.calls.iter().filter_map(|(callee, policy)| {
            Some((format!("{}.calls.{}", name.value, callee.value), policy.reliability.as_ref()?))
        });
        own.into_iter().chain(edges)
    });
    let hosts = twin.hosts.iter();
    let hosts =
        hosts.filter_map(|(name, host)| Some((name.value.clone(), host.reliability.as_ref()?)));
    let zones = twin.zones.iter();
    let zones =
        zones.filter_map(|(name, zone)| Some((name.value.clone(), zone.reliability.as_ref()?)));
    components.chain(hosts).chain(zones).collect()
}

/// Where failures are named; the last place stands for all that follow.
fn places(section: &Section) -> impl Iterator<Item = crate::source::Span> {
    let named = section.rates.iter().map(|(name, _)| name.span);
    let causes = section.causes.iter().map(|(name, _)| name.span);
    let last = named.clone().chain(causes.clone()).last().unwrap_or_default();
    named.chain(causes).chain(std::iter::repeat(last))
}

fn times(mtbf: &Spanned<Period>, mttr: &Spanned<Period>) -> Option<Problem> {
    let zero = [mtbf, mttr].into_iter().find(|time| time.value.0.is_zero())?;
    Some(Problem::at(zero.span, "expected a time above 0"))
}

/// Everything that may have a rate and has the form of `pattern`.
fn known(scenario: &Scenario, lowered: &Lowered, pattern: &str) -> Vec<String> {
    let (names, twin) = (&lowered.names, &scenario.twin);
    if let Some(all) = expand::by_form(lowered, pattern) {
        return all;
    }
    let mut known = names.components.clone();
    // `*` is every component; hosts, zones and environments are named.
    if !pattern.contains('*') {
        known.extend(twin.hosts.names().chain(twin.zones.names()).map(str::to_owned));
        known.extend(twin.zones.iter().filter_map(|(_, zone)| zone.environment.clone()));
    }
    known
}

/// What fails with a name.
fn failure(
    name: &str,
    at: &[&str],
    scenario: &Scenario,
    span: crate::source::Span,
    course: &Course,
    (mtbf, mttr): (Duration, Duration),
) -> Failure {
    let twin = &scenario.twin;
    let kind = |at: &str| {
        let is_environment =
            || twin.zones.iter().any(|(_, zone)| zone.environment.as_deref() == Some(at));
        if at.contains(".calls.") {
            "partition"
        } else if twin.components.get(at).is_some() || at.ends_with(']') {
            "crash"
        } else if twin.hosts.get(at).is_some() {
            "host_loss"
        } else if twin.zones.get(at).is_some() || is_environment() {
            "zone_outage"
        } else {
            "crash"
        }
    };
    let faults = at.iter().map(|at| course.complete(&expand::fault(kind(at), at, span))).collect();
    let kinds = at.iter().map(|at| format!("{} at {at}", kind(at))).collect();
    Failure { name: name.to_owned(), faults, kinds, mtbf, mttr }
}
