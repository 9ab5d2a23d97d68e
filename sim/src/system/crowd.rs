//! What faults make of the users of a load: how many come, who is kept away and comes later, what they
//! ask for instead, who takes up an answer slowly.
//!
//! All of it is a function of the instant and of the user's key. So a run and [`super::visits`] come
//! to the same, and nobody's draws depend on who else there is.

use crate::plan::{EndpointId, Fault, FaultKind, Identities, LoadId, Plan, Recurrence, Target};
use crate::random::{Key, Law};
use crate::time::{SimTime, nanos, round_nanos};

use super::{Purpose, draw, origin};

/// In how many steps a factor on work or load grows to its full size.
pub(super) const GROWTH_STEPS: u32 = 20;

/// Whether a fault happens at all in the replication with this root.
pub(super) fn happens(plan: &Plan, fault: usize, root: Key) -> bool {
    let identity = Identities::of(&plan.identities.faults, fault);
    draw(root, Purpose::FaultHappens, 0).with(identity).unit() < plan.faults[fault].probability
}

/// The faults that hit one load in one replication.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    surges: Vec<(Course, f64)>,
    herds: Vec<(Course, Herd)>,
    skews: Vec<(Course, Skew)>,
    slow: Vec<(Course, Slow)>,
}

#[derive(Debug)]
struct Herd {
    share: f64,
    /// \[ns\]
    over: u64,
}

#[derive(Debug)]
struct Skew {
    share: f64,
    endpoint: EndpointId,
}

#[derive(Debug)]
struct Slow {
    share: f64,
    takes: Law,
}

/// When one fault is in force; instants are in nanoseconds since the beginning of the run.
#[derive(Debug)]
struct Course {
    identity: u64,
    start: u64,
    lasts: Option<u64>,
    every: Option<u64>,
    ramp: u64,
}

/// A time that a fault is in force.
#[derive(Debug, Clone, Copy)]
struct Turn {
    number: u64,
    began: u64,
}

impl Course {
    fn of(plan: &Plan, index: usize, fault: &Fault) -> Self {
        Self {
            identity: Identities::of(&plan.identities.faults, index),
            start: origin(plan).after(nanos(fault.start)).as_nanos(),
            lasts: fault.duration.map(nanos),
            every: match fault.recurrence {
                Recurrence::Every(every) => Some(nanos(every)),
                Recurrence::Once | Recurrence::Random { .. } => None,
            },
            ramp: nanos(fault.ramp),
        }
    }

    /// The last turn that has begun at an instant, over or not.
    fn last(&self, now: u64) -> Option<Turn> {
        let number = now.checked_sub(self.start)? / self.every.unwrap_or(u64::MAX);
        Some(Turn { number, began: self.start + number * self.every.unwrap_or(0) })
    }

    /// The turn in force at an instant.
    fn turn(&self, now: u64) -> Option<Turn> {
        self.last(now).filter(|turn| self.lasts.is_none_or(|lasts| now - turn.began < lasts))
    }

    /// Part of its full magnitude that it has at an instant of a turn, growing all the time.
    fn magnitude(&self, turn: Turn, now: u64) -> f64 {
        let elapsed = now - turn.began;
        if elapsed >= self.ramp { 1.0 } else { elapsed as f64 / self.ramp as f64 }
    }

    const fn steps(&self) -> u32 {
        if self.ramp == 0 { 1 } else { GROWTH_STEPS }
    }

    /// When it makes a step of its growth.
    fn step(&self, turn: Turn, step: u32) -> u64 {
        let part = u128::from(self.ramp) * u128::from(step) / u128::from(self.steps());
        turn.began.saturating_add(part as u64)
    }

    /// The same, growing in steps; nothing while it is not in force.
    fn grown(&self, now: u64) -> f64 {
        let Some(turn) = self.turn(now) else { return 0.0 };
        let made = (1..=self.steps()).take_while(|step| self.step(turn, *step) <= now).count();
        made as f64 / f64::from(self.steps())
    }

