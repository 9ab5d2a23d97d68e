//! The metastable cases of the literature, found without being told where to look.

use foreshadow_campaigns::unit::Bases;
use foreshadow_campaigns::{Spec, breaking};

use super::{case, reported};
use crate::scenarios::{library, load};

/// The workers under so much load, any component of which may stand still.
fn workers(rate: &str, sets: &[(&str, &str)]) -> foreshadow_scenarios::Scenario {
    let campaign = library("campaigns").join("retry-storm.yaml");
    let base = format!("\"{}\"", campaign.display());
    let own = [
        ("load", format!("{{caller.ask: {{arrivals: {{poisson: {{rate: {rate}}}}}}}}}")),
        ("faults", String::from("[]")),
        ("campaign.base", base),
        ("campaign.start", String::from("20s")),
        ("run.horizon", String::from("120s")),
        ("run.replications", String::from("4")),
    ];
    let own: Vec<(&str, &str)> = own.iter().map(|(key, value)| (*key, value.as_str())).collect();
    load(&library("metastable").join("pause.yaml"), &[&own, sets].concat())
}

#[test]
fn a_standstill_that_never_ends_is_found() {
    let report = reported(workers("200/s", &[]));
    let found = case(&report, "pause at workers");
    assert_eq!(found.metastable.and_then(|share| share.value), Some(1.0), "{found:?}");
    assert_eq!(found.recovered_s.value, None);
    assert_eq!(found.severity, Some(foreshadow_campaigns::report::Severity::High));
}

#[test]
fn without_retries_it_recovers() {
    let report = reported(workers("200/s", &[("caller.calls.workers.retries", "null")]));
    let found = case(&report, "pause at workers");
    assert_eq!(found.metastable.and_then(|share| share.value), Some(0.0), "{found:?}");
    assert!(found.recovered_s.value > Some(0.0), "a queue of ten seconds takes a while");
}

/// A pause of half a second never tips it, one of four seconds always does.
#[test]
fn the_breaking_point_is_between_what_reproductions_found() {
    let spec = Spec::new(workers("200/s", &[])).unwrap();
    let found = breaking::search(&spec, &Bases::default(), &false.into()).unwrap();
    let at =
        |(case, _): &&(usize, breaking::Breaking)| spec.cases[*case].name == "pause at workers";
    let (_, point) = found.iter().find(at).expect("it was looked for");
    let seconds = |text: &Option<String>| {
        foreshadow_scenarios::duration(text.as_ref().unwrap()).unwrap().as_secs_f64()
    };
    assert!(seconds(&point.holds) >= 0.5 && seconds(&point.breaks) <= 4.0, "{point:?}");
}
