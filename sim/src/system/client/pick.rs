//! Load balancing: how a calling replica picks a called one.

use crate::frame::{Flags, FrameId};
use crate::plan::{Balance, Outcome, ZoneId};
use crate::random::Key;
use crate::time::{SimTime, nanos};

use super::super::{Purpose, System, draw};
use super::Aim;

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

/// One of those of `count` that are there, all equally likely.
fn one_of(count: u32, is_there: impl Fn(u32) -> bool, key: Key) -> Option<u32> {
    // Most often all are; else whom this meets is as likely as any.
    let guess = key.below(count);
    if is_there(guess) {
        return Some(guess);
    }
    let some = || (0..count).filter(|&turn| is_there(turn));
    match some().count() as u32 {
        0 => None,
        number => some().nth(key.with(2).below(number) as usize),
    }
}

/// Two different ones of those of `count` that are there, in the order of the draw, all pairs equally
/// likely; the same twice when there is only one.
fn two_of(count: u32, is_there: impl Fn(u32) -> bool, key: Key) -> Option<(u32, u32)> {
    let pair = |number: u32, key: Key| {
        let (one, other) = (key.with(0).below(number), key.with(1).below(number - 1));
        (one, if other >= one { other + 1 } else { other })
    };
    if count > 1 {
        let (one, other) = pair(count, key);
        if is_there(one) && is_there(other) {
            return Some((one, other));
        }
    }
    let some = || (0..count).filter(|&turn| is_there(turn));
    let nth = |n: u32| some().nth(n as usize);
    match some().count() as u32 {
        0 => None,
        1 => Some((nth(0)?, nth(0)?)),
        number => {
            let (one, other) = pair(number, key.with(2));
            Some((nth(one)?, nth(other)?))
        }
    }
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

    /// Picks a replica of an edge's callee, for the attempt `child`.
    #[inline(always)]
    pub(super) fn pick(&mut self, aim: &Aim, child: FrameId, now: SimTime) -> Option<u32> {
        let &Aim { edge, caller, .. } = aim;
        let (first, count) = self.clients[edge as usize].callees;
        if count == 1 && !aim.guarded {
            return self.replicas[first as usize].is_listed().then_some(first);
        }
        let turn = if matches!(self.policies[aim.policy as usize].edge.balance, Balance::RoundRobin)
        {
            let mut turn = self.callers[caller].turn;
            let picked =
                next_in_turn(&mut turn, count, |turn| self.is_candidate(caller, first, turn, now));
            self.callers[caller].turn = turn;
            picked
        } else {
            // Draws do not depend on how many places there are for replicas to come.
            let count = self.stations[self.plan.edges[edge as usize].callee].reach;
            let frame = &self.frames[child];
            let (from, key) = (self.frames[frame.parent].replica, frame.key);
            self.pick_by_policy(caller, (first, count), from, draw(key, Purpose::Balance, 0), now)
        }?;
        if aim.guarded
            && let Some(outstanding) = self.callers[caller].outstanding.get_mut(turn as usize)
        {
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
        let there = |turn: u32| self.is_candidate(caller, first, turn, now);
        let load = |turn: u32| self.callers[caller].outstanding[turn as usize];
        match &policy.balance {
            Balance::RoundRobin | Balance::Random => one_of(count, there, key),
            Balance::LeastOutstanding => {
                let some = || (0..count).filter(|&turn| there(turn));
                let least = some().map(load).min()?;
                let ties = || some().filter(|&turn| load(turn) == least);
                ties().nth(key.below(ties().count() as u32) as usize)
            }
            Balance::PowerOfTwo => {
                let (one, other) = two_of(count, there, key)?;
                Some(if load(other) < load(one) { other } else { one })
            }
            Balance::ZoneLocal => {
                let zone = self.replicas[from as usize].zone;
                let zone = self.is_zone_manned(caller, (first, count), zone, now).then_some(zone);
                let mut turn = self.callers[caller].turn;
                let picked = self.next_in_zone(caller, (first, count), zone, &mut turn, now);
                self.callers[caller].turn = turn;
                picked
            }
            Balance::Weighted(weights) => {
                let drawn = self.draw_zone(caller, (first, count), weights, key, now);
                let zone = drawn.map(|index| weights[index].0);
                let mut turn = *self.callers[caller].turn_of(drawn);
                let picked = self.next_in_zone(caller, (first, count), zone, &mut turn, now);
                *self.callers[caller].turn_of(drawn) = turn;
                picked
            }
        }
    }

    /// The next in turn of a zone, or of all.
    fn next_in_zone(
        &self,
        caller: usize,
        (first, count): (u32, u32),
        zone: Option<ZoneId>,
        turn: &mut u32,
        now: SimTime,
    ) -> Option<u32> {
        // Those beyond may have gone since the last turn.
        if *turn >= count {
            *turn = 0;
        }
        next_in_turn(turn, count, |turn| {
            zone.is_none_or(|zone| self.replicas[(first + turn) as usize].zone == zone)
                && self.is_candidate(caller, first, turn, now)
        })
    }

    /// Whether there is any replica to pick in a zone.
    fn is_zone_manned(
        &self,
        caller: usize,
        callees: (u32, u32),
        zone: ZoneId,
        now: SimTime,
    ) -> bool {
        self.next_in_zone(caller, callees, Some(zone), &mut 0, now).is_some()
    }

    /// Index of a zone by weight, among those where anyone is; `None` when no weight is left.
    fn draw_zone(
        &self,
        caller: usize,
        callees: (u32, u32),
        weights: &[(ZoneId, f64)],
        key: Key,
        now: SimTime,
    ) -> Option<usize> {
        let there = || {
            weights.iter().enumerate().filter(|(_, (zone, weight))| {
                *weight > 0.0 && self.is_zone_manned(caller, callees, *zone, now)
            })
        };
        let total: f64 = there().map(|(_, (_, weight))| weight).sum();
        let mut left = key.unit() * total;
        let mut last = None;
        for (index, (_, weight)) in there() {
            last = Some(index);
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
            *outstanding -= 1;
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
        // A row begins anew when it comes back: what was sent before does not count.
        if ejected.until > now {
            return;
        }
        ejected.failures += 1;
        if ejected.failures < rules.failures {
            return;
        }
        let out = state.ejections.iter().filter(|other| other.until > now).count() + 1;
        let callee = self.replicas[replica as usize].component;
        let present = self.stations[callee as usize].present;
        // A quotient is rounded as the share in the file was; a product may miss it.
        if out as f64 / f64::from(present) > rules.max_ejected {
            return;
        }
        let ejected = &mut state.ejections[turn];
        ejected.failures = 0;
        ejected.times += 1;
        ejected.until = now.after(nanos(rules.base).saturating_mul(u64::from(ejected.times)));
        self.measures.ejected(edge);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever is away, every pair of those who are there is drawn as often as any other, and so is
    /// every one of them.
    #[test]
    fn who_is_there_is_drawn_evenly() {
        const DRAWS: u32 = 60_000;
        for away in [&[][..], &[2], &[0, 4]] {
            let there = |turn: u32| !away.contains(&turn);
            let (mut ones, mut pairs) = ([0_u32; 5], [[0_u32; 5]; 5]);
            for draw in 0..DRAWS {
                let key = Key::root(3, draw);
                ones[one_of(5, there, key).unwrap() as usize] += 1;
                let (one, other) = two_of(5, there, key).unwrap();
                pairs[one as usize][other as usize] += 1;
            }
            let number = 5 - away.len() as u32;
            let check = |count: u32, cases: u32, possible: bool| {
                let expected = if possible { f64::from(DRAWS / cases) } else { 0.0 };
                // Five standard deviations.
                let off = (f64::from(count) - expected).abs();
                assert!(off <= 5.0 * expected.sqrt(), "{count} of {expected}, {away:?} away");
            };
            for one in 0..5 {
                check(ones[one as usize], number, there(one));
                for other in 0..5 {
                    let possible = one != other && there(one) && there(other);
                    check(pairs[one as usize][other as usize], number * (number - 1), possible);
                }
            }
        }
    }

    #[test]
    fn who_is_alone_is_drawn_and_nobody_is_not() {
        let key = Key::root(3, 0);
        assert_eq!(two_of(3, |turn| turn == 1, key), Some((1, 1)));
        assert_eq!(two_of(1, |_| true, key), Some((0, 0)));
        assert_eq!(two_of(3, |_| false, key), None);
        assert_eq!(one_of(3, |turn| turn == 2, key), Some(2));
        assert_eq!(one_of(3, |_| false, key), None);
    }
}
