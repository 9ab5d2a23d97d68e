//! Rows merged: what answers need of each trial, a hundred bytes or so, in no order.

use foreshadow_sim::stats::Estimate;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;

use crate::error::Error;
use crate::estimate::{Rule, Sample};
use crate::record::{DIGITS, Row};
use crate::spec::Spec;

/// Confidence of every interval.
pub(crate) const CONFIDENCE: f64 = 0.95;

/// What is kept of one trial.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trial {
    /// Number of the pair of runs.
    pub replication: u32,
    /// Requests, and those harmed.
    pub due: u64,
    /// Those harmed.
    pub harmed: u64,
    /// Requests while faults were in force, and those harmed.
    pub during: (u64, u64),
    /// How long faults were in force \[s\].
    pub force_s: f64,
    /// Worth of what was due until recovery.
    pub worth_due: f64,
    /// Worth of what was due while faults were in force.
    pub worth_during: f64,
    /// Worth lost of what was due while faults were in force, and after.
    pub lost: [f64; 2],
    /// Probability of what was drawn over that with which it was drawn.
    pub weight: f64,
    /// \[s\]
    pub detected_s: Option<f64>,
    /// \[s\]
    pub recovered_s: Option<f64>,
    /// Whether it was left so; `None` where it cannot be told.
    pub metastable: Option<bool>,
    /// Per endpoint that users call: requests, and those harmed.
    pub counts: Box<[(u32, u32)]>,
    /// Whether the run was given up as work piled up in it.
    pub is_given_up: bool,
    /// Objectives missed, by index, rising.
    pub missed: Box<[u32]>,
}

impl Trial {
    /// Whether it missed an objective.
    #[must_use]
    pub fn has_missed(&self, objective: usize) -> bool {
        self.missed.binary_search(&(objective as u32)).is_ok()
    }

    /// Share of the worth due until recovery that was lost; `None` where none was due.
    #[must_use]
    pub fn worth_share(&self) -> Option<f64> {
        (self.worth_due > 0.0).then(|| (self.lost[0] + self.lost[1]) / self.worth_due)
    }
}

/// What is known of one case.
#[derive(Debug, Default)]
pub struct CaseTrials {
    /// In the order of their replications once settled.
    pub trials: Vec<Trial>,
    /// Per component: trials in which it was degraded, by their weights.
    pub degraded: Vec<f64>,
    /// Whether trials differ in more than their requests.
    pub varies: bool,
    /// Latencies of what ended ok \[µs\].
    pub latency: Option<Histogram<u64>>,
    /// Faults of the first trial, as they can stand in a file.
    pub faults: String,
    /// Events of all its runs with faults.
    pub events: u64,
    /// Requests that counted, and those harmed, over all trials.
    pub(crate) sums: (u64, u64),
}

/// What is known of all cases.
#[derive(Debug)]
pub struct Merged {
    /// By index of the case.
    pub cases: Vec<CaseTrials>,
    /// How intervals are made.
    pub rule: Rule,
}

impl Merged {
    /// Nothing known yet.
    #[must_use]
    pub fn new(spec: &Spec) -> Self {
        let components = spec.lowered.plan.components.len();
        let none = |case| CaseTrials {
            degraded: vec![0.0; components],
            varies: spec.varies(case),
            ..CaseTrials::default()
        };
        Self {
            cases: (0..spec.cases.len()).map(none).collect(),
            rule: Rule::new(spec.campaign.precision.is_some()),
        }
    }

