//! What is counted of attempts, per edge, as their callers see them.

use super::Measures;
use crate::plan::Outcome;
use crate::tally::EdgeTally;
use crate::time::SimTime;

impl Measures {
    /// The counts of an edge, if now is in the window.
    #[inline]
    fn edge(&mut self, edge: u32) -> Option<&mut EdgeTally> {
        if self.is_open { Some(&mut self.tally.edges[edge as usize]) } else { None }
    }

    /// An attempt starts.
    #[inline]
    pub(in crate::system) fn attempted(&mut self, edge: u32, attempt: u16) {
        if let Some(edge) = self.edge(edge) {
            *(if attempt == 0 { &mut edge.calls } else { &mut edge.retries }) += 1;
        }
    }

    /// An extra attempt starts.
    pub(in crate::system) fn hedged(&mut self, edge: u32) {
        self.edge(edge).into_iter().for_each(|edge| edge.hedges += 1);
    }

    /// A breaker refuses an attempt.
    pub(in crate::system) fn refused(&mut self, edge: u32, attempt: u16) {
        self.attempted(edge, attempt);
        if let Some(edge) = self.edge(edge) {
            edge.refused += 1;
            edge.outcomes[Outcome::Rejected as usize] += 1;
        }
    }

    /// A budget refuses a retry.
    pub(in crate::system) fn denied(&mut self, edge: u32) {
        self.edge(edge).into_iter().for_each(|edge| edge.denied += 1);
    }

    /// A breaker opens.
    pub(in crate::system) fn opened(&mut self, edge: u32) {
        self.edge(edge).into_iter().for_each(|edge| edge.opened += 1);
    }

    /// A replica is ejected.
    pub(in crate::system) fn ejected(&mut self, edge: u32) {
        self.edge(edge).into_iter().for_each(|edge| edge.ejected += 1);
    }

    /// An attempt that started at `since` had to wait for its connection.
    pub(in crate::system) fn pooled(&mut self, edge: u32, since: SimTime, now: SimTime) {
        if let Some(edge) = self.edge(edge) {
            edge.pooled += 1;
            edge.pool_wait += u128::from(now.since(since));
        }
    }

    /// An attempt has ended, as its caller sees it; without an outcome it was given up.
    #[inline]
    pub(in crate::system) fn attempt_ended(
        &mut self,
        edge: u32,
        outcome: Option<Outcome>,
        since: SimTime,
        now: SimTime,
    ) {
        if let Some(edge) = self.edge(edge) {
            match outcome {
                Some(outcome) => edge.outcomes[outcome as usize] += 1,
                None => edge.given_up += 1,
            }
            edge.waited += u128::from(now.since(since));
        }
    }
}
