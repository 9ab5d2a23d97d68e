//! What is printed and written: text, JSON, Markdown; whole files or none; colour only where asked.

use serde_json::Value;

use super::Folder;

/// Whether a value is a number with its interval, or says why not.
#[track_caller]
fn check_number(number: &Value, what: &str) {
    for key in ["value", "low", "high"] {
        let part = number.get(key).unwrap_or_else(|| panic!("{what} has no {key}: {number}"));
        assert!(part.is_number() || number["reason"].is_string(), "{what}: {number}");
    }
}

#[track_caller]
fn check_numbers(parent: &Value, keys: &[&str]) {
    for key in keys {
        check_number(&parent[*key], key);
    }
}

#[test]
fn json_has_the_shape_that_is_promised() {
    let report = Folder::new().json(&[]);
    assert_eq!(report["foreshadow"], "report/v1");
    assert_eq!(report["scenario"], "calm");
    assert_eq!((&report["seed"], &report["replications"]), (&4.into(), &10.into()));
    assert_eq!(report["verdict"], "held");
    let home = &report["endpoints"]["web.home"];
    check_numbers(home, &["offered_per_s", "goodput_per_s", "success_rate"]);
    check_numbers(&home["latency_ms"], &["mean", "p50", "p90", "p95", "p99", "p999"]);
    let ends = ["ok", "timeout", "rejected", "failed", "abandoned", "in_flight"];
    check_numbers(&home["outcomes"], &ends);
    let shares: f64 =
        ends.iter().map(|end| home["outcomes"][*end]["value"].as_f64().unwrap()).sum();
    assert!((shares - 1.0).abs() < 1e-9, "shares sum to {shares}");
    for component in ["web", "store"] {
        let component = &report["components"][component];
        check_numbers(component, &["utilization", "slot_occupancy", "throughput_per_s"]);
        check_numbers(component, &["in_system", "waiting", "rejected_share", "replicas"]);
        check_numbers(&component["wait_ms"], &["mean", "p50", "p95", "p99"]);
    }
    let objective = &report["objectives"][0];
    assert_eq!(objective["endpoint"], "web.home");
    assert_eq!((&objective["measure"], &objective["unit"]), (&"p99".into(), &"ms".into()));
    assert_eq!((objective["limit"].as_f64(), &objective["verdict"]), (Some(60.0), &"held".into()));
    check_number(&objective["estimate"], "estimate");
    assert_eq!(report["comparisons"], Value::Array(Vec::new()));
    let bins = report["timeline"].as_array().unwrap();
    assert_eq!(
        bins.iter().map(|bin| bin["t_s"].as_f64()).collect::<Vec<_>>(),
        [0.0, 10.0, 20.0].map(Some)
    );
    assert!(bins[0]["endpoints"]["web.home"]["goodput_per_s"].as_f64().unwrap() > 100.0);
    assert!(bins[0]["endpoints"]["web.home"]["p99_ms"].is_number());
    assert!(bins[0]["components"]["store"]["in_system"].is_number());
}

#[test]
fn variants_are_compared_with_the_first() {
    let folder = Folder::new();
    folder.vary("more.yaml", "load:", "changes: {web.replicas: 4}\nload:");
    let finished = folder.run(&["rehearse", "calm.yaml", "more.yaml", "--format", "json"]);
    let reports: Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(reports[0]["comparisons"], Value::Array(Vec::new()));
    let comparisons = reports[1]["comparisons"].as_array().unwrap();
    let mean = comparisons.iter().find(|comparison| comparison["measure"] == "mean").unwrap();
    assert_eq!((&mean["endpoint"], &mean["unit"]), (&"web.home".into(), &"ms".into()));
    check_numbers(mean, &["baseline", "candidate", "difference"]);
    assert_eq!(mean["verdict"], "better");
}

/// Each form for itself, and nothing beside them.
#[test]
fn out_writes_whole_files_and_nothing_else() {
    let folder = Folder::new();
    let outs = ["--out", "a.json", "--out", "b.md", "-o", "c.txt"];
    let finished = folder.run(&[&["rehearse", "calm.yaml"], &outs[..]].concat());
    assert_eq!(finished.status, 0, "{finished:#?}");
    let expected = ["a.json", "b.md", "c.txt", "calm.yaml", "small.twin.yaml"];
    assert_eq!(folder.files(), expected);
    let written = |file| std::fs::read_to_string(folder.path(file)).unwrap();
    let report: Value = serde_json::from_str(&written("a.json")).unwrap();
    assert_eq!(report, folder.json(&[]));
    assert_eq!(written("c.txt"), finished.stdout);
    assert!(written("b.md").contains("| web.home p99 |"), "{}", written("b.md"));
}

