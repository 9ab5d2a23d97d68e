//! Requests that a metric counts: what its series went up by between two points.

use std::collections::BTreeMap;

use foreshadow_telemetry::{MetricKind, Names, Part, SeriesId};

use super::Waiting;
use crate::error::Error;
use crate::learn::Recording;
use crate::learn::cells::Cells;

/// Words in names of metrics that count requests.
const WORDS: [&str; 3] = ["requests_total", "request_count", "requests"];

/// What the series of one metric counted, by the time of their points.
#[derive(Debug)]
pub(super) struct Counters {
    /// The metric that is asked for.
    metric: Option<String>,
    /// By metric, by label of operation: (second, count).
    counted: BTreeMap<String, BTreeMap<String, Vec<(i64, f64)>>>,
}

impl Counters {
    pub(super) const fn new(metric: Option<String>) -> Self {
        Self { metric, counted: BTreeMap::new() }
    }

    /// Takes the points of a file, in the order of each series.
    pub(super) fn take(&mut self, points: Vec<Waiting>, names: &Names) {
        let mut series: BTreeMap<SeriesId, Vec<(u64, f64)>> = BTreeMap::new();
        for point in points {
            if let Some(time) = point.time_ns.filter(|_| point.value.is_finite()) {
                series.entry(point.series).or_default().push((time, point.value));
            }
        }
        for (id, mut points) in series {
            let of = names.series(id);
            let is_count = matches!(of.part, Part::Value | Part::Count);
            let counts =
                matches!(of.kind, MetricKind::Counter | MetricKind::Delta | MetricKind::Unknown);
            let name = names.text(of.name);
            let wanted = self.metric.as_deref().map_or_else(
                || WORDS.iter().any(|word| name.ends_with(word)),
                |metric| metric == name,
            );
            if !is_count || !counts || !wanted {
                continue;
            }
            points.sort_by_key(|point| point.0);
            let labels = [
                "http_route",
                "http.route",
                "route",
                "path",
                "handler",
                "endpoint",
                "operation",
                "method",
            ];
            let label = labels.iter().find_map(|key| of.label(key, names)).unwrap_or(name);
            let counted = self.counted.entry(name.to_owned()).or_default();
            let counted = counted.entry(label.to_owned()).or_default();
            if of.kind == MetricKind::Delta {
                counted.extend(points.iter().map(|(time, value)| (second(*time), *value)));
                continue;
            }
            counted.extend(points.windows(2).map(|pair| {
                let risen = pair[1].1 - pair[0].1;
                // A counter that fell began anew at zero.
                (second(pair[1].0), if risen < 0.0 { pair[1].1 } else { risen })
            }));
        }
    }

    /// The recording that the series are of.
    pub(super) fn finish(self, mut recording: Recording) -> Result<Recording, Error> {
        let Self { counted, metric } = self;
        if counted.len() > 1 {
            return Err(Error::Metrics { names: counted.into_keys().collect() });
        }
        let Some((name, operations)) = counted.into_iter().next() else {
            return match metric {
                Some(metric) => Err(Error::NoMetric { metric }),
                None => Ok(recording),
            };
        };
        recording.notes.push(format!("requests are what {name} counts"));
        let width = step(operations.values().flatten().map(|(at, _)| *at));
        recording.cells = Cells::new(width, false);
        for (operation, counts) in operations {
            let number = recording.mix.operation(&operation);
            for (at, count) in counts {
                let count = count.max(0.0).round().min(f64::from(u32::MAX - 1));
                // A point tells of the time before it.
                recording.cells.add(at - width, count as u32);
                recording.requests += count as u64;
                recording.mix.add(number, at - width, count as u64);
            }
        }
        Ok(recording)
    }
}

fn second(time_ns: u64) -> i64 {
    (time_ns / 1_000_000_000) as i64
}

/// The usual time between points \[s\].
fn step(times: impl Iterator<Item = i64>) -> i64 {
    let mut times: Vec<i64> = times.collect();
    times.sort_unstable();
    times.dedup();
    let mut gaps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied().unwrap_or(60).max(1)
}
