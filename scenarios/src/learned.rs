//! A learned load as a scenario uses it: a load file and the events that are coming, checked, and
//! rates at any instant.

use std::io;
use std::path::Path;
use std::sync::Arc;

use statrs::distribution::{ContinuousCDF, Normal};

use crate::decode::decode;
use crate::model::load_file::{EventsFile, LoadFile, LoadForecast};
use crate::node::Node;
use crate::problem::{Problem, Problems};
use crate::scenario::{expect_kind, read};
use crate::schema::Kind;
use crate::source::{Sources, Span};

mod check;
mod events;
mod sessions;

pub(crate) use check::instant;
pub use events::Event;
pub use sessions::Chain;

/// Nanoseconds since 1970.
pub type Nanos = i64;

/// A load file that has been checked.
#[derive(Debug, Clone)]
pub struct LearnedLoad {
    /// The file.
    pub file: Arc<LoadFile>,
    /// Width of a bin of its curves \[ns\].
    pub bin: Nanos,
    /// Beginning of its history.
    pub history: Nanos,
    /// Beginning of its forecast, where it has one.
    pub forecast: Option<Nanos>,
    /// Unusual stretches of the history, from and to.
    pub unusual: Vec<(Nanos, Nanos)>,
    /// Events on top of the forecast.
    pub events: Vec<Event>,
    /// What one person does after the other, where the file knows.
    pub chain: Option<Chain>,
}

/// Reads and checks the load file at `path`, and a file of events.
///
/// # Errors
/// Everything found wrong.
pub fn load_learned(
    path: &Path,
    events: Option<&Path>,
    reader: &dyn Fn(&Path) -> io::Result<String>,
) -> Result<LearnedLoad, Problems> {
    let mut sources = Sources::default();
    let load = from_files(&mut sources, (path, None), events.map(|path| (path, None)), reader);
    load.map_err(|problems| Problems::new(&sources, problems))
}

/// The same for files that are named somewhere.
pub(crate) fn from_files(
    sources: &mut Sources,
    (path, named): (&Path, Option<Span>),
    events: Option<(&Path, Option<Span>)>,
    reader: &dyn Fn(&Path) -> io::Result<String>,
) -> Result<LearnedLoad, Vec<Problem>> {
    let tree =
        of_kind(sources, path, named, Kind::Load, reader).map_err(|problem| vec![problem])?;
    let mut load = LearnedLoad::checked(&tree)?;
    if let Some((path, named)) = events {
        let tree = of_kind(sources, path, named, Kind::Events, reader);
        let file = tree.and_then(|tree| decode::<EventsFile>(&tree));
        load.events = events::checked(&file.map_err(|problem| vec![problem])?)?;
    }
    Ok(load)
}

fn of_kind(
    sources: &mut Sources,
    path: &Path,
    named: Option<Span>,
    kind: Kind,
    reader: &dyn Fn(&Path) -> io::Result<String>,
) -> Result<Node, Problem> {
    let tree = read(sources, path, named, reader)?;
    expect_kind(&tree, kind)?;
    Ok(tree)
}

/// Checks a file of events on its own.
pub(crate) fn check_events(tree: &Node) -> Result<(), Vec<Problem>> {
    let file = decode::<EventsFile>(tree).map_err(|problem| vec![problem])?;
    events::checked(&file).map(|_| ())
}

impl LearnedLoad {
    /// The median, or another quantile, of the rate \[1/s\] in a bin of the forecast, events left out.
    fn forecast_bin(forecast: &LoadForecast, bin: usize, quantile: f64) -> f64 {
        let levels = forecast.levels.iter().map(|level| score(level.0));
        let points: Vec<(f64, f64)> = levels.zip(forecast.per_s[bin].iter().copied()).collect();
        interpolated(&points, score(quantile))
    }

    /// The rate \[1/s\] in a bin of the forecast at a quantile, events included, of one endpoint or of
    /// what no event singles out. `at` is the instant that events are looked up for.
    fn bin_with_events(&self, bin: usize, at: Nanos, quantile: f64, endpoint: &str) -> f64 {
        let Some(forecast) = &self.file.forecast else { return 0.0 };
        let (mut center, mut spread) = (0.0, 0.0);
        for event in self.events.iter().filter(|event| event.concerns(at, endpoint)) {
            center += event.factor.ln();
            spread += (event.spread * score(quantile)).powi(2);
        }
        let median = Self::forecast_bin(forecast, bin, 0.5);
        let rate = Self::forecast_bin(forecast, bin, quantile);
        if spread <= 0.0 || rate <= 0.0 || median <= 0.0 {
            return rate * f64::exp(center);
        }
        // Both are uncertain on their own: logarithms of their distances add up as squares.
        let distance = ((rate / median).ln().powi(2) + spread).sqrt();
        median * (center + (quantile - 0.5).signum() * distance).exp()
    }

    /// How long so many bins are.
    fn bins(&self, count: usize) -> Nanos {
        self.bin.saturating_mul(Nanos::try_from(count).unwrap_or(Nanos::MAX))
    }

