//! What users of a load do and when, without simulating anything: for whoever does it to a real system.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::plan::{EndpointId, Identities, Load, LoadId, Plan};
use crate::program::{Code, Pc, Program};
use crate::random::Key;
use crate::time::SimTime;

use super::arrivals::Arrivals;
use super::crowd::Crowd;
use super::users::{call_key, compile, lead, load_key};
use super::walk::{Midway, midway, turn};
use super::{Purpose, draw, origin};
use crate::time::nanos;

/// One call of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visit {
    /// How long he thinks before it, from the answer to the one before \[ns\].
    pub think: u64,
    /// What he calls.
    pub endpoint: EndpointId,
}

/// Users of one load in the order in which they come, with all that they do.
#[derive(Debug)]
pub struct Visits {
    arrivals: Arrivals,
    next: Option<SimTime>,
    /// Who was there at the beginning, by when he is due, the latest first.
    there: Vec<(SimTime, Midway)>,
    crowd: Crowd,
    /// When faults next change how many come, before the end of the drain.
    change: Option<SimTime>,
    end: SimTime,
    /// What is due later by pauses alone is left out.
    until: SimTime,
    /// Who was kept away and comes then, the first to be so first.
    away: BinaryHeap<Reverse<(SimTime, u64, Key)>>,
    /// How many were kept away so far.
    kept: u64,
    what: What,
}

#[derive(Debug)]
enum What {
    Call(EndpointId),
    Session(Box<Program>, Pc),
}

/// The users of a load in one replication, as they come there under the faults that concern users,
/// counted from the beginning of the warm-up; what they draw is what they draw there. From the
/// end of the drain on, surges change no more, and nobody who comes is kept away. Nobody comes by himself
/// in a closed load: then there is none.
///
/// # Panics
/// When the plan has no such load.
#[must_use]
pub fn visits(plan: &Plan, load: LoadId, replication: u32) -> Option<Visits> {
    let (arrivals, what) = match &plan.loads[load] {
        Load::Open { endpoint, arrivals, .. } => (arrivals, What::Call(*endpoint)),
        Load::Sessions { session, arrivals, walk, .. } => {
            let mut program = Program::default();
            let first = compile(&mut program, session, walk.as_deref());
            (arrivals, What::Session(Box::new(program), first))
        }
        Load::Closed { .. } => return None,
    };
    let root = Key::root(plan.run.seed, replication);
    let key = load_key(root, Identities::of(&plan.identities.loads, load));
    let lead = lead(&plan.loads[load]);
    let mut arrivals = Arrivals::new(arrivals, root, key, origin(plan), lead);
    let mut there = Vec::new();
    let next = arrivals.first(|key, since| {
        if let What::Session(program, first) = &what
            && let Some((due, user)) = midway(program, *first, key, since)
        {
            there.push((due, user));
        }
    });
    // The last is who is due first; of those at one instant, who came first.
    there.sort_by_key(|(due, _)| *due);
    there.reverse();
    let crowd = Crowd::of(plan, load, root);
    let end = end(plan);
    let change = crowd.next_change(SimTime::ZERO).filter(|at| *at < end);
    let away = BinaryHeap::new();
    let until = SimTime::MAX;
    Some(Visits { arrivals, next, there, crowd, change, end, until, away, kept: 0, what })
}

/// When nothing of a run goes on any more: the end of its drain.
fn end(plan: &Plan) -> SimTime {
    origin(plan).after(nanos(plan.run.horizon)).after(nanos(plan.run.drain))
}

impl Visits {
    /// The same users, but who comes at `until` or later, and what somebody does then, answers taking no
    /// time, is left out. So nothing grows with how long sessions go on.
    #[must_use]
    pub const fn until(mut self, until: SimTime) -> Self {
        self.until = until;
        self
    }

    /// Makes the faults take effect that do so before anybody comes, or at that instant.
    fn settle(&mut self) {
        while let Some(now) = self.change
            && self.soonest().is_none_or(|next| now <= next)
        {
            self.next = self.arrivals.set_factor(now, self.crowd.factor(now));
            self.change = self.crowd.next_change(now.after(1)).filter(|at| *at < self.end);
        }
    }

