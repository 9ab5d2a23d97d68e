//! Processor sharing: running work shares the cores of its replica equally.
//!
//! All running steps of a replica go on at one rate, so one virtual time per replica says how much
//! each has done since nobody ran; a step that begins at v with work w ends at v + w, whatever
//! happens meanwhile. The next to end is on top of a heap, and only its end is in the calendar. An
//! arrival or an end changes the rate, not the order: each costs O(log n).
//!
//! Virtual time is computed from real time and never from rounded ends, so that errors do not add
//! up; it begins anew whenever nobody runs. Ends are rounded to whole nanoseconds.
//!
//! Source: L. Kleinrock, *Queueing Systems*, vol. 2 (Wiley, 1976), section 4.4.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::calendar::Ticket;
use crate::frame::{FrameId, Frames, State};
use crate::plan::{Component, Place};
use crate::time::{SimTime, round_nanos};

use super::super::{Cx, Happening, System};

/// One core, in the unit of cores here: 10⁻⁹ of one, so that sums are exact.
const CORE: u64 = 1_000_000_000;
/// Heaps of fewer jobs are not tidied.
const FEW: usize = 32;

/// Cores in the unit of cores here; at most a billion.
pub(super) fn units(cores: f64) -> u64 {
    (cores * CORE as f64 + 0.5) as u64
}

/// A step of work that ends at a virtual time \[ns, as the bits of a positive float\].
type Job = Reverse<(u64, Ticket, FrameId)>;

/// The cores of one replica.
#[derive(Debug)]
pub(super) struct Cores {
    /// The most it uses.
    pub(super) limit: u64,
    /// The host whose cores they are, if those are limited.
    host: Option<u32>,
    /// Steps of work that run.
    running: u32,
    /// What it would use if nobody else did.
    demand: u64,
    /// What each running step has done since nobody ran \[ns of one core\].
    done: f64,
    /// What each does per ns.
    rate: f64,
    /// When `done` was last brought up to date.
    changed: SimTime,
    /// Running steps, and some that have stopped: those no longer wait for their ticket.
    jobs: BinaryHeap<Job>,
    next: Ticket,
    next_at: SimTime,
}

impl Cores {
    /// The idle cores of a replica, if its work shares any.
    pub(super) fn new(settings: &Component, place: Place, hosts: &[Host]) -> Option<Box<Self>> {
        let limited = |host: &usize| hosts[*host].cores < u64::MAX;
        settings.cpu.map(|cpu| {
            Box::new(Self {
                limit: units(cpu.limit),
                host: place.host.filter(limited).map(|host| host as u32),
                running: 0,
                demand: 0,
                done: 0.0,
                rate: 0.0,
                changed: SimTime::ZERO,
                jobs: BinaryHeap::new(),
                next: Ticket::NONE,
                next_at: SimTime::ZERO,
            })
        })
    }

    /// Brings `done` up to now.
    fn advance(&mut self, now: SimTime) {
        let elapsed = now.since(self.changed);
        self.changed = now;
        // Work that takes no time at all has an infinite rate, at one instant only.
        if elapsed > 0 && self.running > 0 {
            self.done += elapsed as f64 * self.rate;
        }
    }

    /// What is left of a step that ends at `end` \[ns of one core\].
    fn left(&self, end: u64) -> f64 {
        (f64::from_bits(end) - self.done).max(0.0)
    }

    /// The next to end, when stopped ones have been forgotten.
    fn first(&mut self, frames: &Frames) -> Option<(u64, FrameId)> {
        if self.running == 0 {
            self.jobs.clear();
            self.done = 0.0;
        }
        let is_running = |&Reverse((_, ticket, id)): &Job| frames[id].pending == ticket;
        if self.jobs.len() > 2 * self.running as usize + FEW {
            self.jobs.retain(is_running);
        }
        while let Some(job) = self.jobs.peek() {
            if is_running(job) {
                let &Reverse((end, _, id)) = job;
                return Some((end, id));
            }
            self.jobs.pop();
        }
        None
    }
}

/// The cores of a machine, and who shares them.
#[derive(Debug)]
pub(in super::super) struct Host {
    /// `u64::MAX` is more than anybody can use.
    cores: u64,
    /// Its replicas whose work shares cores, rising.
    members: Vec<u32>,
    /// Sum of what they would use.
    demand: u64,
    is_short: bool,
    /// Kept for its memory.
    order: Vec<(u64, u32)>,
}

impl Host {
    pub(super) fn new(host: &crate::plan::Host) -> Self {
        let cores = host.cores.map_or(u64::MAX, units);
        Self { cores, members: Vec::new(), demand: 0, is_short: false, order: Vec::new() }
    }

    pub(super) fn add(&mut self, replica: u32) {
        self.members.push(replica);
    }
}

