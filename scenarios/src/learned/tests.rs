use super::*;
use crate::model::load_file::LoadFile;

const LOAD: &str = "\
foreshadow: load/v1
name: shop
bin: 1h
history: {start: 2026-11-01T00:00:00Z, per_s: [10, 20, null, 40]}
unusual: [{from: 2026-11-01T03:10:00Z, to: 2026-11-01T03:20:00Z}]
forecast: {start: 2026-11-01T04:00:00Z, levels: [5%, 50%, 95%], per_s: [[5, 10, 20], [50, 100, 200]]}
mix: [{endpoint: a.b, share: 50%}, {operation: GET /, share: 0.5, by_hour: HOURS}]
";

const HOUR: Nanos = 3_600_000_000_000;

fn load(events: &str) -> Result<LearnedLoad, String> {
    let hours: Vec<&str> = (0..24).map(|hour| if hour == 5 { "1" } else { "0.5" }).collect();
    let text = LOAD.replace("HOURS", &format!("[{}]", hours.join(", ")));
    let events = format!("{{foreshadow: events/v1, events: [{events}]}}");
    let reader =
        |path: &Path| Ok(if path == Path::new("l.yaml") { text.clone() } else { events.clone() });
    load_learned(Path::new("l.yaml"), Some(Path::new("e.yaml")), &reader)
        .map_err(|problems| problems.to_string())
}

#[track_caller]
fn check(load: &LearnedLoad, hours: f64, quantile: f64, entry: usize, expected: f64) {
    let begin = load.forecast.unwrap();
    let at = begin + (hours * HOUR as f64) as Nanos;
    let rate = load.rate(true, at, quantile, entry).unwrap();
    assert!((rate / expected - 1.0).abs() < 1e-6, "{rate}, expected {expected}");
}

#[test]
fn rates_are_those_of_the_bins_between_their_middles() {
    let load = load("").unwrap();
    check(&load, 0.5, 0.5, 0, 5.0);
    check(&load, 1.0, 0.5, 0, 27.5);
    check(&load, 1.5, 0.95, 0, 100.0);
    // From 5 to 6 o'clock all of it.
    check(&load, 1.5, 0.5, 1, 100.0);
    assert_eq!(load.rate(false, load.history + HOUR / 2, 0.5, 0), Some(5.0));
    assert_eq!(load.rate(false, load.history + 2 * HOUR, 0.5, 0), None);
}

#[test]
fn what_is_unusual_does_not_count() {
    let history = load("").unwrap().usual_history();
    assert_eq!(history[..2], [10.0, 20.0]);
    assert!(history[2].is_nan() && history[3].is_nan());
}

#[test]
fn an_event_multiplies_and_its_doubt_adds_to_that_of_the_forecast() {
    let span = "from: 2026-11-01T05:00:00Z, to: 2026-11-01T06:00:00Z";
    let certain = load(&format!("{{name: e, {span}, factor: 3}}")).unwrap();
    check(&certain, 1.5, 0.5, 0, 150.0);
    check(&certain, 1.5, 0.95, 0, 300.0);
    check(&certain, 0.75, 0.5, 0, 16.25);
    let doubtful = load(&format!("{{name: e, {span}, factor: 3, low: 1.5, high: 6}}")).unwrap();
    check(&doubtful, 1.5, 0.5, 0, 150.0);
    // log 2 of the forecast, and 1.645 standard deviations of log 4 / 3.92.
    let spread = 1.644_853_6 * 4.0_f64.ln() / 3.919_928;
    let expected = 150.0 * (2.0_f64.ln().powi(2) + spread * spread).sqrt().exp();
    check(&doubtful, 1.5, 0.95, 0, expected);
    let other = load(&format!("{{name: e, {span}, factor: 3, endpoints: [c.d]}}")).unwrap();
    check(&other, 1.5, 0.5, 0, 50.0);
}

