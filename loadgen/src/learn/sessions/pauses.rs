//! Laws of pauses: a share of none at all, and quantiles of the others, with the mean that was seen.

/// Parts of a law of pauses: quantiles lie this far apart.
const PARTS: usize = 20;

/// A law of pauses. Many are nothing (the parts of a page) and some are long: apart from each other,
/// neither is lost between two quantiles.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pauses {
    /// The share that is nothing.
    pub(super) none: f64,
    /// Quantiles of the others, evenly spaced from 0 to 1 \[s\]; empty where there are none.
    pub(super) others: Vec<f64>,
}

impl Pauses {
    /// The law of these pauses \[ms\], of which there is one at least.
    pub(super) fn of(mut pauses: Vec<u32>) -> Self {
        pauses.sort_unstable();
        let none = pauses.partition_point(|pause| *pause == 0);
        let others = &pauses[none..];
        let quantiles = if others.is_empty() { Vec::new() } else { quantiles(others) };
        Self { none: none as f64 / pauses.len() as f64, others: quantiles }
    }
}

/// Quantiles \[s\] of sorted pauses \[ms\]. Between quantiles a law is linear, and its last part is long: so
/// the last quantile is not the largest pause but what gives the law the mean of all. Where that would take
/// more than the largest, or less than the one before, all are scaled by what lacks.
fn quantiles(pauses: &[u32]) -> Vec<f64> {
    let n = pauses.len();
    let at = |part: usize| {
        let place = part as f64 / PARTS as f64 * (n - 1) as f64;
        let (left, share) = (place as usize, place.fract());
        let (a, b) = (f64::from(pauses[left]), f64::from(pauses[(left + 1).min(n - 1)]));
        (a + (b - a) * share) / 1e3
    };
    let mut found: Vec<f64> = (0..=PARTS).map(at).collect();
    let mean = pauses.iter().map(|pause| f64::from(*pause)).sum::<f64>() / n as f64 / 1e3;
    let before = found[0] + 2.0 * found[1..PARTS].iter().sum::<f64>();
    let last = 2.0 * PARTS as f64 * mean - before;
    found[PARTS] = last.clamp(found[PARTS - 1], found[PARTS]);
    let fitted = (before + found[PARTS]) / (2.0 * PARTS as f64);
    for quantile in &mut found {
        *quantile *= mean / fitted;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The law's mean [s] is that of the pauses [ms].
    #[track_caller]
    fn check_mean(pauses: Vec<u32>, none: f64) {
        let mean = pauses.iter().map(|p| f64::from(*p)).sum::<f64>() / pauses.len() as f64 / 1e3;
        let law = Pauses::of(pauses);
        assert!((law.none - none).abs() < 1e-12, "{law:?}");
        let of_others = law.others.windows(2).map(|pair| f64::midpoint(pair[0], pair[1]));
        let found = (1.0 - none) * of_others.sum::<f64>() / PARTS as f64;
        assert!((found - mean).abs() < 1e-9 * mean, "{found} s, expected {mean} s");
    }

    #[test]
    fn a_law_has_the_mean_of_what_was_seen() {
        check_mean([vec![0; 96], vec![100_000; 4]].concat(), 0.96);
        check_mean([vec![0; 999], vec![60_000; 1]].concat(), 0.999);
        check_mean([vec![1000; 99], vec![1_000_000; 1]].concat(), 0.0);
        check_mean((1..200).map(|i| 7_000_000 / (i * i)).collect(), 0.0);
        check_mean((0..100).map(|i| 10 * u32::isqrt(i)).collect(), 0.01);
        assert_eq!(Pauses::of(vec![0; 5]), Pauses { none: 1.0, others: Vec::new() });
    }
}
