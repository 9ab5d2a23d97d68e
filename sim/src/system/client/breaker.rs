//! Circuit breakers.

use crate::plan;
use crate::time::{SimTime, nanos};

use super::window::Window;

/// The breaker of one calling replica for one callee.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    state: State,
    /// Counts the changes of state; results of attempts let through before the last are ignored.
    epoch: u16,
    window: Window,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    Open {
        until: SimTime,
    },
    /// `admitted` probes are out or back, `passed` of them back and well.
    HalfOpen {
        admitted: u32,
        passed: u32,
    },
}

impl Breaker {
    fn enter(&mut self, state: State) {
        self.state = state;
        self.epoch = self.epoch.wrapping_add(1);
        self.window.clear();
    }

    /// Whether an attempt would be let through now.
    pub(super) fn would_admit(&self, now: SimTime, rules: &plan::Breaker) -> bool {
        match self.state {
            State::Closed => true,
            State::Open { until } => now >= until,
            State::HalfOpen { admitted, .. } => admitted < rules.half_open,
        }
    }

    /// Lets an attempt through, or not; the number is to be given back with its result.
    pub(super) fn admit(&mut self, now: SimTime, rules: &plan::Breaker) -> Option<u16> {
        if !self.would_admit(now, rules) {
            return None;
        }
        if let State::Open { .. } = self.state {
            self.enter(State::HalfOpen { admitted: 0, passed: 0 });
        }
        if let State::HalfOpen { admitted, .. } = &mut self.state {
            *admitted += 1;
        }
        Some(self.epoch)
    }

    /// An attempt that was let through has no result after all.
    pub(super) fn withdraw(&mut self, epoch: u16) {
        if epoch == self.epoch
            && let State::HalfOpen { admitted, .. } = &mut self.state
        {
            *admitted -= 1;
        }
    }

    /// Takes in a result. Returns whether the breaker opens.
    pub(super) fn result(
        &mut self,
        now: SimTime,
        rules: &plan::Breaker,
        epoch: u16,
        error: bool,
    ) -> bool {
        if epoch != self.epoch {
            return false;
        }
        let opens = match &mut self.state {
            State::Closed => {
                self.window.push(now, error);
                self.window.slide(now, nanos(rules.window));
                let (results, errors) = (self.window.count(), self.window.marked());
                // A quotient is rounded as the share in the file was; a product may miss it.
                errors > 0
                    && results >= rules.min_requests as usize
                    && errors as f64 / results as f64 >= rules.error_rate
            }
            State::HalfOpen { .. } if error => true,
            State::HalfOpen { passed, .. } => {
                *passed += 1;
                if *passed == rules.half_open {
                    self.enter(State::Closed);
                }
                false
            }
            State::Open { .. } => false,
        };
        if opens {
            self.enter(State::Open { until: now.after(nanos(rules.open)) });
        }
        opens
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const RULES: plan::Breaker = plan::Breaker {
        error_rate: 0.07,
        window: Duration::from_secs(1),
        min_requests: 100,
        open: Duration::from_secs(1),
        half_open: 1,
    };

    /// Seven of a hundred are 7 %, although 0.07 · 100 is more than 7 in floating point.
    #[test]
    fn a_share_is_met_exactly() {
        let mut breaker = Breaker::default();
        let now = SimTime::from_nanos(5);
        for result in 0..100 {
            let epoch = breaker.admit(now, &RULES).unwrap();
            assert_eq!(breaker.result(now, &RULES, epoch, result >= 93), result == 99);
        }
        assert!(!breaker.would_admit(now, &RULES));
    }
}
