//! From the counts of replications to a report.

use foreshadow_sim::Tally;
use foreshadow_sim::histogram::Summary;
use foreshadow_sim::plan::{ComponentId, EndpointId, Load, Outcome};
use foreshadow_sim::stats::{self, Decision, Estimate, Reason};

use super::steady::{State, Steadiness, unless};
use super::{
    CONFIDENCE, ComponentReport, EdgeReport, EndpointReport, Latency, Number, Observed,
    OperationReport, Report, Undecided, Verdict, Wait, WarmUp, saturation, timeline,
};
use crate::lower::Lowered;

pub(super) const MS: f64 = 1e-6;

/// All that a report is made of.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// What was simulated, and what is asked.
    pub lowered: &'a Lowered,
    /// What each replication counted, in bins of the reported width; at least one.
    pub tallies: &'a [Tally],
    /// What else was seen of each.
    pub observed: &'a [Observed],
    /// Components that did not settle while a warm-up was looked for.
    pub unsettled: &'a [ComponentId],
}

/// What a report says beside what was counted.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// The scenario's name.
    pub scenario: String,
    /// The command that repeats it.
    pub repeat: String,
    /// What the reader should know.
    pub warnings: Vec<String>,
    /// How the warm-up was found, where it was.
    pub warm_up: Option<WarmUp>,
}

/// Builds the report of a scenario from its replications, at least one.
#[must_use]
pub fn build(evidence: Evidence<'_>, context: Context) -> Report {
    let Evidence { lowered, tallies, .. } = evidence;
    let builder = Builder::of(evidence);
    let (objectives, reason) = builder.objectives();
    let verdict = objectives.iter().map(|objective| objective.verdict).max();
    let names = &lowered.names;
    let entries = lowered.plan.entries();
    let endpoint = |&e: &EndpointId| (names.endpoints[e].clone(), builder.endpoint(e));
    let operations = (0..names.endpoints.len())
        .filter(|&e| tallies.iter().any(|tally| tally.services[e].completed > 0))
        .map(|e| (names.endpoints[e].clone(), builder.operation(e)));
    let edges = (0..names.edges.len())
        .filter(|&e| tallies.iter().any(|tally| tally.edges[e].calls > 0))
        .map(|e| (names.edges[e].clone(), builder.edge(e)));
    Report {
        foreshadow: super::wire::VERSION,
        version: env!("CARGO_PKG_VERSION"),
        scenario: context.scenario,
        seed: lowered.plan.run.seed,
        replications: tallies.len(),
        warm_up_s: lowered.plan.run.warm_up.as_secs_f64(),
        warm_up: context.warm_up,
        horizon_s: builder.window_s,
        verdict,
        reason: reason.filter(|_| verdict == Some(Verdict::Undecided)),
        repeat: context.repeat,
        warnings: context.warnings,
        bottleneck: saturation::bottleneck(lowered, tallies),
        objectives,
        assumptions: Vec::new(),
        uncertainty: None,
        endpoints: entries.iter().map(endpoint).collect(),
        components: (0..names.components.len())
            .map(|c| (names.components[c].clone(), builder.component(c)))
            .collect(),
        operations: operations.collect(),
        edges: edges.collect(),
        comparisons: Vec::new(),
        faults: timeline::faults(lowered),
        timeline: timeline::bins(evidence, &entries),
    }
}

/// Chance that any verdict of a scenario is wrong, split over its objectives.
const ERROR: f64 = 0.05;

/// How the objectives of a scenario went so far, without the rest of the report: the verdict, if
/// anything is asked, and whether more replications could tell more.
#[must_use]
pub fn verdict(evidence: Evidence<'_>) -> (Option<Verdict>, bool) {
    let builder = Builder::of(evidence);
    let indices = || 0..evidence.lowered.objectives.len();
    let open = indices().any(|index| builder.decide(index) == Decision::Undecided);
    (indices().map(|index| builder.judge(index).0).max(), open)
}

