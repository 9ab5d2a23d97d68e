//! `foreshadow report`, and reports in forms for browsers and for CI.

use serde_json::Value;

use super::Folder;

/// `calm.yaml`, and `slow.yaml`, in which the store is slow for a while and misses its objective.
fn folder() -> Folder {
    let folder = Folder::new();
    let faults = "faults:\n  - {slow: {at: store, factor: 8, start: 10s, duration: 10s}}\n  \
                  - {latency: {at: web.calls.store, add: 1ms, every: 10s, duration: 1s, probability: 50%}}\nrun:";
    folder.vary("slow.yaml", "run:", faults);
    folder
}

fn version_free(text: &str) -> String {
    text.replace(env!("CARGO_PKG_VERSION"), "[version]")
}

/// Whatever a report holds: faults, comparisons, both parts of uncertainty.
#[test]
fn what_is_read_back_is_the_same_to_the_byte() {
    let folder = folder();
    for arguments in [&["slow.yaml", "--uncertainty"][..], &["calm.yaml", "slow.yaml"]] {
        let all =
            [&["rehearse"], arguments, &["--out", "saved.json", "--format", "markdown"]].concat();
        let rehearsed = folder.run(&all);
        let saved = std::fs::read_to_string(folder.path("saved.json")).unwrap();
        let again = folder.run(&["report", "saved.json", "--format", "json"]);
        assert_eq!((again.status, again.stderr.as_str()), (0, ""));
        assert!(again.stdout == saved, "{arguments:?}");
        let shown = folder.run(&["report", "saved.json", "--format", "markdown"]);
        assert_eq!(shown.stdout, rehearsed.stdout);
    }
}

#[test]
fn faults_are_in_the_report() {
    let folder = folder();
    let finished = folder.run(&["rehearse", "slow.yaml", "--format", "json"]);
    let report: Value = serde_json::from_str(&finished.stdout).unwrap();
    let expected = serde_json::json!([
        {"name": "slow at store", "start_s": 10.0, "duration_s": 10.0},
        {"name": "latency at web.calls.store", "start_s": 0.0, "duration_s": 1.0, "every_s": 10.0, "probability": 0.5},
    ]);
    assert_eq!(report["faults"], expected);
}

