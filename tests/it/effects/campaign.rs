//! What each key of a campaign does, seen in what the campaign then tries.

use foreshadow_scenarios::{Campaign, Failure, Scenario, campaign, load_scenario, validate};
use std::path::Path;

/// Names of keys, the campaign with them, and what shows that they are there. Without them (`{}`)
/// it does not show.
struct Row {
    names: &'static str,
    section: &'static str,
    shows: fn(&Campaign) -> bool,
}

const TWIN: &str = "\
foreshadow: twin/v1
name: a
components:
  web: {replicas: 2, endpoints: {page: {steps: [{work: 1ms}, {call: store.get}]}}}
  store: {kind: database, endpoints: {get: {steps: [{work: 1ms}]}}}
";

const FILE: &str = "\
foreshadow: campaign/v1
name: b
about: for people
campaign: {faults: [{pause: {at: web}}]}
";

const SLOW: &str = "faults: [{slow: {at: '*', factor: 2}}]";

const ROWS: &[Row] = &[
    Row {
        names: "scenario.campaign, Campaign.faults",
        section: "{faults: [{slow: {at: '*', factor: 2}}]}",
        shows: |c| c.singles.iter().all(|single| single.kind == "slow"),
    },
    Row {
        names: "Campaign.base, campaign.campaign, campaign.foreshadow",
        section: "{base: b.yaml}",
        shows: |c| c.singles[0].name == "pause at web",
    },
    Row { names: "Campaign.exhaustive", section: "{exhaustive: 2}", shows: |c| c.exhaustive == 2 },
    Row {
        names: "Campaign.start",
        section: "{start: 7s}",
        shows: |c| c.singles[0].fault.to_string().contains("start: 7s"),
    },
    Row {
        names: "Campaign.duration",
        section: "{duration: 9s}",
        shows: |c| c.singles[0].fault.to_string().contains("duration: 9s"),
    },
    Row {
        names: "Campaign.replications",
        section: "{replications: 3}",
        shows: |c| c.replications == 3,
    },
    Row {
        names: "Campaign.max_replications",
        section: "{max_replications: 90}",
        shows: |c| c.max_replications == 90,
    },
    Row {
        names: "Campaign.precision",
        section: "{precision: 5%}",
        shows: |c| c.precision == Some(0.05),
    },
    Row {
        names: "Campaign.rates",
        section: "{rates: {'web[*]': {mtbf: 9d, mttr: 1d}}}",
        shows: |c| c.failures.len() == 2 && away(&c.failures[0], 0.1),
    },
    Row {
        names: "Campaign.causes, Cause.at, Cause.mtbf, Cause.mttr",
        section: "{causes: {power: {at: [web, store], mtbf: 3d, mttr: 1d}}}",
        shows: |c| {
            let power = c.failures.iter().find(|f| f.name == "power");
            power.is_some_and(|f| f.faults.len() == 2 && away(f, 0.25))
        },
    },
    Row {
        names: "Campaign.up_to",
        section: "{rates: {'*': {mtbf: 9d, mttr: 1d}}, up_to: 2}",
        shows: |c| c.up_to == 2,
    },
    Row {
        names: "Campaign.magnitudes, Magnitude.uniform, Magnitude.uniform.min, Magnitude.uniform.max, \
                Size as number",
        section: "{faults: [{slow: {at: web, factor: 2}}], \
                  magnitudes: {slow.factor: {uniform: {min: 2, max: 4}}}}",
        shows: |c| drawn(c) == Some((2.0, 4.0)),
    },
    Row {
        names: "Magnitude.log_uniform, Magnitude.log_uniform.min, Magnitude.log_uniform.max, Size as string",
        section: "{faults: [{errors: {at: web, share: 5%}}], \
                  magnitudes: {errors.share: {log_uniform: {min: 1%, max: 10%}}}}",
        shows: |c| drawn(c) == Some((0.01, 0.1)),
    },
    Row {
        names: "Magnitude.lognormal, Magnitude.lognormal.p50, Magnitude.lognormal.p99",
        section: "{faults: [{latency: {at: web, add: 5ms}}], \
                  magnitudes: {latency.add: {lognormal: {p50: 10ms, p99: 1s}}}}",
        shows: |c| drawn(c) == Some((0.01, 1.0)),
    },
    Row {
        names: "Magnitude.one_of",
        section: "{faults: [{slow: {at: web, factor: 2}}], magnitudes: {slow.factor: {one_of: [3, 9]}}}",
        shows: |c| drawn(c) == Some((3.0, 3.0)),
    },
    Row {
        names: "Campaign.breaking, Ends.from, Ends.to",
        section: "{faults: [{slow: {at: web, factor: 2}}], breaking: {slow.factor: {from: 2, to: 8}}}",
        shows: |c| {
            let range = c.singles[0].breaking.as_ref();
            range.is_some_and(|range| (range.least.value, range.most) == (2.0, 8.0))
        },
    },
];

