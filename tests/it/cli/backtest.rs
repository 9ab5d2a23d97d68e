//! A twin from spans and a manifest, learned anew, and held against later spans.

use super::Folder;

const MANIFEST: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: store}
spec:
  replicas: 2
  template:
    spec:
      containers:
        - image: shop/store:1
          resources: {limits: {cpu: 4}}
          readinessProbe: {periodSeconds: 5, failureThreshold: 2}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: mail}
spec: {template: {spec: {containers: [{image: shop/mail:1}]}}}
";

/// A thousand visits of a page that reads from a store, one every 100 ms from `start_s` on; the
/// store takes `read_us`, and fails one time in fifty.
fn spans(start_s: u64, read_us: impl Fn(u64) -> u64) -> String {
    let mut csv = String::from("trace,span,parent,service,operation,start_us,duration_us,status\n");
    for i in 0..1000_u64 {
        let start = 1_700_000_000_000_000 + start_s * 1_000_000 + i * 100_000;
        let (own, read) = (4_000 + i * 37 % 2_000, read_us(i));
        let status = if i % 50 == 7 { "error" } else { "ok" };
        let trace = start / 1000;
        csv += &format!("{trace:x},1,,web,/page,{start},{},{status}\n", own + read);
        csv += &format!("{trace:x},2,1,store,/read,{},{read},{status}\n", start + own);
    }
    csv
}

/// A folder with spans, a manifest and the twin of both; and what learning printed.
fn learned() -> (Folder, String) {
    let folder = Folder::new();
    folder.write("spans.csv", &spans(0, |i| 2_000 + i * 53 % 400));
    folder.write("k8s.yaml", MANIFEST);
    let learned = folder.run(&["learn", "spans.csv", "k8s.yaml", "-o", "web.twin.yaml"]);
    assert_eq!(learned.status, 0, "{learned:#?}");
    (folder, learned.stdout)
}

fn read(folder: &Folder) -> String {
    std::fs::read_to_string(folder.path("web.twin.yaml")).unwrap()
}