    /// Adds a trial.
    ///
    /// # Errors
    /// [`Error::Record`] for a row of another campaign, or one whose histogram cannot be read.
    pub fn add(&mut self, row: Row) -> Result<(), Error> {
        let wrong = |error: &dyn std::fmt::Display| Error::Record(error.to_string());
        let known = self.cases.len();
        let Some(case) = self.cases.get_mut(row.case as usize) else {
            return Err(Error::Record(format!("case {} of {known}", row.case)));
        };
        let measured = row.measured;
        let few = |count: u64| u32::try_from(count).map_err(|error| wrong(&error));
        let pair = |(&due, &harmed): (&u64, &u64)| Ok::<_, Error>((few(due)?, few(harmed)?));
        let counts: Result<_, Error> =
            measured.due.iter().zip(&measured.harmed).map(pair).collect();
        if case.faults.is_empty() || row.replication == 0 {
            case.faults = row.faults;
        }
        for component in measured.degraded {
            match case.degraded.get_mut(component as usize) {
                Some(count) => *count += row.weight,
                None => return Err(Error::Record(format!("component {component} is not known"))),
            }
        }
        let mut bytes = row.latency.as_slice();
        let histogram: Histogram<u64> =
            Deserializer::new().deserialize(&mut bytes).map_err(|error| wrong(&error))?;
        // One that was read back has an end; a new one grows.
        let mut all = match case.latency.take() {
            Some(all) => all,
            None => Histogram::new(DIGITS).map_err(|error| wrong(&error))?,
        };
        all.add(histogram).map_err(|error| wrong(&error))?;
        case.latency = Some(all);
        case.events += measured.events;
        let sum = |counts: &[u64]| counts.iter().sum::<u64>();
        let (due, harmed) = (sum(&measured.due), sum(&measured.harmed));
        case.sums = (case.sums.0 + due, case.sums.1 + harmed);
        case.trials.push(Trial {
            replication: row.replication,
            due,
            harmed,
            during: (measured.due_during, measured.harmed_during),
            force_s: measured.force_s,
            worth_due: measured.worth_due,
            worth_during: measured.worth_due_during,
            lost: [measured.worth_lost - measured.worth_lost_after, measured.worth_lost_after],
            weight: row.weight,
            detected_s: measured.detected_s,
            recovered_s: measured.recovered_s,
            metastable: measured.metastable,
            counts: counts?,
            is_given_up: measured.events == 0,
            missed: measured.missed.into(),
        });
        Ok(())
    }

    /// Puts trials in order, whatever the order in which they came.
    pub fn settle(&mut self) {
        for case in &mut self.cases {
            case.trials.sort_by_key(|trial| trial.replication);
        }
    }

    /// The share harmed by a case, and how far away the further end of its interval is.
    #[must_use]
    pub fn blast(&self, case: usize) -> Option<(f64, f64)> {
        match self.cases[case].share(self.rule) {
            Estimate::Known { value, interval: Some((low, high)) } => {
                Some((value, (high - value).max(value - low)))
            }
            _ => None,
        }
    }

    /// The worst by now, in a few words.
    #[must_use]
    pub fn answer(&self, spec: &Spec) -> String {
        let share = |case: &CaseTrials| {
            let (due, harmed) = case.sums;
            (due > 0).then(|| harmed as f64 / due as f64)
        };
        let shares = self.cases.iter().enumerate();
        let known = shares.filter_map(|(index, case)| Some((share(case)?, index)));
        let worst = known.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        worst.map_or_else(String::new, |(share, index)| {
            format!("{} harms {:.0} %", spec.cases[index].name, share * 100.0)
        })
    }
}

impl CaseTrials {
    /// The share of requests harmed, over paired runs.
    #[must_use]
    pub fn share(&self, rule: Rule) -> Estimate {
        self.proportion(rule, |trial| (trial.due, trial.harmed))
    }

    /// The mean share of what `of` counts, as (all, some), over trials that have any.
    #[must_use]
    pub fn proportion(&self, rule: Rule, of: impl Fn(&Trial) -> (u64, u64)) -> Estimate {
        let mut all = 0;
        let mut shares = Vec::with_capacity(self.trials.len());
        for trial in &self.trials {
            let (due, some) = of(trial);
            all += due;
            if due > 0 {
                shares.push((some as f64 / due as f64, trial.weight));
            }
        }
        rule.proportion(&shares, if self.varies { Sample::Trials } else { Sample::Requests(all) })
    }

    /// What is independent while faults are in force.
    #[must_use]
    pub fn sample(&self) -> Sample {
        let requests = self.trials.iter().map(|trial| trial.during.0).sum();
        if self.varies { Sample::Trials } else { Sample::Requests(requests) }
    }
}
