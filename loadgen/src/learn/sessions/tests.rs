use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use foreshadow_scenarios::{LearnedLoad, load_learned};
use foreshadow_sim::plan::{
    Arrivals, Call, Curve, Leaving, Load, OnFailure, Plan, Run, Step, Walk,
};
use foreshadow_sim::random::Law;
use foreshadow_sim::visits;
use proptest::prelude::*;

use super::chain::say;
use super::*;
use crate::learn::{Entry, LearnedFile, LoadOptions, learn};

const PATHS: [&str; 3] = ["/", "/cart", "/buy"];
/// Who is at the entrance, in the cart, at the counter: where they go on.
const NEXT: [[f64; 3]; 3] = [[0.2, 0.5, 0.0], [0.3, 0.1, 0.2], [0.1, 0.0, 0.0]];
const START: [f64; 3] = [0.8, 0.2, 0.0];
/// Mean pauses \[s\].
const PAUSES: [f64; 3] = [20.0, 8.0, 60.0];
/// How long an answer takes \[s\].
const ANSWER: f64 = 0.25;
const SESSIONS: usize = 12_000;

fn walk() -> Walk {
    Walk {
        start: START.to_vec(),
        next: NEXT.map(Vec::from).to_vec(),
        think: PAUSES.map(|mean| Law::exponential(mean * 1e9).unwrap()).to_vec(),
        lead: Duration::ZERO,
    }
}

/// Requests of people who walk: when \[s\], which person, which path.
fn asked() -> Vec<(f64, usize, usize)> {
    let call = |endpoint| {
        let call = Call { on_failure: OnFailure::Continue, ..Call::new(endpoint, None) };
        Step::Call(call)
    };
    let load = Load::Sessions {
        arrivals: Arrivals::Poisson(Curve::constant(0.5)),
        session: (0..3).map(call).collect(),
        walk: Some(Arc::new(walk())),
        leaving: Leaving::default(),
    };
    let plan =
        Plan { loads: vec![load], run: Run { seed: 3, ..Run::default() }, ..Plan::default() };
    let mut all = Vec::new();
    for (person, (due, calls)) in visits(&plan, 0, 0).unwrap().take(SESSIONS).enumerate() {
        let mut at = due.as_secs_f64();
        for visit in calls {
            at += visit.think as f64 * 1e-9;
            all.push((at, person, visit.endpoint));
            at += ANSWER;
        }
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all
}

/// The same as an access log of NGINX, which has the time of the answer.
fn log(asked: &[(f64, usize, usize)]) -> String {
    let mut text = String::new();
    for (at, person, path) in asked {
        let (a, b) = (person / 250, person % 250);
        writeln!(
            text,
            r#"{{"msec": "{:.3}", "remote_addr": "198.51.{a}.{b}", "http_user_agent": "Agent/{}", "request_method": "GET", "request_uri": "{}", "status": 200, "request_time": {ANSWER}, "body_bytes_sent": {}, "request_length": 300}}"#,
            1_793_491_200.0 + at + ANSWER,
            person % 7,
            PATHS[*path],
            1000 * (path + 1)
        )
        .unwrap();
    }
    text
}

fn learned_from(text: &str) -> LearnedFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    let options = LoadOptions { name: String::from("shop"), ..LoadOptions::default() };
    let found = learn(&[file.path().to_path_buf()], &options, &mut |_| ControlFlow::Continue(()));
    let mut found = found.unwrap();
    // The name of the file is another each time.
    found.yaml = found.yaml.replace(&file.path().display().to_string(), "access.log");
    found
}

fn read_back(yaml: &str) -> LearnedLoad {
    load_learned(Path::new("l.yaml"), None, &|_| Ok(yaml.to_owned())).unwrap()
}

/// A share that was counted `all` times is the known one, within four standard deviations.
#[track_caller]
fn check_share(found: f64, known: f64, all: f64) {
    let off = 4.0 * (known * (1.0 - known) / all).sqrt() + 1e-3;
    assert!((found - known).abs() < off, "{found}, expected {known}");
}

