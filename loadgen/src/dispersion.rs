//! How much counts vary beyond a Poisson process, within windows of about an hour.
//!
//! Source: D. R. Cox, P. A. W. Lewis, *The Statistical Analysis of Series of Events*, 1966, §4.5
//! (index of dispersion of counts).

/// Variance over mean of the counts in bins of `width` steps, within each window; the windows'
/// variances and means are averaged first. 1 for a Poisson process.
///
/// Steps that do not fill a bin are left out, and windows of fewer than two bins.
#[must_use]
pub fn index_of_dispersion(windows: &[&[u32]], width: usize) -> f64 {
    let (mut variance, mut mean) = (0.0, 0.0);
    for window in windows {
        let bins: Vec<f64> = window.chunks_exact(width).map(sum).collect();
        if bins.len() < 2 {
            continue;
        }
        let n = bins.len() as f64;
        let own = bins.iter().sum::<f64>() / n;
        variance += bins.iter().map(|bin| (bin - own).powi(2)).sum::<f64>() / (n - 1.0);
        mean += own;
    }
    variance / mean
}

/// Correlation of the counts of neighbouring steps, within each window; the windows' covariances and
/// variances are averaged first. 0 for a Poisson process.
#[must_use]
pub fn autocorrelation(windows: &[&[u32]]) -> f64 {
    let (mut covariance, mut variance) = (0.0, 0.0);
    for window in windows.iter().filter(|window| window.len() > 1) {
        let n = window.len() as f64;
        let mean = sum(window) / n;
        let off = |count: u32| f64::from(count) - mean;
        let pairs = window.windows(2).map(|pair| off(pair[0]) * off(pair[1]));
        covariance += pairs.sum::<f64>() / (n - 1.0);
        variance += window.iter().map(|count| off(*count).powi(2)).sum::<f64>() / n;
    }
    covariance / variance
}

fn sum(counts: &[u32]) -> f64 {
    counts.iter().map(|count| f64::from(*count)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constant_counts_have_no_dispersion_and_doubled_ones_twice_as_much() {
        assert!(index_of_dispersion(&[&[3; 10]], 2).abs() < 1e-12);
        // Mean 2, variance of 0, 4, 0, 4 with n − 1: 16 / 3.
        assert!((index_of_dispersion(&[&[0, 4, 0, 4]], 1) - 8.0 / 3.0).abs() < 1e-12);
        assert!((index_of_dispersion(&[&[0, 8, 0, 8]], 1) - 16.0 / 3.0).abs() < 1e-12);
        assert!((autocorrelation(&[&[0, 4, 0, 4, 0, 4, 0, 4]]) + 1.0).abs() < 1e-12);
    }
}
