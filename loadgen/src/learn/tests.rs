use std::io::Write;
use std::path::Path;

use super::*;

/// A file of this text, kept until it is dropped.
fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn learned(text: &str) -> Result<LearnedFile, Error> {
    let file = file(text);
    let options = LoadOptions { name: String::from("shop"), ..LoadOptions::default() };
    learn(&[file.path().to_path_buf()], &options, &mut |_| ControlFlow::Continue(()))
}

/// The load as a scenario would read it.
fn read_back(yaml: &str) -> foreshadow_scenarios::LearnedLoad {
    let reader = |_: &Path| Ok(yaml.to_owned());
    foreshadow_scenarios::load_learned(Path::new("l.yaml"), None, &reader).unwrap()
}

/// `2026-11-01` and so on for an hour from 0.
fn at(hour: usize) -> String {
    jiff::Timestamp::from_second(1_793_491_200 + 3600 * hour as i64).unwrap().to_string()
}

fn hourly(hours: usize, keep: impl Fn(usize) -> bool) -> String {
    let count = |hour: usize| 3600 + 1800 * usize::from(hour % 24 > 8) + hour * 7919 % 100;
    let row = |hour: usize| format!("{},{}\n", at(hour), count(hour));
    let rows: String = (0..hours).filter(|hour| keep(*hour)).map(row).collect();
    format!("time,count\n{rows}")
}

#[test]
fn a_table_of_counts_becomes_a_load_with_a_forecast() {
    let found = learned(&hourly(24 * 30, |_| true)).unwrap();
    let load = read_back(&found.yaml);
    assert_eq!(load.file.history.per_s.len(), 720);
    assert_eq!(load.file.seasons.len(), 1);
    let (from, to) = load.reach(true).unwrap();
    assert_eq!((from, to - from), (load.history + 720 * load.bin, 14 * 24 * load.bin));
    let noon = load.rate(true, from + 12 * load.bin + load.bin / 2, 0.5, 0).unwrap();
    assert!((noon - 1.51).abs() < 0.05, "{noon}");
    assert!(found.facts.iter().any(|fact| fact == "seasons: 24 h"), "{:?}", found.facts);
}

#[test]
fn an_access_log_becomes_a_mix() {
    let line = |second: usize| {
        let (minute, rest) = (second / 60 % 60, second % 60);
        let path = if second.is_multiple_of(4) { "/cart" } else { "/" };
        format!(
            "10.0.0.1 - - [01/Nov/2026:{:02}:{minute:02}:{rest:02} +0200] \"GET {path} HTTP/1.1\" 200 300\n",
            second / 3600
        )
    };
    let text: String = (0..5000).map(line).collect();
    let file = file(&text);
    let options = LoadOptions {
        name: String::from("shop"),
        endpoints: vec![("GET /".into(), "web.home".into())],
        ..LoadOptions::default()
    };
    let paths = [file.path().to_path_buf()];
    let found = learn(&paths, &options, &mut |_| ControlFlow::Continue(())).unwrap();
    let load = read_back(&found.yaml);
    // Two hours later it would be, without the zone.
    assert!(found.yaml.contains("start: 2026-10-31T22:00:00Z"), "{}", found.yaml);
    assert_eq!(load.file.mix.len(), 2);
    assert_eq!((load.endpoint(0), load.endpoint(1)), ("web.home", "GET /cart"));
    assert!((load.file.mix[1].share.0 - 0.25).abs() < 1e-9);
    assert!(!found.yaml.contains("10.0.0.1"), "addresses of people are not kept");
    let stop = learn(&paths, &options, &mut |_| ControlFlow::Break(()));
    assert!(stop.is_ok(), "too short to be asked");
}

#[test]
fn times_of_requests_show_bursts() {
    let mut text = String::from("time\n");
    for second in 0..6 * 3600 {
        // Three at once, every other second on average.
        if second * 7919 % 17 < 8 {
            for _ in 0..3 {
                text += &format!("{}\n", 1_793_491_200 + second);
            }
        }
    }
    let found = learned(&text).unwrap();
    let load = read_back(&found.yaml);
    let bursts = load.file.bursts.as_ref().expect("seconds were counted");
    assert!(bursts.dispersion[0].index.0 > 1.5, "{:?}", bursts.dispersion);
    assert!(!bursts.wavers.is_empty());
}