#[test]
fn a_chain_that_is_known_is_found_again() {
    let log = log(&asked());
    let found = learned_from(&log);
    let load = read_back(&found.yaml);
    let chain = load.chain.as_ref().expect("sessions were written");
    let state = |path: &str| {
        let of = |entry: &usize| load.endpoint(*entry) == format!("GET {path}");
        chain.entries.iter().position(of).unwrap()
    };
    let states = PATHS.map(state);
    let all = walk().visits().unwrap().iter().map(|v| v * SESSIONS as f64).collect::<Vec<_>>();
    for (i, from) in states.into_iter().enumerate() {
        check_share(chain.walk.start[from], START[i], SESSIONS as f64);
        for (j, to) in states.into_iter().enumerate() {
            check_share(chain.walk.next[from][to], NEXT[i][j], all[i]);
        }
        // Exponential pauses: their standard deviation is their mean.
        let (mean, n) =
            (chain.walk.think[from].mean() * 1e-9, all[i] * NEXT[i].iter().sum::<f64>());
        assert!((mean / PAUSES[i] - 1.0).abs() < 4.0 / n.sqrt() + 1e-3, "{mean} {}", PAUSES[i]);
    }
    let known: f64 = all.iter().sum::<f64>() / SESSIONS as f64;
    let requests = load.file.sessions.as_ref().unwrap().requests.as_ref().unwrap();
    assert!(requests.low.0 < known && known < requests.high.0, "{requests:?} {known}");
    assert!(requests.high.0 - requests.low.0 < 0.03 * known, "{requests:?} tells little");
    assert!(found.yaml.contains("  from: answer\n"));
    // Both are of first order, so the chain is off by chance alone.
    let fact = found.facts.iter().find(|fact| fact.starts_with("a chain")).unwrap();
    let off = |text: &str| text.split(" %").next().and_then(|t| t.rsplit(' ').next()?.parse().ok());
    let lengths: f64 = off(fact).unwrap();
    assert!(lengths < 3.0 && !fact.contains("far off"), "{fact}");
    assert!(found.yaml.contains(", reliable: true}\n"), "{}", found.yaml);
    let sizes = load.file.mix[0].answer_bytes.as_ref().unwrap();
    let asked = load.file.mix[0].request_bytes.as_ref().unwrap();
    assert_eq!((sizes.p50.0, sizes.p99.0, asked.mean.0), (1000.0, 1000.0, 300.0));
    assert_eq!(learned_from(&log).yaml, found.yaml, "whatever the key of the process");
    let said = found.yaml + &found.facts.join("\n");
    for secret in ["198.51", "Agent"] {
        assert!(!said.contains(secret), "{secret} is nobody's business");
    }
}

#[test]
fn independent_requests_are_no_sessions() {
    let alone: Vec<_> = asked().into_iter().enumerate().map(|(i, (at, _, p))| (at, i, p)).collect();
    let found = learned_from(&log(&alone));
    assert!(!found.yaml.contains("sessions:"));
    let why = "no sessions: hardly anybody asked twice, which is as good as independent requests";
    assert!(found.facts.iter().any(|fact| fact == why), "{:?}", found.facts);
}

const SECOND: u64 = 1_000_000_000;

fn who(person: usize) -> Who {
    Who::of([person.to_string().as_str()]).unwrap()
}

fn half_an_hour() -> Sessions {
    Sessions::new(Duration::from_mins(30))
}

/// What one person's requests (at \[s\], for how long \[s\]) become: sessions of pauses \[ms\].
#[track_caller]
fn check_pauses(requests: &[(u64, u64)], expected: &[&[u32]]) {
    let mut sessions = half_an_hour();
    for (at, duration) in requests {
        sessions.take(who(1), at * SECOND, Some(duration * SECOND), 0);
    }
    let rows = sessions.rows().0;
    let pauses: Vec<Vec<u32>> =
        rows.iter().map(|row| row.iter().map(|(_, pause)| *pause).collect()).collect();
    assert_eq!(pauses, expected);
}

