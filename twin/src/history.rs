//! How often components fail and how long they take to be restored, from histories of incidents.
//!
//! An **outage** of a component is an incident of a list (graver than information), an alert that is
//! an error or graver, or what Kubernetes' events say of a kill or a crash loop of a pod, which counts
//! where the component has one replica: the language has no rate for one of several. Outages of one
//! component that overlap are one. It ends where the incident or alert does, or, for a pod, when the
//! same pod is started again; otherwise how long it took is not known.
//!
//! The lists cover the time from their first entry to their last, of whatever component and kind, and
//! a mean gap more at either end, unless it is said ([`crate::LearnOptions::history`]). With k outages in a time U
//! in which the component was up, λ = 1/mtbf has the posterior Gamma(k + ½, U): failures come
//! at random, and the prior is that of Jeffreys for a Poisson rate, λ^(−½). With m restorations that took S
//! together, 1/mttr has the posterior Gamma(m, S), of the prior of Jeffreys for an exponential time. `mtbf`
//! is U/(k + ½) and `mttr` S/m, with the 95 % intervals of these posteriors. A component of which no
//! restoration was seen has the `mttr` of all components together, `assumed`.
//!
//! Source: G. E. P. Box, G. C. Tiao, *Bayesian Inference in Statistical Analysis* (1973), §1.3.

use std::collections::{BTreeMap, BTreeSet};

use foreshadow_telemetry::{Event, EventKind, Names, Severity};
use statrs::distribution::{ContinuousCDF, Gamma};

use crate::declare::matching::bare;
use crate::model::{Component, Model};
use crate::write::{in_quotes, period};

/// Reasons of Kubernetes' events by which a container or pod has failed.
const FAILURES: [&str; 6] =
    ["OOMKilling", "OOMKilled", "Evicted", "BackOff", "CrashLoopBackOff", "SystemOOM"];
/// The reason by which a pod is there again.
const STARTED: &str = "Started";
/// Kills that one event may count.
const MOST_KILLS: u64 = 1000;
/// Names listed before the rest is counted.
const MOST: usize = 8;

/// One outage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Outage {
    start_ns: u64,
    /// None where it is not known.
    end_ns: Option<u64>,
}

/// Events of files, as far as rates of failure come from them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct History {
    events: Vec<Event>,
    /// First and last instant of any event.
    times: Option<(u64, u64)>,
    /// Events of any kind that tell how long the lists are kept.
    count: u64,
    /// Outages by name in the files; those of single pods apart.
    outages: BTreeMap<String, Vec<Outage>>,
    of_pods: BTreeMap<String, Vec<Outage>>,
    /// Outages that name nobody, such as those of hosts.
    nameless: u64,
}

impl History {
    /// Adds an event; logs say nothing here.
    pub(crate) fn push(&mut self, event: Event) {
        if event.kind == EventKind::Log {
            return;
        }
        let last = event.end_ns.unwrap_or(event.start_ns);
        let (from, to) = self.times.unwrap_or((event.start_ns, last));
        self.times = Some((from.min(event.start_ns), to.max(last)));
        self.count += 1;
        if event.kind != EventKind::Deployment {
            self.events.push(event);
        }
    }

    /// Finds the outages, now that all files are read.
    pub(crate) fn finish(&mut self, names: &Names) {
        let text = |symbol: Option<_>| symbol.map(|symbol| names.text(symbol));
        let mut events = std::mem::take(&mut self.events);
        events.sort_by_key(|event| event.start_ns);
        let restarts: Vec<(u64, _)> = events
            .iter()
            .filter(|it| it.kind == EventKind::Kubernetes && text(it.reason) == Some(STARTED))
            .filter_map(|it| Some((it.end_ns.unwrap_or(it.start_ns), it.instance?)))
            .collect();
        for event in &events {
            let is_graver = match event.kind {
                EventKind::Incident => !matches!(event.severity, Severity::Info | Severity::Debug),
                EventKind::Alert => matches!(event.severity, Severity::Error | Severity::Fatal),
                EventKind::Kubernetes => {
                    text(event.reason).is_some_and(|reason| FAILURES.contains(&reason))
                }
                EventKind::Log | EventKind::Deployment => false,
            };
            if !is_graver {
                continue;
            }
            let Some(name) = text(event.component) else {
                self.nameless += 1;
                continue;
            };
            let is_of_pod = event.kind == EventKind::Kubernetes;
            let all = if is_of_pod { &mut self.of_pods } else { &mut self.outages };
            let all = all.entry(name.to_owned()).or_default();
            if !is_of_pod {
                all.push(Outage { start_ns: event.start_ns, end_ns: event.end_ns });
                continue;
            }
            let last_ns = event.end_ns.unwrap_or(event.start_ns);
            let again = |it: &&(u64, _)| Some(it.1) == event.instance && it.0 >= last_ns;
            let end_ns = restarts.iter().find(again).map(|it| it.0);
            // A crash loop is one outage; a kill that was counted several times has failed as often.
            let is_loop = text(event.reason).is_some_and(|reason| reason.ends_with("BackOff"));
            let kills = if is_loop { 1 } else { u64::from(event.count).clamp(1, MOST_KILLS) };
            let step_ns = (last_ns - event.start_ns) / (kills - 1).max(1);
            let early = (0..kills - 1).map(|i| event.start_ns + i * step_ns);
            all.extend(early.map(|start_ns| Outage { start_ns, end_ns: None }));
            let start_ns = if is_loop { event.start_ns } else { last_ns };
            all.push(Outage { start_ns, end_ns });
        }
    }

