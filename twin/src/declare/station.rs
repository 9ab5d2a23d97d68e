//! Replicas, slots, cores, health checks and autoscalers, from manifests to lines of a twin.

use foreshadow_telemetry::{Autoscale, Component as Facts, Fact, Probe, ProbeKind};

use super::{Note, kind, stated};
use crate::model::{Component, Declared};
use crate::write::{duration, number, percent};

/// Kubernetes' controller looks this often.
const HPA_EVERY: &str = "15s";
/// Replicas that the language takes.
const MOST_REPLICAS: u32 = 100_000;

/// What `fact` states of `component`; what cannot be said goes to `notes`.
pub(super) fn declared(component: &Component, fact: &Facts, notes: &mut Vec<Note>) -> Declared {
    let name = &component.name;
    let replicas = fact.replicas.as_ref().and_then(|it| replicas(component, it, notes));
    let slots = fact.concurrency.as_ref().filter(|it| it.value > 0);
    let concurrency = slots.map(|it| stated(&it.value.to_string(), &it.origin));
    let cpu = cpu(name, fact, notes);
    let autoscale = fact.autoscale.as_ref();
    let autoscale = autoscale.and_then(|it| self::autoscale(name, it, cpu.is_some(), notes));
    let health = probe(fact).map(health);
    let settings = [cpu, health, autoscale].into_iter().flatten().collect();
    let replica_count = fact.replicas.as_ref().filter(|_| replicas.is_some()).map(|it| it.value);
    Declared { kind: kind(fact.role.as_ref()), replicas, replica_count, concurrency, settings }
}

/// The declared number, unless more replicas than that were seen.
fn replicas(component: &Component, declared: &Fact<u32>, notes: &mut Vec<Note>) -> Option<String> {
    let (name, count, seen) = (&component.name, declared.value, component.instances);
    let place = &declared.origin;
    if count == 0 || count > MOST_REPLICAS || seen > count as usize {
        let reason = if seen > 0 { format!("{seen} were seen") } else { "it was seen".to_owned() };
        notes.push(Note::new(
            name,
            format!("{count} replicas declared ({place}), but {reason}; not used"),
        ));
        return None;
    }
    if seen > 0 && seen < count as usize {
        notes.push(Note::new(
            name,
            format!("{count} replicas declared ({place}), only {seen} seen"),
        ));
    }
    Some(stated(&count.to_string(), place))
}

/// Cores, where they can slow nothing that the spans do not already show slowed.
///
/// Times in spans were measured under the limit. One core or more never slows a lone request, so the
/// limit adds only what requests at once do to each other; a limit below one core would slow every
/// request a second time.
fn cpu(name: &str, fact: &Facts, notes: &mut Vec<Note>) -> Option<String> {
    let Some(limit) = &fact.cpu_limit else {
        if let Some(request) = &fact.cpu_request {
            let what =
                "cores are requested but not limited, and the machine's are not known; left out";
            let of = format!("{name} ({})", request.origin);
            notes.push(Note { of, what: what.to_owned() });
        }
        return None;
    };
    let request = fact.cpu_request.as_ref().unwrap_or(limit);
    let (cores, place) = (number(limit.value, 4), &limit.origin);
    if limit.value < 1.0 {
        notes.push(Note {
            of: format!("{name} ({cores}, {place})"),
            what: String::from(
                "limit below one core left out, because the spans' times were measured under it, and it \
                 would slow every request again; CPU time would settle it",
            ),
        });
        return None;
    }
    if request.value <= 0.0 || request.value > limit.value {
        notes.push(Note::new(name, format!("request of cores over the limit; left out ({place})")));
        return None;
    }
    let request = stated(&number(request.value, 4), &request.origin);
    Some(format!("cpu: {{request: {request}, limit: {}}}", stated(&cores, place)))
}

/// The probe that takes a replica out of traffic; else the one that restarts it.
fn probe(fact: &Facts) -> Option<&Fact<Probe>> {
    let of = |kind| {
        let is_sound = |it: &&Fact<Probe>| it.value.period_ns > 0 && it.value.failures > 0;
        fact.probes.iter().filter(is_sound).find(|it| it.value.kind == kind)
    };
    of(ProbeKind::Readiness).or_else(|| of(ProbeKind::Liveness))
}

fn health(probe: &Fact<Probe>) -> String {
    let every = stated(&duration(probe.value.period_ns as f64), &probe.origin);
    let failures = stated(&probe.value.failures.to_string(), &probe.origin);
    format!("health: {{every: {every}, failures: {failures}}}")
}

fn autoscale(
    name: &str,
    declared: &Fact<Autoscale>,
    has_cpu: bool,
    notes: &mut Vec<Note>,
) -> Option<String> {
    let (rules, place) = (&declared.value, &declared.origin);
    let metric = rules.metric.as_deref().unwrap_or("nothing that is named");
    let mut leave = |reason: String| {
        notes.push(Note::new(name, format!("autoscaler left out ({place}): {reason}")));
        None
    };
    let target = match (metric, rules.target_share) {
        ("cpu", Some(share)) if share > 0.0 => share,
        ("cpu", _) => return leave(String::from("its target is no share of the requested cores")),
        _ => return leave(format!("it follows {metric}, which the language does not have")),
    };
    if !has_cpu {
        return leave(String::from("it follows cpu, which is left out, too"));
    }
    if rules.min == 0 || rules.max < rules.min || rules.max > MOST_REPLICAS {
        return leave(format!("from {} to {} replicas", rules.min, rules.max));
    }
    let target = stated(&percent(target, 4), place);
    let [min, max] = [rules.min, rules.max].map(|count| stated(&count.to_string(), place));
    let wait = rules.stabilization_ns.map(|ns| format!(", stabilization: {}", duration(ns as f64)));
    Some(format!(
        "autoscale: {{metric: cpu, target: {target}, min: {min}, max: {max}, every: {HPA_EVERY}{}}}",
        wait.unwrap_or_default()
    ))
}
