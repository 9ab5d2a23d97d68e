//! What a key cannot be: refused at its place, with a way out.

use super::bases::{ALONE, CALL, ONE, PEOPLE, SCALE, TARGETS};
use super::row::{Base, report};

/// A value that is refused: what is set, the text at the place that is blamed, and the message with
/// its help.
struct Limit {
    base: &'static Base,
    set: &'static str,
    place: &'static str,
    message: &'static str,
}

macro_rules! limits {
    ($base:ident; $($set:literal at $place:literal => $message:literal;)*) => {
        &[$(Limit { base: &$base, set: $set, place: $place, message: $message }),*]
    };
}

const TABLES: &[&[Limit]] =
    &[TOO_OFTEN, SURGES, FAULTS, NO_TIME, CROWDS, CERTAIN, SCALING, GUARDS, STATIONS, NUMBERS];

const TOO_OFTEN: &[Limit] = limits! { TARGETS;
    "scenario.faults: [{crash: {at: db, up: 0s, down: 0s}}]" at "0s, down"
        => "expected times above 0 (one of the two may be 0s";
    "scenario.faults: [{pause: {at: db, up: {uniform: {min: 0s, max: 0s}}, down: 0s}}]" at "{uniform"
        => "expected times above 0";
    "scenario.faults: [{memory_pressure: {at: db, pause: 0s, between: 0s}}]" at "0s}}]"
        => "expected times above 0";
    "scenario.faults: [{crash: {at: db, up: 1ns, down: 2ns}}]" at "1ns, down"
        => "a replica would be hit more than ten million times in this run (make these times longer";
    "scenario.faults: [{pause: {at: db, up: {exponential: {mean: 1us}}, down: 0s}}]" at "{exponential"
        => "more than ten million times";
    "scenario.faults: [{memory_pressure: {at: db, pause: 0s, between: 100ns}}]" at "100ns"
        => "more than ten million times";
};

const SURGES: &[Limit] = limits! { ALONE;
    "scenario.faults: [{load_surge: {factor: 1000000000000}}]" at "1000000000000"
        => "this makes more than 10000000/s of the load `web.get` (it has at most 50/s without";
    "scenario.faults: [{load_surge: {factor: 900}}, {load_surge: {start: 2s, factor: 800}}]" at "800"
        => "more than 10000000/s";
};

const CROWDS: &[Limit] = limits! { PEOPLE;
    "scenario.faults: [{load_surge: {factor: 1000000}}]" at "1000000"
        => "this makes more than 2000000 users of the load `crowd`";
    "load.crowd.closed.users: 3M" at "load.crowd.closed.users=3M" => "expected at most 2000000 users (";
    "load.crowd.patience: 0s" at "load.crowd.patience=0s"
        => "expected a `patience` above 0 (leave it out for none)";
};

const FAULTS: &[Limit] = limits! { TARGETS;
    "scenario.faults: [{slow: {at: db, factor: 0}}]" at "0}}]"
        => "expected a factor from a millionth to a million (where nothing moves, use `pause`)";
    "scenario.faults: [{slow: {at: db, factor: 1.0e300}}]" at "1.0e300" => "to a million";
    "scenario.faults: [{disk: {at: db, factor: 0}}]" at "0}}]" => "to a million";
    "scenario.faults: [{cpu_throttle: {at: db, share: 0.0000000001}}]" at "0.0000000001"
        => "expected at least a millionth (where nothing moves, use `pause`)";
    "scenario.faults: [{cpu_throttle: {at: db, share: 50%, cores: 2}}]" at "2}}]"
        => "expected either `share` or `cores`, those that are left (";
    "scenario.faults: [{disk: {at: db}}]" at "{disk" => "(`factor` slows work";
    "scenario.faults: [{disk: {at: db, full: true, share: 10%}}]" at "10%"
        => "a full disk fails every request, so `share` changes nothing (remove one of the two)";
    "scenario.faults: [{partition: {at: db, from: db}}]" at "db}}]"
        => "both sides of this partition are the same (name another side";
    "scenario.faults: [{partition: {at: db, from: n2}}]" at "n2}}]" => "are the same";
    "scenario.faults: [{slow: {at: db, factor: 2, duration: 5s, ramp: 6s}}]" at "6s"
        => "this fault would end before it has its full magnitude (make `ramp` at most `duration`, 5s)";
    "scenario.faults: [{bad_deploy: {set: {db.cpu: 0.5}, steps: 4}}]" at "4}}]"
        => "without `ramp` there is no time over which steps are spread (add `ramp`";
    "scenario.faults: [{bad_deploy: {set: {db.cpu: 0.5}, ramp: 4s}}]" at "4s}}]"
        => "a roll-out in one step takes no time (add `steps: 4`";
    "scenario.faults: [{bad_deploy: {set: {db.cpu: 0.5}, ramp: 4s, steps: 0}}]" at "0}}]"
        => "expected at least one step (leave it out for one)";
    "scenario.faults: [{pause: {at: db, duration: 1s, every: 0s}}]" at "0s}}]"
        => "expected a time above 0 (leave it out for once)";
    "scenario.faults: [{crash: {at: 'web[1]'}}]" at "'web[1]'" => "(its only replica is [0])";
    "scenario.faults: [{crash: {at: 'db[4]'}}]" at "'db[4]'"
        => "(its 4 replicas are counted from [0])";
};

