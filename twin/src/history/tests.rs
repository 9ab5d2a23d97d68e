//! Histories by hand, and what they are worth by theory.

use foreshadow_telemetry::{ReadOptions, Record, read_records_from};

use super::*;

const DAY: f64 = 86_400e9;

fn history(contents: &[&str]) -> History {
    let (mut names, mut history) = (Names::default(), History::default());
    for content in contents {
        let options = ReadOptions::default();
        read_records_from(content.as_bytes(), "t", &options, &mut names, &mut |record| {
            if let Record::Event(event) = record {
                history.push(event);
            }
            Ok(())
        })
        .unwrap();
    }
    history.finish(&names);
    history
}

fn model(replicas: usize) -> Model {
    let component = |name: &str| Component {
        name: name.to_owned(),
        instances: replicas,
        ..Component::default()
    };
    Model {
        zones: Vec::new(),
        hosts: Vec::new(),
        components: vec![component("cart-service"), component("pay")],
        merged_share: 0.0,
        cut: Vec::new(),
    }
}

/// What stands in the twin of both components, and the notes.
#[track_caller]
fn check(contents: &[&str], replicas: usize, days: Option<f64>, expected: [&str; 2], note: &str) {
    let mut model = model(replicas);
    let notes = history(contents).apply(&mut model, days.map(|days| days * DAY)).join("; ");
    let found = model.components.iter().map(|it| it.reliability.clone().unwrap_or_default());
    assert_eq!(found.collect::<Vec<_>>(), expected);
    assert!(notes.contains(note), "{notes}");
}

const INCIDENTS: &str = "incident_id,service,severity,started_at,resolved_at\n\
    1,cart,sev1,2026-01-01T00:00:00Z,2026-01-01T01:00:00Z\n\
    2,cart,sev2,2026-01-11T00:00:00Z,2026-01-11T03:00:00Z\n";

/// Gamma(2.5): 97.5 % are below 6.42, 2.5 % below 0.4156; Gamma(2): 5.572 and 0.2422.
const CART: &str = "{mtbf: {value: 39.9d, low: 15.6d, high: 240d, source: inferred, from: \"2 outages in \
    100d\"}, mttr: {value: 2h, low: 43.1m, high: 16.5h, source: inferred, from: \"2 restorations\"}}";
/// Gamma(½): 97.5 % are below 2.512, 2.5 % below 0.000491, which is above a century.
const PAY: &str = "{mtbf: {value: 200d, low: 39.8d, high: 36500d, source: inferred, from: \"0 outages in \
    100d\"}, mttr: {value: 2h, low: 43.1m, high: 16.5h, source: assumed, from: \"2 restorations of all \
    components; none of its own has an end, which would settle it\"}}";

#[test]
fn incidents_give_the_posterior_of_jeffreys() {
    check(
        &[INCIDENTS],
        1,
        Some(100.0),
        [CART, PAY],
        "2 outages of 1 components in 100d of events, 2 of them restored",
    );
}

#[test]
fn outages_that_overlap_are_one() {
    let alerts = r#"[{"labels":{"alertname":"Down","service":"cart-service","severity":"critical"},"startsAt":"2026-01-11T01:00:00Z","endsAt":"2026-01-11T02:00:00Z"},
        {"labels":{"alertname":"Slow","service":"cart-service","severity":"warning"},"startsAt":"2026-01-05T01:00:00Z","endsAt":"2026-01-05T02:00:00Z"}]"#;
    check(&[INCIDENTS, alerts], 1, Some(100.0), [CART, PAY], "2 outages");
}

#[test]
fn how_long_a_list_is_kept_follows_from_its_entries() {
    // Two entries, ten days and three hours apart, stand for three times that.
    let history = history(&[INCIDENTS]);
    assert!((history.covered(None).unwrap() - 3.0 * (10.0 + 3.0 / 24.0) * DAY).abs() < 1.0);
    let one = INCIDENTS.lines().take(2).collect::<Vec<_>>().join("\n");
    // Its own hour is no time that a list is kept.
    check(&[&one], 1, None, ["", ""], "one event does not tell how long its list is kept");
}

const KILL: &str = r#"{"apiVersion":"v1","kind":"List","items":[
    {"type":"Warning","reason":"OOMKilling","count":1,"firstTimestamp":"2026-01-01T00:00:00Z","lastTimestamp":"2026-01-01T00:00:00Z","involvedObject":{"kind":"Pod","name":"pay-579b9bff58-t2dbm"}},
    {"type":"Normal","reason":"Started","count":1,"firstTimestamp":"2026-01-01T00:00:30Z","lastTimestamp":"2026-01-01T00:00:30Z","involvedObject":{"kind":"Pod","name":"pay-579b9bff58-t2dbm"}},
    {"type":"Warning","reason":"NodeNotReady","involvedObject":{"kind":"Node","name":"n1"},"eventTime":"2026-01-02T00:00:00Z"},
    {"type":"Warning","reason":"Unhealthy","involvedObject":{"kind":"Pod","name":"pay-579b9bff58-t2dbm"},"eventTime":"2026-01-03T00:00:00Z"}]}"#;

#[test]
fn a_killed_pod_is_restored_when_it_is_started_again() {
    let mut one = model(1);
    history(&[KILL]).apply(&mut one, Some(100.0 * DAY));
    let pay = one.components[1].reliability.clone().unwrap();
    assert!(pay.contains("from: \"1 outage in 100d\"}, mttr: {value: 30s,"), "{pay}");
    check(
        &[KILL],
        3,
        Some(100.0),
        ["", ""],
        "failures of single replicas of several left out: pay",
    );
}

#[test]
fn what_cannot_be_used_is_said() {
    let other = "incident_id,service,severity,started_at,resolved_at\n\
        1,mail,sev1,2026-01-01T00:00:00Z,2026-01-01T01:00:00Z\n2,cart,sev1,2026-01-03T00:00:00Z,\n";
    check(&[other], 1, None, ["", ""], "nothing in the twin is called so: mail");
    check(&[other], 1, None, ["", ""], "no outage has an end");
    check(&[other], 1, Some(0.001), ["", ""], "the lists reach over 2.0 days");
}
