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
    pub mmpp: Option<Spanned<Vec<Phase>>>,
    /// Short for `arrivals: {trace: …}`.
    pub trace: Option<Trace>,
    /// A fixed number of people who go through the session again and again.
    pub closed: Option<Spanned<Users>>,
    /// People who arrive, go through the session once, and leave.
    pub open: Option<Spanned<OpenArrivals>>,
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
    pub at: Option<Spanned<String>>,
    /// Which quantile of the learned load; only under the name `learned`.
    pub quantile: Option<Spanned<Share>>,
    /// Multiple of the learned load; only under the name `learned`.
    pub scale: Option<Spanned<Number>>,
    /// A file of coming events; only under the name `learned`.
    pub events: Option<Spanned<String>>,
    /// How the requests of a learned load come; only under the name `learned`.
    #[serde(rename = "as")]
    pub form: Option<Spanned<LearnedForm>>,
}

/// How the requests of a learned load come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LearnedForm {
    /// From people who go through the sessions of the file and wait for answers.
    Sessions,
    /// Independent of each other and of answers, at the rates of the file; so by default.
    Requests,
}

/// When requests come.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Arrivals {
    /// Independent of each other, at a constant rate.
    Poisson(ConstantRate),
    /// Independent of each other, at a piecewise linear rate.
    Rates(Spanned<Vec<RatePoint>>),
    /// With independent times between them.
    Renewal(Renewal),
    /// In phases of different rates, which follow each other round and round.
    Mmpp(Spanned<Vec<Phase>>),
    /// At recorded times.
    Trace(Trace),
    /// Short for sessions of a pause, then one call.
    Closed(ClosedUsers),
}

/// A constant rate.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConstantRate {
    /// Arrivals per unit of time, above 0.
    pub rate: Spanned<Rate>,
}

/// A point of a rate curve; between points it is linear, outside it keeps the nearest value.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RatePoint {
    /// When, after the end of the warm-up.
    pub at: Spanned<Time>,
    /// Arrivals per unit of time.
    pub rate: Rate,
}

/// Arrivals with independent times between them.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// Law of the time between two arrivals; the first comes one such time after the warm-up began.
    pub interarrival: Spanned<Law>,
}

/// A phase of a Markov-modulated Poisson process. The first is drawn by how long they last.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Arrivals per unit of time while it lasts.
    pub rate: Rate,
    /// Mean of how long it lasts, which is exponential; above 0.
    pub mean: Spanned<Time>,
}

/// Recorded arrivals.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// Where they are recorded: one time a line, or CSV with a column `at` or `time`; seconds since
    /// the end of the warm-up, durations, or timestamps, which count from the first.
    pub file: Spanned<String>,
}

/// When people come who go through a session once.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OpenArrivals {
    /// Independent of each other, at a constant rate.
    Poisson(ConstantRate),
    /// Independent of each other, at a piecewise linear rate.
    Rates(Spanned<Vec<RatePoint>>),
    /// With independent times between them.
    Renewal(Renewal),
    /// In phases of different rates, which follow each other round and round.
    Mmpp(Spanned<Vec<Phase>>),
    /// At recorded times.
    Trace(Trace),
}

/// When those come who come by themselves, however it is written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Timing<'a> {
    Poisson(&'a ConstantRate),
    Rates(&'a Spanned<Vec<RatePoint>>),
    Renewal(&'a Renewal),
    Mmpp(&'a Spanned<Vec<Phase>>),
    Trace(&'a Trace),
}

impl Load {
    /// Every way in which this load says when somebody comes by himself; one is right, none is for
    /// closed loads.
    pub(crate) fn timings(&self) -> impl Iterator<Item = Timing<'_>> {
        let arrivals = self.arrivals.as_ref().and_then(|arrivals| match &arrivals.value {
            Arrivals::Poisson(constant) => Some(Timing::Poisson(constant)),
            Arrivals::Rates(points) => Some(Timing::Rates(points)),
            Arrivals::Renewal(renewal) => Some(Timing::Renewal(renewal)),
            Arrivals::Mmpp(phases) => Some(Timing::Mmpp(phases)),
            Arrivals::Trace(trace) => Some(Timing::Trace(trace)),
            Arrivals::Closed(_) => None,
        });
        let open = self.open.as_ref().map(|open| match &open.value {
            OpenArrivals::Poisson(constant) => Timing::Poisson(constant),
            OpenArrivals::Rates(points) => Timing::Rates(points),
            OpenArrivals::Renewal(renewal) => Timing::Renewal(renewal),
            OpenArrivals::Mmpp(phases) => Timing::Mmpp(phases),
            OpenArrivals::Trace(trace) => Timing::Trace(trace),
        });
        let short = [
            self.rates.as_ref().map(Timing::Rates),
            self.renewal.as_ref().map(Timing::Renewal),
            self.mmpp.as_ref().map(Timing::Mmpp),
            self.trace.as_ref().map(Timing::Trace),
        ];
        arrivals.into_iter().chain(open).chain(short.into_iter().flatten())
    }
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
