//! `rehearse --uncertainty`: what parameters are not known by widens what is predicted.

use super::Folder;

/// One component without queues, whose time is constant but known only within an interval.
const TWIN: &str = "\
foreshadow: twin/v1
name: one
components:
  web:
    endpoints:
      get:
        errors: {value: 10%, source: observed, low: 5%, high: 20%}
        steps: [{work: {value: 10ms, source: inferred, low: 8ms, high: 12.5ms}}]
      put: {steps: [{work: {value: 10ms, source: pinned, low: 1ms, high: 99ms}}]}
";

const SCENARIO: &str = "\
foreshadow: scenario/v1
name: calm
twin: one.twin.yaml
load:
  web.get: {arrivals: {poisson: {rate: 100/s}}}
  web.put: {arrivals: {poisson: {rate: 100/s}}}
run: {horizon: 20s, replications: 4, seed: 3}
";

fn ends(number: &serde_json::Value) -> [f64; 2] {
    ["low", "high"].map(|end| number[end].as_f64().unwrap())
}

#[test]
fn intervals_grow_by_what_parameters_are_not_known_by() {
    let folder = Folder::new();
    folder.write("one.twin.yaml", TWIN);
    folder.write("one.yaml", SCENARIO);
    let json = |arguments: &[&str]| -> serde_json::Value {
        let all = [&["rehearse", "one.yaml", "--format", "json"], arguments].concat();
        serde_json::from_str(&folder.run(&all).stdout).unwrap()
    };
    let (plain, wide) = (json(&[]), json(&["--uncertainty"]));
    assert!(plain["uncertainty"].is_null());
    let of = |report: &serde_json::Value, endpoint: &str| {
        let endpoint = &report["endpoints"][endpoint];
        [ends(&endpoint["latency_ms"]["mean"]), ends(&endpoint["success_rate"])]
    };
    // Without queues a time of x takes x: 39 draws from 8 to 12.5 ms come near both ends.
    let [mean, success] = of(&wide, "web.get");
    assert!((8.0..8.6).contains(&mean[0]) && (11.6..12.6).contains(&mean[1]), "{mean:?}");
    assert!(
        (0.77..0.83).contains(&success[0]) && (0.93..0.97).contains(&success[1]),
        "{success:?}"
    );
    let [mean, success] = of(&plain, "web.get");
    assert!(mean[1] - mean[0] < 0.01 && success[1] - success[0] < 0.06, "{mean:?} {success:?}");
    // What a person pinned is not drawn.
    assert_eq!(of(&wide, "web.put"), of(&plain, "web.put"));
    assert_eq!(
        wide["uncertainty"]["parameters"],
        serde_json::json!(["web.endpoints.get.errors", "web.endpoints.get.steps[0].work"])
    );
    let part = &wide["uncertainty"]["parts"][0];
    assert_eq!((&part["endpoint"], &part["measure"]), (&"web.get".into(), &"mean".into()));
    assert!((part["sampling"][0].as_f64().unwrap() - 10.0).abs() < 0.01, "{part}");
    assert!(part["parameters"][0].as_f64().unwrap() < 8.6, "{part}");
    // The same draws every time, on any number of threads.
    assert_eq!(json(&["--uncertainty", "--threads", "1"]), wide);
}
