//! What a fault did: a run with it beside the run without it, over the same requests.
//!
//! Words and rules are those of the project's semantics: a request is *good* when it ends ok within
//! its latency objective; it is *harmed* when it is not good although it was so without the fault.
//! The time that counts goes from the start of the fault to the recovery, or to the horizon.

mod window;

use foreshadow_scenarios::lower::{Lowered, Measure, Objective, Subject};
use foreshadow_sim::plan::{EndpointId, Outcome};
use foreshadow_sim::tally::{Request, Tally};

use window::Windows;

/// One nanosecond in seconds.
const NANO: f64 = 1e-9;
/// How much of the work of the paired run a component must do, lest it count as degraded.
const DEGRADED_BELOW: f64 = 0.95;
/// How many times as long as in the paired run a component may take, lest it count as degraded.
const DEGRADED_ABOVE: f64 = 1.5;
/// How many times as long as faults lasted a run must go on after them, to tell what is slow to
/// recover from what never does.
const LONG: u64 = 5;
/// What a fault does is looked at for this long at least, however short it is \[ns\].
const LEAST: u64 = window::WIDE as u64 * window::BIN;

/// What a campaign asks of every run: limits, worths, and what users call.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Endpoints that users call, rising.
    pub entries: Vec<EndpointId>,
    /// Per endpoint of the plan: the longest latency of a good request \[ns\].
    limits: Vec<u64>,
    /// Per load of the plan: the worth of one success.
    worth: Vec<f64>,
    objectives: Vec<Objective>,
    /// \[ns\]
    pub(crate) horizon: u64,
    /// Width of a bin of the timeline \[ns\].
    bin: u64,
}

impl Asked {
    /// What the scenario asks. Of several latency objectives of an endpoint, that of the highest
    /// quantile says which request is good.
    #[must_use]
    pub fn of(lowered: &Lowered) -> Self {
        let mut limits = vec![(0.0, u64::MAX); lowered.plan.endpoints.len()];
        for objective in &lowered.objectives {
            if let (Subject::Endpoint(endpoint), Measure::Quantile(q, _)) =
                (objective.subject, objective.measure)
                && q >= limits[endpoint].0
            {
                limits[endpoint] = (q, (objective.limit * 1e6).round() as u64);
            }
        }
        let run = &lowered.plan.run;
        Self {
            entries: lowered.plan.entries(),
            limits: limits.into_iter().map(|(_, limit)| limit).collect(),
            worth: lowered.worth.iter().map(|(worth, _)| *worth).collect(),
            objectives: lowered.objectives.clone(),
            horizon: run.horizon.as_nanos() as u64,
            bin: run.timeline.as_nanos() as u64,
        }
    }

    fn is_good(&self, request: &Request) -> bool {
        request.outcome == Outcome::Ok && request.latency <= self.limits[request.endpoint as usize]
    }
}

/// When faults of a trial are in force \[ns\]; `end` is `None` for one that lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Force {
    /// The first begins.
    pub start: u64,
    /// The last has ended.
    pub end: Option<u64>,
}

impl Force {
    /// Whether a run of this length tells what is slow to recover from what never does.
    #[must_use]
    pub fn tells_recovery(&self, horizon: u64) -> bool {
        self.end.is_some_and(|end| end + (LONG * (end - self.start)).max(LEAST) <= horizon)
    }

    /// For how long, before `horizon` \[ns\].
    fn within(self, horizon: u64) -> u64 {
        self.end.unwrap_or(horizon).min(horizon).saturating_sub(self.start)
    }
}

/// A run without faults, made ready to be compared with.
#[derive(Debug)]
pub struct Base {
    tally: Tally,
    /// By key.
    requests: Vec<Request>,
    windows: Windows,
}

impl Base {
    /// What a run without faults came to.
    #[must_use]
    pub fn new(asked: &Asked, (tally, mut requests): (Tally, Vec<Request>)) -> Self {
        let windows = Windows::of(asked, &requests);
        requests.sort_unstable_by_key(|request| request.key);
        Self { tally, requests, windows }
    }