/// The same of sections of the scenario that have the names of other tools.
const OTHER_WORDS: &[Row] = &[
    Row {
        names: "scenario.resource_failure_modes, OneOrMany as ResourceFailureModes, \
                ResourceFailureModes.resource_type, ResourceFailureModes.failure_modes, \
                ResourceFailureModes.injection_parameters",
        section: "resource_failure_modes: {resource_type: web_server, \
                  failure_modes: [process_crash, network_latency, disk_error], \
                  injection_parameters: {duration: 5s, network_latency: {add: 200ms}}}",
        shows: |c| {
            let names: Vec<&str> = c.singles.iter().map(|single| single.name.as_str()).collect();
            let latency = c.singles[1].fault.to_string();
            names == ["crash at web", "latency at web", "disk at web"]
                && latency.contains("add: 200ms")
                && latency.contains("duration: 5s")
                && c.singles[2].fault.to_string().contains("share: 100%")
        },
    },
    Row {
        names: "OneOrMany as array",
        section: "resource_failure_modes: [{resource_type: database, failure_modes: [crash]}, \
                  {resource_type: web, failure_modes: [pause]}]",
        shows: |c| c.singles[0].name == "crash at store" && c.singles[1].name == "pause at web",
    },
    Row {
        names: "scenario.failure_injection_profile, FailureInjectionProfile.enabled",
        section: "failure_injection_profile: {enabled: false}, \
                  resource_failure_modes: {resource_type: web, failure_modes: [pause]}",
        shows: |c| c.singles[0].kind == "crash" && c.left_out.len() == 1,
    },
    Row {
        names: "FailureInjectionProfile.injection_frequency",
        section: "failure_injection_profile: {injection_frequency: 6/h}",
        shows: |c| c.failures.len() == 2 && away(&c.failures[0], 15.0 / 600.0),
    },
    Row {
        names: "FailureInjectionProfile.severity_threshold, Harm as string",
        section: "failure_injection_profile: {severity_threshold: medium}",
        shows: |c| c.severity_threshold == Some(0.1),
    },
    Row {
        names: "Campaign.severity_threshold, Harm as number",
        section: "campaign: {severity_threshold: 0.05}, \
                  failure_injection_profile: {severity_threshold: high}",
        shows: |c| c.severity_threshold == Some(0.05),
    },
    Row {
        names: "FailureInjectionProfile.rollback_policy, Rollback=never",
        section: "failure_injection_profile: {rollback_policy: never}",
        shows: |c| !c.singles[0].fault.to_string().contains("duration"),
    },
    Row {
        names: "Rollback=always",
        section: "failure_injection_profile: {rollback_policy: always, severity_threshold: low}",
        shows: |c| {
            c.singles[0].fault.to_string().contains("duration") && c.severity_threshold.is_some()
        },
    },
];

/// A failure is restored when its fault is over; where that is never, there is no frequency.
#[test]
fn what_comes_at_a_frequency_lasts_as_long_as_its_fault() {
    let profile = "failure_injection_profile: {injection_frequency: 6/h}";
    let faults = "campaign: {duration: 20s, faults: [{pause: {at: web, duration: 3s}}, \
                  {crash: {at: web}}]}";
    let own = with(&format!("{profile}, {faults}"));
    let cycles = own.failures.iter().map(|f| (f.mtbf.as_secs_f64(), f.mttr.as_secs_f64()));
    assert_eq!(cycles.collect::<Vec<_>>(), [(597.0, 3.0), (580.0, 20.0)]);
    let never = "failure_injection_profile: {injection_frequency: 6/h, rollback_policy: never}";
    let refused = refusal(never);
    assert!(refused.contains("how long crash at web lasts is not known"), "{refused}");
    let own = "campaign: {faults: [{crash: {at: web, duration: 15m}}]}";
    let refused = refusal(&format!("{profile}, {own}"));
    assert!(refused.contains("one failure has ended before the next"), "{refused}");
}

/// Equal faults, however they are written, are one; others of one name are told apart.
#[test]
fn equal_faults_are_one() {
    let names = |faults: &str| -> Vec<String> {
        let campaign = of(&format!("{{faults: [{faults}]}}"));
        campaign.singles.into_iter().map(|single| single.name).collect()
    };
    assert_eq!(names("{crash: {at: web}}, {crash: {at: '*'}}"), ["crash at web", "crash at store"]);
    assert_eq!(
        names(
            "{latency: {at: web, add: 1s, duration: 60s}}, {latency: {duration: 1m, at: web, add: 1000ms}}"
        ),
        ["latency at web"]
    );
    assert_eq!(
        names("{errors: {at: web, share: 5%}}, {errors: {at: web, share: 0.05}}"),
        ["errors at web"]
    );
    assert_eq!(
        names("{slow: {at: web, factor: 2}}, {slow: {at: web, factor: 3}}"),
        ["slow at web (factor: 2)", "slow at web (factor: 3)"]
    );
}

/// Whether something is failed for a share of the time.
fn away(failure: &Failure, share: f64) -> bool {
    (failure.unavailability() - share).abs() < 1e-12
}

