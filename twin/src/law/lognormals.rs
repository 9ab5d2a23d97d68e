//! Mixtures of log-normal laws by expectation maximisation.
//!
//! Service times of real systems often have a fast and a slow way (a cache, a throttled quantum);
//! two or three log-normal parts tell that in words that a person can edit.
//!
//! Source: A. Dempster, N. Laird, D. Rubin, "Maximum Likelihood from Incomplete Data via the EM
//! Algorithm", Journal of the Royal Statistical Society B 39(1), 1977.

use super::Law;

const ROUNDS: usize = 200;
/// The narrowest part, so that none collapses onto one value: about ± 3 %.
const MIN_SIGMA: f64 = 0.03;
/// The rarest part.
const MIN_WEIGHT: f64 = 0.01;

#[derive(Debug, Clone, Copy)]
struct Part {
    weight: f64,
    mu: f64,
    sigma: f64,
}

/// The likeliest mixture of `count` log-normal laws for `sorted`, all above zero; none when parts
/// vanish on the way.
pub(super) fn mixture(sorted: &[f64], count: usize) -> Option<Law> {
    let logs: Vec<f64> = sorted.iter().map(|x| x.ln()).collect();
    let mut parts = start(&logs, count)?;
    let mut before = f64::NEG_INFINITY;
    for _ in 0..ROUNDS {
        let likelihood = step(&logs, &mut parts);
        if parts.iter().any(|part| !part.mu.is_finite() || part.weight < MIN_WEIGHT) {
            return None;
        }
        if (likelihood - before).abs() < 1e-7 * logs.len() as f64 {
            break;
        }
        before = likelihood;
    }
    parts.sort_by(|a, b| a.mu.total_cmp(&b.mu));
    let law = |part: Part| (part.weight, Law::Lognormal { mu: part.mu, sigma: part.sigma });
    Some(Law::Mixture(parts.into_iter().map(law).collect()))
}

/// Cuts the range of the logarithms, not their number, evenly: slow ways are rare.
fn start(logs: &[f64], count: usize) -> Option<Vec<Part>> {
    let (low, high) = (logs.first()?, logs.last()?);
    let width = (high - low) / count as f64;
    if width < MIN_SIGMA {
        return None;
    }
    let part = |i: usize| Part {
        weight: 1.0 / count as f64,
        mu: low + width * (i as f64 + 0.5),
        sigma: width / 2.0,
    };
    Some((0..count).map(part).collect())
}

/// One round; returns the log-likelihood before it, up to a constant.
fn step(logs: &[f64], parts: &mut [Part]) -> f64 {
    let mut sums = vec![[0.0_f64; 3]; parts.len()];
    let mut shares = vec![0.0; parts.len()];
    let mut likelihood = 0.0;
    for &x in logs {
        for (share, part) in shares.iter_mut().zip(parts.iter()) {
            let z = (x - part.mu) / part.sigma;
            *share = part.weight / part.sigma * (-0.5 * z * z).exp();
        }
        let total: f64 = shares.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        likelihood += total.ln();
        for (sum, share) in sums.iter_mut().zip(&shares) {
            let share = share / total;
            sum[0] += share;
            sum[1] += share * x;
            sum[2] += share * x * x;
        }
    }
    for (part, [weight, first, second]) in parts.iter_mut().zip(sums) {
        part.weight = weight / logs.len() as f64;
        part.mu = first / weight;
        part.sigma = (second / weight - part.mu * part.mu).max(0.0).sqrt().max(MIN_SIGMA);
    }
    likelihood
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ways_are_told_apart() {
        let way = |mu: f64, n: u32| {
            let law = Law::Lognormal { mu, sigma: 0.2 };
            (0..n).map(move |i| law.quantile((f64::from(i) + 0.5) / f64::from(n)))
        };
        let mut times: Vec<f64> = way(1.0, 900).chain(way(4.0, 100)).collect();
        times.sort_by(f64::total_cmp);
        let Some(Law::Mixture(parts)) = mixture(&times, 2) else { panic!("a mixture") };
        let expected = [(0.9, 1.0), (0.1, 4.0)];
        for ((weight, law), (share, centre)) in parts.into_iter().zip(expected) {
            let Law::Lognormal { mu, sigma } = law else { panic!("log-normal") };
            assert!((weight - share).abs() < 0.01 && (mu - centre).abs() < 0.02, "{weight} {mu}");
            assert!((sigma - 0.2).abs() < 0.02, "{sigma}");
        }
    }

    #[test]
    fn one_value_has_no_parts() {
        assert_eq!(mixture(&[5.0; 100], 2), None);
    }
}
