//! Random faults of every mechanism.

use std::time::Duration;

use foreshadow_sim::Plan;
use foreshadow_sim::plan::{
    Change, CoresLeft, Edge, Fault, FaultKind, Load, Network, Recurrence, Scope, Step, Target,
};
use foreshadow_sim::random::Law;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;

use super::law;
use crate::property::policy::{Policy, policy};

/// A fault.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    kind: Kind,
    at: Index,
    target: usize,
    start_ms: u64,
    duration_ms: u64,
    ramp_ms: u64,
    recurs: Option<(Law, Law)>,
    probability: f64,
}

#[derive(Debug, Clone)]
enum Kind {
    Plain(FaultKind),
    Surge(f64),
    /// Users who come later, want something else, or take their time.
    Users(FaultKind),
    /// Another work, number of slots, policy, number of replicas, or network.
    Change(Edit),
}

#[derive(Debug, Clone)]
enum Edit {
    Work(Law),
    Slots(u32),
    Policy(Box<Policy>),
    Count(u32),
    Network(Law),
}

fn scope() -> impl Strategy<Value = Scope> {
    prop_oneof![Just(Scope::Into), Just(Scope::Touching), Just(Scope::Across(None))]
}

fn kind() -> impl Strategy<Value = Kind> {
    let share = || 0.0..=1.0;
    let plain = prop_oneof![
        Just(FaultKind::Crash),
        Just(FaultKind::Pause),
        (0.1..10.0).prop_map(|factor| FaultKind::Slow { factor }),
        (0.1..=1.0).prop_map(|share| FaultKind::Cores(CoresLeft::Share(share))),
        (law(20), 0..20u64).prop_map(|(add, jitter)| FaultKind::Latency {
            add,
            jitter: Duration::from_millis(jitter)
        }),
        share().prop_map(|share| FaultKind::Errors { share }),
        share().prop_map(|share| FaultKind::Reset { share }),
        (share(), scope()).prop_map(|(share, scope)| FaultKind::Refuse { share, scope }),
        (share(), scope()).prop_map(|(share, scope)| FaultKind::Drop { share, scope }),
        (1.0..1_000.0).prop_map(|per_s| FaultKind::Bandwidth { per_s }),
        share().prop_map(|share| FaultKind::Pool { share }),
        share().prop_map(|share| FaultKind::HotKey { share }),
        Just(FaultKind::Flush),
    ];
    let of_users = prop_oneof![
        (share(), 0..500u64)
            .prop_map(|(share, over)| FaultKind::Away { share, over: Duration::from_millis(over) }),
        share().prop_map(|share| FaultKind::Skew { share, endpoint: 0 }),
        (share(), law(500)).prop_map(|(share, takes)| FaultKind::SlowUsers { share, takes }),
    ];
    let edit = prop_oneof![
        1 => law(40).prop_map(Edit::Work),
        1 => (1..=4u32).prop_map(Edit::Slots),
        2 => policy().prop_map(|policy| Edit::Policy(Box::new(policy))),
        1 => (1..=4u32).prop_map(Edit::Count),
        1 => law(5).prop_map(Edit::Network),
    ];
    prop_oneof![
        8 => plain.prop_map(Kind::Plain),
        1 => (0.0..4.0).prop_map(Kind::Surge),
        2 => of_users.prop_map(Kind::Users),
        2 => edit.prop_map(Kind::Change),
    ]
}

pub(super) fn trouble() -> impl Strategy<Value = Trouble> {
    let times = (0..2_000u64, 1..1_500u64, prop_oneof![Just(0), 1..1_000u64]);
    let recurs = option::weighted(0.3, (law(300), law(200)));
    let probability = prop_oneof![Just(1.0), Just(0.5)];
    (kind(), any::<Index>(), 0..3usize, times, recurs, probability).prop_map(
        |(kind, at, target, (start_ms, duration_ms, ramp_ms), recurs, probability)| Trouble {
            kind,
            at,
            target,
            start_ms,
            duration_ms,
            ramp_ms,
            recurs,
            probability,
        },
    )
}

