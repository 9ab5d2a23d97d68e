//! What is tuned, as the search sees it.

use std::sync::atomic::AtomicBool;

use foreshadow_scenarios::report::{Constraint, Sample};

use crate::search::Stop;

/// One value for each axis, by number.
pub type Point = Vec<u16>;

/// What one knob may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Axis {
    /// How many values there are; at least two.
    pub levels: u16,
    /// Whether near numbers do nearly the same.
    pub is_ordered: bool,
}

/// What one replication of a candidate showed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    /// For each constraint; none where nobody came.
    pub samples: Vec<Option<Sample>>,
    /// For each goal; what a cost is does not matter.
    pub goals: Vec<f64>,
}

/// What is to be small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The cost, which is known.
    Cost,
    /// What replications measure.
    Measured,
}

/// A system with knobs, constraints and goals.
///
/// Replications are pure: the same candidate and number, the same outcome; equal numbers of two
/// candidates meet the same users and the same luck.
pub trait Problem: Sync {
    /// A candidate, ready to be run.
    type Candidate: Send + Sync;

    /// The axes.
    fn axes(&self) -> &[Axis];

    /// Sets what makes no difference to one value, so that no two points are one candidate.
    fn tidy(&self, _point: &mut [u16]) {}

    /// What a point costs, without a run.
    fn cost(&self, point: &[u16]) -> f64;

    /// What must hold.
    fn constraints(&self) -> &[Constraint];

    /// What is to be small; one or two.
    fn goals(&self) -> &[Wanted];

    /// Points to begin with, best guesses first; the dearest of them is meant to hold if any does.
    ///
    /// # Errors
    /// [`Stop`] ends the search.
    fn starts(&self, stop: &AtomicBool) -> Result<Vec<Point>, Stop>;

    /// The system as it is, or near it: what changes nothing that need not be changed is preferred.
    fn plain(&self) -> Option<Point> {
        None
    }

    /// A candidate; or why there can be none at this point.
    fn candidate(&self, point: &[u16]) -> Result<Self::Candidate, String>;

    /// One replication of a candidate.
    ///
    /// # Errors
    /// [`Stop`] ends the search.
    fn replicate(
        &self,
        candidate: &Self::Candidate,
        replication: u32,
        stop: &AtomicBool,
    ) -> Result<Outcome, Stop>;
}
