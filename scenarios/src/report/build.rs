//! From the counts of replications to a report.

use foreshadow_sim::Tally;
use foreshadow_sim::histogram::Summary;
use foreshadow_sim::plan::{EndpointId, Load, Outcome};
use foreshadow_sim::stats::{self, Decision, Estimate, Reason};
use foreshadow_sim::tally::Bin;

use super::{
    BinComponent, BinEndpoint, BinReport, ComponentReport, EdgeReport, EndpointReport, Latency,
    Number, ObjectiveReport, OperationReport, Report, Verdict, Wait, saturation,
};
use crate::lower::{Lowered, Measure, Objective, Subject};

/// Confidence of every interval shown.
const CONFIDENCE: f64 = 0.95;
/// Chance that any verdict of a scenario is wrong, split over its objectives.
const ERROR: f64 = 0.05;
const MS: f64 = 1e-6;

/// What a report says beside what was counted.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// The scenario's name.
    pub scenario: String,
    /// The command that repeats it.
    pub repeat: String,
    /// What the reader should know.
    pub warnings: Vec<String>,
}

/// Builds the report of a scenario from its replications, at least one.
#[must_use]
pub fn build(lowered: &Lowered, tallies: &[Tally], context: Context) -> Report {
    let builder = Builder { lowered, tallies, window_s: lowered.plan.run.horizon.as_secs_f64() };
    let objectives = builder.objectives();
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
        foreshadow: "report/v1",
        version: env!("CARGO_PKG_VERSION"),
        scenario: context.scenario,
        seed: lowered.plan.run.seed,
        replications: tallies.len(),
        horizon_s: builder.window_s,
        verdict,
        reason: (verdict == Some(Verdict::Undecided)).then_some(super::Undecided::Interval),
        repeat: context.repeat,
        warnings: context.warnings,
        bottleneck: saturation::bottleneck(lowered, tallies),
        objectives,
        assumptions: Vec::new(),
        endpoints: entries.iter().map(endpoint).collect(),
        components: (0..names.components.len())
            .map(|c| (names.components[c].clone(), builder.component(c)))
            .collect(),
        operations: operations.collect(),
        edges: edges.collect(),
        comparisons: Vec::new(),
        timeline: builder.timeline(&entries),
    }
}

/// How the objectives of a scenario went so far, without the rest of the report.
#[must_use]
pub fn objective_outcomes(lowered: &Lowered, tallies: &[Tally]) -> Vec<Verdict> {
    let window_s = lowered.plan.run.horizon.as_secs_f64();
    let builder = Builder { lowered, tallies, window_s };
    lowered.objectives.iter().map(|objective| builder.decide(objective)).collect()
}

struct Builder<'a> {
    lowered: &'a Lowered,
    tallies: &'a [Tally],
    /// Length of the window \[s\].
    window_s: f64,
}