    /// Events of the run.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.tally.events
    }

    /// A number that another simulator would hardly come to: of what each request came to.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let of = |request: &Request| request.key ^ request.latency.rotate_left(17) ^ request.due;
        let mix = |sum: u64, x: u64| (sum ^ x).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        self.requests.iter().map(of).fold(self.tally.events, mix)
    }

    /// Bytes that it takes, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.requests.len() * size_of::<Request>() + self.windows.bytes()
    }

    fn find(&self, key: u64) -> Option<&Request> {
        let found = self.requests.binary_search_by_key(&key, |request| request.key);
        found.ok().map(|index| &self.requests[index])
    }
}

/// What one trial measured, in counts that add up.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measured {
    /// Events of the run with faults.
    pub events: u64,
    /// How long faults were in force within the run \[s\].
    pub force_s: f64,
    /// Requests due from the start of the first fault to recovery, per endpoint that users call.
    pub due: Vec<u64>,
    /// Those of them that were harmed.
    pub harmed: Vec<u64>,
    /// Of all, those due while the faults were in force.
    pub due_during: u64,
    /// And harmed.
    pub harmed_during: u64,
    /// Worth of what was due in that time.
    pub worth_due: f64,
    /// Worth of what was due while the faults were in force.
    pub worth_due_during: f64,
    /// Worth of what was harmed.
    pub worth_lost: f64,
    /// Worth of what was harmed and due after the faults had ended.
    pub worth_lost_after: f64,
    /// From the start to the first 10 s in which something departed from the paired run \[s\]; `None`
    /// when nothing did.
    pub detected_s: Option<f64>,
    /// From the end of the last fault to the first 10 s in which all is as in the paired run \[s\];
    /// `None` when that did not come.
    pub recovered_s: Option<f64>,
    /// Not recovered at the horizon although every fault had ended; `None` where the run is too
    /// short to tell.
    pub metastable: Option<bool>,
    /// Components that did less, or took longer, than in the paired run, by index.
    pub degraded: Vec<u32>,
    /// Objectives that the run missed, by index.
    pub missed: Vec<u32>,
    /// Latencies of the good and the slow \[ns\] in that time, each ending ok.
    pub latencies: Vec<u64>,
}

/// What a run under faults came to in which so much work piled up that it was given up: nothing that was
/// due from their start on was served, and nothing recovered. It has no events.
#[must_use]
pub fn given_up(asked: &Asked, base: &Base, force: Force, component: usize) -> Measured {
    let lost = |request: &Request| Request { outcome: Outcome::InFlight, ..*request };
    let mut measured = Measured {
        force_s: force.within(asked.horizon) as f64 * NANO,
        due: vec![0; asked.entries.len()],
        harmed: vec![0; asked.entries.len()],
        detected_s: Some(0.0),
        metastable: force.tells_recovery(asked.horizon).then_some(true),
        degraded: vec![component as u32],
        missed: (0..asked.objectives.len() as u32).collect(),
        ..Measured::default()
    };
    let all: Vec<Request> = base.requests.iter().map(lost).collect();
    count(asked, base, (force, asked.horizon), &all, &mut measured);
    measured
}

/// Compares a run under faults with the run without them.
#[must_use]
pub fn compare(
    asked: &Asked,
    base: &Base,
    force: Force,
    (tally, requests): (&Tally, &[Request]),
) -> Measured {
    let windows = Windows::of(asked, requests);
    let detected = windows.departs(&base.windows, force.start);
    // What never departed has nothing to come back from.
    let end = force.end.filter(|end| *end < asked.horizon);
    let back = end.and_then(|end| windows.returns(&base.windows, end));
    let until = match (detected, back) {
        (None, _) => {
            let end = force.end.unwrap_or(asked.horizon);
            end.max(force.start + LEAST).min(asked.horizon)
        }
        (_, Some(back)) => back,
        (_, None) => asked.horizon,
    };
    let mut measured = Measured {
        events: tally.events,
        force_s: force.within(asked.horizon) as f64 * NANO,
        due: vec![0; asked.entries.len()],
        harmed: vec![0; asked.entries.len()],
        detected_s: detected.map(|at| (at - force.start) as f64 * NANO),
        recovered_s: match (detected, back, end) {
            (None, ..) => Some(0.0),
            (_, Some(back), Some(end)) => Some((back - end) as f64 * NANO),
            _ => None,
        },
        ..Measured::default()
    };
    measured.metastable =
        force.tells_recovery(asked.horizon).then_some(measured.recovered_s.is_none());
    count(asked, base, (force, until), requests, &mut measured);
    measured.degraded = degraded(asked, base, (force.start, until), tally);
    let recovered_s = measured.recovered_s;
    let missed = |(index, objective): (usize, &Objective)| {
        let missed = match objective.measure {
            Measure::Recovery => recovered_s.is_none_or(|s| s * 1e3 > objective.limit),
            _ => is_missed(objective, tally),
        };
        missed.then_some(index as u32)
    };
    measured.missed = asked.objectives.iter().enumerate().filter_map(missed).collect();
    measured
}

