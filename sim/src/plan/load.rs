//! Who uses the system, and when.

use std::sync::Arc;
use std::time::Duration;

use super::{Bursts, EndpointId, Step, Walk};
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
        /// What each does, one step after the other.
        session: Vec<Step>,
        /// Instead, each goes from step to step by chance.
        walk: Option<Arc<Walk>>,
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

impl Arrivals {
    /// Arrivals in \[0, horizon) that are expected, over its length \[1/s\]; `None` where it has none.
    #[must_use]
    pub fn mean_per_s(&self, horizon: Duration) -> Option<f64> {
        let length_s = Some(horizon.as_secs_f64()).filter(|length| *length > 0.0)?;
        Some(match self {
            // Bursts are a factor of mean 1.
            Self::Poisson(curve) | Self::Bursty(curve, _) => curve.integral(horizon) / length_s,
            Self::Renewal(law) => 1e9 / law.mean(),
            Self::Mmpp(phases) => {
                let means = phases.iter().map(|phase| (phase.rate_per_s, phase.mean.as_secs_f64()));
                let (sum, all) = means
                    .fold((0.0, 0.0), |(sum, all), (rate, mean)| (sum + rate * mean, all + mean));
                sum / all
            }
            Self::Trace(instants) => {
                let end = horizon.as_nanos();
                let within = |at: &&i64| u128::try_from(**at).is_ok_and(|at| at < end);
                instants.iter().filter(within).count() as f64 / length_s
            }
        })
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

    /// ∫ from t = 0 to `end` of the value, over seconds.
    #[must_use]
    pub fn integral(&self, end: Duration) -> f64 {
        let end = end.as_secs_f64();
        let points = self.0.iter().map(|&(at, value)| (at.as_secs_f64(), value));
        let Some((first, last)) = self.0.first().zip(self.0.last()) else { return 0.0 };
        let mut sum = first.1 * first.0.as_secs_f64().min(end);
        for ((from, start), (to, value)) in points.clone().zip(points.skip(1)) {
            let until = to.min(end);
            if until > from {
                let reached = start + (value - start) * (until - from) / (to - from);
                sum += f64::midpoint(start, reached) * (until - from);
            }
        }
        sum + last.1 * (end - last.0.as_secs_f64()).max(0.0)
    }

    /// `factor` times this at all times.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        Self(self.0.iter().map(|&(at, value)| (at, factor * value)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(arrivals: &Arrivals, horizon_s: u64, expected: f64) {
        let found = arrivals.mean_per_s(Duration::from_secs(horizon_s)).unwrap();
        assert!((found - expected).abs() < 1e-9, "{arrivals:?}: {found}, not {expected}");
    }

    #[test]
    fn a_mean_rate_is_over_the_horizon() {
        let at = Duration::from_secs;
        // 10/s for 10 s, up to 30/s within 20 s, 30/s ever after.
        let curve = Arrivals::Poisson(Curve(vec![(at(10), 10.0), (at(30), 30.0)]));
        check(&curve, 5, 10.0);
        check(&curve, 20, (100.0 + 150.0) / 20.0);
        check(&curve, 40, (100.0 + 400.0 + 300.0) / 40.0);
        let step = Arrivals::Poisson(Curve(vec![(at(0), 8.0), (at(5), 8.0), (at(5), 2.0)]));
        check(&step, 10, 5.0);
        let phase = |rate_per_s, mean| Phase { rate_per_s, mean: at(mean) };
        check(&Arrivals::Mmpp(vec![phase(10.0, 3), phase(50.0, 1)]), 60, 20.0);
        check(&Arrivals::Trace(Arc::from([-5, 0, 1_000_000_000, 9_000_000_000])), 4, 0.5);
        check(&Arrivals::Renewal(Law::constant(50_000_000)), 4, 20.0);
    }
}
