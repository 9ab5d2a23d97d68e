//! What is asked: limits with their units, and the exceedances that the simulator counts for them.

use std::time::Duration;

use foreshadow_sim::plan::{ComponentId, EndpointId, Limit};

use super::{Lowering, Names};
use crate::Spanned;
use crate::model::objective;
use crate::model::scalar::{Share, Time};
use crate::model::scenario::ScenarioFile;
use crate::model::twin::Twin;
use crate::problem::Problem;
use crate::source::Span;

/// One limit on one measure of one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Objective {
    /// Of what.
    pub subject: Subject,
    /// Which measure.
    pub measure: Measure,
    /// In milliseconds for times, as a share of one for the others.
    pub limit: f64,
    /// Index in the plan's limits of the exceedances that decide it; `None` for a mean, a
    /// utilization and a recovery.
    pub counted: Option<usize>,
    /// Where it is asked.
    pub span: Span,
}

impl Objective {
    /// What it is about and what it measures: `gateway.checkout p99`.
    #[must_use]
    pub fn title(&self, names: &Names) -> String {
        let subject = match self.subject {
            Subject::Endpoint(endpoint) => &names.endpoints[endpoint],
            Subject::Component(component) => &names.components[component],
        };
        format!("{subject} {}", self.measure.name())
    }

    /// The share of requests that may be over it, where it is about one.
    #[must_use]
    pub fn allowed(&self) -> Option<f64> {
        match self.measure {
            Measure::Quantile(q, _) => Some(1.0 - q),
            Measure::SuccessRate => Some(1.0 - self.limit),
            Measure::ErrorRate => Some(self.limit),
            Measure::Mean | Measure::Utilization | Measure::Recovery => None,
        }
    }
}

/// What an objective is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Users' requests to an endpoint.
    Endpoint(EndpointId),
    /// A component.
    Component(ComponentId),
}

/// What can be limited.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measure {
    /// Mean latency.
    Mean,
    /// A quantile of latency, by its number and name.
    Quantile(f64, &'static str),
    /// Share of requests that end `ok`, at least.
    SuccessRate,
    /// Share of requests that do not, at most.
    ErrorRate,
    /// Share of capacity that is busy.
    Utilization,
    /// Time from the end of the last fault until the endpoint is within its other objectives.
    Recovery,
}

impl Measure {
    /// The name in files and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Quantile(_, name) => name,
            Self::SuccessRate => "success_rate",
            Self::ErrorRate => "error_rate",
            Self::Utilization => "utilization",
            Self::Recovery => "recovery",
        }
    }

    /// The unit of its limit in reports.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Mean | Self::Quantile(..) | Self::Recovery => "ms",
            Self::SuccessRate | Self::ErrorRate | Self::Utilization => "share",
        }
    }
}

impl Lowering {
    /// Lowers the scenario's objectives, or else the twin's; `faults_known` is whether nothing is
    /// wrong with the faults.
    pub(super) fn objectives(
        &mut self,
        twin: &Twin,
        file: &ScenarioFile,
        faults_known: bool,
    ) -> Vec<Objective> {
        let entries = self.plan.entries();
        let (asked, own) = match &file.objectives {
            Some(own) => (own.as_slice(), true),
            None => (twin.objectives.as_slice(), false),
        };
        let mut lowered = Vec::new();
        for objective in asked {
            let Some(subject) = self.subject(objective) else {
                continue;
            };
            if let Subject::Endpoint(endpoint) = subject
                && !entries.contains(&endpoint)
            {
                // A default of the twin is for whichever scenario can judge it.
                if own {
                    let name = &self.names.endpoints[endpoint];
                    let message = format!("no user calls {name}, so this can never be judged");
                    let place = objective.endpoint.as_ref().map_or(objective.span, |e| e.span);
                    self.problem(
                        Problem::at(place, message)
                            .help("add it to `load:`, or name what users call"),
                    );
                }
                continue;
            }
            self.measures(objective, subject, &mut lowered);
        }
        // Where something is wrong with a fault, it may be the one to recover from.
        if faults_known {
            self.recoveries(&mut lowered, own);
        }
        lowered
    }

    /// Checks the objectives of a twin on its own.
    pub(super) fn twin_objectives(&mut self, twin: &Twin) {
        for objective in &twin.objectives {
            if let Some(subject) = self.subject(objective) {
                self.measures(objective, subject, &mut Vec::new());
            }
        }
    }

