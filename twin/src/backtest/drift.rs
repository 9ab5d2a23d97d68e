//! Whether single parameters have departed from the twin's, and since when.
//!
//! The observation is cut into eight slices of equal time, and the visits of an endpoint in a slice
//! into eight batches, one after the other. A batch gives one number: the median own time, the
//! calls of another endpoint per visit, the share of visits that failed although none of their calls
//! did, or the rate of users' requests. Student's test holds their mean against the twin's value
//! ([`crate::batches`]).
//!
//! A slice is *off* when its mean differs by as much as matters: a fifth of a time or rate, a tenth
//! of the calls and at least one in twenty visits, one visit in a hundred for failures. Slices that
//! follow each other and are off in one direction make a run; all batches of a run are tested
//! together. What runs there are is told by the same data, so every run that there could be counts
//! as a test, of all parameters of all endpoints, and all share an error of 1 % (Bonferroni).
//!
//! What is new or gone is found by [`super::structure`], at the same error.
//!
//! A **drift** is a run of two slices or more that lasts to the end and whose test rejects. One that
//! ended is told apart, as incidents are.

use std::collections::BTreeMap;

use super::structure::{Candidate, Structure};
use crate::batches::{COUNT as BATCHES, LEAST as LEAST_BATCH, batches, mean, p_value};
use crate::expected::{expected, reaches};
use crate::infer::Labels;
use crate::observe::{Observations, Stage, Visit};
use foreshadow_scenarios::CheckedTwin;

/// Slices of the time observed.
const SLICES: usize = 8;
/// Chance that any test rejects although nothing has changed.
const ERROR: f64 = 0.01;
/// Slices that a drift lasts, at least.
const LEAST_SLICES: usize = 2;

/// What departed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Drifted {
    /// Median time that an endpoint does not spend waiting for others, in milliseconds.
    OwnTime,
    /// Calls of this endpoint per visit.
    Calls(String),
    /// Share of visits that failed although none of their calls did.
    Errors,
    /// Users' requests per second; the load has changed, not the system.
    Rate,
    /// A component or endpoint that the twin does not have.
    Appeared,
    /// An endpoint of the twin that was not seen.
    Vanished,
    /// Calls of this endpoint, which the twin does not make.
    NewCalls(String),
    /// Calls of this endpoint, which the twin makes, and of which none was seen.
    LostCalls(String),
}

/// A departure of one parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// The endpoint, `component.endpoint`.
    pub endpoint: String,
    /// What of it.
    pub parameter: Drifted,
    /// What the twin says; of parts that are new or gone, the requests that it expects to come by.
    pub twin: f64,
    /// Mean over the departing slices; of new parts, the traces that show it.
    pub seen: f64,
    /// Begin of the first departing slice, or the first sight of what is new, in nanoseconds since 1970.
    pub since_ns: u64,
    /// End of the last departing slice; none where it holds to the end.
    pub until: Option<u64>,
    /// Slices that depart, of those that could be judged; none of parts that are new or gone.
    pub slices: (usize, usize),
}

/// What the tests said.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) departures: Vec<Drift>,
    pub(super) tests: usize,
}

/// One parameter in the slices that could be judged.
struct Course {
    endpoint: String,
    parameter: Drifted,
    twin: f64,
    /// (number of the slice, its batches)
    slices: Vec<(usize, Vec<f64>)>,
    /// Least variance of a batch, for shares of which all batches may be equal.
    least_variance: f64,
}

/// Tests every parameter of every endpoint that the twin has, and what is new or gone.
pub(super) fn drift(
    twin: &CheckedTwin,
    all: &Observations,
    labels: &Labels,
    of_twin: &[Option<String>],
) -> Found {
    let cut = Cut::of(all);
    let visits = crate::infer::without_waits(all.view(), &slots(twin, all, of_twin));
    let mut courses = Vec::new();
    for (id, name) in of_twin.iter().enumerate() {
        let Some(name) = name else { continue };
        let index = twin.names.endpoints.iter().position(|known| known == name);
        let Some(index) = index else { continue };
        courses.extend(courses_of(twin, all, of_twin, (&cut, &visits), (id, index)));
        courses.extend(rate(twin, all, &cut, id, name));
    }
    let runs = |course: &Course| course.slices.len() * (course.slices.len() + 1) / 2;
    let structure = Structure { twin, all, labels, of_twin };
    let parts = structure.candidates();
    let tests = courses.iter().map(runs).sum::<usize>() + structure.tests();
    let level = ERROR / tests.max(1) as f64;
    let mut departures: Vec<Drift> =
        courses.iter().filter_map(|course| course.departure(level, &cut)).collect();
    let parts = parts.into_iter().filter(|candidate| candidate.p < level);
    for Candidate { drift, .. } in parts {
        // Calls that began or ended may be known already, by slices of time.
        let is_known = |other: &Drift| match (&other.parameter, &drift.parameter) {
            (Drifted::Calls(known), Drifted::NewCalls(target) | Drifted::LostCalls(target)) => {
                (&other.endpoint, known) == (&drift.endpoint, target)
            }
            _ => false,
        };
        if !departures.iter().any(is_known) {
            departures.push(drift);
        }
    }
    Found { departures, tests }
}

