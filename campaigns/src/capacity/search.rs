//! The search for a bracket.

use std::sync::atomic::Ordering;

use foreshadow_scenarios::lower::{Lowered, Subject};
use foreshadow_scenarios::report::{self, Bottleneck, Evidence, Observed};
use foreshadow_sim::stats::Decision;
use foreshadow_sim::{Simulation, Tally};

use super::Settings;
use crate::error::Error;

/// Chance that any end of a bracket is on the wrong side.
const ERROR: f64 = 0.05;
/// Multiples that are judged at most; the error is split over them.
const LOOKS: u32 = 40;
/// Doublings of the load until one does not hold: a system of a rehearsal bears no 32 times its load.
pub(super) const DOUBLINGS: u32 = 5;
/// Halvings of the load until one holds.
const HALVINGS: u32 = 10;
/// Replications of a multiple at most, as a multiple of the scenario's: more tell too little.
const PATIENCE: u32 = 4;

/// Where the capacity lies, in multiples of the load.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bracket {
    /// The best single value, where both ends are known.
    pub(super) value: Option<f64>,
    /// The largest shown to hold.
    pub(super) holds: Option<f64>,
    /// The smallest shown not to.
    pub(super) misses: Option<f64>,
}

/// What a search came to.
pub(super) struct Trial {
    pub(super) bracket: Bracket,
    pub(super) missed: Vec<String>,
    pub(super) bottleneck: Option<Bottleneck>,
    pub(super) replications: u64,
}

/// One multiple, judged.
struct Judged {
    decision: Decision,
    /// How far the worst objective is from its limit: below 0 it holds; in parts of the limit.
    excess: f64,
    missed: Vec<String>,
    bottleneck: Option<Bottleneck>,
}

struct Search<'a> {
    lowered: &'a Lowered,
    name: &'a str,
    settings: &'a Settings<'a>,
    replications: u64,
    /// Multiples that were judged.
    looks: u32,
    /// Multiples that were not decided, with their excess.
    open: Vec<(f64, f64)>,
    above: Option<Judged>,
}

/// Looks for the capacity of a plan, from a multiple on and up to so many times its double.
pub(super) fn search(
    lowered: &Lowered,
    name: &str,
    (from, doublings): (f64, u32),
    settings: &Settings<'_>,
) -> Result<Trial, Error> {
    let mut search = Search {
        lowered,
        name,
        settings,
        replications: 0,
        looks: 0,
        open: Vec::new(),
        above: None,
    };
    let bracket = search.bracket(from, doublings)?;
    let (missed, bottleneck) =
        search.above.map_or_else(Default::default, |above| (above.missed, above.bottleneck));
    Ok(Trial { bracket, missed, bottleneck, replications: search.replications })
}

