//! Measures of forecasts, as the M4 competition defines them.
//!
//! Source: S. Makridakis, E. Spiliotis, V. Assimakopoulos, "The M4 Competition", International
//! Journal of Forecasting 36(1), 2020.

/// Symmetric mean absolute percentage error \[%\], from 0 to 200.
#[must_use]
pub fn smape(actual: &[f64], forecast: &[f64]) -> f64 {
    let one = |(a, f): (&f64, &f64)| {
        let size = a.abs() + f.abs();
        if size > 0.0 { 200.0 * (a - f).abs() / size } else { 0.0 }
    };
    mean(actual.iter().zip(forecast).map(one))
}

/// Mean absolute error over that of the seasonal naive forecast within `history`, one step ahead.
#[must_use]
pub fn mase(history: &[f64], actual: &[f64], forecast: &[f64], season: usize) -> f64 {
    let errors = actual.iter().zip(forecast).map(|(a, f)| (a - f).abs());
    mean(errors) / naive_error(history, season)
}

/// Mean scaled interval score of intervals at 95 %.
#[must_use]
pub fn msis(history: &[f64], actual: &[f64], low: &[f64], high: &[f64], season: usize) -> f64 {
    let one = |((a, l), h): ((&f64, &f64), &f64)| {
        (h - l) + 40.0 * (l - a).max(0.0) + 40.0 * (a - h).max(0.0)
    };
    mean(actual.iter().zip(low).zip(high).map(one)) / naive_error(history, season)
}

/// Share of what was that lies within.
#[must_use]
pub fn coverage(actual: &[f64], low: &[f64], high: &[f64]) -> f64 {
    let within = |((a, l), h): ((&f64, &f64), &f64)| f64::from(u8::from(l <= a && a <= h));
    mean(actual.iter().zip(low).zip(high).map(within))
}

fn naive_error(history: &[f64], season: usize) -> f64 {
    mean(history.iter().zip(history.iter().skip(season)).map(|(before, now)| (now - before).abs()))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_those_of_the_competition() {
        assert!((smape(&[100.0, 50.0], &[50.0, 50.0]) - 100.0 / 3.0).abs() < 1e-12);
        let history = [1.0, 2.0, 3.0, 5.0];
        // In sample |3 − 1|, |5 − 2|: 2.5.
        assert!((mase(&history, &[7.0], &[2.0], 2) - 2.0).abs() < 1e-12);
        assert!((msis(&history, &[7.0], &[1.0], &[6.0], 2) - 18.0).abs() < 1e-12);
        assert!((coverage(&[1.0, 2.0, 9.0, 4.0], &[1.0; 4], &[5.0; 4]) - 0.75).abs() < 1e-12);
    }
}