const NO_TIME: &[Limit] = limits! { CALL;
    "web.calls.db.timeout: 0s" at "web.calls.db.timeout=0s"
        => "expected a `timeout` above 0 (leave it out for none)";
    "web.calls.db.timeout: {mixture: [{weight: 1, of: 0s}, {weight: 0, of: 1s}]}"
        at "web.calls.db.timeout={mix" => "expected a `timeout` above 0";
};

const CERTAIN: &[Limit] = limits! { ONE;
    "scenario.objectives: [{endpoint: web.get, success_rate: 100%}]" at "100%"
        => "no number of runs can prove that 100 % succeed (ask for less, such as `99.99%`)";
    "twin.objectives: [{endpoint: web.get, error_rate: 0}]" at "0}]"
        => "no number of runs can prove that nothing fails (allow some, such as `0.01%`)";
};

const SCALING: &[Limit] = limits! { SCALE;
    "web.autoscale.target: 0%" at "web.autoscale.target=0%"
        => "expected a target above 0: no number of replicas would be enough (to have";
    "web.autoscale.min: 0" at "web.autoscale.min=0" => "(such as `min: 2, max: 10`)";
    "web.autoscale.max: 0" at "web.autoscale.max=0" => "(such as `min: 2, max: 10`)";
    "web.autoscale.every: 0s" at "web.autoscale.every=0s"
        => "expected a time above 0 (such as `every: 15s`)";
    "web.autoscale.steps: [{above: 80%, add: 1}]" at "web.autoscale.steps=["
        => "expected either `target` or `steps` (such as `target: 60%`";
    "web.autoscale.metric: slots; web.concurrency: unlimited" at "web.autoscale.metric=slots"
        => "this metric is a share of `concurrency`, which the component lacks (give it";
    "web.cpu.request: 2" at "web.cpu.request=2" => "over the limit of 1 (lower it, or raise `limit`)";
    "web.autoscale.metric: slots; web.cpu.limit: 0" at "web.cpu.limit=0" => "(leave `cpu` out where";
    "web.replicas: 0" at "web.replicas=0" => "(to take the component out, use a `crash` fault)";
};

const GUARDS: &[Limit] = limits! { CALL;
    "web.calls.db.breaker: {error_rate: 50%, window: 1s, min_requests: 1, open: 1s}; \
     web.calls.db.breaker.half_open: 0" at "web.calls.db.breaker.half_open=0"
        => "expected at least 1 probe: none would ever close it (leave `half_open` out for one)";
    "web.calls.db.breaker: {error_rate: 50%, window: 1s, min_requests: 1, open: 1s}; \
     web.calls.db.breaker.min_requests: 0" at "web.calls.db.breaker.min_requests=0"
        => "expected `min_requests` of at least 1 (";
    "web.calls.db.breaker: {error_rate: 50%, window: 1s, min_requests: 1, open: 1s}; \
     web.calls.db.breaker.window: 0s" at "web.calls.db.breaker.window=0s"
        => "expected a `window` above 0 (such as";
    "web.calls.db.breaker: {error_rate: 50%, window: 1s, min_requests: 1, open: 1s}; \
     web.calls.db.breaker.error_rate: 0%" at "web.calls.db.breaker.error_rate=0%"
        => "expected an `error_rate` above 0 (such as";
    "web.calls.db.outlier_ejection: {consecutive_failures: 3, base: 30s}; \
     web.calls.db.outlier_ejection.base: 0s" at "web.calls.db.outlier_ejection.base=0s"
        => "expected a `base` above 0 (such as `base: 30s`";
    "web.calls.db.outlier_ejection: {consecutive_failures: 3, base: 30s}; \
     web.calls.db.outlier_ejection.consecutive_failures: 0"
        at "web.calls.db.outlier_ejection.consecutive_failures=0"
        => "expected at least 1 failure in a row (to do without";
    "web.calls.db.retries: {max: 1, backoff: {law: 1s}}; web.calls.db.retries.backoff.base: 1s"
        at "web.calls.db.retries.backoff.base=1s" => "(`law` is the law of every wait";
    "web.calls.db.retries: {max: 1, backoff: {law: 1s}}; web.calls.db.retries.backoff.jitter: full"
        at "web.calls.db.retries.backoff.jitter=full" => "expected `base` (with";
    "web.calls.db.backup: db" at "web.calls.db.backup=db"
        => "expected another component as the backup (name one with the same endpoints";
};

