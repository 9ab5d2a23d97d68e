//! Who uses the system, and when.

use std::sync::Arc;
use std::time::Duration;

use super::{Bursts, EndpointId, Step};
use crate::random::Law;

/// A population of users.
#[derive(Debug, Clone, PartialEq)]
pub enum Load {
    /// Requests to one endpoint that come whatever the system does.
    Open {
        /// What they call.
        endpoint: EndpointId,
        /// When they come.
        arrivals: Arrivals,
        /// When a user leaves, and what becomes of the request.
        leaving: Leaving,
    },
    /// Users who come whatever the system does, go through a session once, and leave.
    Sessions {
        /// When they come.
        arrivals: Arrivals,
        /// What each does.
        session: Vec<Step>,
        /// When a user gives up a call, and what becomes of it.
        leaving: Leaving,
    },
    /// Users who go from one step of a session to the next, and then begin anew.
    Closed {
        /// How many, over time.
        users: Curve,
        /// What each does.
        session: Vec<Step>,
        /// When a user gives up a call, and what becomes of it.
        leaving: Leaving,
    },
}

impl Load {
    /// `factor` times this load at all times, from the beginning of the warm-up on; `None` for a
    /// recording, which has no rate, and for a factor that is no number above 0.
    ///
    /// The n-th user of one is the n-th of the other.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Option<Self> {
        if !(factor.is_finite() && factor > 0.0) {
            return None;
        }
        let mut load = self.clone();
        match &mut load {
            Self::Open { arrivals, .. } | Self::Sessions { arrivals, .. } => {
                *arrivals = match &*arrivals {
                    Arrivals::Poisson(curve) => Arrivals::Poisson(curve.scaled(factor)),
                    Arrivals::Bursty(curve, bursts) => {
                        Arrivals::Bursty(curve.scaled(factor), Arc::new(bursts.scaled(factor)))
                    }
                    Arrivals::Renewal(law) => Arrivals::Renewal(law.scaled(1.0 / factor).ok()?),
                    Arrivals::Mmpp(phases) => {
                        let scale = |phase: &Phase| Phase {
                            rate_per_s: factor * phase.rate_per_s,
                            ..*phase
                        };
                        Arrivals::Mmpp(phases.iter().map(scale).collect())
                    }
                    Arrivals::Trace(_) => return None,
                };
            }
            Self::Closed { users, .. } => *users = users.scaled(factor),
        }
        Some(load)
    }

    /// When its users give up, and what becomes of their requests.
    #[must_use]
    pub const fn leaving(&self) -> &Leaving {
        match self {
            Self::Open { leaving, .. }
            | Self::Sessions { leaving, .. }
            | Self::Closed { leaving, .. } => leaving,
        }
    }
}

/// Users who go before they have an answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Leaving {
    /// How long a user waits for an answer; for ever without.
    pub patience: Option<Law>,
    /// Whether the work for a user who is gone stops at once; otherwise it goes on for nobody.
    pub cancels: bool,
}

/// When requests, or people, come. All but a trace begin with the warm-up.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrivals {
    /// A Poisson process whose rate \[1/s\] follows a curve.
    Poisson(Curve),
    /// A Poisson process whose rate \[1/s\] follows a curve that is multiplied by random bursts.
    Bursty(Curve, Arc<Bursts>),
    /// Independent times between one and the next; the first comes one such time after the
    /// beginning of the warm-up.
    Renewal(Law),
    /// A Poisson process whose rate changes at random: phases follow each other in this order, round
    /// and round. The first is drawn with probability proportional to its mean, so that the process
    /// is stationary from its beginning.
    ///
    /// Source: W. Fischer and K. Meier-Hellstern, "The Markov-modulated Poisson process (MMPP)
    /// cookbook", Performance Evaluation 18(2), 1993.
    Mmpp(Vec<Phase>),
    /// Recorded instants \[ns since t = 0\], not falling. Negative ones are in the warm-up, and what
    /// lies before it does not come.
    Trace(Arc<[i64]>),
}

/// A phase of [`Arrivals::Mmpp`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Phase {
    /// Arrivals while it lasts \[1/s\].
    pub rate_per_s: f64,
    /// Mean of how long it lasts, which is exponential.
    pub mean: Duration,
}

/// Phases that may pass for each arrival; where more do, a constant rate is the same.
pub const MAX_PHASES_PER_ARRIVAL: f64 = 1e6;

impl Arrivals {
    /// Whether there is a rate that a factor can multiply: there is none behind recorded times.
    #[must_use]
    pub const fn has_rate(&self) -> bool {
        !matches!(self, Self::Trace(_))
    }

    /// The highest rate that is ever asked for \[1/s\], bursts left out; of a trace, the mean over its length, and
    /// `None` where it has none.
    #[must_use]
    pub fn peak_per_s(&self) -> Option<f64> {
        match self {
            Self::Poisson(curve) | Self::Bursty(curve, _) => {
                curve.0.iter().map(|point| point.1).reduce(f64::max)
            }
            Self::Renewal(law) => Some(1e9 / law.mean()),
            Self::Mmpp(phases) => phases.iter().map(|phase| phase.rate_per_s).reduce(f64::max),
            Self::Trace(instants) => {
                let length_ns = instants.last()?.saturating_sub(*instants.first()?);
                (length_ns > 0).then(|| (instants.len() - 1) as f64 * 1e9 / length_ns as f64)
            }
        }
    }
}

/// A piecewise linear function of time; before its first point and after its last it is constant.
///
/// Points are (time since t = 0, value) with rising times; two points at one time are a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve(pub Vec<(Duration, f64)>);

impl Curve {
    /// The same value at all times.
    #[must_use]
    pub fn constant(value: f64) -> Self {
        Self(vec![(Duration::ZERO, value)])
    }

    /// The value, if it is the same at all times.
    #[must_use]
    pub fn as_constant(&self) -> Option<f64> {
        let &(_, value) = self.0.first()?;
        self.0.iter().all(|point| point.1.total_cmp(&value).is_eq()).then_some(value)
    }

    /// `factor` times this at all times.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        Self(self.0.iter().map(|&(at, value)| (at, factor * value)).collect())
    }
}
