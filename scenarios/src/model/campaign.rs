//! The campaign: which faults are tried, how likely they are, how many at once.

use schemars::JsonSchema;
use serde::Deserialize;

use super::fault::Fault;
use super::magnitude::Magnitude;
use super::scalar::{Count, Harm, Period, Share, Time};
use super::twin::Reliability;
use crate::decode::{Named, Spanned};

/// A campaign file: faults to try on any twin.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignFile {
    /// The kind of this file: `campaign/v1`.
    pub foreshadow: String,
    /// Name of the campaign.
    pub name: String,
    /// What it is about, for people.
    pub about: Option<String>,
    /// What is tried.
    pub campaign: Campaign,
}

/// Many faults, many seeds: each is run with and without, over the same requests.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// A campaign file whose keys hold where these are absent, relative to this file.
    pub base: Option<Spanned<String>>,
    /// Faults to try, one at a time. In `at`, `*` stands for any part of a name: `'*'` is every
    /// component (of `host_loss` every host, of `zone_outage` every zone, of `load_surge`,
    /// `reconnect_herd` and `slow_clients` every load, of `skewed_mix` every endpoint), `'*[*]'` every replica, `'*.calls.*'` every edge; what such a fault cannot hit is left out.
    #[serde(default)]
    pub faults: Vec<Spanned<Fault>>,
    /// How many of the faults are tried together, in every combination: 1 (the default) or 2.
    pub exhaustive: Option<Spanned<Count>>,
    /// How large faults are, drawn anew for each trial: by kind and parameter, as in `slow.factor`.
    #[serde(default)]
    pub magnitudes: Named<Spanned<Magnitude>>,
    /// Magnitudes whose smallest that does lasting harm is looked for between two ends.
    #[serde(default)]
    pub breaking: Named<Spanned<Ends>>,
    /// How often things fail and how long that lasts, by address, `*` as in `at`. Replicas and
    /// components crash, hosts and zones are lost, over edges nothing passes.
    #[serde(default)]
    pub rates: Named<Reliability>,
    /// Things that fail together, of one cause.
    #[serde(default)]
    pub causes: Named<Cause>,
    /// How many of the failures that have rates may be in force at once; 1 by default.
    pub up_to: Option<Spanned<Count>>,
    /// When faults start that do not say so; a tenth of the horizon by default.
    pub start: Option<Spanned<Time>>,
    /// How long faults last that do not say so; 15 % of the horizon by default.
    pub duration: Option<Spanned<Time>>,
    /// Pairs of runs of each fault, at least; the scenario's replications by default.
    pub replications: Option<Spanned<Count>>,
    /// Pairs of runs of each fault at most, where a precision is asked for; 20 times as many by
    /// default.
    pub max_replications: Option<Spanned<Count>>,
    /// How wide intervals of blast radii may be, each way, as a part of the value; those below 1 % of
    /// requests may be as wide as there. Trials go where the interval is widest.
    pub precision: Option<Spanned<Share>>,
    /// The worst that a fault may do; the campaign is missed by one that harms more: `low` (under 1 %
    /// of requests), `medium` (under 10 %), or a share. Without it nothing is judged.
    pub severity_threshold: Option<Spanned<Harm>>,
}

/// Two ends of a range, both in the unit of the parameter.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ends {
    /// The least.
    pub from: Spanned<super::magnitude::Size>,
    /// The most.
    pub to: Spanned<super::magnitude::Size>,
}

/// A cause that makes several things fail.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// What fails, by address.
    pub at: Vec<Spanned<String>>,
    /// Mean time from being restored to the next time.
    pub mtbf: Spanned<Period>,
    /// Mean time until all is restored.
    pub mttr: Spanned<Period>,
}
