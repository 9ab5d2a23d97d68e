//! What people read when a file is wrong: every message is recorded as it looks in a terminal of
//! 80 columns without colour.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use foreshadow_scenarios::{Problems, load_scenario, lower, validate};
use miette::{GraphicalReportHandler, GraphicalTheme};

/// A right twin, for wrong scenarios.
const TWIN: &str = "\
foreshadow: twin/v1
name: shop
zones: {eu-1a: {environment: aws}, eu-1b: {environment: aws}}
components:
  gateway:
    replicas: 2
    concurrency: 8
    endpoints:
      checkout: {steps: [{work: 2ms}, {call: payment.charge}]}
    calls:
      payment: {timeout: 800ms}
  payment:
    endpoints:
      charge: {steps: [{work: 20ms}]}
";

/// A right scenario, for wrong twins.
const SCENARIO: &str = "\
foreshadow: scenario/v1
name: calm
twin: shop.twin.yaml
load: {gateway.checkout: {arrivals: {poisson: {rate: 50/s}}}}
";

/// What is said of `problems`.
fn rendered(problems: &Problems) -> String {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
    let handler = handler.with_width(80).with_wrap_lines(true);
    let mut all = String::new();
    for diagnostic in problems.diagnostics() {
        handler.render_report(&mut all, diagnostic).expect("writing to a string succeeds");
    }
    all
}

/// The complaint about `scenario.yaml` among `files`, with `--set` edits.
#[track_caller]
fn complaint(files: &[(&str, &str)], sets: &[(&str, &str)]) -> Problems {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    let reader = |path: &Path| {
        let found = path.to_str().and_then(|path| files.get(path));
        found.map(|text| (*text).to_owned()).ok_or_else(|| io::ErrorKind::NotFound.into())
    };
    let sets: Vec<_> = sets.iter().map(|(a, v)| ((*a).to_owned(), (*v).to_owned())).collect();
    load_scenario(Path::new("scenario.yaml"), &sets, &reader)
        .and_then(|scenario| lower(&scenario))
        .expect_err("the files are wrong")
}

/// Records the complaint about a twin.
#[track_caller]
fn check_twin(name: &str, twin: &str) {
    let problems = complaint(&[("scenario.yaml", SCENARIO), ("shop.twin.yaml", twin)], &[]);
    insta::assert_snapshot!(name, rendered(&problems));
}

/// Records the complaint about a twin that differs from the right one in one place.
#[track_caller]
fn check_twin_with(name: &str, right: &str, wrong: &str) {
    assert!(TWIN.contains(right), "the twin has no `{right}`");
    check_twin(name, &TWIN.replacen(right, wrong, 1));
}

/// Records the complaint about a scenario.
#[track_caller]
fn check_scenario(name: &str, scenario: &str) {
    let problems = complaint(&[("scenario.yaml", scenario), ("shop.twin.yaml", TWIN)], &[]);
    insta::assert_snapshot!(name, rendered(&problems));
}

/// Records the complaint about an edit of the command line.
#[track_caller]
fn check_set(name: &str, address: &str, value: &str) {
    let files = [("scenario.yaml", SCENARIO), ("shop.twin.yaml", TWIN)];
    let problems = complaint(&files, &[(address, value)]);
    insta::assert_snapshot!(name, rendered(&problems));
}

#[test]
fn wrong_yaml() {
    check_twin("duplicate_key", &format!("{TWIN}name: other\n"));
    check_twin_with("tab", "    replicas: 2", "\treplicas: 2");
    check_twin_with("unclosed", "{timeout: 800ms}", "{timeout: 800ms");
    check_twin_with("not_a_number", "replicas: 2", "replicas: .nan");
    check_twin("empty", "");
    check_twin("a_list", "- 1\n");
    check_twin("two_documents", &format!("{TWIN}---\nname: other\n"));
}