#[test]
fn trouble_leaves_files_as_they_were() {
    let folder = Folder::new();
    folder.write("old.json", "precious");
    let before = folder.files();
    for arguments in [
        &["nowhere.yaml", "--out", "old.json"][..],
        &["calm.yaml", "--out", "old.json", "--set", "web.replicas=0"],
        &["calm.yaml", "--out", "old.json", "--out", "report.parquet"],
        &["calm.yaml", "--out", "no/such/folder/report.json"],
    ] {
        let finished = folder.run(&[&["rehearse"], arguments].concat());
        assert_eq!((finished.status, finished.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(!finished.stderr.is_empty());
        assert_eq!(std::fs::read_to_string(folder.path("old.json")).unwrap(), "precious");
        assert_eq!(folder.files(), before, "{arguments:?}");
    }
}

#[test]
fn the_repeat_command_repeats() {
    let folder = Folder::new();
    let report = folder.json(&["--set", "web.replicas=2", "--seed", "9"]);
    assert_eq!(report["seed"], 9);
    let repeat = report["repeat"].as_str().unwrap().strip_prefix("foreshadow ").unwrap();
    let words: Vec<&str> = repeat.split(' ').chain(["--format", "json"]).collect();
    let again: Value = serde_json::from_str(&folder.run(&words).stdout).unwrap();
    assert_eq!(again, report);
}

#[test]
fn threads_do_not_change_a_byte() {
    let folder = Folder::new();
    let on =
        |threads| folder.run(&["rehearse", "calm.yaml", "--format", "json", "--threads", threads]);
    assert_eq!(on("1").stdout, on("3").stdout);
}

#[test]
fn pipes_get_no_escape_codes() {
    let folder = Folder::new();
    folder.write("wrong.yaml", "foreshadow: scenario/v2");
    let escapes = |arguments: &[&str]| {
        let finished = folder.run(arguments);
        (finished.stdout + &finished.stderr).contains('\u{1b}')
    };
    assert!(!escapes(&["rehearse", "calm.yaml"]));
    assert!(!escapes(&["rehearse", "wrong.yaml"]));
    assert!(!escapes(&["rehearse", "calm.yaml", "--color", "never"]));
    assert!(!escapes(&["rehearse", "calm.yaml", "--color", "always", "--format", "json"]));
    assert!(escapes(&["rehearse", "calm.yaml", "--color", "always"]));
    assert!(escapes(&["rehearse", "wrong.yaml", "--color", "always"]));
}

#[test]
fn no_color_is_honoured() {
    let folder = Folder::new();
    let escapes = |set: &[(&str, &str)]| {
        folder.run_where(set, &["rehearse", "calm.yaml"]).stdout.contains('\u{1b}')
    };
    assert!(escapes(&[("CLICOLOR_FORCE", "1")]));
    assert!(!escapes(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn progress_is_only_for_terminals() {
    let finished = Folder::new().run(&["rehearse", "calm.yaml"]);
    assert_eq!(finished.stderr, "");
}

#[test]
fn schemas_are_json() {
    for kind in ["twin", "scenario"] {
        let finished = Folder::new().run(&["schema", kind]);
        assert_eq!(finished.status, 0);
        let schema: Value = serde_json::from_str(&finished.stdout).unwrap();
        assert!(schema["properties"]["foreshadow"].is_object(), "{kind} has a header");
        assert!(schema["$schema"].is_string());
    }
}

/// The report as people see it; the version is left out.
#[test]
fn text_report() {
    let finished = Folder::new().run(&["rehearse", "calm.yaml"]);
    let version = concat!("foreshadow ", env!("CARGO_PKG_VERSION"));
    insta::assert_snapshot!(finished.stdout.replace(version, "foreshadow [version]"));
}

#[test]
fn the_text_report_fits_eighty_columns() {
    let folder = Folder::new();
    let finished = folder.run(&["rehearse", "calm.yaml"]);
    assert!(finished.stdout.contains("Worth of what succeeded"), "{}", finished.stdout);
    for line in finished.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}