/// The slots that the twin says components have, by component in the observations; their waiting is no
/// own time.
fn slots(twin: &CheckedTwin, all: &Observations, of_twin: &[Option<String>]) -> BTreeMap<u32, u32> {
    if all.share_kept() < 1.0 {
        // Those that are not here held slots, too.
        return BTreeMap::new();
    }
    let of = |(id, name): (usize, &Option<String>)| {
        let index = twin.names.endpoints.iter().position(|known| Some(known) == name.as_ref())?;
        let component = twin.plan.endpoints[index].component;
        let concurrency = twin.plan.components[component].concurrency?;
        Some((all.endpoints[id].component, concurrency))
    };
    of_twin.iter().enumerate().filter_map(of).collect()
}

/// The time observed in slices.
struct Cut {
    first_ns: u64,
    slice_ns: u64,
}

impl Cut {
    fn of(all: &Observations) -> Self {
        let slice_ns = (all.last_ns - all.first_ns) / SLICES as u64 + 1;
        Self { first_ns: all.first_ns, slice_ns }
    }

    fn slice(&self, instant_ns: u64) -> usize {
        let slice = instant_ns.saturating_sub(self.first_ns) / self.slice_ns;
        usize::try_from(slice).map_or(SLICES - 1, |slice| slice.min(SLICES - 1))
    }

    fn begin(&self, slice: usize) -> u64 {
        self.first_ns + slice as u64 * self.slice_ns
    }
}

/// Own time, calls and failures of the endpoint `id`, `index` in the twin.
fn courses_of(
    twin: &CheckedTwin,
    all: &Observations,
    of_twin: &[Option<String>],
    (cut, visits): (&Cut, &[Visit]),
    (id, index): (usize, usize),
) -> Vec<Course> {
    let mut slices: Vec<Vec<&Visit>> = (0..SLICES).map(|_| Vec::new()).collect();
    for visit in visits.iter().filter(|visit| visit.endpoint as usize == id) {
        slices[cut.slice(visit.start_ns)].push(visit);
    }
    let course = |parameter, twin: f64, of: &dyn Fn(&[&Visit]) -> f64, is_share: bool| {
        let per_batch = slices.iter().map(|seen| seen.len() / BATCHES).filter(|n| *n > 0).min();
        let share = twin.clamp(0.0, 1.0).max(0.01);
        let least = if is_share { share / per_batch.unwrap_or(1).max(1) as f64 } else { 0.0 };
        let batched = slices.iter().map(|seen| batches(seen).into_iter().map(of).collect());
        let batched: Vec<Vec<f64>> = batched.collect();
        let judged = batched.into_iter().enumerate().filter(|(_, batches)| !batches.is_empty());
        let endpoint = of_twin[id].clone().unwrap_or_default();
        let slices = judged.collect();
        Course { endpoint, parameter, twin, slices, least_variance: least }
    };
    let said = expected(&twin.plan, index);
    let own = |seen: &[&Visit]| {
        let mut times: Vec<u64> = seen.iter().map(|visit| visit.own_ns).collect();
        times.sort_unstable();
        crate::infer::quantile(&times, 0.5) / 1e6
    };
    let errors = |seen: &[&Visit]| {
        seen.iter().filter(|visit| visit.failed_alone()).count() as f64 / seen.len() as f64
    };
    let mut courses = vec![
        course(Drifted::OwnTime, said.own_ns / 1e6, &own, false),
        course(Drifted::Errors, said.errors, &errors, true),
    ];
    let mut targets: BTreeMap<&str, f64> = said
        .calls
        .iter()
        .map(|(target, count)| (twin.names.endpoints[*target].as_str(), *count))
        .collect();
    let called = |visit: &Visit| -> Vec<(&str, u32)> {
        let runs = all.shapes[visit.shape as usize].iter().flat_map(Stage::runs);
        let named = |run: &crate::observe::Run| {
            of_twin[run.target as usize].as_deref().map(|name| (name, run.count))
        };
        runs.filter_map(named).collect()
    };
    for visit in slices.iter().flatten() {
        for (name, _) in called(visit) {
            targets.entry(name).or_insert(0.0);
        }
    }
    // What would close a circle was left out when the twin was learned.
    let closes = |name: &str| {
        let callee = twin.names.endpoints.iter().position(|known| known == name);
        callee.is_some_and(|callee| callee != index && reaches(&twin.plan, callee, index) > 0.0)
    };
    targets.retain(|name, count| *count > 0.0 || !closes(name));
    for (target, count) in targets {
        let calls = |seen: &[&Visit]| {
            let of = |visit: &&Visit| {
                let calls = called(visit).into_iter().filter(|(name, _)| *name == target);
                calls.map(|(_, count)| f64::from(count)).sum::<f64>()
            };
            seen.iter().map(of).sum::<f64>() / seen.len() as f64
        };
        courses.push(course(Drifted::Calls(target.to_owned()), count, &calls, true));
    }
    courses
}