    /// Whether there is anything to learn from.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The last instant of any event [ns since 1970]; none without any.
    pub(crate) fn last_ns(&self) -> Option<u64> {
        self.times.map(|(_, last)| last)
    }

    /// How long the lists are kept [ns]; none where one entry cannot tell.
    fn covered(&self, said_ns: Option<f64>) -> Option<f64> {
        let (from, to) = self.times?;
        let count = self.count as f64;
        let seen = (to - from) as f64;
        said_ns
            .or_else(|| (count > 1.0 && seen > 0.0).then(|| seen * (count + 1.0) / (count - 1.0)))
    }

    /// Writes rates of failure into `model`; what a person should know is returned, a line each.
    pub(crate) fn apply(&self, model: &mut Model, said_ns: Option<f64>) -> Vec<String> {
        let mut notes = Vec::new();
        if self.is_empty() {
            return notes;
        }
        let listed = self.times.map_or(0.0, |(from, to)| (to - from) as f64);
        if let Some(said) = said_ns.filter(|said| *said < listed) {
            let days = |ns: f64| ns / 86_400e9;
            notes.push(format!(
                "no rates of failure: the lists reach over {:.1} days, more than the {:.1} that --history says",
                days(listed),
                days(said)
            ));
            return notes;
        }
        let Some(covered) = self.covered(said_ns) else {
            notes.push(String::from(
                "no rates of failure: one event does not tell how long its list is kept (`--history TIME`)",
            ));
            return notes;
        };
        let index = Index::of(model);
        let (mut found, mut unknown) = (BTreeMap::<usize, Vec<Outage>>::new(), BTreeSet::new());
        let mut of_several = BTreeSet::new();
        for (all, is_of_pod) in [(&self.outages, false), (&self.of_pods, true)] {
            for (name, outages) in all {
                match index.find(name) {
                    None => _ = unknown.insert(name.as_str()),
                    Some(id) if is_of_pod && replicas(&model.components[id]) > 1 => {
                        of_several.insert(model.components[id].name.clone());
                    }
                    Some(id) => found.entry(id).or_default().extend(outages.iter().cloned()),
                }
            }
        }
        let seen: BTreeMap<usize, Seen> =
            found.into_iter().map(|(id, outages)| (id, Seen::of(outages))).collect();
        let restored = seen.values().map(|it| it.restored).sum();
        let down_ns = seen.values().map(|it| it.down_ns).sum();
        let total = Seen { restored, down_ns, ..Seen::default() };
        for (id, component) in model.components.iter_mut().enumerate() {
            let seen = seen.get(&id).copied().unwrap_or_default();
            component.reliability = seen.reliability(&total, covered);
        }
        let outages: usize = seen.values().map(|it| it.outages).sum();
        notes.push(format!(
            "rates of failure: {outages} outages of {} components in {} of events, {} of them restored; \
             prior of Jeffreys",
            seen.len(),
            period(covered),
            total.restored
        ));
        if outages > 0 && total.restored == 0 {
            notes.push(String::from(
                "no rates of failure: no outage has an end, so how long one takes is not known",
            ));
        }
        let list = |names: Vec<&str>| match names.len() {
            n if n > MOST => format!("{} and {} more", names[..MOST].join(", "), n - MOST),
            _ => names.join(", "),
        };
        if !unknown.is_empty() {
            let names = list(unknown.into_iter().collect());
            notes.push(format!(
                "outages left out, because nothing in the twin is called so: {names}"
            ));
        }
        if !of_several.is_empty() {
            let names = list(of_several.iter().map(String::as_str).collect());
            notes.push(format!("failures of single replicas of several left out: {names}"));
        }
        if self.nameless > 0 {
            notes.push(format!("{} outages left out that name no component", self.nameless));
        }
        notes
    }
}

