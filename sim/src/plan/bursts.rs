//! Bursts: a rate that wavers at random around its curve, on several scales of time.

use std::time::Duration;

use super::Curve;

/// Parts of [`Bursts`] at most.
pub const MAX_WAVERS: usize = 8;

/// A factor on a rate that changes at random, of mean 1: the product of log-normal ones whose
/// logarithms are autoregressive from step to step. Loads with the same bursts and identity waver
/// together.
///
/// Source: D. R. Cox, "Some Statistical Methods Connected with Series of Events", Journal of the Royal
/// Statistical Society B 17(2), 1955; J. Møller, A. R. Syversveen, R. P. Waagepetersen, "Log Gaussian
/// Cox Processes", Scandinavian Journal of Statistics 25(3), 1998.
#[derive(Debug, Clone, PartialEq)]
pub struct Bursts {
    /// What draws are keyed by, beside seed and replication.
    pub identity: u64,
    /// How long the factor keeps a value.
    pub step: Duration,
    /// The rate \[1/s\] of all loads that waver together: the higher it is, the less weighs what each
    /// request brings along on its own ([`Waver::own_per_s`]).
    pub total: Curve,
    /// What it is made of, at most [`MAX_WAVERS`].
    pub wavers: Vec<Waver>,
}

/// A part of [`Bursts`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Waver {
    /// The correlation of its logarithm falls to 1/e in this time; zero: every step is on its own.
    pub over: Duration,
    /// Variance of the factor that does not depend on the rate: what befalls everybody at once.
    pub shared: f64,
    /// Variance of the factor times the rate \[1/s\]: what each request brings along, such as the
    /// parts of a page.
    pub own_per_s: f64,
}

impl Bursts {
    /// The same where `factor` times as many come.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        Self { total: self.total.scaled(factor), ..self.clone() }
    }
}
