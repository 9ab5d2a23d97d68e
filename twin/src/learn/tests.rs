//! Hand-made and random traces all the way to a twin that the language accepts.

use std::ops::ControlFlow;
use std::path::Path;

use foreshadow_scenarios::{Lowered, load_scenario, lower};
use foreshadow_sim::plan::Step;
use foreshadow_telemetry::{Facts, SpanKind, SpanStatus};
use proptest::prelude::*;

use super::{LearnOptions, Learned, Sources, finish};
use crate::history::History;
use crate::quality::Quality;
use crate::testing::Maker;

fn learn(maker: Maker, check: bool) -> Learned {
    let quality = Quality::default();
    let (observations, facts) = (maker.observe(), Facts::default());
    let history = History::default();
    let sources = Sources { observations: &observations, facts: &facts, history: &history };
    let options = LearnOptions { check, ..LearnOptions::default() };
    finish(sources, "made", &options, quality, &mut |_| ControlFlow::Continue(())).unwrap()
}

/// The plan of a twin under a little load on everything.
#[track_caller]
fn lowered(twin: &str, entry: &str) -> Lowered {
    let scenario = format!(
        "foreshadow: scenario/v1\nname: any\ntwin: made.twin.yaml\nload: {{\"{entry}\": {{arrivals: {{poisson: {{rate: 1/s}}}}}}}}\n"
    );
    let files = |path: &Path| {
        Ok(if path.ends_with("made.twin.yaml") { twin.to_owned() } else { scenario.clone() })
    };
    let scenario = load_scenario(Path::new("any.yaml"), &[], &files);
    let scenario = scenario.unwrap_or_else(|problems| panic!("{problems}\n{twin}"));
    lower(&scenario).unwrap_or_else(|problems| panic!("{problems}\n{twin}"))
}

/// `n` traces of web.home: each calls what `calls` says of it, 10 ms a call, after 5 ms of its own.
fn traces(n: u64, calls: impl Fn(u64) -> Vec<&'static str>) -> Maker {
    let mut maker = Maker::default();
    for i in 0..n {
        let calls = calls(i);
        maker.span(0, "web: home", 0, 5_000 + 10_000 * calls.len() as u64);
        for (at, call) in calls.iter().enumerate() {
            let start = 5_000 + 10_000 * at as u64;
            maker.span(1, call, start, start + 10_000);
        }
        maker.end();
    }
    maker
}

#[track_caller]
fn check_steps(learned: &Learned, expected: &str) {
    let (_, home) = learned.twin_yaml.split_once("      home:\n").unwrap();
    let steps = home.lines().skip_while(|line| !line.contains("steps:")).skip(1);
    let steps: Vec<&str> =
        steps.take_while(|line| line.starts_with("          ")).map(str::trim).collect();
    let steps: Vec<&str> = steps.iter().map(|line| line.split(" #").next().unwrap()).collect();
    assert_eq!(steps.join("\n"), expected);
    lowered(&learned.twin_yaml, "web.home");
}

#[test]
fn a_call_that_is_not_always_made_has_a_probability() {
    let made = |i: u64| {
        if i.is_multiple_of(4) { vec!["cart: read", "ads: get"] } else { vec!["cart: read"] }
    };
    let expected = "- work: 5ms\n- call: cart.read\n- {call: ads.get, probability: 25%}";
    check_steps(&learn(traces(100, made), false), expected);
}

#[test]
fn several_ways_are_a_choice_between_what_they_share() {
    let made = |i: u64| match i % 3 {
        0 => vec!["cart: read", "ads: get", "mail: send"],
        1 => vec!["cart: read", "ads: get", "ads: get", "mail: send"],
        _ => vec!["cart: read", "stock: level", "mail: send"],
    };
    let expected = "- work: 5ms\n- call: cart.read\n- choose:\n\
        - weight: 33.3%\nsteps:\n- call: ads.get\n\
        - weight: 33.3%\nsteps:\n- {call: ads.get, count: 2}\n\
        - weight: 33.3%\nsteps:\n- call: stock.level\n\
        - call: mail.send";
    check_steps(&learn(traces(99, made), false), expected);
}

