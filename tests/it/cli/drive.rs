//! `foreshadow drive` against a server on loopback.

mod alone;
mod faults;
mod secure;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use foreshadow_loadgen::drive::limits::Caps;
use foreshadow_loadgen::drive::schedule::{self, Options};
use foreshadow_scenarios::{load_scenario, lower};
use foreshadow_sim::Simulation;
use foreshadow_sim::tally::Request;
use serde_json::Value;

use super::Folder;

/// What a server saw, and what it does.
#[derive(Default)]
struct Seen {
    /// Method, path and body of each request.
    requests: Vec<(String, String, String)>,
    /// Header fields of the last request, in small letters.
    header: String,
    /// From this request on nothing is answered for so long.
    stall: Option<(usize, Duration)>,
    until: Option<Instant>,
    /// What is answered; 200 by default.
    status: Option<u16>,
    /// Where else it is said to be.
    location: Option<String>,
    /// Paths that begin so are never answered.
    hangs: Option<&'static str>,
    /// Whether everybody is given his path as a cookie.
    gives_cookies: bool,
    /// Path and cookie of each request that had one.
    cookies: Vec<(String, String)>,
}

struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    /// Listens on a free port; its threads end with the test's process.
    fn new(seen: Seen) -> Self {
        Self::with(seen, Some)
    }

    /// The same, where connections go through something else before requests come.
    fn with<S: Read + Write + 'static>(seen: Seen, through: fn(TcpStream) -> Option<S>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(seen));
        let shared = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let seen = Arc::clone(&shared);
                thread::spawn(move || serve(through(stream)?, &seen));
            }
        });
        Self { address, seen }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Answers one connection until it is closed.
fn serve(stream: impl Read + Write, seen: &Mutex<Seen>) -> Option<()> {
    let mut lines = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if lines.read_line(&mut first).ok()? == 0 {
            return None;
        }
        let (mut length, mut header) = (0, String::new());
        loop {
            let mut line = String::new();
            lines.read_line(&mut line).ok()?;
            let line = line.trim().to_lowercase();
            header += &format!("{line}\n");
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        lines.read_exact(&mut body).ok()?;
        let (hangs, wait, status, more) = {
            let mut seen = seen.lock().unwrap();
            let mut words = first.split(' ').map(str::to_owned);
            let (method, path) = (words.next()?, words.next()?);
            let cookie = header.lines().find_map(|line| line.strip_prefix("cookie: "));
            seen.cookies.extend(cookie.map(|cookie| (path.clone(), cookie.to_owned())));
            let cookie = seen.gives_cookies.then(|| format!("set-cookie: at={path}\r\n"));
            seen.header = header;
            let hangs = seen.hangs.is_some_and(|start| path.starts_with(start));
            seen.requests.push((method, path, String::from_utf8(body).ok()?));
            if let Some((at, length)) = seen.stall
                && seen.requests.len() >= at
            {
                seen.stall = None;
                seen.until = Some(Instant::now() + length);
            }
            let wait = seen.until.map(|until| until.saturating_duration_since(Instant::now()));
            let location = seen.location.as_ref().map(|at| format!("location: {at}\r\n"));
            let more = [cookie, location].into_iter().flatten().collect::<String>();
            (hangs, wait, seen.status, more)
        };
        if hangs {
            loop {
                thread::park();
            }
        }
        wait.into_iter().for_each(thread::sleep);
        let status = status.unwrap_or(200);
        let answer = format!("HTTP/1.1 {status} X\r\n{more}content-length: 2\r\n\r\nok");
        lines.get_mut().write_all(answer.as_bytes()).ok()?;
    }
}

const TWIN: &str = "\
foreshadow: twin/v1
name: a
components:
  web: {endpoints: {page: {steps: [{work: 1ms}]}, buy: {steps: [{work: 1ms}]}}}
";