impl Trouble {
    /// Whether somebody may wait for ever.
    pub(super) fn loses(&self) -> bool {
        matches!(self.kind, Kind::Plain(FaultKind::Drop { .. }))
    }

    /// The fault in a system, if that has what it would hit.
    pub(super) fn fault(&self, plan: &Plan) -> Option<Fault> {
        let id = self.at.index(plan.components.len());
        let (kind, target) = match &self.kind {
            Kind::Plain(kind) => (kind.clone(), self.target(plan, id, kind)),
            Kind::Surge(factor) => {
                let has_rate = match &plan.loads[0] {
                    Load::Open { arrivals, .. } | Load::Sessions { arrivals, .. } => {
                        arrivals.has_rate()
                    }
                    Load::Closed { .. } => true,
                };
                has_rate.then_some(())?;
                (FaultKind::Load { factor: *factor }, Target::Loads(vec![0]))
            }
            Kind::Users(kind) => {
                let is_there = matches!(plan.loads[0], Load::Closed { .. });
                let can_be = !(is_there && matches!(kind, FaultKind::Away { .. }));
                (can_be && plan.entries().contains(&0)).then_some(())?;
                (kind.clone(), Target::Loads(vec![0]))
            }
            Kind::Change(edit) => {
                let mut change = edit.change(plan, id)?;
                change.steps = 1 + self.target as u32;
                (FaultKind::Change(Box::new(change)), Target::Plan)
            }
        };
        let duration = Duration::from_millis(self.duration_ms);
        let recurrence = match (&self.recurs, &kind) {
            (None, _) => Recurrence::Once,
            (Some((up, down)), FaultKind::Crash | FaultKind::Pause) => Recurrence::Random {
                up: up.clone(),
                down: down.clone(),
                from_the_first: self.target == 0,
            },
            (Some(_), _) => Recurrence::Every(2 * duration + Duration::from_secs(100)),
        };
        Some(Fault {
            start: Duration::from_millis(self.start_ms),
            duration: Some(duration),
            ramp: Duration::from_millis(self.ramp_ms),
            recurrence,
            probability: self.probability,
            ..Fault::new(kind, target)
        })
    }

    fn target(&self, plan: &Plan, id: usize, kind: &FaultKind) -> Target {
        let replicas = plan.components[id].most_replicas() as usize;
        let whole = matches!(
            kind,
            FaultKind::Crash | FaultKind::Pause | FaultKind::Flush | FaultKind::Cores(_)
        );
        let slow = matches!(kind, FaultKind::Slow { .. });
        match self.target {
            1 if !whole => Target::Endpoint(id),
            2 if !whole && !slow && id > 0 => Target::Edge(id - 1),
            2 => Target::Replicas(vec![(id, replicas - 1)]),
            _ => Target::Replicas((0..replicas).map(|replica| (id, replica)).collect()),
        }
    }
}

impl Edit {
    fn change(&self, plan: &Plan, id: usize) -> Option<Change> {
        let mut change = Change::default();
        match self {
            Self::Work(law) => {
                let mut endpoint = plan.endpoints[id].clone();
                endpoint.steps[0] = Step::Work(law.clone());
                change.endpoints.push((id, endpoint));
            }
            Self::Slots(slots) => {
                let mut component = plan.components[id].clone();
                component.concurrency = Some(*slots);
                change.components.push((id, component));
            }
            Self::Policy(policy) => {
                let edge = id.checked_sub(1)?;
                let Edge { caller, callee, .. } = plan.edges[edge];
                change.edges.push((edge, policy.edge(caller, callee)));
            }
            Self::Count(count) => change.counts.push((id, *count)),
            Self::Network(law) => {
                let law = Some(law.clone());
                change.network = Some(Network { same_zone: law.clone(), cross_zone: law });
            }
        }
        Some(change)
    }
}
