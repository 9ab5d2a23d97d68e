//! A system of services as one actor: stations, their clients, users and faults.
//!
//! Each part has its own file under `system/` and its own private state; parts meet only in the
//! frame of a request and in the calendar. The event names the part:
//!
//! ```text
//!  users ──arrive──▶ station ──steps──▶ client ──send──▶ network ──deliver──▶ station …
//!    ▲                  │ ▲                ▲                                     │
//!    └──── outcome ─────┘ └── resume ──────┴───────────── answer ◀───────────────┘
//! ```

mod client;
mod curve;
mod faults;
mod measure;
mod network;
mod station;
mod users;

use std::sync::atomic::AtomicBool;

use crate::calendar::{Class, Ticket};
use crate::error::Error;
use crate::frame::{Frame, FrameId, Frames, Role, State};
use crate::kernel::{self, Actor, Context, Event};
use crate::plan::{Outcome, Plan};
use crate::program::{Code, Program};
use crate::random::Key;
use crate::tally::Tally;
use crate::time::SimTime;

use client::Client;
use faults::Faults;
use measure::Measures;
use station::{Replica, Station};
use users::Population;

/// What a draw is for, beside the site of its step.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
enum Purpose {
    Work = 0,
    Probability = 1,
    Choice = 2,
    Branch = 3,
    Attempt = 4,
    Network = 5,
    RoundTrip = 6,
    Timeout = 7,
    Backoff = 8,
    Balance = 9,
    Error = 10,
    Patience = 11,
    Arrival = 12,
    FaultHappens = 13,
    FaultLatency = 14,
}

/// The key of a draw of one purpose at one site.
#[inline]
const fn draw(key: Key, purpose: Purpose, site: u32) -> Key {
    key.with((purpose as u64) << 56 | site as u64)
}

/// Everything that can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Happening {
    /// The end of a window or bin: an index into [`Measures`]' list.
    Observe(u32),
    /// A change of a fault: an index into [`Faults`]' list.
    Fault(u32),
    WorkEnds(FrameId),
    Delivered(FrameId),
    Answered(FrameId),
    ThinkEnds(FrameId),
    BackoffEnds(FrameId),
    TimedOut(FrameId),
    /// The earliest of an edge's equal timeouts.
    EdgeTimedOut(u32),
    PatienceEnds(FrameId),
    /// The next user of a load, or the next change in how many there are.
    Arrival(u32),
}

/// Below the kind in a payload.
const INDEX_BITS: u32 = 28;

impl Event for Happening {
    #[inline]
    fn class(self) -> Class {
        match self {
            Self::Observe(_) => Class::Observe,
            Self::Fault(_) => Class::Fault,
            Self::WorkEnds(_) => Class::WorkEnd,
            Self::Delivered(_) | Self::Answered(_) => Class::Delivery,
            Self::ThinkEnds(_)
            | Self::BackoffEnds(_)
            | Self::TimedOut(_)
            | Self::EdgeTimedOut(_)
            | Self::PatienceEnds(_) => Class::Timer,
            Self::Arrival(_) => Class::Arrival,
        }
    }

    #[inline]
    fn pack(self) -> u32 {
        let (kind, index) = match self {
            Self::Observe(index) => (0, index),
            Self::Fault(index) => (1, index),
            Self::WorkEnds(frame) => (2, frame),
            Self::Delivered(frame) => (3, frame),
            Self::Answered(frame) => (4, frame),
            Self::ThinkEnds(frame) => (5, frame),
            Self::BackoffEnds(frame) => (6, frame),
            Self::TimedOut(frame) => (7, frame),
            Self::EdgeTimedOut(edge) => (8, edge),
            Self::PatienceEnds(frame) => (9, frame),
            Self::Arrival(load) => (10, load),
        };
        kind << INDEX_BITS | index
    }

    #[inline]
    fn unpack(bits: u32) -> Self {
        let index = bits & ((1 << INDEX_BITS) - 1);
        match bits >> INDEX_BITS {
            0 => Self::Observe(index),
            1 => Self::Fault(index),
            2 => Self::WorkEnds(index),
            3 => Self::Delivered(index),
            4 => Self::Answered(index),
            5 => Self::ThinkEnds(index),
            6 => Self::BackoffEnds(index),
            7 => Self::TimedOut(index),
            8 => Self::EdgeTimedOut(index),
            9 => Self::PatienceEnds(index),
            _ => Self::Arrival(index),
        }
    }
}

type Cx = Context<Happening>;