/// The two numbers of the law of the first fault's magnitude.
fn drawn(campaign: &Campaign) -> Option<(f64, f64)> {
    let dimension = campaign.singles[0].drawn.first()?;
    Some((dimension.least.value, dimension.most))
}

fn of(section: &str) -> Campaign {
    with(&format!("campaign: {section}"))
}

/// The campaign of a scenario with these sections.
fn with(sections: &str) -> Campaign {
    campaign(&scenario_with(sections)).unwrap()
}

/// Why there is no such campaign.
fn refusal(sections: &str) -> String {
    campaign(&scenario_with(sections)).unwrap_err().to_string()
}

fn scenario_with(sections: &str) -> Scenario {
    let text = format!(
        "{{foreshadow: scenario/v1, name: a, twin: a.twin.yaml, run: {{horizon: 100s}}, \
         load: {{web.page: {{arrivals: {{poisson: {{rate: 9/s}}}}}}}}, {sections}}}"
    );
    let files = |path: &Path| match path.to_str() {
        Some("a.twin.yaml") => Ok(TWIN.to_owned()),
        Some("b.yaml") => Ok(FILE.to_owned()),
        _ => Ok(text.clone()),
    };
    load_scenario(Path::new("a.yaml"), &[], &files).unwrap()
}

/// The names of all rows, and of keys that are only for people.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let of_rows =
        ROWS.iter().chain(OTHER_WORDS).flat_map(|row| row.names.split(", ").map(str::trim));
    of_rows.chain(["campaign.name", "campaign.about", "Learned.error"])
}

#[test]
fn every_key_of_a_campaign_shows() {
    let without = of("{}");
    for row in ROWS {
        assert!((row.shows)(&of(row.section)), "{} of {}", row.names, row.section);
        assert!(!(row.shows)(&without), "{} shows without it", row.names);
    }
}

#[test]
fn other_words_for_failures_show() {
    let without = with("campaign: {}");
    for row in OTHER_WORDS {
        assert!((row.shows)(&with(row.section)), "{} of {}", row.names, row.section);
        assert!(!(row.shows)(&without), "{} shows without it", row.names);
    }
}

#[test]
fn a_type_of_resource_that_is_not_there_is_refused_by_name() {
    let check = |modes: &str, expected: &str| {
        let text = format!(
            "{{foreshadow: scenario/v1, name: a, twin: a.twin.yaml, \
             load: {{web.page: {{arrivals: {{poisson: {{rate: 9/s}}}}}}}}, \
             resource_failure_modes: {modes}}}"
        );
        let files = |path: &Path| match path.to_str() {
            Some("a.twin.yaml") => Ok(TWIN.to_owned()),
            _ => Ok(text.clone()),
        };
        let scenario = load_scenario(Path::new("a.yaml"), &[], &files).unwrap();
        let message = campaign(&scenario).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    };
    check(
        "{resource_type: cache, failure_modes: [crash]}",
        "no component of the twin is a `cache`",
    );
    check("{resource_type: web_servers, failure_modes: [crash]}", "unknown type of resource");
    check("{resource_type: web, failure_modes: []}", "has no `failure_modes`");
    check("{resource_type: web, failure_modes: [crush]}", "crush");
}

/// Magnitudes are drawn anew for each trial, between their ends.
#[test]
fn magnitudes_are_drawn_from_their_laws() {
    let campaign = of("{faults: [{slow: {at: web, factor: 2}}], \
                       magnitudes: {slow.factor: {log_uniform: {min: 2, max: 32}}}}");
    let dimension = &campaign.singles[0].drawn[0];
    let root = foreshadow_sim::random::Key::root(1, 0);
    let mut sizes: Vec<f64> = (0..1000).map(|i| dimension.draw(root.with(i)).value).collect();
    sizes.sort_by(f64::total_cmp);
    assert!(sizes[0] >= 2.0 && sizes[999] <= 32.0);
    assert!((sizes[500] / 8.0 - 1.0).abs() < 0.15, "the median is √(2 · 32), not {}", sizes[500]);
}

/// The tail of a law of shares ends at the whole.
#[test]
fn a_drawn_share_is_at_most_all() {
    let campaign = of("{faults: [{errors: {at: web, share: 5%}}], \
                       magnitudes: {errors.share: {lognormal: {p50: 20%, p99: 100%}}}}");
    let dimension = &campaign.singles[0].drawn[0];
    let root = foreshadow_sim::random::Key::root(1, 0);
    let most = (0..2000).map(|i| dimension.draw(root.with(i)).value).fold(0.0, f64::max);
    assert!((most - 1.0).abs() < f64::EPSILON, "{most}");
}

#[test]
fn the_library_is_valid_and_a_slow_one_is_slow() {
    let folder = crate::scenarios::library("campaigns");
    let read = |path: &Path| std::fs::read_to_string(path);
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        validate(&path, &read).unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()));
    }
    assert_eq!(of(&format!("{{{SLOW}}}")).singles.len(), 2, "web and store");
}
