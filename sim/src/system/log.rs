//! What became of every request of the cohort, where that is asked for.

use crate::frame::{Frame, Frames, Role, State};
use crate::plan::Outcome;
use crate::tally::Request;
use crate::time::SimTime;

/// Requests of the cohort that have ended.
#[derive(Debug, Default)]
pub(super) struct Log(Vec<Request>);

impl Log {
    /// A user's request ends.
    pub(super) fn ended(&mut self, frame: &Frame, outcome: Outcome, zero: SimTime, now: SimTime) {
        self.0.push(Request {
            key: frame.key.number(),
            load: frame.edge,
            endpoint: frame.endpoint,
            due: frame.since.since(zero),
            latency: now.since(frame.since),
            outcome,
        });
    }

    /// All of them, with those that are still in flight when the run is over.
    pub(super) fn finish(
        mut self,
        frames: &Frames,
        (zero, horizon): (SimTime, SimTime),
        now: SimTime,
    ) -> Vec<Request> {
        for frame in frames.ids().map(|id| &frames[id]) {
            let is_user = matches!(frame.role, Role::Entry | Role::SessionEntry);
            let in_window = zero <= frame.since && frame.since < horizon;
            // What a session is about to take up has ended.
            if is_user && in_window && !matches!(frame.state, State::Free | State::Answering) {
                self.ended(frame, Outcome::InFlight, zero, now);
            }
        }
        self.0
    }
}
