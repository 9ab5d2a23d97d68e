//! A scenario with knobs as a problem: its objectives under its load, and under each fault of its
//! campaign.

use std::sync::atomic::AtomicBool;

use foreshadow_scenarios::lower::{Lowered, lower};
use foreshadow_scenarios::node::Node;
use foreshadow_scenarios::report::{self, Constraint, Sampled};
use foreshadow_scenarios::source::Span;
use foreshadow_scenarios::tune::{Goal, Tuning, tuning, unchanged};
use foreshadow_scenarios::{Fingerprint, Problem as Complaint, Problems, Scenario, campaign};
use foreshadow_sim::{Simulation, Tally};

mod outcome;

use super::evaluate::interrupted;
use super::problem::{Axis, Outcome, Point, Problem, Wanted};
use super::staffing;
use crate::search::Stop;

/// Version of the rules by which candidates are run; what was run by others is not taken up.
const RULES: &str = "tune/1";

/// Something under which objectives must hold.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it is called: a fault, another load; none for the scenario itself.
    pub name: Option<String>,
    /// The scenario of it, before any change.
    scenario: Scenario,
    /// Whether it counts among those of which the worst are averaged.
    is_fault: bool,
}

/// A constraint with its names.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// The case; none for the scenario itself.
    pub case: Option<String>,
    /// The objective: `gateway.checkout p99`.
    pub objective: String,
    /// The measure and its unit, as in reports.
    pub measure: &'static str,
    /// The limit as it is asked for, in milliseconds or as a share.
    pub limit: f64,
    /// Its unit.
    pub unit: &'static str,
}

impl Named {
    /// The objective and where it must hold: `gateway.checkout p99, under zone_outage at b`.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.case {
            None => self.objective.clone(),
            Some(case) => format!("{} under {case}", self.objective),
        }
    }
}

/// A system to be tuned.
#[derive(Debug)]
pub struct System {
    /// What may be changed.
    pub tuning: Tuning,
    /// What its constraints are called, in their order.
    pub names: Vec<Named>,
    /// The scenarios: the one that is tuned, and those in which objectives are to hold, too.
    pub scenarios: Vec<Scenario>,
    cases: Vec<Case>,
    axes: Vec<Axis>,
    constraints: Vec<Constraint>,
    goals: Vec<Wanted>,
}

/// The simulations of all cases of one candidate.
#[derive(Debug)]
pub struct Candidate {
    cases: Vec<(Lowered, Simulation)>,
}

impl System {
    /// What a scenario tunes; `others` are the scenarios that its `robust:` names, in their order.
    ///
    /// # Errors
    /// Everything wrong with the section or the campaign.
    ///
    /// # Panics
    /// When `others` are not as many as are named.
    pub fn new(scenario: Scenario, others: Vec<Scenario>) -> Result<Self, Problems> {
        let tuning = tuning(&scenario)?;
        assert_eq!(others.len(), tuning.scenarios.len(), "scenarios that `robust:` names");
        let calm = unchanged(&scenario)?;
        let mut cases = vec![Case { name: None, scenario: calm.clone(), is_fault: false }];
        for (other, (_, named)) in others.iter().zip(&tuning.scenarios) {
            let name = Some(other.file.name.clone());
            fits(&scenario, other, *named)?;
            cases.push(Case { name, scenario: unchanged(other)?, is_fault: false });
        }
        if let Some(section) = &scenario.file.campaign {
            let campaign = campaign(&calm)?;
            let drawn = campaign.singles.iter().any(|single| !single.drawn.is_empty());
            if drawn || !campaign.failures.is_empty() {
                let message = "a tuning holds objectives under faults that are named";
                let help =
                    "leave `rates`, `causes` and `magnitudes` out of the campaign of this scenario";
                let problem = Complaint::at(section.span, message).help(help);
                return Err(Problems::new(&scenario.sources, vec![problem]));
            }
            for single in campaign.singles {
                let scenario = scenario.with_faults(&[single.fault])?;
                cases.push(Case { name: Some(single.name), scenario, is_fault: true });
            }
        }
        let axes = tuning
            .knobs
            .iter()
            .map(|knob| Axis { levels: knob.values.len() as u16, is_ordered: knob.is_ordered });
        let goals = tuning.goals.iter().map(|goal| match goal {
            Goal::Cost => Wanted::Cost,
            _ => Wanted::Measured,
        });
        let mut system = Self {
            axes: axes.collect(),
            goals: goals.collect(),
            names: Vec::new(),
            constraints: Vec::new(),
            scenarios: std::iter::once(scenario).chain(others).collect(),
            cases,
            tuning,
        };
        system.constrain()?;
        Ok(system)
    }

