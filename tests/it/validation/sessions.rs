//! Learned sessions: as many requests come as the curve of the load file says, in the mix of the chain,
//! whether people walk or requests are independent; and people wait for answers, requests do not.

use std::path::Path;
use std::time::Duration;

use foreshadow_scenarios::{load_scenario, lower};
use foreshadow_sim::plan::Load;
use foreshadow_sim::{Plan, Tally};

use super::machine::check;
use super::rule::{Measure, Truth};

const TWIN: &str = "\
foreshadow: twin/v1
name: a
components: {web: {concurrency: 16, endpoints: {home: {steps: [{work: 20ms}]}, cart: {steps: [{work: 20ms}]}}}}
";

const LOAD: &str = "\
foreshadow: load/v1
name: shop
bin: 1h
history: {start: 2026-11-01T00:00:00Z, per_s: [20, 20, 20, 60, 60, 60]}
mix: [{endpoint: web.home, share: V0}, {endpoint: web.cart, share: V1}]
sessions:
  start: [{to: web.home, share: 80%}, {to: web.cart, share: 20%}]
  think: {exponential: {mean: 60s}}
  after:
    - {endpoint: web.home, leaves: 25%, next: [{to: web.cart, share: 75%}]}
    - {endpoint: web.cart, leaves: 50%, next: [{to: web.home, share: 30%}, {to: web.cart, share: 20%}]}
";

/// How often a session comes to each: v₀ = 0.8 + 0.3 v₁ and v₁ = 0.2 + 0.75 v₀ + 0.2 v₁.
fn visits() -> (f64, f64) {
    let home = (0.8 + 0.3 * 0.25) / (1.0 - 0.3 * 0.937_5);
    (home, 0.25 + 0.937_5 * home)
}

fn plan(form: &str, at: &str, slots: &str) -> Plan {
    let (home, cart) = visits();
    let share = |visits: f64| (visits / (home + cart)).to_string();
    let load = LOAD.replace("V0", &share(home)).replace("V1", &share(cart));
    let scenario = format!(
        "foreshadow: scenario/v1\nname: b\ntwin: t.yaml\n\
         load: {{learned: {{file: l.yaml, at: '2026-11-01T{at}:00Z'{form}}}}}\n\
         run: {{horizon: 60m, warm_up: 1s, drain: 1s}}\n"
    );
    let read = |path: &Path| match path.to_str() {
        Some("t.yaml") => Ok(TWIN.replace("concurrency: 16", slots)),
        Some("s.yaml") => Ok(scenario.clone()),
        Some("l.yaml") => Ok(load.clone()),
        _ => Err(std::io::ErrorKind::NotFound.into()),
    };
    let scenario = load_scenario(Path::new("s.yaml"), &[], &read);
    let scenario = scenario.unwrap_or_else(|problems| panic!("{problems}"));
    lower(&scenario).unwrap_or_else(|problems| panic!("{problems}")).plan
}

fn offered(tally: &Tally) -> f64 {
    tally.users.iter().map(|user| user.offered as f64).sum()
}

fn share_of_home(tally: &Tally) -> f64 {
    tally.users[0].offered as f64 / offered(tally)
}

/// At one rate, and while it rises from 20 to 60 requests a second within the hour, 40 in the mean; a
/// warm-up of a second is enough, for people are in the midst of their sessions. While more and more come,
/// more of them are at the beginning of a session, so only a steady rate has the mix of the chain.
#[test]
fn as_many_requests_come_as_the_curve_says() {
    let (home, cart) = visits();
    for form in ["", ", as: requests", ", as: sessions"] {
        for (at, rate) in [("00:45", 20.0), ("02:30", 40.0)] {
            let share = Truth::new("share", Measure::Share(share_of_home), home / (home + cart));
            let mut truths = vec![Truth::new("λ", Measure::Rate(offered), rate)];
            truths.extend((at == "00:45").then_some(share));
            check(plan(form, at, "concurrency: 16"), 40, &truths);
        }
    }
}

#[test]
fn sessions_come_where_they_are_asked_for() {
    let sessions = plan(", as: sessions", "00:45", "concurrency: 16");
    assert!(matches!(sessions.loads[..], [Load::Sessions { .. }]));
    for form in ["", ", as: requests"] {
        let loads = plan(form, "00:45", "concurrency: 16").loads;
        assert!(matches!(loads[..], [Load::Open { .. }, Load::Open { .. }]), "{loads:?}");
    }
}

/// One slot serves 50 a second; while 60 are to come, people who wait for answers ask later, and
/// independent requests pile up.
#[test]
fn overload_slows_people_down_and_not_requests() {
    let served = |form: &str| {
        let mut plan = plan(form, "04:00", "concurrency: 1");
        plan.run.horizon = Duration::from_mins(30);
        let simulation = foreshadow_sim::Simulation::new(plan).unwrap();
        let tallies = simulation.replications(0..4, &false.into(), &|| ()).unwrap();
        tallies.iter().map(offered).sum::<f64>() / 4.0 / 1800.0
    };
    let (people, requests) = (served(", as: sessions"), served(""));
    assert!((requests / 60.0 - 1.0).abs() < 0.01, "{requests}");
    assert!(people < 57.0, "{people}");
}