/// A folder with a scenario of this load and time.
fn folder(load: &str, horizon: &str) -> Folder {
    let folder = Folder::new();
    folder.write("a.twin.yaml", TWIN);
    folder.write("order.json", r#"{"order": {{ticket}}}"#);
    let text = format!(
        "{{foreshadow: scenario/v1, name: a, twin: a.twin.yaml, load: {{{load}}}, \
         requests: {{web.page: {{path: '/page?n={{{{ticket}}}}'}}, \
         web.buy: {{method: POST, path: /buy, body_file: order.json, expect: 201}}}}, \
         run: {{horizon: {horizon}, seed: 4}}}}"
    );
    folder.write("a.yaml", &text);
    folder
}

/// The report of a run, and its status.
fn drive(folder: &Folder, server: &Server, words: &[&str]) -> (Value, i32) {
    let url = server.url();
    let all = [&["drive", "a.yaml", "--target", &url, "--format", "json"], words].concat();
    let finished = folder.run(&all);
    let report = serde_json::from_str(&finished.stdout);
    (report.unwrap_or_else(|_| panic!("{finished:#?}")), finished.status)
}

/// From 200 to 800 requests a second and back: all are sent, and in every window as many as are due, or
/// the report says that the machine was too slow for it.
#[test]
fn what_is_sent_follows_the_schedule() {
    let curve = "web.page: {arrivals: {rates: [{at: 0s, rate: 200/s}, {at: 5s, rate: 800/s}, \
                 {at: 10s, rate: 200/s}]}}";
    let (folder, server) = (folder(curve, "10s"), Server::new(Seen::default()));
    let (report, status) = drive(&folder, &server, &[]);
    assert_eq!(report["due"], report["sent"]);
    assert_eq!(
        report["sent"].as_u64().unwrap() as usize,
        server.seen.lock().unwrap().requests.len()
    );
    // A machine that is busy with other things is late, which is measured and said.
    let lag = report["start_lag_ms"]["p99"].as_f64().unwrap();
    let is_late = report["reason"].as_str().is_some_and(|why| why.starts_with("late_generator"));
    assert_eq!((status == 3, is_late), (lag > 20.0, lag > 20.0), "{report}");
    if is_late {
        return;
    }
    for window in report["windows"].as_array().unwrap() {
        let (due, sent) = (window["due"].as_f64().unwrap(), window["sent"].as_f64().unwrap());
        assert!((sent / due - 1.0).abs() < 0.02, "{window}");
    }
}

/// Every request of a learned load is due at the instant at which the simulator has it come, and for the
/// same endpoint, whatever the seed.
#[test]
fn due_times_are_those_of_the_simulator() {
    let load = "foreshadow: load/v1\nname: l\nbin: 1h\nhistory: {start: 2026-11-01T00:00:00Z, per_s: [30, 90, 40]}\n\
                mix: [{endpoint: web.page, share: 70%}, {endpoint: web.buy, share: 30%}]\n\
                bursts: {step: 1s, wavers: [{over: 5s, shared: 0.2, own: 0.1}]}\n";
    for seed in [1, 2, 3] {
        let text = format!(
            "{{foreshadow: scenario/v1, name: a, twin: a.twin.yaml, load: {{learned: {{file: l.yaml}}}}, \
             requests: {{web.page: {{path: /page}}, web.buy: {{path: /buy}}}}, run: {{horizon: 20s, seed: {seed}}}}}"
        );
        let read = |path: &Path| match path.to_str() {
            Some("a.yaml") => Ok(text.clone()),
            Some("l.yaml") => Ok(load.to_owned()),
            _ => Ok(TWIN.to_owned()),
        };
        let scenario = load_scenario(Path::new("a.yaml"), &[], &read).unwrap();
        let lowered = lower(&scenario).unwrap();
        let options = Options {
            target: String::from("http://127.0.0.1:1"),
            users: 10,
            timeout: Duration::from_secs(1),
            caps: Caps::default(),
            abort: None,
            ca: None,
        };
        let job = schedule::job(&scenario, &lowered, &options, &read).unwrap();
        let name = |step: u32| &job.requests[job.steps[step as usize].request as usize].name;
        let mut driven: Vec<(u64, &String)> =
            job.tickets.iter().map(|ticket| (ticket.due, name(ticket.first))).collect();
        let simulation = Simulation::new(lowered.plan.clone()).unwrap();
        let (_, log) = simulation.logged(0, &AtomicBool::new(false)).unwrap();
        let endpoint = |request: &Request| &lowered.names.endpoints[request.endpoint as usize];
        let mut simulated: Vec<(u64, &String)> =
            log.iter().map(|request| (request.due, endpoint(request))).collect();
        driven.sort_unstable();
        simulated.sort_unstable();
        assert!(driven.len() > 1000, "{}", driven.len());
        assert_eq!(driven, simulated, "seed {seed}");
    }
}

/// Users come when the simulator has them come: the same number of them in the same seconds.
#[test]
fn the_schedule_is_that_of_the_simulator() {
    let load = "web.page: {arrivals: {poisson: {rate: 100/s}}}, people: {open: {poisson: {rate: 20/s}}, \
                session: [{call: web.page}, {think: 10ms}, {call: web.page}]}";
    let (folder, server) = (folder(load, "3s"), Server::new(Seen::default()));
    let (report, _) = drive(&folder, &server, &[]);
    let rehearsed =
        folder.run(&["rehearse", "a.yaml", "--set", "run.replications=1", "--format", "json"]);
    let rehearsed: Value = serde_json::from_str(&rehearsed.stdout).unwrap();
    let offered =
        rehearsed["endpoints"]["web.page"]["offered_per_s"]["value"].as_f64().unwrap() * 3.0;
    // Of sessions that began within the horizon, one or the other second call is due after it.
    let sent = report["endpoints"]["web.page"]["sent"].as_f64().unwrap();
    assert!((0.0..=3.0).contains(&(sent - offered)), "{sent} sent, {offered} in the simulator");
    let [users, requests, after] = ["/sent", "/requests/sent", "/requests/after_answers"]
        .map(|of| report.pointer(of).unwrap().as_f64().unwrap());
    assert_eq!((requests, after), (sent, sent - users), "{report}");
    assert!(after > 10.0, "{report}");
}

/// Eight users, and a server that stands still for a second: whoever was due meanwhile waited, although
/// only eight were asked late.
#[test]
fn a_stall_shows_although_few_were_under_way() {
    let seen = Seen { stall: Some((200, Duration::from_secs(1))), ..Seen::default() };
    let (folder, server) =
        (folder("web.page: {arrivals: {poisson: {rate: 200/s}}}", "8s"), Server::new(seen));
    let (report, status) = drive(&folder, &server, &["--users", "8"]);
    let page = &report["endpoints"]["web.page"];
    let p99 = |of: &str| page[of]["p99"]["value"].as_f64().unwrap();
    assert!(p99("latency_ms") > 700.0, "{page}");
    assert!(p99("from_sent_ms") < p99("latency_ms") / 2.0, "a closed loop hides it: {page}");
    assert_eq!(status, 3, "and the generator was late: {report}");

    // As many requests of as many users, each of whom asks again when he has his answer: of a hundred
    // requests less than one waits, so that the second is not to be seen.
    let seen = Seen { stall: Some((200, Duration::from_secs(1))), ..Seen::default() };
    let server = Server::new(seen);
    let address = server.address;
    let users: Vec<_> = (0..8).map(|_| thread::spawn(move || closed_loop(address, 200))).collect();
    let mut latencies: Vec<Duration> =
        users.into_iter().flat_map(|user| user.join().unwrap()).collect();
    latencies.sort_unstable();
    assert!(latencies[latencies.len() - 1] > Duration::from_millis(500), "somebody waited");
    let p99 = latencies[latencies.len() * 99 / 100];
    println!("p99 of a closed loop: {p99:?}; from due: {} ms", p99_of(page));
    assert!(p99 < Duration::from_millis(500), "{p99:?}");
}

fn p99_of(page: &Value) -> f64 {
    page["latency_ms"]["p99"]["value"].as_f64().unwrap()
}

/// A user who waits for each answer before he asks again: how long he waited for each.
fn closed_loop(address: SocketAddr, requests: usize) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).unwrap();
    let ask = |_| {
        let begun = Instant::now();
        stream.write_all(b"GET /page HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\nok") {
            let mut some = [0; 256];
            let count = stream.read(&mut some).unwrap();
            assert!(count > 0, "the server goes on");
            answer.extend_from_slice(&some[..count]);
        }
        begun.elapsed()
    };
    (0..requests).map(ask).collect()
}

