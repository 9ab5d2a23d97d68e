//! What keeps a target from harm: caps, checked before anything is sent and held while it is, and the
//! share of failures at which it is left alone.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{Job, Outcome};
use crate::error::Error;

/// Nanoseconds of a second.
const SECOND: u64 = 1_000_000_000;

/// Caps on requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Caps {
    /// Most that may be sent within any one second.
    pub per_second: Option<NonZeroUsize>,
    /// Most that may be sent at all.
    pub total: Option<u64>,
}

impl Caps {
    /// Refuses a schedule that goes beyond, every request counted when it is due by the pauses before it
    /// alone.
    ///
    /// # Errors
    /// [`Error::Cap`], which says where.
    pub fn check(&self, job: &Job) -> Result<(), Error> {
        let count = job.steps.len() as u64;
        if let Some(total) = self.total.filter(|total| count > *total) {
            return Err(Error::Cap(format!(
                "{count} requests are due, more than the {total} of --max-total; shorten the run, or \
                 raise it"
            )));
        }
        let Some(most) = self.per_second.map(NonZeroUsize::get) else { return Ok(()) };
        let mut dues: Vec<u64> = job.tickets.iter().flat_map(|ticket| job.dues(ticket)).collect();
        dues.sort_unstable();
        let is_over = |dues: &&[u64]| dues[most] < dues[0].saturating_add(SECOND);
        if let Some(dues) = dues.windows(most.saturating_add(1)).find(is_over) {
            let at = dues[0] as f64 / SECOND as f64;
            return Err(Error::Cap(format!(
                "more than the {most} requests of --max-rate are due in the second from {at:.1} s on; \
                 scale the load down, or raise it"
            )));
        }
        Ok(())
    }
}

/// Refuses fewer users than are under way at once by the pauses of their sessions alone: the others would
/// begin late, whatever the target does.
///
/// # Errors
/// [`Error::Cap`], which says how many it takes.
pub fn check_users(job: &Job) -> Result<(), Error> {
    let mut changes: Vec<(u64, i64)> = Vec::new();
    for ticket in &job.tickets {
        let last = job.dues(ticket).last().unwrap_or(ticket.due);
        // Who asks once is gone with the answer.
        if last > ticket.due {
            changes.extend([(ticket.due, 1), (last, -1)]);
        }
    }
    // At one instant, who goes makes room for who comes.
    changes.sort_unstable();
    let (mut now, mut most) = (0, 0);
    for (_, change) in changes {
        now += change;
        most = most.max(now);
    }
    let (most, users) = (most as usize, job.users);
    if most <= users {
        return Ok(());
    }
    Err(Error::Cap(format!(
        "{most} people are in the midst of their sessions at once, pauses included, more than the {users} of \
         --users; raise it, or scale the load down"
    )))
}

/// Holds what is sent to a rate: answers shift what follows them, so that more may come together than
/// the schedule has in any second.
#[derive(Debug)]
pub(super) struct Pace {
    most: NonZeroUsize,
    /// When the last `most` requests were sent, the oldest first.
    sent: VecDeque<Instant>,
}

impl Pace {
    /// At most so many in any one second.
    pub(super) fn new(most: NonZeroUsize) -> Self {
        Self { most, sent: VecDeque::new() }
    }

    /// Takes note of a request that is sent now.
    ///
    /// # Errors
    /// When it may be tried again, if one more now would be too many.
    pub(super) fn send(&mut self, now: Instant) -> Result<(), Instant> {
        if self.sent.len() == self.most.get() {
            let free = self.sent[0] + Duration::from_nanos(SECOND);
            if now < free {
                return Err(free);
            }
            self.sent.pop_front();
        }
        self.sent.push_back(now);
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
    use std::iter;

    use super::super::{Step, Ticket};
    use super::*;

    /// Users by when they come and their pauses before what they do after that [ms].
    fn job(users: &[(u64, &[u64])]) -> Job {
        let mut job = Job::default();
        for (due, pauses) in users {
            let (first, steps) = (job.steps.len() as u32, pauses.len() as u32 + 1);
            job.tickets.push(Ticket { due: due * 1_000_000, first, steps });
            let pauses = iter::once(&0).chain(*pauses);
            job.steps.extend(pauses.map(|ms| Step { think: ms * 1_000_000, request: 0 }));
        }
        job
    }

    #[test]
    fn people_in_their_pauses_take_a_user_each() {
        // Two at once from 2 s on, and one who asks once at any time; at 5 s one goes as another comes.
        let mut job = job(&[(0, &[5000]), (2000, &[1000, 7000]), (2000, &[]), (5000, &[100])]);
        job.users = 2;
        assert!(check_users(&job).is_ok());
        job.users = 1;
        let message = check_users(&job).unwrap_err().to_string();
        assert!(message.contains("2 people") && message.contains("the 1 of --users"), "{message}");
    }

    fn is_within(job: &Job, per_second: Option<usize>, total: Option<u64>) -> bool {
        let per_second = per_second.and_then(NonZeroUsize::new);
        Caps { per_second, total }.check(job).is_ok()
    }

    #[test]
    fn caps_are_of_any_second_and_of_all() {
        let alone = [0, 400, 900, 1_000, 1_300, 5_000].map(|due| (due, &[][..]));
        let job = job(&alone);
        assert!(is_within(&job, None, None) && is_within(&job, Some(4), Some(6)));
        // From 400 ms on: 400, 900, 1000, 1300.
        assert!(!is_within(&job, Some(3), None));
        assert!(!is_within(&job, None, Some(5)));
        assert!(is_within(&job, Some(usize::MAX), None), "no cap is too large");
    }

    #[test]
    fn caps_are_of_requests_and_not_of_users() {
        // 0, 2000, 2100 and 500, 1900, 2950: from 1.9 s on 1900, 2000 and 2100; 2950 is a second later.
        let job = job(&[(0, &[2_000, 100]), (500, &[1_400, 1_050])]);
        assert!(is_within(&job, Some(3), Some(6)));
        assert!(!is_within(&job, Some(2), None));
        assert!(!is_within(&job, None, Some(5)));
    }

    #[test]
    fn what_is_sent_is_held_to_the_rate() {
        let begin = Instant::now();
        let at = |ms: u64| begin + Duration::from_millis(ms);
        let mut pace = Pace::new(NonZeroUsize::new(2).unwrap());
        assert_eq!(pace.send(at(0)), Ok(()));
        assert_eq!(pace.send(at(300)), Ok(()));
        assert_eq!(pace.send(at(999)), Err(at(1_000)));
        assert_eq!(pace.send(at(1_000)), Ok(()));
        assert_eq!(pace.send(at(1_001)), Err(at(1_300)), "300 and 1000 are within a second");
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
