//! From a scenario to a job: the same users at the same instants as in the simulator.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use foreshadow_scenarios::lower::Lowered;
use foreshadow_scenarios::model::fault::Fault;
use foreshadow_scenarios::{Problem, Problems, Scenario, Spanned};
use foreshadow_sim::plan::EndpointId;
use foreshadow_sim::time::SimTime;
use foreshadow_sim::visits;

use super::limits::{Abort, Caps};
use super::{Job, Request, Step, Ticket, request::Ready};

/// What the command line says of a run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where requests go.
    pub target: String,
    /// Most requests under way at once.
    pub users: usize,
    /// How long an answer is waited for.
    pub timeout: Duration,
    /// What is never gone beyond.
    pub caps: Caps,
    /// When the target is left alone.
    pub abort: Option<Abort>,
    /// Certificates that are trusted instead of the system's, as PEM.
    pub ca: Option<String>,
}

/// The job of a scenario: what its load asks for from the beginning of the warm-up to the horizon, each
/// as its `requests:` says. `read` reads files of bodies.
///
/// # Errors
/// Endpoints without a request, users who wait for answers, and bodies that cannot be read.
pub fn job(
    scenario: &Scenario,
    lowered: &Lowered,
    options: &Options,
    read: &dyn Fn(&Path) -> std::io::Result<String>,
) -> Result<Job, Problems> {
    let mut problems: Vec<Problem> =
        scenario.file.faults.iter().filter_map(cannot_be_driven).collect();
    let (plan, names) = (&lowered.plan, &lowered.names);
    let end = SimTime::ZERO.after((plan.run.warm_up + plan.run.horizon).as_nanos() as u64);
    let mut users: Vec<(u64, usize, Vec<foreshadow_sim::Visit>)> = Vec::new();
    for load in 0..plan.loads.len() {
        let Some(all) = visits(plan, load, 0) else {
            let name = &names.loads[load];
            problems.push(
                Problem::at(scenario.tree.span, format!("`{name}` has users who are always there"))
                    .help(
                        "they go at the pace of the target, which hides its stalls; let them come: \
                         `open: {poisson: {rate: 3/s}}`",
                    ),
            );
            continue;
        };
        users.extend(all.until(end).map(|(at, visits)| (at.as_nanos(), load, visits)));
    }
    // Loads are merged in time; those of one instant in the order of the scenario.
    users.sort_by_key(|user| (user.0, user.1));
    let mut requests = Requests::default();
    let (mut tickets, mut steps) = (Vec::with_capacity(users.len()), Vec::new());
    for (at, _, visits) in users {
        let (Ok(first), Ok(count)) = (u32::try_from(steps.len()), u32::try_from(visits.len()))
        else {
            let message = "more than four billion requests are due, which no schedule holds";
            let help = "shorten the run, or scale the load down";
            problems.push(Problem::at(scenario.tree.span, message).help(help));
            break;
        };
        tickets.push(Ticket { due: at, first, steps: count });
        for visit in visits {
            let request = requests.number(visit.endpoint);
            steps.push(Step { think: visit.think, request });
        }
    }
    let made = requests.order.iter().map(|&endpoint| {
        request(scenario, &names.endpoints[endpoint], read)
            .map_err(|problem| problems.push(problem))
    });
    let made: Vec<Request> = made.filter_map(Result::ok).collect();
    if !problems.is_empty() {
        return Err(Problems::new(&scenario.sources, problems));
    }
    Ok(Job {
        target: options.target.trim_end_matches('/').to_owned(),
        requests: made,
        tickets,
        steps,
        users: options.users,
        timeout: options.timeout,
        caps: options.caps,
        abort: options.abort,
        ca: options.ca.clone(),
    })
}

/// What is wrong with a fault that is of users, and that no client here can make.
fn cannot_be_driven(fault: &Spanned<Fault>) -> Option<Problem> {
    let is_slow = matches!(fault.value, Fault::SlowClients(_));
    is_slow.then(|| {
        Problem::at(fault.span, "`slow_clients` cannot be driven: answers are read as they come")
            .help("remove it; what is between here and the target can slow a connection down")
    })
}

/// Faults of a scenario that concern the system, by their titles: a target is sent load and nothing else.
#[must_use]
pub fn not_done(scenario: &Scenario) -> Vec<String> {
    let is_sent = |fault: &Fault| {
        matches!(fault, Fault::LoadSurge(_) | Fault::ReconnectHerd(_) | Fault::SkewedMix(_))
    };
    let faults = scenario.file.faults.iter().filter(|fault| !is_sent(fault));
    faults.map(|fault| fault.title()).collect()
}

/// Endpoints in the order in which they are first asked for.
#[derive(Default)]
struct Requests {
    order: Vec<EndpointId>,
    numbers: BTreeMap<EndpointId, u32>,
}

impl Requests {
    fn number(&mut self, endpoint: EndpointId) -> u32 {
        let next = self.order.len() as u32;
        *self.numbers.entry(endpoint).or_insert_with(|| {
            self.order.push(endpoint);
            next
        })
    }
}

/// How an endpoint is called.
fn request(
    scenario: &Scenario,
    endpoint: &str,
    read: &dyn Fn(&Path) -> std::io::Result<String>,
) -> Result<Request, Problem> {
    let requests = &scenario.file.requests;
    let Some((name, how)) = requests.iter().find(|(name, _)| name.value == endpoint) else {
        let place = scenario.tree.get("requests").unwrap_or(&scenario.tree).span;
        return Err(Problem::at(place, format!("nothing says how `{endpoint}` is called"))
            .help(format!("add to `requests:`  {endpoint}: {{method: GET, path: /…}}")));
    };
    let wrong = |what: String| Problem::at(name.span, what);
    let method = how.method.as_deref().unwrap_or("GET").to_uppercase();
    if !how.path.starts_with('/') {
        return Err(wrong(format!("expected a path from `/` on, found `{}`", how.path)));
    }
    let body = match &how.body_file {
        None => None,
        Some(file) => {
            let path = scenario.sources.resolve(name.span, file);
            let text = read(&path)
                .map_err(|error| wrong(format!("cannot read {}: {error}", path.display())))?;
            Some(text)
        }
    };
    let headers: BTreeMap<String, String> =
        how.headers.iter().map(|(name, value)| (name.value.clone(), value.clone())).collect();
    let expect = how.expect.as_ref().map_or(200, |status| status.0 as u16);
    let path = how.path.clone();
    let request = Request { name: endpoint.to_owned(), method, path, headers, body, expect };
    Ready::new(&request, &|name| std::env::var(name).ok()).map_err(wrong)?;
    Ok(request)
}
