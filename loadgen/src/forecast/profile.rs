//! Seasonal profiles: the same time in the last few seasons, moved to the level of now.

use super::scale::Scale;

/// How a profile is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Profile {
    /// Bins of a season.
    pub(super) season: usize,
    /// How many past seasons count at most.
    pub(super) seasons: usize,
    /// Weight of a season relative to the one after it.
    pub(super) decay: f64,
    /// Bins that a level is the mean of.
    pub(super) level: usize,
    /// How much of a change of level since a season is followed, from 0 to 1.
    pub(super) follow: f64,
}

impl Profile {
    /// The same time one season ago: the seasonal naive forecast.
    pub(super) const fn naive(season: usize) -> Self {
        Self { season, seasons: 1, decay: 1.0, level: 1, follow: 0.0 }
    }

    /// `horizon` bins after `values`; none where not even one season is known.
    pub(super) fn forecast(self, values: &[f64], scale: Scale, horizon: usize) -> Option<Vec<f64>> {
        let n = values.len();
        let level = if self.follow > 0.0 { self.level } else { 0 };
        if n < self.season.max(level) || self.season == 0 {
            return None;
        }
        let series = scale.all(values);
        let mean = |end: usize| series[end - level..end].iter().sum::<f64>() / level.max(1) as f64;
        let (mut sum, mut total) = (vec![0.0; horizon], 0.0);
        for back in 1..=self.seasons {
            let Some(begin) = n.checked_sub(back * self.season).filter(|&at| at >= level) else {
                break;
            };
            let weight = self.decay.powi(i32::try_from(back).unwrap_or(i32::MAX));
            let moved = self.follow * (mean(n) - mean(begin));
            for (step, value) in sum.iter_mut().enumerate() {
                *value += weight * (series[begin + step % self.season] + moved);
            }
            total += weight;
        }
        (total > 0.0).then(|| sum.into_iter().map(|value| scale.undo(value / total)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_naive_profile_is_last_season() {
        let values: Vec<f64> = (0..7).map(f64::from).collect();
        let next = Profile::naive(3).forecast(&values, Scale::Plain, 5).unwrap();
        assert_eq!(next, [4.0, 5.0, 6.0, 4.0, 5.0]);
        assert_eq!(Profile::naive(8).forecast(&values, Scale::Plain, 5), None);
    }

    #[test]
    fn a_profile_follows_the_level() {
        let values = [10.0, 20.0, 10.0, 20.0, 20.0, 40.0];
        let profile = Profile { season: 2, seasons: 1, decay: 1.0, level: 2, follow: 1.0 };
        let scale = Scale::Log { offset: 0.0 };
        let next = profile.forecast(&values, scale, 2).unwrap();
        // The last season itself is at the level of two seasons ago, doubled.
        assert!((next[0] - 40.0).abs() < 1e-9 && (next[1] - 80.0).abs() < 1e-9, "{next:?}");
    }
}
