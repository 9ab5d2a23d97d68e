//! Intervals from the errors of the past: conformal, scaled by how errors grow with the step.
//!
//! Source: V. Vovk, A. Gammerman, G. Shafer, *Algorithmic Learning in a Random World*, 2005, §2.2;
//! scaled scores after J. Lei et al., "Distribution-Free Predictive Inference for Regression",
//! JASA 113(523), 2018.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Spread of forecasts around their median, on the logarithmic scale.
#[derive(Debug)]
pub(super) struct Spread {
    /// By step.
    scale: Vec<f64>,
    /// Absolute residuals over the scale, rising.
    scores: Vec<f64>,
    /// Degrees of freedom: two a window, whose ends are nearly independent of each other.
    freedom: f64,
}

impl Spread {
    /// Of residuals by window and step; steps near each other, within a quarter of `season`, share
    /// what they show of the scale. None where there is no residual.
    pub(super) fn of(residuals: &[Vec<f64>], season: usize) -> Option<Self> {
        let horizon = residuals.first()?.len();
        let own: Vec<f64> = (0..horizon).map(|step| root_mean_square(residuals, step)).collect();
        let width = (season as f64 / 4.0).max(1.0);
        let smooth = |step: usize| {
            let (mut sum, mut total) = (0.0, 0.0);
            for (at, value) in own.iter().enumerate().filter(|(_, value)| value.is_finite()) {
                let weight = (-0.5 * ((at as f64 - step as f64) / width).powi(2)).exp();
                sum += weight * value;
                total += weight;
            }
            sum / total
        };
        let mut scale: Vec<f64> = (0..horizon).map(smooth).collect();
        let finite: Vec<f64> = scale.iter().copied().filter(|value| value.is_finite()).collect();
        let mean = finite.iter().sum::<f64>() / finite.len() as f64;
        if !mean.is_finite() {
            return None;
        }
        for value in &mut scale {
            // Far from any known bin, the mean is all that is known.
            let known = if value.is_finite() { *value } else { mean };
            *value = (known + 0.1 * mean).max(1e-9);
        }
        let scored = residuals.iter().flat_map(|window| window.iter().zip(&scale));
        let mut scores: Vec<f64> = scored.map(|(residual, scale)| residual.abs() / scale).collect();
        scores.retain(|score| score.is_finite());
        scores.sort_by(f64::total_cmp);
        Some(Self { scale, scores, freedom: 2.0 * residuals.len() as f64 })
    }

    /// How far the quantile `level` lies above the median, at each step.
    ///
    /// Scores of few windows are known no better than a standard deviation from as many values, so
    /// their quantiles are widened as Student's law widens the normal one.
    pub(super) fn distance(&self, level: f64) -> Vec<f64> {
        let share = (2.0 * level - 1.0).abs();
        let wider = students(self.freedom, level) / normal(level);
        let factor = if share < 1e-9 {
            0.0
        } else {
            (level - 0.5).signum() * wider * quantile(&self.scores, share)
        };
        self.scale.iter().map(|scale| factor * scale).collect()
    }
}

/// Of one step over all windows.
fn root_mean_square(residuals: &[Vec<f64>], step: usize) -> f64 {
    let known = residuals.iter().map(|window| window[step]).filter(|value| value.is_finite());
    let (sum, count) = known.fold((0.0, 0.0), |(sum, count), r| (sum + r * r, count + 1.0));
    (sum / count).sqrt()
}

/// Linear between neighbours; `sorted` rises and has at least one value.
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

fn normal(level: f64) -> f64 {
    Normal::standard().inverse_cdf(level)
}

fn students(freedom: f64, level: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |law| law.inverse_cdf(level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_grows_as_residuals_do() {
        let window = |sign: f64| (1..=40).map(|step| sign * f64::from(step)).collect::<Vec<_>>();
        let spread = Spread::of(&[window(1.0), window(-1.0), window(1.0)], 4).unwrap();
        let (far, half) = (spread.distance(0.975), spread.distance(0.5));
        assert!(far[39] > 4.0 * far[4] && far[4] > 0.0, "{far:?}");
        assert!(half.iter().all(|d| d.abs() < 1e-12));
        let low = spread.distance(0.025);
        assert!(low.iter().zip(&far).all(|(l, f)| (l + f).abs() < 1e-9));
    }

    #[test]
    fn few_windows_widen_it() {
        let window = || (0..40).map(|i| f64::from(i % 5 - 2)).collect::<Vec<_>>();
        let few = Spread::of(&vec![window(); 3], 1).unwrap().distance(0.975)[20];
        let many = Spread::of(&vec![window(); 14], 1).unwrap().distance(0.975)[20];
        assert!((few / many - 2.447 / 2.048).abs() < 0.01, "{few} {many}");
    }
}
