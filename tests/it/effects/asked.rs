//! What is asked of a system, and for how long it is run.

use super::measures::{ALL, IN_FLIGHT, IN_SYSTEM, OFFERED, OK, UTILIZATION, VERDICT, WARNING};
use super::row::Expected::{Becomes, Goes, Moves, Refused, Rises, Stays};
use super::row::{Row, rows};

pub(super) const ROWS: &[&[Row]] = &[OBJECTIVES, OBJECTIVES_OF_CLASSES, RUNS, FILES, LEARNED, FOR_TARGETS, REFUSED_SECTIONS];

/// M/M/1 at ρ = 1/2 takes an exponential time of 20 ms: its median is 14 ms, its p99 92 ms.
const OBJECTIVES: &[Row] = rows! { ONE;
    "scenario.objectives, Objective.mean"
        given "run.max_replications: 40; scenario.objectives: [{endpoint: web.get, mean: 40ms}]":
        "scenario.objectives: [{endpoint: web.get, mean: 10ms}]"
        => VERDICT, Becomes("held", "missed");
    "twin.objectives, Objective.p50"
        given "run.max_replications: 40; twin.objectives: [{endpoint: web.get, p50: 30ms}]":
        "twin.objectives: [{endpoint: web.get, p50: 7ms}]"
        => VERDICT, Becomes("held", "missed");
    "Objective.p90"
        given "run.max_replications: 40; scenario.objectives: [{endpoint: web.get, p90: 90ms}]":
        "objectives[0].p90: 23ms"
        => VERDICT, Becomes("held", "missed");
    "Objective.p95"
        given "run.max_replications: 40; scenario.objectives: [{endpoint: web.get, p95: 120ms}]":
        "objectives[0].p95: 30ms"
        => VERDICT, Becomes("held", "missed");
    "Objective.p99"
        given "run.max_replications: 40; scenario.objectives: [{endpoint: web.get, p99: 180ms}]":
        "objectives[0].p99: 45ms"
        => VERDICT, Becomes("held", "missed");
    "Objective.p999"
        given "run.max_replications: 40; scenario.objectives: [{endpoint: web.get, p999: 500ms}]":
        "objectives[0].p999: 70ms"
        => VERDICT, Becomes("held", "missed");
    "Objective.success_rate"
        given "run.max_replications: 40; web.queue: {capacity: 0}; scenario.objectives: [{endpoint: web.get, success_rate: 60%}]":
        "objectives[0].success_rate: 70%"
        => VERDICT, Becomes("held", "missed");
    "Objective.error_rate"
        given "run.max_replications: 40; web.queue: {capacity: 0}; scenario.objectives: [{endpoint: web.get, error_rate: 40%}]":
        "objectives[0].error_rate: 30%"
        => VERDICT, Becomes("held", "missed");
    "Objective.component, Objective.utilization"
        given "run.max_replications: 40; scenario.objectives: [{component: web, utilization: 70%}]":
        "objectives[0].utilization: 40%"
        => VERDICT, Becomes("held", "missed");
    "Objective.recovery"
        given "run.max_replications: 300; run.horizon: 40s; scenario.faults: [{pause: {at: web, start: 5s, duration: 2s}}]; scenario.objectives: [{endpoint: web.get, p90: 100ms, recovery: 20s}]":
        "objectives[0].recovery: 100ms"
        => "objectives/1/verdict", Becomes("held", "missed");
};

/// With priorities, the urgent take 17 ms and the others 43.
const OBJECTIVES_OF_CLASSES: &[Row] = rows! { CLASSES;
    "Objective.endpoint"
        given "run.max_replications: 40; web.queue.discipline: priority; scenario.objectives: [{endpoint: web.urgent, mean: 25ms}]":
        "objectives[0].endpoint: web.other"
        => VERDICT, Becomes("held", "missed");
};

const RUNS: &[Row] = rows! { ONE;
    "scenario.run": "scenario.run: {horizon: 50s, replications: 2}" => "horizon_s", Goes(100.0, 50.0);
    "Run.warm_up" given "load.web.get.arrivals.poisson.rate: 95/s; run.warm_up: 0s; run.horizon: 5s":
        "run.warm_up: 60s"
        => IN_SYSTEM, Rises(1.5);
    "Run.horizon" given "load.web.get.arrivals: {rates: [{at: 0s, rate: 0/s}, {at: 100s, rate: 100/s}]}":
        "run.horizon: 50s"
        => OFFERED, Goes(50.0, 25.0);
    "Run.drain" given "web.concurrency: unlimited; web.get.steps: [{work: 10s}]": "run.drain: 0s"
        => IN_FLIGHT, Goes(0.0, 0.1);
    "Run.timeline": "run.timeline: 5s" => "timeline/1/t_s", Goes(10.0, 5.0);
    "Run.replications": "run.replications: 2" => "replications", Goes(4.0, 2.0);
    "Run.max_replications"
        given "scenario.objectives: [{endpoint: web.get, mean: 20ms}]": "run.max_replications: 9"
        => "replications", Goes(4.0, 9.0);
    "Run.seed": "run.seed: 2" => OFFERED, Moves;
};