impl System<'_> {
    /// A step of `work` \[ns of one core\] begins to share the cores of its replica.
    pub(super) fn share(&mut self, id: FrameId, work: u64, cx: &mut Cx) {
        let replica_id = self.frames[id].replica;
        self.frames[id].state = State::Sharing;
        if let Some(cores) = &mut self.replicas[replica_id as usize].cores {
            cores.advance(cx.now());
            cores.running += 1;
        }
        self.set_left(id, work as f64, cx);
        self.reshare(replica_id, cx);
    }

    /// Sets what is left \[ns of one core\] of a step that shares cores.
    fn set_left(&mut self, id: FrameId, left: f64, cx: &mut Cx) {
        let frame = &mut self.frames[id];
        if let Some(cores) = &mut self.replicas[frame.replica as usize].cores {
            frame.work = (cores.done + left).to_bits();
            frame.pending = cx.ticket();
            cores.jobs.push(Reverse((frame.work, frame.pending, id)));
        }
    }

    /// A step stops sharing; returns what was left of it \[ns of one core\].
    pub(super) fn stop_sharing(&mut self, id: FrameId, cx: &mut Cx) -> u64 {
        let frame = &mut self.frames[id];
        let replica_id = frame.replica;
        frame.pending = Ticket::NONE;
        let work = frame.work;
        let mut left = 0.0;
        if let Some(cores) = &mut self.replicas[replica_id as usize].cores {
            cores.advance(cx.now());
            cores.running -= 1;
            left = cores.left(work);
        }
        self.reshare(replica_id, cx);
        round_nanos(left)
    }

    /// The next step of shared work ends, if it still does.
    pub(in super::super) fn shared_work_ends(
        &mut self,
        replica_id: u32,
        ticket: Ticket,
        cx: &mut Cx,
    ) {
        let Some(cores) = &mut self.replicas[replica_id as usize].cores else {
            return;
        };
        if cores.next != ticket {
            return;
        }
        cores.next = Ticket::NONE;
        if let Some((_, id)) = cores.first(&self.frames) {
            self.stop_sharing(id, cx);
            self.work_ends(id, cx);
        }
    }

    /// What is left of a step changes by a factor, because the speed of its endpoint does.
    pub(in super::super) fn rescale_shared(&mut self, id: FrameId, factor: f64, cx: &mut Cx) {
        let frame = &self.frames[id];
        let (replica_id, work) = (frame.replica, frame.work);
        if let Some(cores) = &mut self.replicas[replica_id as usize].cores {
            cores.advance(cx.now());
            let left = cores.left(work) * factor;
            self.set_left(id, left, cx);
        }
        self.reshare(replica_id, cx);
    }

    /// Gives the running steps of a replica their shares anew: there are more or fewer of them, or
    /// the replica is faster or slower, paused or not, or has another limit.
    pub(in super::super) fn reshare(&mut self, replica_id: u32, cx: &mut Cx) {
        let replica = &mut self.replicas[replica_id as usize];
        let Some(cores) = &mut replica.cores else {
            return;
        };
        let running = u64::from(cores.running) * CORE;
        let demand = if replica.paused > 0 { 0 } else { running.min(cores.limit) };
        let before = std::mem::replace(&mut cores.demand, demand);
        let supply = &mut self.stations[replica.component as usize].supply;
        supply.change_busy_cores(cx.now(), before, demand);
        let Some(host_id) = cores.host else {
            return self.allot(replica_id, demand as f64, cx);
        };
        let host = &mut self.hosts[host_id as usize];
        host.demand = host.demand - before + demand;
        let was_short = std::mem::replace(&mut host.is_short, host.demand > host.cores);
        if host.is_short || was_short {
            self.share_host(host_id, replica_id, cx);
        } else {
            self.allot(replica_id, demand as f64, cx);
        }
    }

    /// Shares the cores of a host max-min fairly; `changed` is the replica that made it necessary.
    fn share_host(&mut self, host_id: u32, changed: u32, cx: &mut Cx) {
        let host = &mut self.hosts[host_id as usize];
        let mut order = std::mem::take(&mut host.order);
        order.clear();
        let demand = |&id: &u32| self.replicas[id as usize].cores.as_ref().map(|c| (c.demand, id));
        order.extend(host.members.iter().filter_map(demand));
        order.sort_unstable();
        let (mut left, mut sharing) = (host.cores as f64, order.len() as f64);
        for &(demand, replica) in &order {
            let share = (demand as f64).min(left / sharing);
            left -= share;
            sharing -= 1.0;
            if demand > 0 || replica == changed {
                self.allot(replica, share, cx);
            }
        }
        self.hosts[host_id as usize].order = order;
    }

    /// Lets the running steps of a replica go on with so many cores, and schedules the next end.
    fn allot(&mut self, replica_id: u32, share: f64, cx: &mut Cx) {
        let replica = &mut self.replicas[replica_id as usize];
        let Some(cores) = &mut replica.cores else {
            return;
        };
        cores.advance(cx.now());
        let each = (share / (u64::from(cores.running) * CORE) as f64).min(1.0);
        // Where nothing runs or the replica is paused, nothing is done, however fast it would be.
        cores.rate = if share > 0.0 { each / replica.slow } else { 0.0 };
        let first = cores.first(&self.frames);
        let Some((end, _)) = first.filter(|_| cores.rate > 0.0) else {
            cores.next = Ticket::NONE;
            return;
        };
        let at = cx.now().after(round_nanos(cores.left(end) / cores.rate));
        if cores.next == Ticket::NONE || cores.next_at != at {
            cores.next = cx.schedule(at, Happening::SharedWorkEnds(replica_id));
            cores.next_at = at;
        }
    }

    /// The most cores of a replica, now and until it is set again.
    pub(in super::super) fn set_cpu_limit(&mut self, replica_id: u32, limit: f64, cx: &mut Cx) {
        let replica = &mut self.replicas[replica_id as usize];
        let Some(cores) = &mut replica.cores else {
            return;
        };
        let before = std::mem::replace(&mut cores.limit, units(limit));
        if replica.is_available {
            let supply = &mut self.stations[replica.component as usize].supply;
            supply.change_available_cores(cx.now(), before, cores.limit);
        }
        self.reshare(replica_id, cx);
    }
}
