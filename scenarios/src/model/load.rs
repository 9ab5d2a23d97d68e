//! Who uses the system: requests that arrive, and people with sessions.

use schemars::JsonSchema;
use serde::Deserialize;

use super::law::Law;
use super::scalar::{Amount, Count, Number, Rate, Share, Time};
use super::step::Step;
use crate::decode::Spanned;

/// One population of users, named by the endpoint that its requests enter, or, with a session, by
/// any name.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// When requests come.
    pub arrivals: Option<Spanned<Arrivals>>,
    /// Short for `arrivals: {rates: …}`.
    pub rates: Option<Spanned<Vec<RatePoint>>>,
    /// Short for `arrivals: {renewal: …}`.
    pub renewal: Option<Renewal>,
    /// Short for `arrivals: {mmpp: …}`.
    pub mmpp: Option<Vec<Phase>>,
    /// Short for `arrivals: {trace: …}`.
    pub trace: Option<Trace>,
    /// A fixed number of people who go through the session again and again.
    pub closed: Option<Spanned<Users>>,
    /// People who arrive, go through the session once, and leave.
    pub open: Option<OpenArrivals>,
    /// What people do, step after step.
    pub session: Option<Spanned<Vec<Spanned<Step>>>>,
    /// How long a user stays; for ever by default.
    pub patience: Option<Spanned<Law>>,
    /// Whether work for a user who left stops; `false` by default.
    pub cancels: Option<bool>,
    /// What one success is worth; 1 by default.
    pub worth: Option<Amount>,
    /// A learned load file; only under the name `learned`.
    pub file: Option<Spanned<String>>,
    /// Which time of the learned curve; only under the name `learned`.
    pub at: Option<String>,
    /// Which quantile of the learned load; only under the name `learned`.
    pub quantile: Option<Share>,
    /// Multiple of the learned load; only under the name `learned`.
    pub scale: Option<Number>,
    /// A file of coming events; only under the name `learned`.
    pub events: Option<String>,
}

/// When requests come.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Arrivals {
    /// Independent of each other, at a constant rate.
    Poisson(ConstantRate),
    /// Independent of each other, at a piecewise linear rate.
    Rates(Vec<RatePoint>),
    /// With independent times between them.
    Renewal(Renewal),
    /// In phases of different rates.
    Mmpp(Vec<Phase>),
    /// At recorded times.
    Trace(Trace),
    /// Short for sessions of a pause, then one call.
    Closed(ClosedUsers),
}

/// A constant rate.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConstantRate {
    /// Requests per unit of time.
    pub rate: Rate,
}

/// A point of a rate curve; between points it is linear, outside it keeps the nearest value.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RatePoint {
    /// When, after the end of the warm-up.
    pub at: Spanned<Time>,
    /// Requests per unit of time.
    pub rate: Rate,
}

/// Arrivals with independent times between them.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// Law of the time between two arrivals.
    pub interarrival: Law,
}

/// A phase of a Markov-modulated Poisson process.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Requests per unit of time while it lasts.
    pub rate: Rate,
    /// Mean of how long it lasts.
    pub mean: Time,
}

/// Recorded arrivals.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// Where they are recorded.
    pub file: String,
}

/// People who arrive, by `poisson`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OpenArrivals {
    /// Independent of each other, at a constant rate.
    Poisson(ConstantRate),
    /// Independent of each other, at a piecewise linear rate.
    Rates(Vec<RatePoint>),
}

/// A fixed number of users.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Users {
    /// How many; a number, or a curve of points.
    pub users: Spanned<UserCount>,
}

/// A fixed number of users, each pausing before each call.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosedUsers {
    /// How many; a number, or a curve of points.
    pub users: Spanned<UserCount>,
    /// Pause before each call; none by default.
    pub think: Option<Spanned<Law>>,
}

/// A number of users, constant or over time.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename = "$either", rename_all = "snake_case")]
#[schemars(rename = "UserCount", untagged)]
pub enum UserCount {
    /// Always this many.
    Scalar(Count),
    /// A piecewise linear curve, rounded up.
    List(Vec<UserPoint>),
}

/// A point of a curve of users.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPoint {
    /// When, after the end of the warm-up.
    pub at: Spanned<Time>,
    /// How many.
    pub users: Count,
}
