//! A licensing platform under k6: fitted to runs with 35 users, held against runs with 75.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use foreshadow_scenarios::load_scenario;
use foreshadow_twin::{CalibrateOptions, Calibration, Parameter, Results, calibrate};

use super::{own, shared};
use crate::scenarios::{load, rehearse};

/// What the load test calls each endpoint.
const NAMES: [(&str, &str); 14] = [
    ("signin", "auth.signin"),
    ("permohonan-create", "registration.create"),
    ("permohonan-submit", "registration.submit"),
    ("permohonan-approve", "registration.approve"),
    ("permohonan-detail", "registration.detail"),
    ("permohonan-list", "registration.list"),
    ("disposisi-create", "workflow.dispose"),
    ("kajian-teknis", "workflow.study"),
    ("draft-approve", "workflow.approve"),
    ("disposisi-list", "workflow.dispositions"),
    ("draft-list", "workflow.drafts"),
    ("skm-lookup", "survey.lookup"),
    ("skm-notify", "survey.notify"),
    ("skm-submit", "survey.submit"),
];

const FIT: [&str; 7] = [
    "log.flush.steps[0].work.lognormal.mean=100ms..400ms",
    "log.flush.steps[0].work.lognormal.scv=0.02..0.5",
    "log.batch.each=0ms..15ms",
    "mysql.write.steps[0].work.lognormal.mean=5ms..150ms",
    "auth.signin.steps[0].work=50ms..90ms",
    "mysql.find.steps[0].work.lognormal.mean=2ms..10ms",
    "mysql.scan.steps[0].work.lognormal.mean=2ms..20ms",
];
const POOLS: &str =
    "registration.calls.mysql.pool,workflow.calls.mysql.pool,survey.calls.mysql.pool=4..7";
const HOLD_OUT: [&str; 4] = [
    "2025-12-20/baseline_r1",
    "2025-12-31-r02/baseline",
    "2025-12-31-r04/baseline",
    "2025-12-31-r06/baseline",
];

/// The steady part of the runs with so many users, as a table for `calibrate`; of a named endpoint alone.
fn steady(path: &Path, users: &str) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let mut table = String::from("run,endpoint,count,per_s,mean_ms,p50_ms,p90_ms,p95_ms,p99_ms\n");
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let name = NAMES.iter().find(|(name, _)| *name == fields[5]);
        if let (Some((_, endpoint)), "steady", true) = (name, fields[3], fields[4] == users) {
            table += &format!("{}/{},{endpoint},{}\n", fields[0], fields[2], fields[6..].join(","));
        }
    }
    table
}

fn calibrated(summary: &Path) -> Calibration {
    let results = Results::read(steady(summary, "35.0").as_bytes()).unwrap();
    let parameters = FIT.iter().chain([&POOLS]).map(|text| Parameter::parse(text).unwrap());
    let options = CalibrateOptions {
        parameters: parameters.collect(),
        hold_out: HOLD_OUT.iter().map(ToString::to_string).collect(),
        trials: 150,
        replications: 4,
    };
    let scenario = load(&own("elicensing-35.yaml"), &[]);
    let stop = AtomicBool::new(false);
    calibrate(&scenario, &results, &options, &stop, &|_| ()).unwrap_or_else(|e| panic!("{e}"))
}

/// Medians of |error| in percent over endpoints with 1,000 requests or more: mean, p95, throughput.
fn medians(predicted: &foreshadow_scenarios::report::Report, summary: &Path) -> [f64; 3] {
    let measured = steady(summary, "75.0");
    let mut sums: BTreeMap<&str, [f64; 5]> = BTreeMap::new();
    for line in measured.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |at: usize| fields[at].parse::<f64>().unwrap();
        let sum = sums.entry(fields[1]).or_default();
        for (sum, value) in sum.iter_mut().zip([number(2), number(4), number(7), number(3), 1.0]) {
            *sum += value;
        }
    }
    let mut errors = [const { Vec::new() }; 3];
    for (endpoint, [count, mean, p95, rate, runs]) in sums {
        if count / runs < 1_000.0 {
            continue;
        }
        let (_, found) = predicted.endpoints.iter().find(|(name, _)| name == endpoint).unwrap();
        let [m, h, r] = [&found.latency_ms.mean, &found.latency_ms.p95, &found.goodput_per_s]
            .map(|estimate| estimate.value.unwrap());
        for (errors, ratio) in errors.iter_mut().zip([m / mean, h / p95, r / rate]) {
            errors.push(100.0 * (ratio * runs - 1.0).abs());
        }
    }
    errors.map(|mut errors: Vec<f64>| {
        errors.sort_by(f64::total_cmp);
        errors[errors.len() / 2]
    })
}

/// The peers: mean value analysis with one or several servers per service, 24 · 24 · 23 % and
/// 66 · 41 · 13 %.
#[test]
#[ignore = "takes a minute: six hundred trials of four runs each"]
fn twice_the_users_are_predicted_better_than_by_mean_value_analysis() {
    let Some(summary) = shared("elicensing-k6/measured_summary.csv") else { return };
    let found = calibrated(&summary);
    println!("{found}");
    assert!((found.fitted.last().unwrap().value.value - 5.0).abs() < 0.1, "five connections");
    let twin = found.twin_yaml.clone();
    let files = |path: &Path| {
        let is_twin = path.to_string_lossy().ends_with(".twin.yaml");
        if is_twin { Ok(twin.clone()) } else { std::fs::read_to_string(path) }
    };
    let scenario = load_scenario(&own("elicensing-75.yaml"), &[], &files).unwrap();
    let report = rehearse(vec![scenario]).remove(0);
    let [mean, p95, rate] = medians(&report, &summary);
    println!(
        "75 users, medians over endpoints: mean {mean:.1} %, p95 {p95:.1} %, throughput {rate:.1} %"
    );
    assert!(mean < 16.0 && p95 < 20.0 && rate < 6.0, "{mean:.1} · {p95:.1} · {rate:.1} %");
}
