//! Small files of every kind, and those that others have published.

use super::*;
use crate::testing::measured;

const TWIN: &str = "foreshadow: twin/v1\nname: shop\ncomponents:\n  web:\n    endpoints:\n      \
    home: {binds: {k6: start page}, steps: [{work: 5ms}]}\n      pay: {steps: [{work: 9ms}]}\n      \
    inner: {steps: [{work: 1ms}]}\n";

/// A scenario in which users call these endpoints of the shop.
fn scenario(called: &[&str]) -> Scenario {
    let loads = called.iter().map(|it| format!("{it}: {{arrivals: {{poisson: {{rate: 9/s}}}}}}"));
    let loads = loads.collect::<Vec<_>>().join(", ");
    let text = format!(
        "foreshadow: scenario/v1\nname: calm\ntwin: shop.yaml\nload: {{{loads}}}\n\
         run: {{warm_up: 1s, horizon: 9s}}\n"
    );
    let read = |path: &Path| match path.to_str() {
        Some("shop.yaml") => Ok(TWIN.to_owned()),
        _ => Ok(text.clone()),
    };
    foreshadow_scenarios::load_scenario(Path::new("calm.yaml"), &[], &read).unwrap()
}

/// What a file of this content gives, one figure a word; or the complaint.
fn read(tests: &LoadTests, called: &[&str], content: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("monday.out");
    std::fs::write(&path, content).unwrap();
    match tests.read(std::slice::from_ref(&path), &scenario(called)) {
        Err(error) => error.to_string().replace(&path.display().to_string(), "FILE"),
        Ok((results, notes)) => {
            let mut words = Vec::new();
            for run in &results.runs {
                for (endpoint, figures) in &run.endpoints {
                    words.push(format!("{} {endpoint}", run.name));
                    let figure =
                        |(measure, value): (&Measure, &f64)| format!("{measure}={value:.3}");
                    words.extend(figures.iter().map(figure));
                    words.extend(run.counts.get(endpoint).map(|count| format!("n={count}")));
                }
            }
            words.extend(notes);
            words.join(" ")
        }
    }
}

#[track_caller]
fn check(called: &[&str], content: &str, expected: &str) {
    assert_eq!(read(&LoadTests::default(), called, content), expected);
}

/// Ten requests of 100 ms, 200 ms, … 1 s, one begun every second; the fifth failed.
fn k6() -> String {
    let mut csv =
        String::from("metric_name,timestamp,metric_value,expected_response,method,name,status\n");
    for i in 1..=10u32 {
        let end = 1_700_000_000.0 + f64::from(i) + 0.1 * f64::from(i);
        let ok = i != 5;
        csv += &format!("http_req_duration,{end:.3},{i}00,{ok},GET,start page,200\n");
    }
    csv
}

#[test]
fn requests_of_k6_become_the_figures_of_a_run() {
    // From the first start to the last end are 10 s; nine of ten went well.
    check(
        &["web.home", "web.pay"],
        &k6(),
        "monday web.home per s=0.900 mean=555.556 p50=600.000 p90=1000.000 p95=1000.000 \
         p99=1000.000 n=9",
    );
}

#[test]
fn ramps_are_left_out() {
    let skip = LoadTests { skip: Duration::from_millis(2500), ..LoadTests::default() };
    // From 3.5 s to 8.5 s: due are the fourth to the eighth, of which the fifth failed; those that end
    // there begin with the fourth, too, and end with the seventh at 7.7 s.
    assert_eq!(
        read(&skip, &["web.home"], &k6()),
        "monday web.home per s=0.600 mean=625.000 p50=600.000 p90=800.000 p95=800.000 p99=800.000 n=4"
    );
    let skip = LoadTests { skip: Duration::from_secs(6), ..LoadTests::default() };
    assert_eq!(
        read(&skip, &["web.home"], &k6()),
        "FILE: nothing is left of it between what --skip leaves out"
    );
}

#[test]
fn jmeter_and_tables_of_requests_are_read_the_same_way() {
    check(
        &["web.pay"],
        "timeStamp,elapsed,label,responseCode,success\n1622490229000,500,web.pay,200,true\n\
         1622490230000,1000,web.pay,200,true\n",
        "monday web.pay per s=1.000 mean=750.000 p50=500.000 p90=1000.000 p95=1000.000 \
         p99=1000.000 n=2",
    );
    check(
        &["web.home"],
        "timestamp,method,endpoint,status,duration_ms\n1767245722,GET,home,200,2000\n",
        "monday web.home per s=0.500 mean=2000.000 p50=2000.000 p90=2000.000 p95=2000.000 \
         p99=2000.000 n=1",
    );
}

