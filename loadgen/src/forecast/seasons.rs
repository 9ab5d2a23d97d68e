//! Which seasons a series has.

/// Autocorrelation that a season must show at its lag, once the trend is taken out.
const LEAST: f64 = 0.2;
/// By how much a longer season must be better than a shorter one says.
const CLEAR: f64 = 0.01;
/// Seasons that are found at most.
const MOST: usize = 2;

/// Seasons of a series, in bins, rising: those that the calendar suggests (`likely`) where the
/// series shows them, and else the strongest that it has.
///
/// A lag is a season when the autocorrelation of the series, less its moving mean over that lag,
/// peaks there, above 0.2; a longer one must explain more than the shorter one does, and be a
/// multiple of it. Each must have come twice.
#[must_use]
pub fn seasons(values: &[f64], likely: &[usize]) -> Vec<usize> {
    let most = values.len() / 2;
    let mut found: Vec<usize> = Vec::new();
    let mut likely = likely.to_vec();
    likely.sort_unstable();
    for season in likely.into_iter().filter(|season| (2..=most).contains(season)) {
        if shows(values, season, found.last().copied()) {
            found.push(season);
        }
    }
    if found.is_empty()
        && let Some(season) = strongest(values, most.min(1000))
    {
        found.push(season);
    }
    found.truncate(MOST);
    found
}

/// Whether there is a season of so many bins, beyond a shorter one.
fn shows(values: &[f64], season: usize, shorter: Option<usize>) -> bool {
    let series = detrended(values, season);
    let here = correlation(&series, season);
    // A slope is no season: it has a peak there.
    let off = (season / 8).max(1);
    let around = [season - off, season + off].map(|lag| correlation(&series, lag));
    if here <= LEAST || here < around[0].max(around[1]) {
        return false;
    }
    match shorter {
        None => true,
        // The days before and after a week ago are as good where the week has no say.
        Some(short) if season.is_multiple_of(short) => {
            let others = [season - short, season + short].map(|lag| correlation(&series, lag));
            here > others[0].max(others[1]) + CLEAR
        }
        Some(_) => false,
    }
}

/// The lag of the first high peak of the autocorrelation after it fell below zero.
fn strongest(values: &[f64], most: usize) -> Option<usize> {
    let series = detrended(values, most.max(1));
    let correlations: Vec<f64> = (0..=most).map(|lag| correlation(&series, lag)).collect();
    let begin = correlations.iter().position(|c| *c < 0.0)?;
    let is_peak = |&lag: &usize| {
        correlations[lag] > correlations[lag - 1] && correlations[lag] >= correlations[lag + 1]
    };
    let peaks: Vec<usize> = (begin.max(1)..most).filter(is_peak).collect();
    let highest = peaks.iter().map(|&lag| correlations[lag]).fold(0.0, f64::max);
    // Multiples of a season are as high as it, but for chance.
    let first = peaks.into_iter().find(|&lag| correlations[lag] > 0.9 * highest)?;
    (highest > 2.0 * LEAST).then_some(first)
}

/// The series less its moving mean over `width` bins.
fn detrended(values: &[f64], width: usize) -> Vec<f64> {
    let mut sums = vec![0.0];
    for value in values {
        sums.push(sums[sums.len() - 1] + value);
    }
    let half = width / 2;
    let mean = |at: usize| {
        let (from, to) = (at.saturating_sub(half), (at + half + 1).min(values.len()));
        (sums[to] - sums[from]) / (to - from) as f64
    };
    values.iter().enumerate().map(|(at, value)| value - mean(at)).collect()
}

fn correlation(series: &[f64], lag: usize) -> f64 {
    let mean = series.iter().sum::<f64>() / series.len().max(1) as f64;
    let square: f64 = series.iter().map(|v| (v - mean).powi(2)).sum();
    let pairs = series.iter().zip(series.iter().skip(lag));
    let n = series.len().saturating_sub(lag).max(1) as f64;
    let product: f64 = pairs.map(|(a, b)| (a - mean) * (b - mean)).sum();
    if square > 0.0 { product / n * series.len() as f64 / square } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(t: usize, period: usize) -> f64 {
        (t as f64 * std::f64::consts::TAU / period as f64).sin()
    }

    #[track_caller]
    fn check(of: impl Fn(usize) -> f64, likely: &[usize], expected: &[usize]) {
        let values: Vec<f64> = (0..700).map(of).collect();
        assert_eq!(seasons(&values, likely), expected);
    }

    #[test]
    fn seasons_are_found_where_they_are() {
        let weekend = |t: usize| if t / 24 % 7 >= 5 { 0.4 } else { 1.0 };
        check(|t| 100.0 + 40.0 * wave(t, 24), &[24, 168], &[24]);
        check(|t| weekend(t) * (100.0 + 40.0 * wave(t, 24)), &[24, 168], &[24, 168]);
        check(|t| 100.0 + 40.0 * wave(t, 30), &[24, 168], &[30]);
        check(|t| 100.0 + t as f64, &[24, 168], &[]);
        check(|_| 5.0, &[24, 168], &[]);
    }
}
