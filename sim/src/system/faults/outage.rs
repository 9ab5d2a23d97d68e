//! Replicas that are gone or stand still: crashes, pauses, and both at drawn times.

use crate::calendar::Ticket;
use crate::frame::State;
use crate::plan::{FaultKind, Recurrence};
use crate::random::Law;

use super::super::{Cx, Happening, System};
use super::Mark;

impl System<'_> {
    /// Replicas crash together: all are gone before anybody learns of one.
    pub(super) fn crashes_begin(&mut self, fault: usize, cx: &mut Cx) {
        let hits = self.faults.courses[fault].hits.clone();
        let fell: Vec<u32> = hits.into_iter().filter(|&hit| self.goes_down(hit, cx)).collect();
        for replica in fell {
            self.crash(replica, cx);
        }
    }

    /// One replica crashes.
    fn crash_begins(&mut self, replica: u32, cx: &mut Cx) {
        if self.goes_down(replica, cx) {
            self.crash(replica, cx);
        }
    }

    /// One crash more keeps a replica away. Returns whether it was there before.
    fn goes_down(&mut self, replica: u32, cx: &mut Cx) -> bool {
        let was_up = self.replicas[replica as usize].down == 0;
        self.change_life(replica, cx, |replica| replica.down += 1);
        if was_up {
            self.health_changes(replica, cx);
        }
        was_up
    }

    /// One crash fewer keeps a replica away.
    pub(super) fn crash_ends(&mut self, replica: u32, cx: &mut Cx) {
        self.change_life(replica, cx, |replica| replica.down -= 1);
        if self.replicas[replica as usize].down == 0 {
            self.health_changes(replica, cx);
        }
    }

    pub(super) fn pause_begins(&mut self, replica: u32, cx: &mut Cx) {
        let settings = self.settings_of(replica);
        let place = &mut self.replicas[replica as usize];
        place.paused += 1;
        if place.paused > 1 {
            return;
        }
        place.look(settings);
        self.reshare(replica, cx);
        for id in self.frames.ids() {
            let frame = &mut self.frames[id];
            if frame.replica == replica && frame.state == State::Working {
                frame.state = State::Frozen;
                frame.work -= cx.now().as_nanos();
                frame.pending = Ticket::NONE;
            }
        }
    }

    pub(super) fn pause_ends(&mut self, replica: u32, cx: &mut Cx) {
        let settings = self.settings_of(replica);
        let place = &mut self.replicas[replica as usize];
        place.paused -= 1;
        if place.paused > 0 {
            return;
        }
        place.look(settings);
        self.reshare(replica, cx);
        for id in self.frames.ids() {
            let frame = &mut self.frames[id];
            if frame.replica == replica && frame.state == State::Frozen {
                frame.state = State::Working;
                let end = cx.now().after(frame.work);
                frame.work = end.as_nanos();
                frame.pending = cx.schedule(end, Happening::WorkEnds(id));
            }
        }
        for id in std::mem::take(&mut self.replicas[replica as usize].held) {
            self.take_up(id, cx);
        }
        self.serve_again(replica, cx);
    }

    /// The laws of a fault at drawn times.
    fn laws_of(&self, fault: usize) -> Option<(&Law, &Law)> {
        match &self.plan.faults[fault].recurrence {
            Recurrence::Random { up, down, .. } => Some((up, down)),
            _ => None,
        }
    }

    /// A fault at drawn times begins: every replica is up, and will be hit.
    pub(super) fn first_turns(&mut self, fault: usize, cx: &mut Cx) {
        for turn in 0..self.faults.turns.len() {
            if self.faults.turns[turn].fault == fault {
                self.schedule_turn(turn, cx);
            }
        }
    }

    fn schedule_turn(&mut self, turn: usize, cx: &mut Cx) {
        let state = &self.faults.turns[turn];
        let key = state.key.with(state.number);
        let (is_down, fault) = (state.is_down, state.fault);
        if let Some((up, down)) = self.laws_of(fault) {
            let lasts = if is_down { down } else { up }.sample(key);
            cx.schedule_in(lasts, Mark::Turns(turn).happening(self.plan.faults.len()));
        }
        self.faults.turns[turn].number += 1;
    }

    /// A replica is hit, or no longer.
    pub(super) fn fault_turns(&mut self, turn: usize, cx: &mut Cx) {
        let fault = self.faults.turns[turn].fault;
        if self.faults.courses[fault].active {
            self.turn_over(turn, cx);
            self.schedule_turn(turn, cx);
        }
    }

    fn turn_over(&mut self, turn: usize, cx: &mut Cx) {
        let state = &mut self.faults.turns[turn];
        state.is_down = !state.is_down;
        let (fault, replica, is_down) = (state.fault, state.replica, state.is_down);
        let is_crash = matches!(self.plan.faults[fault].kind, FaultKind::Crash);
        let act = match (is_crash, is_down) {
            (true, true) => Self::crash_begins,
            (true, false) => Self::crash_ends,
            (false, true) => Self::pause_begins,
            (false, false) => Self::pause_ends,
        };
        act(self, replica, cx);
    }

    /// A fault at drawn times is over: nothing stays hit.
    pub(super) fn turns_end(&mut self, fault: usize, cx: &mut Cx) {
        for turn in 0..self.faults.turns.len() {
            let state = &self.faults.turns[turn];
            if state.fault == fault && state.is_down {
                self.turn_over(turn, cx);
            }
        }
    }
}
