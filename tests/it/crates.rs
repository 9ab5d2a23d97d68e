//! The edges between the workspace's crates, as `ARCHITECTURE.md` draws them: a crate uses only
//! crates above it, and each big framework stays in the one crate that is about it.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// From the top down; a crate may use those before it.
const ORDER: [&str; 12] = [
    "sim",
    "telemetry",
    "scenarios",
    "loadgen",
    "optimizer",
    "campaigns",
    "twin",
    "staging",
    "adapters",
    "tui",
    "cli",
    "tests",
];

/// A framework, by the beginning of its crates' names, and where it stays.
const HOMES: [(&str, &str); 4] =
    [("actix", "twin"), ("goose", "loadgen"), ("argmin", "optimizer"), ("ratatui", "tui")];

/// A crate of the workspace, without `foreshadow-`, its folder and all that it names as a
/// dependency, of whatever kind.
struct Member {
    name: String,
    folder: String,
    dependencies: Vec<String>,
}

fn members() -> Vec<Member> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().iter().map(member).collect()
}

fn member(package: &Value) -> Member {
    let name = package["name"].as_str().unwrap();
    let manifest = Path::new(package["manifest_path"].as_str().unwrap());
    let folder = manifest.parent().unwrap().file_name().unwrap();
    let dependencies = package["dependencies"].as_array().unwrap().iter();
    Member {
        name: name.strip_prefix("foreshadow-").expect("every crate is one of ours").into(),
        folder: folder.to_str().unwrap().into(),
        dependencies: dependencies.map(|d| d["name"].as_str().unwrap().into()).collect(),
    }
}

fn rank(name: &str) -> usize {
    let rank = ORDER.iter().position(|known| *known == name);
    rank.unwrap_or_else(|| panic!("{name} has no place in the order of crates"))
}

#[test]
fn crates_use_only_crates_above_them() {
    let members = members();
    assert!(members.len() > 3);
    for Member { name, dependencies, .. } in &members {
        for used in dependencies.iter().filter_map(|name| name.strip_prefix("foreshadow-")) {
            assert!(rank(used) < rank(name), "{name} uses {used}, which is not above it");
        }
    }
}

#[test]
fn frameworks_stay_where_they_belong() {
    for Member { name, dependencies, .. } in members() {
        for (framework, home) in HOMES {
            let used = dependencies.iter().find(|used| used.starts_with(framework));
            assert!(used.is_none() || name == home, "{name} uses {used:?}, which is {home}'s");
        }
    }
}

#[test]
fn packages_are_named_after_their_folders() {
    for Member { name, folder, .. } in members() {
        assert_eq!(name, folder);
    }
}
