//! Systems that stay as they were, and systems that change at a known time.

use std::ops::ControlFlow;

use foreshadow_scenarios::load_twin;
use foreshadow_telemetry::SpanStatus;

use super::*;
use crate::testing::Maker;

/// What happens in one request, by its number.
struct Visit {
    /// Own time of the page [µs].
    own: u64,
    calls_cart: bool,
    fails: bool,
}

/// The usual visit: 5 to 6.9 ms of own time, and 3 ms of the cart.
fn usual(i: u64) -> Visit {
    Visit { own: 5_000 + i * 7_919 % 20 * 100, calls_cart: true, fails: false }
}

/// 1600 visits, one a second.
fn observed(visit: impl Fn(u64) -> Visit) -> Observations {
    let mut maker = Maker::default();
    for i in 0..1600 {
        let Visit { own, calls_cart, fails } = visit(i);
        let end = own + if calls_cart { 3_000 } else { 0 };
        let page = maker.span(0, "web: home", 0, end);
        page.status = if fails { SpanStatus::Error } else { SpanStatus::Unset };
        if calls_cart {
            maker.span(1, "cart: read", own, end);
        }
        maker.end();
    }
    maker.observe()
}

fn twin() -> String {
    twin_of(&observed(usual))
}

fn twin_of(all: &Observations) -> String {
    let labels = Labels::of(all);
    let model = infer::infer(all.view(), &labels);
    let header = crate::write::Header {
        name: "made",
        first_ns: all.first_ns,
        last_ns: all.last_ns,
        passed: None,
        error: None,
        notes: &[],
    };
    crate::write::write(&model, &header)
}

fn checked(text: &str) -> CheckedTwin {
    let files = |_: &std::path::Path| Ok(text.to_owned());
    load_twin("made.yaml".as_ref(), &files).unwrap_or_else(|problems| panic!("{problems}\n{text}"))
}

fn tested(visit: impl Fn(u64) -> Visit) -> Backtest {
    let text = twin();
    judge(&checked(&text), &text, &observed(visit), Quality::default()).unwrap()
}

/// One drift, of this parameter of web.home, that began in the slice of visit 800, and no other.
#[track_caller]
fn check(visit: impl Fn(u64) -> Visit, parameter: &Drifted, seen: f64) {
    let done = tested(visit);
    let [drift] = done.drifts.as_slice() else { panic!("{done}") };
    assert_eq!((&drift.endpoint[..], &drift.parameter), ("web.home", parameter), "{done}");
    assert!((drift.seen / seen - 1.0).abs() < 0.1, "{done}");
    assert_eq!(drift.since_ns / 1_000_000_000, 799, "{done}");
    assert!(!done.passed());
    assert!(done.to_string().lines().all(|line| line.chars().count() <= 110), "{done}");
}

#[test]
fn a_system_that_stays_as_it_was_passes() {
    let done = tested(usual);
    assert!(done.passed() && !done.has_drifted() && done.passing.is_empty(), "{done}");
    assert!(done.tests >= 32, "{}", done.tests);
    assert!(done.errors().iter().all(|(error, _)| *error < 0.05), "{done}");
}

#[test]
fn own_time_that_grows_is_found_with_its_time() {
    let slower = |i| Visit { own: usual(i).own * if i < 800 { 1 } else { 2 }, ..usual(i) };
    check(slower, &Drifted::OwnTime, 11.9);
}

#[test]
fn calls_that_become_rare_are_found() {
    let rarer = |i| Visit { calls_cart: i < 800 || i % 2 == 0, ..usual(i) };
    check(rarer, &Drifted::Calls(String::from("cart.read")), 0.5);
}

#[test]
fn failures_that_begin_are_found() {
    let failing = |i| Visit { fails: i >= 800 && i * 7_919 % 10 == 0, ..usual(i) };
    check(failing, &Drifted::Errors, 0.1);
}

#[test]
fn an_incident_that_ended_is_no_drift() {
    let incident =
        |i| Visit { own: usual(i).own * if (400..800).contains(&i) { 3 } else { 1 }, ..usual(i) };
    let done = tested(incident);
    assert!(!done.has_drifted(), "{done}");
    let [passing] = done.passing.as_slice() else { panic!("{done}") };
    assert_eq!(passing.slices, (2, 8));
    assert!(passing.until.is_some_and(|until| until / 1_000_000_000 == 799), "{done}");
}