    fn subject(&mut self, objective: &Spanned<objective::Objective>) -> Option<Subject> {
        match (&objective.endpoint, &objective.component) {
            (Some(name), None) => {
                let found = self.index.endpoint(name);
                self.note(found).map(Subject::Endpoint)
            }
            (None, Some(name)) => {
                let found = self.index.component(name);
                self.note(found).map(Subject::Component)
            }
            _ => {
                let message = "expected either `endpoint` or `component` in an objective";
                self.problem(Problem::at(objective.span, message));
                None
            }
        }
    }

    fn measures(
        &mut self,
        asked: &Spanned<objective::Objective>,
        subject: Subject,
        lowered: &mut Vec<Objective>,
    ) {
        let time = |measure, time: &Option<Spanned<Time>>| {
            time.as_ref().map(|time| (measure, Some(time.value.0), 0.0, time.span))
        };
        let share = |measure, share: &Option<Spanned<Share>>| {
            share.as_ref().map(|share| (measure, None, share.value.0, share.span))
        };
        let measures = [
            time(Measure::Mean, &asked.mean),
            time(Measure::Quantile(0.5, "p50"), &asked.p50),
            time(Measure::Quantile(0.9, "p90"), &asked.p90),
            time(Measure::Quantile(0.95, "p95"), &asked.p95),
            time(Measure::Quantile(0.99, "p99"), &asked.p99),
            time(Measure::Quantile(0.999, "p999"), &asked.p999),
            share(Measure::SuccessRate, &asked.success_rate),
            share(Measure::ErrorRate, &asked.error_rate),
            share(Measure::Utilization, &asked.utilization),
            time(Measure::Recovery, &asked.recovery),
        ];
        if measures.iter().all(Option::is_none) {
            let help = "expected one of mean, p50, p90, p95, p99, p999, success_rate, error_rate, utilization, recovery";
            self.problem(Problem::at(asked.span, "this objective limits nothing").help(help));
        }
        for (measure, time, share, span) in measures.into_iter().flatten() {
            if !self.fits(measure, subject, span) || !self.can_be_held(measure, share, span) {
                continue;
            }
            let milliseconds = |time: Duration| time.as_nanos() as f64 / 1e6;
            let counted = match (subject, measure) {
                (Subject::Endpoint(endpoint), Measure::Quantile(..)) => Some((endpoint, time)),
                (Subject::Endpoint(endpoint), Measure::SuccessRate | Measure::ErrorRate) => {
                    Some((endpoint, None))
                }
                _ => None,
            };
            lowered.push(Objective {
                subject,
                measure,
                limit: time.map_or(share, milliseconds),
                counted: counted.map(|(endpoint, latency)| self.limit(Limit { endpoint, latency })),
                span,
            });
        }
    }

    /// Whether `measure` can be taken of `subject`.
    fn fits(&mut self, measure: Measure, subject: Subject, span: Span) -> bool {
        let name = measure.name();
        let problem = match (subject, measure) {
            (Subject::Endpoint(_), Measure::Utilization) => {
                Problem::at(span, "only a component has a utilization")
                    .help("write `{component: NAME, utilization: …}`")
            }
            (Subject::Component(id), Measure::Utilization) => {
                let lowered = &self.plan.components[id];
                if lowered.concurrency.is_some() || lowered.cpu.is_some() {
                    return true;
                }
                let component = &self.names.components[id];
                let message =
                    format!("{component} has no utilization: its concurrency is unlimited");
                Problem::at(span, message)
                    .help("set its `concurrency` or `cpu`, or ask something else")
            }
            (Subject::Component(_), _) => {
                Problem::at(span, format!("only an endpoint has a {name}"))
                    .help(format!("write `{{endpoint: COMPONENT.ENDPOINT, {name}: …}}`"))
            }
            (Subject::Endpoint(_), _) => return true,
        };
        self.problem(problem);
        false
    }

    /// Whether runs could ever show that a share is within its limit: never that all is well.
    fn can_be_held(&mut self, measure: Measure, share: f64, span: Span) -> bool {
        let (message, help) = match measure {
            Measure::SuccessRate if share >= 1.0 => {
                ("no number of runs can prove that 100 % succeed", "ask for less, such as `99.99%`")
            }
            Measure::ErrorRate if share <= 0.0 => {
                ("no number of runs can prove that nothing fails", "allow some, such as `0.01%`")
            }
            _ => return true,
        };
        self.problem(Problem::at(span, message).help(help));
        false
    }

    /// The index of a limit, the same for equal ones.
    fn limit(&mut self, limit: Limit) -> usize {
        let limits = &mut self.plan.limits;
        limits.iter().position(|known| *known == limit).unwrap_or_else(|| {
            limits.push(limit);
            limits.len() - 1
        })
    }
}
