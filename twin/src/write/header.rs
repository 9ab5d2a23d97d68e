//! The head of a twin file: what it was learned from, how good it is, what is only assumed; and its
//! objectives at the end.

use super::text::{Page, number, quoted};
use super::{instant, percent, rate};
use crate::backtest::share;
use crate::model::{Component, Endpoint, Model};

/// What the head of a file says besides the model.
#[derive(Debug, Clone)]
pub(crate) struct Header<'a> {
    pub(crate) name: &'a str,
    pub(crate) first_ns: u64,
    pub(crate) last_ns: u64,
    /// How the check went; none if there was none.
    pub(crate) passed: Option<bool>,
    /// Median over the operations of the relative error of p95, if there was a check.
    pub(crate) error: Option<f64>,
    /// What was learned from, and how good it was; one line each.
    pub(crate) notes: &'a [String],
}

/// Entries that get objectives.
const MOST_OBJECTIVES: usize = 20;
/// Visits that a 99th percentile needs.
const VISITS_FOR_P99: usize = 100;

pub(super) fn write(page: &mut Page, model: &Model, header: &Header<'_>) {
    page.comment(
        0,
        &format!("The shadow twin of {}, learned from spans. It is yours to edit.", header.name),
    );
    page.comment(0, "");
    for note in header.notes {
        page.comment(0, note);
    }
    page.comment(0, "");
    for words in [
        "Times are laws fitted to what the spans showed; the number of visits or calls that each rests on \
         stands beside it, and their parameters have 95 % intervals (`low`, `high`). `source: assumed` marks what spans cannot show: it has its range, and what \
         would settle it. Write {value: …, source: pinned} around a number of your own.",
        "Each time is drawn on its own: that slow moments hit several calls of one request together is \
         not learned.",
        "Assumed absent unless declared, because spans do not show them: timeouts, retries, breakers, \
         pools, queue limits, autoscaling (`calls:`, `queue:`, `autoscale:` of a component), zones and \
         hosts. What a cache saves is a way of an endpoint with fewer calls, whose share stays as it was \
         seen, whatever the load.",
    ] {
        page.comment(0, words);
    }
    page.line(0, "foreshadow: twin/v1");
    page.line(0, &format!("name: {}", quoted(header.name)));
    page.line(0, "learned:");
    page.line(1, &format!("from: {}", quoted(&instant(header.first_ns))));
    page.line(1, &format!("to: {}", quoted(&instant(header.last_ns))));
    if let Some(passed) = header.passed {
        page.line(1, if passed { "backtest: passed" } else { "backtest: failed" });
    }
    if let Some(error) = header.error {
        page.line(1, &format!("error: {} # median over operations, of p95", share(error)));
    }
    let entries = entries(model);
    if !entries.is_empty() {
        page.line(1, "observed: # users' requests, mean over the time observed");
        for (component, endpoint) in entries {
            let name = quoted(&format!("{}.{}", component.name, endpoint.name));
            page.line(2, &format!("{name}: {}", rate(endpoint.seen.entry_rate)));
        }
    }
    page.gap();
}

/// Endpoints that users enter, most frequent first.
fn entries(model: &Model) -> Vec<(&Component, &Endpoint)> {
    let all = model.components.iter().flat_map(|component| {
        component.endpoints.iter().map(move |endpoint| (component, endpoint))
    });
    let mut entries: Vec<_> = all.filter(|(_, endpoint)| endpoint.seen.entry_rate > 0.0).collect();
    entries.sort_by(|a, b| b.1.seen.entry_rate.total_cmp(&a.1.seen.entry_rate));
    entries
}

pub(super) fn objectives(page: &mut Page, model: &Model) {
    let entries = entries(model);
    if entries.is_empty() {
        return;
    }
    page.gap();
    page.comment(
        0,
        "Proposed: p99 within twice what was seen, rounded up; as many successes as were seen, \
                     less one in a hundred at most. Put your own here.",
    );
    page.line(0, "objectives:");
    for (component, endpoint) in entries.into_iter().take(MOST_OBJECTIVES) {
        let name = quoted(&format!("{}.{}", component.name, endpoint.name));
        let seen = &endpoint.seen;
        if seen.visits >= VISITS_FOR_P99 {
            let limit = objective_limit(2.0 * seen.p99);
            page.line(1, &format!("- {{endpoint: {name}, p99: {limit}}}"));
        }
        let success = 1.0 - seen.failed as f64 / seen.visits as f64;
        let success =
            if success >= 0.99 { 0.99 } else { (success * 100.0 - 1.0).floor().max(0.0) / 100.0 };
        page.line(1, &format!("- {{endpoint: {name}, success_rate: {}}}", percent(success, 3)));
    }
}

/// A round time of at least `nanos`.
fn objective_limit(nanos: f64) -> String {
    const STEPS: [f64; 11] = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    let micros = (nanos / 1e3).max(1.0);
    let decade = 10_f64.powf(micros.log10().floor());
    let step =
        STEPS.into_iter().find(|step| step * decade >= micros * (1.0 - 1e-12)).unwrap_or(10.0);
    let micros = step * decade;
    match micros {
        m if m < 1e3 => format!("{}us", number(m, 3)),
        m if m < 1e6 => format!("{}ms", number(m / 1e3, 3)),
        m => format!("{}s", number(m / 1e6, 3)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_round() {
        for (nanos, expected) in [
            (1.63e9, "2s"),
            (2e9, "2s"),
            (211e6, "250ms"),
            (7.1e6, "8ms"),
            (90e3, "100us"),
            (9.5e9, "10s"),
        ] {
            assert_eq!(objective_limit(nanos), expected);
        }
    }
}