/// A cart that fails one time in ten; whether the page fails with it.
fn with_failing_cart(harms: bool) -> Observations {
    let mut maker = Maker::default();
    for i in 0..1600_u64 {
        let (own, fails) = (usual(i).own, i * 7_919 % 10 == 0);
        let status = |fails| if fails { SpanStatus::Error } else { SpanStatus::Unset };
        maker.span(0, "web: home", 0, own + 3_000).status = status(fails && harms);
        maker.span(1, "cart: read", own, own + 3_000).status = status(fails);
        maker.end();
    }
    maker.observe()
}

#[test]
fn failures_that_begin_to_travel_are_named() {
    let text = twin_of(&with_failing_cart(false));
    assert!(text.contains("optional: true"), "{text}");
    let judged = |harms| {
        judge(&checked(&text), &text, &with_failing_cart(harms), Quality::default()).unwrap()
    };
    assert!(judged(false).passed(), "{}", judged(false));
    let done = judged(true);
    assert!(!done.has_drifted() && !done.passed(), "{done}");
    assert_eq!(done.failings(), ["failures of web.home (10% seen, 0% in the twin)"], "{done}");
    assert!(done.verdict().contains("by failures of web.home"), "{done}");
}

/// One drift, as it is printed, of requests that visit `spans`, one a second, from `since` s on.
#[track_caller]
fn check_parts(spans: impl Fn(u64) -> &'static [&'static str], expected: &str) {
    let mut maker = Maker::default();
    for i in 0..1600 {
        let own = usual(i).own;
        let calls = spans(i);
        maker.span(0, "web: home", 0, own + 3_000 * calls.len() as u64);
        for (at, call) in calls.iter().enumerate() {
            let start = own + 3_000 * at as u64;
            maker.span(1, call, start, start + 3_000);
        }
        maker.end();
    }
    let text = twin();
    let done = judge(&checked(&text), &text, &maker.observe(), Quality::default()).unwrap();
    let found: Vec<String> = done.drifts.iter().map(ToString::to_string).collect();
    assert!(found.iter().any(|drift| drift.starts_with(expected)), "{expected}\n{done}");
    assert!(!done.passed() && done.to_string().lines().all(|line| line.chars().count() <= 110));
}

#[test]
fn parts_that_are_new_or_gone_are_drift() {
    check_parts(
        |i| if i >= 1200 && i % 10 == 0 { &["cart: read", "ads: get"] } else { &["cart: read"] },
        "ads: new, in 40 traces since 1970-01-01T00:20:00",
    );
    check_parts(
        |i| if i >= 1200 && i % 10 == 0 { &["cart: read", "cart: add"] } else { &["cart: read"] },
        "cart.add: new, in 40 traces since 1970-01-01T00:20:00",
    );
    check_parts(
        |_| &[],
        "cart.read: gone; the twin expects 1600 requests of it since 1970-01-01T00:00:00",
    );
}

#[test]
fn calls_between_known_parts_that_are_new_or_gone_are_drift() {
    // Both are seen, but who calls whom is another matter.
    let observe = |moved: bool| {
        let mut maker = Maker::default();
        for i in 0..200 {
            let own = usual(i).own;
            maker.span(0, "web: home", 0, own + 9_000);
            maker.span(1, "cart: read", own, own + 9_000);
            maker.span(if moved { 1 } else { 2 }, "store: get", own + 1_000, own + 2_000);
            maker.end();
        }
        maker.observe()
    };
    let text = twin_of(&observe(false));
    let judged = |moved| {
        let done = judge(&checked(&text), &text, &observe(moved), Quality::default()).unwrap();
        done.drifts.iter().map(|drift| (drift.endpoint.clone(), drift.parameter.clone())).collect()
    };
    let none: Vec<(String, Drifted)> = judged(false);
    assert_eq!(none, []);
    let found: Vec<(String, Drifted)> = judged(true);
    let target = || String::from("store.get");
    assert!(found.contains(&(String::from("web.home"), Drifted::NewCalls(target()))), "{found:?}");
    assert!(
        found.contains(&(String::from("cart.read"), Drifted::LostCalls(target()))),
        "{found:?}"
    );
}

