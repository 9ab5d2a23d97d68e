//! No text makes the reader panic: not noise, and not a right file with something wrong in it.

use std::path::Path;

use foreshadow_scenarios::{load_scenario, lower, validate};
use proptest::prelude::*;
use proptest::sample::Index;

const TWIN: &str = include_str!("data/shop.twin.yaml");
const SCENARIO: &str = include_str!("data/peak.yaml");
const ALL_TWIN: &str = include_str!("data/everything.twin.yaml");
const ALL_SCENARIO: &str = include_str!("data/everything.yaml");
const LOADS: &str = include_str!("data/loads.yaml");
const TRACE: &str = include_str!("data/visits.csv");

/// Things that hurt in the place of other things.
const WEEDS: [&str; 24] = [
    "",
    "-1",
    "0",
    "1e308",
    "99999999999999999999999",
    ".inf",
    "~",
    "[]",
    "{}",
    "null",
    "true",
    "'",
    "\"",
    ": ",
    "- ",
    "&a ",
    "*a",
    "<<: *a",
    "\t",
    "\n",
    "é",
    "416d",
    "unlimited",
    "value: 1, source: pinned",
];

/// Reads both files and makes all that follows happen.
fn exercise(scenario: &str, twin: &str, sets: &[(String, String)]) {
    let reader = |path: &Path| match path.to_str() {
        Some("scenario.yaml") => Ok(scenario.to_owned()),
        Some(name) if name.ends_with(".twin.yaml") => Ok(twin.to_owned()),
        Some("visits.csv") => Ok(TRACE.to_owned()),
        _ => Err(std::io::ErrorKind::NotFound.into()),
    };
    let path = Path::new("scenario.yaml");
    let read = load_scenario(path, sets, &reader).and_then(|scenario| {
        for assumption in scenario.assumed() {
            for end in [assumption.low, assumption.high].into_iter().flatten() {
                let _ = scenario.with(&assumption.address, &end).and_then(|other| lower(&other));
            }
        }
        lower(&scenario)
    });
    if let Err(problems) = read {
        assert!(problems.iter().all(|problem| !problem.message.is_empty()));
        for diagnostic in problems.diagnostics() {
            let mut shown = String::new();
            let handler = miette::GraphicalReportHandler::new();
            handler.render_report(&mut shown, diagnostic).expect("every problem can be shown");
        }
    }
    let _ = validate(Path::new("x.twin.yaml"), &reader);
}

/// `text` with `weed` in the place of one token, cut at `cut` if that is asked.
fn mutated(text: &str, token: Index, weed: &str, cut: Option<Index>) -> String {
    let separators = [' ', ',', '{', '}', '[', ']', ':', '\n'];
    let mut tokens: Vec<&str> = text.split_inclusive(separators).collect();
    let at = token.index(tokens.len());
    let kept = tokens[at].trim_start_matches(|c| !separators.contains(&c));
    let changed = format!("{weed}{kept}");
    tokens[at] = &changed;
    let text = tokens.concat();
    match cut {
        Some(cut) => text.chars().take(cut.index(text.chars().count().max(1))).collect(),
        None => text,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn noise_is_refused_in_words(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let noise = String::from_utf8_lossy(&bytes);
        exercise(&noise, TWIN, &[]);
        exercise(SCENARIO, &noise, &[]);
    }

    #[test]
    fn a_file_with_a_fault_in_it_is_refused_in_words(
        token in any::<Index>(), weed in prop::sample::select(&WEEDS[..]), cut in any::<Option<Index>>(),
        whole in any::<bool>(),
    ) {
        let (scenario, twin) = if whole { (ALL_SCENARIO, ALL_TWIN) } else { (SCENARIO, TWIN) };
        exercise(&mutated(scenario, token, weed, cut), twin, &[]);
        exercise(&mutated(LOADS, token, weed, cut), TWIN, &[]);
        exercise(scenario, &mutated(twin, token, weed, cut), &[]);
    }

    #[test]
    fn an_edit_is_applied_or_refused_in_words(
        address in "(gateway|payment|run|load|network|x)([.\\[\\]a-z0-9]{0,20}|[.](calls|checkout|replicas|steps)[.]?[a-z]{0,4})",
        value in "[-0-9a-z%{}\\[\\]:. ]{0,12}",
    ) {
        exercise(SCENARIO, TWIN, &[(address, value)]);
    }
}
