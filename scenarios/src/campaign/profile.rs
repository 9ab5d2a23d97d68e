//! `failure_injection_profile` and `resource_failure_modes`: other words for what a campaign has.

use std::time::Duration;

use super::{Campaign, Failure, Single};
use crate::Spanned;
use crate::model::profile::{OneOrMany, ResourceFailureModes, Rollback};
use crate::model::twin::Kind;
use crate::node::{Key, Node, Value};
use crate::problem::{Problem, suggest};
use crate::scenario::Scenario;
use crate::units;

/// The faults that `resource_failure_modes` stand for, at every component that they mean.
pub(super) fn faults(scenario: &Scenario) -> Result<Vec<Node>, Vec<Problem>> {
    let (mut faults, mut problems) = (Vec::new(), Vec::new());
    if !is_enabled(scenario) {
        return Ok(faults);
    }
    let Some(modes) = &scenario.file.resource_failure_modes else { return Ok(faults) };
    let tree = scenario.tree.get("resource_failure_modes");
    let all: Vec<(&ResourceFailureModes, Option<&Node>)> = match &modes.value {
        OneOrMany::Map(only) => vec![(only, tree)],
        OneOrMany::List(all) => {
            let trees = tree.map_or(&[][..], Node::items);
            all.iter().zip(trees.iter().map(Some)).collect()
        }
    };
    for (modes, tree) in all {
        let targets = match targets(scenario, &modes.resource_type) {
            Ok(targets) => targets,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        if modes.failure_modes.is_empty() {
            let place = modes.resource_type.span;
            problems.push(Problem::at(place, "this resource has no `failure_modes`"));
        }
        let parameters = tree.and_then(|tree| tree.get("injection_parameters"));
        let parameters = parameters.map_or(&[][..], Node::entries);
        for mode in &modes.failure_modes {
            faults.extend(targets.iter().map(|at| fault(mode, at, modes, parameters)));
        }
    }
    if problems.is_empty() { Ok(faults) } else { Err(problems) }
}

/// Whether the profile lets failures happen.
pub(super) fn is_enabled(scenario: &Scenario) -> bool {
    let profile = scenario.file.failure_injection_profile.as_ref();
    profile.and_then(|profile| profile.enabled).unwrap_or(true)
}

/// How long faults last that do not say so; `None` where nobody undoes them.
pub(super) fn lasts(scenario: &Scenario, duration: Duration) -> Option<Duration> {
    let profile = scenario.file.failure_injection_profile.as_ref();
    let stays = profile.and_then(|profile| profile.rollback_policy) == Some(Rollback::Never);
    (!stays).then_some(duration)
}

/// Gives every fault that has no rate of its own the frequency of the profile.
pub(super) fn frequency(scenario: &Scenario, campaign: &mut Campaign) -> Result<(), Problem> {
    let profile = scenario.file.failure_injection_profile.as_ref();
    let profile = profile.filter(|_| is_enabled(scenario));
    let Some(frequency) = profile.and_then(|profile| profile.injection_frequency.as_ref()) else {
        return Ok(());
    };
    let every = 1.0 / frequency.value.0;
    let short = "expected a frequency above 0 at which one failure has ended before the next";
    if !every.is_finite() {
        return Err(Problem::at(frequency.span, short));
    }
    let has_rate = |single: &Single, failures: &[Failure]| {
        failures.iter().any(|failure| single.is_what_fails(failure, false))
    };
    let singles = campaign.singles.iter().filter(|single| single.drawn.is_empty());
    let open: Vec<&Single> =
        singles.filter(|single| !has_rate(single, &campaign.failures)).collect();
    for single in open {
        let Some(mttr) = restored_after(single) else {
            let message = format!("how long {} lasts is not known", single.name);
            let why = "it needs a `duration`; `rollback_policy: never` leaves none to faults that \
                       have none of their own";
            return Err(Problem::at(frequency.span, message).help(why));
        };
        if every <= mttr.as_secs_f64() {
            let why = format!("{} lasts {}", single.name, units::show(mttr));
            return Err(Problem::at(frequency.span, short).help(why));
        }
        campaign.failures.push(Failure {
            name: single.at.clone().unwrap_or_else(|| single.name.clone()),
            faults: vec![single.fault.clone()],
            kinds: vec![single.name.clone()],
            mtbf: Duration::from_secs_f64(every - mttr.as_secs_f64()),
            mttr,
        });
    }
    Ok(())
}

/// How long a fault lasts by its own words; a flush is over at once.
fn restored_after(single: &Single) -> Option<Duration> {
    if single.kind == "cache_flush" {
        return Some(Duration::ZERO);
    }
    let (_, body) = single.fault.entries().first()?;
    // One that comes again is in force, by turns, to the end.
    let duration = body.get("duration").filter(|_| body.get("every").is_none())?;
    units::duration(duration.as_str()?).ok()
}

/// The components that a type of resource means.
fn targets(scenario: &Scenario, kind: &Spanned<String>) -> Result<Vec<String>, Problem> {
    let components = &scenario.twin.components;
    let wanted = match kind.value.as_str() {
        "service" | "web_server" => Some(Kind::Service),
        "balancer" | "network_load_balancer" => Some(Kind::Balancer),
        "database" => Some(Kind::Database),
        "cache" => Some(Kind::Cache),
        "queue" => Some(Kind::Queue),
        "external" => Some(Kind::External),
        _ => None,
    };
    let Some(wanted) = wanted else {
        if components.get(&kind.value).is_some() {
            return Ok(vec![kind.value.clone()]);
        }
        let words = ["web_server", "network_load_balancer", "service", "balancer", "database"];
        let words = words.into_iter().chain(["cache", "queue", "external"]);
        return Err(Problem::at(kind.span, format!("unknown type of resource `{}`", kind.value))
            .help(suggest(kind, "types", words.chain(components.names()))));
    };
    let is_one = |kind: Option<Kind>| kind.unwrap_or(Kind::Service) == wanted;
    let found = components.iter().filter(|(_, component)| is_one(component.kind));
    let found: Vec<String> = found.map(|(name, _)| name.value.clone()).collect();
    if found.is_empty() {
        let message = format!("no component of the twin is a `{}`", kind.value);
        return Err(Problem::at(kind.span, message).help("`kind:` of a component says what it is"));
    }
    Ok(found)
}

/// One mode of failure at one component, as a fault in a file.
fn fault(
    mode: &Spanned<String>,
    at: &str,
    of: &ResourceFailureModes,
    parameters: &[(Key, Node)],
) -> Node {
    let key = |name: &str| Key { span: mode.span, name: name.to_owned() };
    let kind = match mode.value.as_str() {
        "network_latency" => "latency",
        "disk_error" => "disk",
        "process_crash" => "crash",
        kind => kind,
    };
    let at = Node::new(mode.span, Value::Str(at.to_owned()));
    let mut body = Node::new(mode.span, Value::Map(vec![(key("at"), at)]));
    let is_mode = |name: &str| of.failure_modes.iter().any(|mode| mode.value == name);
    let own = parameters.iter().filter(|(key, _)| key.name == mode.value);
    let common = parameters.iter().filter(|(key, _)| !is_mode(&key.name));
    for (key, value) in own.flat_map(|(_, node)| node.entries()).chain(common) {
        body.get_or_insert(key.clone(), value.value.clone());
    }
    if mode.value == "disk_error"
        && ["share", "factor", "full"].iter().all(|k| body.get(k).is_none())
    {
        body.get_or_insert(key("share"), Value::Str(String::from("100%")));
    }
    Node::new(mode.span, Value::Map(vec![(key(kind), body)]))
}
