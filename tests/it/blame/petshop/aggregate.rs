//! A twin from means alone: who calls whom, requests and latency every five minutes.
//!
//! How often a caller calls is fitted to five minutes' requests, by least squares, never below zero,
//! and never so often that the calls take longer than their caller: one after the other, the mean
//! times of its calls sum to no more than its own mean. What is left is its own work. A call whose
//! median takes longer than its caller's 99th percentile is not waited for.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::outcome::middle;
use super::rows::Rows;

/// Rounds of the fit, one coordinate after the other.
const ROUNDS: usize = 500;
/// Calls per request below which an edge is left out.
const LEAST_CALLS: f64 = 1e-4;

/// Who calls whom how often.
#[derive(Debug, Clone)]
struct Edge {
    caller: String,
    callee: String,
    waited: bool,
    per_request: f64,
}

/// What is known of a period without issues.
#[derive(Debug)]
pub(super) struct Aggregate {
    edges: Vec<Edge>,
    rows: Rows,
    /// Mean latency of the services that have requests [s].
    latency: BTreeMap<String, f64>,
}

impl Aggregate {
    pub(super) fn new(graph: Vec<(String, String)>, rows: Rows) -> Self {
        let names = graph.iter().flat_map(|(caller, callee)| [caller, callee]);
        let latency: BTreeMap<String, f64> =
            names.filter_map(|name| Some((name.clone(), rows.latency(name, "Average")?))).collect();
        let known = graph.into_iter().filter(|(caller, callee)| {
            latency.contains_key(caller) && latency.contains_key(callee)
        });
        let edges = known.map(|(caller, callee)| {
            let waited = rows.latency(&callee, "p50") <= rows.latency(&caller, "p99");
            Edge { caller, callee, waited, per_request: 0.0 }
        });
        let mut aggregate = Self { edges: edges.collect(), rows, latency };
        aggregate.fit();
        aggregate
    }

    /// Coordinate descent on the squared error of every callee's requests, within the callers' time.
    fn fit(&mut self) {
        let columns: BTreeMap<&String, Vec<f64>> =
            self.latency.keys().map(|name| (name, self.rows.requests(name))).collect();
        let dot = |a: &str, b: &str| -> f64 {
            let [a, b] = [a, b].map(|name| &columns[&name.to_owned()]);
            a.iter().zip(b).map(|(x, y)| x * y).sum()
        };
        let mut edges = self.edges.clone();
        for _ in 0..ROUNDS {
            for i in 0..edges.len() {
                let Edge { caller, callee, waited, .. } = edges[i].clone();
                let others =
                    edges.iter().enumerate().filter(|(j, edge)| *j != i && edge.callee == callee);
                let explained: f64 =
                    others.map(|(_, edge)| edge.per_request * dot(&caller, &edge.caller)).sum();
                let square = dot(&caller, &caller);
                let fitted = (dot(&caller, &callee) - explained) / square;
                let most = if waited {
                    let time = |(j, edge): (usize, &Edge)| {
                        let counts = j != i && edge.waited && edge.caller == caller;
                        if counts { edge.per_request * self.latency[&edge.callee] } else { 0.0 }
                    };
                    let taken: f64 = edges.iter().enumerate().map(time).sum();
                    (self.latency[&caller] - taken).max(0.0) / self.latency[&callee]
                } else {
                    f64::INFINITY
                };
                edges[i].per_request = fitted.max(0.0).min(most);
            }
        }
        edges.retain(|edge| edge.per_request >= LEAST_CALLS);
        self.edges = edges;
    }

    /// Services with requests, by name.
    pub(super) fn services(&self) -> impl Iterator<Item = &str> {
        self.latency.keys().map(String::as_str)
    }

    /// The component of a service: its name with what an address cannot hold replaced.
    pub(super) fn component(&self, service: &str) -> String {
        let at = self.latency.keys().position(|name| name == service).unwrap();
        let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let name: String = service.chars().map(safe).take(40).collect();
        format!("s{at}_{name}")
    }

    pub(super) fn requests(&self, service: &str) -> f64 {
        self.rows.mean_requests(service)
    }