#[test]
fn what_is_no_report_is_refused_by_name() {
    let folder = Folder::new();
    folder.write("later.json", r#"{"foreshadow": "report/v2", "scenario": "x"}"#);
    folder.write("mixed.json", r#"[{"foreshadow": "report/v1"}, {"foreshadow": "capacity/v1"}]"#);
    folder.write("nameless.json", r#"{"scenario": "x"}"#);
    folder.write("part.json", r#"{"foreshadow": "report/v1", "version": "0.1.0"}"#);
    folder.write("none.json", "[]");
    folder.write("text.json", "peak: HELD");
    let files = ["later", "mixed", "nameless", "part", "none", "text", "missing"];
    let complaints = files.map(|name| {
        let finished = folder.run(&["report", &format!("{name}.json"), "--out", "x.html"]);
        assert_eq!((finished.status, finished.stdout.as_str()), (2, ""), "{name}");
        finished.stderr
    });
    assert!(!folder.path("x.html").exists());
    insta::assert_snapshot!(complaints.join("\n"));
}

#[test]
fn two_reports_are_compared() {
    let folder = folder();
    for name in ["calm", "slow"] {
        folder.run(&["rehearse", &format!("{name}.yaml"), "--out", &format!("{name}.json")]);
    }
    let finished = folder.run(&["report", "calm.json", "slow.json"]);
    assert_eq!(finished.status, 0, "{finished:#?}");
    insta::assert_snapshot!(version_free(&finished.stdout));
    let json = folder.run(&["report", "calm.json", "slow.json", "--format", "json"]);
    let changes: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(changes["foreshadow"], "changes/v1");
    let status = |words: &[&str]| folder.run(&[&["report"], words].concat()).status;
    assert_eq!(status(&["calm.json", "slow.json", "--fail-on", "worse"]), 1);
    assert_eq!(status(&["calm.json", "calm.json", "--fail-on", "worse"]), 0);
    assert_eq!(status(&["calm.json", "--fail-on", "undecided"]), 0);
}

#[test]
fn nothing_in_common_is_an_error() {
    let folder = Folder::new();
    folder.vary("other.yaml", "name: calm", "name: other");
    folder.vary("third.yaml", "name: calm", "name: third");
    folder.run(&["rehearse", "calm.yaml", "--out", "one.json"]);
    folder.run(&["rehearse", "other.yaml", "third.yaml", "--out", "two.json"]);
    let finished = folder.run(&["report", "one.json", "two.json"]);
    assert_eq!(finished.status, 2);
    insta::assert_snapshot!(finished.stderr);
}

/// Missed is a failure, undecided an error, and a name from a file is text.
#[test]
fn junit() {
    let folder = folder();
    folder.vary("close.yaml", "name: calm", "name: 'a <close> \"call\" & more'");
    let text = std::fs::read_to_string(folder.path("close.yaml")).unwrap();
    folder.write("close.yaml", &text.replace("utilization: 80%", "utilization: 45.5%"));
    let finished = folder.run(&["rehearse", "slow.yaml", "close.yaml", "--format", "junit"]);
    insta::assert_snapshot!(version_free(&finished.stdout));
}

#[test]
fn github() {
    let finished = folder().run(&["rehearse", "slow.yaml", "--format", "github"]);
    insta::assert_snapshot!(version_free(&finished.stdout));
}

/// The page as a browser gets it, but for what it carries along, a tag a line.
#[test]
fn html() {
    let folder = folder();
    let finished = folder.run(&["rehearse", "slow.yaml", "--format", "html"]);
    assert!(finished.stdout.len() < 200_000, "{} bytes", finished.stdout.len());
    let structure = structure(&finished.stdout);
    assert!(!structure.contains(" src=") && !structure.contains("href=\"http"), "it loads nothing");
    insta::assert_snapshot!(structure);
}

/// Tags and texts, a line each; styles, scripts, hashes and paths left out.
fn structure(html: &str) -> String {
    let mut html = version_free(html);
    for (from, to) in
        [("<style>", "</style>"), ("<script>", "</script>"), ("'sha256-", "'"), (" d=\"", "\"")]
    {
        let mut kept = String::new();
        let mut rest = html.as_str();
        while let Some((before, after)) = rest.split_once(from) {
            let (_, after) = after.split_once(to).expect("it ends");
            kept += &format!("{before}{from}…{to}");
            rest = after;
        }
        html = kept + rest;
    }
    html.replace("><", ">\n<")
}

/// A name out of a twin is text wherever it stands: it ends no element, and begins none.
#[test]
fn names_cannot_write_html() {
    let folder = Folder::new();
    let evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>";
    folder.vary("evil.yaml", "name: calm", &format!("name: '{evil}'"));
    let finished = folder.run(&["rehearse", "evil.yaml", "--format", "html"]);
    assert_eq!(finished.status, 0, "{finished:#?}");
    assert!(!finished.stdout.contains("<img") && !finished.stdout.contains("<script>alert"));
    assert_eq!(finished.stdout.matches("</script>").count(), 3);
}

/// A system of three hundred components over a day in bins of ten seconds stays under a megabyte.
#[test]
fn large_reports_stay_small() {
    let folder = folder();
    let report = folder.run(&["rehearse", "slow.yaml", "--format", "json"]);
    let mut report: Value = serde_json::from_str(&report.stdout).unwrap();
    let multiply = |map: &mut Value, times: usize| {
        let map = map.as_object_mut().unwrap();
        let first = map.values().next().unwrap().clone();
        for index in 0..times {
            map.insert(format!("some-component-with-a-long-name-{index}.endpoint"), first.clone());
        }
    };
    for key in ["components", "endpoints", "operations", "edges"] {
        multiply(&mut report[key], 300);
    }
    let mut bin = report["timeline"][0].clone();
    multiply(&mut bin["endpoints"], 60);
    multiply(&mut bin["components"], 60);
    let bins = (0..2000).map(|index| {
        let mut bin = bin.clone();
        bin["t_s"] = Value::from(f64::from(index) * 10.0);
        bin
    });
    report["timeline"] = bins.collect();
    report["horizon_s"] = Value::from(20_000.0);
    folder.write("large.json", &report.to_string());
    let finished = folder.run(&["report", "large.json", "--format", "html"]);
    assert_eq!(finished.status, 0, "{}", finished.stderr);
    let length = finished.stdout.len();
    assert!((200_000..1_000_000).contains(&length), "{length} bytes");
}
