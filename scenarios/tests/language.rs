//! What the files of the language mean, and that all of it is understood.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use foreshadow_scenarios::lower::{Measure, Subject};
use foreshadow_scenarios::{Kind, Lowered, Problems, Scenario, load_scenario, lower, validate};
use foreshadow_sim::plan::{
    Arrivals, Cpu, Curve, Discipline, FaultKind, Load, Phase, Place, Shed, Target,
};
use foreshadow_sim::random::Law;

/// A file beside these tests.
fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn load(name: &str, sets: &[(&str, &str)]) -> Result<Scenario, Problems> {
    let sets: Vec<_> = sets.iter().map(|(a, v)| ((*a).to_owned(), (*v).to_owned())).collect();
    load_scenario(&data(name), &sets, &|path| std::fs::read_to_string(path))
}

#[track_caller]
fn lowered(name: &str, sets: &[(&str, &str)]) -> Lowered {
    let lowered = load(name, sets).and_then(|scenario| lower(&scenario));
    lowered.unwrap_or_else(|problems| panic!("{problems}"))
}

/// What is refused in a scenario and its twin, by name.
fn refused(name: &str) -> BTreeSet<String> {
    let problems = load(name, &[]).and_then(|scenario| lower(&scenario)).expect_err("lacking keys");
    let messages = problems.iter().map(|problem| problem.message.as_str());
    let names = messages.filter_map(|message| message.strip_prefix("not supported yet: "));
    names.map(str::to_owned).collect()
}

#[test]
fn a_scenario_becomes_a_plan() {
    let Lowered { plan, names, objectives, replications, max_replications, worth, steady, .. } =
        lowered("peak.yaml", &[]);
    assert!(!steady, "its load rises, and it has faults");
    assert_eq!(names.components, ["gateway", "payment", "ads"]);
    assert_eq!(names.endpoints[0], "gateway.checkout");
    assert_eq!(names.edges, ["gateway.calls.payment", "gateway.calls.ads"]);
    assert_eq!(names.loads, ["gateway.checkout", "shoppers"]);
    assert_eq!(names.zones, ["eu-1a", "eu-1b"]);
    assert_eq!(names.faults[0], "slow at payment");
    // The scenario's change counts, not the twin's 2; replicas are placed in turn.
    let zones_of =
        |id: usize| plan.components[id].replicas.iter().map(|place| place.zone).collect::<Vec<_>>();
    assert_eq!(zones_of(0), [0, 1, 0, 1, 0, 1]);
    assert_eq!(zones_of(1), [1, 1, 1]);
    assert_eq!(plan.components[2].concurrency, None);
    let timeout = plan.edges[0].timeout.as_ref().and_then(foreshadow_sim::random::Law::as_constant);
    assert_eq!(timeout, Some(500_000_000));
    let Load::Open { arrivals: Arrivals::Poisson(rates), .. } = &plan.loads[0] else {
        panic!("{:?}", plan.loads[0]);
    };
    assert_eq!(rates.0, [(Duration::ZERO, 200.0), (Duration::from_mins(5), 900.0)]);
    assert_eq!(worth, [(42.0, Some(String::from("EUR"))), (1.0, None)]);
    assert_eq!(plan.faults[1].kind, FaultKind::Crash);
    let Target::Replicas(hit) = &plan.faults[1].target else { panic!("{:?}", plan.faults[1]) };
    assert_eq!(hit.len(), 3 + 3, "half of the gateways and all of payment are in eu-1b");
    assert_eq!(plan.faults[4].target, Target::Replicas(vec![(1, 1)]));
    assert_eq!((replications, max_replications, plan.run.seed), (20, 400, 7));
    let asked: Vec<_> = objectives.iter().map(|o| (o.measure.name(), o.limit, o.counted)).collect();
    let expected = [
        ("p99", 800.0, Some(0)),
        ("mean", 100.0, None),
        ("success_rate", 0.999, Some(1)),
        ("utilization", 0.7, None),
    ];
    assert_eq!(asked, expected);
    assert_eq!(objectives[3].subject, Subject::Component(1));
    assert_eq!(plan.limits[0].latency, Some(Duration::from_millis(800)));
}