/// Replicas, as files declare or spans show them.
fn replicas(component: &Component) -> usize {
    let declared = component.declared.replica_count.map_or(0, |count| count as usize);
    declared.max(component.instances).max(1)
}

/// Components by name, and by what is left of it without decoration.
struct Index(BTreeMap<String, Vec<usize>>);

impl Index {
    fn of(model: &Model) -> Self {
        let mut index: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (id, component) in model.components.iter().enumerate() {
            let names = [Some(component.name.clone()), component.spans.clone()];
            let names: BTreeSet<String> =
                names.into_iter().flatten().flat_map(|name| [plain(&name), name]).collect();
            for name in names {
                index.entry(name).or_default().push(id);
            }
        }
        Self(index)
    }

    /// The component of this name; none if there is no such, or several.
    fn find(&self, name: &str) -> Option<usize> {
        let only = |name: &str| match self.0.get(name).map(Vec::as_slice) {
            Some(&[id]) => Some(id),
            _ => None,
        };
        only(name).or_else(|| only(&plain(name)))
    }
}

fn plain(name: &str) -> String {
    bare(name, &BTreeSet::new())
}

/// What was seen of one component.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Seen {
    outages: usize,
    /// Of them, those whose end is known.
    restored: usize,
    /// How long these took together.
    down_ns: f64,
}

impl Seen {
    /// Counts outages; those that overlap are one.
    fn of(mut outages: Vec<Outage>) -> Self {
        outages.sort();
        let mut merged: Vec<Outage> = Vec::new();
        for outage in outages {
            match merged.last_mut() {
                Some(last) if last.end_ns.unwrap_or(last.start_ns) >= outage.start_ns => {
                    last.end_ns = last.end_ns.max(outage.end_ns);
                }
                _ => merged.push(outage),
            }
        }
        let times = merged.iter().filter_map(|it| Some(it.end_ns? - it.start_ns));
        let times: Vec<u64> = times.filter(|ns| *ns > 0).collect();
        let down_ns = times.iter().sum::<u64>() as f64;
        Self { outages: merged.len(), restored: times.len(), down_ns }
    }

    /// The value of `reliability`; none where nothing tells how long an outage takes.
    fn reliability(self, total: &Self, covered_ns: f64) -> Option<String> {
        let up_ns = covered_ns - self.down_ns;
        if up_ns <= 0.0 || total.restored == 0 {
            return None;
        }
        let of_own = self.restored > 0;
        let repairs = if of_own { self } else { *total };
        let failures = self.outages as f64 + 0.5;
        let mtbf = value(failures, up_ns)?;
        let mttr = value(repairs.restored as f64, repairs.down_ns)?;
        let of = |count: usize, what: &str| match count {
            1 => format!("1 {what}"),
            count => format!("{count} {what}s"),
        };
        let outages = format!("{} in {}", of(self.outages, "outage"), period(covered_ns));
        let restored = of(repairs.restored, "restoration");
        let (source, took) = if of_own {
            ("inferred", restored)
        } else {
            let why = "of all components; none of its own has an end, which would settle it";
            ("assumed", format!("{restored} {why}"))
        };
        Some(format!(
            "{{mtbf: {{{mtbf}, source: inferred, from: {}}}, mttr: {{{mttr}, source: {source}, from: {}}}}}",
            in_quotes(&outages),
            in_quotes(&took)
        ))
    }
}

/// Times above a century are written as one [ns].
const CENTURY_NS: f64 = 36_500.0 * 86_400e9;

/// A mean time with its 95 % interval, where its inverse has the law Gamma(`shape`, `time_ns`), whose
/// mean is taken for it.
fn value(shape: f64, time_ns: f64) -> Option<String> {
    let law = Gamma::new(shape, 1.0).ok()?;
    let written = |nanos: f64| period(nanos.min(CENTURY_NS));
    let [low, high] = [0.975, 0.025].map(|share| written(time_ns / law.inverse_cdf(share)));
    Some(format!("value: {}, low: {low}, high: {high}", written(time_ns / shape)))
}

#[cfg(test)]
mod tests;
