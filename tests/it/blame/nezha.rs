//! Which operations a labelled fault slows: Online Boutique and Train Ticket.
//!
//! The twin of the fault-free minute is given each fault: its kind and place, and a magnitude from
//! metrics of the pod that was hit. Simulated with and without it, with the same draws, it names
//! the operations whose median rises by [`RATIO`]. Choices were made on Online Boutique alone;
//! Train Ticket was scored once, with the same.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use foreshadow_twin::{LearnOptions, learn, times};

use super::files::{Table, recording, unpacked};
use super::rule::{RATIO, Score, judged, median};
use super::whatif::Calm;

mod magnitude;

use magnitude::{Metrics, faults_of};

/// A system of the data set.
#[derive(Debug)]
struct System {
    folder: &'static str,
    baseline: &'static str,
    /// How long the twin is simulated, in each of four replications.
    horizon_s: u32,
}

const ONLINE_BOUTIQUE: System =
    System { folder: "nezha-ob", baseline: "17_00_trace.csv.xz", horizon_s: 120 };
const TRAIN_TICKET: System =
    System { folder: "nezha-tt", baseline: "08_50_trace.csv.xz", horizon_s: 600 };

/// A labelled fault with a minute of spans.
#[derive(Debug)]
pub(super) struct Labelled {
    /// When it was injected, `2022-08-23 12:01:25`, in UTC.
    pub(super) at: String,
    pub(super) kind: String,
    pub(super) pod: String,
    trace: String,
}

impl Labelled {
    fn all(folder: &str) -> Option<Vec<Self>> {
        let index = Table::read(&recording(&format!("{folder}/index.csv"))?);
        let [at, kind, pod, trace] = ["inject_time_utc", "inject_type", "inject_pod", "trace_file"]
            .map(|name| index.column(name));
        let fault = |row: &Vec<String>| Self {
            at: row[at].clone(),
            kind: row[kind].clone(),
            pod: row[pod].clone(),
            trace: row[trace].clone(),
        };
        Some(index.rows.iter().map(fault).collect())
    }

    /// The component of the twin: the pod's name without its two hashes.
    pub(super) fn component(&self) -> &str {
        let without = |name: &'_ str| name.rfind('-').unwrap_or(name.len());
        let name = &self.pod[..without(&self.pod)];
        &name[..without(name)]
    }
}

/// Scores of one kind of fault.
#[derive(Debug, Default)]
struct Kind {
    faults: usize,
    judged: usize,
    twin: Score,
    reachability: Score,
    /// Operations that slowed although no call leads from them to the fault, nor from the fault to
    /// them: what the rule calls slow by accident, or by a way that no span shows.
    apart: [usize; 2],
}

