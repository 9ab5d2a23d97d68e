//! Users under faults: how many come, who comes later, who takes up an answer slowly.

use crate::frame::{Frame, FrameId, NONE, Role, State};
use crate::plan::Outcome;
use crate::random::Key;

use super::super::{Cx, Happening, System};
use super::Kind;

impl System<'_> {
    /// A load is what all faults in force make of it.
    pub(in super::super) fn surge(&mut self, load: u32, cx: &mut Cx) {
        let factor = self.populations[load as usize].crowd.factor(cx.now());
        self.set_load_factor(load, factor, cx);
    }

    /// Whether a user who comes is kept away; then he comes again.
    pub(super) fn is_kept_away(&mut self, load: u32, key: Key, cx: &mut Cx) -> bool {
        let Some(back) = self.populations[load as usize].crowd.away(key, cx.now()) else {
            return false;
        };
        let mut user = Frame::new(key, Role::Session);
        (user.edge, user.state) = (load, State::Away);
        match self.frames.add(user) {
            Some(id) => self.frames[id].pending = cx.schedule(back, Happening::Woken(id)),
            None => self.too_many(),
        }
        true
    }

    /// A user who was kept away comes again.
    pub(in super::super) fn user_is_back(&mut self, id: FrameId, cx: &mut Cx) {
        let Frame { key, edge: load, .. } = self.frames[id];
        self.frames.free(id);
        if self.is_kept_away(load, key, cx) {
            return;
        }
        match &self.populations[load as usize].kind {
            Kind::Open { endpoint, .. } => {
                let endpoint = *endpoint as u32;
                self.request((key, Role::Entry, NONE), (load, cx.now()), endpoint, cx);
            }
            Kind::Sessions { session, .. } => {
                let session = *session;
                self.begin_session(load, key, (session, NONE), cx);
            }
            Kind::Closed { .. } => unreachable!("checked: who is always there is not kept away"),
        }
    }

    /// The answer for a user is ready: he may take it up slowly. A blocking server holds his slot.
    pub(in super::super) fn answer_user(&mut self, id: FrameId, cx: &mut Cx) {
        let Frame { key, edge: load, .. } = self.frames[id];
        let takes = self.populations[load as usize].crowd.takes(key, cx.now());
        if takes == 0 {
            return self.leave(id, Outcome::Ok, cx);
        }
        self.rest(id, cx);
        let pending = cx.schedule_in(takes, Happening::Woken(id));
        let frame = &mut self.frames[id];
        (frame.state, frame.pending) = (State::TakenUp, pending);
    }
}