#[test]
fn wrong_keys_and_values() {
    check_twin_with("unknown_key", "replicas: 2", "replica: 2");
    check_twin_with("missing_key", "{steps: [{work: 20ms}]}", "{priority: 1}");
    check_twin_with("negative_duration", "work: 2ms", "work: -2ms");
    check_twin_with("duration_without_unit", "timeout: 800ms", "timeout: 800");
    check_twin_with("zero_replicas", "replicas: 2", "replicas: 0");
    check_twin_with("zero_concurrency", "concurrency: 8", "concurrency: 0");
    check_twin_with("fraction_of_a_slot", "concurrency: 8", "concurrency: 1.5");
    check_twin_with(
        "bad_probability",
        "call: payment.charge",
        "call: payment.charge, probability: 120%",
    );
    check_twin_with("bad_law", "work: 2ms", "work: {hyperexponential: {mean: 2ms, scv: 0.5}}");
    check_twin_with("unknown_law", "work: 2ms", "work: {exponental: {mean: 2ms}}");
    check_twin_with("two_laws", "work: 2ms", "work: {constant: 2ms, exponential: {mean: 2ms}}");
    check_twin_with("no_steps", "steps: [{work: 20ms}]", "steps: [{}]");
    check_twin_with("unknown_source", "replicas: 2", "replicas: {value: 2, source: guessed}");
    check_twin_with(
        "bad_end_of_range",
        "replicas: 2",
        "replicas: {value: 2, source: assumed, low: 1, high: many}",
    );
}

#[test]
fn wrong_batches() {
    check_twin_with("batch_and_slots", "concurrency: 8", "concurrency: 8\n    batch: {}");
    check_twin_with("batch_of_nobody", "concurrency: 8", "batch: {most: 0}");
    check_twin_with("batch_that_calls", "concurrency: 8", "batch: {each: 2ms}");
}

#[test]
fn wrong_structure() {
    check_twin_with("unknown_component", "call: payment.charge", "call: paymnt.charge");
    check_twin_with("unknown_endpoint", "call: payment.charge", "call: payment.charg");
    check_twin_with("unknown_callee_of_a_policy", "payment: {timeout", "paiment: {timeout");
    check_twin_with("cycle", "{work: 20ms}", "{work: 20ms}, {call: gateway.checkout}");
    check_twin_with("weights", "{work: 20ms}", "{choose: [{weight: 0, steps: []}]}");
    check_twin_with("think_in_service", "{work: 20ms}", "{think: 20ms}");
    check_twin_with(
        "policies",
        "{timeout: 800ms}",
        "{pool: 0, balance: {weighted: {mars: 1}}, backup: paymnt, \
         breaker: {error_rate: 50%, window: 0s, min_requests: 20, open: 5s}, \
         outlier_ejection: {consecutive_failures: 0, base: 30s}}",
    );
    let twin = TWIN.replace("{timeout: 800ms}", "{backup: other}");
    let other = "  other: {endpoints: {refund: {steps: [{work: 1ms}]}}}\n";
    check_twin("backup_without_endpoint", &format!("{twin}{other}"));
}