const FILES: &[Row] = rows! { ONE;
    "twin.foreshadow": "twin.foreshadow: twin/v2" => ALL, Refused("twin/v2", "twin/v2");
    "scenario.foreshadow": "scenario.foreshadow: scenario/v2" => ALL, Refused("scenario/v2", "scenario/v2");
    "twin.name": "twin.name: another" => ALL, Stays;
    "twin.components":
        "twin.components: {web: {concurrency: 2, endpoints: {get: {steps: [{work: 10ms}]}}}}"
        => UTILIZATION, Goes(0.5, 0.25);
    "scenario.name": "scenario.name: another" => "scenario", Becomes("alone", "another");
    "scenario.about": "scenario.about: a question" => ALL, Stays;
    "scenario.twin": "scenario.twin: other.yaml" => UTILIZATION, Goes(0.5, 0.25);
    "scenario.extends": "scenario.extends: under.yaml" => OK, Goes(1.0, 0.5);
    "scenario.changes": "scenario.changes: {web.concurrency: 2}" => UTILIZATION, Goes(0.5, 0.25);
    "scenario.faults": "scenario.faults: [{errors: {at: web, share: 50%}}]" => OK, Goes(1.0, 0.5);
};

const LEARNED: &[Row] = rows! { ONE;
    "twin.learned, Learned.backtest, Backtest=failed"
        given "twin.learned: {from: a, to: b, backtest: passed}":
        "twin.learned: {from: a, to: b, backtest: failed}"
        => WARNING, Becomes("null", "the twin failed its last backtest");
    "Backtest=passed"
        given "twin.learned: {from: a, to: b, backtest: failed}":
        "twin.learned: {from: a, to: b, backtest: passed}"
        => WARNING, Becomes("the twin failed its last backtest", "null");
    "Learned.observed" given "twin.learned: {from: a, to: b}":
        "twin.learned: {from: a, to: b, observed: {web.get: 10/s}}"
        => WARNING, Becomes("null", "web.get is driven at up to 5.0 times the load that was observed");
    "Learned.from" given "twin.learned: {from: a, to: b}": "twin.learned: {from: c, to: b}" => ALL, Stays;
    "Learned.to" given "twin.learned: {from: a, to: b}": "twin.learned: {from: a, to: c}" => ALL, Stays;
};

/// How real targets are called is not simulated.
const FOR_TARGETS: &[Row] = rows! { ONE;
    "scenario.requests, Request.path": "scenario.requests: {web.get: {path: /}}" => ALL, Stays;
    "Request.method": "scenario.requests: {web.get: {path: /, method: POST}}" => ALL, Stays;
    "Request.headers": "scenario.requests: {web.get: {path: /, headers: {a: b}}}" => ALL, Stays;
    "Request.body_file": "scenario.requests: {web.get: {path: /, body_file: a.json}}" => ALL, Stays;
    "Request.expect": "scenario.requests: {web.get: {path: /, expect: 201}}" => ALL, Stays;
};

const REFUSED_SECTIONS: &[Row] = rows! { ONE;
    "scenario.campaign": "scenario.campaign: {up_to: 2}"
        => ALL, Refused("campaign", "not supported yet: campaign");
    "scenario.tune": "scenario.tune: {knobs: []}" => ALL, Refused("tune", "not supported yet: tune");
    "scenario.failure_injection_profile, FailureInjectionProfile.enabled, FailureInjectionProfile.injection_frequency, FailureInjectionProfile.severity_threshold, FailureInjectionProfile.rollback_policy":
        "scenario.failure_injection_profile: {enabled: true, injection_frequency: 1/h, severity_threshold: low, rollback_policy: always}"
        => ALL, Refused("failure_injection_profile", "not supported yet: failure_injection_profile");
    "scenario.resource_failure_modes, OneOrMany as ResourceFailureModes, ResourceFailureModes.resource_type, ResourceFailureModes.failure_modes, ResourceFailureModes.injection_parameters":
        "scenario.resource_failure_modes: {resource_type: web_server, failure_modes: [process_crash], injection_parameters: {a: 1}}"
        => ALL, Refused("resource_failure_modes", "not supported yet: resource_failure_modes");
    "OneOrMany as array": "scenario.resource_failure_modes: [{resource_type: web_server}]"
        => ALL, Refused("resource_failure_modes", "not supported yet: resource_failure_modes");
};
