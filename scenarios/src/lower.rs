//! From typed files to a plan of the simulator.
//!
//! All problems that can be found are found at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use foreshadow_sim::Plan;
use foreshadow_sim::plan::{ComponentId, EdgeId, EndpointId, Identities};

use crate::address::with_origins;
use crate::decode::decode;
use crate::learned::LearnedLoad;
use crate::model::twin::Twin;
use crate::node::{Node, Provenance};
use crate::problem::{Problem, Problems, suggest};
use crate::scenario::{Scenario, Traces};
use crate::{Spanned, address};

mod arrivals;
mod batch;
mod cache;
mod cycle;
mod fault;
mod learned;
mod load;
mod objective;
mod place;
mod policy;
mod queue;
mod recovery;
mod reliability;
mod run;
mod scale;
mod station;
mod steady;
mod step;
mod system;

pub(crate) use load::LEARNED;
pub use objective::{Measure, Objective, Subject};
pub(crate) use recovery::{WITHIN_FOR, last_fault_end, others};

/// A plan with the names of its parts and what is asked of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Lowered {
    /// What is simulated.
    pub plan: Plan,
    /// Names of the plan's parts, by their index.
    pub names: Names,
    /// What is asked, in the order of the file.
    pub objectives: Vec<Objective>,
    /// Independent runs, at least.
    pub replications: u32,
    /// Independent runs, at most.
    pub max_replications: u32,
    /// What one success of each load is worth, by the plan's loads: an amount and its unit.
    pub worth: Vec<(f64, Option<String>)>,
    /// Whether load is constant and nothing goes wrong, so that there may be a steady state.
    pub steady: bool,
    /// Whether the warm-up is to be found out; the plan has none until then.
    pub finds_warm_up: bool,
}

/// Names of a plan's parts, by their index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// `payment`
    pub components: Vec<String>,
    /// `payment.charge`
    pub endpoints: Vec<String>,
    /// `gateway.calls.payment`
    pub edges: Vec<String>,
    /// `gateway.checkout`, or the name of a session.
    pub loads: Vec<String>,
    /// `eu-1a`
    pub zones: Vec<String>,
    /// `slow at payment`
    pub faults: Vec<String>,
}

impl Names {
    /// What the simulator says is wrong, with names for its numbers.
    #[must_use]
    pub fn explain(&self, error: &foreshadow_sim::Error) -> String {
        use foreshadow_sim::Error as Sim;
        match error {
            Sim::EmptyRound { load } => format!(
                "a session of `{}` took no time at all, so it would go round for ever; add a `think`",
                self.loads[*load]
            ),
            Sim::TooMany { limit, component } => format!(
                "more than {limit} requests were under way at once, which is all that one replication \
                 may hold, most of them at {}: work piles up faster than it is done; \
                 lower the load, shorten the run, or limit the queue",
                self.components[*component]
            ),
            other => other.to_string(),
        }
    }
}

/// What names mean, while a plan is made.
#[derive(Debug, Default)]
struct Index {
    components: BTreeMap<String, ComponentId>,
    endpoints: BTreeMap<String, EndpointId>,
    /// The component of each endpoint.
    owners: Vec<ComponentId>,
    edges: BTreeMap<(ComponentId, ComponentId), EdgeId>,
    /// What stands in for an edge's callee, and where that is said.
    backups: BTreeMap<EdgeId, (ComponentId, crate::source::Span)>,
}

impl Index {
    /// The endpoint that `name` means.
    fn endpoint(&self, name: &Spanned<String>) -> Result<EndpointId, Problem> {
        if let Some(&endpoint) = self.endpoints.get(&name.value) {
            return Ok(endpoint);
        }
        let components = self.components.keys().map(String::as_str);
        let Some(component) = address::longest(components.clone(), name) else {
            let wanted = name.split('.').next().unwrap_or_default();
            return Err(Problem::at(name.span, format!("unknown component in `{}`", name.value))
                .label("expected `component.endpoint`")
                .help(suggest(wanted, "components", components)));
        };
        let prefix = format!("{component}.");
        let known = self.endpoints.keys().filter_map(|full| full.strip_prefix(&prefix));
        let wanted = name.strip_prefix(&prefix).unwrap_or_default();
        Err(Problem::at(name.span, format!("component {component} has no endpoint `{wanted}`"))
            .help(suggest(wanted, "endpoints", known)))
    }

