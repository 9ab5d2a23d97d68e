//! `foreshadow graph`.

use insta::assert_snapshot;

use super::{Folder, TWIN};

#[track_caller]
fn prints(folder: &Folder, arguments: &[&str]) -> String {
    let finished = folder.run(arguments);
    assert_eq!((finished.status, finished.stderr.as_str()), (0, ""));
    finished.stdout
}

#[test]
fn paths_and_weak_points_are_printed() {
    let folder = Folder::new();
    assert_snapshot!(prints(&folder, &["graph", "small.twin.yaml"]));
}

#[test]
fn changes_since_an_older_twin_are_listed() {
    let folder = Folder::new();
    let newer = TWIN.replace("concurrency: 1", "concurrency: 4").replace("get", "fetch");
    folder.write("newer.twin.yaml", &newer);
    assert_snapshot!(prints(&folder, &["graph", "newer.twin.yaml", "--since", "small.twin.yaml"]));
}

#[test]
fn other_programs_can_read_it() {
    let folder = Folder::new();
    assert_snapshot!("dot", prints(&folder, &["graph", "small.twin.yaml", "--format", "dot"]));
    assert_snapshot!(
        "mermaid",
        prints(&folder, &["graph", "small.twin.yaml", "--format", "mermaid"])
    );
    assert_snapshot!("svg", prints(&folder, &["graph", "small.twin.yaml", "--format", "svg"]));
    let json = prints(&folder, &["graph", "small.twin.yaml", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["links"][0]["to"], "store");
}
