//! When users come: the arrival processes of open loads.
//!
//! What is drawn for the n-th arrival is keyed by n, and what is drawn for the n-th phase by that:
//! the same users come at the same times in every variant of a system.
//!
//! All processes but a trace draw a *gap* and wait until the integral of their *pace* has reached
//! it (the change of time: E. Çinlar, *Introduction to Stochastic Processes*, 1975, §4.7). The gap
//! of a Poisson process is exponential of mean 1 and its pace the rate; the gap of a renewal process
//! is a time, and its pace 1. So a factor on the pace concerns what is left of a gap, too.

mod bursts;
mod phases;
mod turns;

use std::sync::Arc;

use crate::plan;
use crate::random::{Key, Law, exp1};
use crate::time::{SimTime, round_nanos};

use super::curve::Rate;
use super::{Purpose, draw};

use bursts::Bursty;
use phases::Phases;

/// The users of one load as they come.
#[derive(Debug)]
pub(super) struct Arrivals {
    process: Process,
    /// The load's key.
    key: Key,
    /// How long before the beginning people have been coming already \[ns\]; the process runs from then on.
    lead: u64,
    /// Who has come so far.
    count: u64,
    /// The key of the one who comes next.
    next: Key,
}

impl Arrivals {
    /// Nobody has come yet; `root` is the replication's key, `key` the load's, `start` where t = 0
    /// lies; people have been coming for `lead` \[ns\] before the beginning.
    pub(super) fn new(
        arrivals: &plan::Arrivals,
        root: Key,
        key: Key,
        start: SimTime,
        lead: u64,
    ) -> Self {
        let process = Process::new(arrivals, root, key, start.after(lead));
        Self { process, key, lead, count: 0, next: key.with(0) }
    }

    /// When the first comes after the beginning, if ever; `before` is told of those who came earlier:
    /// their keys, and how long before the beginning \[ns\].
    pub(super) fn first(&mut self, mut before: impl FnMut(Key, u64)) -> Option<SimTime> {
        let mut next = self.process.next(SimTime::ZERO, self.next);
        while let Some(at) = next.filter(|at| at.as_nanos() < self.lead) {
            before(self.pass(), self.lead - at.as_nanos());
            next = self.process.next(at, self.next);
        }
        self.without_lead(next)
    }

    /// The key of who comes now.
    #[inline]
    fn pass(&mut self) -> Key {
        let key = self.next;
        self.count += 1;
        self.next = self.key.with(self.count);
        key
    }

    /// An instant of the process as one of the run.
    #[inline]
    fn without_lead(&self, at: Option<SimTime>) -> Option<SimTime> {
        at.map(|at| SimTime::from_nanos(at.as_nanos().saturating_sub(self.lead)))
    }

    /// One comes: his key, and when the one after him comes, if ever.
    #[inline]
    pub(super) fn come(&mut self, now: SimTime) -> (Key, Option<SimTime>) {
        let key = self.pass();
        let next = self.process.next(now.after(self.lead), self.next);
        (key, self.without_lead(next))
    }

    /// Multiplies the rate from `now` on by `factor`, instead of what it was before; returns when
    /// the next comes then, if ever.
    ///
    /// # Panics
    /// For a trace, which has no rate.
    pub(super) fn set_factor(&mut self, now: SimTime, factor: f64) -> Option<SimTime> {
        let next = match &mut self.process {
            Process::Drawn(drawn) => drawn.set_factor(now.after(self.lead), factor),
            Process::Recorded(_) => panic!("a trace has no rate that could be multiplied"),
        };
        self.without_lead(next)
    }
}

#[derive(Debug)]
enum Process {
    Drawn(Drawn),
    Recorded(Recorded),
}

impl Process {
    fn new(arrivals: &plan::Arrivals, root: Key, key: Key, start: SimTime) -> Self {
        let (law, pace) = match arrivals {
            plan::Arrivals::Poisson(curve) => (None, Pace::following(curve, start)),
            plan::Arrivals::Bursty(curve, bursts) => {
                (None, Pace::Bursty(Box::new(Bursty::new(curve, bursts, root, start))))
            }
            plan::Arrivals::Renewal(law) => (Some(law.clone()), Pace::Constant { mean_ns: 1.0 }),
            plan::Arrivals::Mmpp(phases) => (None, Pace::Phases(Phases::new(phases, key))),
            plan::Arrivals::Trace(instants) => {
                return Self::Recorded(Recorded::new(instants, start));
            }
        };
        let (since, left) = (SimTime::ZERO, 0.0);
        Self::Drawn(Drawn { law, pace, factor: 1.0, inverse: 1.0, since, left })
    }

