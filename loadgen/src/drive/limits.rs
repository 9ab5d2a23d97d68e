//! What keeps a target from harm: caps that are checked before anything is sent, and the share of
//! failures at which it is left alone.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Outcome, Ticket};
use crate::error::Error;

/// Nanoseconds of a second.
const SECOND: u64 = 1_000_000_000;

/// Caps on a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Caps {
    /// Most that may come within any one second.
    pub per_second: Option<u64>,
    /// Most that may come at all.
    pub total: Option<u64>,
}

impl Caps {
    /// Refuses a schedule that goes beyond.
    ///
    /// # Errors
    /// [`Error::Cap`], which says where.
    pub fn check(&self, tickets: &[Ticket]) -> Result<(), Error> {
        let count = tickets.len() as u64;
        if let Some(total) = self.total.filter(|total| count > *total) {
            return Err(Error::Cap(format!(
                "{count} are due, more than the {total} of --max-total; shorten the run, or raise it"
            )));
        }
        let Some(most) = self.per_second else { return Ok(()) };
        let mut first = 0;
        for (last, ticket) in tickets.iter().enumerate() {
            while tickets[first].due + SECOND <= ticket.due {
                first += 1;
            }
            let within = (last - first + 1) as u64;
            if within > most {
                let at = tickets[first].due as f64 / SECOND as f64;
                return Err(Error::Cap(format!(
                    "more than the {most} of --max-rate are due in the second from {at:.1} s on; \
                     scale the load down, or raise it"
                )));
            }
        }
        Ok(())
    }
}

/// The share of failures at which a target is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Abort {
    /// Of the requests that ended last.
    pub share: f64,
}

/// Requests that are looked back at.
const WINDOW: usize = 100;

/// Watches the last requests.
#[derive(Debug, Default)]
pub(super) struct Watch {
    last: VecDeque<bool>,
    failed: usize,
}

impl Watch {
    /// Takes note of an outcome; says whether it is time to leave the target alone.
    pub(super) fn is_over(&mut self, abort: Abort, outcome: Outcome) -> bool {
        let has_failed = outcome != Outcome::Ok;
        self.last.push_back(has_failed);
        self.failed += usize::from(has_failed);
        if self.last.len() > WINDOW {
            self.failed -= usize::from(self.last.pop_front() == Some(true));
        }
        self.last.len() == WINDOW && self.failed as f64 > abort.share * WINDOW as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tickets(dues_ms: &[u64]) -> Vec<Ticket> {
        dues_ms.iter().map(|ms| Ticket { due: ms * 1_000_000, first: 0, steps: 1 }).collect()
    }

    #[test]
    fn caps_are_of_any_second_and_of_all() {
        let schedule = tickets(&[0, 400, 900, 1_000, 1_300, 5_000]);
        let check = |per_second, total| Caps { per_second, total }.check(&schedule).is_ok();
        assert!(check(None, None) && check(Some(4), Some(6)));
        // From 400 ms on: 400, 900, 1000, 1300.
        assert!(!check(Some(3), None));
        assert!(!check(None, Some(5)));
    }

    #[test]
    fn a_target_that_fails_is_left_alone() {
        let mut watch = Watch::default();
        let abort = Abort { share: 0.5 };
        let mut over = |outcome, times: usize| (0..times).any(|_| watch.is_over(abort, outcome));
        assert!(!over(Outcome::Ok, 100));
        assert!(!over(Outcome::Failed, 50));
        assert!(over(Outcome::Timeout, 1), "51 of the last 100");
    }
}
