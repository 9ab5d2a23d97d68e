//! The tuning: what may be changed, what that costs, what is wanted.

use schemars::JsonSchema;
use serde::Deserialize;

use super::magnitude::Size;
use super::scalar::{Amount, Anything, Count, Number, Share};
use crate::decode::{Named, Spanned};

/// A search over knobs for the cheapest change that holds.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tune {
    /// What may be changed, by address.
    pub knobs: Spanned<Named<Spanned<Knob>>>,
    /// What is to be small, of what holds; the cost by default. With two, a front of compromises is
    /// looked for.
    pub minimise: Option<Spanned<Vec<Spanned<Minimise>>>>,
    /// Candidates that are looked at, at most; 300 by default.
    pub budget: Option<Spanned<Count>>,
    /// Replications of one candidate while it is searched; 4 by default.
    pub replications: Option<Spanned<Count>>,
    /// By how much loads are multiplied while it is tuned, so that what holds here also holds where
    /// the twin or the forecast is somewhat wrong; 1 by default.
    pub safety_factor: Option<Spanned<Number>>,
    /// More than one load, or an average over faults, instead of all faults one by one.
    pub robust: Option<Spanned<Robust>>,
}

/// Something that may be changed: numbers between two ends, or a choice.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Knob {
    /// The least that it may be: `2`, `100ms`, `5%`, `50/s`.
    pub from: Option<Spanned<Size>>,
    /// The most, in the same unit.
    pub to: Option<Spanned<Size>>,
    /// From one value to the next. By default whole numbers go in steps of one; times, rates and shares
    /// through 24 values in each power of ten.
    pub step: Option<Spanned<Size>>,
    /// What it may be, instead: any values; `null` takes the default.
    pub choice: Option<Spanned<Vec<Anything>>>,
    /// What each unit of it costs: each replica, each second, the whole of a share. Of a choice, what
    /// each one costs.
    pub cost: Option<Spanned<Cost>>,
    /// A knob whose value multiplies this one's cost: replicas, where this is the cores of each.
    pub times: Option<Spanned<String>>,
    /// This knob is only turned where others have one of these values.
    #[serde(default)]
    pub when: Named<Spanned<Vec<Anything>>>,
}

/// What a knob costs.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename = "$either", rename_all = "snake_case")]
#[schemars(rename = "Cost", untagged)]
pub enum Cost {
    /// For each unit of a number.
    Scalar(Amount),
    /// For each choice, in their order.
    List(Vec<Amount>),
}

/// Something that is to be small.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Minimise {
    /// What the knobs cost.
    Cost,
    /// The 99th percentile of latency, of an endpoint.
    P99(Spanned<String>),
    /// The share of requests that do not end ok, of an endpoint.
    ErrorShare(Spanned<String>),
    /// The mean time to recover after the last fault, of an endpoint with an objective of recovery.
    Recovery(Spanned<String>),
    /// The standard deviation of utilization over components.
    UtilizationSpread,
}

/// How to be sure beyond one load and each fault.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Robust {
    /// Other scenarios of the same twin, relative to this file: objectives are to hold in each of
    /// them.
    #[serde(default)]
    pub scenarios: Vec<Spanned<String>>,
    /// Objectives hold for the mean of the worst faults of the campaign, this share of them left out,
    /// instead of for each fault: the conditional value at risk.
    pub cvar: Option<Spanned<Share>>,
}