#[test]
fn users_come_in_many_ways() {
    let Lowered { plan, names, .. } = lowered("loads.yaml", &[]);
    let s = Duration::from_secs;
    let ten_ms = Law::constant(10_000_000);
    let phases = |slow: f64, mean: u64, fast: f64, peak: u64| {
        Arrivals::Mmpp(vec![
            Phase { rate_per_s: slow, mean: s(mean) },
            Phase { rate_per_s: fast, mean: s(peak) },
        ])
    };
    let trace = Arrivals::Trace([-1_500_000_000, 250_000_000, 4_000_000_000].into());
    let open = |name: &str| {
        let load = names.loads.iter().position(|load| load == name).expect("a load");
        match &plan.loads[load] {
            Load::Open { arrivals, .. } | Load::Sessions { arrivals, .. } => arrivals.clone(),
            closed @ Load::Closed { .. } => panic!("{closed:?}"),
        }
    };
    assert_eq!(open("gateway.checkout"), Arrivals::Renewal(ten_ms));
    assert_eq!(open("gateway.home"), phases(10.0, 60, 90.0, 10));
    assert_eq!(open("payment.charge"), trace);
    assert_eq!(open("payment.quote"), trace);
    assert_eq!(open("guests"), Arrivals::Poisson(Curve::constant(3.0)));
    assert_eq!(open("morning"), Arrivals::Poisson(Curve(vec![(s(0), 0.0), (s(300), 2.0)])));
    assert_eq!(open("clockwork"), Arrivals::Renewal(Law::constant(1_000_000_000)));
    assert_eq!(open("crowds"), phases(0.0, 60, 9.0, 5));
    assert_eq!(open("recorded"), trace);
    let guests = names.loads.iter().position(|load| load == "guests").expect("a load");
    let Load::Sessions { session, .. } = &plan.loads[guests] else { panic!("guests come") };
    assert_eq!(session.len(), 3);
    let sessions = plan.loads.iter().filter(|load| matches!(load, Load::Sessions { .. }));
    assert_eq!(sessions.count(), 5);
}

#[test]
fn an_edit_of_the_command_line_comes_last() {
    let sets = [
        ("gateway.replicas", "3"),
        ("gateway.calls.ads.timeout", "1s"),
        ("gateway.checkout.steps[0].work", "{constant: 7ms}"),
        ("run.seed", "99"),
        ("load.shoppers.closed.users", "12"),
    ];
    let Lowered { plan, .. } = lowered("peak.yaml", &sets);
    assert_eq!(plan.components[0].replicas.len(), 3);
    assert_eq!(plan.run.seed, 99);
    let timeout = plan.edges[1].timeout.as_ref().and_then(foreshadow_sim::random::Law::as_constant);
    assert_eq!(timeout, Some(1_000_000_000));
    let Load::Closed { users, .. } = &plan.loads[1] else { panic!("{:?}", plan.loads[1]) };
    assert_eq!(users.0, [(Duration::ZERO, 12.0)]);
}

#[test]
fn objectives_of_the_twin_are_defaults() {
    let files = |path: &Path| match path.to_str() {
        Some("calm.yaml") => Ok(String::from(
            "{foreshadow: scenario/v1, name: calm, twin: shop.twin.yaml, load: {gateway.home: {arrivals: {poisson: {rate: 1/s}}}}}",
        )),
        _ => std::fs::read_to_string(data("shop.twin.yaml")),
    };
    let scenario = load_scenario(Path::new("calm.yaml"), &[], &files).expect("right files");
    let lowered = lower(&scenario).expect("a right scenario");
    assert_eq!(lowered.objectives.len(), 1);
    assert_eq!(lowered.objectives[0].measure, Measure::Quantile(0.95, "p95"));
}

#[test]
fn an_extending_scenario_differs_where_it_says_so() {
    let more = "
foreshadow: scenario/v1
name: more
extends: peak.yaml
changes: {gateway.replicas: 8, ads.replicas: 2}
load: {gateway.checkout: {arrivals: {poisson: {rate: 5/s}}}, shoppers: null}
faults: []
run: {seed: 8}
";
    let files = |path: &Path| match path.file_name().and_then(|name| name.to_str()) {
        Some("more.yaml") => Ok(more.to_owned()),
        _ => std::fs::read_to_string(path),
    };
    let scenario = load_scenario(&data("more.yaml"), &[], &files).expect("right files");
    let Lowered { plan, names, worth, max_replications, .. } = lower(&scenario).expect("right");
    assert_eq!(scenario.file.name, "more");
    assert_eq!(plan.components[0].replicas.len(), 8);
    assert_eq!(plan.components[2].replicas.len(), 2);
    assert_eq!(names.loads, ["gateway.checkout"]);
    assert!((worth[0].0 - 42.0).abs() < 1e-9, "what an entry does not say stays");
    assert!(plan.faults.is_empty());
    assert_eq!((plan.run.seed, max_replications), (8, 400));
    assert!(
        plan.edges[0].timeout.as_ref().is_some_and(|law| law.as_constant() == Some(500_000_000))
    );
}

