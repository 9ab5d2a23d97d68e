//! What users of a load do and when, without simulating anything: for whoever does it to a real system.

use crate::plan::{EndpointId, Identities, Load, LoadId, Plan};
use crate::program::{Code, Pc, Program};
use crate::random::Key;
use crate::time::SimTime;

use super::arrivals::Arrivals;
use super::users::load_key;
use super::{Purpose, draw, origin};

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
    what: What,
}

#[derive(Debug)]
enum What {
    Call(EndpointId),
    Session(Box<Program>, Pc),
}

/// The users of a load in one replication, as they come in a replication of the plan without faults,
/// counted from the beginning of the warm-up; what they draw is what they draw there. Nobody comes by
/// himself in a closed load: then there is none.
///
/// # Panics
/// When the plan has no such load.
#[must_use]
pub fn visits(plan: &Plan, load: LoadId, replication: u32) -> Option<Visits> {
    let (arrivals, what) = match &plan.loads[load] {
        Load::Open { endpoint, arrivals, .. } => (arrivals, What::Call(*endpoint)),
        Load::Sessions { session, arrivals, .. } => {
            let mut program = Program::default();
            let first = program.list(session);
            (arrivals, What::Session(Box::new(program), first))
        }
        Load::Closed { .. } => return None,
    };
    let root = Key::root(plan.run.seed, replication);
    let key = load_key(root, Identities::of(&plan.identities.loads, load));
    let mut arrivals = Arrivals::new(arrivals, root, key, origin(plan));
    let next = arrivals.first();
    Some(Visits { arrivals, next, what })
}

impl Iterator for Visits {
    type Item = (SimTime, Vec<Visit>);

    fn next(&mut self) -> Option<Self::Item> {
        let now = self.next?;
        let (key, next) = self.arrivals.come(now);
        self.next = next;
        let visits = match &self.what {
            What::Call(endpoint) => vec![Visit { think: 0, endpoint: *endpoint }],
            What::Session(program, first) => walk(program, *first, key),
        };
        Some((now, visits))
    }
}

/// All calls of a session that has a key.
fn walk(program: &Program, first: Pc, key: Key) -> Vec<Visit> {
    let (mut visits, mut think, mut pc) = (Vec::new(), 0, first);
    loop {
        let op = &program.ops[pc as usize];
        pc += 1;
        match op.code {
            Code::Think(law) => {
                think += program.laws[law as usize].sample(draw(key, Purpose::Work, op.site));
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
            Code::Jump(to) => pc = to,
            Code::Call(call) => {
                let call = &program.calls[call as usize];
                for _ in 0..call.count {
                    visits.push(Visit { think, endpoint: call.endpoint as usize });
                    think = 0;
                }
            }
            Code::End => return visits,
            _ => unreachable!("people think, choose and call"),
        }
    }
}