/// Statements that spans do not name are told apart by who asks for them, also here.
#[test]
fn statements_of_one_name_are_not_taken_for_each_other() {
    let mut maker = Maker::default();
    for i in 0..400 {
        let (page, query) = if i % 2 == 0 { ("web: home", 2_000) } else { ("web: list", 9_000) };
        maker.span(0, page, 0, 1_000 + query);
        maker.span(1, "web: sql.rows", 1_000, 1_000 + query);
        maker.end();
    }
    let all = maker.observe();
    let text = twin_of(&all);
    assert_eq!(text.matches("binds: {spans: sql.rows}").count(), 2, "{text}");
    let done = judge(&checked(&text), &text, &all, Quality::default()).unwrap();
    assert!(done.drifts.is_empty() && done.rows.len() == 4, "{done}");
}

#[test]
fn what_is_seen_now_and_then_is_not_new() {
    let mut maker = Maker::default();
    for i in 0..1600 {
        maker.span(0, "web: home", 0, usual(i).own + 3_000);
        maker.span(1, "cart: read", usual(i).own, usual(i).own + 3_000);
        if i % 500 == 0 {
            maker.span(2, "ads: get", usual(i).own, usual(i).own + 1_000);
        }
        maker.end();
    }
    let text = twin();
    let done = judge(&checked(&text), &text, &maker.observe(), Quality::default()).unwrap();
    assert!(
        done.passed() && done.to_string().contains("not in the twin: ads.get, 4 visits"),
        "{done}"
    );
}

#[test]
fn small_or_rare_changes_are_none() {
    // A tenth slower is sure, but does not matter; three slow visits matter, but are chance.
    let slower = |i| Visit { own: usual(i).own * 11 / 10, ..usual(i) };
    assert!(!tested(slower).has_drifted());
    let rare = |i| Visit { own: usual(i).own * if i % 500 == 0 { 50 } else { 1 }, ..usual(i) };
    assert!(!tested(rare).has_drifted());
}

#[test]
fn another_system_is_refused() {
    let text = twin().replace("home", "start").replace("read", "other");
    let refused = judge(&checked(&text), &text, &observed(usual), Quality::default()).unwrap_err();
    assert!(matches!(refused, Error::AnotherSystem(_)), "{refused}");
}

#[test]
fn renamed_parts_are_found_by_what_spans_call_them() {
    let text = twin().replace("      home:", "      start:").replace("web.home", "web.start");
    let done = judge(&checked(&text), &text, &observed(usual), Quality::default()).unwrap();
    assert!(done.passed() && done.rows.iter().any(|row| row.endpoint == "web.start"), "{done}");
}

#[test]
fn the_outcome_is_written_into_the_twin() {
    let text = twin();
    let failed = stamped(&checked(&text), &text, false, 0.25).unwrap();
    assert!(failed.contains("\n  backtest: failed\n"), "{failed}");
    assert!(failed.contains("\n  error: 25.0%\n"), "{failed}");
    let passed = stamped(&checked(&failed), &failed, true, 0.043).unwrap();
    let replaced = failed.replace("backtest: failed", "backtest: passed").replace("25.0%", "4.3%");
    assert_eq!(passed, replaced);
    let small = "{foreshadow: twin/v1, name: a, learned: {from: x, to: y}, components: {b: {endpoints: {c: {steps: []}}}}}";
    let in_braces = stamped(&checked(small), small, true, 0.0).unwrap();
    assert!(in_braces.contains("to: y, error: 0.0%, backtest: passed}"), "{in_braces}");
    let by_hand = "{foreshadow: twin/v1, name: a, components: {b: {endpoints: {c: {steps: []}}}}}";
    assert!(matches!(stamped(&checked(by_hand), by_hand, true, 0.0), Err(Error::NotLearned(_))));
}

#[test]
fn nothing_to_read_is_an_error() {
    let text = twin();
    let mut silent = |_: Progress<'_>| ControlFlow::Continue(());
    let none = backtest(&checked(&text), &text, &[], &LearnOptions::default(), &mut silent);
    assert!(matches!(none, Err(Error::NoFiles)));
}
