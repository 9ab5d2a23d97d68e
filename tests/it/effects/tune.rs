//! What each key of a tuning and of a change file does, seen in what is then tuned or set.

use std::path::Path;

use foreshadow_scenarios::tune::{Goal, Times, Tuning, tuning};
use foreshadow_scenarios::{load_change, load_scenario};

/// Names of keys, the section with them, and what shows that they are there. Without them (`PLAIN`) it
/// does not.
struct TuneRow {
    names: &'static str,
    section: &'static str,
    shows: fn(&Tuning) -> bool,
}

const TWIN: &str = "{foreshadow: twin/v1, name: a, components: {web: {replicas: 2, concurrency: 4, endpoints: \
                    {page: {steps: [{work: 2ms}]}}}}}";
const PLAIN: &str = "{knobs: {web.replicas: {from: 1, to: 4}, web.concurrency: {from: 1, to: 4}}}";

const ROWS: &[TuneRow] = &[
    TuneRow {
        names: "Tune.knobs, Knob.from, Knob.to",
        section: "{knobs: {web.replicas: {from: 2, to: 9}}}",
        shows: |tuning| tuning.knobs.len() == 1 && tuning.knobs[0].values.len() == 8,
    },
    TuneRow {
        names: "Knob.step",
        section: "{knobs: {web.replicas: {from: 1, to: 9, step: 4}}}",
        shows: |tuning| tuning.knobs[0].numbers == [1.0, 5.0, 9.0],
    },
    TuneRow {
        names: "Knob.choice",
        section: "{knobs: {web.queue.discipline: {choice: [fifo, lifo]}}}",
        shows: |tuning| !tuning.knobs[0].is_ordered,
    },
    TuneRow {
        names: "Knob.cost, Cost as Amount",
        section: "{knobs: {web.replicas: {from: 1, to: 4, cost: 3 EUR}}}",
        shows: |tuning| tuning.knobs[0].costs == [3.0, 6.0, 9.0, 12.0],
    },
    TuneRow {
        names: "Cost as array",
        section: "{knobs: {web.queue.discipline: {choice: [fifo, lifo], cost: [1, 7]}}}",
        shows: |tuning| tuning.knobs[0].costs == [1.0, 7.0],
    },
    TuneRow {
        names: "Knob.times",
        section: "{knobs: {web.replicas: {from: 1, to: 4, cost: 1, times: web.concurrency}}}",
        shows: |tuning| tuning.knobs[0].times == Some(Times::Fixed(4.0)),
    },
    TuneRow {
        names: "Knob.when",
        section: "{knobs: {web.replicas: {from: 1, to: 4}, web.concurrency: {from: 1, to: 4, when: \
                  {web.replicas: [2]}}}}",
        shows: |tuning| !tuning.is_turned(1, &[0, 0]) && tuning.is_turned(1, &[1, 0]),
    },
    TuneRow {
        names: "Tune.minimise, Minimise.p99",
        section: "{minimise: [{p99: web.page}], knobs: {web.replicas: {from: 1, to: 4}}}",
        shows: |tuning| matches!(tuning.goals[..], [Goal::P99(0)]),
    },
    TuneRow {
        names: "Minimise=cost, Minimise=utilization_spread",
        section: "{minimise: [cost, utilization_spread], knobs: {web.replicas: {from: 1, to: 4}}}",
        shows: |tuning| tuning.goals == [Goal::Cost, Goal::UtilizationSpread],
    },
    TuneRow {
        names: "Minimise.error_share, Minimise.recovery",
        section: "{minimise: [{error_share: web.page}, {recovery: web.page}], knobs: {web.replicas: {from: 1, to: \
                  4}}}",
        shows: |tuning| tuning.goals == [Goal::ErrorShare(0), Goal::Recovery(0)],
    },
    TuneRow {
        names: "Tune.budget, Tune.replications",
        section: "{budget: 40, replications: 2, knobs: {web.replicas: {from: 1, to: 4}}}",
        shows: |tuning| (tuning.budget, tuning.replications) == (40, 2),
    },
    TuneRow {
        names: "Tune.safety_factor",
        section: "{safety_factor: 1.2, knobs: {web.replicas: {from: 1, to: 4}}}",
        shows: |tuning| (tuning.safety_factor - 1.2).abs() < 1e-12,
    },
    TuneRow {
        names: "Tune.robust, Robust.scenarios",
        section: "{robust: {scenarios: [b.yaml]}, knobs: {web.replicas: {from: 1, to: 4}}}",
        shows: |tuning| tuning.scenarios.len() == 1 && tuning.scenarios[0].0.ends_with("b.yaml"),
    },
    TuneRow {
        names: "Robust.cvar",
        section: "{robust: {cvar: 90%}, knobs: {web.replicas: {from: 1, to: 4}}}",
        shows: |tuning| tuning.cvar == Some(0.9),
    },
];

fn of(section: &str) -> Tuning {
    let scenario = format!(
        "{{foreshadow: scenario/v1, name: a, twin: a.twin.yaml, load: {{web.page: {{arrivals: {{poisson: {{rate: \
         9/s}}}}}}}}, faults: [{{pause: {{at: web, start: 1s, duration: 1s}}}}], \
         objectives: [{{endpoint: web.page, p99: 1s, recovery: 9s}}], tune: {section}, run: {{horizon: 1m}}}}"
    );
    let files =
        |path: &Path| Ok(if path.ends_with("a.yaml") { scenario.clone() } else { TWIN.to_owned() });
    tuning(&load_scenario(Path::new("a.yaml"), &[], &files).unwrap()).unwrap()
}

/// The names of all rows, and of keys that are only for people.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let of_rows = ROWS.iter().flat_map(|row| row.names.split(", ").map(str::trim));
    of_rows.chain([
        "change.foreshadow",
        "change.changes",
        "change.name",
        "change.about",
        "change.scenario",
        "change.repeat",
        "change.parts",
        "ChangePart.address",
        "ChangePart.before",
        "ChangePart.cost",
        "ChangePart.without",
    ])
}

#[test]
fn every_key_of_a_tuning_shows() {
    let without = of(PLAIN);
    for row in ROWS {
        assert!((row.shows)(&of(row.section)), "{} of {}", row.names, row.section);
        assert!(!(row.shows)(&without), "{} shows without it", row.names);
    }
}

#[test]
fn a_change_file_sets_what_it_says() {
    let edits = |text: &str| {
        let reader = |_: &Path| Ok(text.to_owned());
        load_change(Path::new("c.yaml"), &reader).map_err(|problems| problems.to_string())
    };
    let whole = "{foreshadow: change/v1, name: c, about: more, scenario: a, repeat: foreshadow, changes: {web.replicas: 6, \
                 web.calls.db.retries: {max: 1}}, parts: [{address: web.replicas, before: 2, cost: 3, without: [p99]}]}";
    let expected = [("web.replicas", "6"), ("web.calls.db.retries", "{max: 1}")];
    assert_eq!(edits(whole).unwrap(), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert!(
        edits("{foreshadow: change/v1, name: c, changes: {}}")
            .unwrap_err()
            .contains("changes nothing")
    );
    assert!(
        edits("{foreshadow: twin/v1, name: c}").unwrap_err().contains("expected a change file")
    );
}
