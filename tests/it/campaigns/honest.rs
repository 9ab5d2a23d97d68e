//! What a campaign must not say: fixes that break, recoveries that nobody saw, and answers without the
//! case that could not be run.

use std::fs;
use std::sync::atomic::AtomicBool;

use foreshadow_campaigns::unit::Bases;
use foreshadow_campaigns::{Settings, Spec, engine, fixes, report};

use super::{campaign, case, reported, scenario};

const PAIR: &str = "\
foreshadow: twin/v1
name: a
components:
  web:
    endpoints: {buy: {steps: [{work: 1ms}, {call: cart.add}]}}
    calls: {cart: {timeout: 30s}}
  cart:
    concurrency: 1
    endpoints: {add: {steps: [{work: 6ms}]}}
";

/// A scenario of [`PAIR`] at 100 requests a second.
fn of(rest: &str) -> String {
    format!(
        "foreshadow: scenario/v1\nname: a\ntwin: a.twin.yaml\n\
         load: {{web.buy: {{arrivals: {{poisson: {{rate: 100/s}}}}}}}}\n{rest}"
    )
}

/// Work takes two seconds, so a timeout of one would fail all of it, always.
#[test]
fn a_change_that_breaks_the_system_is_no_fix() {
    let twin = "\
foreshadow: twin/v1
name: a
components:
  web: {endpoints: {export: {steps: [{work: 1ms}, {call: batch.run}]}}}
  batch: {endpoints: {run: {steps: [{work: 2s}]}}}
";
    let text = "\
foreshadow: scenario/v1
name: a
twin: a.twin.yaml
load: {web.export: {arrivals: {poisson: {rate: 20/s}}}}
run: {horizon: 60s, replications: 4}
campaign: {faults: [{errors: {at: batch, share: 50%}}]}
";
    let (spec, results, _folder) = campaign(scenario(twin, text), 2);
    let report = report::build(&spec, &results, &[], "");
    let found = fixes::search(&spec, &report, &AtomicBool::new(false)).unwrap();
    let timeouts: Vec<_> = found.iter().filter(|fix| fix.address.ends_with("timeout")).collect();
    assert!(timeouts.is_empty(), "{timeouts:?}");
    assert!(found.iter().any(|fix| fix.address.ends_with("retries")), "{found:?}");
}

/// Ten seconds after its end are needed to see that all is as before.
#[test]
fn a_run_that_is_too_short_tells_nothing_of_recovery() {
    let metastable = |horizon: &str| {
        let run = format!("run: {{horizon: {horizon}, replications: 2}}\n");
        let fault = "campaign: {faults: [{crash: {at: cart, start: 1s, duration: 1s}}]}";
        reported(scenario(PAIR, &of(&(run + fault)))).scenarios[0].metastable
    };
    assert_eq!(metastable("11s"), None);
    assert_eq!(metastable("13s").and_then(|share| share.value), Some(0.0));
}

/// What lasts no time is looked at for ten seconds all the same.
#[test]
fn a_fault_of_an_instant_has_a_blast_radius() {
    let twin = PAIR
        .replace("{call: cart.add}", "{cache: {hit: 90%, fills: 100, miss: [{call: cart.add}]}}");
    let text =
        of("run: {horizon: 60s, replications: 2}\ncampaign: {faults: [{cache_flush: {at: web}}]}");
    let report = reported(scenario(&twin, &text));
    assert_eq!(report.scenarios[0].harmed.value, Some(0.0));
}

/// Four million requests wait: that case is lost, the other is not.
#[test]
fn work_that_piles_up_is_one_case_and_not_the_end() {
    let text = of("run: {horizon: 40s, replications: 1}\n\
                   campaign: {start: 1s, duration: 30s, faults: [{crash: {at: web}}, {pause: {at: web}}]}")
        .replace("100/s", "200k/s");
    let twin = PAIR
        .replace("{work: 1ms}, {call: cart.add}", "{work: 1us}")
        .replace("    calls: {cart: {timeout: 30s}}\n", "");
    let report = reported(scenario(&twin, &text));
    assert_eq!(case(&report, "pause at web").harmed.value, Some(1.0));
    assert!(case(&report, "crash at web").harmed.value > Some(0.0));
    assert!(report.warnings.iter().any(|warning| warning.contains("piled up")), "{report:?}");
}

/// After a standstill of eight seconds the queue takes twelve to empty.
#[test]
fn a_recovery_that_takes_too_long_is_missed() {
    let missed = |limit: &str| {
        let text = format!(
            "run: {{horizon: 120s, replications: 2}}\n\
             objectives: [{{endpoint: web.buy, p99: 20s, recovery: {limit}}}]\n\
             campaign: {{faults: [{{pause: {{at: cart, duration: 8s}}}}]}}"
        );
        let report = reported(scenario(PAIR, &of(&text)));
        report.scenarios[0].missed.iter().any(|(name, _)| name == "web.buy recovery")
    };
    assert!(missed("1s") && !missed("60s"));
}

/// A unit is pure, so a damaged one is made anew, and nobody is left with it.
#[test]
fn a_damaged_unit_is_made_anew() {
    let text =
        of("run: {horizon: 30s, replications: 2}\ncampaign: {faults: [{crash: {at: cart}}]}");
    let (spec, results, folder) = campaign(scenario(PAIR, &text), 2);
    let units = folder.path().join(&results.hash);
    let unit = fs::read_dir(&units).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&unit).unwrap();
    fs::write(&unit, &whole[..whole.len() / 2]).unwrap();
    let stop = AtomicBool::new(false);
    let settings = Settings { stop: &stop, must_resume: true, until: None, progress: &|_| () };
    let again = engine::run(&spec, &Bases::default(), folder.path(), &settings).unwrap();
    assert_eq!(fs::read(&unit).unwrap(), whole);
    assert!(again.notes[0].contains("was damaged"), "{:?}", again.notes);
    let json = |results| serde_json::to_string(&report::build(&spec, results, &[], "")).unwrap();
    assert_eq!(json(&results), json(&again));
    // Another simulator, or other rules, would have another folder.
    assert_ne!(spec.hash(1, &other(&spec)), spec.hash(1, &base(&spec, 0)));
}

fn base(spec: &Spec, replication: u32) -> std::sync::Arc<foreshadow_campaigns::pair::Base> {
    Bases::default().get(spec, replication, &AtomicBool::new(false)).unwrap()
}

/// A run with other counts.
fn other(spec: &Spec) -> std::sync::Arc<foreshadow_campaigns::pair::Base> {
    base(spec, 1)
}
