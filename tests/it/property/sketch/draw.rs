//! How random systems are drawn.

use std::time::Duration;

use foreshadow_sim::plan::{Contents, Discipline, Leaving, OnFailure, Step};
use foreshadow_sim::random::Law;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;

use super::scale::{health, scaling};
use super::trouble::trouble;
use super::{Arrangement, Door, Kind, MS, Node, Population, Sketch, Way};
use crate::property::policy::policy;

pub(in crate::property) fn law(most_ms: u32) -> impl Strategy<Value = Law> {
    (1..=most_ms, 0..3).prop_map(|(ms, kind)| {
        let mean = f64::from(ms) * MS;
        match kind {
            0 => Law::constant(mean as u64),
            1 => Law::exponential(mean).unwrap(),
            _ => Law::lognormal(mean, 3.0).unwrap(),
        }
    })
}

fn contents() -> impl Strategy<Value = Contents> {
    let ttl = option::of((1..300u64).prop_map(Duration::from_millis));
    prop_oneof![
        (0.0..=1.0, 0.0..20.0).prop_map(|(hit, fills)| Contents::Ratio { hit, fills }),
        (1..=20u32, 1..=40u32, 0.0..2.0, ttl).prop_map(|(entries, keys, exponent, ttl)| {
            Contents::Lru { entries, keys, exponent, ttl }
        }),
    ]
}

fn door() -> impl Strategy<Value = Door> {
    let codel =
        Discipline::Codel { target: Duration::from_millis(2), interval: Duration::from_millis(20) };
    let discipline = prop_oneof![
        2 => Just(Discipline::Fifo),
        1 => Just(Discipline::Lifo),
        1 => Just(Discipline::AdaptiveLifo),
        1 => Just(Discipline::Priority),
        2 => Just(Discipline::PreemptivePriority),
        1 => Just(codel),
    ];
    let limits = (option::weighted(0.2, law(30)), option::weighted(0.1, 0.5..20.0));
    let cores = option::weighted(0.4, prop_oneof![Just(1.0), 0.2..3.0]);
    let priorities = (1..=3u32, option::of(1..=3u32));
    (discipline, limits, any::<[bool; 3]>(), cores, priorities).prop_map(
        |(discipline, (max_wait, rate_limit), [sheds, blocking, is_hosted], cpu, priorities)| {
            Door { discipline, max_wait, rate_limit, sheds, blocking, cpu, is_hosted, priorities }
        },
    )
}

fn node() -> impl Strategy<Value = Node> {
    let station = (
        any::<Index>(),
        1..=3u16,
        option::of(1..=4u32),
        option::of(0..=5u32),
        door(),
        law(20),
        proptest::bool::weighted(0.2),
        option::weighted(0.2, scaling()),
        option::weighted(0.2, health()),
    );
    let call = (
        prop_oneof![Just(1.0), 0.0..=1.0],
        1..=2u32,
        prop_oneof![
            Just(OnFailure::Fail),
            Just(OnFailure::Continue),
            law(5).prop_map(|law| OnFailure::Fallback(vec![Step::Work(law)])),
        ],
        prop_oneof![
            Just(Arrangement::Sequence),
            Just(Arrangement::Parallel),
            Just(Arrangement::Choose),
        ],
        prop_oneof![
            3 => Just(Way::Call),
            1 => Just(Way::Publish),
            1 => contents().prop_map(Way::OnAMiss),
        ],
    );
    (station, policy(), call).prop_map(|(station, policy, call)| {
        let (parent, replicas, slots, queue, door, work, acknowledges, scaling, health) = station;
        let (probability, count, on_failure, arrangement, way) = call;
        Node {
            parent,
            replicas,
            slots,
            queue,
            door,
            acknowledges,
            scaling,
            health,
            work,
            arrangement,
            policy,
            probability,
            count,
            on_failure,
            way,
        }
    })
}

/// Random systems of 2 to 6 components.
pub(in crate::property) fn sketch() -> impl Strategy<Value = Sketch> {
    let kind = prop_oneof![
        2 => Just(Kind::Open),
        1 => Just(Kind::Recorded),
        1 => Just(Kind::Sessions),
        2 => Just(Kind::Closed),
    ];
    let leaving = (option::weighted(0.3, law(200)), any::<bool>())
        .prop_map(|(patience, cancels)| Leaving { patience, cancels });
    let load = (1..=40u32, kind, leaving).prop_map(|(size, kind, leaving)| Population {
        size,
        kind,
        leaving,
    });
    let network = (prop_oneof![Just(0.0), 0.0..3.0], option::of(0.5..4.0));
    (vec(node(), 2..=6), load, vec(trouble(), 0..4), network, any::<u64>()).prop_map(
        |(nodes, load, faults, (network_ms, cores), seed)| Sketch {
            nodes,
            load,
            faults,
            network_ms,
            cores,
            seed,
        },
    )
}
