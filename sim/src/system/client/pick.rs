//! Load balancing: how a calling replica picks a called one.

use crate::frame::{Flags, FrameId};
use crate::plan::{Balance, Outcome, ZoneId};
use crate::random::Key;
use crate::time::{SimTime, nanos};

use super::super::{Purpose, System, draw};

/// The next of `count` that is there, from `turn` on; `turn` moves past it.
#[inline]
pub(in super::super) fn next_in_turn(
    turn: &mut u32,
    count: u32,
    is_there: impl Fn(u32) -> bool,
) -> Option<u32> {
    for _ in 0..count {
        let candidate = *turn;
        *turn = if candidate + 1 >= count { 0 } else { candidate + 1 };
        if is_there(candidate) {
            return Some(candidate);
        }
    }
    None
}

impl System<'_> {
    /// Whether a calling replica would pick the `turn`-th replica of a callee at all.
    #[inline]
    fn is_candidate(&self, caller: usize, first: u32, turn: u32, now: SimTime) -> bool {
        let listed = self.replicas[(first + turn) as usize].is_listed();
        let ejections = &self.callers[caller].ejections;
        listed && (ejections.is_empty() || ejections[turn as usize].until <= now)
    }

    /// Whether there is any replica to pick.
    pub(super) fn is_anyone_there(&self, edge: u32, caller: usize, now: SimTime) -> bool {
        let station = &self.stations[self.plan.edges[edge as usize].callee];
        (0..station.replicas)
            .any(|turn| self.is_candidate(caller, station.first_replica, turn, now))
    }

    /// Picks a replica of an edge's callee, for an attempt with the key `key`.
    #[inline(always)]
    pub(super) fn pick(
        &mut self,
        edge: u32,
        caller: usize,
        from: u32,
        key: Key,
        now: SimTime,
    ) -> Option<u32> {
        let (first, count) = self.clients[edge as usize].callees;
        let policy = &self.policies[self.callers[caller].policy as usize];
        if count == 1 && !policy.guarded {
            return self.replicas[first as usize].is_listed().then_some(first);
        }
        let turn = if matches!(policy.edge.balance, Balance::RoundRobin) {
            let mut turn = self.callers[caller].turn;
            let picked =
                next_in_turn(&mut turn, count, |turn| self.is_candidate(caller, first, turn, now));
            self.callers[caller].turn = turn;
            picked
        } else {
            self.pick_by_policy(caller, (first, count), from, draw(key, Purpose::Balance, 0), now)
        }?;
        if let Some(outstanding) = self.callers[caller].outstanding.get_mut(turn as usize) {
            *outstanding += 1;
        }
        Some(first + turn)
    }

    fn pick_by_policy(
        &mut self,
        caller: usize,
        (first, count): (u32, u32),
        from: u32,
        key: Key,
        now: SimTime,
    ) -> Option<u32> {
        let policy = self.policies[self.callers[caller].policy as usize].edge;
        let there = |turn: &u32| self.is_candidate(caller, first, *turn, now);
        let load = |turn: u32| self.callers[caller].outstanding[turn as usize];
        let number = (0..count).filter(there).count() as u32;
        let nth = |n: u32| (0..count).filter(there).nth(n as usize);
        if number == 0 {
            return None;
        }
        match &policy.balance {
            Balance::RoundRobin | Balance::Random => nth(key.below(number)),
            Balance::LeastOutstanding => {
                let least = (0..count).filter(there).map(load).min()?;
                let ties = || (0..count).filter(there).filter(|&turn| load(turn) == least);
                ties().nth(key.below(ties().count() as u32) as usize)
            }
            Balance::PowerOfTwo if number == 1 => nth(0),
            Balance::PowerOfTwo => {
                let one = key.with(0).below(number);
                let other = key.with(1).below(number - 1);
                let (one, other) = (nth(one)?, nth(if other >= one { other + 1 } else { other })?);
                Some(if load(other) < load(one) { other } else { one })
            }
            Balance::ZoneLocal => {
                let zone = self.replicas[from as usize].zone;
                let near = |turn: &u32| self.replicas[(first + turn) as usize].zone == zone;
                let only_near = (0..count).filter(there).any(|turn| near(&turn));
                self.in_turn(caller, count, |s, turn| {
                    s.is_candidate(caller, first, turn, now)
                        && (!only_near || s.replicas[(first + turn) as usize].zone == zone)
                })
            }
            Balance::Weighted(weights) => {
                let zone = self.draw_zone(caller, (first, count), weights, key, now);
                self.in_turn(caller, count, |s, turn| {
                    s.is_candidate(caller, first, turn, now)
                        && zone.is_none_or(|z| s.replicas[(first + turn) as usize].zone == z)
                })
            }
        }
    }

    fn in_turn(
        &mut self,
        caller: usize,
        count: u32,
        is_there: impl Fn(&Self, u32) -> bool,
    ) -> Option<u32> {
        let mut turn = self.callers[caller].turn;
        let picked = next_in_turn(&mut turn, count, |turn| is_there(self, turn));
        self.callers[caller].turn = turn;
        picked
    }

    /// A zone by weight, among those where anyone is; `None` when no weight is left.
    fn draw_zone(
        &self,
        caller: usize,
        (first, count): (u32, u32),
        weights: &[(ZoneId, f64)],
        key: Key,
        now: SimTime,
    ) -> Option<ZoneId> {
        let manned = |zone: ZoneId| {
            (0..count).any(|turn| {
                self.is_candidate(caller, first, turn, now)
                    && self.replicas[(first + turn) as usize].zone == zone
            })
        };
        let there = || weights.iter().filter(|(zone, weight)| *weight > 0.0 && manned(*zone));
        let total: f64 = there().map(|(_, weight)| weight).sum();
        let mut left = key.unit() * total;
        let mut last = None;
        for &(zone, weight) in there() {
            last = Some(zone);
            left -= weight;
            if left < 0.0 {
                break;
            }
        }
        last
    }

    /// Notes that an attempt counts among those under way at the replica picked.
    #[inline]
    pub(super) fn note_picked(&mut self, child: FrameId, caller: usize) {
        let state = &self.callers[caller];
        if !state.outstanding.is_empty() || !state.ejections.is_empty() {
            self.frames[child].flags.set(Flags::PICKED);
        }
    }

    /// An attempt at a picked replica has ended: one fewer outstanding; failures in a row eject.
    pub(super) fn note_pick_ended(
        &mut self,
        caller: usize,
        edge: u32,
        replica: u32,
        outcome: Option<Outcome>,
        now: SimTime,
    ) {
        let state = &mut self.callers[caller];
        let (first, _) = self.clients[edge as usize].callees;
        let turn = (replica - first) as usize;
        if let Some(outstanding) = state.outstanding.get_mut(turn) {
            *outstanding = outstanding.saturating_sub(1);
        }
        let (Some(outcome), Some(rules)) =
            (outcome, &self.policies[state.policy as usize].edge.ejection)
        else {
            return;
        };
        let ejected = &mut state.ejections[turn];
        if outcome == Outcome::Ok {
            ejected.failures = 0;
            return;
        }
        ejected.failures += 1;
        if ejected.failures < rules.failures || ejected.until > now {
            return;
        }
        let out = state.ejections.iter().filter(|other| other.until > now).count() + 1;
        let callee = self.replicas[replica as usize].component;
        let present = self.stations[callee as usize].present;
        if out as f64 > rules.max_ejected * f64::from(present) {
            return;
        }
        let ejected = &mut state.ejections[turn];
        ejected.failures = 0;
        ejected.times += 1;
        ejected.until = now.after(nanos(rules.base).saturating_mul(u64::from(ejected.times)));
        self.measures.ejected(edge);
    }
}
