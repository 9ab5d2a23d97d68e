//! Requests under way: a slab of frames.
//!
//! A frame is one attempt at an endpoint, from being sent until its answer has been taken up; or a
//! branch of a parallel step; or a user in a session. Frames refer to their caller by index and
//! generation, so that an answer to one who has gone is recognised.

use crate::calendar::Ticket;
use crate::plan::Outcome;
use crate::program::Pc;
use crate::random::Key;
use crate::time::SimTime;

/// Index of a frame.
pub(crate) type FrameId = u32;

/// No frame, replica or edge.
pub(crate) const NONE: u32 = u32::MAX;

/// Frames of one replication, about two gigabytes; a system that needs more is only piling up work.
pub(crate) const MAX_FRAMES: usize = 1 << 24;

/// A frame, unless it has been freed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameRef {
    pub(crate) index: FrameId,
    pub(crate) generation: u32,
}

impl FrameRef {
    pub(crate) const NONE: Self = Self { index: NONE, generation: 0 };
}

/// To whom the end of a frame matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// An attempt at a call; its caller, if it still waits, is `parent`.
    Attempt,
    /// A branch of the parallel step of `parent`.
    Branch,
    /// A user's request that came by itself.
    Entry,
    /// A user's request from the session `parent`.
    SessionEntry,
    /// A user in a session.
    Session,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Free,
    /// On its way to a replica.
    Sent,
    Queued,
    /// Work that ends at `work`.
    Working,
    /// Work that stands still with `work` left.
    Frozen,
    /// Waits for `child`, or for the next attempt.
    Calling,
    /// Waits for branches.
    Joining,
    /// A user who pauses.
    Thinking,
    /// Its answer is on the way, or waits to be taken up.
    Answering,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) key: Key,
    /// The end of work, delivery or answer that this frame waits for.
    pub(crate) pending: Ticket,
    /// The timeout or backoff of its call.
    pub(crate) timer: Ticket,
    /// The end of its user's patience.
    pub(crate) patience: Ticket,
    /// When its user wanted it; of a session, when the round began.
    pub(crate) due: SimTime,
    /// When it reached its replica.
    pub(crate) arrived: SimTime,
    /// When work ends [ns since the beginning], or how much is left \[ns\]; in a call, when the
    /// attempt started.
    pub(crate) work: u64,
    pub(crate) parent: FrameRef,
    pub(crate) generation: u32,
    /// The attempt it waits for.
    pub(crate) child: FrameId,
    pub(crate) replica: u32,
    pub(crate) endpoint: u32,
    /// The edge it came by; of a user's request, the load.
    pub(crate) edge: u32,
    pub(crate) pc: Pc,
    /// The next in a queue, or in the list of free frames; of a session, the user's number.
    pub(crate) next: FrameId,
    /// Branches not yet joined; of a call site, calls made.
    pub(crate) count: u32,
    /// Attempts made at the current call.
    pub(crate) attempt: u16,
    pub(crate) role: Role,
    pub(crate) state: State,
    pub(crate) outcome: Outcome,
    pub(crate) holds_slot: bool,
}

impl Frame {
    pub(crate) const fn new(key: Key, role: Role) -> Self {
        Self {
            key,
            pending: Ticket::NONE,
            timer: Ticket::NONE,
            patience: Ticket::NONE,
            due: SimTime::ZERO,
            arrived: SimTime::ZERO,
            work: 0,
            parent: FrameRef::NONE,
            generation: 0,
            child: NONE,
            replica: NONE,
            endpoint: NONE,
            edge: NONE,
            pc: 0,
            next: NONE,
            count: 0,
            attempt: 0,
            role,
            state: State::Sent,
            outcome: Outcome::Ok,
            holds_slot: false,
        }
    }
}

/// All frames.
#[derive(Debug)]
pub(crate) struct Frames {
    slab: Vec<Frame>,
    free: FrameId,
}

impl Default for Frames {
    fn default() -> Self {
        Self { slab: Vec::new(), free: NONE }
    }
}

impl std::ops::Index<FrameId> for Frames {
    type Output = Frame;

    #[inline]
    fn index(&self, id: FrameId) -> &Frame {
        &self.slab[id as usize]
    }
}

impl std::ops::IndexMut<FrameId> for Frames {
    #[inline]
    fn index_mut(&mut self, id: FrameId) -> &mut Frame {
        &mut self.slab[id as usize]
    }
}

impl Frames {
    /// Takes a free place for `frame`, if there is one.
    #[inline]
    pub(crate) fn add(&mut self, mut frame: Frame) -> Option<FrameId> {
        let id = self.free;
        if id == NONE {
            if self.slab.len() == MAX_FRAMES {
                return None;
            }
            self.slab.push(frame);
            return Some(self.slab.len() as FrameId - 1);
        }
        let place = &mut self.slab[id as usize];
        self.free = place.next;
        frame.generation = place.generation;
        *place = frame;
        Some(id)
    }

    /// Gives a frame's place back; whoever still refers to it finds it gone.
    #[inline]
    pub(crate) fn free(&mut self, id: FrameId) {
        let place = &mut self.slab[id as usize];
        assert!(place.state != State::Free, "a frame is freed once");
        place.state = State::Free;
        place.generation = place.generation.wrapping_add(1);
        (place.pending, place.timer, place.patience) = (Ticket::NONE, Ticket::NONE, Ticket::NONE);
        place.next = self.free;
        self.free = id;
    }

    #[inline]
    pub(crate) fn reference(&self, id: FrameId) -> FrameRef {
        FrameRef { index: id, generation: self[id].generation }
    }

    /// The frame referred to, if it is still the same.
    #[inline]
    pub(crate) fn resolve(&self, reference: FrameRef) -> Option<FrameId> {
        let frame = self.slab.get(reference.index as usize)?;
        (frame.generation == reference.generation && frame.state != State::Free)
            .then_some(reference.index)
    }

    /// Every place ever used, for the rare events that concern many.
    pub(crate) fn ids(&self) -> std::ops::Range<FrameId> {
        0..self.slab.len() as FrameId
    }

    /// How many frames there were at most at one time.
    pub(crate) fn peak(&self) -> usize {
        self.slab.len()
    }
}
