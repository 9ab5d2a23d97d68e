//! When the requests of a load are due, without simulating anything: for whoever sends them to a real
//! system.

use crate::plan::{Identities, Load, LoadId, Plan};
use crate::random::Key;
use crate::time::SimTime;

use super::arrivals::Arrivals;
use super::origin;
use super::users::load_key;

/// When users of one load come, in the order of time, as they do in a replication of the plan
/// without faults; see [`due_times`].
#[derive(Debug)]
pub struct DueTimes {
    arrivals: Arrivals,
    next: Option<SimTime>,
}

/// The instants at which users of a load come in one replication, counted from the beginning of the
/// warm-up. Nobody comes by himself in a closed load: then there is none.
///
/// # Panics
/// When the plan has no such load.
#[must_use]
pub fn due_times(plan: &Plan, load: LoadId, replication: u32) -> Option<DueTimes> {
    let mut arrivals = come(plan, load, replication)?;
    let next = arrivals.first();
    Some(DueTimes { arrivals, next })
}

/// The arrivals of a load in one replication, before anybody came; `None` of a closed one.
pub(super) fn come(plan: &Plan, load: LoadId, replication: u32) -> Option<Arrivals> {
    let (Load::Open { arrivals, .. } | Load::Sessions { arrivals, .. }) = &plan.loads[load] else {
        return None;
    };
    let root = Key::root(plan.run.seed, replication);
    let key = load_key(root, Identities::of(&plan.identities.loads, load));
    Some(Arrivals::new(arrivals, root, key, origin(plan)))
}

impl Iterator for DueTimes {
    type Item = SimTime;

    fn next(&mut self) -> Option<SimTime> {
        let now = self.next?;
        self.next = self.arrivals.come(now).1;
        Some(now)
    }
}
