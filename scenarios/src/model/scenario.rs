//! The scenario file: what if.

use schemars::JsonSchema;
use serde::Deserialize;

use super::campaign::Campaign;
use super::fault::Fault;
use super::load::Load;
use super::objective::Objective;
use super::profile::{FailureInjectionProfile, OneOrMany};
use super::scalar::{Anything, AutoTime, Count, Seed, Time};
use super::tune::Tune;
use crate::decode::{Named, Spanned};

/// A scenario file: what if.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// The kind of this file: `scenario/v1`.
    pub foreshadow: String,
    /// Name of the scenario.
    pub name: String,
    /// What it is about, for people.
    pub about: Option<String>,
    /// The twin file that it is about, relative to this file.
    pub twin: Option<Spanned<String>>,
    /// A scenario that this one differs from, relative to this file. Sections are merged key by
    /// key, `load` and `requests` entry by entry; what is deeper is replaced; `null` removes.
    pub extends: Option<Spanned<String>>,
    /// Changes to the twin, by address, that hold from the first instant.
    #[serde(default)]
    pub changes: Named<Anything>,
    /// Who uses the system, by the endpoint that is called or, for sessions, by any name.
    #[serde(default)]
    pub load: Named<Load>,
    /// What goes wrong.
    #[serde(default)]
    pub faults: Vec<Spanned<Fault>>,
    /// What is asked; the twin's defaults when absent.
    pub objectives: Option<Vec<Spanned<Objective>>>,
    /// How endpoints of a real target are called, by `component.endpoint`; not simulated.
    #[serde(default)]
    pub requests: Named<Request>,
    /// How long, how often.
    #[serde(default)]
    pub run: Run,
    /// Many faults, many seeds.
    pub campaign: Option<Spanned<Campaign>>,
    /// Search over knobs.
    pub tune: Option<Spanned<Tune>>,
    /// How often failures of a campaign come, and how bad they may be, by the names that operators know.
    pub failure_injection_profile: Option<FailureInjectionProfile>,
    /// Failures that a campaign tries, by the names that operators know.
    pub resource_failure_modes: Option<Spanned<OneOrMany>>,
}

/// How an endpoint of a real target is called.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// HTTP method; `GET` by default.
    pub method: Option<String>,
    /// Path and query.
    pub path: String,
    /// Header fields.
    #[serde(default)]
    pub headers: Named<String>,
    /// File of the body, relative to this file.
    pub body_file: Option<String>,
    /// Status that is a success; 200 by default.
    pub expect: Option<Count>,
}

/// How long, how often.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Time simulated before anything is counted; 0 s by default.
    pub warm_up: Option<Spanned<AutoTime>>,
    /// Requests due within this time are counted; 10 min by default.
    pub horizon: Option<Spanned<Time>>,
    /// How long those may take to end afterwards; 30 s by default.
    pub drain: Option<Spanned<Time>>,
    /// Width of a bin of the timeline; 10 s by default.
    pub timeline: Option<Spanned<Time>>,
    /// Independent runs, at least; 20 by default.
    pub replications: Option<Spanned<Count>>,
    /// Runs at most, while objectives are undecided; as many as `replications` by default.
    pub max_replications: Option<Spanned<Count>>,
    /// Root of all randomness; 1 by default.
    pub seed: Option<Seed>,
}