#[test]
fn what_is_wrong_is_said_at_its_place() {
    let wrong = |event: &str| load(event).unwrap_err();
    let span = "from: 2026-11-01T05:00:00Z, to: 2026-11-01T06:00:00Z";
    let half = wrong(&format!("{{name: e, {span}, factor: 3, low: 2}}"));
    assert!(
        half.starts_with("e.yaml:1:") && half.contains("`low` and `high` belong together"),
        "{half}"
    );
    let order = wrong(&format!("{{name: e, {span}, factor: 3, low: 4, high: 5}}"));
    assert!(order.contains("expected 0 < `low` ≤ 3 ≤ `high`"), "{order}");
    let time = wrong("{name: e, from: noon, to: 2026-11-01T06:00:00Z, factor: 3}");
    assert!(time.contains("expected a timestamp, found `noon`"), "{time}");
}

#[test]
fn the_schema_has_every_key() {
    let schema = crate::schema(Kind::Load);
    assert_eq!(schema["properties"]["foreshadow"]["const"], "load/v1");
    assert_eq!(schema["additionalProperties"], false);
    let _: &LoadFile = &load("").unwrap().file;
}

const SESSIONS: &str = "\
sessions:
  start: [{to: a.b, share: 100%}]
  think: 2s
  after:
    - {endpoint: a.b, leaves: 50%, next: [{to: GET /, share: 49.9%}]}
    - {endpoint: GET /, think: {exponential: {mean: 4s}}, leaves: 25%, next: [{to: a.b, share: 75%}]}
";

fn with_sessions(from: &str, to: &str) -> Result<LearnedLoad, String> {
    let load = LOAD.replace("HOURS", &format!("[{}]", ["0.5"; 24].join(", ")));
    assert!(SESSIONS.contains(from), "{from}");
    let text = load + &SESSIONS.replacen(from, to, 1);
    load_learned(Path::new("l.yaml"), None, &|_| Ok(text.clone())).map_err(|p| p.to_string())
}

#[test]
fn sessions_are_a_chain_over_the_mix() {
    let chain = with_sessions("2s", "2s").unwrap().chain.unwrap();
    assert_eq!(chain.entries, [0, 1]);
    // Files round, and what is left of 100 % is not lost: v = (1, 0) + (v₁ 3/4, v₀ / 2) of the shares as they add up.
    let half = 0.499 / 0.999;
    let first = 1.0 / (1.0 - 0.75 * half);
    assert!((chain.requests - first * (1.0 + half)).abs() < 1e-9, "{}", chain.requests);
    assert_eq!(chain.walk.think[0].as_constant(), Some(2_000_000_000));
}

#[track_caller]
fn refused(from: &str, to: &str, expected: &str, place: &str) {
    let message = with_sessions(from, to).unwrap_err();
    assert!(message.contains(expected) && message.contains(place), "{message}");
}

#[test]
fn sessions_that_make_no_sense_are_refused_at_their_place() {
    refused("share: 100%", "share: 90%", "these shares add up to 90.0000 %", "l.yaml:9:");
    refused("leaves: 50%", "leaves: 40%", "with `leaves`, expected 100 %", "l.yaml:12:");
    refused("to: GET /", "to: GET /x", "`GET /x` is no entry of the mix", "l.yaml:12:");
    refused("endpoint: GET /", "endpoint: a.b", "what follows `a.b` is said twice", "l.yaml:13:");
    refused("2s", "{exponential: {mean: 0s}}", "expected `mean`", "l.yaml:10:");
    refused("  think: 2s\n", "", "nothing says how long a person pauses after `a.b`", "l.yaml:11:");
    refused(
        "leaves: 50%, next: [{to: GET /, share: 49.9%}]}\n    - {endpoint: GET /, think: {exponential: {mean: 4s}}, leaves: 25%, next: [{to: a.b, share: 75%}]}",
        "leaves: 0%, next: [{to: GET /, share: 100%}]}\n    - {endpoint: GET /, leaves: 0%, next: [{to: a.b, share: 100%}]}",
        "who comes to `a.b` never leaves",
        "l.yaml:12:",
    );
    refused(
        "[{to: GET /, share: 49.9%}]",
        "[{to: GET /, share: 25%}, {to: GET /, share: 25%}]",
        "`GET /` is named twice here",
        "l.yaml:12:",
    );
    let without = SESSIONS.lines().nth(5).unwrap();
    refused(&format!("\n{without}"), "", "nothing says what follows `GET /`", "l.yaml:12:");
}
