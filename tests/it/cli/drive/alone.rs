//! A load file alone, without a twin.

use std::collections::BTreeSet;

use super::{Folder, Seen, Server, Value};

/// Twenty requests a second for an hour, ten the next.
const LOAD: &str = "\
foreshadow: load/v1
name: shop
bin: 1h
history: {start: 2026-11-01T00:00:00Z, per_s: [20, 20, 20, 10, 10, 10]}
mix:
  - {operation: GET /cart, share: 50%}
  - {operation: POST /buy, endpoint: web.buy, share: 25%}
  - {operation: 'GET /v1.2/item/{id}', share: 25%}
";

fn folder(load: &str) -> Folder {
    let folder = Folder::new();
    folder.write("shop.load.yaml", load);
    folder.write("item.yaml", "GET /v1.2/item/{id}: {path: '/v1.2/item/{{ticket}}'}\n");
    folder
}

/// Without what no operation says, so that no file of requests is needed.
fn plain() -> Folder {
    folder(LOAD.split_once("  - {operation: 'GET /v1.2").unwrap().0)
}

fn sent(folder: &Folder, server: &Server, words: &[&str]) -> Value {
    let url = server.url();
    let all = ["drive", "shop.load.yaml", "--target", &url, "--format", "json"];
    let finished = folder.run(&[&all[..], words].concat());
    serde_json::from_str(&finished.stdout).unwrap_or_else(|_| panic!("{finished:#?}"))
}

#[test]
fn operations_say_how_they_are_called() {
    let server = Server::new(Seen::default());
    let report = sent(&plain(), &server, &["--for", "3s"]);
    let seen = server.seen.lock().unwrap();
    let kinds: BTreeSet<String> =
        seen.requests.iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    assert_eq!(Vec::from_iter(kinds), ["GET /cart", "POST /buy"]);
    // 15 a second: within four standard deviations of 45.
    let due = report["due"].as_u64().unwrap();
    assert!((19..=71).contains(&due), "{due}");
    assert_eq!(report["endpoints"]["web.buy"]["ok"]["value"], 1.0);
    assert!(report["endpoints"]["target.GET /cart"]["sent"].as_u64() > Some(10), "{report}");
    assert_eq!(report["scenario"], "shop");
}

#[test]
fn a_file_says_how_the_rest_is_called() {
    let server = Server::new(Seen::default());
    sent(&folder(LOAD), &server, &["--for", "3s", "--requests", "item.yaml"]);
    let seen = server.seen.lock().unwrap();
    let is_item = |path: &str| {
        path.strip_prefix("/v1.2/item/").is_some_and(|number| number.parse::<u32>().is_ok())
    };
    assert!(seen.requests.iter().any(|(_, path, _)| is_item(path)), "{:?}", seen.requests);
}

/// The flags are the keys of `learned:`.
#[test]
fn flags_choose_the_time_and_the_size() {
    let server = Server::new(Seen::default());
    let due = |words: &[&str]| sent(&plain(), &server, words)["due"].as_u64().unwrap();
    // 0.75 · 10 / s · 4 s, and four times that.
    let quiet = due(&["--for", "4s", "--at", "2026-11-01T04:30:00Z"]);
    let loud = due(&["--for", "4s", "--at", "2026-11-01T04:30:00Z", "--scale", "4"]);
    assert!((8..=52).contains(&quiet), "{quiet}");
    assert!((76..=164).contains(&loud), "{loud}");
}

#[test]
fn what_is_wrong_with_a_load_is_said() {
    let server = Server::new(Seen::default());
    let check = |folder: &Folder, words: &[&str], expected: &str| {
        let url = server.url();
        let finished = folder.run(&[&["drive", words[0], "--target", &url], &words[1..]].concat());
        assert_eq!(finished.status, 2, "{finished:#?}");
        assert!(finished.stderr.contains(expected), "{finished:#?}");
    };
    let load = "shop.load.yaml";
    check(&folder(LOAD), &[load], "nothing says how `target.GET /v1.2/item/{id}` is called");
    check(&plain(), &[load, "--at", "noon"], "at: \"noon\"");
    check(&plain(), &[load, "--requests", "item.yaml"], "is not in the mix of the load");
    check(&plain(), &[load, "--quantile", "95%"], "quantile");
    let folder = super::folder("web.page: {arrivals: {poisson: {rate: 9/s}}}", "1s");
    check(&folder, &["a.yaml", "--scale", "2"], "--scale 2: this is for a load file");
    assert!(server.seen.lock().unwrap().requests.is_empty());
}