/// How each objective went so far, where the chance that any of these is wrong is `error`.
///
/// What has no steady state is not held, whatever it shows so far.
#[must_use]
pub fn decisions(evidence: Evidence<'_>, error: f64) -> Vec<Decision> {
    let builder = Builder { error, ..Builder::of(evidence) };
    let decide = |index| match builder.judge(index) {
        (Verdict::Held, _) => Decision::Held,
        (Verdict::Missed, _) | (_, Some(Undecided::Unstable)) => Decision::Missed,
        (Verdict::Undecided, _) => Decision::Undecided,
    };
    (0..evidence.lowered.objectives.len()).map(decide).collect()
}

pub(super) struct Builder<'a> {
    pub(super) lowered: &'a Lowered,
    pub(super) tallies: &'a [Tally],
    pub(super) observed: &'a [Observed],
    pub(super) steadiness: Steadiness,
    /// Chance that any verdict is wrong.
    pub(super) error: f64,
    /// Length of the window \[s\].
    window_s: f64,
}

impl<'a> Builder<'a> {
    fn of(evidence: Evidence<'a>) -> Self {
        let Evidence { lowered, tallies, observed, .. } = evidence;
        Self {
            lowered,
            tallies,
            observed,
            error: ERROR,
            steadiness: Steadiness::of(evidence),
            window_s: lowered.plan.run.horizon.as_secs_f64(),
        }
    }

    /// Mean over replications of a number each; those without one are left out.
    fn mean(&self, of: impl Fn(&Tally) -> Option<f64>) -> Number {
        let values: Vec<f64> = self.tallies.iter().filter_map(of).collect();
        stats::mean(&values, CONFIDENCE).into()
    }

    /// The same of shares, whose interval stays in [0, 1].
    fn share(&self, of: impl Fn(&Tally) -> Option<f64>) -> Number {
        in_unit_interval(true, &self.tallies.iter().filter_map(of).collect::<Vec<_>>())
    }

    fn rate(&self, of: impl Fn(&Tally) -> u64) -> Number {
        self.mean(|tally| Some(of(tally) as f64 / self.window_s))
    }

    fn quantile(&self, of: impl Fn(&Tally) -> &Summary, q: f64) -> Number {
        let summaries: Vec<&Summary> = self.tallies.iter().map(of).collect();
        stats::quantile(&summaries, q, CONFIDENCE).scale(MS).into()
    }

    fn latency(&self, endpoint: EndpointId, of: impl Fn(&Tally) -> &Summary + Copy) -> Latency {
        let reason = self.steadiness.of_endpoint(endpoint);
        let quantile = |q: f64| unless(reason, || self.quantile(of, q));
        Latency {
            mean: unless(reason, || self.mean(|tally| of(tally).mean().map(|mean| mean * MS))),
            p50: quantile(0.5),
            p90: quantile(0.9),
            p95: quantile(0.95),
            p99: quantile(0.99),
            p999: quantile(0.999),
        }
    }

    pub(super) fn endpoint(&self, endpoint: EndpointId) -> EndpointReport {
        let share = |outcome: Outcome| {
            self.share(|tally| {
                let users = &tally.users[endpoint];
                share(users.outcomes[outcome as usize], users.offered)
            })
        };
        let worth = self.lowered.plan.loads.iter().zip(&self.lowered.worth).find_map(
            |(load, (amount, unit))| match load {
                Load::Open { endpoint: e, .. } if *e == endpoint => Some((*amount, unit.clone())),
                _ => None,
            },
        );
        let goodput = |tally: &Tally| tally.users[endpoint].goodput;
        EndpointReport {
            offered_per_s: self.rate(|tally| tally.users[endpoint].offered),
            goodput_per_s: self.rate(goodput),
            latency_ms: self.latency(endpoint, |tally| &tally.users[endpoint].latency),
            success_rate: share(Outcome::Ok),
            outcomes: Outcome::ALL
                .iter()
                .map(|&outcome| (outcome.name().to_owned(), share(outcome)))
                .collect(),
            worth_per_s: worth.as_ref().map(|&(amount, _)| {
                self.mean(|tally| Some(goodput(tally) as f64 * amount / self.window_s))
            }),
            worth_unit: worth.and_then(|(_, unit)| unit),
        }
    }