impl Search<'_> {
    fn bracket(&mut self, from: f64, doublings: u32) -> Result<Bracket, Error> {
        let (mut holds, mut misses) = (None, None);
        let (mut at, mut up, mut down) = (from, 0, 0);
        while up <= doublings && down <= HALVINGS {
            match self.judge(at)? {
                Decision::Missed => misses = Some(at),
                Decision::Held => holds = Some(at),
                // What is not decided lies near the boundary: both sides are looked for further out.
                Decision::Undecided => {}
            }
            if holds.is_some() && misses.is_some() {
                break;
            }
            if misses.is_some() {
                (at, down) = (at / 2.0, down + 1);
            } else {
                (at, up) = (at * 2.0, up + 1);
            }
        }
        let (Some(mut low), Some(mut high)) = (holds, misses) else {
            return Ok(Bracket { value: None, holds, misses });
        };
        // From below and from above, each end goes as near to the other as can be told.
        let narrow = 1.0 + self.settings.precision;
        let (mut up, mut down) = (high, low);
        while up / low > narrow && self.looks < LOOKS {
            let middle = (low * up).sqrt();
            match self.judge(middle)? {
                Decision::Held => {
                    low = middle;
                    down = down.max(middle);
                }
                Decision::Missed => {
                    high = high.min(middle);
                    up = middle;
                }
                Decision::Undecided => up = middle,
            }
        }
        down = down.max(self.open.iter().map(|open| open.0).fold(low, f64::max)).min(high);
        while high / down > narrow && self.looks < LOOKS {
            let middle = (down * high).sqrt();
            match self.judge(middle)? {
                Decision::Missed => high = middle,
                Decision::Held => (low, down) = (low.max(middle), middle),
                Decision::Undecided => down = middle,
            }
        }
        let value = self.value(low, high);
        Ok(Bracket { value: Some(value), holds: Some(low), misses: Some(high) })
    }

    /// The best guess between two ends: where the excess of what was not decided crosses 0.
    fn value(&self, low: f64, high: f64) -> f64 {
        let middle = (low * high).sqrt();
        let inside = |open: &&(f64, f64)| low < open.0 && open.0 < high;
        let nearest =
            self.open.iter().filter(inside).min_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
        nearest.map_or(middle, |open| open.0)
    }

    /// Judges a multiple of the load.
    fn judge(&mut self, at: f64) -> Result<Decision, Error> {
        if self.settings.stop.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
        self.looks += 1;
        (self.settings.progress)(&format!("{}: {at:.3} × load", self.name));
        let judged = self.run(at)?;
        let decision = judged.decision;
        match decision {
            Decision::Missed => self.above = Some(judged),
            Decision::Undecided => self.open.push((at, judged.excess)),
            Decision::Held => {}
        }
        Ok(decision)
    }

    fn run(&mut self, at: f64) -> Result<Judged, Error> {
        let mut lowered = self.lowered.clone();
        lowered.plan.scale_loads(at);
        let trouble = |error| crate::error::trouble(&lowered.names, self.name, &error);
        let simulation = Simulation::new(report::observable(&lowered)).map_err(trouble)?;
        let most = PATIENCE * lowered.replications;
        let (mut tallies, mut observed): (Vec<Tally>, Vec<Observed>) = (Vec::new(), Vec::new());
        let mut wanted = lowered.replications.max(2);
        loop {
            let done = tallies.len() as u32;
            let observe = |tally| report::observe(&lowered, tally);
            let runs =
                simulation.replications_as(done..wanted, self.settings.stop, &|| {}, observe);
            let runs = match runs {
                // Work piles up faster than it is done.
                Err(foreshadow_sim::Error::TooMany { component, .. }) => {
                    return Ok(piled_up(&lowered, component));
                }
                runs => runs.map_err(trouble)?,
            };
            self.replications += runs.len() as u64;
            for (tally, seen) in runs {
                tallies.push(tally);
                observed.push(seen);
            }
            if self.settings.stop.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            let evidence = Evidence {
                lowered: &lowered,
                tallies: &tallies,
                observed: &observed,
                unsettled: &[],
            };
            let decisions = report::decisions(evidence, ERROR / f64::from(LOOKS));
            let any = |decision| decisions.contains(&decision);
            let decision = match (any(Decision::Missed), any(Decision::Undecided)) {
                (true, _) => Decision::Missed,
                (false, true) => Decision::Undecided,
                (false, false) => Decision::Held,
            };
            if decision != Decision::Undecided || wanted >= most {
                let missed = decisions.iter().zip(&lowered.objectives);
                let missed = missed.filter(|(decision, _)| **decision == Decision::Missed);
                return Ok(Judged {
                    decision,
                    excess: excess(&lowered, &tallies),
                    missed: missed.map(|(_, objective)| objective.title(&lowered.names)).collect(),
                    bottleneck: report::bottleneck(&lowered, &tallies),
                });
            }
            wanted = most.min(wanted + wanted.div_ceil(2));
        }
    }
}

/// What holds no load at all: more work than any memory has room for.
fn piled_up(lowered: &Lowered, component: usize) -> Judged {
    let name = &lowered.names.components[component];
    Judged {
        decision: Decision::Missed,
        excess: f64::INFINITY,
        missed: vec![format!("work piles up at {name} without end")],
        bottleneck: None,
    }
}

/// By how much the objective that is nearest to its limit, or farthest beyond, exceeds it.
fn excess(lowered: &Lowered, tallies: &[Tally]) -> f64 {
    let over = lowered.objectives.iter().filter_map(|objective| {
        let (Subject::Endpoint(endpoint), Some(limit)) = (objective.subject, objective.counted)
        else {
            return None;
        };
        let over: u64 = tallies.iter().map(|tally| tally.over_limit[limit]).sum();
        let all: u64 = tallies.iter().map(|tally| tally.users[endpoint].offered).sum();
        let allowed = objective.allowed()?;
        Some((over as f64 / all.max(1) as f64 - allowed) / allowed)
    });
    over.fold(f64::NEG_INFINITY, f64::max)
}