    /// When the user with this key comes, `now` being when the one before him did, if ever.
    #[inline]
    fn next(&mut self, now: SimTime, key: Key) -> Option<SimTime> {
        match self {
            Self::Drawn(drawn) => drawn.next(now, key),
            Self::Recorded(recorded) => recorded.next(),
        }
    }
}

/// A process of drawn gaps.
#[derive(Debug)]
struct Drawn {
    /// The law of gaps; `None` is exponential of mean 1.
    law: Option<Law>,
    pace: Pace,
    factor: f64,
    /// 1 / factor.
    inverse: f64,
    /// Where the way to the next arrival was begun, or last resumed.
    since: SimTime,
    /// What was left of the gap there.
    left: f64,
}

impl Drawn {
    #[inline]
    fn next(&mut self, now: SimTime, key: Key) -> Option<SimTime> {
        let key = draw(key, Purpose::Arrival, 0);
        self.left = match &self.law {
            None => exp1(&mut key.draws()),
            Some(law) => law.sample(key) as f64,
        };
        self.go_on(now)
    }

    /// When the next comes, after `left` from `now` on.
    #[inline]
    fn go_on(&mut self, now: SimTime) -> Option<SimTime> {
        self.since = now;
        self.pace.forward(now);
        if self.factor == 0.0 {
            return None;
        }
        self.pace.reach(now, self.left * self.inverse).filter(|at| *at < SimTime::MAX)
    }

    fn set_factor(&mut self, now: SimTime, factor: f64) -> Option<SimTime> {
        let passed = self.factor * self.pace.area(self.since, now);
        self.left = (self.left - passed).max(0.0);
        (self.factor, self.inverse) = (factor, 1.0 / factor);
        self.go_on(now)
    }
}

/// How fast gaps pass \[1/ns\], over time.
#[derive(Debug)]
enum Pace {
    Never,
    Constant {
        /// 1 / pace \[ns\].
        mean_ns: f64,
    },
    Curve(Rate),
    Phases(Phases),
    Bursty(Box<Bursty>),
}

impl Pace {
    fn following(curve: &plan::Curve, start: SimTime) -> Self {
        match curve.as_constant() {
            Some(per_s) if per_s > 0.0 => Self::Constant { mean_ns: 1e9 / per_s },
            Some(_) => Self::Never,
            None => Self::Curve(Rate::new(curve, start)),
        }
    }

    /// Forgets what was before `now`.
    #[inline]
    fn forward(&mut self, now: SimTime) {
        match self {
            Self::Never | Self::Constant { .. } => {}
            Self::Curve(rate) => rate.forward(now),
            Self::Phases(phases) => phases.forward(now),
            Self::Bursty(bursty) => bursty.forward(now),
        }
    }

    /// When the integral from `from`, the last that was forwarded to, reaches `gap`, if ever.
    #[inline]
    fn reach(&self, from: SimTime, gap: f64) -> Option<SimTime> {
        match self {
            Self::Never => None,
            Self::Constant { mean_ns } => Some(from.after(round_nanos(gap * mean_ns))),
            Self::Curve(rate) => rate.reach(from, gap),
            Self::Phases(phases) => turns::reach(phases, from, gap),
            Self::Bursty(bursty) => turns::reach(&**bursty, from, gap),
        }
    }

    /// The integral from `from`, the last that was forwarded to, to `to`.
    fn area(&self, from: SimTime, to: SimTime) -> f64 {
        match self {
            Self::Never => 0.0,
            Self::Constant { mean_ns } => to.since(from) as f64 / mean_ns,
            Self::Curve(rate) => rate.area(from, to),
            Self::Phases(phases) => turns::area(phases, from, to),
            Self::Bursty(bursty) => turns::area(&**bursty, from, to),
        }
    }
}

/// A process of recorded instants.
#[derive(Debug)]
struct Recorded {
    /// \[ns since t = 0\]
    instants: Arc<[i64]>,
    /// The next of them.
    next: usize,
    /// t = 0.
    start: SimTime,
}

impl Recorded {
    fn new(instants: &Arc<[i64]>, start: SimTime) -> Self {
        let beginning = 0_i64.saturating_sub_unsigned(start.as_nanos());
        let next = instants.partition_point(|&at| at < beginning);
        Self { instants: Arc::clone(instants), next, start }
    }

    #[inline]
    fn next(&mut self) -> Option<SimTime> {
        let at = *self.instants.get(self.next)?;
        self.next += 1;
        let nanos = self.start.as_nanos().saturating_add_signed(at);
        (nanos < SimTime::MAX.as_nanos()).then(|| SimTime::from_nanos(nanos))
    }
}

#[cfg(test)]
mod tests;