const STATIONS: &[Limit] = limits! { ONE;
    "web.queue: {discipline: codel}; web.queue.interval: 0s" at "web.queue.interval=0s"
        => "expected more than 0 for `interval` (such as `interval: 100ms`";
    "web.shed: {priority_from: 1}; web.shed.at_queue: 80%" at "web.shed.at_queue=80%"
        => "has no limit, so it is never part full (set `queue.capacity`";
    "web.health: {failures: 1}; web.health.every: 0s" at "web.health.every=0s" => "expected a time above 0 (";
    "web.health: {every: 1s}; web.health.failures: 0" at "web.health.failures=0"
        => "expected at least one failed check (";
};

const NUMBERS: &[Limit] = limits! { ONE;
    "scenario.faults: [{slow: {at: web, factor: -1}}]" at "-1"
        => "expected a number of at least 0, found `-1`";
    "scenario.faults: [{slow: {at: web, factor: -1.5}}]" at "-1.5"
        => "expected a number of at least 0, found `-1.5`";
    "scenario.run: {seed: 18446744073709551616}" at "18446744073709551616"
        => "expected a whole number from 0 to 18446744073709551615, found `18446744073709551616`";
    "run.seed: 99999999999999999999" at "run.seed=99999999999999999999" => "found `99999999999999999999`";
    "web.replicas: 18446744073709551617" at "web.replicas=" => "found `18446744073709551617`";
};

#[test]
fn what_a_key_cannot_be_is_refused_at_its_place() {
    let complaint = |limit: &&Limit| {
        let Limit { base, set, place, message } = limit;
        let found = match report(base, set) {
            Ok(_) => String::from("is accepted"),
            Err(found) if found.message.contains(message) && found.place.starts_with(place) => {
                return None;
            }
            Err(found) => format!("`{}` at `{:.40}`", found.message, found.place),
        };
        Some(format!("{set}: {found}, should say `{message}` at `{place}`"))
    };
    let limits = TABLES.iter().flat_map(|table| table.iter());
    let complaints: Vec<String> = limits.filter_map(|limit| complaint(&limit)).collect();
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
}

/// What has no magnitude changes nothing, but may be one of several values that are tried.
#[test]
fn no_magnitude_is_no_error() {
    let calm = report(&TARGETS, "").unwrap();
    for fault in [
        "slow: {at: db, factor: 1}",
        "errors: {at: db, share: 0%}",
        "latency: {at: db, add: 0s}",
        "pool_exhaustion: {at: db, share: 0%}",
        "load_surge: {factor: 1}",
        "reconnect_herd: {share: 0%, duration: 5s}",
        "skewed_mix: {at: web.get, share: 0%}",
        "slow_clients: {takes: 0s}",
        "bad_deploy: {ramp: 5s, steps: 1, set: {db.cpu: 1}}",
    ] {
        let found = report(&TARGETS, &format!("scenario.faults: [{{{fault}}}]")).unwrap();
        assert_eq!(found["endpoints"], calm["endpoints"], "{fault}");
    }
}

/// What would take for ever, or all memory, is an error or over at once.
#[test]
fn the_shortest_run_is_over_at_once() {
    let shortest = "run.horizon: 1ns; run.warm_up: 0s; run.drain: 0s";
    assert!(report(&ONE, shortest).is_ok());
}
