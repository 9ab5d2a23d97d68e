//! Work told from waiting: shops whose servers are known, learned at one load and predicted at another.
//!
//! The truth is made here, not by the simulator: arrivals of Poisson, `c` servers, first come first
//! served, work of a known law (M/M/c; Lindley's recursion for several servers).
#![expect(clippy::unwrap_used, reason = "helpers of tests panic, as tests do")]

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use foreshadow_scenarios::{load_scenario, load_twin, lower};
use foreshadow_sim::Simulation;
use foreshadow_sim::histogram::pooled_quantile;
use foreshadow_sim::random::Key;
use foreshadow_twin::{LearnOptions, Progress, backtest, learn};

/// Mean work [µs].
const WORK_US: f64 = 10_000.0;

/// How requests are served.
#[derive(Clone, Copy)]
enum Shop {
    /// So many servers.
    Servers(usize),
    /// One core, which all who are there share.
    Core,
    /// Nobody waits, but every five seconds all stand still for a quarter of a second.
    Stalls,
}

/// Arrival and time in the system of `n` requests, at so many a second per server [µs].
fn requests(shop: Shop, utilization: f64, n: u64, seed: u64) -> Vec<(f64, f64)> {
    let servers = match shop {
        Shop::Servers(servers) => servers,
        Shop::Core => return shared(utilization, n, seed),
        Shop::Stalls => 1,
    };
    let gap = WORK_US / utilization / servers as f64;
    let (mut now, mut free) = (0.0, vec![0.0_f64; servers]);
    let exponential = |i, what, mean| exponential(seed, i, what, mean);
    let request = |i: u64| {
        now += exponential(i, 1, gap);
        let work = exponential(i, 2, WORK_US);
        match shop {
            Shop::Servers(_) => {
                let first = (0..servers).min_by(|a, b| free[*a].total_cmp(&free[*b])).unwrap();
                free[first] = free[first].max(now) + work;
                (now, free[first] - now)
            }
            Shop::Core => unreachable!("served above"),
            Shop::Stalls => {
                let end = now + work;
                let stall = (end / 5e6).floor() * 5e6;
                (now, if end - stall < 250_000.0 { stall + 250_000.0 - now } else { work })
            }
        }
    };
    (0..n).map(request).collect()
}

fn exponential(seed: u64, i: u64, what: u64, mean: f64) -> f64 {
    -mean * Key::root(seed, 0).with(i).with(what).unit().max(1e-12).ln()
}

/// The same where all who are there share one core.
fn shared(utilization: f64, n: u64, seed: u64) -> Vec<(f64, f64)> {
    let gap = WORK_US / utilization;
    let (mut now, mut next) = (0.0, exponential(seed, 0, 1, gap));
    let (mut done, mut i) = (Vec::new(), 0);
    // Work left, arrival.
    let mut here: Vec<(f64, f64)> = Vec::new();
    while i < n || !here.is_empty() {
        let least = here.iter().map(|(left, _)| *left).fold(f64::INFINITY, f64::min);
        let step = (least * here.len() as f64).min(if i < n { next - now } else { f64::INFINITY });
        let each = step / here.len().max(1) as f64;
        for (left, _) in &mut here {
            *left -= each;
        }
        now += step;
        done.extend(here.iter().filter(|(left, _)| *left <= 1e-6).map(|(_, at)| (*at, now - at)));
        here.retain(|(left, _)| *left > 1e-6);
        if i < n && now >= next {
            here.push((exponential(seed, i, 2, WORK_US), now));
            i += 1;
            next = now + exponential(seed, i, 1, gap);
        }
    }
    done.sort_by(|a, b| a.0.total_cmp(&b.0));
    done
}

/// Spans of requests to a page that asks a store, as a table; the store's time is that of the request.
fn spans(requests: &[(f64, f64)], from_s: u64) -> String {
    let mut csv = String::from("trace,span,parent,service,operation,start_us,duration_us\n");
    for (i, (start, time)) in requests.iter().enumerate() {
        let start = (1_700_000_000 + from_s) * 1_000_000 + start.round() as u64;
        let (time, id) = (time.round() as u64, from_s * 1_000_000 + i as u64 + 1);
        writeln!(csv, "{id:x},1,,web,/page,{},{}", start - 500, time + 1000).unwrap();
        writeln!(csv, "{id:x},2,1,store,/read,{start},{time}").unwrap();
    }
    csv
}

/// A folder with a file of this text.
fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spans.csv");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