#[test]
fn pauses_are_from_answers_and_parts_of_a_page_have_none() {
    check_pauses(&[(100, 2), (110, 0)], &[&[0, 8000]]);
    // The parts come while the page is under way, and one is logged late.
    check_pauses(&[(100, 4), (101, 1), (101, 9), (100, 1), (115, 0)], &[&[0, 0, 0, 0, 5000]]);
    check_pauses(&[(100, 10), (1910, 0), (3711, 0)], &[&[0, 1_800_000], &[0]]);
}

#[test]
fn what_is_no_entry_is_passed_over() {
    let mut sessions = half_an_hour();
    for person in 0..200 {
        let start = 100_000 * SECOND * (1 + person as u64);
        for (number, operation) in [0, 7, 0, 1].into_iter().enumerate() {
            let at = start + 5 * SECOND * number as u64;
            sessions.take(who(person), at, Some(SECOND), operation);
        }
    }
    let entry = |operation: u32| (operation < 2).then_some(operation as usize);
    let found = found(sessions, entry, 2, &mut Vec::new()).unwrap();
    assert_eq!((found.counts.start, found.counts.leaves), (vec![200.0, 0.0], vec![0.0, 200.0]));
    assert_eq!(found.counts.next, [[200.0, 200.0], [0.0, 0.0]]);
    // Twice four seconds over what was passed, or four.
    assert_eq!(
        found.own_think[0].as_ref().map(|law| (law.others[0], law.others[20])),
        Some((4.0, 8.0))
    );
}

#[test]
fn machines_are_left_out_and_counted() {
    let mut sessions = half_an_hour();
    for number in 0..3000 {
        sessions.take(who(0), number * SECOND, None, 0);
        sessions.take(who(1 + number as usize / 3), number * SECOND, None, 0);
    }
    assert_eq!(sessions.count(), 1000);
    let (rows, facts) = sessions.rows();
    assert_eq!((facts.machines, facts.machine_requests), (1, 3000));
    assert_eq!((rows.len(), rows[5].len()), (1000, 3));
}

/// A health check every ten minutes makes few requests, but goes on for days; who asks for a day is a
/// person as long as he pauses.
#[test]
fn who_never_sleeps_is_a_machine() {
    let mut sessions = half_an_hour();
    for number in 0..720 {
        sessions.take(who(0), (1 + number) * 600 * SECOND, None, 0);
    }
    for number in 0..100 {
        sessions.take(who(1), (1 + number) * 2000 * SECOND, None, 0);
    }
    let (rows, facts) = sessions.rows();
    assert_eq!((facts.machines, facts.machine_requests), (1, 720));
    assert_eq!(rows.len(), 100);
    let mut said = Vec::new();
    say(&facts, Duration::from_mins(30), &mut said);
    assert!(
        said[0].starts_with("1 asked more than 1000 times, or for longer than 24 h,"),
        "{said:?}"
    );
}

#[test]
fn a_line_from_the_future_ends_no_session_of_the_present() {
    let mut sessions = half_an_hour();
    for minute in 0..60 {
        for person in 0..5 {
            sessions.take(who(person), (10_000 + minute * 60) * SECOND, None, 0);
        }
        if minute == 20 {
            sessions.take(who(9), 90_000_000 * SECOND, None, 0);
        }
    }
    let rows = sessions.rows().0;
    let lengths: Vec<usize> = rows.iter().map(Vec::len).collect();
    assert_eq!(lengths, [60, 60, 60, 60, 60, 1]);
}