#[test]
fn a_way_whose_own_time_differs_has_a_law_of_its_own() {
    let mut maker = Maker::default();
    for i in 0..200_u64 {
        let own = if i.is_multiple_of(2) { 1_000 } else { 9_000 };
        maker.span(0, "web: home", 0, own + 10_000);
        let target = if i.is_multiple_of(2) { "cart: read" } else { "ads: get" };
        maker.span(1, target, own, own + 10_000);
        maker.end();
    }
    let expected = "- choose:\n- weight: 50%\nsteps:\n- work: 9ms\n- call: ads.get\n\
        - weight: 50%\nsteps:\n- work: 1ms\n- call: cart.read";
    check_steps(&learn(maker, false), expected);
}

#[test]
fn a_law_that_several_ways_share_is_written_once() {
    let mut maker = Maker::default();
    for i in 0..300_u64 {
        let (own, target) =
            [(1_000, "cart: read"), (9_000, "ads: get"), (9_000, "mail: send")][(i % 3) as usize];
        maker.span(0, "web: home", 0, own + 10_000);
        maker.span(1, target, own, own + 10_000);
        maker.end();
    }
    let expected = "- choose:\n- weight: 33.3%\nsteps:\n- work: &home 9ms\n- call: ads.get\n\
        - weight: 33.3%\nsteps:\n- work: 1ms\n- call: cart.read\n\
        - weight: 33.3%\nsteps:\n- work: *home\n- call: mail.send";
    check_steps(&learn(maker, false), expected);
}

#[test]
fn visits_of_days_can_be_checked_too() {
    let mut maker = Maker::default();
    for _ in 0..200 {
        maker.span(0, "batch: nightly", 0, 400_000_000_000);
        maker.end();
    }
    let learned = learn(maker, true);
    assert!(learned.twin_yaml.contains("work: 400000s"), "{}", learned.twin_yaml);
}

#[test]
fn a_failure_that_does_no_harm_makes_a_call_optional() {
    let mut maker = Maker::default();
    for i in 0..40_u64 {
        maker.span(0, "web: home", 0, 15_000);
        let ads = maker.span(1, "ads: get", 5_000, 15_000);
        ads.status = if i.is_multiple_of(4) { SpanStatus::Error } else { SpanStatus::Ok };
        maker.end();
    }
    let learned = learn(maker, false);
    check_steps(&learned, "- work: 5ms\n- {call: ads.get, optional: true}");
    assert!(learned.twin_yaml.contains("25% failed"), "{}", learned.twin_yaml);
}

#[test]
fn own_failures_beside_those_of_calls_count_in_one_trace() {
    // Two visits of the cart in every trace: one fails with its store, the other of itself.
    let mut maker = Maker::default();
    for _ in 0..40 {
        maker.span(0, "web: home", 0, 50_000);
        maker.span(1, "cart: read", 0, 20_000).status = SpanStatus::Error;
        maker.span(2, "store: get", 5_000, 15_000).status = SpanStatus::Error;
        maker.span(1, "cart: read", 20_000, 50_000).status = SpanStatus::Error;
        maker.span(4, "store: get", 25_000, 35_000);
        maker.end();
    }
    let twin = learn(maker, false).twin_yaml;
    let (_, cart) = twin.split_once("      read:\n").unwrap();
    assert!(cart.contains("40 of 80 visits failed although none of their calls did"), "{twin}");
}

#[test]
fn calls_at_once_are_parallel() {
    let mut maker = Maker::default();
    for _ in 0..20 {
        maker.span(0, "web: home", 0, 20_000);
        maker.span(1, "ads: get", 5_000, 20_000);
        maker.span(1, "cart: read", 6_000, 20_000);
        maker.end();
    }
    check_steps(
        &learn(maker, false),
        "- work: 5ms\n- parallel:\n- call: ads.get\n- call: cart.read",
    );
}

