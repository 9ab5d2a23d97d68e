//! Independent replications of a plan, in parallel.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use crate::error::Error;
use crate::plan::Plan;
use crate::system::Machine;
use crate::tally::{Request, Tally};

/// A plan ready to be run.
#[derive(Debug)]
pub struct Simulation {
    machine: Machine,
}

impl Simulation {
    /// Checks and compiles a plan.
    ///
    /// # Errors
    /// [`Error::Plan`] says what contradicts what.
    pub fn new(plan: Plan) -> Result<Self, Error> {
        Ok(Self { machine: Machine::new(plan)? })
    }

    /// Runs one replication: a pure function of the plan, its seed and `number`.
    pub fn replication(&self, number: u32, stop: &AtomicBool) -> Result<Tally, Error> {
        self.machine.run(number, stop)
    }

    /// The same, with every request of the cohort, in the order in which they ended.
    pub fn logged(&self, number: u32, stop: &AtomicBool) -> Result<(Tally, Vec<Request>), Error> {
        self.machine.logged(number, stop)
    }

    /// Runs the replications `range` on the current rayon pool; `done` is called after each.
    ///
    /// The result is in the order of the numbers, whatever the order in which they ended. When
    /// `stop` is set, what has not ended is left out: the result is then the longest run of
    /// replications from the beginning of the range that ended.
    ///
    /// # Errors
    /// The first trouble, by number, other than being stopped.
    pub fn replications(
        &self,
        range: std::ops::Range<u32>,
        stop: &AtomicBool,
        done: &(dyn Fn() + Sync),
    ) -> Result<Vec<Tally>, Error> {
        self.replications_as(range, stop, done, |tally| tally)
    }

    /// The same, where of each replication only what `of` makes of its counts is kept.
    ///
    /// # Errors
    /// The first trouble, by number, other than being stopped.
    pub fn replications_as<T: Send>(
        &self,
        range: std::ops::Range<u32>,
        stop: &AtomicBool,
        done: &(dyn Fn() + Sync),
        of: impl Fn(Tally) -> T + Sync,
    ) -> Result<Vec<T>, Error> {
        let results: Vec<Result<T, Error>> = range
            .into_par_iter()
            .with_max_len(1)
            .map(|number| {
                if stop.load(Ordering::Relaxed) {
                    return Err(Error::Interrupted);
                }
                let tally = self.machine.run(number, stop).map(&of);
                done();
                tally
            })
            .collect();
        let mut tallies = Vec::with_capacity(results.len());
        for result in results {
            match result {
                Ok(tally) => tallies.push(tally),
                Err(Error::Interrupted) => break,
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(tallies)
    }
}
