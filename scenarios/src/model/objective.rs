//! What is asked of a system.

use schemars::JsonSchema;
use serde::Deserialize;

use super::scalar::{Share, Time};
use crate::decode::Spanned;

/// Limits on one endpoint or one component; at least one measure.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    /// Users' requests to this endpoint, `component.endpoint`.
    pub endpoint: Option<Spanned<String>>,
    /// This component.
    pub component: Option<Spanned<String>>,
    /// Most that the mean latency may be.
    pub mean: Option<Spanned<Time>>,
    /// Most that the median latency may be; requests that are not ok count as over it.
    pub p50: Option<Spanned<Time>>,
    /// Most that the 90th percentile may be.
    pub p90: Option<Spanned<Time>>,
    /// Most that the 95th percentile may be.
    pub p95: Option<Spanned<Time>>,
    /// Most that the 99th percentile may be.
    pub p99: Option<Spanned<Time>>,
    /// Most that the 99.9th percentile may be.
    pub p999: Option<Spanned<Time>>,
    /// Least share of requests that end `ok`.
    pub success_rate: Option<Spanned<Share>>,
    /// Most requests, as a share, that do not end `ok`.
    pub error_rate: Option<Spanned<Share>>,
    /// Most that the component may be busy; only of components.
    pub utilization: Option<Spanned<Share>>,
    /// Longest time until the endpoint is back within its other objectives after the last fault has
    /// ended, in 95 % of runs.
    pub recovery: Option<Spanned<Time>>,
}
