//! Locust's statistics: one row per request name, or one per name and second (`stats_history`).
//!
//! Times are milliseconds. Source: Locust, "Retrieve test statistics in CSV format".

use std::io::Read;

use crate::{
    error::Error,
    quality::Defect,
    read::{intake::Intake, table},
    record::{Measurement, Record},
    source::Guarded,
};

pub(super) fn read<R: Read>(
    content: Guarded<'_, R>,
    head: &[u8],
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    table::read(content, head, intake, &mut |row, _, intake| {
        let Some(name) = row.text(&["name"]) else { return Ok(Err(Defect::NoOperation)) };
        let operation = match row.text(&["type"]) {
            _ if name == "Aggregated" => None,
            Some(kind) if !name.starts_with(kind) => Some(format!("{kind} {name}")),
            _ => Some(name.to_owned()),
        };
        let count = |columns: &[&str]| row.count(columns);
        let ms =
            |columns: &[&str]| Ok::<_, Defect>(count(columns)?.map(|ms| (ms * 1e6).round() as u64));
        let read = || {
            let mut quantiles = Vec::new();
            // The header `99.9%` is `999` without its point; these are the ones that Locust writes.
            let columns: [(&str, f64); 11] = [
                ("50", 0.5),
                ("66", 0.66),
                ("75", 0.75),
                ("80", 0.8),
                ("90", 0.9),
                ("95", 0.95),
                ("98", 0.98),
                ("99", 0.99),
                ("999", 0.999),
                ("9999", 0.9999),
                ("100", 1.0),
            ];
            if let Some(least) = ms(&["minresponsetime", "totalminresponsetime"])? {
                quantiles.push((0.0, least));
            }
            for (column, share) in columns {
                quantiles.extend(ms(&[column])?.map(|ns| (share, ns)));
            }
            Ok::<_, Defect>(Measurement {
                requests: count(&["requestcount", "totalrequestcount"])?.map(|it| it as u64),
                failures: count(&["failurecount", "totalfailurecount"])?.map(|it| it as u64),
                rate_per_s: count(&["requestss"])?,
                users: count(&["usercount"])?,
                mean_ns: ms(&["averageresponsetime", "totalaverageresponsetime"])?,
                start_ns: row
                    .text(&["timestamp"])
                    .map(|_| row.instant(&["timestamp"]))
                    .transpose()?,
                quantiles,
                ..Measurement::default()
            })
        };
        let mut measurement = match read() {
            Ok(measurement) => measurement,
            Err(defect) => return Ok(Err(defect)),
        };
        measurement.operation = operation.map(|name| intake.operation(&name));
        let start_ns = measurement.start_ns;
        intake.hand_on(Record::Measurement(Box::new(measurement)), start_ns).map(Ok)
    })
}
