//! Edges and service times of two recorded systems, from half of a minute each.
//!
//! The split is by time, at the middle of the fault-free minute: fitted to the first half, held
//! against the second. Rows are operations with 100 visits or more in each half.

use std::ops::ControlFlow;

use foreshadow_twin::{Check, Compared, LearnOptions, Learned, learn, service_edges};

use super::files::{Table, recording, unpacked};
use super::rule::median;

/// Visits in each half that an operation needs to be judged.
const LEAST_VISITS: usize = 100;

fn learned(name: &str) -> Option<Learned> {
    let paths = [recording(name)?];
    Some(learn(&paths, &LearnOptions::default(), &mut |_| ControlFlow::Continue(())).unwrap())
}

/// The check without rare operations.
fn frequent(learned: &Learned) -> Check {
    let mut check = learned.check.clone().expect("enough was seen");
    check.rows.retain(|row| row.visits.iter().all(|&visits| visits >= LEAST_VISITS));
    check
}

/// Median errors of the twin, and of the first half as it is, of p50 and of p95.
fn errors(check: &Check) -> [[f64; 2]; 2] {
    let over = |error: &dyn Fn(&Compared) -> f64| {
        [0, 1].map(|quantile| {
            let of = check.rows.iter().map(|row| error([&row.p50_ms, &row.p95_ms][quantile]));
            let mut errors: Vec<f64> = of.collect();
            errors.sort_by(f64::total_cmp);
            median(&errors)
        })
    };
    [over(&Compared::error), over(&Compared::noise)]
}

#[test]
fn online_boutique_has_the_edges_of_its_mesh() {
    let Some(learned) = learned("nezha-ob/baseline/17_00_trace.csv.xz") else { return };
    let Some(archive) = unpacked("nezha-ob/metric.tar.xz") else { return };
    let table = Table::read(&archive.path().join("metric/dependency.csv"));
    let [source, target] = ["Source", "Target"].map(|name| table.column(name));
    let is_name = |name: &str| name.starts_with(|c: char| c.is_ascii_alphabetic());
    let rows = table.rows.iter().map(|row| (row[source].as_str(), row[target].as_str()));
    let mut expected: Vec<_> = rows.filter(|(a, b)| is_name(a) && is_name(b)).collect();
    expected.sort_unstable();
    expected.dedup();
    println!("mesh: {expected:?}");
    let found = service_edges(&learned.graph);
    let unseen: Vec<_> = expected.iter().filter(|edge| !found.contains(edge)).collect();
    assert_eq!(unseen, [&("checkoutservice", "currencyservice")], "it is in no span");
    assert!(found.iter().all(|edge| expected.contains(edge)), "{found:?}");
    assert_eq!(found.len(), 13);
}

#[test]
fn service_times_of_a_half_predict_the_other() {
    let Some(learned) = learned("nezha-ob/baseline/17_00_trace.csv.xz") else { return };
    let check = frequent(&learned);
    let [twin, noise] = errors(&check);
    let percent = |errors: [f64; 2]| errors.map(|error| error * 100.0);
    println!(
        "{check}\np50 and p95 off by {:.1?} % (noise {:.1?} %)",
        percent(twin),
        percent(noise)
    );
    assert!(check.rows.len() >= 11, "{check}");
    assert!(twin[0] <= 0.05, "{check}");
    assert!(twin[1] <= 0.10 || twin[1] <= 1.25 * noise[1], "{check}");
}

/// The minute has 71 traces: no operation is seen a hundred times in each half.
#[test]
fn train_ticket_has_too_few_spans_to_judge_service_times() {
    let Some(learned) = learned("nezha-tt/baseline/08_50_trace.csv.xz") else { return };
    assert_eq!(service_edges(&learned.graph).len(), 42);
    assert_eq!(frequent(&learned).rows, []);
    let check = learned.check.expect("some are seen fifty times");
    let [twin, noise] = errors(&check);
    println!("{check}\n{twin:.3?} ({noise:.3?})");
    assert!(twin[0] <= 0.05, "{check}");
    assert!(twin[1] <= 1.25 * noise[1], "{check}");
}
