//! A row: what a key changes, and how that is looked at.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use foreshadow_scenarios::rehearse::{self, Settings, Variant};
use foreshadow_scenarios::{load_scenario, lower};
use serde_json::Value;

/// A twin and a scenario, `t.yaml` and `s.yaml`, and what else they may name.
pub(super) struct Base {
    pub(super) twin: &'static str,
    pub(super) scenario: &'static str,
}

/// Files that a scenario may name beside its twin.
const BESIDE: [(&str, &str); 4] = [
    ("trace.csv", "at\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"),
    ("longer.csv", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n"),
    (
        "other.yaml",
        "{foreshadow: twin/v1, name: other, components: {web: {concurrency: 1, endpoints: {get: \
         {steps: [{work: {exponential: {mean: 5ms}}}]}}}}}",
    ),
    (
        "under.yaml",
        "{foreshadow: scenario/v1, name: under, twin: t.yaml, \
         faults: [{errors: {at: web, share: 50%}}]}",
    ),
];

/// One effect of one key, or of several that make it together.
pub(super) struct Row {
    /// The names that it covers, by commas.
    pub(super) names: &'static str,
    pub(super) base: &'static Base,
    /// What is set on both sides: `address: value`, by semicolons. `twin.KEY` and `scenario.KEY`
    /// are whole sections of the files; all else is as in `--set`.
    pub(super) given: &'static str,
    /// What is set on one side only.
    pub(super) change: &'static str,
    /// Where the report shows it.
    pub(super) measure: &'static str,
    pub(super) expected: Expected,
}

/// What a change should do to its measure.
#[derive(Debug, Clone, Copy)]
pub(super) enum Expected {
    /// Grows at least so many times.
    Rises(f64),
    /// Shrinks at least so many times.
    Falls(f64),
    /// From one number to another, each within a tenth: theory says so.
    Goes(f64, f64),
    /// Another number; which, theory does not say.
    Moves,
    /// From one word to another.
    Becomes(&'static str, &'static str),
    /// The report stays as it is, every byte of it: the key is for people and other programs.
    Stays,
    /// The scenario is refused: at this text, with this message.
    Refused(&'static str, &'static str),
}

/// Rows about one base: `"Names" [given "…"]: "change" => MEASURE, Expected;`. What is given behind
/// the base holds for all of them.
macro_rules! rows {
    ($base:ident; $($rows:tt)*) => { rows! { $base given ""; $($rows)* } };
    ($base:ident given $all:literal; $(
        $names:literal $(given $given:literal)?: $change:literal => $measure:expr, $expected:expr;
    )*) => {
        &[$($crate::effects::row::Row {
            names: $names,
            base: &$crate::effects::bases::$base,
            given: concat!($all $(, "; ", $given)?),
            change: $change,
            measure: $measure,
            expected: $expected,
        }),*]
    };
}
pub(super) use rows;

impl Row {
    /// What is wrong with the effect, in words.
    pub(super) fn complaint(&self) -> Option<String> {
        let both = format!("{}; {}", self.given, self.change);
        let (before, after) = (report(self.base, self.given), report(self.base, &both));
        let what = match (before, after) {
            (Err(problems), _) => format!("cannot be run before the change: {problems}"),
            (Ok(_), Err(Refusal { message, .. })) if !self.expects_refusal() => {
                format!("cannot be run: {message}")
            }
            (Ok(_), Err(refusal)) => self.judge_refusal(&refusal)?,
            (Ok(before), Ok(after)) => self.judge(&before, &after)?,
        };
        let Self { names, change, .. } = self;
        let given = self.given.trim_start_matches("; ");
        let given = if given.is_empty() { String::new() } else { format!(" given {given}") };
        Some(format!("{names}{given}: {change} => {what}"))
    }

    fn expects_refusal(&self) -> bool {
        matches!(self.expected, Expected::Refused(..))
    }

    fn judge_refusal(&self, refusal: &Refusal) -> Option<String> {
        let Expected::Refused(place, message) = self.expected else {
            return None;
        };
        let is_right = refusal.message.contains(message) && refusal.place.starts_with(place);
        let Refusal { message: found, place: at } = refusal;
        let at: String = at.chars().take(40).collect();
        (!is_right)
            .then(|| format!("refused with `{found}` at `{at}…`, should {:?}", self.expected))
    }

    fn judge(&self, before: &Value, after: &Value) -> Option<String> {
        if let Expected::Stays = self.expected {
            return (before != after).then(|| String::from("changes the report, should not"));
        }
        if let Expected::Goes(from, to) = self.expected {
            assert!(!is_near(from, to) && !is_near(to, from), "{}: too near to tell", self.names);
        }
        let [before, after] = [before, after].map(|report| measured(report, self.measure));
        let is_right = match (self.expected, &before, &after) {
            (Expected::Becomes(from, to), before, after) => {
                text(before) == from && text(after) == to
            }
            (expected, Value::Number(before), Value::Number(after)) => {
                let [before, after] = [before, after].map(|number| number.as_f64().unwrap());
                match expected {
                    Expected::Rises(times) => after >= times * before && after > before,
                    Expected::Falls(times) => times * after <= before && after < before,
                    Expected::Goes(from, to) => is_near(before, from) && is_near(after, to),
                    Expected::Moves => (after - before).abs() > 0.0,
                    _ => false,
                }
            }
            _ => false,
        };
        let Self { measure, expected, .. } = self;
        (!is_right).then(|| format!("{measure}: {before} → {after}, expected {expected:?}"))
    }
}

/// Whether a number is within a tenth of what theory says; at zero, exactly.
fn is_near(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 0.1 * expected.abs()
}

/// A word as it stands in the report.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What stands at `path` of a report; of an estimate, its value.
pub(super) fn measured(report: &Value, path: &str) -> Value {
    let found = report.pointer(&format!("/{path}")).unwrap_or(&Value::Null);
    found.get("value").unwrap_or(found).clone()
}

/// Why there is no report.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) message: String,
    /// The text that is to blame, and all that follows it.
    pub(super) place: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

/// The report on a base with some values set.
pub(super) fn report(base: &Base, sets: &str) -> Result<Value, Refusal> {
    let (mut twin, mut scenario) = (base.twin.to_owned(), base.scenario.to_owned());
    let mut arguments = Vec::new();
    for set in sets.split("; ").filter(|set| !set.is_empty()) {
        let (address, value) = set.split_once(": ").unwrap();
        match address.split_once('.') {
            Some(("twin", key)) => twin = with_section(&twin, key, value),
            Some(("scenario", key)) => scenario = with_section(&scenario, key, value),
            _ => arguments.push((address.to_owned(), value.to_owned())),
        }
    }
    let read = |path: &Path| {
        let beside = || BESIDE.into_iter().find(|(name, _)| path == Path::new(name));
        match path.to_str() {
            Some("t.yaml") => Ok(twin.clone()),
            Some("s.yaml") => Ok(scenario.clone()),
            _ => {
                beside().map(|(_, text)| text.to_owned()).ok_or(std::io::ErrorKind::NotFound.into())
            }
        }
    };
    let refusal = |problems: foreshadow_scenarios::Problems| {
        let message = problems.to_string();
        Refusal { place: at(&message, &read).unwrap_or_default(), message }
    };
    let scenario = load_scenario(Path::new("s.yaml"), &arguments, &read).map_err(refusal)?;
    lower(&scenario).map_err(refusal)?;
    let name = scenario.file.name.clone();
    let variant = Variant { scenario, name, repeat: String::new() };
    let settings = Settings { stop: &AtomicBool::new(false), progress: &|_| () };
    let mut reports = rehearse::rehearse(&[variant], &settings)
        .map_err(|error| Refusal { message: error.to_string(), place: String::new() })?;
    Ok(serde_json::to_value(reports.remove(0)).unwrap())
}

/// A file with another section under `key`, which begins a line.
fn with_section(text: &str, key: &str, value: &str) -> String {
    let begins = format!("{key}:");
    let mut inside = false;
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines() {
        inside = if line.starts_with(' ') { inside } else { line.starts_with(&begins) };
        lines.extend((!inside).then_some(line));
    }
    format!("{}\n{key}: {value}\n", lines.join("\n"))
}

/// The text at the place that a message begins with, `file:line:column` or `--set ADDRESS=VALUE`.
fn at(message: &str, read: &dyn Fn(&Path) -> std::io::Result<String>) -> Option<String> {
    if let Some(argument) = message.strip_prefix("--set ") {
        return Some(argument.to_owned());
    }
    let mut parts = message.splitn(4, ':');
    let text = read(Path::new(parts.next()?)).ok()?;
    let [line, column] = [parts.next()?, parts.next()?].map(|number| number.parse::<usize>().ok());
    let line = text.lines().nth(line?.checked_sub(1)?)?;
    line.get(column?.checked_sub(1)?..).map(str::to_owned)
}