/// One replication of a plan under way.
struct System<'p> {
    plan: &'p Plan,
    program: &'p Program,
    frames: Frames,
    replicas: Vec<Replica>,
    stations: Vec<Station>,
    clients: Vec<Client>,
    populations: Vec<Population>,
    faults: Faults,
    measures: Measures,
    /// Instantaneous deliveries under way, one within the other.
    nested: u32,
    /// Set when the run cannot go on.
    trouble: Option<Error>,
}

/// A plan and its compiled steps, checked, ready to be run many times.
#[derive(Debug)]
pub(crate) struct Machine {
    plan: Plan,
    program: Program,
    /// First operation of each load's session.
    sessions: Vec<u32>,
}

impl Machine {
    pub(crate) fn new(plan: Plan) -> Result<Self, Error> {
        crate::check::check(&plan)?;
        let mut program = Program::compile(&plan)?;
        let sessions = users::compile_sessions(&plan, &mut program);
        Ok(Self { plan, program, sessions })
    }

    /// Runs one replication; a pure function of the plan and its number.
    pub(crate) fn run(&self, replication: u32, stop: &AtomicBool) -> Result<Tally, Error> {
        let mut cx = Cx::default();
        let mut system = System::new(self, replication, &mut cx);
        let events = kernel::run(&mut system, &mut cx, stop)?;
        match system.trouble {
            Some(trouble) => Err(trouble),
            None => Ok(system.measures.finish(&system.stations, events, system.frames.peak())),
        }
    }
}

impl<'p> System<'p> {
    fn new(machine: &'p Machine, replication: u32, cx: &mut Cx) -> Self {
        let (plan, program) = (&machine.plan, &machine.program);
        let root = Key::root(plan.run.seed, replication);
        let (stations, replicas) = station::build(plan);
        let mut system = Self {
            plan,
            program,
            frames: Frames::default(),
            clients: client::build(plan, root),
            populations: users::build(plan, &machine.sessions, root),
            faults: Faults::new(plan, root, &stations, replicas.len()),
            measures: Measures::new(plan),
            replicas,
            stations,
            nested: 0,
            trouble: None,
        };
        system.measures.start(cx);
        system.faults.start(cx);
        system.start_loads(cx);
        system
    }

    /// Lets a request go on with its steps until it has to wait or ends.
    fn advance(&mut self, id: FrameId, cx: &mut Cx) {
        loop {
            let frame = &mut self.frames[id];
            let op = self.program.ops[frame.pc as usize];
            match op.code {
                Code::Work(law) => {
                    frame.pc += 1;
                    let key = draw(frame.key, Purpose::Work, op.site);
                    let drawn = self.program.laws[law as usize].sample(key);
                    return self.work(id, drawn, cx);
                }
                Code::Think(law) => {
                    frame.pc += 1;
                    frame.state = State::Thinking;
                    let key = draw(frame.key, Purpose::Work, op.site);
                    let pause = self.program.laws[law as usize].sample(key);
                    frame.timer = cx.schedule_in(pause, Happening::ThinkEnds(id));
                    return;
                }
                Code::Unless { call, jump } => {
                    let key = draw(frame.key, Purpose::Probability, op.site);
                    let happens = key.unit() < self.program.calls[call as usize].probability;
                    frame.pc = if happens { frame.pc + 1 } else { jump };
                }
                Code::Choose(choice) => {
                    let unit = draw(frame.key, Purpose::Choice, op.site).unit();
                    let options = &self.program.choices[choice as usize];
                    let chosen = options.iter().position(|(sum, _)| unit < *sum);
                    frame.pc = options[chosen.unwrap_or(options.len() - 1)].1;
                }
                Code::Jump(pc) => frame.pc = pc,
                Code::Call(_) => {
                    (frame.count, frame.attempt) = (0, 0);
                    if !self.call(id, cx) {
                        return;
                    }
                }
                Code::Fork(fork) => {
                    if !self.fork(id, fork as usize, op.site, cx) {
                        return;
                    }
                }
                Code::Join => return self.join(id, cx),
                Code::End => return self.end_of_steps(id, cx),
            }
        }
    }

    /// The last step of a list is done.
    fn end_of_steps(&mut self, id: FrameId, cx: &mut Cx) {
        match self.frames[id].role {
            Role::Session => self.end_session(id, cx),
            _ => self.leave(id, Outcome::Ok, cx),
        }
    }

