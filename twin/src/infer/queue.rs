//! Waiting for a slot told from work, in components that were busy.
//!
//! Where a replica serves `c` requests at once, first come first served, and a request keeps its slot
//! until it ends, a visit that finds k ≥ c others there begins when k − c + 1 of them have ended. So the
//! starts and ends that were seen tell for every c how long each visit waited, and what is left of its
//! own time is work. With too few slots, visits end before they could have begun; with too many, what is
//! left grows with the queue. The c under which the works are likeliest wins:
//!
//! - Densities of work (a histogram of its logarithm, by endpoint) are made from the first two thirds of
//!   the visits and judged on the last third, all within what is learned from. As waits follow from what
//!   was before, the likelihood of an own time is the density of the work that is left of it.
//! - Slots are only inferred where they beat "nobody waits" by more than chance has it, in batches of
//!   successive visits (one in a thousand), so that a stall that slows all at once is no queue; where
//!   hardly any visit (1 %) would have ended before it began, and where those who waited are left with the
//!   same work as those who did not (Kolmogorov and Smirnov's distance).
//! - The range is of all c that are not worse by more than chance has it (one in twenty).
//!
//! What this is not: cores that are shared (all slow down, nobody waits), limits on calls, slots that are
//! free while a request waits for others. Their waiting stays in the times. Nothing is inferred
//! where traces are missing, because those that were left out held slots, too.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::batches;
use crate::law::differ;
use crate::observe::{View, Visit};

/// Slots of one replica, as queues show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slots {
    pub(crate) value: u32,
    pub(crate) low: u32,
    pub(crate) high: u32,
    /// Visits that waited, of all.
    pub(crate) waited: usize,
    pub(crate) visits: usize,
}

/// Visits that a component needs.
const LEAST_VISITS: usize = 300;
/// Visits that must have waited among those judged.
const LEAST_WAITED: usize = 20;
/// Visits of a component that are judged; more tell no more.
const MOST_VISITS: usize = 50_000;
/// Numbers of slots that are tried, after each up to sixteen.
const MANY: [u32; 8] = [20, 24, 32, 40, 48, 64, 96, 128];
/// Share of the waiting that may end before they begin.
const CONTRADICTIONS: f64 = 0.01;
/// Share of visits that may be anything.
const ODD: f64 = 1e-3;
/// Less than this is no time at all [ns].
const NOTHING: f64 = 500.0;
/// Chance of inferring slots where there are none (on one side: half of it).
const FALSE: f64 = 0.002;
/// Chance of leaving the right number out of the range.
const OUTSIDE: f64 = 0.05;

/// Slots by component, where queues show them.
pub(super) fn slots(view: View<'_>) -> BTreeMap<u32, Slots> {
    if view.all.traces_seen as usize > view.all.traces.len() || view.all.sampled < 1.0 {
        return BTreeMap::new();
    }
    let mut of_component: BTreeMap<u32, Vec<&Visit>> = BTreeMap::new();
    for visit in view.visits {
        let component = view.all.endpoints[visit.endpoint as usize].component;
        of_component.entry(component).or_default().push(visit);
    }
    let slots = |(component, mut visits): (u32, Vec<&Visit>)| {
        visits.sort_unstable_by_key(|visit| (visit.start_ns, visit.end_ns()));
        let first = visits.len().saturating_sub(MOST_VISITS);
        Some((component, judged(&visits[first..])?))
    };
    of_component.into_iter().filter_map(slots).collect()
}

/// The visits of `view` with what is left of their own time when waiting for these slots is taken off.
pub(crate) fn without_waits<'a>(view: View<'a>, slots: &BTreeMap<u32, u32>) -> Cow<'a, [Visit]> {
    if slots.is_empty() {
        return Cow::Borrowed(view.visits);
    }
    let mut visits = view.visits.to_vec();
    let component = |visit: &Visit| view.all.endpoints[visit.endpoint as usize].component;
    let mut order: Vec<usize> =
        (0..visits.len()).filter(|&i| slots.contains_key(&component(&visits[i]))).collect();
    order.sort_unstable_by_key(|&i| (visits[i].start_ns, visits[i].end_ns()));
    let mut stations: BTreeMap<(u32, u32), Vec<u64>> = BTreeMap::new();
    for i in order {
        let station = (component(&visits[i]), visits[i].instance);
        let present = stations.entry(station).or_default();
        let wait = arrive(present, &visits[i], slots[&station.0]);
        visits[i].own_ns = visits[i].own_ns.saturating_sub(wait);
    }
    Cow::Owned(visits)
}