    /// The component that `name` means.
    fn component(&self, name: &Spanned<String>) -> Result<ComponentId, Problem> {
        let known = || self.components.keys().map(String::as_str);
        self.components.get(&name.value).copied().ok_or_else(|| {
            Problem::at(name.span, format!("unknown component `{}`", name.value)).help(suggest(
                name,
                "components",
                known(),
            ))
        })
    }
}

/// A plan in the making.
#[derive(Default)]
struct Lowering {
    plan: Plan,
    names: Names,
    index: Index,
    /// Names of the faults of the file.
    fault_names: Vec<String>,
    /// Most replicas that changes in the midst of the run want, by component.
    counted: BTreeMap<ComponentId, usize>,
    problems: Vec<Problem>,
    traces: Arc<Traces>,
    learned: Option<Arc<LearnedLoad>>,
}

impl Lowering {
    /// The value, or nothing and its problem noted.
    fn note<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.problems.push(problem)).ok()
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}

/// Makes the plan of a scenario.
///
/// # Errors
/// Everything found wrong with what the files mean, in their order.
pub fn lower(scenario: &Scenario) -> Result<Lowered, Problems> {
    let Scenario { twin, file, .. } = scenario;
    let traces = Arc::clone(&scenario.traces);
    let learned = scenario.learned.clone();
    let mut lowering = Lowering { traces, learned, ..Lowering::default() };
    lowering.system(twin);
    let (replications, max_replications) = lowering.run(&file.run);
    let worth = lowering.loads(&file.load, scenario.tree.span);
    let known = lowering.problems.len();
    lowering.faults(scenario);
    let faults_known = lowering.problems.len() == known;
    let steady = lowering.steady(file);
    let finds_warm_up = file.run.warm_up.as_ref().is_some_and(|time| time.value.0.is_none());
    let objectives = lowering.objectives(twin, file, faults_known);
    lowering.ends_of_origins(&scenario.twin_tree);
    let Lowering { mut plan, names, problems, .. } = lowering;
    plan.identities = identities(&names, plan.identities);
    if !problems.is_empty() {
        return Err(Problems::new(&scenario.sources, in_order(problems)));
    }
    Ok(Lowered {
        plan,
        names,
        objectives,
        replications,
        max_replications,
        worth,
        steady,
        finds_warm_up,
    })
}

/// The system of a twin on its own, without load; or what is wrong with it.
pub(crate) fn lower_twin(tree: &Node, twin: &Twin) -> Result<(Plan, Names), Vec<Problem>> {
    let mut lowering = Lowering::default();
    lowering.system(twin);
    lowering.twin_objectives(twin);
    lowering.ends_of_origins(tree);
    if !lowering.problems.is_empty() {
        return Err(in_order(lowering.problems));
    }
    Ok((lowering.plan, lowering.names))
}

/// Numbers made from names, beside those that faults have already, so that draws stay with what they are for whatever else changes.
fn identities(names: &Names, faults: Identities) -> Identities {
    let of = |names: &[String]| names.iter().map(|name| identity(name, 0)).collect();
    Identities {
        components: of(&names.components),
        endpoints: of(&names.endpoints),
        edges: of(&names.edges),
        loads: of(&names.loads),
        ..faults
    }
}

/// FNV-1a of a name, begun with which of several equal names it is.
fn identity(name: &str, which: u64) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ which;
    name.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Problems by file and place.
fn in_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|problem| problem.span.map(|span| (span.file, span.offset)));
    problems.dedup();
    problems
}

impl Lowering {
    /// Both ends of every uncertain value must be values that could stand in its place.
    fn ends_of_origins(&mut self, tree: &Node) {
        let uncertain = with_origins(tree);
        for end in [|low, _| low, |_, high| high] {
            let mut edited = tree.clone();
            let mut any = false;
            for (address, node) in &uncertain {
                let Some(origin) = &node.origin else { continue };
                let end: Option<&Node> = end(origin.low.as_ref(), origin.high.as_ref());
                if let (Some(end), true) = (end, origin.source != Provenance::Pinned) {
                    any = true;
                    let set = address::set(&mut edited, address, end.span, end.clone());
                    self.note(set);
                }
            }
            if any {
                self.note(decode::<Twin>(&edited));
            }
        }
    }
}
