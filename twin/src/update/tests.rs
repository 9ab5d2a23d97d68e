//! Old twins with what people write into them, and what is left of it after learning.

use foreshadow_scenarios::load_twin;

use super::*;

const FRESH: &str = "\
# Learned.
foreshadow: twin/v1
name: shop
components:
  web:
    kind: service
    binds: {spans: web}
    replicas: {value: 2, source: observed, from: \"instances in the spans\"}
    concurrency: {value: 16, source: assumed, low: 3, high: unlimited, from: \"at most 3 at once\"}
    endpoints:
      # 90 visits: p50 9ms
      home:
        binds: {spans: /home}
        steps:
          - work: 4ms # own time of 90 visits
          - call: cart.read
    calls:
      cart: {} # 90 calls
  cart:
    kind: service
    binds: {spans: cart}
    endpoints:
      # 90 visits: p50 5ms
      read:
        binds: {spans: read}
        steps:
          - work: 5ms

# Proposed.
objectives:
  - {endpoint: web.home, p99: 20ms}
";

fn checked(text: &str) -> CheckedTwin {
    let files = |_: &std::path::Path| Ok(text.to_owned());
    load_twin(std::path::Path::new("old.yaml"), &files).unwrap_or_else(|p| panic!("{p}\n{text}"))
}

/// The old twin is the fresh one with `from` replaced by `to`; the update is the fresh one with
/// `expected` lines in place of others, and keeps `kept`.
#[track_caller]
fn check(from: &str, to: &str, kept: &[&str], expected: &[&str]) -> Updated {
    assert!(FRESH.contains(from), "{from}");
    let updated = update(&checked(&FRESH.replacen(from, to, 1)), FRESH).unwrap();
    assert_eq!(updated.kept, kept, "{}", updated.twin_yaml);
    for line in expected {
        assert!(updated.twin_yaml.lines().any(|it| it == *line), "{line}\n{}", updated.twin_yaml);
    }
    updated
}

#[test]
fn what_was_only_learned_is_learned_anew() {
    let updated = check("- work: 4ms", "- work: 7ms", &[], &[]);
    assert_eq!(updated.twin_yaml, FRESH);
    check("replicas: {value: 2,", "replicas: {value: 9,", &[], &[]);
}

#[test]
fn pinned_values_stay_where_they_are() {
    check(
        "replicas: {value: 2, source: observed, from: \"instances in the spans\"}",
        "replicas: {value: 6, source: pinned, from: \"Ann\"}",
        &["web.replicas"],
        &["    replicas: {value: 6, source: pinned, from: Ann}"],
    );
    let updated = check(
        "- work: 4ms",
        "- work: {value: {exponential: {mean: 3ms}}, source: pinned}",
        &["web.home"],
        &[
            "      # 90 visits: p50 9ms",
            "          - {work: {value: {exponential: {mean: 3ms}}, source: pinned}}",
            "          - {call: cart.read}",
        ],
    );
    assert_eq!(checked(&updated.twin_yaml).twin.components.iter().count(), 2);
}

#[test]
fn steps_around_a_pinned_one_are_kept_when_they_changed() {
    let updated = check(
        "- work: 4ms # own time of 90 visits\n          - call: cart.read\n",
        "- call: cart.read\n          - work: {value: 3ms, source: pinned}\n",
        &["web.home"],
        &["          - {call: cart.read}", "          - {work: {value: 3ms, source: pinned}}"],
    );
    assert!(!updated.twin_yaml.contains("4ms"), "{}", updated.twin_yaml);
}

#[test]
fn keys_that_learning_never_writes_stay() {
    check(
        "    kind: service\n    binds: {spans: web}\n",
        "    kind: service\n    binds: {spans: web, kubernetes: deployment/web}\n    about: {owner: team-a}\n    queue: {capacity: 64}\n",
        &["web.binds", "web.about", "web.queue"],
        &[
            "    binds: {spans: web, kubernetes: deployment/web}",
            "    about: {owner: team-a}",
            "    queue: {capacity: 64}",
        ],
    );
    check(
        "      cart: {} # 90 calls",
        "      cart: {timeout: 50ms, retries: {max: 2}}",
        &["web.calls.cart"],
        &["      cart:", "        timeout: 50ms", "        retries: {max: 2}"],
    );
    check(
        "name: shop\n",
        "name: shop\nnetwork: {same_zone: 1ms}\n",
        &["network"],
        &["network:", "  same_zone: 1ms"],
    );
}

#[test]
fn a_component_made_by_hand_stays_and_one_that_is_gone_goes() {
    let by_hand = "  spare:\n    endpoints:\n      read: {steps: [{work: 9ms}]}\n  old:\n    binds: {spans: old}\n    endpoints:\n      x: {steps: [{work: 1ms}]}\n";
    let updated = check(
        "\n# Proposed.\n",
        &format!("{by_hand}\n# Proposed.\n"),
        &["spare"],
        &["  spare:", "      read:", "        steps:", "          - {work: 9ms}"],
    );
    assert!(!updated.twin_yaml.contains("old:"), "{}", updated.twin_yaml);
}

#[test]
fn objectives_are_peoples_own() {
    check("p99: 20ms", "p99: 8ms", &["objectives"], &["  - {endpoint: web.home, p99: 8ms}"]);
    let updated = check("objectives:\n  - {endpoint: web.home, p99: 20ms}\n", "", &[], &[]);
    assert!(updated.twin_yaml.contains("components"), "{}", updated.twin_yaml);
}

#[test]
fn what_no_longer_fits_is_refused() {
    let old = FRESH.replace(
        "- work: 4ms # own time of 90 visits\n          - call: cart.read\n",
        "- work: {value: 3ms, source: pinned}\n          - call: gone.read\n",
    );
    let old = old.replace("      cart: {} # 90 calls\n", "      gone: {}\n");
    let old = old.replace("  cart:\n    kind", "  gone:\n    binds: {spans: gone}\n    endpoints: {read: {steps: [{work: 1ms}]}}\n  cart:\n    kind");
    let refused = update(&checked(&old), FRESH).unwrap_err();
    assert!(refused.to_string().contains("gone.read"), "{refused}");
}

#[test]
fn an_update_of_an_update_changes_nothing() {
    let old = FRESH.replace("{value: 2, source: observed,", "{value: 6, source: pinned,");
    let once = update(&checked(&old), FRESH).unwrap().twin_yaml;
    assert_eq!(update(&checked(&once), FRESH).unwrap().twin_yaml, once);
}
