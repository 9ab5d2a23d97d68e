use std::{fs, path::Path};

use super::*;
use crate::{
    EdgeKind, Names, ReadSummary, Record, Role, read_records, read_records_from, testing::measured,
};

fn facts_of(content: &str) -> Result<Facts, Error> {
    let (mut found, options) = (Facts::default(), ReadOptions::default());
    let sink = &mut |record| {
        if let Record::Facts(facts) = record {
            found.merge(*facts);
        }
        Ok(())
    };
    read_records_from(content.as_bytes(), "t", &options, &mut Names::default(), sink)?;
    Ok(found)
}

fn facts_at(path: &Path) -> (Facts, ReadSummary) {
    let (mut found, options) = (Facts::default(), ReadOptions::default());
    let summary = read_records(path, &options, &mut Names::default(), &mut |record| {
        if let Record::Facts(facts) = record {
            found.merge(*facts);
        }
        Ok(())
    });
    (found, summary.unwrap())
}

fn edges(facts: &Facts) -> Vec<(&str, &str)> {
    facts.edges.iter().map(|edge| (edge.from.as_str(), edge.to.as_str())).collect()
}

#[test]
fn compose_uses_the_variables_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.compose.yaml");
    let compose = "services:\n  cart:\n    deploy: {replicas: \"${N}\"}\n    environment: [DB_HOST, SHOP=x]\n  db: {}\n";
    fs::write(&file, compose).unwrap();
    let error =
        read_records(&file, &ReadOptions::default(), &mut Names::default(), &mut |_| Ok(()));
    let error = error.unwrap_err().to_string();
    assert!(error.ends_with(
        "line 3: expected a whole number of replicas, found ``; is a variable missing from the .env file?"
    ), "{error}");
    fs::write(folder.path().join(".env"), "N=4\nDB_HOST=db\n").unwrap();
    let (facts, _) = facts_at(&file);
    assert_eq!(facts.components[0].replicas.as_ref().map(|it| it.value), Some(4));
    assert_eq!(edges(&facts), [("cart", "db")]);
}

#[test]
fn errors_name_the_line_and_what_was_expected() {
    let say = |content: &str| facts_of(content).unwrap_err().to_string();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - resources:\n      limits: {cpu: lots}\n";
    assert_eq!(
        say(pod),
        "t, line 7: `lots` is no quantity of CPU; expected one such as `250m` or `64Mi`"
    );
    let old = "{\"version\": 2,\n \"terraform_version\": \"0.9\"}";
    assert!(say(old).contains("expected a state of version 3 or 4, found 2"), "{}", say(old));
    let broken = say("apiVersion: v1\nkind: [Pod\n");
    assert!(broken.starts_with("t, line "), "{broken}");
}

#[test]
fn addresses_point_to_components_by_name_only() {
    let mut facts = Facts::default();
    let file = File(Arc::from("t"));
    for name in ["cart", "db"] {
        facts.entry(Fact { value: name.to_owned(), origin: file.origin(1) });
    }
    let point = |value: &str| pointed_to(value, &facts).map(str::to_owned);
    for value in
        ["cart", "cart:80", "http://cart/x", "cart.shop.svc:80", "tcp://u:p@cart:1/x", "a:1,cart:2"]
    {
        assert_eq!(point(value).as_deref(), Some("cart"), "{value}");
    }
    for value in ["cartoon", "the cart", "true", "", "/cart", "http://shop/cart"] {
        assert_eq!(point(value), None, "{value}");
    }
}

#[test]
fn dependencies_keep_counts_and_refuse_doubles() {
    let json = r#"{"data":[{"parent":"a","child":"b","callCount":3},{"parent":"a","child":"c"},
        {"parent":"b","child":"c","callCount":1},{"parent":"c","child":"d","callCount":1}]}"#;
    let facts = facts_of(json).unwrap();
    assert_eq!(edges(&facts), [("a", "b"), ("a", "c"), ("b", "c"), ("c", "d")]);
    assert_eq!((facts.edges[0].calls, facts.components.len()), (Some(3), 4));
    let double = facts_of(&json.replace(r#""child":"c"}"#, r#""child":"b"}"#)).unwrap_err();
    assert!(double.to_string().contains("the same record twice"), "{double}");
}

#[test]
fn files_merge_with_the_first_winning() {
    let one = "services:\n  cart: {image: a, scale: 2}\n";
    let two =
        "services:\n  cart: {image: b, cpus: 1.5, depends_on: [db]}\n  db: {image: postgres}\n";
    let mut facts = facts_of(one).unwrap();
    facts.merge(facts_of(two).unwrap());
    let cart = facts.component("cart").unwrap();
    assert_eq!(cart.image.as_ref().unwrap().value, "a");
    assert_eq!(
        (cart.replicas.as_ref().unwrap().value, cart.cpu_limit.as_ref().unwrap().value.to_string()),
        (2, "1.5".to_owned())
    );
    assert_eq!(facts.component("db").unwrap().role.as_ref().unwrap().value, Role::Database);
    assert_eq!(edges(&facts), [("cart", "db")]);
}

#[test]
fn the_online_boutique_s_manifests_say_who_calls_whom() {
    let Some(path) = measured("formats/k8s/online-boutique.kubernetes-manifests.yaml") else {
        return;
    };
    let (facts, _) = facts_at(&path);
    let of_checkout: Vec<_> =
        edges(&facts).into_iter().filter(|(from, _)| *from == "checkoutservice").collect();
    let called = [
        "cartservice",
        "currencyservice",
        "emailservice",
        "paymentservice",
        "productcatalogservice",
        "shippingservice",
    ];
    let mut found: Vec<_> = of_checkout.iter().map(|(_, to)| *to).collect();
    found.sort_unstable();
    assert_eq!(found, called);
    assert!(facts.edges.iter().all(|edge| edge.kind == EdgeKind::Address));
    let ad = facts.component("adservice").unwrap();
    assert!((ad.cpu_limit.as_ref().unwrap().value - 0.3).abs() < 1e-9);
    assert_eq!(ad.memory_request.as_ref().unwrap().value, 180 << 20);
    assert_eq!(ad.probes.len(), 2);
}

#[test]
fn the_demo_s_compose_file_is_read_with_its_variables() {
    let Some(path) = measured("formats/compose/otel-demo.compose.yaml") else {
        return;
    };
    let (facts, _) = facts_at(&path);
    assert!(facts.notes.is_empty(), "{:?}", facts.notes);
    let ad = facts.component("ad").unwrap();
    assert_eq!(ad.image.as_ref().unwrap().value, "ghcr.io/open-telemetry/demo:latest-ad");
    assert_eq!(ad.memory_limit.as_ref().unwrap().value, 300 << 20);
    let found = edges(&facts);
    for edge in [("checkout", "payment"), ("cart", "valkey-cart"), ("frontend", "ad")] {
        assert!(found.contains(&edge), "{edge:?}");
    }
}
