//! Nothing that is finished is lost or done twice, and nothing depends on how it was run.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use foreshadow_sim::random::Key;
use tempfile::TempDir;

use super::{campaign, campaign_until, scenario};
use crate::cli::binary;

const TWIN: &str = "\
foreshadow: twin/v1
name: a
components:
  web:
    replicas: 2
    concurrency: 8
    endpoints: {page: {steps: [{work: {exponential: {mean: 5ms}}}, {call: store.get}]}}
    calls: {store: {timeout: 200ms, retries: {max: 1, on: [timeout, failed]}}}
  store:
    concurrency: 4
    endpoints: {get: {steps: [{work: {exponential: {mean: 4ms}}}]}}
";

const SCENARIO: &str = "\
foreshadow: scenario/v1
name: a
twin: a.twin.yaml
load: {web.page: {arrivals: {poisson: {rate: 400/s}}}}
objectives: [{endpoint: web.page, p99: 100ms}]
run: {warm_up: 5s, horizon: 40s, replications: 8, seed: 5}
campaign:
  faults:
    - crash: {at: '*[0]'}
    - slow: {at: '*', factor: 3}
  magnitudes: {slow.factor: {log_uniform: {min: 1.5, max: 10}}}
  exhaustive: 2
  precision: 20%
  max_replications: 24
";

/// All objects under a folder, by name.
fn objects(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let of = |entry: std::fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        (name, std::fs::read(entry.path()).unwrap())
    };
    entries.map(of).collect()
}

#[test]
fn results_are_the_same_on_any_number_of_threads() {
    let one = campaign(scenario(TWIN, SCENARIO), 1);
    let three = campaign(scenario(TWIN, SCENARIO), 3);
    assert_eq!(one.1.hash, three.1.hash);
    let folder = |run: &(_, foreshadow_campaigns::Results, TempDir)| run.2.path().join(&run.1.hash);
    assert_eq!(objects(&folder(&one)), objects(&folder(&three)));
    let json = |(spec, results, _): &(foreshadow_campaigns::Spec, _, TempDir)| {
        serde_json::to_string(&foreshadow_campaigns::report::build(spec, results, &[], "")).unwrap()
    };
    assert_eq!(json(&one), json(&three));
}

/// What a program that was killed leaves is gone on with: ten kills, each after some more units.
#[test]
fn a_campaign_that_was_killed_goes_on_where_it_stopped() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("a.twin.yaml"), TWIN).unwrap();
    std::fs::write(folder.path().join("a.yaml"), SCENARIO).unwrap();
    let command = |units: &str| {
        let mut command = Command::new(binary::path());
        command.args(["campaign", "a.yaml", "--units", units, "--format", "json", "--quiet"]);
        command.current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let finished = |units: &str| {
        let there = std::fs::read_dir(folder.path().join(units)).into_iter().flatten();
        let names = there.flat_map(|hash| std::fs::read_dir(hash.unwrap().path()).unwrap());
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(".parquet")).count()
    };
    let mut kills = 0;
    for kill in 0..10 {
        let before = finished("killed");
        let more = 1 + Key::root(10, kill).below(4) as usize;
        let mut child = command("killed").spawn().unwrap();
        // Until so many more units are there, or there are no more.
        while child.try_wait().unwrap().is_none() && finished("killed") < before + more {
            std::thread::yield_now();
        }
        kills += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(finished("killed") >= before, "nothing that was finished is lost");
    }
    assert!(kills >= 5, "it was killed in its midst {kills} times");
    let json = |units: &str| command(units).stdout(Stdio::piped()).output().unwrap().stdout;
    let (killed, whole) = (json("killed"), json("whole"));
    assert!(!whole.is_empty());
    assert_eq!(String::from_utf8(killed).unwrap(), String::from_utf8(whole).unwrap());
    let hash = std::fs::read_dir(folder.path().join("whole")).unwrap().next().unwrap().unwrap();
    let of = |units: &str| {
        let mut all = objects(&folder.path().join(units).join(hash.file_name()));
        // What a kill leaves half written is beside the objects, never one of them.
        all.retain(|name, _| name.ends_with(".parquet"));
        all
    };
    assert_eq!(of("killed"), of("whole"));
}

/// With time left every case is tried as often as it may be; with none, as often as it must.
#[test]
fn time_is_spent_until_there_is_nothing_left_to_try() {
    let text = SCENARIO.replace("  precision: 20%\n", "").replace("  exhaustive: 2\n", "");
    let runs = |until: Instant| {
        let (_, results, _folder) = campaign_until(scenario(TWIN, &text), 2, Some(until));
        let cases = results.merged.cases.iter();
        cases.map(|case| case.trials.len()).collect::<Vec<_>>()
    };
    let now = Instant::now();
    assert_eq!(runs(now), [8; 4]);
    assert_eq!(runs(now + Duration::from_hours(1)), [24; 4]);
}
