//! What a campaign is, in every detail that decides its results, and the hash of that.

use std::time::Duration;

use foreshadow_scenarios::lower::Lowered;
use foreshadow_scenarios::node::Node;
use foreshadow_scenarios::{Campaign, Fingerprint, Scenario, campaign, lower};
use foreshadow_sim::Simulation;
use foreshadow_sim::plan::{Arrivals, Fault, Load, Recurrence};

use crate::case::{Case, CaseKind, cases, faults_of};
use crate::error::{Error, trouble};
use crate::loss;
use crate::pair::{Asked, Base, Force};
use crate::recovery;
use crate::structure::Parts;

/// Bins of a timeline in which components are looked at.
const BINS: u32 = 120;
/// Narrowest bin.
const NARROWEST: Duration = Duration::from_secs(1);

/// Version of the rules by which runs are compared and kept; units of others are not taken up.
const RULES: &str = "units/2";

/// A campaign ready to be run.
#[derive(Debug)]
pub struct Spec {
    /// The scenario that it is about.
    pub scenario: Scenario,
    /// What is tried how often.
    pub campaign: Campaign,
    /// What is tried.
    pub cases: Vec<Case>,
    /// The scenario without the campaign's faults.
    pub lowered: Lowered,
    /// What is asked of each run.
    pub asked: Asked,
    /// How much more often than it fails each failure is drawn.
    tilts: Vec<f64>,
    /// What each failure takes away of the structure.
    pub(crate) away: Vec<Parts>,
    pub(crate) base: Simulation,
}

impl Spec {
    /// What the scenario's campaign tries.
    ///
    /// # Errors
    /// Everything wrong with the scenario or its campaign.
    pub fn new(scenario: Scenario) -> Result<Self, Error> {
        let asked = scenario;
        let scenario = asked.without_recovery()?;
        let campaign = campaign(&scenario)?;
        let mut lowered = fine(lower(&scenario)?);
        lowered.objectives.extend(recovery::objectives(&asked, &lowered)?);
        let cases = cases(&campaign);
        let base = simulation(&lowered, "without faults")?;
        let asked = Asked::of(&lowered);
        let (tilts, away) = (Vec::new(), Vec::new());
        let mut spec = Self { scenario, campaign, cases, lowered, asked, tilts, away, base };
        spec.away = loss::away(&spec)?;
        spec.tilts = loss::tilts(&spec);
        Ok(spec)
    }

    /// The seed of all randomness.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.lowered.plan.run.seed
    }

    /// The faults of one trial, and their likelihood ratio.
    #[must_use]
    pub fn faults(&self, case: usize, replication: u32) -> (Vec<Node>, f64) {
        let draw = (self.seed(), replication);
        faults_of(&self.campaign, &self.tilts, &self.cases[case], draw)
    }

    /// Whether every trial of a case has the same faults.
    #[must_use]
    pub fn is_fixed(&self, case: usize) -> bool {
        match &self.cases[case].kind {
            CaseKind::Faults(which) => {
                which.iter().all(|&index| self.campaign.singles[index].drawn.is_empty())
            }
            CaseKind::Failure(_) => true,
            CaseKind::Drawn(_) => false,
        }
    }

    /// Whether trials of a case differ in more than their requests: in which faults come about, when,
    /// or how large they are, or in phases and bursts of the load that last. Where they do not, every request of
    /// every trial meets the same faults at the same time.
    #[must_use]
    pub fn varies(&self, case: usize) -> bool {
        let (faults, _) = self.faults(case, 0);
        let is_drawn = |fault: &Node| {
            let body = fault.entries().first().map(|(_, body)| body);
            ["probability", "up", "down"]
                .iter()
                .any(|key| body.is_some_and(|body| body.get(key).is_some()))
        };
        let plan = &self.lowered.plan;
        let comes_about = |fault: &Fault| {
            fault.probability < 1.0 || matches!(fault.recurrence, Recurrence::Random { .. })
        };
        let has_phases = |load: &Load| match load {
            Load::Open { arrivals, .. } | Load::Sessions { arrivals, .. } => {
                matches!(arrivals, Arrivals::Mmpp(_) | Arrivals::Bursty(..))
            }
            Load::Closed { .. } => false,
        };
        !self.is_fixed(case)
            || faults.iter().any(is_drawn)
            || plan.faults.iter().any(comes_about)
            || plan.loads.iter().any(has_phases)
    }

    /// The scenario with faults.
    pub(crate) fn lowered_with(&self, faults: &[Node]) -> Result<Lowered, Error> {
        Ok(fine(lower(&self.scenario.with_faults(faults)?)?))
    }

    /// The scenario with faults, ready to be run, and when they are in force.
    pub(crate) fn with(&self, name: &str, faults: &[Node]) -> Result<(Simulation, Force), Error> {
        let lowered = self.lowered_with(faults)?;
        let added = &lowered.plan.faults[self.lowered.plan.faults.len()..];
        let nanos = |time: Duration| time.as_nanos() as u64;
        let ends: Option<Vec<u64>> = added.iter().map(|fault| fault.over().map(nanos)).collect();
        let force = Force {
            start: added.iter().map(|fault| nanos(fault.start)).min().unwrap_or(0),
            end: ends.and_then(|ends| ends.into_iter().max()),
        };
        Ok((simulation(&lowered, name)?, force))
    }

    /// The hash of all that decides a byte of the results, in hexadecimal. The counts of a run
    /// without faults stand for the simulator itself.
    #[must_use]
    pub fn hash(&self, per_unit: u32, pilot: &Base) -> String {
        let mut print = Fingerprint::new(RULES);
        let mut add = |text: &str| print.add(text);
        add(&format!("{:?}", self.lowered.plan));
        add(&format!("{:?} {:?}", self.asked.entries, self.lowered.worth));
        add(&self.scenario.twin_tree.to_string());
        for objective in &self.lowered.objectives {
            let limit = objective.limit;
            add(&format!("{:?} {} {limit}", objective.subject, objective.measure.name()));
        }
        for (case, tried) in self.cases.iter().enumerate() {
            add(&tried.name);
            if let CaseKind::Faults(which) = &tried.kind {
                for single in which.iter().map(|&index| &self.campaign.singles[index]) {
                    add(&format!("{} {:?}", single.fault, single.drawn));
                }
            } else {
                add(&self.faults(case, 0).0.iter().map(Node::to_string).collect::<String>());
            }
        }
        for failure in &self.campaign.failures {
            add(&format!("{} {:?} {:?}", failure.name, failure.mtbf, failure.mttr));
        }
        add(&format!("{per_unit} {}", pilot.fingerprint()));
        print.text()
    }
}

/// The plan with a timeline in which components can be compared.
fn fine(mut lowered: Lowered) -> Lowered {
    let run = &mut lowered.plan.run;
    run.timeline = (run.horizon / BINS).max(NARROWEST);
    lowered
}

fn simulation(lowered: &Lowered, name: &str) -> Result<Simulation, Error> {
    Simulation::new(lowered.plan.clone()).map_err(|error| trouble(&lowered.names, name, &error))
}