/// Users' requests of an endpoint: slices cut into batches of equal time.
fn rate(
    twin: &CheckedTwin,
    all: &Observations,
    cut: &Cut,
    id: usize,
    name: &str,
) -> Option<Course> {
    let learned = twin.twin.learned.as_ref()?;
    let said = learned.observed.get(name)?.0;
    let batch_ns = (cut.slice_ns / BATCHES as u64).max(1);
    let mut counts = vec![vec![0_u32; BATCHES]; SLICES];
    let entries = all.view().visits.iter();
    for visit in entries.filter(|visit| visit.endpoint as usize == id && visit.is_entry) {
        let slice = cut.slice(visit.start_ns);
        let within = visit.start_ns.saturating_sub(cut.begin(slice)) / batch_ns;
        counts[slice][(within as usize).min(BATCHES - 1)] += 1;
    }
    let total: u32 = counts.iter().flatten().sum();
    if (total as usize) < SLICES * BATCHES * LEAST_BATCH {
        return None;
    }
    let seconds = batch_ns as f64 * 1e-9 * all.share_kept();
    let per_s = |counts: Vec<u32>| counts.into_iter().map(|n| f64::from(n) / seconds).collect();
    Some(Course {
        endpoint: name.to_owned(),
        parameter: Drifted::Rate,
        twin: said,
        slices: counts.into_iter().map(per_s).enumerate().collect(),
        // Independent arrivals vary by as much.
        least_variance: said / seconds,
    })
}

impl Course {
    /// The last run of slices that departs.
    fn departure(&self, level: f64, cut: &Cut) -> Option<Drift> {
        let signs: Vec<i8> = self.slices.iter().map(|(_, batches)| self.off(batches)).collect();
        let mut end = signs.len();
        while end > 0 {
            let sign = signs[end - 1];
            let begin =
                signs[..end].iter().rposition(|other| *other != sign).map_or(0, |at| at + 1);
            let run = &self.slices[begin..end];
            let batches: Vec<f64> = run.iter().flat_map(|(_, it)| it).copied().collect();
            if sign != 0 && p_value(&batches, self.twin, self.least_variance) < level {
                let holds = end == signs.len() && run.len() >= LEAST_SLICES;
                return Some(Drift {
                    endpoint: self.endpoint.clone(),
                    parameter: self.parameter.clone(),
                    twin: self.twin,
                    seen: mean(&batches),
                    since_ns: cut.begin(self.slices[begin].0),
                    until: (!holds).then(|| cut.begin(self.slices[end - 1].0 + 1)),
                    slices: (run.len(), signs.len()),
                });
            }
            end = begin;
        }
        None
    }

    /// Whether a slice is off by as much as matters: above (1), below (−1) or not (0).
    fn off(&self, batches: &[f64]) -> i8 {
        let difference = mean(batches) - self.twin;
        let matters = match self.parameter {
            Drifted::OwnTime => 0.2 * self.twin.max(0.05),
            Drifted::Rate => 0.2 * self.twin,
            Drifted::Calls(_) => (0.1 * self.twin).max(0.05),
            Drifted::Errors => 0.01,
            Drifted::Appeared
            | Drifted::Vanished
            | Drifted::NewCalls(_)
            | Drifted::LostCalls(_) => unreachable!("parts have no course"),
        };
        match difference {
            difference if difference >= matters => 1,
            difference if difference <= -matters => -1,
            _ => 0,
        }
    }
}
