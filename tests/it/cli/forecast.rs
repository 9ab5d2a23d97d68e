//! `foreshadow learn --load` and `foreshadow forecast`: what is printed, and what is refused.

use std::fmt::Write;

use serde_json::Value;

use super::{Finished, Folder};

/// Monday.
const BEGIN: u64 = 1_761_523_200;

/// Requests in an hour of a week: more by day, less at the week's end, and a little unrest.
fn count(hour: u64) -> u64 {
    let [day, of_day] = [hour / 24 % 7, hour % 24];
    let daily = if of_day < 12 { 200 + 50 * of_day } else { 200 + 50 * (24 - of_day) };
    daily * if day < 5 { 10 } else { 6 } / 10 + hour * 37 % 41
}

/// A table of the hours that `is_known` has.
fn table(hours: u64, is_known: impl Fn(u64) -> bool) -> String {
    let rows = (0..hours).filter(|hour| is_known(*hour));
    rows.fold(String::from("time,count\n"), |mut text, hour| {
        writeln!(text, "{},{}", BEGIN + 3600 * hour, count(hour)).unwrap();
        text
    })
}

fn learn(folder: &Folder, words: &[&str]) -> Finished {
    folder.run(&[&["learn", "--load", "shop.load.yaml"], words].concat())
}

/// The folder of four weeks, learned.
fn learned() -> Folder {
    let folder = Folder::new();
    folder.write("counts.csv", &table(24 * 28, |_| true));
    let finished = learn(&folder, &["counts.csv"]);
    assert_eq!(finished.status, 0, "{finished:#?}");
    folder
}

/// What is complained of, and no load file.
#[track_caller]
fn refused(folder: &Folder, words: &[&str]) -> String {
    let before = folder.files();
    let finished = learn(folder, words);
    assert_eq!((finished.status, finished.stdout.as_str()), (2, ""), "{finished:#?}");
    assert_eq!(folder.files(), before);
    finished.stderr
}

#[test]
fn what_a_load_rests_on_is_printed() {
    let folder = learned();
    insta::assert_snapshot!(learn(&folder, &["counts.csv"]).stdout);
}

#[test]
fn a_forecast_is_plotted() {
    let folder = learned();
    let finished = folder.run(&["forecast", "shop.load.yaml", "--horizon", "7d"]);
    assert_eq!(finished.status, 0, "{finished:#?}");
    insta::assert_snapshot!(finished.stdout);
}

#[test]
fn a_forecast_is_json() {
    let folder = learned();
    let words = ["forecast", "shop.load.yaml", "--horizon", "7d", "--format", "json"];
    let forecast: Value = serde_json::from_str(&folder.run(&words).stdout).unwrap();
    assert_eq!(forecast["foreshadow"], "forecast/v1");
    assert_eq!((&forecast["unit"], &forecast["bin_s"]), (&"1/s".into(), &3600.0.into()));
    assert_eq!(forecast["seasons_s"], serde_json::json!([86_400.0, 604_800.0]));
    let bins = forecast["bins"].as_array().unwrap();
    assert_eq!(bins.len(), 24 * 7);
    assert_eq!(bins[0]["at"], "2025-11-24T00:00:00Z");
    for (hour, bin) in (24 * 28..).zip(bins) {
        let levels = ["p2.5", "p50", "p97.5"].map(|level| bin[level].as_f64().unwrap());
        assert!(levels.is_sorted(), "{bin}");
        // The weeks are alike but for an unrest of 40 requests an hour, either way.
        let due = count(hour) as f64 / 3600.0;
        assert!((levels[1] - due).abs() < 42.0 / 3600.0, "{due} at {bin}");
    }
    let shares = forecast["models"].as_array().unwrap().iter();
    let sum: f64 = shares.map(|model| model["weight"].as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-9, "weights sum to {sum}");
}

#[test]
fn two_weeks_ahead_take_more_than_a_day() {
    let folder = Folder::new();
    folder.write("counts.csv", &table(24, |_| true));
    let found = learn(&folder, &["counts.csv"]);
    assert!(found.stdout.contains("no forecast yet"), "{found:#?}");
    let finished = folder.run(&["forecast", "shop.load.yaml", "--horizon", "7d"]);
    assert_eq!((finished.status, finished.stdout.as_str()), (2, ""), "{finished:#?}");
    insta::assert_snapshot!(finished.stderr);
}

#[test]
fn recordings_that_say_too_little_are_refused() {
    let folder = Folder::new();
    folder.write("empty.csv", "time,count\n");
    folder.write("unsorted.csv", &format!("time,count\n{},1\n{BEGIN},1\n", BEGIN + 3600));
    folder.write("local.csv", "time,count\n2026-11-01 09:00,5\n");
    let all = ["empty.csv", "unsorted.csv", "local.csv"].map(|file| refused(&folder, &[file]));
    insta::assert_snapshot!(all.concat());
}

/// Two zones are one line of time; a recording in bits is learned, but not forecast.
#[test]
fn zones_and_gaps_are_not_guessed() {
    let folder = Folder::new();
    let zones =
        "time\n2026-11-01T10:00:00+02:00\n2026-11-01T08:00:30Z\n2026-11-01T09:00:55+01:00\n";
    folder.write("zones.csv", zones);
    let found = learn(&folder, &["zones.csv"]);
    assert!(found.stdout.contains("seen: 3 requests in 56 s"), "{found:#?}");
    folder.write("gaps.csv", &table(24 * 28, |hour| hour % 7 < 4));
    let found = learn(&folder, &["gaps.csv"]);
    assert!(found.stdout.contains("no forecast yet"), "{found:#?}");
    let finished = folder.run(&["forecast", "shop.load.yaml", "--horizon", "7d"]);
    assert_eq!(finished.status, 2, "{finished:#?}");
    assert!(finished.stderr.contains("more than a quarter"), "{finished:#?}");
}

/// A counter that goes up by what came, and begins anew once.
#[test]
fn a_series_of_prometheus_is_a_load() {
    let folder = Folder::new();
    let (mut total, mut values) = (0, Vec::new());
    for minute in 0..180u64 {
        total = if minute == 90 { 30 } else { total + 30 };
        values.push(format!("[{},\"{total}\"]", BEGIN + 60 * minute));
    }
    let series = format!(
        "{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{{\"metric\":\
         {{\"__name__\":\"http_requests_total\",\"job\":\"web\"}},\"values\":[{}]}}]}}}}",
        values.join(",")
    );
    folder.write("series.json", &series);
    let found = learn(&folder, &["series.json", "--metric", "http_requests_total", "--bin", "10m"]);
    assert_eq!(found.status, 0, "{found:#?}");
    // 30 a minute; what came before the first point is not known.
    assert!(found.stdout.contains("0.5 a second in the mean"), "{found:#?}");
    let none = refused(&folder, &["series.json", "--metric", "other_total"]);
    assert!(none.contains("no counter called other_total"), "{none}");
}
