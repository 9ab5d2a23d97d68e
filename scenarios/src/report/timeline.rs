//! What happened when: the bins of the timeline, and the faults of the scenario.

use serde::{Deserialize, Serialize};

use foreshadow_sim::histogram::{Summary, pooled_quantile};
use foreshadow_sim::plan::{self, EndpointId, Recurrence};
use foreshadow_sim::tally::Bin;

use super::build::MS;
use super::{Evidence, as_map, from_map};
use crate::lower::Lowered;

/// One bin of the timeline: means over replications.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BinReport {
    /// Beginning of the bin.
    pub t_s: f64,
    /// Users' requests.
    #[serde(serialize_with = "as_map", deserialize_with = "from_map")]
    pub endpoints: Vec<(String, BinEndpoint)>,
    /// Stations.
    #[serde(serialize_with = "as_map", deserialize_with = "from_map")]
    pub components: Vec<(String, BinComponent)>,
}

/// Users' requests in a bin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BinEndpoint {
    /// Requests due \[1/s\].
    pub offered_per_s: f64,
    /// Requests that ended ok \[1/s\].
    pub goodput_per_s: f64,
    /// Median latency of those \[ms\].
    pub p50_ms: Option<f64>,
    /// 99th percentile of it \[ms\].
    pub p99_ms: Option<f64>,
}

/// A station in a bin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BinComponent {
    /// Requests in queue or in service.
    pub in_system: f64,
    /// Share of slots in use.
    pub utilization: Option<f64>,
}

/// Something that goes wrong, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaultReport {
    /// What happens to whom: `slow at payment`.
    pub name: String,
    /// When it begins \[s\], on the clock of the timeline.
    pub start_s: f64,
    /// For how long \[s\]; null is to the end.
    pub duration_s: Option<f64>,
    /// From one beginning to the next \[s\], where it comes again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_s: Option<f64>,
    /// The chance that it happens at all, where it need not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Whether it comes and goes at drawn times from its start to its end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_drawn: bool,
}

/// The faults of a scenario, in its order; one that has several mechanisms is one.
pub(super) fn faults(lowered: &Lowered) -> Vec<FaultReport> {
    let plan = &lowered.plan;
    let mut faults: Vec<(u64, FaultReport)> = Vec::new();
    for ((fault, name), &identity) in
        plan.faults.iter().zip(&lowered.names.faults).zip(&plan.identities.faults)
    {
        let part = placed(name, fault);
        match faults.iter_mut().find(|(known, _)| *known == identity) {
            Some((_, whole)) => join(whole, &part),
            None => faults.push((identity, part)),
        }
    }
    faults.into_iter().map(|(_, fault)| fault).collect()
}

fn placed(name: &str, fault: &plan::Fault) -> FaultReport {
    let is_instant = fault.kind == plan::FaultKind::Flush;
    FaultReport {
        name: name.to_owned(),
        start_s: fault.start.as_secs_f64(),
        duration_s: if is_instant { Some(0.0) } else { fault.duration.map(|d| d.as_secs_f64()) },
        every_s: match fault.recurrence {
            Recurrence::Every(period) => Some(period.as_secs_f64()),
            Recurrence::Once | Recurrence::Random { .. } => None,
        },
        probability: (fault.probability < 1.0).then_some(fault.probability),
        is_drawn: matches!(fault.recurrence, Recurrence::Random { .. }),
    }
}

/// A fault lasts from the first of its parts to the last.
fn join(whole: &mut FaultReport, part: &FaultReport) {
    let end = |fault: &FaultReport| fault.duration_s.map(|duration| fault.start_s + duration);
    let (start, ends) = (whole.start_s.min(part.start_s), (end(whole), end(part)));
    whole.start_s = start;
    whole.duration_s = match ends {
        (Some(one), Some(other)) => Some(one.max(other) - start),
        _ => None,
    };
    whole.is_drawn |= part.is_drawn;
}

/// The bins of a run: means over replications, for users of `entries`.
pub(super) fn bins(evidence: Evidence<'_>, entries: &[EndpointId]) -> Vec<BinReport> {
    let Evidence { lowered, tallies, .. } = evidence;
    let window_s = lowered.plan.run.horizon.as_secs_f64();
    let width = lowered.plan.run.timeline.as_secs_f64();
    let bins = tallies.iter().map(|tally| tally.timeline.len()).min().unwrap_or(0);
    let n = tallies.len() as f64;
    let bin = |bin: usize| {
        let t_s = bin as f64 * width;
        let seconds = width.min(window_s - t_s);
        let all = || tallies.iter().map(move |tally| &tally.timeline[bin]);
        let endpoint = |&e: &EndpointId| {
            let latency: Vec<&Summary> = all().map(|bin| &bin.latency[e]).collect();
            let good: u64 = latency.iter().map(|summary| summary.count()).sum();
            let offered: u64 = all().map(|bin| bin.offered[e]).sum();
            let quantile = |q: f64| pooled_quantile(&latency, 0, q).map(|x| x * MS);
            let report = BinEndpoint {
                offered_per_s: offered as f64 / n / seconds,
                goodput_per_s: good as f64 / n / seconds,
                p50_ms: quantile(0.5),
                p99_ms: quantile(0.99),
            };
            (lowered.names.endpoints[e].clone(), report)
        };
        let component = |c: usize| {
            let sum = |of: fn(&Bin) -> &[u128]| all().map(|bin| of(bin)[c]).sum::<u128>();
            let shares_cores = lowered.plan.components[c].cpu.is_some();
            let (busy, available) = if shares_cores {
                (sum(|bin| &bin.busy_cores), sum(|bin| &bin.available_cores))
            } else {
                (sum(|bin| &bin.busy), sum(|bin| &bin.available))
            };
            let report = BinComponent {
                in_system: sum(|bin| &bin.in_system) as f64 / n / (seconds * 1e9),
                utilization: (available > 0).then(|| busy as f64 / available as f64),
            };
            (lowered.names.components[c].clone(), report)
        };
        BinReport {
            t_s,
            endpoints: entries.iter().map(endpoint).collect(),
            components: (0..lowered.names.components.len()).map(component).collect(),
        }
    };
    (0..bins).map(bin).collect()
}
