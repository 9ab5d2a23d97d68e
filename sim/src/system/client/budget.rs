//! Retry budgets: retries as a share of first attempts.

use crate::time::SimTime;

use super::window::Window;

/// What is looked back on \[ns\].
const LOOK_BACK: u64 = 10_000_000_000;
/// So many retries always pass.
const FREE: f64 = 10.0;

/// First attempts and retries of one calling replica over the last ten seconds.
#[derive(Debug, Default)]
pub(super) struct Budget {
    first: Window,
    retries: Window,
}

impl Budget {
    pub(super) fn first_attempt(&mut self, now: SimTime) {
        self.first.slide(now, LOOK_BACK);
        self.first.push(now, false);
    }

    /// Whether one more retry passes; if so it counts.
    pub(super) fn admits_retry(&mut self, now: SimTime, share: f64) -> bool {
        self.first.slide(now, LOOK_BACK);
        self.retries.slide(now, LOOK_BACK);
        let allowed = (share * self.first.count() as f64).max(FREE);
        let passes = (self.retries.count() + 1) as f64 <= allowed;
        if passes {
            self.retries.push(now, false);
        }
        passes
    }
}