    /// The twin file.
    pub(super) fn twin(&self) -> String {
        let mut text = String::from(
            "foreshadow: twin/v1\nname: petshop\nlearned:\n  from: \"2023-01-01T00:00:00Z\"\n  \
             to: \"2023-01-03T00:00:00Z\"\n  observed:\n",
        );
        for service in self.services() {
            // Users are whoever calls what no service calls, now and then at least.
            let is_called = self.edges.iter().any(|edge| edge.callee == service);
            if !is_called && self.requests(service) >= 1.0 {
                let rate = self.requests(service) / 300.0;
                writeln!(text, "    {}.serve: {rate:.6}/s", self.component(service)).unwrap();
            }
        }
        text += "components:\n";
        for service in self.services() {
            let component = self.component(service);
            writeln!(text, "  {component}:\n    endpoints:\n      serve:\n        steps:").unwrap();
            for step in self.steps(service) {
                writeln!(text, "          - {step}").unwrap();
            }
        }
        text
    }

    /// The lines of a scenario in which a share of a service's requests takes longer.
    pub(super) fn delay(&self, service: &str, delay_s: f64, share: f64) -> String {
        let component = self.component(service);
        let delay = format!("{{constant: {:.0}ms}}", delay_s * 1e3);
        let law = if share < 1.0 {
            format!(
                "{{mixture: [{{weight: {share:.6}, of: {delay}}}, \
                 {{weight: {:.6}, of: {{constant: 0ms}}}}]}}",
                1.0 - share
            )
        } else {
            delay
        };
        let mut steps = self.steps(service);
        steps.push(format!("{{work: {law}}}"));
        format!(
            "faults:\n  - change: {{set: {{\"{component}.endpoints.serve.steps\": [{}]}}}}\n",
            steps.join(", ")
        )
    }

    /// Steps of a service's only endpoint.
    fn steps(&self, service: &str) -> Vec<String> {
        let mut own = self.latency[service];
        let mut steps = Vec::new();
        for edge in self.edges.iter().filter(|edge| edge.caller == service) {
            let word = if edge.waited { "call" } else { "publish" };
            let target = format!("{word}: {}.serve", self.component(&edge.callee));
            if edge.waited {
                own -= edge.per_request * self.latency[&edge.callee];
            }
            let whole = edge.per_request.floor();
            if whole >= 1.0 {
                steps.push(format!("{{{target}, count: {whole}}}"));
            }
            let rest = edge.per_request - whole;
            if rest >= LEAST_CALLS {
                steps.push(format!("{{{target}, probability: {:.4}%}}", rest * 100.0));
            }
        }
        // What calls take up leaves rounding at most.
        steps.insert(
            0,
            format!("{{work: {{exponential: {{mean: {:.3}us}}}}}}", own.max(1e-9) * 1e6),
        );
        steps
    }

    /// The quantile of a row's latency over that of the row two before.
    pub(super) fn usual_ratio(&self, service: &str, level: f64) -> f64 {
        let mut ratios: Vec<f64> =
            self.spaced(service).iter().map(|[before, after]| after / before).collect();
        ratios.sort_by(f64::total_cmp);
        let at = (level * ratios.len() as f64).ceil() as usize;
        // Without a quiet row nothing is usual.
        ratios.get(at.max(1) - 1).copied().unwrap_or(f64::INFINITY)
    }

    /// The median of what a row's latency differs by from that of the row two before [s].
    pub(super) fn usual_change(&self, service: &str) -> f64 {
        let pairs = self.spaced(service);
        let changes = pairs.iter().map(|[before, after]| (after - before).abs());
        middle(&changes.collect::<Vec<_>>())
    }

    /// Latencies of each two rows with one between, as before and during an issue [s].
    fn spaced(&self, service: &str) -> Vec<[f64; 2]> {
        let latency = self.rows.column(service, "latency", "Average");
        let pairs = latency.iter().zip(&latency[2..]);
        pairs.filter_map(|(before, after)| Some([(*before)?, (*after)?])).collect()
    }
}
