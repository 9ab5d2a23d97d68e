//! Requests under way: a slab of frames.
//!
//! A frame is one attempt at an endpoint, from being sent until its answer has been taken up; or a
//! branch of a parallel step; or a call that nobody waits for; or a user in a session.

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
pub(crate) const MAX_FRAMES: usize = 1 << 22;

/// To whom the end of a frame matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// An attempt at a call of `parent`, if anybody still waits for it.
    Attempt,
    /// A branch of the parallel step of `parent`, if that still goes on.
    Branch,
    /// A call of a replica that nobody waits for.
    Publication,
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
    /// Waits for a connection; not yet sent.
    Pooled,
    /// On its way to a replica.
    Sent,
    Queued,
    /// Work that ends at `work`.
    Working,
    /// Work on shared cores; `work` is the virtual time at which it ends.
    Sharing,
    /// Work that stands still with `work` left.
    Frozen,
    /// In queue again, with `work` left, because another was more important.
    Preempted,
    /// Waits for `child` (and `hedge`).
    Calling,
    /// Waits for the time of its next attempt.
    BackingOff,
    /// Waits for a slot to take up an answer.
    Returning,
    /// Goes on after a call without waiting for a slot, in its turn.
    TakingUp,
    /// Waits for branches.
    Joining,
    /// A branch that has ended and waits for the others.
    Joined,
    /// A user who pauses.
    Thinking,
    /// A user who is kept away.
    Away,
    /// Its answer is ready, and its user takes it up slowly.
    TakenUp,
    /// Its answer is on the way, or waits to be taken up.
    Answering,
    /// Nothing will ever come of it: it or its answer was lost.
    Lost,
}

/// Yes-or-no facts about a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Flags(u8);

impl Flags {
    /// Holds a slot of its replica.
    pub(crate) const SLOT: Self = Self(1);
    /// Holds a connection of its caller's pool.
    pub(crate) const CONNECTED: Self = Self(1 << 1);
    /// Counts among the outstanding attempts of its caller.
    pub(crate) const PICKED: Self = Self(1 << 2);
    /// The extra attempt of its present call has been made.
    pub(crate) const HEDGED: Self = Self(1 << 3);
    /// Gives its slot back while it waits on others.
    pub(crate) const YIELDS: Self = Self(1 << 4);
    /// Passed guards of its caller, who wants to learn of its end.
    pub(crate) const GUARDED: Self = Self(1 << 5);
    /// Works, and would make room for a more important request.
    pub(crate) const PREEMPTIBLE: Self = Self(1 << 6);
    /// Begins the branches of a parallel step; should one that is needed have failed already, `outcome`
    /// says how.
    pub(crate) const FORKING: Self = Self(1 << 7);

    const ALL: [Self; 8] = [
        Self::SLOT,
        Self::CONNECTED,
        Self::PICKED,
        Self::HEDGED,
        Self::YIELDS,
        Self::GUARDED,
        Self::PREEMPTIBLE,
        Self::FORKING,
    ];

    #[inline]
    pub(crate) const fn has(self, flag: Self) -> bool {
        self.0 & flag.0 != 0
    }

    #[inline]
    pub(crate) const fn set(&mut self, flag: Self) {
        self.0 |= flag.0;
    }

    /// Clears a flag; says whether it was set.
    #[inline]
    pub(crate) const fn clear(&mut self, flag: Self) -> bool {
        let was = self.has(flag);
        self.0 &= !flag.0;
        was
    }
}

const _: () = {
    let mut flag = 0;
    let mut taken = Flags(0);
    while flag < Flags::ALL.len() {
        assert!(!taken.has(Flags::ALL[flag]), "every flag has a bit of its own");
        taken.set(Flags::ALL[flag]);
        flag += 1;
    }
};

