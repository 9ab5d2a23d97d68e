//! What each key of a learned load does, seen in the plan that a scenario with it becomes, or in why
//! it does not.

use std::path::Path;

use foreshadow_scenarios::{load_scenario, lower};
use foreshadow_sim::Plan;
use foreshadow_sim::plan::{Arrivals, Load};

use super::sessions;

const TWIN: &str = "\
foreshadow: twin/v1
name: a
components: {web: {endpoints: {home: {steps: [{work: 1ms}]}, cart: {steps: [{work: 1ms}]}}}}
";

const SCENARIO: &str = "\
foreshadow: scenario/v1
name: b
twin: t.yaml
load: {learned: {file: l.yaml, at: '2026-11-02T01:00:00Z', quantile: 50%, scale: 1, events: e.yaml}}
run: {horizon: 30m}
";

const LOAD: &str = "\
foreshadow: load/v1
name: shop
about: for people
learned: {files: [access.log], requests: 7}
bin: 1h
seasons: [1d]
history: {start: 2026-11-01T00:00:00Z, per_s: [10, 20, 30, 40]}
unusual: [{from: 2026-11-01T00:00:00Z, to: 2026-11-01T00:30:00Z, why: more}]
special_days: [{day: a, factor: 2}]
forecast: {start: 2026-11-02T00:00:00Z, levels: [5%, 50%], per_s: [[5, 10], [5, 10], [5, 10]]}
mix: [{endpoint: web.home, share: 50%, answer_bytes: {mean: 9, p50: 8, p95: 10, p99: 11}}, {operation: web.cart, share: 20%, by_hour: HOURS}]
bursts:
  step: 1s
  dispersion: [{window: 10s, index: 2}]
  wavers: [{over: 5s, shared: 0.1, own: 0.2}]
";

const EVENTS: &str = "\
foreshadow: events/v1
events: [{name: sale, from: 2026-11-02T00:00:00Z, to: 2026-11-02T02:00:00Z, factor: 2, low: 1, high: 4, endpoints: [web.home]}]
";

