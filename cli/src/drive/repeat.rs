//! The command that repeats a run.

use std::fmt::Display;
use std::time::Duration;

use crate::args::Drive;
use crate::files::quoted;

impl Drive {
    /// The command that repeats this run, with every flag that is not as it is by default but those of
    /// where the report goes.
    pub(super) fn repeat(&self) -> String {
        // By name and without `..`, so that no flag is forgotten.
        let Self {
            scenario,
            alone,
            target,
            remote,
            edits,
            ca,
            users,
            timeout,
            max_rate,
            max_total,
            abort_on,
            max_lag,
            show: _,
        } = self;
        let mut words = vec![
            String::from("foreshadow drive"),
            quoted(&scenario.to_string_lossy()),
            format!("--target {}", quoted(target)),
        ];
        words.extend(remote.then(|| String::from("--remote")));
        words.extend(alone.words());
        words.extend(edits.words());
        let ca = ca.as_ref().map(|ca| quoted(&ca.to_string_lossy()));
        words.extend(flag("--ca", ca.as_ref()));
        words.extend(flag("--users", Some(users)));
        let other = |value: &Duration, usual| (*value != usual).then(|| exact(*value));
        words.extend(flag("--timeout", other(timeout, Self::TIMEOUT).as_ref()));
        words.extend(flag("--max-rate", max_rate.as_ref()));
        words.extend(flag("--max-total", max_total.as_ref()));
        words.extend(flag("--abort-on", abort_on.as_ref()));
        words.extend(flag("--max-lag", other(max_lag, Self::MAX_LAG).as_ref()));
        words.join(" ")
    }
}

fn flag(name: &str, value: Option<&impl Display>) -> Option<String> {
    value.map(|value| format!("{name} {value}"))
}

/// A time in the largest unit that gives a whole number.
fn exact(time: Duration) -> String {
    let ns = time.as_nanos();
    let units = [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000)];
    match units.iter().find(|(_, unit)| ns.is_multiple_of(*unit)) {
        Some((name, unit)) => format!("{}{name}", ns / unit),
        None => format!("{ns}ns"),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::args::{Args, Command, Drive};

    fn parsed(words: &[&str]) -> Drive {
        let Command::Drive(drive) = Args::try_parse_from(words).unwrap().command else {
            panic!("{words:?} is another command");
        };
        drive
    }

    /// The words of a command of which some are in quotes.
    fn words(line: &str) -> Vec<String> {
        let odd = |(index, part): (usize, &str)| match index % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect::<Vec<_>>(),
            _ => vec![part.to_owned()],
        };
        line.split('\'').enumerate().flat_map(odd).collect()
    }

    #[track_caller]
    fn check(flags: &[&str], shown: &str) {
        let first = ["foreshadow", "drive", "a b.yaml", "--target", "http://127.0.0.1:8080"];
        let given = parsed(&[&first, flags].concat());
        let line = given.repeat();
        let head = "foreshadow drive 'a b.yaml' --target http://127.0.0.1:8080";
        assert_eq!(line, format!("{head}{shown}"));
        let words = words(&line);
        let again = parsed(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(format!("{again:?}"), format!("{given:?}"));
    }

    #[test]
    fn what_is_repeated_is_what_was_asked() {
        check(&[], " --users 500");
        check(&["--timeout", "10000ms", "--max-lag", "0.02s"], " --users 500");
        check(
            &[
                "--max-rate",
                "50",
                "--max-total",
                "900",
                "--abort-on",
                "12.5%",
                "--timeout",
                "2500ms",
                "--max-lag",
                "1.5us",
                "--users",
                "7",
                "--remote",
                "--ca",
                "my ca.pem",
                "--seed",
                "3",
                "--set",
                "a.replicas=6",
                "--at",
                "peak",
                "--quantile",
                "95%",
                "--scale",
                "1.5",
                "--for",
                "3 min",
                "--requests",
                "calls.yaml",
                "--allow-stale",
            ],
            " --remote --at peak --quantile 95% --scale 1.5 --for '3 min' --requests calls.yaml \
             --set a.replicas=6 --seed 3 --allow-stale --ca 'my ca.pem' --users 7 --timeout 2500ms \
             --max-rate 50 --max-total 900 --abort-on 0.125 --max-lag 1500ns",
        );
    }
}