    /// The next who comes, kept away or not, and his key.
    fn comes(&mut self) -> Option<(SimTime, Key)> {
        if let Some(Reverse((back, ..))) = self.away.peek()
            && self.next.is_none_or(|next| *back <= next)
        {
            let Reverse((back, _, key)) = self.away.pop()?;
            return Some((back, key));
        }
        let now = self.next?;
        let (key, next) = self.arrivals.come(now);
        self.next = next;
        Some((now, key))
    }

    /// When the next comes, kept away or not, as far as that is known.
    fn soonest(&self) -> Option<SimTime> {
        let back = self.away.peek().map(|Reverse((at, ..))| *at);
        [self.next, back].into_iter().flatten().min()
    }
}

impl Iterator for Visits {
    type Item = (SimTime, Vec<Visit>);

    fn next(&mut self) -> Option<Self::Item> {
        // As in a run at one instant: faults, who was there, who comes back, who comes.
        let (came, key, from) = loop {
            self.settle();
            let soonest = self.soonest();
            let is_due = |(due, _): &mut (SimTime, _)| soonest.is_none_or(|next| *due <= next);
            if let Some((due, user)) = self.there.pop_if(is_due) {
                break (due, user.key, Some(user.pc));
            }
            let (now, key) = self.comes()?;
            match self.crowd.away(key, now).filter(|_| now < self.until.min(self.end)) {
                None => break (now, key, None),
                Some(back) => {
                    self.away.push(Reverse((back, self.kept, key)));
                    self.kept += 1;
                }
            }
        };
        let left = self.until.as_nanos().saturating_sub(came.as_nanos());
        if left == 0 {
            return None;
        }
        let wanted = |key, endpoint| self.crowd.wanted(key, came, endpoint);
        let visits = match &self.what {
            What::Call(endpoint) => vec![Visit { think: 0, endpoint: wanted(key, *endpoint) }],
            What::Session(program, first) => {
                walk(program, from.unwrap_or(*first), (key, left), &wanted)
            }
        };
        Some((came, visits))
    }
}

/// The calls of a session that has a key, as far as they are due within `left` \[ns\] by its pauses alone;
/// `wanted` says what is called instead of an endpoint.
fn walk(
    program: &Program,
    first: Pc,
    (mut key, left): (Key, u64),
    wanted: &dyn Fn(Key, EndpointId) -> EndpointId,
) -> Vec<Visit> {
    let (mut visits, mut think, mut passed, mut pc) = (Vec::new(), 0_u64, 0_u64, first);
    loop {
        let op = &program.ops[pc as usize];
        pc += 1;
        match op.code {
            Code::Think(law) => {
                let pause = program.laws[law as usize].sample(draw(key, Purpose::Work, op.site));
                think = think.saturating_add(pause);
            }
            Code::Unless { call, jump } => {
                let unit = draw(key, Purpose::Probability, op.site).unit();
                if unit >= program.calls[call as usize].probability {
                    pc = jump;
                }
            }
            Code::Choose(choice) => {
                let unit = draw(key, Purpose::Choice, op.site).unit();
                pc = program.chosen(choice, unit);
            }
            Code::Walk(walk) => {
                let turn = turn(program, walk, op.site, key);
                (key, pc) = (turn.key, turn.pc);
                think = think.saturating_add(turn.pause);
            }
            Code::Jump(to) => pc = to,
            Code::Call(_) if passed.saturating_add(think) >= left => return visits,
            Code::Call(call) => {
                passed = passed.saturating_add(think);
                let call = &program.calls[call as usize];
                for count in 0..call.count {
                    let key = call_key(key, op.site, count);
                    let endpoint = wanted(key, call.endpoint as usize);
                    visits.push(Visit { think, endpoint });
                    think = 0;
                }
            }
            Code::End => return visits,
            _ => unreachable!("people think, choose and call"),
        }
    }
}

#[cfg(test)]
mod tests;
