//! Faults of users are sent; of the rest it is said that they are not.

use serde_json::Value;

use super::{Folder, Seen, Server, drive, folder};

/// Ten seconds of a user every 50 ms, at 50, 100, … 9950 ms, and one who buys every second.
fn with_fault(fault: &str) -> Folder {
    let load = "web.page: {arrivals: {renewal: {interarrival: 50ms}}}, \
                web.buy: {arrivals: {renewal: {interarrival: 1s}}}";
    let folder = folder(load, "10s");
    let text = std::fs::read_to_string(folder.path("a.yaml")).unwrap();
    folder
        .write("a.yaml", &text.replace("requests:", &format!("faults: [{{{fault}}}], requests:")));
    folder
}

/// What is due in the first five seconds and in the others, and sent for each endpoint.
#[track_caller]
fn check(fault: &str, due: [u64; 2], page: u64, buy: u64) {
    let (report, _) = drive(&with_fault(fault), &Server::new(Seen::default()), &[]);
    let number = |value: &Value| value.as_u64().unwrap();
    let of = |endpoint: &str| number(&report["endpoints"][endpoint]["sent"]);
    let windows = [0, 1].map(|window| number(&report["windows"][window]["due"]));
    assert_eq!((windows, of("web.page"), of("web.buy")), (due, page, buy), "{fault}");
}

#[test]
fn a_surge_comes_to_the_target() {
    // A user every 25 ms from 4 s to 6 s.
    check(
        "load_surge: {at: web.page, factor: 2, start: 4s, duration: 2s}",
        [80 + 39 + 4, 41 + 79 + 5],
        239,
        9,
    );
}

#[test]
fn a_herd_comes_back_to_the_target() {
    // Those of 4 s to 6 s come at 6 s.
    check("reconnect_herd: {at: web.page, start: 4s, duration: 2s}", [79 + 4, 40 + 80 + 5], 199, 9);
}

#[test]
fn a_skewed_mix_comes_to_the_target() {
    check("skewed_mix: {at: web.buy, start: 4s, duration: 2s}", [99 + 4, 100 + 5], 159, 9 + 40);
}

#[test]
fn what_cannot_be_sent_is_said() {
    let server = Server::new(Seen::default());
    let run = |fault: &str| {
        let folder = with_fault(fault);
        folder.run(&["drive", "a.yaml", "--target", &server.url(), "--set", "run.horizon=1s"])
    };
    let slow = run("slow_clients: {takes: 1s}");
    assert_eq!(slow.status, 2, "{slow:#?}");
    assert!(slow.stderr.contains("`slow_clients` cannot be driven"), "{slow:#?}");
    assert!(server.seen.lock().unwrap().requests.is_empty());
    let crash = run("crash: {at: web}");
    assert!(crash.stderr.contains("note: crash at web is not done to the target"), "{crash:#?}");
    assert!(!server.seen.lock().unwrap().requests.is_empty());
}