    /// The first instant from `from` on at which it begins, grows or ends, if ever.
    fn next_change(&self, from: u64) -> Option<u64> {
        let last = self.last(from).unwrap_or(Turn { number: 0, began: self.start });
        let next = self.every.map(|every| Turn { number: 0, began: last.began + every });
        let changes = |turn: Turn| {
            let end = self.lasts.map(|lasts| turn.began.saturating_add(lasts));
            let steps = (0..=self.steps()).map(move |step| self.step(turn, step));
            let within = steps.filter(move |at| end.is_none_or(|end| *at < end));
            within.chain(end).find(|at| *at >= from)
        };
        changes(last).or_else(|| changes(next?))
    }
}

impl Crowd {
    /// The faults of a load that happen in the replication with this root.
    pub(super) fn of(plan: &Plan, load: LoadId, root: Key) -> Self {
        let mut crowd = Self::default();
        for (index, fault) in plan.faults.iter().enumerate() {
            let hits = matches!(&fault.target, Target::Loads(loads) if loads.contains(&load));
            if !hits || !happens(plan, index, root) {
                continue;
            }
            let course = Course::of(plan, index, fault);
            match &fault.kind {
                FaultKind::Load { factor } => crowd.surges.push((course, *factor)),
                FaultKind::Away { share, over } => {
                    crowd.herds.push((course, Herd { share: *share, over: nanos(*over) }));
                }
                FaultKind::Skew { share, endpoint } => {
                    crowd.skews.push((course, Skew { share: *share, endpoint: *endpoint }));
                }
                FaultKind::SlowUsers { share, takes } => {
                    crowd.slow.push((course, Slow { share: *share, takes: takes.clone() }));
                }
                _ => {}
            }
        }
        crowd
    }

    /// How many times as many come as planned.
    pub(super) fn factor(&self, now: SimTime) -> f64 {
        let now = now.as_nanos();
        let of = |(course, factor): &(Course, f64)| 1.0 + (factor - 1.0) * course.grown(now);
        self.surges.iter().map(of).product()
    }

    /// The first instant from `from` on at which that may change.
    pub(super) fn next_change(&self, from: SimTime) -> Option<SimTime> {
        let changes =
            self.surges.iter().filter_map(|(course, _)| course.next_change(from.as_nanos()));
        changes.min().filter(|at| *at < SimTime::MAX.as_nanos()).map(SimTime::from_nanos)
    }

    /// When somebody who comes now, and is kept away, comes again.
    #[inline]
    pub(super) fn away(&self, key: Key, now: SimTime) -> Option<SimTime> {
        self.herds.iter().find_map(|(course, herd)| {
            let turn = course.turn(now.as_nanos())?;
            let draws =
                |site| draw(key, Purpose::FaultAway, site).with(course.identity).with(turn.number);
            let end = turn.began + course.lasts?;
            let later = || round_nanos(draws(1).unit() * herd.over as f64);
            (draws(0).unit() < herd.share).then(|| SimTime::from_nanos(end).after(later()))
        })
    }

    /// What somebody who came at an instant calls instead of an endpoint; `key` is that of the call.
    #[inline]
    pub(super) fn wanted(&self, key: Key, came: SimTime, endpoint: EndpointId) -> EndpointId {
        if self.skews.is_empty() { endpoint } else { self.skewed(key, came, endpoint) }
    }

    fn skewed(&self, key: Key, came: SimTime, endpoint: EndpointId) -> EndpointId {
        let other = self.skews.iter().find_map(|(course, skew)| {
            let share =
                skew.share * course.magnitude(course.turn(came.as_nanos())?, came.as_nanos());
            let unit = draw(key, Purpose::FaultSkew, 0).with(course.identity).unit();
            (unit < share).then_some(skew.endpoint)
        });
        other.unwrap_or(endpoint)
    }

    /// How long somebody takes to take up an answer that is ready now \[ns\].
    pub(super) fn takes(&self, key: Key, now: SimTime) -> u64 {
        let of = |(course, slow): &(Course, Slow)| {
            let now = now.as_nanos();
            let share = slow.share * course.magnitude(course.turn(now)?, now);
            let draws = |site| draw(key, Purpose::FaultSlowUser, site).with(course.identity);
            (draws(0).unit() < share).then(|| slow.takes.sample(draws(1)))
        };
        self.slow.iter().filter_map(of).fold(0, u64::saturating_add)
    }
}
