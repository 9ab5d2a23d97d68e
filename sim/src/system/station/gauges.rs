//! Numbers of a station that change over time, and their integrals.

use crate::time::SimTime;

/// What is counted at this instant, over all replicas of a component.
#[derive(Debug, Default)]
pub(in super::super) struct Gauges {
    changed: SimTime,
    /// Slots in use.
    pub(super) busy: u32,
    /// Requests in queue, or waiting for a slot to take up an answer.
    pub(super) waiting: u32,
    /// Requests without a slot that wait for an answer.
    pub(super) away: u32,
    /// Replicas that are there.
    available: u32,
    /// Cores that running work would use \[10⁻⁹\].
    busy_cores: u64,
    /// Cores of the replicas that are there \[10⁻⁹\].
    available_cores: u64,
    /// Slots of the replicas that are there; none where they are unlimited.
    available_slots: u64,
    /// When one of the last four changed.
    available_changed: SimTime,
    areas: Areas,
    /// The integrals that were taken; they wrap around.
    taken: Areas,
    pub(in super::super) peak_slots: u32,
}

/// Integrals since they were last taken, in units × ns.
///
/// 64 bits last: the windows over which they are taken are shorter than 2⁴⁰ ns, and there are
/// fewer than 2²⁴ requests.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Areas {
    pub(in super::super) busy: u64,
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
    /// From an earlier reading of what wraps around to this one.
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

    const fn and(self, more: Self) -> Self {
        Self {
            busy: self.busy.wrapping_add(more.busy),
            waiting: self.waiting.wrapping_add(more.waiting),
            away: self.away.wrapping_add(more.away),
            available: self.available.wrapping_add(more.available),
            busy_cores: self.busy_cores.wrapping_add(more.busy_cores),
            available_cores: self.available_cores.wrapping_add(more.available_cores),
            available_slots: self.available_slots.wrapping_add(more.available_slots),
            arrivals: self.arrivals.wrapping_add(more.arrivals),
        }
    }
}

impl Gauges {
    /// Of so many replicas with so many cores \[10⁻⁹\] and slots in all.
    pub(super) fn new(available: u32, available_cores: u64, available_slots: u64) -> Self {
        Self { available, available_cores, available_slots, ..Self::default() }
    }

    /// Brings the integrals up to `now`; called before what is counted changes.
    #[inline]
    pub(in super::super) fn touch(&mut self, now: SimTime) {
        let elapsed = now.since(self.changed);
        self.areas.busy += elapsed * u64::from(self.busy);
        self.areas.waiting += elapsed * u64::from(self.waiting);
        self.areas.away += elapsed * u64::from(self.away);
        self.changed = now;
    }

    /// One slot more is in use, of a replica that now uses `of_replica`.
    #[inline]
    pub(super) fn take_slot(&mut self, of_replica: u32) {
        self.busy += 1;
        self.peak_slots = self.peak_slots.max(of_replica);
    }

    /// One replica more is there, or one fewer.
    pub(super) fn change_available(&mut self, now: SimTime, more: bool) {
        self.touch_available(now);
        self.available = if more { self.available + 1 } else { self.available - 1 };
    }

    /// A replica that is there has other cores than before \[10⁻⁹\].
    pub(super) fn change_available_cores(&mut self, now: SimTime, before: u64, cores: u64) {
        self.touch_available(now);
        self.available_cores = self.available_cores - before + cores;
    }

    /// A replica that is there has other slots than before.
    pub(super) fn change_available_slots(&mut self, now: SimTime, before: u64, slots: u64) {
        self.touch_available(now);
        self.available_slots = self.available_slots - before + slots;
    }

    /// The running work of a replica would use other cores than before \[10⁻⁹\].
    pub(super) fn change_busy_cores(&mut self, now: SimTime, before: u64, cores: u64) {
        if before != cores {
            self.touch_available(now);
            self.busy_cores = self.busy_cores - before + cores;
        }
    }

    fn touch_available(&mut self, now: SimTime) {
        let elapsed = now.since(self.available_changed);
        self.areas.available += elapsed * u64::from(self.available);
        self.areas.available_slots += u128::from(elapsed) * u128::from(self.available_slots);
        if self.available_cores > 0 || self.busy_cores > 0 {
            self.areas.busy_cores += u128::from(elapsed) * u128::from(self.busy_cores);
            self.areas.available_cores += u128::from(elapsed) * u128::from(self.available_cores);
        }
        self.available_changed = now;
    }

    /// Requests in queue, in service, or waiting for an answer.
    pub(in super::super) const fn in_system(&self) -> u32 {
        self.busy + self.waiting + self.away
    }

    /// The integrals since the last call.
    pub(in super::super) fn take(&mut self, now: SimTime) -> Areas {
        self.touch(now);
        self.touch_available(now);
        self.taken = self.taken.and(self.areas);
        std::mem::take(&mut self.areas)
    }

    /// The integrals since the beginning, modulo 2⁶⁴: to be subtracted from one another.
    pub(in super::super) fn so_far(&mut self, now: SimTime) -> Areas {
        self.touch(now);
        self.touch_available(now);
        self.taken.and(self.areas)
    }

    /// A request has come.
    #[inline]
    pub(super) const fn note_arrival(&mut self) {
        self.areas.arrivals += 1;
    }
}
