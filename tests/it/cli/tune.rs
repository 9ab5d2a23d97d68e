//! `tune`: the change, its file, what cannot hold, and searches that are gone on with.

use serde_json::Value;

use super::Folder;

const TUNE: &str = "tune:\n  knobs:\n    web.concurrency: {from: 1, to: 6, cost: 3 EUR}\n    \
                    store.concurrency: {from: 1, to: 4, cost: 1 EUR}\n    \
                    web.queue.discipline: {choice: [fifo, lifo]}\n  budget: 20\nrun: {warm_up: 1s, horizon: 8s, \
                    replications: 4";

/// What stands there otherwise.
const RUN: &str = "run: {warm_up: 5s, horizon: 30s, replications: 10";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.vary("calm.yaml", RUN, TUNE);
    folder
}

#[test]
fn a_change_is_found_and_can_be_rehearsed() {
    let folder = folder();
    let busy = ["--set", "load.web.home.arrivals.poisson.rate=450/s"];
    // Three times the load is too much for two slots.
    assert_eq!(folder.run(&[&["rehearse", "calm.yaml"][..], &busy].concat()).status, 1);
    let words = ["tune", "calm.yaml", "-o", "wide.yaml", "-o", "tune.json"];
    let tuned = folder.run(&[&words[..], &busy].concat());
    assert_eq!(tuned.status, 0, "{tuned:#?}");
    insta::assert_snapshot!("a_change", tuned.stdout);
    let change = std::fs::read_to_string(folder.path("wide.yaml")).unwrap();
    insta::assert_snapshot!("a_change_file", change);
    assert_eq!(folder.run(&["validate", "wide.yaml"]).status, 0);
    let rehearsed =
        folder.run(&[&["rehearse", "calm.yaml", "--change", "wide.yaml"][..], &busy].concat());
    assert_eq!(rehearsed.status, 0, "{rehearsed:#?}");
    assert!(rehearsed.stdout.contains("--change wide.yaml --set"), "{}", rehearsed.stdout);
    // The saved report is read back, and shown in every form.
    let saved = std::fs::read_to_string(folder.path("tune.json")).unwrap();
    let again = folder.run(&["report", "tune.json", "--format", "json"]);
    assert!(again.stdout == saved);
    let page = folder.run(&["report", "tune.json", "--format", "html"]).stdout;
    assert!(page.contains("What the search saw") && page.contains("<circle"), "{page}");
}

#[test]
fn what_cannot_hold_ends_with_the_closest_miss() {
    let folder = folder();
    let tuned = folder.run(&[
        "tune",
        "calm.yaml",
        "-o",
        "none.yaml",
        "--set",
        "load.web.home.arrivals.poisson.rate=1500/s",
    ]);
    assert_eq!(tuned.status, 1, "{tuned:#?}");
    assert!(tuned.stderr.contains("no change is written"), "{}", tuned.stderr);
    assert!(!folder.path("none.yaml").exists());
    let first = tuned.stdout.split("\n\n").next().unwrap_or_default();
    insta::assert_snapshot!("no_change", first);
}

#[test]
fn a_search_goes_on_with_what_was_run() {
    let folder = folder();
    let none = folder.run(&["tune", "calm.yaml", "--resume"]);
    assert_eq!(none.status, 2);
    assert!(none.stderr.contains("nothing to go on with"), "{}", none.stderr);
    let first = folder.run(&["tune", "calm.yaml", "--format", "json"]);
    let kept = std::fs::read_dir(folder.path(".foreshadow/tune")).unwrap().next().unwrap().unwrap();
    // As if it had been killed in the midst of a line.
    let lines = std::fs::read_to_string(kept.path()).unwrap();
    std::fs::write(kept.path(), &lines[..lines.len() / 2]).unwrap();
    let again =
        folder.run(&["tune", "calm.yaml", "--format", "json", "--resume", "--threads", "1"]);
    assert_eq!(again.stdout, first.stdout);
    assert_eq!(
        std::fs::read_to_string(kept.path()).unwrap().lines().count(),
        lines.lines().count()
    );
}

#[test]
fn wrong_knobs_are_shown_at_their_place() {
    let folder = folder();
    folder.vary("wrong.yaml", "run:", "tune: {knobs: {web.concurency: {from: 1, to: 6}}}\nrun:");
    let tuned = folder.run(&["tune", "wrong.yaml"]);
    assert_eq!(tuned.status, 2);
    insta::assert_snapshot!("wrong_knob", tuned.stderr);
    let without = folder.run(&["tune", "small.twin.yaml"]);
    assert_eq!(without.status, 2);
}

#[test]
fn a_campaign_is_held_under_each_fault_and_named() {
    let folder = Folder::new();
    let campaign = "campaign: {faults: [{pause: {at: store, start: 10s, duration: 1s}}]}\ntune:\n  knobs: \
                    {web.concurrency: {from: 1, to: 60, cost: 1}}\n  budget: 30\nrun:";
    folder.vary("calm.yaml", "run:", campaign);
    // A second of thirty in which half of the requests wait for the store.
    let sets = ["--set", "objectives[0].p99=2s", "--format", "json"];
    let tuned = folder.run(&[&["tune", "calm.yaml"][..], &sets].concat());
    assert_eq!(tuned.status, 0, "{tuned:#?}");
    let report: Value = serde_json::from_str(&tuned.stdout).unwrap();
    assert_eq!(report["cases"], 2);
    assert_eq!(report["verdict"], "held");
}