/// Counts the requests of the time that matters.
fn count(
    asked: &Asked,
    base: &Base,
    (force, until): (Force, u64),
    requests: &[Request],
    measured: &mut Measured,
) {
    let end = force.end.unwrap_or(asked.horizon);
    let in_time = |request: &&Request| force.start <= request.due && request.due < until;
    for request in requests.iter().filter(in_time) {
        let Ok(entry) = asked.entries.binary_search(&(request.endpoint as usize)) else {
            continue;
        };
        let worth = asked.worth[request.load as usize];
        // One that did not come without the fault would have been served.
        let was_good = base.find(request.key).is_none_or(|before| asked.is_good(before));
        let is_harmed = was_good && !asked.is_good(request);
        measured.due[entry] += 1;
        measured.worth_due += worth;
        if is_harmed {
            measured.harmed[entry] += 1;
            measured.worth_lost += worth;
        }
        if request.due < end {
            measured.due_during += 1;
            measured.worth_due_during += worth;
            measured.harmed_during += u64::from(is_harmed);
        } else if is_harmed {
            measured.worth_lost_after += worth;
        }
        if request.outcome == Outcome::Ok {
            measured.latencies.push(request.latency);
        }
    }
}

/// Components that did less work, or took longer over it, than in the paired run.
fn degraded(asked: &Asked, base: &Base, (from, until): (u64, u64), tally: &Tally) -> Vec<u32> {
    let bins = (from / asked.bin) as usize..until.div_ceil(asked.bin) as usize;
    let sums = |tally: &Tally, component: usize| {
        let bins = tally.timeline.get(bins.start..bins.end.min(tally.timeline.len()));
        bins.unwrap_or_default().iter().fold((0.0, 0.0), |(done, present), bin| {
            (done + bin.completed[component] as f64, present + bin.in_system[component] as f64)
        })
    };
    let is_degraded = |component: &usize| {
        let ((done, present), (before, present_before)) =
            (sums(tally, *component), sums(&base.tally, *component));
        // A few requests more or less, at either end of the time, tell nothing.
        let slack = 3.0 * before.sqrt();
        let less = done < DEGRADED_BELOW * before && before - done > slack;
        let slower = done > 0.0
            && before > 0.0
            && present / done > DEGRADED_ABOVE * present_before / before
            && done > 10.0;
        less || slower
    };
    (0..tally.components.len()).filter(is_degraded).map(|id| id as u32).collect()
}

/// Whether a run missed an objective, by its own counts.
fn is_missed(objective: &Objective, tally: &Tally) -> bool {
    let endpoint = match objective.subject {
        Subject::Endpoint(endpoint) => endpoint,
        Subject::Component(component) => {
            let used = tally.components[component].utilization();
            return used.is_some_and(|used| used > objective.limit);
        }
    };
    let users = &tally.users[endpoint];
    let offered = users.offered as f64;
    let over = objective.counted.map_or(0.0, |limit| tally.over_limit[limit] as f64);
    match objective.allowed() {
        Some(allowed) => over > allowed * offered,
        None if objective.measure == Measure::Mean => {
            users.latency.mean().is_some_and(|mean| mean / 1e6 > objective.limit)
        }
        // A recovery is told from the pair.
        None => false,
    }
}
