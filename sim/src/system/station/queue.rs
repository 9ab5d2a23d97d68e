//! Queues: who waits at a replica, in which order, and for how long.
//!
//! A plain queue (first come, first served, for as long as it takes) is one line, handled where
//! requests arrive and leave. Whatever differs from that is here. Classes of priority have a line
//! each.

use crate::calendar::Ticket;
use crate::frame::{FrameId, Frames, NONE, State};
use crate::plan::{Component, Discipline, Outcome, Plan};

use super::super::line::Line;
use super::super::timers::Timer;
use super::super::{Cx, Happening, Purpose, System, draw};
use super::codel::Codel;

/// The requests that wait at one replica.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Whether nothing is asked but that they are served in the order in which they came.
    pub(super) is_plain: bool,
    order: Order,
    /// All who wait, but for those of a class.
    pub(super) line: Line,
    /// By rank; empty where there are no classes.
    classes: Vec<Line>,
    codel: Codel,
}

/// Who is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Order {
    #[default]
    Fifo,
    Lifo,
    AdaptiveLifo,
    Ranked,
    Codel,
}

impl Queue {
    /// An empty queue under the rules of `settings`, for endpoints of so many ranks.
    pub(super) fn new(settings: &Component, ranks: usize) -> Self {
        let order = match settings.queue.discipline {
            Discipline::Fifo => Order::Fifo,
            Discipline::Lifo => Order::Lifo,
            Discipline::AdaptiveLifo => Order::AdaptiveLifo,
            Discipline::Priority | Discipline::PreemptivePriority => Order::Ranked,
            Discipline::Codel { .. } => Order::Codel,
        };
        Self {
            is_plain: order == Order::Fifo && settings.queue.max_wait.is_none(),
            order,
            line: Line::default(),
            classes: vec![Line::default(); if order == Order::Ranked { ranks } else { 0 }],
            codel: Codel::new(settings.queue.discipline),
        }
    }

    /// Goes on under other settings of the same discipline.
    pub(super) fn take_over(&mut self, settings: &Component) {
        self.is_plain = self.order == Order::Fifo && settings.queue.max_wait.is_none();
        self.codel = Codel::new(settings.queue.discipline);
    }

    fn line_of(&mut self, rank: u16) -> &mut Line {
        self.classes.get_mut(usize::from(rank)).unwrap_or(&mut self.line)
    }

    /// Puts a request before all others of its rank.
    pub(super) fn push_front(&mut self, frames: &mut Frames, id: FrameId, rank: u16) {
        self.line_of(rank).push_front(frames, id);
    }

    /// Takes out who is next, by the order of the line alone.
    fn pop(&mut self, frames: &mut Frames, is_crowded: bool) -> Option<FrameId> {
        match self.order {
            Order::Fifo | Order::Codel => self.line.pop_front(frames),
            Order::AdaptiveLifo if !is_crowded => self.line.pop_front(frames),
            Order::Lifo | Order::AdaptiveLifo => self.line.pop_back(frames),
            Order::Ranked => self.classes.iter_mut().find_map(|line| line.pop_front(frames)),
        }
    }

    /// Rank of who is next, where there are classes.
    pub(super) fn first_rank(&self) -> Option<u16> {
        self.classes.iter().position(|line| line.first() != NONE).map(|rank| rank as u16)
    }

    /// Forgets what it knew of the past.
    pub(super) fn start_anew(&mut self) {
        self.codel.start_anew();
    }
}

/// The rank of every endpoint's priority among those of its component, from 0 on, and how many
/// there are per component.
pub(in super::super) fn ranks(plan: &Plan) -> (Vec<u16>, Vec<usize>) {
    let mut priorities = vec![Vec::new(); plan.components.len()];
    for endpoint in &plan.endpoints {
        priorities[endpoint.component].push(endpoint.priority);
    }
    for distinct in &mut priorities {
        distinct.sort_unstable();
        distinct.dedup();
    }
    let rank = |endpoint: &crate::plan::Endpoint| {
        priorities[endpoint.component].partition_point(|&p| p < endpoint.priority) as u16
    };
    (plan.endpoints.iter().map(rank).collect(), priorities.iter().map(Vec::len).collect())
}