#[test]
fn spans_and_manifests_make_one_twin() {
    let (folder, printed) = learned();
    // The table of the check is a matter of its own.
    let summary: Vec<&str> = printed.lines().take_while(|line| !line.is_empty()).collect();
    insta::assert_snapshot!(summary.join("\n"), @r"
    files: spans.csv, k8s.yaml
    seen: 1000 traces, 2000 spans in 100.0 s; 2 services, 0 databases, 1 edges
      between services
    described by files: store
    described by no file: web
    in files only, and not in the twin, because no span shows what calls them
      (`--include NAME` adds one): mail (k8s.yaml:15)
    ");
    let twin = read(&folder).split_whitespace().collect::<Vec<_>>().join(" ");
    for line in [
        "replicas: {value: 2, source: declared, from: \"k8s.yaml:5\"}",
        "limit: {value: 4, source: declared, from: \"k8s.yaml:10\"}",
        "errors: {value: 2%, source: observed, low: 1.3%, high: 3.07%,",
    ] {
        assert!(twin.contains(line), "{line} is not in\n{twin}");
    }
    let without = folder.run(&["learn", "k8s.yaml", "-o", "no.yaml"]);
    assert_eq!(without.status, 2);
    assert!(without.stderr.contains("only spans say what a system does"), "{}", without.stderr);
    let unknown =
        folder.run(&["learn", "spans.csv", "k8s.yaml", "--include", "nail", "-o", "no.yaml"]);
    assert_eq!(unknown.status, 2);
    assert!(unknown.stderr.contains("--include nail"), "{}", unknown.stderr);
    assert!(!folder.files().contains(&String::from("no.yaml")));
}

#[test]
fn an_update_keeps_what_is_pinned_and_says_what_changed() {
    let (folder, _) = learned();
    let pinned = "replicas: {value: 7, source: pinned, from: Ann}";
    let twin = read(&folder)
        .replace("replicas: {value: 2, source: declared, from: \"k8s.yaml:5\"}", pinned);
    folder.write("web.twin.yaml", &twin);
    folder.write("later.csv", &spans(600, |i| 4_000 + i * 53 % 400));
    let updated = folder.run(&["learn", "later.csv", "k8s.yaml", "--update", "web.twin.yaml"]);
    assert_eq!(updated.status, 0, "{updated:#?}");
    assert!(
        updated.stdout.contains("Kept as they were\n  objectives, store.replicas\n"),
        "{}",
        updated.stdout
    );
    assert!(updated.stdout.contains("\n  ~ store.endpoints.read.steps"), "{}", updated.stdout);
    assert!(read(&folder).contains(pinned), "{}", read(&folder));
    assert!(folder.files().iter().all(|file| !file.starts_with('.')), "{:?}", folder.files());
}

#[test]
fn drift_is_found_and_ends_with_one() {
    let (folder, _) = learned();
    folder.write("same.csv", &spans(600, |i| 2_000 + i * 53 % 400));
    let same = folder.run(&["backtest", "web.twin.yaml", "--against", "same.csv"]);
    assert_eq!(same.status, 0, "{same:#?}");
    assert!(same.stdout.contains("has not drifted"), "{}", same.stdout);
    let twice = |i| if i < 500 { 2_000 + i * 53 % 400 } else { 4_000 + i * 53 % 400 };
    folder.write("slow.csv", &spans(600, twice));
    let before = read(&folder);
    let slow = folder.run(&["backtest", "web.twin.yaml", "--against", "slow.csv"]);
    assert_eq!(slow.status, 1, "{slow:#?}");
    let found = slow.stdout.split_once("The system has").map_or("", |(_, found)| found);
    insta::assert_snapshot!(format!("The system has{found}"), @r"
    The system has drifted from its twin, in one way
      store.read: own time 2.2 ms → 4.19 ms since 2023-11-14T22:24:09.950Z (4 of 8 slices)
    221 tests, by parameter and slices of time, share an error of 1 % (Bonferroni)
    ");
    assert_eq!(read(&folder), before, "nothing is written unless asked for");
    let written = folder.run(&["backtest", "web.twin.yaml", "--against", "slow.csv", "--write"]);
    assert_eq!(written.status, 1, "{written:#?}");
    assert!(read(&folder).contains("\n  backtest: failed\n"), "{}", read(&folder));
    let other = folder.run(&["backtest", "small.twin.yaml", "--against", "slow.csv"]);
    assert_eq!(other.status, 2);
    assert!(other.stderr.contains("another system"), "{}", other.stderr);
}

/// A recording too short to compare anything by passes nothing, and leaves the twin as it was.
#[test]
fn too_little_is_no_verdict() {
    let (folder, _) = learned();
    let few: String =
        spans(600, |_| 200_000).lines().take(41).fold(String::new(), |all, line| all + line + "\n");
    folder.write("few.csv", &few);
    let before = read(&folder);
    let finished = folder.run(&["backtest", "web.twin.yaml", "--against", "few.csv", "--write"]);
    assert_eq!(finished.status, 3, "{finished:#?}");
    assert!(finished.stdout.contains("There is too little to judge by"), "{finished:#?}");
    assert_eq!(read(&folder), before);
}

/// On what it was learned from, a twin always looks good: no outcome is written from there.
#[test]
fn the_recording_that_was_learned_from_is_no_evidence() {
    let (folder, _) = learned();
    let before = read(&folder);
    let shown = folder.run(&["backtest", "web.twin.yaml", "--against", "spans.csv"]);
    assert_eq!(shown.status, 0, "{shown:#?}");
    assert!(
        shown.stdout.contains("warning: 100% of this time is time that the twin"),
        "{shown:#?}"
    );
    let refused = folder.run(&["backtest", "web.twin.yaml", "--against", "spans.csv", "--write"]);
    assert_eq!(refused.status, 2, "{refused:#?}");
    assert!(refused.stderr.contains("--write: nothing is written"), "{refused:#?}");
    assert_eq!(read(&folder), before);
}

/// What is read is never written over.
#[test]
fn a_recording_is_not_overwritten() {
    let (folder, _) = learned();
    let finished = folder.run(&["learn", "spans.csv", "-o", "./spans.csv"]);
    assert_eq!(finished.status, 2, "{finished:#?}");
    assert!(finished.stderr.contains("it is one of the files that are read"), "{finished:#?}");
    let text = std::fs::read_to_string(folder.path("spans.csv")).unwrap();
    assert!(text.starts_with("trace,span"));
}

/// With something kept it is another twin than the one that was checked.
#[test]
fn an_update_that_keeps_something_has_no_outcome_of_a_check() {
    let (folder, _) = learned();
    assert!(read(&folder).contains("backtest: passed"));
    let pinned = read(&folder).replace(
        "replicas: {value: 2, source: declared, from: \"k8s.yaml:5\"}",
        "replicas: {value: 3, source: pinned}",
    );
    folder.write("web.twin.yaml", &pinned);
    let updated = folder.run(&["learn", "spans.csv", "k8s.yaml", "--update", "web.twin.yaml"]);
    assert_eq!(updated.status, 0, "{updated:#?}");
    let text = read(&folder);
    assert!(text.contains("source: pinned") && !text.contains("backtest:"), "{text}");
}
