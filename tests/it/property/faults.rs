//! Pairs of overlapping faults, and the one fault that does the same.

use std::time::Duration;

use foreshadow_sim::Plan;
use foreshadow_sim::plan::{CoresLeft, Fault, FaultKind, Scope, Target};
use foreshadow_sim::random::Law;
use proptest::prelude::*;

/// Two faults of every component but the first, and what they come to.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    kinds: [FaultKind; 2],
    combined: FaultKind,
}

/// Shares come to 1 − ∏(1 − p).
fn either(p: f64, q: f64) -> f64 {
    1.0 - (1.0 - p) * (1.0 - q)
}

pub(super) fn pair() -> impl Strategy<Value = Pair> {
    // Powers of two, so that products are exact.
    let factor = |power: i32| 2f64.powi(power);
    let share = |n: u32| f64::from(n) / 8.0;
    let drop = |share| FaultKind::Drop { share, scope: Scope::Touching };
    let refuse = |share| FaultKind::Refuse { share, scope: Scope::Into };
    let latency =
        |ms: u64| FaultKind::Latency { add: Law::constant(ms * 1_000_000), jitter: Duration::ZERO };
    let (eighths, powers) = (|| (0..=8u32, 0..=8u32), || (-2..=3i32, -2..=3i32));
    let of_shares = move |kind: fn(f64) -> FaultKind, (p, q): (u32, u32)| Pair {
        kinds: [kind(share(p)), kind(share(q))],
        combined: kind(either(share(p), share(q))),
    };
    prop_oneof![
        eighths().prop_map(move |pair| of_shares(|share| FaultKind::Errors { share }, pair)),
        eighths().prop_map(move |pair| of_shares(drop, pair)),
        eighths().prop_map(move |pair| of_shares(refuse, pair)),
        powers().prop_map(move |(p, q)| Pair {
            kinds: [p, q].map(|power| FaultKind::Slow { factor: factor(power) }),
            combined: FaultKind::Slow { factor: factor(p + q) },
        }),
        (0..=3i32, 0..=3i32).prop_map(move |(p, q)| Pair {
            kinds: [p, q].map(|power| FaultKind::Cores(CoresLeft::Share(factor(-power)))),
            combined: FaultKind::Cores(CoresLeft::Share(factor(-p - q))),
        }),
        (0..30u64, 0..30u64).prop_map(move |(p, q)| Pair {
            kinds: [latency(p), latency(q)],
            combined: latency(p + q),
        }),
    ]
}

impl Pair {
    fn placed(plan: &Plan, kind: FaultKind) -> Fault {
        let replicas = |id: usize| (0..plan.most_replicas(id)).map(move |index| (id, index));
        let all = (1..plan.components.len()).flat_map(replicas).collect();
        // What is left of running work is rounded each time that its speed changes.
        let is_speed = matches!(kind, FaultKind::Slow { .. } | FaultKind::Cores(_));
        let always = Fault::new(kind, Target::Replicas(all));
        if is_speed {
            return always;
        }
        let (start, duration) = (Duration::from_millis(200), Some(Duration::from_millis(500)));
        Fault { start, duration, ..always }
    }

    /// A system with both faults.
    pub(super) fn both(&self, plan: &Plan) -> Plan {
        let faults = self.kinds.iter().map(|kind| Self::placed(plan, kind.clone()));
        Plan { faults: faults.collect(), ..plan.clone() }
    }

    /// A system with the one fault.
    pub(super) fn combined(&self, plan: &Plan) -> Plan {
        Plan { faults: vec![Self::placed(plan, self.combined.clone())], ..plan.clone() }
    }
}