/// What a change does to the plan.
pub(super) enum Effect {
    /// It stays as it is: the key is for people, or for forecasts.
    Stays,
    /// A figure of it goes from one number to another.
    Goes(fn(&Plan) -> f64, f64, f64),
    /// It is refused.
    Refused(&'static str),
}

use Effect::{Goes, Refused, Stays};

pub(super) struct Row {
    names: &'static str,
    /// A text in one of the files, and what takes its place.
    change: (&'static str, &'static str),
    effect: Effect,
}

pub(super) const fn row(
    names: &'static str,
    from: &'static str,
    to: &'static str,
    effect: Effect,
) -> Row {
    Row { names, change: (from, to), effect }
}

fn arrivals(plan: &Plan, load: usize) -> Option<&Arrivals> {
    match plan.loads.get(load)? {
        Load::Open { arrivals, .. } => Some(arrivals),
        _ => None,
    }
}

fn home(plan: &Plan) -> f64 {
    arrivals(plan, 0).and_then(Arrivals::peak_per_s).unwrap_or(0.0)
}

fn cart(plan: &Plan) -> f64 {
    arrivals(plan, 1).and_then(Arrivals::peak_per_s).unwrap_or(0.0)
}

/// Something of the first waver: how long it remembers and steps \[s\], its variances.
fn waver(plan: &Plan, of: fn(f64, f64, f64, f64) -> f64) -> f64 {
    match arrivals(plan, 0) {
        Some(Arrivals::Bursty(_, bursts)) => bursts.wavers.first().map_or(0.0, |waver| {
            let (over, step) = (waver.over.as_secs_f64(), bursts.step.as_secs_f64());
            of(over, step, waver.shared, waver.own_per_s)
        }),
        _ => 0.0,
    }
}

const ROWS: &[Row] = &[
    row("Load.file", "file: l.yaml", "file: x.yaml", Refused("cannot read x.yaml")),
    row("Load.at", "'2026-11-02T01:00:00Z'", "'2026-11-02T02:10:00Z'", Goes(home, 10.0, 5.0)),
    row("Load.at", "'2026-11-02T01:00:00Z'", "noon", Refused("expected a timestamp, found `noon`")),
    row(
        "Load.at",
        "'2026-11-02T01:00:00Z'",
        "'2027-01-01T00:00:00Z'",
        Refused("choose another time"),
    ),
    row("Load.quantile", "quantile: 50%", "quantile: 5%", Goes(cart, 2.0, 1.0)),
    row("Load.quantile", "quantile: 50%", "quantile: 99.9%", Refused("a quantile from 1% to 99%")),
    row("Load.scale", "scale: 1", "scale: 3", Goes(cart, 2.0, 6.0)),
    row("Load.events", ", events: e.yaml", "", Goes(home, 10.0, 5.0)),
    row("load.foreshadow", "load/v1", "twin/v1", Refused("expected a load file, found a twin")),
    row("load.name", "name: shop", "name: other", Stays),
    row("load.about", "about: for people", "about: x", Stays),
    row("load.learned, LoadSources.files", "files: [access.log]", "files: []", Stays),
    row("LoadSources.requests", "requests: 7", "requests: 8", Stays),
    row("load.bin", "bin: 1h", "bin: 10m", Refused("the forecast of this load is from")),
    row("load.bin", "bin: 1h", "bin: 0s", Refused("expected a bin above 0")),
    row("load.seasons", "seasons: [1d]", "seasons: [7d]", Stays),
    row(
        "load.history, LoadHistory.start",
        "start: 2026-11-01",
        "start: today",
        Refused("expected a timestamp"),
    ),
    row("LoadHistory.per_s", "[10, 20, 30, 40]", "[null]", Refused("the history has no rate")),
    row(
        "load.unusual, Unusual.from",
        "from: 2026-11-01T00:00:00Z, to: 2026-11-01",
        "from: x, to: 2026-11-01",
        Refused("expected a timestamp, found `x`"),
    ),
    row(
        "Unusual.to",
        "to: 2026-11-01T00:30:00Z",
        "to: x",
        Refused("expected a timestamp, found `x`"),
    ),
    row("Unusual.why", "why: more", "why: less", Stays),
    row("load.special_days, SpecialDay.day", "day: a", "day: b", Stays),
    row("SpecialDay.factor", "factor: 2}]", "factor: 3}]", Stays),
    row(
        "load.forecast, LoadForecast.per_s",
        "[[5, 10], [5, 10], [5, 10]]",
        "[[5, 30], [5, 30], [5, 30]]",
        Goes(cart, 2.0, 6.0),
    ),
    row(
        "LoadForecast.start",
        "{start: 2026-11-02",
        "{start: 2026-12-02",
        Refused("the forecast of this load is from"),
    ),
    row("LoadForecast.levels", "[5%, 50%]", "[5%, 60%]", Refused("the median is one of them")),
    row("load.mix, MixEntry.share", "share: 50%", "share: 25%", Goes(home, 10.0, 5.0)),
    row("MixEntry.by_hour", "share: 20%, by_hour: HOURS", "share: 40%", Goes(cart, 2.0, 4.0)),
    row(
        "MixEntry.by_hour",
        "by_hour: HOURS",
        "by_hour: [1]",
        Refused("expected 24 hours, found 1"),
    ),
    row(
        "MixEntry.endpoint",
        "endpoint: web.home",
        "endpoint: web.none",
        Refused("has no endpoint `none`"),
    ),
    row(
        "MixEntry.operation",
        "operation: web.cart",
        "operation: GET /",
        Refused("`GET /` is no endpoint of the twin"),
    ),
    row("MixEntry.answer_bytes", "mean: 9", "mean: 8", Stays),
    row(
        "load.bursts, LoadBursts.step",
        "step: 1s",
        "step: 2s",
        Goes(|p| waver(p, |_, step, _, _| step), 1.0, 2.0),
    ),
    row(
        "LoadBursts.wavers, LoadWaver.over",
        "over: 5s",
        "over: 6s",
        Goes(|p| waver(p, |over, _, _, _| over), 5.0, 6.0),
    ),
    row(
        "LoadWaver.shared",
        "shared: 0.1",
        "shared: 0.3",
        Goes(|p| waver(p, |_, _, shared, _| shared), 0.1, 0.3),
    ),
    row("LoadWaver.own", "own: 0.2", "own: 0.4", Goes(|p| waver(p, |_, _, _, own| own), 0.2, 0.4)),
    row("LoadBursts.dispersion, Dispersion.window", "window: 10s", "window: 60s", Stays),
    row("Dispersion.index", "index: 2", "index: 3", Stays),
    row("events.foreshadow", "events/v1", "load/v1", Refused("found a load")),
    row(
        "events.events, LoadEvent.factor",
        "factor: 2, low",
        "factor: 3, low",
        Goes(home, 10.0, 15.0),
    ),
    row("LoadEvent.name", "name: sale", "name: other", Stays),
    row(
        "LoadEvent.from",
        "from: 2026-11-02T00:00:00Z",
        "from: 2026-11-02T01:50:00Z",
        Goes(home, 10.0, 5.0),
    ),
    row(
        "LoadEvent.to",
        "to: 2026-11-02T02:00:00Z",
        "to: 2026-11-02T00:10:00Z",
        Goes(home, 10.0, 5.0),
    ),
    row("LoadEvent.low", ", low: 1", "", Refused("`low` and `high` belong together")),
    row("LoadEvent.high", "high: 4", "high: 1", Refused("expected 0 < `low` ≤ 2 ≤ `high`")),
    row("LoadEvent.endpoints", ", endpoints: [web.home]", "", Goes(cart, 2.0, 4.0)),
];

/// The names that these rows cover.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ROWS.iter().chain(sessions::ROWS).flat_map(|row| row.names.split(", "))
}