#[test]
fn wrong_queues_and_caches() {
    let twin = |steps: &str, more: &str| {
        let twin = TWIN.replace("{work: 2ms}, {call: payment.charge}", steps);
        format!("{twin}{more}")
    };
    let charge = "{call: payment.charge}";
    let caches = "{cache: {hit: 90%, ttl: 1s, miss: [CHARGE]}}, {cache: {entries: 10, fills: 5}}, \
                  {cache: {hit: 90%, entries: 10}}, {cache: {}}, \
                  {cache: {entries: 1G, keys: {zipf: {n: 2G, s: 1}}}}, \
                  {cache: {entries: 9, keys: {zipf: {n: 90, s: 1}}, ttl: 0s}}";
    check_twin("caches", &twin(&caches.replace("CHARGE", charge), ""));
    let steps = format!("{charge}, {{publish: payment.charge, optional: true}}");
    check_twin("nobody_heeds", &twin(&steps, ""));
    let queue = |keys: &str| format!("  outbox: {{{keys}, endpoints: {{put: {{steps: []}}}}}}\n");
    let deliver = "deliver: {to: payment.charge, consumers: 0}";
    let wrong = format!("kind: queue, concurrency: 3, {deliver}");
    check_twin("queue_without_consumers", &twin(charge, &queue(&wrong)));
    check_twin("queue_to_nobody", &twin(charge, &queue("kind: queue")));
    check_twin("deliver_of_a_service", &twin(charge, &queue(deliver)));
    let deliver = "kind: queue, deliver: {to: gateway.checkout, consumers: 1}";
    let steps = format!("{charge}, {{publish: outbox.put}}");
    check_twin("circle_through_a_queue", &twin(&steps, &queue(deliver)));
    let session = "{people: {closed: {users: 1}, \
                   session: [{publish: payment.charge}, {cache: {hit: 1}}]}}";
    check_scenario(
        "session_of_a_service",
        &SCENARIO.replace("{gateway.checkout: {arrivals: {poisson: {rate: 50/s}}}}", session),
    );
}

#[test]
fn wrong_stations() {
    let doors = "
    queue: {discipline: adaptive_lifo, target: 5ms}
    rate_limit: 0/s
    shed: {at_queue: 0%, priority_from: 2}";
    check_twin_with("doors", "    concurrency: 8", &doors[1..]);
    check_twin_with(
        "shed_without_capacity",
        "concurrency: 8",
        "shed: {at_queue: 80%, priority_from: 2}\n    queue: {discipline: codel, interval: 0s}",
    );
    let cores = TWIN.replace("concurrency: 8", "cpu: {request: 2, limit: 1}");
    let cores = cores.replace("  payment:\n    end", "  payment:\n    cpu: {request: 1}\n    end");
    let idle = "  idle:\n    cpu: 0\n    endpoints: {none: {steps: [{work: 1ms}]}}\n";
    check_twin("cores", &format!("{cores}{idle}"));
}

#[test]
fn wrong_places() {
    let hosts = "zones: {a: {}, b: {}}
hosts: {n1: {zone: a, cores: 0}, n2: {zone: c}, n3: {cores: 4}}
components:
  gateway:
    hosts: [n1, n4]";
    let twin = TWIN.replace("zones: {eu-1a: {environment: aws}, eu-1b: {environment: aws}}\n", "");
    let twin = twin.replace("components:\n  gateway:", hosts);
    let twin = twin.replace("  payment:\n    end", "  payment:\n    hosts: []\n    end");
    let both =
        "  other:\n    zones: [a]\n    hosts: [n1]\n    endpoints: {x: {steps: [{work: 1ms}]}}\n";
    check_twin("places", &format!("{twin}{both}"));
}

/// The scenario with more lines.
fn with(more: &str) -> String {
    format!("{SCENARIO}{more}\n")
}

#[test]
fn wrong_scenarios() {
    check_scenario("no_load", "foreshadow: scenario/v1\nname: calm\ntwin: shop.twin.yaml\n");
    check_scenario("no_twin", "foreshadow: scenario/v1\nname: calm\n");
    check_scenario("no_header", "name: calm\n");
    check_scenario("missing_twin_file", &SCENARIO.replace("shop.twin", "shp.twin"));
    check_scenario("twin_is_a_scenario", &SCENARIO.replace("shop.twin", "scenario"));
    check_scenario(
        "falling_times",
        &SCENARIO.replace(
            "{poisson: {rate: 50/s}}",
            "{rates: [{at: 5m, rate: 9/s}, {at: 1m, rate: 3/s}]}",
        ),
    );
    check_scenario("never_called", &with("changes: {payment.calls.gateway.timeout: 1s}"));
    check_scenario("too_many_bins", &with("run: {horizon: 40d}"));
    check_scenario("bad_change", &with("changes:\n  gateway.replicas: 4\n  payment.replicas: -1"));
    check_scenario("unknown_change", &with("changes: {gatway.replicas: 4}"));
    check_scenario("runs", &with("run: {horizon: 0s, replications: 0}"));
    let auto = with("run: {warm_up: auto}");
    let rates = "{rates: [{at: 0s, rate: 9/s}, {at: 1m, rate: 30/s}]}";
    check_scenario("auto_under_changing_load", &auto.replace("{poisson: {rate: 50/s}}", rates));
    check_scenario("auto_with_faults", &format!("{auto}faults: [{{pause: {{at: payment}}}}]\n"));
    check_scenario(
        "idle_session",
        &with("  \nrun: {}").replace(
            "{gateway.checkout: {arrivals: {poisson: {rate: 50/s}}}}",
            "{idle: {closed: {users: 3}, session: [{think: 0s}]}}",
        ),
    );
}