#[test]
fn a_recovery_of_the_twin_is_for_scenarios_with_faults() {
    let twin = "{foreshadow: twin/v1, name: t, components: {a: {endpoints: {x: {steps: [{work: 1ms}]}}}}, \
                objectives: [{endpoint: a.x, p99: 1s, recovery: 60s}]}";
    let measures = |more: &str| -> Vec<&str> {
        let scenario = format!(
            "{{foreshadow: scenario/v1, name: s, twin: t.yaml, load: {{a.x: {{arrivals: {{poisson: \
             {{rate: 1/s}}}}}}}}, {more}}}"
        );
        let files = |path: &Path| {
            Ok(if path.ends_with("t.yaml") { twin.to_owned() } else { scenario.clone() })
        };
        let scenario = load_scenario(Path::new("s.yaml"), &[], &files).expect("right files");
        let objectives = lower(&scenario).expect("a right scenario").objectives;
        objectives.iter().map(|objective| objective.measure.name()).collect()
    };
    let pause = |duration: &str| format!("faults: [{{pause: {{at: a, duration: {duration}}}}}]");
    assert_eq!(measures("faults: []"), ["p99"]);
    assert_eq!(measures(&pause("1m")), ["p99", "recovery"]);
    assert_eq!(measures(&pause("9m")), ["p99"], "the run ends at 10 min");
}

#[test]
fn a_warm_up_is_found_where_load_is_constant() {
    let run = |load: &str| {
        let twin = "{foreshadow: twin/v1, name: t, components: {a: {endpoints: {x: {steps: [{work: 1ms}]}}}}}";
        let scenario = format!(
            "{{foreshadow: scenario/v1, name: s, twin: t.yaml, load: {load}, run: {{warm_up: auto}}}}"
        );
        let files = |path: &Path| {
            Ok(if path.ends_with("t.yaml") { twin.to_owned() } else { scenario.clone() })
        };
        lower(&load_scenario(Path::new("s.yaml"), &[], &files).expect("right files"))
    };
    for constant in [
        "{a.x: {arrivals: {poisson: {rate: 1/s}}}}",
        "{a.x: {rates: [{at: 0s, rate: 5/s}, {at: 1m, rate: 5/s}]}}",
        "{people: {closed: {users: 3}, session: [{call: a.x}]}}",
    ] {
        let lowered = run(constant).expect(constant);
        assert!(lowered.steady && lowered.finds_warm_up);
    }
    for varying in [
        "{a.x: {rates: [{at: 0s, rate: 5/s}, {at: 1m, rate: 6/s}]}}",
        "{people: {closed: {users: [{at: 0s, users: 1}, {at: 1m, users: 2}]}, session: [{call: a.x}]}}",
    ] {
        assert!(run(varying).is_err(), "{varying}");
    }
}

#[test]
fn what_is_assumed_can_be_put_at_both_ends() {
    let scenario = load("peak.yaml", &[]).expect("right files");
    let assumed = scenario.assumed();
    assert_eq!(assumed.len(), 1, "the observed replicas have no range");
    assert_eq!(
        (assumed[0].address.as_str(), assumed[0].value.as_str()),
        ("gateway.concurrency", "64")
    );
    let ends = [(assumed[0].low.clone(), Some(16)), (assumed[0].high.clone(), None)];
    for (end, slots) in ends {
        let other = scenario.with(&assumed[0].address, &end.expect("both ends")).expect("a value");
        let plan = lower(&other).expect("a right scenario").plan;
        assert_eq!(plan.components[0].concurrency, slots);
    }
}

