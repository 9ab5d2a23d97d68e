//! A plan made ready to run: steps as flat operations with jumps, durations as nanoseconds.
//!
//! A request walks through its endpoint's operations with a program counter and needs no stack:
//! branches, fallbacks and skipped calls are jumps, and the branches of a parallel step are
//! frames of their own. Each operation carries a *site*, a number that depends only on its place
//! in the endpoint's list of steps, so that draws keep their identity when something else changes.

mod walk;

use crate::error::Error;
use crate::plan::{Call, ComponentId, Contents, Endpoint, EndpointId, OnFailure, Plan, Step};
use crate::random::Law;

pub(crate) use walk::Fork;

/// Index into the operations.
pub(crate) type Pc = u32;

/// One operation and where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Op {
    pub(crate) code: Code,
    pub(crate) site: u32,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Code {
    /// Work as drawn from a law.
    Work(u32),
    /// Pause as drawn from a law.
    Think(u32),
    /// Make a call; it goes on at the next operation.
    Call(u32),
    /// Go on with the probability of a call, else jump.
    Unless {
        call: u32,
        jump: Pc,
    },
    /// Go on at one of several places.
    Choose(u32),
    /// Pause, then go on at one of several places, or end; as draws of the next key say.
    Walk(u32),
    /// Run branches, go on when they have joined.
    Fork(u32),
    /// Let what follows run on its own up to its end, and go on after it.
    Publish {
        after: Pc,
    },
    /// Look into a cache; jump when it is there.
    Cache {
        cache: u32,
        hit: Pc,
    },
    /// What a cache missed has been found.
    Fill(u32),
    Jump(Pc),
    /// The end of a branch.
    Join,
    /// The end of the list.
    End,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct CallSite {
    pub(crate) endpoint: u32,
    /// [`NO_EDGE`] for users.
    pub(crate) edge: u32,
    /// Endpoint and edge, or [`NO_EDGE`] twice.
    pub(crate) backup: (u32, u32),
    pub(crate) probability: f64,
    pub(crate) count: u32,
    pub(crate) on_failure: Failure,
}

/// A cache step; every replica of its component has a cache for it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CacheSite {
    pub(crate) contents: Contents,
    pub(crate) component: ComponentId,
    pub(crate) endpoint: EndpointId,
    pub(crate) site: u32,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Failure {
    Fail,
    Continue,
    Jump(Pc),
}

pub(crate) const NO_EDGE: u32 = u32::MAX;

#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) ops: Vec<Op>,
    pub(crate) laws: Vec<Law>,
    pub(crate) calls: Vec<CallSite>,
    pub(crate) caches: Vec<CacheSite>,
    /// Cumulative probabilities and where to go.
    pub(crate) choices: Vec<Vec<(f64, Pc)>>,
    /// Where walks go on.
    pub(crate) walks: Vec<Fork>,
    /// First operations of the branches, and where to go on.
    pub(crate) forks: Vec<(Vec<Pc>, Pc)>,
    /// First operation of each endpoint.
    pub(crate) entries: Vec<Pc>,
    /// What is being compiled.
    endpoint: EndpointId,
    /// Whose it is.
    component: ComponentId,
}

impl Program {
    /// Compiles the endpoints of a plan.
    pub(crate) fn compile(plan: &Plan) -> Result<Self, Error> {
        refuse_cycles(&plan.endpoints)?;
        let mut program = Self::default();
        for (id, endpoint) in plan.endpoints.iter().enumerate() {
            let entry = program.endpoint(id, endpoint);
            program.entries.push(entry);
        }
        Ok(program)
    }

    /// Compiles the steps of an endpoint; returns its first operation.
    pub(crate) fn endpoint(&mut self, id: EndpointId, endpoint: &Endpoint) -> Pc {
        (self.endpoint, self.component) = (id, endpoint.component);
        self.list(&endpoint.steps)
    }

    /// Compiles a list of steps that stands for itself; returns its first operation.
    pub(crate) fn list(&mut self, steps: &[Step]) -> Pc {
        let first = self.here();
        self.steps(steps, 0);
        self.push(Code::End, 0);
        first
    }

    /// Where a choice goes on for a draw in \[0, 1).
    pub(crate) fn chosen(&self, choice: u32, unit: f64) -> Pc {
        let options = &self.choices[choice as usize];
        let chosen = options.iter().position(|(sum, _)| unit < *sum);
        options[chosen.unwrap_or(options.len() - 1)].1
    }

    fn here(&self) -> Pc {
        self.ops.len() as Pc
    }

    fn push(&mut self, code: Code, site: u32) -> usize {
        self.ops.push(Op { code, site });
        self.ops.len() - 1
    }

    fn law(&mut self, law: &Law) -> u32 {
        self.laws.push(law.clone());
        self.laws.len() as u32 - 1
    }

    fn steps(&mut self, steps: &[Step], outer: u32) {
        for (index, step) in steps.iter().enumerate() {
            let site = inner_site(outer, index);
            match step {
                Step::Work(law) => {
                    let law = self.law(law);
                    self.push(Code::Work(law), site);
                }
                Step::Think(law) => {
                    let law = self.law(law);
                    self.push(Code::Think(law), site);
                }
                Step::Call(call) => self.call(call, site),
                Step::Choose(options) => self.choose(options, site),
                Step::Publish(call) => {
                    let publish = self.push(Code::Publish { after: 0 }, site);
                    self.call(call, site);
                    self.push(Code::End, site);
                    self.ops[publish].code = Code::Publish { after: self.here() };
                }
                Step::Cache(cache) => {
                    let index = self.cache(&cache.contents, site);
                    let look = self.push(Code::Cache { cache: index, hit: 0 }, site);
                    self.steps(&cache.miss, site);
                    self.push(Code::Fill(index), site);
                    self.ops[look].code = Code::Cache { cache: index, hit: self.here() };
                }
                // A branch without steps is over at once; nothing would ever join none.
                Step::Parallel(branches) if branches.is_empty() => {}
                Step::Parallel(branches) => self.fork(branches, site),
            }
        }
    }

