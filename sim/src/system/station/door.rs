//! What keeps requests out before any queue: a limit on their rate, and load shedding.

use crate::frame::FrameId;
use crate::plan::{Component, Shed};
use crate::time::SimTime;

use super::super::{Cx, System};

/// A token bucket in whole numbers, so that nothing drifts: it holds one second's worth of
/// requests, at least one, and is full at the start.
#[derive(Debug)]
pub(super) struct Bucket {
    /// \[2⁻³² requests per second\]
    rate: u64,
    /// What it holds \[2⁻³² · 10⁻⁹ requests\], when that last changed.
    level: u128,
    changed: SimTime,
}

/// One request, in units of a bucket's level.
const REQUEST: u128 = 1_000_000_000 << 32;

impl Bucket {
    /// A full bucket for `rate` requests per second.
    fn new(rate: f64) -> Self {
        // The cast saturates: four billion requests a second are no limit.
        let rate = (rate * f64::from(1 << 16) * f64::from(1 << 16) + 0.5) as u64;
        let mut bucket = Self { rate, level: 0, changed: SimTime::ZERO };
        bucket.fill();
        bucket
    }

    /// What it holds at most.
    fn full(&self) -> u128 {
        (u128::from(self.rate) * 1_000_000_000).max(REQUEST)
    }

    pub(super) fn fill(&mut self) {
        self.level = self.full();
    }

    /// Takes a request's worth out, if there is one.
    fn lets_in(&mut self, now: SimTime) -> bool {
        let came = u128::from(now.since(self.changed)) * u128::from(self.rate);
        self.level = (self.level + came).min(self.full());
        self.changed = now;
        let is_enough = self.level >= REQUEST;
        if is_enough {
            self.level -= REQUEST;
        }
        is_enough
    }
}

/// The bucket of a replica, if its rate is limited.
pub(super) fn bucket(settings: &Component) -> Option<Bucket> {
    settings.rate_limit.map(Bucket::new)
}

/// The shortest queue that is as full as `shed` says.
pub(super) fn shedding_length(shed: &Shed, capacity: u32) -> u32 {
    // Products such as 0.07 · 100 are a little off.
    const ROUNDING: f64 = 1e-9;
    libm::ceil(shed.at_queue * f64::from(capacity) - ROUNDING) as u32
}

impl System<'_> {
    /// Whether a request is let in as far as the queue.
    pub(super) fn is_let_in(&mut self, id: FrameId, cx: &Cx) -> bool {
        let frame = &self.frames[id];
        let priority = self.plan.endpoints[frame.endpoint as usize].priority;
        let replica = &mut self.replicas[frame.replica as usize];
        if let Some(bucket) = &mut replica.bucket
            && !bucket.lets_in(cx.now())
        {
            return false;
        }
        let settings = self.settings[replica.settings as usize].component;
        settings.shed.as_ref().is_none_or(|shed| {
            priority < shed.priority_from
                || replica.usage.waiting.count() < shedding_length(shed, replica.capacity)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of the requests at `arrivals` \[ns\] are let in.
    #[track_caller]
    fn check(rate: f64, arrivals: &[u64], expected: &[bool]) {
        let mut bucket = Bucket::new(rate);
        let let_in = arrivals.iter().map(|&at| bucket.lets_in(SimTime::from_nanos(at)));
        assert_eq!(let_in.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_bucket_holds_one_seconds_worth() {
        check(2.0, &[0, 0, 0], &[true, true, false]);
        check(2.0, &[0, 0, 499_999_999, 500_000_000], &[true, true, false, true]);
        // Never more, however long nobody came.
        check(2.0, &[9_000_000_000; 3], &[true, true, false]);
        // Half a request lasts until the other half has come.
        check(2.5, &[0, 0, 200_000_000, 200_000_000], &[true, true, true, false]);
    }

    #[test]
    fn a_slow_bucket_holds_one_request() {
        check(0.5, &[0, 1_999_999_999, 2_000_000_000], &[true, false, true]);
    }

    #[test]
    fn a_bucket_does_not_drift() {
        let mut bucket = Bucket::new(3.0);
        let second = |n: u64| SimTime::from_nanos(n * 1_000_000_000);
        // Three in each of a million seconds, and never a fourth.
        for n in 0..1_000_000 {
            let let_in = [(); 4].map(|()| bucket.lets_in(second(n)));
            assert_eq!(let_in, [true, true, true, false], "in second {n}");
        }
    }

    #[test]
    fn fullness_is_not_rounded_up_by_a_hair() {
        let shed = |at_queue| Shed { at_queue, priority_from: 2 };
        assert_eq!(shedding_length(&shed(0.07), 100), 7);
        assert_eq!(shedding_length(&shed(0.8), 128), 103);
        assert_eq!(shedding_length(&shed(1.0), 3), 3);
    }
}
