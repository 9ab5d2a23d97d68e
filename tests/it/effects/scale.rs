//! Where replicas are, how many, and how it is found out that one is gone.

use super::measures::{FAILED, MEAN, OK, REPLICAS};
use super::row::Expected::{Falls, Goes, Rises};
use super::row::{Row, rows};

pub(super) const ROWS: &[&[Row]] = &[PLACES, MACHINES, CHECKS, SCALING, STEPS];

/// 20 ms of work, and 2 ms or 20 ms of network for every second request.
const PLACES: &[Row] = rows! { ZONES;
    "twin.zones" given "web.zones: null; db.zones: null": "twin.zones: {a: {}}"
        => MEAN, Goes(31.0, 22.0);
    "twin.network": "twin.network: {same_zone: 10ms, cross_zone: 10ms}" => MEAN, Goes(31.0, 40.0);
    "Network.same_zone": "network.same_zone: 11ms" => MEAN, Goes(31.0, 41.0);
    "Network.cross_zone": "network.cross_zone: 20ms" => MEAN, Goes(31.0, 41.0);
    "Component.zones": "db.zones: [b]" => MEAN, Goes(31.0, 40.0);
    "Zone.environment" given "scenario.faults: [{zone_outage: {at: right}}]":
        "zones.a.environment: right"
        => OK, Goes(1.0, 0.0);
};

/// Two of 10 ms of work, and 40 ms of network between two zones.
const MACHINES: &[Row] = rows! { HOSTS;
    "twin.hosts": "twin.hosts: {n1: {zone: a, cores: 4}, n2: {zone: a, cores: 4}}"
        => MEAN, Goes(61.0, 21.0);
    "Host.zone": "hosts.n2.zone: a" => MEAN, Goes(61.0, 21.0);
    "Host.cores": "hosts.n2.cores: 0.6" => MEAN, Rises(1.5);
    "Component.hosts": "db.hosts: [n1]" => MEAN, Goes(61.0, 21.0);
};

/// One of two replicas crashes: half of the requests fail until that is found out.
const CHECKS: &[Row] = rows! { ZONES
    given "scenario.faults: [{crash: {at: 'db[1]', start: 10s}}]";
    "Component.health": "db.health: {every: 4s, failures: 2}" => FAILED, Rises(10.0);
    "Health.every" given "db.health: {every: 1s, failures: 2}": "db.health.every: 6s"
        => FAILED, Rises(2.5);
    "Health.failures" given "db.health: {every: 2s, failures: 1}": "db.health.failures: 4"
        => FAILED, Rises(2.0);
};

/// Work for 1.6 cores comes for half of the time, hardly any for the rest.
const SCALING: &[Row] = rows! { SCALE;
    "Component.autoscale" given "web.autoscale: null":
        "web.autoscale: {metric: cpu, target: 80%, min: 1, max: 8, every: 5s}"
        => REPLICAS, Rises(1.4);
    "Autoscale.metric, Metric=rate": "web.autoscale.metric: rate; web.autoscale.target: 20/s"
        => REPLICAS, Rises(1.4);
    "Metric=slots": "web.autoscale.metric: slots" => REPLICAS, Falls(1.1);
    "Metric=cpu" given "web.autoscale.metric: slots": "web.autoscale.metric: cpu"
        => REPLICAS, Rises(1.1);
    "Autoscale.target, Goal as string": "web.autoscale.target: 40%" => REPLICAS, Rises(1.4);
    "Goal as number": "web.autoscale.target: 0.4" => REPLICAS, Rises(1.4);
    "Autoscale.min": "web.autoscale.min: 4" => REPLICAS, Rises(2.0);
    "Autoscale.max": "web.autoscale.max: 1" => REPLICAS, Falls(1.4);
    "Autoscale.every": "web.autoscale.every: 20s" => OK, Falls(1.02);
    "Autoscale.startup": "web.autoscale.startup: 20s" => OK, Falls(1.02);
    "Autoscale.stabilization": "web.autoscale.stabilization: 40s" => REPLICAS, Rises(1.1);
    "Cores.request": "web.cpu.request: 0.5" => REPLICAS, Rises(1.4);
};

/// The same by steps: one replica comes where more than 90 % of the cores are busy.
const STEPS: &[Row] = rows! { SCALE
    given "web.autoscale: {metric: cpu, steps: [{above: 90%, add: 1}, {below: 1%, remove: 1}], \
           min: 1, max: 8, every: 5s, stabilization: 5s}";
    "Autoscale.steps": "web.autoscale.steps: [{above: 90%, add: 4}]" => REPLICAS, Rises(1.5);
    "ScaleStep.above": "web.autoscale.steps[0].above: 30%" => REPLICAS, Rises(1.5);
    "ScaleStep.below": "web.autoscale.steps[1].below: 50%" => REPLICAS, Falls(1.2);
    "ScaleStep.add": "web.autoscale.steps[0].add: 4" => REPLICAS, Rises(1.5);
    "ScaleStep.remove" given "web.autoscale.min: 1; web.autoscale.steps[0].add: 7; \
                              web.autoscale.steps[1].below: 30%":
        "web.autoscale.steps[1].remove: 7"
        => REPLICAS, Falls(1.1);
};
