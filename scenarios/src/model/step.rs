//! Steps: what an endpoint does to serve a request, and what a user does in a session.

use schemars::JsonSchema;
use serde::Deserialize;

use super::law::Law;
use super::scalar::{Count, Number, Share, Time, Weight};
use crate::decode::Spanned;

/// One step; exactly one of `work`, `call`, `parallel`, `choose`, `cache`, `publish` and `think`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Own work of the component: how long it takes.
    pub work: Option<Spanned<Law>>,
    /// A call of another component's endpoint, `component.endpoint`, waited for.
    pub call: Option<Spanned<String>>,
    /// Steps, or lists of steps, that run at once; the step ends when all have ended.
    pub parallel: Option<Spanned<Vec<Branch>>>,
    /// One of several lists of steps, by weight.
    pub choose: Option<Spanned<Vec<Alternative>>>,
    /// A look into a cache of the replica, with steps to take on a miss.
    pub cache: Option<Spanned<Cache>>,
    /// An asynchronous call, `component.endpoint`: nobody waits for it. A component of kind `queue`
    /// is waited for until it has accepted.
    pub publish: Option<Spanned<String>>,
    /// A user's pause; only in sessions.
    pub think: Option<Spanned<Law>>,
    /// The chance that the call is made; 1 by default, drawn once for the step.
    pub probability: Option<Spanned<Share>>,
    /// How many calls follow one another; 1 by default.
    pub count: Option<Spanned<Count>>,
    /// Whether the caller goes on when the call fails; `false` by default.
    pub optional: Option<Spanned<bool>>,
    /// Steps to take instead when the call fails.
    pub fallback: Option<Spanned<Vec<Spanned<Step>>>>,
}

/// A branch of a parallel step.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename = "$either", rename_all = "snake_case")]
#[schemars(rename = "Branch", untagged)]
pub enum Branch {
    /// One step.
    Map(Box<Spanned<Step>>),
    /// Several, one after the other.
    List(Vec<Spanned<Step>>),
}

impl Branch {
    /// The steps of the branch.
    #[must_use]
    pub fn steps(&self) -> &[Spanned<Step>] {
        match self {
            Self::Map(step) => std::slice::from_ref(step),
            Self::List(steps) => steps,
        }
    }
}

/// One of several lists of steps.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// How often, relative to the others.
    pub weight: Spanned<Weight>,
    /// What is done; an empty list does nothing.
    pub steps: Vec<Spanned<Step>>,
}

/// A cache of each replica: by its hit ratio, or by its entries and the keys that are asked for.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// Share of looks that hit when the cache is warm.
    pub hit: Option<Spanned<Share>>,
    /// Completed misses after which a cold cache is about two thirds warm; 0 by default: it is warm
    /// again at once.
    pub fills: Option<Spanned<Count>>,
    /// Entries that a real least-recently-used cache holds.
    pub entries: Option<Spanned<Count>>,
    /// Which keys are asked for.
    pub keys: Option<Spanned<Keys>>,
    /// How long an entry lives; for ever by default.
    pub ttl: Option<Spanned<Time>>,
    /// What a miss does; nothing by default.
    #[serde(default)]
    pub miss: Vec<Spanned<Step>>,
}

/// A law of keys.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Keys {
    /// Few keys are asked for often, many rarely.
    Zipf(Zipf),
}

/// Zipf's law: the i-th of `n` keys has weight 1/iˢ.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Zipf {
    /// Number of keys.
    pub n: Spanned<Count>,
    /// Exponent.
    pub s: Spanned<Number>,
}
