//! `CoDel`: drops at the head of a queue while the wait has stayed above a target for an interval,
//! ever more often until it no longer does.
//!
//! Requests stand for packets, and a queue is short when nobody waits behind the one taken out:
//! that one is never dropped, since a slot would stand idle.
//!
//! Source: RFC 8289, "Controlled Delay Active Queue Management", sections 4.4 and 5.

use crate::plan::Discipline;
use crate::time::{SimTime, nanos};

/// Intervals after the end of a dropping state within which the next one takes up its pace.
const MEMORY: u64 = 16;

/// The state of one queue.
#[derive(Debug, Default)]
pub(super) struct Codel {
    /// \[ns\]
    target: u64,
    /// \[ns\]
    interval: u64,
    /// When the wait will have been above the target for an interval, if it is above.
    first_above: Option<SimTime>,
    is_dropping: bool,
    next_drop: SimTime,
    /// Drops since the dropping state began.
    count: u32,
    /// What `count` was when the dropping state began.
    last_count: u32,
}

impl Codel {
    pub(super) fn new(discipline: Discipline) -> Self {
        match discipline {
            Discipline::Codel { target, interval } => {
                Self { target: nanos(target), interval: nanos(interval), ..Self::default() }
            }
            _ => Self::default(),
        }
    }

    pub(super) fn start_anew(&mut self) {
        *self = Self { target: self.target, interval: self.interval, ..Self::default() };
    }

    /// Whether a request that is taken out after `wait` \[ns\] may be dropped.
    pub(super) fn may_drop(&mut self, now: SimTime, wait: u64, is_last: bool) -> bool {
        if wait < self.target || is_last {
            self.first_above = None;
            return false;
        }
        match self.first_above {
            None => {
                self.first_above = Some(now.after(self.interval));
                false
            }
            Some(since) => now >= since,
        }
    }

    /// Whether it is dropping and goes on so, after what [`Codel::may_drop`] said.
    pub(super) const fn goes_on_dropping(&mut self, may_drop: bool) -> bool {
        self.is_dropping &= may_drop;
        self.is_dropping
    }

    /// Whether the next drop is due.
    pub(super) fn is_due(&self, now: SimTime) -> bool {
        self.is_dropping && now >= self.next_drop
    }

    pub(super) const fn dropped(&mut self) {
        self.count += 1;
    }

    /// Sets the time of the next drop by the law of control.
    pub(super) fn set_next(&mut self) {
        self.next_drop = self.after(self.next_drop);
    }

    /// The dropping state begins, with a first drop now.
    pub(super) fn begin(&mut self, now: SimTime) {
        self.is_dropping = true;
        let more = self.count - self.last_count;
        let is_recent = now < self.next_drop.after(MEMORY * self.interval);
        self.count = if more > 1 && is_recent { more } else { 1 };
        self.next_drop = self.after(now);
        self.last_count = self.count;
    }

    fn after(&self, at: SimTime) -> SimTime {
        let pause = self.interval as f64 / libm::sqrt(f64::from(self.count));
        at.after(crate::time::round_nanos(pause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const MS: u64 = 1_000_000;

    fn at(ms: u64) -> SimTime {
        SimTime::from_nanos(ms * MS)
    }

    /// The times \[ms\] at which requests are dropped that are taken out every 10 ms after having
    /// waited for 50 ms, over a second.
    fn drops(codel: &mut Codel) -> Vec<u64> {
        let mut drops = Vec::new();
        for ms in (0..1000).step_by(10) {
            let may_drop = codel.may_drop(at(ms), 50 * MS, false);
            if !codel.goes_on_dropping(may_drop) {
                if may_drop {
                    drops.push(ms);
                    codel.begin(at(ms));
                }
                continue;
            }
            while codel.is_due(at(ms)) {
                drops.push(ms);
                codel.dropped();
                codel.set_next();
            }
        }
        drops
    }

    /// The k-th drop follows the one before by 100 ms / √k: at 100, 200, 270.7, 328.4, 378.4,
    /// 423.2, 464.0, 501.8, 537.1, 570.5, 602.1, …, each at the next 10 ms.
    #[test]
    fn drops_come_closer_with_the_root_of_their_number() {
        let discipline = Discipline::Codel {
            target: Duration::from_millis(5),
            interval: Duration::from_millis(100),
        };
        let mut codel = Codel::new(discipline);
        let drops = drops(&mut codel);
        assert_eq!(drops[..11], [100, 200, 280, 330, 380, 430, 470, 510, 540, 580, 610]);
        // It stops at once when the wait is short again, or nobody waits behind.
        assert!(!codel.may_drop(at(1000), 4 * MS, false));
        assert!(!codel.goes_on_dropping(false));
        assert!(!codel.may_drop(at(1010), 50 * MS, true));
        // Soon after, it takes up its pace: `count` goes on from what was added before.
        assert!(!codel.may_drop(at(1020), 50 * MS, false));
        assert!(codel.may_drop(at(1120), 50 * MS, false));
        let before = codel.count;
        codel.begin(at(1120));
        assert_eq!(codel.count, before - 1);
        codel.start_anew();
        assert!(!codel.may_drop(at(1130), 50 * MS, false));
    }
}