impl Builder<'_> {
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

    fn latency(&self, of: impl Fn(&Tally) -> &Summary + Copy) -> Latency {
        Latency {
            mean: self.mean(|tally| of(tally).mean().map(|mean| mean * MS)),
            p50: self.quantile(of, 0.5),
            p90: self.quantile(of, 0.9),
            p95: self.quantile(of, 0.95),
            p99: self.quantile(of, 0.99),
            p999: self.quantile(of, 0.999),
        }
    }

    fn endpoint(&self, endpoint: EndpointId) -> EndpointReport {
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
            latency_ms: self.latency(|tally| &tally.users[endpoint].latency),
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
            sojourn_ms: self.latency(|tally| &tally.services[endpoint].sojourn),
        }
    }

    fn component(&self, component: usize) -> ComponentReport {
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
        let waits = |q: f64| self.quantile(|tally| &tally.components[component].wait, q);
        ComponentReport {
            utilization,
            slot_occupancy,
            throughput_per_s: self.rate(|tally| tally.components[component].completed),
            in_system: self.mean(|tally| average(tally.components[component].in_system)),
            waiting: self.mean(|tally| average(tally.components[component].waiting)),
            wait_ms: Wait {
                mean: self.mean(wait),
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

    fn timeline(&self, entries: &[EndpointId]) -> Vec<BinReport> {
        let width = self.lowered.plan.run.timeline.as_secs_f64();
        let bins = self.tallies.iter().map(|tally| tally.timeline.len()).min().unwrap_or(0);
        let n = self.tallies.len() as f64;
        let bin = |bin: usize| {
            let t_s = bin as f64 * width;
            let seconds = width.min(self.window_s - t_s);
            let all = || self.tallies.iter().map(move |tally| &tally.timeline[bin]);
            let endpoint = |&e: &EndpointId| {
                let latency: Vec<&Summary> = all().map(|bin| &bin.latency[e]).collect();
                let good: u64 = latency.iter().map(|summary| summary.count()).sum();
                let offered: u64 = all().map(|bin| bin.offered[e]).sum();
                let quantile = |q: f64| {
                    foreshadow_sim::histogram::pooled_quantile(&latency, 0, q).map(|x| x * MS)
                };
                let report = BinEndpoint {
                    offered_per_s: offered as f64 / n / seconds,
                    goodput_per_s: good as f64 / n / seconds,
                    p50_ms: quantile(0.5),
                    p99_ms: quantile(0.99),
                };
                (self.lowered.names.endpoints[e].clone(), report)
            };
            let component = |c: usize| {
                let sum = |of: fn(&Bin) -> &[u128]| all().map(|bin| of(bin)[c]).sum::<u128>();
                let shares_cores = self.lowered.plan.components[c].cpu.is_some();
                let (busy, available) = if shares_cores {
                    (sum(|bin| &bin.busy_cores), sum(|bin| &bin.available_cores))
                } else {
                    (sum(|bin| &bin.busy), sum(|bin| &bin.available))
                };
                let report = BinComponent {
                    in_system: sum(|bin| &bin.in_system) as f64 / n / (seconds * 1e9),
                    utilization: (available > 0).then(|| busy as f64 / available as f64),
                };
                (self.lowered.names.components[c].clone(), report)
            };
            BinReport {
                t_s,
                endpoints: entries.iter().map(endpoint).collect(),
                components: (0..self.lowered.names.components.len()).map(component).collect(),
            }
        };
        (0..bins).map(bin).collect()
    }

    fn objectives(&self) -> Vec<ObjectiveReport> {
        self.lowered.objectives.iter().map(|objective| self.objective(objective)).collect()
    }

    fn objective(&self, objective: &Objective) -> ObjectiveReport {
        let names = &self.lowered.names;
        let (endpoint, component) = match objective.subject {
            Subject::Endpoint(endpoint) => (Some(names.endpoints[endpoint].clone()), None),
            Subject::Component(component) => (None, Some(names.components[component].clone())),
        };
        let estimate = match (objective.subject, objective.measure) {
            (Subject::Endpoint(endpoint), Measure::Quantile(q, _)) => {
                self.quantile_of_all(endpoint, q)
            }
            (Subject::Endpoint(endpoint), Measure::SuccessRate) => {
                self.endpoint(endpoint).success_rate
            }
            _ => in_unit_interval(objective.measure.unit() == "share", &self.values(objective)),
        };
        let of_latency = matches!(objective.measure, Measure::Quantile(..));
        ObjectiveReport {
            endpoint,
            component,
            measure: objective.measure.name(),
            limit: objective.limit,
            unit: objective.measure.unit(),
            estimate,
            share_over: of_latency.then(|| in_unit_interval(true, &self.values(objective))),
            verdict: self.decide(objective),
        }
    }

    /// A quantile of latency over all requests, those that were not ok being beyond any time.
    fn quantile_of_all(&self, endpoint: EndpointId, q: f64) -> Number {
        let users = || self.tallies.iter().map(|tally| &tally.users[endpoint]);
        let summaries: Vec<&Summary> = users().map(|users| &users.latency).collect();
        let not_ok: Vec<u64> =
            users().map(|u| u.offered - u.outcomes[Outcome::Ok as usize]).collect();
        stats::quantile_with(&summaries, &not_ok, q, CONFIDENCE).scale(MS).into()
    }

    /// One number per replication, whose mean decides an objective.
    fn values(&self, objective: &Objective) -> Vec<f64> {
        let value = |tally: &Tally| match (objective.subject, objective.counted) {
            (Subject::Endpoint(endpoint), Some(limit)) => {
                share(tally.over_limit[limit], tally.users[endpoint].offered)
            }
            (Subject::Endpoint(endpoint), None) => {
                // A request that is not ok counts as over the limit of a mean, too.
                let users = &tally.users[endpoint];
                let not_ok = users.offered - users.outcomes[Outcome::Ok as usize];
                let mean = users.latency.mean().unwrap_or(0.0) * MS;
                let sum =
                    mean * users.latency.count() as f64 + mean.max(objective.limit) * not_ok as f64;
                (users.offered > 0).then(|| sum / users.offered as f64)
            }
            (Subject::Component(component), _) => tally.components[component].utilization(),
        };
        self.tallies.iter().filter_map(value).collect()
    }

    fn decide(&self, objective: &Objective) -> Verdict {
        let limit = match objective.measure {
            Measure::Quantile(q, _) => 1.0 - q,
            Measure::SuccessRate => 1.0 - objective.limit,
            Measure::Mean | Measure::ErrorRate | Measure::Utilization => objective.limit,
        };
        // A share at its limit varies at least as much as independent requests would.
        let least_variance = match (objective.subject, objective.counted) {
            (Subject::Endpoint(endpoint), Some(_)) => {
                let offered: u64 = self.tallies.iter().map(|t| t.users[endpoint].offered).sum();
                limit * (1.0 - limit) * self.tallies.len() as f64 / (offered as f64).max(1.0)
            }
            _ => 0.0,
        };
        let error = ERROR / self.lowered.objectives.len() as f64;
        match stats::decide(&self.values(objective), limit, least_variance, error) {
            Decision::Held => Verdict::Held,
            Decision::Missed => Verdict::Missed,
            Decision::Undecided => Verdict::Undecided,
        }
    }
}

/// The mean of values; of shares, with an interval that stays in [0, 1].
fn in_unit_interval(shares: bool, values: &[f64]) -> Number {
    let mut number: Number = stats::mean(values, CONFIDENCE).into();
    if shares {
        number.low = number.low.map(|low| low.max(0.0));
        number.high = number.high.map(|high| high.min(1.0));
    }
    number
}

fn share(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}