/// The twin of what was seen, and what it says of the store's slots.
fn twin(requests: &[(f64, f64)]) -> (String, String) {
    let (_folder, path) = file(&spans(requests, 0));
    let options = LearnOptions::default();
    let learned = learn(&[path], &options, &mut |_| ControlFlow::Continue(())).unwrap();
    let text = learned.twin_yaml;
    let slots = |component: &str| {
        let (_, of_it) = text.split_once(&format!("\n  {component}:\n")).unwrap();
        of_it.split_once("concurrency: ").unwrap().1.split_once("from:").unwrap().0.to_owned()
    };
    assert!(slots("web").contains("source: assumed"), "{text}");
    let (check, line) = (learned.check.unwrap(), slots("store"));
    assert!(check.passed(), "{check}\n{line}");
    (text, line)
}

/// 95th percentile of the time of a request at so many requests a second [ms].
fn predicted(twin: &str, per_s: f64) -> f64 {
    let scenario = format!(
        "foreshadow: scenario/v1\nname: other\ntwin: web.twin.yaml\nobjectives: []\n\
         run: {{warm_up: 60s, horizon: 1800s, replications: 4}}\n\
         load: {{web.page: {{arrivals: {{poisson: {{rate: {per_s}/s}}}}}}}}\n"
    );
    let files =
        |path: &Path| Ok(if path.ends_with("web.twin.yaml") { twin } else { &scenario }.to_owned());
    let scenario = load_scenario(Path::new("other.yaml"), &[], &files).unwrap();
    let lowered = lower(&scenario).unwrap();
    let stop = AtomicBool::new(false);
    let store = lowered.names.endpoints.iter().position(|name| name == "store.read").unwrap();
    let tallies = Simulation::new(lowered.plan).unwrap().replications(0..4, &stop, &|| {}).unwrap();
    let sojourns: Vec<_> = tallies.iter().map(|tally| &tally.services[store].sojourn).collect();
    pooled_quantile(&sojourns, 0, 0.95).unwrap() / 1e6
}

/// 95th percentile in an M/M/c queue [ms], of a million requests.
fn truth(servers: usize, utilization: f64) -> f64 {
    let all = requests(Shop::Servers(servers), utilization, 1_000_000, 99);
    let mut times: Vec<f64> = all.into_iter().map(|(_, time)| time / 1000.0).collect();
    times.sort_by(f64::total_cmp);
    times[times.len() * 95 / 100]
}

#[track_caller]
fn check(servers: usize, learned_at: f64) {
    let (text, line) = twin(&requests(Shop::Servers(servers), learned_at, 30_000, 7));
    println!("{servers} servers, learned at {learned_at}: {line}");
    assert!(line.contains(&format!("{{value: {servers}, source: inferred")), "{line}");
    for utilization in [0.3, 0.6, 0.85] {
        let per_s = utilization * servers as f64 * 1e6 / WORK_US;
        let (twin, seen) = (predicted(&text, per_s), truth(servers, utilization));
        println!("  at {utilization}: p95 {twin:.2} ms, truth {seen:.2} ms");
        assert!((twin / seen - 1.0).abs() <= 0.10, "{twin} {seen} at {utilization}");
    }
}

#[test]
fn one_server_is_told_at_any_load() {
    check(1, 0.3);
    check(1, 0.6);
    check(1, 0.85);
}

#[test]
fn several_servers_are_told_at_any_load() {
    check(3, 0.3);
    check(3, 0.6);
    check(3, 0.85);
}

#[test]
fn where_nobody_waits_no_slots_are_made_up() {
    let (_, line) = twin(&requests(Shop::Servers(500), 0.01, 20_000, 3));
    assert!(line.contains("source: assumed"), "{line}");
    let (_, line) = twin(&requests(Shop::Stalls, 0.5, 20_000, 3));
    assert!(line.contains("source: assumed"), "{line}");
    // Nobody waits for a core that is shared: all are slower.
    let (_, line) = twin(&requests(Shop::Core, 0.5, 20_000, 3));
    assert!(line.contains("source: assumed"), "{line}");
}

/// The own time of what waits is its work, also where a twin is held against a later recording.
#[test]
fn waiting_is_no_drift() {
    let (text, line) = twin(&requests(Shop::Servers(1), 0.6, 10_000, 7));
    assert!(line.contains("{value: 1, source: inferred"), "{line}");
    let (_folder, later) = file(&spans(&requests(Shop::Servers(1), 0.6, 10_000, 8), 100_000));
    let checked = load_twin(Path::new("twin.yaml"), &|_| Ok(text.clone())).unwrap();
    let (options, mut on) = (LearnOptions::default(), |_: Progress<'_>| ControlFlow::Continue(()));
    let done = backtest(&checked, &text, &[later], &options, &mut on).unwrap();
    assert!(done.passed(), "{done}");
}