/// The table of all faults of a system, and scores by kind.
fn scored(system: &System) -> Option<(String, BTreeMap<String, Kind>)> {
    let baseline = recording(&format!("{}/baseline/{}", system.folder, system.baseline))?;
    let archive = unpacked(&format!("{}/metric.tar.xz", system.folder))?;
    let metrics = Metrics::new(archive.path().join("metric"));
    let options = LearnOptions { check: false, ..LearnOptions::default() };
    let learned = learn(&[baseline.clone()], &options, &mut |_| ControlFlow::Continue(())).unwrap();
    let calm = Calm::new(&learned.twin_yaml, system.horizon_s);
    let before = times_of(&baseline);
    let mut table = String::new();
    let mut kinds: BTreeMap<String, Kind> = BTreeMap::new();
    for fault in Labelled::all(system.folder)? {
        let name = format!("{}/fault_traces/{}.xz", system.folder, fault.trace);
        let after = times_of(&recording(&name)?);
        let lines = faults_of(&fault, &metrics);
        keep(system, &fault, &calm.scenario(&lines));
        let simulated = calm.with(&lines);
        let reaching = calm.reaching(fault.component());
        let kind = kinds.entry(fault.kind.clone()).or_default();
        kind.faults += 1;
        let applied = lines.lines().nth(1).unwrap_or("  - nothing shows in its metrics").trim();
        writeln!(table, "{} {} at {}: {applied}", fault.at, fault.kind, fault.component()).unwrap();
        for (operation, before) in &before {
            let Some(after) = after.get(operation) else { continue };
            let Some((ratio, slowed)) = judged(before, after) else { continue };
            let pair = (calm.times.get(operation), simulated.get(operation));
            let predicted = match pair {
                (Some(calm), Some(faulty)) => Some(faulty.median / calm.median.max(1.0)),
                _ => None,
            };
            let named = predicted.is_some_and(|predicted| predicted >= RATIO);
            let reaches = reaching.contains(operation);
            kind.judged += 1;
            kind.twin.add(named, slowed);
            kind.reachability.add(reaches, slowed);
            if !reaches {
                kind.apart[0] += usize::from(slowed);
                kind.apart[1] += 1;
            }
            if named || slowed {
                let predicted = predicted.map_or(String::from("-"), |p| format!("{p:.2}"));
                let slow = if slowed { "slowed" } else { "" };
                writeln!(table, "    {operation:<55} {ratio:>8.2} {predicted:>8} {slow}").unwrap();
            }
        }
    }
    for (kind, of) in &kinds {
        writeln!(
            table,
            "{kind}: {} faults, {} judged; twin {}; reachability {}; slowed where no call leads to \
             the fault {} of {}",
            of.faults, of.judged, of.twin, of.reachability, of.apart[0], of.apart[1]
        )
        .unwrap();
    }
    Some((table, kinds))
}

fn times_of(path: &Path) -> BTreeMap<String, Vec<u64>> {
    let paths = [PathBuf::from(path)];
    times(&paths, &LearnOptions::default(), &mut |_| ControlFlow::Continue(())).unwrap()
}

/// Writes the scenario of a fault where `KEEP_SCENARIOS` says, for whoever wants to run it.
fn keep(system: &System, fault: &Labelled, scenario: &str) {
    if let Some(folder) = std::env::var_os("KEEP_SCENARIOS") {
        let file = format!("{}-{}.yaml", system.folder, fault.trace);
        std::fs::write(Path::new(&folder).join(file), scenario).unwrap();
    }
}

#[test]
fn faults_in_online_boutique() {
    let Some((table, kinds)) = scored(&ONLINE_BOUTIQUE) else { return };
    println!("{table}");
    let f1 = |kind: &str| [kinds[kind].twin.f1(), kinds[kind].reachability.f1()];
    for kind in ["cpu_consumed", "network_delay", "return"] {
        let [twin, reachability] = f1(kind);
        assert!(twin > 0.99 && twin > reachability, "{kind}: {table}");
    }
    let [twin, reachability] = f1("cpu_contention");
    assert!(twin >= 0.76 && twin >= reachability, "{table}");
    assert_eq!(kinds["exception"].twin.false_alarms, 0, "{table}");
}

/// Nothing that slowed in these minutes can be traced to the fault: a route of the gateway is one in
/// ten of its requests, and the rest moves with the time of day (`docs/validation.md`).
#[test]
#[ignore = "28 faults take longer than a few seconds"]
fn faults_in_train_ticket() {
    let Some((table, kinds)) = scored(&TRAIN_TICKET) else { return };
    println!("{table}");
    assert_eq!(kinds.values().map(|kind| kind.faults).sum::<usize>(), 28);
    for kind in ["return", "exception"] {
        assert_eq!((kinds[kind].twin.false_alarms, kinds[kind].reachability.hits), (0, 0));
        assert!(kinds[kind].reachability.false_alarms >= 20, "{table}");
        assert!(kinds[kind].twin.misses <= 6, "{table}");
    }
    assert_eq!(kinds["cpu_contention"].twin.false_alarms, 0, "{table}");
}