    /// Names and bounds of all constraints.
    fn constrain(&mut self) -> Result<(), Problems> {
        let mut pooled = false;
        for index in 0..self.cases.len() {
            let case = &self.cases[index];
            let lowered = lower(&case.scenario)?;
            self.scalable(&lowered)?;
            // Faults whose worst are averaged are one case.
            let is_pooled = case.is_fault && self.tuning.cvar.is_some();
            if is_pooled && std::mem::replace(&mut pooled, true) {
                continue;
            }
            let name =
                if is_pooled { Some(String::from("the worst faults")) } else { case.name.clone() };
            for objective in &lowered.objectives {
                let constraint = Constraint::of(objective);
                if is_pooled && constraint.kind == Sampled::Chance {
                    return Err(self.averages_no_recovery());
                }
                self.constraints.push(constraint);
                self.names.push(Named {
                    case: name.clone(),
                    objective: objective.title(&lowered.names),
                    measure: objective.measure.name(),
                    limit: objective.limit,
                    unit: objective.measure.unit(),
                });
            }
        }
        Ok(())
    }

    fn averages_no_recovery(&self) -> Problems {
        let file = &self.scenarios[0].file;
        let robust = file.tune.as_ref().and_then(|section| section.robust.as_ref());
        let place = robust.and_then(|robust| robust.cvar.as_ref()).map(|share| share.span);
        let place = place.unwrap_or(self.scenarios[0].tree.span);
        let message = "the worst faults are averaged here, and a recovery is in time or it is not";
        let problem = Complaint::at(place, message)
            .help("leave `cvar` out: recovery is then held under each fault");
        Problems::new(&self.scenarios[0].sources, vec![problem])
    }

    /// A recording has no rate that a safety factor could multiply.
    fn scalable(&self, lowered: &Lowered) -> Result<(), Problems> {
        let factor = self.tuning.safety_factor;
        let recorded = lowered.plan.loads.iter().any(|load| load.scaled(factor).is_none());
        let section = self.scenarios[0].file.tune.as_ref();
        if let (Some(section), true, true) = (section, factor > 1.0, recorded)
            && let Some(place) = &section.safety_factor
        {
            let problem = Complaint::at(place.span, "a recorded load has no rate to multiply")
                .help("give it a rate, or leave the factor out");
            return Err(Problems::new(&self.scenarios[0].sources, vec![problem]));
        }
        Ok(())
    }

    /// The tuned scenario with a candidate's edits.
    ///
    /// # Errors
    /// When they cannot stand together.
    pub fn changed(&self, point: &[u16]) -> Result<Scenario, Problems> {
        self.scenarios[0].with_all(&self.tuning.edits(point))
    }

    /// A case with edits, at the load for which it is tuned.
    fn lowered(&self, case: &Case, edits: &[(&str, Node)]) -> Result<Lowered, String> {
        let scenario = case.scenario.with_all(edits);
        let lowered = scenario.and_then(|scenario| lower(&scenario));
        let mut lowered = lowered.map_err(|problems| first(&problems))?;
        lowered.plan.scale_loads(self.tuning.safety_factor);
        Ok(lowered)
    }

    /// The cases, ready to be run.
    fn candidate_of(&self, edits: &[(&str, Node)]) -> Result<Candidate, String> {
        let one = |case: &Case| {
            let lowered = self.lowered(case, edits)?;
            let simulation = Simulation::new(report::observable(&lowered));
            let simulation = simulation.map_err(|error| lowered.names.explain(&error))?;
            Ok((lowered, simulation))
        };
        Ok(Candidate { cases: self.cases.iter().map(one).collect::<Result<_, String>>()? })
    }

    /// A candidate with one knob as it was before any change.
    ///
    /// # Errors
    /// Why there can be none.
    pub fn candidate_without(&self, point: &[u16], knob: usize) -> Result<Candidate, String> {
        let address = &self.tuning.knobs[knob].address;
        let mut edits = self.tuning.edits(point);
        edits.retain(|(known, _)| known != address);
        self.candidate_of(&edits)
    }

    /// The system as it is, as a candidate.
    ///
    /// # Errors
    /// Why it cannot be run.
    pub fn as_it_is(&self) -> Result<Candidate, String> {
        self.candidate_of(&[])
    }

    /// One replication of the scenario itself, with a point's edits, for what it uses of each component;
    /// none where they cannot stand together, or work piles up without end.
    pub(super) fn pilot(
        &self,
        point: &[u16],
        stop: &AtomicBool,
    ) -> Result<Option<(Lowered, Tally)>, Stop> {
        let Ok(lowered) = self.lowered(&self.cases[0], &self.tuning.edits(point)) else {
            return Ok(None);
        };
        let simulation = Simulation::new(lowered.plan.clone());
        match simulation.and_then(|simulation| simulation.replication(0, stop)) {
            Ok(tally) => Ok(Some((lowered, tally))),
            Err(foreshadow_sim::Error::TooMany { .. }) => Ok(None),
            Err(foreshadow_sim::Error::Interrupted) => Err(interrupted()),
            Err(error) => Err(Stop(lowered.names.explain(&error))),
        }
    }

