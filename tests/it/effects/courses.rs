//! When, where and how surely faults happen: the keys that all kinds have in common, for each kind.
//!
//! One line a kind stands for the kind itself and for its `at`, `start`, `duration`, `probability`,
//! `ramp` and `every`. Its harm is how far the measure is from where it is without the fault.

use super::bases::TARGETS;
use super::measures::{DB_HITS, MEAN, OFFERED, OK};
use super::row::{Refusal, measured, report};

/// A kind of fault, with all that it needs.
pub(super) struct Course {
    kind: &'static str,
    /// What is hit.
    at: &'static str,
    /// What could be hit without any harm to the measure.
    elsewhere: &'static str,
    /// The kind's own keys.
    own: &'static str,
    measure: &'static str,
    /// For a key in common that the kind refuses, the message.
    refuses: &'static [(&'static str, &'static str)],
}

const NO_RAMP: (&str, &str) = ("ramp", "has no magnitude that could grow");
const NO_DURATION: (&str, &str) = ("duration", "happens at one instant");
const NO_EVERY: (&str, &str) = ("every", "comes and goes at drawn times already");
const NOT_AT: (&str, &str) = ("at", "is no part of `spare`");

macro_rules! courses {
    ($(
        $kind:ident $at:literal not $elsewhere:literal, $own:literal => $measure:expr, $refuses:expr;
    )*) => {
        &[$(Course {
            kind: stringify!($kind),
            at: $at,
            elsewhere: $elsewhere,
            own: $own,
            measure: $measure,
            refuses: &$refuses,
        }),*]
    };
}

pub(super) const COURSES: &[Course] = courses! {
    crash              "db" not "spare", "" => OK, [NO_RAMP];
    pause              "db" not "spare", "" => OK, [NO_RAMP];
    slow               "db" not "spare", "factor: 2" => MEAN, [];
    latency            "db" not "spare", "add: 100ms" => MEAN, [];
    errors             "db" not "spare", "share: 50%" => OK, [];
    loss               "db" not "spare", "share: 50%" => OK, [];
    partition          "db" not "spare", "" => OK, [NO_RAMP];
    blackhole          "db" not "spare", "" => OK, [NO_RAMP];
    reset              "db" not "spare", "" => OK, [NO_RAMP];
    bandwidth          "db" not "spare", "rate: 10/s" => OK, [NO_RAMP];
    cpu_throttle       "db" not "spare", "share: 50%" => MEAN, [];
    memory_pressure    "db" not "spare", "pause: 2s, between: 1s" => OK, [NO_RAMP, NO_EVERY];
    disk               "db" not "spare", "share: 50%" => OK, [];
    pool_exhaustion    "db" not "spare", "" => OK, [];
    cache_flush        "db" not "spare", "" => DB_HITS, [NO_RAMP, NO_DURATION];
    dependency_outage  "db" not "spare", "" => OK, [NO_RAMP];
    dns_failure        "db" not "spare", "share: 50%" => OK, [];
    certificate_expiry "db" not "spare", "" => OK, [NO_RAMP];
    host_loss          "n2" not "n3", "" => OK, [NO_RAMP];
    zone_outage        "b" not "c", "" => OK, [NO_RAMP];
    bad_deploy         "db" not "spare", "set: {db.cpu: 0.5}" => MEAN, [NOT_AT];
    load_surge         "web.get" not "web.spare", "factor: 0.5" => OFFERED, [];
    reconnect_herd     "web.get" not "web.spare", "over: 1h" => OFFERED, [NO_RAMP];
    skewed_mix         "web.spare" not "db.read", "" => OFFERED, [("at", "no user calls `db.read`")];
    slow_clients       "web.get" not "web.spare", "takes: 200ms" => MEAN, [];
    hot_key            "db" not "spare", "" => DB_HITS, [];
    quarantine         "db" not "spare", "" => OK, [NO_RAMP];
    change             "db" not "spare", "set: {db.cpu: 0.5}" => MEAN, [NO_RAMP, NOT_AT];
};

