//! The load file: what a system's users did, and will do; and the file of events that are coming.

use schemars::JsonSchema;
use serde::Deserialize;

use super::law::Law;
use super::scalar::{Number, Share, Time};
use crate::decode::Spanned;

/// A load file: what users did, hour by hour, and what they will do.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadFile {
    /// The kind of this file: `load/v1`.
    pub foreshadow: String,
    /// Name of the load.
    pub name: String,
    /// What it is, for people.
    pub about: Option<String>,
    /// What it was learned from, for people.
    pub learned: Option<LoadSources>,
    /// Width of a bin of the curves below.
    pub bin: Spanned<Time>,
    /// Seasons that were found, for people; a forecast finds its own.
    #[serde(default)]
    pub seasons: Vec<Time>,
    /// What came, bin by bin.
    pub history: Spanned<LoadHistory>,
    /// Stretches of the history that are not as usual; they do not count in a forecast.
    #[serde(default)]
    pub unusual: Vec<Spanned<Unusual>>,
    /// Days with much more or less than usual, for people: they may come again.
    #[serde(default)]
    pub special_days: Vec<SpecialDay>,
    /// What will come, bin by bin; written by `foreshadow forecast`.
    pub forecast: Option<Spanned<LoadForecast>>,
    /// Which endpoints are called, and how often.
    pub mix: Spanned<Vec<Spanned<MixEntry>>>,
    /// How the rate wavers within a bin.
    pub bursts: Option<Spanned<LoadBursts>>,
    /// What one person does after the other: which request follows which, and when.
    pub sessions: Option<Spanned<LoadSessions>>,
}

/// What a load was learned from.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadSources {
    /// The files.
    #[serde(default)]
    pub files: Vec<String>,
    /// How many requests they hold.
    pub requests: Option<u64>,
}

/// What came.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadHistory {
    /// Beginning of the first bin: a timestamp.
    pub start: Spanned<String>,
    /// Requests per second, a number a bin; `null` where nothing is known.
    pub per_s: Vec<Option<f64>>,
}

/// What will come.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadForecast {
    /// Beginning of the first bin: a timestamp.
    pub start: Spanned<String>,
    /// Which quantiles are told, rising; the median is one of them.
    pub levels: Vec<Share>,
    /// Requests per second: a list a bin, of a number a quantile.
    pub per_s: Vec<Vec<f64>>,
}

/// A stretch of the history that is not as usual.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unusual {
    /// Its beginning: a timestamp.
    pub from: Spanned<String>,
    /// Its end: a timestamp.
    pub to: Spanned<String>,
    /// What is unusual, for people: how much came, and how much usually does.
    pub why: Option<String>,
}

/// A day with much more or less than usual.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpecialDay {
    /// The day, `2026-11-27`.
    pub day: String,
    /// How many times as much as usual came.
    pub factor: Number,
}

/// An endpoint that users call.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MixEntry {
    /// Its address, `component.endpoint`; without, the name of the operation must be one.
    pub endpoint: Option<Spanned<String>>,
    /// What the recording calls it, such as `GET /checkout`.
    pub operation: Option<Spanned<String>>,
    /// Its share of all requests.
    pub share: Spanned<Share>,
    /// Its share in each hour of the day, UTC, 24 of them; where they are missing it is the same all day.
    pub by_hour: Option<Spanned<Vec<Share>>>,
    /// Sizes of answers, for people.
    pub answer_bytes: Option<Sizes>,
    /// Sizes of requests, for people.
    pub request_bytes: Option<Sizes>,
}

/// Sizes of requests or answers, in bytes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sizes {
    /// Their mean.
    pub mean: Number,
    /// Their median.
    pub p50: Number,
    /// 95th percentile.
    pub p95: Number,
    /// 99th percentile.
    pub p99: Number,
}

/// How the rate wavers within a bin.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadBursts {
    /// How long the rate keeps a value.
    pub step: Spanned<Time>,
    /// The factors on the rate, one for each scale of time.
    pub wavers: Vec<Spanned<LoadWaver>>,
    /// Variance over mean of the counts in windows of this length, for people: 1 is a Poisson
    /// process.
    #[serde(default)]
    pub dispersion: Vec<Dispersion>,
}

