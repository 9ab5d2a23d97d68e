//! A twin with and without a fault, through scenario files, with the same draws.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use foreshadow_scenarios::{Lowered, load_scenario, load_twin, lower};
use foreshadow_sim::histogram::{Summary, pooled_quantile};
use foreshadow_sim::plan::Step;
use foreshadow_sim::{Simulation, Tally};

/// Services in a simulation that an operation needs, for its median to be judged.
const LEAST_SERVICES: u64 = 100;

/// A twin, and what it does when nothing is wrong.
#[derive(Debug)]
pub(super) struct Calm {
    twin: String,
    /// Lines of the scenario that every variant shares.
    common: String,
    /// Simulated times by operation.
    pub(super) times: BTreeMap<String, Simulated>,
}

/// Times of one operation, as simulated [ns].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Simulated {
    pub(super) median: f64,
    pub(super) mean: f64,
}

impl Calm {
    /// Simulates a twin under the load that was observed for `horizon_s`, four times.
    pub(super) fn new(twin: &str, horizon_s: u32) -> Self {
        let checked = load_twin(Path::new("twin.yaml"), &|_| Ok(twin.to_owned()));
        let checked = checked.unwrap_or_else(|problems| panic!("{problems}"));
        let learned = checked.twin.learned.expect("a learned twin says so");
        let mut common = format!(
            "foreshadow: scenario/v1\nname: what-if\ntwin: twin.yaml\nobjectives: []\n\
             run: {{warm_up: 30s, horizon: {horizon_s}s, drain: 60s, timeline: {horizon_s}s, \
             replications: 4, seed: 1}}\nload:\n"
        );
        for (name, rate) in learned.observed.iter() {
            let name = &name.value;
            writeln!(common, "  {name}: {{arrivals: {{poisson: {{rate: {}/s}}}}}}", rate.0)
                .unwrap();
        }
        let mut calm = Self { twin: twin.to_owned(), common, times: BTreeMap::new() };
        calm.times = calm.with("");
        calm
    }

    /// Simulated times under `faults`, lines of a scenario file; rare operations are left out.
    pub(super) fn with(&self, faults: &str) -> BTreeMap<String, Simulated> {
        let lowered = self.lowered(faults);
        let simulation = Simulation::new(lowered.plan.clone()).unwrap();
        let tallies = simulation.replications(0..lowered.replications, &false.into(), &|| ());
        let tallies: Vec<Tally> = tallies.unwrap();
        let names = lowered.names.endpoints.iter().enumerate();
        names.filter_map(|(i, name)| Some((name.clone(), simulated(&tallies, i)?))).collect()
    }

    /// The operations that can reach `component` by calls, its own included.
    pub(super) fn reaching(&self, component: &str) -> BTreeSet<String> {
        let lowered = self.lowered("");
        let names = &lowered.names;
        let own = |name: &String| name.split_once('.').is_some_and(|(of, _)| of == component);
        let mut reaching: BTreeSet<String> =
            names.endpoints.iter().filter(|name| own(name)).cloned().collect();
        assert!(!reaching.is_empty(), "no component {component} in the twin");
        // Calls go no deeper than there are endpoints.
        for _ in 0..names.endpoints.len() {
            let before = reaching.len();
            for (name, endpoint) in names.endpoints.iter().zip(&lowered.plan.endpoints) {
                let calls = |callee: usize| reaching.contains(&names.endpoints[callee]);
                if any_call(&endpoint.steps, &calls) {
                    reaching.insert(name.clone());
                }
            }
            if reaching.len() == before {
                break;
            }
        }
        reaching
    }

    /// What stands in the scenario file of a fault.
    pub(super) fn scenario(&self, faults: &str) -> String {
        format!("{}{faults}", self.common)
    }

    fn lowered(&self, faults: &str) -> Lowered {
        let text = self.scenario(faults);
        let files = |path: &Path| {
            Ok(if path.ends_with("twin.yaml") { self.twin.clone() } else { text.clone() })
        };
        let scenario = load_scenario(Path::new("what-if.yaml"), &[], &files);
        let lowered = scenario.and_then(|scenario| lower(&scenario));
        lowered.unwrap_or_else(|problems| panic!("{problems}"))
    }
}

fn simulated(tallies: &[Tally], endpoint: usize) -> Option<Simulated> {
    let times: Vec<&Summary> =
        tallies.iter().map(|tally| &tally.services[endpoint].sojourn).collect();
    let services: u64 = tallies.iter().map(|tally| tally.services[endpoint].completed).sum();
    if services < LEAST_SERVICES {
        return None;
    }
    Some(Simulated {
        median: pooled_quantile(&times, 0, 0.5)?,
        mean: Summary::merged(&times).mean()?,
    })
}

/// Whether any step calls an endpoint of which `test` is true.
fn any_call(steps: &[Step], test: &dyn Fn(usize) -> bool) -> bool {
    steps.iter().any(|step| match step {
        Step::Work(_) | Step::Think(_) => false,
        Step::Call(call) | Step::Publish(call) => test(call.endpoint),
        Step::Parallel(branches) => branches.iter().any(|steps| any_call(steps, test)),
        Step::Choose(ways) => ways.iter().any(|(_, steps)| any_call(steps, test)),
        Step::Cache(cache) => any_call(&cache.miss, test),
    })
}