/// Two servers behind one balancer: a person's requests are in both files.
#[test]
fn files_side_by_side_tell_no_sessions() {
    let read = |second_file_from: u64| {
        let mut sessions = half_an_hour();
        for from in [0, second_file_from] {
            sessions.next_file();
            for person in 0..200_usize {
                for request in 0..3 {
                    let at = 10_000 + from + 60 * person as u64 + request;
                    sessions.take(who(person), at * SECOND, None, 0);
                }
            }
        }
        let mut facts = Vec::new();
        (found(sessions, |_| Some(0), 1, &mut facts).is_some(), facts.join("\n"))
    };
    let (is_found, facts) = read(7);
    assert!(!is_found && facts.contains("no sessions: files were written side by side"), "{facts}");
    // One after the other, with a few seconds in both.
    let (is_found, facts) = read(60 * 199 - 5);
    assert!(is_found && !facts.contains("side by side"), "{facts}");
}

#[test]
fn memory_is_bounded_and_what_is_kept_is_a_fair_part() {
    let mut sessions = half_an_hour();
    let people = MOST_PEOPLE * 3;
    for person in 0..people {
        let at = (person as u64) * SECOND / 1000;
        sessions.take(who(person), at, None, 0);
        sessions.take(who(person), at, None, 1);
        assert!(sessions.people.len() <= MOST_PEOPLE && sessions.kept.len() < MOST_KEPT);
    }
    let every = sessions.every;
    let (rows, facts) = sessions.rows();
    assert!(facts.crowded > 0 && every == 4, "{facts:?} {every}");
    assert_eq!(rows.len() as u64, people as u64 / every);
    assert!(rows.iter().all(|row| row.len() == 2));
}

#[test]
fn a_file_that_goes_back_in_time_begins_anew() {
    let mut sessions = half_an_hour();
    sessions.take(who(1), 90_000 * SECOND, None, 0);
    sessions.next_file();
    sessions.take(who(1), 10_000 * SECOND, None, 0);
    sessions.take(who(1), 10_010 * SECOND, None, 0);
    sessions.next_file();
    sessions.take(who(1), 10_020 * SECOND, None, 0);
    let (rows, facts) = sessions.rows();
    assert_eq!((rows.len(), rows[1].len(), facts.back), (2, 3, 1));
}

fn mix(n: usize) -> Vec<Entry> {
    let entry = |number: usize| Entry {
        operation: format!("GET /{number}\"'{{#: x"),
        endpoint: None,
        share: 1.0 / n as f64,
        by_hour: None,
        answer_bytes: None,
        request_bytes: None,
    };
    (0..n).map(entry).collect()
}

proptest! {
    /// Whatever sessions there were, what is written is read back as what was counted.
    #[test]
    fn the_section_is_read_back(
        rows in prop::collection::vec(
            prop::collection::vec((0_u32..5, 0_u32..100_000), 2..9), LEAST_ROWS..120),
    ) {
        let mut sessions = half_an_hour();
        for (person, row) in rows.iter().enumerate() {
            let mut at = 10_000 * SECOND * (1 + person as u64);
            for (operation, pause) in row {
                at += u64::from(*pause) * 1_000_000;
                sessions.take(who(person), at, Some(0), *operation);
            }
        }
        let found = found(sessions, |operation| Some(operation as usize), 5, &mut Vec::new());
        let found = found.unwrap();
        let mut text = String::from(
            "foreshadow: load/v1\nname: p\nbin: 1h\nhistory: {start: 2026-11-01T00:00:00Z, per_s: [1]}\nmix:\n",
        );
        for entry in mix(5) {
            let name = crate::learn::write::quoted(&entry.operation);
            writeln!(text, "  - {{operation: {name}, share: 20%}}").unwrap();
        }
        let load = read_back(&(text + &yaml(&found, &mix(5))));
        let chain = load.chain.unwrap();
        for (state, &from) in chain.entries.iter().enumerate() {
            let visits = found.counts.visits(from);
            for (other, &to) in chain.entries.iter().enumerate() {
                let share = found.counts.next[from][to] / visits;
                prop_assert!((chain.walk.next[state][other] - share).abs() < 1e-3);
            }
        }
        let requests = rows.iter().map(Vec::len).sum::<usize>() as f64 / rows.len() as f64;
        prop_assert!((chain.requests / requests - 1.0).abs() < 5e-3);
    }
}

const LEAST_ROWS: usize = 110;
