//! What a campaign tries: its faults, one by one, at everything that their patterns name.

mod dimension;
mod expand;
mod profile;
mod rates;
mod same;

use std::time::Duration;

use crate::lower::lower;
use crate::model::campaign::Campaign as Section;
use crate::node::{Key, Node, Value};
use crate::problem::{Problem, Problems};
use crate::scenario::Scenario;
use crate::source::Span;
use crate::units;

pub use dimension::Dimension;
pub use rates::Failure;

/// One fault to try.
#[derive(Debug, Clone, PartialEq)]
pub struct Single {
    /// What it is called: `slow at payment`.
    pub name: String,
    /// Its kind, as in files.
    pub kind: String,
    /// The address of what it hits; the kinds that change a plan or all loads have none.
    pub at: Option<String>,
    /// The fault as it could stand in a file.
    pub fault: Node,
    /// What ends it where it really happens.
    pub undone: &'static str,
    /// What of its magnitude is drawn anew for each trial.
    pub drawn: Vec<Dimension>,
    /// What of its magnitude may be changed to find where it breaks the system, between two ends.
    pub breaking: Option<Dimension>,
}

/// A campaign with all defaults in place.
#[derive(Debug, Clone, PartialEq)]
pub struct Campaign {
    /// What is tried, one at a time, in the order of the file.
    pub singles: Vec<Single>,
    /// How many of them are tried together, in every combination.
    pub exhaustive: u32,
    /// What fails how often.
    pub failures: Vec<Failure>,
    /// How many failures may be in force at once.
    pub up_to: u32,
    /// When faults start.
    pub start: Duration,
    /// How long faults last.
    pub duration: Duration,
    /// Pairs of runs of each fault, at least.
    pub replications: u32,
    /// Pairs of runs of each fault, at most.
    pub max_replications: u32,
    /// Half-width of an interval of a blast radius, as a part of it.
    pub precision: Option<f64>,
    /// The largest share of requests that a fault may harm, where that is judged.
    pub severity_threshold: Option<f64>,
    /// Patterns that could hit nothing here, faults that were named before, and why.
    pub left_out: Vec<String>,
}

/// Replications of one fault at most, where a precision is asked for, as a multiple of the least.
const MOST: u32 = 20;
/// Most single faults of one campaign.
const MOST_SINGLES: usize = 10_000;

/// What the campaign of a scenario tries; without a section, the crash of every component.
///
/// # Errors
/// Everything wrong with the campaign: a fault that can hit nothing, a rate of nothing.
pub fn campaign(scenario: &Scenario) -> Result<Campaign, Problems> {
    // The scenario itself must be sound before anything is added to it.
    let lowered = lower(scenario)?;
    let default = Section::default();
    let section = scenario.file.campaign.as_ref();
    let (section, span) = section.map_or((&default, Span::default()), |s| (&s.value, s.span));
    let horizon = lowered.plan.run.horizon;
    let time = |time: &Option<crate::Spanned<crate::model::scalar::Time>>, otherwise| {
        time.as_ref().map_or(otherwise, |time| time.value.0)
    };
    let replications = section.replications.as_ref().map_or(lowered.replications, |n| n.value.0);
    let most = section.max_replications.as_ref().map(|n| n.value.0);
    let mut campaign = Campaign {
        singles: Vec::new(),
        exhaustive: section.exhaustive.as_ref().map_or(1, |n| n.value.0),
        failures: Vec::new(),
        up_to: section.up_to.as_ref().map_or(1, |n| n.value.0),
        start: time(&section.start, horizon / 10),
        duration: time(&section.duration, horizon * 3 / 20),
        replications,
        max_replications: most.unwrap_or(replications.saturating_mul(MOST)),
        precision: section.precision.as_ref().map(|share| share.value.0),
        severity_threshold: threshold(scenario, section),
        left_out: Vec::new(),
    };
    let mut problems = checks(section, &campaign, span);
    let duration = profile::lasts(scenario, campaign.duration);
    let course = Course { start: campaign.start, duration };
    let mut nothing = Vec::new();
    for node in named(scenario, section, &mut problems) {
        match expand::singles(scenario, &lowered, &node, &course) {
            Ok(singles) => campaign.singles.extend(singles),
            // A library's campaign is for any system: what this one lacks is left out.
            Err(expand::Wrong::Nothing(problem)) => nothing.push(problem),
            Err(expand::Wrong::Bad(problem)) => problems.push(problem),
        }
    }
    let left_out = nothing.iter().map(|problem| problem.message.clone());
    campaign.left_out = left_out.collect();
    if scenario.file.resource_failure_modes.is_some() && !profile::is_enabled(scenario) {
        let why = "resource_failure_modes: failure_injection_profile is not enabled";
        campaign.left_out.push(why.to_owned());
    }
    if campaign.singles.is_empty() && section.rates.is_empty() {
        problems.append(&mut nothing);
    }
    campaign.left_out.extend(same::drop_equal(&mut campaign.singles));
    same::name_apart(&mut campaign.singles);
    problems.extend(dimension::attach(section, &mut campaign.singles, scenario));
    match rates::failures(scenario, &lowered, section, &course) {
        Ok(failures) => campaign.failures = failures,
        Err(wrong) => problems.extend(wrong),
    }
    problems.extend(profile::frequency(scenario, &mut campaign).err());
    if let Some(up_to) = section.up_to.as_ref().filter(|_| campaign.failures.is_empty()) {
        problems.push(
            Problem::at(up_to.span, "nothing has a rate of failure that could be drawn")
                .help("add `rates:`, or remove `up_to`"),
        );
    }
    if campaign.singles.len() > MOST_SINGLES {
        let message = format!("{} faults are more than one campaign tries", campaign.singles.len());
        problems.push(Problem::at(span, message).help("name fewer things in `at`"));
    }
    if problems.is_empty() { Ok(campaign) } else { Err(Problems::new(&scenario.sources, problems)) }
}

