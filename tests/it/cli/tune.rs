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
    let shown: Vec<&str> = tuned.stdout.split("\n\n").take(2).collect();
    insta::assert_snapshot!("no_change", shown.join("\n\n"));
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

#[test]
fn what_is_read_is_not_written_over() {
    let folder = folder();
    let before = std::fs::read_to_string(folder.path("calm.yaml")).unwrap();
    let tuned = folder.run(&["tune", "calm.yaml", "-o", "calm.yaml"]);
    assert_eq!(tuned.status, 2);
    assert!(tuned.stderr.contains("one of the files that are read"), "{}", tuned.stderr);
    assert_eq!(std::fs::read_to_string(folder.path("calm.yaml")).unwrap(), before);
}

#[test]
fn the_budget_is_that_of_the_command() {
    let folder = folder();
    let found = |words: &[&str]| -> Value {
        let tuned = folder.run(&[&["tune", "calm.yaml", "--format", "json"], words].concat());
        serde_json::from_str(&tuned.stdout).expect(&tuned.stderr)
    };
    let few = found(&["--budget", "10"]);
    assert!(few["repeat"].as_str().unwrap().ends_with("--budget 10"), "{few}");
    assert!(few["search_replications"].as_u64() < found(&[])["search_replications"].as_u64());
    let one = found(&["--budget", "10", "--set", "tune.replications=1"]);
    assert!(one["search_replications"].as_u64() < few["search_replications"].as_u64());
}

#[test]
fn what_holds_as_it_is_needs_no_change() {
    let folder = Folder::new();
    let tune = "tune: {knobs: {web.concurrency: {from: 2, to: 4, cost: 1}}, budget: 10}\nrun:";
    folder.vary("calm.yaml", "run:", tune);
    let tuned = folder.run(&["tune", "calm.yaml", "-o", "more.yaml"]);
    assert_eq!(tuned.status, 0, "{tuned:#?}");
    assert!(tuned.stderr.contains("the system as it is holds, for no less"), "{}", tuned.stderr);
    assert!(!folder.path("more.yaml").exists());
}

#[test]
fn what_costs_nothing_is_no_share_of_nothing() {
    let folder = Folder::new();
    let tune = "tune: {knobs: {web.queue.discipline: {choice: [fifo, lifo]}}, budget: 10}\nrun:";
    folder.vary("calm.yaml", "run:", tune);
    let tuned = folder.run(&["tune", "calm.yaml"]);
    assert!(tuned.stdout.contains("At 0, about as much as now: holds"), "{}", tuned.stdout);
}

#[test]
fn a_measured_goal_is_the_least_that_was_measured() {
    let folder = Folder::new();
    let tune = "tune:\n  minimise: [{p99: web.home}]\n  budget: 20\n  knobs: {web.concurrency: {from: 2, to: 4}, \
                store.concurrency: {from: 1, to: 3}}\nrun:";
    folder.vary("calm.yaml", "run:", tune);
    let tuned = folder.run(&["tune", "calm.yaml", "--format", "json"]);
    let report: Value = serde_json::from_str(&tuned.stdout).expect(&tuned.stderr);
    let finalists = report["finalists"].as_array().unwrap();
    let chosen = report["chosen"].as_u64().unwrap() as usize;
    let p99 = |one: &Value| one["goals"][0]["value"].as_f64().unwrap();
    let held = finalists.iter().filter(|one| one["verdict"] == "held").map(p99);
    assert_eq!(p99(&finalists[chosen]).to_bits(), held.fold(f64::INFINITY, f64::min).to_bits());
}

#[test]
fn the_factor_of_safety_is_said() {
    let folder = folder();
    let words = ["tune", "calm.yaml", "--set", "tune.safety_factor=1.2", "-o", "safe.yaml"];
    let busy = ["--set", "load.web.home.arrivals.poisson.rate=450/s"];
    let tuned = folder.run(&[&words[..], &busy].concat());
    assert_eq!(tuned.status, 0, "{tuned:#?}");
    let text = tuned.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("under 1.20 × its load") && text.contains("1.2 times this load"),
        "{text}"
    );
    assert!(text.contains("at the load itself, without the factor of safety"), "{text}");
    let change = std::fs::read_to_string(folder.path("safe.yaml")).unwrap();
    assert!(change.contains("for this twin and 1.2 times this load"), "{change}");
}

#[test]
fn what_cannot_be_averaged_or_compared_is_refused() {
    let folder = folder();
    let with = |file: &str, robust: &str, more: &str| {
        let tune = format!(
            "tune: {{knobs: {{web.concurrency: {{from: 1, to: 4}}}}, robust: {{{robust}}}}}\n{more}run:"
        );
        folder.vary(file, "run:", &tune);
        folder.run(&["tune", file]).stderr
    };
    let campaign = "campaign: {faults: [{pause: {at: store, start: 10s, duration: 1s}}]}\n";
    folder.vary("other.yaml", "run:", &format!("{campaign}run:"));
    let stderr = with("a.yaml", "scenarios: [other.yaml]", "");
    assert!(stderr.contains("campaign of `calm` would not be tried"), "{stderr}");
    // The one that it is about is pointed at.
    folder.vary("fine.yaml", "run:", "run:");
    let stderr = with("e.yaml", "scenarios: [fine.yaml,\n  other.yaml]", "");
    assert!(stderr.contains("e.yaml:10:3]"), "{stderr}");
    folder.vary("other.yaml", "small.twin.yaml", "else.twin.yaml");
    let twin = std::fs::read_to_string(folder.path("small.twin.yaml")).unwrap();
    folder.write("else.twin.yaml", &twin.replacen("name: ", "name: not-", 1));
    let stderr = with("b.yaml", "scenarios: [other.yaml]", "");
    assert!(stderr.contains("is about another twin"), "{stderr}");
    folder.vary("other.yaml", "warm_up: 5s", "warm_up: auto");
    let stderr = with("d.yaml", "scenarios: [other.yaml]", "");
    assert!(stderr.contains("finds its own warm-up"), "{stderr}");
    folder.vary("c.yaml", "success_rate: 99%}", "success_rate: 99%, recovery: 5s}");
    let scenario = std::fs::read_to_string(folder.path("c.yaml")).unwrap();
    let tune = "tune: {knobs: {web.concurrency: {from: 1, to: 4}}, robust: {cvar: 50%}}\n";
    folder.write("c.yaml", &scenario.replace("run:", &format!("{campaign}{tune}run:")));
    let stderr = folder.run(&["tune", "c.yaml"]).stderr;
    assert!(stderr.contains("a recovery is in time or it is not"), "{stderr}");
}
