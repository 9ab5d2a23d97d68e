//! What came of a load on a real target, for a person.

use foreshadow_loadgen::drive::summary::{Endpoint, Report, Requests};

use super::page::{Cell, Page, Table, figures, tone};
use crate::number::{Unit, clock, full, short, significant};

/// The page of a run.
pub(super) fn page(report: &Report) -> Page {
    let mut sentences = Vec::new();
    sentences.extend(report.reason.as_ref().map(|why| format!("Not to be trusted: {why}.")));
    sentences.push(sent(report));
    let Requests { sent, after_answers, under_way, .. } = report.requests;
    if after_answers > 0 {
        let share = 100.0 * after_answers as f64 / sent as f64;
        sentences.push(format!(
            "{after_answers} of them ({} %) waited for the answer before them: a slow target is asked \
             these later, which hides some of its waits.",
            significant(share)
        ));
    }
    if under_way > 0 {
        sentences.push(format!(
            "{under_way} were under way when it stopped; they count as no faster than they were by then."
        ));
    }
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
            columns: figures("endpoint", &["sent", "ok", "p50", "p95", "p99", "p99 from sending"]),
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

/// How much was sent, and how late.
fn sent(report: &Report) -> String {
    format!(
        "{} of {} users came, and {} of {} requests were sent: half of them within {} ms of when they \
         were due, 99 % within {} ms, the latest {} ms late.",
        report.sent,
        report.due,
        report.requests.sent,
        report.requests.due,
        significant(report.start_lag_ms.p50),
        significant(report.start_lag_ms.p99),
        significant(report.start_lag_ms.max)
    )
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
