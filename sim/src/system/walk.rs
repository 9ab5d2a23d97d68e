//! Users who go from call to call by a Markov chain, in the simulator and without it.

use crate::frame::{Frame, Role, State};
use crate::program::{Code, Pc, Program};
use crate::random::Key;
use crate::time::SimTime;

use super::{Cx, Happening, Purpose, System, draw};

/// What a user in a walk does next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    /// The key of what follows.
    pub(super) key: Key,
    /// How long he pauses first \[ns\].
    pub(super) pause: u64,
    /// Where he goes on.
    pub(super) pc: Pc,
    /// Whether he leaves.
    pub(super) ends: bool,
}

/// What a user with this key does where a walk goes on at `site`. The key of what follows is made of
/// his, so that it tells the user and how many calls he has made, and no more.
#[inline]
pub(super) fn turn(program: &Program, walk: u32, site: u32, key: Key) -> Turn {
    let fork = &program.walks[walk as usize];
    let unit = draw(key, Purpose::Choice, site).unit();
    let way = fork.ways.partition_point(|(sum, _)| *sum <= unit);
    let Some(&(_, pc)) = fork.ways.get(way) else {
        return Turn { key, pause: 0, pc: fork.end, ends: true };
    };
    let think = |law: u32| program.laws[law as usize].sample(draw(key, Purpose::Work, site));
    let pause = fork.think.map_or(0, think);
    Turn { key: draw(key, Purpose::Walk, 0), pause, pc, ends: false }
}

/// A user in the midst of a walk, who pauses before his next call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Midway {
    pub(super) key: Key,
    /// The call.
    pub(super) pc: Pc,
}

/// Who came `since` \[ns\] before the beginning and is there still: when he is due, answers having taken
/// no time.
pub(super) fn midway(
    program: &Program,
    first: Pc,
    mut key: Key,
    since: u64,
) -> Option<(SimTime, Midway)> {
    let (mut pc, mut passed) = (first, 0_u64);
    loop {
        let op = &program.ops[pc as usize];
        let Code::Walk(walk) = op.code else {
            pc += 1;
            continue;
        };
        let turn = turn(program, walk, op.site, key);
        if turn.ends {
            return None;
        }
        (key, pc, passed) = (turn.key, turn.pc, passed.saturating_add(turn.pause));
        if passed >= since {
            return Some((SimTime::from_nanos(passed - since), Midway { key, pc }));
        }
    }
}

impl System<'_> {
    /// Somebody is there from the beginning, in the midst of his session.
    pub(super) fn goes_on(&mut self, load: u32, due: SimTime, user: Midway, cx: &mut Cx) {
        let mut frame = Frame::new(user.key, Role::Session);
        (frame.pc, frame.edge, frame.state) = (user.pc, load, State::Thinking);
        frame.since = due;
        match self.frames.add(frame) {
            Some(id) => self.frames[id].pending = cx.schedule(due, Happening::Woken(id)),
            None => self.too_many(),
        }
    }
}
