//! What came of a load on a real target, for a person.

use foreshadow_loadgen::drive::summary::{Endpoint, Report};

use super::page::{Cell, Page, Table, tone};
use crate::number::{Unit, clock, full, short, significant};

/// The page of a run.
pub(super) fn page(report: &Report) -> Page {
    let mut sentences = Vec::new();
    sentences.extend(report.reason.as_ref().map(|why| format!("Not to be trusted: {why}.")));
    sentences.push(format!(
        "{} of {} were sent when they were due; half of them within {} ms, 99 % within {} ms, the \
         latest {} ms late.",
        report.sent,
        report.due,
        significant(report.start_lag_ms.p50),
        significant(report.start_lag_ms.p99),
        significant(report.start_lag_ms.max)
    ));
    sentences.extend(report.endpoints.iter().filter_map(|(name, endpoint)| hidden(name, endpoint)));
    let row = |(name, endpoint): &(String, Endpoint)| -> Vec<Cell> {
        vec![
            name.clone().into(),
            endpoint.sent.to_string().into(),
            short(&endpoint.ok, Unit::Share).into(),
            short(&endpoint.latency_ms.p50, Unit::Milliseconds).into(),
            short(&endpoint.latency_ms.p95, Unit::Milliseconds).into(),
            full(&endpoint.latency_ms.p99, Unit::Milliseconds).into(),
            short(&endpoint.from_sent_ms.p99, Unit::Milliseconds).into(),
        ]
    };
    Page {
        title: format!("{} on {}", report.scenario, report.target),
        verdict: report.verdict.map(tone),
        sentences,
        tables: vec![Table {
            header: vec!["endpoint", "sent", "ok", "p50", "p95", "p99", "p99 from sending"],
            rows: report.endpoints.iter().map(row).collect(),
        }],
        footer: vec![
            format!(
                "{}, seed {}; latency from the instant a request was due; intervals are 95 %, of one \
                 run; foreshadow {}",
                clock(report.duration_s),
                report.seed,
                report.version
            ),
            format!("repeat: {}", report.repeat),
        ],
    }
}

/// What would not be seen by who waits for answers before he goes on.
fn hidden(name: &str, endpoint: &Endpoint) -> Option<String> {
    let (due, sent) = (endpoint.latency_ms.p99.value?, endpoint.from_sent_ms.p99.value?);
    (due > 2.0 * sent + 10.0).then(|| {
        format!(
            "{name}: counted from sending, the p99 would be {} instead of {}: requests waited for \
             their turn.",
            short(&endpoint.from_sent_ms.p99, Unit::Milliseconds),
            short(&endpoint.latency_ms.p99, Unit::Milliseconds)
        )
    })
}
