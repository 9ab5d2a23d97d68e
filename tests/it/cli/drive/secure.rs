//! Certificates that are trusted or not, and secrets that nobody is shown.

use std::net::TcpStream;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::{Folder, Seen, Server, folder};

/// A certificate that nobody but its owner has signed, as PEM, and how a server shows it.
fn certificate() -> &'static (String, Arc<ServerConfig>) {
    static MADE: OnceLock<(String, Arc<ServerConfig>)> = OnceLock::new();
    MADE.get_or_init(|| {
        let names = vec![String::from("localhost")];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key);
        (made.cert.pem(), Arc::new(config.unwrap()))
    })
}

fn secured(stream: TcpStream) -> Option<StreamOwned<ServerConnection, TcpStream>> {
    let connection = ServerConnection::new(Arc::clone(&certificate().1)).ok()?;
    Some(StreamOwned::new(connection, stream))
}

fn page() -> Folder {
    folder("web.page: {arrivals: {poisson: {rate: 100/s}}}", "1s")
}

#[test]
fn a_certificate_of_its_own_is_refused_until_it_is_trusted() {
    let server = Server::with(Seen::default(), secured);
    let url = format!("https://localhost:{}", server.address.port());
    let folder = page();
    let refused = folder.run(&["drive", "a.yaml", "--target", &url]);
    assert_eq!(refused.status, 2, "{refused:#?}");
    assert!(refused.stderr.contains("the certificate of https://localhost"), "{refused:#?}");
    assert!(refused.stderr.contains("--ca FILE"), "{refused:#?}");
    assert!(server.seen.lock().unwrap().requests.is_empty());

    folder.write("own.pem", &certificate().0);
    let trusted =
        folder.run(&["drive", "a.yaml", "--target", &url, "--ca", "own.pem", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&trusted.stdout).unwrap();
    assert_eq!(report["endpoints"]["web.page"]["ok"]["value"], 1.0, "{report}");
    assert_eq!(
        report["sent"].as_u64().unwrap() as usize,
        server.seen.lock().unwrap().requests.len()
    );

    folder.write("none.pem", "nothing");
    let none = folder.run(&["drive", "a.yaml", "--target", &url, "--ca", "none.pem"]);
    assert!(none.stderr.contains("there is no certificate in this file"), "{none:#?}");
}

/// A secret comes to the target, and is in no report, no file and no message.
#[test]
fn secrets_come_from_the_environment() {
    let folder = page();
    let text = std::fs::read_to_string(folder.path("a.yaml")).unwrap();
    let header = "web.page: {headers: {authorization: 'Bearer {{env.SHOP_TOKEN}}'}, path";
    folder.write("a.yaml", &text.replace("web.page: {path", header));
    let server = Server::new(Seen::default());
    let url = server.url();
    let words =
        ["drive", "a.yaml", "--target", &url, "--out", "report.html", "--out", "report.txt"];
    let run = |words: &[&str], token: Option<&str>| {
        let set = token.map(|token| ("SHOP_TOKEN", token));
        let finished = folder.run_where(set.as_slice(), words);
        (finished.status, finished.stdout + &finished.stderr)
    };
    let (_, mut shown) = run(&[&words[..], &["--format", "json"]].concat(), Some("hush-8841"));
    assert!(server.seen.lock().unwrap().header.contains("authorization: bearer hush-8841\n"));
    for file in ["report.html", "report.txt"] {
        shown += &std::fs::read_to_string(folder.path(file)).unwrap();
    }
    let (status, missing) = run(&words, None);
    assert_eq!(status, 2);
    assert!(missing.contains("the environment has no text `SHOP_TOKEN`"), "{missing}");
    let (status, broken) = run(&words, Some("hush-8841\nx"));
    assert_eq!(status, 2);
    assert!(broken.contains("the value of `authorization` cannot be in a header"), "{broken}");
    assert!(!(shown + &broken).contains("hush"));
}

/// Nothing goes to whom a redirect names, whichever certificates are trusted: it is an answer, which may
/// be the expected one.
#[test]
fn a_redirect_leads_nowhere() {
    let check = |is_secured: bool| {
        let other = Server::new(Seen::default());
        let location = Some(format!("{}/elsewhere", other.url()));
        let seen = Seen { status: Some(307), location, ..Seen::default() };
        let server = if is_secured { Server::with(seen, secured) } else { Server::new(seen) };
        let scheme = if is_secured { "https" } else { "http" };
        let url = format!("{scheme}://localhost:{}", server.address.port());
        let folder = folder("web.buy: {arrivals: {poisson: {rate: 50/s}}}", "1s");
        folder.write("own.pem", &certificate().0);
        let text = std::fs::read_to_string(folder.path("a.yaml")).unwrap();
        folder.write("a.yaml", &text.replace("expect: 201", "expect: 307"));
        let trusted: &[&str] = if is_secured { &["--ca", "own.pem"] } else { &[] };
        let words = ["drive", "a.yaml", "--target", &url, "--format", "json"];
        let finished = folder.run(&[&words, trusted].concat());
        let report: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
        assert_eq!(report["endpoints"]["web.buy"]["ok"]["value"], 1.0, "{report}");
        assert!(!server.seen.lock().unwrap().requests.is_empty());
        let elsewhere = &other.seen.lock().unwrap().requests;
        assert!(elsewhere.is_empty(), "{elsewhere:?}");
    };
    check(false);
    check(true);
}

/// Everybody has the cookies that he was given, and nobody those of others.
#[test]
fn cookies_are_of_one_user() {
    let check = |is_secured: bool| {
        let seen = Seen { gives_cookies: true, ..Seen::default() };
        let server = if is_secured { Server::with(seen, secured) } else { Server::new(seen) };
        let scheme = if is_secured { "https" } else { "http" };
        let url = format!("{scheme}://localhost:{}", server.address.port());
        let people = "people: {open: {renewal: {interarrival: 100ms}}, \
                      session: [{call: web.page}, {call: web.page}, {call: web.page}]}";
        let folder = folder(people, "1s");
        folder.write("own.pem", &certificate().0);
        let trusted: &[&str] = if is_secured { &["--ca", "own.pem"] } else { &[] };
        // Three take turns at being everybody.
        let words = ["drive", "a.yaml", "--target", &url, "--users", "3"];
        folder.run(&[&words, trusted].concat());
        let seen = server.seen.lock().unwrap();
        assert_eq!((seen.requests.len(), seen.cookies.len()), (27, 18));
        for (path, cookie) in &seen.cookies {
            assert_eq!(*cookie, format!("at={path}"));
        }
    };
    check(false);
    check(true);
}
