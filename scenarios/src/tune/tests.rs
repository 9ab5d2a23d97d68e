use std::path::Path;

use super::*;
use crate::load_scenario;

const TWIN: &str = "\
foreshadow: twin/v1
name: shop
components:
  web:
    replicas: 3
    concurrency: 8
    endpoints: {get: {steps: [{call: db.read}, {work: 2ms}]}}
    calls: {db: {timeout: 130ms}}
  db: {concurrency: 4, queue: {discipline: lifo}, endpoints: {read: {steps: [{work: 2ms}]}}}
";

fn with(sections: &str) -> Result<Tuning, String> {
    held("p99: 50ms", sections)
}

/// With an objective of `web.get`.
fn held(objective: &str, sections: &str) -> Result<Tuning, String> {
    let scenario = format!(
        "{{foreshadow: scenario/v1, name: s, twin: t.yaml, \
         load: {{web.get: {{arrivals: {{poisson: {{rate: 50/s}}}}}}}}, \
         objectives: [{{endpoint: web.get, {objective}}}], {sections}}}"
    );
    let reader = |path: &Path| {
        Ok(if path == Path::new("t.yaml") { TWIN.to_owned() } else { scenario.clone() })
    };
    let loaded = load_scenario(Path::new("s.yaml"), &[], &reader);
    loaded.and_then(|scenario| tuning(&scenario)).map_err(|problems| {
        problems.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>().join("; ")
    })
}

fn knobs(knobs: &str) -> Result<Tuning, String> {
    with(&format!("tune: {{knobs: {{{knobs}}}}}"))
}

#[test]
fn what_candidates_cost_and_change() {
    let tuning = knobs(
        "web.replicas: {from: 2, to: 6, cost: 3 EUR}, \
         web.calls.db.timeout: {from: 100ms, to: 200ms}, \
         db.concurrency: {from: 2, to: 8, step: 2, cost: 0.5 EUR, times: web.replicas}, \
         db.queue.discipline: {choice: [fifo, lifo], cost: [1, 2]}",
    )
    .unwrap();
    // 3 EUR for each of 4 replicas, half of one for each of 6 slots of each, and 2 for `lifo`.
    assert!((tuning.cost(&[2, 0, 2, 1]) - (12.0 + 0.5 * 6.0 * 4.0 + 2.0)).abs() < 1e-12);
    assert_eq!(tuning.unit.as_deref(), Some("EUR"));
    assert!((tuning.cost_unchanged().unwrap() - (9.0 + 0.5 * 4.0 * 3.0 + 2.0)).abs() < 1e-12);
    let edits: Vec<String> = tuning
        .edits(&[2, 1, 2, 0])
        .iter()
        .map(|(address, value)| format!("{address}={value}"))
        .collect();
    assert_eq!(
        edits,
        [
            "web.replicas=4",
            "web.calls.db.timeout=110ms",
            "db.concurrency=6",
            "db.queue.discipline=fifo"
        ]
    );
    let nearest: Vec<Option<u16>> = tuning.knobs.iter().map(|knob| knob.nearest).collect();
    assert_eq!(nearest, [Some(1), Some(3), Some(1), Some(1)]);
}

#[test]
fn a_default_is_what_leaves_the_system_as_it_is() {
    let tuning = knobs(
        "web.queue.discipline: {choice: [lifo, fifo], cost: [9, 2]}, db.replicas: {from: 1, to: 4, cost: 5}",
    )
    .unwrap();
    let nearest: Vec<Option<u16>> = tuning.knobs.iter().map(|knob| knob.nearest).collect();
    assert_eq!(nearest, [Some(1), Some(0)]);
    assert!((tuning.cost_unchanged().unwrap() - 7.0).abs() < 1e-12);
    assert!(
        !tuning.changes(0, &[1, 0]) && tuning.changes(0, &[0, 0]) && !tuning.changes(1, &[1, 0])
    );
}

#[test]
fn a_knob_waits_for_others() {
    let tuning = knobs(
        "db.queue.discipline: {choice: [fifo, lifo]}, \
         web.calls.db.timeout: {from: 100ms, to: 200ms, when: {db.queue.discipline: [lifo]}}",
    )
    .unwrap();
    assert_eq!(tuning.edits(&[0, 3]).len(), 1);
    assert_eq!(tuning.edits(&[1, 3]).len(), 2);
}

