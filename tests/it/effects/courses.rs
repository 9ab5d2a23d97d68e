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
    ($($kind:ident: $at:literal not $elsewhere:literal, $own:literal => $measure:expr, $refuses:expr;)*) => {
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
    crash:              "db" not "spare",           ""              => OK, [NO_RAMP];
    pause:              "db" not "spare",           ""              => OK, [NO_RAMP];
    slow:               "db" not "spare",           "factor: 2"     => MEAN, [];
    latency:            "db" not "spare",           "add: 100ms"    => MEAN, [];
    errors:             "db" not "spare",           "share: 50%"    => OK, [];
    loss:               "db" not "spare",           "share: 50%"    => OK, [];
    partition:          "db" not "spare",           ""              => OK, [NO_RAMP];
    blackhole:          "db" not "spare",           ""              => OK, [NO_RAMP];
    reset:              "db" not "spare",           ""              => OK, [NO_RAMP];
    bandwidth:          "db" not "spare",           "rate: 10/s"    => OK, [NO_RAMP];
    cpu_throttle:       "db" not "spare",           "share: 50%"    => MEAN, [];
    memory_pressure:    "db" not "spare",           "pause: 2s, between: 1s" => OK, [NO_RAMP, NO_EVERY];
    disk:               "db" not "spare",           "share: 50%"    => OK, [];
    pool_exhaustion:    "db" not "spare",           ""              => OK, [];
    cache_flush:        "db" not "spare",           ""              => DB_HITS, [NO_RAMP, NO_DURATION];
    dependency_outage:  "db" not "spare",           ""              => OK, [NO_RAMP];
    dns_failure:        "db" not "spare",           "share: 50%"    => OK, [];
    certificate_expiry: "db" not "spare",           ""              => OK, [NO_RAMP];
    host_loss:          "n2" not "n3",              ""              => OK, [NO_RAMP];
    zone_outage:        "b" not "c",                ""              => OK, [NO_RAMP];
    bad_deploy:         "db" not "spare",           "set: {'db.read.steps[0].work': 20ms}, steps: 4" => MEAN, [NOT_AT];
    load_surge:         "web.get" not "web.spare",  "factor: 0.5"   => OFFERED, [];
    hot_key:            "db" not "spare",           ""              => DB_HITS, [];
    quarantine:         "db" not "spare",           ""              => OK, [NO_RAMP];
    change:             "db" not "spare",           "set: {'db.read.steps[0].work': 20ms}" => MEAN, [NO_RAMP, NOT_AT];
};

/// What a key in common does to the harm: the fault without it, with it, and the bounds of the
/// harm with it over the harm without.
struct Effect {
    key: &'static str,
    without: &'static str,
    with: &'static str,
    least: f64,
    most: f64,
}

const EFFECTS: [Effect; 6] = [
    // Nothing of it where the measure is taken.
    Effect { key: "at", without: "start: 4s", with: "start: 4s", least: 0.0, most: 0.0 },
    // The run ends at 20 s.
    Effect { key: "start", without: "start: 4s", with: "start: 12s", least: 0.1, most: 0.8 },
    Effect { key: "duration", without: "start: 4s", with: "start: 4s, duration: 4s", least: 0.1, most: 0.8 },
    Effect { key: "probability", without: "start: 4s", with: "start: 4s, probability: 0%", least: 0.0, most: 0.0 },
    Effect { key: "ramp", without: "start: 4s", with: "start: 4s, ramp: 16s", least: 0.02, most: 0.9 },
    Effect { key: "every", without: "start: 4s, duration: 1s", with: "start: 4s, duration: 1s, every: 4s", least: 1.5, most: 10.0 },
];

impl Course {
    /// The names that it covers.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        let common = EFFECTS.iter().map(|effect| format!("Fault.{}.{}", self.kind, effect.key));
        common.chain([format!("Fault.{}", self.kind)])
    }

    /// What is wrong with the effects, in words.
    pub(super) fn complaints(&self) -> Vec<String> {
        let Ok(calm) = report(&TARGETS, "").map(|calm| self.measured(&calm)) else {
            return vec![String::from("the base cannot be run")];
        };
        let harm = |at: &str, course: &str| self.run(at, course).map(|found| (found - calm).abs());
        let mut complaints = Vec::new();
        match harm(self.at, "start: 4s") {
            Ok(harm) if harm > 0.05 * calm => {}
            other => complaints.push(format!("Fault.{}: of {calm}, {other:?} is the harm", self.kind)),
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
        let Effect { key, without, with, least, most } = effect;
        // What happens at one instant has no duration to come again after.
        let at_once = self.refusal("duration").is_some() && *key == "every";
        let [without, with] = [without, with].map(|course| {
            if at_once { course.replace(", duration: 1s", "") } else { (*course).to_owned() }
        });
        let at = if *key == "at" { self.elsewhere } else { self.at };
        let before = harm(self.at, &without);
        let after = harm(at, &with);
        let name = format!("Fault.{}.{key}", self.kind);
        match (self.refusal(key), before, after) {
            (Some(message), _, Err(refusal)) if refusal.message.contains(message) => None,
            (Some(message), _, after) => Some(format!("{name}: {after:?}, should say `{message}`")),
            (None, Ok(before), Ok(after)) => {
                let is_right = least * before <= after && after <= most * before;
                let is_there = *least == 0.0 || after > 0.0;
                let measure = self.measure;
                (!is_right || !is_there).then(|| {
                    format!("{name}: harm to {measure} from {before} to {after}, expected {least} to {most} times")
                })
            }
            (None, before, after) => Some(format!("{name}: {before:?}, {after:?}")),
        }
    }

    fn refusal(&self, key: &str) -> Option<&'static str> {
        self.refuses.iter().find(|(refused, _)| *refused == key).map(|(_, message)| *message)
    }

    /// The measure with the fault.
    fn run(&self, at: &str, course: &str) -> Result<f64, Refusal> {
        let Self { kind, own, .. } = self;
        let own = if own.is_empty() { String::new() } else { format!(", {own}") };
        let fault = format!("scenario.faults: [{{{kind}: {{at: {at}, {course}{own}}}}}]");
        report(&TARGETS, &fault).map(|report| self.measured(&report))
    }

    fn measured(&self, report: &serde_json::Value) -> f64 {
        measured(report, self.measure).as_f64().unwrap()
    }
}
