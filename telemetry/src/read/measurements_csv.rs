//! Tables of results that people make: one row per test and operation, with rates, means and
//! quantiles whose headers carry their units (`mean_ms`, `p95_latency_ms`, `throughput_rps`).
//!
//! Columns that tell tests apart (`run`, `scenario`, `topology`, …) become the test's name.

use std::io::Read;

use crate::{
    error::Error,
    quality::Defect,
    read::{intake::Intake, table},
    record::{Measurement, Record},
    source::Guarded,
};

/// Columns that tell one test from another.
const TESTS: [&str; 10] = [
    "run",
    "runid",
    "test",
    "sut",
    "scenario",
    "scope",
    "topology",
    "systemsize",
    "repetition",
    "variant",
];

/// Words in front of a unit, and what they mean: a share below, or none for the mean.
fn meaning(header: &str) -> Option<(Option<f64>, f64)> {
    let units = [("ms", 1e6), ("us", 1e3), ("ns", 1.0), ("seconds", 1e9), ("s", 1e9)];
    let (base, scale) =
        units.iter().find_map(|(unit, scale)| Some((header.strip_suffix(unit)?, *scale)))?;
    let base = ["latency", "responsetime", "duration"]
        .iter()
        .find_map(|word| base.strip_suffix(word))
        .unwrap_or(base);
    if matches!(base, "mean" | "avg" | "average") {
        return Some((None, scale));
    }
    let share = match base {
        "min" => 0.0,
        "median" | "med" => 0.5,
        "max" => 1.0,
        _ => {
            let digits = base.strip_prefix('p').filter(|it| it.len() >= 2)?;
            // `p999` is 99.9 %: the point stands behind two digits.
            digits.parse::<f64>().ok()? / 10_f64.powi(i32::try_from(digits.len()).ok()?)
        }
    };
    Some((Some(share), scale))
}

/// Whether these headers, as `normal` makes them, are of such a table.
pub(crate) fn is_header(headers: &[String]) -> bool {
    let quantiles = headers.iter().filter_map(|header| meaning(header)).count();
    let has = |known: &[&str]| headers.iter().any(|header| known.contains(&header.as_str()));
    quantiles >= 2
        && (has(&TESTS) || has(&["endpoint", "operation"]))
        && !has(&["timestamp", "time"])
}

pub(super) fn read<R: Read>(
    content: Guarded<'_, R>,
    head: &[u8],
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    table::read(content, head, intake, &mut |row, _, intake| {
        let mut found = Measurement::default();
        let mut tests = Vec::new();
        for (header, text) in row.fields() {
            if TESTS.contains(&header) && !text.is_empty() {
                tests.push(text);
            }
            let Some((share, scale)) = meaning(header) else { continue };
            match text.parse::<f64>() {
                Ok(value) if value < 0.0 => return Ok(Err(Defect::Negative)),
                Ok(value) if value.is_finite() => match share {
                    Some(share) => found.quantiles.push((share, (value * scale).round() as u64)),
                    None => found.mean_ns = Some((value * scale).round() as u64),
                },
                _ => {}
            }
        }
        found.quantiles.sort_by(|a, b| a.0.total_cmp(&b.0));
        let counts = || {
            Ok::<_, Defect>((
                row.count(&["n", "requests", "requestcount", "samples", "count"])?,
                row.count(&["failures", "errors", "failurecount"])?,
                row.count(&[
                    "reqpers",
                    "requestspers",
                    "throughputrps",
                    "rps",
                    "qps",
                    "throughput",
                ])?,
                row.count(&["vusmax", "vus", "users", "usercount"])?,
            ))
        };
        let (requests, failures, rate, users) = match counts() {
            Ok(counts) => counts,
            Err(defect) => return Ok(Err(defect)),
        };
        if found.quantiles.is_empty() && found.mean_ns.is_none() && rate.is_none() {
            return Ok(Err(Defect::Value));
        }
        found.requests = requests.map(|it| it as u64);
        let of_share = || Some(row.number(&["failurerate", "errorrate"])? * requests?);
        found.failures = failures.or_else(of_share).map(|it| it.round() as u64);
        (found.rate_per_s, found.users) = (rate, users);
        let operation = row.text(&["endpoint", "operation"]);
        let is_all = |name: &&str| {
            !matches!(*name, "*" | "all" | "ALL" | "total" | "Aggregated" | "overall")
        };
        found.operation = operation.filter(is_all).map(|name| intake.operation(name));
        let test = tests.join(" ");
        found.test = (!test.is_empty()).then(|| intake.names.intern(&test));
        intake.hand_on(Record::Measurement(Box::new(found)), None).map(Ok)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_tell_share_and_unit() {
        let check =
            |header: &str| meaning(header).map(|(share, scale)| format!("{share:?} {scale}"));
        assert_eq!(check("p95latencyms").as_deref(), Some("Some(0.95) 1000000"));
        assert_eq!(check("p999ms").as_deref(), Some("Some(0.999) 1000000"));
        assert_eq!(check("avglatencyms").as_deref(), Some("None 1000000"));
        assert_eq!(
            (check("p"), check("pods"), check("reqpers"), check("items")),
            (None, None, None, None)
        );
    }
}
