//! Tables of metrics whose header has several rows, one per level of the columns' names: what pandas
//! writes of a table with a column index of levels.
//!
//! ```text
//! service,cart,cart
//! metric,latency,requests
//! statistic,p99,Sum
//! unix_timestamp,,
//! 1692608400.0,0.25,12
//! ```
//!
//! The level `metric` names the metric; `statistic` tells which part of it, in `CloudWatch`'s words;
//! the other levels are labels. Empty cells were not measured.

use std::io::Read;

use crate::{
    error::Error,
    format::{BYTE_ORDER_MARK, normal},
    instant::parse_instant,
    names::Names,
    quality::Defect,
    read::{csv, intake::Intake, metrics_csv::TIMES, table},
    record::Point,
    series::{Draft, MetricKind, Part, SeriesId},
    source::Guarded,
};

/// Rows of a header, its last included, that are looked at.
const MOST_LEVELS: usize = 8;

/// Whether a table begins with levels, one of them `metric`, and a row that names its times alone.
pub(crate) fn is_header(head: &[u8]) -> bool {
    let separator = char::from(csv::separator(head));
    let head = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    let text = String::from_utf8_lossy(head);
    let mut has_metric = false;
    for line in text.trim_start().lines().take(MOST_LEVELS) {
        let Some((first, rest)) = line.split_once(separator) else { return false };
        let is_index = rest.chars().all(|it| it == separator || it.is_whitespace());
        if is_index {
            return has_metric && TIMES.contains(&normal(first).as_str());
        }
        has_metric |= is_metric(first);
    }
    false
}

fn is_metric(level: &str) -> bool {
    matches!(normal(level).as_str(), "metric" | "metricname")
}

pub(super) fn read<R: Read>(
    content: Guarded<'_, R>,
    head: &[u8],
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    let mut levels: Vec<Vec<String>> = Vec::new();
    let mut series: Option<Vec<SeriesId>> = None;
    table::read(content, head, intake, &mut |row, place, intake| {
        let cells = || row.fields().map(|(_, text)| text);
        let Some(series) = &series else {
            if levels.is_empty() {
                levels.push(row.headers.to_vec());
            }
            if cells().skip(1).all(str::is_empty) {
                series = Some(columns(&levels, intake.names));
            } else {
                levels.push(cells().map(str::to_owned).collect());
            }
            return Ok(Ok(()));
        };
        let time = cells().next().unwrap_or_default();
        let time_ns = match parse_instant(time.as_bytes(), None) {
            Ok(instant) => Some(instant.ns),
            Err(defect) => return Ok(Err(defect)),
        };
        let mut any = false;
        for (text, &series) in cells().skip(1).zip(series) {
            if let Ok(value) = text.parse() {
                any = true;
                intake.point(Point { series, time_ns, value }, place)?;
            }
        }
        Ok(if any { Ok(()) } else { Err(Defect::Value) })
    })
}

/// The series of each column behind the first.
fn columns(levels: &[Vec<String>], names: &mut Names) -> Vec<SeriesId> {
    let width = levels.first().map_or(0, Vec::len);
    let column = |at: usize| {
        let mut draft = Draft::default();
        for level in levels {
            let (key, value) = (level[0].trim(), level[at].trim());
            match normal(key).as_str() {
                "metric" | "metricname" => value.clone_into(&mut draft.name),
                "statistic" | "stat" if part(value).is_some() => {
                    (draft.part, draft.kind) = part(value).unwrap_or_default();
                }
                "microservice" => draft.labels.push((String::from("service"), value.to_owned())),
                _ => draft.labels.push((key.to_owned(), value.to_owned())),
            }
        }
        draft.intern(names)
    };
    (1..width).map(column).collect()
}

/// What a statistic of `CloudWatch` is of a metric; none if it is none of them.
fn part(statistic: &str) -> Option<(Part, MetricKind)> {
    let of = |share: f64| Some((Part::Quantile(share), MetricKind::Gauge));
    match normal(statistic).as_str() {
        "average" | "mean" => Some((Part::Value, MetricKind::Gauge)),
        "sum" => Some((Part::Sum, MetricKind::Delta)),
        "samplecount" | "count" => Some((Part::Count, MetricKind::Delta)),
        "minimum" | "min" => of(0.0),
        "maximum" | "max" => of(1.0),
        _ => {
            let percent: f64 = statistic.strip_prefix('p')?.parse().ok()?;
            (0.0..=100.0).contains(&percent).then_some(percent / 100.0).and_then(of)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        read::{ReadOptions, read_records},
        record::Record,
    };

    const TABLE: &str = "microservice,cart,cart,\"pay\"\nmetric,latency,requests,latency\n\
                         statistic,p99.9,Sum,Average\nunix_timestamp,,,\n\
                         1692608400.0,0.25,12,\n1692608700.0,0.5,,0.125\n,1,1,1\n1692609000.0,,,\n";

    #[test]
    fn headers_of_levels_are_told_from_others() {
        assert!(is_header(TABLE.as_bytes()));
        assert!(!is_header(b"service,cart\nversion,2\ntime,\n1,2\n"), "no metric");
        assert!(!is_header(b"service,cart\nmetric,latency\nsomething,\n1,2\n"), "no time");
        assert!(!is_header(b"timestamp,metric,value\n1,latency,\n"), "a row with a value missing");
        assert!(!is_header(b"time,cart\n1,2\n"));
    }

    #[test]
    fn levels_become_names_parts_and_labels() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), TABLE).unwrap();
        let (mut names, mut points) = (Names::default(), Vec::new());
        let options = ReadOptions { max_bad_share: 1.0, ..ReadOptions::default() };
        let summary = read_records(file.path(), &options, &mut names, &mut |record| {
            if let Record::Point(point) = record {
                points.push(point);
            }
            Ok(())
        });
        let summary = summary.unwrap();
        let told: Vec<String> = points
            .iter()
            .map(|point| {
                let series = names.series(point.series);
                let service = series.label("service", &names).unwrap();
                let name = names.text(series.name);
                let (part, seconds) = (series.part, point.time_ns.unwrap() / 1_000_000_000);
                format!("{seconds} {service} {name} {part:?} {}", point.value)
            })
            .collect();
        assert_eq!(
            told,
            [
                "1692608400 cart latency Quantile(0.9990000000000001) 0.25",
                "1692608400 cart requests Sum 12",
                "1692608700 cart latency Quantile(0.9990000000000001) 0.5",
                "1692608700 pay latency Value 0.125",
            ]
        );
        let defects: Vec<String> =
            summary.defects.iter().map(|it| format!("{} {}", it.count, it.defect)).collect();
        assert_eq!(defects.len(), 2, "a row without a time, and one without a value: {defects:?}");
    }
}