#[test]
fn summaries_are_read_per_endpoint() {
    check(
        &["web.home", "web.pay"],
        r#"{"root_group":{},"metrics":{"http_req_duration":{"avg":10,"p(95)":30},"http_req_duration{name:home}":{"avg":5,"med":4,"p(95)":7},"http_reqs":{"count":100,"rate":10}}}"#,
        "monday web.home mean=5.000 p50=4.000 p95=7.000",
    );
    check(
        &["web.home"],
        r#"{"root_group":{},"metrics":{"http_req_duration":{"avg":10,"p(95)":30},"http_reqs":{"count":100,"rate":10}}}"#,
        "monday web.home per s=10.000 mean=10.000 p95=30.000 n=100",
    );
    let locust = "Type,Name,Request Count,Failure Count,Average Response Time,Requests/s,50%,95%\n\
                  GET,home,1000,5,20,10,18,40\nPOST,pay,100,50,200,1,180,400\n,Aggregated,1100,55,36,11,20,90\n";
    check(
        &["web.home", "web.pay"],
        locust,
        "monday web.home per s=9.950 mean=20.000 p50=18.000 p95=40.000 n=1000 monday web.pay per \
         s=0.500 n=100 monday: 50.0 % of the requests of web.pay failed, and its times count them; \
         only its rate is used",
    );
}

#[test]
fn fortio_tells_runs_by_their_labels() {
    check(
        &["web.home"],
        "StartTime,ActualDuration,Labels,NumThreads,ActualQPS,p50,p90\n\
         2020-08-12T08:44:44Z,240,eight,8,1000,2241,2839\n2020-08-12T09:44:44Z,240,nine,9,1100,2300,2900\n",
        "eight web.home per s=1000.000 p50=2.241 p90=2.839 nine web.home per s=1100.000 p50=2.300 \
         p90=2.900",
    );
}

#[test]
fn what_is_not_known_is_refused_until_it_is_said() {
    let content = k6().replace("start page", "inner");
    check(
        &["web.home", "web.pay"],
        &content,
        "FILE: `GET inner` is no endpoint that a load of the scenario calls (web.home, web.pay): say \
         which it is with --name 'GET inner=ADDRESS', or leave it out with --name 'GET inner='",
    );
    let mut named = LoadTests::default();
    named.add("GET inner=web.pay").unwrap();
    assert!(read(&named, &["web.pay"], &content).starts_with("monday web.pay per s=0.900"));
    let mut left_out = LoadTests::default();
    left_out.add("GET inner=").unwrap();
    assert_eq!(read(&left_out, &["web.pay"], &content), "");
    assert!(named.add("GET inner").is_err());
    assert!(read(&named, &["web.home"], &content).contains("`web.pay`, which no load"));
    check(&["web.home"], "up 1\nup{job=\"a\"} 0\n", NO_RESULTS);
}

const NO_RESULTS: &str = "FILE: it is Prometheus text with 2 records, no results: expected what k6, \
    Locust, JMeter or Fortio write, a table of requests, or a table with run, endpoint, and some of \
    count, per_s, mean_ms, p50_ms, p90_ms, p95_ms, p99_ms";

#[test]
fn published_results_are_read() {
    let Some(folder) = measured("formats/loadtest") else { return };
    let jmeter = folder.join("jmeter_sample_results.jtl.xz");
    let complaint =
        LoadTests::default().read(std::slice::from_ref(&jmeter), &scenario(&["web.home"]));
    let complaint = complaint.unwrap_err().to_string();
    assert!(complaint.contains("is no endpoint that a load of the scenario calls"), "{complaint}");
    let mut tests = LoadTests::default();
    tests.add("ToDo-Create=web.home").unwrap();
    for label in ["ToDo-Delete", "ToDo-Get-All", "ToDo-Get-Single", "ToDo-Update"] {
        tests.add(&format!("{label}=")).unwrap();
    }
    // By another program from the same file.
    let (results, notes) = tests.read(&[jmeter], &scenario(&["web.home"])).unwrap();
    let [run] = results.runs.as_slice() else { panic!("{results:?}") };
    assert_eq!((run.name.as_str(), notes.len()), ("jmeter_sample_results", 0));
    let figures = &run.endpoints["web.home"];
    let expected = [
        (Measure::PerS, 2.342_705),
        (Measure::Mean, 187.194_359),
        (Measure::P50, 124.0),
        (Measure::P90, 229.0),
        (Measure::P95, 398.0),
        (Measure::P99, 1364.0),
    ];
    assert_eq!(run.counts["web.home"] as u64, 1950);
    for (measure, expected) in expected {
        assert!((figures[&measure] - expected).abs() < 1e-3 * expected, "{measure} {figures:?}");
    }
    let fortio = folder.join("istio_fortio_benchmark.csv");
    let (results, _) = LoadTests::default().read(&[fortio], &scenario(&["web.home"])).unwrap();
    assert_eq!(results.runs.len(), 82);
    let median_ms = results.runs[0].endpoints["web.home"][&Measure::P50];
    assert!((median_ms - 2.241).abs() < 1e-9, "{median_ms}");
}
