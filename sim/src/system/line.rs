//! Lines of frames: doubly linked through the frames themselves, so that joining one allocates
//! nothing and leaving one from the middle is as cheap as from an end.

use crate::frame::{FrameId, Frames, NONE};

/// A line; a frame is in one at most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    first: FrameId,
    last: FrameId,
}

impl Default for Line {
    fn default() -> Self {
        Self { first: NONE, last: NONE }
    }
}

impl Line {
    /// Who is first, or [`NONE`].
    #[inline]
    pub(super) const fn first(self) -> FrameId {
        self.first
    }

    #[inline]
    pub(super) fn push_back(&mut self, frames: &mut Frames, id: FrameId) {
        let frame = &mut frames[id];
        (frame.previous, frame.next) = (self.last, NONE);
        if self.last == NONE {
            self.first = id;
        } else {
            frames[self.last].next = id;
        }
        self.last = id;
    }

    pub(super) fn push_front(&mut self, frames: &mut Frames, id: FrameId) {
        let frame = &mut frames[id];
        (frame.previous, frame.next) = (NONE, self.first);
        if self.first == NONE {
            self.last = id;
        } else {
            frames[self.first].previous = id;
        }
        self.first = id;
    }

    /// Takes out `id`, which must be in this line.
    #[inline]
    pub(super) fn remove(&mut self, frames: &mut Frames, id: FrameId) {
        let (previous, next) = (frames[id].previous, frames[id].next);
        if previous == NONE {
            self.first = next;
        } else {
            frames[previous].next = next;
        }
        if next == NONE {
            self.last = previous;
        } else {
            frames[next].previous = previous;
        }
    }

    /// Takes out the first.
    #[inline]
    pub(super) fn pop_front(&mut self, frames: &mut Frames) -> Option<FrameId> {
        let id = self.first;
        if id == NONE {
            return None;
        }
        self.first = frames[id].next;
        if self.first == NONE {
            self.last = NONE;
        } else {
            frames[self.first].previous = NONE;
        }
        Some(id)
    }

    /// Takes out the last.
    pub(super) fn pop_back(&mut self, frames: &mut Frames) -> Option<FrameId> {
        let id = self.last;
        if id == NONE {
            return None;
        }
        self.remove(frames, id);
        Some(id)
    }

    /// All in the line, in their order.
    pub(super) fn iter(self, frames: &Frames) -> impl Iterator<Item = FrameId> {
        let some = |id: FrameId| (id != NONE).then_some(id);
        std::iter::successors(some(self.first), move |&id| some(frames[id].next))
    }
}
