//! Tables of metrics: long (`time, metric, value, labels…`), wide (`time, column…`), or wide with a
//! header of several rows (`levels_csv.rs`).

use std::io::Read;

use crate::{
    error::Error,
    quality::Defect,
    read::{intake::Intake, levels_csv, table},
    record::Point,
    series::Draft,
    source::Guarded,
};

pub(super) const TIMES: [&str; 8] =
    ["timestamp", "time", "timestampunix", "ts", "date", "datetime", "unixtimestamp", "start"];

pub(super) fn read<R: Read>(
    content: Guarded<'_, R>,
    head: &[u8],
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    if levels_csv::is_header(head) {
        return levels_csv::read(content, head, intake);
    }
    table::read(content, head, intake, &mut |row, place, intake| {
        let time_ns = match row.instant(&TIMES) {
            Ok(ns) => Some(ns),
            Err(defect) => return Ok(Err(defect)),
        };
        if let Some(name) = row.text(&["metric", "metricname"]) {
            let Some(value) = row.number(&["value"]) else { return Ok(Err(Defect::Value)) };
            let others = row.fields().zip(row.headers);
            let labels = others.filter(|((normal, text), _)| {
                !text.is_empty()
                    && !TIMES.contains(normal)
                    && !matches!(*normal, "metric" | "metricname" | "value" | "unit")
            });
            let labels = labels.map(|((_, text), header)| (header.clone(), text.to_owned()));
            let unit = row.text(&["unit"]).map(str::to_owned);
            let series =
                Draft { name: name.to_owned(), unit, labels: labels.collect(), ..Draft::default() };
            let series = series.intern(intake.names);
            return intake.point(Point { series, time_ns, value }, place).map(Ok);
        }
        let mut any = false;
        let mut labels = Vec::new();
        for ((normal, text), header) in row.fields().zip(row.headers) {
            if !TIMES.contains(&normal) && text.parse::<f64>().is_err() && !text.is_empty() {
                labels.push((header.trim().to_owned(), text.to_owned()));
            }
        }
        for ((normal, text), header) in row.fields().zip(row.headers) {
            if TIMES.contains(&normal) {
                continue;
            }
            if let Ok(value) = text.parse() {
                any = true;
                let (name, labels) = (header.trim().to_owned(), labels.clone());
                let series = Draft { name, labels, ..Draft::default() }.intern(intake.names);
                intake.point(Point { series, time_ns, value }, place)?;
            }
        }
        Ok(if any { Ok(()) } else { Err(Defect::Value) })
    })
}
