//! Fitting bursts: on which scales of time a rate wavers around its curve, and how much.
//!
//! Counts of a Cox process with rate λ·M differ between two steps by the variogram λ + λ²·(C(0) − C(l)),
//! C being the covariance of M. A variogram needs no mean, so a curve that is wrong by a constant does
//! not matter. What befalls everybody at once makes C independent of the rate; what each request brings
//! along (the parts of a page) makes it fall as 1/λ. Hours of different rates tell the two apart.
//!
//! Source: N. Cressie, *Statistics for Spatial Data*, 1993, §2.4 (variograms); J. Møller et al., "Log
//! Gaussian Cox Processes", Scandinavian Journal of Statistics 25(3), 1998.

use std::time::Duration;

use foreshadow_sim::plan::Waver;

/// Scales of time [steps] that the rate may waver on; zero is one step alone.
const SCALES: [f64; 8] = [0.0, 2.5, 8.0, 25.0, 80.0, 250.0, 600.0, 1500.0];
/// Distances [steps] that are looked at.
const LAGS: [usize; 18] =
    [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 100, 160, 300, 600, 1200, 1800];
/// Groups of windows by rate, and windows that each must have.
const GROUPS: usize = 4;
const LEAST_IN_GROUP: usize = 6;
/// Variances below this part of all are left out.
const LEAST_PART: f64 = 0.005;
/// Windows with so many times as much as usual, or as little, are left out.
const UNUSUAL: f64 = 2.5;
/// Errors at short distances count as if they were at least this part of the largest variance.
const LEAST_WEIGHED: f64 = 0.05;
const ROUNDS: usize = 12;
const SWEEPS: usize = 4000;

/// What windows of about one rate show.
#[derive(Debug)]
struct Group {
    /// 1 / rate, as it weighs in the mean of squares [steps].
    inverse: f64,
    /// C(0) − C(l) by lag.
    rise: Vec<f64>,
    /// What a C of 1 adds to the variance of all counts.
    weight: f64,
}

/// Bursts that make counts as those of `windows`: steps of one width without gaps, each at about one
/// rate. Empty where the counts do not vary more than those of a Poisson process.
///
/// `usual` says of each window how much usually comes at its time \[1/step\]: windows are grouped by
/// that and not by what came, because a burst itself makes a window a busy one.
///
/// # Panics
/// When there are not as many of both.
#[must_use]
pub fn fit(windows: &[&[u32]], usual: &[f64], step: Duration) -> Vec<Waver> {
    assert_eq!(windows.len(), usual.len(), "every window has its usual rate");
    let shortest = windows.iter().map(|window| window.len()).min().unwrap_or(0);
    let lags: Vec<usize> = LAGS.into_iter().filter(|lag| lag * 2 <= shortest).collect();
    let longest = lags.last().copied().unwrap_or(0) as f64;
    let scales: Vec<f64> = SCALES.into_iter().filter(|scale| *scale <= longest).collect();
    let groups = groups(windows, usual, &lags);
    if groups.is_empty() || lags.is_empty() {
        return Vec::new();
    }
    let mut variances = vec![0.0; 2 * scales.len()];
    let mut target: Vec<Vec<f64>> = groups.iter().map(|group| group.rise.clone()).collect();
    for _ in 0..ROUNDS {
        variances = solve(&groups, &target, &lags, &scales);
        // Factors multiply, so that together they vary more than the sum that was solved for.
        for (group, target) in groups.iter().zip(&mut target) {
            for (at, lag) in lags.iter().enumerate() {
                let (made, summed) = rise(&variances, &scales, group.inverse, *lag as f64);
                target[at] = group.rise[at] - (made - summed);
            }
        }
    }
    let mean = groups.iter().map(|group| group.inverse).sum::<f64>() / groups.len() as f64;
    let size = |at: usize| variances[at] + variances[scales.len() + at] * mean;
    let all: f64 = (0..scales.len()).map(size).sum();
    let second = step.as_secs_f64();
    let kept = (0..scales.len()).filter(|&at| size(at) > LEAST_PART * all && size(at) > 1e-6);
    kept.map(|at| Waver {
        over: step.mul_f64(scales[at]),
        shared: variances[at],
        own_per_s: variances[scales.len() + at] / second,
    })
    .collect()
}