    /// The seed of all randomness.
    #[must_use]
    pub fn seed(&self) -> u64 {
        let default = foreshadow_sim::plan::Run::default().seed;
        self.scenarios[0].file.run.seed.as_ref().map_or(default, |seed| seed.0)
    }

    /// Under how many conditions objectives must hold: loads and faults.
    #[must_use]
    pub fn cases(&self) -> usize {
        self.cases.len()
    }

    /// The hash of all that decides a byte of what a search runs, in hexadecimal.
    ///
    /// # Errors
    /// Why the system cannot be run as it is.
    pub fn hash(&self) -> Result<String, String> {
        let mut print = Fingerprint::new(RULES);
        let mut add = |text: &str| print.add(text);
        for (lowered, _) in &self.as_it_is()?.cases {
            add(&format!("{:?} {:?}", lowered.plan, lowered.objectives));
        }
        let Tuning { knobs, goals, safety_factor, cvar, .. } = &self.tuning;
        for knob in knobs {
            let values: Vec<String> = knob.values.iter().map(ToString::to_string).collect();
            add(&format!("{} {values:?} {:?}", knob.address, knob.when));
        }
        add(&format!("{goals:?} {safety_factor} {cvar:?}"));
        Ok(print.text())
    }

    /// Every knob at what stands there now, or near it.
    #[must_use]
    pub fn nearest(&self) -> Point {
        let all = self.tuning.knobs.iter();
        all.map(|knob| knob.nearest.unwrap_or((knob.values.len() / 2) as u16)).collect()
    }
}

/// Makes sure that another scenario, named at `span`, can be held beside the one that is tuned.
fn fits(scenario: &Scenario, other: &Scenario, span: Span) -> Result<(), Problems> {
    let complain = |message: String, help: &str| {
        let problem = Complaint::at(span, message).help(help);
        Err(Problems::new(&scenario.sources, vec![problem]))
    };
    let name = &other.file.name;
    if other.twin.name != scenario.twin.name {
        let help = "all scenarios of a tuning are about one system";
        return complain(format!("`{name}` is about another twin, {}", other.twin.name), help);
    }
    if other.file.campaign.is_some() {
        let help =
            "put its faults into the campaign of the scenario that is tuned, or into its `faults`";
        return complain(format!("the campaign of `{name}` would not be tried here"), help);
    }
    if lower(&unchanged(other)?)?.finds_warm_up {
        let help = "each candidate needs another: give one that is long enough for all";
        return complain(format!("`{name}` finds its own warm-up"), help);
    }
    Ok(())
}

/// What is wrong, in a line.
fn first(problems: &Problems) -> String {
    problems.iter().next().map_or_else(String::new, |problem| problem.message.clone())
}

impl Problem for System {
    type Candidate = Candidate;

    fn axes(&self) -> &[Axis] {
        &self.axes
    }

    fn tidy(&self, point: &mut [u16]) {
        for knob in 0..point.len() {
            if !self.tuning.is_turned(knob, point) {
                point[knob] = self.tuning.knobs[knob].nearest.unwrap_or(0);
            }
        }
    }

    fn cost(&self, point: &[u16]) -> f64 {
        self.tuning.cost(point)
    }

    fn constraints(&self) -> &[Constraint] {
        &self.constraints
    }

    fn goals(&self) -> &[Wanted] {
        &self.goals
    }

    fn starts(&self, stop: &AtomicBool) -> Result<Vec<Point>, Stop> {
        staffing::starts(self, stop)
    }

    fn plain(&self) -> Option<Point> {
        Some(self.nearest())
    }

    fn candidate(&self, point: &[u16]) -> Result<Candidate, String> {
        self.candidate_of(&self.tuning.edits(point))
    }

    fn replicate(
        &self,
        candidate: &Candidate,
        replication: u32,
        stop: &AtomicBool,
    ) -> Result<Outcome, Stop> {
        let run = |(lowered, simulation): &(Lowered, Simulation)| match simulation
            .replication(replication, stop)
        {
            Ok(tally) => Ok(Some(report::observe(lowered, tally))),
            Err(foreshadow_sim::Error::TooMany { .. }) => Ok(None),
            Err(foreshadow_sim::Error::Interrupted) => Err(interrupted()),
            Err(error) => Err(Stop(lowered.names.explain(&error))),
        };
        let runs = candidate.cases.iter().map(run).collect::<Result<Vec<_>, Stop>>()?;
        Ok(self.outcome(candidate, &runs))
    }
}

#[cfg(test)]
mod tests;
