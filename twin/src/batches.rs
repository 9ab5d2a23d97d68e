//! Means of things that come one after the other and depend on each other.
//!
//! Successive batches depend on each other far less than successive visits do, so Student's test of
//! their mean is fair where one of single visits would see a change in every burst (batch means;
//! A. M. Law, *Simulation Modeling and Analysis*, §9.5.3).

use statrs::distribution::{ContinuousCDF, StudentsT};

/// Batches of a list.
pub(crate) const COUNT: usize = 8;
/// Items of a batch, at least.
pub(crate) const LEAST: usize = 5;

/// Batches of a list, as equal as can be; none if there are too few items.
pub(crate) fn batches<T>(items: &[T]) -> Vec<&[T]> {
    if items.len() < COUNT * LEAST {
        return Vec::new();
    }
    let at = |i: usize| i * items.len() / COUNT;
    (0..COUNT).map(|i| &items[at(i)..at(i + 1)]).collect()
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Variance of a sample; of two values or more.
pub(crate) fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0)
}

/// Two-sided p of Student's law with so many degrees of freedom.
pub(crate) fn two_sided(t: f64, freedom: f64) -> f64 {
    match StudentsT::new(0.0, 1.0, freedom) {
        Ok(law) => 2.0 * law.sf(t.abs()),
        Err(_) => 1.0,
    }
}

/// Two-sided p of Student's test that the mean of `batches` is `expected`, the variance of a batch
/// being at least `least_variance`.
pub(crate) fn p_value(batches: &[f64], expected: f64, least_variance: f64) -> f64 {
    let n = batches.len() as f64;
    let error = (variance(batches).max(least_variance) / n).sqrt();
    let difference = (mean(batches) - expected).abs();
    if error <= 0.0 {
        return if difference > 0.0 { 0.0 } else { 1.0 };
    }
    two_sided(difference / error, n - 1.0)
}
