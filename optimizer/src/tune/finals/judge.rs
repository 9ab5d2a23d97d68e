//! What fresh replications show of a finalist, and how many more it takes.

use foreshadow_scenarios::report::{Constraint, Samples};
use foreshadow_sim::stats::Decision;

use super::super::sums::{distance, excess, variance};
use super::{ERROR, FINALISTS, Finalist, MENDS, ROUNDS};

/// Replications without which nothing is shown to hold: few that all go well say little of what happens
/// rarely. What befalls a fifth of all runs is missed by so many with a chance of 0.8³² < 0.1 %.
pub(super) const LEAST: u32 = 32;

/// The error of claim A for one finalist, and of claim B for one of its constraints.
fn errors(constraints: usize) -> (f64, f64) {
    let each = ERROR / 2.0 / (FINALISTS + (ROUNDS.len() - 1) * MENDS) as f64;
    (each, each / constraints.max(1) as f64)
}

/// Decides what can be decided of a finalist that was not.
pub(super) fn judge(finalist: &mut Finalist, constraints: &[Constraint]) {
    if finalist.decision != Decision::Undecided {
        return;
    }
    let (holds, misses) = errors(constraints.len());
    let all = || constraints.iter().zip(&finalist.sums.samples).enumerate();
    let missed = all()
        .filter(|(_, (c, s))| c.decide(s, misses) == Decision::Missed)
        .max_by(|a, b| excess(a.1.0, a.1.1).total_cmp(&excess(b.1.0, b.1.1)));
    if let Some((index, _)) = missed {
        (finalist.decision, finalist.critical) = (Decision::Missed, Some(index));
        return;
    }
    let is_held =
        |(_, (c, s)): &(usize, (&Constraint, &Samples))| c.decide(s, holds) == Decision::Held;
    let far = all()
        .filter(|one| !is_held(one))
        .min_by(|a, b| distance(a.1.0, a.1.1).total_cmp(&distance(b.1.0, b.1.1)));
    finalist.critical = far.map(|(index, _)| index);
    if finalist.critical.is_none() && finalist.sums.replications >= LEAST {
        finalist.decision = Decision::Held;
    }
}

/// The least distance to its limit that so many replications show of a mean, in standard deviations of one of
/// them; see [`remaining`].
pub(super) fn shown_by(replications: f64) -> f64 {
    let (replications, (holds, _)) = (replications.max(1.0), errors(1));
    ((2.0 * (1.0 / holds).ln() + (replications + 1.0).ln()) / replications).exp_m1().sqrt()
}

/// About how many more replications it takes to decide: the half-width of a confidence sequence falls
/// as √(ln n / n).
pub(super) fn remaining(finalist: &Finalist, constraints: &[Constraint]) -> f64 {
    let (holds, misses) = errors(constraints.len());
    let needed = |constraint: &Constraint, samples: &Samples, error: f64| {
        let apart = (constraint.limit - samples.mean).abs().max(1e-3 * constraint.limit);
        let effect =
            (apart * apart / variance(constraint, samples).max(f64::MIN_POSITIVE)).min(10.0);
        let mut n = 8.0f64;
        for _ in 0..3 {
            n = (2.0 * (1.0 / error).ln() + (n + 1.0).ln()) / (1.0 + effect).ln();
        }
        n
    };
    let pairs = || constraints.iter().zip(&finalist.sums.samples);
    let worst = pairs().max_by(|a, b| excess(a.0, a.1).total_cmp(&excess(b.0, b.1)));
    let total = match worst {
        Some((constraint, samples)) if excess(constraint, samples) > 0.0 => {
            needed(constraint, samples, misses)
        }
        _ => pairs().map(|(c, s)| needed(c, s, holds)).fold(f64::from(LEAST), f64::max),
    };
    (total - f64::from(finalist.sums.replications)).max(1.0)
}

#[cfg(test)]
mod tests {
    use foreshadow_scenarios::report::{Sample, Sampled};

    use super::*;

    #[test]
    fn what_replications_show_is_what_a_confidence_sequence_says() {
        let constraint = Constraint { limit: 100.0, kind: Sampled::Mean };
        for count in [100_u32, 500, 2000] {
            // One standard deviation up, one down.
            let shown = |factor: f64| {
                let mean = 100.0 - factor * shown_by(f64::from(count)) * 10.0;
                let value = |n: u32| if n.is_multiple_of(2) { mean - 10.0 } else { mean + 10.0 };
                let samples: Samples =
                    (0..count).map(|n| Sample { value: value(n), requests: 0.0 }).collect();
                constraint.decide(&samples, errors(1).0)
            };
            assert_eq!(shown(1.1), Decision::Held, "{count}");
            assert_eq!(shown(0.9), Decision::Undecided, "{count}");
        }
    }
}
