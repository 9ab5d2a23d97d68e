//! Failures of a campaign by the names that operators know from their chaos tools.

use schemars::JsonSchema;
use serde::Deserialize;

use super::scalar::{Anything, Harm, Rate};
use crate::decode::{Named, Spanned};

/// How often the failures of a campaign come, how bad they may be, and whether they are undone.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FailureInjectionProfile {
    /// Whether `resource_failure_modes` are tried; they are by default.
    pub enabled: Option<bool>,
    /// How often each failure of the campaign comes that has no rate of its own.
    pub injection_frequency: Option<Spanned<Rate>>,
    /// The worst that a failure may do, as `severity_threshold` of the campaign.
    pub severity_threshold: Option<Spanned<Harm>>,
    /// Whether failures are undone after their `duration`; `always` by default.
    pub rollback_policy: Option<Rollback>,
}

/// Whether failures are undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rollback {
    /// After their duration.
    Always,
    /// They stay to the end of the run.
    Never,
}

/// One resource's failure modes, or a list of them.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename = "$either", rename_all = "snake_case")]
#[schemars(rename = "OneOrMany", untagged)]
pub enum OneOrMany {
    /// One.
    Map(ResourceFailureModes),
    /// Several.
    List(Vec<ResourceFailureModes>),
}

/// Failure modes of a resource.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceFailureModes {
    /// Which components: a kind (`service`, or `web_server`; `balancer`, or `network_load_balancer`;
    /// `database`, `cache`, `queue`, `external`), or one by its name.
    pub resource_type: Spanned<String>,
    /// How each of them fails: kinds of faults, or `network_latency`, `disk_error`, `process_crash`.
    pub failure_modes: Vec<Spanned<String>>,
    /// What those faults take (`factor: 3`, `duration: 1m`); under the name of one of the modes, what
    /// it alone takes.
    #[serde(default)]
    pub injection_parameters: Named<Anything>,
}
