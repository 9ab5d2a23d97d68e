//! Small systems that rows are about; each shows one area of the language.
//!
//! The sections of a file begin a line each, so that a row can set a whole one.

use super::row::Base;

/// M/M/1 with λ = 50/s, μ = 100/s.
pub(super) const ONE: Base = Base {
    twin: "\
foreshadow: twin/v1
name: one
components:
  web: {concurrency: 1, endpoints: {get: {steps: [{work: {exponential: {mean: 10ms}}}]}}}
",
    scenario: "\
foreshadow: scenario/v1
name: alone
twin: t.yaml
load: {web.get: {arrivals: {poisson: {rate: 50/s}}}}
run: {warm_up: 5s, horizon: 100s, replications: 4, max_replications: 4}
",
};

/// The same without a limit, so that nobody waits.
pub(super) const ALONE: Base = Base {
    twin: "\
foreshadow: twin/v1
name: alone
components: {web: {endpoints: {get: {steps: [{work: {exponential: {mean: 10ms}}}]}}}}
",
    scenario: ONE.scenario,
};

/// M/D/1 with two classes, λ = 80/s, μ = 100/s.
pub(super) const CLASSES: Base = Base {
    twin: "\
foreshadow: twin/v1
name: classes
components:
  web:
    concurrency: 1
    queue: {capacity: 40}
    endpoints:
      urgent: {priority: 1, steps: [{work: 10ms}]}
      other: {priority: 2, steps: [{work: 10ms}]}
",
    scenario: "\
foreshadow: scenario/v1
name: two classes
twin: t.yaml
load:
  web.urgent: {arrivals: {poisson: {rate: 40/s}}}
  web.other: {arrivals: {poisson: {rate: 40/s}}}
run: {warm_up: 5s, horizon: 100s, replications: 4, max_replications: 4}
",
};

/// A web calls a store of two slots, whose ρ is a half.
pub(super) const CALL: Base = Base {
    twin: "\
foreshadow: twin/v1
name: call
components:
  web: {endpoints: {get: {steps: [{work: 5ms}, {call: db.read}]}}, calls: {db: {}}}
  db:
    concurrency: 2
    endpoints:
      read: {steps: [{work: {exponential: {mean: 20ms}}}]}
      write: {steps: [{work: 10ms}]}
  mirror: {concurrency: 2, endpoints: {read: {steps: [{work: 40ms}]}}}
",
    scenario: "\
foreshadow: scenario/v1
name: calls
twin: t.yaml
load: {web.get: {arrivals: {poisson: {rate: 50/s}}}}
run: {warm_up: 2s, horizon: 40s, replications: 4, max_replications: 4}
",
};

/// A web in zone `a` calls a store that has a replica in each of two zones.
pub(super) const ZONES: Base = Base {
    twin: "\
foreshadow: twin/v1
name: zones
zones: {a: {environment: left}, b: {environment: right}}
hosts: {}
network: {same_zone: 1ms, cross_zone: 10ms}
components:
  web: {zones: [a], endpoints: {get: {steps: [{call: db.read}]}}, calls: {db: {}}}
  db: {replicas: 2, zones: [a, b], concurrency: 4, endpoints: {read: {steps: [{work: 20ms}]}}}
",
    scenario: "\
foreshadow: scenario/v1
name: zones
twin: t.yaml
load: {web.get: {arrivals: {poisson: {rate: 50/s}}}}
run: {horizon: 40s, replications: 2, max_replications: 2}
",
};

/// Two hosts in two zones, each with a replica whose work fills half of a core.
pub(super) const HOSTS: Base = Base {
    twin: "\
foreshadow: twin/v1
name: hosts
zones: {a: {}, b: {}}
hosts: {n1: {zone: a, cores: 4}, n2: {zone: b, cores: 4}}
network: {cross_zone: 20ms}
components:
  web: {hosts: [n1], cpu: 2, endpoints: {get: {steps: [{work: 10ms}, {call: db.read}]}}}
  db: {hosts: [n2], cpu: 2, endpoints: {read: {steps: [{work: {exponential: {mean: 10ms}}}]}}}
",
    scenario: "\
foreshadow: scenario/v1
name: hosts
twin: t.yaml
load: {web.get: {arrivals: {poisson: {rate: 50/s}}}}
run: {horizon: 40s, replications: 2, max_replications: 2}
",
};

