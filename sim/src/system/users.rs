//! Users: requests that come by themselves, and people who go through sessions.

mod population;
mod swayed;

use crate::calendar::Ticket;
use crate::error::Error;
use crate::frame::{Frame, FrameId, NONE, Role, State};
use crate::plan::{Load, Outcome};
use crate::program::Pc;
use crate::random::Key;
use crate::time::SimTime;

use super::client::next_in_turn;
use super::faults::Passage;
use super::walk::midway;
use super::{Cx, Happening, Purpose, System, draw, origin};

use population::{Kind, changes_after};
pub(super) use population::{
    Population, build, call_key, compile, compile_sessions, lead, load_key,
};

impl System<'_> {
    /// Schedules the first arrival, or the first users, of every load.
    pub(super) fn start_loads(&mut self, cx: &mut Cx) {
        for load in 0..self.populations.len() {
            let first = match &mut self.populations[load].kind {
                Kind::Open { arrivals, .. } => arrivals.first(|_, _| {}),
                Kind::Sessions { session, arrivals, .. } => {
                    let (session, program, mut there) = (*session, self.program, Vec::new());
                    let next = arrivals.first(|key, since| {
                        there.extend(midway(program, session, key, since));
                    });
                    for (due, user) in there {
                        self.goes_on(load as u32, due, user, cx);
                    }
                    next
                }
                Kind::Closed { changes, .. } => changes.last().map(|change| change.0),
            };
            self.expect(load as u32, first, cx);
        }
    }

    /// Waits for the next arrival of a load, or the next change in its users, if there is one.
    #[inline(always)]
    fn expect(&mut self, load: u32, at: Option<SimTime>, cx: &mut Cx) {
        self.populations[load as usize].due = match at {
            Some(at) => cx.schedule(at, Happening::Arrival(load)),
            None => Ticket::NONE,
        };
    }

    /// A user comes, or the number of users changes.
    pub(super) fn arrival(&mut self, load: u32, ticket: Ticket, cx: &mut Cx) {
        let population = &mut self.populations[load as usize];
        if population.due != ticket {
            return;
        }
        // The next arrival is scheduled first: ties go by the order of scheduling, and a user who
        // is due does not depend on what this one does.
        match &mut population.kind {
            Kind::Open { endpoint, arrivals, .. } => {
                let endpoint = *endpoint as u32;
                let (key, next) = arrivals.come(cx.now());
                self.expect(load, next, cx);
                if !self.faults.keeps_away || !self.is_kept_away(load, key, cx) {
                    self.request((key, Role::Entry, NONE), (load, cx.now()), endpoint, cx);
                }
            }
            Kind::Sessions { session, arrivals, .. } => {
                let session = *session;
                let (key, next) = arrivals.come(cx.now());
                self.expect(load, next, cx);
                if !self.faults.keeps_away || !self.is_kept_away(load, key, cx) {
                    self.begin_session(load, key, (session, NONE), cx);
                }
            }
            Kind::Closed { changes, wanted, .. } => {
                if let Some((_, users)) = changes.pop() {
                    *wanted = users;
                }
                let next = changes.last().map(|change| change.0);
                self.expect(load, next, cx);
                self.newcomers(load, cx);
            }
        }
    }

    /// From now on there is `factor` times the load of the plan; at least 0.
    ///
    /// What is left of the time to the next arrival passes `factor` times as fast. Users who are
    /// too many stop at the end of their session.
    ///
    /// # Panics
    /// For a load from a trace, see [`crate::plan::Arrivals::has_rate`].
    pub(super) fn set_load_factor(&mut self, load: u32, factor: f64, cx: &mut Cx) {
        let (now, start) = (cx.now(), origin(self.plan));
        match &mut self.populations[load as usize].kind {
            Kind::Open { arrivals, .. } | Kind::Sessions { arrivals, .. } => {
                let next = arrivals.set_factor(now, factor);
                self.expect(load, next, cx);
            }
            Kind::Closed { changes, wanted, .. } => {
                let Load::Closed { users, .. } = &self.plan.loads[load as usize] else {
                    return;
                };
                (*wanted, *changes) = changes_after(&users.scaled(factor), start, Some(now));
                let next = changes.last().map(|change| change.0);
                self.expect(load, next, cx);
                self.newcomers(load, cx);
            }
        }
    }

    /// A user's request for an endpoint becomes due: its key, its role and its session, if it has
    /// one; its load, and when the user came.
    #[inline(always)]
    fn request(
        &mut self,
        (key, role, session): (Key, Role, FrameId),
        (load, came): (u32, SimTime),
        endpoint: u32,
        cx: &mut Cx,
    ) {
        let now = cx.now();
        let crowd = &self.populations[load as usize].crowd;
        let endpoint = crowd.wanted(key, came, endpoint as usize) as u32;
        self.measures.offered(endpoint);
        let (first, count) = self.entrances[endpoint as usize];
        let replicas = &self.replicas;
        let picked = if count == 1 {
            replicas[first as usize].is_listed().then_some(first)
        } else {
            let turn = match &mut self.populations[load as usize].kind {
                Kind::Open { turn, .. } => turn,
                Kind::Sessions { turns, .. } | Kind::Closed { turns, .. } => {
                    &mut turns[endpoint as usize]
                }
            };
            let listed = |turn: u32| replicas[(first + turn) as usize].is_listed();
            next_in_turn(turn, count, listed).map(|turn| first + turn)
        };
        let mut request = Frame::new(key, role);
        (request.parent, request.edge, request.endpoint) = (session, load, endpoint);
        (request.replica, request.since) = (picked.unwrap_or(NONE), now);
        let Some(id) = self.frames.add(request) else {
            return self.too_many();
        };
        if session != NONE {
            self.frames[session].child = id;
        }
        if picked.is_none() {
            return self.reply(id, Outcome::Failed, cx);
        }
        if let Some(law) = &self.populations[load as usize].leaving.patience {
            let stays = law.sample(draw(key, Purpose::Patience, 0));
            self.frames[id].timer = cx.schedule_in(stays, Happening::TimerFires(id));
        }
        if !self.faults.is_on_the_way() {
            return self.arrive(id, cx);
        }
        match self.passage(id, NONE, now) {
            Passage::Late(0) => self.arrive(id, cx),
            Passage::Late(late) => {
                self.frames[id].pending = cx.schedule_in(late, Happening::Delivered(id));
            }
            Passage::Lost => self.frames[id].state = State::Lost,
            Passage::Refused => {
                self.frames[id].replica = NONE;
                self.reply(id, Outcome::Failed, cx);
            }
        }
    }

    /// A user's request has ended.
    pub(super) fn user_answered(&mut self, id: FrameId, outcome: Outcome, cx: &mut Cx) {
        let frame = &mut self.frames[id];
        frame.timer = Ticket::NONE;
        self.measures.ended(frame, outcome, cx.now());
        if frame.role == Role::Entry {
            self.frames.free(id);
        }
    }

    /// A user has waited enough.
    pub(super) fn patience_ends(&mut self, id: FrameId, cx: &mut Cx) {
        self.user_leaves(id, Outcome::Abandoned, cx);
    }

    /// A user's request ends for the user; the work stops, or goes on for nobody.
    pub(super) fn user_leaves(&mut self, id: FrameId, outcome: Outcome, cx: &mut Cx) {
        let frame = &mut self.frames[id];
        let (role, session, load) = (frame.role, frame.parent, frame.edge);
        self.measures.ended(frame, outcome, cx.now());
        // What is left is an attempt that nobody waits for; faults on edges do not concern it.
        (frame.role, frame.parent, frame.edge) = (Role::Attempt, NONE, NONE);
        if frame.state == State::Lost {
            self.frames.free(id);
        } else if frame.state == State::TakenUp {
            // Nobody takes it up any more, so nothing holds the slot.
            frame.pending = Ticket::NONE;
            self.leave(id, Outcome::Ok, cx);
        } else if self.populations[load as usize].leaving.cancels {
            self.cancel(id, cx);
        }
        if role == Role::SessionEntry {
            self.frames[session].child = NONE;
            self.attempt_ended(session, outcome, cx);
        }
    }

    /// A user in a session calls.
    pub(super) fn call_as_user(&mut self, session: FrameId, endpoint: u32, cx: &mut Cx) {
        let frame = &mut self.frames[session];
        frame.state = State::Calling;
        let site = self.program.ops[frame.pc as usize].site;
        let key = call_key(frame.key, site, frame.count);
        let who = (frame.edge, frame.since);
        self.request((key, Role::SessionEntry, session), who, endpoint, cx);
    }

    /// As many users of a closed load come as are missing.
    fn newcomers(&mut self, load: u32, cx: &mut Cx) {
        while self.trouble.is_none()
            && let Some(user) = self.newcomer(load)
        {
            self.begin_round(load, user, cx);
        }
    }

    /// The number of a user who comes because there are fewer than wanted.
    fn newcomer(&mut self, load: u32) -> Option<u32> {
        let Kind::Closed { wanted, rounds, idle, active, .. } =
            &mut self.populations[load as usize].kind
        else {
            return None;
        };
        if active >= wanted {
            return None;
        }
        *active += 1;
        Some(idle.pop().unwrap_or_else(|| {
            rounds.push(0);
            rounds.len() as u32 - 1
        }))
    }

    /// A user of a closed load begins anew.
    fn begin_round(&mut self, load: u32, user: u32, cx: &mut Cx) {
        let population = &mut self.populations[load as usize];
        let Kind::Closed { session, rounds, .. } = &mut population.kind else {
            return;
        };
        let round = rounds[user as usize];
        rounds[user as usize] += 1;
        let key = population.key.with(u64::from(user)).with(round);
        let who = (*session, user);
        self.begin_session(load, key, who, cx);
    }

    /// A user, [`NONE`] if he has no number, goes through the session that begins at an operation.
    fn begin_session(&mut self, load: u32, key: Key, (session, user): (Pc, u32), cx: &mut Cx) {
        let mut frame = Frame::new(key, Role::Session);
        (frame.pc, frame.edge, frame.next, frame.since) = (session, load, user, cx.now());
        match self.frames.add(frame) {
            Some(id) => self.advance(id, cx),
            None => self.too_many(),
        }
    }

    /// A user's round is over: another begins, unless he came for one or there are too many users.
    pub(super) fn end_session(&mut self, id: FrameId, cx: &mut Cx) {
        let Frame { edge: load, next: user, since: began, .. } = self.frames[id];
        self.frames.free(id);
        let Kind::Closed { wanted, idle, active, .. } = &mut self.populations[load as usize].kind
        else {
            return;
        };
        if began == cx.now() {
            self.trouble = Some(Error::EmptyRound { load: load as usize });
        } else if *active > *wanted {
            *active -= 1;
            idle.push(user);
            idle.sort_unstable_by(|a, b| b.cmp(a));
        } else {
            self.begin_round(load, user, cx);
        }
    }
}

#[cfg(test)]
mod tests;