/// How long a visit waits for one of `slots` [ns]; `present` are the ends of those that are there,
/// ascending, to which it is added.
fn arrive(present: &mut Vec<u64>, visit: &Visit, slots: u32) -> u64 {
    let gone = present.partition_point(|end| *end <= visit.start_ns);
    present.drain(..gone);
    let wait = match present.len().checked_sub(slots as usize) {
        Some(at) => present[at] - visit.start_ns,
        None => 0,
    };
    let at = present.partition_point(|end| *end <= visit.end_ns());
    present.insert(at, visit.end_ns());
    wait
}

/// Waits of visits in order of arrival [ns], by station.
fn waits(visits: &[&Visit], slots: u32) -> Vec<u64> {
    let mut stations: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    let wait = |visit: &&Visit| arrive(stations.entry(visit.instance).or_default(), visit, slots);
    visits.iter().map(wait).collect()
}

/// Most of these at once on one replica.
fn peak(visits: &[&Visit]) -> u32 {
    let mut stations: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    let mut peak = 0;
    for visit in visits {
        let present = stations.entry(visit.instance).or_default();
        arrive(present, visit, u32::MAX);
        peak = peak.max(present.len());
    }
    u32::try_from(peak).unwrap_or(u32::MAX)
}

/// How likely the visits are under one number of slots.
struct Candidate {
    slots: u32,
    /// Of visits of the last third, in order of time.
    log_likelihoods: Vec<f64>,
    waited: usize,
}

/// The slots of a component with these visits, in order of arrival.
fn judged(visits: &[&Visit]) -> Option<Slots> {
    let peak = peak(visits);
    if visits.len() < LEAST_VISITS || peak < 2 {
        return None;
    }
    let densities = Densities::of(visits);
    let free = densities.log_likelihoods(visits, &vec![0; visits.len()]);
    let tried = (1..=16).chain(MANY).filter(|slots| *slots < peak);
    let mut candidates = Vec::new();
    for slots in tried {
        let waits = waits(visits, slots);
        let waiting = || waits.iter().zip(visits).filter(|(wait, _)| **wait > 0);
        let waited = waiting().count();
        if waited < 3 * LEAST_WAITED {
            break;
        }
        let is_early = |(wait, visit): &(&u64, &&Visit)| {
            **wait as f64 > visit.own_ns as f64 + densities.floor(visit.endpoint)
        };
        if waiting().filter(is_early).count() as f64 > CONTRADICTIONS * waited as f64 {
            continue;
        }
        if !is_same_work(visits, &waits) {
            continue;
        }
        let log_likelihoods = Densities::of_work(visits, &waits).log_likelihoods(visits, &waits);
        candidates.push(Candidate { slots, log_likelihoods, waited });
    }
    let total = |candidate: &Candidate| candidate.log_likelihoods.iter().sum::<f64>();
    let best = candidates.iter().max_by(|a, b| total(a).total_cmp(&total(b)))?;
    if !is_worse(&free, &best.log_likelihoods, FALSE) {
        return None;
    }
    let likely = candidates
        .iter()
        .filter(|it| !is_worse(&it.log_likelihoods, &best.log_likelihoods, OUTSIDE));
    let (low, high) = likely
        .fold((best.slots, best.slots), |(low, high), it| (low.min(it.slots), high.max(it.slots)));
    Some(Slots { value: best.slots, low, high, waited: best.waited, visits: visits.len() })
}