/// The faults that are named, as in files; where nothing is, the crash of each component.
fn named(scenario: &Scenario, section: &Section, problems: &mut Vec<Problem>) -> Vec<Node> {
    let nodes = scenario.tree.get("campaign").and_then(|section| section.get("faults"));
    let mut nodes = nodes.map_or(&[][..], Node::items).to_vec();
    match profile::faults(scenario) {
        Ok(faults) => nodes.extend(faults),
        Err(wrong) => {
            problems.extend(wrong);
            return nodes;
        }
    }
    if nodes.is_empty() && section.rates.is_empty() {
        nodes.push(expand::every_crash());
    }
    nodes
}

/// The largest share of requests that a fault may harm.
fn threshold(scenario: &Scenario, section: &Section) -> Option<f64> {
    let profile = scenario.file.failure_injection_profile.as_ref();
    let profile = profile.and_then(|profile| profile.severity_threshold.as_ref());
    section.severity_threshold.as_ref().or(profile).map(|harm| harm.value.0)
}

/// When faults happen that do not say so.
struct Course {
    start: Duration,
    /// `None` for those that stay to the end.
    duration: Option<Duration>,
}

impl Course {
    /// The fault `node`, `{kind: {…}}`, with a time to start and to last.
    fn complete(&self, node: &Node) -> Node {
        let mut node = node.clone();
        let Value::Map(entries) = &mut node.value else { return node };
        let Some((kind, body)) = entries.first_mut() else { return node };
        let is_drawn = body.get("up").is_some() || body.get("down").is_some();
        let mut add = |name: &str, time: Duration| {
            let key = Key { span: kind.span, name: name.to_owned() };
            body.get_or_insert(key, Value::Str(units::show(time)));
        };
        if !is_drawn {
            add("start", self.start);
        }
        if let Some(duration) = self.duration.filter(|_| kind.name != "cache_flush") {
            add("duration", duration);
        }
        node
    }
}

/// What is wrong with the numbers of a campaign.
fn checks(section: &Section, campaign: &Campaign, span: Span) -> Vec<Problem> {
    let mut problems = Vec::new();
    let place = |place: Option<Span>| place.unwrap_or(span);
    if !(1..=2).contains(&campaign.exhaustive) {
        let at = place(section.exhaustive.as_ref().map(|n| n.span));
        problems.push(
            Problem::at(at, "expected 1, every single fault, or 2, every pair as well")
                .help("more at once are drawn: give `rates` and `up_to`"),
        );
    }
    let counts = [&section.replications, &section.max_replications, &section.up_to];
    for count in counts.into_iter().flatten().filter(|count| count.value.0 == 0) {
        problems.push(Problem::at(count.span, "expected at least 1"));
    }
    if campaign.max_replications < campaign.replications {
        let at = place(section.max_replications.as_ref().map(|n| n.span));
        problems.push(Problem::at(at, "expected at least `replications`"));
    }
    if campaign.precision.is_some_and(|precision| precision <= 0.0) {
        let at = place(section.precision.as_ref().map(|n| n.span));
        problems.push(Problem::at(at, "expected a share above 0"));
    }
    if campaign.duration.is_zero() {
        let at = place(section.duration.as_ref().map(|n| n.span));
        problems.push(Problem::at(at, "expected a duration above 0"));
    }
    problems
}
