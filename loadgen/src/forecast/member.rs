//! The models that race.

use std::fmt;

use augurs::ets::AutoETS;
use augurs::mstl::MSTLModel;
use augurs::prelude::*;

use super::autoregression::{self, Regressors};
use super::profile::Profile;
use super::scale::Scale;

/// One model of a race.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    name: String,
    scale: Scale,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Autoregression(Regressors),
    Profile(Profile),
    /// Seasons by MSTL, the rest by exponential smoothing, both of augurs.
    Decomposed,
}

/// Above this many bins, decomposing takes more time than it is worth.
const MOST_DECOMPOSED: usize = 4000;

impl Member {
    /// The seasonal naive forecast.
    pub(super) fn naive(season: usize) -> Self {
        let name = format!("naive, {season} bins ago");
        Self { name, scale: Scale::Plain, kind: Kind::Profile(Profile::naive(season)) }
    }

    /// All that race over a series with these seasons, whose logarithms are `log`.
    pub(super) fn all(seasons: &[usize], log: Scale) -> Vec<Self> {
        let member = |name: &str, scale, kind| Self { name: name.to_owned(), scale, kind };
        let regression =
            |name, scale, regressors| member(name, scale, Kind::Autoregression(regressors));
        let mut all = vec![
            regression("autoregression of logarithms", log, Regressors::Few),
            regression("autoregression of roots", Scale::Root, Regressors::Few),
            regression("autoregression", Scale::Plain, Regressors::Few),
            regression("autoregression of logarithms, many lags", log, Regressors::Many),
        ];
        let (Some(&short), Some(&long)) = (seasons.first(), seasons.last()) else {
            all.push(member("exponential smoothing", log, Kind::Decomposed));
            all.push(Self::naive(1));
            return all;
        };
        all.push(regression("autoregression with profiles", log, Regressors::Means));
        let profile = |name: &str, season, seasons, decay, level, follow| {
            let profile = Profile { season, seasons, decay, level, follow };
            member(name, log, Kind::Profile(profile))
        };
        all.push(profile("profile, half moved to the level", long, 3, 0.7, short, 0.5));
        all.push(profile("profile of five seasons", long, 5, 0.9, 0, 0.0));
        all.push(profile("profile of five seasons, half moved", long, 5, 0.9, long, 0.5));
        all.push(profile("profile, moved to the level", long, 3, 0.7, short, 1.0));
        all.push(profile("profile of the shortest season", short, 5, 0.8, short, 0.7));
        all.push(member("decomposition and smoothing", log, Kind::Decomposed));
        all
    }

    /// `horizon` bins after `values`; none where this model has too little history.
    pub(super) fn forecast(
        &self,
        values: &[f64],
        seasons: &[usize],
        horizon: usize,
    ) -> Option<Vec<f64>> {
        match &self.kind {
            Kind::Autoregression(regressors) => {
                autoregression::forecast(values, self.scale, *regressors, seasons, horizon)
            }
            Kind::Profile(profile) => profile.forecast(values, self.scale, horizon),
            Kind::Decomposed => decomposed(&self.scale.all(values), seasons, horizon)
                .map(|next| next.into_iter().map(|value| self.scale.undo(value)).collect()),
        }
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Decomposition by MSTL with smoothing of the rest; where it does not work, such as for a constant
/// series, that is no forecast, and the others race on.
fn decomposed(series: &[f64], seasons: &[usize], horizon: usize) -> Option<Vec<f64>> {
    let longest = seasons.last().copied().unwrap_or(1);
    if series.len() > MOST_DECOMPOSED || series.len() < 2 * longest + 10 {
        return None;
    }
    let smoothing = AutoETS::non_seasonal();
    let next = if seasons.is_empty() {
        smoothing.fit(series).ok()?.predict(horizon, None).ok()?
    } else {
        let model = MSTLModel::new(seasons.to_vec(), smoothing.into_trend_model());
        model.fit(series).ok()?.predict(horizon, None).ok()?
    };
    next.point.iter().all(|value| value.is_finite()).then_some(next.point)
}
