//! A plot over time: what the page's script draws, and what stands in its place without.

use maud::{Markup, html};
use serde::{Serialize, Serializer};

/// Most points of a series; more are finer than any screen.
const POINTS: usize = 400;

/// What the plots of a report have in common.
#[derive(Debug, Serialize)]
pub(super) struct Axis {
    /// Beginnings of the bins \[s\].
    times: Vec<f64>,
    /// End of the last \[s\].
    end: f64,
    /// What is shaded, from, to \[s\].
    bands: Vec<(f64, f64)>,
    /// How many bins of the report are one.
    #[serde(skip)]
    by: usize,
}

/// Series over time, as the page's script reads them.
#[derive(Debug, Serialize)]
pub(super) struct Plot {
    /// Where it goes; given by the shell.
    pub(super) id: String,
    /// Which of the page's axes it has; given by the shell.
    pub(super) axis: usize,
    #[serde(skip)]
    pub(super) title: String,
    /// What it shows, in a sentence for those who cannot see it.
    #[serde(skip)]
    pub(super) caption: String,
    /// `ms`, `share`, or what is written after a number.
    pub(super) unit: &'static str,
    pub(super) series: Vec<Series>,
    /// A limit on what is shown, in its unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) limit: Option<f64>,
}

/// One line of a plot.
#[derive(Debug, Serialize)]
pub(super) struct Series {
    pub(super) name: &'static str,
    /// Which of the page's colours of lines, from 0 to 3.
    pub(super) color: u8,
    pub(super) dashed: bool,
    /// One a bin of the axis.
    #[serde(serialize_with = "short")]
    pub(super) values: Vec<Option<f64>>,
}

/// How neighbouring bins become one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Merge {
    /// Their mean.
    Mean,
    /// The highest of them.
    Highest,
}

impl Axis {
    /// An axis of bins that begin at `times`, no more of them than can be seen.
    pub(super) fn new(times: &[f64], end: f64, bands: Vec<(f64, f64)>) -> Self {
        let by = times.len().div_ceil(POINTS).max(1);
        Self { times: times.iter().copied().step_by(by).collect(), end, bands, by }
    }

    /// One value a bin of the report, as one a bin of the axis.
    pub(super) fn values(&self, values: &[Option<f64>], merge: Merge) -> Vec<Option<f64>> {
        values.chunks(self.by).map(|bins| merge.of(bins)).collect()
    }
}

impl Plot {
    /// The place for it.
    pub(super) fn markup(&self) -> Markup {
        html! {
            figure .plot {
                figcaption { h3 { (self.title) } span { (self.caption) } }
                div .canvas id=(self.id) role="img" aria-label=(format!("{}: {}", self.title, self.caption)) {
                    noscript { "This plot is drawn by a script; its figures are in the JSON of the report." }
                }
            }
        }
    }
}

impl Merge {
    pub(super) fn of(self, bins: &[Option<f64>]) -> Option<f64> {
        let known = || bins.iter().flatten().copied();
        match self {
            Self::Highest => known().reduce(f64::max),
            Self::Mean => {
                let count = known().count();
                (count > 0).then(|| known().sum::<f64>() / count as f64)
            }
        }
    }
}

/// Four significant digits: what a plot can show, in a third of the bytes.
fn short<S: Serializer>(values: &[Option<f64>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(|value| value.map(rounded)))
}

fn rounded(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_runs_are_merged_to_what_a_screen_can_show() {
        let bins: Vec<Option<f64>> = (0..1000).map(|bin| Some(f64::from(bin))).collect();
        let times: Vec<f64> = (0..1000).map(f64::from).collect();
        let axis = Axis::new(&times, 1000.0, Vec::new());
        assert_eq!((axis.times.len(), axis.times[1]), (334, 3.0));
        let (mean, highest) = (axis.values(&bins, Merge::Mean), axis.values(&bins, Merge::Highest));
        assert_eq!(mean[..2], [Some(1.0), Some(4.0)]);
        assert_eq!(highest[..2], [Some(2.0), Some(5.0)]);
        assert_eq!((highest.len(), highest[333]), (334, Some(999.0)));
    }

    #[test]
    fn points_have_four_digits() {
        let points = [1234.567, 0.000_123_456, 0.0].map(|value| rounded(value).to_string());
        assert_eq!(points, ["1235", "0.0001235", "0"]);
    }
}