impl System<'_> {
    /// A request joins a queue that is not plain.
    pub(super) fn queue_up(&mut self, id: FrameId, cx: &mut Cx) {
        let frame = &self.frames[id];
        let (replica_id, rank) = (frame.replica, self.ranks[frame.endpoint as usize]);
        self.frames[id].pending = self.await_turn(id, cx);
        let replica = &mut self.replicas[replica_id as usize];
        replica.queue.line_of(rank).push_back(&mut self.frames, id);
    }

    /// Sets the timer of a request's longest wait, if there is one.
    fn await_turn(&mut self, id: FrameId, cx: &mut Cx) -> Ticket {
        let frame = &self.frames[id];
        let settings = &self.settings[self.replicas[frame.replica as usize].settings as usize];
        match settings.max_wait {
            Timer::None => Ticket::NONE,
            Timer::Ring { nanos, ring } => self.set_ring(ring, nanos, id, cx),
            Timer::Drawn => {
                let law = settings.component.queue.max_wait.as_ref();
                let key = draw(frame.key, Purpose::MaxWait, 0);
                let nanos = law.map_or(0, |law| law.sample(key));
                cx.schedule_in(nanos, Happening::Woken(id))
            }
        }
    }

    /// A request has waited as long as it may: it is refused.
    pub(in super::super) fn wait_ends(&mut self, id: FrameId, cx: &mut Cx) {
        self.leave_queue(id, cx);
        self.refuse_waiting(id, cx);
    }

    /// A request that has left the queue is refused.
    fn refuse_waiting(&mut self, id: FrameId, cx: &mut Cx) {
        let component = self.replicas[self.frames[id].replica as usize].component as usize;
        self.measures.lost(component, self.frames[id].arrived, cx.now());
        // Who learns of it does not come before who is next in the queue.
        self.reject(id, cx);
    }

    /// Takes a request out of the queue where it waits.
    pub(super) fn leave_queue(&mut self, id: FrameId, cx: &mut Cx) {
        let frame = &self.frames[id];
        let rank = self.ranks[frame.endpoint as usize];
        let replica = &mut self.replicas[frame.replica as usize];
        replica.queue.line_of(rank).remove(&mut self.frames, id);
        replica.usage.waiting.fall(cx.now());
    }

    /// Takes out of a queue who is served next; what nobody wants any more is dropped.
    #[inline]
    pub(super) fn next_in_queue(&mut self, replica_id: u32, cx: &mut Cx) -> Option<FrameId> {
        if self.replicas[replica_id as usize].queue.order == Order::Codel {
            self.next_by_codel(replica_id, cx)
        } else {
            self.next_in_line(replica_id, cx)
        }
    }

    #[inline]
    fn next_in_line(&mut self, replica_id: u32, cx: &mut Cx) -> Option<FrameId> {
        let now = cx.now();
        loop {
            let replica = &mut self.replicas[replica_id as usize];
            let id = if replica.queue.is_plain {
                replica.queue.line.pop_front(&mut self.frames)
            } else {
                // Both sides double: half of an odd capacity is not rounded.
                let is_crowded =
                    2 * u64::from(replica.usage.waiting.count()) >= u64::from(replica.capacity);
                replica.queue.pop(&mut self.frames, is_crowded)
            }?;
            replica.usage.waiting.fall(now);
            let frame = &mut self.frames[id];
            frame.pending = Ticket::NONE;
            if frame.deadline > now {
                return Some(id);
            }
            self.drop_expired(id, cx);
        }
    }

    /// A request whose deadline has passed is not served.
    pub(super) fn drop_expired(&mut self, id: FrameId, cx: &mut Cx) {
        let component = self.replicas[self.frames[id].replica as usize].component as usize;
        self.measures.lost(component, self.frames[id].arrived, cx.now());
        self.reply(id, Outcome::Timeout, cx);
    }

    /// Who is served next under `CoDel`; those that it drops are refused.
    fn next_by_codel(&mut self, replica_id: u32, cx: &mut Cx) -> Option<FrameId> {
        let (mut next, mut may_drop) = self.judged(replica_id, cx)?;
        if !self.codel(replica_id).goes_on_dropping(may_drop) {
            if may_drop {
                self.refuse_waiting(next, cx);
                self.codel(replica_id).begin(cx.now());
                (next, _) = self.judged(replica_id, cx)?;
            }
            return Some(next);
        }
        while self.codel(replica_id).is_due(cx.now()) {
            self.refuse_waiting(next, cx);
            self.codel(replica_id).dropped();
            (next, may_drop) = self.judged(replica_id, cx)?;
            if self.codel(replica_id).goes_on_dropping(may_drop) {
                self.codel(replica_id).set_next();
            }
        }
        Some(next)
    }

    fn codel(&mut self, replica_id: u32) -> &mut Codel {
        &mut self.replicas[replica_id as usize].queue.codel
    }

    /// The first in line, and whether `CoDel` may drop it.
    fn judged(&mut self, replica_id: u32, cx: &mut Cx) -> Option<(FrameId, bool)> {
        let id = self.next_in_line(replica_id, cx)?;
        let wait = cx.now().since(self.frames[id].arrived);
        let replica = &mut self.replicas[replica_id as usize];
        let is_last = replica.usage.waiting.count() == 0;
        Some((id, replica.queue.codel.may_drop(cx.now(), wait, is_last)))
    }

    /// Whether a request waits in a queue.
    pub(in super::super) fn is_queued(&self, id: FrameId) -> bool {
        matches!(self.frames[id].state, State::Queued | State::Preempted)
    }
}
