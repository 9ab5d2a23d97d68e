//! The laws, each a comparison of integers; ∫ are in units × ns.

use foreshadow_sim::histogram::Summary;
use foreshadow_sim::plan::Outcome;
use foreshadow_sim::{Plan, Tally};
use proptest::prelude::*;

type Verdict = Result<(), TestCaseError>;

/// Requests are conserved and nothing is used beyond what there is, in any window from 0 on.
pub(super) fn conservation(plan: &Plan, tally: &Tally) -> Verdict {
    for users in &tally.users {
        let ok = users.outcomes[Outcome::Ok as usize];
        prop_assert_eq!(users.outcomes.iter().sum::<u64>(), users.offered);
        prop_assert_eq!(users.latency.count(), ok);
        prop_assert!(users.goodput <= ok);
    }
    let root = &tally.users[0];
    prop_assert_eq!(tally.over_limit[0], root.offered - root.outcomes[Outcome::Ok as usize]);
    let offered: u64 = tally.timeline.iter().map(|bin| bin.offered[0]).sum();
    prop_assert_eq!(offered, root.offered);
    for edge in &tally.edges {
        prop_assert!(edge.outcomes.iter().sum::<u64>() <= edge.calls + edge.retries);
    }
    let window = plan.run.horizon.as_nanos();
    for (id, station) in tally.components.iter().enumerate() {
        let component = &plan.components[id];
        prop_assert!(station.completed + station.rejected <= station.arrivals);
        prop_assert!(station.wait.count() + station.rejected <= station.arrivals);
        prop_assert_eq!(station.completed, tally.services[id].completed);
        prop_assert_eq!(station.in_system, station.waiting + station.busy);
        prop_assert!(station.replicas <= window * component.replicas.len() as u128);
        let in_bins: u128 = tally.timeline.iter().map(|bin| bin.in_system[id]).sum();
        prop_assert_eq!(in_bins, station.in_system);
        if let Some(slots) = component.concurrency {
            prop_assert!(station.peak_slots <= slots);
            prop_assert!(station.busy <= station.available);
            prop_assert_eq!(station.available, station.replicas * u128::from(slots));
        }
        if let (Some(slots), Some(queue)) = (component.concurrency, component.queue.capacity) {
            let room = u128::from(slots + queue) * component.replicas.len() as u128;
            prop_assert!(station.in_system <= window * room);
        }
    }
    Ok(())
}

/// Everybody has gone.
pub(super) fn nobody_is_left(tally: &Tally) -> Verdict {
    let root = &tally.users[0];
    prop_assert_eq!(root.outcomes[Outcome::InFlight as usize], 0);
    prop_assert_eq!(root.goodput, root.outcomes[Outcome::Ok as usize]);
    for bin in tally.timeline.iter().skip(1) {
        prop_assert_eq!(bin.in_system.iter().sum::<u128>(), 0);
    }
    Ok(())
}

/// Without faults and from the first arrival to the last departure: every attempt arrives, and
/// at each station ∫ waiting = Σ wait and, where all were served, ∫ in system = Σ sojourn.
pub(super) fn drained(plan: &Plan, tally: &Tally) -> Verdict {
    nobody_is_left(tally)?;
    for (id, station) in tally.components.iter().enumerate() {
        let came = plan.edges.iter().zip(&tally.edges).filter(|(edge, _)| edge.callee == id);
        let came: u64 = came.map(|(_, attempts)| attempts.calls + attempts.retries).sum();
        prop_assert_eq!(station.arrivals, came + tally.users[id].offered);
        prop_assert_eq!(station.wait.count() + station.rejected, station.arrivals);
        prop_assert_eq!(station.waiting, sum(&station.wait));
        let sojourns = sum(&tally.services[id].sojourn);
        if station.completed + station.rejected == station.arrivals {
            prop_assert_eq!(station.in_system, sojourns);
        } else {
            prop_assert!(station.in_system >= sojourns);
        }
    }
    for edge in &tally.edges {
        prop_assert_eq!(edge.outcomes.iter().sum::<u64>(), edge.calls + edge.retries);
    }
    Ok(())
}

/// Σ of times [ns]: exact below 2⁵³ ns, and these add up to days at most.
fn sum(times: &Summary) -> u128 {
    let sum = times.mean().map_or(0.0, |mean| mean * times.count() as f64);
    sum.round() as u128
}
