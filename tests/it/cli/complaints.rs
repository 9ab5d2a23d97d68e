//! What is said of bad input: on standard error, with the place and a way out, and nothing else.

use super::{Folder, SCENARIO, TWIN};

/// The complaint about a file, which must be all that comes of it.
#[track_caller]
fn complaint(folder: &Folder, arguments: &[&str]) -> String {
    let before = folder.files();
    let finished = folder.run(&[&["rehearse"], arguments].concat());
    assert_eq!(finished.status, 2, "{finished:#?}");
    assert_eq!(finished.stdout, "");
    assert_eq!(folder.files(), before);
    finished.stderr
}

/// The complaint about the small twin when `from` in it is replaced by `to`.
#[track_caller]
fn about_twin(from: &str, to: &str) -> String {
    assert!(TWIN.contains(from));
    let folder = Folder::new();
    folder.write("small.twin.yaml", &TWIN.replace(from, to));
    complaint(&folder, &["calm.yaml"])
}

/// The complaint about the scenario when `from` in it is replaced by `to`.
#[track_caller]
fn about_scenario(from: &str, to: &str) -> String {
    let folder = Folder::new();
    folder.vary("calm.yaml", from, to);
    complaint(&folder, &["calm.yaml"])
}

#[track_caller]
fn about_set(set: &str) -> String {
    complaint(&Folder::new(), &["calm.yaml", "--set", set])
}

#[test]
fn unknown_key() {
    insta::assert_snapshot!(about_twin("concurrency: 2", "concurency: 2"));
}

#[test]
fn negative_duration() {
    insta::assert_snapshot!(about_twin("work: 2ms", "work: -2ms"));
}

#[test]
fn call_of_a_missing_component() {
    insta::assert_snapshot!(about_twin("call: store.get", "call: stor.get"));
}

#[test]
fn cycle_of_endpoints() {
    insta::assert_snapshot!(about_twin("[{work: 2ms}]", "[{call: web.home}]"));
}

#[test]
fn empty_file() {
    let folder = Folder::new();
    folder.write("empty.yaml", "");
    insta::assert_snapshot!(complaint(&folder, &["empty.yaml"]));
}

#[test]
fn missing_file() {
    insta::assert_snapshot!(complaint(&Folder::new(), &["nowhere.yaml"]));
}

#[test]
fn missing_twin() {
    insta::assert_snapshot!(about_scenario("twin: small.twin.yaml", "twin: smal.twin.yaml"));
}

#[test]
fn set_of_an_unknown_key() {
    insta::assert_snapshot!(about_set("web.replica=3"));
}

#[test]
fn set_of_an_unknown_component() {
    insta::assert_snapshot!(about_set("webb.replicas=3"));
}

#[test]
fn set_without_a_value() {
    insta::assert_snapshot!(about_set("web.replicas"));
}

#[test]
fn all_that_is_wrong_at_once() {
    let wrong = SCENARIO.replace("web.home", "web.hom").replace("component: web", "component: wep");
    let folder = Folder::new();
    folder.write("calm.yaml", &wrong);
    insta::assert_snapshot!(complaint(&folder, &["calm.yaml"]));
}

#[test]
fn forms_that_cannot_be_written() {
    let folder = Folder::new();
    insta::assert_snapshot!(complaint(&folder, &["calm.yaml", "--out", "report.parquet"]));
}

#[test]
fn validate_says_what_is_sound_and_what_is_not() {
    let folder = Folder::new();
    folder.write("empty.yaml", "");
    let finished = folder.run(&["validate", "calm.yaml", "empty.yaml", "small.twin.yaml"]);
    assert_eq!(finished.status, 2);
    let expected = "calm.yaml: a sound scenario\nsmall.twin.yaml: a sound twin\n";
    assert_eq!(finished.stdout, expected);
    assert!(finished.stderr.contains("empty.yaml"), "{}", finished.stderr);
    assert_eq!(folder.run(&["validate", "calm.yaml"]).status, 0);
}
