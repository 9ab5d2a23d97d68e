//! Parts of an interval: what replications differ by, and what parameters are not known by.

use serde::{Deserialize, Serialize};

use super::{EndpointReport, Number, Word, wire};

/// What the intervals of predictions are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Uncertainty {
    /// Addresses of the values that were drawn within the intervals of their origins.
    pub parameters: Vec<String>,
    /// How often they were drawn.
    pub blocks: u32,
    /// Replications of each.
    pub replications: u32,
    /// The parts, by endpoint and measure.
    pub parts: Vec<Part>,
}

/// The parts of one prediction's interval.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Part {
    /// The endpoint.
    pub endpoint: String,
    /// What is predicted: `mean`, `p99`, `success_rate`, …
    #[serde(deserialize_with = "wire::word")]
    pub measure: Word,
    /// `ms` or `share`.
    #[serde(deserialize_with = "wire::word")]
    pub unit: Word,
    /// The interval by replications alone.
    pub sampling: [Option<f64>; 2],
    /// The interval by parameters alone.
    pub parameters: [Option<f64>; 2],
    /// Why there is no interval by parameters.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "wire::some_word"
    )]
    pub reason: Option<Word>,
}

impl EndpointReport {
    /// What is predicted of it, as (measure, unit, number).
    pub(crate) fn predictions(&mut self) -> [(&'static str, &'static str, &mut Number); 6] {
        let latency = &mut self.latency_ms;
        [
            ("mean", "ms", &mut latency.mean),
            ("p50", "ms", &mut latency.p50),
            ("p90", "ms", &mut latency.p90),
            ("p95", "ms", &mut latency.p95),
            ("p99", "ms", &mut latency.p99),
            ("success_rate", "share", &mut self.success_rate),
        ]
    }
}