/// The plan of a twin whose entry is `front.serve`.
#[track_caller]
fn planned(twin: &str) -> foreshadow_sim::Plan {
    let files = |path: &Path| match path.to_str() {
        Some("calm.yaml") => Ok(String::from(
            "{foreshadow: scenario/v1, name: calm, twin: t.yaml, load: {front.serve: {arrivals: {poisson: {rate: 1/s}}}}}",
        )),
        _ => Ok(twin.to_owned()),
    };
    let scenario = load_scenario(Path::new("calm.yaml"), &[], &files);
    let lowered = scenario.and_then(|scenario| lower(&scenario));
    lowered.unwrap_or_else(|problems| panic!("{problems}")).plan
}

#[test]
fn replicas_are_placed_in_turn() {
    let plan = planned(
        "
foreshadow: twin/v1
name: places
zones: {a: {}, b: {}, c: {}}
hosts: {n0: {zone: a}, n1: {zone: a, cores: 16}, n2: {zone: b}}
components:
  front: {replicas: 4, endpoints: &one {serve: {steps: [{work: 1ms}]}}}
  named: {replicas: 2, hosts: [n2, n0], endpoints: *one}
  spread: {replicas: 3, zones: [b, a], endpoints: *one}
  alone: {replicas: 2, zones: [c], endpoints: *one}
",
    );
    assert_eq!(
        plan.hosts.iter().map(|host| host.cores).collect::<Vec<_>>(),
        [None, Some(16.0), None]
    );
    let on = |host: usize| (u16::from(host == 2), Some(host));
    let in_c = (2, None);
    let expected = [
        (vec![on(0), on(1), on(2), on(0)], vec![on(1), on(2), on(0)]),
        (vec![on(2), on(0)], vec![on(2), on(0)]),
        // In turn in each zone, and there in turn on each host.
        (vec![on(2), on(0), on(2)], vec![on(1), on(2), on(0), on(2)]),
        (vec![in_c, in_c], vec![in_c]),
    ];
    let pairs =
        |places: &[Place]| places.iter().map(|place| (place.zone, place.host)).collect::<Vec<_>>();
    for (component, (replicas, further)) in plan.components.iter().zip(expected) {
        assert_eq!(pairs(&component.replicas), replicas);
        assert_eq!(pairs(&component.places), further);
    }
}

#[test]
fn stations_have_doors_queues_and_cores() {
    let plan = planned(
        "
foreshadow: twin/v1
name: stations
components:
  front:
    blocking: false
    cpu: {request: 0.5, limit: 2}
    queue: {capacity: 10, discipline: codel, max_wait: 2s, interval: 50ms}
    rate_limit: 90/m
    shed: {at_queue: 80%, priority_from: 3}
    endpoints: {serve: {priority: 4, steps: [{work: 1ms}]}}
  back: {cpu: 4, queue: {discipline: preemptive_priority}, endpoints: {serve: {steps: [{work: 1ms}]}}}
",
    );
    let [front, back] = [&plan.components[0], &plan.components[1]];
    assert!(!front.blocking && back.blocking);
    assert_eq!(front.cpu, Some(Cpu { request: 0.5, limit: 2.0 }));
    assert_eq!(back.cpu, Some(Cpu { request: 4.0, limit: 4.0 }));
    let (target, interval) = (Duration::from_millis(5), Duration::from_millis(50));
    assert_eq!(front.queue.discipline, Discipline::Codel { target, interval });
    assert_eq!(back.queue.discipline, Discipline::PreemptivePriority);
    assert_eq!(front.rate_limit, Some(1.5));
    assert_eq!(front.shed, Some(Shed { at_queue: 0.8, priority_from: 3 }));
    assert_eq!([4, 1], [0, 1].map(|endpoint| plan.endpoints[endpoint].priority));
}

#[test]
fn the_whole_language_is_understood() {
    // The example of the design, word for word: it leaves parts out, but nothing lacks.
    assert_eq!(refused("black-friday.yaml"), BTreeSet::new());
    assert_eq!(refused("everything.yaml"), BTreeSet::new());
}

#[test]
fn files_are_validated_by_their_header() {
    let check = |name| validate(&data(name), &|path| std::fs::read_to_string(path));
    assert_eq!(check("shop.twin.yaml").expect("a twin"), Kind::Twin);
    assert_eq!(check("peak.yaml").expect("a scenario"), Kind::Scenario);
    assert!(check("everything.twin.yaml").is_err());
}