    /// Runs the branches of a parallel step. Returns whether all have ended at once.
    fn fork(&mut self, id: FrameId, fork: usize, site: u32, cx: &mut Cx) -> bool {
        let parent = self.frames.reference(id);
        let origin = self.frames[id];
        let (branches, after) = &self.program.forks[fork];
        let frame = &mut self.frames[id];
        frame.pc = *after;
        frame.state = State::Joining;
        // One more than there are, so that only this function can find them all ended.
        frame.count = branches.len() as u32 + 1;
        for (number, pc) in branches.iter().enumerate() {
            let key = draw(origin.key, Purpose::Branch, site).with(number as u64);
            let mut branch = Frame::new(key, Role::Branch);
            (branch.parent, branch.replica, branch.pc) = (parent, origin.replica, *pc);
            (branch.endpoint, branch.edge) = (origin.endpoint, origin.edge);
            let Some(branch) = self.frames.add(branch) else {
                self.too_many();
                return false;
            };
            self.advance(branch, cx);
        }
        // A needed branch may have failed meanwhile, and its request with it.
        let Some(id) = self.frames.resolve(parent) else { return false };
        let frame = &mut self.frames[id];
        if frame.state != State::Joining {
            return false;
        }
        frame.count -= 1;
        frame.count == 0
    }

    /// Notes that the run cannot go on because too much is under way, and where most of it is.
    #[cold]
    fn too_many(&mut self) {
        let component = (0..self.stations.len())
            .max_by_key(|&component| self.stations[component].gauges.in_system())
            .unwrap_or(0);
        self.trouble = Some(Error::TooMany { limit: crate::frame::MAX_FRAMES, component });
    }

    /// A branch has ended.
    fn join(&mut self, id: FrameId, cx: &mut Cx) {
        let parent = self.joining_parent(id);
        self.frames.free(id);
        if let Some(parent) = parent {
            self.frames[parent].count -= 1;
            if self.frames[parent].count == 0 {
                self.advance(parent, cx);
            }
        }
    }

    /// The request whose parallel step a branch belongs to, if that step still goes on.
    fn joining_parent(&self, branch: FrameId) -> Option<FrameId> {
        let parent = self.frames.resolve(self.frames[branch].parent)?;
        (self.frames[parent].state == State::Joining).then_some(parent)
    }

    /// A request cannot go on: a call that it needed has failed.
    fn fail(&mut self, mut id: FrameId, outcome: Outcome, cx: &mut Cx) {
        while self.frames[id].role == Role::Branch {
            let parent = self.joining_parent(id);
            self.frames.free(id);
            match parent {
                Some(parent) => id = parent,
                None => return,
            }
        }
        self.leave(id, outcome, cx);
    }
}

impl Actor for System<'_> {
    type Event = Happening;

    #[inline]
    fn handle(&mut self, event: Happening, ticket: Ticket, cx: &mut Cx) {
        match event {
            Happening::WorkEnds(id) => {
                if self.frames[id].pending == ticket {
                    self.frames[id].pending = Ticket::NONE;
                    self.advance(id, cx);
                }
            }
            Happening::Delivered(id) => {
                if self.frames[id].pending == ticket {
                    self.frames[id].pending = Ticket::NONE;
                    self.arrive(id, cx);
                }
            }
            Happening::Answered(id) => {
                if self.frames[id].pending == ticket {
                    self.frames[id].pending = Ticket::NONE;
                    self.answered(id, cx);
                }
            }
            Happening::ThinkEnds(id) => {
                if self.frames[id].timer == ticket {
                    self.frames[id].timer = Ticket::NONE;
                    self.advance(id, cx);
                }
            }
            Happening::BackoffEnds(id) => self.backoff_ends(id, ticket, cx),
            Happening::TimedOut(id) => self.timed_out(id, ticket, cx),
            Happening::EdgeTimedOut(edge) => self.edge_timed_out(edge, ticket, cx),
            Happening::PatienceEnds(id) => self.patience_ends(id, ticket, cx),
            Happening::Arrival(load) => self.arrival(load, cx),
            Happening::Fault(change) => self.fault_changes(change, cx),
            Happening::Observe(mark) => self.measures.observe(mark, &mut self.stations, cx),
        }
    }

    #[inline]
    fn is_done(&self) -> bool {
        self.measures.is_over() || self.trouble.is_some()
    }
}

/// Where the end of the warm-up, t = 0, lies.
fn origin(plan: &Plan) -> SimTime {
    SimTime::from_nanos(crate::time::nanos(plan.run.warm_up))
}