/// A random factor on the rate, of mean 1.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadWaver {
    /// How long it remembers; `0s`: every step is on its own.
    pub over: Time,
    /// Its variance, at any rate: what befalls everybody at once; 0 by default.
    pub shared: Option<Number>,
    /// Its variance times the rate per second: what each request brings along; 0 by default.
    pub own: Option<Number>,
}

/// How much more counts vary than those of a Poisson process.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dispersion {
    /// Length of the windows.
    pub window: Time,
    /// Variance over mean of the counts in them, within an hour.
    pub index: Number,
}

/// What people do in a session: a Markov chain over entries of the mix.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadSessions {
    /// How many were seen, for people.
    pub seen: Option<u64>,
    /// How many requests one had in the mean, with its interval, for people; the chain below has its own.
    pub requests: Option<MeanRequests>,
    /// A person who is silent for longer begins anew, for people.
    pub gap: Option<Time>,
    /// What pauses were measured from, for people.
    pub from: Option<PauseFrom>,
    /// How well a chain of the first sessions says what the last were like.
    pub held_out: Option<HeldOut>,
    /// How sessions begin; the shares add up to 100 %.
    pub start: Spanned<Vec<Spanned<NextRequest>>>,
    /// How long a person pauses between an answer and the next request; `think` of a request below goes
    /// before it.
    pub think: Option<Spanned<Law>>,
    /// What follows each request.
    pub after: Spanned<Vec<Spanned<AfterRequest>>>,
    /// How the rate of beginning sessions wavers; that of requests follows from it.
    pub bursts: Option<Spanned<LoadBursts>>,
}

/// How many requests a session had.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeanRequests {
    /// In the mean.
    pub mean: Number,
    /// The least that the mean may be, at 95 %.
    pub low: Number,
    /// The most that the mean may be, at 95 %.
    pub high: Number,
}

/// How well a chain that was learned from the first two thirds of the sessions says what the last third
/// were like.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldOut {
    /// The largest distance of the cumulative shares of lengths.
    pub lengths: Share,
    /// The share of the requests two apart that would have to move.
    pub pairs: Share,
    /// Those distances as chance alone makes them, in 19 of 20 cases.
    pub noise: Option<Noise>,
    /// Whether the chain may be relied on; where it may not, a scenario with `as: sessions` says so.
    pub reliable: bool,
}

/// Distances between samples of the same sessions.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Noise {
    /// Of lengths.
    pub lengths: Share,
    /// Of requests two apart.
    pub pairs: Share,
}

/// What a pause was measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PauseFrom {
    /// From the answer before, where the recording knows how long requests took.
    Answer,
    /// From the beginning of the request before.
    Request,
}

/// A request that may come next.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NextRequest {
    /// The operation or the endpoint of an entry of the mix.
    pub to: Spanned<String>,
    /// How often.
    pub share: Share,
}

/// What follows a request.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AfterRequest {
    /// The operation or the endpoint of an entry of the mix.
    pub endpoint: Spanned<String>,
    /// How long a person pauses after its answer.
    pub think: Option<Spanned<Law>>,
    /// The share of those who leave after it; with those of `next` it adds up to 100 %.
    pub leaves: Share,
    /// What comes next.
    #[serde(default)]
    pub next: Vec<Spanned<NextRequest>>,
}

/// A file of events that are coming.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventsFile {
    /// The kind of this file: `events/v1`.
    pub foreshadow: String,
    /// The events.
    pub events: Vec<Spanned<LoadEvent>>,
}

/// A campaign, a launch, a job: more or less than a forecast knows of.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadEvent {
    /// Its name.
    pub name: String,
    /// Its beginning: a timestamp.
    pub from: Spanned<String>,
    /// Its end: a timestamp.
    pub to: Spanned<String>,
    /// How many times as many come.
    pub factor: Spanned<Number>,
    /// The least that the factor may be, at 95 %; with `high`.
    pub low: Option<Spanned<Number>>,
    /// The most that the factor may be, at 95 %; with `low`.
    pub high: Option<Spanned<Number>>,
    /// The endpoints that it concerns; all by default.
    pub endpoints: Option<Vec<Spanned<String>>>,
}