    fn operation(&self, endpoint: EndpointId) -> OperationReport {
        OperationReport {
            throughput_per_s: self.rate(|tally| tally.services[endpoint].completed),
            sojourn_ms: self.latency(endpoint, |tally| &tally.services[endpoint].sojourn),
        }
    }

    fn component(&self, component: ComponentId) -> ComponentReport {
        let state = self.steadiness.components[component];
        // Where there are slots for all, nobody waits.
        let limited = self.lowered.plan.components[component].concurrency;
        let steady = |of: &dyn Fn() -> Number| unless(limited.and_then(|_| state.reason()), of);
        let window_ns = self.window_s * 1e9;
        let average = |area: u128| Some(area as f64 / window_ns);
        let lowered = &self.lowered.plan.components[component];
        let unlimited = || Number::from(Estimate::Unknown(Reason::Unlimited));
        let slot_occupancy = lowered.concurrency.map_or_else(unlimited, |_| {
            self.share(|tally| tally.components[component].slot_occupancy())
        });
        let utilization = lowered.cpu.map_or(slot_occupancy, |_| {
            self.share(|tally| tally.components[component].utilization())
        });
        let wait = |tally: &Tally| tally.components[component].wait.mean().map(|wait| wait * MS);
        let waits =
            |q: f64| steady(&|| self.quantile(|tally| &tally.components[component].wait, q));
        let because_of = self.steadiness.because_of(self.lowered, component);
        ComponentReport {
            unstable: self.lowered.steady.then(|| state != State::Steady),
            growth_per_s: match state {
                State::Grows(rate) => Some(rate.into()),
                State::Steady | State::Unsettled => None,
            },
            unstable_because_of: because_of
                .filter(|_| state != State::Steady)
                .map(|cause| self.lowered.names.components[cause].clone()),
            utilization,
            slot_occupancy,
            arrivals_per_s: self.rate(|tally| tally.components[component].arrivals),
            throughput_per_s: self.rate(|tally| tally.components[component].completed),
            in_system: unless(state.reason(), || {
                self.mean(|tally| average(tally.components[component].in_system))
            }),
            waiting: steady(&|| self.mean(|tally| average(tally.components[component].waiting))),
            wait_ms: Wait {
                mean: steady(&|| self.mean(wait)),
                p50: waits(0.5),
                p95: waits(0.95),
                p99: waits(0.99),
            },
            rejected_share: self.share(|tally| {
                let c = &tally.components[component];
                share(c.rejected, c.arrivals)
            }),
            cache_hit_share: self.cache_hit_share(component),
            replicas: self.mean(|tally| average(tally.components[component].replicas)),
            peak_slots: self
                .tallies
                .iter()
                .map(|tally| tally.components[component].peak_slots)
                .max()
                .unwrap_or(0),
        }
    }

    fn cache_hit_share(&self, component: usize) -> Option<Number> {
        let of = |tally: &Tally| {
            let caches = tally.caches.iter().filter(|cache| cache.component == component);
            caches.fold((0, 0), |(hits, all), cache| {
                (hits + cache.hits, all + cache.hits + cache.misses)
            })
        };
        let has_some = self.tallies.iter().any(|tally| of(tally).1 > 0);
        has_some.then(|| {
            self.share(|tally| {
                let (hits, all) = of(tally);
                share(hits, all)
            })
        })
    }

    fn edge(&self, edge: usize) -> EdgeReport {
        EdgeReport {
            calls_per_s: self.rate(|tally| tally.edges[edge].calls),
            retries_per_s: self.rate(|tally| tally.edges[edge].retries),
            failed_share: self.share(|tally| {
                let outcomes = &tally.edges[edge].outcomes;
                let all: u64 = outcomes.iter().sum();
                share(all - outcomes[Outcome::Ok as usize], all)
            }),
        }
    }
}

/// The mean of values; of shares, with an interval that stays in [0, 1].
pub(super) fn in_unit_interval(shares: bool, values: &[f64]) -> Number {
    let mut number: Number = stats::mean(values, CONFIDENCE).into();
    if shares {
        number.low = number.low.map(|low| low.max(0.0));
        number.high = number.high.map(|high| high.min(1.0));
    }
    number
}

pub(super) fn share(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}
