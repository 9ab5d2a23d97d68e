//! How likely something is that either happens in a replication or does not.

use statrs::distribution::{Beta, ContinuousCDF};

use super::{Decision, Estimate, Reason};

/// The share of trials that hit, with its interval of Clopper and Pearson at `confidence`, which
/// holds the probability at least as often as it says.
///
/// Source: C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits illustrated in
/// the case of the binomial", Biometrika 26(4), 1934.
#[must_use]
pub fn probability(hits: u32, trials: u32, confidence: f64) -> Estimate {
    if trials == 0 {
        return Estimate::Unknown(Reason::NothingObserved);
    }
    let tail = (1.0 - confidence) / 2.0;
    let misses = trials - hits;
    let quantile = |hits: u32, misses: u32, p: f64| {
        Beta::new(f64::from(hits), f64::from(misses)).ok().map(|law| law.inverse_cdf(p))
    };
    // A law with a parameter of 0 does not exist: the interval then ends at 0 or 1.
    let low = quantile(hits, misses + 1, tail).unwrap_or(0.0);
    let high = quantile(hits + 1, misses, 1.0 - tail).unwrap_or(1.0);
    let value = f64::from(hits) / f64::from(trials);
    Estimate::Known { value, interval: Some((low, high)) }
}

/// Alternatives below the limit, as shares of it, and their weights in the mixture.
const BELOW: [(f64, f64); 4] = [(0.0, 0.55), (0.1, 0.15), (0.25, 0.15), (0.5, 0.15)];
/// Alternatives above it, as shares of the way from it to 1.
const ABOVE: [(f64, f64); 5] = [(0.05, 0.2), (0.15, 0.2), (0.35, 0.2), (0.7, 0.2), (0.95, 0.2)];

/// Decides whether the probability of a hit is at most `limit`, in (0, 1), at an error of `error`.
///
/// Valid at every look, as [`super::decide`] is, but exact for trials: a side is refuted when the
/// likelihood ratio of a mixture of probabilities on the other side, which is a test martingale,
/// exceeds 1 / `error`. Where nothing hits, a limit of 5 % is held after 64 trials at an error of
/// 5 %.
///
/// Source: J. Ville, "Étude critique de la notion de collectif", 1939 (the inequality); H. Robbins,
/// "Statistical methods related to the law of the iterated logarithm", Annals of Mathematical
/// Statistics 41(5), 1970 (mixtures).
#[must_use]
pub fn decide_probability(hits: u32, trials: u32, limit: f64, error: f64) -> Decision {
    let ratio = |p: f64| {
        let (hits, misses) = (f64::from(hits), f64::from(trials - hits));
        libm::pow(p / limit, hits) * libm::pow((1.0 - p) / (1.0 - limit), misses)
    };
    let mixture = |alternatives: &[(f64, f64)], of: &dyn Fn(f64) -> f64| {
        alternatives.iter().map(|(at, weight)| weight * ratio(of(*at))).sum::<f64>()
    };
    if mixture(&BELOW, &|at| at * limit) >= 1.0 / error {
        Decision::Held
    } else if mixture(&ABOVE, &|at| limit + at * (1.0 - limit)) >= 1.0 / error {
        Decision::Missed
    } else {
        Decision::Undecided
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    #[test]
    fn intervals_agree_with_the_table() {
        let check = |hits, trials, expected: (f64, f64)| {
            let Estimate::Known { interval: Some((low, high)), .. } =
                probability(hits, trials, 0.95)
            else {
                panic!("{trials} trials have an interval");
            };
            let close = |a: f64, b: f64| (a - b).abs() < 2e-6;
            assert!(close(low, expected.0) && close(high, expected.1), "{low} {high}");
        };
        // R: binom.test(hits, trials)$conf.int
        check(0, 20, (0.0, 0.168_433));
        check(1, 20, (0.001_265, 0.248_733));
        check(10, 20, (0.271_958, 0.728_042));
        check(20, 20, (0.831_567, 1.0));
        assert_eq!(probability(0, 0, 0.95), Estimate::Unknown(Reason::NothingObserved));
    }

    #[test]
    fn decides_when_it_is_clear() {
        let check = |hits, trials, expected| {
            let found = decide_probability(hits, trials, 0.05, 0.05);
            assert_eq!(found, expected, "{hits} of {trials}");
        };
        check(0, 0, Decision::Undecided);
        check(0, 63, Decision::Undecided);
        check(0, 64, Decision::Held);
        check(1, 100, Decision::Undecided);
        check(1, 140, Decision::Held);
        check(2, 3, Decision::Missed);
        check(3, 8, Decision::Undecided);
        check(10, 20, Decision::Missed);
        check(1, 20, Decision::Undecided);
    }

    /// Looked at after every trial up to 1,000, a probability at the limit is decided in at most
    /// 5 % of 600 experiments on either side.
    #[test]
    fn holds_at_every_look() {
        let decided = |seed: u64| {
            let mut hits = 0;
            (1..=1000).find_map(|trials: u32| {
                hits += u32::from(Key::root(seed, trials).unit() < 0.05);
                let decision = decide_probability(hits, trials, 0.05, 0.05);
                (decision != Decision::Undecided).then_some(decision)
            })
        };
        let all: Vec<_> = (0..600).filter_map(decided).collect();
        let held = all.iter().filter(|decision| **decision == Decision::Held).count();
        // Binomial(600, 0.05): mean 30, standard deviation 5.3.
        assert!(held <= 46 && all.len() - held <= 46, "{held} held of {} decided", all.len());
    }
}