/// Bodies and paths are filled in; another status than expected is a failure.
#[test]
fn requests_are_made_as_the_scenario_says() {
    let load = "web.buy: {arrivals: {poisson: {rate: 50/s}}}";
    let (folder, server) = (folder(load, "1s"), Server::new(Seen::default()));
    let (report, _) = drive(&folder, &server, &[]);
    let seen = server.seen.lock().unwrap();
    assert!(seen.requests.iter().all(|(method, path, _)| method == "POST" && path == "/buy"));
    assert!(
        seen.requests.iter().any(|(_, _, body)| body == r#"{"order": 7}"#),
        "{:?}",
        seen.requests
    );
    assert_eq!(report["endpoints"]["web.buy"]["failed"]["value"], 1.0, "200 is not 201");
}

#[test]
fn a_target_that_fails_is_left_alone() {
    let seen = Seen { status: Some(500), ..Seen::default() };
    let (folder, server) =
        (folder("web.page: {arrivals: {poisson: {rate: 200/s}}}", "30s"), Server::new(seen));
    let (report, status) = drive(&folder, &server, &["--abort-on", "50%"]);
    assert_eq!(status, 3);
    assert!(report["reason"].as_str().unwrap().starts_with("ended_early"), "{report}");
    assert!(report["sent"].as_u64().unwrap() < 2_000, "{report}");
}

/// Pages never come, and buying fails until all is stopped: the pages that were asked for are not forgotten.
#[test]
fn what_was_under_way_when_it_stopped_counts() {
    let load = "web.page: {arrivals: {poisson: {rate: 50/s}}}, \
                web.buy: {arrivals: {poisson: {rate: 50/s}}}";
    let seen = Seen { hangs: Some("/page"), ..Seen::default() };
    let (folder, server) = (folder(load, "30s"), Server::new(seen));
    let (report, status) = drive(&folder, &server, &["--abort-on", "50%"]);
    assert_eq!(status, 3);
    let page = &report["endpoints"]["web.page"];
    assert!(page["sent"].as_u64().unwrap() > 40, "{report}");
    assert_eq!(page["under_way"], page["sent"], "{report}");
    assert_eq!(page["ok"]["value"], Value::Null, "{report}");
    assert!(report["reason"].as_str().unwrap().contains("requests under way"), "{report}");
}

/// Nothing is sent where a cap, a target or a request is not right.
#[test]
fn what_may_not_be_sent_is_refused_before_anything_is() {
    let (folder, server) = (
        folder("web.page: {arrivals: {poisson: {rate: 100/s}}}", "2s"),
        Server::new(Seen::default()),
    );
    let check = |words: &[&str], expected: &str| {
        let finished = folder.run(&[&["drive", "a.yaml"], words].concat());
        assert_eq!(finished.status, 2, "{finished:#?}");
        assert!(finished.stderr.contains(expected), "{finished:#?}");
    };
    let url = server.url();
    check(&["--target", &url, "--max-rate", "50"], "more than the 50 requests of --max-rate");
    check(&["--target", &url, "--max-total", "100"], "more than the 100 of --max-total");
    // The requests of users who ask several times count, not the users.
    let people = "people: {open: {renewal: {interarrival: 100ms}}, \
                  session: [{call: web.page}, {call: web.page}, {call: web.page}]}";
    let sessions = self::folder(people, "2s");
    for flags in [["--max-rate", "20"], ["--max-total", "50"]] {
        let finished = sessions.run(&[&["drive", "a.yaml", "--target", &url], &flags[..]].concat());
        assert_eq!(finished.status, 2, "{finished:#?}");
        assert!(finished.stderr.contains(&format!("of {}", flags[0])), "{finished:#?}");
    }
    check(&["--target", "http://example.com"], "is not on this machine");
    check(&["--target", "localhost:80"], "expected scheme and host");
    check(&["--target", "http://a:b@127.0.0.1:1"], "do not belong there");
    let text = std::fs::read_to_string(folder.path("a.yaml")).unwrap();
    folder.write("a.yaml", &text.replace("web.page: {path", "web.other: {path"));
    check(&["--target", &url], "nothing says how `web.page` is called");
    let closed = "load: {people: {closed: {users: 3}, session: [{call: web.page}, {think: 1s}]}}";
    let begin = text.find("load:").unwrap();
    let end = text.find(", requests").unwrap();
    folder.write("a.yaml", &format!("{}{closed}{}", &text[..begin], &text[end..]));
    check(&["--target", &url], "users who are always there");
    assert!(server.seen.lock().unwrap().requests.is_empty());
}