    /// Where bins of the curve lie that a scenario is driven by at `at`: the forecast's, else the
    /// history's; their beginning and how many there are.
    #[must_use]
    pub fn reach(&self, from_forecast: bool) -> Option<(Nanos, Nanos)> {
        let (begin, bins) = if from_forecast {
            (self.forecast?, self.file.forecast.as_ref()?.per_s.len())
        } else {
            (self.history, self.file.history.per_s.len())
        };
        Some((begin, begin + self.bins(bins)))
    }

    /// The rate \[1/s\] of `endpoint` at an instant within reach, linear between the middles of bins;
    /// none where the history does not know.
    #[must_use]
    pub fn rate(&self, from_forecast: bool, at: Nanos, quantile: f64, entry: usize) -> Option<f64> {
        let (begin, end) = self.reach(from_forecast)?;
        let bins = ((end - begin) / self.bin) as usize;
        let endpoint = self.endpoint(entry);
        let place = (at - begin) as f64 / self.bin as f64 - 0.5;
        let left = place.floor().clamp(0.0, (bins - 1) as f64) as usize;
        let right = (left + 1).min(bins - 1);
        let value = |bin: usize| {
            if from_forecast {
                Some(self.bin_with_events(bin, at, quantile, endpoint))
            } else {
                self.file.history.per_s[bin]
            }
        };
        let share = (place - left as f64).clamp(0.0, 1.0);
        let (here, next) = (value(left)?, value(right)?);
        Some((here + (next - here) * share) * self.share(entry, at))
    }

    /// The rate \[1/s\] of all requests in the bin of the forecast at an instant, events included: those
    /// of single endpoints by these endpoints' share.
    #[must_use]
    pub fn total(&self, at: Nanos, quantile: f64) -> f64 {
        let Some((begin, end)) = self.reach(true) else { return 0.0 };
        let bins = ((end - begin) / self.bin) as usize;
        let bin = usize::try_from((at - begin) / self.bin).unwrap_or(0).min(bins - 1);
        let entries = 0..self.file.mix.len();
        let shares: Vec<f64> = entries.clone().map(|entry| self.share(entry, at)).collect();
        let of = |entry: usize| {
            self.bin_with_events(bin, at, quantile, self.endpoint(entry)) * shares[entry]
        };
        // What the mix leaves out comes, too, and no event singles it out.
        let rest = (1.0 - shares.iter().sum::<f64>()).max(0.0);
        entries.map(of).sum::<f64>() + rest * self.bin_with_events(bin, at, quantile, "")
    }

    /// The name by which an entry of the mix is an endpoint.
    #[must_use]
    pub fn endpoint(&self, entry: usize) -> &str {
        let entry = &self.file.mix[entry];
        let name = entry.endpoint.as_ref().or(entry.operation.as_ref());
        name.map_or("", |name| name.value.as_str())
    }

    /// The share of an entry of the mix in what comes at an instant, linear between the middles of
    /// hours.
    fn share(&self, entry: usize, at: Nanos) -> f64 {
        let entry = &self.file.mix[entry];
        let Some(hours) = &entry.by_hour else { return entry.share.0 };
        let hour = at.rem_euclid(86_400_000_000_000) as f64 / 3.6e12 - 0.5;
        let left = hour.floor();
        let of = |hour: f64| hours[(hour as i64).rem_euclid(24) as usize].0;
        of(left) + (of(left + 1.0) - of(left)) * (hour - left)
    }

    /// Instants within a stretch at which a rate bends: middles of bins and hours, and edges of
    /// events, in order.
    pub(crate) fn bends(&self, begin: Nanos, from: Nanos, to: Nanos) -> Vec<Nanos> {
        let steps = [(begin + self.bin / 2, self.bin), (1_800_000_000_000, 3_600_000_000_000)];
        let mut all: Vec<Nanos> = vec![from, to];
        for (first, step) in steps {
            let mut at = from + (first - from).rem_euclid(step);
            while at < to {
                all.push(at);
                at += step;
            }
        }
        for edge in self.events.iter().flat_map(|event| [event.from, event.to]) {
            // A step is two points as near as can be.
            all.extend([edge - 1, edge].into_iter().filter(|at| (from..to).contains(at)));
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The history with what is unusual left out as `NaN` \[1/s\].
    #[must_use]
    pub fn usual_history(&self) -> Vec<f64> {
        let usual = |(bin, rate): (usize, &Option<f64>)| {
            let from = self.history + self.bins(bin);
            let to = from + self.bin;
            let odd = self.unusual.iter().any(|&(begin, end)| begin < to && from < end);
            rate.filter(|_| !odd).unwrap_or(f64::NAN)
        };
        self.file.history.per_s.iter().enumerate().map(usual).collect()
    }
}

/// The quantile of the standard normal law.
fn score(level: f64) -> f64 {
    Normal::standard().inverse_cdf(level)
}

/// Linear between points that rise in x, and beyond the outermost as between the last two.
fn interpolated(points: &[(f64, f64)], x: f64) -> f64 {
    let [.., last] = points else { return 0.0 };
    if points.len() == 1 {
        return last.1;
    }
    let right = points.partition_point(|point| point.0 < x).clamp(1, points.len() - 1);
    let ((x0, y0), (x1, y1)) = (points[right - 1], points[right]);
    (y0 + (y1 - y0) * (x - x0) / (x1 - x0)).max(0.0)
}

#[cfg(test)]
mod tests;