/// Whether what is left of those who waited is like the times of those who did not, as shares of the
/// median of their endpoint: work does not know of the queue before it.
fn is_same_work(visits: &[&Visit], waits: &[u64]) -> bool {
    let mut calm: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    for (visit, _) in visits.iter().zip(waits).filter(|(_, wait)| **wait == 0) {
        calm.entry(visit.endpoint).or_default().push(visit.own_ns);
    }
    let median = |(endpoint, mut times): (u32, Vec<u64>)| {
        times.sort_unstable();
        (endpoint, super::quantile(&times, 0.5).max(NOTHING))
    };
    let medians: BTreeMap<u32, f64> = calm.into_iter().map(median).collect();
    let (mut waited, mut free) = (Vec::new(), Vec::new());
    for (visit, wait) in visits.iter().zip(waits) {
        let Some(median) = medians.get(&visit.endpoint) else { continue };
        let side = if *wait > 0 { &mut waited } else { &mut free };
        side.push(left(visit, *wait) / median);
    }
    !waited.is_empty() && !free.is_empty() && !differ(&waited, &free)
}

/// Whether visits are less likely than under another number of slots, by more than chance has it.
fn is_worse(one: &[f64], other: &[f64], level: f64) -> bool {
    let gains: Vec<f64> = one.iter().zip(other).map(|(one, other)| other - one).collect();
    let batched: Vec<f64> = batches::batches(&gains).into_iter().map(batches::mean).collect();
    !batched.is_empty()
        && batches::mean(&batched) > 0.0
        && batches::p_value(&batched, 0.0, 0.0) < level
}

/// Where the visits begin on which densities are judged.
fn split(visits: usize) -> usize {
    visits * 2 / 3
}

/// Densities of work, by endpoint.
struct Densities(BTreeMap<u32, Density>);

/// A histogram of the logarithm of times, with an atom at nothing.
struct Density {
    /// What counts as nothing [ns].
    floor: f64,
    /// The longest own time [ns].
    most: f64,
    bins: BTreeMap<i32, f64>,
    total: f64,
}

/// Width of a bin of the logarithm.
const WIDTH: f64 = 0.2;
/// The bin of no time at all.
const NONE: i32 = i32::MIN;

impl Densities {
    fn of(visits: &[&Visit]) -> Self {
        Self::of_work(visits, &vec![0; visits.len()])
    }

    /// From the first visits, less their waits.
    fn of_work(visits: &[&Visit], waits: &[u64]) -> Self {
        let mut own: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        for visit in visits {
            own.entry(visit.endpoint).or_default().push(visit.own_ns);
        }
        let density = |(endpoint, mut times): (u32, Vec<u64>)| {
            times.sort_unstable();
            let floor = (0.01 * super::quantile(&times, 0.5)).max(NOTHING);
            let most = times.last().map_or(1.0, |most| *most as f64).max(floor);
            (endpoint, Density { floor, most, bins: BTreeMap::new(), total: 0.0 })
        };
        let mut densities: BTreeMap<u32, Density> = own.into_iter().map(density).collect();
        for (visit, wait) in visits.iter().zip(waits).take(split(visits.len())) {
            if let Some(density) = densities.get_mut(&visit.endpoint) {
                *density.bins.entry(density.bin(left(visit, *wait))).or_default() += 1.0;
                density.total += 1.0;
            }
        }
        Self(densities)
    }

    fn floor(&self, endpoint: u32) -> f64 {
        self.0.get(&endpoint).map_or(NOTHING, |density| density.floor)
    }

    /// Of the last visits, one by one.
    fn log_likelihoods(&self, visits: &[&Visit], waits: &[u64]) -> Vec<f64> {
        let judged = visits.iter().zip(waits).skip(split(visits.len()));
        let one = |(visit, wait): (&&Visit, &u64)| {
            self.0.get(&visit.endpoint).map_or(0.0, |density| density.log(left(visit, *wait)))
        };
        judged.map(one).collect()
    }
}

/// What is left of an own time [ns]; negative where the visit ended before it could begin.
fn left(visit: &Visit, wait: u64) -> f64 {
    visit.own_ns as f64 - wait as f64
}

impl Density {
    fn bin(&self, work: f64) -> i32 {
        if work <= self.floor { NONE } else { (work.ln() / WIDTH).floor() as i32 }
    }

    /// Logarithm of the density at `work`.
    fn log(&self, work: f64) -> f64 {
        let anything = ODD / self.most;
        if work < -self.floor {
            return anything.ln();
        }
        let bin = self.bin(work);
        let share = self.bins.get(&bin).copied().unwrap_or(0.0) / self.total.max(1.0);
        let width = if bin == NONE { self.floor } else { WIDTH * work };
        ((1.0 - ODD) * share / width + anything).ln()
    }
}