#[test]
fn wrong_faults() {
    check_scenario("fault_on_nothing", &with("faults: [{crash: {at: paymnt}}, {pause: {}}]"));
    check_scenario(
        "fault_on_a_part",
        &with("faults: [{crash: {at: 'gateway[2]'}}, {pause: {at: gateway.checkout}}]"),
    );
    check_scenario(
        "fault_at_times",
        &with(
            "faults:\n  - crash: {at: payment, duration: 1m, ramp: 10s}\n  - slow: {at: payment, factor: 2, every: 1m}\n  - errors: {at: payment, share: 5%, duration: 2m, every: 1m}\n  - pause: {at: payment, up: 1m}\n  - pause: {at: payment, up: 1m, down: 1s, every: 1h}\n  - cache_flush: {at: payment, duration: 1s}",
        ),
    );
    check_scenario(
        "fault_without_effect",
        &with(
            "faults:\n  - pool_exhaustion: {at: payment}\n  - cpu_throttle: {at: payment, cores: 1}\n  - cpu_throttle: {at: payment}\n  - hot_key: {at: payment}\n  - memory_pressure: {at: payment, pause: 1s}\n  - disk: {at: payment}\n  - host_loss: {at: eu-1a}\n  - load_surge: {at: gateway.chekout, factor: 2}\n  - partition: {at: payment, from: gateway.checkout}",
        ),
    );
    check_scenario(
        "fault_of_users",
        &with(
            "faults:\n  - reconnect_herd: {at: gateway.checkout}\n  - reconnect_herd: {at: gateway.chekout, duration: 5s}\n  - skewed_mix: {}\n  - skewed_mix: {at: payment.charge}\n  - skewed_mix: {at: gateway.checkout}\n  - slow_clients: {takes: 1s, at: payment}",
        ),
    );
    check_scenario(
        "herd_of_those_who_are_there",
        &with("faults: [{reconnect_herd: {duration: 5s}}]")
            .replace("{poisson: {rate: 50/s}}", "{closed: {users: 3}}"),
    );
    check_scenario(
        "change_in_the_midst",
        &with(
            "faults:\n  - change: {set: {}}\n  - change: {set: {gateway.replica: 3}}\n  - change: {set: {run.seed: 3}}\n  - change: {at: payment, set: {gateway.replicas: 3}}\n  - bad_deploy: {set: {payment.replicas: 3}, steps: 0}",
        ),
    );
    for (name, change) in [
        ("change_of_zones", "gateway.zones: [eu-1a]"),
        ("change_of_components", "payment.endpoints.refund: {steps: []}"),
        ("change_of_calls", "payment.charge.steps: [{call: gateway.checkout}]"),
        ("change_of_discipline", "payment.queue: {discipline: lifo}"),
    ] {
        check_scenario(name, &with(&format!("faults: [{{change: {{set: {{{change}}}}}}}]")));
    }
    check_scenario("fault_too_late", &with("faults: [{crash: {at: payment, start: 1h}}]"));
    check_scenario("unknown_fault", &with("faults: [{slwo: {at: payment, factor: 2}}]"));
}

