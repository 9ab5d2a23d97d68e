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

mod arrivals;
mod cache;
mod client;
mod crowd;
mod curve;
mod event;
mod faults;
mod fork;
mod freed;
mod line;
mod log;
mod measure;
mod network;
mod scale;
mod station;
mod timers;
mod users;
mod visits;
mod walk;

use std::sync::atomic::AtomicBool;

use crate::calendar::Ticket;
use crate::error::Error;
use crate::frame::{Flags, FrameId, Frames, Role, State};
use crate::kernel::{self, Actor, Context};
use crate::plan::{Network, Outcome, Plan};
use crate::program::{Code, Pc, Program};
use crate::random::Key;
use crate::tally::{Request, Tally};
use crate::time::SimTime;

use client::{Caller, Client, Policy};
use event::{Happening, Purpose, draw};
use faults::Faults;
use freed::Freed;
use measure::Measures;
use scale::Scaler;
use station::{Host, Replica, Settings, Station};
use timers::Ring;
use users::Population;
pub use visits::{Visit, Visits, visits};

type Cx = Context<Happening>;

/// One replication of a plan under way.
struct System<'p> {
    plan: &'p Plan,
    program: &'p Program,
    frames: Frames,
    /// What replicas run with; the components of the plan come first.
    settings: Vec<Settings<'p>>,
    /// Per endpoint: the rank of its priority among those of its component.
    ranks: Vec<u16>,
    replicas: Vec<Replica>,
    stations: Vec<Station>,
    hosts: Vec<Host>,
    /// What callers follow; the edges of the plan come first.
    policies: Vec<Policy<'p>>,
    callers: Vec<Caller>,
    clients: Vec<Client>,
    rings: Vec<Ring>,
    caches: Vec<cache::Site>,
    populations: Vec<Population>,
    /// First replica of each endpoint's component, and how many it has.
    entrances: Vec<(u32, u32)>,
    faults: Faults,
    /// One for each component.
    scalers: Vec<Scaler>,
    /// Network times in force.
    network: &'p Network,
    measures: Measures,
    /// What the present event has freed for others.
    freed: Vec<Freed>,
    /// Set when the run cannot go on.
    trouble: Option<Error>,
}

/// A plan and its compiled steps, checked, ready to be run many times.
#[derive(Debug)]
pub(crate) struct Machine {
    plan: Plan,
    program: Program,
    /// First operation of each load's session.
    sessions: Vec<Pc>,
    /// Of each fault: endpoints that it changes, and their first operations.
    changed: Vec<Vec<(u32, Pc)>>,
}

impl Machine {
    pub(crate) fn new(plan: Plan) -> Result<Self, Error> {
        crate::check::check(&plan)?;
        let mut program = Program::compile(&plan)?;
        let sessions = users::compile_sessions(&plan, &mut program);
        let changed = faults::compile(&plan, &mut program);
        Ok(Self { plan, program, sessions, changed })
    }

    /// Runs one replication; a pure function of the plan and its number.
    pub(crate) fn run(&self, replication: u32, stop: &AtomicBool) -> Result<Tally, Error> {
        self.counted(replication, false, stop).map(|(tally, _)| tally)
    }

    /// The same, with what became of every request of the cohort.
    pub(crate) fn logged(
        &self,
        replication: u32,
        stop: &AtomicBool,
    ) -> Result<(Tally, Vec<Request>), Error> {
        self.counted(replication, true, stop)
    }

    fn counted(
        &self,
        replication: u32,
        is_logged: bool,
        stop: &AtomicBool,
    ) -> Result<(Tally, Vec<Request>), Error> {
        let mut cx = Cx::default();
        let mut system = System::new(self, replication, &mut cx);
        if is_logged {
            system.measures.keep_log();
        }
        let events = kernel::run(&mut system, &mut cx, stop)?;
        if let Some(trouble) = system.trouble {
            return Err(trouble);
        }
        let System { mut measures, stations, replicas, frames, .. } = system;
        let log = measures.take_log(&frames, cx.now());
        Ok((measures.finish(&stations, &replicas, events, &frames), log))
    }
}

