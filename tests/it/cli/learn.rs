//! From a file of spans to an answer, as the tutorial goes.

use super::Folder;

/// Two hundred visits of a page that reads from a store, one every 100 ms.
fn spans() -> String {
    let mut csv = String::from("trace,span,parent,service,operation,start_us,duration_us\n");
    for i in 0..200u64 {
        let start = 1_700_000_000_000_000 + i * 100_000;
        let work = 4_000 + i * 37 % 2_000;
        csv += &format!("{0:x},1,,web,/page,{start},{1}\n", i + 1, work + 3_000);
        csv += &format!("{0:x},2,1,web,GET,{1},2500\n", i + 1, start + 1_000);
        csv += &format!("{0:x},3,2,store,/read,{1},2000\n", i + 1, start + 1_200);
    }
    csv
}

#[test]
fn a_recording_becomes_a_twin_a_scenario_and_a_verdict() {
    let folder = Folder::new();
    folder.write("spans.csv", &spans());
    let learned = folder.run(&["learn", "spans.csv", "-o", "web.twin.yaml"]);
    assert_eq!(learned.status, 0, "{learned:#?}");
    assert!(learned.stdout.contains("200 traces, 600 spans"), "{}", learned.stdout);
    assert!(learned.stdout.contains("next: foreshadow init --from web.twin.yaml"));
    let init = folder.run(&["init", "--from", "web.twin.yaml", "web.yaml"]);
    assert_eq!(init.status, 0, "{init:#?}");
    let rehearsed = folder.run(&["rehearse", "web.yaml", "--format", "json"]);
    assert_eq!(rehearsed.status, 0, "{rehearsed:#?}");
    let report: serde_json::Value = serde_json::from_str(&rehearsed.stdout).unwrap();
    assert_eq!(report["verdict"], "held");
    let median = report["endpoints"]["web.page"]["latency_ms"]["p50"]["value"].as_f64().unwrap();
    assert!((7.0..9.0).contains(&median), "{median}");
    // What the times are not known by is carried, but does not cast doubt on every verdict.
    assert!(!report["assumptions"].to_string().contains(".work."), "{}", report["assumptions"]);
    let carried = folder.run(&["rehearse", "web.yaml", "--format", "json", "--uncertainty"]);
    assert_eq!(carried.status, 0, "{carried:#?}");
    let report: serde_json::Value = serde_json::from_str(&carried.stdout).unwrap();
    let parameters = report["uncertainty"]["parameters"].to_string();
    assert!(parameters.contains(".work."), "{parameters}");
    assert!(folder.files().iter().all(|file| !file.starts_with('.')), "{:?}", folder.files());
}

/// What is complained of, with status 2, nothing on standard output, and no twin.
#[track_caller]
fn check(content: &str, complaint: &str) {
    let folder = Folder::new();
    folder.write("spans.csv", content);
    let before = folder.files();
    let finished = folder.run(&["learn", "spans.csv", "-o", "web.twin.yaml"]);
    assert_eq!(finished.status, 2, "{finished:#?}");
    assert_eq!(finished.stdout, "");
    assert!(finished.stderr.contains(complaint), "{}", finished.stderr);
    assert_eq!(folder.files(), before);
}

#[test]
fn bad_recordings_are_refused_whole() {
    check("", "is empty");
    check("trace,span,parent,service,operation,start_us,duration_us\n", "holds no spans");
    check("a,b\n1,2\n", "no column for the trace id");
    let spans = spans();
    check(&spans[..spans.len() - 20], "the file is cut");
}

#[test]
fn what_is_odd_is_counted_and_said() {
    let folder = Folder::new();
    let mut csv = spans();
    // A span whose parent is missing, and a child that starts before its parent on another clock.
    csv += "c9,3,77,store,/read,1700000021000000,2000\n";
    csv += "ca,1,,web,/page,1700000022000000,9000\nca,3,1,store,/read,1700000021996000,2000\n";
    // A trace of 1970 and one of the next century.
    csv += "cb,1,,web,/page,1000000,9000\ncc,1,,web,/page,4900000000000000,9000\n";
    folder.write("spans.csv", &csv);
    let learned = folder.run(&["learn", "spans.csv", "-o", "web.twin.yaml"]);
    assert_eq!(learned.status, 0, "{learned:#?}");
    assert!(
        learned.stdout.contains("1 spans moved because clocks disagreed"),
        "{}",
        learned.stdout
    );
    assert!(learned.stdout.contains("1 spans whose caller is missing"), "{}", learned.stdout);
    assert!(
        learned.stdout.contains("2 traces left out because they are far from all others in time"),
        "{}",
        learned.stdout
    );
    assert!(learned.stdout.contains("spans in 22.1 s"), "{}", learned.stdout);
    let twin = std::fs::read_to_string(folder.path("web.twin.yaml")).unwrap();
    assert!(twin.contains("to: \"2023-11-14T22:13:42.000Z\""), "{twin}");
    // As many again three years before: no telling which clock was right.
    for row in spans().lines().skip(1) {
        csv += &format!("f{}\n", row.replace(",17000", ",16000"));
    }
    folder.write("spans.csv", &csv);
    let refused = folder.run(&["learn", "spans.csv", "-o", "web.twin.yaml"]);
    assert_eq!(refused.status, 2, "{refused:#?}");
    assert!(refused.stderr.contains("name the files of one of them"), "{refused:#?}");
}

