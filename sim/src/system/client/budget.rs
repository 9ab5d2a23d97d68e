//! Retry budgets: retries as a share of first attempts.

use crate::time::SimTime;

use super::window::Window;

/// What is looked back on \[ns\].
const LOOK_BACK: u64 = 10_000_000_000;
/// So many retries always pass.
const FREE: usize = 10;

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
        let retries = self.retries.count() + 1;
        // A quotient is rounded as the share in the file was; a product may miss it.
        let passes = retries <= FREE || retries as f64 / self.first.count() as f64 <= share;
        if passes {
            self.retries.push(now, false);
        }
        passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 29 of a hundred are 29 %, although 0.29 · 100 is less than 29 in floating point.
    #[test]
    fn a_share_is_met_exactly() {
        let (mut budget, now) = (Budget::default(), SimTime::from_nanos(5));
        (0..100).for_each(|_| budget.first_attempt(now));
        let passed = (0..100).filter(|_| budget.admits_retry(now, 0.29)).count();
        assert_eq!(passed, 29);
    }
}