impl<'p> System<'p> {
    fn new(machine: &'p Machine, replication: u32, cx: &mut Cx) -> Self {
        let (plan, program) = (&machine.plan, &machine.program);
        let root = Key::root(plan.run.seed, replication);
        let mut rings = Vec::new();
        let station::Built { stations, replicas, hosts, ranks } = station::build(plan);
        let mut settings = plan.components.iter().map(|c| Settings::new(c, &mut rings)).collect();
        let mut policies = plan.edges.iter().map(|edge| Policy::new(edge, &mut rings)).collect();
        let changed = &machine.changed;
        let patches = faults::patches(plan, changed, &mut settings, &mut policies, &mut rings);
        let (clients, callers) = client::build(plan, &stations, &policies, root);
        let caches = cache::build(plan, program, &stations, root);
        let mut system = Self {
            plan,
            program,
            frames: Frames::default(),
            settings,
            ranks,
            policies,
            callers,
            clients,
            rings,
            caches,
            populations: users::build(plan, &machine.sessions, root),
            entrances: plan
                .endpoints
                .iter()
                .map(|endpoint| &stations[endpoint.component])
                .map(|station| (station.first_replica, station.replicas))
                .collect(),
            faults: Faults::new(plan, root, &stations, patches),
            scalers: scale::build(plan),
            network: &plan.network,
            measures: Measures::new(plan, program),
            replicas,
            stations,
            hosts,
            freed: Vec::new(),
            trouble: None,
        };
        system.measures.start(cx);
        system.faults.start(plan, cx);
        system.start_scaling(cx);
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
                    frame.pending = cx.schedule_in(pause, Happening::Woken(id));
                    return;
                }
                Code::Unless { call, jump } => {
                    let key = draw(frame.key, Purpose::Probability, op.site);
                    let happens = key.unit() < self.program.calls[call as usize].probability;
                    frame.pc = if happens { frame.pc + 1 } else { jump };
                }
                Code::Choose(choice) => {
                    let unit = draw(frame.key, Purpose::Choice, op.site).unit();
                    frame.pc = self.program.chosen(choice, unit);
                }
                Code::Walk(walk) => {
                    let turn = walk::turn(self.program, walk, op.site, frame.key);
                    (frame.key, frame.pc) = (turn.key, turn.pc);
                    let is_first = self.program.walks[walk as usize].think.is_none();
                    if !is_first && !turn.ends {
                        // Even a pause of no time goes through the calendar: a walk is no recursion.
                        frame.state = State::Thinking;
                        frame.pending = cx.schedule_in(turn.pause, Happening::Woken(id));
                        return;
                    }
                }
                Code::Jump(pc) => frame.pc = pc,
                Code::Call(_) => {
                    (frame.count, frame.attempt) = (0, 0);
                    frame.flags.clear(Flags::HEDGED);
                    self.rest(id, cx);
                    if !self.call(id, cx) {
                        return;
                    }
                }
                Code::Publish { after } => {
                    frame.pc += 1;
                    self.publish(id, cx);
                    self.frames[id].pc = after;
                }
                Code::Cache { cache, hit } => {
                    let key = draw(frame.key, Purpose::Cache, op.site);
                    let (now, replica) = (cx.now(), frame.replica);
                    let is_hot = self.is_hot(id, op.site, now);
                    let found = self.caches[cache as usize].look(replica, key, is_hot, now);
                    let frame = &mut self.frames[id];
                    frame.pc = if found { hit } else { frame.pc + 1 };
                    self.measures.looked(cache, found);
                }
                Code::Fill(cache) => {
                    frame.pc += 1;
                    let key = draw(frame.key, Purpose::Cache, op.site);
                    let (now, replica) = (cx.now(), frame.replica);
                    let is_hot = self.is_hot(id, op.site, now);
                    self.caches[cache as usize].fill(replica, key, is_hot, now);
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
    #[inline]
    fn end_of_steps(&mut self, id: FrameId, cx: &mut Cx) {
        match self.frames[id].role {
            Role::Session => self.end_session(id, cx),
            Role::Publication => self.frames.free(id),
            Role::Entry | Role::SessionEntry if self.faults.slow_users => {
                self.answer_user(id, cx);
            }
            _ => self.leave(id, Outcome::Ok, cx),
        }
    }

    /// Notes that the run cannot go on because too much is under way, and where most of it is.
    #[cold]
    fn too_many(&mut self) {
        let component = (0..self.stations.len())
            .max_by_key(|&component| self.stations[component].in_system(&self.replicas))
            .unwrap_or(0);
        self.trouble = Some(Error::TooMany { limit: crate::frame::MAX_FRAMES, component });
    }
}

impl Actor for System<'_> {
    type Event = Happening;