/// What is known of one request, branch or user. A frame refers to others only while they live:
/// whoever ends first unties the two.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Frame {
    pub(crate) key: Key,
    /// What this frame itself waits for: the end of work, its delivery or answer, a backoff, the
    /// time for a hedge, the longest wait in a queue; of shared work and of who returns, its turn.
    pub(crate) pending: Ticket,
    /// The timeout of an attempt, the end of a user's patience.
    pub(crate) timer: Ticket,
    /// When an attempt started; when its user wanted it; of a session, when the round began.
    pub(crate) since: SimTime,
    /// When it reached its replica.
    pub(crate) arrived: SimTime,
    /// When work ends [ns since the beginning, or virtual], or how much is left \[ns\].
    pub(crate) work: u64,
    /// When nobody wants its answer any more.
    pub(crate) deadline: SimTime,
    pub(crate) parent: FrameId,
    /// The attempt it waits for; the first branch.
    pub(crate) child: FrameId,
    /// The extra attempt it waits for.
    pub(crate) hedge: FrameId,
    /// The next branch of the same step.
    pub(crate) sibling: FrameId,
    pub(crate) replica: u32,
    pub(crate) endpoint: u32,
    /// The edge it came by; of a user's request, the load.
    pub(crate) edge: u32,
    pub(crate) pc: Pc,
    /// The next in a line, or in the list of free frames; of a session, the user's number.
    pub(crate) next: FrameId,
    /// The one before in a line.
    pub(crate) previous: FrameId,
    /// Branches not yet joined; of a call site, calls made.
    pub(crate) count: u32,
    /// Attempts made at the current call.
    pub(crate) attempt: u16,
    /// Its parts that do not wait for others, where slots are given back meanwhile.
    pub(crate) active: u16,
    /// Its parts in the line of those who wait for a slot to take up an answer.
    pub(crate) returning: u16,
    /// State of the breaker that let it through.
    pub(crate) epoch: u16,
    pub(crate) role: Role,
    pub(crate) state: State,
    pub(crate) outcome: Outcome,
    pub(crate) flags: Flags,
}

impl Frame {
    pub(crate) const fn new(key: Key, role: Role) -> Self {
        Self {
            key,
            pending: Ticket::NONE,
            timer: Ticket::NONE,
            since: SimTime::ZERO,
            arrived: SimTime::ZERO,
            work: 0,
            deadline: SimTime::MAX,
            parent: NONE,
            child: NONE,
            hedge: NONE,
            sibling: NONE,
            replica: NONE,
            endpoint: NONE,
            edge: NONE,
            pc: 0,
            next: NONE,
            previous: NONE,
            count: 0,
            attempt: 0,
            active: 0,
            returning: 0,
            epoch: 0,
            role,
            state: State::Sent,
            outcome: Outcome::Ok,
            flags: Flags(0),
        }
    }
}

const _: () = assert!(size_of::<Frame>() == 128, "a request takes two cache lines");

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
    /// Reads a frame, and the one it belongs to, so that the caches have them.
    #[inline]
    pub(crate) fn fetch(&self, id: FrameId) {
        let Some(frame) = self.slab.get(id as usize) else { return };
        // A frame is two lines; these fields are on one each.
        std::hint::black_box((frame.pending, frame.state));
        if let Some(parent) = self.slab.get(frame.parent as usize) {
            std::hint::black_box((parent.pending, parent.state));
        }
    }

    /// Takes a free place for `frame`, if there is one.
    #[inline]
    pub(crate) fn add(&mut self, frame: Frame) -> Option<FrameId> {
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
        *place = frame;
        Some(id)
    }

    /// Gives a frame's place back. Nobody may refer to it any more; events that it waited for are
    /// recognised by their tickets, which are never given twice.
    #[inline]
    pub(crate) fn free(&mut self, id: FrameId) {
        let place = &mut self.slab[id as usize];
        assert!(place.state != State::Free, "a frame is freed once");
        place.state = State::Free;
        (place.pending, place.timer) = (Ticket::NONE, Ticket::NONE);
        place.next = self.free;
        self.free = id;
    }

    /// Every place ever used, for the rare events that concern many.
    pub(crate) fn ids(&self) -> std::ops::Range<FrameId> {
        0..self.slab.len() as FrameId
    }

    /// How many frames there were at most at one time.
    pub(crate) fn peak(&self) -> usize {
        self.slab.len()
    }

    /// How many frames there are.
    pub(crate) fn count(&self) -> usize {
        self.slab.iter().filter(|frame| frame.state != State::Free).count()
    }
}