/// A component that grows from one replica under a load of 1.6 cores.
pub(super) const SCALE: Base = Base {
    twin: "\
foreshadow: twin/v1
name: scale
components:
  web:
    cpu: {request: 1, limit: 1}
    concurrency: 10
    queue: {capacity: 20}
    autoscale: {metric: cpu, target: 80%, min: 1, max: 8, every: 5s, stabilization: 10s}
    endpoints: {get: {steps: [{work: 20ms}]}}
",
    scenario: "\
foreshadow: scenario/v1
name: scale
twin: t.yaml
load: {web.get: {rates: [{at: 0s, rate: 80/s}, {at: 50s, rate: 80/s}, {at: 50s, rate: 10/s}]}}
run: {horizon: 100s, replications: 2, max_replications: 2}
",
};

/// A cache in front of a store.
pub(super) const CACHE: Base = Base {
    twin: "\
foreshadow: twin/v1
name: cache
components:
  web: {endpoints: {get: {steps: [{cache: {hit: 80%, miss: [{call: db.read}]}}]}}}
  db: {concurrency: 20, endpoints: {read: {steps: [{work: 20ms}]}}}
",
    scenario: "\
foreshadow: scenario/v1
name: cache
twin: t.yaml
load: {web.get: {arrivals: {poisson: {rate: 50/s}}}}
run: {horizon: 40s, replications: 4, max_replications: 4}
",
};

/// What is published waits in a queue until it is delivered.
pub(super) const MAIL: Base = Base {
    twin: "\
foreshadow: twin/v1
name: mail
components:
  web: {endpoints: {get: {steps: [{work: 1ms}, {publish: outbox.put}]}}}
  outbox: {kind: queue, endpoints: {put: {steps: []}}, deliver: {to: sender.send, consumers: 4}}
  sender: {endpoints: {send: {steps: [{work: 50ms}]}, drop: {steps: [{work: 10ms}]}}}
",
    scenario: "\
foreshadow: scenario/v1
name: mail
twin: t.yaml
load: {web.get: {arrivals: {poisson: {rate: 50/s}}}}
run: {horizon: 40s, replications: 2, max_replications: 2}
",
};

/// Ten people who think for a second, then call.
pub(super) const PEOPLE: Base = Base {
    twin: "\
foreshadow: twin/v1
name: people
components:
  web: {concurrency: 2, endpoints: {get: {steps: [{work: 100ms}]}, put: {steps: [{work: 100ms}]}}}
",
    scenario: "\
foreshadow: scenario/v1
name: people
twin: t.yaml
load: {crowd: {closed: {users: 10}, session: [{think: 900ms}, {call: web.get}]}}
run: {warm_up: 5s, horizon: 100s, replications: 4, max_replications: 4}
",
};

/// A web calls a store and its spare, which are alike, each in a zone and on a host of its own.
pub(super) const TARGETS: Base = Base {
    twin: "\
foreshadow: twin/v1
name: targets
zones: {a: {environment: left}, b: {environment: middle}, c: {environment: right}}
hosts: {n1: {zone: a}, n2: {zone: b}, n3: {zone: c}}
components:
  web:
    hosts: [n1]
    endpoints: {get: {steps: [{call: db.read}]}, spare: {steps: [{call: spare.read}]}}
    calls: {db: {timeout: 500ms, pool: 10}, spare: {timeout: 500ms, pool: 10}}
  db:
    hosts: [n2]
    replicas: 4
    cpu: 1
    endpoints:
      read:
        steps:
          - work: 10ms
          - cache: {entries: 400, keys: {zipf: {n: 2k, s: 1}}, miss: [{work: 10ms}]}
  spare:
    hosts: [n3]
    replicas: 4
    cpu: 1
    endpoints:
      read:
        steps:
          - work: 10ms
          - cache: {entries: 400, keys: {zipf: {n: 2k, s: 1}}, miss: [{work: 10ms}]}
",
    scenario: "\
foreshadow: scenario/v1
name: targets
twin: t.yaml
load:
  web.get: {arrivals: {poisson: {rate: 60/s}}}
  web.spare: {arrivals: {poisson: {rate: 60/s}}}
run: {horizon: 20s, replications: 4, max_replications: 4}
",
};
