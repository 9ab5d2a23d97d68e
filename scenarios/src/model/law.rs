//! Laws of random times, and their lowering to the simulator's.

use std::time::Duration;

use foreshadow_sim::random;
use schemars::JsonSchema;
use serde::Deserialize;

use super::scalar::{Count, Number, Time, Weight};
use crate::decode::Spanned;
use crate::problem::Problem;
use crate::units;

/// A law of random times; a plain duration is always that time.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename = "$either", rename_all = "snake_case")]
#[schemars(rename = "Law", untagged)]
pub enum Law {
    /// Always the same time.
    Scalar(Time),
    /// One of the distributions.
    Map(Distribution),
}

/// The distributions of times.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    /// Always the same time.
    Constant(Time),
    /// Memoryless: many short, few long.
    Exponential(Mean),
    /// Right-skewed, as most service times are; by mean and scv, or by two quantiles.
    Lognormal(Lognormal),
    /// Gamma, by mean and squared coefficient of variation.
    Gamma(MeanScv),
    /// The sum of `k` exponential phases.
    Erlang(Erlang),
    /// Two exponential phases with balanced means; `scv` at least 1.
    Hyperexponential(MeanScv),
    /// Heavy-tailed, type I; `alpha` above 1.
    Pareto(Pareto),
    /// Weibull: `shape` below 1 has a heavier tail than exponential, above 1 a lighter one.
    Weibull(Weibull),
    /// Equally likely between two times.
    Uniform(Uniform),
    /// Quantiles evenly spaced in probability from 0 to 1, linear between them.
    Empirical(Empirical),
    /// One of several laws.
    Mixture(Vec<Part>),
}

/// Parameters: a mean.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mean {
    /// Expected time.
    pub mean: Time,
}

/// Parameters: a mean and a squared coefficient of variation.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeanScv {
    /// Expected time.
    pub mean: Time,
    /// Squared coefficient of variation: variance over squared mean.
    pub scv: Number,
}

/// Parameters of a log-normal law: `mean` and `scv`, or `p50` and `p99`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lognormal {
    /// Expected time.
    pub mean: Option<Time>,
    /// Squared coefficient of variation.
    pub scv: Option<Number>,
    /// Median.
    pub p50: Option<Time>,
    /// 99th percentile.
    pub p99: Option<Time>,
}

/// Parameters of an Erlang law.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Erlang {
    /// Expected time of the sum.
    pub mean: Time,
    /// Number of phases, at least 1.
    pub k: Count,
}

/// Parameters of a Pareto law.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pareto {
    /// Expected time.
    pub mean: Time,
    /// Tail index, above 1; the smaller, the heavier the tail.
    pub alpha: Number,
}

/// Parameters of a Weibull law.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weibull {
    /// Expected time.
    pub mean: Time,
    /// Shape, above 0.
    pub shape: Number,
}

/// Parameters of a uniform law.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Uniform {
    /// Shortest time.
    pub min: Time,
    /// Longest time.
    pub max: Time,
}

/// Parameters of an empirical law.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Empirical {
    /// Two or more rising times; the first is the minimum, the last the maximum.
    pub quantiles: Vec<Time>,
    /// What all of them are multiplied by, above 0; 1 by default.
    pub scale: Option<Number>,
}

/// One law of a mixture.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// How often, relative to the others.
    pub weight: Weight,
    /// The law.
    pub of: Box<Law>,
}

impl Law {
    /// The simulator's law of the same times.
    ///
    /// # Errors
    /// Says which parameter is outside its range.
    pub fn lower(&self) -> Result<random::Law, String> {
        match self {
            Self::Scalar(time) => Ok(random::Law::constant(nanos(time) as u64)),
            Self::Map(distribution) => distribution.lower(),
        }
    }
}