/// Windows by how much usually comes, and the variogram of each group.
fn groups(windows: &[&[u32]], usual: &[f64], lags: &[usize]) -> Vec<Group> {
    let mut order: Vec<(f64, &[u32])> =
        usual.iter().copied().zip(windows.iter().copied()).filter(is_usual).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let count = (order.len() / LEAST_IN_GROUP).clamp(1, GROUPS);
    let size = order.len().div_ceil(count).max(1);
    order.chunks(size).map(|group| variogram(group, lags)).collect()
}

/// Whether about as much came as usually does: what is unusual is no baseline.
fn is_usual((usual, window): &(f64, &[u32])) -> bool {
    let times = rate(window) / usual;
    *usual > 0.0 && times < UNUSUAL && times > 1.0 / UNUSUAL
}

/// Requests a step.
fn rate(window: &[u32]) -> f64 {
    window.iter().map(|count| f64::from(*count)).sum::<f64>() / window.len() as f64
}

fn variogram(group: &[(f64, &[u32])], lags: &[usize]) -> Group {
    let n = group.len() as f64;
    let mean = group.iter().map(|(_, window)| rate(window)).sum::<f64>() / n;
    let square = group.iter().map(|(_, window)| rate(window).powi(2)).sum::<f64>() / n;
    let half_square = |lag: usize| {
        let of = |window: &[u32]| {
            let pairs = window.iter().zip(&window[lag..]);
            let sum: f64 = pairs.map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
            sum / (2 * (window.len() - lag)) as f64
        };
        group.iter().map(|(_, window)| of(window)).sum::<f64>() / n
    };
    let rise = lags.iter().map(|&lag| ((half_square(lag) - mean) / square).max(0.0)).collect();
    Group { inverse: mean / square, rise, weight: n * square }
}

/// C(0) − C(l) of the product of log-normal factors, and of a sum of factors.
fn rise(variances: &[f64], scales: &[f64], inverse: f64, lag: f64) -> (f64, f64) {
    let (mut whole, mut later, mut summed) = (0.0, 0.0, 0.0);
    for (at, scale) in scales.iter().enumerate() {
        let plain = variances[at] + variances[scales.len() + at] * inverse;
        summed += plain * (1.0 - kept(*scale, lag));
        let variance = plain.ln_1p();
        whole += variance;
        later += variance * kept(*scale, lag);
    }
    (whole.exp_m1() - later.exp_m1(), summed)
}

fn kept(scale: f64, lag: f64) -> f64 {
    if scale > 0.0 { (-lag / scale).exp() } else { 0.0 }
}

/// Variances, first those that are shared, then those times the rate, none below zero, that
/// together rise as the target: least squares of what each window adds to the variance of all, by
/// cyclic descent.
fn solve(groups: &[Group], target: &[Vec<f64>], lags: &[usize], scales: &[f64]) -> Vec<f64> {
    let n = 2 * scales.len();
    let (mut square, mut right) = (vec![0.0; n * n], vec![0.0; n]);
    let all = |of: &dyn Fn(usize) -> f64| (0..groups.len()).map(of).sum::<f64>();
    let total = all(&|g| groups[g].weight);
    // The variance over all windows at each lag, the part of chance included: errors are parts of it.
    let pooled: Vec<f64> = (0..lags.len())
        .map(|lag| {
            all(&|g| groups[g].weight * (groups[g].rise[lag] + 0.1 * groups[g].inverse)) / total
        })
        .collect();
    let most = pooled.iter().copied().fold(0.0, f64::max);
    for (group, target) in groups.iter().zip(target) {
        for ((lag, wanted), pooled) in lags.iter().zip(target).zip(&pooled) {
            let risen = |scale: &f64| 1.0 - kept(*scale, *lag as f64);
            let shared = scales.iter().map(risen);
            let own = scales.iter().map(|scale| risen(scale) * group.inverse);
            let row: Vec<f64> = shared.chain(own).collect();
            let weight = group.weight / total / (pooled + LEAST_WEIGHED * most).powi(2);
            for i in 0..n {
                right[i] += weight * row[i] * wanted;
                for j in 0..n {
                    square[i * n + j] += weight * row[i] * row[j];
                }
            }
        }
    }
    let mut found = vec![0.0; n];
    for _ in 0..SWEEPS {
        for i in 0..n {
            let others: f64 =
                (0..n).filter(|&j| j != i).map(|j| square[i * n + j] * found[j]).sum();
            let own = square[i * n + i];
            found[i] = if own > 0.0 { ((right[i] - others) / own).max(0.0) } else { 0.0 };
        }
    }
    found
}

#[cfg(test)]
mod tests;
