//! Sessions that a Markov chain orders, as operations: after each call one that draws where to go on.

use super::{Code, Pc, Program, inner_site};
use crate::plan::{Step, Walk};

/// Where a walk goes on from one of its steps, or from its beginning.
#[derive(Debug)]
pub(crate) struct Fork {
    /// Cumulative shares and calls; beyond the last share the walk ends.
    pub(crate) ways: Vec<(f64, Pc)>,
    /// Law of the pause before the next call; at the beginning there is none.
    pub(crate) think: Option<u32>,
    /// The end of the session.
    pub(crate) end: Pc,
}

impl Program {
    /// Compiles the calls of a session that a walk orders; returns its first operation.
    pub(crate) fn walk(&mut self, steps: &[Step], walk: &Walk) -> Pc {
        let first = self.here();
        let base = self.walks.len();
        self.push(Code::Walk(base as u32), 0);
        let mut calls = Vec::with_capacity(steps.len());
        for (index, step) in steps.iter().enumerate() {
            calls.push(self.here());
            let site = inner_site(0, index);
            if let Step::Call(call) = step {
                self.call(call, site);
            }
            self.push(Code::Walk((base + 1 + index) as u32), site);
        }
        let end = self.here();
        self.push(Code::End, 0);
        let ways = |shares: &[f64]| {
            let mut sum = 0.0;
            let cumulative = shares.iter().zip(&calls).filter(|(share, _)| **share > 0.0);
            let ways = cumulative.map(|(share, call)| {
                sum += share;
                (sum, *call)
            });
            ways.collect::<Vec<_>>()
        };
        let mut start = ways(&walk.start);
        if let Some(last) = start.last_mut() {
            last.0 = 1.0; // Everybody begins somewhere, whatever rounding says.
        }
        let mut forks = vec![Fork { ways: start, think: None, end }];
        for (shares, law) in walk.next.iter().zip(&walk.think) {
            forks.push(Fork { ways: ways(shares), think: Some(self.law(law)), end });
        }
        self.walks.extend(forks);
        first
    }
}
