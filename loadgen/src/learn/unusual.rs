//! What is unusual in a history: stretches and days that the same times of other seasons do not
//! explain.

use crate::forecast::median;

/// Robust standard deviations beyond which a bin is unusual, and the least factor.
const FAR: f64 = 6.0;
const LEAST_FACTOR: f64 = 1.5;
/// Largest part of a history that can be unusual.
const MOST: f64 = 0.1;
/// Least seasons that say what is usual.
const LEAST_SEASONS: usize = 3;
const DAY_S: i64 = 86_400;

/// A stretch that is not as usual.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stretch {
    /// \[s since 1970\]
    pub(super) from: i64,
    pub(super) to: i64,
    /// What came \[1/s\], and what usually does.
    pub(super) rate: f64,
    pub(super) usual: f64,
}

/// Unusual stretches of rates in bins of `bin` \[s\] from `start` on.
pub(super) fn find(rates: &[f64], seasons: &[usize], start: i64, bin: i64) -> Vec<Stretch> {
    let long_enough = |season: &&usize| rates.len() >= LEAST_SEASONS * **season;
    let Some(&season) = seasons.iter().rev().find(long_enough) else { return Vec::new() };
    let short = seasons[0];
    let logs: Vec<f64> = rates.iter().map(|rate| (rate + floor(rates)).ln()).collect();
    let usual = usual(&logs, season, short);
    let mut off: Vec<f64> =
        logs.iter().zip(&usual).map(|(log, usual)| (log - usual).abs()).collect();
    off.retain(|off| off.is_finite());
    let limit = (FAR * 1.4826 * median(&mut off)).max(LEAST_FACTOR.ln());
    let is_odd = |at: usize| (logs[at] - usual[at]).abs() > limit;
    let odd: Vec<usize> = (0..rates.len()).filter(|&at| is_odd(at)).collect();
    if odd.len() as f64 > MOST * rates.len() as f64 {
        return Vec::new(); // So much is how the system is.
    }
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for at in odd {
        match stretches.last_mut().filter(|(_, end)| *end + 1 >= at) {
            Some((_, end)) => *end = at + 1,
            None => stretches.push((at, at + 1)),
        }
    }
    let told = stretches.into_iter().map(|(from, to)| {
        let mean = |of: &dyn Fn(usize) -> f64| {
            let known: Vec<f64> = (from..to).map(of).filter(|value| value.is_finite()).collect();
            known.iter().sum::<f64>() / known.len().max(1) as f64
        };
        Stretch {
            from: start + from as i64 * bin,
            to: start + to as i64 * bin,
            rate: mean(&|at| rates[at]),
            usual: mean(&|at| usual[at].exp()),
        }
    });
    told.collect()
}

/// What keeps logarithms of quiet bins near each other: a hundredth of the mean.
fn floor(rates: &[f64]) -> f64 {
    let known = rates.iter().filter(|rate| rate.is_finite());
    let (sum, count) = known.fold((0.0, 0.0), |(sum, n), rate| (sum + rate, n + 1.0));
    (0.01 * sum / f64::max(count, 1.0)).max(1e-9)
}

/// The median of the same time in other seasons, moved to the level of the two short seasons around.
fn usual(logs: &[f64], season: usize, short: usize) -> Vec<f64> {
    let profile: Vec<f64> = (0..season.min(logs.len()))
        .map(|phase| {
            let mut same: Vec<f64> = logs
                .iter()
                .skip(phase)
                .step_by(season)
                .copied()
                .filter(|v| v.is_finite())
                .collect();
            if same.is_empty() { f64::NAN } else { median(&mut same) }
        })
        .collect();
    let plain: Vec<f64> =
        logs.iter().enumerate().map(|(at, log)| log - profile[at % season]).collect();
    let level = |at: usize| {
        let around = at.saturating_sub(2 * short)..(at + 2 * short + 1).min(plain.len());
        let mut near: Vec<f64> = plain[around].iter().copied().filter(|v| v.is_finite()).collect();
        median(&mut near)
    };
    (0..logs.len()).map(|at| profile[at % season] + level(at)).collect()
}

/// Days \[beginning, s since 1970\] of which much more or less came than on the same day of other
/// weeks, and how many times as much.
pub(super) fn days(rates: &[f64], start: i64, bin: i64) -> Vec<(i64, f64)> {
    if bin > DAY_S || DAY_S % bin != 0 {
        return Vec::new();
    }
    let per_day = (DAY_S / bin) as usize;
    let skip = (DAY_S - start.rem_euclid(DAY_S)).rem_euclid(DAY_S) / bin;
    let rates = &rates[(skip as usize).min(rates.len())..];
    let first = start + skip * bin;
    let total = |day: &[f64]| {
        let known: Vec<f64> = day.iter().copied().filter(|rate| rate.is_finite()).collect();
        let whole = known.len() * 10 >= day.len() * 9;
        if whole { known.iter().sum::<f64>() / known.len() as f64 } else { f64::NAN }
    };
    let days: Vec<f64> = rates.chunks_exact(per_day).map(total).collect();
    let usual = |at: usize| {
        let same = days.iter().skip(at % 7).step_by(7).copied();
        let mut same: Vec<f64> = same.filter(|value| value.is_finite()).collect();
        if same.len() >= LEAST_SEASONS { median(&mut same) } else { f64::NAN }
    };
    let factors: Vec<f64> = (0..days.len()).map(|at| days[at] / usual(at)).collect();
    let mut off: Vec<f64> =
        factors.iter().map(|f| f.ln().abs()).filter(|off| off.is_finite()).collect();
    let limit = (4.0 * 1.4826 * median(&mut off)).max(LEAST_FACTOR.ln());
    let special = factors.iter().enumerate().filter(|(_, f)| f.ln().abs() > limit && **f > 0.0);
    special.map(|(day, factor)| (first + day as i64 * DAY_S, *factor)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weeks(change: impl Fn(usize, f64) -> f64) -> Vec<f64> {
        let of = |hour: usize| {
            let day = (hour as f64 * std::f64::consts::TAU / 24.0).sin();
            let noise = 1.0 + 0.02 * ((hour * 7919 % 11) as f64 - 5.0) / 5.0;
            change(hour, (10.0 + 5.0 * day) * noise)
        };
        (0..24 * 35).map(of).collect()
    }

    #[test]
    fn a_surge_is_flagged_and_the_season_is_not() {
        assert_eq!(find(&weeks(|_, rate| rate), &[24, 168], 0, 3600), []);
        let surge = weeks(|hour, rate| if (300..303).contains(&hour) { 3.0 * rate } else { rate });
        let found = find(&surge, &[24, 168], 0, 3600);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].from, found[0].to), (300 * 3600, 303 * 3600));
        assert!((found[0].rate / found[0].usual - 3.0).abs() < 0.2, "{found:?}");
    }

    #[test]
    fn a_special_day_is_one_unlike_the_same_of_other_weeks() {
        let sale = weeks(|hour, rate| if hour / 24 == 12 { 2.5 * rate } else { rate });
        let found = days(&sale, 0, 3600);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].0 == 12 * DAY_S && (found[0].1 - 2.5).abs() < 0.1, "{found:?}");
    }
}