    /// The cache of a step; a change of other steps leaves it what it is.
    fn cache(&mut self, contents: &Contents, site: u32) -> u32 {
        let cache = CacheSite {
            contents: contents.clone(),
            component: self.component,
            endpoint: self.endpoint,
            site,
        };
        let same = self.caches.iter().position(|known| *known == cache);
        same.unwrap_or_else(|| {
            self.caches.push(cache);
            self.caches.len() - 1
        }) as u32
    }

    fn call(&mut self, call: &Call, site: u32) {
        let index = self.calls.len();
        self.calls.push(CallSite {
            endpoint: call.endpoint as u32,
            edge: call.edge.map_or(NO_EDGE, |edge| edge as u32),
            backup: call
                .backup
                .map_or((NO_EDGE, NO_EDGE), |(endpoint, edge)| (endpoint as u32, edge as u32)),
            probability: call.probability,
            count: call.count,
            on_failure: match call.on_failure {
                OnFailure::Fail => Failure::Fail,
                OnFailure::Continue | OnFailure::Fallback(_) => Failure::Continue,
            },
        });
        let unless = (call.probability < 1.0)
            .then(|| self.push(Code::Unless { call: index as u32, jump: 0 }, site));
        self.push(Code::Call(index as u32), site);
        if let OnFailure::Fallback(steps) = &call.on_failure {
            let skip = self.push(Code::Jump(0), site);
            self.calls[index].on_failure = Failure::Jump(self.here());
            self.steps(steps, site);
            self.ops[skip].code = Code::Jump(self.here());
        }
        if let Some(unless) = unless {
            self.ops[unless].code = Code::Unless { call: index as u32, jump: self.here() };
        }
    }

    fn choose(&mut self, options: &[(f64, Vec<Step>)], site: u32) {
        let choice = self.choices.len();
        self.choices.push(Vec::new());
        self.push(Code::Choose(choice as u32), site);
        let total: f64 = options.iter().map(|(weight, _)| weight).sum();
        let (mut sum, mut ends, mut table) = (0.0, Vec::new(), Vec::new());
        for (index, (weight, steps)) in options.iter().enumerate() {
            sum += weight / total;
            table.push((sum, self.here()));
            self.steps(steps, inner_site(site, index));
            ends.push(self.push(Code::Jump(0), site));
        }
        for end in ends {
            self.ops[end].code = Code::Jump(self.here());
        }
        self.choices[choice] = table;
    }

    fn fork(&mut self, branches: &[Vec<Step>], site: u32) {
        let fork = self.forks.len();
        self.forks.push((Vec::new(), 0));
        self.push(Code::Fork(fork as u32), site);
        let mut starts = Vec::new();
        for (index, steps) in branches.iter().enumerate() {
            starts.push(self.here());
            self.steps(steps, inner_site(site, index));
            self.push(Code::Join, site);
        }
        self.forks[fork] = (starts, self.here());
    }
}

/// The site of the `index`-th step within `outer`: a 32-bit FNV-1a of the path of indices.
const fn inner_site(outer: u32, index: usize) -> u32 {
    (if outer == 0 { 0x811c_9dc5 } else { outer } ^ (index as u32 + 1)).wrapping_mul(0x0100_0193)
}

/// A request that could call itself would never end.
pub(crate) fn refuse_cycles(endpoints: &[Endpoint]) -> Result<(), Error> {
    let mut state = vec![0u8; endpoints.len()];
    for start in 0..endpoints.len() {
        if state[start] != 0 {
            continue;
        }
        state[start] = 1;
        let mut stack = vec![(start, callees(&endpoints[start].steps))];
        while let Some((endpoint, pending)) = stack.last_mut() {
            let Some(callee) = pending.pop() else {
                state[*endpoint] = 2;
                stack.pop();
                continue;
            };
            match state[callee] {
                0 => {
                    state[callee] = 1;
                    stack.push((callee, callees(&endpoints[callee].steps)));
                }
                1 => {
                    return Err(Error::Plan(format!("endpoint {callee} calls itself in the end")));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Every endpoint that a list of steps may call, once for each call.
#[must_use]
pub fn callees(steps: &[Step]) -> Vec<EndpointId> {
    let mut found = Vec::new();
    for step in steps {
        match step {
            Step::Work(_) | Step::Think(_) => {}
            Step::Call(call) | Step::Publish(call) => {
                found.push(call.endpoint);
                found.extend(call.backup.map(|(endpoint, _)| endpoint));
                if let OnFailure::Fallback(steps) = &call.on_failure {
                    found.extend(callees(steps));
                }
            }
            Step::Cache(cache) => found.extend(callees(&cache.miss)),
            Step::Parallel(branches) => {
                found.extend(branches.iter().flat_map(|steps| callees(steps)));
            }
            Step::Choose(options) => {
                found.extend(options.iter().flat_map(|(_, steps)| callees(steps)));
            }
        }
    }
    found
}