    #[inline(always)]
    fn handle(&mut self, event: Happening, ticket: Ticket, cx: &mut Cx) {
        match event {
            Happening::WorkEnds(id) => {
                if self.frames[id].pending == ticket {
                    self.frames[id].pending = Ticket::NONE;
                    self.work_ends(id, cx);
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
            Happening::Woken(id) => self.woken(id, ticket, cx),
            Happening::TimerFires(id) => self.timer_fires(id, ticket, cx),
            Happening::RingFires(ring) => self.ring_fires(ring, ticket, cx),
            Happening::Arrival(load) => self.arrival(load, ticket, cx),
            Happening::SharedWorkEnds(replica) => self.shared_work_ends(replica, ticket, cx),
            Happening::Scale(component) => self.decide(component, ticket, cx),
            Happening::Life(replica) => self.life_goes_on(replica, ticket, cx),
            Happening::HandOn => self.hand_on(cx),
            Happening::Fault(change) => self.fault_changes(change, cx),
            Happening::Observe(mark) => {
                self.measures.observe(mark, &self.stations, &self.replicas, cx);
            }
        }
    }

    fn foresee(&self, event: Happening) {
        match event {
            Happening::WorkEnds(id)
            | Happening::Delivered(id)
            | Happening::Answered(id)
            | Happening::Woken(id)
            | Happening::TimerFires(id) => self.frames.fetch(id),
            _ => {}
        }
    }

    #[inline]
    fn is_done(&self) -> bool {
        self.measures.is_over() || self.trouble.is_some()
    }
}

impl System<'_> {
    /// What a frame itself waited for has come, if it still waits for it.
    fn woken(&mut self, id: FrameId, ticket: Ticket, cx: &mut Cx) {
        if self.frames[id].pending != ticket {
            return;
        }
        self.frames[id].pending = Ticket::NONE;
        match self.frames[id].state {
            State::Thinking => self.advance(id, cx),
            State::BackingOff => self.go_on(id, &client::Next::Attempt, cx),
            State::Calling => self.hedge(id, cx),
            State::Queued => self.wait_ends(id, cx),
            State::TakingUp => {
                let outcome = self.frames[id].outcome;
                let next = self.proceed(id, outcome, cx);
                self.go_on(id, &next, cx);
            }
            State::Away => self.user_is_back(id, cx),
            State::TakenUp => self.leave(id, Outcome::Ok, cx),
            other => unreachable!("nobody wakes a frame that is {other:?}"),
        }
    }

    /// The timer of a frame fires, if it is still set.
    fn timer_fires(&mut self, id: FrameId, ticket: Ticket, cx: &mut Cx) {
        if self.frames[id].timer != ticket {
            return;
        }
        self.frames[id].timer = Ticket::NONE;
        match self.frames[id].role {
            Role::Attempt => self.timed_out(id, cx),
            _ => self.patience_ends(id, cx),
        }
    }
}

/// Where the end of the warm-up, t = 0, lies.
fn origin(plan: &Plan) -> SimTime {
    SimTime::from_nanos(crate::time::nanos(plan.run.warm_up))
}