/// A scenario and its load file.
pub(super) struct Files {
    pub(super) scenario: &'static str,
    pub(super) load: &'static str,
}

const FILES: Files = Files { scenario: SCENARIO, load: LOAD };

fn plan(change: (&str, &str)) -> Result<Plan, String> {
    plan_of(&FILES, change)
}

fn plan_of(files: &Files, change: (&str, &str)) -> Result<Plan, String> {
    let hours = format!("[{}]", ["20%"; 24].join(", "));
    let edited = |text: &str| text.replacen(change.0, change.1, 1).replace("HOURS", &hours);
    let read = |path: &Path| match path.to_str() {
        Some("t.yaml") => Ok(TWIN.to_owned()),
        Some("s.yaml") => Ok(edited(files.scenario)),
        Some("l.yaml") => Ok(edited(files.load)),
        Some("e.yaml") => Ok(edited(EVENTS)),
        _ => Err(std::io::ErrorKind::NotFound.into()),
    };
    let scenario = load_scenario(Path::new("s.yaml"), &[], &read).map_err(|p| p.to_string())?;
    lower(&scenario).map(|lowered| lowered.plan).map_err(|problems| problems.to_string())
}

#[test]
fn every_key_of_a_learned_load_does_what_its_row_says() {
    check(&FILES, ROWS);
    check(&sessions::FILES, sessions::ROWS);
}

fn check(files: &Files, rows: &[Row]) {
    let before = plan_of(files, ("", "")).unwrap();
    for Row { names, change, effect } in rows {
        let is_there = [files.scenario, files.load, EVENTS].iter().any(|t| t.contains(change.0));
        assert!(is_there, "{names}: no file has {}", change.0);
        match (effect, plan_of(files, *change)) {
            (Stays, Ok(after)) => assert_eq!(before, after, "{names}"),
            (Goes(figure, from, to), Ok(after)) => {
                let near = |found: f64, wanted: f64| (found - wanted).abs() <= 0.02 * wanted;
                let found = (figure(&before), figure(&after));
                assert!(near(found.0, *from) && near(found.1, *to), "{names}: {found:?}");
            }
            (Refused(message), Err(found)) => assert!(found.contains(message), "{names}: {found}"),
            (_, Ok(_)) => panic!("{names}: {} is not refused", change.1),
            (_, Err(found)) => panic!("{names}: {found}"),
        }
    }
}

#[test]
fn the_forecast_of_the_learned_load_is_what_is_simulated() {
    let plan = plan(("at: '2026-11-02T01:00:00Z'", "at: peak")).unwrap();
    assert_eq!(plan.loads.len(), 2);
    assert!((home(&plan) - 10.0).abs() < 1e-9 && (cart(&plan) - 2.0).abs() < 1e-9);
}