#[test]
fn wrong_objectives() {
    check_scenario(
        "objectives",
        &with(
            "objectives:\n  - {endpoint: payment.charge, p99: 1s}\n  - {endpoint: gateway.checkout}\n  - {component: payment, utilization: 70%}\n  - {component: gateway, p99: 1s}",
        ),
    );
    let recovery = |faults: &str, objective: &str| {
        with(&format!("faults: [{faults}]\nobjectives:\n  - {{{objective}, recovery: 60s}}"))
    };
    let checkout = "endpoint: gateway.checkout";
    let judged = "endpoint: gateway.checkout, p99: 1s";
    let pause = |duration: &str| format!("pause: {{at: payment, start: 1m, duration: {duration}}}");
    check_scenario("recovery_of_nothing", &recovery(&pause("1m"), checkout));
    check_scenario("recovery_without_faults", &recovery("", judged));
    check_scenario("recovery_from_what_does_not_end", &recovery("{pause: {at: payment}}", judged));
    check_scenario("recovery_too_late_to_tell", &recovery(&pause("8m"), judged));
    check_scenario("recovery_of_a_component", &recovery(&pause("1m"), "component: gateway"));
}

/// Records the complaint about a scenario whose load is another, beside some traces.
#[track_caller]
fn check_load(name: &str, load: &str) {
    let scenario =
        SCENARIO.replace("{gateway.checkout: {arrivals: {poisson: {rate: 50/s}}}}", load);
    assert_ne!(scenario, SCENARIO, "another load");
    let files = [
        ("scenario.yaml", &*scenario),
        ("shop.twin.yaml", TWIN),
        ("falls.csv", "user,at\nanna,1.5\nbert,3\ncarl,2\n"),
        ("columns.csv", "1,anna\n2,bert\n"),
        ("empty.csv", "# nobody\n"),
        ("words.csv", "1\nsoon\n"),
        ("late.csv", "-5\n600\n"),
    ];
    insta::assert_snapshot!(name, rendered(&complaint(&files, &[])));
}

#[test]
fn wrong_loads() {
    check_load("load_rate_zero", "{gateway.checkout: {arrivals: {poisson: {rate: 0/s}}}}");
    check_load("load_rates_zero", "{gateway.checkout: {rates: [{at: 0s, rate: 0/s}]}}");
    check_load(
        "load_phases",
        "
  gateway.checkout: {mmpp: [{rate: 0/s, mean: 1s}, {rate: 0/s, mean: 2s}]}
  payment.charge: {mmpp: []}
  a: {open: {mmpp: [{rate: 9/s, mean: 0s}]}, session: [{call: payment.charge}]}
  b: {open: {mmpp: [{rate: 9/d, mean: 1us}]}, session: [{call: payment.charge}]}",
    );
    check_load(
        "load_renewal",
        "
  gateway.checkout: {arrivals: {renewal: {interarrival: 0s}}}
  payment.charge: {renewal: {interarrival: {exponential: {mean: 0s}}}}",
    );
    check_load("load_trace_missing", "{gateway.checkout: {arrivals: {trace: {file: day.csv}}}}");
    check_load(
        "load_traces",
        "
  gateway.checkout: {trace: {file: falls.csv}}
  payment.charge: {arrivals: {trace: {file: columns.csv}}}
  a: {open: {trace: {file: empty.csv}}, session: [{call: payment.charge}]}
  b: {open: {trace: {file: words.csv}}, session: [{call: payment.charge}]}",
    );
    check_load("load_trace_late", "{gateway.checkout: {trace: {file: late.csv}}}");
    check_load(
        "load_ways",
        "
  gateway.checkout: {trace: {file: late.csv}, rates: [{at: 0s, rate: 1/s}]}
  payment.charge: {arrivals: {poisson: {rate: 1/s}}, session: [{call: payment.charge}]}
  nothing: {patience: 1s}
  nobody: {session: [{call: payment.charge}]}
  aimless: {open: {poisson: {rate: 1/s}}}
  both: {open: {poisson: {rate: 1/s}}, closed: {users: 1}, session: [{call: payment.charge}]}",
    );
    check_load(
        "load_one_thing_at_a_time",
        "
  a:
    open: {poisson: {rate: 1/s}}
    session:
      - parallel: [{call: payment.charge}, {call: gateway.checkout}]
      - choose: [{weight: 1, steps: [{cache: {hit: 90%}}]}]
      - publish: payment.charge",
    );
}

