//! Numbers of a station that change over time, and their integrals.

use crate::time::SimTime;

use super::{Replica, Station};

/// How many there are of something, and the integral of that.
///
/// Up to the instant T it is n · T, less the instants at which the n came and those before them,
/// plus those at which these went: so a change is one addition, and nobody has to be brought up to
/// date. It is kept modulo 2⁶⁴.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Level {
    count: u32,
    /// Instants of going less instants of coming \[ns\].
    balance: u64,
}

impl Level {
    #[inline]
    pub(super) const fn count(self) -> u32 {
        self.count
    }

    /// One comes.
    #[inline]
    pub(super) const fn rise(&mut self, now: SimTime) {
        self.count += 1;
        self.balance = self.balance.wrapping_sub(now.as_nanos());
    }

    /// One goes.
    #[inline]
    pub(super) const fn fall(&mut self, now: SimTime) {
        self.count -= 1;
        self.balance = self.balance.wrapping_add(now.as_nanos());
    }

    /// The integral since the beginning.
    fn area(self, now: SimTime) -> u64 {
        u64::from(self.count).wrapping_mul(now.as_nanos()).wrapping_add(self.balance)
    }
}

/// What is counted of the requests at one replica.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Usage {
    /// Slots in use.
    pub(super) busy: Level,
    /// Requests in queue.
    pub(super) waiting: Level,
    /// Requests that wait for a slot to take up an answer.
    pub(super) returning: Level,
    /// Requests without a slot that wait for an answer.
    pub(super) away: Level,
    /// Requests that came.
    pub(super) arrivals: u64,
    /// Slots in use at once, at most.
    peak: u32,
}

impl Usage {
    /// One slot more is in use.
    #[inline]
    pub(super) fn take_slot(&mut self, now: SimTime) {
        self.busy.rise(now);
        self.peak = self.peak.max(self.busy.count());
    }
}

/// What there is of a component at this instant, over all its replicas, and what their work uses.
#[derive(Debug, Default)]
pub(super) struct Supply {
    /// Replicas that are there.
    available: u32,
    /// Cores that running work would use \[10⁻⁹\].
    busy_cores: u64,
    /// Cores of the replicas that are there \[10⁻⁹\].
    available_cores: u64,
    /// Slots of the replicas that are there; none where they are unlimited.
    available_slots: u64,
    /// When one of them changed.
    changed: SimTime,
    /// Integrals up to then; what is not of the supply is none.
    areas: Areas,
}

/// Integrals since the beginning, or between two instants, in units × ns.
///
/// 64 bits wrap around over a long run, so readings are to be subtracted from one another; they
/// last for the difference, because windows are shorter than 2⁴⁰ ns, and there are fewer than 2²⁴
/// requests.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Areas {
    pub(in super::super) busy: u64,
    /// Of requests in queue, or waiting for a slot to take up an answer.
    pub(in super::super) waiting: u64,
    pub(in super::super) away: u64,
    pub(in super::super) available: u64,
    /// \[10⁻⁹ cores × ns\]
    pub(in super::super) busy_cores: u128,
    /// \[10⁻⁹ cores × ns\]
    pub(in super::super) available_cores: u128,
    /// \[slots × ns\]
    pub(in super::super) available_slots: u128,
    /// Requests that came; a plain number.
    pub(in super::super) arrivals: u64,
}

impl Areas {
    /// From an earlier reading to this one.
    pub(in super::super) const fn since(self, earlier: Self) -> Self {
        Self {
            busy: self.busy.wrapping_sub(earlier.busy),
            waiting: self.waiting.wrapping_sub(earlier.waiting),
            away: self.away.wrapping_sub(earlier.away),
            available: self.available.wrapping_sub(earlier.available),
            busy_cores: self.busy_cores.wrapping_sub(earlier.busy_cores),
            available_cores: self.available_cores.wrapping_sub(earlier.available_cores),
            available_slots: self.available_slots.wrapping_sub(earlier.available_slots),
            arrivals: self.arrivals.wrapping_sub(earlier.arrivals),
        }
    }
}

impl Supply {
    /// Of so many replicas with so many cores \[10⁻⁹\] and slots in all.
    pub(super) fn new(available: u32, available_cores: u64, available_slots: u64) -> Self {
        Self { available, available_cores, available_slots, ..Self::default() }
    }

    /// One replica more is there, or one fewer.
    pub(super) fn change_available(&mut self, now: SimTime, more: bool) {
        self.touch(now);
        self.available = if more { self.available + 1 } else { self.available - 1 };
    }

    /// A replica that is there has other cores than before \[10⁻⁹\].
    pub(super) fn change_available_cores(&mut self, now: SimTime, before: u64, cores: u64) {
        self.touch(now);
        self.available_cores = self.available_cores - before + cores;
    }

    /// A replica that is there has other slots than before.
    pub(super) fn change_available_slots(&mut self, now: SimTime, before: u64, slots: u64) {
        self.touch(now);
        self.available_slots = self.available_slots - before + slots;
    }

    /// The running work of a replica would use other cores than before \[10⁻⁹\].
    pub(super) fn change_busy_cores(&mut self, now: SimTime, before: u64, cores: u64) {
        if before != cores {
            self.touch(now);
            self.busy_cores = self.busy_cores - before + cores;
        }
    }

    /// Brings the integrals up to `now`; called before what is counted changes.
    fn touch(&mut self, now: SimTime) {
        self.areas = self.areas_at(now);
        self.changed = now;
    }

    fn areas_at(&self, now: SimTime) -> Areas {
        let elapsed = now.since(self.changed);
        let area = |count: u64| u128::from(elapsed) * u128::from(count);
        let Areas { available, busy_cores, available_cores, available_slots, .. } = self.areas;
        Areas {
            available: available.wrapping_add(elapsed.wrapping_mul(u64::from(self.available))),
            busy_cores: busy_cores + area(self.busy_cores),
            available_cores: available_cores + area(self.available_cores),
            available_slots: available_slots + area(self.available_slots),
            ..self.areas
        }
    }
}

impl Station {
    fn usages<'r>(&self, replicas: &'r [Replica]) -> impl Iterator<Item = &'r Usage> {
        let first = self.first_replica as usize;
        replicas[first..first + self.replicas as usize].iter().map(|replica| &replica.usage)
    }

    /// The integrals since the beginning, over all replicas.
    pub(in super::super) fn so_far(&self, replicas: &[Replica], now: SimTime) -> Areas {
        let mut areas = self.supply.areas_at(now);
        for usage in self.usages(replicas) {
            let waiting = usage.waiting.area(now).wrapping_add(usage.returning.area(now));
            areas.busy = areas.busy.wrapping_add(usage.busy.area(now));
            areas.waiting = areas.waiting.wrapping_add(waiting);
            areas.away = areas.away.wrapping_add(usage.away.area(now));
            areas.arrivals += usage.arrivals;
        }
        areas
    }

    /// Requests in queue, in service, or waiting for an answer.
    pub(in super::super) fn in_system(&self, replicas: &[Replica]) -> u32 {
        let levels = |usage: &Usage| [usage.busy, usage.waiting, usage.returning, usage.away];
        self.usages(replicas).flat_map(levels).map(Level::count).sum()
    }

    /// Slots in use at once on one replica, at most.
    pub(in super::super) fn peak_slots(&self, replicas: &[Replica]) -> u32 {
        self.usages(replicas).map(|usage| usage.peak).max().unwrap_or(0)
    }
}
