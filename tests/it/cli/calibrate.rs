//! From a table of measured runs to a twin that was fitted to them.

use super::Folder;

/// Two runs of the small shop, much slower than its twin says.
const RESULTS: &str = "\
run,endpoint,count,per_s,mean_ms,p95_ms
first,web.home,4500,150,14,38
second,web.home,4450,148,13.5,37
";
const FIT: &str = "web.home.steps[0].work.exponential.mean=2ms..12ms";

#[test]
fn a_twin_is_fitted_to_a_table() {
    let folder = Folder::new();
    folder.write("results.csv", RESULTS);
    let args =
        ["calibrate", "small.twin.yaml", "--against", "results.csv", "--scenario", "calm.yaml"];
    let more = ["--fit", FIT, "--trials", "12", "--replications", "2", "-o", "fitted.twin.yaml"];
    let fitted = folder.run(&[&args[..], &more[..]].concat());
    assert_eq!(fitted.status, 0, "{fitted:#?}");
    assert!(fitted.stdout.contains("nothing was held back"), "{}", fitted.stdout);
    assert!(fitted.stdout.contains("wrote fitted.twin.yaml"), "{}", fitted.stdout);
    assert_eq!(folder.run(&["validate", "fitted.twin.yaml"]).status, 0);
    let twin = std::fs::read_to_string(folder.path("fitted.twin.yaml")).unwrap();
    let value = twin.split("mean: {value: ").nth(1).unwrap().split("ms").next().unwrap();
    let value: f64 = value.parse().unwrap();
    // M/M/2 at 150/s: T = S / (1 − (75 S)²) is 13.8 ms at S = 8.4 ms, of which 1.1 ms are the store's.
    assert!((6.8..7.8).contains(&value), "{value}");
    // Fitted once more, from where it ended.
    let again =
        ["calibrate", "fitted.twin.yaml", "--against", "results.csv", "--scenario", "again.yaml"];
    let scenario = std::fs::read_to_string(folder.path("calm.yaml")).unwrap();
    folder.write("again.yaml", &scenario.replace("small.twin.yaml", "fitted.twin.yaml"));
    let again = folder.run(&[&again[..], &["--fit", FIT, "--trials", "3"]].concat());
    assert_eq!(again.status, 0, "{again:#?}");
    assert_eq!(again.stdout.matches("source: inferred").count(), 1, "{}", again.stdout);
}

/// A run of k6: requests of `mean_ms` on average, evenly spread between none and twice that, 150 a second.
fn k6(mean_ms: f64) -> String {
    let mut csv =
        String::from("metric_name,timestamp,metric_value,expected_response,method,name,status\n");
    for i in 0..4500u32 {
        let ms = 2.0 * mean_ms * f64::from(i * 7 % 100) / 99.0;
        let end = 1_700_000_000.0 + f64::from(i) / 150.0 + ms / 1000.0;
        csv += &format!("http_req_duration,{end:.4},{ms:.3},true,GET,/home,200\n");
    }
    csv
}

#[test]
fn a_twin_is_fitted_to_runs_of_k6() {
    let folder = Folder::new();
    for (day, mean_ms) in [("monday", 13.8), ("tuesday", 13.9), ("wednesday", 13.6)] {
        folder.write(&format!("{day}.csv"), &k6(mean_ms));
    }
    let args = ["calibrate", "small.twin.yaml", "--scenario", "calm.yaml", "--fit", FIT];
    let more = ["--trials", "12", "--replications", "2", "--against"];
    let days = ["monday.csv", "tuesday.csv", "wednesday.csv"];
    let refused = folder.run(&[&args[..], &more, &days].concat());
    assert_eq!(refused.status, 2);
    assert!(refused.stderr.contains("`GET /home` is no endpoint"), "{}", refused.stderr);
    let named = ["--name", "GET /home=web.home", "--skip", "1s", "-o", "fitted.twin.yaml"];
    let fitted = folder.run(&[&args[..], &named, &more, &days].concat());
    assert_eq!(fitted.status, 0, "{fitted:#?}");
    assert!(
        fitted.stdout.contains("fitted to 2 runs, monday to tuesday; held back: wednesday"),
        "{}",
        fitted.stdout
    );
    let twice = folder.run(&[&args[..], &named, &more, &["monday.csv", "monday.csv"]].concat());
    assert!(twice.stderr.contains("two runs are called"), "{}", twice.stderr);
}