impl Distribution {
    fn lower(&self) -> Result<random::Law, String> {
        let law = match self {
            Self::Constant(time) => Ok(random::Law::constant(nanos(time) as u64)),
            Self::Exponential(Mean { mean }) => random::Law::exponential(nanos(mean)),
            Self::Lognormal(parameters) => return parameters.lower(),
            Self::Gamma(MeanScv { mean, scv }) => random::Law::gamma(nanos(mean), scv.0),
            Self::Erlang(Erlang { mean, k }) => random::Law::erlang(nanos(mean), k.0),
            Self::Hyperexponential(MeanScv { mean, scv }) => {
                random::Law::hyperexponential(nanos(mean), scv.0)
            }
            Self::Pareto(Pareto { mean, alpha }) => random::Law::pareto(nanos(mean), alpha.0),
            Self::Weibull(Weibull { mean, shape }) => random::Law::weibull(nanos(mean), shape.0),
            Self::Uniform(Uniform { min, max }) => random::Law::uniform(nanos(min), nanos(max)),
            Self::Empirical(Empirical { quantiles, scale }) => {
                let scale = scale.as_ref().map_or(1.0, |scale| scale.0);
                if scale <= 0.0 || !scale.is_finite() {
                    return Err(format!("expected `scale` to be above 0, found `{scale}`"));
                }
                random::Law::empirical(quantiles.iter().map(|time| scale * nanos(time)).collect())
            }
            Self::Mixture(parts) => {
                let lowered = parts.iter().map(|part| Ok((part.weight.0, part.of.lower()?)));
                random::Law::mixture(lowered.collect::<Result<_, String>>()?)
            }
        };
        law.map_err(|error| complaint(&error))
    }
}

impl Lognormal {
    fn lower(&self) -> Result<random::Law, String> {
        let law = match self {
            Self { mean: Some(mean), scv: Some(scv), p50: None, p99: None } => {
                random::Law::lognormal(nanos(mean), scv.0)
            }
            Self { mean: None, scv: None, p50: Some(p50), p99: Some(p99) } => {
                random::Law::lognormal_quantiles(nanos(p50), nanos(p99))
            }
            _ => {
                return Err(String::from("expected `mean` and `scv`, or `p50` and `p99`"));
            }
        };
        law.map_err(|error| complaint(&error))
    }
}

/// The simulator's complaint about a parameter, with times in units instead of nanoseconds.
fn complaint(error: &foreshadow_sim::Error) -> String {
    let foreshadow_sim::Error::Law { parameter, value, expected } = error else {
        return error.to_string();
    };
    let found = match *parameter {
        "mean" | "p50" | "p99" | "min" | "max" => units::show(Duration::from_nanos(*value as u64)),
        "quantiles" => return format!("expected `quantiles` to be {expected}"),
        _ => value.to_string(),
    };
    format!("expected `{parameter}` to be {expected}, found `{found}`")
}

fn nanos(time: &Time) -> f64 {
    let Time(duration) = time;
    duration.as_nanos() as f64
}

impl Law {
    /// Whether this is always no time at all.
    fn is_never_any_time(&self) -> bool {
        let zero = |time: &Time| time.0 == Duration::ZERO;
        match self {
            Self::Scalar(time) | Self::Map(Distribution::Constant(time)) => zero(time),
            Self::Map(Distribution::Uniform(uniform)) => zero(&uniform.max),
            Self::Map(Distribution::Empirical(law)) => law.quantiles.iter().all(zero),
            Self::Map(Distribution::Mixture(parts)) => {
                parts.iter().all(|part| part.weight.0 <= 0.0 || part.of.is_never_any_time())
            }
            Self::Map(_) => false,
        }
    }
}

impl Spanned<Law> {
    /// The simulator's law of the same times, or the problem with this one.
    pub(crate) fn lower_here(&self) -> Result<random::Law, Problem> {
        self.lower().map_err(|message| Problem::at(self.span, message))
    }

    /// Whether this is always no time at all.
    pub(crate) fn is_never_any_time(&self) -> bool {
        self.value.is_never_any_time()
    }
}
