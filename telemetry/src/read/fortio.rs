//! Tables of Fortio runs, as Istio's benchmarks write them: one row per run, latency in microseconds.
//!
//! Source: istio/tools, `perf/benchmark/runner/fortio.py`.

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
        let count = |columns: &[&str]| row.count(columns);
        let read = || {
            let mut quantiles = Vec::new();
            for (column, share) in [
                ("min", 0.0),
                ("p50", 0.5),
                ("p75", 0.75),
                ("p90", 0.9),
                ("p95", 0.95),
                ("p99", 0.99),
                ("p999", 0.999),
                ("max", 1.0),
            ] {
                quantiles.extend(count(&[column])?.map(|us| (share, (us * 1e3).round() as u64)));
            }
            if quantiles.is_empty() {
                return Err(Defect::Value);
            }
            Ok(Measurement {
                start_ns: Some(row.instant(&["starttime"])?),
                duration_ns: count(&["actualduration"])?.map(|s| (s * 1e9).round() as u64),
                users: count(&["numthreads"])?,
                rate_per_s: count(&["actualqps"])?,
                mean_ns: count(&["avg", "mean"])?.map(|us| (us * 1e3).round() as u64),
                quantiles,
                ..Measurement::default()
            })
        };
        let mut measurement = match read() {
            Ok(measurement) => measurement,
            Err(defect) => return Ok(Err(defect)),
        };
        measurement.test = row.text(&["labels"]).map(|name| intake.names.intern(name));
        let start_ns = measurement.start_ns;
        intake.hand_on(Record::Measurement(Box::new(measurement)), start_ns).map(Ok)
    })
}