#[test]
fn few_visits_are_said_to_be_few() {
    let learned = learn(traces(3, |_| vec!["cart: read"]), true);
    assert!(learned.check.is_none());
    assert!(!learned.twin_yaml.contains("backtest"), "{}", learned.twin_yaml);
    let mut maker = Maker::default();
    for time in [1_000, 3_000] {
        maker.span(0, "web: home", 0, time);
        maker.end();
    }
    let twin = learn(maker, true).twin_yaml;
    // 2 × 2 ms over the law Gamma(2, 1).
    let mean = "{exponential: {mean: {value: 2ms, source: observed, low: 718us, high: 16.5ms}}}";
    assert!(twin.contains(mean) && twin.contains("source: inferred, from: \"mean of"), "{twin}");
    assert!(twin.contains("mean of 2 visits; the form is assumed"), "{twin}");
}

#[test]
fn circles_across_traces_lose_their_rarest_call() {
    let mut maker = Maker::default();
    for i in 0..30 {
        let (outer, inner) = if i % 10 == 0 { ("b: y", "a: x") } else { ("a: x", "b: y") };
        maker.span(0, outer, 0, 100_000);
        maker.span(1, inner, 10_000, 90_000);
        maker.end();
    }
    let learned = learn(maker, false);
    assert_eq!(learned.quality.cut, [("b.y".to_owned(), "a.x".to_owned(), 3)]);
    let lowered = lowered(&learned.twin_yaml, "a.x");
    let calls = |endpoint: usize| {
        let steps = lowered.plan.endpoints[endpoint].steps.iter();
        steps.filter(|step| matches!(step, Step::Call(_))).count()
    };
    assert_eq!((calls(0), calls(1)), (1, 0));
}

#[test]
fn what_was_held_back_is_predicted() {
    // Own times from 5 to 24.9 ms, the same in both halves.
    let mut maker = Maker::default();
    for i in 0..400_u64 {
        let own = 5_000 + i * 7_919 % 200 * 100;
        maker.span(0, "web: home", 0, own + 10_000);
        maker.span(1, "web: call cart", own, own + 10_000);
        maker.span(2, "cart: read", own + 2_000, own + 8_000);
        maker.end();
    }
    let check = learn(maker, true).check.unwrap();
    assert_eq!(check.rows.len(), 2);
    assert!(check.passed() && check.p50_error() < 0.03 && check.p95_error() < 0.03, "{check}");
    let home = &check.rows[1];
    assert!((home.rate_per_s.error()) < 0.05, "{check}");
    assert!(check.to_string().lines().all(|line| line.chars().count() <= 100), "{check}");
}

/// A page and its cart, 400 times; `visit` says whether it calls the cart, and whether it fails.
fn halves(visit: impl Fn(u64) -> (bool, bool)) -> crate::check::Check {
    let mut maker = Maker::default();
    for i in 0..400_u64 {
        let (own, (calls, fails)) = (5_000 + i * 7_919 % 200 * 100, visit(i));
        let end = own + if calls { 10_000 } else { 0 };
        let page = maker.span(0, "web: home", 0, end);
        page.status = if fails { SpanStatus::Error } else { SpanStatus::Unset };
        if calls {
            maker.span(1, "cart: read", own, own + 10_000);
        }
        maker.end();
    }
    learn(maker, true).check.unwrap()
}

#[test]
fn failures_that_were_not_learned_fail_the_check() {
    let check = halves(|i| (true, i >= 200 && i % 4 == 0));
    assert_eq!(check.failings(), ["failures of web.home (25% seen, 0% in the twin)"], "{check}");
    assert!(!check.passed() && check.to_string().contains("failed, by failures of web.home"));
    let all_along = halves(|i| (true, i * 7_919 % 400 < 32));
    assert!(all_along.passed(), "{all_along}");
}