#[test]
fn what_is_not_turned_costs_as_it_is() {
    let tuning = knobs(
        "db.queue.discipline: {choice: [fifo, lifo]}, \
         db.concurrency: {from: 2, to: 8, step: 2, cost: 1, when: {db.queue.discipline: [fifo]}}, \
         web.replicas: {from: 1, to: 4, cost: 10, times: db.concurrency}",
    )
    .unwrap();
    assert!((tuning.cost(&[0, 3, 0]) - (8.0 + 10.0 * 8.0)).abs() < 1e-12);
    // There are four slots now, whatever level stands where the knob is not turned.
    assert!((tuning.cost(&[1, 3, 0]) - (4.0 + 10.0 * 4.0)).abs() < 1e-12);
}

#[test]
fn recovery_may_be_from_the_faults_of_a_campaign() {
    let tune = "tune: {knobs: {web.replicas: {from: 1, to: 4}}";
    let campaign = "campaign: {faults: [{crash: {at: db, start: 10s, duration: 1s}}]}";
    assert!(held("recovery: 5s", &format!("{tune}}}, {campaign}")).is_ok());
    let goal = format!("{tune}, minimise: [{{recovery: web.get}}]}}, {campaign}");
    let message = held("recovery: 5s", &goal).unwrap_err();
    assert!(message.contains("from `faults:` of the scenario itself"), "{message}");
}

#[track_caller]
fn refused(section: &str, expected: &str) {
    let message = knobs(section).unwrap_err();
    assert!(message.contains(expected), "{message}");
}

#[test]
fn what_cannot_be_turned_is_refused() {
    refused("", "expected a knob");
    refused("web.replicas: {from: 2}", "expected `from` and `to`");
    refused("web.replicas: {from: 4, to: 2}", "expected more in `to`");
    refused("web.replicas: {from: 0, to: 4}", "`web.replicas` cannot be 0");
    refused("web.replicas: {from: 100ms, to: 1s}", "`web.replicas` cannot be 100ms");
    refused("web.replcas: {from: 1, to: 4}", "`web.replcas` cannot be 1: unknown key `replcas`");
    refused("wb.replicas: {from: 1, to: 4}", "unknown address `wb.replicas`");
    refused("run.horizon: {from: 1m, to: 2m}", "unknown address");
    refused("db.queue.discipline: {choice: [fifo]}", "at least two values");
    refused("db.queue.discipline: {choice: [fifo, fifo]}", "named twice");
    refused("db.queue.discipline: {choice: [fifo, lifo], cost: 3}", "the cost of each choice");
    refused("db.queue.discipline: {choice: [fifo, lifo], cost: [3]}", "1 costs for 2 values");
    refused(
        "web.replicas: {from: 1, to: 4, cost: 3 EUR}, db.concurrency: {from: 1, to: 2, cost: 1 cores}",
        "cannot be added",
    );
    refused("web.replicas: {from: 1, to: 4, cost: 1, times: web.x}", "neither a knob nor a number");
    refused("web.replicas: {from: 1, to: 4, when: {db.concurrency: [1]}}", "no other knob");
    refused(
        "web.replicas: {from: 1, to: 4, when: {db.concurrency: [2]}}, \
         db.concurrency: {from: 1, to: 4, when: {web.replicas: [2]}}",
        "round in a circle",
    );
    refused(
        "web.replicas: {from: 1, to: 4, when: {db.concurrency: [9]}}, db.concurrency: {from: 1, to: 4}",
        "`db.concurrency` is never 9",
    );
}

#[test]
fn sections_are_checked() {
    let knob = "knobs: {web.replicas: {from: 1, to: 4}}";
    let wrong = |more: &str| with(&format!("tune: {{{knob}, {more}}}")).unwrap_err();
    assert!(wrong("budget: 3").contains("from 10"));
    assert!(wrong("safety_factor: 0.5").contains("below 1"));
    assert!(wrong("minimise: [cost, cost]").contains("twice"));
    assert!(wrong("minimise: [{p99: web.put}]").contains("no user calls `web.put`"));
    assert!(wrong("minimise: [{recovery: web.get}]").contains("no objective of recovery"));
    assert!(wrong("robust: {cvar: 100%}").contains("must leave some"));
    assert!(with("about: nothing").unwrap_err().contains("nothing to tune"));
    let tuning =
        with(&format!("tune: {{{knob}, minimise: [cost, {{p99: web.get}}], budget: 40}}")).unwrap();
    assert_eq!((tuning.goals.len(), tuning.budget, tuning.replications), (2, 40, 4));
}
