//! Reports of campaigns and capacities, saved, shown again, compared and scored.

use serde_json::Value;

use super::Folder;

const CAMPAIGN: &str = "campaign:\n  faults: [{crash: {at: store}}, {slow: {at: '*', factor: 4}}]\n  \
                        rates: {'*': {mtbf: 30d, mttr: 10m}}\n  up_to: 2\n  replications: 2\nrun:";

/// `calm.yaml` with a campaign of its own, and `wide.yaml`, which has one store more.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.vary("calm.yaml", "run:", CAMPAIGN);
    let wide = format!("changes: {{store.replicas: 2}}\n{CAMPAIGN}");
    folder.vary("wide.yaml", "run:", &wide);
    folder
}

/// What is saved is read back to the byte, and shown as it was.
#[test]
fn campaigns_and_capacities_are_read_back() {
    let folder = folder();
    for words in [&["campaign", "calm.yaml"][..], &["capacity", "calm.yaml", "--precision", "0.2"]]
    {
        let made = folder.run(&[words, &["--out", "saved.json", "--format", "markdown"]].concat());
        assert_eq!(made.status, 0, "{made:#?}");
        let saved = std::fs::read_to_string(folder.path("saved.json")).unwrap();
        let again = folder.run(&["report", "saved.json", "--format", "json"]);
        assert_eq!((again.status, again.stderr.as_str()), (0, ""));
        assert!(again.stdout == saved, "{words:?}");
        for form in ["markdown", "html", "junit", "github"] {
            let first = folder.run(&[words, &["--format", form]].concat());
            let shown = folder.run(&["report", "saved.json", "--format", form]);
            assert_eq!(shown.stdout, first.stdout, "{form}");
        }
    }
}

#[test]
fn two_campaigns_are_compared_fault_by_fault() {
    let folder = folder();
    folder.run(&["campaign", "calm.yaml", "--out", "one.json"]);
    folder.run(&["campaign", "wide.yaml", "--out", "two.json"]);
    folder.run(&["rehearse", "calm.yaml", "--out", "other.json"]);
    let compared = folder.run(&["report", "one.json", "two.json", "--format", "json"]);
    let changes: Value = serde_json::from_str(&compared.stdout).unwrap();
    let comparisons = changes["comparisons"].as_array().unwrap();
    let crash = comparisons.iter().find(|one| one["endpoint"] == "crash at store").unwrap();
    assert_eq!((&crash["measure"], &crash["unit"]), (&"harmed".into(), &"share".into()));
    assert!(comparisons.iter().any(|one| one["measure"] == "score"), "{changes}");
    let mixed = folder.run(&["report", "one.json", "other.json"]);
    assert_eq!(mixed.status, 2);
    assert!(mixed.stderr.contains("of `campaign` cannot be compared with one of `rehearse`"));
}

/// A fault that harms more than it may is missed, whatever else holds.
#[test]
fn a_threshold_of_harm_is_a_gate() {
    let folder = folder();
    let run = |most: &str| {
        let set = format!("campaign.severity_threshold={most}");
        folder.run(&["campaign", "calm.yaml", "--set", &set])
    };
    let strict = run("low");
    assert_eq!(strict.status, 1, "{strict:#?}");
    assert!(strict.stdout.contains("More than 1 % of requests are harmed by"), "{}", strict.stdout);
    assert_eq!(run("high").status, 0);
}

#[test]
fn scores_of_systems_are_weighted_by_worth() {
    let folder = folder();
    folder.run(&["campaign", "calm.yaml", "--out", "one.json"]);
    folder.run(&["campaign", "wide.yaml", "--out", "two.json"]);
    let scores = |files: &[&str]| -> Value {
        let scored = folder.run(&[&["score"], files, &["--format", "json"]].concat());
        assert_eq!(scored.status, 0, "{scored:#?}");
        serde_json::from_str(&scored.stdout).unwrap()
    };
    let value = |scores: &Value| scores["score"]["value"].as_f64().unwrap();
    let (one, two) = (scores(&["one.json"]), scores(&["two.json"]));
    let both = scores(&["one.json", "two.json"]);
    let weight = |of: &Value| of["systems"][0]["scores"]["worth_per_s"].as_f64().unwrap();
    let expected =
        (value(&one) * weight(&one) + value(&two) * weight(&two)) / (weight(&one) + weight(&two));
    assert!((value(&both) - expected).abs() < 1e-9, "{both}");
    let status = |least: &str| folder.run(&["score", "one.json", "--fail-under", least]).status;
    assert_eq!((status("1"), status("101")), (0, 1));
    folder.run(&["rehearse", "calm.yaml", "--out", "other.json"]);
    let other = folder.run(&["score", "other.json"]);
    assert_eq!(other.status, 2);
    assert!(other.stderr.contains("expected a report of `foreshadow campaign`"), "{other:#?}");
}
