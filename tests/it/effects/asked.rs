//! What is asked of a system, and for how long it is run.

use super::measures::{IN_FLIGHT, IN_SYSTEM, OFFERED, VERDICT};
use super::row::Expected::{Becomes, Goes, Moves, Rises};
use super::row::{Row, rows};

pub(super) const ROWS: &[&[Row]] =
    &[LATENCIES, SHARES, OF_CLASSES, RECOVERIES, RUNS, FILLING, REPLICATIONS];

/// M/M/1 at ρ = 1/2 takes an exponential time of 20 ms: its median is 14 ms, its p99 92 ms.
const LATENCIES: &[Row] = rows! { ONE given "run.max_replications: 40";
    "scenario.objectives, Objective.mean"
        given "scenario.objectives: [{endpoint: web.get, mean: 40ms}]":
        "scenario.objectives: [{endpoint: web.get, mean: 10ms}]"
        => VERDICT, Becomes("held", "missed");
    "twin.objectives, Objective.p50" given "twin.objectives: [{endpoint: web.get, p50: 30ms}]":
        "twin.objectives: [{endpoint: web.get, p50: 7ms}]"
        => VERDICT, Becomes("held", "missed");
    "Objective.p90" given "scenario.objectives: [{endpoint: web.get, p90: 90ms}]":
        "objectives[0].p90: 23ms"
        => VERDICT, Becomes("held", "missed");
    "Objective.p95" given "scenario.objectives: [{endpoint: web.get, p95: 120ms}]":
        "objectives[0].p95: 30ms"
        => VERDICT, Becomes("held", "missed");
    "Objective.p99" given "scenario.objectives: [{endpoint: web.get, p99: 180ms}]":
        "objectives[0].p99: 45ms"
        => VERDICT, Becomes("held", "missed");
    "Objective.p999" given "scenario.objectives: [{endpoint: web.get, p999: 500ms}]":
        "objectives[0].p999: 70ms"
        => VERDICT, Becomes("held", "missed");
    "Objective.component, Objective.utilization"
        given "scenario.objectives: [{component: web, utilization: 70%}]":
        "objectives[0].utilization: 40%"
        => VERDICT, Becomes("held", "missed");
};

/// M/M/1/1 refuses a third.
const SHARES: &[Row] = rows! { ONE given "run.max_replications: 40; web.queue: {capacity: 0}";
    "Objective.success_rate" given "scenario.objectives: [{endpoint: web.get, success_rate: 60%}]":
        "objectives[0].success_rate: 70%"
        => VERDICT, Becomes("held", "missed");
    "Objective.error_rate" given "scenario.objectives: [{endpoint: web.get, error_rate: 40%}]":
        "objectives[0].error_rate: 30%"
        => VERDICT, Becomes("held", "missed");
};

/// With priorities, the urgent take 17 ms and the others 43.
const OF_CLASSES: &[Row] = rows! { CLASSES
    given "run.max_replications: 40; web.queue.discipline: priority";
    "Objective.endpoint" given "scenario.objectives: [{endpoint: web.urgent, mean: 25ms}]":
        "objectives[0].endpoint: web.other"
        => VERDICT, Becomes("held", "missed");
};

/// What has queued for two seconds is served in about two more.
const RECOVERIES: &[Row] = rows! { ONE
    given "run.max_replications: 300; run.horizon: 40s; \
           scenario.faults: [{pause: {at: web, start: 5s, duration: 2s}}]";
    "Objective.recovery"
        given "scenario.objectives: [{endpoint: web.get, p90: 100ms, recovery: 20s}]":
        "objectives[0].recovery: 100ms"
        => "objectives/1/verdict", Becomes("held", "missed");
};

const RUNS: &[Row] = rows! { ONE;
    "scenario.run": "scenario.run: {horizon: 50s, replications: 2}"
        => "horizon_s", Goes(100.0, 50.0);
    "Run.horizon"
        given "load.web.get.arrivals: {rates: [{at: 0s, rate: 0/s}, {at: 100s, rate: 100/s}]}":
        "run.horizon: 50s"
        => OFFERED, Goes(50.0, 25.0);
    "Run.warm_up": "run.warm_up: auto" => "warm_up/settled", Becomes("null", "true");
    "Run.drain" given "web.concurrency: unlimited; web.get.steps: [{work: 10s}]": "run.drain: 0s"
        => IN_FLIGHT, Goes(0.0, 0.1);
    "Run.timeline": "run.timeline: 5s" => "timeline/1/t_s", Goes(10.0, 5.0);
    "Run.seed": "run.seed: 2" => OFFERED, Moves;
};

/// M/M/1 at ρ = 0.95 starts empty and takes its time to fill.
const FILLING: &[Row] = rows! { ONE
    given "load.web.get.arrivals.poisson.rate: 95/s; run.warm_up: 0s; run.horizon: 5s";
    "Run.warm_up": "run.warm_up: 60s" => IN_SYSTEM, Rises(1.5);
};

/// An objective at the very value is never clear.
const REPLICATIONS: &[Row] = rows! { ONE
    given "scenario.objectives: [{endpoint: web.get, mean: 20ms}]";
    "Run.replications": "run.replications: 2; run.max_replications: 2"
        => "replications", Goes(4.0, 2.0);
    "Run.max_replications": "run.max_replications: 9" => "replications", Goes(4.0, 9.0);
};