#[test]
fn wrong_edits() {
    check_set("set_unknown_component", "gatway.replicas", "4");
    check_set("set_unknown_key", "gateway.replica", "4");
    check_set("set_negative_seed", "run.seed", "-1");
    check_set("set_fractional_seed", "run.seed", "1.5");
    check_set("set_bad_value", "gateway.replicas", "0");
    check_set("set_bad_duration", "gateway.calls.payment.timeout", "soon");
    check_set("set_unknown_callee", "gateway.calls.paiment.timeout", "1s");
    check_set("set_unknown_step", "gateway.checkout.steps[7].work", "1s");
    check_set("set_bad_yaml", "gateway.replicas", "[1");
    check_set("set_bad_rate", "load.gateway.checkout.arrivals.poisson.rate", "50");
    check_set("set_into_a_value", "gateway.replicas.deep", "1");
}

#[test]
fn reliabilities() {
    let twin = TWIN.replacen(
        "replicas: 2",
        "reliability: {mtbf: 0s, mttr: 4m}\n    depends_on: {chekout: [k8s.yaml]}\n    replicas: 2",
        1,
    );
    let files = [("scenario.yaml", SCENARIO), ("shop.twin.yaml", &twin)];
    insta::assert_snapshot!("reliabilities", rendered(&complaint(&files, &[])));
    let set = |value| {
        complaint(
            &files[..1].iter().copied().chain([("shop.twin.yaml", TWIN)]).collect::<Vec<_>>(),
            &[("gateway.reliability", value)],
        )
    };
    insta::assert_snapshot!("reliability_negative", rendered(&set("{mtbf: -3d, mttr: 4m}")));
    insta::assert_snapshot!("reliability_of_half", rendered(&set("{mtbf: 3d}")));
}

#[test]
fn scenarios_that_extend_each_other() {
    let files = [
        ("scenario.yaml", "foreshadow: scenario/v1\nname: a\nextends: b.yaml\n"),
        ("b.yaml", "foreshadow: scenario/v1\nname: b\nextends: ./scenario.yaml\n"),
    ];
    insta::assert_snapshot!("extends_cycle", rendered(&complaint(&files, &[])));
}

#[test]
fn kinds_of_files_that_are_not_read_yet() {
    let reader = |_: &Path| Ok(String::from("foreshadow: estate/v1\ntwin: shop.twin.yaml\n"));
    let problems = validate(Path::new("foreshadow.yaml"), &reader).expect_err("an estate");
    insta::assert_snapshot!("kind_not_supported_yet", rendered(&problems));
    let reader = |_: &Path| Ok(String::from("foreshadow: twn/v1\n"));
    let problems = validate(Path::new("x.yaml"), &reader).expect_err("no kind");
    insta::assert_snapshot!("kind_unknown", rendered(&problems));
}

#[test]
fn plain_text_begins_with_the_place() {
    let twin = TWIN.replacen("replicas: 2", "replica: 2", 1);
    let problems = complaint(&[("scenario.yaml", SCENARIO), ("shop.twin.yaml", &twin)], &[]);
    let text = problems.to_string();
    assert!(
        text.starts_with("shop.twin.yaml:6:5: unknown key `replica` in component gateway"),
        "{text}"
    );
    let files = [("scenario.yaml", SCENARIO), ("shop.twin.yaml", TWIN)];
    let text = complaint(&files, &[("gateway.replicas", "0")]).to_string();
    assert!(text.starts_with("--set gateway.replicas=0: expected from 1 to"), "{text}");
}