#[test]
fn incidents_beside_spans_give_rates_of_failure() {
    let folder = Folder::new();
    folder.write("spans.csv", &spans());
    let incidents = "incident,service,severity,started_at,resolved_at\n\
        1,store,sev1,2023-11-01T10:00:00Z,2023-11-01T10:40:00Z\n\
        2,store,sev2,2023-11-05T10:00:00Z,2023-11-05T10:20:00Z\n\
        3,mail,sev2,2023-11-06T10:00:00Z,2023-11-06T10:20:00Z\n";
    folder.write("incidents.csv", incidents);
    let args = ["learn", "spans.csv", "incidents.csv", "--history", "90d", "-o", "web.twin.yaml"];
    let learned = folder.run(&args);
    assert_eq!(learned.status, 0, "{learned:#?}");
    assert!(learned.stdout.contains("rates of failure: 2 outages of 1 components in 90d"));
    assert!(learned.stdout.contains("nothing in the twin is called so: mail"));
    assert!(!learned.stdout.contains("not learned from"), "{}", learned.stdout);
    // 90 days less an hour, over two and a half; half an hour on average.
    let twin = std::fs::read_to_string(folder.path("web.twin.yaml")).unwrap();
    assert!(twin.contains("reliability: {mtbf: {value: 36d, low: 14d,"), "{twin}");
    assert!(twin.contains("mttr: {value: 30m,"), "{twin}");
    // What is not in a rehearsal is not doubted in one.
    assert_eq!(folder.run(&["init", "--from", "web.twin.yaml", "web.yaml"]).status, 0);
    let rehearsed = folder.run(&["rehearse", "web.yaml", "--format", "json", "--uncertainty"]);
    assert_eq!(rehearsed.status, 0, "{rehearsed:#?}");
    assert!(!rehearsed.stdout.contains("mtbf"), "{}", rehearsed.stdout);
}

#[test]
fn flags_that_find_nothing_to_do_are_refused() {
    let folder = Folder::new();
    folder.write("spans.csv", &spans());
    let refused = |args: &[&str], complaint: &str| {
        let finished = folder.run(&[&["learn", "spans.csv", "-o", "no.yaml"], args].concat());
        assert_eq!(finished.status, 2, "{finished:#?}");
        assert!(finished.stderr.contains(complaint), "{}", finished.stderr);
    };
    refused(&["--map", "status=result"], "--map status=result: no file has this column");
    refused(&["--history", "90d"], "--history: none of these files holds incidents");
    let incidents = "incident,service,severity,started_at,resolved_at\n\
        1,store,sev1,2023-11-01T10:00:00Z,2123-11-01T10:40:00Z\n";
    folder.write("incidents.csv", incidents);
    refused(
        &["incidents.csv", "--history", "90d"],
        "2123-11-01T10:40:00.000Z, which is in the future",
    );
}

/// Jaeger's spans of four hundred requests, ten a second, a tenth of all.
fn sampled() -> String {
    let mut spans = Vec::new();
    for i in 0..400u64 {
        let start = 1_700_000_000_000_000 + i * 100_000;
        spans.push(format!(
            r#"{{"traceID":"{0:x}","spanID":"1","operationName":"/page","startTime":{start},"duration":{1},
            "tags":[{{"key":"sampler.type","value":"probabilistic"}},{{"key":"sampler.param","value":0.1}}],
            "process":{{"serviceName":"web","tags":[]}}}}"#,
            i + 1,
            4_000 + i * 37 % 2_000
        ));
    }
    let traces = spans.iter().map(|span| format!(r#"{{"spans":[{span}],"processes":{{}}}}"#));
    format!(r#"{{"data":[{}]}}"#, traces.collect::<Vec<_>>().join(","))
}

#[test]
fn rates_are_divided_by_the_share_that_was_recorded() {
    let folder = Folder::new();
    folder.write("spans.json", &sampled());
    let alone = folder.run(&["learn", "spans.json", "-o", "web.twin.yaml"]);
    assert_eq!(alone.status, 0, "{alone:#?}");
    let printed = alone.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        printed.contains("recorded: 10% (400 spans), and rates are of those alone; `--sampled"),
        "{printed}"
    );
    let twin = || std::fs::read_to_string(folder.path("web.twin.yaml")).unwrap();
    assert!(twin().contains("web.page: 10/s"), "{}", twin());
    let said = folder.run(&["learn", "spans.json", "--sampled", "10%", "-o", "web.twin.yaml"]);
    assert_eq!(said.status, 0, "{said:#?}");
    assert!(said.stdout.contains("rates: divided by 10%"), "{}", said.stdout);
    assert!(!said.stdout.contains("sampled:"), "{}", said.stdout);
    assert!(twin().contains("web.page: 100/s"), "{}", twin());
    let refused = folder.run(&["learn", "spans.json", "--sampled", "0", "-o", "web.twin.yaml"]);
    assert_eq!(refused.status, 2);
    let again = ["backtest", "web.twin.yaml", "--against", "spans.json"];
    let other = folder.run(&again);
    assert!(other.stdout.contains("users' requests 100/s → 10"), "{}", other.stdout);
    let same = folder.run(&[&again[..], &["--sampled", "10%"]].concat());
    assert_eq!(same.status, 0, "{same:#?}");
}

#[test]
fn init_begins_anew_and_never_overwrites() {
    let folder = Folder::new();
    assert_eq!(folder.run(&["init", "new"]).status, 0);
    assert_eq!(folder.run(&["rehearse", "new/scenario.yaml"]).status, 0);
    let again = folder.run(&["init", "new"]);
    assert_eq!(again.status, 2);
    assert!(again.stderr.contains("is there already"), "{}", again.stderr);
}