#[test]
fn rates_are_predicted_from_the_load_that_was_held_back() {
    // A cart that every page asks for, then one page in four: the page's times stay p50 as they were.
    let check = halves(|i| (i < 200 || i % 4 == 0, false));
    let [cart, home] = check.rows.as_slice() else { panic!("{check}") };
    assert!(home.rate_is_given && !cart.rate_is_given, "{check}");
    assert!((cart.rate_per_s.twin - 1.0).abs() < 0.05, "{check}");
    assert!((cart.rate_per_s.second - 0.25).abs() < 0.01, "{check}");
    // The halves differ as much, so it is noise.
    assert!(!check.failings().contains(&String::from("calls per request")), "{check}");
    assert!(check.to_string().contains("   given\n"), "{check}");
}

/// One random span: (service, operation, parent among those before, start, length, kind, status).
type Random = (u8, u8, prop::sample::Index, u32, u32, u8, u8);

fn random_trace(maker: &mut Maker, spans: &[Random], rootless: bool) {
    const OPERATIONS: [&str; 8] = [
        "GET /a/1",
        "GET /a/2",
        "p.S/M",
        "SELECT db.t",
        "sql.rows",
        "health",
        "\u{1f525} \"\\:",
        "yes",
    ];
    const SERVICES: [&str; 6] = ["a", "b", "b#2", "network", "x y", "1"];
    const KINDS: [SpanKind; 6] = [
        SpanKind::Unspecified,
        SpanKind::Internal,
        SpanKind::Server,
        SpanKind::Client,
        SpanKind::Producer,
        SpanKind::Consumer,
    ];
    for (i, (service, operation, parent, start, length, kind, status)) in spans.iter().enumerate() {
        let parent = match i {
            0 if rootless => 999,
            0 => 0,
            _ => parent.index(i + 1) as u64,
        };
        let service = SERVICES[usize::from(*service) % SERVICES.len()];
        let operation = OPERATIONS[usize::from(*operation) % OPERATIONS.len()];
        let (start, end) = (u64::from(*start), u64::from(*start) + u64::from(*length));
        let span = maker.span(parent, &format!("{service}: {operation}"), start, end);
        span.kind = KINDS[usize::from(*kind) % KINDS.len()];
        span.status = if *status < 40 { SpanStatus::Error } else { SpanStatus::Unset };
    }
    maker.end();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever the spans, there is a twin, and it means something.
    #[test]
    fn every_observation_gives_a_twin(
        traces in prop::collection::vec(
            (
                prop::collection::vec(
                    (any::<u8>(), any::<u8>(), any::<prop::sample::Index>(), 0..900_000_u32,
                     prop_oneof![Just(0_u32), 0..900_000_u32], any::<u8>(), any::<u8>()),
                    1..25,
                ),
                any::<bool>(),
            ),
            1..12,
        ),
        repeat in 1_usize..12,
    ) {
        let mut maker = Maker::default();
        for (spans, rootless) in traces.iter().cycle().take(traces.len() * repeat) {
            random_trace(&mut maker, spans, *rootless);
        }
        let learned = learn(maker, true);
        let entry = learned.twin_yaml.split_once("observed: #").and_then(|(_, rest)| {
            let line = rest.lines().nth(1)?.trim();
            Some(line.rsplit_once(": ")?.0.trim_matches('"').to_owned())
        });
        let text = |_: &Path| Ok(learned.twin_yaml.clone());
        let twin = foreshadow_scenarios::load_twin(Path::new("made.twin.yaml"), &text).unwrap();
        // Nobody wrote anything into it, so there is nothing to keep.
        let updated = crate::update(&twin, &learned.twin_yaml).unwrap();
        prop_assert_eq!(&updated.twin_yaml, &learned.twin_yaml);
        prop_assert!(updated.kept.is_empty(), "{:?}", updated.kept);
        if let Some(entry) = entry {
            let lowered = lowered(&learned.twin_yaml, &entry);
            prop_assert!(foreshadow_sim::Simulation::new(lowered.plan).is_ok());
        }
    }
}