/// Whole numbers alone leave nothing to search: each combination is simulated once.
#[test]
fn a_whole_number_alone_is_fitted() {
    let folder = Folder::new();
    folder.write("results.csv", RESULTS);
    let args =
        ["calibrate", "small.twin.yaml", "--against", "results.csv", "--scenario", "calm.yaml"];
    let more = ["--fit", "web.concurrency=1..4", "--replications", "2", "-o", "fitted.twin.yaml"];
    let fitted = folder.run(&[&args[..], &more[..]].concat());
    assert_eq!(fitted.status, 0, "{fitted:#?}");
    // 150/s of 5 ms: one slot makes 20 ms or more, two make 6 ms; measured are 14 ms.
    assert!(fitted.stdout.contains("web.concurrency  cost"), "{}", fitted.stdout);
    let twin = std::fs::read_to_string(folder.path("fitted.twin.yaml")).unwrap();
    assert!(twin.contains("concurrency: {value: "), "{twin}");
}

#[test]
fn what_not_all_runs_have_is_named() {
    let folder = Folder::new();
    folder.write("results.csv", &RESULTS.replace("148,13.5,37", "148,13.5,0"));
    let args =
        ["calibrate", "small.twin.yaml", "--against", "results.csv", "--scenario", "calm.yaml"];
    let more = ["--fit", FIT, "--trials", "3", "--replications", "2", "-o", "fitted.twin.yaml"];
    let fitted = folder.run(&[&args[..], &more[..]].concat());
    assert_eq!(fitted.status, 0, "{fitted:#?}");
    assert!(
        fitted.stdout.contains("left out, not in all runs or 0 in one: web.home (p95)"),
        "{}",
        fitted.stdout
    );
}

#[test]
fn flags_that_find_nothing_to_do_are_refused() {
    let folder = Folder::new();
    folder.write("results.csv", RESULTS);
    folder.write("k6.csv", &k6(13.8));
    let refused = |args: &[&str], complaint: &str| {
        let start = ["calibrate", "small.twin.yaml", "--scenario", "calm.yaml", "--fit", FIT];
        let finished = folder.run(&[&start, args].concat());
        assert_eq!(finished.status, 2, "{finished:#?}");
        assert!(finished.stderr.contains(complaint), "{}", finished.stderr);
    };
    let of_table = ["--against", "results.csv", "--skip", "1s"];
    refused(
        &of_table,
        "a table of figures, which has no single requests that --skip could leave out",
    );
    let named = ["--against", "k6.csv", "--name", "GET /home=web.home", "--name", "GET /=web.home"];
    refused(&named, "--name GET /=…: no file names its requests so");
    let twice = ["--against", "k6.csv", "--name", "/home=web.home", "--name", "/home="];
    refused(&twice, "--name /home=… is given twice");
}

#[track_caller]
fn check(results: &str, fit: &str, complaint: &str) {
    let folder = Folder::new();
    folder.write("results.csv", results);
    let args =
        ["calibrate", "small.twin.yaml", "--against", "results.csv", "--scenario", "calm.yaml"];
    let finished = folder.run(&[&args[..], &["--fit", fit]].concat());
    assert_eq!(finished.status, 2, "{finished:#?}");
    assert!(finished.stderr.contains(complaint), "{}", finished.stderr);
}

#[test]
fn what_cannot_be_fitted_is_said() {
    check("run,endpoint\n", FIT, "the results have no column `mean_ms`");
    check(&RESULTS.replace("web.home", "web.cart"), FIT, "which no load of the scenario calls");
    // Also where only a later run has it.
    let later = RESULTS.replace("second,web.home", "second,web.cart");
    check(&later, FIT, "which no load of the scenario calls");
    check(RESULTS, "web.home=1ms..2ms", "stands");
    check(RESULTS, "web.home.steps[0].work.exponential.mean=2ms", "expected ADDRESS=LOW..HIGH");
}