#[test]
fn gaps_are_unknown_and_said() {
    let found = learned(&hourly(24 * 30, |hour| !(100..110).contains(&hour))).unwrap();
    let load = read_back(&found.yaml);
    assert_eq!(load.file.history.per_s.iter().filter(|rate| rate.is_none()).count(), 10);
    assert!(found.facts.iter().any(|fact| fact.contains("10 rows")), "{:?}", found.facts);
    let full_of_holes = learned(&hourly(24 * 30, |hour| hour % 7 < 4)).unwrap();
    assert!(
        full_of_holes
            .facts
            .iter()
            .any(|fact| fact.contains("no forecast yet") && fact.contains("missing"))
    );
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    let message = learned(text).unwrap_err().to_string();
    assert!(message.contains(expected), "{message}");
}

#[test]
fn bad_tables_are_refused_with_the_line() {
    refused("time,count\n", "has no requests, so there is no load to learn");
    let (early, late) = (at(0), at(1));
    refused(
        &format!("time,count\n{late},1\n{early},1\n"),
        ":3: is earlier than line 2: sort the table",
    );
    refused(&format!("time,count\n{late},1\n{late},1\n"), ":3: is at the same time as line 2");
    refused("time,count\n2026-11-01 09:00,5\n", ":2: `2026-11-01 09:00` has no zone");
    refused("time,count\n2026-11-01T09:00:00Z,-5\n", ":2: `-5` is no count");
    refused("time\nyesterday\n", ":2: `yesterday` is no time");
    let uneven =
        format!("time,count\n{},1\n{},1\n{},1\n2026-11-01T02:20:00Z,1\n", at(0), at(1), at(2));
    refused(&uneven, ":5: is not a whole number of steps of 60 min");
}

#[test]
fn two_zones_are_one_time() {
    let found = learned(
        "time\n2026-11-01T10:00:00+02:00\n2026-11-01T08:00:30Z\n2026-11-01T09:00:55+01:00\n",
    );
    let load = read_back(&found.unwrap().yaml);
    let known: Vec<f64> = load.file.history.per_s.iter().flatten().copied().collect();
    assert_eq!(known.iter().filter(|rate| **rate > 0.0).count(), 3, "{known:?}");
    assert!(known.len() < 10, "within a minute: {known:?}");
}

#[test]
fn a_day_is_too_little_for_a_forecast() {
    let found = learned(&hourly(20, |_| true)).unwrap();
    let fact = found.facts.last().unwrap();
    assert!(fact.contains("no forecast yet") && fact.contains("too little to forecast"), "{fact}");
    assert!(read_back(&found.yaml).forecast.is_none());
}

/// Unique paths, of which a log of resets and of things that scanners ask for is full: what is counted is
/// bounded, no name of a thing or a person is written, and what many ask for keeps its name.
#[test]
fn unique_paths_take_no_memory_and_names_of_people_stay_out() {
    let mut text = String::new();
    let mut add = |second: usize, person: usize, path: &str| {
        let (hour, minute, rest) = (second / 3600, second / 60 % 60, second % 60);
        text += &format!(
            "10.0.{}.{} - - [01/Nov/2026:{hour:02}:{minute:02}:{rest:02} +0000] \"GET {path} HTTP/1.1\" 200 300\n",
            person / 200,
            person % 200
        );
    };
    for i in 0..40_000 {
        let letters: String =
            (0..6).map(|at| char::from(b'a' + (i / 7_usize.pow(at) % 7) as u8)).collect();
        add(i, i % 1000, "/cart");
        add(i, i % 1000, &format!("/reset/{letters}"));
        if i < 900 {
            add(i, i, &format!("/u/anna-{letters}/inbox"));
        }
        if i % 40 == 0 {
            add(i, 3, "/home-of-otto");
        }
    }
    let file = file(&text);
    let paths = [file.path().to_path_buf()];
    let options = LoadOptions::default();
    let recording = read::read(&paths, &options, &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(recording.operations.len() <= read::MOST_COUNTED + 1, "{}", recording.operations.len());
    let found = learn(&paths, &options, &mut |_| ControlFlow::Continue(())).unwrap();
    let load = read_back(&found.yaml);
    let entries: Vec<&str> = (0..load.file.mix.len()).map(|at| load.endpoint(at)).collect();
    assert_eq!(entries, ["GET /cart", "GET /reset/{}", "GET /u/{}/inbox"]);
    assert!((load.file.mix[0].share.0 - 40_000.0 / 81_900.0).abs() < 1e-3);
    for name in ["anna", "otto"] {
        assert!(!found.yaml.contains(name), "{name} is in the file");
    }
}