/// What a key in common does to the harm.
struct Effect {
    key: &'static str,
    /// The course of the fault without the key, and with it.
    courses: [&'static str; 2],
    /// The harm with the key over the harm without.
    least: f64,
    most: f64,
}

const fn effect(key: &'static str, courses: [&'static str; 2], least: f64, most: f64) -> Effect {
    Effect { key, courses, least, most }
}

/// The run ends at 20 s; another target is hit instead, where nothing is measured.
const EFFECTS: [Effect; 6] = [
    effect("at", ["start: 4s", "start: 4s"], 0.0, 0.0),
    effect("start", ["start: 4s", "start: 12s"], 0.1, 0.8),
    effect("duration", ["start: 4s", "start: 4s, duration: 4s"], 0.1, 0.8),
    effect("probability", ["start: 4s", "start: 4s, probability: 0%"], 0.0, 0.0),
    effect("ramp", ["start: 4s", "start: 4s, ramp: 16s"], 0.02, 0.9),
    effect("every", ["start: 4s, duration: 1s", "start: 4s, duration: 1s, every: 4s"], 1.5, 10.0),
];

impl Course {
    /// The names that it covers.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        let common = EFFECTS.iter().map(|effect| format!("Fault.{}.{}", self.kind, effect.key));
        common.chain([format!("Fault.{}", self.kind)])
    }

    /// What is wrong with the effects, in words.
    pub(super) fn complaints(&self) -> Vec<String> {
        let calm = match report(&TARGETS, "") {
            Ok(calm) => self.measured(&calm),
            Err(refusal) => return vec![refusal.message],
        };
        let harm = |at: &str, course: &str| self.run(at, course).map(|found| (found - calm).abs());
        let mut complaints = Vec::new();
        match harm(self.at, "start: 4s") {
            Ok(harm) if harm > 0.05 * calm => {}
            other => {
                let Self { kind, measure, .. } = self;
                complaints.push(format!("Fault.{kind}: {measure} {calm}, harm only {other:?}"));
            }
        }
        for effect in &EFFECTS {
            complaints.extend(self.judge(effect, &harm));
        }
        complaints
    }

    fn judge(
        &self,
        effect: &Effect,
        harm: &dyn Fn(&str, &str) -> Result<f64, Refusal>,
    ) -> Option<String> {
        let Effect { key, courses, least, most } = effect;
        // What happens at one instant comes again without a duration.
        let at_once = *key == "every" && self.refusal("duration").is_some();
        let course =
            |text: &str| if at_once { text.replace(", duration: 1s", "") } else { text.into() };
        let [without, with] = courses.map(course);
        let at = if *key == "at" { self.elsewhere } else { self.at };
        let what = match (self.refusal(key), harm(self.at, &without), harm(at, &with)) {
            (Some(message), _, Err(refusal)) if refusal.message.contains(message) => return None,
            (Some(message), _, after) => format!("{after:?}, should say `{message}`"),
            (None, Ok(before), Ok(after)) => {
                let bounds = least * before..=most * before;
                if bounds.contains(&after) && (after > 0.0 || *most == 0.0) {
                    return None;
                }
                let measure = self.measure;
                format!("harm to {measure} {before} → {after}, expected in {bounds:?}")
            }
            (None, before, after) => format!("{before:?}, {after:?}"),
        };
        Some(format!("Fault.{}.{key}: {what}", self.kind))
    }

    fn refusal(&self, key: &str) -> Option<&'static str> {
        self.refuses.iter().find(|(refused, _)| *refused == key).map(|(_, message)| *message)
    }

    /// The measure with the fault.
    fn run(&self, at: &str, course: &str) -> Result<f64, Refusal> {
        let Self { kind, own, .. } = self;
        let mut own = if own.is_empty() { String::new() } else { format!(", {own}") };
        if *kind == "bad_deploy" && course.contains("ramp") {
            own += ", steps: 4"; // A ramp is for these.
        }
        if *kind == "reconnect_herd" && !course.contains("duration") {
            own += ", duration: 1h"; // A herd that never came back would be none.
        }
        let fault = format!("scenario.faults: [{{{kind}: {{at: {at}, {course}{own}}}}}]");
        report(&TARGETS, &fault).map(|report| self.measured(&report))
    }

    fn measured(&self, report: &serde_json::Value) -> f64 {
        measured(report, self.measure).as_f64().unwrap()
    }
}
